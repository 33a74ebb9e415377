"""
Tests for L{arvgate.wire.proof}.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.proof import (
    NONCE_KEPT,
    PROOF_WINDOW,
    Proof,
    ReplayGuard,
    Verdict,
    auth_secret,
    certificate_sha256,
    judge_proof,
    make_proof,
    parse_proof,
    response_for,
    response_is_genuine,
)

ROOT = "systemroottoken0123456789systemroottoken0123456789xx"
UUID = "zzzzz-dz642-aaaaaaaaaaaaaaa"
ADDRESS = "10.0.0.5:41234"
CERTIFICATE = certificate_sha256(b"certificate")
SECRET = auth_secret(ROOT, UUID, 1)
RAND = "00112233445566778899aabbccddeeff"
NOW = 1893456000


def reference(key: str, message: str) -> str:
    """HMAC-SHA256 as its definition (RFC 2104) says, without the hmac module."""
    block = hashlib.sha256(key.encode()).digest() if len(key) > 64 else key.encode()
    block = block.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message.encode()).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).hexdigest()


def judge(proof: Proof, secret: str = SECRET, uuid: str = UUID, now: float = NOW) -> Verdict:
    """The runner's judgement, with the present address and an earlier one."""
    return judge_proof(proof, secret, uuid, [ADDRESS, "10.0.0.5:1"], CERTIFICATE, now)


class VectorTests(SynchronousTestCase):
    """The formulas, against an independent calculation and the documented vectors."""

    def test_formulas(self) -> None:
        """Secret, proof and answer are the documented HMACs."""
        self.assertEqual(reference(ROOT, f"{UUID}\n1"), SECRET)
        proof = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE)
        self.assertEqual(reference(SECRET, f"{RAND}.{NOW}\n{UUID}\n{ADDRESS}\n{CERTIFICATE}"), proof.mac)
        self.assertEqual(f"{RAND}.{NOW} {proof.mac}".encode(), proof.value)
        self.assertEqual(reference(SECRET, proof.mac).encode(), response_for(SECRET, proof.mac))

    def test_documented_vectors(self) -> None:
        """The values in docs/protocols/hop.rst are what this code makes."""
        page = Path(__file__).parents[2].joinpath("docs", "protocols", "hop.rst").read_text()
        vectors = dict(re.findall(r"^ {4}(\w+) += (\S.*)$", page, re.MULTILINE))
        self.assertEqual(vectors["secret_1"], auth_secret(vectors["root_token"], vectors["uuid"], 1))
        self.assertEqual(vectors["secret_2"], auth_secret(vectors["root_token"], vectors["uuid"], 2))
        proof = make_proof(
            vectors["secret_1"],
            vectors["rand"],
            int(vectors["seconds"]),
            vectors["uuid"],
            vectors["gateway_address"],
            vectors["certificate_sha256"],
        )
        self.assertEqual(vectors["authorization"].encode(), proof.value)
        self.assertEqual(vectors["response"].encode(), response_for(vectors["secret_1"], proof.mac))
        tunnel = make_proof(
            vectors["secret_1"],
            vectors["rand"],
            int(vectors["seconds"]),
            vectors["uuid"],
            vectors["tunnel_address"],
            vectors["certificate_sha256"],
        )
        self.assertEqual(vectors["tunnel_authorization"].encode(), tunnel.value)

    def test_fingerprint(self) -> None:
        """A certificate's fingerprint is the SHA-256 of its DER form in lower case."""
        self.assertEqual(hashlib.sha256(b"x").hexdigest(), certificate_sha256(b"x"))


class ParseTests(SynchronousTestCase):
    """The header's form."""

    def test_round_trip(self) -> None:
        """What is made can be read."""
        proof = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE)
        self.assertEqual(proof, parse_proof(proof.value))

    def test_malformed(self) -> None:
        """Anything but the exact form is no proof."""
        good = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE).value
        for bad in (
            b"",
            good + b"\n",
            b" " + good,
            good.upper(),
            good[1:],
            good[:-1],
            good.replace(b" ", b"  "),
            good.replace(b".", b".-"),
            good.replace(b".", b".+"),
            good.replace(b".", b".0"),
            good.replace(b".", b"._"),
            good.replace(b".18", b".1_8"),
            good.replace(b".", ".٣".encode()),
            good + b" x",
        ):
            self.assertIsNone(parse_proof(bad), bad)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """No bytes make it fail, and what is read is written as it was."""
        proof = parse_proof(data)
        self.assertTrue(proof is None or proof.value == data)

    def test_mac_is_not_shown(self) -> None:
        """The repr, which may come into a log, does not hold the proof itself."""
        proof = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE)
        self.assertNotIn(proof.mac, repr(proof))


