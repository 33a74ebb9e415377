"""
The steps by which a database gets the schema of this version, run by Alembic.

Not here: when they run (L{arvgate.records.database.migrate}).
"""
