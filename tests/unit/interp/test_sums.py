#!/usr/bin/env python3
"""The order of sums, bit for bit: test_sums.py SUMS_TOOL. `add` of floats is compared with np.sum of
contiguous arrays; products and contractions with models in exact arithmetic that round once for each
operation of the language's rule."""
import fractions
import random
import subprocess
import sys

import numpy as np

DTYPES = {'f32': np.float32, 'f64': np.float64, 'i8': np.int8, 'u16': np.uint16, 'i32': np.int32,
          'i64': np.int64, 'u64': np.uint64}
SIZES = list(range(1001)) + [1024, 4095, 8192]
LARGE = [8200, 20001]  # NumPy adds up pieces of 8192, its buffer: the rule stands for itself here


def rounded(exact, dtype):
    """The nearest value of a float dtype, ties to even. Halves of the last place decide, so rounding by way
    of f64 would be wrong for f32."""
    if exact == 0:
        return dtype(0)
    info = np.finfo(dtype)
    sign, size = (-1 if exact < 0 else 1), abs(exact)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if size < fractions.Fraction(2) ** exponent:
        exponent -= 1
    unit = fractions.Fraction(2) ** (max(exponent, int(info.minexp)) - int(info.nmant))
    whole = round(size / unit)  # ties to even
    return dtype(sign * float(whole * unit)) if whole * unit <= fractions.Fraction(float(info.max)) \
        else dtype(sign * np.inf)


def fma(a, b, c):
    exact = fractions.Fraction(float(a)) * fractions.Fraction(float(b)) + fractions.Fraction(float(c))
    return rounded(exact, type(c)) if exact else c + a * b


def contract(a, b):
    kind = type(a[0]) if len(a) else np.float64
    whole = len(a) - len(a) % 8 if len(a) >= 8 else 0
    total = kind(0)
    if whole:
        sums = [kind(0)] * 8
        for i in range(whole):
            sums[i % 8] = fma(a[i], b[i], sums[i % 8])
        total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    for i in range(whole, len(a)):
        total = fma(a[i], b[i], total)
    return total


def pairwise(row):
    if len(row) <= 128:
        return np.sum(row)
    half = len(row) // 2 // 8 * 8
    return pairwise(row[:half]) + pairwise(row[half:])


def in_order(op, row):
    total = row[0] if len(row) else row.dtype.type(0 if op == 'add' else 1)
    for item in row[1:]:
        total = {'add': lambda x, y: x + y, 'mul': lambda x, y: x * y,
                 'max': lambda x, y: x if x > y or x != x else y,
                 'min': lambda x, y: x if x < y or x != x else y}[op](total, item)
    return total


def floats(rng, dtype, count, wide):
    row = rng.standard_normal(count) * np.exp(rng.uniform(-wide, wide, count))
    return row.astype(dtype)


def integers(rng, dtype, count):
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, count, dtype=dtype, endpoint=True)


class Requests:
    def __init__(self):
        self.data, self.expected = [], []

    def add(self, op, name, rows, expected):
        self.data.append(f'{op} {name} {len(rows[0])}\n'.encode())
        self.data += [row.tobytes() for row in rows]
        self.expected.append((f'{op} {name}[{len(rows[0])}]', np.asarray(expected, DTYPES[name])))

    def run(self, tool):
        out = subprocess.run([tool], input=b''.join(self.data), stdout=subprocess.PIPE, check=True).stdout
        at, wrong = 0, []
        for what, expected in self.expected:
            got = out[at:at + expected.nbytes]
            at += expected.nbytes
            if got != expected.tobytes():
                value = np.frombuffer(got, expected.dtype)
                wrong.append(f'{what}: {value} instead of {expected}')
        return wrong


def requests():
    made, rng = Requests(), np.random.default_rng(3)
    random.seed(3)
    for count in SIZES:
        for name in ('f32', 'f64'):
            row = floats(rng, DTYPES[name], count, 3)
            made.add('add', name, [row], np.sum(row))
            if count < 300 or count > 4000:
                rows = [floats(rng, DTYPES[name], count, 2) for _ in range(2)]
                made.add('contract', name, rows, contract(*rows))
    for count in LARGE:
        for name in ('f32', 'f64'):
            row = floats(rng, DTYPES[name], count, 3)
            made.add('add', name, [row], pairwise(row))
    for count in (1, 2, 7, 8, 9, 100):
        for name in ('f32', 'f64'):
            row = floats(rng, DTYPES[name], count, 1)
            for op in ('mul', 'min', 'max'):
                made.add(op, name, [row], in_order(op, row))
            # What the start of a sum would show: NumPy from 1.25 on keeps the sign, 1.24 starts from +0.
            made.add('add', name, [np.full(count, -0.0, DTYPES[name])], -0.0)
            made.add('add', name, [np.full(count, -np.inf, DTYPES[name])], -np.inf)
        for name in ('i8', 'u16', 'i32', 'i64', 'u64'):
            dtype = DTYPES[name]
            row, other = integers(rng, dtype, count), integers(rng, dtype, count)
            made.add('add', name, [row], np.sum(row, dtype=dtype))
            made.add('mul', name, [row], np.prod(row, dtype=dtype))
            made.add('max', name, [row], np.max(row))
            made.add('min', name, [row], np.min(row))
            made.add('contract', name, [row, other], np.dot(row, other))
    return made


def main():
    np.seterr(all='ignore')
    wrong = requests().run(sys.argv[1])
    print('\n'.join(wrong[:20]) or 'sums: all agree')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
