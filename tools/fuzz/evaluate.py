"""Runs a generated program by turning its tree into Python, with no part of the compiler: what each
example gives or where it faults, and what happened on the way (for the table of gen_program.py).

Every operand goes through a name of its own, so that the order of evaluation is that of the text."""

from fuzz import semantics, tensors, tree
from fuzz.dtypes import dtype_of, is_composed, is_float, is_scalar, is_tensor, leaves, parts
from fuzz.tensor_translator import TensorTranslator
from fuzz.tree import walk


class Faulted(Exception):
    def __init__(self, kind, place):
        super().__init__(kind)
        self.kind = kind
        self.place = place


class TooLong(Exception):
    """An example takes more than WORK_LIMIT calls and rounds of loops."""


WORK_LIMIT = 4000


class Translator(TensorTranslator):
    """Python text of one program."""

    def __init__(self, program, budget=None, max_depth=64):
        self.program = program
        self.lines = []
        self.indent = 0
        self.count = 0
        self.places = []          # places of faults: nodes
        self.prepared = {}        # id of a place in use -> its indexes, evaluated
        self.region_ops = []      # region -> [(op, dtype), ...]
        self.loops = 0
        self.function = None
        self.budget = budget
        self.limit = max_depth

    def put(self, text):
        self.lines.append("    " * self.indent + text)

    def temp(self, code):
        self.count += 1
        self.put(f"t{self.count} = {code}")
        return f"t{self.count}"

    def region(self):
        self.region_ops.append([])
        self.put(f"R[{len(self.region_ops) - 1}] += 1")
        self.saved_region = len(self.region_ops) - 1

    def used(self, op, dtype):
        self.region_ops[self.saved_region].append((op, dtype))

    def place(self, node):
        self.places.append(node)
        return len(self.places) - 1

    def nested(self, write):
        """Writes an indented block that is a region of its own."""
        outer = self.saved_region
        self.indent += 1
        self.region()
        write()
        self.indent -= 1
        self.saved_region = outer

    # -- conversions

    def convert(self, atom, source, target):
        if source == target or is_composed(source):
            return atom
        if is_tensor(source):
            return self.convert_each(atom, source[1], dtype_of(target))
        target = dtype_of(target)
        code = semantics.cast_code(source, target, atom)
        if code == atom:
            return atom
        self.used("cast", source)
        return self.temp(code)

    # -- expressions: give a name or a literal

    def expr(self, node):
        return getattr(self, "expr_" + type(node).__name__.lower())(node)

    def converted(self, node, target):
        return self.convert(self.expr(node), node.type, target)

    def expr_lit(self, node):
        value = node.value
        if node.type == "bool":
            return "True" if value else "False"
        if node.type in ("float", "f64", "f32"):
            value = float(value)
            if node.type == "f32":
                value = semantics.to_f32(value)
            text = repr(value)
            return f"({text})" if text.startswith("-") else text
        return f"({value})" if value < 0 else str(value)

    def expr_var(self, node):
        if node.name in self.constants:
            return self.constants[node.name]
        return self.temp("v_" + node.name)

    def expr_part(self, node):
        index = [name for name, _ in parts(node.base.type)].index(node.selector)
        return self.temp(f"{self.expr(node.base)}[{index}]")

    def expr_op(self, node):
        if is_tensor(node.type):
            return self.elementwise(node)
        if node.op == "select":
            args = [self.expr(node.args[0])]
            args += [self.expr(arg) for arg in node.args[1:]]
            args[1:] = [self.convert(atom, arg.type, node.operand)
                        for atom, arg in zip(args[1:], node.args[1:])]
        else:
            args = [self.expr(arg) for arg in node.args]
            if node.op == "pow" and is_float(node.operand) and isinstance(node.args[1], tree.Lit):
                power = POWERS.get(node.args[1].value)
                if power is not None:
                    base = self.convert(args[0], node.args[0].type, node.operand)
                    return power(self, node.operand, base)
            args = [self.convert(atom, arg.type, node.operand) for atom, arg in zip(args, node.args)]
        return self.apply(node.op, node.operand, args)

    def apply(self, op, operand, args):
        operand = {"int": "i64", "float": "f64"}.get(operand, operand)
        if not is_scalar(operand):  # == and != of structs and tuples: all leaves
            return self.temp(f"{'' if op == 'eq' else 'not '}same({args[0]}, {args[1]})")
        if op == "clip":
            return self.apply("min", operand, [self.apply("max", operand, args[:2]), args[2]])
        self.used(op, operand)
        return self.temp(semantics.op_code(op, operand, args))

    def expr_cast(self, node):
        return self.converted(node.arg, node.type)

    def expr_logic(self, node):
        if node.word == "not":
            self.used("not", "bool")
            return self.temp(f"not {self.expr(node.args[0])}")
        result = self.temp(self.expr(node.args[0]))
        self.put(f"if {result}:" if node.word == "and" else f"if not {result}:")
        self.nested(lambda: self.put(f"{result} = {self.expr(node.args[1])}"))
        return result

    def expr_choose(self, node):
        self.count += 1
        result = f"t{self.count}"
        cond = self.expr(node.cond)

        def arm(statements, value):
            for statement in statements:
                self.statement(statement)
            if value is not None:
                self.put(f"{result} = {self.converted(value, node.type)}")

        self.put(f"if {cond}:")
        self.nested(lambda: arm(*node.then))
        self.put("else:")
        self.nested(lambda: arm(*node.other))
        return result

    def expr_tuple(self, node):
        args = [self.converted(arg, part) for arg, part in zip(node.args, node.type[1:])]
        return self.temp("(" + "".join(atom + ", " for atom in args) + ")")

    def expr_struct(self, node):
        atoms = [None] * len(node.args)
        for index in node.order:
            atoms[index] = self.converted(node.args[index], node.type[2 + index][1])
        return self.temp("(" + "".join(atom + ", " for atom in atoms) + ")")

    def expr_call(self, node, tail=False):
        callee = node.callee
        atoms = []
        for arg, param in zip(node.args, callee.params):
            if param.inout:
                self.prepare(arg)
            atoms.append(None if param.inout else self.argument(arg, param.type))
        for index, (arg, param) in enumerate(zip(node.args, callee.params)):
            if param.inout:
                atoms[index] = self.expr(arg)
        cycle = self.cycles[id(callee)]
        self.step(cycle, node)
        inside = cycle != 0 and cycle == self.cycles[id(self.function)]
        if inside and not tail:
            self.put(f"if d >= {self.limit}: raise Faulted('stack', {self.place(node)})")
            depth = "d + 1"
        else:
            depth = "d" if inside else "0"
        results = self.temp(f"f_{callee.name}({', '.join([depth] + atoms)})")
        inouts = [arg for arg, param in zip(node.args, callee.params) if param.inout]
        if not inouts:
            return results
        for index, place in enumerate(inouts):
            self.store(place, f"{results}[{index + 1}]")
            self.forget(place)
        return self.temp(f"{results}[0]")

    def argument(self, arg, a_type):
        is_function = isinstance(a_type, tuple) and a_type[0] == "fn"
        return self.expr(arg) if is_function else self.converted(arg, a_type)

    def work(self):
        self.put("W[0] += 1")
        self.put(f"if W[0] > {WORK_LIMIT}: raise TooLong")

    def step(self, counts, node):
        if self.budget is not None and counts:
            self.put("S[0] += 1")
            self.put(f"if S[0] > {self.budget}: raise Faulted('budget', {self.place(node)})")

    # -- statements

    def store(self, place, code):
        """Stores a value of the place's own type."""
        if isinstance(place, tree.Var):
            self.put(f"v_{place.name} = {code}")
            return
        if isinstance(place, tree.Index):
            self.store_index(place, code)
            return
        names = [name for name, _ in parts(place.base.type)]
        index = names.index(place.selector)
        old = self.temp(self.path(place.base))
        items = [code if number == index else f"{old}[{number}]" for number in range(len(names))]
        self.store(place.base, "(" + "".join(item + ", " for item in items) + ")")

    def path(self, place):
        if isinstance(place, tree.Var):
            return "v_" + place.name
        index = [name for name, _ in parts(place.base.type)].index(place.selector)
        return f"{self.path(place.base)}[{index}]"

    def statements(self, statements):
        for statement in statements:
            self.statement(statement)

    def statement(self, node):
        getattr(self, "put_" + type(node).__name__.lower())(node)

    def put_let(self, node):
        if node.value is None:
            return
        if isinstance(node.pattern, str):
            self.bind(node.pattern, self.converted(node.value, node.types))
        else:
            self.destructure(node.pattern, node.types, self.expr(node.value), node.value.type)

    def bind(self, name, atom):
        if name != "_":
            self.put(f"v_{name} = {atom}")

    def destructure(self, pattern, types, atom, source):
        if isinstance(pattern, str):
            self.bind(pattern, self.convert(atom, source, types))
            return
        for index, part in enumerate(pattern):
            self.destructure(part, types[1 + index], f"{atom}[{index}]", source[1 + index])

    def put_assign(self, node):
        for place in node.places:
            self.prepare(place)
        value = self.expr(node.value)
        for index, place in enumerate(node.places):
            item, source = (value, node.value.type) if len(node.places) == 1 else \
                (f"{value}[{index}]", node.value.type[1 + index])
            self.store(place, self.to_place(item, source, place))
            self.forget(place)

    def put_update(self, node):
        self.prepare(node.place)
        atom = self.expr(node.op)
        self.store(node.place, self.to_place(atom, node.op.type, node.place))
        self.forget(node.place)

    def put_if(self, node):
        self.put(f"if {self.expr(node.cond)}:")
        self.nested(lambda: self.statements(node.then))
        if node.other:
            self.put("else:")
            self.nested(lambda: self.statements(node.other))

    def put_while(self, node):
        self.put("while True:")
        number = self.new_loop()

        def body():
            self.put(f"if not {self.expr(node.cond)}: break")
            self.enter_loop(number, node)
            self.statements(node.body)

        self.nested(body)

    def new_loop(self):
        self.loops += 1
        return self.loops - 1

    def enter_loop(self, number, node):
        self.put(f"L[{number}] += 1")
        self.work()
        self.step(True, node)

    def put_for(self, node):
        held = {"int": "i64"}.get(node.type, node.type)
        begin, end = self.expr(node.begin), self.expr(node.end)
        step = self.expr(node.step) if node.step is not None else "1"
        begin = self.convert(begin, node.begin.type, held)
        end = self.convert(end, node.end.type, held)
        if node.step is not None:
            step = self.convert(step, node.step.type, held)
        self.put(f"for v_{node.name} in rounds({begin}, {end}, {step}):")
        number = self.new_loop()

        def body():
            self.enter_loop(number, node)
            self.statements(node.body)

        self.nested(body)

    def put_jump(self, node):
        self.put(node.word)

    def put_return(self, node):
        value = node.value
        function = self.function
        outs = [param for param in function.params if param.inout]
        if isinstance(value, tree.Choose):
            self.put(f"if {self.expr(value.cond)}:")
            for number, (statements, result) in enumerate((value.then, value.other)):
                if number:
                    self.put("else:")
                self.nested(lambda s=statements, r=result: (
                    self.statements(s), r is not None and self.put_return(tree.Return(r))))
            return
        tail = isinstance(value, tree.Call) and self.is_tail(value)
        if tail and not outs:
            self.put(f"return {self.expr_call(value, True)}")
            return
        atom = self.expr_call(value, tail) if tail else self.converted(value, function.result)
        rest = "".join(f", v_{param.name}" for param in outs)
        self.put(f"return ({atom}{rest})" if outs else f"return {atom}")

    def is_tail(self, call):
        """L4: equal result types, and inout arguments that are the own inout parameters in order."""
        function, callee = self.function, call.callee
        if function.result != callee.result or call.type != function.result:
            return False
        own = [param.name for param in function.params if param.inout]
        passed = [arg.name if isinstance(arg, tree.Var) else None
                  for arg, param in zip(call.args, callee.params) if param.inout]
        return own == passed

    def put_assert(self, node):
        self.put(f"if not {self.expr(node.cond)}: raise Faulted('assert', {self.place(node)})")

    def put_fault(self, node):
        self.put(f"raise Faulted('assert', {self.place(node)})")

    def put_sync(self, node):
        self.statement(node.statement)

    def put_do(self, node):
        self.expr(node.call)

    # -- the whole

    def translate(self):
        self.constants = {name: self.constant(dtype, value)
                          for name, dtype, value in self.program.consts}
        self.cycles = cycles_of(self.program.functions)
        for function in self.program.functions:
            self.function = function
            self.put(f"def f_{function.name}({', '.join(['d'] + ['v_' + p.name for p in function.params])}):")
            self.indent += 1
            for name, value in function.sizes.items():
                self.put(f"v_{name} = {value}")
            if self.cycles[id(function)]:
                self.put("D[0] = max(D[0], d)")
            self.work()
            self.region()
            self.statements(function.body)
            self.indent -= 1
        return "\n".join(self.lines) + "\n"

    def constant(self, dtype, value):
        atom = self.expr_lit(value)
        if dtype != value.type:
            atom = str(eval(semantics.cast_code(value.type, dtype, atom), dict(semantics.NAMES)))
        return atom if not atom.startswith("-") else f"({atom})"


