"""Reading objects: packs and loose objects without git, and `git cat-file` for what is left."""
