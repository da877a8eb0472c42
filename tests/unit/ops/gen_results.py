#!/usr/bin/env python3
"""Writes results.txt: what every operation gives according to NumPy, on edge values and random
ones. Run it by hand (python3 with NumPy 1.24) when operations are added.

    values DTYPE bits ...          the operands, in hexadecimal
    op NAME OPERAND RESULT bits    one result for each value (unary), for each pair i, j of values
                                   with i outermost (binary), z = value (3 i + 5 j) mod n (fma);
                                   select takes value j if i is even, else z
    near NAME DTYPE bits           the same, where two units in the last place are allowed

Where NumPy leaves a result undefined, the rules of the language stand here: shifts by too much are
NumPy's own, powers with negative exponents, conversions out of range, and the nan and zero rules of
max and min are written out."""
import fractions
import math
import random
import sys

import numpy as np

INTS = ['i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64']
FLOATS = ['f32', 'f64']
NUMPY = {'bool': np.bool_, 'f32': np.float32, 'f64': np.float64,
         **{name: np.dtype(name[0] + str(int(name[1:]) // 8)).type for name in INTS}}
EDGE_FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -2.5, 3.0, -7.0, 0.1, 255.5, -128.5, 65536.0,
               2147483647.0, -2147483649.0, 4294967296.0, 9.3e18, -9.3e18, 1.85e19, 1e30, 1e-40,
               math.inf, -math.inf, math.nan]


def values_of(name, rng):
    dtype = NUMPY[name]
    if name == 'bool':
        return np.array([False, True])
    if name in FLOATS:
        more = [rng.uniform(-100, 100) for _ in range(6)] + [5e-324, 1.7e308]
        with np.errstate(all='ignore'):
            return np.array(EDGE_FLOATS + more).astype(dtype)
    info = np.iinfo(dtype)
    edges = [0, 1, 2, 3, 7, 10, info.max, info.max - 1, info.min, info.bits - 1, info.bits]
    edges += [-1, -2, -3, -7, -info.bits, info.min + 1] if info.min < 0 else [info.max // 2 + 1]
    edges += [rng.randint(info.min, info.max) for _ in range(6)]
    return np.array(edges, dtype=dtype)


def bits_of(array):
    array = np.asarray(array)
    if array.dtype == np.bool_:
        return [f'{int(item):x}' for item in array.ravel()]
    unsigned = np.dtype('u' + str(array.dtype.itemsize))
    if array.dtype.kind == 'f':
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array)
    return [f'{int(item):x}' for item in np.ascontiguousarray(array).view(unsigned).ravel()]


def int_power(x, y, name):
    """x ** y in wrapping arithmetic; with y < 0 the exact result truncated: 1, -1 or 0."""
    bits = int(name[1:])
    x, y = int(x), int(y)
    if y < 0:
        result = 1 if x == 1 else (-1 if y % 2 else 1) if x == -1 else 0
    else:
        result = pow(x, y, 1 << bits)
    result %= 1 << bits
    return result - (1 << bits) if name[0] == 'i' and result >> (bits - 1) else result


def saturate(x, name):
    info = np.iinfo(NUMPY[name])
    if math.isnan(x):
        return 0
    if math.isinf(x):
        return info.max if x > 0 else info.min
    return min(max(int(x), info.min), info.max)


def round_fraction(value, name):
    """An exact value as the nearest float, ties to even."""
    if name == 'f64':
        try:
            return value.numerator / value.denominator
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    near = np.float32(value.numerator / value.denominator) if abs(value) < 2**128 else \
        np.float32(math.inf if value > 0 else -math.inf)
    around = [np.nextafter(near, np.float32(-np.inf)), near, np.nextafter(near, np.float32(np.inf))]
    around = [item for item in around if np.isfinite(item)] or [near]
    if abs(value) >= fractions.Fraction(2**128 - 2**103):
        return np.float32(math.inf if value > 0 else -math.inf)
    distance = [(abs(fractions.Fraction(float(item)) - value), int(item.view(np.uint32)) & 1)
                for item in around]
    return around[distance.index(min(distance))]


def exact_fma(x, y, z, name):
    x, y, z = float(x), float(y), float(z)
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        if math.isfinite(x) and math.isfinite(y):
            return z
        with np.errstate(all='ignore'):
            return float(np.float64(x) * np.float64(y) + np.float64(z))
    exact = fractions.Fraction(x) * fractions.Fraction(y) + fractions.Fraction(z)
    if exact == 0:
        product = math.copysign(1, x) * math.copysign(1, y)
        if x and y and z: # they cancel
            return 0.0
        negative = product < 0 and math.copysign(1, z) < 0
        return -0.0 if negative and z == 0 else 0.0
    return round_fraction(exact, name)


def put(kind, name, operand, results, result=None):
    where = f'{operand} {result}' if result else operand
    print(f'{kind} {name} {where} ' + ' '.join(bits_of(results)))


def pairs(values):
    return values[:, None], values[None, :]


def z_of(values):
    """The third operand for pair i, j."""
    n = len(values)
    i, j = np.indices((n, n))
    return values[(3 * i + 5 * j) % n]


def both_numbers(name, values):
    x, y = pairs(values)
    for op, function in [('add', np.add), ('sub', np.subtract), ('mul', np.multiply),
                         ('floordiv', np.floor_divide), ('mod', np.remainder)]:
        put('op', op, name, function(x, y), name)
    for op, function in [('lt', np.less), ('le', np.less_equal), ('gt', np.greater),
                         ('ge', np.greater_equal)]:
        put('op', op, name, function(x, y), 'bool')
    nan = values != values
    put('op', 'max', name, np.where((x > y) | nan[:, None], x, y), name)
    put('op', 'min', name, np.where((x < y) | nan[:, None], x, y), name)
    put('op', 'neg', name, np.negative(values), name)
    put('op', 'abs', name, np.abs(values), name)
    put('op', 'sign', name, np.sign(values), name)


def integers(name, values):
    x, y = pairs(values)
    both_numbers(name, values)
    put('op', 'shl', name, np.left_shift(x, y), name)
    put('op', 'shr', name, np.right_shift(x, y), name)
    power = [int_power(a, b, name) for a in values for b in values]
    put('op', 'pow', name, np.array(power, dtype=NUMPY[name]), name)
    if name in ('u32', 'u64'):
        put('op', 'from_bits', name, values.view(NUMPY['f' + name[1:]]), 'f' + name[1:])


def floats(name, values):
    x, y = pairs(values)
    both_numbers(name, values)
    put('op', 'div', name, np.divide(x, y), name)
    for op, function in [('sqrt', np.sqrt), ('floor', np.floor), ('ceil', np.ceil),
                         ('trunc', np.trunc), ('round', np.rint)]:
        put('op', op, name, function(values), name)
    for op, function in [('isnan', np.isnan), ('isinf', np.isinf), ('isfinite', np.isfinite)]:
        put('op', op, name, function(values), 'bool')
    put('op', 'signbit', name, np.signbit(values) & ~np.isnan(values), 'bool')
    put('op', 'copysign', name, np.copysign(x, np.where(np.isnan(y), 1, y)).astype(NUMPY[name]),
        name)
    fused = [exact_fma(a, b, c, name) for a, b, c in
             zip(np.broadcast_to(x, (len(values),) * 2).ravel(),
                 np.broadcast_to(y, (len(values),) * 2).ravel(), z_of(values).ravel())]
    put('op', 'fma', name, np.array(fused).astype(NUMPY[name]), name)
    canonical = np.where(np.isnan(values), values.dtype.type(np.nan), values)
    unsigned = 'u' + name[1:]
    put('op', 'to_bits', name, canonical.view(NUMPY[unsigned]), unsigned)
    wide = values.astype(np.float64)
    for op, function in [('exp', np.exp), ('log', np.log), ('sin', np.sin), ('cos', np.cos),
                         ('tan', np.tan), ('tanh', np.tanh)]:
        put('near', op, name, function(wide).astype(NUMPY[name]))
    put('near', 'pow', name, np.power(wide[:, None], wide[None, :]).astype(NUMPY[name]))


def casts(values):
    for source in values:
        for target in values:
            if source == target:
                continue
            if source in FLOATS and target in INTS:
                result = np.array([saturate(float(x), target) for x in values[source]],
                                  dtype=NUMPY[target])
            else:
                result = values[source].astype(NUMPY[target])
            put('op', 'cast', source, result, target)


def main():
    rng = random.Random(20)
    np.seterr(all='ignore')
    values = {name: values_of(name, rng) for name in ['bool'] + INTS + FLOATS}
    for name, array in values.items():
        print(f'values {name} ' + ' '.join(bits_of(array)))
    for name in values:
        x, y = pairs(values[name])
        put('op', 'eq', name, x == y, 'bool')
        put('op', 'ne', name, x != y, 'bool')
        even = np.arange(len(values[name]))[:, None] % 2 == 0
        chosen = np.where(even, y, z_of(values[name]))
        put('op', 'select', name, chosen, name)
        if name not in FLOATS:
            for op, function in [('and', np.bitwise_and), ('or', np.bitwise_or),
                                 ('xor', np.bitwise_xor)]:
                put('op', op, name, function(x, y), name)
            put('op', 'not', name, np.invert(values[name]), name)
    for name in INTS:
        integers(name, values[name])
    for name in FLOATS:
        floats(name, values[name])
    casts(values)


sys.exit(main())
