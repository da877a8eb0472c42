"""The tree of a generated program and its text. Nodes compare by identity; the printer notes in `line`
where the text of each statement, call and fault stands."""

import dataclasses

from fuzz.dtypes import WEAK, dtype_of, type_text


def node(cls):
    return dataclasses.dataclass(eq=False)(cls)


# ---- expressions: each has `type` ---------------------------------------------------------------

@node
class Lit:
    value: object          # int, float or bool
    type: str              # weak, bool, or a dtype: then written as a cast, "i32(5)"


@node
class Var:
    name: str
    type: object


@node
class Part:
    """A field or an element of a tuple."""
    base: object
    selector: str
    type: object


@node
class Op:
    """An operation of the table. Operands are converted to `operand`; `form` says how it is written."""
    op: str
    args: list
    operand: str           # the promoted dtype
    type: str
    form: str              # "{0} + {1}", "maximum({0}, {1})"


@node
class Cast:
    arg: object
    type: str
    form: str = "{T}({0})"


@node
class Logic:
    """`and`, `or`: the right side runs only if needed. `not` has one argument."""
    word: str
    args: list
    type: str = "bool"


@node
class Call:
    callee: object         # Function or Instance
    args: list             # an inout argument is a place
    type: object
    line: int = 0


@node
class Choose:
    """`if` as an expression. Arms are [statements, value]; a value of None ends in a jump."""
    cond: object
    then: list
    other: list
    type: object


@node
class Tuple:
    args: list
    type: object


@node
class Struct:
    args: list             # in order of the fields
    type: object
    order: list            # the order in which the fields are written: that of evaluation


# ---- expressions on tensors ---------------------------------------------------------------------

@node
class Array:
    """A literal: elements of one shape, stacked."""
    args: list
    type: object


@node
class Index:
    """base[axes]: lists ["at", expr], ["range", start, stop, step] (each a number or None), ["new"], and
    ["take", expr] alone. Axes at the end may be left out."""
    base: object
    axes: list
    type: object
    line: int = 0


@node
class Apply:
    """A function of whole tensors by its name in the table of tensor_meaning.py; `known` is what it knows at
    compile time."""
    name: str
    args: list
    known: dict
    type: object
    form: str
    line: int = 0


@node
class Lambda:
    """|a, b| body; it captures what the body mentions."""
    params: list           # (name, type)
    body: object
    type: object           # ("fn", (T, ...), R)


@node
class CallValue:
    """A call of a parameter that is a function."""
    name: str
    args: list
    type: object


# ---- statements ---------------------------------------------------------------------------------

@node
class Let:
    """`let` or `var` of a pattern: a name, "_", or a nested tuple of these."""
    pattern: object
    types: object          # the same nest of types
    value: object          # None: declared without a value
    mutable: bool
    annotation: object = None
    line: int = 0


@node
class Assign:
    """Places = value; several places take a tuple apart."""
    places: list
    value: object
    line: int = 0


@node
class Update:
    """place op= value, the same as place = place op value."""
    place: object
    op: Op                 # args[0] is the place read
    sign: str
    line: int = 0


@node
class If:
    cond: object
    then: list
    other: list            # may be empty
    line: int = 0


@node
class While:
    cond: object
    body: list
    line: int = 0


@node
class For:
    name: str
    type: str              # of the variable, may be weak
    begin: object
    end: object
    step: object           # or None
    body: list
    line: int = 0


@node
class ForEach:
    """for row in tensor"""
    name: str
    tensor: object
    body: list
    line: int = 0


@node
class Jump:
    word: str              # break, continue
    line: int = 0


@node
class Return:
    value: object
    line: int = 0


@node
class Assert:
    cond: object
    text: str
    line: int = 0


@node
class Fault:
    text: str
    line: int = 0


@node
class Sync:
    """@sync before a statement: runs it last, never changes a result."""
    statement: object
    line: int = 0


@node
class Do:
    """A call as a statement, for its inout arguments; or `let _ = call`."""
    call: Call
    drop: bool
    line: int = 0


# ---- declarations -------------------------------------------------------------------------------

@node
class Param:
    name: str
    type: object
    inout: bool = False
    annotated: bool = True
    shared: bool = False
    run_time: str = ""      # shared: the name of its first extent, if that is known at run time only
    extents: tuple = ()     # how its extents are written, where that is not the type


@node
class Function:
    name: str
    params: list
    result: object
    body: list
    attributes: list = dataclasses.field(default_factory=list)   # ("max_depth", 5), ("inline",)
    exported: bool = False
    annotated: bool = True  # the result type is written
    group: int = 0          # functions that call each other have the same number; 0: not recursive
    instance_of: str = ""   # generic functions: all instances print as one
    sizes: dict = dataclasses.field(default_factory=dict)       # size parameters of this instance

    def key(self):
        return self.instance_of or self.name


