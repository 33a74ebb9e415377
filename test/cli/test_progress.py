"""
How far a download is.
"""

from __future__ import annotations

import errno
import os
import pty
import sys

from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.progress import shown_progress


def read_all(descriptor: int) -> bytes:
    """All that was written to a terminal that is closed; the kernel passes it on piece by piece."""
    shown = b""
    try:
        while piece := os.read(descriptor, 65536):
            shown += piece
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    return shown


class ProgressTests(SynchronousTestCase):
    """L{shown_progress}."""

    def test_no_terminal(self) -> None:
        """Into a file or pipe nothing is shown."""
        readable, writable = os.pipe()
        with os.fdopen(writable, "w") as pipe:
            self.patch(sys, "stderr", pipe)
            with shown_progress("name", 10) as advance:
                advance(10)
        with os.fdopen(readable) as shown:
            self.assertEqual("", shown.read())

    def test_terminal(self) -> None:
        """On a terminal the name is shown, without what could steer it."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        with os.fdopen(theirs, "w") as terminal:
            self.patch(sys, "stderr", terminal)
            with shown_progress("na\x1b[2Jme [b]", 10) as advance:
                advance(10)
        self.assertIn("na\N{REPLACEMENT CHARACTER}[2Jme [b]", read_all(ours).decode())
