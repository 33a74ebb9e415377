"""
The API's description by OpenAPI 3.1, made from the routes themselves: for tools that are not Arvados' own.

Not here: the routes (L{arvgate.edge.api.routes}) and the schemas (L{arvgate.edge.api.schemas}).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from arvgate.edge.api.declared import Parameter
from arvgate.edge.api.route import ANY_BYTES, Route
from arvgate.edge.api.schemas import (
    ERROR,
    attributes_name,
    kind_schemas,
    list_name,
    parameter_schema,
    record_name,
    uuid_schema,
)
from arvgate.model.kinds import CONTAINERS, KINDS
from arvgate.model.records import Kind

__all__ = ["ERRORS", "openapi_document"]

#: What each status means in an answer that reports an error.
ERRORS: Final[Mapping[int, str]] = {
    400: "The request cannot be understood.",
    401: "No valid token came with it.",
    403: "The caller or the token may not do this.",
    404: "There is no such thing, or the caller may not know of it.",
    405: "The path has no such method.",
    410: "The container has ended.",
    413: "The body is too large.",
    416: "The range is not there.",
    422: "The values are not acceptable.",
    503: "The gateway is busy or cannot reach its records; try again after Retry-After seconds.",
}

_STATUSES: Final[Mapping[str, Sequence[int]]] = {
    "scoped": (400, 401, 403, 404, 413, 422, 503),
    "public": (400, 413),
    "managed": (400, 401, 403, 404, 413, 503),
}
_OF_BYTES: Final = (410, 416)

_VARIABLE: Final = re.compile("<([a-z]+)>")

_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API token."},
    "basic": {"type": "http", "scheme": "basic", "description": "An API token as password, with any user name."},
    "query": {"type": "apiKey", "in": "query", "name": "api_token", "description": "An API token."},
    "management": {"type": "http", "scheme": "bearer", "description": "The ManagementToken."},
}

#: Of these names in C{_SECURITY} any is needed.
_NEEDED: Final[Mapping[str, Sequence[str]]] = {
    "scoped": ("bearer", "basic", "query"),
    "public": (),
    "managed": ("management",),
}


def openapi_document(root_url: str, routes: Iterable[Route]) -> dict[str, Any]:
    """
    The document for clients that reach the API at C{root_url}.

    @param root_url: absolute, with a slash at the end.
    """
    paths: dict[str, dict[str, Any]] = {}
    kinds: dict[str, Kind] = {}
    for route in routes:
        operations = paths.setdefault(_path(route), {})
        for method in route.methods:
            operations[method.lower()] = _operation(route, method)
        kinds.update({kind.path: kind for kind in (route.kind, route.returns) if kind is not None})
    schemas: dict[str, Any] = {"Error": ERROR}
    for kind in kinds.values():
        schemas.update(kind_schemas(kind))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The record API of arvgate",
            "version": "v1",
            "description": "Parameters may also come in a form or in the body, and a POST may ask for another method "
            "by the header X-Http-Method-Override.",
        },
        "servers": [{"url": root_url.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": _SECURITY, "responses": _responses()},
    }


def _path(route: Route) -> str:
    return _VARIABLE.sub(r"{\1}", route.path) + ("/{rest}" if route.takes_rest else "")


def _operation(route: Route, method: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": "-".join((method.lower(), *re.findall("[a-z0-9_]+", route.path))),
        "tags": [route.kind.path if route.kind is not None else "gateway"],
        "summary": route.summary,
        "parameters": _parameters(route),
        "security": [{name: []} for name in _NEEDED[route.access]],
        "responses": _answers(route),
    }
    if route.name in ("create", "update") and route.kind is not None:
        operation["requestBody"] = _body(route.kind)
    return operation


def _parameters(route: Route) -> Sequence[dict[str, Any]]:
    found = [_in_path(name, route) for name in _VARIABLE.findall(route.path)]
    if route.takes_rest:
        found.append({"name": "rest", "in": "path", "required": True, "schema": {"type": "string"}})
    found.extend(
        _in_query(name, parameter, route.returns or route.kind) for name, parameter in route.parameters.items()
    )
    return found


def _in_path(name: str, route: Route) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if name == "uuid":
        schema = uuid_schema([route.kind] if route.kind is not None else KINDS.values())
    elif name == "container":
        schema = uuid_schema([CONTAINERS])
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(name: str, parameter: Parameter, kind: Kind | None) -> dict[str, Any]:
    schema = parameter_schema(name, parameter, kind)
    structure = parameter.type in ("array", "object")
    return {
        "name": name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.required,
        **({"content": {"application/json": {"schema": schema}}} if structure else {"schema": schema}),
    }


def _body(kind: Kind) -> dict[str, Any]:
    """The attributes stand under the kind's key, or are the body itself."""
    wrapped = {
        "type": "object",
        "required": [kind.singular],
        "properties": {kind.singular: {"$ref": f"#/components/schemas/{attributes_name(kind)}"}},
    }
    return {"required": True, "content": {"application/json": {"schema": wrapped}}}


def _answers(route: Route) -> dict[str, Any]:
    content = {media: {"schema": _schema(route)} for media in route.media}
    answers: dict[str, Any] = {"204": {"description": "It is done."}}
    if content:
        answers = {"200": {"description": "It is done.", "content": content}}
    statuses = list(_STATUSES[route.access])
    if ANY_BYTES in route.media:
        answers["206"] = {"description": "The part that was asked for.", "content": content}
        statuses += _OF_BYTES
    answers.update((f"{status}", {"$ref": f"#/components/responses/{status}"}) for status in statuses)
    if route.access == "managed":
        answers["503"] = {"description": "A part of the gateway fails.", "content": content}
    return answers


def _schema(route: Route) -> dict[str, Any]:
    kind = route.returns or route.kind
    if route.media != ("application/json",):
        return {}
    if kind is None or route.name == "" or not route.answers_record:
        return {"type": "object"}
    return {"$ref": f"#/components/schemas/{list_name(kind) if route.answers_list else record_name(kind)}"}


def _responses() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {f"{status}": {"description": text, "content": content} for status, text in ERRORS.items()}
