"""
Tests of L{arvgate.records.lists}: the lists of records.
"""
