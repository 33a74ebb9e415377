"""
The page that says why a port is not reached: each hop, the first that fails, and what to do now.

Not here: finding it out (L{arvgate.edge.https.examining}), and what programs are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from arvgate.edge.pages.failure import OpenPort
from arvgate.edge.pages.rendering import render
from arvgate.model.checks import Check, Result
from arvgate.policy.why import failure

__all__ = ["Asked", "why_page"]

#: Result to a word for people, and the class of it in the style.
_WORDS: Final = {
    Result.OK: ("in order", "good"),
    Result.FAILED: ("fails", "bad"),
    Result.UNKNOWN: ("open", "wait"),
    Result.SKIPPED: ("not checked", "soft"),
}


@attrs.frozen
class Asked:
    """
    What surrounds the answer; what is empty is left out.

    @ivar host: of the port that was asked for.
    @ivar home: address of the list of containers.
    @ivar again: address that asks again.
    @ivar login: address of the login, for who is not logged in.
    """

    host: str
    home: str
    again: str = ""
    login: str = ""
    listening: Sequence[OpenPort] = ()
    request_id: str = ""


def why_page(checks: Sequence[Check], about: Asked) -> bytes:
    """The page with the checks."""
    rows = [
        {"name": check.name, "sentence": check.sentence, "word": word, "shade": shade}
        for check in checks
        for word, shade in (_WORDS[check.result],)
    ]
    failed = failure(checks)
    return render(
        "why.html",
        rows=rows,
        failed=failed,
        host=about.host,
        home=about.home,
        again=about.again,
        login=about.login if failed is not None and failed.name == "token" else "",
        listening=about.listening,
        request_id=about.request_id,
    )
