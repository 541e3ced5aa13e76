"""python3 -m rankfall.figures DIR: writes DIR/figures/*.png and prints their paths, one a line.

Exit 1 with one line on stderr where that cannot be done.
"""

from __future__ import annotations

import sys

from ..console import one_path_a_line
from . import draw


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python3 -m rankfall.figures DIR", file=sys.stderr)
        return 1
    return one_path_a_line(arguments[0], lambda: draw(arguments[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
