"""Tests of arvgate: contract."""
