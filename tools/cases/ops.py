"""Cases of single operations: tests/cases/ops/**/NAME.jsonl, one JSON object a line.

    {"id": "add/i32", "expr": "x + y", "in": [["x", "i32", HEX], ...], "out": ["i32", HEX],
     "check": "bits"}

`expr` is what the language makes of the inputs; HEX holds the values of all examples, little endian,
bool one byte. `check`: `bits` (all nan are equal), `value` (0 equals -0) or `ulp:N`. Lines are run
many to one program: `export fn cK(x: i32, y: i32) -> i32 { return x + y }`, in the interpreter, as
scalar C and batched with 8 lanes. tools/gen_op_cases.py makes the files of NumPy's operations.
"""

import json
import shutil

import numpy as np

from cases.base import Case

UNIT = 40  # lines to one program

NUMPY = {"bool": "bool", "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64", "u8": "uint8",
         "u16": "uint16", "u32": "uint32", "u64": "uint64", "f32": "float32", "f64": "float64"}

ENGINES = [("interp", ["--mode=interp"]),
           ("scalar", ["--mode=scalar", "--cc=COMPILER"]),
           ("batched-8", ["--mode=batched", "--lanes=8", "--cc=COMPILER"])]
COMPILERS = {"scalar": ["gcc", "tcc", "clang-14"], "batched-8": ["clang-19", "tcc", "gcc"]}


def array(dtype, text):
    return np.frombuffer(bytes.fromhex(text), dtype=NUMPY[dtype])


def ordered(values):
    """Floats as integers whose difference counts units in the last place."""
    kind = np.int32 if values.dtype == np.float32 else np.int64
    bits = values.view(kind).astype(object)
    least = int(np.iinfo(kind).min)
    return np.array([bit if bit >= 0 else least - bit for bit in bits], dtype=object)


def wrong_places(expected, actual, check):
    """Indexes where the values do not agree in the sense of `check`."""
    if expected.dtype.kind != "f" or check == "value":
        same = expected == actual
    elif check == "bits":
        kind = np.int32 if expected.dtype == np.float32 else np.int64
        same = expected.view(kind) == actual.view(kind)
    else:
        distance = np.array([abs(int(a) - int(b)) for a, b in zip(ordered(expected), ordered(actual))])
        same = (distance <= int(check.split(":")[1])) & (np.isfinite(expected) == np.isfinite(actual))
        same |= expected == actual
    if expected.dtype.kind == "f":
        same = same | (np.isnan(expected) & np.isnan(actual))
    return np.flatnonzero(~same)


class Unit(Case):
    """Some lines of one file as one program."""

    def __init__(self, setup, path, first, lines):
        super().__init__(setup, path)
        self.first = first
        self.lines = [json.loads(line) for line in lines]
        self.name += f":{first + 1}"

    def program(self):
        text = []
        for number, line in enumerate(self.lines):
            params = ", ".join(f"{name}: {dtype}" for name, dtype, _ in line["in"])
            text.append(f"export fn c{number}({params}) -> {line['out'][0]} {{\n"
                        f"    return {line['expr']}\n}}\n")
        return "\n".join(text)

    def check(self, setup, outcome):
        folder = setup.scratch / f"ops-{self.path.stem}-{self.first}"
        folder.mkdir()
        (folder / "ops.ab").write_text(self.program())
        for number, line in enumerate(self.lines):
            for name, dtype, text in line["in"]:
                np.save(folder / f"c{number}_{name}.npy", array(dtype, text))
        for turn, (engine, options) in enumerate(ENGINES):
            if setup.engine_filter not in engine:
                continue
            for number, line in enumerate(self.lines):
                failure = self.run_line(setup, folder, number, line, self.with_compiler(engine, options))
                if failure:
                    outcome.failures.append((f"{line['id']} {engine}", failure))
                else:
                    outcome.passed += 1
        shutil.rmtree(folder)

    def with_compiler(self, engine, options):
        turns = COMPILERS.get(engine, ["cc"])
        compiler = turns[self.first // UNIT % len(turns)]
        if not shutil.which(compiler):
            compiler = "cc"
        return [option.replace("COMPILER", compiler) for option in options]

    def run_line(self, setup, folder, number, line, options):
        inputs = [f"{name}=c{number}_{name}.npy" for name, _, _ in line["in"]]
        out = folder / f"c{number}.npy"
        result = setup.run([setup.abcc, "run", "ops.ab", f"c{number}", *inputs, "-o", f"out={out.name}",
                            *options], folder)
        if result.exit != 0:
            return f"exit {result.exit}\n{result.stderr}"
        dtype, text = line["out"]
        expected, actual = array(dtype, text), np.load(out)
        if actual.dtype != expected.dtype or actual.shape != expected.shape:
            return f"{actual.dtype}{actual.shape} instead of {expected.dtype}{expected.shape}"
        places = wrong_places(expected, actual, line["check"])
        return "\n".join(self.example(line, place, expected, actual) for place in places[:5])

    @staticmethod
    def example(line, place, expected, actual):
        inputs = ", ".join(f"{name} = {array(dtype, text)[place]!r}" for name, dtype, text in line["in"])
        return f"{line['expr']} with {inputs}: {actual[place]!r} instead of {expected[place]!r}"


def cases(setup, folder):
    found = []
    for path in sorted(folder.rglob("*.jsonl")):
        lines = [line for line in path.read_text().splitlines() if line]
        found += [Unit(setup, path, first, lines[first:first + UNIT])
                  for first in range(0, len(lines), UNIT)]
    return found
