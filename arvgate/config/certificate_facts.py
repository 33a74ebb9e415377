"""
What a certificate says of itself, as far as showing and checking it needs.

Pure.  Not here: files (L{arvgate.config.certificate_files}), and making certificates
(L{arvgate.config.certificates}).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

import attrs
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from arvgate.wire.certificate_names import covers

__all__ = ["CertificateFacts", "read_certificate"]

_RSA_BITS = 2048


@attrs.frozen
class CertificateFacts:
    """
    A certificate.

    @ivar names: its host names, lower case, wildcards as they stand there.
    @ivar addresses: its IP addresses.
    @ivar key_kind: the algorithm of its key, as a word; a server may show one certificate of each kind.
    @ivar is_weak: its key is one that is refused: RSA with fewer than 2048 bits.
    @ivar public_key: DER.
    @ivar ends: its last second; C{begins} its first.
    """

    names: Sequence[str]
    addresses: Sequence[str]
    key_kind: str
    is_weak: bool
    public_key: bytes
    begins: datetime
    ends: datetime

    def is_good_for(self, host: str) -> bool:
        """Whether clients accept it for a host name or an IP address."""
        try:
            return str(ip_address(host.strip("[]"))) in self.addresses
        except ValueError:
            return covers(self.names, host)


def read_certificate(pem: bytes) -> CertificateFacts:
    """
    The first certificate of a chain.

    @raise ValueError: there is none in PEM form.
    """
    certificate = x509.load_pem_x509_certificates(pem)[0]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        hosts = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
        addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    except x509.ExtensionNotFound:
        # Its common name counts for nothing (RFC 9525).
        hosts = addresses = []
    key = certificate.public_key()
    return CertificateFacts(
        names=hosts,
        addresses=addresses,
        key_kind=type(key).__name__,
        is_weak=isinstance(key, RSAPublicKey) and key.key_size < _RSA_BITS,
        public_key=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        begins=certificate.not_valid_before_utc,
        ends=certificate.not_valid_after_utc,
    )
