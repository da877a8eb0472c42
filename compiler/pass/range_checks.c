/* Checks that cannot fail go: of indexes that are constants, counters of loops, or compared before
 * (R11).
 *
 *   b1 loop(%i.2: i64):                        b1 loop(%i.2: i64):
 *       %3: bool = lt %i.2, %four                  %3: bool = lt %i.2, %four
 *       br %3, b2, b3                              br %3, b2, b3
 *   b2:                              -->       b2:
 *       %5: bool = lt %i.2, %seven                 %8: f64 = extract %a[%i.2]
 *       check %5, #1                               %9: i64 = add %i.2, %one
 *       %8: f64 = extract %a[%i.2]                 jmp b1(%9)
 *       %9: i64 = add %i.2, %one
 *       jmp b1(%9)
 *
 * One walk down the dominator tree knows for each integer an interval that it is in: from what made
 * it, from branches and checks that were passed on the way, and, of a counter, from where it begins
 * and the comparison that lets the loop go on. An operation whose interval is one number becomes
 * that number.
 *
 * What must hold: a value's first interval is true wherever the value is defined; what a condition
 * adds is true only behind it, and forgotten on the way up. A counter that could wrap around has no
 * bounds. */
#include "lang/rules.h"
#include "pass/constants.h"
#include "pass/passes.h"
#include "pass/rewrite.h"

/* Numbers of an integer or bool; not `known`: any (an u64 may be too large for an interval). */
struct range {
    bool known;
    int64_t low, high;
};

struct refinement {
    value_id value;
    struct range before;
};

struct ranges {
    struct arena *scratch;
    struct ir_func *func;
    struct cfg cfg;
    struct loops loops;
    struct rewrite rewrite;
    struct range *now;    /* per value: here */
    struct range *joined; /* per parameter: what the edges so far have passed */
    bool *is_joined;
    VEC(struct refinement) refined; /* a stack */
    bool changed;
};

/* ---- intervals ------------------------------------------------------------------------------ */

static struct range any_of(enum dtype dtype)
{
    uint8_t cls = dtype_table[dtype].cls;
    if (cls == CLASS_BOOL)
        return (struct range){true, 0, 1};
    if (!(cls & (CLASS_INT | CLASS_UINT)) || dtype == DT_U64)
        return (struct range){0};
    return (struct range){true, dtype_min(dtype), (int64_t)dtype_max(dtype)};
}

static struct range either(struct range a, struct range b)
{
    return (struct range){a.known && b.known, a.low < b.low ? a.low : b.low,
                          a.high > b.high ? a.high : b.high};
}

/* Both hold. What cannot be is not learnt: no example comes there. */
static struct range both(struct range a, struct range b)
{
    if (!a.known || !b.known)
        return a.known ? a : b;
    struct range range = {true, a.low > b.low ? a.low : b.low, a.high < b.high ? a.high : b.high};
    return range.low > range.high ? a : range;
}

static bool is_number(struct range range)
{
    return range.known && range.low == range.high;
}

/* From bounds that were computed; any if they did not fit, or the dtype does not hold them. */
static struct range fitting(enum dtype dtype, bool overflows, int64_t low, int64_t high)
{
    struct range range = any_of(dtype);
    if (dtype == DT_U64 && !overflows && low >= 0)
        return (struct range){true, low, high};
    if (overflows || !range.known || low < range.low || high > range.high)
        return range;
    return (struct range){true, low, high};
}

/* ---- operations ----------------------------------------------------------------------------- */

typedef struct range range_function(enum dtype dtype, const struct range *args);

static struct range range_add(enum dtype dtype, const struct range *args)
{
    int64_t low, high;
    bool overflows = __builtin_add_overflow(args[0].low, args[1].low, &low)
                     | __builtin_add_overflow(args[0].high, args[1].high, &high);
    return fitting(dtype, overflows, low, high);
}

static struct range range_sub(enum dtype dtype, const struct range *args)
{
    int64_t low, high;
    bool overflows = __builtin_sub_overflow(args[0].low, args[1].high, &low)
                     | __builtin_sub_overflow(args[0].high, args[1].low, &high);
    return fitting(dtype, overflows, low, high);
}

