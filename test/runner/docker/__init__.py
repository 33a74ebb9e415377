"""Tests of arvgate: the Docker engine."""
