"""Tests of arvgate: edge.pages."""
