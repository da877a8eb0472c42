"""Statements and declarations with tensors: loops over elements, shared arrays, functions that are
parameters, functions of a size."""

import random

from fuzz import tree
from fuzz.dtypes import NUMBERS, shape_of, shaped, size_of


class TensorPrograms:
    """Needs the Generator that mixes it in."""

    # -- places

    def region_place(self, place):
        """An element or a region of a tensor that may be stored to."""
        shape = shape_of(place.type)
        counts = tuple(self.rng.randrange(1, extent + 1) if self.chance(0.4) else extent
                       for extent in shape if self.chance(0.3))
        target = () if self.chance(0.6) else counts
        while True:
            made = self.region(place, target)
            if made is not None and not any(axis[0] == "new" for axis in made.axes):
                return made
            target = target[1:] if target else ()

    def copy_and_change(self, depth):
        """let y = x; x[i] = e: the old value and the new one, both needed later."""
        found = self.tensors_in_scope(True)
        if not found:
            return self.var(depth)
        place, a_type = self.pick(found)
        name = self.new_name("old")
        mutable = self.chance(0.5)
        copy = tree.Let(name, a_type, place, mutable)
        self.scope.add(name, a_type, mutable)
        target = self.region_place(place if not mutable or self.chance(0.5) else tree.Var(name, a_type))
        return [copy, tree.Assign([target], self.loose(target.type, self.expr_depth()))]

    # -- loops

    def counted(self, extent, size, body):
        """for k in 0..extent; `body` makes the statements, in which k is an index."""
        name = self.new_name("k")
        variable = tree.Var(name, "int")
        self.scope.frames.append([])
        self.scope.add(name, "int", False)
        self.scope.indexes.append((variable, extent))
        end = tree.Lit(extent, "int") if size is None else tree.Var(size, "int")
        made = body(variable)
        self.scope.indexes.pop()
        self.scope.frames.pop()
        return [tree.For(name, "int", tree.Lit(0, "int"), end, None, made)]

    def filling_loop(self, depth):
        """for k in 0..n { x[k] = e; .. }"""
        found = [(place, a_type) for place, a_type in self.tensors_in_scope(True) if a_type[2][0] <= 40]
        if not found:
            return self.var(depth)
        place, a_type = self.pick(found)
        extent = a_type[2][0]

        def body(variable):
            axes = [["at", variable]] + [self.at(have) for have in a_type[2][1:] if self.chance(0.5)]
            target = tree.Index(place, axes, shaped(a_type[1], a_type[2][len(axes):]))
            times, self.scope.times = self.scope.times, self.scope.times * extent
            store = tree.Assign([target], self.loose(target.type, self.expr_depth()))
            self.scope.times = times
            return self.loop_body(extent, depth if self.chance(0.3) else 0, [store])

        return self.counted(extent, None, body)

    def each_loop(self, depth):
        """for row in x { .. }"""
        found = [(place, a_type) for place, a_type in self.tensors_in_scope() if a_type[2][0] <= 20]
        if not found:
            return self.let(depth)
        place, a_type = self.pick(found)
        name = self.new_name("row")
        self.scope.frames.append([])
        self.scope.add(name, shaped(a_type[1], a_type[2][1:]), False)
        body = self.loop_body(a_type[2][0], depth, [])
        self.scope.frames.pop()
        return [tree.ForEach(name, place, body)]

    def shared_loop(self, depth):
        """for k in 0..n { v += X[k].. }"""
        param = self.pick(self.scope.shared)
        extent = param.type[2][0]
        return self.counted(extent, param.run_time or None, lambda _: self.loop_body(extent, depth, []))

    # -- shared arrays

    def make_shared(self):
        size = self.new_name("n")
        count = self.rng.randrange(1, 7)
        for _ in range(self.weighted([(3, 1), (2, 2)])):
            row = self.pick(self.tensor_types + [("", "", ())])[2][:2]
            run_time = size if self.chance(0.6) else ""
            extent = count if run_time else self.rng.randrange(1, 6)
            if size_of(row) > 30:
                row = (2,)
            param = tree.Param(self.new_name("X"), shaped(self.tensor_dtype(), (extent,) + row), shared=True,
                               run_time=run_time)
            if run_time:
                param.extents = (size,) + row
            self.shared_params.append(param)

    def shared_param(self, sizes):
        """A parameter of a helper that takes one of the shared arrays of the entry."""
        one = self.pick(self.shared_params)
        param = tree.Param(self.new_name("X"), one.type, shared=True, run_time=one.run_time,
                           extents=one.extents)
        if one.run_time:
            sizes[one.run_time] = one.type[2][0]
        return param

    # -- functions as parameters

    def function_param(self):
        def some():
            return self.tensor_type() if self.tensor_types and self.chance(0.4) else self.scalar_type()

        kind = ("fn", tuple(some() for _ in range(self.rng.randrange(1, 3))), some())
        return tree.Param(self.new_name("f"), kind, annotated=self.chance(0.7))

    # -- functions of a size

    def size_generic(self):
        """One text with a size parameter, used with several extents."""
        name, size = self.new_name("g"), self.new_name("n")
        x, y = self.new_name("p"), self.new_name("p")
        dtype = self.pick([a_type[1] for a_type in self.tensor_types if a_type[1] in NUMBERS] or ["f64"])
        seed = self.rng.randrange(1 << 30)
        extents = sorted({a_type[2][0] for a_type in self.tensor_types if a_type[2][0] < 40} | {2})
        kind = random.Random(seed).choice(["loop", "reverse", "join"])
        for extent in self.rng.sample(extents, min(len(extents), 3)):
            a_type = shaped(dtype, (extent,))
            params = [tree.Param(one, a_type, extents=(size,)) for one in (x, y)]
            body, result = size_body(kind, tree.Var(x, a_type), tree.Var(y, a_type), size)
            function = tree.Function(f"{name}_{extent}", params, result, body, annotated=False,
                                     instance_of=name, sizes={size: extent})
            self.functions.append(function)
            self.callees.append(self.callee_of(function, 4 * extent + 10))


