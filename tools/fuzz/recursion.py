"""Random groups of functions that call each other: linear and tree recursion, mutual, by tail calls
and not, with inout parameters, calls in loops, in arms and in `and`/`or`."""

from fuzz import tree
from fuzz.dtypes import INTS, is_scalar
from fuzz.evaluate import walk


class Recursion:
    """Needs the Generator that mixes it in."""

    def recursive(self):
        """Makes a group of functions; says of which kind."""
        kind = self.weighted([(3, "linear"), (3, "tree"), (3, "mutual"), (2, "tail"),
                              (2, "mutual_tail"), (2, "mixed"), (1.5, "loop")])
        count = 1
        if kind in ("mutual", "mutual_tail"):
            count = self.weighted([(4, 2), (1, 3)])
        elif kind == "tree" and self.chance(0.3):
            count = 2
        self.groups += 1
        functions = self.signatures(kind, count)
        for index, function in enumerate(functions):
            self.recursive_body(kind, functions, index)
        return kind

    def signatures(self, kind, count):
        """The functions of a group, without bodies: equal results, so that tail calls are ones."""
        result = self.any_type()
        counter = self.pick(INTS)
        has_inout = kind != "tail" and kind != "mutual_tail" and self.chance(0.2) or self.chance(0.08)
        inout = self.scalar_type() if has_inout else None
        functions = []
        for _ in range(count):
            params = [tree.Param(self.new_name("n"), counter)]
            for _ in range(self.rng.randrange(0, 3)):
                params.append(tree.Param(self.new_name("p"), self.any_type()))
            if inout:
                params.append(tree.Param(self.new_name("io"), inout, True))
            function = tree.Function(self.new_name("r"), params, result, [], group=self.groups)
            # The base case decides an inferred result: only where it is exact in all returns.
            function.annotated = kind in ("mutual", "mutual_tail") or self.chance(0.8)
            functions.append(function)
        return functions

    MASKS = {"linear": 15, "tree": 7, "mutual": 7, "tail": 31, "mutual_tail": 63, "mixed": 7, "loop": 3}
    CALLS = {"linear": 9, "tree": 25, "mutual": 6, "tail": 17, "mutual_tail": 33, "mixed": 12, "loop": 12}

    def recursive_body(self, kind, functions, index):
        function = functions[index]
        mask, calls = self.MASKS[kind], self.CALLS[kind]
        self.begin(function, self.limit / 3, calls)
        counter = self.scope.frames[0][0]
        counter.assignable = False
        self.scope.calls = False
        statements = [self.base_case(kind, function)]
        others = [other for number, other in enumerate(functions) if number != index] or [function]
        if kind in ("tail", "mutual_tail"):
            statements += self.statements(self.rng.randrange(0, 3), 1)
            statements.append(self.tail_return(functions, index))
        elif kind == "loop":
            statements += self.call_in_loop(function)
            statements += self.body(self.rng.randrange(0, 2), 1)
        else:
            if kind == "mixed":
                targets = [function]
            elif kind == "tree":
                targets = [self.pick(functions), self.pick(functions)]
                if function not in targets and len(functions) == 1:
                    targets[0] = function
            else:
                targets = [self.pick(others)]
            if kind == "tree" and len(functions) == 2:
                targets[0] = others[0]
            statements += self.with_calls(kind, function, targets)
        function.body = self.set_apart(statements, function)
        self.scope.recursion = []
        callee = self.finish(function, {function.params[0].name: mask})
        if index and self.chance(0.7):
            self.callees.remove(callee)  # others enter the group at its first function

    # -- tail calls or not

    def set_apart(self, statements, function):
        """Whether a call whose result is named first and returned afterwards is a tail call is nobody's
        business: behind each statement with a call into the own cycle stands an assertion, so that
        only `return r(..)` is one."""
        found = []
        for statement in statements:
            if isinstance(statement, tree.Return):
                found += self.returned_apart(statement, function)
                continue
            for field in ("then", "other", "body"):
                if isinstance(getattr(statement, field, None), list):
                    setattr(statement, field, self.set_apart(getattr(statement, field), function))
            found.append(statement)
            if self.calls_cycle(statement, function):
                found.append(self.barrier(function))
        return found

    def returned_apart(self, statement, function):
        value = statement.value
        if isinstance(value, tree.Call):
            return [statement]
        if isinstance(value, tree.Choose):
            for arm in (value.then, value.other):
                arm[0] = self.set_apart(arm[0], function)
            if all(isinstance(arm[1], tree.Call) or not self.calls_cycle(arm[1], function)
                   for arm in (value.then, value.other)):
                return [statement]
        if not self.calls_cycle(value, function):
            return [statement]
        name = self.new_name("y")
        statement.value = tree.Var(name, value.type)
        return [tree.Let(name, value.type, value, False), self.barrier(function), statement]

    def calls_cycle(self, node, function):
        return any(isinstance(part, tree.Call) and part.callee.group == function.group
                   for part in walk(node))

    def barrier(self, function):
        counter = function.params[0]
        low = tree.Op("and", [tree.Var(counter.name, counter.type), tree.Lit(63, "int")], counter.type,
                      counter.type, "{0} & {1}")
        cond = tree.Op("lt", [low, tree.Lit(64, "int")], counter.type, "bool", "{0} < {1}")
        return tree.Assert(cond, self.new_name("holds "))

    def base_case(self, kind, function):
        """if n < 1 (or data) { ... return e }"""
        counter = function.params[0]
        least = 2 if kind == "tree" else 1
        cond = tree.Op("lt", [tree.Var(counter.name, counter.type), tree.Lit(least, "int")], counter.type,
                       "bool", "{0} < {1}")
        if self.chance(0.2):
            cond = tree.Logic("or", [cond, self.condition(1)])
        self.scope.frames.append([])
        body = self.statements(self.rng.randrange(0, 2), 0)
        body.append(tree.Return(self.returned(function, 2)))
        self.scope.frames.pop()
        return tree.If(cond, body, [])

    def returned(self, function, depth):
        return (self.loose if function.annotated and is_scalar(function.result) else self.exact)(
            function.result, depth)

    def recursive_call(self, caller, callee, depth, less=1):
        """callee(n - 1, ...): the counter goes down, so that the recursion ends."""
        counter = caller.params[0]
        smaller = tree.Op("sub", [tree.Var(counter.name, counter.type), tree.Lit(less, "int")],
                          counter.type, counter.type, "{0} - {1}")
        args = [smaller]
        for param in callee.params[1:]:
            if param.inout:
                args.append(self.inout_place(caller, param.type))
            else:
                args.append(self.loose(param.type, depth))
        return tree.Call(callee, args, callee.result)

    def inout_place(self, caller, dtype):
        own = [param for param in caller.params if param.inout]
        places = self.places_of(dtype, True)
        if not places or self.chance(0.7):
            return tree.Var(own[0].name, dtype)
        return self.pick(places)

    def with_calls(self, kind, function, targets):
        """Statements in which the calls may stand anywhere; those that found no place come last."""
        def wish(callee, less):
            return (callee, lambda depth: self.recursive_call(function, callee, min(depth, 1), less))

        self.scope.recursion = [wish(callee, 1 + index) for index, callee in enumerate(targets)]
        self.scope.calls = True
        statements = self.statements(self.rng.randrange(1, 3), 2)
        while self.scope.recursion:
            _, make = self.scope.recursion.pop()
            call = make(1)
            name = self.new_name("y")
            self.scope.add(name, call.type, self.chance(0.3))
            statements.append(tree.Let(name, call.type, call, self.scope.frames[-1][-1].assignable))
        if kind == "mixed":
            self.scope.calls = False
            end = [tree.Return(self.recursive_call(function, function, 1))]
            if self.chance(0.5):
                end = [tree.If(self.condition(1), end, []), tree.Return(self.returned(function, 2))]
            return statements + end
        statements += self.statements(self.rng.randrange(0, 2), 1)
        self.scope.calls = False
        return statements + [tree.Return(self.returned(function, 2))]

    def tail_return(self, functions, index):
        """return r(n - 1, ..), also through the arms of an `if`."""
        function = functions[index]

        def target():
            if len(functions) == 1:
                return function
            return functions[(index + 1) % len(functions)] if self.chance(0.7) else self.pick(functions)

        first = self.recursive_call(function, functions[(index + 1) % len(functions)], 1)
        if self.chance(0.5):
            return tree.Return(first)
        second = self.recursive_call(function, target(), 1) if self.chance(0.7) else \
            self.exact(function.result, 1)
        arms = [[[], first], [[], second]]
        if self.chance(0.5):
            arms.reverse()
        return tree.Return(tree.Choose(self.condition(1), arms[0], arms[1], function.result))

    def call_in_loop(self, function):
        """for i in 0..(data & 1) + 1 { s = combine(s, r(n - 2, ..)) }"""
        name, result = self.new_name("s"), function.result
        place = tree.Var(name, result)
        start = tree.Let(name, result, self.exact(result, 1), True, None)
        self.scope.add(name, result, True)
        counter = self.pick(INTS)
        if self.chance(0.5):
            end = tree.Lit(2, "int")
            counter = "int"
        else:
            end = tree.Op("add", [self.bounded(counter, 1, 1), tree.Lit(1, "int")], counter, counter,
                          "{0} + {1}")
        loop_name = self.new_name("k")
        self.scope.frames.append([])
        self.scope.add(loop_name, counter, False)
        self.scope.loops += 1
        body = self.statements(self.rng.randrange(0, 2), 1)
        call = self.recursive_call(function, function, 1)
        if is_scalar(result) and result != "bool":
            value = tree.Op("add", [place, call], result, result, "{0} + {1}")
        else:
            value = call
        body.append(tree.Assign([place], value))
        body += self.statements(self.rng.randrange(0, 2), 1)
        self.scope.loops -= 1
        self.scope.frames.pop()
        return [start, tree.For(loop_name, counter, tree.Lit(0, "int"), end, None, body)]
