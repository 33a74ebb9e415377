"""
The store: SQLite by SQLAlchemy Core, migrated by Alembic.

L{arvgate.records.store} is the facade with all use cases; the modules named after a kind hold what is particular to
it, each a set of functions on a L{Transaction<arvgate.records.transaction.Transaction>}.  Not here: decisions that
need no records (L{arvgate.policy}) and the HTTP face (L{arvgate.edge}).
"""