def size_body(kind, x, y, size):
    """The statements and the result type of a function of two vectors of one size."""
    a_type, dtype = x.type, x.type[1]
    extent = a_type[2][0]
    n = tree.Var(size, "int")
    backwards = tree.Index(y, [["range", None, None, -1]], a_type)
    if kind == "join":
        result = shaped(dtype, (2 * extent,))
        value = tree.Apply("join", [x, tree.Op("add", [y, x], dtype, a_type, "{0} + {1}")],
                           {"axis": 0, "stack": False}, result, "concatenate([{0}, {1}])")
        return [tree.Return(value)], result
    if kind == "reverse":
        value = tree.Op("sub", [tree.Op("mul", [x, backwards], dtype, a_type, "{0} * {1}"), x], dtype, a_type,
                        "{0} - {1}")
        return [tree.Return(value)], a_type
    s, k = tree.Var("s", dtype), tree.Var("k", "int")
    last = tree.Op("sub", [tree.Op("sub", [n, tree.Lit(1, "int")], "int", "int", "{0} - {1}"), k], "int",
                   "int", "{0} - {1}")
    product = tree.Op("mul", [tree.Index(x, [["at", k]], dtype), tree.Index(y, [["at", last]], dtype)],
                      dtype, dtype, "{0} * {1}")
    add = tree.Op("add", [s, product], dtype, dtype, "{0} + {1}")
    start = tree.Let("s", dtype, tree.Index(x, [["at", tree.Lit(0, "int")]], dtype), True)
    loop = tree.For("k", "int", tree.Lit(0, "int"), n, None, [tree.Update(s, add, "+")])
    return [start, loop, tree.Return(s)], dtype
