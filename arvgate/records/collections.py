"""
Collections as records: manifests under names, without the data (reference A, F.6).

There are no versions: each collection is its own current one.  Not here: the form of a manifest
(L{arvgate.wire.manifest}) and signatures, which depend on who asks (L{arvgate.edge.api.collection_operations}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arvgate.errors import Invalid
from arvgate.model.ids import new_uuid
from arvgate.model.kinds import COLLECTIONS, LINKS
from arvgate.model.records import Record
from arvgate.policy import trash_times
from arvgate.records import owned
from arvgate.records.naming import name_problems
from arvgate.records.schema import COLLECTION_TABLE, LINK_TABLE
from arvgate.records.transaction import Transaction
from arvgate.wire.manifest import Manifest, read_manifest

__all__ = ["create", "delete", "examined", "sweep", "trash", "untrash", "update"]

#: Under which the examination hands on what it read; the name of no field.
_READ: Final = "manifest read"

#: How many records one sweep deletes at most, so that no write waits long for it.
_BATCH: Final = 500


def examined(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    C{attributes}, with what their manifest says: reading a long one takes its time.

    @raise Invalid: the manifest cannot be read.
    """
    text = attributes.get("manifest_text")
    if not isinstance(text, str):
        return attributes
    try:
        return {**attributes, _READ: read_manifest(text)}
    except ValueError as error:
        raise Invalid(f"manifest_text {error}") from None


def create(tx: Transaction, attributes: Mapping[str, Any]) -> Record:
    """
    A new collection; it is empty without a manifest.

    @raise Forbidden: the writer may not write to its owner.
    @raise Invalid: the values are not acceptable, or the name is taken.
    """
    given = {**attributes}
    if given.get("manifest_text") is None:
        given |= {"manifest_text": "", _READ: read_manifest("")}
    read = given.pop(_READ, None)
    return owned.create(tx, COLLECTIONS, given, _Contents(read))


def update(tx: Transaction, uuid: str, attributes: Mapping[str, Any]) -> Record:
    """
    Change a collection.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    @raise Invalid: the values are not acceptable, or the name is taken.
    """
    given = dict(attributes)
    read = given.pop(_READ, None)
    return owned.update(tx, COLLECTIONS, uuid, given, _Contents(read))


def delete(tx: Transaction, uuid: str) -> Record:
    """
    Put a collection into the trash; after a while it is deleted.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    """
    return trash(tx, uuid, {})


def trash(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Put a collection into the trash; one that is there stays as it is.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    """
    before = tx.write(COLLECTIONS, uuid, include_trash=True)
    return before if before["is_trashed"] else _moved(tx, before, {"trash_at": tx.now})


def untrash(tx: Transaction, uuid: str, arguments: Mapping[str, Any]) -> Record:
    """
    Take a collection out of the trash.

    @raise NotFound: there is none, or the writer cannot read it.
    @raise Forbidden: the writer can only read it.
    @raise Invalid: its name has been taken meanwhile.
    """
    before = tx.write(COLLECTIONS, uuid, include_trash=True)
    tx.renames = bool(arguments.get("ensure_unique_name"))
    return _moved(tx, before, {"trash_at": None})


def sweep(tx: Transaction) -> None:
    """Put into the trash what is due, and delete what has been there long enough; some of it, if it is much."""
    columns = COLLECTION_TABLE.c
    for record in tx.select(COLLECTIONS, columns.trash_at <= tx.now, ~columns.is_trashed):
        tx.alter(COLLECTIONS, record, {"is_trashed": True})
    for record in tx.select(COLLECTIONS, columns.delete_at <= tx.now, columns.is_trashed)[:_BATCH]:
        for link in tx.select(LINKS, LINK_TABLE.c.head_uuid == record["uuid"]):
            tx.remove(LINKS, link)
        tx.remove(COLLECTIONS, record)


def _moved(tx: Transaction, before: Record, values: Record) -> Record:
    after = {**before, **values}
    trash_times.settle(after, True, False, tx.now, tx.rules.default_trash_lifetime)
    problems = name_problems(tx, COLLECTIONS, after)
    if problems:
        raise Invalid(*problems)
    return tx.alter(COLLECTIONS, before, after)


class _Contents:
    """The rule of collections."""

    def __init__(self, read: Manifest | None) -> None:
        self._read = read

    def __call__(self, tx: Transaction, before: Record | None, after: Record, changed: frozenset[str]) -> list[str]:
        """What follows of the manifest, and of the times."""
        problems = []
        if before is None:
            after["uuid"] = after.get("uuid") or new_uuid(tx.rules.cluster, COLLECTIONS.path, tx.randbelow)
            after["current_version_uuid"] = after["uuid"]
        if self._read is not None:
            wanted = after["portable_data_hash"] if "portable_data_hash" in changed else None
            if wanted not in (None, self._read.pdh):
                problems.append(f"portable_data_hash is not that of manifest_text, which is {self._read.pdh}")
            after |= {
                "manifest_text": self._read.text,
                "portable_data_hash": self._read.pdh,
                "file_count": self._read.file_count,
                "file_size_total": self._read.file_size,
            }
        elif "portable_data_hash" in changed:
            problems.append("portable_data_hash follows from manifest_text")
        if "manifest_text" in changed and after["manifest_text"] is None:
            problems.append("manifest_text cannot be null")
        kept = tx.rules.default_trash_lifetime
        trash_times.settle(after, "trash_at" in changed, "delete_at" in changed, tx.now, kept)
        return [*problems, *trash_times.problems(after), *name_problems(tx, COLLECTIONS, after)]
