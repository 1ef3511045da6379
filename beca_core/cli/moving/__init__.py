"""Moving to BECA from another scanner."""
