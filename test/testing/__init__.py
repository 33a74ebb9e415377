"""Tests of arvgate: the shipped fakes."""
