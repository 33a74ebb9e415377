"""
Tests for L{arvgate.wire.request_id}.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from arvgate.wire.request_id import read_request_id, request_id, without_request_id


class RequestIdTests(SynchronousTestCase):
    """Ids that come, ids that are made."""

    def test_kept(self) -> None:
        """A sane id of the client's is kept."""
        for sane in (b"req-" + b"a" * 20, b"0", b"A_b-c.d", b"x" * 128):
            self.assertEqual(sane, request_id([(b"x-REQUEST-id", sane)], lambda n: 0))

    def test_made(self) -> None:
        """Where none came, several did, or one that might confuse who reads it, there is a new one."""
        for values in ((), (b"a", b"b"), (b"",), (b"a b",), (b"x" * 129,), (b"\xff",), (b"a\n",), (b"v2/x/y",)):
            headers = [(b"X-Request-Id", value) for value in values]
            self.assertEqual(b"", read_request_id(headers))
            self.assertEqual(b"req-" + b"z" * 20, request_id(headers, lambda n: n - 1))

    def test_removed(self) -> None:
        """Every spelling of the field is removed, and nothing else."""
        fields = [(b"x-request-ID", b"1"), (b"X_Request_Id", b"2"), (b"X-Request-Ids", b"3")]
        self.assertEqual(fields[2:], without_request_id(fields))
