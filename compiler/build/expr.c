#include "build/fn.h"

static void build(struct fn *fn, const struct typed_expr *expr, value_id *out);
static void build_returned(struct fn *fn, const struct typed_expr *expr, value_id *out);

static void fill_dead(struct fn *fn, const struct typed_expr *expr, value_id *out, uint32_t count)
{
    for (uint32_t i = 0; i < count && expr->ty->kind == TY_NEVER; i++)
        out[i] = ssa_undefined(&fn->ssa, fn->block, type_scalar(DT_I64));
}

void expr_leaves(struct fn *fn, const struct typed_expr *expr, value_id *out, uint32_t count)
{
    build(fn, expr, out);
    fill_dead(fn, expr, out, count);
}

void expr_returned(struct fn *fn, const struct typed_expr *expr, value_id *out, uint32_t count)
{
    build_returned(fn, expr, out);
    fill_dead(fn, expr, out, count);
}

value_id expr_value(struct fn *fn, const struct typed_expr *expr)
{
    value_id value = IR_NONE;
    expr_leaves(fn, expr, &value, 1);
    return value;
}

static value_id *new_values(struct fn *fn, uint32_t count)
{
    return ARENA_ARRAY(fn->scratch, value_id, count);
}

void expr_drop(struct fn *fn, const struct typed_expr *expr)
{
    if (has_run_time_extent(expr->ty))
        view_name(fn, expr);
    else
        build(fn, expr, new_values(fn, expr->ty->leaves));
}

/* ---- variables, parts, operations ---------------------------------------------------- */

static void read_leaves(struct fn *fn, leaf_id first, uint32_t count, value_id *out)
{
    for (uint32_t i = 0; i < count; i++)
        out[i] = fn_read(fn, first + i);
}

/* A part of a variable reads its own leaves only; of another value all leaves are computed. */
static void part(struct fn *fn, const struct typed_expr *expr, value_id *out)
{
    uint32_t offset = 0;
    const struct typed_expr *whole = expr;
    for (; whole->kind == TX_PART; whole = whole->args.at[0])
        offset += leaf_offset(whole->args.at[0]->ty, whole->part);
    if (whole->kind == TX_VAR) {
        read_leaves(fn, fn->var_leaf[whole->var] + offset, expr->ty->leaves, out);
        return;
    }
    value_id *values = new_values(fn, whole->ty->leaves);
    build(fn, whole, values);
    for (uint32_t i = 0; i < expr->ty->leaves; i++)
        out[i] = values[offset + i];
}

static value_id constant(struct fn *fn, const struct typed_expr *expr)
{
    struct ir_inst *inst = fn_inst(fn, INST_CONST, expr->ty->tensor, NULL, 0, expr->loc);
    inst->constant = expr->constant;
    inst->elements = expr->elements;
    return inst->results.at[0];
}

static value_id *build_args(struct fn *fn, const struct typed_expr *expr)
{
    value_id *args = new_values(fn, expr->args.len);
    for (uint32_t i = 0; i < expr->args.len; i++)
        args[i] = expr_value(fn, expr->args.at[i]);
    return args;
}

static value_id operation(struct fn *fn, const struct typed_expr *expr)
{
    const value_id *args = build_args(fn, expr);
    return fn_op(fn, expr->op, expr->ty->tensor.dtype, args, expr->args.len, expr->loc);
}

static void cast(struct fn *fn, const struct typed_expr *expr, value_id *out)
{
    uint32_t count = expr->ty->leaves;
    struct type *types = ARENA_ARRAY(fn->scratch, struct type, count);
    leaf_types(expr->ty, types);
    expr_leaves(fn, expr->args.at[0], out, count);
    for (uint32_t i = 0; i < count; i++)
        out[i] = fn_convert(fn, out[i], types[i].dtype, expr->loc);
}

