"""Tests of arvgate: functional."""
