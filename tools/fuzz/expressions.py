"""Random well-typed expressions. `Scope` knows what may be used where; `Expressions` makes trees of a
wanted type."""

import dataclasses

from fuzz import tree
from fuzz.dtypes import (BITS, FLOATS, INTS, NUMBERS, PROMOTE, SCALARS, dtype_of, int_range, is_composed,
                         is_float, is_int, is_scalar, is_tensor, parts, shape_of, shaped)
from fuzz.tables import (BINARY, BITS_OF, COMPARE, FLOAT_TESTS, FLOAT_UNARY, INT_BINARY, PAIRS, UNARY, fits)
from fuzz.tensor_expressions import TensorExpressions

@dataclasses.dataclass
class Variable:
    name: str
    type: object
    assignable: bool


class Scope:
    """Where an expression or statement stands: what it may use, and how often it will run."""

    def __init__(self, function, times=1.0):
        self.function = function
        self.frames = [[]]
        self.times = times          # estimated executions per run of the function
        self.loops = 0
        self.calls = True           # may contain calls
        self.recursion = []         # calls into the own cycle that may still be made on this path
        self.faulty = False
        self.indexes = []           # (variable, bound) of loops: 0 <= variable < bound
        self.shared = []            # parameters
        self.function_values = []   # (name, type) of parameters that are functions
        self.in_lambda = False      # Python has no statements in a lambda

    def variables(self):
        return [variable for frame in self.frames for variable in frame]

    def add(self, name, a_type, assignable):
        self.frames[-1].append(Variable(name, a_type, assignable))


