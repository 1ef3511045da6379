"""The work tree of a repository: what is changed or untracked there, and its submodules."""
