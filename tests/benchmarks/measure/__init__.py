"""What the benchmarks have in common: running programs, measuring them, and showing the figures."""
