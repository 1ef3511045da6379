"""`beca rules`: what is looked for, why something is found, and what it costs."""
