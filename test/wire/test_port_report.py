"""
Tests for L{arvgate.wire.port_report}.
"""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import PeerFault
from arvgate.model.locations import Listening
from arvgate.wire.port_report import PortReport, Probe, read_report, write_report

REPORT = PortReport(
    seconds=1893456000,
    listening=(Listening(22, "127.0.0.1"), Listening(8080, "::")),
    limitation="A right is missing.",
    probe=Probe.ANSWERED,
    status=200,
    milliseconds=12,
)


class ReportTests(SynchronousTestCase):
    """A report, there and back."""

    def test_round(self) -> None:
        """What was written is read, with every outcome and with none."""
        for report in (REPORT, PortReport(1), *(PortReport(1, probe=probe) for probe in Probe)):
            self.assertEqual(report, read_report(write_report(report)))

    def test_many(self) -> None:
        """Of very many sockets only the first are told."""
        many = PortReport(1, tuple(Listening(port, "0.0.0.0") for port in range(1, 5001)))
        self.assertEqual(many.listening[:1000], read_report(write_report(many)).listening)

    def test_none(self) -> None:
        """What is no report is the runner's fault."""
        whole = json.loads(write_report(REPORT))
        lacking = [json.dumps({name: value for name, value in whole.items() if name != key}) for key in whole]
        wrong = [json.dumps({**whole, **change}) for change in ({"probe": "?"}, {"listening": [1]}, {"seconds": "x"})]
        for text in ("", "[]", "x", "null", "[" * 100_000, *lacking, *wrong):
            with self.assertRaises(PeerFault):
                read_report(text.encode())
