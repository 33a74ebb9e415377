"""
Runs calls of the Arvados SDK in a process of their own: a line of JSON asks, a line of JSON answers.

Settings come from the environment and the home directory, as they do for a user.  The other end is
L{test.acceptance.sdk.process}.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import arvados
import arvados.errors
import arvados.util

__all__ = ["answer"]

_clients: dict[str, Any] = {}


def client(token: str, **options: Any) -> Any:
    """The SDK's client with a token; with the one of the settings if it is empty."""
    if token not in _clients:
        if token:
            options |= {"host": arvados.config.settings()["ARVADOS_API_HOST"], "token": token}
        _clients[token] = arvados.api("v1", **options)
    return _clients[token]


def method(api: Any, name: str) -> Any:
    """The method C{resource.name} of a client."""
    resource, _, action = name.partition(".")
    return getattr(getattr(api, resource)(), action)


def call(question: Mapping[str, Any]) -> Any:
    """One call."""
    return method(client(question["token"]), question["method"])(**question["arguments"]).execute()


def list_all(question: Mapping[str, Any]) -> Any:
    """All that the SDK's own iteration over pages finds."""
    lister = method(client(question["token"]), question["method"])
    return list(arvados.util.keyset_list_all(lister, **question["arguments"]))


def start(question: Mapping[str, Any]) -> Any:
    """Forget all clients and start the SDK anew; answers with where its calls go and what it was told."""
    _clients.clear()
    api = client(question["token"], **question["arguments"])
    return {"base": api._baseUrl, "document": api._rootDesc, "config": api.config()}


def build(question: Mapping[str, Any]) -> Any:
    """The request that the SDK makes of a call, which is not sent."""
    request = method(client(question["token"]), question["method"])(**question["arguments"])
    return {"method": request.method, "uri": request.uri, "body": request.body}


_ACTIONS = {action.__name__: action for action in (build, call, list_all, start)}


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """The result of what is asked, or the error that it raised."""
    try:
        return {"result": _ACTIONS[question["action"]](question)}
    except Exception as error:
        told: dict[str, Any] = {"type": type(error).__name__, "text": str(error)}
        if isinstance(error, arvados.errors.ApiError):
            told |= {"status": int(error.resp.status), "reason": error._get_reason()}
        else:
            traceback.print_exc()
        return {"error": told}


def main() -> None:
    """Answer until nobody asks any more."""
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
