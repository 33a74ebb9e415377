"""
What every store does with collections.
"""

from __future__ import annotations

from typing import Any, ClassVar

from arvgate.errors import Forbidden, Invalid, NotFound
from arvgate.model.kinds import COLLECTIONS
from arvgate.model.principals import Principal
from arvgate.model.records import Filter, Query, Record
from test.contract.records_owned import OwnedContract

__all__ = ["CollectionsContract"]

FOO = "acbd18db4cc2f85cedef654fccc4a4d8+3"
TEXT = f". {FOO} 0:3:foo\n"
SIGNED = f". {FOO}+A{'0' * 40}@ffffffff 0:3:foo\n"
EMPTY = "d41d8cd98f00b204e9800998ecf8427e+0"

#: Seconds that a collection is in the trash.
KEPT = 14 * 86400


class CollectionsContract(OwnedContract):
    """The suite."""

    kind: ClassVar = COLLECTIONS

    def attributes(self) -> dict[str, Any]:
        """Nothing is required."""
        return {}

    def listed(self, who: Principal, *filters: Filter, **query: Any) -> list[Any]:
        """What a user finds."""
        return list(self.done(self.store.list(COLLECTIONS, Query(filters=filters, **query), who)).items)

    def act(self, action: str, record: Record, who: Principal | None = None, **arguments: Any) -> Record:
        """Trash or untrash."""
        return self.done(self.store.act(COLLECTIONS, action, record["uuid"], arguments, who or self.owner))

    def test_life(self) -> None:
        """A collection is made, found and changed; deleted is put into the trash, where it still can be seen."""
        made = self.make(self.owner, name="one", manifest_text=TEXT)
        self.assertEqual(made, self.done(self.store.get(COLLECTIONS, made["uuid"], self.owner)))
        changed = self.done(self.store.update(COLLECTIONS, made["uuid"], {"name": "two"}, self.owner))
        self.assertEqual(("two", TEXT), (changed["name"], changed["manifest_text"]))
        gone = self.done(self.store.delete(COLLECTIONS, made["uuid"], self.owner))
        self.assertEqual((True, self.world.moment), (gone["is_trashed"], gone["trash_at"]))
        self.refused(NotFound, self.store.get(COLLECTIONS, made["uuid"], self.owner))
        self.assertEqual(gone, self.done(self.store.get(COLLECTIONS, made["uuid"], self.owner, True)))

    def test_manifest(self) -> None:
        """What a manifest says is in the record, its signatures are not; without one the collection is empty."""
        made = self.make(self.owner, manifest_text=SIGNED)
        self.assertEqual(
            (TEXT, "1f4b0bc7583c2a7f9102c395f4ffc5e3+45", 1, 3),
            (made["manifest_text"], made["portable_data_hash"], made["file_count"], made["file_size_total"]),
        )
        self.assertEqual((made["uuid"], 1), (made["current_version_uuid"], made["version"]))
        empty = self.make(self.owner)
        self.assertEqual(("", EMPTY, 0), (empty["manifest_text"], empty["portable_data_hash"], empty["file_count"]))
        filled = self.done(self.store.update(COLLECTIONS, empty["uuid"], {"manifest_text": TEXT}, self.owner))
        self.assertEqual(made["portable_data_hash"], filled["portable_data_hash"])

    def test_hash(self) -> None:
        """A portable data hash that is not the manifest's is refused, and so is one alone."""
        right = {"manifest_text": TEXT, "portable_data_hash": "1f4b0bc7583c2a7f9102c395f4ffc5e3+45"}
        made = self.make(self.owner, **right)
        for values in ({**right, "portable_data_hash": EMPTY}, {"portable_data_hash": EMPTY[:-1] + "1"}):
            self.refused(Invalid, self.store.create(COLLECTIONS, values, self.owner))
        self.refused(Invalid, self.store.update(COLLECTIONS, made["uuid"], {"portable_data_hash": EMPTY}, self.owner))
        for text in ("x", ". 0:0:a\n", None):
            wrong = {"manifest_text": text}
            self.refused(Invalid, self.store.update(COLLECTIONS, made["uuid"], wrong, self.owner))

    def test_bulky(self) -> None:
        """Lists have manifests only where they are selected, the audit log has none."""
        made = self.make(self.owner, manifest_text=TEXT)
        self.assertNotIn("manifest_text", self.listed(self.owner)[0])
        self.assertEqual(TEXT, self.listed(self.owner, select=("manifest_text",))[0]["manifest_text"])
        (entry,) = self.world.audit(made["uuid"])
        self.assertNotIn(FOO, str(entry["properties"]))

    def test_names(self) -> None:
        """An owner has a name once outside the trash; on request a new collection is given another one."""
        made = self.make(self.owner, name="n")
        self.make(self.other, name="n")
        self.refused(Invalid, self.store.create(COLLECTIONS, {"name": "n"}, self.owner))
        another = self.done(self.store.create(COLLECTIONS, {"name": "n"}, self.owner, True))
        self.assertEqual(f"n ({another['uuid'][-15:]})", another["name"])
        self.refused(Invalid, self.store.update(COLLECTIONS, another["uuid"], {"name": "n"}, self.owner))
        self.act("trash", made)
        self.make(self.owner, name="n")
        self.assertRaises(Invalid, self.act, "untrash", made)
        back = self.act("untrash", made, ensure_unique_name=True)
        self.assertEqual((False, f"n ({made['uuid'][-15:]})"), (back["is_trashed"], back["name"]))

    def test_trash(self) -> None:
        """What is in the trash is found with it only, comes back unchanged, and is deleted after a while."""
        made = self.make(self.owner, manifest_text=TEXT)
        by_hash = Filter("portable_data_hash", "=", made["portable_data_hash"])
        self.act("trash", made)
        self.assertEqual([], self.listed(self.owner, by_hash))
        self.assertEqual(1, len(self.listed(self.owner, by_hash, include_trash=True)))
        back = self.act("untrash", made)
        self.assertEqual((None, None, False), (back["trash_at"], back["delete_at"], back["is_trashed"]))
        self.act("trash", made)
        self.world.pass_time(KEPT - 1)
        self.done(self.store.sweep())
        self.assertEqual(1, len(self.listed(self.owner, include_trash=True)))
        self.world.pass_time(2)
        self.done(self.store.sweep())
        self.assertEqual([], self.listed(self.owner, include_trash=True))

    def test_trash_of_others(self) -> None:
        """Who only reads a collection neither trashes it nor takes it out."""
        made = self.make(self.owner)
        self.world.share(made["uuid"], self.other, "can_read")
        self.assertRaises(Forbidden, self.act, "trash", made, self.other)
        self.act("trash", made)
        self.assertRaises(Forbidden, self.act, "untrash", made, self.other)

    def test_times(self) -> None:
        """A time that comes puts a collection into the trash; the end is not before it."""
        soon = self.world.moment.replace(microsecond=0)
        made = self.make(self.owner, trash_at=soon.replace(year=soon.year + 1))
        self.assertFalse(made["is_trashed"])
        self.assertEqual(KEPT, (made["delete_at"] - made["trash_at"]).total_seconds())
        self.refused(Invalid, self.store.create(COLLECTIONS, {"delete_at": soon}, self.owner))
        self.world.pass_time(366 * 86400)
        self.done(self.store.sweep())
        self.refused(NotFound, self.store.get(COLLECTIONS, made["uuid"], self.owner))
