"""From bytes to matches: a Hyperscan prefilter over all rules at once, then RE2 around what it reports.

The path of a rule:

- Checked (`pattern`): when a plugin registers a rule, its pattern is parsed (`pattern_parser`, `syntax`), refused if it
  breaks the contract, and its literals are derived (`literals`). `rule_cache` saves the result for other processes.
- Compiled (`ruleset`, `prefilter`, `index`): each distinct literal becomes a string of a Hyperscan database, on which
  any number of rules hangs; encoded forms have a database of their own. RE2 compiles a pattern when the prefilter first
  reports its rule.
- Matched (`ruleset`): the prefilter reports where rules may match (`regions`), after a check of the bytes that
  follow a literal (`follow_sets`; `index.tails` for the everyday words). RE2 searches the lines there (`rule_matcher`,
  `lines`). Encoded parts of the text are decoded and searched again (`decoding`).
- Judged (`steps`, `beca_core.rules.refinement`): what a pattern matched passes the steps of its rule, in their order.
  A step that drops it says why, which is counted, and listed where that is asked for (`room`).
"""
