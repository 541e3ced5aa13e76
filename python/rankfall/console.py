"""How a module run as a program talks: paths on stdout and nothing else, or one line on stderr."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from .errors import ResultsError


def one_path_a_line(directory: str, action: Callable[[], list[Path]]) -> int:
    """Prints the paths that `action` returns, or what is wrong; returns the exit code."""
    # Whoever runs this takes every line for a path, also matplotlib's remarks on fonts and caches.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    try:
        paths = action()
    except ImportError as error:
        message = f"the Python package '{error.name}' is missing; install python3-{str(error.name).lower()}"
    except ResultsError as error:
        message = str(error)
    except OSError as error:
        where, why = error.filename or directory, error.strerror or error
        message = f"{where}: cannot be written; {why}; make room, or free the path"
    else:
        for path in paths:
            print(path)
        return 0
    print(message, file=sys.stderr)
    return 1
