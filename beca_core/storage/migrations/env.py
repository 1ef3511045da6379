"""Alembic's entry point: runs the migrations on the caller's connection, in its transaction."""

from alembic import context

from beca_core.storage.models import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
