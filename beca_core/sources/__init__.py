"""Sources, the things that are scanned: texts, files, archives and git repositories, and their common contract."""
