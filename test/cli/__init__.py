"""Tests of arvgate: cli."""
