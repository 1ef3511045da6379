"""Git repositories, local and remote: everything in BECA that runs git or reads its files."""
