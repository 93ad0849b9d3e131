"""The schema, put together."""

import logging
from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    DisableIntrospection,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from resolvers.context import Context
from resolvers.errors import ErrorCode
from schema.argument_limits import ArgumentLimiter
from schema.custom_fields import VALUE_TYPES
from schema.failures import failure_of, is_null_violation
from schema.input_conversion import read_types_once
from schema.mutation import Mutation
from schema.payload_errors import ERROR_TYPES
from schema.query import Query
from schema.scalars import SCALARS

_log = logging.getLogger("juncture.graphql")
_CACHED_DOCUMENTS = 128
MOST_TOKENS = 2_000
"""A longer document could keep the process busy for seconds before anything is looked up."""


class JunctureSchema(strawberry.Schema):
    """Juncture's schema; logs what nobody foresaw, and nothing of a query's text."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log the errors that the caller is told nothing of."""
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else "-"
        for error in errors:
            if failure_of(error).code is ErrorCode.INTERNAL:
                _log.error(
                    "request %s failed at %s", request_id, error.path, exc_info=error.original_error
                )
            elif is_null_violation(error):
                _log.warning(
                    "request %s: no value at %s, where one is promised", request_id, error.path
                )


@cache
def build_schema(*, has_introspection: bool) -> JunctureSchema:
    """The schema; without introspection it also suggests no names."""
    limited = [lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS)]
    cached = [
        lambda: ParserCache(maxsize=_CACHED_DOCUMENTS),
        lambda: ValidationCache(maxsize=_CACHED_DOCUMENTS),
    ]
    hidden = [] if has_introspection else [DisableIntrospection]
    schema = JunctureSchema(
        query=Query,
        mutation=Mutation,
        types=[*VALUE_TYPES, *ERROR_TYPES],
        extensions=[*hidden, *limited, ArgumentLimiter, *cached],
        config=StrawberryConfig(
            scalar_map=SCALARS, disable_field_suggestions=not has_introspection
        ),
    )
    read_types_once(schema)
    return schema
