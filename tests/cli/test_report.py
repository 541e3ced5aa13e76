"""`rankfall report`: the page of a run that the program trained, in a browser where there is one."""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Asks the page, as the browser understood it, what a reader would miss.
QUESTIONS = """
<script>
addEventListener("load", () => {
  const all = (what) => [...document.querySelectorAll(what)];
  const told = {
    drawn: all("img").filter((image) => image.complete && image.naturalWidth > 100 && image.alt.length > 20).length,
    images: all("img").length,
    tables: all("table").filter((table) => table.caption && table.tHead && table.tBodies[0].rows.length > 0).length,
    wide: document.documentElement.scrollWidth > innerWidth + 1,
    dead: all("a").filter((link) => !document.querySelector(link.getAttribute("href"))).length,
    fetched: performance.getEntriesByType("resource").filter((entry) => !entry.name.startsWith("data:")).length,
    paper: getComputedStyle(document.body).backgroundColor,
    headings: all("h2").map((heading) => heading.textContent),
  };
  document.body.textContent = "TOLD" + JSON.stringify(told) + "END";
});
</script>"""


@pytest.fixture(scope="module")
def page(finished):
    told = finished("report", "out")
    if "is missing" in told.stderr:
        pytest.skip(f"the report needs a Python package: {told.stderr.strip()}")
    assert (told.returncode, told.stdout, told.stderr) == (0, "out/report.html\n", "")
    return finished.directory / "out" / "report.html"


def test_the_page_says_what_the_program_says(finished, page):
    text = page.read_text(encoding="utf-8")
    out = page.parent
    assert json.loads((out / "run.json").read_text())["digest"] in text
    told = finished.completes("summary", "out").stdout
    assert told.splitlines()[-1].replace("'", "&#x27;") in text  # the methods
    for number in re.findall(r"\d\.\d{3,}", told.partition("\nWith rankfall")[0]):
        assert number in text
    for line in (out / "experiment.toml").read_text().splitlines():
        assert line.replace('"', "&quot;").replace("'", "&#x27;") in text
    findings = re.findall(r"^\d\. (.*)$", finished("diagnose", "out").stdout, re.MULTILINE)
    assert findings and all(finding in text for finding in findings)
    assert "<pre>" not in text  # every table of the program's was understood
    assert {path.name for path in out.iterdir()} == {"experiment.toml", "progress.json", "report.html", "results.nc", "run.json",
                                                     "summary.csv", "units"}


def test_no_run_or_no_python_is_one_line(rankfall, monkeypatch):
    assert rankfall("run", "small.toml", "--out", "part", "--shard", "1/2", "--no-figures").returncode == 0
    told = rankfall("report", "part")
    assert told.returncode == 1 and told.stderr.count("\n") == 1
    assert "part: has no results.nc yet; the run is not finished" in told.stderr
    rankfall.completes("run", "small.toml", "--out", "out", "--no-figures")
    missing = str(rankfall.directory / "no-python")
    monkeypatch.setenv("RANKFALL_PYTHON", missing)
    told = rankfall("report", "out")
    assert told.returncode == 2 and told.stderr.count("\n") == 1 and told.stdout == ""
    assert "out: no report; " in told.stderr and missing in told.stderr
    assert not list((rankfall.directory / "out").glob(".report*")) and not (rankfall.directory / "out" / "report.html").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_all_of_it(page, tmp_path, scheme):
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser is installed to look at the page; any of: {', '.join(BROWSERS)}")
    text = page.read_text(encoding="utf-8")
    asking = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text).replace("</body>", QUESTIONS + "</body>")
    (tmp_path / "asking.html").write_text(asking, encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--window-size=1100,900",
               f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000"]
    if scheme == "dark":
        command.append("--blink-settings=preferredColorScheme=0")
    done = subprocess.run([*command, "--dump-dom", (tmp_path / "asking.html").as_uri()], capture_output=True, text=True, timeout=120,
                          check=False)
    found = re.search(r"TOLD(.*)END", done.stdout)
    assert found, done.stderr[-2000:]
    told = json.loads(found[1])
    assert told["drawn"] == told["images"] == text.count("<img ") > 3
    assert told["tables"] == text.count("<table") >= 3
    assert not told["wide"] and told["dead"] == 0 and told["fetched"] == 0
    assert {"Estimates", "Figures", "Diagnosis", "Methods", "Provenance", "Experiment"} <= set(told["headings"])
    if scheme == "light":
        assert told["paper"] == "rgb(255, 255, 255)"
    else:
        assert told["paper"] == "rgb(22, 22, 22)"


def test_the_page_is_taken_from_where_the_run_lies(finished, page, tmp_path):
    """A directory with a quote and a blank in its name."""
    there = tmp_path / "it's a run"
    shutil.copytree(page.parent, there)
    (there / "report.html").unlink()
    assert pathlib.Path(finished.completes("report", there).stdout.rstrip("\n")) == there / "report.html"
