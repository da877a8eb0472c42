"""The kinds of cases by folder of tests/cases; run_cases.py describes them."""

import binascii
import os
import re
import shlex
import shutil

from cases.base import Case, Result, difference, options_of


class Dump(Case):
    """Stdout of one `abcc dump` is the file with the given suffix."""

    def __init__(self, setup, path, words, suffix):
        super().__init__(setup, path)
        self.words = words
        self.suffix = suffix

    def check(self, setup, outcome):
        command = [setup.abcc, "dump", *self.words, *options_of(self.path), self.path.name]
        result = setup.run(command, self.path.parent)
        if result.exit != 0:
            outcome.failures.append((f"exit {result.exit}, not 0", result.stderr))
        elif self.expect_file(setup, outcome, self.path.with_suffix(self.suffix), result.stdout,
                              result.stderr):
            outcome.passed += 1


class Check(Case):
    """Stderr of one `abcc check` is NAME.err, stdout is empty."""

    def __init__(self, setup, path, exit_code):
        super().__init__(setup, path)
        self.exit_code = exit_code

    def check(self, setup, outcome):
        command = [setup.abcc, "check", *options_of(self.path), self.path.name]
        result = setup.run(command, self.path.parent)
        if result.exit != self.exit_code:
            outcome.failures.append((f"exit {result.exit}, not {self.exit_code}", result.stderr))
        elif result.stdout:
            outcome.failures.append(("stdout is not empty", result.stdout))
        elif self.expect_file(setup, outcome, self.path.with_suffix(".err"), result.stderr):
            outcome.passed += 1


class IrText(Case):
    """IR text is read and printed: back to itself, to NAME.out, or it ends in NAME.err."""

    def check(self, setup, outcome):
        command = [setup.abcc, "dump", "--stage=ir", *options_of(self.path), self.path.name]
        result = setup.run(command, self.path.parent)
        wrong = self.path.with_suffix(".err")
        if wrong.exists():
            if result.exit != 1:
                outcome.failures.append((f"exit {result.exit}, not 1", result.stdout))
            elif self.expect_file(setup, outcome, wrong, result.stderr):
                outcome.passed += 1
            return
        other = self.path.with_suffix(".out")
        expected = other if other.exists() else self.path
        if result.exit != 0:
            outcome.failures.append((f"exit {result.exit}, not 0", result.stderr))
        elif self.expect_file(setup, outcome, expected, result.stdout, result.stderr):
            outcome.passed += 1


# Engines of `run` cases: a name and the options of `abcc run`. The compilers of the last column take
# turns over the cases, so that each sees a share and the time stays bounded.
ENGINES = [
    ("interp", ["--mode=interp"], None),
    ("scalar", ["--mode=scalar"], ["clang-19", "tcc", "gcc", "tcc", "clang-14", "tcc"]),
    ("batched-1", ["--mode=batched", "--lanes=1"], ["tcc", "tcc", "gcc", "tcc", "tcc", "clang-19"]),
    ("batched-3", ["--mode=batched", "--lanes=3"], ["tcc", "gcc", "tcc", "clang-14", "tcc", "tcc"]),
    ("batched-8", ["--mode=batched", "--lanes=8"], ["clang-19", "tcc", "clang-19", "tcc", "gcc", "tcc"]),
    ("batched-16", ["--mode=batched", "--lanes=16"], ["tcc", "clang-19", "tcc", "clang-19", "tcc", "clang-14"]),
    ("batched-64", ["--mode=batched", "--lanes=64"], ["gcc", "tcc", "tcc", "tcc", "clang-19", "tcc"]),
]


def engines_for(case_name, installed):
    """The engines for one case as (name, options); a compiler that is not there gives its turn to
    tcc, then to cc."""
    turn = binascii.crc32(case_name.encode())
    for engine, options, compilers in ENGINES:
        if compilers is None:
            yield engine, options
            continue
        compiler = compilers[turn % len(compilers)]
        if not installed(compiler):
            compiler = "tcc" if installed("tcc") else "cc"
        yield f"{engine}/{compiler}", [*options, f"--cc={compiler}"]


