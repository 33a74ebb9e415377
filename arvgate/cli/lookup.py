"""
Container requests and containers as commands ask for them: by the UUID of either.

Not here: HTTP (L{arvgate.cli.client}).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arvgate.cli.client import ApiClient
from arvgate.errors import NotFound
from arvgate.model.ids import cluster_of, is_uuid
from arvgate.model.tokens import parse_token

__all__ = ["container_of", "display_state", "note_of", "request_for", "requests_for"]

Json = Mapping[str, Any]


def request_for(client: ApiClient, uuid: str) -> Json:
    """
    The request of that UUID, or the newest readable one of the container of that UUID.

    @raise NotFound: there is none that the user can read.
    """
    return requests_for(client, uuid)[0]


def requests_for(client: ApiClient, uuid: str) -> Sequence[Json]:
    """
    The request of that UUID, or all readable ones of the container of that UUID, newest first.

    @raise NotFound: there is none that the user can read.
    """
    if not is_uuid(uuid, "container_requests"):
        filters = [["container_uuid", "=", uuid]]
        found = list(client.list_all("container_requests", filters=filters, order=["created_at desc"]))
        if not found:
            raise _not_found(client, uuid)
        return found
    try:
        return [client.get(f"container_requests/{uuid}")]
    except NotFound:
        raise _not_found(client, uuid) from None


def container_of(client: ApiClient, request: Json) -> Json | None:
    """A request's container; None while it has none."""
    uuid = request.get("container_uuid")
    return client.get(f"containers/{uuid}") if uuid else None


def display_state(request: Json, container: Json | None) -> str:
    """One or two words on how far a request is."""
    if container is None:
        return str(request["state"])
    state = str(container["state"])
    if not container.get("priority"):
        state = {"Queued": "On hold", "Locked": "Cancelling", "Running": "Cancelling"}.get(state, state)
    if state == "Complete":
        return f"Complete ({container.get('exit_code')})"
    return state


def note_of(container: Json | None) -> str:
    """What the runner or the dispatcher has to say about a container."""
    status = (container or {}).get("runtime_status") or {}
    return next((str(status[key]) for key in ("error", "warning", "activity") if status.get(key)), "")


def _not_found(client: ApiClient, uuid: str) -> NotFound:
    token = parse_token(client.settings.token)
    own = cluster_of(token.uuid) if token and token.uuid else None
    if own and cluster_of(uuid) != own:
        return NotFound(
            f"{uuid} is of cluster {cluster_of(uuid)}; the API at {client.settings.api_host} is that of {own}."
        )
    return NotFound(f"There is no {uuid}, or you may not read it.")
