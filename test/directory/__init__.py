"""Tests of arvgate: directory."""
