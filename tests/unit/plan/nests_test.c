/* Nests and buffers: random functions over small tensors are run once with a place for each value and once
 * as the nests say, in shared buffers, loop by loop and element by element. */
#include "plan/nests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PROGRAMS = 4000, MAX_ELEMENTS = 8, STEPS = 4000 };

/* ---- random functions ------------------------------------------------------------------------- */

struct maker {
    struct arena *arena;
    struct ir_prog *prog;
    func_id func;
    block_id block;
    uint64_t state;
    VEC(value_id) scope; /* values that may be used */
};

static uint32_t below(struct maker *m, uint32_t limit)
{
    m->state = m->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(m->state >> 33) % limit;
}

static struct ir_func *func_of(struct maker *m)
{
    return &m->prog->funcs.at[m->func];
}

static struct type tensor(uint8_t rank, int64_t a, int64_t b)
{
    return (struct type){DT_I64, {.rank = rank, .dim = {a, b}}};
}

/* [4], [2, 2], [2], i64 */
static const struct { uint8_t rank; int64_t a, b; } kinds[] = {{1, 4, 0}, {2, 2, 2}, {1, 2, 0}, {0, 0, 0}};

static struct type kind_type(uint32_t kind)
{
    return tensor(kinds[kind].rank, kinds[kind].a, kinds[kind].b);
}

static value_id make(struct maker *m, enum inst_kind kind, struct type type, const value_id *args,
                     uint32_t count, struct ir_inst **inst)
{
    struct ir_inst *made = ir_inst_new(m->prog, func_of(m), m->block, kind, type, args, count,
                                       (struct loc){0});
    value_id value = made->results.at[0];
    vec_push(m->arena, &m->scope, value);
    if (inst)
        *inst = made;
    return value;
}

/* A value of the type in scope, made if there is none; later ones more often. */
static value_id pick(struct maker *m, struct type type)
{
    for (int tries = 0; tries < 12; tries++) {
        uint32_t i = m->scope.len - 1 - below(m, tries < 6 && m->scope.len > 6 ? 6 : m->scope.len);
        if (type_equal(&func_of(m)->values.at[m->scope.at[i]].type, &type))
            return m->scope.at[i];
    }
    struct ir_inst *inst;
    value_id value = make(m, INST_CONST, type, NULL, 0, &inst);
    inst->constant.i = below(m, 5);
    return value;
}

static value_id small_index(struct maker *m)
{
    struct ir_inst *inst;
    value_id value = make(m, INST_CONST, kind_type(3), NULL, 0, &inst);
    inst->constant.i = below(m, 2);
    return value;
}

static void push_axes(struct maker *m, struct ir_inst *inst, const struct ir_axis *axes, int count)
{
    for (int i = 0; i < count; i++)
        vec_push(m->arena, &inst->axes, axes[i]);
}

/* A region of a value of kind 0 or 1; adds the scalar arguments. */
struct region {
    struct ir_axis axes[2];
    int rank;
    struct type type;
    value_id args[4];
    uint32_t count;
};

static struct region random_region(struct maker *m, uint32_t kind)
{
    struct region r = {.rank = kinds[kind].rank, .count = 1};
    static const struct ir_axis line[] = {{AXIS_RANGE, 0, 1, 2}, {AXIS_RANGE, 3, -1, 4},
                                          {AXIS_RANGE, 0, 2, 2}, {AXIS_WINDOW, 0, 1, 2},
                                          {AXIS_RANGE, 0, 1, 4}, {AXIS_AT, 0, 0, 1}};
    static const struct ir_axis pair[] = {{AXIS_RANGE, 0, 1, 2}, {AXIS_RANGE, 1, -1, 2},
                                          {AXIS_AT, 0, 0, 1}, {AXIS_AT, 0, 0, 1}};
    uint8_t rank = 0;
    int64_t dims[2] = {0};
    for (int i = 0; i < r.rank; i++) {
        r.axes[i] = kind == 0 ? line[below(m, 6)] : pair[below(m, 4)];
        if (r.axes[i].kind != AXIS_RANGE)
            r.args[r.count++] = small_index(m);
        if (r.axes[i].kind != AXIS_AT)
            dims[rank++] = r.axes[i].count;
    }
    r.type = tensor(rank, dims[0], dims[1]);
    return r;
}

static void make_elementwise(struct maker *m, struct type type)
{
    static const enum op ops[] = {OP_add, OP_sub, OP_mul};
    value_id args[2] = {pick(m, type), pick(m, type)};
    struct ir_inst *inst;
    make(m, INST_OP, type, args, 2, &inst);
    inst->op = ops[below(m, 3)];
}

