"""
Tests for L{arvgate.wire.block_signatures}.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.block_signatures import BlockSigner, without_signatures

FOO = "acbd18db4cc2f85cedef654fccc4a4d8"
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"
TEXT = f". {FOO}+3+Kzzzzz {EMPTY}+0 0:3:foo\n"
NOW = 1_000_000_000.9
SIGNER = BlockSigner("k" * 50, 1209600, "v2/zzzzz-gj3su-aaaaaaaaaaaaaaa/secret")


class SigningTests(SynchronousTestCase):
    """Signatures of locators."""

    def test_formula(self) -> None:
        """A signature is the HMAC of block, token, end and lifetime, with the end behind it."""
        expiry = f"{1_000_000_000 + 1209600:08x}"
        message = f"{FOO}@{SIGNER.token}@{expiry}@127500".encode()
        signature = hmac.new(SIGNER.key.encode(), message, hashlib.sha1).hexdigest()
        self.assertIn(f" {FOO}+3+A{signature}@{expiry}+Kzzzzz ", SIGNER.signed(TEXT, NOW))

    def test_there_and_back(self) -> None:
        """What is signed is the same without signatures, and is good until its end for its token."""
        signed = SIGNER.signed(TEXT, NOW)
        self.assertEqual(TEXT, without_signatures(signed))
        self.assertEqual(signed, SIGNER.signed(signed, NOW))
        self.assertEqual(0, SIGNER.unsigned(signed, NOW + 1209599))
        self.assertEqual(1, SIGNER.unsigned(signed, NOW + 1209601))

    def test_not_good(self) -> None:
        """Others' signatures, altered ones and none are not good; the empty block needs none."""
        signed = SIGNER.signed(TEXT, NOW)
        other = BlockSigner(SIGNER.key, SIGNER.lifetime, "v2/zzzzz-gj3su-aaaaaaaaaaaaaaa/other")
        mark = signed.index("+A") + 2
        altered = signed[:mark] + ("0" if signed[mark] != "0" else "1") + signed[mark + 1 :]
        later = re.sub("@[0-9a-f]{8}", "@7fffffff", signed)
        for text in (TEXT, other.signed(TEXT, NOW), altered, later, signed.replace("+A", "+B", 1)):
            self.assertEqual(1, SIGNER.unsigned(text, NOW), text)
        self.assertEqual(0, SIGNER.unsigned(f". {EMPTY}+0 0:0:x\n", NOW))

    def test_secrets(self) -> None:
        """Neither key nor token is in the repr."""
        self.assertNotIn("secret", repr(SIGNER))
        self.assertNotIn("kkk", repr(SIGNER))
