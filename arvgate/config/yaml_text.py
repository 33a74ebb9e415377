"""
YAML text to plain values; a key that stands twice in one mapping, which YAML lets pass, is an error.

Not here: what the values mean (L{arvgate.config.schema}).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

__all__ = ["read_yaml"]


def read_yaml(text: str, where: str) -> tuple[Any, list[str]]:
    """
    The document in C{text} and the problems of its text; the document is None if it cannot be read at all.

    @param where: the file's name for messages.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is None:
            return None, [f"{where}: the file is empty"]
        problems = list(_duplicates(node, "", ()))
        return yaml.safe_load(text), problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        return None, [f"{place}: not valid YAML: {error.problem}"]
    except (yaml.YAMLError, RecursionError, ValueError):
        return None, [f"{where}: not valid YAML"]


def _duplicates(node: yaml.Node, path: str, above: tuple[yaml.Node, ...]) -> Iterator[str]:
    if node in above:
        raise yaml.YAMLError("an alias within itself")
    above = (*above, node)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, f"{path}[{index}]", above)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(getattr(key, "value", ""))
            place = f"{path}.{name}" if path else name
            if name in seen and name != "<<":
                yield f"{place}: the key stands twice (line {key.start_mark.line + 1})"
            seen.add(name)
            yield from _duplicates(value, place, above)
