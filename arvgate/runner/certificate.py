"""
The runner's own certificate: self-signed, made in memory at each start, never kept.

Nobody trusts it by itself: the proof ties it to the container (docs/protocols/hop).  Not here: certificates from the
cluster's CA.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from arvgate.wire.proof import ALPN, certificate_sha256

__all__ = ["RunnerCertificate", "make_certificate"]

#: Before now, so that a gateway whose clock is behind reads a valid certificate; and long enough for any job.
_EARLIER = timedelta(days=1)
_VALID = timedelta(days=3650)


@attrs.frozen
class RunnerCertificate:
    """
    A context that serves with the certificate, and its fingerprint (hex text).
    """

    context: ssl.SSLContext
    sha256: str


def make_certificate(uuid: str, seconds: float, randbelow: Callable[[int], int]) -> RunnerCertificate:
    """
    Make a key and a certificate for the runner of that container.

    @param seconds: Unix time now.
    @param randbelow: as C{secrets.randbelow}.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uuid)])
    now = datetime.fromtimestamp(seconds, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(randbelow((1 << 159) - 1) + 1)
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(uuid)]), critical=False)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = _context(pem + certificate.public_bytes(Encoding.PEM))
    return RunnerCertificate(context, certificate_sha256(certificate.public_bytes(Encoding.DER)))


def _context(pem: bytes) -> ssl.SSLContext:
    """The ssl module reads keys from files only: give it one that is nowhere on a disk."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols([ALPN])
    descriptor = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, pem)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
