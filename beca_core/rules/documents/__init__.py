"""Rules as plain data: one codec for rule files, processes of plugins, and output."""
