#include "random_ir.h"

#include "ir/tensor.h"

#include <string.h>

uint64_t random_bits(struct random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t random_below(struct random *random, uint32_t limit)
{
    return (uint32_t)(random_bits(random) >> 32) % limit;
}

static const enum dtype dtypes[] = {DT_BOOL, DT_I64, DT_I64, DT_I32, DT_U8, DT_F64, DT_F32};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

static enum dtype random_dtype(struct random *random)
{
    return dtypes[random_below(random, DTYPES)];
}

static double random_double(struct random *random)
{
    static const double special[] = {0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 1e300, -1e-300, 3e9, 1e19};
    if (random_below(random, 3))
        return special[random_below(random, sizeof special / sizeof *special)];
    return (double)random_below(random, 200) / 8.0 - 12.0;
}

union scalar random_scalar(struct random *random, enum dtype dtype)
{
    union scalar scalar;
    memset(&scalar, 0, sizeof scalar);
    int64_t value = (int64_t)random_below(random, 9) - 2;
    if (random_below(random, 4) == 0)
        value = (int64_t)(random_bits(random) >> random_below(random, 64));
    if (random_below(random, 6) == 0)
        value = (int64_t)(UINT64_C(1) << random_below(random, 64));
    switch (dtype_table[dtype].bytes * 32 + dtype_table[dtype].cls) {
    case 1 * 32 + CLASS_BOOL:
        scalar.u = value & 1;
        break;
    case 1 * 32 + CLASS_UINT:
        scalar.u = (uint8_t)value;
        break;
    case 4 * 32 + CLASS_UINT:
        scalar.u = (uint32_t)value;
        break;
    case 4 * 32 + CLASS_INT:
        scalar.i = (int32_t)(uint32_t)value;
        break;
    case 4 * 32 + CLASS_FLOAT:
        scalar.f32 = (float)random_double(random);
        break;
    case 8 * 32 + CLASS_FLOAT:
        scalar.f64 = random_double(random);
        break;
    default:
        scalar.i = value;
        break;
    }
    return scalar;
}

/* ---- control flow --------------------------------------------------------------------------- */

enum { MAX_BLOCKS = 64 };

struct maker {
    struct ir_prog *prog;
    struct random *random;
    struct random_shape shape;
    struct ir_func *func;
    uint64_t dominators[MAX_BLOCKS]; /* of each block, as a set; unreachable: only itself */
    bool back[MAX_BLOCKS][2];        /* edge to be led back to a dominator */
    value_id counter;                /* of a counted loop that is being filled, or IR_NONE */
};

static uint32_t below(struct maker *m, uint32_t limit)
{
    return random_below(m->random, limit);
}

/* Forward edges first: every edge goes to a later block, or is marked as a later one back. */
static void choose_edges(struct maker *m)
{
    uint32_t count = m->func->blocks.len;
    memset(m->back, 0, sizeof m->back);
    for (block_id id = 0; id < count; id++) {
        struct ir_term *term = &m->func->blocks.at[id].term;
        uint32_t later = count - id - 1;
        term->kind = later == 0 ? TERM_RET
                                : (enum term_kind[]){TERM_JMP, TERM_BR, TERM_BR, TERM_BR,
                                                     TERM_RET}[below(m, 5)];
        if (id == 0 && term->kind == TERM_RET && later)
            term->kind = TERM_BR;
        if (term->kind == TERM_RET && below(m, 4) == 0)
            term->kind = TERM_FAULT;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
            uint32_t step = below(m, 3) ? below(m, later < 3 ? later : 3) : below(m, later);
            term->edges[edge].to = id + 1 + step;
            m->back[id][edge] = term->kind == TERM_BR && below(m, 4) == 0;
        }
        if (m->back[id][0])
            m->back[id][1] = below(m, 8) == 0;
    }
}

static void find_dominators(struct maker *m)
{
    uint32_t count = m->func->blocks.len;
    m->dominators[0] = 1;
    for (block_id to = 1; to < count; to++) {
        uint64_t common = ~UINT64_C(0);
        for (block_id from = 0; from < to; from++) {
            const struct ir_term *term = &m->func->blocks.at[from].term;
            bool reachable = m->dominators[from] & 1;
            for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
                if (reachable && !m->back[from][edge] && term->edges[edge].to == to)
                    common &= m->dominators[from];
        }
        if (common == ~UINT64_C(0))
            common = 0;
        m->dominators[to] = common | UINT64_C(1) << to;
    }
}

