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
import zipfile

import numpy as np

TOOL = sys.argv[1]
DTYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"]
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
    missing = "refused: it has no array `b`; its arrays are: a, longer_name, c\n"
    expect("npz missing", tool("npz", path, "b"), (1, missing))
    np.savez_compressed(path, **arrays, large=np.tile(sample("f4", (3, 5)), (40, 40)))
    for name, array in arrays.items():
        expect(f"npz compressed {name}", tool("npz", path, name), (0, as_printed(array)))
    expect("npz compressed large", tool("npz", path, "large")[1].count("\n"), 2)


def write_zip(path, members, compression=zipfile.ZIP_STORED, comment=b""):
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.comment = comment
        for name, array in members.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, array)


def check_zip(folder):
    path = folder / "x.npz"
    arrays = {"a": sample("f8", (5,)), "b": sample("i2", (2, 3))}
    write_zip(path, arrays, comment=b"a comment with PK\x05\x06 in it, longer than the record")
    expect("zip comment", tool("npz", path, "b"), (0, as_printed(arrays["b"])))
    limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
    try:  # everything has 64-bit numbers
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 1, 0
        for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            write_zip(path, arrays, compression)
            for name, array in arrays.items():
                expect(f"zip64 {compression}", tool("npz", path, name), (0, as_printed(array)))
    finally:
        zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits
    write_zip(path, arrays, zipfile.ZIP_BZIP2)
    expect("bzip2", tool("npz", path, "a")[1],
           "refused: the array is compressed in another way than deflate; "
           "numpy.savez_compressed writes it so\n")
    write_zip(path, arrays, zipfile.ZIP_DEFLATED)
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    expect("short zip", tool("npz", path, "a")[1], "refused: it ends too early: it has no directory\n")
    place = whole.index(b"a.npy") + 5 + 20 + 4
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1:])
    expect("damaged zip", tool("npz", path, "a")[1].startswith("refused: the array is damaged"), True)


def check_refusals(folder):
    path = folder / "x.npy"
    for array, what in [
            (np.zeros(2, dtype=[("a", "i4")]),
             "records with named fields: save each by itself, np.savez(file, x=a['x'], ..)"),
            (np.array(["abc"]), "strings (<U3): save numbers, a.astype(np.float64), or indexes into a "
                                "list of them"),
            (np.array([b"abc"]), "byte strings (|S3): save numbers, a.astype(np.float64), or "
                                 "a.view(np.uint8)"),
            (np.array([None]), "Python objects (|O): save numbers, a.astype(np.float64)"),
            (np.zeros(2, "M8[s]"), "dates (<M8[s]): save integers, "
                                   "a.astype('datetime64[s]').astype(np.int64)"),
            (np.zeros(2, "m8[s]"), "spans of time (<m8[s]): save integers, "
                                   "a.astype('timedelta64[s]').astype(np.int64)"),
            (np.zeros(2, "V3"), "raw bytes (|V3): save numbers, a.view(np.uint8)"),
            (np.zeros(2, "f16"), "floats of another size (<f16): save a.astype(np.float64)"),
            (np.zeros(2, "c32"), "complex numbers of another size (<c32): save "
                                 "a.astype(np.complex128)")]:
        np.save(path, array)
        expect(str(array.dtype), tool("npy", path), (1, f"refused: it holds {what}\n"))
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
        for check in (check_npy, check_writing, check_npz, check_zip, check_refusals, check_csv):
            check(pathlib.Path(folder))
    for failure in failures[:20]:
        print("FAILED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
