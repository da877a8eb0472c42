#!/usr/bin/python3
"""Runs every sample on its real input, in every engine, and compares with results computed here.

    tools/check_samples.py [--abcc=PATH] [--filter=TEXT] [--engine=TEXT]

Nothing is compared with what abcc printed once: Kepler's equation is solved by bisection, steps to 1
are counted by NumPy, integrals are known in closed form, the oscillator is integrated by another method.
The numbers of samples/kepler/*.csv and the coefficients in samples/vanderpol.ab are held to the
identities that they must obey. Programs over tensors are compared with NumPy, example by example, and
those that estimate something with the truth that their input was made from.
"""

import argparse
import csv
import fractions
import itertools
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
KEPLER = SAMPLES / "kepler"

ENGINES = {
    "interp": ["--mode=interp"],
    "scalar": ["--mode=scalar"],
    "batched": ["--mode=batched"],
    "batched-3-gcc": ["--mode=batched", "--lanes=3", "--cc=gcc"],
}
GAUSS = 0.01720209895  # radians a day


class Wrong(Exception):
    """A result is not as it must be: the text says how."""


def need(condition, text):
    if not condition:
        raise Wrong(text)


def need_equal(got, want, what):
    got, want = np.asarray(got), np.asarray(want)
    need(got.shape == want.shape, f"{what}: shape {got.shape} instead of {want.shape}")
    places = np.flatnonzero(got != want)
    need(not len(places), f"{what}: {len(places)} differ, first example {places[:1]}: "
                          f"{got[places[:1]]} instead of {want[places[:1]]}")


def need_close(got, want, tolerance, what):
    got, want = np.atleast_1d(np.asarray(got, float)), np.atleast_1d(np.asarray(want, float))
    need(got.shape == want.shape, f"{what}: shape {got.shape} instead of {want.shape}")
    excess = np.abs(got - want) - tolerance
    place = np.unravel_index(excess.argmax(), excess.shape)
    need((excess <= 0).all(), f"{what}: example {place[0]}: {got[place]!r} instead of {want[place]!r}")


