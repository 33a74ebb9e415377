"""Tests of arvgate: records."""
