"""
Tests for L{arvgate.policy.why_hop}.
"""

from __future__ import annotations

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import ArvgateError, NotReady, PeerFault, ProofRefused, StoreUnavailable, Unreachable
from arvgate.model.checks import Result
from arvgate.model.locations import Listening, Listing
from arvgate.policy.why_hop import port_checks, reached_checks, unreached_checks, unreported_check
from arvgate.wire.port_report import PortReport, Probe

NOW = 1893456000.5
OTHER = "other.example"
LISTING = Listing(
    container_uuid="zzzzz-dz642-aaaaaaaaaaaaaaa",
    target_uuid="zzzzz-dz642-aaaaaaaaaaaaaaa",
    port=8080,
    state="Running",
    gateway_address="10.0.0.5:41234",
    lock_count=1,
    requests=(),
)
REPORT = PortReport(int(NOW), (Listening(8080, "0.0.0.0"),), "", Probe.ANSWERED, 200, 12)


class UnreachedTests(SynchronousTestCase):
    """No proven connection."""

    def fails(self, fault: ArvgateError, names: list[str], *words: str) -> None:
        """The last of these checks fails, with a cure."""
        checks = unreached_checks(LISTING, fault)
        self.assertEqual(names, [check.name for check in checks])
        self.assertEqual((Result.FAILED, fault.code), (checks[-1].result, checks[-1].code))
        self.assertTrue(checks[-1].cure)
        for word in words:
            self.assertIn(word, checks[-1].sentence)

    def test_unreachable(self) -> None:
        """Each cause has its words, one that is new has some, and the address is named."""
        sentences = set()
        for cause in ("refused", "reset", "timeout", "route", "name", "address", "tls", "", "new"):
            fault = Unreachable(cause=cause, detail="internal")
            self.fails(fault, ["runner"], "10.0.0.5:41234")
            self.assertNotIn("internal", str(unreached_checks(LISTING, fault)))
            sentences.add(unreached_checks(LISTING, fault)[-1].sentence)
        self.assertEqual(8, len(sentences))

    def test_not_reported(self) -> None:
        """A runner that has not said where it is will soon."""
        self.fails(NotReady(), ["runner"], "not reported")

    def test_proof(self) -> None:
        """Who does not prove itself is reached."""
        self.fails(ProofRefused(detail="internal"), ["runner", "proof"], "10.0.0.5:41234")

    def test_clock(self) -> None:
        """A proof that was refused for its time leaves the proof open, and names the difference with its sign."""
        for skew, words in ((61, "61 s ahead of"), (-61, "61 s behind")):
            self.fails(ProofRefused(skew=skew), ["runner", "proof", "clock"], words)
            self.assertIs(Result.UNKNOWN, unreached_checks(LISTING, ProofRefused(skew=skew))[1].result)

    def test_others(self) -> None:
        """Any other fault is the runner's."""
        self.fails(PeerFault(), ["runner"], "no usable answer")
        checks = unreached_checks(LISTING, StoreUnavailable())
        self.assertEqual(["runner"], [check.name for check in checks])


class ReachedTests(SynchronousTestCase):
    """A proven connection."""

    def test_in_order(self) -> None:
        """Runner, proof and clock are in order; a difference of the clocks that is accepted is told."""
        for seconds, words in ((0, "agree"), (60, "60 s ahead of"), (-60, "60 s behind")):
            checks = reached_checks(LISTING, attrs.evolve(REPORT, seconds=int(NOW) + seconds), NOW)
            self.assertEqual(["runner", "proof", "clock"], [check.name for check in checks])
            self.assertEqual({Result.OK}, {check.result for check in checks})
            self.assertIn(words, checks[2].sentence)

    def test_drifting(self) -> None:
        """Clocks that have drifted since the proof are a failure to come."""
        checks = reached_checks(LISTING, attrs.evolve(REPORT, seconds=int(NOW) + 61), NOW)
        self.assertIs(Result.FAILED, checks[2].result)

    def test_limitation(self) -> None:
        """A right that the runner lacks is told."""
        checks = reached_checks(LISTING, attrs.evolve(REPORT, limitation="CAP_X is missing."), NOW)
        self.assertTrue(checks[0].sentence.endswith("10.0.0.5:41234. CAP_X is missing."))

    def test_no_report(self) -> None:
        """Without a report the clocks are known to be near enough, and the port fails."""
        checks = reached_checks(LISTING, None, NOW)
        self.assertIn("less than 60 s", checks[2].sentence)
        check = unreported_check()
        self.assertEqual(("port", Result.FAILED, "peer-fault"), (check.name, check.result, check.code))