# x ** k with these literals is no call of pow (L13).
POWERS = {
    2: lambda self, dtype, base: self.apply("mul", dtype, [base, base]),
    1: lambda self, dtype, base: base,
    0: lambda self, dtype, base: "1.0",
    -1: lambda self, dtype, base: self.apply("div", dtype, ["1.0", base]),
    0.5: lambda self, dtype, base: self.apply("sqrt", dtype, [base]),
}


def rounds(begin, end, step):
    """The values of a `for`: none for step 0 (L28)."""
    return range(begin, end, step) if step else ()


def loops_in(nodes):
    return [node for node in walk(nodes) if isinstance(node, (tree.While, tree.For, tree.ForEach))]


def cycles_of(functions):
    """The number of the cycle of calls that each function (by id) is in; 0: it is in none. Groups of the
    generator may be more than that: a member that no other one calls is not recursive."""
    reach = {id(function): {id(node.callee) for node in walk(function.body) if isinstance(node, tree.Call)}
             for function in functions}
    for _ in functions:
        for seen in reach.values():
            for other in list(seen):
                seen |= reach.get(other, set())
    numbers = {}
    for number, function in enumerate(functions):
        mine = id(function)
        if mine in reach[mine]:
            other = next((one for one in numbers if one in reach[mine] and mine in reach[one]), None)
            numbers[mine] = numbers[other] if other is not None else number + 1
        else:
            numbers[mine] = 0
    return numbers


