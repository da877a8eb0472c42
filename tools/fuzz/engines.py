"""Runs random programs by every engine and compares all results, bit for bit, with what Python makes
of them. A group of programs is compiled into one executable with tools/fuzz/driver.c."""

import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

import numpy as np

from fuzz.dtypes import NUMPY, dtype_of, is_tensor, shape_of, size_of, type_text
from fuzz.evaluate import result_leaves
from fuzz.values import array_bits, columns, input_leaves, leaf_bits, parse

KINDS = {0: "none", 1: "bounds", 2: "stack", 3: "assert", 4: "budget"}
DRIVER = pathlib.Path(__file__).resolve().parent / "driver.c"

C_FLAGS = ["-ffp-contract=off", "-fno-math-errno", "-fno-finite-loops", "-w"]
FLAGS = {"tcc": ["-w"], "gcc": ["-O1"] + C_FLAGS, "cc": ["-O1"] + C_FLAGS,
         "clang-19": ["-O1", "-march=native"] + C_FLAGS, "clang-14": ["-O1"] + C_FLAGS}

# Each form of C with the compilers that take turns over the groups.
FORMS = [
    ("scalar", ["--mode=scalar"], ["tcc", "gcc", "tcc", "clang-19", "tcc", "clang-14"]),
    ("W=1", ["--lanes=1"], ["tcc", "tcc", "tcc", "gcc", "tcc", "tcc"]),
    ("W=3", ["--lanes=3"], ["tcc", "tcc", "gcc", "tcc", "tcc", "clang-14"]),
    ("W=8", ["--lanes=8"], ["clang-19", "tcc", "tcc", "clang-19", "tcc", "gcc"]),
    ("W=16", ["--lanes=16"], ["tcc", "clang-19", "tcc", "tcc", "clang-19", "tcc"]),
    ("W=64", ["--lanes=64"], ["tcc", "tcc", "clang-19", "tcc", "tcc", "clang-19"]),
]
# Ways of planning that take turns as well: the default most of the time.
VARIANTS = [[], [], ["-O0"], [], ["--choice=least"], ["-O1"], [], ["--no-refill"]]


@dataclasses.dataclass
class Failure:
    sample: object
    engine: str
    text: str

    def __str__(self):
        return f"seed {self.sample.seed}, {self.engine}: {self.text}"


@dataclasses.dataclass
class Engine:
    """One way to run a group."""
    name: str
    options: list
    compiler: str

    @property
    def is_fair(self):
        """Does no example that runs for ever starve others? Only if points take turns."""
        return self.name != "scalar" and not {"--choice=least", "--no-refill"} & set(self.options)

    @property
    def label(self):
        return " ".join([self.name, self.compiler] + self.options[1:])


def engines_for(turn):
    """The engines of the group number `turn`."""
    for index, (name, options, compilers) in enumerate(FORMS):
        compiler = compilers[turn % len(compilers)]
        if not shutil.which(compiler):
            compiler = "tcc" if shutil.which("tcc") else "cc"
        variant = VARIANTS[(turn + 3 * index) % len(VARIANTS)]
        if name == "scalar":
            variant = [word for word in variant if word.startswith("-O")]
        yield Engine(name, options + variant, compiler)


def expected_rows(sample):
    """For each example the bits of its result leaves, or ("assert", line) of its fault."""
    types = result_leaves(sample.program.entry)
    rows = []
    for result in sample.results:
        if result[0] == "ok":
            rows.append([leaf_bits(value, a_type) for value, (_, a_type) in zip(result[1], types)])
        else:
            rows.append((result[1], result[2].line))
    return rows


def without_warnings(text):
    """What stderr says from its first error on."""
    found = re.search(r"^[^\n]*error:", text, re.MULTILINE)
    return text[found.start():][:2000] if found else text[-2000:]


def describe(sample, index, wanted, got):
    types = result_leaves(sample.program.entry)
    if isinstance(wanted, list) and isinstance(got, list):
        place = next(number for number, pair in enumerate(zip(wanted, got)) if pair[0] != pair[1])
        path, a_type = types[place]
        have, want, element = got[place], wanted[place], ""
        if is_tensor(a_type):
            at = next((number for number, pair in enumerate(zip(want, have)) if pair[0] != pair[1]), None)
            if at is None:
                return f"example {index}: result {path or place} has {len(have)} elements, not {len(want)}"
            have, want, element = have[at], want[at], f", element {at}"
        return (f"example {index}: result {path or place} ({type_text(a_type)}){element} has bits {have:#x} "
                f"instead of {want:#x}")

    def text(row):
        return "a result" if isinstance(row, list) else f"{row[0]} fault at line {row[1]}"

    return f"example {index}: {text(got)} instead of {text(wanted)}"


