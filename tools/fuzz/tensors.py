"""The meaning of operations on tensors in Python, written from the rules of the language and NumPy's:
values are flat tuples, row-major; shapes are known when the Python text is made. `NAMES` are the functions
that it calls."""

import itertools

from fuzz.dtypes import size_of


def strides(shape):
    found, stride = [], 1
    for extent in reversed(shape):
        found.append(stride)
        stride *= extent
    return found[::-1]


def places(shape, indexes):
    """Flat places of a region: all combinations of the indexes along each axis, row-major."""
    return [sum(index * stride for index, stride in zip(combination, strides(shape)))
            for combination in itertools.product(*indexes)]


def spread(value, source, target):
    """NumPy's broadcasting of a value of shape `source`, () for a scalar."""
    if source == ():
        return (value,) * size_of(target)
    aligned = (1,) * (len(target) - len(source)) + tuple(source)
    indexes = [range(wide) if have == wide else [0] * wide for have, wide in zip(aligned, target)]
    return tuple([value[place] for place in places(aligned, indexes)])


def pick(value, where):
    return tuple([value[place] for place in where])


def put(value, where, new):
    made = list(value)
    for place, item in zip(where, new):
        made[place] = item
    return tuple(made)


def transpose(value, shape, perm):
    moved = [strides(shape)[axis] for axis in perm]
    indexes = [range(shape[axis]) for axis in perm]
    return tuple([value[sum(i * stride for i, stride in zip(combination, moved))]
                  for combination in itertools.product(*indexes)])


def join(values, shapes, axis):
    """concatenate: rows of each, as long as its part of the axis and all behind."""
    outer = size_of(shapes[0][:axis])
    widths = [size_of(shape[axis:]) for shape in shapes]
    made = []
    for row in range(outer):
        for value, width in zip(values, widths):
            made += value[row * width:(row + 1) * width]
    return tuple(made)


def rows(value, shape, axes):
    """The elements that are reduced together, for each element of the result."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    moved = transpose(value, shape, kept + list(axes))
    count = size_of([shape[axis] for axis in axes])
    return [moved[first:first + count] for first in range(0, len(moved), count)] if count else \
        [()] * size_of([shape[axis] for axis in kept])


def fold(step, row, start):
    """From the first element on, in order."""
    if not row:
        return start
    total = row[0]
    for item in row[1:]:
        total = step(total, item)
    return total


def rounds(step, inner, value, shape, axes, start):
    """A reduction over a first axis whose extent is known at run time: in each round the other axes among
    those reduced, by `inner`; then one round after the other."""
    width = size_of(shape[1:])
    totals = None
    for first in range(0, len(value), width):
        parts = [inner(row) for row in rows(value[first:first + width], shape[1:], axes)]
        totals = [step(total, part) for total, part in zip(totals or [start] * len(parts), parts)]
    return totals


def products_in_order(fma, left, right):
    total = 0.0
    for a, b in zip(left, right):
        total = fma(a, b, total)
    return total


def eight(add, r):
    return add(add(add(r[0], r[1]), add(r[2], r[3])), add(add(r[4], r[5]), add(r[6], r[7])))


def pairwise(add, row):
    """The order of float sums (L6)."""
    if len(row) < 8:
        return fold(add, row, 0.0)
    if len(row) > 128:
        half = len(row) // 2 // 8 * 8
        return add(pairwise(add, row[:half]), pairwise(add, row[half:]))
    whole = len(row) // 8 * 8
    sums = list(row[:8])
    for place in range(8, whole):
        sums[place % 8] = add(sums[place % 8], row[place])
    return fold(add, (eight(add, sums),) + tuple(row[whole:]), 0.0)


def products(fma, add, left, right):
    """The order of float contractions (L6)."""
    whole = len(left) // 8 * 8 if len(left) >= 8 else 0
    total = 0.0
    if whole:
        sums = [0.0] * 8
        for place in range(whole):
            sums[place % 8] = fma(left[place], right[place], sums[place % 8])
        total = eight(add, sums)
    for place in range(whole, len(left)):
        total = fma(left[place], right[place], total)
    return total


def contract(row_by_row, left, right, inner):
    """All rows of one with all rows of the other; rows have `inner` elements."""
    return tuple([row_by_row(left[i:i + inner], right[j:j + inner])
                  for i in range(0, len(left), inner) for j in range(0, len(right), inner)])


def first_place(better, row):
    best = 0
    for place, item in enumerate(row):
        if item != item:
            return place
        if better(item, row[best]):
            best = place
    return best


NAMES = {f"t_{function.__name__}": function for function in (
    places, spread, pick, put, transpose, join, rows, fold, rounds, pairwise, products, products_in_order,
    contract, first_place)}