static void lead_back(struct maker *m)
{
    for (block_id id = 0; id < m->func->blocks.len; id++)
        for (uint32_t edge = 0; edge < 2; edge++) {
            if (!m->back[id][edge])
                continue;
            block_id to = below(m, id + 1);
            if (m->dominators[id] & 1) /* reachable */
                while (!(m->dominators[id] >> to & 1) || (to == 0 && m->shape.tidy_input && id))
                    to = below(m, id + 1);
            if (to == 0 && m->shape.tidy_input)
                continue;
            m->func->blocks.at[id].term.edges[edge].to = to;
            m->func->blocks.at[to].is_loop = true;
        }
}

/* ---- values --------------------------------------------------------------------------------- */

static const struct type tensors[] = {
    {DT_F64, {1, {3}}}, {DT_F64, {2, {2, 3}}}, {DT_F64, {2, {3, 2}}}, {DT_I64, {1, {3}}},
    {DT_F64, {1, {9}}}, {DT_BOOL, {1, {3}}},   {DT_F64, {2, {2, 2}}}, {DT_I64, {2, {2, 2}}},
    {DT_F32, {1, {2}}}, {DT_F64, {1, {20}}},   {DT_F64, {1, {1}}},    {DT_U8, {1, {4}}},
};
enum { TENSORS = sizeof tensors / sizeof *tensors, MOST_ELEMENTS = 64 };

static struct type random_type(struct maker *m)
{
    if (m->shape.tensors && below(m, 3) == 0)
        return tensors[below(m, TENSORS)];
    return type_scalar(random_dtype(m->random));
}

static value_id fresh_const(struct maker *m, block_id block, const struct type *type)
{
    struct ir_inst *inst =
        ir_inst_new(m->prog, m->func, block, INST_CONST, *type, NULL, 0, (struct loc){0});
    inst->constant = random_scalar(m->random, type->dtype);
    if (type->shape.rank && below(m, 2)) {
        int64_t count = shape_elements(&type->shape);
        union scalar *elements = ARENA_ARRAY(m->prog->arena, union scalar, count);
        for (int64_t i = 0; i < count; i++)
            elements[i] = random_scalar(m->random, type->dtype);
        inst->elements = elements;
    }
    return inst->results.at[0];
}

/* Any value that fits and is available at the end of the block, or IR_NONE. Among tensors often the
 * latest, for long chains of what depends on what. */
static value_id find_value(struct maker *m, block_id block,
                           bool (*fits)(const struct type *wanted, const struct type *type),
                           const struct type *wanted)
{
    value_id found = IR_NONE;
    uint32_t seen = 0;
    bool latest = m->shape.tensors && below(m, 2);
    for (value_id value = 0; value < m->func->values.len; value++) {
        const struct ir_value *info = &m->func->values.at[value];
        if (fits(wanted, &info->type) && m->dominators[block] >> info->block & 1
            && (below(m, ++seen) == 0 || latest))
            found = value;
    }
    return found;
}

/* The same, or a new constant there. */
static value_id any_value(struct maker *m, block_id block, const struct type *type)
{
    value_id found = find_value(m, block, type_equal, type);
    return found == IR_NONE || below(m, 8) == 0 ? fresh_const(m, block, type) : found;
}

static value_id any_scalar(struct maker *m, block_id block, enum dtype dtype)
{
    struct type type = type_scalar(dtype);
    return any_value(m, block, &type);
}

static void add_op(struct maker *m, block_id block)
{
    enum op op;
    struct type type = random_type(m);
    do {
        op = (enum op)below(m, OP_COUNT);
        type.dtype = random_dtype(m->random);
    } while (!(op_table[op].classes & dtype_table[type.dtype].cls)
             || (op_table[op].rule == RULE_BITS && op_bits_dtype(type.dtype) == type.dtype));
    struct type result = type, condition = type;
    condition.dtype = DT_BOOL;
    if (op_table[op].rule == RULE_BOOL)
        result.dtype = DT_BOOL;
    if (op_table[op].rule == RULE_BITS)
        result.dtype = op_bits_dtype(type.dtype);
    if (op_table[op].rule == RULE_CAST) {
        do
            result.dtype = random_dtype(m->random);
        while (result.dtype == type.dtype);
    }
    value_id args[3];
    for (uint32_t i = 0; i < op_table[op].arity; i++)
        args[i] = any_value(
            m, block, op_table[op].rule == RULE_SELECT && i == 0 ? &condition : &type);
    ir_op(m->prog, m->func, block, op, result, args, op_table[op].arity, (struct loc){0});
}

/* ---- tensors -------------------------------------------------------------------------------- */

static bool is_tensor(const struct type *wanted, const struct type *type)
{
    return type->shape.rank && (!wanted || wanted->dtype == type->dtype);
}

static bool is_any(const struct type *wanted, const struct type *type)
{
    return !wanted || wanted->dtype == type->dtype;
}

