"""`beca allow` and `beca baseline`: findings that are accepted."""
