"""Completions and the manual page: of every verb and option that help tells, in the shells themselves where they are."""
import os
import re
import shutil
import subprocess

import pytest


def help_of(rankfall, verb=""):
    return rankfall.completes(*verb.split(), "--help").stdout


def verbs_of(rankfall, above=""):
    listed = re.findall(r"^  (\w+)  ", help_of(rankfall, above).partition("Subcommands:")[2], re.MULTILINE)
    names = [f"{above} {name}".strip() for name in listed]
    return names + [deeper for name in names for deeper in verbs_of(rankfall, name)]


def options_of(rankfall, verb):
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", help_of(rankfall, verb), re.MULTILINE))


def presets_of(rankfall):
    return {line.split()[0] for line in rankfall.completes("preset", "list").stdout.splitlines()}


def shell(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: its completion is not tried")
    return found


def asked(command, directory, **environment):
    done = subprocess.run(command, cwd=directory, text=True, capture_output=True, timeout=60, check=False, env=os.environ | environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.fixture
def in_bash(rankfall):
    (rankfall.directory / "completion.bash").write_text(rankfall.completes("completion", "bash").stdout)

    def candidates(*words):
        """What bash would offer for the last of these words."""
        typed = " ".join(f"'{word}'" for word in ("rankfall", *words))
        line = f"source completion.bash; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; _rankfall; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        return {word for word in asked([shell("bash"), "--norc", "-c", line], rankfall.directory) if word}

    return candidates


def test_help_tells_the_exit_codes_of_every_verb(rankfall):
    verbs = verbs_of(rankfall)
    assert {"run", "report", "preset show", "completion"} <= set(verbs)
    for verb in ["", *verbs]:
        (line,) = re.findall(r"^Exit codes: (.*)", help_of(rankfall, verb), re.MULTILINE)
        assert line.startswith("0 done; 1 a mistake")
    assert "3 interrupted" in help_of(rankfall, "run") and "4 problems" in help_of(rankfall, "diagnose")
    assert "3 interrupted" not in help_of(rankfall, "summary")


def test_bash_offers_verbs_options_words_and_files(rankfall, in_bash):
    verbs = verbs_of(rankfall)
    assert in_bash("") == {verb for verb in verbs if " " not in verb} | {"--help", "--version"}
    for verb in verbs:
        assert in_bash(*verb.split(), "--") == options_of(rankfall, verb) or verb == "preset"
    assert in_bash("run", "--backend", "c") == {"cpu", "cuda"}
    assert in_bash("splitting", "--method", "") == {"ensemble", "levels"}
    assert in_bash("preset", "") == {"list", "show"}
    assert in_bash("preset", "show", "") == presets_of(rankfall)
    assert in_bash("run", "preset", ":", "seed-") == {"seed-sweep"}
    (rankfall.directory / "a run").mkdir()
    assert in_bash("status", "") == {"a run"}
    assert in_bash("run", "") == {"a run", "small.toml", "preset:"}
    assert in_bash("run", "small.toml", "--out", "a") == {"a run"}
    assert in_bash("completion", "") == {"bash", "zsh", "fish"}
    assert in_bash("plan", "--threads", "") == set()


def test_fish_offers_the_same(rankfall):
    (rankfall.directory / "completion.fish").write_text(rankfall.completes("completion", "fish").stdout)

    def candidates(line):
        command = [shell("fish"), "--no-config", "-c", f"source completion.fish; complete -C '{line}'"]
        return {told.split("\t")[0] for told in asked(command, rankfall.directory, HOME=str(rankfall.directory))}

    verbs = verbs_of(rankfall)
    assert {verb for verb in verbs if " " not in verb} <= candidates("rankfall ")
    for verb in ("run", "splitting", "preset show"):
        assert options_of(rankfall, verb) <= candidates(f"rankfall {verb} --")
    assert candidates("rankfall run --backend c") == {"cpu", "cuda"}
    assert candidates("rankfall preset show ") == presets_of(rankfall)
    assert candidates("rankfall run preset:seed-s") == {"preset:seed-sweep"}
    assert "small.toml" in candidates("rankfall run s")


def test_zsh_reads_its_completion(rankfall):
    text = rankfall.completes("completion", "zsh").stdout
    for verb in verbs_of(rankfall):
        if verb != "preset":
            assert f"'{verb}') _arguments" in text
            block = text.partition(f"'{verb}') _arguments")[2].partition(";;")[0]
            assert options_of(rankfall, verb) == set(re.findall(r"'\*(--[\w-]+)", block))
    (rankfall.directory / "_rankfall").write_text(text)
    line = "autoload -U compinit && compinit -u -D && source ./_rankfall && print ${_comps[rankfall]}"
    assert asked([shell("zsh"), "-f", "-c", line], rankfall.directory) == ["_rankfall"]


def test_the_manual_tells_of_every_verb_and_option(rankfall):
    text = rankfall.completes("man").stdout
    assert text.startswith(".TH RANKFALL 1 ")
    plain = text.replace("\\-", "-").replace("\\(aq", "'").replace("\\(ga", "`")
    for verb in verbs_of(rankfall):
        section = plain.partition(f'.SS "rankfall {verb}"\n')[2].partition(".SS ")[0]
        for option in options_of(rankfall, verb) - {"--help"}:
            assert f"\\fB{option}\\fR" in section, (verb, option)
        (example,) = re.findall(r"^Example: (.*)", help_of(rankfall, verb), re.MULTILINE)
        assert example in section and "Exit codes: 0 done" in section
    groff = shell("groff")
    (rankfall.directory / "rankfall.1").write_text(text)
    assert asked([groff, "-man", "-ww", "-z", "rankfall.1"], rankfall.directory) == []


def test_an_unknown_shell_is_one_line(rankfall):
    told = rankfall("completion", "csh")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "rankfall: completion: unknown shell 'csh'; choose bash, zsh or fish\n"
