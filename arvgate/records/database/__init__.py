"""
The databases that records are kept in: connections, threads, schemas brought up to date, and the change feed.

Not here: what is in them (L{arvgate.records.schema}).
"""
