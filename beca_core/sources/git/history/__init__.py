"""Attribution: which commit put a blob at a path, and whether it is there at HEAD."""
