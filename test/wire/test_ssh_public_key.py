"""
Tests for L{arvgate.wire.ssh_public_key}.
"""

from __future__ import annotations

import base64
import struct

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.ssh_public_key import read_public_key


def line_of(private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    """The public half as OpenSSH writes it."""
    return private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


ED25519 = line_of(ed25519.Ed25519PrivateKey.generate())


class PublicKeyTests(SynchronousTestCase):
    """Lines with keys."""

    def refused(self, text: str) -> str:
        """What is wrong with a line."""
        return str(self.assertRaises(ValueError, read_public_key, text))

    def test_types(self) -> None:
        """Keys of the types that are in use are read."""
        for private, name in (
            (ed25519.Ed25519PrivateKey.generate(), "ssh-ed25519"),
            (ec.generate_private_key(ec.SECP256R1()), "ecdsa-sha2-nistp256"),
            (rsa.generate_private_key(65537, 2048), "ssh-rsa"),
        ):
            line = line_of(private)
            key = read_public_key(f"{line} a comment")
            self.assertEqual((name, f"{line} a comment"), (key.type, key.text))
            self.assertRegex(key.fingerprint, r"\ASHA256:[A-Za-z0-9+/]{43}\Z")

    def test_text(self) -> None:
        """Blanks around and between the parts are one, and the fingerprint is that of the key alone."""
        plain, spaced = read_public_key(ED25519), read_public_key(f"\n {ED25519}\t x   y \n")
        self.assertEqual(f"{ED25519} x y", spaced.text)
        self.assertEqual(plain.fingerprint, spaced.fingerprint)

    def test_lines(self) -> None:
        """No line, more than one, or one with options before the key is refused."""
        options = f'command="x" {ED25519}'
        for text in ("", "\n", f"{ED25519}\n{ED25519}", options, "ssh-ed25519", f"{ED25519} \x1b[1m", "x" * 20000):
            self.refused(text)

    def test_broken(self) -> None:
        """What does not hold a key of the type that it names is refused."""
        blob = ED25519.split()[1]
        for text in ("ssh-ed25519 AAAA", "ssh-ed25519 ====", f"ssh-rsa {blob}", f"ssh-ed25519 {blob[:-8]}"):
            self.assertIn("read", self.refused(text), text)

    def test_unsafe(self) -> None:
        """Keys that are too weak are refused, with the reason."""
        self.assertIn("1024 bits", self.refused(line_of(rsa.generate_private_key(65537, 1024))))
        self.assertIn("not safe", self.refused("ssh-dss AAAA"))

    def test_certificates(self) -> None:
        """Certificates are no keys."""
        name = b"ssh-ed25519-cert-v01@openssh.com"
        blob = base64.b64encode(struct.pack(">I", len(name)) + name).decode()
        self.assertIn("type", self.refused(f"{name.decode()} {blob}"))
