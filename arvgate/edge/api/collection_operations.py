"""
What the API does with collections: manifests signed for the reader, and collections found by what is in them.

Not here: the records (L{arvgate.records.collections}) and the signatures (L{arvgate.wire.block_signatures}).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from arvgate.edge.api.call import Answer, Call
from arvgate.edge.api.operations import check_cluster, given_attributes
from arvgate.errors import Forbidden, NotFound
from arvgate.model.records import Filter, Query, Record
from arvgate.model.tokens import Token
from arvgate.wire.block_signatures import BlockSigner
from arvgate.wire.manifest import is_pdh
from arvgate.wire.parameters import selected_names
from arvgate.wire.parameters_lists import list_query
from arvgate.wire.record_json import list_to_json, record_to_json

__all__ = [
    "create_collection", "delete_collection", "get_collection", "list_collections", "trash_collection",
    "untrash_collection", "update_collection",
]  # fmt: skip

_TEXT: Final = "manifest_text"
_UNSIGNED: Final = "unsigned_manifest_text"

#: What is told of a collection that is asked for by its portable data hash.
_BY_HASH: Final = ("uuid", "portable_data_hash", _TEXT, "trash_at")


async def list_collections(call: Call) -> Answer:
    """The collections that the caller can read and that match; with manifests only if they are selected."""
    check_cluster(call)
    query = list_query(call.parameters, call.kind, call.api.options.max_items)
    wanted = query.select
    if wanted is not None and _UNSIGNED in wanted and _TEXT not in wanted:
        query = attrs.evolve(query, select=(*wanted, _TEXT))
    page = await call.api.records.list(call.kind, query, call.principal)
    page = attrs.evolve(page, items=[await _signed(call, item) for item in page.items])
    return Answer(list_to_json(call.kind, page, query.limit, query.offset, wanted))


async def get_collection(call: Call) -> Answer:
    """One collection, by its UUID or by the portable data hash of its manifest."""
    select = selected_names(call.parameters, call.kind)
    include_trash = bool(call.parameters.get("include_trash"))
    if not is_pdh(call.path["uuid"]):
        record = await call.api.records.get(call.kind, call.uuid(), call.principal, include_trash)
        return await _answer(call, record, select)
    pdh = call.path["uuid"]
    query = Query((Filter("portable_data_hash", "=", pdh),), limit=1, select=_BY_HASH, count=False)
    page = await call.api.records.list(call.kind, attrs.evolve(query, include_trash=include_trash), call.principal)
    if not page.items:
        raise NotFound(f"There is no collection {pdh!r}")
    found = {name: page.items[0][name] for name in _BY_HASH}
    return await _answer(call, {**found, "uuid": pdh}, select or _BY_HASH)


async def create_collection(call: Call) -> Answer:
    """A new collection."""
    check_cluster(call)
    select = selected_names(call.parameters, call.kind)
    attributes = given_attributes(call)
    await _check_signatures(call, attributes)
    unique = bool(call.parameters.get("ensure_unique_name"))
    record = await call.api.records.create(call.kind, attributes, call.principal, unique)
    return await _answer(call, record, select)


async def update_collection(call: Call) -> Answer:
    """Changed fields of a collection."""
    uuid, select = call.uuid(), selected_names(call.parameters, call.kind)
    attributes = given_attributes(call)
    await _check_signatures(call, attributes)
    record = await call.api.records.update(call.kind, uuid, attributes, call.principal)
    return await _answer(call, record, select)


async def delete_collection(call: Call) -> Answer:
    """A collection put into the trash, from which it is deleted after a while."""
    return await _answer(call, await call.api.records.delete(call.kind, call.uuid(), call.principal), None)


async def trash_collection(call: Call) -> Answer:
    """A collection put into the trash."""
    return await _acted(call, "trash")


async def untrash_collection(call: Call) -> Answer:
    """A collection taken out of the trash."""
    return await _acted(call, "untrash")


async def _acted(call: Call, action: str) -> Answer:
    select = selected_names(call.parameters, call.kind)
    arguments = {"ensure_unique_name": bool(call.parameters.get("ensure_unique_name"))}
    record = await call.api.records.act(call.kind, action, call.uuid(), arguments, call.principal)
    return await _answer(call, record, select)


async def _answer(call: Call, record: Mapping[str, Any], select: Any) -> Answer:
    shown = record if select is None else {name: record[name] for name in record if _is_needed(name, select)}
    return Answer(record_to_json(call.kind, await _signed(call, shown), select))


def _is_needed(name: str, select: Any) -> bool:
    return name in select or name == "etag" or (name == _TEXT and _UNSIGNED in select)


async def _signed(call: Call, record: Mapping[str, Any]) -> Record:
    """A record with its manifest for the reader, if it has one."""
    text = record.get(_TEXT)
    if text is None:
        return dict(record)
    signer, now = _signer(call), call.api.now().timestamp()
    signed = text
    if signer is not None and len(text) <= call.api.options.large_body:
        signed = signer.signed(text, now)
    elif signer is not None:
        signed = await call.api.in_thread(lambda: signer.signed(text, now))
    return {**record, _TEXT: signed, _UNSIGNED: text}


async def _check_signatures(call: Call, attributes: Mapping[str, Any]) -> None:
    """
    Let pass the manifest of somebody who may read its blocks: else one could have them signed by naming them.

    @raise Forbidden: a locator has no signature that was made for this token and is still good.
    """
    text, signer = attributes.get(_TEXT), _signer(call)
    if not isinstance(text, str) or signer is None or call.principal.is_admin:
        return
    now = call.api.now().timestamp()
    if len(text) <= call.api.options.large_body:
        missing = signer.unsigned(text, now)
    else:
        missing = await call.api.in_thread(lambda: signer.unsigned(text, now))
    if missing:
        raise Forbidden(f"{missing} locators in manifest_text have no signature that is valid for your token now")


def _signer(call: Call) -> BlockSigner | None:
    options = call.api.options
    if not options.blob_signing_key or call.token is None:
        return None
    return BlockSigner(options.blob_signing_key, int(options.blob_signing_ttl), _text_of(call.token))


def _text_of(token: Token) -> str:
    """A token as it was sent: that is what Arvados' own services sign for."""
    if token.uuid is None:
        return token.secret
    return "/".join(part for part in (token.v2, token.container_uuid, token.nonce) if part)
