"""
The page for somebody who waits for a container's app: what it waits for, since when, why, and what was written last.

It asks again by itself, ever less often, and not for ever: each time by an address that counts how often it has.  Not
here: whether the app can be opened (L{arvgate.edge.https.awaiting}).
"""

from __future__ import annotations

from typing import Final

import attrs

from arvgate.edge.pages.rendering import render
from arvgate.edge.pages.words import span
from arvgate.model.progress import Progress

__all__ = ["LAST_LOOK", "Awaited", "pause_before", "waiting_page"]

#: How often a page looks by itself before it stops: for about an hour.
LAST_LOOK: Final = 300

#: What is waited for, by the container's state: heading and sentence.
_STATES: Final = {
    "Queued": ("Waiting in the queue", "The container waits until there is room for it."),
    "Locked": ("The container is starting", "It has its place, and is being made ready."),
    "Running": ("The app is starting", "The container runs, but the app in it has not opened port {port} yet."),
}
_OTHER: Final = ("Not ready yet", "The container is not ready yet.")
_RUNNER: Final = ("The container is starting", "The container runs, and the gateway waits for word of its address.")


@attrs.frozen
class Awaited:
    """
    What is waited for.

    @ivar reached: the container can be reached, so that only the app is missing.
    @ivar looks: how often this page has looked by itself.
    @ivar next_look: address of the next look; C{again} where it begins anew.
    """

    state: str
    port: int
    reached: bool
    looks: int
    next_look: str
    again: str
    home: str
    why: str = ""
    request_id: str = ""


def pause_before(looks: int) -> int:
    """Seconds until the next look."""
    if looks < 30:
        return 2
    return 5 if looks < 120 else 15


def waiting_page(awaited: Awaited, progress: Progress | None) -> bytes:
    """
    The page.

    @param progress: None where nothing of the container may be told.
    """
    title, sentence = _STATES.get(awaited.state, _OTHER)
    if awaited.state == "Running" and not awaited.reached:
        title, sentence = _RUNNER
    seconds = pause_before(awaited.looks)
    known = progress or Progress(waited=0.0)
    logs = [("What it wrote last (stdout)", known.output), ("What it wrote last (stderr)", known.errors)]
    since = known.ran if awaited.state == "Running" and known.ran >= 0 else known.waited
    return render(
        "waiting.html",
        title=title,
        sentence=sentence.format(port=awaited.port),
        refresh=awaited.next_look if awaited.looks < LAST_LOOK else "",
        seconds=seconds,
        every=span(seconds),
        waited=span(since) if progress is not None else "",
        reason=known.reason,
        idle=span(known.idle_timeout) if known.idle_timeout else "",
        logs=[(name, lines) for name, lines in logs if lines],
        again=awaited.again,
        home=awaited.home,
        why=awaited.why,
        request_id=awaited.request_id,
    )
