"""What is scanned: texts, files, archives and git repositories, and the contract that they share."""