class JudgeTests(SynchronousTestCase):
    """What a runner makes of a proof."""

    def test_genuine(self) -> None:
        """The present and the last address are both accepted."""
        for address in (ADDRESS, "10.0.0.5:1"):
            self.assertIs(Verdict.GENUINE, judge(make_proof(SECRET, RAND, NOW, UUID, address, CERTIFICATE)))

    def test_wrong(self) -> None:
        """Another secret, container, address or certificate, or a changed nonce or time make it wrong."""
        earlier = auth_secret(ROOT, UUID, 0)
        for proof in (
            make_proof(earlier, RAND, NOW, UUID, ADDRESS, CERTIFICATE),
            make_proof(SECRET, RAND, NOW, "zzzzz-dz642-bbbbbbbbbbbbbbb", ADDRESS, CERTIFICATE),
            make_proof(SECRET, RAND, NOW, UUID, "10.0.0.6:41234", CERTIFICATE),
            make_proof(SECRET, RAND, NOW, UUID, ADDRESS, certificate_sha256(b"another")),
        ):
            self.assertIs(Verdict.WRONG, judge(proof))
        mac = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE).mac
        self.assertIs(Verdict.WRONG, judge(Proof(RAND, NOW + 1, mac)))
        self.assertIs(Verdict.WRONG, judge(Proof(RAND[::-1], NOW, mac)))

    def test_window(self) -> None:
        """The clocks may differ by the window, either way, and no more."""
        proof = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE)
        for now, verdict in (
            (NOW + PROOF_WINDOW, Verdict.GENUINE),
            (NOW - PROOF_WINDOW, Verdict.GENUINE),
            (NOW + PROOF_WINDOW + 0.001, Verdict.STALE),
            (NOW - PROOF_WINDOW - 0.001, Verdict.STALE),
        ):
            self.assertIs(verdict, judge(proof, now=now), now)

    def test_strangers_learn_no_time(self) -> None:
        """A wrong proof that is also old is just wrong."""
        old = make_proof("no secret", RAND, NOW - 1000, UUID, ADDRESS, CERTIFICATE)
        self.assertIs(Verdict.WRONG, judge(old))

    def test_answer(self) -> None:
        """Only who knows the secret can answer, and not by sending the proof back."""
        mac = make_proof(SECRET, RAND, NOW, UUID, ADDRESS, CERTIFICATE).mac
        self.assertTrue(response_is_genuine(SECRET, mac, response_for(SECRET, mac)))
        for false in (mac.encode(), b"", b"\xff", response_for("guess", mac), response_for(SECRET, mac).upper()):
            self.assertFalse(response_is_genuine(SECRET, mac, false))

    def test_comparison_module(self) -> None:
        """Our own reference calculation agrees with the standard library's."""
        self.assertEqual(hmac.new(b"k", b"m", hashlib.sha256).hexdigest(), reference("k", "m"))


class ReplayTests(SynchronousTestCase):
    """Nonces are good once."""

    def test_once(self) -> None:
        """A nonce is refused the second time, for as long as its proof could be accepted."""
        guard = ReplayGuard()
        self.assertTrue(guard.admit(RAND, NOW))
        self.assertFalse(guard.admit(RAND, NOW))
        self.assertFalse(guard.admit(RAND, NOW + NONCE_KEPT))

    def test_kept_longer_than_accepted(self) -> None:
        """A proof from the edge of the future is stale before its nonce is forgotten."""
        proof = make_proof(SECRET, RAND, NOW + PROOF_WINDOW, UUID, ADDRESS, CERTIFICATE)
        self.assertIs(Verdict.GENUINE, judge(proof))
        self.assertIs(Verdict.STALE, judge(proof, now=NOW + NONCE_KEPT + 0.001))

    def test_forgets(self) -> None:
        """What is old is forgotten, so that memory stays bounded."""
        guard = ReplayGuard()
        for step in range(1000):
            self.assertTrue(guard.admit(f"{step:032x}", NOW + step))
        self.assertEqual(NONCE_KEPT + 1, len(guard))

    def test_full(self) -> None:
        """When it is full it refuses instead of forgetting."""
        guard = ReplayGuard(limit=2)
        self.assertTrue(guard.admit("a", NOW))
        self.assertTrue(guard.admit("b", NOW))
        self.assertFalse(guard.admit("c", NOW))
        self.assertFalse(guard.admit("a", NOW))
        self.assertTrue(guard.admit("c", NOW + NONCE_KEPT + 1))
