"""`python -m portal.demo`, which `make demo` calls: the whole portal with made-up people."""

import argparse
import os
import sys

from portal.demo.supervisor import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m portal.demo", description=__doc__)
    parser.add_argument("--no-seed", action="store_true", help="serve what the database holds, add nothing")
    chosen = parser.parse_args()
    reset = (os.environ.get("RESET") or "0") not in {"0", "no", "false"}
    sys.exit(main(seed=not chosen.no_seed, reset=reset))
