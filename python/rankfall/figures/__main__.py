"""python3 -m rankfall.figures DIR: writes DIR/figures/*.png and prints their paths, one a line.

Exit 1 with one line on stderr where that cannot be done.
"""

from __future__ import annotations

import logging
import sys
import warnings

from ..errors import ResultsError
from . import draw


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python3 -m rankfall.figures DIR", file=sys.stderr)
        return 1
    # Whoever runs this takes every line for a path, also matplotlib's remarks on fonts and caches.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    try:
        paths = draw(arguments[0])
    except ImportError as error:
        message = f"the Python package '{error.name}' is missing; install python3-{str(error.name).lower()}"
    except ResultsError as error:
        message = str(error)
    except OSError as error:
        where, why = error.filename or arguments[0], error.strerror or error
        message = f"{where}: cannot be written; {why}; make room, or free the path"
    else:
        for path in paths:
            print(path)
        return 0
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