static value_id number(struct maker *m, block_id block, int64_t value)
{
    return ir_const(m->prog, m->func, block, DT_I64, (union scalar){.i = value}, (struct loc){0});
}

static value_id binary(struct maker *m, block_id block, enum op op, enum dtype dtype, value_id x,
                       value_id y)
{
    value_id args[2] = {x, y};
    return ir_op(m->prog, m->func, block, op, type_scalar(dtype), args, 2, (struct loc){0});
}

/* An index in 0 .. limit - 1: a constant, one that is made to fit, or one that is checked. */
static value_id any_index(struct maker *m, block_id block, int64_t limit)
{
    if (below(m, 2))
        return number(m, block, below(m, (uint32_t)limit));
    value_id index = any_scalar(m, block, DT_I64), end = number(m, block, limit);
    if (m->counter != IR_NONE && below(m, 2))
        index = m->counter;
    if (below(m, 3) && index != m->counter)
        return binary(m, block, OP_mod, DT_I64, index, end);
    value_id low = binary(m, block, OP_ge, DT_BOOL, index, number(m, block, 0));
    value_id high = binary(m, block, OP_lt, DT_BOOL, index, end);
    value_id fits = binary(m, block, OP_and, DT_BOOL, low, high);
    ir_check(m->prog, m->func, block, fits, 3, (struct loc){0});
    return index;
}

/* A region of the tensor args[0]: its axes, and its scalars behind it. How many args there are. */
static uint32_t random_region(struct maker *m, block_id block, const struct shape *shape,
                              struct ir_axis *axes, value_id *args)
{
    uint32_t count = 1;
    for (uint32_t i = 0; i < shape->rank; i++) {
        int64_t dim = shape->dim[i];
        struct ir_axis axis = {AXIS_RANGE, 0, 1, dim};
        switch (below(m, 4)) {
        case 0:
        case 1:
            axis = (struct ir_axis){.kind = AXIS_AT};
            args[count++] = any_index(m, block, dim);
            break;
        case 2:
            axis = (struct ir_axis){.kind = AXIS_WINDOW, .count = 1 + below(m, (uint32_t)dim)};
            args[count++] = any_index(m, block, dim - axis.count + 1);
            break;
        default:
            axis.start = below(m, (uint32_t)dim);
            axis.step = below(m, 2) ? 1 : -1;
            axis.count =
                1 + below(m, (uint32_t)(axis.step > 0 ? dim - axis.start : axis.start + 1));
            if (below(m, 2))
                axis = (struct ir_axis){AXIS_RANGE, 0, 1, dim};
            break;
        }
        axes[i] = axis;
    }
    return count;
}

/* What is being made; `type` is where ir_tensor_type begins. */
struct draft {
    struct ir_inst inst;
    struct ir_axis axes[SHAPE_MAX_RANK];
    value_id args[8];
    uint32_t count;
    struct type type;
};

static void put_draft(struct maker *m, block_id block, struct draft *draft)
{
    draft->inst.args.at = draft->args;
    draft->inst.args.len = draft->count;
    const char *why =
        ir_tensor_type(m->prog, m->func, &draft->inst, &draft->type, m->prog->arena);
    if (why || shape_elements(&draft->type.shape) > MOST_ELEMENTS)
        return;
    struct ir_inst *made = ir_inst_new(m->prog, m->func, block, draft->inst.kind, draft->type,
                                       draft->args, draft->count, (struct loc){0});
    struct ir_inst row = *made;
    *made = ir_inst_copy(m->prog->arena, &draft->inst);
    made->args = row.args;
    made->results = row.results;
}

/* The same elements in another shape, or more of them. */
static void choose_shape(struct maker *m, struct draft *draft, const struct type *from)
{
    struct shape *shape = &draft->type.shape;
    *shape = from->shape;
    if (draft->inst.kind == INST_RESHAPE && below(m, 2)) {
        *shape = (struct shape){1, {shape_elements(&from->shape)}};
    } else if (draft->inst.kind == INST_RESHAPE && shape->rank < SHAPE_MAX_RANK) {
        shape->dim[shape->rank++] = 1;
    } else if (draft->inst.kind == INST_BROADCAST) {
        for (uint32_t i = 0; i < shape->rank; i++)
            if (shape->dim[i] == 1)
                shape->dim[i] = 1 + below(m, 3);
        if (below(m, 2) && shape->rank < 3) {
            memmove(&shape->dim[1], shape->dim, shape->rank * sizeof *shape->dim);
            shape->dim[0] = 1 + below(m, 3);
            shape->rank++;
        }
    }
}

