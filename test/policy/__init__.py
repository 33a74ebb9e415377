"""Tests of arvgate: policy."""