static void make_map(struct maker *m)
{
    struct ir_inst *inst;
    value_id arg;
    switch (below(m, 5)) {
    case 0:
        arg = pick(m, kind_type(1));
        make(m, INST_TRANSPOSE, kind_type(1), &arg, 1, &inst);
        inst->perm[0] = 1;
        inst->perm[1] = 0;
        return;
    case 1:
        arg = pick(m, kind_type(0));
        make(m, INST_RESHAPE, kind_type(1), &arg, 1, NULL);
        return;
    case 2:
        arg = pick(m, kind_type(1));
        make(m, INST_RESHAPE, kind_type(0), &arg, 1, NULL);
        return;
    case 3:
        arg = pick(m, kind_type(2));
        make(m, INST_BROADCAST, kind_type(1), &arg, 1, NULL);
        return;
    default:
        make(m, INST_IOTA, kind_type(below(m, 2) ? 0 : 2), NULL, 0, NULL);
        return;
    }
}

static void make_region(struct maker *m, bool insert)
{
    uint32_t kind = below(m, 2);
    struct region r = random_region(m, kind);
    struct ir_inst *inst;
    r.args[0] = pick(m, kind_type(kind));
    if (insert) {
        /* Often an old region of the same tensor comes back. */
        if (below(m, 3) == 0) {
            value_id old = make(m, INST_EXTRACT, r.type, r.args, r.count, &inst);
            push_axes(m, inst, r.axes, r.rank);
            if (r.type.shape.rank > 0 && below(m, 2)) {
                value_id twice[2] = {old, old};
                old = make(m, INST_OP, r.type, twice, 2, &inst);
                inst->op = OP_add;
            }
            r.args[r.count] = old;
        } else {
            r.args[r.count] = pick(m, r.type);
        }
        make(m, INST_INSERT, kind_type(kind), r.args, r.count + 1, &inst);
    } else {
        make(m, INST_EXTRACT, r.type, r.args, r.count, &inst);
    }
    push_axes(m, inst, r.axes, r.rank);
}

static void make_statement(struct maker *m)
{
    struct ir_inst *inst;
    value_id args[2];
    switch (below(m, 10)) {
    case 0: case 1: case 2: case 3:
        make_elementwise(m, kind_type(below(m, 3)));
        return;
    case 4: case 5:
        make_map(m);
        return;
    case 6:
        make_region(m, false);
        return;
    case 7: case 8:
        make_region(m, true);
        return;
    default:
        if (below(m, 2)) {
            args[0] = pick(m, kind_type(1));
            make(m, INST_REDUCE, kind_type(2), args, 1, &inst);
            inst->op = OP_add;
            inst->axis_set = 1;
        } else {
            args[0] = pick(m, kind_type(2));
            args[1] = pick(m, kind_type(2));
            make(m, INST_CONCAT, kind_type(0), args, 2, &inst);
        }
        return;
    }
}

static void make_statements(struct maker *m, uint32_t count)
{
    while (count-- > 0)
        make_statement(m);
}

enum { CARRIED = 4 };

static void add_params(struct maker *m, block_id block, const uint32_t *kind)
{
    for (int i = 0; i < CARRIED; i++)
        vec_push(m->arena, &m->scope,
                 ir_param_new(m->prog, func_of(m), block, kind_type(kind[i]), NULL,
                              (struct loc){0}));
}

static void pick_args(struct maker *m, const uint32_t *kind, value_id *args)
{
    for (int i = 0; i < CARRIED; i++)
        args[i] = pick(m, kind_type(kind[i]));
}

/* while (count of a scalar): header with carried tensors, body, and what follows. Values of the body are
 * out of scope behind it. */