class Evaluator:
    """A program ready to run on examples."""

    def __init__(self, program):
        attributes = [attribute for function in program.functions for attribute in function.attributes]
        limits = [attribute[1] for attribute in attributes if attribute[0] == "max_depth"]
        budgets = [attribute[1] for attribute in program.entry.attributes if attribute[0] == "budget"]
        translator = Translator(program, budgets[0] if budgets else None, max(limits, default=64))
        self.text = translator.translate()
        self.places = translator.places
        self.region_ops = translator.region_ops
        self.entry = program.entry
        self.space = dict(semantics.NAMES, **tensors.NAMES, Faulted=Faulted, TooLong=TooLong, rounds=rounds, W=[0],
                          R=[0] * len(self.region_ops), L=[0] * translator.loops, D=[0], S=[0])
        exec(compile(self.text, "<program>", "exec"), self.space)

    def run(self, args):
        """One example: ("ok", leaves) or ("fault", kind, place). Args are values by parameter."""
        loops, steps = self.space["L"], self.space["S"]
        for index in range(len(loops)):
            loops[index] = 0
        steps[0] = self.space["W"][0] = 0
        try:
            result = self.space["f_" + self.entry.name](0, *args)
        except Faulted as fault:
            return ("fault", fault.kind, self.places[fault.place])
        outs = [param for param in self.entry.params if param.inout]
        values = list(result) if outs else [result]
        types = [self.entry.result] + [param.type for param in outs]
        flat = []
        for value, a_type in zip(values, types):
            flat += flatten(value, a_type)
        return ("ok", flat)

    @property
    def loop_counts(self):
        return list(self.space["L"])

    @property
    def depth(self):
        return self.space["D"][0]

    def ops_fired(self):
        """How often each (op, dtype) was executed so far."""
        fired = {}
        for times, ops in zip(self.space["R"], self.region_ops):
            if times:
                for key in ops:
                    fired[key] = fired.get(key, 0) + times
        return fired


def flatten(value, a_type):
    if not is_composed(a_type):
        return [value]
    return [leaf for part, (_, part_type) in zip(value, parts(a_type))
            for leaf in flatten(part, part_type)]


def nest(flat, a_type):
    """The reverse: takes leaves off the front of a list."""
    if not is_composed(a_type):
        return flat.pop(0)
    return tuple(nest(flat, part_type) for _, part_type in parts(a_type))


def result_leaves(function):
    """(path, dtype) of all result leaves: the result, then inout parameters."""
    found = leaves(function.result)
    for param in function.params:
        if param.inout:
            found += leaves(param.type, param.name)
    return found
