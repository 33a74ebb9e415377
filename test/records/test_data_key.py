"""
Tests for L{arvgate.records.data_key}.
"""

from __future__ import annotations

import json
import random

from twisted.trial.unittest import SynchronousTestCase

from arvgate.records.data_key import DataKeyUnusable, new_data_key, unwrap_data_key, wrap_data_key

RANDBELOW = random.SystemRandom().randrange
KEY = bytes(range(32))


class DataKeyTests(SynchronousTestCase):
    """The file of the data key."""

    def test_round_trip(self) -> None:
        """Who knows the token gets the key out of the file again; the file does not show it."""
        key = new_data_key(RANDBELOW)
        content = wrap_data_key(key, "token", RANDBELOW)
        self.assertEqual((32, key), (len(key), unwrap_data_key(content, "token")))
        self.assertNotIn(key.hex(), content.decode())
        self.assertNotEqual(content, wrap_data_key(key, "token", RANDBELOW))

    def test_another_token(self) -> None:
        """Another token does not unwrap it."""
        content = wrap_data_key(KEY, "token", RANDBELOW)
        error = self.assertRaises(DataKeyUnusable, unwrap_data_key, content, "other")
        self.assertIn("SystemRootToken", error.sentence)

    def test_two_tokens(self) -> None:
        """During a change both tokens unwrap it, whichever stands first; no third one does."""
        content = wrap_data_key(KEY, "new", RANDBELOW) + wrap_data_key(KEY, "old", RANDBELOW)
        self.assertEqual([KEY, KEY], [unwrap_data_key(content, token) for token in ("new", "old")])
        self.assertRaises(DataKeyUnusable, unwrap_data_key, content, "other")
        self.assertEqual(KEY, unwrap_data_key(b"damaged\n" + content, "old"))

    def test_damaged(self) -> None:
        """A damaged file is said to be one."""
        good = json.loads(wrap_data_key(KEY, "token", RANDBELOW))
        for content in (
            b"",
            b"nonsense",
            b"[]",
            b"null",
            b"\xff",
            json.dumps({**good, "format": "other"}).encode(),
            json.dumps({**good, "salt": "?"}).encode(),
            json.dumps({**good, "nonce": 5}).encode(),
            json.dumps({**good, "nonce": ""}).encode(),
            json.dumps({**good, "sealed": good["salt"]}).encode(),
            json.dumps({"format": good["format"]}).encode(),
        ):
            self.assertRaises(DataKeyUnusable, unwrap_data_key, content, "token")
