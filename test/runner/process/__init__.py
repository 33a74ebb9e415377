"""Tests of arvgate: runner, process engine."""
