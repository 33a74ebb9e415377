"""
JSON text that means the same to everybody and can be stored.

Not here: what the values mean (L{arvgate.wire.parameters}, L{arvgate.wire.record_json}).
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, Final, NoReturn

__all__ = ["MAX_DEPTH", "check_text", "parse_json"]

#: Levels of arrays and objects in one another: what is read here is written and read by others, whose stacks end.
MAX_DEPTH: Final = 200

#: Strings, whole or not, and whatever else is no bracket.
_NO_BRACKETS: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^"\[\]{}]+', re.DOTALL)

_NUL: Final = "a string holds the character NUL, which cannot be stored"


def parse_json(text: str | bytes) -> Any:
    """
    The value of a JSON text in UTF-8.

    Refused besides malformed text: NaN and infinities, numbers that become infinite, lone surrogates and NUL
    in strings (neither can be stored), and nesting deeper than L{MAX_DEPTH}.

    @raise ValueError: with a sentence that is safe to show.
    """
    try:
        source = text.decode("utf-8") if isinstance(text, bytes) else text
        if _depth(source) > MAX_DEPTH:
            raise ValueError(f"malformed JSON: it is nested deeper than {MAX_DEPTH} levels")
        value = json.loads(source, parse_constant=_no_constant, parse_float=_finite)
        if "\\u" in source:
            _check_strings(value)
        return value
    except json.JSONDecodeError as error:
        raise ValueError(f"malformed JSON: {error}") from None


def _depth(source: str) -> int:
    """No less than how deep the text is nested; nothing exact while it cannot be too deep."""
    brackets = source.count("[") + source.count("{")
    if brackets <= MAX_DEPTH:
        return brackets
    return max(accumulate(1 if one in "[{" else -1 for one in _NO_BRACKETS.sub("", source)))


def check_text(text: str) -> str:
    """
    C{text} itself, if it can be encoded and stored.

    @raise ValueError: it has a lone surrogate or a NUL.
    """
    if "\x00" in text:
        raise ValueError(_NUL)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a string holds half of a surrogate pair, which cannot be stored") from None
    return text


def _check_strings(value: Any) -> None:
    """Check all strings of a JSON value in one go: as JSON text, where NUL is the only thing escaped by u0000."""
    text = json.dumps(value, ensure_ascii=False)
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError(_NUL)
    check_text(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"malformed JSON: {name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("malformed JSON: a number is too large")
    return number
