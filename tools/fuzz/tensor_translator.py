"""The part of evaluate.Translator that turns tensors, shared arrays and function values into Python."""

from fuzz import semantics, tree
from fuzz.dtypes import dtype_of, int_range, is_float, is_tensor, settled, shape_of, size_of


def step_code(op, dtype):
    return f"lambda a, b: {semantics.op_code(op, dtype, ['a', 'b'])}"


def number_code(dtype, value):
    return ("True" if value else "False") if dtype == "bool" else \
        repr(float(value)) if is_float(dtype) else str(value)


class TensorTranslator:
    """Needs the Translator that mixes it in."""

    # -- elements

    def each(self, op, dtype, atoms):
        """An operation on all elements of tensors of one shape."""
        if op == "clip":
            return self.each("min", dtype, [self.each("max", dtype, atoms[:2]), atoms[2]])
        self.used(op, dtype)
        names = [f"a{index}" for index in range(len(atoms))]
        code = semantics.op_code(op, dtype, names)
        source = atoms[0] if len(atoms) == 1 else f"zip({', '.join(atoms)})"
        return self.temp(f"tuple([{code} for {', '.join(names)} in {source}])")

    def convert_each(self, atom, source, target):
        code = semantics.cast_code(source, target, "a0")
        if code == "a0":
            return atom
        self.used("cast", settled(source))
        return self.temp(f"tuple([{code} for a0 in {atom}])")

    def spread(self, atom, source, target):
        """Broadcasts a value from a shape to another."""
        return atom if source == target else self.temp(f"t_spread({atom}, {source}, {target})")

    def operand(self, arg, atom, dtype, shape):
        """An operand as a tensor of a dtype and shape."""
        atom = self.convert(atom, arg.type, dtype)
        return self.spread(atom, shape_of(arg.type), shape)

    def elementwise(self, node):
        atoms = [self.expr(arg) for arg in node.args]
        shape, operand = node.type[2], settled(node.operand)
        if node.op == "pow" and is_float(operand) and isinstance(node.args[1], tree.Lit) \
                and node.args[1].value in (2, 1, 0.5):
            base = self.operand(node.args[0], atoms[0], operand, shape)
            power = node.args[1].value
            return base if power == 1 else \
                self.each(*(("mul", operand, [base, base]) if power == 2 else ("sqrt", operand, [base])))
        first = 1 if node.op == "select" else 0
        made = [self.spread(atoms[0], shape_of(node.args[0].type), shape)] * first
        made += [self.operand(arg, atom, operand, shape)
                 for arg, atom in zip(node.args[first:], atoms[first:])]
        return self.each(node.op, operand, made)

    def expr_array(self, node):
        atoms = [self.convert(self.expr(arg), arg.type, dtype_of(node.type)) for arg in node.args]
        mark = "*" if is_tensor(node.args[0].type) else ""
        return self.temp("(" + "".join(f"{mark}{atom}, " for atom in atoms) + ")")

    # -- indexes

    def index_atoms(self, node):
        return [self.expr(axis[1]) if axis[0] in ("at", "take") else None for axis in node.axes]

    def prepare(self, place):
        """Evaluates the indexes of a place once; reads and stores of it use them."""
        if isinstance(place, tree.Index):
            self.prepared[id(place)] = self.index_atoms(place)

    def forget(self, place):
        self.prepared.pop(id(place), None)

    def where(self, node, atoms):
        """Checks the indexes; a name of the flat places of the region."""
        shape, indexes, axis = shape_of(node.base.type), [], 0
        for kind, atom in zip(node.axes, atoms):
            if kind[0] == "new":
                continue
            extent = shape[axis]
            axis += 1
            if kind[0] == "range":
                indexes.append(repr(range(*slice(*kind[1:]).indices(extent))))
                continue
            some = atom if kind[0] == "take" else f"({atom},)"
            self.put(f"if not all([-{extent} <= i < {extent} for i in {some}]): "
                     f"raise Faulted('bounds', {self.place(node)})")
            indexes.append(f"[i % {extent} for i in {some}]")
        indexes += [repr(range(extent)) for extent in shape[axis:]]
        return self.temp(f"t_places({shape}, ({''.join(index + ', ' for index in indexes)}))")

    def expr_index(self, node):
        prepared = self.prepared.get(id(node))
        if prepared is None:
            base = self.expr(node.base)
            prepared = self.index_atoms(node)
        else:
            base = self.temp(self.path(node.base))
        where = self.where(node, prepared)
        return self.temp(f"t_pick({base}, {where})" if is_tensor(node.type) else f"{base}[{where}[0]]")

    def store_index(self, place, code):
        where = self.where(place, self.prepared[id(place)])
        old = self.temp(self.path(place.base))
        self.store(place.base, f"t_put({old}, {where}, {code if is_tensor(place.type) else f'({code},)'})")

    def to_place(self, atom, source, place):
        """A value as the place holds it: converted, for regions broadcast."""
        atom = self.convert(atom, source, place.type)
        if isinstance(place, tree.Index) and is_tensor(place.type):
            return self.spread(atom, shape_of(source), shape_of(place.type))
        return atom

    # -- functions of whole tensors

    def expr_apply(self, node):
        atoms = [self.expr(arg) for arg in node.args]
        return getattr(self, "apply_" + node.name)(node, atoms)

    def apply_reshape(self, _node, atoms):
        return atoms[0]

    def apply_transpose(self, node, atoms):
        return self.temp(f"t_transpose({atoms[0]}, {shape_of(node.args[0].type)}, {node.known['perm']})")

    def apply_join(self, node, atoms):
        """concatenate; stack is one of parts that have the axis with an extent of 1."""
        axis, shapes = node.known["axis"], [shape_of(arg.type) for arg in node.args]
        if node.known["stack"]:
            shapes = [shape[:axis] + (1,) + shape[axis:] for shape in shapes]
        atoms = [self.convert(atom, arg.type, dtype_of(node.type)) for atom, arg in zip(atoms, node.args)]
        return self.temp(f"t_join([{', '.join(atoms)}], {shapes}, {axis})")

    def result(self, node, rows):
        """A tensor from a list of its elements, or its only element."""
        return self.temp(f"tuple({rows})" if is_tensor(node.type) else f"({rows})[0]")

    def reduced(self, node, atom, op, dtype):
        """A reduction of the first operand in a dtype, which may be another than the result's."""
        arg = node.args[0]
        atom = self.convert(atom, arg.type, dtype)
        self.used(op, dtype)
        start = number_code(dtype, 1 if op in ("mul", "and") else 0)
        one = f"t_pairwise({step_code(op, dtype)}, row)" if op == "add" and is_float(dtype) else \
            f"t_fold({step_code(op, dtype)}, row, {start})"
        if node.known.get("run_time"):
            start = self.extreme(op, dtype) if op in ("max", "min") else start
            axes = tuple(axis - 1 for axis in node.known["axes"] if axis)
            return (f"t_rounds({step_code(op, dtype)}, lambda row: {one}, {atom}, {shape_of(arg.type)}, {axes}, "
                    f"{start})")
        rows = self.temp(f"t_rows({atom}, {shape_of(arg.type)}, {node.known['axes']})")
        return f"[{one} for row in {rows}]"

    def extreme(self, op, dtype):
        """What a maximum or minimum begins with."""
        if is_float(dtype):
            return "(-inf)" if op == "max" else "inf"
        return f"({int_range(dtype)[0 if op == 'max' else 1]})"

    def apply_reduce(self, node, atoms):
        op, dtype = node.known["op"], dtype_of(node.type)
        return self.result(node, self.reduced(node, atoms[0], op, dtype))

    def apply_truth(self, node, atoms):
        return self.result(node, self.reduced(node, atoms[0], node.known["op"], "bool"))

    def apply_mean(self, node, atoms):
        dtype, shape = dtype_of(node.type), shape_of(node.args[0].type)
        count = float(size_of([shape[axis] for axis in node.known["axes"]]))
        sums = self.temp(self.reduced(node, atoms[0], "add", dtype))
        self.used("div", dtype)
        return self.result(node, f"[{semantics.op_code('div', dtype, ['a', str(count)])} for a in {sums}]")

    def apply_argreduce(self, node, atoms):
        arg = node.args[0]
        rows = self.temp(f"t_rows({atoms[0]}, {shape_of(arg.type)}, {node.known['axes']})")
        better = "a > b" if node.known["op"] == "max" else "a < b"
        return self.result(node, f"[t_first_place(lambda a, b: {better}, row) for row in {rows}]")

    def apply_dot(self, node, atoms):
        dtype = dtype_of(node.type)
        left, right = (self.convert(atom, arg.type, dtype) for atom, arg in zip(atoms, node.args))
        shape = shape_of(node.args[1].type)
        if len(shape) == 2:
            right = self.temp(f"t_transpose({right}, {shape}, (1, 0))")
        if is_float(dtype):
            self.used("fma", dtype)
            fma = semantics.op_code("fma", dtype, ["a", "b", "c"])
            by_row = f"lambda x, y: t_products(lambda a, b, c: {fma}, {step_code('add', dtype)}, x, y)"
            if node.known.get("run_time"):
                by_row = f"lambda x, y: t_products_in_order(lambda a, b, c: {fma}, x, y)"
        else:
            self.used("mul", dtype)
            total = semantics.wrap("sum([a * b for a, b in zip(x, y)])", dtype)
            by_row = f"lambda x, y: {total}"
        return self.result(node, f"t_contract({by_row}, {left}, {right}, {shape[0]})")

    def apply_fill(self, node, atoms):
        atom = self.convert(atoms[0], node.args[0].type, dtype_of(node.type)) if atoms else \
            number_code(settled(dtype_of(node.type)), node.known["value"])
        return self.spread(atom, (), shape_of(node.type))

    def apply_arange(self, node, _atoms):
        start, step = node.known["start"], node.known["step"]
        dtype = settled(dtype_of(node.type))
        values = [number_code(dtype, start + index * step) for index in range(node.type[2][0])]
        return self.temp("(" + "".join(value + ", " for value in values) + ")")

    def apply_eye(self, node, _atoms):
        rows, columns = node.type[2]
        values = [number_code(settled(node.type[1]), int(column - row == node.known["k"]))
                  for row in range(rows) for column in range(columns)]
        return self.temp("(" + "".join(value + ", " for value in values) + ")")

    def apply_extent(self, node, _atoms):
        return str(node.known["value"])

    def apply_slice(self, node, atoms):
        shape, axis = shape_of(node.args[0].type), node.known["axis"]
        length = node.known["length"]
        self.put(f"if not 0 <= {atoms[1]} <= {shape[axis] - length}: "
                 f"raise Faulted('bounds', {self.place(node)})")
        indexes = [repr(range(extent)) for extent in shape]
        indexes[axis] = f"range({atoms[1]}, {atoms[1]} + {length})"
        return self.temp(f"t_pick({atoms[0]}, t_places({shape}, ({''.join(i + ', ' for i in indexes)})))")

    # -- functions as values

    def expr_lambda(self, node):
        """Captures are arguments with the values of now: later changes are not seen."""
        self.count += 1
        name = f"fn{self.count}"
        own = [f"v_{param}" for param, _ in node.params]
        free = {f"v_{part.name}" for part in tree.walk(node.body) if isinstance(part, (tree.Var, tree.CallValue))
                and part.name not in self.constants} - set(own)
        self.put(f"def {name}({', '.join(own + [f'{var}={var}' for var in sorted(free)])}):")
        self.nested(lambda: self.put(f"return {self.converted(node.body, node.type[2])}"))
        return name

    def expr_callvalue(self, node):
        atoms = [self.expr(arg) for arg in node.args]
        return self.temp(f"v_{node.name}({', '.join(atoms)})")

    # -- statements

    def put_foreach(self, node):
        shape = shape_of(node.tensor.type)
        width = size_of(shape[1:])
        atom = self.expr(node.tensor)
        rows = atom if len(shape) == 1 else \
            f"[{atom}[i:i + {width}] for i in range(0, {width * shape[0]}, {width})]"
        self.put(f"for v_{node.name} in {rows}:")
        number = self.new_loop()

        def body():
            self.enter_loop(number, node)
            self.statements(node.body)

        self.nested(body)

