"""
The parameters of an API request: from the query, a form, or a JSON body (reference F.1, F.2).

Pure functions on bytes.  Not here: the token among them (L{arvgate.wire.bearer}), what lists are asked for
(L{arvgate.wire.parameters_lists}), and how a multipart body is taken apart (L{arvgate.wire.multipart_form}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from arvgate.errors import BadRequest, Invalid, TooLarge
from arvgate.model.records import Kind
from arvgate.wire.multipart_form import MultipartError, parse_multipart
from arvgate.wire.strict_json import check_text, parse_json

__all__ = [
    "FORM", "JSON", "MAX_ENCODED", "MULTIPART", "Pairs", "attributes_of", "body_format", "effective_method", "list_of",
    "merge_parameters", "parse_body", "parse_form", "parse_pairs", "selected_names",
]  # fmt: skip

#: Names and values as they came, repeated ones too.
Pairs = Sequence[tuple[str, str]]

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
JSON: Final = "application/json"

#: Bytes of a percent-encoded form, which takes more time to read than any other body.
MAX_ENCODED: Final = 1024 * 1024

_MAX_FIELDS: Final = 1000

_BOOLEANS: Final = frozenset({
    "bypass_federation", "distinct", "ensure_unique_name", "exclude_home_project", "include_old_versions",
    "include_trash", "no_forward", "recursive",
})  # fmt: skip

#: Names in an unwrapped body that are parameters and not attributes, unless the kind has such a field.
_PARAMETERS: Final = _BOOLEANS | {
    "_method", "alt", "api_token", "cluster_id", "count", "filters", "include", "limit", "offset", "order",
    "reader_tokens", "remote", "select", "where",
}  # fmt: skip

_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})


def parse_pairs(data: bytes) -> Pairs:
    """
    The names and values of a query or a form, decoded; blank values are kept.

    @raise BadRequest: not UTF-8, a NUL, or too many of them.
    """
    try:
        pairs = parse_qsl(data.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
        return tuple((check_text(name), check_text(value)) for name, value in pairs)
    except ValueError:
        raise BadRequest("The query or form is malformed, not UTF-8, or too long") from None


def parse_form(content_type: str | None, data: bytes) -> Pairs:
    """
    The names and values of a form, by the C{Content-Type} that it came with.

    @raise BadRequest: malformed, not UTF-8, a NUL, or too many of them.
    @raise TooLarge: percent-encoded and larger than what is read in no time.
    """
    if body_format(content_type, len(data)) != MULTIPART:
        if len(data) > MAX_ENCODED:
            raise TooLarge(f"A percent-encoded form has at most {MAX_ENCODED} bytes; send {JSON} or {MULTIPART}")
        return parse_pairs(data)
    try:
        return parse_multipart(content_type or "", data, _MAX_FIELDS)
    except MultipartError as error:
        raise BadRequest(f"The form cannot be read: {error}") from None


def body_format(content_type: str | None, length: int) -> str:
    """
    What a request's body is: L{FORM}, L{MULTIPART}, L{JSON}, or empty where there is none.

    @raise BadRequest: a content type that no parameters can be read from.
    """
    if length == 0:
        return ""
    media_type = (content_type or JSON).partition(";")[0].strip().lower()
    if media_type in (FORM, MULTIPART, JSON):
        return media_type
    raise BadRequest(f"The body's Content-Type must be {JSON}, {FORM} or {MULTIPART}")


def parse_body(data: bytes) -> dict[str, Any]:
    """
    A JSON body.

    @raise BadRequest: malformed, or no object.
    """
    try:
        value = parse_json(data)
    except ValueError as error:
        raise BadRequest(f"The body cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object")
    return value


def effective_method(method: str, override: str | None, pairs: Pairs) -> str:
    """
    The method that a request means: a POST may ask for another one.

    @param override: the header C{X-Http-Method-Override}; the parameter C{_method} wins over it.
    """
    if method != "POST":
        return method
    wanted = next((value for name, value in reversed(pairs) if name == "_method"), "") or override or method
    return wanted.upper() if wanted.upper() in _METHODS else method


def merge_parameters(pairs: Pairs, body: Mapping[str, Any]) -> dict[str, Any]:
    """
    All parameters, typed; the body's win over those of the same name in query and form.

    In pairs the empty text and C{null} mean that the parameter is absent, and text that begins with a
    bracket, a brace or a quote is JSON.

    @raise BadRequest: malformed JSON in a value.
    """
    parameters: dict[str, Any] = {}
    for name, text in pairs:
        if name in _BOOLEANS:
            parameters[name] = _truth(text)
        elif text not in ("", "null"):
            parameters[name] = _typed(name, text)
    for name, value in body.items():
        parameters[name] = _truth(value) if name in _BOOLEANS else value
    return parameters


def _truth(value: Any) -> bool:
    return value not in ("", "0", "false", "null", None, 0, False)


def _typed(name: str, text: str) -> Any:
    if text[0] not in '[{"':
        return text
    try:
        return parse_json(text)
    except ValueError as error:
        raise BadRequest(f"The parameter {name[:100]!r} cannot be read: {error}") from None


def attributes_of(parameters: Mapping[str, Any], body: Mapping[str, Any], kind: Kind) -> Mapping[str, Any]:
    """
    The attributes for a record of C{kind}: what stands under its singular key, else the JSON body's top
    level.

    @raise Invalid: what stands under the key is no object.
    """
    wrapped = parameters.get(kind.singular)
    if wrapped is None:
        if kind.singular in body:
            return {}
        return {name: value for name, value in body.items() if name not in _PARAMETERS or kind.field(name)}
    if isinstance(wrapped, str):
        try:
            wrapped = parse_json(wrapped)
        except ValueError as error:
            raise Invalid(f"{kind.singular} cannot be read: {error}") from None
    if not isinstance(wrapped, dict):
        raise Invalid(f"{kind.singular} must be an object")
    return wrapped


def selected_names(parameters: Mapping[str, Any], kind: Kind) -> tuple[str, ...] | None:
    """
    The names in C{select}; None if all fields are wanted.

    @raise Invalid: not an array, or a name of no field that may be shown.
    """
    names = list_of("select", parameters.get("select"))
    if not names:
        return None
    shown = {"kind", *(field.name for field in kind.fields if not field.secret)}
    unknown = [name for name in names if not isinstance(name, str) or name not in shown]
    if unknown:
        raise Invalid(*(f"Invalid attribute {str(name)[:100]!r} in select" for name in unknown))
    return tuple(dict.fromkeys(name for name in names if name != "kind"))


def list_of(name: str, value: Any) -> list[Any]:
    """
    A parameter that is an array, or its JSON text; none is an empty one.

    @raise Invalid: it is something else.
    """
    if isinstance(value, str) and value[:1] == "[":
        try:
            value = parse_json(value)
        except ValueError as error:
            raise Invalid(f"{name} cannot be read: {error}") from None
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise Invalid(f"{name} must be an array")
    return value
