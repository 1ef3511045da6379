"""Reading objects: packs and loose objects without git, and the rest through `git cat-file`."""
