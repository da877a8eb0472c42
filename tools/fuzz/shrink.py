"""Makes a failing random program small, and a case of it. Each step takes something away (a statement,
an arm, a parameter, an operand, examples); it stays away if the program is still good and the same
engine still fails."""

import copy
import pathlib

from fuzz import evaluate, tree
from fuzz.dtypes import is_float, is_scalar, is_tensor, size_of
from fuzz.engines import Engine, Group, expected_rows, say
from fuzz.evaluate import result_leaves, walk
from fuzz.sample import Sample
from fuzz.values import input_leaves, text_of, text_of_leaf

TRIES = 5000
EXPRESSIONS = (tree.Lit, tree.Var, tree.Part, tree.Op, tree.Cast, tree.Logic, tree.Call, tree.Choose,
               tree.Tuple, tree.Struct, tree.Array, tree.Index, tree.Apply, tree.CallValue)


# ---- what can be taken away ---------------------------------------------------------------------

def simplest(a_type):
    """The smallest expression of a type."""
    if is_scalar(a_type):
        value = False if a_type == "bool" else 1.0 if is_float(a_type) or a_type == "float" else 1
        return tree.Lit(value, a_type)
    if is_tensor(a_type):
        text = ", ".join(map(str, a_type[2]))
        return tree.Apply("fill", [], {"value": 1}, a_type, f"ones([{text}], {a_type[1]})")
    if a_type[0] == "tuple":
        return tree.Tuple([simplest(part) for part in a_type[1:]], a_type)
    parts = [simplest(part) for _, part in a_type[2:]]
    return tree.Struct(parts, a_type, list(range(len(parts))))


def slots(node):
    """(set, value) for all places below a node where another node, or a list, stands."""
    if isinstance(node, list):
        for index, part in enumerate(node):
            yield (lambda new, i=index: node.__setitem__(i, new)), part
            yield from slots(part)
    elif hasattr(node, "__dataclass_fields__"):
        for field in node.__dataclass_fields__:
            if field in ("callee", "params", "structs", "consts", "types", "order", "pattern", "type", "known",
                         "places", "place"):
                continue
            part = getattr(node, field)
            if isinstance(part, list) or hasattr(part, "__dataclass_fields__"):
                yield (lambda new, f=field: setattr(node, f, new)), part
                yield from slots(part)


def is_block(part):
    return isinstance(part, list) and part and not isinstance(part[0], EXPRESSIONS + (list,)) \
        and hasattr(part[0], "__dataclass_fields__") and not isinstance(part[0], tree.Function)


def block_edits(block):
    """Runs of statements that go, long ones first; statements that become their bodies."""
    size = len(block)
    while size:
        for first in range(0, len(block) - size + 1, size):
            yield lambda f=first, s=size: block.__delitem__(slice(f, f + s))
        size //= 2
    for index, statement in enumerate(block):
        bodies = []
        if isinstance(statement, tree.If):
            bodies = [statement.then, statement.other]
        elif isinstance(statement, (tree.While, tree.For, tree.ForEach)):
            bodies = [statement.body]
        for body in bodies:
            yield lambda i=index, b=body: block.__setitem__(slice(i, i + 1), b)


def is_function(node):
    return isinstance(node, tree.Lambda) or isinstance(node.type, tuple) and node.type[0] == "fn"


def expression_edits(put, node):
    """An operand or a variable in the place of an expression; then the simplest value."""
    for part in walk(node):
        if part is not node and isinstance(part, EXPRESSIONS) and part.type == node.type:
            yield lambda p=part: put(p)
    if not isinstance(node, (tree.Lit, tree.Var, tree.Part)) and not is_function(node):
        yield lambda: put(simplest(node.type))
    if isinstance(node, tree.Lit) and node.value not in (0, 1):
        yield lambda: put(simplest(node.type))


def drop_parameter(program, function, index):
    for node in walk(program):
        if isinstance(node, tree.Call) and node.callee is function:
            del node.args[index]
    del function.params[index]


def edits(program, level):
    """All ways to take something from a program (which they change), in a fixed order: declarations
    and statements at level 0, expressions at level 1."""
    for index, function in enumerate(program.functions[:-1]):
        yield lambda i=index: program.functions.__delitem__(i)
    for kind in (program.consts, program.structs):
        for index in range(len(kind)):
            yield lambda k=kind, i=index: k.__delitem__(i)
    for function in program.functions:
        for index in range(len(function.attributes)):
            yield lambda f=function, i=index: f.attributes.__delitem__(i)
        if function is not program.entry:
            for index in range(len(function.params)):
                yield lambda f=function, i=index: drop_parameter(program, f, i)
    for put, part in list(slots(program.functions)):
        if level == 0 and is_block(part):
            yield from block_edits(part)
        if level == 1 and isinstance(part, EXPRESSIONS):
            yield from expression_edits(put, part)


# ---- trying -------------------------------------------------------------------------------------

