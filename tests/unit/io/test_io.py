#!/usr/bin/python3
"""The readers and writers of runtime/io against NumPy and Python's csv module, as the other side.

    test_io.py IO_TOOL
"""

import csv
import io
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

TOOL = sys.argv[1]
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
SHAPES = [(), (0,), (1,), (7,), (3, 4), (2, 0, 3), (2, 3, 5), (1, 1, 1, 2)]
failures = []


def tool(*words):
    done = subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def expect(what, actual, expected):
    if actual != expected:
        failures.append(f"{what}: {actual!r}, not {expected!r}")


def as_printed(array):
    kind = "b" if array.dtype.kind == "b" else array.dtype.kind
    head = " ".join([f"{kind}{array.dtype.itemsize}", *map(str, array.shape)])
    native = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="))
    return f"{head}\n{native.tobytes().hex()}\n"


def sample(dtype, shape):
    count = int(np.prod(shape))
    values = (np.arange(count) * 37 + 1) % 251
    return np.asarray(values.reshape(shape)).astype(dtype)


def check_npy(folder):
    path = folder / "x.npy"
    forms = [("<", (1, 0)), (">", (1, 0)), ("<", (2, 0)), ("<", (3, 0))]
    for dtype, shape, (order, version) in itertools.product(DTYPES, SHAPES, forms):
        for fortran in (False, True):
            array = sample(dtype, shape).astype(np.dtype(dtype).newbyteorder(order))
            array = np.asfortranarray(array) if fortran else array
            with path.open("wb") as stream:
                np.lib.format.write_array(stream, array, version=version)
            expect(f"npy {array.dtype} {shape} {fortran} {version}", tool("npy", path),
                   (0, as_printed(array)))


def check_writing(folder):
    for dtype, shape in itertools.product(DTYPES, SHAPES):
        array = sample(dtype, shape)
        np.save(folder / "x.npy", array)
        expect("copy", tool("copy", folder / "x.npy", folder / "y.npy")[0], 0)
        again = np.load(folder / "y.npy")
        expect(f"copy {dtype} {shape}", (again.dtype, again.shape, again.tobytes()),
               (array.dtype, array.shape, array.tobytes()))
        expect("pack", tool("pack", folder / "x.npy", folder / "y.npz")[0], 0)
        with np.load(folder / "y.npz") as archive:
            expect("names", sorted(archive.files), ["a", "b.c"])
            expect(f"pack {dtype} {shape}", archive["b.c"].tobytes(), array.tobytes())


def check_npz(folder):
    path = folder / "x.npz"
    arrays = {"a": sample("f8", (5,)), "longer_name": sample("i2", (2, 3)), "c": sample("?", (3,))}
    np.savez(path, **arrays)
    for name, array in arrays.items():
        expect(f"npz {name}", tool("npz", path, name), (0, as_printed(array)))
    expect("npz missing", tool("npz", path, "b"), (1, "refused: it has no array `b`\n"))
    np.savez_compressed(path, **arrays)
    expect("npz compressed", tool("npz", path, "a")[1],
           "refused: the array is compressed; numpy.savez writes it without compression\n")


def check_refusals(folder):
    path = folder / "x.npy"
    np.save(path, np.array([1 + 2j]))
    expect("complex", tool("npy", path)[1].startswith("refused: its element type '<c16'"), True)
    np.save(path, np.zeros(2, dtype=[("a", "i4")]))
    expect("records", tool("npy", path)[1], "refused: it holds records with named fields, not numbers\n")
    np.save(path, np.array(["abc"]))
    expect("text", tool("npy", path)[0], 1)
    np.save(path, np.arange(4.0))
    path.write_bytes(path.read_bytes()[:-3])
    expect("short", tool("npy", path)[1], "refused: its shape needs 32 bytes of elements and it has 29\n")
    path.write_bytes(b"n,m\n1,2\n")
    expect("no npy", tool("npy", path)[1], "refused: it does not begin as a .npy file does\n")


def check_csv(folder):
    path = folder / "x.csv"
    rows = [["n", "a b", 'say "hi"'], ["1", "2,5", ""], ["-3e5", "two\nlines", "x"], ["", "ä", "'"]]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    wanted = "".join(" ".join(f"[{field}]" for field in row) + "\n" for row in rows)
    for before, after in [("", ""), ("\ufeff", ""), ("# a comment\n\n", "\n\n  \n# the end")]:
        path.write_text(before + text.getvalue() + after, encoding="utf-8", newline="")
        expect("csv", tool("csv", path), (0, wanted))
    for text, message in [
            ("", "refused at 0: there is no row of column names\n"),
            ("a,b\n1\n", "refused at 4: this row has 1 field, the first row has 2\n"),
            ('a,b\n"1,2\n', "refused at 4: this quote is never closed\n"),
            ('a,b\n"1"2,3\n', "refused at 7: a comma or the end of the line is expected after a quoted field\n"),
            ('a,b\n1"2,3\n', "refused at 5: a quote within an unquoted field\n")]:
        path.write_text(text)
        expect(repr(text), tool("csv", path), (1, message))


def main():
    with tempfile.TemporaryDirectory() as folder:
        for check in (check_npy, check_writing, check_npz, check_refusals, check_csv):
            check(pathlib.Path(folder))
    for failure in failures[:20]:
        print("FAILED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
