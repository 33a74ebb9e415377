"""
Types of arguments.
"""

from __future__ import annotations

import click
from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from arvgate.cli.arguments import DURATION, SIZE, PortType, RunUuidType, UuidType

CONTAINER = "xabcd-dz642-000000000000001"
USER = "xabcd-tpzed-000000000000001"


class UuidTests(SynchronousTestCase):
    """L{UuidType} and L{RunUuidType}."""

    def test_kinds(self) -> None:
        """Only UUIDs of the right kind are taken, in whatever case they were typed."""
        self.assertEqual(CONTAINER, RunUuidType().convert(CONTAINER.upper(), None, None))
        self.assertEqual(USER, UuidType(users="a user").convert(USER, None, None))
        for wrong in (USER, "", "x", f"{CONTAINER} ", f"{CONTAINER}\n"):
            self.assertRaises(click.BadParameter, RunUuidType().convert, wrong, None, None)

    def test_sentence(self) -> None:
        """What was expected is said."""
        error = self.assertRaises(click.BadParameter, RunUuidType().convert, "x", None, None)
        self.assertEqual("'x' is not the UUID of a container or a container request.", error.message)


class PortTests(SynchronousTestCase):
    """L{PortType}."""

    def test_with_and_without(self) -> None:
        """A port may be left out; what was converted already stays."""
        self.assertEqual((CONTAINER, 8080), PortType().convert(f"{CONTAINER}:8080", None, None))
        self.assertEqual((CONTAINER, 0), PortType().convert(CONTAINER, None, None))
        self.assertEqual((CONTAINER, 1), PortType().convert((CONTAINER, 1), None, None))

    def test_malformed(self) -> None:
        """What is no port is refused."""
        for port in ("", "0", "65536", "-1", "http", "1:2", "²"):
            self.assertRaises(click.BadParameter, PortType().convert, f"{CONTAINER}:{port}", None, None)

    @given(some.text(max_size=40))
    def test_any_text(self, text: str) -> None:
        """Any text is a pair or a usage error."""
        try:
            uuid, port = PortType().convert(text, None, None)
            self.assertEqual((27, True), (len(uuid), 0 <= port <= 65535))
        except click.BadParameter:
            pass


class AmountTests(SynchronousTestCase):
    """Durations and sizes."""

    def test_values(self) -> None:
        """They are read as in the configuration."""
        self.assertEqual((43200.0, 1 << 28), (DURATION.convert("12h", None, None), SIZE.convert("256MiB", None, None)))

    def test_twice(self) -> None:
        """What was converted already stays."""
        self.assertEqual((5.0, 5), (DURATION.convert(5.0, None, None), SIZE.convert(5, None, None)))

    def test_malformed(self) -> None:
        """What is none is a usage error."""
        self.assertRaises(click.BadParameter, DURATION.convert, "12", None, None)
        self.assertRaises(click.BadParameter, SIZE.convert, "much", None, None)
