"""Random expressions on tensors, shared arrays and function values."""

import itertools

from fuzz import tree
from fuzz.dtypes import (FLOATS, INTS, NUMBERS, PROMOTE, SCALARS, SIGNED, dtype_of, int_range, is_composed,
                         is_float, is_int, is_tensor, parts, shape_of, shaped, size_of)
from fuzz.tables import (BINARY, COMPARE, FLOAT_TESTS, FLOAT_UNARY, INT_BINARY, PAIRS, UNARY, fits)

LARGEST = 200           # elements of a tensor in between
SUMS = {"f64": ("f64",), "f32": ("f32",), "i64": ("i64", "i32", "i16", "i8", "bool"),
        "u64": ("u64", "u32", "u16", "u8")}


def list_text(numbers):
    return "[" + ", ".join(map(str, numbers)) + "]"


class TensorExpressions:
    """Needs Expressions; `tensor_types` is empty where a program has no tensors."""

    # -- types

    def tensor_dtype(self):
        return self.weighted([(5, "f64"), (4, "f32"), (4, "i64"), (3, "i32"), (1, "bool"), (1, "u8"),
                              (0.7, "i8"), (0.7, "u32"), (0.7, "i16"), (0.5, "u64"), (0.5, "u16")])

    def make_tensor_types(self):
        """The few types of a program, so that its variables fit together."""
        n, m = self.pick([1, 2, 3, 3, 4, 5]), self.pick([2, 2, 3, 4])
        if self.chance(0.5):  # small tensors become variables, large ones lie in memory
            n, m = self.rng.randrange(5, 9), self.pick([3, 4, 5])
        long = self.weighted([(4, self.rng.randrange(8, 30)), (1, self.rng.randrange(129, 150))])
        shapes = [(n,), (m, n)] + [(long,)] * (n > 4 or self.chance(0.35)) + \
            [(2, m, n)] * self.chance(0.2 if n <= 4 else 0.1) + [(n, n)] * self.chance(0.3)
        dtypes = [self.tensor_dtype(), self.tensor_dtype()]
        self.tensor_types = [shaped(self.pick(dtypes), shape) for shape in shapes for _ in range(2)]

    def tensor_type(self):
        if self.chance(0.85):
            return self.pick(self.tensor_types)
        return shaped(self.tensor_dtype(), self.pick(self.tensor_types)[2])

    def part_shape(self, shape):
        """A shape that is broadcast to this one."""
        first = self.weighted([(5, 0), (1, self.rng.randrange(0, len(shape) + 1)), (1.5, len(shape))])
        return tuple(1 if self.chance(0.12) else extent for extent in shape[first:])

    # -- what there is

    def tensors_in_scope(self, assignable=False):
        """(place, type) of all tensors that variables hold."""
        found = []

        def visit(place, a_type, depth):
            if is_tensor(a_type):
                found.append((place, a_type))
            elif is_composed(a_type) and depth < 3:
                for selector, part in parts(a_type):
                    visit(tree.Part(place, selector, part), part, depth + 1)

        for variable in self.scope.variables():
            if variable.assignable or not assignable:
                visit(tree.Var(variable.name, variable.type), variable.type, 0)
        return found

    def sources(self, dtypes):
        """The same with shared arrays, of some dtypes."""
        shared = [(tree.Var(param.name, param.type), param.type) for param in self.scope.shared
                  if not param.run_time]
        return [(place, a_type) for place, a_type in self.tensors_in_scope() + shared
                if a_type[1] in dtypes]

    # -- indexes

    def at(self, extent, size=None):
        """An index in range for an extent (known by a name at run time: `size`); in programs that fault
        perhaps not."""
        calls, self.scope.calls = self.scope.calls, False
        found = self.any_at(extent, size)
        self.scope.calls = calls
        return ["at", found]

    def any_at(self, extent, size):
        if self.scope.faulty and self.chance(0.2):
            anything = self.data(self.pick(INTS), 0)
            if isinstance(anything, (tree.Var, tree.Part, tree.Cast)):
                return anything  # a constant out of range would be an error
        loops = [var for var, bound in self.scope.indexes if bound <= extent]
        if loops and self.chance(0.6):
            return self.pick(loops)
        if size is None and self.chance(0.35):
            return tree.Lit(self.rng.randrange(-extent, extent), "int")
        dtype = self.pick([one for one in INTS if extent <= int_range(one)[1]])
        limit = tree.Lit(extent, "int") if size is None else tree.Var(size, "int")
        mask = (1 << extent.bit_length() - 1) - 1
        if self.chance(0.4):
            return self.bounded(dtype, mask, 0)
        place = tree.Op("mod", [self.data(dtype, 0), limit], dtype, dtype, "{0} % {1}")
        if dtype in SIGNED and self.chance(0.3):
            place = tree.Op("sub", [place, limit], dtype, dtype, "{0} - {1}")
        return place

    def range_axis(self, extent, count):
        """A static slice of an axis with this many elements."""
        if count == extent and self.chance(0.8):
            return ["range", None, None, None]
        if count == 0:
            return ["range", 0, 0, None]
        steps = [step for step in (1, 1, 1, 2, 3) if (count - 1) * step < extent]
        step = self.pick(steps)
        start = self.rng.randrange(0, extent - (count - 1) * step)
        if self.chance(0.15):
            last = start + (count - 1) * step
            return ["range", last, start - 1 if start else None, -step]
        stop = start + (count - 1) * step + 1
        return ["range", start if start or self.chance(0.5) else None,
                None if stop == extent else stop - extent if self.chance(0.2) else stop,
                None if step == 1 else step]

    def region(self, place, shape, size=None):
        """A region of this shape of a tensor, or None. `size`: the first axis is known at run time."""
        have = shape_of(place.type)
        if 1 in shape and size is None and self.chance(0.3):
            at = shape.index(1)
            inner = self.region(place, shape[:at] + shape[at + 1:])
            if inner is None:
                return None
            used = sum(axis[0] != "new" for axis in inner.axes)
            inner.axes += [["range", None, None, None]] * (len(have) - used)
            kept = [index for index, axis in enumerate(inner.axes) if axis[0] != "at"]
            where = kept[at] if at < len(kept) else len(inner.axes)
            inner.axes.insert(where, ["new"])
            inner.type = shaped(have_dtype(place), shape)
            return inner
        fitting = [kept for kept in itertools.combinations(range(1 if size else 0, len(have)), len(shape))
                   if all(have[axis] >= count for axis, count in zip(kept, shape))]
        if not fitting:
            return None
        kept = self.pick(fitting)
        counts = dict(zip(kept, shape))
        axes = [self.range_axis(extent, counts[axis]) if axis in counts else
                self.at(extent, size if axis == 0 else None) for axis, extent in enumerate(have)]
        while len(axes) > 1 and axes[-1] == ["range", None, None, None] and self.chance(0.5):
            axes.pop()
        return tree.Index(place, axes, shaped(have_dtype(place), shape))

    def region_of_some(self, dtype, shape):
        """A region of some variable or shared array that has this dtype and shape, or None."""
        found = self.sources((dtype,))
        found = [(place, None) for place, _ in found]
        found += [(tree.Var(param.name, param.type), param.run_time) for param in self.scope.shared
                  if param.run_time and param.type[1] == dtype]
        self.rng.shuffle(found)
        for place, size in found[:4]:
            made = self.region(place, shape, size)
            if made is not None:
                return made
        return None

    # -- expressions of tensor type

    def tensor_exact(self, a_type, depth):
        dtype, shape = a_type[1], a_type[2]
        self.spend(size_of(shape) / 2)
        if depth <= 0:
            return self.tensor_leaf(a_type)
        choices = [(3, self.tensor_leaf), (7, self.tensor_operation), (2, self.taken_region),
                   (1.2, self.filled), (1.3, self.moved), (1, self.joined), (1.5, self.reduced),
                   (0.8, self.choose), (0.8, self.tensor_cast), (0.5, self.taken), (0.6, self.window)]
        if size_of(shape) <= 6:
            choices.append((1.2, self.literal))
        if dtype in NUMBERS and len(shape) <= 2:
            choices.append((1.2, self.product))
        if self.run_time_params():
            choices.append((1, self.view_reduction))
        made = self.weighted(choices)(a_type, depth)
        return self.tensor_leaf(a_type) if made is None else made

    def tensor_leaf(self, a_type, _depth=0):
        places = self.places_of(a_type)
        if places and self.chance(0.85):
            return self.pick(places)
        made = self.region_of_some(a_type[1], a_type[2]) if self.chance(0.6) else None
        if made is not None:
            return made
        others = [place for place, other in self.tensors_in_scope() if other[2] == a_type[2]]
        if others and self.chance(0.7):
            place = self.pick(others)
            return place if place.type == a_type else tree.Cast(place, a_type)
        return self.filled(a_type, 0)

    def taken_region(self, a_type, _depth):
        return self.region_of_some(a_type[1], a_type[2])

    def literal(self, a_type, depth):
        dtype, shape = a_type[1], a_type[2]
        args = [self.exact(shaped(dtype, shape[1:]), depth - 1) for _ in range(shape[0])]
        if len(shape) == 1 and dtype != "bool":
            for index in range(1, len(args)):
                if self.chance(0.3):
                    args[index] = self.weak_literal(dtype)
        return tree.Array(args, a_type)

    def filled(self, a_type, depth):
        dtype, shape = a_type[1], a_type[2]
        text = list_text(shape) if len(shape) > 1 or self.chance(0.3) else str(shape[0])
        kind = self.weighted([(1, "zeros"), (1, "ones"), (3, "full"),
                              (3 if len(shape) == 1 and dtype != "bool" else 0, "arange"),
                              (1 if len(shape) == 2 and dtype != "bool" else 0, "eye")])
        if kind == "full":
            return tree.Apply("fill", [self.exact(dtype, depth - 1)], {}, a_type, f"full({text}, {{0}})")
        if kind == "arange":
            start, step = self.rng.randrange(0, 4), 1 if shape[0] > 30 else self.rng.randrange(1, 4)
            if is_int(dtype) and start + step * shape[0] > 120:
                start = step = 0
            if step == 0:
                return tree.Apply("fill", [], {"value": 0}, a_type, f"zeros({text}, {dtype})")
            form = f"arange({start}, {start + step * shape[0]}, {step}, dtype={dtype})"
            return tree.Apply("arange", [], {"start": start, "step": step}, a_type, form)
        if kind == "eye":
            k = self.rng.randrange(-1, 2)
            return tree.Apply("eye", [], {"k": k}, a_type, f"eye({shape[0]}, {shape[1]}, {k}, {dtype})")
        return tree.Apply("fill", [], {"value": int(kind == "ones")}, a_type, f"{kind}({text}, {dtype})")

    def moved(self, a_type, depth):
        """reshape or transpose."""
        dtype, shape = a_type[1], a_type[2]
        if len(shape) > 1 and self.chance(0.5):
            perm = list(range(len(shape)))
            while perm == sorted(perm):
                self.rng.shuffle(perm)
            source = [0] * len(shape)
            for axis, old in enumerate(perm):
                source[old] = shape[axis]
            form = f"transpose({{0}}, {list_text(perm)})"
            if perm == sorted(perm, reverse=True):
                form = self.pick(["transpose({0})", "{0}.T", form])
            arg = self.exact(shaped(dtype, source), depth - 1)
            return tree.Apply("transpose", [arg], {"perm": tuple(perm)}, a_type, form)
        size = size_of(shape)
        others = [other[2] for other in self.tensor_types if size_of(other[2]) == size] + [(size,)]
        factor = self.pick([factor for factor in range(1, size + 1) if size % factor == 0] or [1])
        source = self.pick(others + [(factor, size // factor)])
        target = list(shape)
        if self.chance(0.2):
            target[self.rng.randrange(len(target))] = -1
        arg = self.exact(shaped(dtype, source), depth - 1)
        return tree.Apply("reshape", [arg], {}, a_type, f"reshape({{0}}, {list_text(target)})")

    def joined(self, a_type, depth):
        """stack or concatenate."""
        dtype, shape = a_type[1], a_type[2]
        axis = self.rng.randrange(len(shape))
        extent = shape[axis]
        if extent <= 3 and len(shape) > 1 and self.chance(0.5):
            rest = shape[:axis] + shape[axis + 1:]
            args = [self.exact(shaped(dtype, rest), depth - 1) for _ in range(extent)]
            known = {"axis": axis, "stack": True}
            form = "stack([{}], axis={})"
        elif extent >= 2:
            first = self.rng.randrange(1, extent)
            counts = [first, extent - first]
            args = [self.exact(shaped(dtype, shape[:axis] + (count,) + shape[axis + 1:]), depth - 1)
                    for count in counts]
            known = {"axis": axis, "stack": False}
            form = "concatenate([{}], axis={})"
        else:
            return None
        names = ", ".join(f"{{{index}}}" for index in range(len(args)))
        written = axis if self.chance(0.8) else axis - len(shape)
        return tree.Apply("join", args, known, a_type, form.format(names, written))

    def tensor_cast(self, a_type, depth):
        other = shaped(self.tensor_dtype(), a_type[2])
        form = self.weighted([(10, "{T}({0})"), (1, "cast({0}, {T})"), (1, "{0}.astype({T})")])
        return tree.Cast(self.exact(other, depth - 1), a_type, form) if other != a_type else None

    def taken(self, a_type, depth):
        """x[indexes]: rows by an integer tensor of rank 1."""
        dtype, shape = a_type[1], a_type[2]
        found = [(place, have) for place, have in self.tensors_in_scope()
                 if have[1] == dtype and have[2][1:] == shape[1:]]
        if not found or shape[0] > 8:
            return None
        place, have = self.pick(found)
        calls, self.scope.calls = self.scope.calls, False
        args = [self.any_at(have[2][0], None) for _ in range(shape[0])]
        self.scope.calls = calls
        kinds = {arg.type for arg in args}
        if "u64" in kinds and len(kinds) > 1:
            return None  # with a signed index the literal would be of floats
        kind = dtype_of_all(kinds)
        if kind is None or not all(fits(arg, kind) for arg in args):
            return None
        index = tree.Array(args, shaped(kind, (shape[0],)))
        return tree.Index(place, [["take", index]], a_type)

    def window(self, a_type, depth):
        """slice(x, start, length, axis) with a start of the data."""
        dtype, shape = a_type[1], a_type[2]
        found = []
        for place, have in self.sources((dtype,)):
            if len(have[2]) == len(shape):
                differs = [axis for axis in range(len(shape)) if have[2][axis] != shape[axis]]
                if len(differs) == 1 and have[2][differs[0]] > shape[differs[0]]:
                    found.append((place, have[2], differs[0]))
        if not found:
            return None
        place, have, axis = self.pick(found)
        start = self.at(have[axis] - shape[axis] + 1)[1]
        if isinstance(start, tree.Lit) and start.value < 0 or isinstance(start, tree.Op) and start.op == "sub":
            start = tree.Lit(0, "int")
        known = {"axis": axis, "length": shape[axis]}
        form = f"slice({{0}}, {{1}}, {shape[axis]}" + (f", axis={axis})" if axis else ")")
        return tree.Apply("slice", [place, start], known, a_type, form)

    # -- sums and their like

    def reduced(self, a_type, depth):
        """A reduction that gives this type, or None."""
        dtype, shape = dtype_of(a_type), shape_of(a_type)
        kinds = []
        if dtype in SUMS:
            kinds += [(4, ("reduce", "add", "sum", SUMS[dtype])), (1, ("reduce", "mul", "prod", SUMS[dtype]))]
        if dtype in FLOATS:
            kinds.append((1.5, ("mean", None, "mean", (dtype,))))
        if dtype in NUMBERS:
            kinds += [(1, ("reduce", "max", "max", (dtype,))), (1, ("reduce", "min", "min", (dtype,)))]
        if dtype == "i64":
            kinds += [(1, ("argreduce", "max", "argmax", NUMBERS)), (1, ("argreduce", "min", "argmin", NUMBERS))]
        if dtype == "bool":
            kinds += [(1, ("truth", "or", "any", SCALARS)), (1, ("truth", "and", "all", SCALARS))]
        name, op, word, dtypes = self.weighted(kinds)
        source, axes, keep = self.reduction_source(shape, dtypes, depth, name == "argreduce")
        if source is None:
            return None
        have = shape_of(source.type)
        self.spend(size_of(have))
        options = ""
        if len(axes) < len(have) or keep and self.chance(0.8):
            written = [axis - len(have) if self.chance(0.2) else axis for axis in axes]
            options = f", axis={written[0]}" if len(axes) == 1 else f", axis=({', '.join(map(str, written))})"
        if keep:
            options += ", keepdims=true"
        known = {"op": op, "axes": tuple(axes)}
        return tree.Apply(name, [source], known, a_type, f"{word}({{0}}{options})")

    def reduction_source(self, shape, dtypes, depth, one_axis):
        """A tensor, the axes that go, and whether they are kept with an extent of 1."""
        found = []
        for place, have in self.sources(dtypes):
            rank, gone = len(have[2]), len(have[2]) - len(shape)
            if gone > 0 and (gone == 1 or gone == rank or not one_axis):
                found += [(place, axes) for axes in itertools.combinations(range(rank), gone)
                          if tuple(n for axis, n in enumerate(have[2]) if axis not in axes) == shape]
        if found and self.chance(0.7):
            place, axes = self.pick(found)
            if depth > 1 and self.chance(0.4):
                place = self.exact(place.type, depth - 1)
            return place, axes, False
        if len(shape) >= 3:
            return None, (), False
        count = self.pick([1, 2, 3, 5, 8, 9, 17]) if size_of(shape) <= 6 else 2
        keep = 1 in shape and self.chance(0.5)
        axis = shape.index(1) if keep else self.rng.randrange(len(shape) + 1)
        have = shape[:axis] + (count,) + shape[axis + keep:]
        dtype = self.pick(dtypes)
        if size_of(have) > LARGEST:
            return None, (), False
        return self.exact(shaped(dtype, have), depth - 1), (axis,), keep

    def product(self, a_type, depth):
        """dot, matmul or @."""
        dtype, shape = dtype_of(a_type), shape_of(a_type)
        vectors = [have[2][-1] for _, have in self.sources((dtype,))]
        inner = self.pick(vectors) if vectors and self.chance(0.8) else self.pick([1, 2, 3, 4, 8, 9, 17])
        if inner * max(size_of(shape), 1) > LARGEST:
            inner = 2
        if len(shape) == 0:
            left, right = (inner,), (inner,)
        elif len(shape) == 1:
            left, right = ((shape[0], inner), (inner,)) if self.chance(0.6) else ((inner,), (inner, shape[0]))
        else:
            left, right = (shape[0], inner), (inner, shape[1])
        dtypes = [dtype, dtype]
        pairs = [pair for pair in PAIRS.get(dtype, []) if not {"bool", "int", "float"} & set(pair)]
        if pairs and self.chance(0.15):
            dtypes = self.pick(pairs)
        args = [self.exact(shaped(one, have), depth - 1) for one, have in zip(dtypes, (left, right))]
        self.spend(inner * size_of(shape))
        form = self.pick(["{0} @ {1}", "{0} @ {1}", "dot({0}, {1})", "matmul({0}, {1})"])
        return tree.Apply("dot", args, {}, a_type, form)

    # -- extents known at run time: what has one stands in a reduction over it

    def run_time_params(self):
        return [param for param in self.scope.shared if param.run_time]

    def view(self, param, dtype, shape, depth):
        """An expression of shape (n,) or (n, d), n the extent of a shared array."""
        x = tree.Var(param.name, param.type)
        have, made = param.type[2], None
        if depth > 0 and self.chance(0.5):
            op = self.weighted([(3, "add"), (2, "sub"), (3, "mul"), (1, "max")])
            if dtype == "bool":
                return tree.Op("ne", [self.view(param, "i32", shape, depth - 1), self.exact("i32", 1)], "i32",
                               shaped("bool", shape), "{0} != {1}")
            other = self.exact(shaped(dtype, self.pick([(), shape[1:]])), 1)
            return tree.Op(op, [self.view(param, dtype, shape, depth - 1), other], dtype, shaped(dtype, shape),
                           self.pick(BINARY[op]))
        if have == shape:
            made = x
        elif len(have) == len(shape) + 1 and param.type[1] in NUMBERS and self.chance(0.5) and len(shape) == 1:
            made = tree.Apply("dot", [x, self.exact(shaped(param.type[1], have[1:]), 1)], {},
                              shaped(param.type[1], shape), "{0} @ {1}")
        else:
            axes = [["range", None, None, None]] * len(shape) + [self.at(e) for e in have[len(shape):]]
            made = tree.Index(x, axes, shaped(param.type[1], have[:len(shape)]))
        return made if param.type[1] == dtype else tree.Cast(made, shaped(dtype, shape))

    def view_reduction(self, a_type, depth):
        """A reduction or product over an extent of run time, or None."""
        dtype, shape = dtype_of(a_type), shape_of(a_type)
        params = self.run_time_params()
        if not params or len(shape) > 1:
            return None
        param = self.pick(params)
        n = param.type[2][:1]
        calls, self.scope.calls = self.scope.calls, False
        made = self.view_product(param, dtype, n) if not shape and dtype in NUMBERS and self.chance(0.3) else \
            self.view_reduced(param, dtype, shape, n, depth)
        self.scope.calls = calls
        return made

    def view_product(self, param, dtype, n):
        args = [self.view(param, dtype, n, 1), self.view(param, dtype, n, 0)]
        form = self.pick(["{0} @ {1}", "dot({0}, {1})"])
        return tree.Apply("dot", args, {"run_time": True}, dtype, form)

    def view_reduced(self, param, dtype, shape, n, depth):
        have, axes = n + shape, (0,)
        if not shape and len(param.type[2]) > 1 and self.chance(0.4):
            have, axes = param.type[2][:2], (0, 1)
        if param.type[2][:len(have)] != have:
            return None
        kinds = [(2, ("reduce", "max", "max", dtype)), (2, ("reduce", "min", "min", dtype))] \
            if dtype in NUMBERS else [(1, ("truth", "or", "any", "bool")), (1, ("truth", "and", "all", "bool"))]
        if dtype in SUMS:
            kinds += [(5, ("reduce", "add", "sum", self.pick(SUMS[dtype]))), (1, ("reduce", "mul", "prod", dtype))]
        name, op, word, source_type = self.weighted(kinds)
        source = self.view(param, source_type, have, min(depth, 2))
        axis = ", axis=0" if shape or len(have) == 1 and self.chance(0.2) else ""
        return tree.Apply(name, [source], {"op": op, "axes": axes, "run_time": True}, shaped(dtype, shape),
                          f"{word}({{0}}{axis})")

    # -- elementwise

    def tensor_operation(self, a_type, depth):
        dtype = a_type[1]
        if dtype == "bool":
            return self.weighted([(4, self.tensor_comparison), (2, self.tensor_logic),
                                  (1, self.tensor_test)])(a_type, depth)
        choices = [(8, self.tensor_binary), (2, self.tensor_unary), (1.5, self.tensor_select),
                   (0.7, self.tensor_power), (0.6, self.tensor_clip)]
        if is_float(dtype):
            choices += [(2, self.tensor_quotient), (3, self.tensor_function), (1, self.tensor_fused)]
        else:
            choices += [(3, self.tensor_bits)]
        return self.weighted(choices)(a_type, depth)

    def tensor_args(self, dtype, shape, depth, count, weak=True):
        """Operands of a dtype that are broadcast to the shape; one of a pair may be weak or narrower."""
        whole = self.rng.randrange(count)
        shapes = [shape if index == whole else self.part_shape(shape) for index in range(count)]
        dtypes = [dtype] * count
        kind = self.weighted([(5, "same"), (3 if weak else 0, "weak"), (1.5, "mixed")]) if count == 2 else "same"
        pairs = [pair for pair in PAIRS.get(dtype, []) if not {"bool", "int", "float"} & set(pair)]
        if kind == "mixed" and pairs:
            dtypes = list(self.pick(pairs))
        args = [self.exact(shaped(one, have), depth - 1) for one, have in zip(dtypes, shapes)]
        if kind == "weak":
            args[1 - whole] = self.weak_operand(dtype, shape)
        return args

    def weak_operand(self, dtype, shape):
        if self.chance(0.8) or shape[-1] > 5:
            return self.weak_literal(dtype)
        word = "float" if is_float(dtype) else "int"
        values = [tree.Lit(self.literal_value(word), word) for _ in range(shape[-1])]
        return tree.Array(values, shaped(word, shape[-1:]))

    def tensor_op(self, op, args, operand, a_type, form):
        return tree.Op(op, args, operand, a_type, form)

    def tensor_binary(self, a_type, depth):
        op = self.weighted([(4, "add"), (3, "sub"), (3, "mul"), (1, "floordiv"), (1, "mod"), (1, "max"),
                            (1, "min")])
        args = self.tensor_args(a_type[1], a_type[2], depth, 2)
        return tree.Op(op, args, a_type[1], a_type, self.pick(BINARY[op]))

    def tensor_bits(self, a_type, depth):
        op = self.pick(list(INT_BINARY))
        args = self.tensor_args(a_type[1], a_type[2], depth, 2)
        return tree.Op(op, args, a_type[1], a_type, self.pick(INT_BINARY[op]))

    def tensor_unary(self, a_type, depth):
        op = self.weighted([(2, "neg"), (1, "abs"), (1, "sign"), (1 if is_int(a_type[1]) else 0, "not")])
        form = "~{0}" if op == "not" else UNARY[op][0]
        return tree.Op(op, [self.exact(a_type, depth - 1)], a_type[1], a_type, form)

    def tensor_select(self, a_type, depth):
        dtype, shape = a_type[1], a_type[2]
        cond = self.exact(shaped("bool", self.part_shape(shape)), depth - 1)
        args = [cond] + self.tensor_args(dtype, shape, depth, 2)
        return tree.Op("select", args, dtype, a_type, "where({0}, {1}, {2})")

    def tensor_power(self, a_type, depth):
        dtype = a_type[1]
        base = self.exact(a_type, depth - 1)
        if is_int(dtype):
            exponent = tree.Lit(self.rng.randrange(0, 5), "int")
        else:
            exponent = tree.Lit(self.pick([2, 3, 1]), "int") if self.chance(0.6) else \
                tree.Lit(self.pick([0.5, 1.5, 2.0]), "float")
        return tree.Op("pow", [base, exponent], dtype, a_type, "{0} ** {1}")

    def tensor_clip(self, a_type, depth):
        args = [self.exact(a_type, depth - 1)] + [self.exact(a_type[1], depth - 1) for _ in range(2)]
        return tree.Op("clip", args, a_type[1], a_type, "clip({0}, {1}, {2})")

    def tensor_quotient(self, a_type, depth):
        dtype, shape = a_type[1], a_type[2]
        if dtype == "f64" and self.chance(0.3):
            args = [self.exact(shaped(self.pick(INTS), have), depth - 1)
                    for have in (shape, self.part_shape(shape))]
        else:
            args = self.tensor_args(dtype, shape, depth, 2)
        return tree.Op("div", args, dtype, a_type, "{0} / {1}")

    def tensor_function(self, a_type, depth):
        op = self.pick(list(FLOAT_UNARY))
        return tree.Op(op, [self.exact(a_type, depth - 1)], a_type[1], a_type, FLOAT_UNARY[op][0])

    def tensor_fused(self, a_type, depth):
        args = self.tensor_args(a_type[1], a_type[2], depth, 3)
        return tree.Op("fma", args, a_type[1], a_type, "fma({0}, {1}, {2})")

    def tensor_comparison(self, a_type, depth):
        op = self.pick(list(COMPARE))
        operand = self.tensor_dtype()
        operand = "i64" if operand == "bool" else operand
        args = self.tensor_args(operand, a_type[2], depth, 2)
        return tree.Op(op, args, operand, a_type, COMPARE[op])

    def tensor_logic(self, a_type, depth):
        op = self.pick(["and", "or", "xor", "not"])
        if op == "not":
            return tree.Op(op, [self.exact(a_type, depth - 1)], "bool", a_type, "~{0}")
        args = [self.exact(shaped("bool", have), depth - 1)
                for have in (a_type[2], self.part_shape(a_type[2]))]
        return tree.Op(op, args, "bool", a_type, INT_BINARY[op][0])

    def tensor_test(self, a_type, depth):
        dtype, op = self.pick(FLOATS), self.pick(FLOAT_TESTS)
        return tree.Op(op, [self.exact(shaped(dtype, a_type[2]), depth - 1)], dtype, a_type, op + "({0})")

    # -- scalars made from tensors

    def scalar_of_tensors(self, dtype, depth):
        """An element, a reduction or a product that gives this scalar, or None."""
        choices = [(4, lambda: self.region_of_some(dtype, ())), (2, lambda: self.reduced(dtype, depth))]
        if dtype in NUMBERS:
            choices.append((1, lambda: self.product(dtype, depth)))
        if self.run_time_params():
            choices.append((3, lambda: self.view_reduction(dtype, depth)))
        return self.weighted(choices)()

    # -- function values

    def call_of_value(self, a_type, depth):
        """A call of a function that is a parameter, if one gives this type."""
        found = [(name, kind) for name, kind in self.scope.function_values if kind[2] == a_type]
        if not found or not self.chance(0.4):
            return None
        name, kind = self.pick(found)
        return tree.CallValue(name, [self.exact(param, depth - 1) for param in kind[1]], a_type)

    def lambda_of(self, kind, depth):
        """A lambda of a type ("fn", (T, ...), R), which may capture what is in scope."""
        self.scope.frames.append([])
        calls, self.scope.calls = self.scope.calls, False
        values, self.scope.function_values = self.scope.function_values, []
        params = [(self.new_name("q"), param) for param in kind[1]]
        for name, param in params:
            self.scope.add(name, param, False)
        outer, self.scope.in_lambda = self.scope.in_lambda, True
        body = self.exact(kind[2], max(depth, 1))
        self.scope.in_lambda = outer
        self.scope.frames.pop()
        self.scope.calls, self.scope.function_values = calls, values
        return tree.Lambda(params, body, kind)


def have_dtype(place):
    return place.type[1]


def dtype_of_all(kinds):
    """The dtype of a literal of these, None if it is no integer."""
    found = None
    for kind in sorted(kinds):
        found = kind if found is None else PROMOTE.get((found, kind))
    if found == "int":
        return "i64"
    return found if found in INTS else None
