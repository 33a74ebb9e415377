"""
The text of a configuration with another SystemRootToken, and the former one beside it; all else stays as it is written.

Not here: files (L{arvgate.config.replacing}) and the data key (L{arvgate.records.data_key}).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import attrs
import yaml

from arvgate.config.loading import load
from arvgate.config.model import Config, Secret
from arvgate.errors import ConfigInvalid, Invalid

__all__ = ["with_root_token"]

_PRESENT: Final = "SystemRootToken"
_FORMER: Final = "PreviousSystemRootToken"

#: Start, end, and what stands between them then.
_Change = tuple[int, int, str]


def with_root_token(text: str, where: str, token: str) -> tuple[str, Config]:
    """
    The text with C{token} as SystemRootToken and the present one as the previous, and what it means.

    @param where: path of the file it is from.
    @raise ConfigInvalid: the text is no valid configuration.
    @raise Invalid: the token cannot be one, or the text is written in a way that cannot be changed safely.
    """
    before = load(text, where)
    try:
        changed = _changed(text, token, before.system_root_token.value)
        after = load(changed, where)
    except ConfigInvalid as error:
        raise Invalid(*error.problems) from None
    except (LookupError, ValueError, TypeError):
        raise _by_hand(where) from None
    former = attrs.evolve(before.arvgate, previous_system_root_token=before.system_root_token)
    if after != attrs.evolve(before, system_root_token=Secret(token), arvgate=former):
        raise _by_hand(where)
    return changed, after


def _by_hand(where: str) -> Invalid:
    return Invalid(
        f"{where}: SystemRootToken is written in a way that cannot be changed without touching anything else; "
        "nothing was changed.  Write SystemRootToken and Arvgate as plain keys of the cluster, without anchors."
    )


def _changed(text: str, token: str, former: str) -> str:
    cluster = _values(_values(yaml.compose(text, Loader=yaml.SafeLoader))["Clusters"]).popitem()[1]
    present = _values(cluster)[_PRESENT]
    changes = [_replaced(present, token), _with_previous(_values(cluster)["Arvgate"], former)]
    for start, end, written in sorted(changes, reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _with_previous(arvgate: yaml.Node, former: str) -> _Change:
    """Where the previous token stands, or at the head of its section, laid out as what follows it."""
    known = _values(arvgate).get(_FORMER)
    if known is not None:
        return _replaced(known, former)
    start = _pairs(arvgate)[0][0].start_mark
    rest = ", " if isinstance(arvgate, yaml.MappingNode) and arvgate.flow_style else "\n" + " " * start.column
    return start.index, start.index, f"{_FORMER}: {_quoted(former)}{rest}"


def _replaced(node: yaml.Node, value: str) -> _Change:
    if not isinstance(node, yaml.ScalarNode):
        raise TypeError
    return node.start_mark.index, node.end_mark.index, _quoted(value)


def _pairs(node: yaml.Node | None) -> Sequence[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError
    pairs: Sequence[tuple[yaml.Node, yaml.Node]] = node.value
    return pairs


def _values(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in _pairs(node)}


def _quoted(text: str) -> str:
    return json.dumps(text)
