#!/usr/bin/python3
"""Runs the cases of tests/cases: one input file and siblings whose suffix names what is expected.

    tools/run_cases.py [--filter=TEXT]... [--bless] [--abcc=PATH] [--jobs=N] [--list] [FOLDER]...

Folders of tests/cases and what a case in them is:

    parse/**/NAME.ab      dump --stage=ast      = NAME.ast
    types/**/NAME.ab      dump --stage=types    = NAME.types
    ir/**/NAME.ab         dump --stage=ir       = NAME.ir
    plan/**/NAME.ab       dump --stage=plan     = NAME.plan
    emit/**/NAME.ab       dump --stage=c        = NAME.c
    error/**/NAME.ab      check                 stderr = NAME.err, exit 1
    warn/**/NAME.ab       check                 stderr = NAME.err, exit 0
    ir_text/**/NAME.ir    dump --stage=ir       = NAME.ir itself, or NAME.out, or stderr = NAME.err
    pass/PASS/**/NAME.ir  dump --pass=PASS      = NAME.out
    run/**/NAME.ab        run, see below        stdout = NAME.out
    ops/**/NAME.jsonl     one operation a line, see tools/cases/ops.py
    cli/**/FOLDER/cmd     a shell script run in a copy of FOLDER, with abcc on PATH:
                          stdout, stderr, exit (a number) as in the files of these names

Files in a folder called `imported` are no cases: cases import them.

Options of one command stand in NAME.args, separated by blanks as a shell reads them. For run, each
line of NAME.args is one argument list for `abcc run NAME.ab`; NAME.out holds the stdout of all lines
in order, NAME.err (may be missing: not compared) their stderr, NAME.exit their exit codes, one a line
(missing: all 0). Every engine must give the same; a line `# engines: WORD...` keeps those whose name
contains one of the words.
"""

import argparse
import concurrent.futures
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import kinds, ops  # noqa: E402
from cases.base import Setup  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(
        description="runs the cases of tests/cases", epilog=__doc__.split("\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", help="only these folders of tests/cases")
    parser.add_argument("--filter", action="append", default=[], metavar="TEXT",
                        help="only cases whose path contains TEXT (may be repeated)")
    parser.add_argument("--bless", action="store_true",
                        help="write what comes out as the expectation (look at the difference!)")
    parser.add_argument("--abcc", type=pathlib.Path, help="the command to test")
    parser.add_argument("--cases", type=pathlib.Path, default=ROOT / "tests/cases")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--engines", default="", metavar="TEXT",
                        help="run: only engines whose name contains TEXT")
    return parser.parse_args()


def collect(setup, folders, filters):
    """All cases as (kind, case), in a fixed order."""
    found = []
    for kind, function in list(kinds.KINDS.items()) + [("ops", ops.cases)]:
        folder = setup.cases / kind
        if folder.is_dir() and (not folders or kind in folders):
            found += [(kind, case) for case in function(setup, folder)]
    return [(kind, case) for kind, case in found
            if not filters or any(text in case.name for text in filters)]


def unknown_folders(setup):
    known = set(kinds.KINDS) | {"ops"}
    return [entry.name for entry in sorted(setup.cases.iterdir())
            if entry.is_dir() and entry.name not in known]


def report(case, outcome):
    for what, text in outcome.failures:
        print(f"FAILED {case.name}: {what}")
        print("".join("    " + line + "\n" for line in text.splitlines()), end="")
    sys.stdout.flush()


def run_all(setup, found, jobs):
    """Runs every case; gives the counts (passed, failed, blessed) of each kind, and its seconds."""
    counts = {}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        outcomes = pool.map(lambda item: item[1].run(setup), found)
        for (kind, case), outcome in zip(found, outcomes):
            report(case, outcome)
            row = counts.setdefault(kind, [0, 0, 0, 0.0])
            row[0] += outcome.passed
            row[1] += len(outcome.failures)
            row[2] += outcome.blessed
            row[3] += outcome.seconds
    return counts


def main():
    options = arguments()
    abcc = options.abcc or ROOT / "build/compiler/driver/abcc"
    if options.bless and os.environ.get("CI"):
        sys.exit("run_cases: --bless is for people, not for CI")
    with Setup(abcc.resolve(), options.cases.resolve(), options.bless, options.engines) as setup:
        found = collect(setup, options.folders, options.filter)
        if options.list:
            print("".join(f"{case.name}\n" for _, case in found), end="")
            return 0
        if not abcc.exists():
            sys.exit(f"run_cases: there is no {abcc}; build first")
        begin = time.monotonic()
        counts = run_all(setup, found, options.jobs)
    passed = failed = 0
    for kind, (kind_passed, kind_failed, blessed, seconds) in counts.items():
        wrote = f", {blessed} written" if blessed else ""
        print(f"  {kind:8} {kind_passed} passed, {kind_failed} failed{wrote} ({seconds:.1f} s)")
        passed += kind_passed
        failed += kind_failed
    for name in unknown_folders(setup):
        print(f"FAILED {name}: no kind of case has this folder")
        failed += 1
    print(f"cases: {passed} passed, {failed} failed ({time.monotonic() - begin:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