def first_difference(sample, wanted_rows, rows):
    for index, (wanted, got) in enumerate(zip(wanted_rows, rows)):
        if wanted != got:
            return describe(sample, index, wanted, got)
    return None


def read_leaf(words, a_type):
    """Takes the words of a leaf off the front of a line; a tensor's stand in brackets, which are gone."""
    if not is_tensor(a_type):
        return leaf_bits(parse(words.pop(0), a_type), a_type)
    count = size_of(a_type[2])
    values = [parse(word, a_type[1]) for word in words[:count]]
    del words[:count]
    return leaf_bits(values, a_type)


class Group:
    """Some samples in a folder of their own."""

    def __init__(self, abcc, root, folder, samples, turn=0):
        self.abcc = abcc
        self.root = root
        self.folder = folder
        self.samples = samples
        self.turn = turn
        self.failures = []
        self.checks = 0
        self.stop = lambda: False  # true: enough failures are known
        folder.mkdir(parents=True, exist_ok=True)
        for number, sample in enumerate(samples):
            (folder / f"p{number}.ab").write_text(sample.text)
        self.expected = [expected_rows(sample) for sample in samples]

    def command(self, words, limit=60):
        try:
            return subprocess.run([str(word) for word in words], cwd=self.folder, timeout=limit,
                                  capture_output=True, text=True, errors="replace", check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 124, "", f"stopped after {limit} s")

    def fail(self, number, engine, text):
        self.failures.append(Failure(self.samples[number], engine, text))

    # -- the interpreter, by the command

    def interpret(self, number):
        sample = self.samples[number]
        self.checks += 1
        words = []
        for index, ((path, _, _), column) in enumerate(zip(input_leaves(sample.program),
                                                           columns(sample.program, sample.inputs))):
            np.save(self.folder / f"in{index}.npy", column)
            words.append(f"{path}=in{index}.npy")
        done = self.command([self.abcc, "run", f"p{number}.ab", "main", *words, "--mode=interp"])
        if done.returncode not in (0, 4):
            self.fail(number, "interp", f"exit {done.returncode}\n{without_warnings(done.stderr)}")
            return
        text = self.compare_text(number, done)
        if text:
            self.fail(number, "interp", text)

    def compare_text(self, number, done):
        """Compares what `abcc run` printed; it names the places of the first faults only."""
        sample = self.samples[number]
        types = result_leaves(sample.program.entry)
        faults = {int(match[1]): (match[2], int(match[3])) for match in re.finditer(
            r"^example (\d+): (\w+) fault at [^\n]*?:(\d+):\d+", done.stderr, re.MULTILINE)}
        lines = done.stdout.splitlines()
        if len(lines) != len(sample.inputs):
            return f"{len(lines)} lines for {len(sample.inputs)} examples"
        rows = []
        for index, line in enumerate(lines):
            words = re.findall(r"[^\s\[\],]+", line)
            if words[0] == "-":
                rows.append(faults.get(index, self.expected[number][index]))
            else:
                rows.append([read_leaf(words, a_type) for _, a_type in types])
        return first_difference(sample, self.expected[number], rows)

    # -- compiled engines

    def build(self, engine, numbers):
        """Writes the C of the programs; gives those that could be written."""
        written = []
        for number in numbers:
            done = self.command([self.abcc, "build", f"p{number}.ab", f"--prefix=p{number}_",
                                 "--emit=c,h,table", "-o", f"p{number}.c", *engine.options])
            if done.returncode == 0:
                written.append(number)
            else:
                self.fail(number, engine.label, f"exit {done.returncode}\n{without_warnings(done.stderr)}")
        return written

    def compile(self, engine, numbers):
        """One executable; programs that do not compile are told apart and left out."""
        table = [f"extern const ab_unit p{number}_p{number}_unit;" for number in numbers]
        units = ", ".join(f"&p{number}_p{number}_unit" for number in numbers)
        (self.folder / "units.c").write_text(
            '#include "abrt.h"\n' + "\n".join(table) + f"\nconst ab_unit *const fuzz_units[] = {{{units}}};"
            f"\nconst unsigned fuzz_unit_count = {len(numbers)};\n")
        include = f"-I{self.root / 'runtime/include'}"
        base = [engine.compiler, *FLAGS[engine.compiler], include]
        sources = [f"p{number}.c" for number in numbers]
        done = self.command([*base, "-o", "group", "units.c", DRIVER, *sources, "-lm"], 600)
        if done.returncode == 0:
            return numbers
        good = []
        for number in numbers:
            alone = self.command([*base, "-c", "-o", "alone.o", f"p{number}.c"])
            if alone.returncode == 0:
                good.append(number)
            else:
                self.fail(number, engine.label, f"does not compile\n{alone.stderr[:2000]}")
        if len(good) == len(numbers):
            raise RuntimeError(f"the group does not link\n{done.stderr[:4000]}")
        return self.compile(engine, good) if good else []

    def write_inputs(self, numbers):
        with open(self.folder / "inputs", "wb") as file:
            for number in numbers:
                sample = self.samples[number]
                names = [path for path, _, _ in input_leaves(sample.program)]
                trap = names.index("trap") + 1 if sample.trap else 0
                file.write(np.array([len(sample.inputs), trap], dtype="<u4").tobytes())
                file.write(np.array(list(sample.program.entry.sizes.values()), dtype="<u8").tobytes())
                for column in columns(sample.program, sample.inputs):
                    file.write(column.tobytes())

    def drive(self, engine, numbers):
        """Runs the driver over the programs; after a crash it goes on behind the culprit."""
        self.write_inputs(numbers)
        first = 0
        while first < len(numbers):
            seed = self.turn * 1000 + first
            done = self.command(["./group", "inputs", "outputs", seed, first, int(engine.is_fair)], 900)
            finished, culprit = self.read_log(engine, numbers, done)
            self.read_outputs(engine, numbers[first:first + finished])
            if culprit is None or self.stop():
                return
            first = culprit + 1

    def read_log(self, engine, numbers, done):
        """Notes what the driver says; gives how many programs finished, and which one did not."""
        started = []
        for line in done.stdout.splitlines():
            words = line.split(" ", 2)
            if words[0] == "run":
                started.append(int(words[1]))
            elif words[0] == "FAILED":
                self.fail(numbers[int(words[1])], engine.label, words[2])
        if done.stdout.endswith("end\n"):
            return len(started), None
        if not started:
            raise RuntimeError(f"the driver does not start: {done.returncode}\n{done.stderr}")
        how = "does not come back" if done.returncode in (-27, 124) else f"ends with {done.returncode}"
        self.fail(numbers[started[-1]], engine.label, how)
        return len(started) - 1, started[-1]

    def read_outputs(self, engine, numbers):
        data = (self.folder / "outputs").read_bytes()
        offset = 0
        for number in numbers:
            sample = self.samples[number]
            batch = len(sample.inputs)
            places = np.frombuffer(data, "<u4", 3 * batch, offset).reshape(batch, 3)
            offset += places.nbytes
            results = []
            for _, a_type in result_leaves(sample.program.entry):
                shape = (batch,) + shape_of(a_type)
                column = np.frombuffer(data, NUMPY[dtype_of(a_type)], size_of(shape), offset)
                offset += column.nbytes
                results.append(array_bits(column.reshape(shape)))
            rows = [(KINDS.get(int(kind), "unknown"), int(line)) if kind else
                    [column[index] for column in results]
                    for index, (kind, line, _) in enumerate(places)]
            text = first_difference(sample, self.expected[number], rows)
            if text:
                self.fail(number, engine.label, text)

    def run_engine(self, engine, numbers=None):
        numbers = list(range(len(self.samples))) if numbers is None else numbers
        self.checks += len(numbers)
        numbers = self.build(engine, numbers)
        numbers = self.compile(engine, numbers) if numbers else []
        if numbers:
            self.drive(engine, numbers)

    def run(self):
        """All engines; programs that failed in one are left out of the next ones."""
        for number in range(len(self.samples)):
            self.interpret(number)
        for engine in engines_for(self.turn):
            if self.stop():
                break
            bad = {id(failure.sample) for failure in self.failures}
            self.run_engine(engine, [number for number, sample in enumerate(self.samples)
                                     if id(sample) not in bad])
        return self.failures


def say(text):
    print(text)
    sys.stdout.flush()
