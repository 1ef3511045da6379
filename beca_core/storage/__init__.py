"""What the server stores: models, database, migrations, and services that use them. Needs the extra `server`."""
