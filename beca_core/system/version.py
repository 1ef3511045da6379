"""The version of BECA; `beca_core.__version__` for everybody else."""

VERSION = "0.1.0"
