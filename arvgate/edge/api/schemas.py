"""
JSON Schemas of what the API takes and answers, made from the declarations of the kinds.

Not here: which request has which (L{arvgate.edge.api.openapi}).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from arvgate.edge.api.declared import Parameter
from arvgate.model.ids import INFIXES
from arvgate.model.kinds import API_CLIENT_AUTHORIZATIONS
from arvgate.model.records import Field, FieldType, Kind
from arvgate.wire.filters_attributes import ANY
from arvgate.wire.filters_operands import EVERY

__all__ = [
    "ERROR", "Schema", "attributes_name", "kind_schemas", "list_name", "parameter_schema", "record_name", "uuid_schema",
]  # fmt: skip

Schema = dict[str, Any]

_TYPES: Final[Mapping[FieldType, Schema]] = {
    "string": {"type": "string"},
    "text": {"type": "string"},
    "integer": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "bigint": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "object": {"type": "object"},
    "array": {"type": "array"},
    "any": {},
}

#: The body of every answer that reports an error (reference F.4).
ERROR: Final[Schema] = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {"type": "array", "items": {"type": "string"}, "description": "One sentence for each problem."},
        "error_token": {"type": "string", "description": "By which the error is found in the log."},
        "hop": {"type": "string", "description": "Between whom a fault on the way is."},
    },
}


def record_name(kind: Kind) -> str:
    """Name of the schema of a record in an answer."""
    name = kind.name.removeprefix("arvados#")
    return name[0].upper() + name[1:]


def list_name(kind: Kind) -> str:
    """Name of the schema of the answer to a list."""
    return f"{record_name(kind)}List"


def attributes_name(kind: Kind) -> str:
    """Name of the schema of what clients send."""
    return f"{record_name(kind)}Attributes"


def uuid_schema(kinds: Iterable[Kind]) -> Schema:
    """A UUID of one of these kinds."""
    return {
        "type": "string",
        "pattern": f"^[0-9a-z]{{5}}-({'|'.join(INFIXES[kind.path] for kind in kinds)})-[0-9a-z]{{15}}$",
    }


def parameter_schema(name: str, parameter: Parameter, kind: Kind | None) -> Schema:
    """The value of a parameter of a route that is about C{kind}."""
    schema: Schema = {"type": parameter.type}
    if parameter.type == "integer":
        schema["minimum"] = 0
    if kind is None:
        return schema
    if name == "select":
        schema["items"] = {"enum": ["kind", *(field.name for field in kind.fields if not field.secret)]}
    elif name == "order":
        names = "|".join(_searchable(kind))
        schema["items"] = {"type": "string", "pattern": f"^({kind.path}\\.)?({names})( asc| desc)?$"}
    elif name == "filters":
        operand = {"type": ["string", "number", "boolean", "null", "array"]}
        parts = [{"enum": [ANY, *_searchable(kind)]}, {"enum": sorted(EVERY)}, operand]
        schema["items"] = {"type": "array", "prefixItems": parts, "minItems": 3, "maxItems": 3}
    elif name == "count":
        schema["enum"] = ["exact", "none"]
    return schema


def _searchable(kind: Kind) -> list[str]:
    return [field.name for field in kind.fields if field.searchable and field.stored and not field.secret]


def kind_schemas(kind: Kind) -> dict[str, Schema]:
    """The schemas of a kind by their names."""
    return {record_name(kind): _record(kind), list_name(kind): _list(kind), attributes_name(kind): _attributes(kind)}


def _record(kind: Kind) -> Schema:
    """Only C{kind} is there always: an answer has what was selected."""
    shown = [field for field in kind.fields if not field.secret or kind is API_CLIENT_AUTHORIZATIONS]
    properties = {field.name: _value(field, field.nullable or field.secret) for field in shown}
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind.name}, **properties}}


def _attributes(kind: Kind) -> Schema:
    properties = {field.name: _value(field, field.nullable) for field in kind.fields if field.settable}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(field: Field, nullable: bool) -> Schema:
    schema = dict(_TYPES[field.type])
    if nullable and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    return schema


def _list(kind: Kind) -> Schema:
    properties: Schema = {
        "kind": {"const": f"{kind.name}List"},
        "etag": {"type": "string"},
        "self_link": {"type": "string"},
        "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{record_name(kind)}"}},
        "items_available": {"type": "integer", "minimum": 0, "description": "How many match; unless count is none."},
        "limit": {"type": "integer", "minimum": 0},
        "offset": {"type": "integer", "minimum": 0},
    }
    return {"type": "object", "required": ["kind", "items", "limit", "offset"], "properties": properties}
