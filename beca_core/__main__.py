"""`python -m beca_core` is `beca`."""

from beca_core.cli import main

if __name__ == "__main__":
    main()
