"""What the prefilter looks for, and how a sighting of it is judged before RE2 searches a line.

- `literal_index`: strings as Hyperscan databases, compiled once and cached.
- `words`: each distinct literal once, with the rules that hang on it.
- `everyday`: which of them are found in most source code, and how these are looked for.
- `tails`: what follows a literal in a match, as a pattern of its own.
- `nearby`: rules that are located by words near their secret, or by a companion.
- `gated`: rules that are searched in whole contents, in groups.
- `encoded`: encoded forms of literals, in databases of their own.
"""
