"""Attribution: which commit put a blob at a path, and where it is at HEAD."""
