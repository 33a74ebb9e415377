"""Tests of arvgate: the record API."""
