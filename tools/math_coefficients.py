#!/usr/bin/python3
"""Coefficients of the polynomials in runtime/std/math.ab, fitted at 60 digits.

    tools/math_coefficients.py [NAME]...       all, or the named ones; needs python3-mpmath

For each polynomial the coefficients are rounded one after the other, from the lowest power up, and the
rest is fitted again after each rounding, so that what is printed are the numbers that are computed with.
The error is the largest of |p - g| * weight over the interval, also with the rounded coefficients.
"""

import struct
import sys

from mpmath import mp, mpf, exp, log, sqrt, matrix, cos, pi, fabs

mp.dps = 60


def rounded(value, bits):
    if bits == 64:
        return mpf(float(value))
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0])


def grid(low, high, count):
    return [(low + high) / 2 + (high - low) / 2 * cos(pi * k / (count - 1)) for k in range(count)]


def error_at(g, weight, known, coefficients, x):
    value = mpf(0)
    for c in reversed(known + coefficients):
        value = value * x + c
    return (value - g(x)) * weight(x)


def fit(g, weight, low, high, degree, known):
    """The rest of the coefficients, the first len(known) of which are given: least squares at the
    Chebyshev points of the interval, which is near the best in the largest error and always sound."""
    free = degree + 1 - len(known)
    points = grid(low, high, 8 * (degree + 2))
    rows = matrix(len(points), free)
    right = matrix(len(points), 1)
    for i, x in enumerate(points):
        for j in range(free):
            rows[i, j] = x ** (len(known) + j) * weight(x)
        right[i] = -error_at(g, weight, known, [], x)
    solution, _ = mp.qr_solve(rows, right)
    return [solution[j] for j in range(free)]


def polynomial(g, weight, low, high, degree, bits, fixed=()):
    known = [mpf(c) for c in fixed]
    while len(known) <= degree:
        known.append(rounded(fit(g, weight, low, high, degree, known)[0], bits))
    worst = max(fabs(error_at(g, weight, known, [], x)) for x in grid(low, high, 2000))
    return known, worst


def series(terms):
    """A function given by its power series where the closed form cancels."""
    def value(x):
        total = mpf(0)
        for k, c in terms:
            total += c * x ** k
        return total
    return value


HALF_LN2 = log(mpf(2)) / 2 * mpf("1.0001")
S_MAX = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.0001")


def exp_tail(r):  # (e^r - 1 - r) / r^2
    if fabs(r) < mpf("0.01"):
        return series([(k, 1 / mp.factorial(k + 2)) for k in range(25)])(r)
    return (exp(r) - 1 - r) / r ** 2


def log_tail(z):  # (log((1+s)/(1-s)) - 2s) / (s z) with z = s^2
    return series([(k, mpf(2) / (2 * k + 3)) for k in range(60)])(z)


# name: function, weight of the error, interval, degree, bits, coefficients that are fixed
TABLE = {
    "exp_f64": (exp_tail, lambda r: r * r + mpf("1e-4"), -HALF_LN2, HALF_LN2, 9, 64, [0.5]),
    "exp_f32": (exp_tail, lambda r: r * r + mpf("1e-4"), -HALF_LN2, HALF_LN2, 4, 32, [0.5]),
    "log_f64": (log_tail, lambda z: z + mpf("1e-4"), mpf(0), S_MAX, 6, 64, []),
    "log_f32": (log_tail, lambda z: z + mpf("1e-4"), mpf(0), S_MAX, 3, 32, []),
}


def main():
    for name in sys.argv[1:] or TABLE:
        g, weight, low, high, degree, bits, fixed = TABLE[name]
        coefficients, worst = polynomial(g, weight, low, high, degree, bits, fixed)
        print(f"{name}: error {mp.nstr(worst, 3)} = 2^{mp.nstr(mp.log(worst, 2), 4)}")
        for c in coefficients:
            print(f"    {float(c)!r}")


if __name__ == "__main__":
    main()
