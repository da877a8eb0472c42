"""Random well-typed programs. All loops and recursion are small by construction; whether a program
may fault is decided beforehand."""

import dataclasses
import random

from fuzz import tree
from fuzz.dtypes import (INTS, NUMBERS, SIGNED, WEAK, dtype_of, int_range, is_composed, is_float, is_int,
                         is_tensor, parts, shaped)
from fuzz.expressions import Expressions, Scope
from fuzz.recursion import Recursion
from fuzz.tensor_programs import TensorPrograms

COST_LIMIT = 2500   # estimated operations one example may take
TENSOR_SHARE = 0.36  # of the programs


@dataclasses.dataclass
class Callee:
    """A function that may be called: what calls need to know."""
    function: object
    cost: float
    bounded: dict       # parameter -> mask for its argument

    @property
    def params(self):
        return self.function.params

    @property
    def result(self):
        return self.function.result


@dataclasses.dataclass
class Wishes:
    """What a program shall have."""
    loops: bool         # one whose rounds depend on the data
    recursion: bool     # 3 deep, not by tail calls
    faulty: bool        # in some example
    trap: bool          # a first parameter that makes an example fault or run for ever
    tensors: bool = False   # of rank 1 and more
    shared: bool = False    # arrays that all examples read
    functions: bool = False # lambdas and parameters that are functions


