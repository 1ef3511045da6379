"""Why a rule finds something in a text or does not: its literals, its patterns, and each step on each candidate."""
