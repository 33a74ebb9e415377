"""
A body of C{multipart/form-data} as names and values (RFC 7578).

Files are read as their text.  Not here: what becomes of the values (L{arvgate.wire.parameters}).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import multipart

from arvgate.wire.strict_json import check_text

__all__ = ["MultipartError", "parse_multipart"]

_MAX_HEADER_SIZE: Final = 4096
_MAX_HEADERS: Final = 8
_UTF8: Final = ("utf-8", "utf8", "us-ascii")


class MultipartError(ValueError):
    """A body that cannot be read; its text is safe to show."""


def parse_multipart(content_type: str, data: bytes, max_fields: int) -> Sequence[tuple[str, str]]:
    """
    The names and values of a form, in their order.

    @param content_type: as it came, with the boundary.
    @raise MultipartError: no boundary, malformed, cut short, not UTF-8, a NUL, or too many fields.
    """
    boundary = multipart.parse_options_header(content_type)[1].get("boundary", "")
    pairs: list[tuple[str, str]] = []
    try:
        parser = multipart.PushMultipartParser(
            boundary,
            content_length=len(data),
            max_header_size=_MAX_HEADER_SIZE,
            max_header_count=_MAX_HEADERS,
            max_segment_count=max_fields,
            strict=True,
        )
        name, pieces = "", list[bytes]()
        with parser:
            for event in parser.parse(data):
                if isinstance(event, multipart.MultipartSegment):
                    name, pieces = _name_of(event), []
                elif event is None:
                    pairs.append((check_text(name), check_text(b"".join(pieces).decode("utf-8"))))
                else:
                    pieces.append(bytes(event))
    except multipart.MultipartError as error:
        raise MultipartError(str(error)) from None
    except ValueError:
        raise MultipartError("a field is not UTF-8, or has the character NUL") from None
    return pairs


def _name_of(segment: multipart.MultipartSegment) -> str:
    if segment.charset is not None and segment.charset.lower() not in _UTF8:
        raise MultipartError("a field's charset is not UTF-8")
    if any(header == "Content-Transfer-Encoding" and value.lower() not in ("7bit", "8bit", "binary")
           for header, value in segment.headerlist):  # fmt: skip
        raise MultipartError("a field has a Content-Transfer-Encoding")
    return str(segment.name)
