"""`python -m pairlock` is the command `pairlock`."""

import sys

from pairlock.cli import main

if __name__ == "__main__":
    sys.exit(main())