static struct range range_neg(enum dtype dtype, const struct range *args)
{
    const struct range from_zero[2] = {{true, 0, 0}, args[0]};
    return range_sub(dtype, from_zero);
}

static struct range range_mul(enum dtype dtype, const struct range *args)
{
    int64_t products[4], low = INT64_MAX, high = INT64_MIN;
    bool overflows = __builtin_mul_overflow(args[0].low, args[1].low, &products[0])
                     | __builtin_mul_overflow(args[0].low, args[1].high, &products[1])
                     | __builtin_mul_overflow(args[0].high, args[1].low, &products[2])
                     | __builtin_mul_overflow(args[0].high, args[1].high, &products[3]);
    for (int i = 0; i < 4; i++) {
        low = products[i] < low ? products[i] : low;
        high = products[i] > high ? products[i] : high;
    }
    return fitting(dtype, overflows, low, high);
}

static struct range range_min(enum dtype dtype, const struct range *args)
{
    (void)dtype;
    return (struct range){true, args[0].low < args[1].low ? args[0].low : args[1].low,
                          args[0].high < args[1].high ? args[0].high : args[1].high};
}

static struct range range_max(enum dtype dtype, const struct range *args)
{
    (void)dtype;
    return (struct range){true, args[0].low > args[1].low ? args[0].low : args[1].low,
                          args[0].high > args[1].high ? args[0].high : args[1].high};
}

/* The sign of the divisor; a small positive number is its own remainder. */
static struct range range_mod(enum dtype dtype, const struct range *args)
{
    if (args[1].low <= 0)
        return any_of(dtype);
    if (args[0].low >= 0 && args[0].high < args[1].low)
        return args[0];
    return (struct range){true, 0, args[1].high - 1};
}

static int64_t floor_div(int64_t x, int64_t y)
{
    return x / y - (x % y != 0 && x < 0);
}

static struct range range_floordiv(enum dtype dtype, const struct range *args)
{
    if (!is_number(args[1]) || args[1].low <= 0)
        return any_of(dtype);
    return (struct range){true, floor_div(args[0].low, args[1].low),
                          floor_div(args[0].high, args[1].low)};
}

static struct range range_shr(enum dtype dtype, const struct range *args)
{
    if (!is_number(args[1]) || args[1].low < 0 || args[1].low >= 8 * dtype_table[dtype].bytes
        || args[1].low > 62)
        return any_of(dtype);
    int64_t power = INT64_C(1) << args[1].low;
    return (struct range){true, floor_div(args[0].low, power), floor_div(args[0].high, power)};
}

static struct range range_and(enum dtype dtype, const struct range *args)
{
    struct range range = any_of(dtype);
    for (int i = 0; i < 2; i++)
        if (args[i].low >= 0) {
            struct range part = {true, 0, args[i].high};
            range = range.known ? both(range, part) : part;
        }
    if (dtype == DT_BOOL)
        range.low = args[0].low & args[1].low;
    return range;
}

static struct range range_or(enum dtype dtype, const struct range *args)
{
    if (dtype != DT_BOOL)
        return any_of(dtype);
    return (struct range){true, args[0].low | args[1].low, args[0].high | args[1].high};
}

static struct range range_not(enum dtype dtype, const struct range *args)
{
    if (dtype != DT_BOOL)
        return any_of(dtype);
    return (struct range){true, 1 - args[0].high, 1 - args[0].low};
}

static struct range range_cast(enum dtype dtype, const struct range *args)
{
    return fitting(dtype, false, args[0].low, args[0].high);
}

static struct range range_select(enum dtype dtype, const struct range *args)
{
    (void)dtype;
    return is_number(args[0]) ? args[args[0].low ? 1 : 2] : either(args[1], args[2]);
}

static struct range truth(bool yes, bool no)
{
    return (struct range){true, yes, !no};
}

static struct range range_lt(enum dtype dtype, const struct range *args)
{
    (void)dtype;
    return truth(args[0].high < args[1].low, args[0].low >= args[1].high);
}

static struct range range_le(enum dtype dtype, const struct range *args)
{
    (void)dtype;
    return truth(args[0].high <= args[1].low, args[0].low > args[1].high);
}

static struct range range_gt(enum dtype dtype, const struct range *args)
{
    const struct range swapped[2] = {args[1], args[0]};
    return range_lt(dtype, swapped);
}

