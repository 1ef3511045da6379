"""Storage of the server: models, database, migrations and services. Needs the extra `server`."""