class Expressions(TensorExpressions):
    """Needs from the class that mixes it in: rng, scope, callables(type), spend(cost), new_name()."""

    # -- picks

    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, items):
        return items[self.rng.randrange(len(items))]

    def weighted(self, pairs):
        """One of [(weight, thing), ...]."""
        total = self.rng.random() * sum(weight for weight, _ in pairs)
        for weight, thing in pairs:
            total -= weight
            if total < 0:
                return thing
        return pairs[-1][1]

    def scalar_type(self):
        return self.weighted([(6, "i64"), (5, "i32"), (5, "f64"), (4, "f32"), (2, "bool"), (2, "u8"),
                              (2, "i8"), (2, "u32"), (2, "u64"), (2, "i16"), (2, "u16")])

    # -- places and leaves

    def places_of(self, a_type, assignable=False):
        """Variables and their parts of exactly this type."""
        found = []

        def visit(place, place_type, depth):
            if place_type == a_type:
                found.append(place)
            if is_composed(place_type) and depth < 3:
                for selector, part in parts(place_type):
                    visit(tree.Part(place, selector, part), part, depth + 1)

        for variable in self.scope.variables():
            if variable.assignable or not assignable:
                visit(tree.Var(variable.name, variable.type), variable.type, 0)
        return found

    def literal_value(self, dtype):
        """A value, often small, sometimes at an edge."""
        if dtype == "bool":
            return self.chance(0.5)
        if dtype in ("float",) + FLOATS:
            return self.weighted([(4, float(self.rng.randrange(-4, 5))),
                                  (4, round(self.rng.uniform(-8, 8), 2)),
                                  (1, self.pick([0.5, 1e-3, 1e6, 0.1, -0.25, 100.0]))])
        if dtype == "int":
            return self.rng.randrange(0, 10)
        low, high = int_range(dtype)
        return self.weighted([(8, self.rng.randrange(max(low, -5), 10)),
                              (1, self.pick([high, low + 1, high - 1, 63, high >> 1])),
                              (1, self.rng.randrange(low + 1, high))])

    def weak_literal(self, target):
        """A weak literal that fits beside or into `target`."""
        if is_float(target) and self.chance(0.6):
            return tree.Lit(self.literal_value("float"), "float")
        low, high = int_range(target) if is_int(target) else (-20, 20)
        value = self.weighted([(6, self.rng.randrange(max(low, 0), 8)),
                               (2, self.rng.randrange(max(low, -8), 16)),
                               (1, self.pick([high, high - 1, max(low + 1, -100)]))])
        return tree.Lit(value, "int")

    def leaf(self, a_type):
        """A variable, a part, a constant or a literal of exactly this type."""
        places = self.places_of(a_type)
        if places and self.chance(0.85):
            return self.pick(places)
        if is_tensor(a_type):
            return self.tensor_leaf(a_type)
        if not is_scalar(a_type):
            return self.composed(a_type, 0)
        if a_type in ("int", "float"):
            return tree.Lit(self.literal_value(a_type), a_type)
        constants = [tree.Var(name, dtype) for name, dtype, _ in self.consts if dtype == a_type]
        if constants and self.chance(0.3):
            return self.pick(constants)
        others = [place for dtype in SCALARS if dtype != a_type for place in self.places_of(dtype)]
        if others and self.chance(0.85):
            return self.cast_of(self.pick(others), a_type)
        return tree.Lit(self.literal_value(a_type), a_type)

    def cast_of(self, arg, a_type):
        form = self.weighted([(10, "{T}({0})"), (1, "cast({0}, {T})"), (1, "{0}.astype({T})")])
        return tree.Cast(arg, a_type, form)

    # -- expressions

    def exact(self, a_type, depth):
        """An expression of exactly this type."""
        self.spend(1)
        if a_type in ("int", "float"):
            return self.leaf(a_type)
        call = self.maybe_call(a_type, depth)
        if call is not None:
            return call
        value = self.call_of_value(a_type, depth)
        if value is not None:
            return value
        if is_tensor(a_type):
            return self.tensor_exact(a_type, depth)
        if depth <= 0:
            return self.leaf(a_type)
        if is_scalar(a_type) and self.tensor_types and self.chance(0.25):
            made = self.scalar_of_tensors(a_type, depth)
            if made is not None:
                return made
        if not is_scalar(a_type):
            return self.weighted([(3, self.leaf), (3, lambda t: self.composed(t, depth)),
                                  (1, lambda t: self.choose(t, depth))])(a_type)
        if a_type == "bool":
            return self.condition(depth)
        return self.weighted([(2, lambda: self.leaf(a_type)),
                              (8, lambda: self.operation(a_type, depth)),
                              (1, lambda: self.choose(a_type, depth)),
                              (1.5, lambda: self.cast_of(self.exact(self.scalar_type(), depth - 1),
                                                         a_type))])()

    def loose(self, a_type, depth):
        """An expression that converts to this type (L11): mostly exact, at times weak or narrower."""
        if a_type in NUMBERS and self.chance(0.2):
            if self.chance(0.5):
                return self.weak_literal(a_type)
            narrower = [dtype for dtype in SCALARS if PROMOTE[dtype, a_type] == a_type]
            return self.exact(self.pick(narrower), depth)
        if is_tensor(a_type) and a_type[1] in NUMBERS and self.chance(0.12):
            narrower = [dtype for dtype in SCALARS if PROMOTE[dtype, a_type[1]] == a_type[1]]
            return self.exact(shaped(self.pick(narrower), a_type[2]), depth)
        return self.exact(a_type, depth)

    def composed(self, a_type, depth):
        if a_type[0] == "tuple":
            return tree.Tuple([self.exact(part, depth - 1) for part in a_type[1:]], a_type)
        order = list(range(len(a_type) - 2))
        if self.chance(0.4):
            self.rng.shuffle(order)
        args = [None] * len(order)
        for index in order:
            args[index] = self.loose(a_type[2 + index][1], depth - 1)
        return tree.Struct(args, a_type, order)

    def maybe_call(self, a_type, depth):
        """A call that gives this type, if one is to be made here."""
        if not self.scope.calls:
            return None
        for index, (callee, make) in enumerate(self.scope.recursion):
            if callee.result == a_type and self.chance(0.6):
                del self.scope.recursion[index]
                return make(depth)
        if not self.chance(0.12):
            return None
        callees = self.callables(a_type)
        return self.call(self.pick(callees), depth - 1) if callees else None

    def call(self, callee, depth):
        """A call with random arguments; inout ones need assignable places with different roots. None
        where there is no place."""
        roots = set()
        args = [None] * len(callee.params)
        for index, param in enumerate(callee.params):
            if not param.inout:
                continue
            places = [place for place in self.inout_places(param.type) if root(place) not in roots]
            if not places:
                return None
            args[index] = self.pick(places)
            roots.add(root(args[index]))
        for index, param in enumerate(callee.params):
            if param.shared:
                have = [one for one in self.scope.shared if one.type == param.type
                        and one.run_time == param.run_time]
                if not have:
                    return None
                args[index] = tree.Var(self.pick(have).name, param.type)
        self.spend(callee.cost)
        for index, param in enumerate(callee.params):
            if args[index] is None:
                if isinstance(param.type, tuple) and param.type[0] == "fn":
                    args[index] = self.lambda_of(param.type, depth)
                elif param.name in callee.bounded:
                    args[index] = self.bounded(param.type, callee.bounded[param.name], depth)
                elif param.annotated:
                    args[index] = self.loose(param.type, depth)
                else:
                    args[index] = self.exact(param.type, depth)
        return tree.Call(callee.function, args, callee.result)

    def inout_places(self, a_type):
        """Places that may be passed: also elements and regions of tensors."""
        places = self.places_of(a_type, True)
        for place, have in self.tensors_in_scope(True):
            if not is_composed(a_type) and have[1] == dtype_of(a_type) and self.chance(0.3):
                made = self.region(place, shape_of(a_type))
                if made is not None and not any(axis[0] == "new" for axis in made.axes):
                    places.append(made)
        return places

    def bounded(self, dtype, mask, depth):
        """An integer between 0 and the mask, mostly from the data."""
        return tree.Op("and", [self.data(dtype, min(depth, 1)), tree.Lit(mask, "int")], dtype, dtype,
                       "{0} & {1}")

    def data(self, dtype, depth):
        """An expression of an integer type that mostly depends on the example."""
        if self.chance(0.25):
            return self.exact(dtype, depth)
        places = [place for other in (dtype,) * 3 + INTS for place in self.places_of(other)
                  if root(place) != "trap"]
        if not places:
            return self.exact(dtype, depth)
        place = self.pick(places)
        return place if place.type == dtype else self.cast_of(place, dtype)

    def choose(self, a_type, depth):
        """`if` as an expression; each arm is its own path for calls into the cycle."""
        cond = self.condition(depth - 1)
        arms = self.paths(2, lambda _: self.arm(a_type, depth))
        return tree.Choose(cond, arms[0], arms[1], a_type)

    def arm(self, a_type, depth):
        self.scope.frames.append([])
        statements = []
        if self.chance(0.2) and not self.scope.in_lambda:
            name, kind = self.new_name("q"), self.scalar_type()
            value = self.exact(kind, depth - 1)
            statements.append(tree.Let(name, kind, value, False))
            self.scope.add(name, kind, False)
        value = self.exact(a_type, depth - 1)
        self.scope.frames.pop()
        return [statements, value]

    def paths(self, count, make):
        """Makes things of which one is taken at run time. What one path has called, the others may
        call, too; afterwards only what no path has called is left."""
        before = list(self.scope.recursion)
        times = self.scope.times
        results, left = [], before
        for index in range(count):
            self.scope.recursion = list(before)
            self.scope.times = times * 0.6
            results.append(make(index))
            left = [item for item in left if item in self.scope.recursion]
        self.scope.recursion = left
        self.scope.times = times
        return results

    def operand_pair(self, a_type, depth, weak=True):
        """Two operands that promote to this type."""
        kind = self.weighted([(5, "same"), (3 if weak else 0, "weak"), (2, "mixed")])
        if kind == "weak":
            strong, literal = self.exact(a_type, depth - 1), self.weak_literal(a_type)
            return [literal, strong] if self.chance(0.25) else [strong, literal]
        if kind == "mixed" and a_type in PAIRS:
            pair = [(a, b) for a, b in PAIRS[a_type] if "bool" not in (a, b) and not {a, b} <= {"int", "float"}]
            if pair:
                left, right = self.pick(pair)
                args = [self.exact(left, depth - 1), self.exact(right, depth - 1)]
                if all(fits(arg, a_type) for arg in args):
                    return args
        return [self.exact(a_type, depth - 1), self.exact(a_type, depth - 1)]

    def operation(self, dtype, depth):
        """An operation of the table that gives this number type."""
        choices = [(8, self.binary), (2, self.unary), (1.5, self.select), (1, self.power),
                   (0.5, self.clip)]
        if dtype in BITS_OF:
            choices.append((0.6, self.bits_of))
        if is_float(dtype):
            choices += [(2, self.division), (4, self.float_unary), (1, self.fused), (0.6, self.copysign)]
        else:
            choices += [(4, self.int_binary)]
        return self.weighted(choices)(dtype, depth)

    def binary(self, dtype, depth):
        op = self.weighted([(4, "add"), (3, "sub"), (3, "mul"), (1.3, "floordiv"), (1.3, "mod"),
                            (1, "max"), (1, "min")])
        return tree.Op(op, self.operand_pair(dtype, depth), dtype, dtype, self.pick(BINARY[op]))

    def int_binary(self, dtype, depth):
        op = self.pick(list(INT_BINARY))
        args = self.operand_pair(dtype, depth)
        if op in ("shl", "shr") and self.chance(0.7):
            args = [self.exact(dtype, depth - 1), tree.Lit(self.rng.randrange(0, BITS[dtype] + 2), "int")
                    if BITS[dtype] + 2 <= int_range(dtype)[1] else self.weak_literal(dtype)]
        return tree.Op(op, args, dtype, dtype, self.pick(INT_BINARY[op]))

    def unary(self, dtype, depth):
        op = self.weighted([(2, "neg"), (1, "abs"), (1, "sign"), (1 if is_int(dtype) else 0, "not")])
        form = "~{0}" if op == "not" else UNARY[op][0]
        return tree.Op(op, [self.exact(dtype, depth - 1)], dtype, dtype, form)

    def select(self, dtype, depth):
        cond = self.condition(depth - 1)
        return tree.Op("select", [cond] + self.operand_pair(dtype, depth), dtype, dtype,
                       "where({0}, {1}, {2})")

    def power(self, dtype, depth):
        base = self.exact(dtype, depth - 1)
        if is_int(dtype):
            exponent = tree.Lit(self.rng.randrange(0, 5), "int") if self.chance(0.5) else \
                self.bounded(dtype, self.pick([3, 7]), depth - 1)
        elif self.chance(0.5):
            exponent = tree.Lit(self.pick([2, 3, 1, 0, -1, -2]), "int") if self.chance(0.6) else \
                tree.Lit(self.pick([0.5, 1.5, 2.0, -0.5]), "float")
        else:
            exponent = self.exact(dtype, depth - 1)
        return tree.Op("pow", [base, exponent], dtype, dtype, "{0} ** {1}")

    def division(self, dtype, depth):
        """`/`; of integers it gives f64."""
        if dtype == "f64" and self.chance(0.4):
            left, right = self.pick(INTS), self.pick(INTS)
            args = [self.exact(left, depth - 1), self.exact(right, depth - 1)]
        else:
            args = self.operand_pair(dtype, depth)
        return tree.Op("div", args, dtype, dtype, "{0} / {1}")

    def float_unary(self, dtype, depth):
        op = self.pick(list(FLOAT_UNARY))
        arg = self.exact(dtype, depth - 1)
        if op not in ("floor", "ceil", "trunc", "round") and self.chance(0.15):
            wide = {"f64": ("i32", "i64", "u32", "u64"), "f32": ("i16", "u16")}[dtype]
            arg = self.exact(self.pick(wide), depth - 1)
        return tree.Op(op, [arg], dtype, dtype, FLOAT_UNARY[op][0])

    def clip(self, dtype, depth):
        """clip(x, low, high) is minimum(maximum(x, low), high)."""
        args = [self.exact(dtype, depth - 1)] + self.operand_pair(dtype, depth)
        return tree.Op("clip", args, dtype, dtype, "clip({0}, {1}, {2})")

    def fused(self, dtype, depth):
        args = [self.exact(dtype, depth - 1) for _ in range(3)]
        return tree.Op("fma", args, dtype, dtype, "fma({0}, {1}, {2})")

    def bits_of(self, dtype, depth):
        op, other = BITS_OF[dtype]
        return tree.Op(op, [self.exact(other, depth - 1)], other, dtype, op + "({0})")

    def copysign(self, dtype, depth):
        args = [self.exact(dtype, depth - 1) for _ in range(2)]
        return tree.Op("copysign", args, dtype, dtype, "copysign({0}, {1})")

    # -- conditions

    def condition(self, depth):
        """An expression of type bool."""
        if depth <= 0:
            return self.leaf("bool") if self.chance(0.3) else self.comparison(1)
        return self.weighted([(8, self.comparison), (3, self.logic), (1.5, self.bool_operation),
                              (1, self.float_test), (1, lambda _: self.leaf("bool"))])(depth)

    def comparison(self, depth):
        op = self.pick(list(COMPARE))
        if op in ("eq", "ne") and self.chance(0.1):
            return self.pattern_equality(op)
        operand = self.scalar_type()
        if operand == "bool":
            operand = "i64"
        args = self.operand_pair(operand, depth)
        return tree.Op(op, args, operand, "bool", COMPARE[op])

    def pattern_equality(self, op):
        """== of bools, structs and tuples."""
        composed = [v.type for v in self.scope.variables() if is_composed(v.type)]
        a_type = self.pick(composed) if composed and self.chance(0.7) else "bool"
        args = [self.exact(a_type, 0), self.exact(a_type, 0)]
        return tree.Op(op, args, a_type, "bool", COMPARE[op])

    def logic(self, depth):
        word = self.weighted([(3, "and"), (3, "or"), (2, "not")])
        if word == "not":
            return tree.Logic(word, [self.condition(depth - 1)])
        left = self.condition(depth - 1)
        times, self.scope.times = self.scope.times, self.scope.times * 0.6
        right = self.condition(depth - 1)
        self.scope.times = times
        return tree.Logic(word, [left, right])

    def bool_operation(self, depth):
        op = self.pick(["and", "or", "xor", "not"])
        if op == "not":
            return tree.Op(op, [self.condition(depth - 1)], "bool", "bool", "~{0}")
        args = [self.condition(depth - 1), self.condition(depth - 1)]
        return tree.Op(op, args, "bool", "bool", INT_BINARY[op][0])

    def float_test(self, depth):
        dtype = self.pick(FLOATS)
        op = self.pick(FLOAT_TESTS)
        return tree.Op(op, [self.exact(dtype, depth - 1)], dtype, "bool", op + "({0})")


def root(place):
    while isinstance(place, (tree.Part, tree.Index)):
        place = place.base
    return place.name