static struct range range_ge(enum dtype dtype, const struct range *args)
{
    const struct range swapped[2] = {args[1], args[0]};
    return range_le(dtype, swapped);
}

static struct range range_eq(enum dtype dtype, const struct range *args)
{
    (void)dtype;
    bool apart = args[0].high < args[1].low || args[1].high < args[0].low;
    return truth(is_number(args[0]) && is_number(args[1]) && !apart, apart);
}

static struct range range_ne(enum dtype dtype, const struct range *args)
{
    struct range range = range_eq(dtype, args);
    return (struct range){true, 1 - range.high, 1 - range.low};
}

/* What an operation on integers gives; `dtype` is that of the result. Comparisons say what holds of
 * their operands if they are true: x <= y - `apart`, or x >= y + `apart`, or both with `apart` 0.
 */
enum relation { RELATION_NONE, RELATION_LESS, RELATION_GREATER, RELATION_EQUAL };
static const struct {
    enum op op;
    range_function *range;
    enum relation relation;
    int64_t apart;
    enum op opposite; /* of a comparison */
} rows[] = {
    {OP_add, range_add, RELATION_NONE, 0, OP_add},
    {OP_sub, range_sub, RELATION_NONE, 0, OP_add},
    {OP_neg, range_neg, RELATION_NONE, 0, OP_add},
    {OP_mul, range_mul, RELATION_NONE, 0, OP_add},
    {OP_min, range_min, RELATION_NONE, 0, OP_add},
    {OP_max, range_max, RELATION_NONE, 0, OP_add},
    {OP_mod, range_mod, RELATION_NONE, 0, OP_add},
    {OP_floordiv, range_floordiv, RELATION_NONE, 0, OP_add},
    {OP_shr, range_shr, RELATION_NONE, 0, OP_add},
    {OP_and, range_and, RELATION_NONE, 0, OP_add},
    {OP_or, range_or, RELATION_NONE, 0, OP_add},
    {OP_not, range_not, RELATION_NONE, 0, OP_add},
    {OP_cast, range_cast, RELATION_NONE, 0, OP_add},
    {OP_select, range_select, RELATION_NONE, 0, OP_add},
    {OP_lt, range_lt, RELATION_LESS, 1, OP_ge},
    {OP_le, range_le, RELATION_LESS, 0, OP_gt},
    {OP_gt, range_gt, RELATION_GREATER, 1, OP_le},
    {OP_ge, range_ge, RELATION_GREATER, 0, OP_lt},
    {OP_eq, range_eq, RELATION_EQUAL, 0, OP_ne},
    {OP_ne, range_ne, RELATION_NONE, 0, OP_eq},
};
enum { ROWS = sizeof rows / sizeof *rows };

static uint32_t row_of(enum op op)
{
    uint32_t row = 0;
    while (row < ROWS && rows[row].op != op)
        row++;
    return row;
}

/* ---- values --------------------------------------------------------------------------------- */

static enum dtype dtype_of(const struct ranges *cx, value_id value)
{
    return cx->func->values.at[value].type.dtype;
}

static bool has_range(const struct ranges *cx, value_id value)
{
    const struct type *type = &cx->func->values.at[value].type;
    return !type->shape.rank
           && dtype_table[type->dtype].cls & (CLASS_INT | CLASS_UINT | CLASS_BOOL);
}

static const struct ir_inst *maker_of(const struct ranges *cx, value_id value)
{
    const struct ir_value *info = &cx->func->values.at[value];
    return info->kind == VALUE_RESULT ? &cx->func->insts.at[info->inst] : NULL;
}

static struct range range_of_op(const struct ranges *cx, const struct ir_inst *inst)
{
    enum dtype dtype = dtype_of(cx, inst->results.at[0]);
    uint32_t row = row_of(inst->op);
    struct range args[3];
    if (row == ROWS)
        return any_of(dtype);
    for (uint32_t i = 0; i < inst->args.len; i++) {
        args[i] = cx->now[inst->args.at[i]];
        if (!args[i].known)
            return any_of(dtype);
    }
    return rows[row].range(dtype, args);
}

