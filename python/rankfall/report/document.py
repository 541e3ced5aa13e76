"""The page itself: sections of tables, figures and texts, all within one file."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from ..errors import ResultsError
from ..figures import drawn
from . import tables
from .describe import alternative, notes
from .look import STYLE

# Nothing may be fetched, and a browser holds to it.
_policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_most_rows = 200  # of summary.csv


def document(directory: Path, texts: Mapping[str, str]) -> str:
    """The HTML of a run's report; see rankfall.report.write."""
    pictures = list(_figures(directory))  # first of all: says what is wrong with a directory that is no finished run
    record = _record(directory)
    name = str(record.get("name") or directory.resolve().name)
    sections = [section for section in (
        ("estimates", "Estimates", tables.printed(texts["summary"])),
        ("theory", "Theory beside measurement", tables.printed(texts.get("laws", ""))),
        ("splitting", "Rare falls", _csv(directory / "splitting.csv", "Probabilities by splitting (splitting.csv).")),
        ("figures", "Figures", "".join(pictures) or "<p>There is nothing to draw: all replicas diverged.</p>\n"),
        ("diagnosis", "Diagnosis", _diagnosis(texts.get("diagnosis", ""))),
        ("methods", "Methods", "".join(f"<p>{escape(line)}</p>\n" for line in texts["methods"].splitlines() if line)),
        ("provenance", "Provenance", _provenance(record, texts)),
        ("experiment", "Experiment", _experiment(directory)),
        ("columns", "All columns", _csv(directory / "summary.csv", "Everything estimated, a row per cell (summary.csv).")),
    ) if section[2]]
    contents = "".join(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in sections)
    body = "".join(f'<section id="{key}" aria-labelledby="{key}-title"><h2 id="{key}-title">{title}</h2>\n{html}</section>\n'
                   for key, title, html in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(name)}: rankfall report</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#estimates">Skip to the estimates</a>
<header><h1>{escape(name)}</h1>
<p class="subtitle">{escape(_subtitle(record))}</p></header>
<nav aria-label="Contents"><ul>{contents}</ul></nav>
<main>
{body}</main>
</body>
</html>
"""


def _figures(directory: Path) -> Iterator[str]:
    for name, figure in drawn(directory):
        title = name.replace("_", " ").capitalize()
        below = notes(figure)
        caption = f"{escape(title)}. {escape(below)}".strip()
        width, height = (round(96 * inches) for inches in figure.get_size_inches())
        yield (f'<figure id="figure-{escape(name, quote=True)}"><h3>{escape(title)}</h3>\n<img alt="{escape(alternative(figure), quote=True)}" '
               f'width="{width}" height="{height}" src="data:image/png;base64,{_png(figure)}">\n'
               f"<figcaption>{caption}</figcaption></figure>\n")


def _png(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _record(directory: Path) -> dict[str, Any]:
    path = directory / "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("no object")
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ResultsError(path, "is not a record of a run", str(error),
                           "run the same `rankfall run` command again: it writes the file anew") from None
    return record


def _subtitle(record: Mapping[str, Any]) -> str:
    parts = [f"{record[key]} {noun}{'' if record[key] == 1 else 's'}" for key, noun in (("cells", "cell"),) if key in record]
    if "replicas" in record:
        parts.append(f"{record['replicas']} replicas per cell")
    parts += [f"{words} {record[key]}" for key, words in (("precision", "precision"), ("seed", "seed"), ("created_at", "begun"))
              if key in record]
    return ", ".join(parts)


def _provenance(record: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    rows = [[key.replace("_", " "), "" if value is None else str(value)] for key, value in record.items()]
    rows.append(["this page by", f"rankfall {texts.get('program', '')}".strip()])
    told = tables.table("What computed the results (run.json).", ["item", "value"], rows).replace("<table>", '<table class="record">')
    return told if record else "<p>There is no run.json: what computed the results is not known.</p>\n" + told


def _experiment(directory: Path) -> str:
    text = (directory / "experiment.toml").read_text(encoding="utf-8")
    return ("<p>The effective experiment, with every key; it can be run as it is: <code>rankfall run experiment.toml</code>.</p>\n"
            f'<pre tabindex="0" aria-label="experiment.toml">{escape(text)}</pre>\n')


def _csv(path: Path, caption: str) -> str:
    """A CSV file without its empty columns; nothing if it is not there."""
    if not path.is_file():
        return ""
    with path.open(newline="", encoding="utf-8") as file:
        titles, *rows = list(csv.reader(file, strict=True)) or [[]]
    kept = [place for place in range(len(titles)) if any(place < len(row) and row[place] for row in rows)]
    shown = [[row[place] for place in kept] for row in rows[:_most_rows]]
    more = f"<p>... and {len(rows) - len(shown)} more rows in {escape(path.name)}.</p>\n" if len(rows) > len(shown) else ""
    return tables.table(caption, [titles[place] for place in kept], shown) + more


def _diagnosis(text: str) -> str:
    """What `rankfall diagnose` says: a heading and its lines for each finding."""
    parts: list[str] = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.split("\n")
        if not lines[0].split(".", 1)[0].isdigit():
            parts += [f"<p>{escape(line)}</p>\n" for line in lines if line]
            continue
        cells = [line.strip() for line in lines[1:] if line.startswith("    ") and not line.startswith(" " * 12)]
        words = "\n".join(" ".join(line.split()) for line in lines[1:] if line.strip() not in cells)
        advice = words.replace("\n", " ").replace(" What to do: ", "\nWhat to do: ").split("\n")
        parts.append(f"<h3>{escape(lines[0])}</h3>\n<ul>{''.join(f'<li>{escape(cell)}</li>' for cell in cells)}</ul>\n")
        parts += [f"<p>{escape(line)}</p>\n" for line in advice if line]
    return "".join(parts)
