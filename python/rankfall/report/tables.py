"""Tables of HTML: from what the program prints, and from CSV files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

Rows = list[list[str]]

_title = re.compile(r"\S+(?: \S+)*")
_number = re.compile(r"[<>+-]?\s?[\d.\[]|-$|all$")


def printed(text: str) -> str:
    """The program's tables, each under its caption; what is no table stays as it was printed, and notes are paragraphs."""
    return "".join(_block(block.split("\n")) for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip())


def columns_of(lines: Sequence[str]) -> tuple[list[str], Rows] | None:
    """Titles and rows of an aligned table: columns are two blanks apart in every line. None if it is not one."""
    width = max(map(len, lines)) + 2
    padded = [line.ljust(width) for line in lines]
    blank = [all(line[place] == " " for line in padded) for place in range(width)]
    titles = list(_title.finditer(lines[0]))
    cuts = [0]
    for title, following in zip(titles, titles[1:]):
        gaps = [place for place in range(title.end(), following.start()) if blank[place] and blank[place + 1]]
        if not gaps:
            return None
        cuts.append(gaps[0])
    spans = list(zip(cuts, [*cuts[1:], width]))
    rows = [[line[start:end].strip() for start, end in spans] for line in padded]
    return (rows[0], rows[1:]) if titles and len(lines) > 1 else None


def table(caption: str, titles: Sequence[str], rows: Rows, headings: int = 1) -> str:
    """A table that scrolls by itself; the first `headings` columns name the row."""
    right = [all(_number.match(row[place]) or not row[place] for row in rows) for place in range(len(titles))]
    head = "".join(f'<th scope="col"{_kind(number)}>{escape(title)}</th>' for title, number in zip(titles, right))
    body = "".join(f"<tr>{_cells(row, headings)}</tr>\n" for row in rows)
    label = escape(" ".join(caption.split()), quote=True)
    return (f'<div class="scroll" role="region" aria-label="{label}" tabindex="0"><table><caption>{escape(caption)}</caption>\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n")


def _cells(row: Sequence[str], headings: int) -> str:
    cells = []
    for place, text in enumerate(row):
        kind = _kind(_number.match(text))
        named = place < headings and text
        cells.append(f'<th scope="row"{kind}>{escape(text)}</th>' if named else f"<td{kind}>{escape(text)}</td>")
    return "".join(cells)


def _kind(number: object) -> str:
    return ' class="number"' if number else ""


def _block(lines: list[str]) -> str:
    notes = [line for line in lines if line.startswith(("... and", "Unfinished:"))]
    lines = [line for line in lines if line not in notes]
    ends = [number for number, line in enumerate(lines) if line.endswith((".", ":"))]  # a sentence: no title, no number does
    first = ends[-1] + 1 if ends else 0
    caption, rest = " ".join(lines[:first]), lines[first:]
    below = "".join(f"<p>{escape(note)}</p>\n" for note in notes)
    found = columns_of(rest) if rest else None
    if found:
        titles, rows = found
        named = next((place for place, title in enumerate(titles) if place and title in ("n", "predicted")), 1)  # swept values
        return table(caption, titles, rows, named) + below
    above = f"<p>{escape(caption)}</p>\n" if caption else ""
    return above + (f"<pre>{escape(chr(10).join(rest))}</pre>\n" if rest else "") + below
