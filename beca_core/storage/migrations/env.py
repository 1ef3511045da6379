"""Alembic's entry: runs the migrations on the connection, and in the transaction, that the caller opened."""

from alembic import context

from beca_core.storage.models import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
