"""Tests of L{arvgate.edge.pages.rendering}."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256

from jinja2 import UndefinedError
from twisted.trial.unittest import SynchronousTestCase

from arvgate import errors
from arvgate.edge.pages.failure import FailurePage, failure_page
from arvgate.edge.pages.rendering import page_headers, render

PLAIN = FailurePage(home="https://api.example/")


#: Makes a page where no file can be opened any more.
WITHOUT_FILES = """
import resource
from arvgate import errors
from arvgate.edge.pages.failure import FailurePage, failure_page
resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
assert b"<html" in failure_page(errors.NotFound(), FailurePage(home="https://api.example/"))
"""


class Pages(SynchronousTestCase):
    """Every page."""

    def test_style(self) -> None:
        """The only style that a browser accepts is the one in the page."""
        policy = dict(page_headers())[b"Content-Security-Policy"].decode()
        (style,) = re.findall(r"<style>(.*?)</style>", failure_page(errors.NotFound(), PLAIN).decode(), re.DOTALL)
        self.assertIn(f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'", policy)

    def test_no_file_is_read(self) -> None:
        """A page is made without opening any file: the account of a door may read none."""
        done = subprocess.run([sys.executable, "-c", WITHOUT_FILES], capture_output=True, text=True, timeout=60)
        self.assertEqual((0, ""), (done.returncode, done.stderr))

    def test_nothing_from_elsewhere(self) -> None:
        """No page names a script, a style's file, an image or a frame."""
        for page in (
            failure_page(errors.NotFound(), PLAIN),
            render("login.html", home="/", sentence="", host="", to="", path="/"),
        ):
            text = page.decode()
            for part in ("<script", "src=", "@import", "url(", "<iframe", "style="):
                self.assertNotIn(part, text)
            for part in ('<html lang="en">', 'name="viewport"', "<main", "<h1>", "<title>"):
                self.assertIn(part, text)

    def test_escaped(self) -> None:
        """What is put into a page is text, not HTML."""
        text = failure_page(errors.PeerFault("<b>\"'&"), PLAIN).decode()
        self.assertIn("&lt;b&gt;&#34;&#39;&amp;", text)

    def test_all_values(self) -> None:
        """A value that a template needs and does not get is an error, not an empty place."""
        with self.assertRaises(UndefinedError):
            render("login.html", home="/")