class PortTests(SynchronousTestCase):
    """What the runner says of the port."""

    def closed(self, *listening: Listening, limitation: str = "") -> str:
        """Sentence and cure for a port that is not reached."""
        report = attrs.evolve(REPORT, listening=listening, limitation=limitation, probe=Probe.NOT_LISTENING, status=0)
        (check,) = port_checks(LISTING, report, OTHER)
        self.assertEqual(("port", Result.FAILED, "not-listening"), (check.name, check.result, check.code))
        return f"{check.sentence} {check.cure}"

    def test_nothing(self) -> None:
        """Where nothing else is known to listen the log is pointed to."""
        text = self.closed()
        self.assertIn("listens on port 8080.", text)
        self.assertIn("arvgate logs", text)

    def test_others(self) -> None:
        """What listens elsewhere is named with its addresses, of many ports the first."""
        text = self.closed(Listening(22, "127.0.0.1"), Listening(8888, "0.0.0.0"), Listening(8888, "::1"))
        self.assertIn("on 22 (127.0.0.1), 8888 (0.0.0.0, ::1).", text)
        text = self.closed(*(Listening(port, "::") for port in range(1, 20)))
        self.assertIn("8 (::) and 11 more", text)

    def test_not_reached(self) -> None:
        """A port that is open where the runner does not come is told with the address and the missing right."""
        text = self.closed(Listening(8080, "127.0.0.1"), limitation="CAP_X is missing.")
        for words in ("is open on 127.0.0.1", "CAP_X is missing.", "0.0.0.0"):
            self.assertIn(words, text)

    def test_app(self) -> None:
        """Each thing that an app may say has its own words; whatever it says, the port is open."""
        said = set()
        for probe in Probe:
            for status in (0, 404):
                report = attrs.evolve(REPORT, probe=probe, status=status)
                if probe is Probe.NOT_LISTENING:
                    continue
                port, app = port_checks(LISTING, report, OTHER)
                self.assertEqual(
                    ("port", Result.OK, "Port 8080 is open on 0.0.0.0."), (port.name, port.result, port.sentence)
                )
                self.assertEqual(Result.OK if probe is Probe.ANSWERED else Result.FAILED, app.result)
                self.assertEqual(app.result is Result.FAILED, bool(app.cure and app.code))
                said.add(app.sentence)
        self.assertEqual(8, len(said))
        self.assertIn("The app answers with HTTP status 404 after 12 ms.", said)

    def test_other_host(self) -> None:
        """Where TLS is the matter the other host name is the cure, if there is one."""
        for probe, status in ((Probe.SPEAKS_TLS, 0), (Probe.NO_TLS, 200)):
            report = attrs.evolve(REPORT, probe=probe, status=status)
            self.assertIn(OTHER, port_checks(LISTING, report, OTHER)[1].cure)
            self.assertNotIn("host name", port_checks(LISTING, report, "")[1].cure)

    def test_closed_meanwhile(self) -> None:
        """An app that answered and has closed since is told without an address."""
        port, _ = port_checks(LISTING, attrs.evolve(REPORT, listening=()), OTHER)
        self.assertEqual("Port 8080 is open.", port.sentence)
