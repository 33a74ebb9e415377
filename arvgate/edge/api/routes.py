"""
Every path of the API, declared once.

Not here: what happens to each request before and after its operation (L{arvgate.edge.api.router}).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import attrs

from arvgate.edge.api import (
    collection_operations,
    container_operations,
    group_contents,
    group_operations,
    operations,
    token_operations,
    user_operations,
)
from arvgate.edge.api.arrival import json_bytes
from arvgate.edge.api.call import Call, Operation, PlainAnswer
from arvgate.edge.api.container_links import make_link
from arvgate.edge.api.container_logs import read_log
from arvgate.edge.api.container_output import read_output, remove_output
from arvgate.edge.api.declared import CREATE, GET, LINK, LIST, NOTHING, SELECT, Parameter, Parameters
from arvgate.edge.api.discovery import discovery_document
from arvgate.edge.api.observing import health, metrics, ping
from arvgate.edge.api.openapi import openapi_document
from arvgate.edge.api.public import cacheable, keep_services, public_config, root_url, vocabulary
from arvgate.edge.api.route import ANY_BYTES, PREFIX, Route
from arvgate.model.kinds import (
    API_CLIENT_AUTHORIZATIONS,
    AUTHORIZED_KEYS,
    COLLECTIONS,
    CONTAINER_REQUESTS,
    CONTAINERS,
    GROUPS,
    LINKS,
    LOGS,
    USERS,
    WORKFLOWS,
)
from arvgate.model.records import Kind

__all__ = ["ROUTES"]


@attrs.frozen
class _Verb:
    """A method that any kind may have."""

    methods: tuple[str, ...]
    of_one: bool
    operation: Operation
    parameters: Parameters = NOTHING


_VERBS: Final[Mapping[str, _Verb]] = {
    "list": _Verb(("GET",), False, operations.list_records, LIST),
    "create": _Verb(("POST",), False, operations.create_record, CREATE),
    "get": _Verb(("GET",), True, operations.get_record, GET),
    "update": _Verb(("PUT", "PATCH"), True, operations.update_record, SELECT),
    "delete": _Verb(("DELETE",), True, operations.delete_record),
}

#: Of tokens, which only PUT changes.
_OF_TOKENS: Final[Mapping[str, _Verb]] = {
    "list": attrs.evolve(_VERBS["list"], operation=token_operations.list_tokens),
    "create": attrs.evolve(_VERBS["create"], operation=token_operations.create_token),
    "get": attrs.evolve(_VERBS["get"], operation=token_operations.get_token),
    "update": attrs.evolve(_VERBS["update"], operation=token_operations.update_token, methods=("PUT",)),
    "delete": attrs.evolve(_VERBS["delete"], operation=token_operations.delete_token),
}

#: Of collections, whose manifests are signed for the reader.
_OF_COLLECTIONS: Final[Mapping[str, _Verb]] = {
    "list": attrs.evolve(_VERBS["list"], operation=collection_operations.list_collections),
    "create": attrs.evolve(_VERBS["create"], operation=collection_operations.create_collection),
    "get": attrs.evolve(_VERBS["get"], operation=collection_operations.get_collection),
    "update": attrs.evolve(_VERBS["update"], operation=collection_operations.update_collection),
    "delete": attrs.evolve(_VERBS["delete"], operation=collection_operations.delete_collection),
}

_CURRENT: Final[Parameters] = {
    **SELECT,
    "remote": Parameter("string", "Id of the cluster that asks on behalf of the token."),
}


_UNTRASH: Final[Parameters] = {**SELECT, "ensure_unique_name": CREATE["ensure_unique_name"]}

_SHARED: Final[Parameters] = {
    **LIST,
    "include": Parameter("array", "owner_uuid, container_uuid: also give the records that items name there."),
}

_CONTENTS: Final[Parameters] = {
    **_SHARED,
    "uuid": Parameter("string", "UUID of a project or a user; everything if it is absent."),
    "recursive": Parameter("boolean", "Also what is in projects that are in the project."),
    "exclude_home_project": Parameter("boolean", "Only what was shared by itself."),
}

_SYSTEM_TOKEN: Final[Parameters] = {**SELECT, "scopes": Parameter("array", "What the token may do; all by default.")}


def _records(kind: Kind, *names: str) -> tuple[Route, ...]:
    return tuple(_route(kind, name, _VERBS[name]) for name in names)


def _route(kind: Kind, name: str, verb: _Verb) -> Route:
    path = f"{PREFIX}{kind.path}{'/<uuid>' if verb.of_one else ''}"
    return Route(verb.methods, path, verb.operation, kind, name, parameters=verb.parameters)


def _of_one(
    kind: Kind, method: str, rest: str, operation: Operation, name: str = "", parameters: Parameters = NOTHING
) -> Route:
    return Route((method,), f"{PREFIX}{kind.path}/{rest}", operation, kind, name, parameters=parameters)


def _plain(route: Route) -> Route:
    """Named by its path's end; what it answers is no record."""
    return attrs.evolve(route, name=route.path.rpartition("/")[2], answers_record=False)


def _output(method: str, operation: Operation) -> Route:
    path = f"{PREFIX}{CONTAINER_REQUESTS.path}/<uuid>/output/<container>"
    return Route((method,), path, operation, CONTAINER_REQUESTS, takes_rest=True, media=(ANY_BYTES,))


async def _discovery(call: Call) -> PlainAnswer:
    """The discovery document."""
    options = call.api.options
    url = root_url(call.headers.get("host", ""), options.external_url)
    return cacheable(call, _described(options.cluster_id, options.max_request_size, url))


