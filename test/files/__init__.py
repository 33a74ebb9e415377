"""Tests of L{arvgate.files}."""
