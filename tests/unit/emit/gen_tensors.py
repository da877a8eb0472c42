#!/usr/bin/env python3
"""Random programs with tensors as IR text: gen_tensors.py SEED. The control flow of gen_ir.py, whose blocks carry
tensors as well: they are swapped on edges, written in place, passed to and returned from calls, and computed from
index maps, sums and shared arrays. Indexes are in range, as a check before them would see to."""
import random
import sys

import gen_ir

SLOTS = [('f64', (2, 3)), ('f64', (2, 3)), ('f64', (6,)), ('i64', (4,)), ('f32', (20,)), ('bool', (2, 3)),
         ('f64', (3, 2, 3))]
IN_SLOTS = [0, 2, 3]  # what functions take and give, next to their integers
FLOAT_OPS = ['add', 'sub', 'mul', 'min', 'max', 'copysign']
INT_OPS = ['add', 'sub', 'mul', 'min', 'max', 'xor', 'and', 'or']


def spell(kind):
    dtype, shape = kind
    return dtype + (f'[{", ".join(map(str, shape))}]' if shape else '')


def elements(shape):
    count = 1
    for extent in shape:
        count *= extent
    return count


class Func(gen_ir.Func):
    def block(self, loop=False):
        block = super().block(loop)
        block['tensors'] = [f'%{"pqrstuv"[i]}.{5000 + len(SLOTS) * block["id"] + i}' for i in range(len(SLOTS))]
        params = ', '.join(f'{name}: {spell(kind)}' for name, kind in zip(block['tensors'], SLOTS))
        block['head'] = block['head'].replace('):', f', {params}):')
        block['made'] = []
        return block

    def edge(self, block, to):
        names = list(block['tensors'])
        if self.rng.random() < 0.3:
            names[0], names[1] = names[1], names[0]
        return f'b{to["id"]}({", ".join(block["vars"] + names)})'

    # ---- values of a kind ----------------------------------------------------------------

    def make(self, block, kind, text):
        value = self.value()
        self.put(block, f'{value}: {spell(kind)} = {text}')
        block['made'].append((kind, value))
        return value

    def pick(self, block, kind):
        """A value of the kind, an old one more often than not."""
        old = [value for its, value in block['made'] if its == kind]
        old += [name for name, its in zip(block['tensors'], SLOTS) if its == kind]
        if old and self.rng.random() < 0.9:
            return self.rng.choice(old[-6:])
        dtype, shape = kind
        if dtype == 'bool':
            return self.make(block, kind, 'const ' + self.rng.choice(['true', 'false']))
        numbers = [self.rng.choice([0, 1, 2, 3, -1]) for _ in range(elements(shape))]
        if dtype != 'i64':
            numbers = [float(number) / 2 for number in numbers]
        if not shape or self.rng.random() < 0.3:
            return self.make(block, kind, f'const {numbers[0]}')
        return self.make(block, kind, f'const [{", ".join(map(str, numbers))}]')

    def place(self, block, extent):
        """An i64 in 0 .. extent - 1."""
        if self.rng.random() < 0.3:
            return self.const(block, self.rng.randrange(extent))
        value, zero, last = self.operand(block), self.const(block, 0), self.const(block, extent - 1)
        low, high = self.value(), self.value()
        self.put(block, f'{low}: i64 = max {value}, {zero}')
        self.put(block, f'{high}: i64 = min {low}, {last}')
        return high

    def region(self, block, shape):
        """Axes of a region as text, and its shape."""
        axes, result = [], []
        for extent in shape:
            pick = self.rng.random()
            if pick < 0.3:
                axes.append(self.place(block, extent))
            elif pick < 0.5:
                count = self.rng.randint(1, extent)
                axes.append(f'{self.place(block, extent - count + 1)}:+{count}')
                result.append(count)
            else:
                start, step, count = self.rng.choice([(0, 1, extent), (extent - 1, -1, extent), (0, 2, (extent + 1) // 2),
                                                      (extent - 1, 1, 1), (0, 1, extent)])
                axes.append(f'{start}:{step}:{count}')
                result.append(count)
        return ', '.join(axes), tuple(result)

    # ---- instructions --------------------------------------------------------------------

    def elementwise(self, block, kind):
        dtype, _ = kind
        x, y = self.pick(block, kind), self.pick(block, kind)
        if dtype == 'bool':
            return self.make(block, kind, f'{self.rng.choice(["and", "or", "xor", "eq"])} {x}, {y}')
        if self.rng.random() < 0.15:
            mask = self.make(block, ('bool', kind[1]), f'lt {x}, {y}')
            return self.make(block, kind, f'select {mask}, {x}, {self.pick(block, kind)}')
        return self.make(block, kind, f'{self.rng.choice(INT_OPS if dtype == "i64" else FLOAT_OPS)} {x}, {y}')

    def as_shape(self, block, value, kind, shape):
        """The value in another shape: cut, repeated, reshaped."""
        dtype, old = kind
        if old == shape:
            return value
        if elements(old) == elements(shape):
            return self.make(block, (dtype, shape), f'reshape {value}')
        if elements(old) > elements(shape):
            flat = self.make(block, (dtype, (elements(old),)), f'reshape {value}') if len(old) != 1 else value
            if not shape:
                return self.make(block, (dtype, ()), f'extract {flat}[{self.place(block, elements(old))}]')
            count = elements(shape)
            part = self.make(block, (dtype, (count,)), f'extract {flat}[0:1:{count}]')
            return part if len(shape) == 1 else self.make(block, (dtype, shape), f'reshape {part}')
        if old:
            first = self.const(block, 0)
            value = self.make(block, (dtype, ()), f'extract {value}[{", ".join([first] * len(old))}]')
        return self.make(block, (dtype, shape), f'broadcast {value}')

    def tensor(self, block, kind):
        """A new value of the kind."""
        dtype, shape = kind
        pick = self.rng.random()
        if pick < 0.35 or dtype == 'bool':
            return self.elementwise(block, kind)
        source = self.rng.choice([its for its in SLOTS if its[0] == dtype])
        value = self.pick(block, source)
        old = source[1]
        if pick < 0.5:
            axes, part = self.region(block, old)
            region = self.pick(block, (dtype, part)) if self.rng.random() < 0.6 else \
                self.make(block, (dtype, part), f'extract {value}[{axes}]')
            if part and self.rng.random() < 0.5:
                region = self.make(block, (dtype, part), f'add {region}, {region}')
            made = self.make(block, source, f'insert {value}[{axes}], {region}')
        elif pick < 0.6:
            axes, part = self.region(block, old)
            made, source = self.make(block, (dtype, part), f'extract {value}[{axes}]'), (dtype, part)
        elif pick < 0.65 and len(old) > 1:
            perm = list(range(len(old)))
            self.rng.shuffle(perm)
            source = (dtype, tuple(old[i] for i in perm))
            made = self.make(block, source, f'transpose {value}, ({", ".join(map(str, perm))})')
        elif pick < 0.8:
            made, source = self.reduction(block, value, source)
        elif pick < 0.85:
            other = self.pick(block, source)
            axis = self.rng.randrange(len(old))
            source = (dtype, old[:axis] + (2 * old[axis],) + old[axis + 1:])
            made = self.make(block, source, f'concat {value}, {other}, axis {axis}')
        elif pick < 0.88:
            count = self.rng.randint(1, 3)
            made = self.make(block, (dtype, (count,) + old),
                             f'build {", ".join(self.pick(block, source) for _ in range(count))}')
            source = (dtype, (count,) + old)
        elif pick < 0.92:
            rows = [self.place(block, old[0]) for _ in range(3)]
            index = self.make(block, ('i64', (3,)), f'build {", ".join(rows)}')
            source = (dtype, (3,) + old[1:])
            made = self.make(block, source, f'take {value}, {index}')
        elif pick < 0.96 and dtype == 'f64':
            made = self.make(block, ('f64', (3,)), f'load @X[{self.place(block, 5)}]')
            source = ('f64', (3,))
        elif dtype == 'f32':
            made, source = self.make(block, ('f32', (3, 4)), 'load @W[]'), ('f32', (3, 4))
        elif dtype == 'i64':
            made, source = self.make(block, ('i64', (4,)), 'iota'), ('i64', (4,))
        else:
            return self.elementwise(block, kind)
        return self.as_shape(block, made, source, shape)

    def reduction(self, block, value, source):
        dtype, old = source
        pick = self.rng.random()
        if pick < 0.5:
            axes = [i for i in range(len(old)) if self.rng.random() < 0.6] or [0]
            kept = tuple(extent for i, extent in enumerate(old) if i not in axes)
            op = self.rng.choice(['add', 'add', 'mul', 'min', 'max'])
            return self.make(block, (dtype, kept), f'reduce {op} {value}, axes ({", ".join(map(str, axes))})'), (dtype, kept)
        if pick < 0.6 and dtype != 'f32':
            axis = self.rng.randrange(len(old))
            kept = old[:axis] + old[axis + 1:]
            at = self.make(block, ('i64', kept), f'arg_reduce {self.rng.choice(["min", "max"])} {value}, axis {axis}')
            if dtype == 'i64':
                return at, ('i64', kept)
            return self.make(block, (dtype, kept), f'cast {at}'), (dtype, kept)
        other = self.pick(block, source)
        batch = self.rng.randint(0, len(old) - 1)
        inner = self.rng.randint(1, len(old) - batch)
        free = old[batch:len(old) - inner]
        shape = old[:batch] + free + free
        return self.make(block, (dtype, shape), f'contract {value}, {other}, batch {batch}, inner {inner}'), (dtype, shape)

    # ---- where the control flow of gen_ir.py meets tensors -------------------------------------

    def statement(self, block, depth):
        while self.rng.random() < 0.75:
            slot = self.rng.randrange(len(SLOTS))
            block['tensors'][slot] = self.tensor(block, SLOTS[slot])
        if self.rng.random() < 0.3:
            number = self.as_shape(block, self.pick(block, ('i64', (4,))), ('i64', (4,)), ())
            small, seven = self.value(), self.const(block, 7)
            self.put(block, f'{small}: i64 = and {number}, {seven}')
            block['vars'][self.rng.randrange(1, gen_ir.VARS)] = small
        return super().statement(block, depth)

    def call(self, block):
        callee = self.rng.randrange(self.index, gen_ir.FUNCS)
        results = 1 if callee % 2 == 0 else 2
        args = [self.operand(block) for _ in range(2)]
        args += [self.pick(block, SLOTS[slot]) for slot in IN_SLOTS]
        names = [self.value() for _ in range(results)]
        tensors = [self.value() for _ in IN_SLOTS]
        left = ', '.join([f'{name}: i64' for name in names] +
                         [f'{name}: {spell(SLOTS[slot])}' for name, slot in zip(tensors, IN_SLOTS)])
        self.put(block, f'{left} = call @f{callee}({", ".join(args)}), #1')
        for name in names:
            self.assign(block, name)
        for name, slot in zip(tensors, IN_SLOTS):
            block['tensors'][slot] = name
        return names[0]

    def leave(self, block):
        super().leave(block)
        block['lines'][-1] += ''.join(f', {self.pick_at_end(block, slot)}' for slot in IN_SLOTS)

    def pick_at_end(self, block, slot):
        """Behind the last instruction nothing may be made."""
        return block['tensors'][slot]

    def text(self):
        params = ', '.join(f'%in{slot}: {spell(SLOTS[slot])}' for slot in IN_SLOTS)
        types = ', '.join(spell(SLOTS[slot]) for slot in IN_SLOTS)
        lines = [f'func @{self.name}(i64, i64, {types}) -> ({", ".join(["i64"] * self.results)}, {types}) {{',
                 f'b{self.count}(%x: i64, %y: i64, {params}):',
                 '    %zero: i64 = const 0', '    %sum: i64 = add %x, %y']
        names = []
        for slot, kind in enumerate(SLOTS):
            if slot in IN_SLOTS:
                names.append(f'%in{slot}')
            else:
                lines.append(f'    %new{slot}: {spell(kind)} = const {"false" if kind[0] == "bool" else "0" if kind[0] == "i64" else "0.5"}')
                names.append(f'%new{slot}')
        lines.append(f'    jmp b0(%x, %y, %zero, %sum, {", ".join(names)})')
        for block in self.blocks:
            lines += [block['head']] + block['lines']
        return '\n'.join(lines + ['}']) + '\n'


def program(seed):
    rng = random.Random(seed)
    out = ['fault #1 stack text "too deep"', 'fault #2 assert text "check"',
           'fault #3 assert text "fault"', 'extent $n', 'shared @X: f64[$n, 3]',
           'shared @W: f32[3, 4]', f'entry "p{seed}" = @f0 {{',
           f'    max_depth {rng.randint(0, 3)}', '    param "x": i64', '    shared @X as "X"', '    extent $n as "n"',
           '    param "y": i64']
    out += [f'    param "t{slot}": {spell(SLOTS[slot])}' for slot in IN_SLOTS]
    out += ['    shared @W as "W"', '    result "a": i64']
    out += [f'    result "r{slot}": {spell(SLOTS[slot])}' for slot in IN_SLOTS]
    out += ['}']
    for index in range(gen_ir.FUNCS):
        func = Func(rng, f'f{index}', index, 1 if index % 2 == 0 else 2)
        end = func.statements(func.block(), gen_ir.TOP - 1)
        if end is not None:
            func.leave(end)
        out.append(func.text())
    return '\n'.join(out)


if __name__ == '__main__':
    sys.stdout.write(program(int(sys.argv[1])))
