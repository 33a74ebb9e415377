"""Tests of arvgate: config."""
