"""Tests of arvgate: net."""
