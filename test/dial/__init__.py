"""Tests of arvgate: dial."""
