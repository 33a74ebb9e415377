"""Tests of arvgate: service."""
