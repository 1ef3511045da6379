"""`python -m beca_core.cli` is `beca`."""

import sys

from beca_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