@node
class Program:
    structs: list          # types
    consts: list           # (name, type, Lit); a weak type is not written
    functions: list        # the entry is last
    seed: str = ""

    @property
    def entry(self):
        return self.functions[-1]


def walk(node):
    """All nodes below, with the node."""
    if isinstance(node, (list, tuple)):
        for part in node:
            yield from walk(part)
    elif hasattr(node, "__dataclass_fields__"):
        yield node
        for field in node.__dataclass_fields__:
            if field != "callee":
                yield from walk(getattr(node, field))


# ---- text ---------------------------------------------------------------------------------------

def float_text(value):
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "(-inf)"
    text = repr(value)
    if "e" in text and "." not in text:
        text = text.replace("e", ".0e")
    return text if value >= 0 and not text.startswith("-") else f"({text})"


def literal_text(value, dtype):
    if dtype == "bool":
        return "true" if value else "false"
    if dtype in ("float", "f32", "f64"):
        text = float_text(float(value))
    else:
        text = str(value) if value >= 0 else f"({value})"
    return text if dtype in ("int", "float") else f"{dtype}({text.strip('()')})"


class Printer:
    def __init__(self):
        self.lines = []
        self.depth = 0

    def put(self, text):
        self.lines.append("    " * self.depth + text)

    @property
    def line(self):
        """The number of the line that is put next."""
        return len(self.lines) + 1

    # -- expressions, all on the current line

    def expr(self, tree, top=False):
        kind = type(tree)
        if kind is Lit:
            return literal_text(tree.value, tree.type)
        if kind is Var:
            return tree.name
        if kind is Part:
            return f"{self.expr(tree.base)}.{tree.selector}"
        if kind is Op:
            if tree.form[0] != "{" and tree.form[0] not in "-~":
                return tree.form.format(*(self.expr(arg, True) for arg in tree.args))
            text = tree.form.format(*(self.expr(arg) for arg in tree.args))
            return text if top else f"({text})"
        if kind is Cast:
            return tree.form.format(self.expr(tree.arg, "." not in tree.form), T=dtype_of(tree.type))
        if kind is Logic:
            if tree.word == "not":
                text = f"not {self.expr(tree.args[0])}"
            else:
                text = f"{self.expr(tree.args[0])} {tree.word} {self.expr(tree.args[1])}"
            return text if top else f"({text})"
        if kind is Call:
            tree.line = self.line
            return f"{tree.callee.key()}({', '.join(self.expr(arg, True) for arg in tree.args)})"
        if kind is Choose:
            text = f"if {self.expr(tree.cond, True)} {self.arm(tree.then)} else {self.arm(tree.other)}"
            return text if top else f"({text})"
        if kind is Tuple:
            comma = "," if len(tree.args) == 1 else ""
            return "(" + ", ".join(self.expr(arg, True) for arg in tree.args) + comma + ")"
        if kind is Struct:
            fields = tree.type[2:]
            written = ", ".join(f"{fields[index][0]}: {self.expr(tree.args[index], True)}"
                                for index in tree.order)
            return f"{tree.type[1]} {{ {written} }}"
        if kind in (Array, Index, Apply, Lambda, CallValue):
            return self.tensor_expr(tree, kind)
        raise TypeError(tree)

    def tensor_expr(self, tree, kind):
        if kind is Array:
            return "[" + ", ".join(self.expr(arg, True) for arg in tree.args) + "]"
        if kind is Index:
            tree.line = self.line
            return f"{self.expr(tree.base)}[{', '.join(self.axis(axis) for axis in tree.axes)}]"
        if kind is Apply:
            tree.line = self.line
            is_infix = tree.form.startswith("{0} ")
            text = tree.form.format(*(self.expr(arg, not is_infix and "." not in tree.form[:5])
                                      for arg in tree.args))
            return f"({text})" if is_infix else text
        if kind is Lambda:
            return f"|{', '.join(name for name, _ in tree.params)}| {self.expr(tree.body, True)}"
        return f"{tree.name}({', '.join(self.expr(arg, True) for arg in tree.args)})"

    def axis(self, axis):
        if axis[0] in ("at", "take"):
            return self.expr(axis[1], True)
        if axis[0] == "new":
            return "none"
        start, stop, step = ("" if bound is None else str(bound) for bound in axis[1:])
        return f"{start}:{stop}" + (f":{step}" if step else "")

    def arm(self, arm):
        statements, value = arm
        texts = [self.one_line(statement) for statement in statements]
        if value is not None:
            texts.append(self.expr(value, True))
        return "{ " + "; ".join(texts) + " }"

    # -- statements

    def pattern(self, pattern, top=True):
        if isinstance(pattern, str):
            return pattern
        text = ", ".join(self.pattern(part, False) for part in pattern)
        return text if top and len(pattern) > 1 else f"({text})"

    def one_line(self, tree):
        """A statement without a block."""
        tree.line = self.line
        kind = type(tree)
        if kind is Let:
            text = f"{'var' if tree.mutable else 'let'} {self.pattern(tree.pattern)}"
            if tree.annotation is not None:
                text += f": {type_text(tree.annotation)}"
            return text if tree.value is None else f"{text} = {self.expr(tree.value, True)}"
        if kind is Assign:
            places = ", ".join(self.expr(place) for place in tree.places)
            return f"{places} = {self.expr(tree.value, True)}"
        if kind is Update:
            return f"{self.expr(tree.place)} {tree.sign}= {self.expr(tree.op.args[1], True)}"
        if kind is Jump:
            return tree.word
        if kind is Return:
            return f"return {self.expr(tree.value, True)}"
        if kind is Assert:
            return f'assert {self.expr(tree.cond, True)}, "{tree.text}"'
        if kind is Fault:
            return f'fault "{tree.text}"'
        if kind is Do:
            return ("let _ = " if tree.drop else "") + self.expr(tree.call)
        raise TypeError(tree)

    def block(self, statements):
        self.depth += 1
        for statement in statements:
            self.statement(statement)
        self.depth -= 1

    def statement(self, tree):
        kind = type(tree)
        tree.line = self.line
        if kind is Sync:
            self.put("@sync")
            self.statement(tree.statement)
        elif kind is If:
            self.put(f"if {self.expr(tree.cond, True)} {{")
            self.block(tree.then)
            if tree.other:
                self.put("} else {")
                self.block(tree.other)
            self.put("}")
        elif kind is While:
            self.put(f"while {self.expr(tree.cond, True)} {{")
            self.block(tree.body)
            self.put("}")
        elif kind is For:
            step = f" step {self.expr(tree.step)}" if tree.step is not None else ""
            self.put(f"for {tree.name} in {self.expr(tree.begin)}..{self.expr(tree.end)}{step} {{")
            self.block(tree.body)
            self.put("}")
        elif kind is ForEach:
            self.put(f"for {tree.name} in {self.expr(tree.tensor)} {{")
            self.block(tree.body)
            self.put("}")
        else:
            self.put(self.one_line(tree))

    # -- declarations

    def param(self, param):
        text = ("inout " if param.inout else "shared " if param.shared else "") + param.name
        if not param.annotated:
            return text
        if not param.extents:
            return f"{text}: {type_text(param.type)}"
        return f"{text}: {param.type[1]}[{', '.join(map(str, param.extents))}]"

    def function(self, function):
        params = [self.param(param) for param in function.params]
        sizes = f"[{', '.join(function.sizes)}]" if function.sizes else ""
        arrow = f" -> {type_text(function.result)}" if function.annotated else ""
        for name, *args in function.attributes:
            self.put(f"@{name}" + (f"({', '.join(map(str, args))})" if args else ""))
        export = "export " if function.exported else ""
        self.put(f"{export}fn {function.name}{sizes}({', '.join(params)}){arrow} {{")
        self.block(function.body)
        self.put("}")

    def program(self, program):
        if program.seed:
            self.put(f"## A random program: {program.seed}.")
            self.put("")
        for a_struct in program.structs:
            fields = ", ".join(f"{field}: {type_text(part)}" for field, part in a_struct[2:])
            self.put(f"struct {a_struct[1]} {{ {fields} }}")
        for name, dtype, value in program.consts:
            annotation = f": {dtype}" if dtype not in WEAK else ""
            self.put(f"const {name}{annotation} = {literal_text(value.value, value.type).strip('()')}")
        if program.structs or program.consts:
            self.put("")
        printed = {}
        for function in program.functions:
            first = printed.get(function.key())
            if first is None:
                self.generic(function, printed)
                self.put("")
            else:
                copy_lines(first, function)
        return "\n".join(self.lines[:-1]) + "\n"

    def generic(self, function, printed):
        name, function.name = function.name, function.key()
        self.function(function)
        function.name = name
        printed[function.key()] = function


def copy_lines(source, target):
    """Instances of a generic function have equal trees: the printed one's lines hold for all."""
    if isinstance(source, (list, tuple)):
        for one, other in zip(source, target):
            copy_lines(one, other)
    elif dataclasses.is_dataclass(source) and not isinstance(source, Param):
        for field in dataclasses.fields(source):
            if field.name == "callee":
                continue
            if field.name == "line":
                target.line = source.line
            else:
                copy_lines(getattr(source, field.name), getattr(target, field.name))


def program_text(program):
    """The text; notes the lines in the tree."""
    return Printer().program(program)
