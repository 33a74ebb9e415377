"""
Downloading one file, besides what C{test_get} shows.
"""

from __future__ import annotations

import os
from pathlib import Path

from arvgate.cli.client import ApiClient
from arvgate.cli.downloading import download, refuse_existing
from arvgate.cli.settings import read_settings
from arvgate.errors import Invalid, PeerFault
from test.cli.api_server import Said
from test.cli.case import CommandCase


class DownloadTests(CommandCase):
    """L{download} and L{refuse_existing}."""

    def setUp(self) -> None:
        """A file of the API."""
        super().setUp()
        self.client = ApiClient(read_settings(self.api.environ))
        self.target = Path(self.mktemp())
        self.api.answers["HEAD file"] = Said(200, b"0123456789", {"ETag": '"a"'})

    def fetch(self, force: bool = False) -> None:
        """Download it."""
        download(self.client, "file", self.client.head("file"), self.target, force)

    def test_changed_meanwhile(self) -> None:
        """If the file became another one since its head was seen, nothing is made of both."""
        self.api.answers["GET file"] = Said(200, b"abcdefghij", {"ETag": '"b"'})
        self.assertRaises(PeerFault, self.fetch)
        self.assertFalse(self.target.exists())

    def test_made_by_another(self) -> None:
        """A file that somebody else makes meanwhile is not overwritten."""

        def answer(asked: object) -> Said:
            self.target.write_bytes(b"mine")
            return Said(200, b"0123456789", {"ETag": '"a"'})

        self.api.answers["GET file"] = answer
        self.assertRaises(Invalid, self.fetch)
        self.assertEqual(b"mine", self.target.read_bytes())

    def test_directory(self) -> None:
        """A directory is not replaced even by force; a link to one is."""
        self.target.mkdir()
        self.assertRaises(Invalid, refuse_existing, self.target, True)
        link = Path(self.mktemp())
        os.symlink(self.target.absolute(), link)
        refuse_existing(link, True)
