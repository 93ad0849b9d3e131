"""What uvicorn's workers import."""

from starlette.applications import Starlette

from server.application import create_application
from server.logs import configure_logs
from server.settings import Settings


def create() -> Starlette:
    """The application with the settings of the environment.

    Raises:
        SettingsError: some are missing or malformed.
    """
    settings = Settings.load()
    configure_logs(settings.log_level, settings.log_format)
    return create_application(settings)
