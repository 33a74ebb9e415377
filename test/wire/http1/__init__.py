"""Tests of arvgate: wire.http1."""
