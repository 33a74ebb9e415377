"""Tests for L{arvgate.edge.https}."""
