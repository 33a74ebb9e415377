"""
Definitions of workflows: YAML text of which only the form is checked and two members are read (reference F.6).

The text is read as a stream of events, so that aliases are never expanded and no value is made.  Not here: what a
workflow means, which is for those who run it.
"""

from __future__ import annotations

from typing import Final

import attrs
import yaml

__all__ = ["LONGEST", "Definition", "read_definition"]

#: Characters that a definition may have.
LONGEST: Final = 4 * 1024 * 1024

_DEEPEST: Final = 200
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final = yaml.resolver.Resolver()

#: Tags that safe loaders know; everything else may make a reader run code or fail.
_STANDARD: Final = "tag:yaml.org,2002:"
_KNOWN: Final = frozenset(
    _STANDARD + name
    for name in ("binary", "bool", "float", "int", "map", "null", "omap", "pairs", "seq", "set", "str", "timestamp")
)


@attrs.frozen
class Definition:
    """
    What a definition says of itself.

    @ivar name: its member C{name}, if that is text; else empty.
    @ivar description: likewise.
    """

    name: str = ""
    description: str = ""


def read_definition(text: str) -> Definition:
    """
    Read a definition.

    @raise ValueError: it is too long, too deep, no YAML, more than one document, or has tags that are not standard;
        with what is wrong.
    """
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST} characters")
    reading = _Reading()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reading.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in line {mark.line + 1}" if mark else ""
        raise ValueError(f"{error.problem or 'it cannot be read'}{place}") from None
    except yaml.YAMLError:
        raise ValueError("it has characters that YAML does not allow") from None
    return Definition(reading.members.get("name", ""), reading.members.get("description", ""))


class _Reading:
    """
    How far the events have come.

    @ivar members: of the outermost mapping, those that are wanted and text.
    """

    def __init__(self) -> None:
        self.members: dict[str, str] = {}
        self._documents = 0
        self._anchors: set[str] = set()
        self._open: list[bool] = []
        self._places = 0
        self._key: str | None = None

    def take(self, event: yaml.Event) -> None:
        """The next event."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise ValueError("it has more than one document")
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise ValueError(f"{_line(event)} names an anchor that there is not")
            self._member(None)
        elif isinstance(event, yaml.ScalarEvent):
            self._check_node(event)
            self._member(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._check_node(event)
            self._member(None)
            self._open.append(isinstance(event, yaml.MappingStartEvent))
            if len(self._open) > _DEEPEST:
                raise ValueError(f"it is more than {_DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()

    def _check_node(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!" and tag not in _KNOWN:
            raise ValueError(f"{_line(event)} has a tag that is not standard")
        if event.anchor is not None:
            self._anchors.add(event.anchor)

    def _member(self, scalar: yaml.ScalarEvent | None) -> None:
        """A node directly in the outermost mapping: a key, or the value behind one."""
        if self._open != [True]:
            return
        self._places += 1
        if self._places % 2:
            self._key = None if scalar is None else scalar.value
        elif scalar is not None and self._key in ("name", "description") and _is_text(scalar):
            self.members.setdefault(self._key, scalar.value)


def _is_text(scalar: yaml.ScalarEvent) -> bool:
    if scalar.tag is not None and scalar.tag != "!":
        return bool(scalar.tag == f"{_STANDARD}str")
    plain, _ = scalar.implicit
    if not plain:
        return True
    tag = _RESOLVER.resolve(yaml.ScalarNode, scalar.value, (True, False))  # type: ignore[no-untyped-call]
    return bool(tag == f"{_STANDARD}str")


def _line(event: yaml.Event) -> str:
    assert event.start_mark is not None
    return f"line {event.start_mark.line + 1}"
