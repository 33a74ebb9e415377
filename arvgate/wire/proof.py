"""
The proofs by which gateway and runner know each other (docs/protocols/hop).

Pure: nonces, times and certificates come in as values.  Not here: the exchange itself (L{arvgate.dial},
L{arvgate.runner}).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import deque
from collections.abc import Sequence
from enum import Enum, auto

import attrs

__all__ = [
    "ALPN", "AUTHORIZATION", "NONCE_KEPT", "PROOF_PATH", "PROOF_WINDOW", "REQUEST_HOST", "RESPONSE",
    "RUNNER_ERROR", "RUNNER_TIME", "TARGET_PORT", "TARGET_TLS", "TARGET_UUID", "Proof", "ReplayGuard", "Verdict",
    "auth_secret", "certificate_sha256", "judge_proof", "make_proof", "parse_proof", "response_for",
    "response_is_genuine",
]  # fmt: skip

#: What both sides must have agreed on in the TLS handshake.
ALPN = "arvgate/1"
#: The target of the request that carries the first proof of a connection.
PROOF_PATH = b"/arvgate/proof"
#: Seconds by which a proof's time may differ from the runner's, either way.
PROOF_WINDOW = 60
#: Seconds for which a nonce is remembered: a proof from the edge of the future stays acceptable this long.
NONCE_KEPT = 120

TARGET_UUID = b"X-Arvados-Target-Uuid"
TARGET_PORT = b"X-Arvados-Target-Port"
#: C{1} where the app on the port speaks TLS itself; else absent.
TARGET_TLS = b"X-Arvados-Target-Tls"
REQUEST_HOST = b"X-Arvados-Request-Host"
AUTHORIZATION = b"X-Arvados-Authorization"
RESPONSE = b"X-Arvados-Authorization-Response"
#: The runner's Unix seconds, in its refusal of a proof.
RUNNER_TIME = b"X-Arvados-Runner-Time"
#: The code of the error for which the runner itself answers instead of the app.
RUNNER_ERROR = b"X-Arvados-Runner-Error"

_PROOF = re.compile(rb"([0-9a-f]{32})\.(0|[1-9][0-9]{0,11}) ([0-9a-f]{64})\Z")


@attrs.frozen
class Proof:
    """
    The value of C{X-Arvados-Authorization}, read.

    @ivar rand: 32 hex digits, the nonce.
    @ivar seconds: Unix time at the gateway.
    @ivar mac: 64 hex digits.
    """

    rand: str
    seconds: int
    mac: str = attrs.field(repr=False)

    @property
    def value(self) -> bytes:
        """The header's value."""
        return f"{self.rand}.{self.seconds} {self.mac}".encode()


class Verdict(Enum):
    """What a runner thinks of a proof."""

    GENUINE = auto()
    #: Made with another secret, or for another container, address or certificate.
    WRONG = auto()
    #: Made by somebody who knows the secret, but the clocks differ by more than L{PROOF_WINDOW}.
    STALE = auto()


def _hmac(key: str, message: str) -> str:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def auth_secret(root_token: str, uuid: str, lock_count: int) -> str:
    """
    The secret of one lock cycle of a container, hex text; only the cluster can make it, the runner is given
    it.
    """
    return _hmac(root_token, f"{uuid}\n{lock_count}")


def certificate_sha256(der: bytes) -> str:
    """The fingerprint of a certificate in DER form, hex text."""
    return hashlib.sha256(der).hexdigest()


def make_proof(secret: str, rand: str, seconds: int, uuid: str, gateway_address: str, certificate: str) -> Proof:
    """
    The gateway's proof for one connection.

    @param secret: L{auth_secret}, hex text.
    @param rand: 32 hex digits that were never used before.
    @param seconds: Unix time.
    @param gateway_address: the record's exact text.
    @param certificate: L{certificate_sha256} of what the peer showed in this very handshake.
    """
    mac = _hmac(secret, "\n".join((f"{rand}.{seconds}", uuid, gateway_address, certificate)))
    return Proof(rand=rand, seconds=seconds, mac=mac)


def parse_proof(value: bytes) -> Proof | None:
    """Read a header value; None if it has not exactly the form of a proof."""
    match = _PROOF.match(value)
    if match is None:
        return None
    rand, seconds, mac = match.groups()
    return Proof(rand=rand.decode(), seconds=int(seconds), mac=mac.decode())


def judge_proof(
    proof: Proof, secret: str, uuid: str, gateway_addresses: Sequence[str], certificate: str, now: float
) -> Verdict:
    """
    Judge a proof at the runner; replays are for L{ReplayGuard}.

    The secret comes before the time, so that only a peer that knows the secret learns of differing clocks.

    @param gateway_addresses: the runner's present and last address.
    @param certificate: L{certificate_sha256} of the runner's own certificate.
    @param now: the runner's Unix time.
    """
    genuine = False
    for address in gateway_addresses:
        expected = make_proof(secret, proof.rand, proof.seconds, uuid, address, certificate).mac
        genuine |= hmac.compare_digest(expected, proof.mac)
    if not genuine:
        return Verdict.WRONG
    return Verdict.GENUINE if abs(now - proof.seconds) <= PROOF_WINDOW else Verdict.STALE


def response_for(secret: str, mac: str) -> bytes:
    """The value by which the runner proves itself for the proof with that C{mac}."""
    return _hmac(secret, mac).encode()


def response_is_genuine(secret: str, mac: str, value: bytes) -> bool:
    """Whether C{value} is the runner's answer to that C{mac}; in constant time."""
    return hmac.compare_digest(response_for(secret, mac), value)


class ReplayGuard:
    """
    Remembers the nonces of genuine proofs for L{NONCE_KEPT} seconds.

    It is asked only about genuine proofs, so strangers cannot fill it; when it is full all the same,
    everything is refused until the oldest are forgotten.
    """

    def __init__(self, limit: int = 100_000) -> None:
        self._limit = limit
        self._order: deque[tuple[float, str]] = deque()
        self._known: set[str] = set()

    def __len__(self) -> int:
        return len(self._known)

    def admit(self, rand: str, now: float) -> bool:
        """Whether C{rand} is new at Unix time C{now}; from then on it is known."""
        while self._order and now - self._order[0][0] > NONCE_KEPT:
            self._known.discard(self._order.popleft()[1])
        if rand in self._known or len(self._known) >= self._limit:
            return False
        self._order.append((now, rand))
        self._known.add(rand)
        return True