static void make(struct fn *fn, const struct typed_expr *expr, value_id *out)
{
    for (uint32_t i = 0; i < expr->args.len; i++) {
        expr_leaves(fn, expr->args.at[i], out, expr->ty->parts.at[i]->leaves);
        out += expr->ty->parts.at[i]->leaves;
    }
}

static value_id same(struct fn *fn, const struct typed_expr *expr)
{
    uint32_t count = expr->args.at[0]->ty->leaves;
    value_id *x = new_values(fn, count), *y = new_values(fn, count);
    expr_leaves(fn, expr->args.at[0], x, count);
    expr_leaves(fn, expr->args.at[1], y, count);
    value_id all = IR_NONE;
    for (uint32_t i = 0; i < count; i++) {
        value_id equal = fn_op2(fn, OP_eq, DT_BOOL, x[i], y[i], expr->loc);
        equal = fn_all(fn, equal, expr->loc);
        all = i == 0 ? equal : fn_op2(fn, OP_and, DT_BOOL, all, equal, expr->loc);
    }
    return count > 0 ? all : fn_const(fn, DT_BOOL, (union scalar){.u = 1}, expr->loc);
}

/* ---- tensors ------------------------------------------------------------------------- */

static value_id indexed(struct fn *fn, const struct typed_expr *expr)
{
    const struct typed_expr *base = expr->args.at[0];
    value_id from = base->kind == TX_SHARED ? IR_NONE : expr_value(fn, base);
    struct region region = region_indexes(fn, &expr->axes, &base->ty->tensor.shape);
    region_check(fn, &region);
    return base->kind == TX_SHARED ? region_load(fn, &region, base, expr->loc)
                                   : region_read(fn, &region, from, expr->loc);
}

static value_id tensor(struct fn *fn, const struct typed_expr *expr)
{
    if (view_needed(expr))
        return view_value(fn, expr);
    if (expr->kind == TX_INDEX)
        return indexed(fn, expr);
    return tensor_apply(fn, expr, build_args(fn, expr), expr->ty->tensor);
}

/* ---- calls --------------------------------------------------------------------------- */

/* Where the leaves of each argument begin; the last entry is the number of all leaves. */
static uint32_t *argument_offsets(struct fn *fn, const struct instance *callee)
{
    uint32_t *offsets = ARENA_ARRAY(fn->scratch, uint32_t, callee->param_count + 1);
    for (uint32_t i = 0; i < callee->param_count; i++)
        offsets[i + 1] = offsets[i] + callee->vars.at[i].ty->leaves;
    return offsets;
}

/* The first inout parameter from `p` on; the number of parameters: there is none. */
static uint32_t next_inout(const struct instance *instance, uint32_t p)
{
    while (p < instance->param_count && !instance->vars.at[p].is_inout)
        p++;
    return p;
}

/* Whether `return` of the call is a tail call (L4): results of equal types, and nothing to be written
 * back but what the callee gives back, the own inout parameters of the caller in their order. */
static bool fits_tail(const struct fn *fn, const struct typed_expr *expr)
{
    const struct instance *caller = fn->instance, *callee = expr->callee;
    uint32_t own = next_inout(caller, 0);
    for (uint32_t p = 0; p < callee->param_count; p++) {
        const struct typed_place *place = expr->call_args.at[p].place;
        if (!place)
            continue;
        if (own == caller->param_count || place->var != own || place->steps.len > 0)
            return false;
        own = next_inout(caller, own + 1);
    }
    return own == caller->param_count && callee->result == caller->result;
}