class Engine:
    """One way to run a program."""

    def __init__(self, abcc, name, scratch):
        self.abcc = abcc
        self.name = name
        self.options = ENGINES[name]
        self.is_slow = name in ("interp", "batched-3-gcc")
        self.scratch = scratch

    def call(self, command):
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.PIPE, check=False, timeout=300, cwd=ROOT,
                              env={**os.environ, "ABCC": str(self.abcc)})
        need(done.returncode == 0, f"{' '.join(map(str, command))}: exit {done.returncode}\n"
                                   f"{done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def run(self, sample, *words):
        """One row of words an example."""
        return [line.split() for line in self.call(
            [self.abcc, "run", SAMPLES / sample, *words, *self.options]).splitlines()]

    def array(self, sample, *words):
        """The only leaf of the result as an array."""
        path = self.scratch / "out.npy"
        self.call([self.abcc, "run", SAMPLES / sample, *words, "-o", f"out={path}", *self.options])
        return np.load(path)

    def arrays(self, sample, *words):
        """The leaves of the result by their names."""
        path = self.scratch / "out.npz"
        self.call([self.abcc, "run", SAMPLES / sample, *words, "-o", path, *self.options])
        with np.load(path) as out:
            return {name: out[name] for name in out.files}

    def script(self, name, *words):
        return [line.split() for line in
                self.call([SAMPLES / name, *words, *self.options]).splitlines()]

    def npy(self, name, values):
        path = self.scratch / f"{name}.npy"
        np.save(path, values)
        return f"{name}={path}"


# ---- integers ------------------------------------------------------------------------------------

def check_fib(engine):
    sequence = [0, 1]
    while len(sequence) < 24:
        sequence.append(sequence[-1] + sequence[-2])
    need_equal(engine.array("fib.ab", "fib", "n=range:0:24"), sequence, "fib")
    need(engine.run("fib.ab", "fib", "n=[3,7,4,5]") == [["2"], ["13"], ["3"], ["5"]], "fib 3 7 4 5")


def check_parity(engine):
    n = np.concatenate([np.arange(2001), [10_000, 10_001, 1_000_000, 999_999]]).astype(np.uint64)
    for entry, wanted in (("is_even", n % 2 == 0), ("is_odd", n % 2 == 1)):
        need_equal(engine.array("parity.ab", entry, engine.npy("n", n)), wanted, entry)


def check_gcd(engine):
    rng = np.random.default_rng(7)
    a, b = rng.integers(-2**62, 2**62, 1000), rng.integers(-2**62, 2**62, 1000)
    a[:10], b[5:15] = 0, 0
    words = [engine.npy("a", a), engine.npy("b", b)]
    need_equal(engine.array("gcd.ab", "gcd", *words), np.gcd(a, b), "gcd")
    side = 200 if engine.is_slow else 1000
    got = engine.array("gcd.ab", "coprime", f"pair=range:0:{side * side}", "-D", f"SIDE={side}")
    numbers = np.arange(1, side + 1)
    need_equal(got, (np.gcd.outer(numbers, numbers) == 1).ravel(), "coprime")


def collatz_steps(top):
    """Steps to 1 of 1 .. top."""
    number = np.arange(1, top + 1, dtype=np.int64)
    steps = np.zeros(top, dtype=np.int64)
    active = np.flatnonzero(number != 1)
    while len(active):
        value = number[active]
        value = np.where(value % 2 == 0, value // 2, 3 * value + 1)
        number[active] = value
        steps[active] += 1
        active = active[value != 1]
    return steps


def check_collatz(engine):
    top = 50_000 if engine.is_slow else 1_000_000
    got = engine.array("collatz.ab", "collatz", f"n=range:1:{top + 1}")
    need_equal(got, collatz_steps(top), "collatz")
    need(engine.is_slow or (got.argmax() == 837_798 and got.max() == 524), "the longest under a million")


# ---- floats --------------------------------------------------------------------------------------

def escape_rounds(re, im, last):
    """Rounds until |z| > 2, in the precision of re and im."""
    x, y = np.zeros_like(re), np.zeros_like(im)
    rounds = np.zeros(len(re), dtype=np.int32)
    active = np.arange(len(re))
    two, four = re.dtype.type(2), re.dtype.type(4)
    for _ in range(last):
        xx, yy = x * x, y * y
        stay = ~(xx + yy > four)
        active, x, y, xx, yy = active[stay], x[stay], y[stay], xx[stay], yy[stay]
        y = two * x * y + im[active]
        x = xx - yy + re[active]
        rounds[active] += 1
    return rounds


def check_mandelbrot(engine):
    width, height = (200, 150) if engine.is_slow else (1024, 768)
    size = np.float32(3.2 / width)
    half = np.float32(0.5)
    re = np.tile(np.float32(-2.2) + (np.arange(width, dtype=np.float32) + half) * size, height)
    im = np.repeat(np.float32(1.2) - (np.arange(height, dtype=np.float32) + half) * size, width)
    got = engine.array("mandelbrot/mandelbrot.ab", "pixel", f"k=range:0:{width * height}",
                       "-D", f"WIDTH={width}", "-D", f"HEIGHT={height}")
    need_equal(got, escape_rounds(re, im, 256), "mandelbrot")
    if engine.name == "batched":
        check_picture(engine)


def check_picture(engine):
    picture = engine.scratch / "picture.png"
    engine.call([SAMPLES / "mandelbrot/picture.sh", picture, 160])
    data = picture.read_bytes()
    need(data[:8] == b"\x89PNG\r\n\x1a\n" and data[16:24] == bytes([0, 0, 0, 160, 0, 0, 0, 120]),
         "picture.sh wrote no picture of 160 x 120")


def exact_integral(c, a, b):
    return (math.atan(b / c) - math.atan(a / c)) / c


def check_quadrature(engine):
    c = np.array([1, 0.5, 0.1, 0.03, 0.01, 2.0])
    a = np.array([-1, -0.7, -1, -2, -1, 5.0])
    b = np.array([1, 0.3, 2, 1, 1, -3.0])
    words = [engine.npy(name, values) for name, values in (("c", c), ("a", a), ("b", b))]
    got = engine.array("quadrature.ab", "lorentz", *words, "tolerance=1e-10")
    need_close(got, [exact_integral(*row) for row in zip(c, a, b)], 1e-9, "lorentz")
    a, b = np.linspace(-6, 1, 50), np.linspace(-2, 6, 50)
    words = [engine.npy("a", a), engine.npy("b", b)]
    got = engine.array("quadrature.ab", "gauss", *words, "tolerance=1e-12")
    wanted = [(math.erf(y / math.sqrt(2)) - math.erf(x / math.sqrt(2))) / 2 for x, y in zip(a, b)]
    need_close(got, wanted, 1e-10, "gauss")


# ---- Van der Pol ---------------------------------------------------------------------------------

def coefficients():
    text = (SAMPLES / "vanderpol.ab").read_text()
    found = {name: fractions.Fraction(int(above), int(below)) for name, above, below
             in re.findall(r"^const ([ABCE]\d+) = (-?\d+) / (\d+)$", text, re.MULTILINE)}
    need(len(found) == 4 + 15 + 5 + 6, f"{len(found)} coefficients in vanderpol.ab")
    return found


def rooted_trees(a, c):
    """(order, the vector of elementary weights of the stages, 1 / density) of each tree up to order 5."""
    stages = range(len(c))
    one = [fractions.Fraction(1)] * len(c)

    def times(*vectors):
        return [math.prod(values) for values in zip(*vectors)]

    def under(vector):
        return [sum(a[i][j] * vector[j] for j in stages) for i in stages]

    c2, c3 = times(c, c), times(c, c, c)
    ac, ac2 = under(c), under(c2)
    return [(1, one, 1), (2, c, 2), (3, c2, 3), (3, ac, 6),
            (4, c3, 4), (4, times(c, ac), 8), (4, ac2, 12), (4, under(ac), 24),
            (5, times(c2, c2), 5), (5, times(c2, ac), 10), (5, times(c, ac2), 15),
            (5, times(c, under(ac)), 30), (5, times(ac, ac), 20), (5, under(c3), 20),
            (5, under(times(c, ac)), 40), (5, under(ac2), 60), (5, under(under(ac)), 120)]


def check_order_conditions():
    k = coefficients()
    zero = fractions.Fraction(0)
    weights = [k["B1"], zero, k["B3"], k["B4"], k["B5"], k["B6"], zero]
    error = [k.get(f"E{i}", zero) for i in range(1, 8)]
    a = [[k.get(f"A{i}{j}", zero) for j in range(1, 8)] for i in range(1, 7)] + [weights]
    c = [sum(row) for row in a]
    for i in range(2, 6):
        need(c[i - 1] == k[f"C{i}"], f"row {i} of A does not add up to C{i}")
    need(c[5] == c[6] == 1, "the last two stages are not at the end of the step")
    lower = [b - e for b, e in zip(weights, error)]
    for order, stages, density in rooted_trees(a, c):
        value = fractions.Fraction(1, density)
        need(sum(b * s for b, s in zip(weights, stages)) == value, f"order {order}, 1/{density}")
        need(order > 4 or sum(b * s for b, s in zip(lower, stages)) == value,
             f"embedded method, order {order}, 1/{density}")


def integrate(mu, x, v, time, steps):
    """Van der Pol by the classical method of order 4 in equal steps."""
    h = time / steps

    def slope(x, v):
        return v, mu * (1 - x * x) * v - x

    for _ in range(steps):
        x1, v1 = slope(x, v)
        x2, v2 = slope(x + h / 2 * x1, v + h / 2 * v1)
        x3, v3 = slope(x + h / 2 * x2, v + h / 2 * v2)
        x4, v4 = slope(x + h * x3, v + h * v3)
        x, v = x + h / 6 * (x1 + 2 * x2 + 2 * x3 + x4), v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    return x, v


def check_vanderpol(engine):
    mu = np.array([0.0, 0.5, 1.0, 2.0, 3.5, 5.0])
    x, v, time = 2.0, 0.0, 10.0
    rows = engine.run("vanderpol.ab", "vanderpol", engine.npy("mu", mu), f"x={x}", f"v={v}",
                      f"time={time}", "tolerance=1e-10")
    got = np.array(rows, dtype=float)
    want_x, want_v = integrate(mu, np.full(6, x), np.full(6, v), time, 40_000)
    need_close(got[:, 0], want_x, 1e-7, "x")
    need_close(got[:, 1], want_v, 1e-6, "v")
    need((got[:, 2] > 100).all() and (got[:, 3] < got[:, 2] / 5).all(), f"steps {got[:, 2:]}")


# ---- Kepler --------------------------------------------------------------------------------------

def table(name):
    with open(KEPLER / name, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return {column: [row[column] if column == "body" else float(row[column]) for row in rows]
            for column in rows[0]}


def check_planet_table():
    planets = {name: np.array(values) for name, values in table("planets.csv").items()}
    motion = np.radians(planets["mean_longitude_rate"]) / 36525
    law = motion**2 * planets["a"]**3 / GAUSS**2 - 1
    need((abs(law) < 1.5e-3).all(), f"planets.csv: the third law fails by {law}")
    need((np.diff(planets["a"]) > 0).all(), "planets.csv: not in order from the sun")
    need(((planets["e"] > 0) & (planets["e"] < 0.21)).all(), "planets.csv: eccentricities")


def check_comet_table():
    comets = {name: np.array(values) for name, values in table("comets.csv").items()}
    need_close(comets["a"] * (1 - comets["e"]), comets["q"], 1e-12, "q")
    need_close(comets["a"] * (1 + comets["e"]), comets["aphelion"], 1e-11, "aphelion")
    motion = np.degrees(GAUSS * comets["a"]**-1.5)
    need_close(motion, comets["motion"], 6e-9, "motion")
    need_close(360 / motion / 365.25 / comets["period"], np.ones(len(motion)), 5e-8, "period")
    turned = (comets["epoch"] - comets["perihelion_time"]) * motion - comets["mean_anomaly"]
    need_close((turned + 180) % 360 - 180, 0 * motion, 1e-9, "mean anomaly")


def eccentric_anomaly(e, mean):
    """By bisection until the interval is empty: slow and sure. mean in -pi .. pi."""
    low, high = mean - e, mean + e
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if middle - e * math.sin(middle) > mean:
            high = middle
        else:
            low = middle


def turn(angle):
    """About the third axis, then about the first: matrices of an angle in degrees."""
    s, c = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    return (np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]), np.array([[1, 0, 0], [0, c, -s], [0, s, c]]))


def position(a, e, mean, argument, node, incl):
    """x y z distance anomaly; angles in degrees."""
    anomaly = eccentric_anomaly(e, math.radians((mean + 180) % 360 - 180))
    flat = np.array([a * (math.cos(anomaly) - e), a * math.sqrt(1 - e * e) * math.sin(anomaly), 0])
    place = turn(node)[0] @ turn(incl)[1] @ turn(argument)[0] @ flat
    return [*place, a * (1 - e * math.cos(anomaly)), anomaly]


def planets_at(date):
    planets = table("planets.csv")
    t = (date - 2451545.0) / 36525
    for number in range(len(planets["a"])):
        now = {name: planets[name][number] + t * planets[f"{name}_rate"][number]
               for name in ("a", "e", "incl", "mean_longitude", "perihelion", "node")}
        yield position(now["a"], now["e"], now["mean_longitude"] - now["perihelion"],
                       now["perihelion"] - now["node"], now["node"], now["incl"])


def comets_at(date):
    comets = table("comets.csv")
    for number in range(len(comets["e"])):
        one = {name: comets[name][number] for name in comets}
        mean = one["mean_anomaly"] + math.degrees(GAUSS * one["a"]**-1.5) * (date - one["epoch"])
        yield position(one["a"], one["e"], mean, one["argument"], one["node"], one["incl"])


def check_kepler(engine):
    for script, oracle in (("planets.sh", planets_at), ("comets.sh", comets_at)):
        for date in (2451545.0, 2460000.5, 2415020.0):
            got = np.array(engine.script(f"kepler/{script}", date), dtype=float)
            want = np.array(list(oracle(date)))
            scale = 1e-8 * np.maximum(1, want[:, 3:4])
            need_close(got[:, :4], want[:, :4], scale, f"{script} {date}")
            need_close(got[:, 4], want[:, 4], 1e-8, f"{script} {date}: anomaly")
            need_close(np.sqrt((got[:, :3]**2).sum(1)), got[:, 3], 1e-12 * got[:, 3], "distance")
            need((got[:, 5] >= 1).all() and (got[:, 5] < 30).all(), f"rounds {got[:, 5]}")


# ---- logistic regression -------------------------------------------------------------------------

CANCER = SAMPLES / "logistic/breast_cancer.csv"


def cancer():
    values = np.genfromtxt(CANCER, delimiter=",", comments="#", skip_header=3)
    return values[:, :-1], values[:, -1]


def check_cancer_table():
    features, benign = cancer()
    need(features.shape == (569, 30) and np.isfinite(features).all(), "569 rows of 30 features")
    need((benign == 1).sum() == 357 and (benign == 0).sum() == 212, "357 benign, 212 malignant")
    with open(CANCER, encoding="utf-8") as file:
        names = next(line for line in file if not line.startswith("#")).strip().split(",")
    described = {"radius": (6.981, 28.11), "texture": (9.71, 39.28), "perimeter": (43.79, 188.5),
                 "area": (143.5, 2501.0), "error_area": (6.802, 542.2), "worst_radius": (7.93, 36.04),
                 "worst_area": (185.2, 4254.0), "worst_fractal_dimension": (0.055, 0.208)}
    for name, ends in described.items():
        column = features[:, names.index(name)]
        need(np.allclose([column.min(), column.max()], ends, rtol=0, atol=6e-4), f"{name}: {ends}")


def log_posterior(w, z, y):
    """Of [draws, 1 + features] coefficients: density and gradient."""
    eta = w[:, :1] + w[:, 1:] @ z.T
    density = (y * eta - np.logaddexp(0, eta)).sum(axis=1) - 0.5 * (w * w).sum(axis=1)
    residual = y - 1 / (1 + np.exp(-eta))
    slope = np.concatenate([residual.sum(axis=1)[:, None], residual @ z], axis=1) - w
    return density, slope


def check_logistic(engine):
    features, y = cancer()
    table = [f"X={CANCER}:radius..worst_fractal_dimension"]
    moments = engine.arrays("logistic/logistic.ab", "moments", *table)
    need_close(moments["mean"][0], features.mean(axis=0), 1e-12 * features.max(axis=0), "mean")
    need_close(moments["deviation"][0], features.std(axis=0), 1e-12 * features.max(axis=0), "deviation")
    z = (features - features.mean(axis=0)) / features.std(axis=0)
    w = np.random.default_rng(3).normal(size=(8 if engine.is_slow else 256, 31))
    w[0] = 0
    density, slope = log_posterior(w, z, y)
    words = [*table, f"y={CANCER}:benign", engine.npy("centre", features.mean(axis=0)),
             engine.npy("scale", features.std(axis=0)), engine.npy("intercept", w[:, 0]),
             engine.npy("w", w[:, 1:])]
    got = engine.arrays("logistic/logistic.ab", "posterior", *words)
    need_close(got["log_density"], density, 1e-12 * np.abs(density), "log density")
    need_close(got["log_density"][0], -569 * math.log(2), 1e-10, "log density at 0")
    need_close(got["intercept_slope"], slope[:, 0], 1e-9, "slope of the intercept")
    need_close(got["slope"], slope[:, 1:], 1e-9, "slope")
    again = engine.array("logistic/logistic.ab", "log_density", *words)
    need_close(again, density, 1e-12 * np.abs(density), "log density in one expression")


# ---- Kalman filter -------------------------------------------------------------------------------

def tracks(rng, count, steps, drift, noise):
    """True states [count, steps, 4] and the places that are seen."""
    motion = np.array([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    third, half = drift / 3, drift / 2
    unrest = np.array([[third, 0, half, 0], [0, third, 0, half], [half, 0, drift, 0],
                       [0, half, 0, drift]])
    states = np.empty((count, steps, 4))
    states[:, 0] = np.concatenate([rng.normal(size=(count, 2)) * 50,
                                   rng.normal(size=(count, 2)) * 10], axis=1)
    for t in range(1, steps):
        states[:, t] = states[:, t - 1] @ motion.T + rng.multivariate_normal(np.zeros(4), unrest, count)
    return states, states[:, :, :2] + noise * rng.normal(size=(count, steps, 2)), motion, unrest


def kalman(z, motion, unrest, noise):
    """The textbook's filter for one track."""
    seen = np.eye(2, 4)
    error = noise**2 * np.eye(2)
    x, p = np.concatenate([z[0], [0, 0]]), np.diag([noise**2, noise**2, 100, 100])
    states, likelihood = [x], 0.0
    for place in z[1:]:
        x, p = motion @ x, motion @ p @ motion.T + unrest
        s = seen @ p @ seen.T + error
        surprise = place - seen @ x
        gain = p @ seen.T @ np.linalg.inv(s)
        x, p = x + gain @ surprise, p - gain @ s @ gain.T
        likelihood -= 0.5 * (surprise @ np.linalg.solve(s, surprise)
                             + math.log(np.linalg.det(2 * math.pi * s)))
        states.append(x)
    return np.array(states), p, likelihood


def check_kalman(engine):
    count, steps, drift, noise = 20 if engine.is_slow else 200, 60, 0.05, 5.0
    truth, z, motion, unrest = tracks(np.random.default_rng(5), count, steps, drift, noise)
    got = engine.arrays("kalman.ab", "track", engine.npy("z", z), "dt=1", f"drift={drift}",
                        f"noise={noise}")
    for i in range(count):
        states, p, likelihood = kalman(z[i], motion, unrest, noise)
        need_close(got["states"][i], states, 1e-9, f"track {i}")
        need_close(got["covariance"][i], p, 1e-9, f"covariance {i}")
        need_close(got["log_likelihood"][i], likelihood, 1e-8, f"likelihood {i}")
    # what is estimated is nearer to the truth than what is seen, and as near as the covariance says
    error = got["states"] - truth
    need((error[:, 20:, :2]**2).mean() < 0.4 * noise**2, "the filter does not filter")
    last = error[:, -1]
    distance = np.einsum("ni,nij,nj->n", last, np.linalg.inv(got["covariance"]), last)
    spread = 5 * math.sqrt(2 * 4 / count)
    need(abs(distance.mean() - 4) < spread, f"normalised error {distance.mean()} instead of 4")


# ---- search --------------------------------------------------------------------------------------

def tree_order(points, axis=0):
    """The points as a k-d tree: the middle one of each range parts it."""
    if len(points) < 2:
        return points
    points = points[np.argsort(points[:, axis], kind="stable")]
    middle = len(points) // 2
    below = (axis + 1) % 3
    return np.concatenate([tree_order(points[:middle], below), points[middle:middle + 1],
                           tree_order(points[middle + 1:], below)])


def check_kdtree(engine):
    rng = np.random.default_rng(11)
    points = tree_order(rng.uniform(size=(2000, 3)))
    q = rng.uniform(-0.1, 1.1, size=(50 if engine.is_slow else 2000, 3))
    got = engine.arrays("kdtree.ab", "nearest", engine.npy("points", points), engine.npy("q", q))
    distance = ((q[:, None] - points)**2).sum(axis=2)
    need_equal(got["index"], distance.argmin(axis=1), "nearest point")
    need_close(got["distance"], distance.min(axis=1), 1e-14, "distance")
    need(got["visited"].mean() < 120, f"{got['visited'].mean()} points looked at: nothing is pruned")


# ---- hidden Markov model -------------------------------------------------------------------------

def check_hmm(engine):
    rng = np.random.default_rng(13)
    emission = np.array([[1 / 6] * 6, [0.1] * 5 + [0.5]])
    transition = np.array([[0.95, 0.05], [0.1, 0.9]])
    state, rolls = 0, []
    for _ in range(600):
        rolls.append(rng.choice(6, p=emission[state]))
        state = rng.choice(2, p=transition[state])
    rolls = np.array(rolls)
    stay = np.linspace(0.5, 0.99, 12)
    models = np.stack([np.stack([stay, 1 - stay], axis=1), np.tile(transition[1], (12, 1))], axis=1)
    models = np.concatenate([transition[None], models])
    got = engine.arrays("hmm.ab", "forward", engine.npy("rolls", rolls), "start=[0.5,0.5]",
                        engine.npy("transition", models), engine.npy("emission", emission))
    want = []
    for model in models:
        belief, logs = np.array([0.5, 0.5]) * emission[:, rolls[0]], 0.0
        for roll in rolls[1:]:
            logs += math.log(belief.sum())
            belief = belief / belief.sum() @ model * emission[:, roll]
        want.append([logs + math.log(belief.sum()), *belief / belief.sum()])
    want = np.array(want)
    need_close(got["log_likelihood"], want[:, 0], 1e-9, "log likelihood")
    need_close(got["last"], want[:, 1:], 1e-11, "last belief")
    best = models[1:][got["log_likelihood"][1:].argmax()][0, 0]
    need(abs(best - 0.95) < 0.06, f"the likeliest chance to stay is {best} instead of 0.95")
    # all ways of the states for a short sequence
    got = engine.arrays("hmm.ab", "forward", "rolls=[5,5,0,3,5]", "start=[0.5,0.5]",
                        engine.npy("transition", transition), engine.npy("emission", emission))
    total = sum(0.5 * math.prod(transition[a, b] for a, b in zip(way, way[1:]))
                * math.prod(emission[a, roll] for a, roll in zip(way, [5, 5, 0, 3, 5]))
                for way in itertools.product(range(2), repeat=5))
    need_close(got["log_likelihood"], [math.log(total)], 1e-12, "sum over all ways")


# ---- NUTS ----------------------------------------------------------------------------------------

def check_nuts(engine):
    rng = np.random.default_rng(17)
    mean = np.array([1.0, -2.0, 0.5, 3.0])
    factor = rng.normal(size=(4, 4)) / 2 + np.eye(4)
    covariance = factor @ factor.T
    chains, draws = (4, 60) if engine.is_slow else (64, 500)
    got = engine.arrays("nuts.ab", "chain", engine.npy("mean", mean),
                        engine.npy("precision", np.linalg.inv(covariance)), "seed=1", "step=0.35",
                        "warm_up=50", f"draws={draws}", f"--batch={chains}")
    need((got["depth"] > 1).all() and (got["depth"] < 6).all(), f"doublings {got['depth']}")
    if engine.is_slow:
        return
    # The chains are independent, so their spread tells the error of the average over all.
    average = got["mean"].mean(axis=0)
    error = got["mean"].std(axis=0, ddof=1) / math.sqrt(chains)
    need((error < 0.05).all(), f"standard error of the mean {error}")
    need_close(average, mean, 5 * error, "posterior mean")
    second = got["second"].mean(axis=0)
    error = got["second"].std(axis=0, ddof=1) / math.sqrt(chains)
    need((error < 0.3).all(), f"standard error of the second moment {error}")
    need_close(second, covariance + np.outer(mean, mean), 5 * error, "second moment")


# ---- cart and pole -------------------------------------------------------------------------------

def cart_step(s, force):
    """The equations of the paper, written for arrays: x v angle turn."""
    x, v, angle, turn = s
    m, length, mass = 0.1, 0.5, 1.1
    sine, cosine = np.sin(angle), np.cos(angle)
    push = (-force - m * length * turn**2 * sine + 0.0005 * np.sign(v)) / mass
    faster = ((9.8 * sine + cosine * push - 0.000002 * turn / (m * length))
              / (length * (4 / 3 - m * cosine**2 / mass)))
    rate = (force + m * length * (turn**2 * sine - faster * cosine) - 0.0005 * np.sign(v)) / mass
    return np.array([x + 0.02 * v, v + 0.02 * rate, angle + 0.02 * turn, turn + 0.02 * faster])


def cart_episodes(start, weights, steps):
    """Lengths, last states, and how near each example came to another decision."""
    s, length = start.T.copy(), np.zeros(len(start), dtype=np.int64)
    margin = np.full(len(start), np.inf)
    for _ in range(steps):
        on = (np.abs(s[0]) <= 2.4) & (np.abs(s[2]) <= 12 * math.pi / 180)
        push = (s.T * weights).sum(axis=1)
        edges = np.abs(np.abs(s[[0, 2]]) - np.array([[2.4], [12 * math.pi / 180]])).min(axis=0)
        margin = np.where(on, np.minimum(margin, np.minimum(edges, np.abs(push))),
                          np.minimum(margin, edges))
        s = np.where(on, cart_step(s, np.where(push < 0, -10.0, 10.0)), s)
        length += on
    return length, s, margin


def check_cartpole(engine):
    rng = np.random.default_rng(19)
    count = 100 if engine.is_slow else 10_000
    start = rng.uniform(-0.05, 0.05, size=(count, 4))
    weights = rng.normal(size=(count, 4))
    words = [engine.npy("start", start), engine.npy("weights", weights)]
    # Pushes jump, so rounding grows with time: where a decision was near, an episode may go on otherwise.
    got = engine.arrays("cartpole.ab", "episode", *words, "steps=60")
    length, last, margin = cart_episodes(start, weights, 60)
    sure = margin > 1e-9
    need(sure.mean() > 0.99, f"only {sure.mean()} of the examples can be compared")
    need_equal(got["length"][sure], length[sure], "steps until the pole fell")
    for place, name in enumerate(("last.x", "last.v", "last.angle", "last.turn")):
        need_close(got[name][sure], last[place][sure], 1e-9, name)
    if engine.is_slow:
        return
    got = engine.arrays("cartpole.ab", "episode", *words, "steps=500")
    length, last, margin = cart_episodes(start, weights, 500)
    need((got["length"] == length).mean() > 0.99, "lengths of long episodes")
    need((got["length"] == 500).any(), "no controller holds the pole up")


CHECKS = {"fib": check_fib, "parity": check_parity, "gcd": check_gcd, "collatz": check_collatz,
          "mandelbrot": check_mandelbrot, "quadrature": check_quadrature,
          "vanderpol": check_vanderpol, "kepler": check_kepler, "logistic": check_logistic,
          "kalman": check_kalman, "kdtree": check_kdtree, "hmm": check_hmm, "nuts": check_nuts,
          "cartpole": check_cartpole}
DATA_CHECKS = {"vanderpol.ab: order conditions": check_order_conditions,
               "planets.csv": check_planet_table, "comets.csv": check_comet_table,
               "breast_cancer.csv": check_cancer_table}


def sample_tests(abcc):
    """The test blocks of every sample."""
    done = subprocess.run([str(abcc), "test", str(SAMPLES)], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, check=False, timeout=600)
    need(done.returncode == 0, done.stdout[-4000:])


def jobs(abcc, options, scratch):
    """What is to be checked, as (name, function)."""
    found = list(DATA_CHECKS.items())
    if options.engine in "abcc test":
        found.append(("abcc test samples", lambda: sample_tests(abcc)))
    for name, check in CHECKS.items():
        for engine in ENGINES:
            if options.engine in engine:
                found.append((f"{name} {engine}",
                              lambda c=check, e=engine: c(Engine(abcc, e, scratch))))
    return [(name, job) for name, job in found if options.filter in name]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--abcc", default=ROOT / "build/compiler/driver/abcc", type=pathlib.Path)
    parser.add_argument("--filter", default="", metavar="TEXT", help="only checks with TEXT in them")
    parser.add_argument("--engine", default="", metavar="TEXT", help="only engines with TEXT in them")
    options = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="abcc-samples-") as scratch:
        for name, job in jobs(options.abcc.resolve(), options, pathlib.Path(scratch)):
            try:
                job()
                passed += 1
            except (Wrong, OSError, ValueError, subprocess.TimeoutExpired) as wrong:
                print(f"FAILED {name}: {wrong}", flush=True)
                failed += 1
    print(f"samples: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
