"""What all kinds of cases share: running a command, comparing, blessing."""

import dataclasses
import difflib
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time

TIME_LIMIT = 120  # seconds a command


class Setup:
    """The command under test, where the cases are, and a scratch folder for the run."""

    def __init__(self, abcc, cases, bless, engine_filter=""):
        self.abcc = abcc
        self.cases = cases
        self.bless = bless
        self.engine_filter = engine_filter

    def __enter__(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="abcc-cases-"))
        self.environment = dict(os.environ)
        for name in list(self.environment):
            if name.startswith(("LC_", "ABCC_")) or name in ("LANG", "LANGUAGE", "CC"):
                del self.environment[name]
        self.environment.update(LC_ALL="C", NO_COLOR="1", XDG_CACHE_HOME=str(self.scratch / "cache"),
                                PATH=f"{self.abcc.parent}{os.pathsep}{self.environment['PATH']}")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def run(self, command, folder, environment=None):
        """Runs a command in a folder: what it wrote and its exit code."""
        try:
            done = subprocess.run([str(word) for word in command], cwd=folder, timeout=TIME_LIMIT,
                                  env=environment or self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        except subprocess.TimeoutExpired:
            return Result("", f"stopped after {TIME_LIMIT} s\n", "timeout")
        return Result(done.stdout.decode("utf-8", "backslashreplace"),
                      done.stderr.decode("utf-8", "backslashreplace"), done.returncode)


@dataclasses.dataclass
class Result:
    stdout: str
    stderr: str
    exit: object


@dataclasses.dataclass
class Outcome:
    passed: int = 0
    blessed: int = 0
    failures: list = dataclasses.field(default_factory=list)
    seconds: float = 0.0


def difference(expected, actual, name):
    lines = difflib.unified_diff(expected.splitlines(), actual.splitlines(),
                                 f"{name} (expected)", f"{name} (actual)", lineterm="", n=3)
    text = "\n".join(lines)
    return text or "they differ in the end of the last line only"


def options_of(path):
    """The words of NAME.args beside a case's input; none without the file."""
    args = path.with_suffix(".args")
    return shlex.split(args.read_text(), comments=True) if args.exists() else []


class Case:
    """One case: its checks append to an outcome by `expect`."""

    def __init__(self, setup, path):
        self.path = path
        self.name = str(path.relative_to(setup.cases))

    def run(self, setup):
        begin = time.monotonic()
        outcome = Outcome()
        try:
            self.check(setup, outcome)
        except (OSError, UnicodeError, ValueError) as error:
            outcome.failures.append(("the case itself", str(error)))
        outcome.seconds = time.monotonic() - begin
        return outcome

    def check(self, setup, outcome):
        raise NotImplementedError

    def expect_file(self, setup, outcome, path, actual, extra=""):
        """The text must be that of the file; `--bless` writes the file. True if it held."""
        expected = path.read_text() if path.exists() else None
        if expected == actual:
            return True
        if setup.bless:
            path.write_text(actual)
            outcome.blessed += 1
            return True
        if expected is None:
            outcome.failures.append((f"{path.name} is missing; it would be", actual + extra))
        else:
            outcome.failures.append(
                (f"not as {path.name}", difference(expected, actual, path.name) + "\n" + extra))
        return False
