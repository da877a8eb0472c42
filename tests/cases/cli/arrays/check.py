"""Arrays of every dtype and order go in, and come out as NumPy has them."""
import itertools
import subprocess

import numpy as np

# NumPy's own rule: nothing is lost on the way to float64
FITS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]


def run(*words):
    done = subprocess.run(["abcc", "run", "--mode=interp", "mix.ir", *words, "-o", "out.npz"],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.splitlines()[0] if done.stderr else ""


def same(what, got, want):
    if got.dtype != want.dtype or got.shape != want.shape or not (got == want).all():
        print(f"{what}: {got!r} instead of {want!r}")


X = (np.arange(12) % 7 - 3).reshape(4, 3).astype(np.float32)
y = np.arange(4) / 8
k = np.array([0, 1, 1, 0, 1])
count = 0
for dtype, order, fortran in itertools.product(FITS, "<>", (False, True)):
    a = (np.arange(30) % 5).reshape(5, 2, 3).astype(np.dtype(dtype).newbyteorder(order))
    np.save("a.npy", np.asfortranarray(a) if fortran else a)
    np.savez_compressed("shared.npz", X=np.asfortranarray(X) if fortran else X, y=y)
    np.save("k.npy", k.astype("u1" if fortran else "i8"))
    code, error = run("p.a=a.npy", "p.k=k.npy", "X=shared.npz:X", "y=shared.npz:y")
    if code:
        print(f"{dtype} {order}: {code} {error}")
        continue
    with np.load("out.npz") as out:
        same(f"row {dtype} {order}", out["row"], a[np.arange(5), k].astype("f8"))
        same("x", out["x"], X[k])
        same("y", out["y"], y[k])
        same("n", out["n"], np.full(5, 4))
    count += 1
print(count, "forms")
for what, array in [("X", X.astype("f8")), ("p.k", k.astype("u8")), ("p.a", np.ones((2, 3), "c8")),
                    ("p.a", np.ones((3, 3))), ("X", np.float32(3)), ("y", np.array(["a"]))]:
    words = {"p.a": "p.a=a.npy", "p.k": "p.k=k.npy", "X": "X=shared.npz:X", "y": "y=shared.npz:y"}
    np.save("bad.npy", array)
    words[what] = f"{what}=bad.npy"
    print(*run(*words.values()))
    print(*run(*words.values(), "--cast"))
