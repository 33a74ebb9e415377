"""
Tests for L{arvgate.service.health}.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import EngineFailed, StoreUnavailable
from arvgate.interfaces import Left
from arvgate.model.principals import ANYBODY
from arvgate.model.records import Page
from arvgate.service.health import (
    Check,
    Health,
    certificate_check,
    clock_check,
    database_check,
    disk_check,
    dispatcher_check,
    doors_check,
    engine_check,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class CheckCase(SynchronousTestCase):
    """Asks checks."""

    def ask(self, check: Check) -> str:
        """What a check answers at once."""
        return self.successResultOf(Deferred.fromCoroutine(check()))


class HealthTests(CheckCase):
    """All checks together."""

    def test_problems(self) -> None:
        """Of each check its sentence: what it answers, what it raises, or that it does not answer."""
        clock = Clock()

        async def well() -> str:
            return ""

        async def ill() -> str:
            return "it aches"

        async def away() -> str:
            raise StoreUnavailable(detail="locked")

        async def broken() -> str:
            raise ZeroDivisionError

        async def silent() -> str:
            return await Deferred()

        checks = {"well": well, "ill": ill, "away": away, "broken": broken, "silent": silent}
        asked = Deferred.fromCoroutine(Health(checks, clock).problems())
        self.assertNoResult(asked)
        clock.advance(10.0)
        self.assertEqual(
            {
                "well": "",
                "ill": "it aches",
                "away": "locked",
                "broken": "the check failed: ZeroDivisionError",
                "silent": "no answer in 10 s",
            },
            self.successResultOf(asked),
        )
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class CertificateTests(CheckCase):
    """The certificate."""

    def setUp(self) -> None:
        """One."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
        certificate = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        certificate = certificate.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=90))
        signed = certificate.public_key(key.public_key()).sign(key, hashes.SHA256())
        self.text = signed.public_bytes(serialization.Encoding.PEM).decode()

    def test_times(self) -> None:
        """It must be valid now and for three days more."""
        first, last = NOW, NOW + timedelta(days=90)
        for present, sentence in (
            (first + timedelta(seconds=1), ""),
            (first - timedelta(seconds=1), "not valid yet"),
            (last - timedelta(days=2), "expires in 2 days"),
            (last + timedelta(seconds=1), "has expired"),
        ):
            found = self.ask(certificate_check(lambda: self.text, lambda present=present: present))
            self.assertIn(sentence, found)
            self.assertEqual(not sentence, not found)

    def test_unreadable(self) -> None:
        """A file that is none or no certificate is a problem."""

        def missing() -> str:
            raise FileNotFoundError(2, "No such file")

        for read in (missing, lambda: "nothing"):
            self.assertIn("cannot be read", self.ask(certificate_check(read, lambda: NOW)))


class PartTests(CheckCase):
    """The other parts."""

    def test_database(self) -> None:
        """Both reading and writing must be possible."""

        async def well() -> None:
            return None

        async def locked() -> None:
            raise StoreUnavailable(detail="locked")

        self.assertEqual("", self.ask(database_check(well, well)))
        for read, write in ((locked, well), (well, locked)):
            self.failureResultOf(Deferred.fromCoroutine(database_check(read, write)()), StoreUnavailable)

    def test_dispatcher(self) -> None:
        """It must have finished a round of late."""
        clock = Clock()
        check = dispatcher_check(lambda: 0.0, clock)
        clock.advance(60)
        self.assertEqual("", self.ask(check))
        clock.advance(1)
        self.assertIn("61 s", self.ask(check))

    def test_doors(self) -> None:
        """All of them must be connected."""
        self.assertEqual("", self.ask(doors_check(lambda: 2, 2)))
        self.assertIn("1 of 2", self.ask(doors_check(lambda: 1, 2)))

    def test_engine(self) -> None:
        """It must answer, if it is one that can be away."""

        class Node:
            async def found(self) -> Sequence[Left]:
                raise EngineFailed

        self.assertEqual("", self.ask(engine_check(None)))
        node: Any = Node()
        self.failureResultOf(Deferred.fromCoroutine(engine_check(node)()), EngineFailed)

    def test_disk(self) -> None:
        """There must be room in the state directory."""
        self.assertEqual("", self.ask(disk_check(".")))
        self.assertIn("0 MiB left", self.ask(disk_check("/proc")))

    def test_clock(self) -> None:
        """It must not be behind the records."""

        class Records:
            async def list(self, *asked: object) -> Page:
                return Page([{"modified_at": NOW}], None)

        records: Any = Records()
        for behind, sentence in ((0, ""), (60, ""), (61, "61 s behind")):
            check = clock_check(records, ANYBODY, lambda behind=behind: NOW - timedelta(seconds=behind))
            self.assertIn(sentence, self.ask(check))
            self.assertEqual(not sentence, not self.ask(check))
