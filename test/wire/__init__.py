"""Tests of arvgate: wire."""