class Run(Case):
    """One expected output that every engine must give."""

    def argument_lists(self):
        lists, words = [], None
        args = self.path.with_suffix(".args")
        for line in args.read_text().splitlines() if args.exists() else [""]:
            directive = re.match(r"#\s*engines:(.*)", line)
            if directive:
                words = directive.group(1).split()
            elif not line.startswith("#"):
                lists.append(shlex.split(line))
        return lists, words

    def run_lines(self, setup, lists, options):
        results = [setup.run([setup.abcc, "run", self.path.name, *words, *options],
                             self.path.parent) for words in lists]
        return Result("".join(result.stdout for result in results),
                      "".join(result.stderr for result in results),
                      "".join(f"{result.exit}\n" for result in results))

    def check(self, setup, outcome):
        lists, words = self.argument_lists()
        blessing = setup.bless
        for engine, options in engines_for(self.name, shutil.which):
            if words and not any(word in engine for word in words):
                continue
            if setup.engine_filter not in engine:
                continue
            result = self.run_lines(setup, lists, options)
            failure = self.compare(setup, outcome, lists, result, blessing)
            blessing = False  # the other engines must agree with the first
            if failure:
                outcome.failures.append((engine, failure))
            else:
                outcome.passed += 1

    def compare(self, setup, outcome, lists, result, blessing):
        """What is wrong with a result, or nothing. Blessing writes the files instead."""
        zeros = "0\n" * len(lists)
        wrong = []
        for suffix, actual, when_missing in ((".exit", result.exit, zeros),
                                             (".out", result.stdout, ""),
                                             (".err", result.stderr, None)):
            path = self.path.with_suffix(suffix)
            expected = path.read_text() if path.exists() else when_missing
            if expected is None or expected == actual:
                continue
            if blessing:
                path.write_text(actual)
                outcome.blessed += 1
            else:
                wrong.append(difference(expected, actual, path.name))
        if wrong and not self.path.with_suffix(".err").exists():
            wrong.append(result.stderr)
        return "\n".join(wrong)


class Cli(Case):
    """A shell script with what it prints and its exit code, run in a copy of its folder."""

    def check(self, setup, outcome):
        work = setup.scratch / binascii.hexlify(self.name.encode()).decode()[-200:]
        shutil.copytree(self.path.parent, work)
        environment = dict(setup.environment, SAMPLES=str(setup.cases.parent.parent / "samples"))
        result = setup.run(["sh", "-eu", "cmd"], work, environment)
        good = True
        for name, actual, when_missing in (("stdout", result.stdout, ""),
                                           ("stderr", result.stderr, ""),
                                           ("exit", f"{result.exit}\n", "0\n")):
            actual = actual.replace(str(work) + os.sep, "").replace(str(work), ".")
            path = self.path.with_name(name)
            if path.exists() or actual != when_missing:
                extra = result.stderr if name != "stderr" else ""
                good &= self.expect_file(setup, outcome, path, actual, extra)
        outcome.passed += good


def files(folder, pattern):
    return sorted(path for path in folder.rglob(pattern)
                  if path.is_file() and "imported" not in path.parts)


def dump_kind(stage, suffix):
    return lambda setup, folder: [Dump(setup, path, [f"--stage={stage}"], suffix)
                                  for path in files(folder, "*.ab")]


def pass_cases(setup, folder):
    return [Dump(setup, path, [f"--pass={path.relative_to(folder).parts[0]}"], ".out")
            for path in files(folder, "*.ir")]


KINDS = {
    "parse": dump_kind("ast", ".ast"),
    "types": dump_kind("types", ".types"),
    "error": lambda setup, folder: [Check(setup, path, 1) for path in files(folder, "*.ab")],
    "warn": lambda setup, folder: [Check(setup, path, 0) for path in files(folder, "*.ab")],
    "ir": dump_kind("ir", ".ir"),
    "ir_text": lambda setup, folder: [IrText(setup, path) for path in files(folder, "*.ir")],
    "pass": pass_cases,
    "plan": dump_kind("plan", ".plan"),
    "emit": dump_kind("c", ".c"),
    "run": lambda setup, folder: [Run(setup, path) for path in files(folder, "*.ab")
                                  + files(folder, "*.ir")],
    "cli": lambda setup, folder: [Cli(setup, path) for path in files(folder, "cmd")],
}
