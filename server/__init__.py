"""The composition root: settings, application, routes and pages, callers, logs, command line."""
