"""
Writes the pages of docs/api from the declarations of routes and kinds: C{python -m docs.api_pages}.

Not here: the declarations themselves (arvgate.edge.api.routes, arvgate.model.kinds).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from arvgate.edge.api.openapi import ERRORS
from arvgate.edge.api.route import Route
from arvgate.edge.api.routes import ROUTES
from arvgate.model.kinds import KINDS
from arvgate.model.records import Field, Kind

DIRECTORY: Final = Path(__file__).with_name("api")

_NOTE: Final = ".. Written by docs/api_pages.py from the declarations of the routes; make docs writes it anew."

#: What the examples send, by kind; of others a name.
_SENT: Final[Mapping[str, Mapping[str, Any]]] = {
    "api_client_authorizations": {"scopes": ["GET /arvados/v1/users/current"]},
    "authorized_keys": {"public_key": "ssh-ed25519 …"},
    "container_requests": {"name": "example", "priority": 0},
    "containers": {"runtime_status": {"activity": "example"}},
    "groups": {"name": "example", "group_class": "project"},
    "links": {"link_class": "star", "name": "example"},
    "logs": {"event_type": "example", "summary": "example"},
    "users": {"first_name": "Example"},
}

_INDEX: Final = """\
The record API
==============

One page for each resource; `the description by OpenAPI <#tools>`__ says the same to programs.
`Lists of records <../protocols/lists.rst>`__ has the language of filters, `Tokens <../protocols/tokens.rst>`__ how one
comes with a request and what its scopes permit.

{resources}

Requests
--------

Parameters come in the query, in a form or in a JSON body;
attributes of a record under its key, or as the JSON body itself.
In query and form, arrays and objects are JSON.
A ``POST`` may ask for another method by the header ``X-Http-Method-Override`` or the parameter ``_method``.

The examples take the token from a file, so that no list of processes shows it:

.. code-block:: sh

    (umask 077; printf 'header = "Authorization: Bearer %s"\\n' "$ARVADOS_API_TOKEN" > ~/.arvgate.curl)

Errors
------

An error is an object with ``errors``, one sentence for each problem;
the header ``X-Request-Id`` has the request's id.

{errors}

Tools
-----

``GET /discovery/openapi.json`` is this API's description by OpenAPI 3.1,
``GET /discovery/v1/apis/arvados/v1/rest`` the one from which the Arvados SDKs make their methods.
"""


def pages() -> Mapping[str, str]:
    """The text of each page by the name of its file."""
    by_resource: dict[str, list[Route]] = {}
    for route in ROUTES:
        by_resource.setdefault(_resource(route), []).append(route)
    found = {f"{name}.rst": _page(name, routes) for name, routes in by_resource.items()}
    resources = "\n".join(f"* `{name} <{name}.rst>`__" for name in by_resource)
    errors = _table(("status", "meaning"), [(str(status), text) for status, text in ERRORS.items()])
    found["index.rst"] = f"{_NOTE}\n\n{_INDEX.format(resources=resources, errors=errors)}"
    return found


def _resource(route: Route) -> str:
    return route.kind.path if route.kind is not None else "gateway"


def _page(name: str, routes: Sequence[Route]) -> str:
    title = name.replace("_", " ").capitalize()
    parts = [_NOTE, "", title, "=" * len(title), ""]
    for route in routes:
        parts += _method(route)
    kind = KINDS.get(name)
    if kind is not None:
        parts += _attributes(kind, "clients" if any(route.name == "create" for route in routes) else "its runner")
    return "\n".join(parts).rstrip() + "\n"


def _method(route: Route) -> Iterator[str]:
    path = route.path + ("/…" if route.takes_rest else "")
    title = f"{', '.join(route.methods)} {path}"
    yield from (title, "-" * len(title), "", route.summary, "")
    if route.access != "scoped":
        yield from ({"public": "Needs no token.", "managed": "Needs the ManagementToken."}[route.access], "")
    if not route.media:
        yield from ("The answer is 204, without a body.", "")
    elif route.media != ("application/json",):
        yield from (f"The answer is no JSON but {'bytes' if '*/*' in route.media else ', '.join(route.media)}.", "")
    if route.parameters:
        rows = [
            (f"``{name}``", parameter.type + (", needed" if parameter.required else ""), parameter.description)
            for name, parameter in route.parameters.items()
        ]
        yield from (_table(("parameter", "type", "meaning"), rows), "")
    yield from (".. code-block:: sh", "", f"    {_example(route)}", "")


def _example(route: Route) -> str:
    known = {"uuid": "$UUID", "container": "$CONTAINER", "file": "stdout.txt"}
    path = re.sub("<([a-z]+)>", lambda match: known.get(match[1], match[1].upper()), route.path)
    words = ["curl"]
    if route.access == "scoped":
        words.append("-K ~/.arvgate.curl")
    elif route.access == "managed":
        words.append("-K ~/.arvgate-management.curl")
    method, body = route.methods[0], ""
    if route.name in ("create", "update") and route.kind is not None:
        body = f" --json '{_sent(route.kind)}'"
    if method not in ("GET", "POST") or (method == "POST" and not body):
        words.append(f"-X {method}")
    needed = "&".join(f"{name}=8080" for name, one in route.parameters.items() if one.required)
    url = f'"https://$ARVADOS_API_HOST{path}{"/" if route.takes_rest else ""}{"?" if needed else ""}{needed}"'
    return f"{' '.join(words)}{body} {url}"


def _sent(kind: Kind) -> str:
    return json.dumps({kind.singular: _SENT.get(kind.path, {"name": "example"})})


def _attributes(kind: Kind, sender: str) -> Iterator[str]:
    yield from ("Attributes", "----------", "", f"Attributes stand under the key ``{kind.singular}``.")
    yield from ("Whatever has no default is null where it may be.", "")
    yield _table(
        ("attribute", "type", "default", "set by", "in filters"), [_row(field, sender) for field in kind.fields]
    )


def _row(field: Field, sender: str) -> Sequence[str]:
    default = "" if field.default is None else f"``{json.dumps(field.default)}``"
    setter = sender if field.settable else "the gateway"
    if field.secret:
        setter += "; not shown"
    searchable = field.searchable and field.stored and not field.secret
    return f"``{field.name}``", field.type, default, setter, "yes" if searchable else "no"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    columns = [[head[place], *(row[place] for row in rows)] for place in range(len(head))]
    widths = [max(map(len, column)) for column in columns]
    line = "  ".join("=" * width for width in widths)

    def text(row: Sequence[str]) -> str:
        cells = [cell or "\\" for cell in row]
        return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    return "\n".join((line, text(head), line, *map(text, rows), line))


def main() -> None:
    """Write the pages, and remove what is none any more."""
    DIRECTORY.mkdir(exist_ok=True)
    wanted = pages()
    for path in DIRECTORY.glob("*.rst"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
