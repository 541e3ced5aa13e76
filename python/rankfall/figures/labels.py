"""How keys and values are written in figures."""

from __future__ import annotations

from pathlib import PurePath

from ..experiment import Axis, Experiment, label_key

_symbols = {
    "learning_rate": ("learning rate", r"$\eta$"),
    "ridge": ("ridge", r"$\lambda$"),
    "depth": ("depth", r"$L$"),
    "batch_size": ("batch size", r"$B$"),
    "observed_count": ("observations", r"$N$"),
    "initialization.scale": ("initialization scale", r"$\alpha$"),
    "initialization.kind": ("initialization", ""),
    "compare.cold_start": ("start", ""),
    "problem.rank": ("rank of the target", r"$r^*$"),
}


_longest = 18  # letters of a text value
_raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def key_label(key: str, phases: int = 1) -> str:
    """An axis label, e.g. "learning rate η (phase noise)" where there are several phases."""
    words, symbol = _words(key)
    label = f"{words} {symbol}".strip()
    parts = key.split(".")
    return f"{label} (phase {parts[1]})" if parts[0] == "phase" and phases > 1 else label


def axis_label(axis: Axis, experiment: Experiment) -> str:
    return ", ".join(_label_in(key, experiment) for key, _ in axis.told if key != label_key)


def _label_in(key: str, experiment: Experiment) -> str:
    parts = key.split(".")
    adds = parts[0] == "phase" and experiment.value(f"phase.{parts[1]}.observed_from", {}, "none") == "previous"
    return f"added entries (phase {parts[1]})" if adds and parts[2] == "observed_count" else key_label(key, len(experiment.phase_names))


def axis_name(axis: Axis) -> str:
    """The short name of what varies along an axis, for running text."""
    return ", ".join(_words(key)[0] for key, _ in axis.told)


def value_text(value: object) -> str:
    """A swept value: numbers with at most 4 digits, paths by their last part, masks such as "11|01" whole."""
    if isinstance(value, (int, float)):
        return scientific(float(value))
    text = str(value)
    text = PurePath(text).name if "/" in text else text
    if set(text) <= set("01|"):
        return text
    return text if len(text) <= _longest else text[:_longest - 1] + "…"


def values_text(axis: Axis, place: int) -> str:
    """The bare values at one place of an axis, e.g. "0.05" or "3, 0.1"."""
    return ", ".join(_told_text(key, values[place].item()) for key, values in axis.told)


def _told_text(key: str, value: object) -> str:
    """Labels whole, other values short."""
    return str(value) if key == label_key else value_text(value)


def tag(axis: Axis, place: int) -> str:
    """Name and value, e.g. "λ = 0.02"."""
    parts = []
    for key, values in axis.told:
        words, symbol = _words(key)
        value = _told_text(key, values[place].item())
        name = symbol or words
        parts.append(value if key == label_key else f"{name} = {value}")
    return ", ".join(parts)


def long_tag(axis: Axis, place: int) -> str:
    """Words, symbol and value, e.g. "ridge λ = 0.02"."""
    return ", ".join(setting(key, values[place].item()) for key, values in axis.told)


def setting(key: str, value: object) -> str:
    """E.g. "ridge λ = 0.02"; of a label itself."""
    return ("" if key == label_key else f"{key_label(key)} = ") + _told_text(key, value)


def by(axis: Axis | None) -> list[str]:
    """What the lines of a panel differ in, for a subtitle."""
    names = [key_label(key) for key, _ in axis.told if key != label_key] if axis else []
    return [f"by {', '.join(names)}"] if names else []


def scientific(number: float) -> str:
    """A number with at most 4 significant digits, with a power of ten where it is very small or large."""
    text = f"{number:.4g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    power = "10" + str(int(exponent)).translate(_raised)
    return power if mantissa == "1" else f"{mantissa}\N{MULTIPLICATION SIGN}{power}"


def count(number: float) -> str:
    """A count with thin spaces between thousands."""
    return f"{int(number):,}".replace(",", "\N{THIN SPACE}")


def counted(number: int, noun: str) -> str:
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")


def range_of_counts(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return count(low) if low == high else f"{count(low)} to {count(high)}"


def _words(key: str) -> tuple[str, str]:
    last = key.rsplit(".", 1)[-1]
    parts = key.split(".")
    if len(parts) == 4 and parts[0] == "phase" and parts[2] in ("learning_rate", "ridge"):  # a number in a schedule
        words, symbol = _symbols[parts[2]]
        place = {"from": ("initial", "0"), "to": ("final", "1")}.get(last)
        return (f"{place[0]} {words}", f"{symbol[:-1]}_{place[1]}$") if place else (f"{words}: {last}", "")
    for name in (key, last):
        if name in _symbols:
            return _symbols[name]
    return last.replace("_", " "), ""
