#!/usr/bin/python3
"""Holds README.md, HACKING.md and grammar/LANGUAGE.md to what is there.

    tools/check_docs.py [--abcc=PATH]

Every link and every path they name exists; the programs that README.md and LANGUAGE.md show are
accepted and pass their tests; the files that README.md gives for Meson, CMake and Make build its
main.c, which prints what it should. A build system that is not installed is not tried, and said so.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ["README.md", "HACKING.md", "grammar/LANGUAGE.md", "samples/kepler/SOURCES.md"]
EXPECTED = "2\n13\n3\n5\n"

LINK = re.compile(r"\]\(([^)#:]+)\)")
PATH = re.compile(r"`((?:compiler|grammar|runtime|samples|tests|tools)(?:/[\w.-]+)*/?)`")
FENCE = re.compile(r"^(?:<!-- file: (\S+) -->\n)?```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

BUILDS = {
    "meson": ("meson.build", [["meson", "setup", "out"], ["ninja", "-C", "out"]], "out/example"),
    "cmake": ("CMakeLists.txt", [["cmake", "-S", ".", "-B", "out"], ["cmake", "--build", "out"]],
              "out/example"),
    "make": ("Makefile", [["make"]], "./example"),
}


def missing_paths(page):
    text = (ROOT / page).read_text()
    folder = (ROOT / page).parent
    wrong = [path for path in LINK.findall(text) if not (folder / path).exists()]
    return wrong + [path for path in PATH.findall(text)
                    if "NAME" not in path and not (ROOT / path).exists()]


def fences(page="README.md"):
    """(name of the file or "", language, text) of each fenced block of a page."""
    return FENCE.findall((ROOT / page).read_text())


def run(command, folder, abcc):
    """What a command printed, or an explanation of why it failed in an exception."""
    path = f"{abcc.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run([str(word) for word in command], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
                          env={**os.environ, "PATH": path})
    if done.returncode != 0:
        raise ValueError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def check_programs(page, abcc, folder):
    """The programs in the language: no warning, tests pass."""
    for number, (_, language, text) in enumerate(fences(page)):
        if language == "ab" or (language == "" and "export fn" in text):
            path = folder / f"{pathlib.Path(page).stem}{number}.ab"
            path.write_text(text)
            run([abcc, "check", "-Werror", path], folder, abcc)
            run([abcc, "test", path], folder, abcc)


def check_build(abcc, folder, tool):
    name, commands, program = BUILDS[tool]
    work = folder / tool
    work.mkdir()
    shutil.copy(ROOT / "samples/fib.ab", work)
    for file, _, text in fences():
        if file in ("main.c", name):
            (work / file).write_text(text)
    for command in commands:
        run(command, work, abcc)
    printed = run([work / program], work, abcc)
    if printed != EXPECTED:
        raise ValueError(f"the program printed {printed!r} instead of {EXPECTED!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abcc", default=ROOT / "build/compiler/driver/abcc", type=pathlib.Path)
    abcc = parser.parse_args().abcc.resolve()
    passed = failed = 0
    for page in PAGES:
        wrong = missing_paths(page)
        for path in wrong:
            print(f"FAILED {page}: there is no {path}")
        passed, failed = passed + (not wrong), failed + len(wrong)
    with tempfile.TemporaryDirectory(prefix="abcc-docs-") as scratch:
        folder = pathlib.Path(scratch)
        jobs = [(f"the programs of {page}", lambda p=page: check_programs(p, abcc, folder))
                for page in ("README.md", "grammar/LANGUAGE.md")]
        for tool in BUILDS:
            if shutil.which(tool):
                jobs.append((f"README.md with {tool}", lambda t=tool: check_build(abcc, folder, t)))
            else:
                print(f"skipped: README.md with {tool}, which is not installed")
        for what, job in jobs:
            try:
                job()
                passed += 1
            except (ValueError, OSError, subprocess.TimeoutExpired) as wrong:
                print(f"FAILED {what}: {wrong}")
                failed += 1
    print(f"docs: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