static inst_id call(struct fn *fn, const struct typed_expr *expr, value_id *out)
{
    const struct instance *callee = expr->callee;
    uint32_t count = callee->param_count;
    const uint32_t *offsets = argument_offsets(fn, callee);
    value_id *args = new_values(fn, offsets[count] + 1);
    struct place *places = ARENA_ARRAY(fn->scratch, struct place, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t p = expr->call_order.len > 0 ? expr->call_order.at[i] : i;
        if (expr->call_args.at[p].place)
            places[p] = place_indexes(fn, expr->call_args.at[p].place);
        else
            expr_leaves(fn, expr->call_args.at[p].value, args + offsets[p],
                        offsets[p + 1] - offsets[p]);
    }
    /* Places are read when the call happens (L20). */
    for (uint32_t p = 0; p < count; p++)
        if (expr->call_args.at[p].place)
            place_read(fn, &places[p], args + offsets[p]);

    struct program *program = fn->program;
    if (program->calls.nodes.at[calls_node(&program->calls, callee)].recursive)
        fn_step(fn, expr, expr->loc);
    bool counts = program_counts(program, callee, fn->counts);
    if (counts)
        args[offsets[count]] = fn_read(fn, fn->steps);
    func_id func = program_func(program, callee, fn->counts);
    fault_id stack = program_call_fault(program, expr, callee, expr->loc);
    inst_id inst = ir_call(fn->prog, fn->func, fn->block, func, args, offsets[count] + counts,
                           stack, expr->loc);

    const value_id *result = fn->func->insts.at[inst].results.at;
    for (uint32_t i = 0; i < callee->result->leaves; i++)
        out[i] = *result++;
    for (uint32_t p = 0; p < count; p++) {
        if (!expr->call_args.at[p].place)
            continue;
        place_write(fn, &places[p], result, expr->loc);
        result += places[p].leaves;
    }
    if (counts)
        fn_write(fn, fn->steps, *result);
    return inst;
}

/* ---- conditions and choice ----------------------------------------------------------- */

/* A constant condition leaves one way: what cannot run is not in the IR at any level, so the cycles
 * of the call graph, and with them depth (L3), do not depend on a pass that finds it out. */
void expr_branch(struct fn *fn, const struct typed_expr *condition, block_id yes, block_id no)
{
    bool is_or = condition->kind == TX_OR;
    if (is_or || condition->kind == TX_AND) {
        block_id right = fn_block(fn, is_or ? "or" : "and", condition->args.at[1]->loc);
        expr_branch(fn, condition->args.at[0], is_or ? yes : right, is_or ? right : no);
        fn_enter(fn, right);
        if (!fn_is_dead(fn))
            expr_branch(fn, condition->args.at[1], yes, no);
        return;
    }
    if (condition->kind == TX_OP && condition->op == OP_not) {
        expr_branch(fn, condition->args.at[0], no, yes);
        return;
    }
    if (condition->kind == TX_CONST) {
        fn_jump(fn, condition->constant.u ? yes : no);
        return;
    }
    value_id value = expr_value(fn, condition);
    if (!fn_is_dead(fn))
        ssa_br(&fn->ssa, fn->block, value, yes, no, condition->loc);
}

/* `a and b` as a value: b if a, else false; `or` the other way round. */
static value_id short_circuit(struct fn *fn, const struct typed_expr *expr)
{
    bool is_or = expr->kind == TX_OR;
    leaf_id result = ssa_leaf_new(&fn->ssa, type_scalar(DT_BOOL), NULL, expr->loc);
    block_id right = fn_block(fn, is_or ? "or" : "and", expr->args.at[1]->loc);
    block_id decided = fn_block(fn, "short", expr->loc);
    block_id join = fn_block(fn, "join", expr->loc);
    expr_branch(fn, expr->args.at[0], is_or ? decided : right, is_or ? right : decided);
    fn_enter(fn, right);
    fn_write(fn, result, expr_value(fn, expr->args.at[1]));
    fn_jump(fn, join);
    fn_enter(fn, decided);
    fn_write(fn, result, fn_const(fn, DT_BOOL, (union scalar){.u = is_or}, expr->loc));
    fn_jump(fn, join);
    fn_enter(fn, join);
    return fn_read(fn, result);
}

/* How the value of an arm is built: as the `if` that it is part of. */
typedef void build_value(struct fn *fn, const struct typed_expr *expr, value_id *out);

