"""Tests of arvgate: dispatch."""