@lru_cache(maxsize=16)  # clients choose the host
def _described(cluster_id: str, max_request_size: int, url: str) -> bytes:
    return json_bytes(discovery_document(cluster_id, max_request_size, url, ROUTES))


async def _openapi(call: Call) -> PlainAnswer:
    """This API's description by OpenAPI 3.1."""
    url = root_url(call.headers.get("host", ""), call.api.options.external_url)
    return cacheable(call, _described_openly(url))


@lru_cache(maxsize=16)
def _described_openly(url: str) -> bytes:
    return json_bytes(openapi_document(url, ROUTES))


ROUTES: Final = (
    *_records(USERS, "list", "create", "get", "update", "delete"),
    _of_one(USERS, "GET", "current", operations.current_user, "current", _CURRENT),
    _of_one(USERS, "GET", "system", user_operations.system_user, "system", SELECT),
    _of_one(USERS, "POST", "<uuid>/activate", user_operations.activate_user, "activate", SELECT),
    _plain(_of_one(USERS, "POST", "setup", user_operations.setup_user, parameters=user_operations.SETUP)),
    _of_one(USERS, "POST", "<uuid>/unsetup", user_operations.unsetup_user, "unsetup", SELECT),
    *(_route(API_CLIENT_AUTHORIZATIONS, name, verb) for name, verb in _OF_TOKENS.items()),
    _of_one(API_CLIENT_AUTHORIZATIONS, "GET", "current", token_operations.current_token, "current", _CURRENT),
    _of_one(
        API_CLIENT_AUTHORIZATIONS,
        "POST",
        "create_system_auth",
        token_operations.create_system_token,
        "create_system_auth",
        _SYSTEM_TOKEN,
    ),
    *_records(CONTAINER_REQUESTS, "list", "create", "get", "update", "delete"),
    _plain(_of_one(CONTAINER_REQUESTS, "GET", "<uuid>/container_status", container_operations.container_status)),
    attrs.evolve(_of_one(CONTAINER_REQUESTS, "GET", "<uuid>/log/<container>/<file>", read_log), media=(ANY_BYTES,)),
    _output("GET", read_output),
    _output("DELETE", remove_output),
    *_records(CONTAINERS, "list", "get", "update"),
    _of_one(CONTAINERS, "GET", "current", container_operations.current_container, "current", SELECT),
    attrs.evolve(
        _of_one(CONTAINERS, "POST", "<uuid>/lock", container_operations.lock_container, "lock", SELECT), impatient=True
    ),
    _of_one(CONTAINERS, "POST", "<uuid>/unlock", container_operations.unlock_container, "unlock", SELECT),
    attrs.evolve(
        _of_one(CONTAINERS, "GET", "<uuid>/auth", container_operations.container_auth, "auth"),
        returns=API_CLIENT_AUTHORIZATIONS,
    ),
    _plain(_of_one(CONTAINERS, "GET", "<uuid>/secret_mounts", container_operations.secret_mounts)),
    _of_one(
        CONTAINERS, "POST", "<uuid>/update_priority", container_operations.update_priority, "update_priority", SELECT
    ),
    _of_one(CONTAINERS, "POST", "<uuid>/link", make_link, parameters=LINK),
    *_records(GROUPS, "list", "create", "get", "update", "delete"),
    _of_one(GROUPS, "POST", "<uuid>/trash", group_operations.trash_group, "trash", SELECT),
    _of_one(GROUPS, "POST", "<uuid>/untrash", group_operations.untrash_group, "untrash", _UNTRASH),
    attrs.evolve(
        _of_one(GROUPS, "GET", "contents", group_contents.contents_anywhere, "contents", _CONTENTS),
        answers_record=False,
    ),
    attrs.evolve(_of_one(GROUPS, "GET", "shared", group_contents.shared_groups, "shared", _SHARED), many=True),
    _of_one(GROUPS, "GET", "<uuid>/contents", group_contents.project_contents, parameters=_CONTENTS),
    attrs.evolve(
        Route(("GET",), f"{PREFIX}permissions/<uuid>", group_contents.list_permissions, LINKS, "get_permissions"),
        parameters=LIST,
        many=True,
    ),
    *_records(LINKS, "list", "create", "get", "update", "delete"),
    *_records(LOGS, "list", "create", "get", "update", "delete"),
    *(_route(COLLECTIONS, name, verb) for name, verb in _OF_COLLECTIONS.items()),
    _of_one(COLLECTIONS, "POST", "<uuid>/trash", collection_operations.trash_collection, "trash", SELECT),
    _of_one(COLLECTIONS, "POST", "<uuid>/untrash", collection_operations.untrash_collection, "untrash", _UNTRASH),
    *_records(AUTHORIZED_KEYS, "list", "create", "get", "update", "delete"),
    *_records(WORKFLOWS, "list", "create", "get", "update", "delete"),
    Route(("POST",), f"{PREFIX}sys/trash_sweep", operations.sweep_trash, name="get", media=()),
    Route(("GET",), f"{PREFIX}config", public_config, name="get", access="public"),
    Route(("GET",), f"{PREFIX}vocabulary", vocabulary, name="get", access="public"),
    Route(("GET",), f"{PREFIX}keep_services", keep_services, name="list", parameters=LIST),
    Route(("GET",), f"{PREFIX}keep_services/accessible", keep_services, name="accessible"),
    Route(("GET", "POST"), "/discovery/v1/apis/arvados/v1/rest", _discovery, access="public"),
    Route(("GET",), "/discovery/openapi.json", _openapi, access="public"),
    Route(("GET",), "/_health/ping", ping, access="managed"),
    Route(("GET",), "/_health/all", health, access="managed"),
    Route(("GET",), "/metrics", metrics, access="managed", media=("text/plain",)),
)
