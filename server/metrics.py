"""Gauges for Prometheus at `/metrics`, read from the database: every process says the same."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.access.viewer import Right
from resolvers.context import Services
from resolvers.errors import ErrorCode, Failure, ForbiddenError, describe
from schema.failures import failure_body
from server.authentication import Authenticator, UnauthenticatedError
from server.request_ids import request_id_of
from storage.errors import StorageUnavailableError
from storage.gauges import Gauges, read_gauges
from storage.recent import Recent

KEPT_FOR: Final = timedelta(seconds=5)
"""However many ask, the database is asked once in so long."""
_ALL: Final = "all"


class Metrics:
    """Answers `GET /metrics` for whoever may administer."""

    def __init__(
        self,
        services: Callable[[], Services],
        authenticator: Callable[[], Authenticator],
        *,
        lead: timedelta,
        monotonic: Callable[[], float],
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._lead = lead
        self._gauges = Recent(self._read, longest=KEPT_FOR, monotonic=monotonic)

    async def handle(self, request: Request) -> Response:
        """The gauges as text, or why not."""
        try:
            headers = request.headers.getlist("Authorization")
            viewer = await self._authenticator().authenticate(headers)
            viewer.require(Right.ADMINISTER)
            gauges = await self._gauges.get(_ALL)
        except UnauthenticatedError as error:
            failure = Failure(ErrorCode.UNAUTHENTICATED, str(error))
            refusal = _refuse(request, failure, HTTPStatus.UNAUTHORIZED)
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return refusal
        except ForbiddenError as error:
            return _refuse(request, error.as_failure(), HTTPStatus.FORBIDDEN)
        except StorageUnavailableError as error:
            refusal = _refuse(request, describe(error), HTTPStatus.SERVICE_UNAVAILABLE)
            refusal.headers["Retry-After"] = "1"
            return refusal
        return Response(write_gauges(gauges), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _read(self, _key: str) -> Gauges:
        services = self._services()
        now = services.clock()
        return await read_gauges(services.database, dying_by=now + self._lead, now=now)


def write_gauges(gauges: Gauges) -> bytes:
    """The counts in Prometheus's text format; no label tells whose they are."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(gauges))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True)
class _Families(Collector):
    gauges: Gauges = field(repr=False)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauges = self.gauges
        connections = GaugeMetricFamily(
            "juncture_connections",
            "Connections by the state of their grant: good, ending soon, dead, or past its end.",
            labels=["status"],
        )
        connections.add_metric(["active"], gauges.active_connections)
        connections.add_metric(["dying"], gauges.dying_connections)
        connections.add_metric(["invalid"], gauges.invalid_connections)
        connections.add_metric(["expired"], gauges.expired_connections)
        yield connections
        yield GaugeMetricFamily(
            "juncture_refresh_intents_open",
            "Refreshes that have begun and are not done.",
            value=gauges.open_refresh_intents,
        )
        notices = GaugeMetricFamily(
            "juncture_notices", "Notices to the operator's service by state.", labels=["state"]
        )
        notices.add_metric(["waiting"], gauges.waiting_notices)
        notices.add_metric(["delivered"], gauges.delivered_notices)
        notices.add_metric(["given_up"], gauges.given_up_notices)
        yield notices
        yield GaugeMetricFamily(
            "juncture_audit_events",
            "Events on record; a number that shrinks means that some were removed.",
            value=gauges.audit_events,
        )


def _refuse(request: Request, failure: Failure, status: HTTPStatus) -> Response:
    body = failure_body(failure, request_id=request_id_of(request))
    return JSONResponse(body, status_code=status)