static void random_insert(struct maker *m, block_id block, struct draft *draft)
{
    struct type whole = m->func->values.at[draft->args[0]].type;
    struct type region = type_scalar(whole.dtype);
    draft->count = random_region(m, block, &whole.shape, draft->axes, draft->args);
    draft->inst.axes.at = draft->axes;
    draft->inst.axes.len = whole.shape.rank;
    if (draft->inst.kind == INST_EXTRACT)
        return;
    region.shape = ir_region_shape(draft->axes, whole.shape.rank);
    draft->args[draft->count++] = any_value(m, block, &region);
}

static void random_makers(struct maker *m, block_id block, struct draft *draft)
{
    struct type type = m->func->values.at[draft->args[0]].type;
    static const enum op reductions[] = {OP_add, OP_add, OP_mul, OP_min, OP_max, OP_and, OP_or};
    uint32_t rank = type.shape.rank;
    draft->inst.axis = (uint8_t)below(m, rank ? rank : 1);
    switch (draft->inst.kind) {
    case INST_BUILD:
        for (uint32_t i = below(m, 3); i--;)
            draft->args[draft->count++] = any_value(m, block, &type);
        break;
    case INST_CONCAT:
        for (uint32_t i = below(m, 2); i--;)
            draft->args[draft->count++] = any_value(m, block, &type);
        break;
    case INST_REDUCE:
        draft->inst.op = reductions[below(m, sizeof reductions / sizeof *reductions)];
        draft->inst.axis_set = 1 + below(m, rank ? (1u << rank) - 1 : 1);
        break;
    case INST_ARG_REDUCE:
        draft->inst.op = below(m, 2) ? OP_min : OP_max;
        break;
    case INST_CONTRACT:
        draft->args[draft->count++] = below(m, 2) ? any_value(m, block, &type)
                                                  : find_value(m, block, is_tensor, &type);
        draft->inst.batch = (uint8_t)below(m, 2);
        draft->inst.inner = (uint8_t)below(m, 3);
        break;
    default: /* the others have no more */
        break;
    }
}

static void random_take(struct maker *m, block_id block, struct draft *draft)
{
    struct type type = m->func->values.at[draft->args[0]].type;
    value_id index[3];
    uint32_t count = 1 + below(m, 3);
    for (uint32_t i = 0; i < count; i++)
        index[i] = any_index(m, block, type.shape.dim[0]);
    struct type rows = {DT_I64, {1, {count}}};
    draft->args[draft->count++] =
        ir_inst_new(m->prog, m->func, block, INST_BUILD, rows, index, count, (struct loc){0})
            ->results.at[0];
}

static void add_tensor(struct maker *m, block_id block)
{
    static const enum inst_kind kinds[] = {
        INST_BROADCAST, INST_RESHAPE, INST_TRANSPOSE, INST_EXTRACT, INST_EXTRACT, INST_EXTRACT,
        INST_LOAD,      INST_IOTA,    INST_BUILD,     INST_CONCAT,  INST_INSERT,  INST_INSERT,
        INST_INSERT,    INST_TAKE,    INST_REDUCE,    INST_REDUCE,  INST_ARG_REDUCE,
        INST_CONTRACT,  INST_CONTRACT, INST_EXTENT};
    struct draft draft = {.inst = {.kind = kinds[below(m, sizeof kinds / sizeof *kinds)]}};
    enum inst_kind kind = draft.inst.kind;
    if (kind == INST_IOTA) {
        draft.type.shape = (struct shape){1, {3 + below(m, 3)}};
    } else if (kind == INST_LOAD) {
        draft.count = 1 + below(m, 2);
        for (uint32_t i = 0; i < draft.count; i++)
            draft.args[i] = any_index(m, block, i ? 3 : RANDOM_SHARED_ROWS);
    } else if (kind != INST_EXTENT) {
        bool any = kind == INST_BROADCAST || kind == INST_RESHAPE || kind == INST_BUILD;
        value_id operand = find_value(m, block, any ? is_any : is_tensor, NULL);
        if (operand == IR_NONE)
            operand = fresh_const(m, block, &tensors[below(m, TENSORS)]);
        draft.args[draft.count++] = operand;
        const struct type type = m->func->values.at[operand].type;
        draft.type.dtype = type.dtype;
        choose_shape(m, &draft, &type);
        for (uint8_t i = 0; kind == INST_TRANSPOSE && i < type.shape.rank; i++)
            draft.inst.perm[i] = (uint8_t)(type.shape.rank - 1 - i);
        if (kind == INST_EXTRACT || kind == INST_INSERT)
            random_insert(m, block, &draft);
        else if (kind == INST_TAKE)
            random_take(m, block, &draft);
        else
            random_makers(m, block, &draft);
    }
    for (uint32_t i = 0; i < draft.count; i++)
        if (draft.args[i] == IR_NONE)
            return;
    put_draft(m, block, &draft);
}