static void make_loop(struct maker *m, int depth)
{
    const struct loc loc = {0};
    uint32_t kind[CARRIED] = {below(m, 3), below(m, 2), below(m, 2), 3};
    kind[1] = kind[0]; /* something to swap */
    value_id args[CARRIED + 1];
    pick_args(m, kind, args);
    struct ir_inst *inst;
    args[CARRIED] = make(m, INST_CONST, kind_type(3), NULL, 0, &inst);
    inst->constant.i = 1 + below(m, 3);
    block_id header = ir_block_new(m->prog, func_of(m), NULL, loc);
    func_of(m)->blocks.at[header].is_loop = true;
    ir_jmp(m->prog, func_of(m), m->block, header, args, CARRIED + 1);
    m->block = header;
    add_params(m, header, kind);
    value_id left = ir_param_new(m->prog, func_of(m), header, kind_type(3), NULL, loc);
    make_statements(m, below(m, 3));
    value_id zero = make(m, INST_CONST, kind_type(3), NULL, 0, NULL);
    value_id compare[2] = {zero, left};
    value_id more = ir_op(m->prog, func_of(m), m->block, OP_lt, type_scalar(DT_BOOL), compare, 2,
                          loc);
    block_id body = ir_block_new(m->prog, func_of(m), NULL, loc);
    block_id exit = ir_block_new(m->prog, func_of(m), NULL, loc);
    ir_br(m->prog, func_of(m), m->block, more, body, exit, loc);
    uint32_t scope = m->scope.len;
    m->block = body;
    make_statements(m, below(m, 5));
    if (depth > 0 && below(m, 3) == 0)
        make_loop(m, depth - 1);
    pick_args(m, kind, args);
    value_id one = make(m, INST_CONST, kind_type(3), NULL, 0, &inst);
    inst->constant.i = 1;
    value_id next[2] = {left, one};
    args[CARRIED] = ir_op(m->prog, func_of(m), m->block, OP_sub, kind_type(3), next, 2, loc);
    ir_jmp(m->prog, func_of(m), m->block, header, args, CARRIED + 1);
    m->block = exit;
    m->scope.len = scope;
}

static void make_choice(struct maker *m)
{
    const struct loc loc = {0};
    uint32_t kind[CARRIED] = {below(m, 3), below(m, 2), 0, 3};
    value_id compare[2] = {pick(m, kind_type(3)), pick(m, kind_type(3))};
    value_id c = ir_op(m->prog, func_of(m), m->block, OP_lt, type_scalar(DT_BOOL), compare, 2, loc);
    block_id arms[2] = {ir_block_new(m->prog, func_of(m), NULL, loc),
                        ir_block_new(m->prog, func_of(m), NULL, loc)};
    block_id join = ir_block_new(m->prog, func_of(m), NULL, loc);
    ir_br(m->prog, func_of(m), m->block, c, arms[0], arms[1], loc);
    uint32_t scope = m->scope.len;
    for (int i = 0; i < 2; i++) {
        value_id args[CARRIED];
        m->block = arms[i];
        m->scope.len = scope;
        make_statements(m, below(m, 4));
        pick_args(m, kind, args);
        ir_jmp(m->prog, func_of(m), m->block, join, args, CARRIED);
    }
    m->scope.len = scope;
    m->block = join;
    add_params(m, join, kind);
}

static const uint32_t signature[] = {0, 0, 1, 2, 3};
enum { SIGNATURE = 5 };

static void make_func(struct maker *m)
{
    const struct loc loc = {0};
    m->func = ir_func_new(m->prog, "f", loc);
    m->block = ir_block_new(m->prog, func_of(m), NULL, loc);
    for (int i = 0; i < SIGNATURE; i++) {
        vec_push(m->arena, &func_of(m)->params, kind_type(signature[i]));
        vec_push(m->arena, &func_of(m)->results, kind_type(signature[i]));
        vec_push(m->arena, &m->scope,
                 ir_param_new(m->prog, func_of(m), m->block, kind_type(signature[i]), NULL, loc));
    }
    for (uint32_t i = 0; i < 3; i++) {
        make_statements(m, below(m, 6));
        if (below(m, 2))
            make_loop(m, 1);
        else
            make_choice(m);
    }
    make_statements(m, below(m, 4));
    value_id results[SIGNATURE];
    for (int i = 0; i < SIGNATURE; i++)
        results[i] = pick(m, kind_type(signature[i]));
    ir_ret(m->prog, func_of(m), m->block, results, SIGNATURE, loc);
    ir_tidy(m->prog);
}

/* ---- two machines ----------------------------------------------------------------------------- */

struct machine {
    const struct ir_func *ir;
    const struct nests *nests; /* NULL: a place for each value */
    int64_t (*place)[MAX_ELEMENTS]; /* by value or buffer; scalars by value */
    int64_t *scalar;
    uint32_t steps;
};

static int64_t *place_of(struct machine *m, value_id value)
{
    return m->place[m->nests ? m->nests->buffer[value] : value];
}

static const struct shape *shape_of(const struct machine *m, value_id value)
{
    return &m->ir->values.at[value].type.shape;
}

static int64_t element(struct machine *m, value_id value, int64_t i);