static struct range range_of_inst(const struct ranges *cx, const struct ir_inst *inst)
{
    enum dtype dtype = dtype_of(cx, inst->results.at[0]);
    if (inst->kind == INST_OP)
        return range_of_op(cx, inst);
    if (inst->kind == INST_EXTENT)
        return (struct range){true, 0, INT64_MAX};
    if (inst->kind != INST_CONST)
        return any_of(dtype);
    bool fits = dtype != DT_U64 || inst->constant.u <= INT64_MAX;
    return (struct range){fits, inst->constant.i, inst->constant.i};
}

static void refine(struct ranges *cx, value_id value, struct range range)
{
    struct range refined = both(cx->now[value], range);
    struct refinement old = {value, cx->now[value]};
    if (!has_range(cx, value) || !refined.known
        || (cx->now[value].known && cx->now[value].low == refined.low
            && cx->now[value].high == refined.high))
        return;
    vec_push(cx->scratch, &cx->refined, old);
    cx->now[value] = refined;
}

/* x <= y - apart */
static void learn_less(struct ranges *cx, value_id x, value_id y, int64_t apart)
{
    const struct range a = cx->now[x], b = cx->now[y];
    if (b.known && b.high >= INT64_MIN + apart)
        refine(cx, x,
               (struct range){true, dtype_of(cx, x) == DT_U64 ? 0 : INT64_MIN, b.high - apart});
    if (a.known && a.low <= INT64_MAX - apart && dtype_of(cx, y) != DT_U64)
        refine(cx, y, (struct range){true, a.low + apart, INT64_MAX});
}

enum { DEEPEST_CONDITION = 16 };

/* That a condition is `is`, here and in all that this block dominates. */
static void learn(struct ranges *cx, value_id condition, bool is, uint32_t depth)
{
    const struct ir_inst *inst = maker_of(cx, condition);
    refine(cx, condition, (struct range){true, is, is});
    if (!inst || inst->kind != INST_OP || depth == DEEPEST_CONDITION)
        return;
    bool joins = (inst->op == OP_and && is) || (inst->op == OP_or && !is);
    if (joins || inst->op == OP_not)
        for (uint32_t i = 0; i < inst->args.len; i++)
            if (dtype_of(cx, inst->args.at[i]) == DT_BOOL)
                learn(cx, inst->args.at[i], joins == is, depth + 1);
    uint32_t row = row_of(inst->op);
    if (row == ROWS || inst->args.len != 2 || !has_range(cx, inst->args.at[0])
        || op_table[inst->op].rule != RULE_BOOL)
        return;
    if (!is)
        row = row_of(rows[row].opposite);
    value_id x = inst->args.at[0], y = inst->args.at[1];
    if (rows[row].relation == RELATION_LESS || rows[row].relation == RELATION_EQUAL)
        learn_less(cx, x, y, rows[row].apart);
    if (rows[row].relation == RELATION_GREATER || rows[row].relation == RELATION_EQUAL)
        learn_less(cx, y, x, rows[row].apart);
}

static void forget_down_to(struct ranges *cx, uint32_t count)
{
    while (cx->refined.len > count) {
        struct refinement old = vec_pop(&cx->refined);
        cx->now[old.value] = old.before;
    }
}

/* ---- counters ------------------------------------------------------------------------------- */

/* What a latch adds to a parameter of its loop's header; false: something else becomes of it. */
static bool added(const struct ranges *cx, value_id param, value_id passed, int64_t *step)
{
    const struct ir_inst *inst = maker_of(cx, passed);
    *step = 0;
    if (passed == param)
        return true;
    if (!inst || inst->kind != INST_OP || inst->op != OP_add)
        return false;
    uint32_t other = inst->args.at[0] == param ? 1 : 0;
    const union scalar *constant = constant_of(cx->func, inst->args.at[other]);
    if (inst->args.at[1 - other] != param || !constant)
        return false;
    *step = constant->i;
    return true;
}

/* The largest steps, up and down, of all latches. */
static bool find_steps(const struct ranges *cx, const struct loop *loop, value_id param,
                       int64_t *down, int64_t *up)
{
    uint32_t index = cx->func->values.at[param].index;
    *down = *up = 0;
    for (uint32_t i = 0; i < loop->latches.len; i++) {
        const struct ir_term *term = &cx->func->blocks.at[loop->latches.at[i]].term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
            int64_t step;
            if (term->edges[edge].to != loop->header)
                continue;
            if (!added(cx, param, term->edges[edge].args.at[index], &step))
                return false;
            *down = step < *down ? step : *down;
            *up = step > *up ? step : *up;
        }
    }
    return true;
}