static value_id unary(struct maker *m, block_id block, enum op op, enum dtype dtype, value_id x)
{
    return ir_op(m->prog, m->func, block, op, type_scalar(dtype), &x, 1, (struct loc){0});
}

/* A number that depends on an element of each tensor that is available. */
static value_id digest(struct maker *m, block_id block)
{
    value_id sum = any_scalar(m, block, DT_I64), factor = number(m, block, 31);
    for (value_id value = m->func->values.len; value-- > 0;) {
        const struct ir_value info = m->func->values.at[value];
        if (!info.type.shape.rank || !(m->dominators[block] >> info.block & 1))
            continue;
        struct ir_axis axes[SHAPE_MAX_RANK];
        value_id args[1 + SHAPE_MAX_RANK] = {value};
        for (uint32_t i = 0; i < info.type.shape.rank; i++) {
            axes[i] = (struct ir_axis){.kind = AXIS_AT};
            args[1 + i] = any_index(m, block, info.type.shape.dim[i]);
        }
        struct ir_inst *inst =
            ir_inst_new(m->prog, m->func, block, INST_EXTRACT, type_scalar(info.type.dtype), args,
                        1u + info.type.shape.rank, (struct loc){0});
        for (uint32_t i = 0; i < info.type.shape.rank; i++)
            vec_push(m->prog->arena, &inst->axes, axes[i]);
        value_id element = inst->results.at[0];
        enum dtype dtype = info.type.dtype;
        if (dtype_table[dtype].cls == CLASS_FLOAT) {
            dtype = op_bits_dtype(dtype);
            element = unary(m, block, OP_to_bits, dtype, element);
        }
        if (dtype != DT_I64)
            element = unary(m, block, OP_cast, DT_I64, element);
        sum = binary(m, block, OP_mul, DT_I64, sum, factor);
        sum = binary(m, block, OP_add, DT_I64, sum, element);
    }
    return sum;
}

static void arguments(struct maker *m, block_id block, const struct ir_func *callee, value_id *args)
{
    for (uint32_t i = 0; i < callee->params.len; i++)
        args[i] = any_value(m, block, &callee->params.at[i]);
}

static void add_inst(struct maker *m, block_id block)
{
    value_id args[8];
    uint32_t kind = below(m, 12);
    if (kind == 0) {
        func_id callee = below(m, m->prog->funcs.len);
        const struct ir_func *target = &m->prog->funcs.at[callee];
        arguments(m, block, target, args);
        inst_id call = ir_call(m->prog, m->func, block, callee, args, target->params.len, 1,
                               (struct loc){0});
        m->func->insts.at[call].is_tail = below(m, 4) == 0;
    } else if (kind == 1 && below(m, 3) == 0) {
        ir_check(m->prog, m->func, block, any_scalar(m, block, DT_BOOL),
                 2 + below(m, m->prog->faults.len - 2), (struct loc){0});
    } else if (kind == 2 && below(m, 3) == 0) {
        ir_lane_index(m->prog, m->func, block, (struct loc){0});
    } else if (m->shape.tensors && below(m, 2)) {
        add_tensor(m, block);
    } else {
        add_op(m, block);
    }
}

/* `return callee(...)`, which mark_tail makes a tail call if it is marked as one. */
static void return_call(struct maker *m, block_id block, func_id callee)
{
    value_id args[8];
    const struct ir_func *target = &m->prog->funcs.at[callee];
    arguments(m, block, target, args);
    inst_id call = ir_call(m->prog, m->func, block, callee, args, target->params.len, 1,
                           (struct loc){0});
    struct ir_inst *inst = &m->func->insts.at[call];
    inst->is_tail = below(m, 4) != 0;
    ir_ret(m->prog, m->func, block, inst->results.at, inst->results.len, (struct loc){0});
}

static bool same_results(const struct ir_func *a, const struct ir_func *b)
{
    bool same = a->results.len == b->results.len;
    for (uint32_t i = 0; same && i < a->results.len; i++)
        same = type_equal(&a->results.at[i], &b->results.at[i]);
    return same;
}

