"""
Templates to pages, and the header fields by which a page is held to what it has.

All templates are read when this module is: a door reads no file once it runs as another account.

A page is one document without scripts, whose only style is the one in it, named by its hash in the policy; nothing
comes from elsewhere.  Not here: what a page says.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from arvgate.wire.http1.head import Headers

__all__ = ["page_headers", "render"]

_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("arvgate.edge.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE: Final[str] = _ENVIRONMENT.loader.get_source(_ENVIRONMENT, "style.css")[0]  # type: ignore[union-attr]
_ENVIRONMENT.globals["style"] = Markup(_STYLE)
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_TEMPLATES: Final = {name: _ENVIRONMENT.get_template(name) for name in _ENVIRONMENT.list_templates(["html"])}


def render(template: str, **values: Any) -> bytes:
    """A whole page; what is not marked as HTML by a template is escaped."""
    return _TEMPLATES[template].render(**values).encode("utf-8", "replace")


def page_headers(form_action: str = "'none'") -> Headers:
    """
    The fields of every answer with a page.

    @param form_action: where forms of the page may lead, as in a Content-Security-Policy.
    """
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action {form_action}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return [
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Content-Security-Policy", policy.encode()),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"X-Frame-Options", b"DENY"),
        (b"Cross-Origin-Resource-Policy", b"same-origin"),
        (b"Referrer-Policy", b"same-origin"),
        (b"Cache-Control", b"no-store"),
    ]
