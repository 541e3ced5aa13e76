"""The page of a run: whole, readable without eyes, and in need of nothing else."""

import base64
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conftest import RATES
from rankfall import report
from rankfall.report import describe, tables
from rankfall.report.__main__ import main
from synthetic import Recipe, write_run

VOID = {"meta", "img", "br", "link", "input", "hr"}
JUMPS = """P(jump): the rank falls below its value; 95 % Clopper-Pearson intervals.
can fall: replicas of which that is possible.
learning_rate     n  can fall  P(jump)         interval  up  final rank
         0.05    10        10  < 0.309   [0.000, 0.309]   0  2: all
         0.06    10        10    0.400   [0.122, 0.738]   0  1: 40.0%  2: 60.0%

Law of the rates.
law             scale  predicted  of
balanced cost     0.1       2.33  sum of squares (a source)
blow-up of all    0.2         10  norm (b)
... and 3 more rows in summary.csv
Unfinished: 20 of 30 replicas so far.
"""
DIAGNOSIS = """synthetic: 3 cells, 30 of 30 replicas

1. Too few events, in 1 of 3 cells
    learning_rate=0.05  0 of 10: P(jump) < 0.309
  Why it matters: The interval is wide compared
                  with the estimate.
  What to do: Raise replicas.

1 problem detected
"""
TEXTS = {"summary": JUMPS, "laws": "", "methods": "With rankfall, <10> & more.\n", "diagnosis": DIAGNOSIS, "program": "0.1.0"}
RECORD = {"name": "synthetic", "cells": 3, "replicas": 10, "digest": "0123456789abcdef", "command": "rankfall run 'a <b>.toml'"}


class Page(HTMLParser):
    """What a page holds; fails where its elements are not nested."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        assert "style" in self.open or "<" not in data or self.open
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("report") / "run", Recipe(RATES, [0, 4, 10]))
    (run / "run.json").write_text(json.dumps(RECORD))
    (run / "splitting.csv").write_text("learning_rate,probability,empty\n0.05,1e-9,\n")
    return report.write(run, TEXTS)


def test_the_page_is_well_formed_and_holds_everything(written):
    page = Page(written.read_text(encoding="utf-8"))
    assert [attributes["lang"] for attributes in page.all("html")] == ["en"]
    assert len(page.all("h1")) == len(page.all("title")) == len(page.all("main")) == 1
    for words in ("synthetic", "10 replicas per cell", "0123456789abcdef", "rankfall run 'a <b>.toml'", "With rankfall, <10> & more.",
                  "[0.122, 0.738]", "sum of squares (a source)", "1e-9", "Too few events, in 1 of 3 cells",
                  "The interval is wide compared with the estimate.", "Raise replicas.", "1 problem detected"):
        assert words in page.text, words
    experiment = (written.parent / "experiment.toml").read_text()
    assert " ".join(experiment.split()) in page.text
    assert len(page.all("table")) == 5  # two of the summary, splitting, the record, all columns
    assert len(page.all("caption")) == len(page.all("thead")) == 5
    assert not (written.parent / "figures").exists()


def test_figures_are_those_of_plot_and_have_words(written):
    page = Page(written.read_text(encoding="utf-8"))
    from rankfall import figures

    names = [path.stem for path in figures.draw(written.parent)]
    assert [attributes["id"] for attributes in page.all("figure")] == [f"figure-{name}" for name in names]
    for name, image in zip(names, page.all("img")):
        kind, data = image["src"].split(",", 1)
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data, validate=True) == (written.parent / "figures" / f"{name}.png").read_bytes()
        assert image["alt"].startswith("synthetic: ") and "axis: " in image["alt"]
        assert "$" not in image["alt"] and "\\" not in image["alt"]
        assert int(image["width"]) > 100 and int(image["height"]) > 100


def test_nothing_is_asked_of_anybody_else(written):
    text = written.read_text(encoding="utf-8")
    page = Page(text)
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "iframe", "object", "embed", "base")
        for name, value in attributes.items():
            assert name not in ("srcset", "action", "background")
            if name == "src":
                assert value.startswith("data:image/png;base64,")
            if name == "href":
                assert value[0] == "#" and value[1:] in targets
    assert not re.search(r"@import|url\(", text)
    (policy,) = (attributes["content"] for attributes in page.all("meta") if "content" in attributes and "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'")


def test_headings_do_not_skip_a_level_and_ids_are_unique(written):
    page = Page(written.read_text(encoding="utf-8"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_printed_tables_become_tables():
    page = Page("<div>" + tables.printed(JUMPS) + "</div>")
    assert not page.all("pre")
    titles, rows = tables.columns_of(JUMPS.split("\n")[2:5])
    assert titles == ["learning_rate", "n", "can fall", "P(jump)", "interval", "up", "final rank"]
    assert rows == [["0.05", "10", "10", "< 0.309", "[0.000, 0.309]", "0", "2: all"],
                    ["0.06", "10", "10", "0.400", "[0.122, 0.738]", "0", "1: 40.0%  2: 60.0%"]]
    titles, rows = tables.columns_of(JUMPS.split("\n")[7:10])
    assert titles == ["law", "scale", "predicted", "of"]
    assert rows[0] == ["balanced cost", "0.1", "2.33", "sum of squares (a source)"]
    assert len(page.all("table")) == 2
    assert "... and 3 more rows in summary.csv" in page.text and "Unfinished: 20 of 30 replicas so far." in page.text


def test_what_is_no_table_stays_as_printed():
    page = Page("<div>" + tables.printed("one two  three\nwords < that are in no columns") + "</div>")
    assert page.all("pre") and not page.all("table") and "words < that are in no columns" in page.text


def test_words_for_symbols():
    assert describe.plain(r"ridge $\lambda$, $\sigma_{1}$, $10^{-3}$") == "ridge \u03bb, \u03c3_1, 10^-3"


def test_a_run_that_diverged_has_a_page_without_figures(tmp_path):
    run = write_run(tmp_path / "run", Recipe(RATES, [0, 0, 0], [10, 10, 10], optimizer="gd"))
    page = Page(report.write(run, TEXTS).read_text(encoding="utf-8"))
    assert not page.all("img") and "all replicas diverged" in page.text and "There is no run.json" in page.text


def test_complaints_are_one_line(tmp_path, capsys):
    def complaint_about(*arguments):
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert status == 1 and out == ""
        (line,) = err.splitlines()
        return line

    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps(TEXTS))
    assert "usage" in complaint_about(tmp_path)
    assert "is not a directory" in complaint_about(tmp_path / "nowhere", texts)
    run = write_run(tmp_path / "run", Recipe(jumps=[4]))
    (run / "run.json").write_text("[1]")
    assert "run.json: is not a record of a run" in complaint_about(run, texts)
    (run / "run.json").unlink()
    (run / "report.html").mkdir()
    assert "cannot be written" in complaint_about(run, texts)
    assert not list(run.glob(".*.tmp"))


def test_a_missing_package_is_named(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('none', name='matplotlib')")
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS))
    package = Path(__file__).resolve().parents[2] / "python"
    done = subprocess.run([sys.executable, "-m", "rankfall.report", str(tmp_path), str(tmp_path / "texts.json")], text=True,
                          env={"PYTHONPATH": f"{tmp_path}:{package}"}, capture_output=True, check=False)
    assert done.returncode == 1 and "'matplotlib' is missing; install python3-matplotlib" in done.stderr
