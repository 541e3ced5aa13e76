"""The program as the tests of faults run it, and what an undisturbed run leaves."""
import json
import os
import pathlib
import signal
import subprocess
import time

BINARY = os.environ.get("RANKFALL_BINARY", "")
PATIENCE = 120  # seconds after which a process counts as hung

def longer(text):
    """Of cells with two units each, so that the last units end soon after one another."""
    for old, new in (("replicas = 300", "replicas = 512"), ("steps = 40", "steps = 600"), ("steps = 60\n", "steps = 2500\n"),
                     ("[0.04, 0.06]", "[0.03, 0.04, 0.05, 0.06]")):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


SMALL = longer((pathlib.Path(__file__).parents[1] / "small.toml").read_text())
UNITS = 8
# The same with a single unit: without checkpoints a killed run would begin anew.
ONE_LONG_UNIT = ("--set", "replicas=256", "--set", "sweep.phase.noise.learning_rate=[0.05]",
                 "--set", "phase.settle.steps=20000", "--set", "phase.noise.steps=60000", "--set", "probe.every=100")
COMMON = ("--threads", "2", "--no-figures", "--backend", "cpu")
ALL_THE_TIME, NEVER = "0.0005", "1000"  # minutes between checkpoints


def wait_until(condition, seconds=PATIENCE, pause=0.001):
    """What `condition` gives once that is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)
    return value


def units_in(directory):
    """Finished units: their names and bytes. Nothing else may be called a unit."""
    folder = pathlib.Path(directory) / "units"
    return {path.name: path.read_bytes() for path in folder.glob("*.unit")} if folder.is_dir() else {}


def unit_count(directory):
    try:
        return sum(name.endswith(".unit") for name in os.listdir(os.path.join(directory, "units")))
    except FileNotFoundError:
        return 0


def checksum(directory):
    return json.loads((pathlib.Path(directory) / "run.json").read_text())["checksum"]


def limit_file_size(size):
    """For preexec_fn: writing beyond `size` fails, as on a full disk, rather than killing the process."""
    import resource  # in the child; not on every system
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Program:
    """Runs the program in a directory of its own. Whatever is still running at the end is killed."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        (self.directory / "small.toml").write_text(SMALL)
        self.started = []

    def command(self, out, *more, keep=ALL_THE_TIME):
        return [BINARY, "run", "small.toml", "--out", str(out), *COMMON, "--checkpoint-minutes", keep, *map(str, more)]

    def start(self, command, **how):
        process = subprocess.Popen(command, cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True, start_new_session=True, **how)
        self.started.append(process)
        return process

    def end(self, process):
        """The exit status and what was told on standard error."""
        told = process.communicate(timeout=PATIENCE)[1]
        self.started.remove(process)
        return process.returncode, told

    def run(self, out, *more, keep=ALL_THE_TIME, **how):
        return self.end(self.start(self.command(out, *more, keep=keep), **how))

    def completes(self, out, *more, **how):
        """Runs to the end; what was told meanwhile."""
        code, told = self.run(out, *more, **how)
        assert code == 0, told
        return told

    def clean_up(self):
        for process in self.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.communicate(timeout=PATIENCE)


class Reference:
    """What an undisturbed run leaves, and how long it takes."""

    def __init__(self, directory, *more):
        program = Program(directory)
        begin = time.monotonic()
        program.completes("out", *more)
        self.seconds = time.monotonic() - begin
        self.out = program.directory / "out"
        self.checksum = checksum(self.out)
        self.units = units_in(self.out)

    def is_kept_in(self, directory):
        """Every unit there has the bytes it should have; returns how many there are."""
        units = units_in(directory)
        for name, content in units.items():
            assert content == self.units[name], f"{name} is not what an undisturbed run writes"
        return len(units)


def the_line(told):
    """The one line that says what went wrong; no other line looks like a complaint."""
    lines = [line for line in told.splitlines() if line.startswith("rankfall: ")]
    assert len(lines) == 1, told
    assert not [line for line in told.splitlines() if "HDF5" in line or "terminate" in line], told
    return lines[0]
