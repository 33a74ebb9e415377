"""Tests of arvgate: acceptance."""
