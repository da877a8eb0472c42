#!/usr/bin/python3
"""Random programs by all engines: Python, the interpreter, scalar C, and batched C at 1, 3, 8, 16 and 64
lanes must give the same bits, whatever the place of an example in the batch, its neighbours, pauses and
the address of the workspace. Ends with `fuzz: N passed, N failed`.

    tools/fuzz_engines.py [--count=300] [--seed=1] [--shrink] [--keep] [--jobs=2] [--group=25]
    tools/fuzz_engines.py --only=SEED          one program, by all engines

--shrink makes each failing program smaller and writes it as a case into tests/cases/run.
"""

import argparse
import concurrent.futures
import pathlib
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from fuzz import sample, shrink, table  # noqa: E402
from fuzz.engines import Group, say  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description="random programs by all engines")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--only", type=int, metavar="SEED", help="one program")
    parser.add_argument("--group", type=int, default=25, help="programs in one executable")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--first-failure", action="store_true", help="stop when one program failed")
    parser.add_argument("--shrink", action="store_true", help="make failing programs small")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the C files")
    parser.add_argument("--abcc", type=pathlib.Path, default=ROOT / "build/compiler/driver/abcc")
    parser.add_argument("--root", type=pathlib.Path, default=ROOT, help="where runtime/include is")
    return parser.parse_args()


class Fuzz:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.abcc = options.abcc.resolve()
        self.failures, self.checks = [], 0
        self.lock = threading.Lock()
        self.table = table.Table(ROOT)

    def stopped(self):
        return self.options.first_failure and bool(self.failures)

    def run_group(self, number, seeds):
        if self.stopped():
            return
        samples = [sample.make(seed) for seed in seeds]
        group = Group(self.abcc, self.options.root, self.folder / f"group{number}", samples, number)
        group.stop = lambda: self.stopped() or self.options.first_failure and bool(group.failures)
        group.run()
        with self.lock:
            for one in samples:
                self.table.add(one)
            self.failures += group.failures
            self.checks += group.checks
            for failure in group.failures:
                say(f"FAILED {failure}")
        if not self.options.keep:
            shutil.rmtree(group.folder)

    def run(self, seeds):
        size = self.options.group
        groups = [seeds[first:first + size] for first in range(0, len(seeds), size)]
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            list(pool.map(self.run_group, range(len(groups)), groups))


def main():
    options = arguments()
    begin = time.monotonic()
    if not options.abcc.exists():
        sys.exit(f"fuzz: there is no {options.abcc}; build first")
    seeds = [options.only] if options.only is not None else \
        list(range(options.seed, options.seed + options.count))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="abcc-fuzz-"))
    fuzz = Fuzz(options, folder)
    fuzz.run(seeds)
    failing = {failure.sample.seed: failure for failure in reversed(fuzz.failures)}
    problems = []
    if len(seeds) >= 100 and not options.first_failure:
        print(fuzz.table.text(), end="")
        problems = list(fuzz.table.problems())
        for problem in problems:
            say(f"FAILED {problem}")
    if options.shrink:
        for failure in failing.values():
            shrink.shrink(failure, options, folder)
    if options.keep:
        say(f"the files are in {folder}")
    else:
        shutil.rmtree(folder)
    failed = len(failing) + len(problems)
    say(f"fuzz: {len(seeds) - len(failing)} passed, {failed} failed "
        f"(seeds {seeds[0]} to {seeds[-1]}, {fuzz.checks} runs, {time.monotonic() - begin:.1f} s)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