class Generator(Expressions, Recursion, TensorPrograms):
    def __init__(self, seed, wishes=None):
        self.rng = random.Random(seed)
        self.wishes = wishes or Wishes(self.chance(0.72), self.chance(0.5), self.chance(0.11),
                                       self.chance(0.3), self.chance(TENSOR_SHARE))
        if self.wishes.tensors and wishes is None:
            self.wishes.shared, self.wishes.functions = self.chance(0.4), self.chance(0.85)
        self.seed = seed
        self.numbers = 0
        self.structs, self.consts, self.functions, self.callees = [], [], [], []
        self.tensor_types, self.shared_params = [], []
        self.scope = None
        self.groups = 0
        self.spent = 0.0

    # -- bookkeeping

    def new_name(self, prefix):
        self.numbers += 1
        return f"{prefix}{self.numbers}"

    def spend(self, cost):
        self.spent += cost * self.scope.times

    def affordable(self, cost):
        return self.spent + cost * self.scope.times <= self.limit

    def callables(self, a_type):
        return [callee for callee in self.callees
                if callee.result == a_type and self.affordable(callee.cost) and not self.in_own_cycle(callee)]

    def in_own_cycle(self, callee):
        """Calls into the own cycle are made by `recursion` alone, so that they end."""
        function = self.scope.function
        return function is not None and function.group and callee.function.group == function.group

    # -- types and declarations

    def any_type(self, depth=1):
        return self.weighted([(7, self.scalar_type), (1.2 if depth else 0, self.tuple_type),
                              (4 if self.tensor_types else 0, self.tensor_type),
                              (1.2 if self.structs else 0, lambda: self.pick(self.structs))])()

    def tuple_type(self):
        return ("tuple",) + tuple(self.any_type(0) for _ in range(self.rng.randrange(1, 4)))

    def struct_type(self):
        fields = tuple((name, self.any_type(1)) for name in "abcd"[:self.rng.randrange(1, 5)])
        return ("struct", self.new_name("S")) + fields

    def declarations(self):
        if self.wishes.tensors:
            self.make_tensor_types()
        if self.wishes.shared:
            self.make_shared()
        for _ in range(self.weighted([(5, 0), (3, 1), (2, 2)])):
            self.structs.append(self.struct_type())
        for _ in range(self.weighted([(5, 0), (3, 1), (2, 2)])):
            dtype = self.weighted([(2, "int"), (2, "float"), (3, self.scalar_type())])
            value = self.literal_value(dtype)
            weak = dtype if dtype in WEAK + ("bool",) else "float" if is_float(dtype) else "int"
            self.consts.append((self.new_name("K"), dtype, tree.Lit(value, weak)))

    # -- statements

    def block(self, count, depth):
        """A nested block with a scope of its own."""
        self.scope.frames.append([])
        statements = self.statements(count, depth)
        self.scope.frames.pop()
        return statements

    def statements(self, count, depth):
        found = []
        for _ in range(count):
            if self.spent > self.limit:
                break
            found += self.statement(depth)
            if self.chance(0.02) and isinstance(found[-1], (tree.Assign, tree.Update, tree.If, tree.While,
                                                            tree.For, tree.Do)):
                found[-1] = tree.Sync(found[-1])
        return found

    def statement(self, depth):
        """One statement, at times with declarations before it."""
        choices = [(5, self.let), (2.5, self.var), (5, self.assign), (4, self.update),
                   (0.7, self.assign_many), (0.8, self.late_var), (0.9, self.call_statement),
                   (0.5, self.assertion)]
        if depth > 0:
            choices += [(4, self.branch), (0.8, self.early_return)]
            if self.affordable(30):
                choices += [(1.4, self.for_loop), (1.4, self.while_loop)]
                if self.tensor_types:
                    choices += [(1.6, self.filling_loop), (0.7, self.each_loop)]
                if self.scope.shared:
                    choices += [(1.2, self.shared_loop)]
        if self.scope.loops:
            choices += [(1.0, self.jump)]
        if self.tensor_types:
            choices += [(1.5, self.copy_and_change)]
        if self.scope.faulty:
            choices += [(0.8, self.fault)]
        return self.weighted(choices)(depth)

    def expr_depth(self):
        return self.weighted([(3, 1), (4, 2), (2, 3)])

    def let(self, _depth):
        a_type = self.any_type()
        if is_composed(a_type) and a_type[0] == "tuple" and self.chance(0.7):
            value = self.exact(a_type, self.expr_depth())
            pattern = self.pattern(a_type)
            statement = tree.Let(pattern, a_type, value, self.chance(0.4))
            self.declare(pattern, a_type, statement.mutable)
            return [statement]
        name = self.new_name("x")
        annotated = self.chance(0.3)
        value = (self.loose if annotated else self.exact)(a_type, self.expr_depth())
        self.scope.add(name, a_type, False)
        return [tree.Let(name, a_type, value, False, a_type if annotated else None)]

    def pattern(self, a_type):
        """A nested pattern of names; parts that are structs get one name."""
        if not is_composed(a_type) or a_type[0] == "struct" or self.chance(0.1):
            return "_" if self.chance(0.1) else self.new_name("x")
        if len(a_type) == 2:
            return self.new_name("x")  # "(x) = (1,)" would be no pattern
        return [self.pattern(part) for part in a_type[1:]]

    def declare(self, pattern, a_type, assignable):
        if isinstance(pattern, str):
            if pattern != "_":
                self.scope.add(pattern, a_type, assignable)
            return
        for part, part_type in zip(pattern, a_type[1:]):
            self.declare(part, part_type, assignable)

    def var(self, _depth):
        name = self.new_name("v")
        if self.chance(0.2):
            # A weak start: the first strong value stored decides (L10).
            dtype, weak = self.pick([("i64", "int"), ("f64", "float"), ("f32", "float"), ("i32", "int"),
                                     ("u64", "int"), ("f32", "int")])
            start = tree.Let(name, dtype, tree.Lit(self.literal_value(weak), weak), True)
            # A cast is strong whatever stands in it, also a variable whose type is not fixed yet.
            value = self.cast_of(self.exact(dtype, self.expr_depth()), dtype)
            fix = tree.Assign([tree.Var(name, dtype)], value)
            self.scope.add(name, dtype, True)
            return [start, fix]
        a_type = self.any_type()
        annotated = self.chance(0.3)
        value = (self.loose if annotated else self.exact)(a_type, self.expr_depth())
        self.scope.add(name, a_type, True)
        return [tree.Let(name, a_type, value, True, a_type if annotated else None)]

    def assignable(self, filter_type=lambda a_type: True):
        """A random place that may be stored to, or None."""
        variables = [v for v in self.scope.variables() if v.assignable]
        for _ in range(4):
            if not variables:
                return None
            variable = self.pick(variables)
            place, a_type = tree.Var(variable.name, variable.type), variable.type
            while is_composed(a_type) and self.chance(0.7):
                selector, part = self.pick(parts(a_type))
                place, a_type = tree.Part(place, selector, part), part
            if is_tensor(a_type) and self.chance(0.65):
                place = self.region_place(place)
                a_type = place.type
            if filter_type(a_type):
                return place
        return None

    def assign(self, depth):
        place = self.assignable()
        if place is None:
            return self.var(depth)
        a_type = place.type
        if isinstance(place, tree.Index) and is_tensor(a_type):
            a_type = shaped(a_type[1], self.part_shape(a_type[2]))
        return [tree.Assign([place], self.loose(a_type, self.expr_depth()))]

    def assign_many(self, depth):
        first = self.assignable()
        second = self.assignable(lambda a_type: first is not None and a_type == first.type)
        if second is None:
            return self.assign(depth)
        a_type = ("tuple", first.type, second.type)
        value = tree.Tuple([second, first], a_type) if self.chance(0.4) else \
            tree.Tuple([self.exact(first.type, 2), self.exact(second.type, 2)], a_type)
        return [tree.Assign([first, second], value)]

    def update(self, depth):
        place = self.assignable(lambda a_type: dtype_of(a_type) in NUMBERS)
        if place is None:
            return self.assign(depth)
        dtype = dtype_of(place.type)
        signs = [("+", "add"), ("-", "sub"), ("*", "mul"), ("//", "floordiv"), ("%", "mod")]
        signs += [("/", "div")] if is_float(dtype) else \
            [("&", "and"), ("|", "or"), ("^", "xor"), ("<<", "shl"), (">>", "shr")]
        sign, op = self.pick(signs)
        shape = self.part_shape(place.type[2]) if is_tensor(place.type) else ()
        value = self.loose(shaped(dtype, shape), self.expr_depth())
        operation = tree.Op(op, [place, value], dtype, place.type, "{0} " + sign + " {1}")
        return [tree.Update(place, operation, sign)]

    def late_var(self, depth):
        """A variable without a value, set in both arms."""
        name, a_type = self.new_name("v"), self.any_type()
        place = tree.Var(name, a_type)
        cond = self.condition(2)

        def arm(_):
            statements = self.block(self.rng.randrange(0, 2), depth - 1)
            if statements and isinstance(statements[-1], (tree.Jump, tree.Return, tree.Fault)):
                return statements
            return statements + [tree.Assign([place], self.loose(a_type, 2))]

        arms = self.paths(2, arm)
        self.scope.add(name, a_type, True)
        return [tree.Let(name, a_type, None, True, a_type), tree.If(cond, *arms)]

    def call_statement(self, depth):
        callees = [callee for callee in self.callees
                   if self.affordable(callee.cost) and not self.in_own_cycle(callee)]
        if not callees or not self.scope.calls:
            return self.let(depth)
        callee = self.pick(callees)
        call = self.call(callee, 2)
        if call is None:
            return self.let(depth)
        has_inout = any(param.inout for param in callee.params)
        return [tree.Do(call, not has_inout or self.chance(0.3))]

    def branch(self, depth):
        cond = self.condition(self.expr_depth())
        both = self.chance(0.6)
        arms = self.paths(2, lambda index: self.block(self.rng.randrange(1, 4), depth - 1)
                          if index == 0 or both else [])
        return [tree.If(cond, arms[0] or [self.filler()], arms[1])]

    def filler(self):
        return tree.Let("_", "bool", self.leaf("bool"), False)

    def early_return(self, depth):
        """`return` in an arm, at times nested in loops."""
        cond = self.condition(self.expr_depth())
        self.scope.frames.append([])
        body = self.statements(self.rng.randrange(0, 2), depth - 1)
        if not ends(body):
            body.append(tree.Return(self.loose(self.scope.function.result, 2)))
        self.scope.frames.pop()
        return [tree.If(cond, body, [])]

    def jump(self, _depth):
        cond = self.condition(2)
        return [tree.If(cond, [tree.Jump(self.pick(["break", "continue"]))], [])]

    def assertion(self, _depth):
        """Holds always, unless the program is to fault."""
        if self.scope.faulty and self.chance(0.5):
            return [tree.Assert(self.condition(3), self.new_name("may fail "))]
        dtype = self.pick(INTS)
        value = self.bounded(dtype, 7, 2)
        cond = tree.Op("lt", [value, tree.Lit(8, "int")], dtype, "bool", "{0} < {1}")
        if self.chance(0.3):
            cond = tree.Logic("or", [self.condition(1), cond])
        return [tree.Assert(cond, self.new_name("holds "))]

    def fault(self, _depth):
        return [tree.If(self.condition(3), [tree.Fault(self.new_name("random "))], [])]

    # -- loops

    def loop_body(self, rounds, depth, before):
        """Statements run about `rounds` times; `before` are put first."""
        outer = self.scope.times
        calls = self.scope.recursion
        self.scope.recursion = []
        self.scope.times = outer * rounds
        self.scope.loops += 1
        body = before + self.block(self.rng.randrange(1, 4), depth - 1)
        self.scope.loops -= 1
        self.scope.times = outer
        self.scope.recursion = calls
        return body

    def loop_condition(self):
        """Evaluated in each round, so without calls into the own cycle."""
        calls, self.scope.recursion = self.scope.recursion, []
        times, self.scope.times = self.scope.times, self.scope.times * 4
        cond = self.condition(2)
        self.scope.recursion, self.scope.times = calls, times
        return cond

    def for_loop(self, depth):
        mask, rounds = self.pick([1, 3, 3, 7]), 4
        is_long = self.scope.loops == 0 and self.scope.times <= 1 and self.affordable(900)
        kind = self.weighted([(4, "data"), (2, "weak"), (1, "edge"), (2, "step"), (2 * is_long, "long")])
        name = self.new_name("k")
        step = None
        dtype = self.pick(INTS)
        if kind == "weak":
            begin, end, dtype = tree.Lit(0, "int"), tree.Lit(self.rng.randrange(0, 6), "int"), "int"
            if self.chance(0.3):
                begin, end, step = end, begin, tree.Lit(self.pick([-1, -2]), "int")
        elif kind == "edge":
            begin, end, step = self.edge_range(dtype)
        elif kind == "step":
            begin = self.bounded(dtype, 3, 2)
            end = self.bounded(dtype, 7, 2)
            step = self.step_of(dtype)
        else:
            begin = tree.Lit(0, "int") if self.chance(0.7) else self.bounded(dtype, 1, 2)
            if kind == "long":
                mask, rounds, depth = 127, 64, 1
            end = self.bounded(dtype, mask, 2)
        self.scope.frames.append([])
        self.scope.add(name, dtype, False)
        body = self.loop_body(rounds, depth, [])
        self.scope.frames.pop()
        return [tree.For(name, dtype, begin, end, step, body)]

    def step_of(self, dtype):
        if dtype in SIGNED and self.chance(0.6):
            if self.chance(0.5):
                return tree.Lit(self.pick([-1, -2, 2]), "int")
            return tree.Op("sub", [self.bounded(dtype, 3, 1), tree.Lit(1, "int")], dtype, dtype,
                           "{0} - {1}")  # -1, 0, 1, 2: rounds of a run-time step 0 are none
        return tree.Lit(self.pick([1, 2, 3]), "int") if self.chance(0.6) else self.bounded(dtype, 3, 1)

    def edge_range(self, dtype):
        """Close to the ends of the type, where a counter would overflow."""
        low, high = int_range(dtype)
        if dtype in SIGNED and self.chance(0.5):
            return (tree.Lit(low + 6, dtype), tree.Lit(low + 1, dtype),
                    tree.Lit(self.pick([-1, -2, -4]), "int"))
        return (tree.Lit(high - self.rng.randrange(1, 7), dtype), tree.Lit(high, dtype),
                tree.Lit(self.pick([1, 2, 3, 5]), "int"))

    def while_loop(self, depth):
        return self.weighted([(3, self.counting_down), (2, self.counting_up), (2, self.endless_form),
                              (1.5, self.euclid)])(depth)

    def counting_down(self, depth):
        """var c = data & mask; while c > 0 { c -= 1 ... }"""
        dtype = self.pick(INTS)
        name = self.new_name("w")
        place = tree.Var(name, dtype)
        start = tree.Let(name, dtype, self.bounded(dtype, self.pick([3, 7]), 2), True)
        cond = tree.Op("gt", [place, tree.Lit(0, "int")], dtype, "bool", "{0} > {1}")
        if self.chance(0.4):
            cond = tree.Logic("and", [cond, self.loop_condition()])
        less = tree.Op("sub", [place, tree.Lit(1, "int")], dtype, dtype, "{0} - {1}")
        self.scope.add(name, dtype, False)
        return [start, tree.While(cond, self.loop_body(4, depth, [tree.Update(place, less, "-")]))]

    def counter(self):
        name = self.new_name("w")
        place = tree.Var(name, "i64")
        more = tree.Op("add", [place, tree.Lit(1, "int")], "i64", "i64", "{0} + {1}")
        self.scope.add(name, "i64", False)
        start = tree.Let(name, "i64", tree.Lit(0, "int"), True)
        return start, place, tree.Update(place, more, "+")

    def counting_up(self, depth):
        """while (data) and c < limit { c += 1 ... }"""
        start, place, more = self.counter()
        limit = tree.Op("lt", [place, tree.Lit(self.rng.randrange(2, 9), "int")], "i64", "bool",
                        "{0} < {1}")
        cond = tree.Logic("and", [self.loop_condition(), limit] if self.chance(0.6)
                          else [limit, self.loop_condition()])
        return [start, tree.While(cond, self.loop_body(3, depth, [more]))]

    def endless_form(self, depth):
        """while true { c += 1; if c > limit or (data) { break } ... }"""
        start, place, more = self.counter()
        limit = tree.Op("gt", [place, tree.Lit(self.rng.randrange(2, 8), "int")], "i64", "bool",
                        "{0} > {1}")
        leave = tree.If(tree.Logic("or", [limit, self.loop_condition()]), [tree.Jump("break")], [])
        return [start, tree.While(tree.Lit(True, "bool"), self.loop_body(3, depth, [more, leave]))]

    def euclid(self, _depth):
        """while b != 0 { a, b = b, a % b }"""
        dtype = self.pick(INTS)
        a, b = self.new_name("a"), self.new_name("b")
        pair = ("tuple", dtype, dtype)
        start = tree.Let([a, b], pair, tree.Tuple([self.exact(dtype, 1), self.exact(dtype, 1)], pair),
                         True)
        place_a, place_b = tree.Var(a, dtype), tree.Var(b, dtype)
        cond = tree.Op("ne", [place_b, tree.Lit(0, "int")], dtype, "bool", "{0} != {1}")
        rest = tree.Op("mod", [place_a, place_b], dtype, dtype, "{0} % {1}")
        self.spend(60)
        swap = tree.Assign([place_a, place_b], tree.Tuple([place_b, rest], pair))
        self.scope.add(a, dtype, True)
        self.scope.add(b, dtype, True)
        body = [swap]
        if self.chance(0.4):
            self.scope.frames[-1][-1].assignable = self.scope.frames[-1][-2].assignable = False
            body += self.loop_body(8, 0, [])
        return [start, tree.While(cond, body)]

    # -- functions

    def helper(self):
        """A function that does not recurse."""
        name = self.new_name("h")
        params = []
        for _ in range(self.rng.randrange(1, 4)):
            a_type = self.any_type()
            inout = self.chance(0.15)
            annotated = inout or self.chance(0.75)
            params.append(tree.Param(self.new_name("p"), a_type, inout, annotated))
        sizes = {}
        if self.shared_params and self.chance(0.5):
            params.append(self.shared_param(sizes))
        if self.wishes.functions and self.chance(0.8):
            params.append(self.function_param())
        function = tree.Function(name, params, self.any_type(), [], annotated=self.chance(0.7), sizes=sizes)
        self.begin(function, self.limit / 12)
        function.body = self.body(self.rng.randrange(1, 5), 2)
        self.finish(function, {})

    def begin(self, function, limit, times=1.0):
        self.scope = Scope(function, times)
        self.scope.faulty = self.wishes.faulty
        for param in function.params:
            if param.shared:
                self.scope.shared.append(param)
            elif param.type[0] == "fn":
                self.scope.function_values.append((param.name, param.type))
            else:
                self.scope.add(param.name, param.type, True)
        self.outer = (self.spent, self.limit)
        self.spent, self.limit = 0.0, limit

    def finish(self, function, bounded, factor=1.0):
        if self.chance(0.15):
            function.attributes.append((self.pick(["inline", "noinline", "sync"]),))
        cost = self.spent * factor + 2
        self.spent, self.limit = self.outer
        self.functions.append(function)
        callee = Callee(function, cost, bounded)
        self.callees.append(callee)
        return callee

    def callee_of(self, function, cost):
        return Callee(function, cost, {})

    def body(self, count, depth):
        statements = self.statements(count, depth)
        function = self.scope.function
        value = (self.loose if function.annotated else self.exact)(function.result, self.expr_depth())
        return statements + [tree.Return(value)]

    def generic(self):
        """One text with unannotated parameters, used with several types."""
        name = self.new_name("g")
        depth = self.rng.randrange(1, 4)
        seed = self.rng.randrange(1 << 30)
        p, q = self.new_name("p"), self.new_name("q")
        for dtype in self.rng.sample(NUMBERS, self.rng.randrange(2, 4)):
            params = [tree.Param(p, dtype, False, False), tree.Param(q, dtype, False, False)]
            value = generic_value(random.Random(seed), [tree.Var(p, dtype), tree.Var(q, dtype)], dtype,
                                  depth)
            limit = tree.Op("gt", [tree.Var(p, dtype), tree.Var(q, dtype)], dtype, "bool", "{0} > {1}")
            body = [tree.If(limit, [tree.Return(tree.Var(q, dtype))], []), tree.Return(value)]
            function = tree.Function(f"{name}_{dtype}", params, dtype, body, annotated=False,
                                     instance_of=name)
            self.functions.append(function)
            self.callees.append(Callee(function, 10, {}))

    def entry(self):
        params = [tree.Param(self.new_name("p"), self.any_type(), self.chance(0.08))
                  for _ in range(self.rng.randrange(1, 5))]
        if not any(is_int(dtype) for param in params for dtype in [param.type]):
            params.append(tree.Param(self.new_name("p"), self.pick(INTS)))
        if self.wishes.trap:
            params.insert(0, tree.Param("trap", "u8"))
        params += self.shared_params
        count = self.rng.randrange(1, 5)
        result = self.pick(self.structs) if self.structs and self.chance(0.2) else \
            self.scalar_type() if count == 1 else ("tuple",) + tuple(self.any_type(0) for _ in range(count))
        sizes = {param.run_time: param.type[2][0] for param in self.shared_params if param.run_time}
        function = tree.Function("main", params, result, [], exported=True, sizes=sizes)
        self.begin(function, COST_LIMIT)
        if self.wishes.trap:
            self.scope.frames[0][0].assignable = False
        statements = self.statements(self.rng.randrange(0, 3), 1)
        for callee in self.callees:
            statements += self.use(callee)
        if self.wishes.loops or self.chance(0.4):
            loop = self.for_loop if self.chance(0.4) else self.while_loop
            statements += loop(3)
        statements += self.statements(self.rng.randrange(1, 4), 3)
        if self.wishes.trap:
            self.functions.append(spin_function())
            statements = trap_statements(self.functions[-1]) + statements
        function.body = statements + [tree.Return(self.final(result))]
        self.functions.append(function)
        self.limits(function)

    def use(self, callee):
        """A call of a function, so that each is reached; its result stays in scope."""
        if callee.bounded and not self.affordable(callee.cost):
            callee.bounded = {name: min(mask, 3) for name, mask in callee.bounded.items()}
        call = self.call(callee, 1)
        if call is None or not (callee.bounded or self.chance(0.6)):
            return []
        name = self.new_name("x")
        self.scope.add(name, callee.result, False)
        return [tree.Let(name, callee.result, call, False)]

    def final(self, a_type):
        """The result: made of variables where there are some, so that what was computed is seen."""
        if not is_composed(a_type):
            places = self.places_of(a_type)
            return self.pick(places[-4:]) if places and self.chance(0.6) else self.exact(a_type, 2)
        if a_type[0] == "tuple":
            return tree.Tuple([self.final(part) for part in a_type[1:]], a_type)
        args = [self.final(part) for _, part in a_type[2:]]
        return tree.Struct(args, a_type, list(range(len(args))))

    def limits(self, entry):
        """@max_depth and @budget: tight in programs that shall fault, wide in others."""
        cyclic = [function for function in self.functions if function.group]
        budget = not self.wishes.trap  # an endless example shall not fault
        if self.wishes.faulty:
            if cyclic and self.chance(0.6):
                self.pick(cyclic).attributes.append(("max_depth", self.rng.randrange(1, 5)))
            if budget and self.chance(0.35):
                entry.attributes.append(("budget", self.rng.randrange(1, 30)))
            return
        if cyclic and self.chance(0.25):
            self.pick(cyclic).attributes.append(("max_depth", self.rng.randrange(20, 90)))
        if budget and self.chance(0.08):
            entry.attributes.append(("budget", self.rng.randrange(20000, 1000000)))

    def program(self):
        self.limit = COST_LIMIT
        self.scope = Scope(None)
        self.declarations()
        for _ in range(self.weighted([(3, 0), (4, 1), (2, 2)])):
            self.helper()
        if self.chance(0.15):
            self.generic()
        if self.tensor_types and self.chance(0.4):
            self.size_generic()
        if self.wishes.recursion or self.chance(0.4):
            kind = self.recursive()
            if self.chance(0.6 if kind in ("tail", "mutual_tail") else 0.15):
                self.recursive()
        self.entry()
        return tree.Program(self.structs, self.consts, reached(self.functions))


