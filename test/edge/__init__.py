"""Tests of arvgate: edge."""
