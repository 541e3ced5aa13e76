"""What a figure shows, in words: for those who do not see it."""

from __future__ import annotations

import re
import unicodedata

from matplotlib.figure import Figure
from matplotlib.text import Text


def alternative(figure: Figure) -> str:
    """Title, subtitle, panels, axes and legend of a figure, as sentences."""
    sentences = [" ".join(_texts(figure, 9.0)), " ".join(_texts(figure, 7.5))]
    titles = _distinct(ax.get_title(loc) for ax in figure.axes for loc in ("left", "center"))
    if titles:
        sentences.append(("Panels: " if len(titles) > 1 else "Panel: ") + "; ".join(titles))
    across = _distinct([*(ax.get_xlabel() for ax in figure.axes), *_texts(figure, 8.0)])
    up = _distinct(ax.get_ylabel() for ax in figure.axes)
    if across:
        sentences.append("Horizontal axis: " + "; ".join(across))
    if up:
        sentences.append("Vertical axis: " + "; ".join(up))
    told_apart = _distinct(text.get_text() for legend in _legends(figure) for text in legend.get_texts())
    if told_apart:
        sentences.append("Told apart: " + "; ".join(told_apart))
    return " ".join(sentence.rstrip(".") + "." for sentence in sentences if sentence)


def notes(figure: Figure) -> str:
    """The small print below the panels."""
    return " ".join(_texts(figure, 6.5))


def plain(text: str) -> str:
    r"""Text without TeX: "$\eta$" becomes the Greek letter."""
    def word(match: re.Match[str]) -> str:
        try:
            letter = match[1].upper().replace("LAMBDA", "LAMDA")  # Unicode's own spelling
            return unicodedata.lookup(f"GREEK SMALL LETTER {letter}")
        except KeyError:
            return match[1]

    return " ".join(re.sub(r"\\([a-zA-Z]+)", word, text).translate({ord(mark): None for mark in "${}\\"}).split())


def _texts(figure: Figure, size: float) -> list[str]:
    return [plain(text.get_text()) for text in _of_page(figure) if abs(text.get_fontsize() - size) < 0.1]


def _of_page(figure: Figure) -> list[Text]:
    return [text for text in figure.texts if text.get_text()]


def _legends(figure: Figure) -> list:
    return [*figure.legends, *(ax.get_legend() for ax in figure.axes if ax.get_legend() is not None)]


def _distinct(texts) -> list[str]:
    return list(dict.fromkeys(plain(text) for text in texts if text and text.strip()))