/* The arguments of a terminator whose edges are chosen. */
static void finish_term(struct maker *m, block_id block)
{
    struct ir_term *term = &m->func->blocks.at[block].term;
    struct arena *arena = m->prog->arena;
    value_id args[8];
    term->condition = IR_NONE;
    func_id callee = below(m, m->prog->funcs.len);
    switch (term->kind) {
    case TERM_NONE:
    case TERM_JMP:
        break;
    case TERM_BR: {
        value_id condition = any_scalar(m, block, DT_BOOL);
        m->func->blocks.at[block].term.condition = condition;
        break;
    }
    case TERM_RET:
    case TERM_TAIL:
        if (below(m, 4) == 0 && same_results(m->func, &m->prog->funcs.at[callee])) {
            return_call(m, block, callee);
            break;
        }
        if (below(m, 3) == 0 && same_results(m->func, &m->prog->funcs.at[callee])) {
            arguments(m, block, &m->prog->funcs.at[callee], args);
            ir_tail(m->prog, m->func, block, callee, args, m->prog->funcs.at[callee].params.len,
                    (struct loc){0});
            break;
        }
        for (uint32_t i = 0; i < m->func->results.len; i++)
            args[i] = any_value(m, block, &m->func->results.at[i]);
        if (m->shape.tensors && m->func->results.len && below(m, 2))
            args[0] = digest(m, block);
        ir_ret(m->prog, m->func, block, args, m->func->results.len, (struct loc){0});
        break;
    case TERM_FAULT:
        term->fault = 2 + below(m, m->prog->faults.len - 2);
        break;
    }
    term = &m->func->blocks.at[block].term;
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
        const struct ir_block *to = &m->func->blocks.at[term->edges[edge].to];
        for (uint32_t i = 0; i < to->params.len; i++) {
            struct type type = m->func->values.at[to->params.at[i]].type;
            value_id arg = any_value(m, block, &type);
            vec_push(arena, &term->edges[edge].args, arg);
        }
    }
}

/* What a counted loop runs over. */
struct range {
    bool down;
    int64_t start, stop;
    value_id stop_value; /* IR_NONE: the number */
};

/* A loop over a counter, whose body has what a body has: three blocks behind `before`, the last of
 * which is what follows. */
static void put_counted(struct maker *m, block_id before, const struct range *range)
{
    struct loc none = {0};
    block_id head = before + 1, body = before + 2, after = before + 3;
    for (block_id id = head; id <= after; id++) {
        ir_block_new(m->prog, m->func, NULL, none);
        m->dominators[id] = m->dominators[id == head ? before : head] | UINT64_C(1) << id;
    }
    m->func->blocks.at[head].is_loop = true;
    struct type carried = random_type(m);
    value_id start[2] = {number(m, before, range->start), any_value(m, before, &carried)};
    ir_jmp(m->prog, m->func, before, head, start, 2);
    value_id counter = ir_param_new(m->prog, m->func, head, type_scalar(DT_I64), NULL, none);
    ir_param_new(m->prog, m->func, head, carried, NULL, none);
    value_id stop =
        range->stop_value == IR_NONE ? number(m, head, range->stop) : range->stop_value;
    value_id goes_on = binary(m, head, range->down ? OP_gt : OP_lt, DT_BOOL, counter, stop);
    ir_br(m->prog, m->func, head, goes_on, body, after, none);
    m->counter = counter;
    for (uint32_t i = 1 + below(m, m->shape.max_insts + 1); i--;)
        add_inst(m, body);
    value_id step = number(m, body, range->down ? -1 : 1);
    value_id again[2] = {binary(m, body, OP_add, DT_I64, counter, step),
                         any_value(m, body, &carried)};
    ir_jmp(m->prog, m->func, body, head, again, 2);
    m->counter = IR_NONE;
}

/* One counted loop, or two that run the same rounds. */
static void fill_counted(struct maker *m)
{
    struct loc none = {0};
    enum { FIRST_AFTER = 3, SECOND_AFTER = 6 };
    ir_block_new(m->prog, m->func, NULL, none);
    m->dominators[0] = 1;
    for (uint32_t i = 0; i < m->func->params.len; i++)
        ir_param_new(m->prog, m->func, 0, m->func->params.at[i], NULL, none);
    struct range range = {.down = below(m, 3) == 0, .stop_value = IR_NONE};
    range.start = range.down ? (int64_t)below(m, 9) : (int64_t)below(m, 3) - 1;
    range.stop = range.down ? (int64_t)below(m, 3) - 1 : (int64_t)below(m, 5);
    if (below(m, 3) == 0)
        range.stop_value = any_scalar(m, 0, DT_I64);
    block_id last = FIRST_AFTER;
    put_counted(m, 0, &range);
    if (below(m, 2)) {
        for (uint32_t i = below(m, 3); i--;)
            add_inst(m, FIRST_AFTER);
        put_counted(m, FIRST_AFTER, &range);
        last = SECOND_AFTER;
    }
    for (uint32_t i = below(m, m->shape.max_insts + 1); i--;)
        add_inst(m, last);
    m->func->blocks.at[last].term.kind = TERM_RET;
    finish_term(m, last);
}