/* What the comparison at the end of the header says of a parameter in the rounds that go on: all
 * that is not about its bounds is taken as not known, so that only what is the same in each round
 * counts. */
static struct range while_it_runs(struct ranges *cx, const struct loop *loop, value_id param)
{
    const struct ir_term *term = &cx->func->blocks.at[loop->header].term;
    struct range range = any_of(dtype_of(cx, param));
    if (term->kind != TERM_BR)
        return range;
    bool inside[2];
    for (int edge = 0; edge < 2; edge++)
        inside[edge] = bitset_has(&loop->body, term->edges[edge].to);
    const struct ir_inst *inst = maker_of(cx, term->condition);
    if (inside[0] == inside[1] || !inst || inst->kind != INST_OP
        || op_table[inst->op].rule != RULE_BOOL || inst->args.len != 2)
        return range;
    uint32_t row = row_of(inst->op);
    if (row < ROWS && inside[1])
        row = row_of(rows[row].opposite);
    bool is_left = inst->args.at[0] == param;
    if (row == ROWS || (!is_left && inst->args.at[1] != param))
        return range;
    value_id limit = inst->args.at[is_left ? 1 : 0];
    const struct ir_value *info = &cx->func->values.at[limit];
    const union scalar *constant = constant_of(cx->func, limit);
    struct range bound = any_of(info->type.dtype);
    if (constant && info->type.dtype != DT_U64)
        bound = (struct range){true, constant->i, constant->i};
    else if (!bitset_has(&loop->body, info->block))
        bound = cx->now[limit];
    if (!bound.known || bound.high == INT64_MIN || bound.low == INT64_MAX)
        return range;
    enum relation relation = rows[row].relation;
    bool is_less = relation == (is_left ? RELATION_LESS : RELATION_GREATER);
    if (is_less || relation == RELATION_EQUAL)
        range.high =
            bound.high - rows[row].apart < range.high ? bound.high - rows[row].apart : range.high;
    if ((!is_less && relation != RELATION_NONE) || relation == RELATION_EQUAL)
        range.low =
            bound.low + rows[row].apart > range.low ? bound.low + rows[row].apart : range.low;
    return range;
}

/* A counter begins in `entering`, and goes on from where the loop does. */
static struct range counter_range(struct ranges *cx, const struct loop *loop, value_id param,
                                  struct range entering)
{
    enum dtype dtype = dtype_of(cx, param);
    struct range any = any_of(dtype), next;
    int64_t down, up;
    if (!entering.known || !any.known || dtype == DT_BOOL
        || !find_steps(cx, loop, param, &down, &up))
        return any;
    struct range running = while_it_runs(cx, loop, param);
    if (__builtin_add_overflow(running.low, down, &next.low) || next.low < any.low) {
        if (down < 0)
            return any;
        next.low = any.low;
    }
    if (__builtin_add_overflow(running.high, up, &next.high) || next.high > any.high) {
        if (up > 0)
            return any;
        next.high = any.high;
    }
    struct range range = {true, entering.low, entering.high};
    if (down < 0 && next.low < range.low)
        range.low = next.low;
    if (up > 0 && next.high > range.high)
        range.high = next.high;
    return range;
}

/* ---- blocks --------------------------------------------------------------------------------- */

static void enter_block(struct ranges *cx, block_id id)
{
    const struct ir_block *block = &cx->func->blocks.at[id];
    const struct cfg_block *node = &cx->cfg.blocks[id];
    const struct loop *loop = loop_at(&cx->loops, id);
    for (uint32_t i = 0; i < block->params.len; i++) {
        value_id param = block->params.at[i];
        struct range range = any_of(dtype_of(cx, param));
        if (has_range(cx, param) && id && cx->is_joined[param])
            range = loop ? counter_range(cx, loop, param, cx->joined[param]) : cx->joined[param];
        cx->now[param] = range;
    }
    if (node->preds.len != 1)
        return;
    const struct ir_term *term = &cx->func->blocks.at[node->preds.at[0]].term;
    if (term->kind == TERM_BR)
        learn(cx, term->condition, term->edges[0].to == id, 0);
}

