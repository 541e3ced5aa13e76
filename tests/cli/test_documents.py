"""Pages of docs/ that list what the program has are complete."""
import pathlib
import re
import runpy
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reproduce.md").read_text(encoding="utf-8")


def test_every_preset_can_be_reproduced(rankfall):
    names = {line.split()[0] for line in rankfall.completes("preset", "list").stdout.splitlines()}
    commands = re.findall(r"^`rankfall run preset:(\S+)( --backend cuda)? --out runs/\1`$", PAGE, re.MULTILINE)
    assert {name for name, _ in commands} == names == set(re.findall(r"^### (\S+)$", PAGE, re.MULTILINE))
    assert all(bool(backend) == name.endswith("-full") for name, backend in commands)


def test_the_page_is_what_the_presets_say():
    done = subprocess.run([ROOT / "scripts/reproduce-page", "--check"], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_its_figures_are_figures(rankfall):
    kinds = {path.stem for path in (ROOT / "python/rankfall/figures").glob("*.py")}
    named = runpy.run_path(str(ROOT / "scripts/reproduce-page"))["FIGURES"]
    names = {line.split()[0].removesuffix("-full") for line in rankfall.completes("preset", "list").stdout.splitlines()}
    assert set(named) <= names
    for figures in named.values():
        for figure in figures:
            assert any(figure == kind or figure.startswith(kind + "_") for kind in kinds)


def test_every_verb_is_in_the_readme(rankfall):
    listed = re.findall(r"^  (\w+)  ", rankfall.completes("--help").stdout.partition("Subcommands:")[2], re.MULTILINE)
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("| verb |")[2].partition("\n\n")[0]
    assert all(f"`{verb}" in table for verb in listed), [verb for verb in listed if f"`{verb}" not in table]


def test_options_of_the_build_are_explained():
    text = (ROOT / "docs/install.md").read_text(encoding="utf-8")
    made = "".join((ROOT / name).read_text() for name in ("CMakeLists.txt", "src/run/CMakeLists.txt", "cmake/RankfallFlags.cmake"))
    options = set(re.findall(r"(?:option\(|set\()(RANKFALL_\w+) (?:\"[^\"]*\" )?(?:CACHE STRING|\")", made))
    assert {"RANKFALL_ARCH", "RANKFALL_CUDA", "RANKFALL_MPI"} <= options
    assert {option for option in options if option not in text} <= {"RANKFALL_SELDOM_BUCKETS", "RANKFALL_SANITIZE", "RANKFALL_COMMIT", "RANKFALL_FLAGS"}