/* A vector of the function's own: a scalar of its parameters, or a number, in each element. */
static value_id any_vector(struct maker *m, block_id block, uint32_t elements)
{
    struct type type = {DT_F64, {1, {elements}}};
    value_id scalar = any_scalar(m, block, DT_F64);
    ir_inst_new(m->prog, m->func, block, INST_BROADCAST, type, &scalar, 1, (struct loc){0});
    return m->func->values.len - 1;
}

/* A loop over the rows of @Y: each times a vector, and added up with that weight. */
static void fill_rows(struct maker *m)
{
    struct loc none = {0};
    enum { HEAD = 1, BODY, AFTER, COLUMNS = 17 };
    struct type vector = {DT_F64, {1, {COLUMNS}}};
    for (block_id id = 0; id <= AFTER; id++) {
        ir_block_new(m->prog, m->func, NULL, none);
        m->dominators[id] = (id > HEAD ? m->dominators[HEAD] : id ? m->dominators[0] : 0)
            | UINT64_C(1) << id;
    }
    m->func->blocks.at[HEAD].is_loop = true;
    for (uint32_t i = 0; i < m->func->params.len; i++)
        ir_param_new(m->prog, m->func, 0, m->func->params.at[i], NULL, none);
    value_id weights = any_vector(m, 0, COLUMNS);
    value_id start[3] = {number(m, 0, below(m, 3)), any_scalar(m, 0, DT_F64),
                         any_vector(m, 0, COLUMNS)};
    ir_inst_new(m->prog, m->func, 0, INST_EXTENT, type_scalar(DT_I64), NULL, 0, none)->symbol = 0;
    value_id rows = below(m, 3) ? m->func->values.len - 1 : number(m, 0, RANDOM_SHARED_ROWS);
    ir_jmp(m->prog, m->func, 0, HEAD, start, 3);
    value_id row = ir_param_new(m->prog, m->func, HEAD, type_scalar(DT_I64), NULL, none);
    value_id sum = ir_param_new(m->prog, m->func, HEAD, type_scalar(DT_F64), NULL, none);
    value_id total = ir_param_new(m->prog, m->func, HEAD, vector, NULL, none);
    ir_br(m->prog, m->func, HEAD, binary(m, HEAD, OP_lt, DT_BOOL, row, rows), BODY, AFTER, none);
    ir_inst_new(m->prog, m->func, BODY, INST_LOAD, vector, &row, 1, none)->symbol = 1;
    value_id elements = m->func->values.len - 1;
    bool swaps = below(m, 2);
    value_id pair[2] = {swaps ? weights : elements, swaps ? elements : weights};
    ir_inst_new(m->prog, m->func, BODY, INST_CONTRACT, type_scalar(DT_F64), pair, 2, none)->inner = 1;
    value_id product = m->func->values.len - 1;
    ir_inst_new(m->prog, m->func, BODY, INST_BROADCAST, vector, &product, 1, none);
    value_id terms[3] = {m->func->values.len - 1, elements, total};
    value_id next = ir_op(m->prog, m->func, BODY, OP_fma, vector, terms, 3, none);
    value_id again[3] = {binary(m, BODY, OP_add, DT_I64, row, number(m, BODY, 1)),
                         binary(m, BODY, OP_add, DT_F64, sum, product), next};
    ir_jmp(m->prog, m->func, BODY, HEAD, again, 3);
    m->func->blocks.at[AFTER].term.kind = TERM_RET;
    finish_term(m, AFTER);
}

static void fill_func(struct maker *m, func_id id)
{
    static const char *const hints[] = {NULL, NULL, "loop", "x.y"};
    struct loc none = {0};
    m->func = &m->prog->funcs.at[id];
    if (m->shape.tensors && below(m, 3) == 0) {
        if (below(m, 4))
            fill_counted(m);
        else
            fill_rows(m);
        return;
    }
    uint32_t count = 1 + below(m, m->shape.max_blocks);
    for (uint32_t i = 0; i < count; i++)
        ir_block_new(m->prog, m->func, hints[below(m, 4)], none);
    choose_edges(m);
    find_dominators(m);
    lead_back(m);
    for (uint32_t i = 0; i < m->func->params.len; i++)
        ir_param_new(m->prog, m->func, 0, m->func->params.at[i], NULL, none);
    for (block_id block = 1; block < count; block++)
        for (uint32_t i = below(m, 4); i > 1; i--)
            ir_param_new(m->prog, m->func, block, random_type(m),
                         below(m, 2) ? name_of_text(m->prog->names, "p") : NULL, none);
    for (block_id block = 0; block < count; block++) {
        m->func->blocks.at[block].is_sync = below(m, 16) == 0;
        for (uint32_t i = below(m, 3) ? below(m, m->shape.max_insts + 1) : 0; i--;)
            add_inst(m, block);
    }
    for (block_id block = 0; block < count; block++)
        finish_term(m, block);
}

