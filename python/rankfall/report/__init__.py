"""One page of a run: `rankfall report DIR` writes DIR/report.html, which needs nothing beside it, not even a network."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

__all__ = ["write"]


def write(directory: str | os.PathLike[str], texts: Mapping[str, str]) -> Path:
    """Writes DIR/report.html and returns its path.

    `texts` are the program's: `summary` and `laws` (tables as it prints them), `methods`, `diagnosis` and `program` (its
    version). The rest comes from the directory: figures, summary.csv, splitting.csv if there, run.json, experiment.toml.
    Raises ResultsError if the directory holds no finished run, OSError if the page cannot be written.
    """
    from .document import document

    path = Path(directory) / "report.html"
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    page = document(Path(directory), texts)
    try:
        unfinished.write_text(page, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
