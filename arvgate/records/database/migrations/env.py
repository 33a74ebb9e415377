"""
What Alembic runs for every command: the steps, on the connection that it was given.

Not here: opening a connection, and migrations written out as a script.
"""

from alembic import context

from arvgate.records.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
context.run_migrations()
