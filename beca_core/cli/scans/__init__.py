"""`beca scan`: its options, its settings, its progress and its state."""