/* Row-major index in the tensor of element `i` of the region. */
static int64_t region_index(struct machine *m, const struct ir_inst *inst, int64_t i)
{
    const struct shape *whole = shape_of(m, inst->args.at[0]);
    int64_t at[2] = {0}, result = 0;
    uint32_t scalars = 1;
    for (int k = 0; k < whole->rank; k++)
        if (inst->axes.at[k].kind != AXIS_RANGE)
            at[k] = m->scalar[inst->args.at[scalars++]];
    for (int k = whole->rank; k-- > 0;) {
        const struct ir_axis *axis = &inst->axes.at[k];
        if (axis->kind == AXIS_AT)
            continue;
        at[k] += axis->kind == AXIS_RANGE ? axis->start + axis->step * (i % axis->count)
                                          : i % axis->count;
        i /= axis->count;
    }
    for (int k = 0; k < whole->rank; k++)
        result = result * whole->dim[k] + at[k];
    return result;
}

static int64_t compute(struct machine *m, const struct ir_inst *inst, int64_t i)
{
    const struct shape *shape = shape_of(m, inst->results.at[0]);
    switch (inst->kind) {
    case INST_OP: {
        union scalar args[3] = {{.i = element(m, inst->args.at[0], i)},
                                {.i = element(m, inst->args.at[1], i)}, {0}};
        union scalar r = op_eval(inst->op, DT_I64, m->ir->values.at[inst->results.at[0]].type.dtype,
                                 args);
        return m->ir->values.at[inst->results.at[0]].type.dtype == DT_BOOL ? (int64_t)r.u : r.i;
    }
    case INST_CONST:
        return inst->constant.i;
    case INST_IOTA:
        return i;
    case INST_RESHAPE:
        return element(m, inst->args.at[0], i);
    case INST_BROADCAST:
        return element(m, inst->args.at[0], i % shape_elements(shape_of(m, inst->args.at[0])));
    case INST_TRANSPOSE:
        return element(m, inst->args.at[0], i % 2 * 2 + i / 2);
    case INST_EXTRACT:
        return element(m, inst->args.at[0], region_index(m, inst, i));
    case INST_CONCAT:
        return i < 2 ? element(m, inst->args.at[0], i) : element(m, inst->args.at[1], i - 2);
    case INST_REDUCE:
        return (int64_t)((uint64_t)element(m, inst->args.at[0], i) +
                         (uint64_t)element(m, inst->args.at[0], i + 2));
    default:
        fail_msg("unexpected instruction of %d elements", (int)shape_elements(shape));
        return 0;
    }
}

static int64_t element(struct machine *m, value_id value, int64_t i)
{
    if (shape_of(m, value)->rank == 0)
        return m->scalar[value];
    const struct ir_value *v = &m->ir->values.at[value];
    if (m->nests && m->nests->form[value] == FORM_FUSED)
        return compute(m, &m->ir->insts.at[v->inst], i);
    return place_of(m, value)[i];
}

static void insert(struct machine *m, const struct ir_inst *inst)
{
    int64_t *to = place_of(m, inst->results.at[0]);
    if (!m->nests || !nests_share(m->nests, inst->args.at[0], inst->results.at[0]))
        memmove(to, place_of(m, inst->args.at[0]),
                sizeof *to * (size_t)shape_elements(shape_of(m, inst->args.at[0])));
    value_id region = inst->args.at[inst->args.len - 1];
    for (int64_t i = 0; i < shape_elements(shape_of(m, region)); i++)
        to[region_index(m, inst, i)] = element(m, region, i);
}

static void run_inst(struct machine *m, inst_id id)
{
    const struct ir_inst *inst = &m->ir->insts.at[id];
    value_id result = inst->results.at[0];
    if (shape_of(m, result)->rank == 0) {
        m->scalar[result] = compute(m, inst, 0);
        return;
    }
    if (m->nests && m->nests->form[result] == FORM_FUSED)
        return;
    if (inst->kind == INST_INSERT) {
        insert(m, inst);
        return;
    }
    const struct nest *nest = m->nests && m->nests->nest[id] != IR_NONE
                                  ? &m->nests->nests.at[m->nests->nest[id]]
                                  : NULL;
    if (nest && vec_last(&nest->roots) != id)
        return;
    for (int64_t i = 0; i < shape_elements(shape_of(m, result)); i++)
        for (uint32_t r = 0; r < (nest ? nest->roots.len : 1); r++) {
            const struct ir_inst *root = nest ? &m->ir->insts.at[nest->roots.at[r]] : inst;
            place_of(m, root->results.at[0])[i] = compute(m, root, i);
        }
}