class Shrinker:
    def __init__(self, failure, options, folder):
        self.options = options
        self.folder = pathlib.Path(folder) / "shrink"
        self.best = failure.sample
        self.engine = failure.engine
        self.tries = 0

    def make(self, program, inputs):
        """A sample of a changed program, or None if it is none any more."""
        old = self.best
        try:
            sample = Sample(old.seed, program, old.faulty, old.trap, inputs)
            expected_rows(sample)  # a function without `return` gives None
            return sample
        except Exception:  # what is no program any more fails in all ways there are
            return None

    def fails(self, sample):
        """Does the engine still go wrong, on a program that the compiler takes?"""
        self.tries += 1
        group = Group(self.options.abcc.resolve(), self.options.root, self.folder, [sample])
        if group.command([group.abcc, "check", "p0.ab"]).returncode != 0:
            return False
        if self.engine == "interp":
            group.interpret(0)
        else:
            name, compiler, *words = self.engine.split(" ")
            form = "--mode=scalar" if name == "scalar" else f"--lanes={name[2:]}"
            group.run_engine(Engine(name, [form] + words, compiler), [0])
        return bool(group.failures)

    def consider(self, program, inputs):
        sample = self.make(program, inputs)
        if sample is None or not self.fails(sample):
            return False
        self.best = sample
        return True

    def fewer_examples(self):
        size = len(self.best.inputs) // 2
        while size:
            first = 0
            while first < len(self.best.inputs) and len(self.best.inputs) > 1:
                inputs = self.best.inputs[:first] + self.best.inputs[first + size:]
                if not inputs or not self.consider(self.best.program, inputs):
                    first += size
            size //= 2

    def fewer_parameters(self):
        index = 0
        while index < len(self.best.program.entry.params) and len(self.best.program.entry.params) > 1:
            program = copy.deepcopy(self.best.program)
            del program.entry.params[index]
            inputs = [args[:index] + args[index + 1:] for args in self.best.inputs]
            if self.best.program.entry.params[index].name == "trap" or \
                    not self.consider(program, inputs):
                index += 1

    def less_program(self, level):
        """One round over all edits of a level; says whether any held."""
        position, changed = 0, False
        while self.tries < TRIES:
            program = copy.deepcopy(self.best.program)
            edit = next((edit for index, edit in enumerate(edits(program, level)) if index == position), None)
            if edit is None:
                return changed
            try:
                edit()
            except (IndexError, ValueError):
                position += 1
                continue
            if self.consider(program, self.best.inputs):
                changed = True
            else:
                position += 1
        return False

    def run(self):
        self.fewer_examples()
        changed = True
        while changed and self.tries < TRIES:
            changed = self.less_program(0)
            self.fewer_parameters()
            changed |= self.less_program(1)
        self.fewer_examples()


# ---- the case -----------------------------------------------------------------------------------

def elements(a_type):
    return size_of(a_type[2]) if is_tensor(a_type) else 1


def words_of(value, a_type):
    """A leaf as the command prints it: of a tensor its elements in order."""
    return [text_of(item, a_type[1]) for item in value] if is_tensor(a_type) else [text_of(value, a_type)]


def write_case(sample, engine, folder):
    """The program with what Python makes of its examples, as a case of tests/cases/run."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"random_{sample.seed}"
    stem.with_suffix(".ab").write_text(sample.text)
    names = input_leaves(sample.program)
    rows = [[value for param, arg in zip(sample.program.entry.params, args)
             for value in evaluate.flatten(arg, param.type)] for args in sample.inputs]
    words = []
    for index, (path, a_type, shared) in enumerate(names):
        values = text_of_leaf(rows[0][index], a_type) if shared else \
            "[" + ",".join(text_of_leaf(row[index], a_type) for row in rows) + "]"
        words.append(f"{path}={values}")
    stem.with_suffix(".args").write_text(f"# found by {engine}\nmain " + " ".join(words) + "\n")
    types = result_leaves(sample.program.entry)
    lines = [" ".join(word for value, (_, a_type) in zip(result[1], types) for word in words_of(value, a_type))
             if result[0] == "ok" else " ".join("-" for _, a_type in types for _ in range(elements(a_type)))
             for result in sample.results]
    stem.with_suffix(".out").write_text("".join(line + "\n" for line in lines))
    if sample.faults:
        stem.with_suffix(".exit").write_text("4\n")
    return stem.with_suffix(".ab")


def shrink(failure, options, folder):
    shrinker = Shrinker(failure, options, folder)
    if not shrinker.fails(failure.sample):
        say(f"seed {failure.sample.seed}: alone it does not fail; the group may matter")
        return
    shrinker.run()
    path = write_case(shrinker.best, failure.engine, options.root / "tests/cases/run")
    say(f"seed {failure.sample.seed}: {shrinker.tries} tries, {failure.engine}; wrote {path}")
    say(shrinker.best.text)
