"""Generic secrets: a name such as `password` and its value, judged by the sum of the evidence."""