static void arm_block(struct fn *fn, const struct typed_block *block, leaf_id result,
                      uint32_t count, build_value *value)
{
    stmt_block(fn, block);
    if (!block->value || fn_is_dead(fn))
        return;
    uint32_t leaves = block->value->ty->leaves;
    value_id *values = new_values(fn, leaves);
    value(fn, block->value, values);
    for (uint32_t i = 0; i < count && i < leaves; i++)
        fn_write(fn, result + i, values[i]);
}

/* The leaves of the value are variables that each arm sets. */
static void choice(struct fn *fn, const struct typed_expr *expr, value_id *out, build_value *value)
{
    uint32_t count = expr->ty->leaves;
    struct type *types = ARENA_ARRAY(fn->scratch, struct type, count);
    if (count > 0)
        leaf_types(expr->ty, types);
    leaf_id result = fn->ssa.leaves.len;
    for (uint32_t i = 0; i < count; i++)
        ssa_leaf_new(&fn->ssa, types[i], NULL, expr->loc);

    block_id join = fn_block(fn, "join", expr->loc);
    bool has_else = false;
    for (uint32_t a = 0; a < expr->arms.len; a++) {
        const struct typed_arm *arm = &expr->arms.at[a];
        block_id otherwise = IR_NONE;
        has_else = !arm->condition;
        if (!has_else) {
            block_id then = fn_block(fn, "then", arm->block->loc);
            otherwise = fn_block(fn, "else", expr->loc);
            expr_branch(fn, arm->condition, then, otherwise);
            fn_enter(fn, then);
        }
        arm_block(fn, arm->block, result, count, value);
        fn_jump(fn, join);
        if (!has_else)
            fn_enter(fn, otherwise);
    }
    if (!has_else)
        fn_jump(fn, join);
    fn_enter(fn, join);
    read_leaves(fn, result, count, out);
}

/* ---- all of them --------------------------------------------------------------------- */

static void build(struct fn *fn, const struct typed_expr *expr, value_id *out)
{
    switch (expr->kind) {
    case TX_CONST: out[0] = constant(fn, expr); break;
    case TX_VAR: read_leaves(fn, fn->var_leaf[expr->var], expr->ty->leaves, out); break;
    case TX_TARGET: place_read(fn, fn->target, out); break;
    case TX_OP: out[0] = operation(fn, expr); break;
    case TX_CAST: cast(fn, expr, out); break;
    case TX_CALL: call(fn, expr, out); break;
    case TX_MAKE: make(fn, expr, out); break;
    case TX_PART: part(fn, expr, out); break;
    case TX_AND:
    case TX_OR: out[0] = short_circuit(fn, expr); break;
    case TX_IF: choice(fn, expr, out, build); break;
    case TX_SAME: out[0] = same(fn, expr); break;
    case TX_BROADCAST: case TX_RESHAPE: case TX_TRANSPOSE: case TX_INDEX: case TX_BUILD:
    case TX_CONCAT: case TX_TAKE: case TX_REDUCE: case TX_ARG_REDUCE: case TX_CONTRACT:
    case TX_IOTA: case TX_SHARED:
        out[0] = tensor(fn, expr);
        break;
    case TX_EXTENT: out[0] = axis_size(fn, -1 - (int64_t)expr->symbol, expr->loc); break;
    case TX_LANE_INDEX: out[0] = ir_lane_index(fn->prog, fn->func, fn->block, expr->loc); break;
    }
}

/* The value of a `return`, also through the arms of `return if`. */
static void build_returned(struct fn *fn, const struct typed_expr *expr, value_id *out)
{
    if (expr->kind == TX_IF) {
        choice(fn, expr, out, build_returned);
    } else if (expr->kind == TX_CALL) {
        inst_id inst = call(fn, expr, out);
        fn->func->insts.at[inst].is_tail = fits_tail(fn, expr);
    } else {
        build(fn, expr, out);
    }
}