const double random_shared_x[RANDOM_SHARED_ROWS][3] = {
    {1, -2, 3.5}, {0, -0.0, 1e300}, {7, 0.1, -9}, {1e-300, 2, 3}};

const double *random_shared_y(double y[RANDOM_SHARED_ROWS * 17])
{
    struct random random = {99};
    for (int i = 0; i < RANDOM_SHARED_ROWS * 17; i++)
        y[i] = ((double)random_below(&random, 2001) - 1000) / 512;
    return y;
}

static void add_shared(struct maker *m)
{
    struct ir_extent extent = {"n"};
    struct ir_shared shared = {.name = "X", .type = {DT_F64, {2, {-1, 3}}}};
    vec_push(m->prog->arena, &m->prog->extents, extent);
    vec_push(m->prog->arena, &m->prog->shared, shared);
    shared = (struct ir_shared){.name = "Y", .type = {DT_F64, {2, {-1, 17}}}};
    vec_push(m->prog->arena, &m->prog->shared, shared);
}

static void add_entry(struct maker *m)
{
    struct ir_entry *entry = vec_add(m->prog->arena, &m->prog->entries);
    const struct ir_func *func = &m->prog->funcs.at[0];
    entry->name = name_of_text(m->prog->names, "f0");
    entry->max_depth = 1 + below(m, 4);
    entry->uses_batch_index = true;
    for (uint32_t i = 0; i < func->params.len; i++)
        vec_push(m->prog->arena, &entry->params,
                 ((struct ir_leaf){.path = "p", .type = func->params.at[i]}));
    for (uint32_t i = 0; i < func->results.len; i++)
        vec_push(m->prog->arena, &entry->results,
                 ((struct ir_leaf){.path = "", .type = func->results.at[i]}));
    if (!m->shape.tensors)
        return;
    vec_push(m->prog->arena, &entry->shared, 0);
    vec_push(m->prog->arena, &entry->shared_paths, "X");
    vec_push(m->prog->arena, &entry->extents, 0);
    vec_push(m->prog->arena, &entry->extent_paths, "n");
    vec_push(m->prog->arena, &entry->shared, 1);
    vec_push(m->prog->arena, &entry->shared_paths, "Y");
    vec_push(m->prog->arena, &entry->param_order, ((struct ir_param_place){true, 0}));
    vec_push(m->prog->arena, &entry->param_order, ((struct ir_param_place){true, 1}));
    for (uint32_t i = 0; i < func->params.len; i++)
        vec_push(m->prog->arena, &entry->param_order, ((struct ir_param_place){false, i}));
}

struct ir_prog *random_prog(struct arena *arena, struct names *names, struct random *random,
                            struct random_shape shape)
{
    struct maker m = {.random = random, .shape = shape, .counter = IR_NONE};
    m.prog = ir_prog_new(arena, names, NULL);
    ir_fault_new(m.prog, FAULT_STACK, (struct loc){0}, "too deep");
    ir_fault_new(m.prog, FAULT_ASSERT, (struct loc){0}, "first");
    ir_fault_new(m.prog, FAULT_BOUNDS, (struct loc){0}, NULL);
    if (shape.tensors)
        add_shared(&m);
    uint32_t funcs = 1 + random_below(random, shape.max_funcs);
    static const enum dtype results[][2] = {{DT_I64, DT_COUNT}, {DT_I64, DT_F64}, {DT_COUNT}};
    for (uint32_t i = 0; i < funcs; i++) {
        func_id id = ir_func_new(m.prog, arena_printf(arena, "f%u", i), (struct loc){0});
        struct ir_func *func = &m.prog->funcs.at[id];
        func->inline_wish = (enum inline_wish)random_below(random, 3);
        for (uint32_t k = random_below(random, 4); k--;)
            vec_push(arena, &func->params, random_type(&m));
        uint32_t kind = random_below(random, 5);
        for (uint32_t k = 0; k < 2 && results[kind < 3 ? kind : 0][k] != DT_COUNT; k++)
            vec_push(arena, &func->results, type_scalar(results[kind < 3 ? kind : 0][k]));
        if (shape.tensors && func->results.len == 2 && random_below(random, 2))
            func->results.at[1] = tensors[random_below(random, 4)];
    }
    for (func_id id = 0; id < funcs; id++)
        fill_func(&m, id);
    add_entry(&m);
    return m.prog;
}
