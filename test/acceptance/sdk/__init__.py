"""Arvados' own Python SDK, unmodified, against whole clusters."""
