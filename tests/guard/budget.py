"""What hot loops may cost: budget.json, {compiler: {what is counted: {name: figures}}}."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

BUDGET = Path(__file__).resolve().parent / "budget.json"
SKIPPED = 77


def compiler_of(object_file: str) -> str:
    """'gcc 12' or 'clang 14', as the object file itself says."""
    told = subprocess.run(["readelf", "-p", ".comment", object_file], check=True, capture_output=True, text=True).stdout
    if found := re.search(r"clang version (\d+)", told):
        return f"clang {found.group(1)}"
    found = re.search(r"GCC: \(.*\) (\d+)\.", told)
    return f"gcc {found.group(1)}" if found else "an unknown compiler"


def read(compiler: str, section: str) -> dict | None:
    """The figures of a section; None where nobody has counted with that compiler."""
    everything = json.loads(BUDGET.read_text(encoding="utf-8")) if BUDGET.exists() else {}
    return everything.get(compiler, {}).get(section)


def write(compiler: str, section: str, figures: dict) -> None:
    """Replaces a section and leaves the others, of other compilers too."""
    everything = json.loads(BUDGET.read_text(encoding="utf-8")) if BUDGET.exists() else {}
    everything.setdefault(compiler, {})[section] = figures
    text = json.dumps(everything, indent=1, sort_keys=True)
    text = re.sub(r"\{\s+([^{}]*?)\s+\}", lambda inner: "{" + re.sub(r"\s*\n\s*", " ", inner.group(1)) + "}", text)
    BUDGET.write_text(text + "\n", encoding="utf-8")
    print(f"{len(figures)} rows for {compiler}, {section}, written to {BUDGET.name}")


def settle(compiler: str, section: str, figures: dict, objections, writing: bool) -> None:
    """Writes the section, or ends the program with what `objections(figures, allowed)` says of each row."""
    if writing:
        write(compiler, section, figures)
        return
    budget = read(compiler, section)
    if budget is None:
        print(f"skipped: there is no budget for {compiler}, {section}; the target write_guard_budget adds one")
        sys.exit(SKIPPED)
    wrong = [f"{name}: not in the budget" for name in sorted(set(figures) - set(budget))]
    wrong += [f"{name}: in the budget, but not found" for name in sorted(set(budget) - set(figures))]
    for name in sorted(set(figures) & set(budget)):
        wrong += [f"{name}: {objection}" for objection in objections(figures[name], budget[name])]
    if wrong:
        sys.exit("\nover the budget (the target write_guard_budget makes this the new one):\n" + "\n".join(wrong))
    print(f"\n{len(figures)} rows within the budget for {compiler}, {section}")
