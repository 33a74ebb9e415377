"""
Tests for L{arvgate.policy.authenticator}.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from twisted.trial.unittest import SynchronousTestCase

from arvgate.errors import NotAuthenticated
from arvgate.model.ids import Uuid
from arvgate.model.principals import ANYBODY
from arvgate.model.tokens import Authorization, Token
from arvgate.policy.authenticator import authenticate

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TOKEN = Token(secret="s" * 50, uuid=Uuid("zzzzz-gj3su-aaaaaaaaaaaaaaa"))
KNOWN = Authorization(
    uuid=Uuid("zzzzz-gj3su-aaaaaaaaaaaaaaa"),
    user_uuid=Uuid("zzzzz-tpzed-aaaaaaaaaaaaaaa"),
    is_admin=True,
    is_active=True,
    scopes=["all"],
    parent_uuid=Uuid("zzzzz-gj3su-ppppppppppppppp"),
)


class AuthenticateTests(SynchronousTestCase):
    """Who presents a token."""

    def test_nobody(self) -> None:
        """Without a token it is anybody."""
        self.assertIs(ANYBODY, authenticate(None, None, NOW))

    def test_known(self) -> None:
        """A valid token makes a principal with all that the records know."""
        end = NOW + timedelta(seconds=1)
        principal = authenticate(
            attrs.evolve(TOKEN, container_uuid="zzzzz-dz642-aaaaaaaaaaaaaaa"), attrs.evolve(KNOWN, expires_at=end), NOW
        )
        self.assertEqual(KNOWN.user_uuid, principal.user_uuid)
        self.assertEqual(KNOWN.uuid, principal.token_uuid)
        self.assertEqual(KNOWN.parent_uuid, principal.parent_uuid)
        self.assertEqual(("all",), principal.scopes)
        self.assertEqual(end, principal.expires_at)
        self.assertEqual("zzzzz-dz642-aaaaaaaaaaaaaaa", principal.container_uuid)
        self.assertTrue(principal.is_admin)

    def test_unknown(self) -> None:
        """A token that the records do not know is nobody's."""
        self.assertRaises(NotAuthenticated, authenticate, TOKEN, None, NOW)

    def test_expired(self) -> None:
        """A token ends at the very moment of its expires_at."""
        self.assertRaises(NotAuthenticated, authenticate, TOKEN, attrs.evolve(KNOWN, expires_at=NOW), NOW)

    def test_inactive(self) -> None:
        """A token of a user who is not active is not valid."""
        self.assertRaises(NotAuthenticated, authenticate, TOKEN, attrs.evolve(KNOWN, is_active=False), NOW)

    def test_secret_stays_in(self) -> None:
        """The secret is in no text of the refusal."""
        error = self.assertRaises(NotAuthenticated, authenticate, TOKEN, None, NOW)
        self.assertNotIn(TOKEN.secret, error.sentence + error.detail + repr(error))
