"""
The pages of the record API in C{docs/api} are those of the present declarations.
"""

from __future__ import annotations

from docutils.core import publish_doctree
from docutils.utils import Reporter
from twisted.trial.unittest import SynchronousTestCase

from arvgate.edge.api.routes import ROUTES
from arvgate.model.kinds import KINDS
from docs.api_pages import DIRECTORY, pages


class PagesTests(SynchronousTestCase):
    """C{docs/api}."""

    def test_up_to_date(self) -> None:
        """Each page is as it would be written now, by C{make docs}, and there is no other."""
        there = {path.name: path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.rst")}
        self.assertEqual(dict(pages()), there, "run: make docs")

    def test_complete(self) -> None:
        """Every route is on a page, every parameter and attribute too."""
        text = "\n".join(pages().values())
        for route in ROUTES:
            self.assertIn(f"\n{', '.join(route.methods)} {route.path}", text)
            for name in route.parameters:
                self.assertIn(f"\n``{name}`` ", text)
            for field in route.kind.fields if route.kind is not None and route.kind.path in KINDS else ():
                self.assertIn(f"\n``{field.name}`` ", text)

    def test_readable(self) -> None:
        """The markup of each page is in order."""
        for name, text in pages().items():
            settings = {"report_level": Reporter.WARNING_LEVEL, "halt_level": Reporter.WARNING_LEVEL}
            publish_doctree(text, source_path=name, settings_overrides=settings)