/* All arguments are read before a parameter is written. */
static void run_edge(struct machine *m, const struct ir_edge *edge)
{
    const struct ir_block *to = &m->ir->blocks.at[edge->to];
    int64_t read[16][MAX_ELEMENTS] = {{0}};
    for (int store = 0; store < 2; store++)
        for (uint32_t k = 0; k < edge->args.len; k++) {
            value_id param = to->params.at[k];
            int64_t count = shape_elements(shape_of(m, param));
            for (int64_t i = 0; i < count; i++) {
                if (!store)
                    read[k][i] = element(m, edge->args.at[k], i);
                else if (shape_of(m, param)->rank == 0)
                    m->scalar[param] = read[k][i];
                else
                    place_of(m, param)[i] = read[k][i];
            }
        }
}

static const struct ir_term *run(struct machine *m)
{
    block_id at = 0;
    for (int i = 0; i < SIGNATURE; i++)
        for (int k = 0; k < MAX_ELEMENTS; k++) {
            value_id param = m->ir->blocks.at[0].params.at[i];
            if (shape_of(m, param)->rank == 0)
                m->scalar[param] = 1;
            else if (k < shape_elements(shape_of(m, param)))
                place_of(m, param)[k] = 10 * i + k + 1;
        }
    for (;;) {
        const struct ir_block *block = &m->ir->blocks.at[at];
        assert_true(m->steps++ < STEPS);
        for (uint32_t i = 0; i < block->insts.len; i++)
            run_inst(m, block->insts.at[i]);
        if (block->term.kind == TERM_RET)
            return &block->term;
        bool no = block->term.kind == TERM_BR && !m->scalar[block->term.condition];
        const struct ir_edge *edge = &block->term.edges[no];
        run_edge(m, edge);
        at = edge->to;
    }
}

static struct machine machine_new(struct arena *arena, const struct ir_func *ir,
                                  const struct nests *nests)
{
    struct machine m = {.ir = ir, .nests = nests};
    m.place = arena_alloc(arena, sizeof *m.place * (ir->values.len + 1));
    m.scalar = ARENA_ARRAY(arena, int64_t, ir->values.len + 1);
    return m;
}

/* ---- tests ------------------------------------------------------------------------------------ */

static uint64_t fused, in_place, copied;

static void count_forms(const struct ir_func *ir, const struct nests *nests)
{
    for (value_id v = 0; v < ir->values.len; v++)
        fused += nests->form[v] == FORM_FUSED;
    for (inst_id i = 0; i < ir->insts.len; i++)
        if (ir->insts.at[i].kind == INST_INSERT) {
            bool share = nests_share(nests, ir->insts.at[i].args.at[0],
                                     ir->insts.at[i].results.at[0]);
            in_place += share;
            copied += !share;
        }
}

static void check_seed(uint64_t seed)
{
    struct arena *arena = arena_new();
    struct maker maker = {.arena = arena, .state = seed * 77777,
                          .prog = ir_prog_new(arena, names_new(arena), NULL)};
    make_func(&maker);
    const struct ir_func *ir = func_of(&maker);
    const char *why = ir_verify(maker.prog, arena);
    if (why)
        fail_msg("seed %u: %s", (unsigned)seed, why);
    struct nests nests = nests_of(arena, maker.prog, maker.func);
    struct machine plain = machine_new(arena, ir, NULL), shared = machine_new(arena, ir, &nests);
    const struct ir_term *ret = run(&plain);
    assert_ptr_equal(run(&shared), ret);
    for (uint32_t k = 0; k < ret->args.len; k++)
        for (int64_t i = 0; i < shape_elements(shape_of(&plain, ret->args.at[k])); i++)
            if (element(&plain, ret->args.at[k], i) != element(&shared, ret->args.at[k], i)) {
                struct text text = {0};
                ir_print(maker.prog, &text);
                fail_msg("seed %u: result %u differs at %d\n%s", (unsigned)seed, k, (int)i,
                         text.chars);
            }
    count_forms(ir, &nests);
    arena_free(arena);
}

static void random_functions_keep_their_results(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++)
        check_seed(seed);
    print_message("%d fused, %d in place, %d copied\n", (int)fused, (int)in_place, (int)copied);
    assert_true(fused > 5 * PROGRAMS);
    assert_true(in_place > copied);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_functions_keep_their_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
