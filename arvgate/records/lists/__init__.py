"""
Lists of records: conditions, orders, pages and counts as expressions of SQLAlchemy.

Not here: the language of filters (L{arvgate.wire.filters}) and whose records are seen (L{arvgate.records.visibility}).
"""
