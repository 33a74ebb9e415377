"""
The discovery document: the API's description that clients build their methods from (reference H.2), made
from the routes themselves.

Not here: the routes (L{arvgate.edge.api.routes}).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from arvgate.edge.api.route import PREFIX, Route
from arvgate.model.ids import INFIXES
from arvgate.model.kinds import KINDS
from arvgate.model.records import FieldType, Kind

__all__ = ["discovery_document"]

_TYPES: Final[Mapping[FieldType, str]] = {
    "string": "string",
    "text": "text",
    "integer": "integer",
    "bigint": "integer",
    "float": "float",
    "boolean": "boolean",
    "datetime": "datetime",
    "object": "Hash",
    "array": "Array",
    "any": "string",
}


def discovery_document(
    cluster_id: str, max_request_size: int, root_url: str, routes: Iterable[Route]
) -> dict[str, Any]:
    """
    The document for clients that reach the API at C{root_url}.

    @param max_request_size: bytes of a body, above which clients do not even try.
    @param root_url: absolute, with a slash at the end.
    """
    resources: dict[str, dict[str, Any]] = {}
    for route in routes:
        if route.name:
            methods = resources.setdefault(route.resource, {"methods": {}})["methods"]
            methods[route.name] = _method(route)
    schemas: dict[str, Any] = {}
    for kind in KINDS.values():
        schemas[_model(kind)] = _schema(kind)
        schemas[f"{_model(kind)}List"] = _list_schema(kind)
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "arvados:v1",
        "name": "arvados",
        "version": "v1",
        "revision": "20250402",
        "title": "Arvados API",
        "description": "The record API of arvgate",
        "documentationLink": "",
        "protocol": "rest",
        "baseUrl": root_url + PREFIX.lstrip("/"),
        "basePath": PREFIX,
        "rootUrl": root_url,
        "servicePath": PREFIX.lstrip("/"),
        "batchPath": "batch",
        "uuidPrefix": cluster_id,
        "maxRequestSize": max_request_size,
        "parameters": {"alt": {"type": "string", "location": "query", "default": "json", "enum": ["json"]}},
        "schemas": schemas,
        "resources": resources,
    }


def _method(route: Route) -> dict[str, Any]:
    path_names = [part[1:-1] for part in route.path.split("/") if part.startswith("<")]
    parameters: dict[str, Any] = {}
    for name in path_names:
        parameters[name] = {"type": "string", "location": "path", "required": True}
    for name, parameter in route.parameters.items():
        parameters[name] = {
            "type": parameter.type,
            "location": "query",
            "required": parameter.required,
            "description": parameter.description,
        }
    method: dict[str, Any] = {
        "id": f"arvados.{route.resource}.{route.name}",
        "path": route.path.removeprefix(PREFIX).replace("<", "{").replace(">", "}"),
        "httpMethod": route.methods[0],
        "description": route.summary,
        "parameters": parameters,
        "parameterOrder": path_names,
        "response": {},  # without it the SDK takes an answer for bytes
    }
    kind = route.returns or route.kind
    if kind is not None:
        method["response"] = {"$ref": f"{_model(kind)}List" if route.answers_list else _model(kind)}
    if route.kind is not None and route.name in ("create", "update"):
        method["request"] = {"required": True, "properties": {route.kind.singular: {"$ref": _model(route.kind)}}}
    return method


def _model(kind: Kind) -> str:
    name = kind.name.removeprefix("arvados#")
    return name[0].upper() + name[1:]


def _schema(kind: Kind) -> dict[str, Any]:
    return {
        "id": _model(kind),
        "type": "object",
        "uuidPrefix": INFIXES[kind.path],
        "properties": {
            "kind": {"type": "string"},
            **{field.name: {"type": _TYPES[field.type]} for field in kind.fields if not field.secret},
        },
    }


def _list_schema(kind: Kind) -> dict[str, Any]:
    return {
        "id": f"{_model(kind)}List",
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "etag": {"type": "string"},
            "items": {"type": "array", "items": {"$ref": _model(kind)}},
            "items_available": {"type": "integer"},
            "limit": {"type": "integer"},
            "offset": {"type": "integer"},
        },
    }
