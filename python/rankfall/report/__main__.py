"""python3 -m rankfall.report DIR TEXTS: writes DIR/report.html and prints its path. TEXTS is a JSON file of the program's texts.

Exit 1 with one line on stderr where that cannot be done.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .. import report
from ..console import one_path_a_line


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: python3 -m rankfall.report DIR TEXTS", file=sys.stderr)
        return 1
    directory, texts = arguments
    return one_path_a_line(directory, lambda: [report.write(directory, json.loads(Path(texts).read_text(encoding="utf-8")))])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
