"""Reading a result directory."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path
from typing import Union

import netCDF4  # noqa: F401  (xarray would not say that this is what it lacks)
import xarray as xr

from .errors import ResultsError

SummaryValue = Union[int, float, str]
SummaryRow = dict[str, SummaryValue]

_counts = ("cell", "n", "n_diverged", "first_passage_censored")


def open_results(directory: str | os.PathLike[str]) -> xr.Dataset:
    """See rankfall.open."""
    path = _existing(directory, "results.nc")
    try:
        results = xr.open_dataset(path, engine="netcdf4")
    except (OSError, ValueError) as error:
        raise ResultsError(path, "cannot be read", str(error),
                           "remove it and run the same `rankfall run` command again: it writes it anew") from None
    if "experiment" not in results.attrs or "cell" not in results.variables:
        results.close()
        raise ResultsError(path, "is not a result file of rankfall", "it has no experiment in it",
                           "name a directory that was given to `rankfall run --out`")
    return results


def read_summary(directory: str | os.PathLike[str]) -> list[SummaryRow]:
    """See rankfall.summary."""
    path = _existing(directory, "summary.csv")
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        names = reader.fieldnames or []
        if "cell" not in names or "n" not in names:
            raise ResultsError(path, "is not a summary of rankfall", "it has no columns 'cell' and 'n'",
                               "run the same `rankfall run` command again: it writes the file anew")
        try:
            return [{name: _value(name, text) for name, text in row.items()} for row in reader]
        except (csv.Error, TypeError, ValueError) as error:
            raise ResultsError(path, f"line {reader.line_num} cannot be read", str(error),
                               "run the same `rankfall run` command again: it writes the file anew") from None


def _existing(directory: str | os.PathLike[str], name: str) -> Path:
    folder = Path(directory)
    if not folder.is_dir():
        raise ResultsError(folder, "is not a directory", "", "name a directory that was given to `rankfall run --out`")
    if (folder / name).is_file():
        return folder / name
    if (folder / "experiment.toml").is_file():
        raise ResultsError(folder, f"has no {name} yet", "the run is not finished",
                           "run the same `rankfall run` command again: it resumes")
    raise ResultsError(folder, "is not a result directory", "there is no experiment.toml in it",
                       "name a directory that was given to `rankfall run --out`")


def _value(name: str, text: str | None) -> SummaryValue:
    if name is None or text is None:
        raise ValueError("it has another number of fields than the header")
    if name in _counts or name.endswith(("_events", "_trials")):
        return int(text)
    if text == "":
        return math.nan
    try:
        return float(text)
    except ValueError:
        return text
