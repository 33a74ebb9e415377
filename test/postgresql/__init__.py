"""
A PostgreSQL server of the tests' own, and databases on it.
"""
