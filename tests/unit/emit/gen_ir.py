#!/usr/bin/env python3
"""Random programs as IR text, for emitters: gen_ir.py SEED. Control flow is as wild as it may be in
reducible form: nested loops, break and continue over several levels, returns and faults anywhere,
recursion that gets too deep, and loops that would not end with the result of a faulted call."""
import random
import sys

VARS = 4
FUNCS = 4
TOP = 4 # levels of nesting
BINARY = ['add', 'sub', 'mul', 'floordiv', 'mod', 'and', 'or', 'xor', 'min', 'max', 'shl', 'shr']
COMPARE = ['eq', 'ne', 'lt', 'le', 'gt', 'ge']


class Func:
    """One function. Every block takes all variables as parameters; ir_tidy drops what is idle."""

    def __init__(self, rng, name, index, results):
        self.rng, self.name, self.index, self.results = rng, name, index, results
        self.blocks, self.count, self.values = [], 0, 0
        self.calls_left, self.loops = 3, []

    def value(self):
        self.values += 1
        return f'%{self.values}'

    def block(self, loop=False):
        """A new block: [head, lines, variables]."""
        names = [f'%{"abcd"[i]}.{1000 + VARS * self.count + i}' for i in range(VARS)]
        params = ', '.join(f'{name}: i64' for name in names)
        head = f'b{self.count}{" loop" if loop else ""}({params}):'
        block = {'id': self.count, 'head': head, 'lines': [], 'vars': names}
        self.count += 1
        self.blocks.append(block)
        return block

    def put(self, block, line):
        block['lines'].append('    ' + line)

    def const(self, block, number):
        value = self.value()
        self.put(block, f'{value}: i64 = const {number}')
        return value

    def operand(self, block):
        if self.rng.random() < 0.85:
            return self.rng.choice(block['vars'])
        return self.const(block, self.rng.choice([0, 1, 2, 3, 5, -1, 7, 63]))

    def expression(self, block, depth=2):
        if depth == 0 or self.rng.random() < 0.2:
            return self.operand(block)
        x, y = self.expression(block, depth - 1), self.expression(block, depth - 1)
        value = self.value()
        if self.rng.random() < 0.15:
            condition = self.condition(block)
            self.put(block, f'{value}: i64 = select {condition}, {x}, {y}')
        else:
            self.put(block, f'{value}: i64 = {self.rng.choice(BINARY)} {x}, {y}')
        return value

    def condition(self, block):
        value = self.value()
        x, y = self.operand(block), self.operand(block)
        self.put(block, f'{value}: bool = {self.rng.choice(COMPARE)} {x}, {y}')
        if self.rng.random() < 0.2:
            other = self.value()
            self.put(block, f'{other}: bool = not {value}')
            return other
        return value

    def edge(self, block, to):
        return f'b{to["id"]}({", ".join(block["vars"])})'

    def jump(self, block, to):
        self.put(block, f'jmp {self.edge(block, to)}')

    def branch(self, block, condition, yes, no):
        self.put(block, f'br {condition}, {self.edge(block, yes)}, {self.edge(block, no)}')

    def assign(self, block, value):
        names = list(block['vars'])
        names[self.rng.randrange(VARS)] = value
        block['vars'] = names

    def call(self, block):
        """A call: to itself (recursion), or to a later function."""
        callee = self.rng.randrange(self.index, FUNCS)
        results = 1 if callee % 2 == 0 else 2
        args = [self.operand(block) for _ in range(2)]
        names = [self.value() for _ in range(results)]
        left = ', '.join(f'{name}: i64' for name in names)
        self.put(block, f'{left} = call @f{callee}({", ".join(args)}), #1')
        for name in names:
            self.assign(block, name)
        return names[0]

    def leave(self, block):
        """return: all results clamped to 1..7, so that loops may rely on them."""
        out = []
        for _ in range(self.results):
            low, high = self.const(block, 1), self.const(block, 7)
            a, b = self.value(), self.value()
            value = self.operand(block)
            for name in block['vars']:
                mixed = self.value()
                self.put(block, f'{mixed}: i64 = {self.rng.choice(["xor", "add"])} {value}, {name}')
                value = mixed
            seven = self.value()
            self.put(block, f'{seven}: i64 = and {value}, {high}')
            value = seven
            self.put(block, f'{a}: i64 = max {value}, {low}')
            self.put(block, f'{b}: i64 = min {a}, {high}')
            out.append(b)
        self.put(block, 'ret ' + ', '.join(out))

    def statements(self, block, depth):
        """Emits into `block`; gives the block in which control goes on, or None."""
        for _ in range(self.rng.randint(1, 3) + 2 * (depth == TOP)):
            block = self.statement(block, depth)
            if block is None:
                return None
        return block

    def statement(self, block, depth):
        pick = self.rng.random()
        if depth == TOP and 0.6 <= pick < 0.78:
            pick = 1
        if depth > 0 and pick < 0.3:
            return self.if_statement(block, depth)
        if depth > 0 and pick < 0.45:
            return self.loop(block, depth)
        if pick < 0.55 and self.calls_left > 0:
            self.calls_left -= 1
            self.call(block)
            return block
        if pick < 0.6:
            self.put(block, f'check {self.condition(block)}, #2')
            return block
        if pick < 0.75 and self.loops:
            self.jump(block, self.rng.choice(self.rng.choice(self.loops)))
            return None
        if pick < 0.77:
            self.leave(block)
            return None
        if pick < 0.78:
            self.put(block, 'fault #3')
            return None
        self.assign(block, self.expression(block))
        return block

    def if_statement(self, block, depth):
        yes, condition = self.block(), self.condition(block)
        if self.rng.random() < 0.5:
            no = self.block()
            self.branch(block, condition, yes, no)
            ends = [self.statements(yes, depth - 1), self.statements(no, depth - 1)]
            ends = [end for end in ends if end is not None]
            if not ends:
                return None
            join = self.block()
        else:
            join = self.block()
            self.branch(block, condition, yes, join)
            ends = [self.statements(yes, depth - 1)]
            ends = [end for end in ends if end is not None]
        for end in ends:
            self.jump(end, join)
        return join

    def loop(self, block, depth):
        """Counts variable 0 up to a limit, at least by 1 each round, wherever it continues."""
        header, after = self.block(loop=True), self.block()
        names = list(block['vars'])
        names[0] = self.const(block, 0)
        block['vars'] = names
        self.jump(block, header)
        body = self.block()
        limit = self.const(header, self.rng.randint(1, 6))
        # The round is counted in the header, by what a call gave or by 1.
        step = self.const(header, 1)
        if self.calls_left > 0 and self.rng.random() < 0.4:
            self.calls_left -= 1
            step = self.call(header)
        value, condition = self.value(), self.value()
        self.put(header, f'{value}: i64 = add {header["head"].split("(")[1].split(":")[0]}, {step}')
        self.put(header, f'{condition}: bool = le {value}, {limit}')
        names = list(header['vars'])
        names[0] = value
        header['vars'] = names
        self.branch(header, condition, body, after)
        inner = Guard(self, header, after, value)
        end = inner.run(body, depth - 1)
        if end is not None:
            self.jump(end, inner.again())
        return after

    def text(self):
        entry = f'b{self.count}(%x: i64, %y: i64):'
        types = ', '.join(['i64'] * self.results)
        lines = [f'func @{self.name}(i64, i64) -> ({types}) {{', entry,
                 '    %zero: i64 = const 0', '    %sum: i64 = add %x, %y',
                 '    jmp b0(%x, %y, %zero, %sum)']
        for block in self.blocks:
            lines += [block['head']] + block['lines']
        return '\n'.join(lines + ['}']) + '\n'


class Guard:
    """A loop's body: continue goes through a block that restores the counter, so that it ends."""

    def __init__(self, func, header, after, counter):
        self.func, self.header, self.after, self.counter = func, header, after, counter
        self.latch = func.block()
        names = list(self.latch['vars'])
        names[0] = counter
        self.latch['vars'] = names
        func.jump(self.latch, header)

    def again(self):
        return self.latch

    def run(self, body, depth):
        self.func.loops.append([self.latch, self.after])
        end = self.func.statements(body, depth)
        self.func.loops.pop()
        return end




def program(seed):
    rng = random.Random(seed)
    out = ['fault #1 stack text "too deep"', 'fault #2 assert text "check"',
           'fault #3 assert text "fault"', f'entry "p{seed}" = @f0 {{',
           f'    max_depth {rng.randint(0, 4)}', '    param "x": i64', '    param "y": i64',
           '    result "": i64', '}']
    for index in range(FUNCS):
        func = Func(rng, f'f{index}', index, 1 if index % 2 == 0 else 2)
        end = func.statements(func.block(), TOP)
        if end is not None:
            func.leave(end)
        out.append(func.text())
    return '\n'.join(out)


if __name__ == '__main__':
    sys.stdout.write(program(int(sys.argv[1])))
