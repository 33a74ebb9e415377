"""
Tests of L{arvgate.records.database}: the databases that records are kept in.
"""
