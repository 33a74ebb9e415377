"""Tests of arvgate: runner."""
