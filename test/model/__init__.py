"""Tests of arvgate: model."""
