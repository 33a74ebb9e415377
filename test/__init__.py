"""Tests of arvgate."""
