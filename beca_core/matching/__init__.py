"""From bytes to matches: a Hyperscan prefilter over all rules at once, then RE2 around what it reports.

The path of a rule:

- Checked (`pattern`): when a plugin registers a rule, its pattern is parsed (`pattern_parser`, `syntax`), refused if it
  breaks the contract, and its literals are derived (`literals`). `rule_cache` saves the result for other processes.
- Compiled (`ruleset`, `prefilter`): the literals of all rules become one Hyperscan database (`literal_index`). RE2
  compiles a pattern when the prefilter first reports its rule.
- Matched (`ruleset`): the prefilter reports where rules may match (`regions`), after a check of the bytes that
  follow a literal (`follow_sets`). RE2 searches the lines there (`matcher`, `windows`, `memo`). Encoded parts of the
  text are decoded and searched again (`decoding`).
"""
