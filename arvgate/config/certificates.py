"""
Keys, certificates and tokens of a new cluster.

Pure but for the keys themselves, which the cryptography library draws from the system's randomness.  Not here: files
(L{arvgate.config.initial}).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = [
    "Issued",
    "SSHKey",
    "certificate_names",
    "new_ca",
    "new_server_certificate",
    "new_ssh_host_key",
    "new_token",
]

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: Before the first second of validity, for clocks that are behind.
_BACKDATED: Final = timedelta(hours=1)
_CA_LIFETIME: Final = timedelta(days=3650)
#: The longest that all browsers accept of an authority that a user added.
_SERVER_LIFETIME: Final = timedelta(days=825)
_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@attrs.frozen
class Issued:
    """
    A certificate with its key.

    @ivar certificate_pem: the certificate alone.
    @ivar key_pem: its private key, PKCS 8, unencrypted.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = attrs.field(repr=False)

    @property
    def certificate_pem(self) -> bytes:
        """The certificate in PEM form."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key in PEM form (PKCS 8), unencrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@attrs.frozen
class SSHKey:
    """
    An SSH key pair.

    @ivar private: in OpenSSH's own form.
    @ivar public: one line, C{ssh-ed25519 …}, without line end.
    """

    private: bytes = attrs.field(repr=False)
    public: str


def certificate_names(cluster_id: str, domain: str) -> Sequence[str]:
    """
    The host names and addresses of a cluster's certificate: C{domain} and everything one label below it, and if that
    is a C{localhost} domain also the names under which this machine reaches itself.
    """
    names = [domain, f"*.{domain}"]
    if domain.endswith(".localhost"):
        own = f"{cluster_id}.localhost"
        names = ["localhost", "127.0.0.1", "::1", "host.docker.internal", own, f"*.{own}", *names]
    return list(dict.fromkeys(names))


def new_ca(name: str, now: datetime) -> Issued:
    """A certification authority called C{name} that may issue server certificates, and no further authorities."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        _certificate(subject, subject, key.public_key(), now, _CA_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return Issued(builder.sign(key, hashes.SHA256()), key)


def new_server_certificate(ca: Issued, names: Sequence[str], now: datetime) -> Issued:
    """A certificate of C{ca} for a TLS server with the given host names and IP addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    identifier = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _certificate(subject, ca.certificate.subject, key.public_key(), now, _SERVER_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return Issued(builder.sign(ca.key, hashes.SHA256()), key)


def new_ssh_host_key(comment: str) -> SSHKey:
    """An Ed25519 host key."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return SSHKey(
        private=key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
        public=f"{public} {comment}",
    )


def new_token(length: int, randbelow: Callable[[int], int]) -> str:
    """C{length} random letters and digits; C{randbelow} as C{secrets.randbelow}."""
    return "".join(_ALPHABET[randbelow(len(_ALPHABET))] for _ in range(length))


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now - _BACKDATED + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*allowed: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES})


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