def reached(functions):
    """Without functions that no call reaches; instances of one text stay together."""
    keys, waiting = set(), [functions[-1]]
    while waiting:
        function = waiting.pop()
        if function.key() in keys:
            continue
        keys.add(function.key())
        for other in functions:
            if other.key() == function.key():
                waiting += [node.callee for node in tree.walk(other.body) if isinstance(node, tree.Call)]
    return [function for function in functions if function.key() in keys]


def ends(statements):
    return bool(statements) and isinstance(statements[-1], (tree.Jump, tree.Return, tree.Fault))


def trap_statements(spin):
    """77 faults, 98 never ends in a loop of its own, 99 in one with calls; other values do nothing."""
    def test(value):
        return tree.Op("eq", [tree.Var("trap", "u8"), tree.Lit(value, "int")], "u8", "bool", "{0} == {1}")

    return [tree.If(test(77), [tree.Fault("trapped")], []),
            tree.While(test(98), [tree.Let("_", "u8", tree.Var("trap", "u8"), False)]),
            tree.While(test(99), [tree.Do(tree.Call(spin, [tree.Var("trap", "u8")], "u8"), True)])]


def spin_function():
    """A call that cannot be left out."""
    place = tree.Var("n", "u8")
    never = tree.Op("eq", [place, tree.Lit(100, "int")], "u8", "bool", "{0} == {1}")
    body = [tree.If(never, [tree.Fault("never")], []), tree.Return(place)]
    return tree.Function("spin", [tree.Param("n", "u8")], "u8", body, [("noinline",)])


def generic_value(rng, variables, dtype, depth):
    """An expression that is well typed for every number type."""
    if depth == 0:
        return variables[rng.randrange(len(variables))]
    op, form = rng.choice([("add", "{0} + {1}"), ("sub", "{0} - {1}"), ("mul", "{0} * {1}"),
                           ("max", "maximum({0}, {1})"), ("mod", "{0} % {1}")])
    left = generic_value(rng, variables, dtype, depth - 1)
    right = tree.Lit(rng.randrange(1, 9), "int") if rng.random() < 0.3 else \
        generic_value(rng, variables, dtype, depth - 1)
    return tree.Op(op, [left, right], dtype, dtype, form)