/* True: the instruction goes. */
static bool visit_inst(struct ranges *cx, struct ir_inst *inst)
{
    for (uint32_t i = 0; i < inst->args.len; i++)
        inst->args.at[i] = rewrite_current(&cx->rewrite, inst->args.at[i]);
    if (inst->kind == INST_CHECK) {
        value_id condition = inst->args.at[0];
        if (is_number(cx->now[condition]) && cx->now[condition].low) {
            cx->changed = true;
            return true;
        }
        learn(cx, condition, true, 0);
    }
    if (inst->results.len != 1 || !has_range(cx, inst->results.at[0])) {
        for (uint32_t i = 0; i < inst->results.len; i++)
            cx->now[inst->results.at[i]] = any_of(dtype_of(cx, inst->results.at[i]));
        return false;
    }
    value_id result = inst->results.at[0];
    struct range range = range_of_inst(cx, inst);
    cx->now[result] = range;
    if (inst->kind != INST_OP)
        return false;
    if (is_number(range)) {
        inst_make_constant(inst, (union scalar){.i = range.low});
        cx->changed = true;
        return false;
    }
    if (op_table[inst->op].rule != RULE_SELECT || !is_number(cx->now[inst->args.at[0]]))
        return false;
    rewrite_replace(&cx->rewrite, result, inst->args.at[cx->now[inst->args.at[0]].low ? 1 : 2]);
    return true;
}

static void leave_block(struct ranges *cx, block_id id)
{
    const struct ir_term *term = &cx->func->blocks.at[id].term;
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
        const struct ir_block *to = &cx->func->blocks.at[term->edges[edge].to];
        for (uint32_t i = 0; i < term->edges[edge].args.len; i++) {
            value_id param = to->params.at[i];
            value_id passed = rewrite_current(&cx->rewrite, term->edges[edge].args.at[i]);
            struct range range = cx->now[passed];
            cx->joined[param] = cx->is_joined[param] ? either(cx->joined[param], range) : range;
            cx->is_joined[param] = true;
        }
    }
}

static void visit_block(struct ranges *cx, block_id id)
{
    struct ir_block *block = &cx->func->blocks.at[id];
    uint32_t kept = 0;
    enter_block(cx, id);
    for (uint32_t i = 0; i < block->insts.len; i++)
        if (!visit_inst(cx, &cx->func->insts.at[block->insts.at[i]]))
            block->insts.at[kept++] = block->insts.at[i];
    block->insts.len = kept;
    if (block->term.kind == TERM_BR)
        block->term.condition = rewrite_current(&cx->rewrite, block->term.condition);
    leave_block(cx, id);
}

/* A block on the way down the dominator tree. */
struct step {
    block_id block;
    uint32_t next_child;
    uint32_t refined_before;
};

static bool ranges_func(struct arena *scratch, struct ir_func *func)
{
    uint32_t count = func->values.len;
    struct ranges cx = {.scratch = scratch,
                        .func = func,
                        .cfg = cfg_of(scratch, func),
                        .rewrite = rewrite_new(scratch, func),
                        .now = ARENA_ARRAY(scratch, struct range, count),
                        .joined = ARENA_ARRAY(scratch, struct range, count),
                        .is_joined = ARENA_ARRAY(scratch, bool, count)};
    cx.loops = loops_of(scratch, func, &cx.cfg);
    VEC(struct step) path = {0};
    (void)vec_add(scratch, &path);
    visit_block(&cx, 0);
    while (path.len) {
        struct step *step = &vec_last(&path);
        if (step->next_child == cx.cfg.blocks[step->block].children.len) {
            forget_down_to(&cx, step->refined_before);
            path.len--;
            continue;
        }
        block_id child = cx.cfg.blocks[step->block].children.at[step->next_child++];
        struct step down = {child, 0, cx.refined.len};
        visit_block(&cx, child);
        vec_push(scratch, &path, down);
    }
    rewrite_apply(&cx.rewrite);
    return cx.changed || cx.rewrite.any;
}

bool pass_range_checks(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++)
        changed |= ranges_func(cx->scratch, &prog->funcs.at[id]);
    return changed;
}
