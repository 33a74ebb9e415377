"""
Tests for L{arvgate.edge.api.collection_operations}.
"""

from __future__ import annotations

from typing import Any

from test.edge.api.case import Account, ApiCase

FOO = "acbd18db4cc2f85cedef654fccc4a4d8+3"
TEXT = f". {FOO} 0:3:foo\n"
PDH = "1f4b0bc7583c2a7f9102c395f4ffc5e3+45"
LIFETIME = 3600.0


class Collections(ApiCase):
    """Collections where nothing is signed."""

    def make(self, account: Account, **attributes: Any) -> Any:
        """A collection of somebody."""
        return self.ok("POST", "collections", account, json={"collection": {"manifest_text": TEXT, **attributes}})

    def test_life(self) -> None:
        """A collection is made, changed, put into the trash and taken out."""
        made = self.make(self.alice, name="one")
        self.assertEqual(
            ("arvados#collection", PDH, TEXT, TEXT),
            (made["kind"], made["portable_data_hash"], made["manifest_text"], made["unsigned_manifest_text"]),
        )
        path = f"collections/{made['uuid']}"
        self.assertEqual("two", self.ok("PUT", path, self.alice, json={"collection": {"name": "two"}})["name"])
        self.assertTrue(self.ok("POST", f"{path}/trash", self.alice)["is_trashed"])
        self.refused(404, "GET", path, self.alice)
        self.assertTrue(self.ok("GET", path, self.alice, query={"include_trash": True})["is_trashed"])
        self.assertFalse(self.ok("POST", f"{path}/untrash", self.alice)["is_trashed"])
        self.assertTrue(self.ok("DELETE", path, self.alice)["is_trashed"])

    def test_by_hash(self) -> None:
        """By its portable data hash little is told of a collection, and only if one can be read that has it."""
        self.make(self.alice)
        for path in (f"collections/{PDH}", f"collections/{PDH.replace('+', '%2B')}"):
            found = self.ok("GET", path, self.alice)
            self.assertEqual({"kind", "uuid", "portable_data_hash", "manifest_text", "trash_at"}, set(found))
            self.assertEqual((PDH, PDH, TEXT), (found["uuid"], found["portable_data_hash"], found["manifest_text"]))
            self.refused(404, "GET", path, self.bob)
        chosen = self.ok("GET", f"collections/{PDH}", self.alice, query={"select": ["uuid"]})
        self.assertEqual({"kind", "uuid"}, set(chosen))
        self.refused(404, "GET", "collections/nonsense", self.alice)

    def test_lists(self) -> None:
        """Lists have manifests where they are selected, with or without signatures."""
        self.make(self.alice)
        (item,) = self.ok("GET", "collections", self.alice)["items"]
        self.assertFalse({"manifest_text", "unsigned_manifest_text"} & set(item))
        for name in ("manifest_text", "unsigned_manifest_text"):
            (item,) = self.ok("GET", "collections", self.alice, query={"select": [name]})["items"]
            self.assertEqual({"kind", "etag", name}, set(item))
            self.assertEqual(TEXT, item[name])

    def test_names(self) -> None:
        """A name that is taken is refused, or changed on request; the attributes may stand without their key."""
        self.make(self.alice, name="n")
        self.refused(422, "POST", "collections", self.alice, json={"collection": {"name": "n"}})
        made = self.ok("POST", "collections", self.alice, json={"name": "n", "ensure_unique_name": True})
        self.assertEqual(f"n ({made['uuid'][-15:]})", made["name"])

    def test_each_problem(self) -> None:
        """A manifest that is none is refused with the line."""
        values = {"collection": {"manifest_text": "x\n"}}
        self.assertIn("line 1", self.refused(422, "POST", "collections", self.alice, json=values)[0])


class SignedCollections(ApiCase):
    """Collections where locators are signed."""

    def make_site(self, observed: Any = None, **changes: Any) -> Any:
        """A site with a key, that works in threads as soon as a manifest has any length."""
        values = {"blob_signing_key": "k" * 50, "blob_signing_ttl": LIFETIME, **changes}
        return super().make_site(observed, **values)

    def send(self, account: Account | str, text: str) -> Any:
        """The answer to a new collection."""
        return self.call("POST", "collections", account, json={"collection": {"manifest_text": text}})

    def test_signed(self) -> None:
        """Whoever reads a manifest has it signed, alone, in lists and by its hash; it is kept unsigned."""
        made = self.ok("POST", "collections", self.admin, json={"manifest_text": TEXT})
        found = self.ok("GET", f"collections/{made['uuid']}", self.admin)
        by_hash = self.ok("GET", f"collections/{PDH}", self.admin)
        (item,) = self.ok("GET", "collections", self.admin, query={"select": ["manifest_text"]})["items"]
        for record in (made, found, by_hash, item):
            self.assertRegex(record["manifest_text"], rf"\A\. {FOO[:32]}\+3\+A[0-9a-f]{{40}}@[0-9a-f]{{8}} 0:3:foo\n\Z")
        self.assertEqual((TEXT, PDH), (found["unsigned_manifest_text"], found["portable_data_hash"]))

    def test_what_one_was_shown(self) -> None:
        """Users make collections of blocks that they were shown, with the same token, and while that is good."""
        made = self.ok("POST", "collections", self.admin, json={"manifest_text": TEXT})
        self.share(made, self.alice)
        shown = self.ok("GET", f"collections/{made['uuid']}", self.alice)["manifest_text"]
        self.assertEqual(200, self.send(self.alice, shown).status)
        self.assertEqual(403, self.send(self.bob, shown).status)
        self.clock.advance(LIFETIME + 1)
        self.assertEqual(403, self.send(self.alice, shown).status)

    def test_what_one_was_not_shown(self) -> None:
        """Nobody has a block signed by naming it: neither in a new collection nor in a changed one."""
        self.assertEqual(403, self.send(self.alice, TEXT).status)
        empty = self.ok("POST", "collections", self.alice, json={"collection": {}})
        values = {"collection": {"manifest_text": TEXT}}
        self.refused(403, "PUT", f"collections/{empty['uuid']}", self.alice, json=values)
        self.assertEqual("", self.ok("GET", f"collections/{empty['uuid']}", self.alice)["manifest_text"])
