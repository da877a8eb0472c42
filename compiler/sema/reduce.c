/* Reductions: sum, prod, max, min, any, all, mean, std, argmax, argmin, and what is made of them.
 * The order of their sums is language (L6), and the matter of the engines. */
#include "sema/builtin.h"

/* ---- which axes ------------------------------------------------------------------------------ */

enum { PARAM_X, PARAM_AXIS };

struct reduction {
    uint32_t axis_set;
    bool keepdims;
    int64_t count;      /* elements that make one; -1: known at run time only */
    struct shape kept;  /* reduced axes as 1 */
};

/* All axes, if `axis` is left out. */
static bool read_reduction(struct checker *cx, const struct builtin_call *call, uint32_t axis,
                           uint32_t keepdims, struct reduction *reduction)
{
    const struct shape *shape = ty_shape(call->args[PARAM_X].ty);
    struct static_ints axes = {.len = 0};
    *reduction = (struct reduction){.kept = *shape, .count = 1};
    if (is_given(call, axis) && !static_axes(cx, call, axis, shape->rank, &axes))
        return false;
    if (!static_bool(cx, call, keepdims, &reduction->keepdims))
        return false;
    for (uint8_t i = 0; i < axes.len; i++)
        reduction->axis_set |= 1u << axes.at[i];
    if (!is_given(call, axis))
        reduction->axis_set = (1u << shape->rank) - 1;
    for (uint8_t i = 0; i < shape->rank; i++) {
        if (!(reduction->axis_set >> i & 1))
            continue;
        reduction->kept.dim[i] = 1;
        reduction->count = shape->dim[i] < 0 || reduction->count < 0
                               ? -1 : reduction->count * shape->dim[i];
    }
    return true;
}

/* How many elements make one, as a weak integer. */
static struct operand count_operand(struct checker *cx, struct loc loc, const struct ty *ty,
                                    uint32_t axis_set)
{
    struct operand count = number_operand(cx, loc, 1);
    for (int i = 0; i < ty_shape(ty)->rank; i++)
        if (axis_set >> i & 1)
            count = check_operator(cx, AST_MUL, loc, count, extent_operand(cx, loc, ty, i), NULL);
    return count;
}

static struct shape without_axes(const struct shape *shape, uint32_t axis_set)
{
    struct shape result = {0};
    for (uint8_t i = 0; i < shape->rank; i++)
        if (!(axis_set >> i & 1))
            result.dim[result.rank++] = shape->dim[i];
    return result;
}

static struct operand reduce_operand(struct checker *cx, struct loc loc, enum op op,
                                     struct operand x, uint32_t axis_set)
{
    if (!axis_set)
        return x;
    struct shape shape = without_axes(ty_shape(x.ty), axis_set);
    const struct ty *ty = ty_tensor(&cx->types, ty_dtype(x.ty), &shape);
    struct typed_expr *node = tx_new(cx, TX_REDUCE, loc, ty_settled(&cx->types, ty));
    node->op = op;
    node->axis_set = axis_set;
    return mapped_operand(cx, node, x, ty, NULL);
}

struct operand reduce_all(struct checker *cx, struct loc loc, enum op op, struct operand x)
{
    return reduce_operand(cx, loc, op, x, (1u << ty_shape(x.ty)->rank) - 1);
}

static struct operand with_dims(struct checker *cx, struct operand x,
                                const struct reduction *reduction)
{
    return reduction->keepdims ? reshape_operand(cx, x.loc, x, &reduction->kept) : x;
}

/* ---- sums and products ----------------------------------------------------------------------- */

/* bool and signed integers as i64, unsigned ones as u64: sums of small ones do not wrap at once. */
static enum dtype sum_dtype(enum dtype dtype)
{
    if (dtype_is_weak(dtype))
        return dtype;
    if (dtype == DT_BOOL || dtype_table[dtype].cls == CLASS_INT)
        return DT_I64;
    return dtype_table[dtype].cls == CLASS_UINT ? DT_U64 : dtype;
}

static struct operand in_dtype(struct checker *cx, struct operand x, enum dtype dtype)
{
    return ty_dtype(x.ty) == dtype ? x
           : dtype_converts(ty_dtype(x.ty), dtype) ? cast_weakly(cx, x, dtype)
                                                   : cast_to(cx, x, dtype, x.loc);
}

struct operand sum_last(struct checker *cx, struct loc loc, struct operand x)
{
    return reduce_operand(cx, loc, OP_add, in_dtype(cx, x, sum_dtype(ty_dtype(x.ty))),
                          1u << (ty_shape(x.ty)->rank - 1));
}

struct operand call_reduce(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    enum dtype dtype;
    if (!read_reduction(cx, call, PARAM_AXIS, 2, &reduction)
        || !static_dtype(cx, call, 3, sum_dtype(ty_dtype(x.ty)), &dtype))
        return op_error(cx, call->loc);
    x = in_dtype(cx, x, dtype);
    x = reduce_operand(cx, call->loc, (enum op)call->builtin->rule.op, x, reduction.axis_set);
    return with_dims(cx, x, &reduction);
}

struct operand call_mean(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    enum dtype dtype = ty_dtype(x.ty);
    if (!dtype_is_float(dtype))
        dtype = dtype_is_weak(dtype) ? DT_WEAK_FLOAT : DT_F64;
    if (!read_reduction(cx, call, PARAM_AXIS, 2, &reduction)
        || !static_dtype(cx, call, 3, dtype, &dtype))
        return op_error(cx, call->loc);
    struct operand count = count_operand(cx, call->loc, x.ty, reduction.axis_set);
    x = reduce_operand(cx, call->loc, OP_add, in_dtype(cx, x, dtype), reduction.axis_set);
    return with_dims(cx, check_operator(cx, AST_DIV, call->loc, x, count, NULL), &reduction);
}

/* An operand that is read more than once. */
static void hold(struct checker *cx, struct typed_block *block, struct operand *x)
{
    if (settle_operand(cx, x) && !tx_is_simple(x->expr))
        x->expr = tx_hold(cx, block, x->expr);
}

static struct operand with_block(struct checker *cx, struct typed_block *block, struct operand x)
{
    struct typed_expr *expr = settle_operand(cx, &x);
    return expr ? op_value(x.loc, tx_block(cx, block, expr), x.ty) : x;
}

/* sqrt(sum((x - mean(x)) ** 2) / max(n - ddof, 0)) */
struct operand call_variance(struct checker *cx, struct builtin_call *call)
{
    struct loc loc = call->loc;
    struct operand x = call->args[PARAM_X];
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct reduction reduction;
    int64_t ddof = 0;
    if (!read_reduction(cx, call, PARAM_AXIS, 3, &reduction)
        || (is_given(call, 2) && !static_int(cx, call, 2, &ddof)))
        return op_error(cx, loc);
    if (!dtype_is_float(ty_dtype(x.ty)))
        x = cast_weakly(cx, x, dtype_is_weak(ty_dtype(x.ty)) ? DT_WEAK_FLOAT : DT_F64);
    hold(cx, block, &x);
    struct operand count = count_operand(cx, loc, x.ty, reduction.axis_set);
    struct operand mean = reduce_operand(cx, loc, OP_add, x, reduction.axis_set);
    mean = check_operator(cx, AST_DIV, loc, mean, count, NULL);
    mean = reshape_operand(cx, loc, mean, &reduction.kept);
    struct operand off = check_operator(cx, AST_SUB, loc, x, mean, NULL);
    hold(cx, block, &off);
    struct operand squares = check_operator(cx, AST_MUL, loc, off, off, NULL);
    struct operand left = check_operator(cx, AST_SUB, loc, count,
                                         op_weak(cx, loc, DT_WEAK_INT,
                                                 constant_int(cx->memory, ddof)), NULL);
    struct operand pair[] = {left, number_operand(cx, loc, 0)};
    left = call_builtin(cx, loc, "maximum", pair, 2);
    struct operand sum = reduce_operand(cx, loc, OP_add, squares, reduction.axis_set);
    struct operand result = check_operator(cx, AST_DIV, loc, sum, left, NULL);
    result = call_builtin(cx, loc, "sqrt", &result, 1);
    return with_block(cx, block, with_dims(cx, result, &reduction));
}

/* ---- greatest and least ---------------------------------------------------------------------- */

static bool has_elements(struct checker *cx, const struct builtin_call *call,
                         const struct reduction *reduction)
{
    if (reduction->count)
        return true;
    sema_error(cx, AB0326, call->loc, "%s of no elements: %s has none along the axis",
               call->what, text_of(cx, call->args[PARAM_X].ty));
    return false;
}

static void report_axis_of_two(struct checker *cx, const struct builtin_call *call)
{
    const char *called = call->builtin->name;
    if (call->expr->args.len > 2 && !call->expr->args.at[2].name) {
        struct diag *diag = sema_error(cx, AB0502, call->loc, "%s takes 2 operands, not %u",
                                       call->what, call->expr->args.len);
        sema_help(cx, diag, "of three it is `%s(x, %s(y, z))`", called, called);
        return;
    }
    struct diag *diag = sema_error(cx, AB0502, call->loc,
                                   "%s of two operands is elementwise: it has no axis", call->what);
    sema_help(cx, diag, "over a tensor it is `%s(x, axis=0)`", called);
}

struct operand call_extreme(struct checker *cx, struct builtin_call *call)
{
    const struct dtype_rule *rule = &call->builtin->rule;
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    uint32_t axis = call->count == 4 ? 2 : 1; /* max has a second operand, amax not */
    if (call->count == 4 && is_given(call, 1)) {
        if (is_given(call, 2) || is_given(call, 3)) {
            report_axis_of_two(cx, call);
            return op_error(cx, call->loc);
        }
        return apply_rule(cx, call->loc, call->what, rule, call->args, 2);
    }
    if (!read_reduction(cx, call, axis, axis + 1, &reduction)
        || !has_elements(cx, call, &reduction))
        return op_error(cx, call->loc);
    int op = ty_dtype(x.ty) == DT_BOOL ? rule->bool_op : rule->op;
    return with_dims(cx, reduce_operand(cx, call->loc, (enum op)op, x, reduction.axis_set),
                     &reduction);
}

/* max - min */
struct operand call_range_of(struct checker *cx, struct builtin_call *call)
{
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    if (!read_reduction(cx, call, PARAM_AXIS, 2, &reduction) || !has_elements(cx, call, &reduction))
        return op_error(cx, call->loc);
    if (ty_dtype(x.ty) == DT_BOOL)
        return apply_rule(cx, call->loc, call->what, &builtin_find("subtract")->rule,
                          (struct operand[]){x, x}, 2);
    hold(cx, block, &x);
    struct operand most = reduce_operand(cx, call->loc, OP_max, x, reduction.axis_set);
    struct operand least = reduce_operand(cx, call->loc, OP_min, x, reduction.axis_set);
    struct operand range = check_operator(cx, AST_SUB, call->loc, most, least, NULL);
    return with_block(cx, block, with_dims(cx, range, &reduction));
}

struct operand call_arg_reduce(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    struct shape flat = {1, {shape_size(ty_shape(x.ty))}};
    uint8_t axis = 0;
    if (!read_reduction(cx, call, PARAM_AXIS, 2, &reduction)
        || !has_elements(cx, call, &reduction))
        return op_error(cx, call->loc);
    if (is_given(call, PARAM_AXIS)) {
        if (!static_axis(cx, call, PARAM_AXIS, ty_shape(x.ty)->rank, &axis))
            return op_error(cx, call->loc);
    } else if (ty_shape(x.ty)->rank != 1) {
        if (!have_static_extents(cx, call->what, &x))
            return op_error(cx, call->loc);
        x = reshape_operand(cx, call->loc, x, &flat);
    }
    if (ty_dtype(x.ty) == DT_BOOL)
        x = cast_to(cx, x, DT_U8, x.loc);
    struct shape shape = without_axes(ty_shape(x.ty), 1u << axis);
    const struct ty *ty = ty_tensor(&cx->types, DT_I64, &shape);
    struct typed_expr *node = tx_new(cx, TX_ARG_REDUCE, call->loc, ty);
    node->op = (enum op)call->builtin->rule.op;
    node->axis = axis;
    return with_dims(cx, mapped_operand(cx, node, x, ty, NULL), &reduction);
}

/* ---- bools ----------------------------------------------------------------------------------- */

struct operand truth_operand(struct checker *cx, struct operand x)
{
    if (ty_dtype(x.ty) == DT_BOOL)
        return x;
    return check_operator(cx, AST_NE, x.loc, x, number_operand(cx, x.loc, 0), NULL);
}

struct operand call_truth(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    if (!read_reduction(cx, call, PARAM_AXIS, 2, &reduction))
        return op_error(cx, call->loc);
    x = reduce_operand(cx, call->loc, (enum op)call->builtin->rule.op, truth_operand(cx, x),
                       reduction.axis_set);
    return with_dims(cx, x, &reduction);
}

struct operand call_count(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[PARAM_X];
    struct reduction reduction;
    if (!read_reduction(cx, call, PARAM_AXIS, 2, &reduction))
        return op_error(cx, call->loc);
    x = cast_to(cx, truth_operand(cx, x), DT_I64, call->loc);
    return with_dims(cx, reduce_operand(cx, call->loc, OP_add, x, reduction.axis_set), &reduction);
}

/* false, after the operands have been evaluated. */
static struct operand call_different(struct checker *cx, struct builtin_call *call)
{
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    for (uint32_t i = 0; i < 2; i++)
        hold(cx, block, &call->args[i]);
    struct typed_expr *no = tx_const(cx, call->loc, DT_BOOL, (union scalar){.u = 0});
    return op_value(call->loc, tx_block(cx, block, no), no->ty);
}

/* Equal shapes and elements; other shapes are no mistake. */
struct operand call_array_equal(struct checker *cx, struct builtin_call *call)
{
    struct operand *args = call->args;
    if (!shape_equal(ty_shape(args[0].ty), ty_shape(args[1].ty)))
        return call_different(cx, call);
    struct operand same = check_operator(cx, AST_EQ, call->loc, args[0], args[1], NULL);
    return ty_is_unsure(same.ty) ? same : reduce_all(cx, call->loc, OP_and, same);
}

/* |x - y| <= atol + rtol * |y|, or x == y; of all elements for allclose. */
struct operand call_close(struct checker *cx, struct builtin_call *call)
{
    struct loc loc = call->loc;
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct operand x = call->args[0], y = call->args[1], tolerance[2];
    static const double defaults[] = {1e-5, 1e-8};
    bool equal_nan = false;
    if (!static_bool(cx, call, 4, &equal_nan))
        return op_error(cx, loc);
    for (uint32_t i = 0; i < 2; i++)
        tolerance[i] = is_given(call, 2 + i)
                           ? call->args[2 + i]
                           : op_weak(cx, loc, DT_WEAK_FLOAT,
                                     constant_float(cx->memory, defaults[i]));
    if (!dtype_is_float(ty_dtype(y.ty))) /* differences of integers may wrap */
        y = cast_weakly(cx, y, dtype_is_weak(ty_dtype(y.ty)) ? DT_WEAK_FLOAT : DT_F64);
    hold(cx, block, &x);
    hold(cx, block, &y);
    struct operand apart = check_operator(cx, AST_SUB, loc, x, y, NULL);
    apart = call_builtin(cx, loc, "abs", &apart, 1);
    struct operand limit = call_builtin(cx, loc, "abs", &y, 1);
    limit = check_operator(cx, AST_MUL, loc, tolerance[0], limit, NULL);
    limit = check_operator(cx, AST_ADD, loc, tolerance[1], limit, NULL);
    struct operand finite = call_builtin(cx, loc, "isfinite", &y, 1);
    struct operand near = check_operator(cx, AST_LE, loc, apart, limit, NULL);
    near = check_operator(cx, AST_BIT_AND, loc, near, finite, NULL);
    struct operand same = check_operator(cx, AST_EQ, loc, x, y, NULL);
    same = check_operator(cx, AST_BIT_OR, loc, same, near, NULL);
    if (equal_nan) {
        struct operand nans = call_builtin(cx, loc, "isnan", &x, 1);
        nans = check_operator(cx, AST_BIT_AND, loc, nans, call_builtin(cx, loc, "isnan", &y, 1),
                              NULL);
        same = check_operator(cx, AST_BIT_OR, loc, same, nans, NULL);
    }
    if (ty_is_unsure(same.ty))
        return same;
    bool is_all = call->builtin->name[0] == 'a';
    return with_block(cx, block, is_all ? reduce_all(cx, loc, OP_and, same) : same);
}

/* ---- running sums ---------------------------------------------------------------------------- */

/* The rows at `place` along an axis of a variable. */
static typed_axes rows_at(struct checker *cx, struct loc loc, const struct shape *shape,
                          uint8_t axis, struct typed_expr *place)
{
    typed_axes axes = {0};
    for (uint8_t i = 0; i < shape->rank; i++) {
        struct typed_axis all = {TYPED_AXIS_RANGE, NULL, loc, 0, 1, shape->dim[i]};
        struct typed_axis at = {TYPED_AXIS_AT, place, loc, 0, 1, 1};
        vec_push(cx->memory, &axes, i == axis ? at : all);
    }
    return axes;
}

static struct typed_expr *read_rows(struct checker *cx, struct typed_expr *from, uint8_t axis,
                                    struct typed_expr *place)
{
    struct shape shape = without_axes(ty_shape(from->ty), 1u << axis);
    struct typed_expr *node = tx_new(cx, TX_INDEX, from->loc,
                                     ty_tensor(&cx->types, ty_dtype(from->ty), &shape));
    node->axes = rows_at(cx, from->loc, ty_shape(from->ty), axis, place);
    vec_push(cx->memory, &node->args, from);
    return node;
}

/* for i in 1..n { all[i] = all[i - 1] op all[i] } */
static struct typed_stmt *running_loop(struct checker *cx, struct loc loc, enum op op,
                                       struct typed_expr *all, uint8_t axis)
{
    const struct ty *i64 = cx->types.scalars[DT_I64];
    struct typed_stmt *loop = ts_new(cx, TS_FOR, loc), *store = ts_new(cx, TS_STORE, loc);
    struct typed_place *place = ARENA_NEW(cx->memory, struct typed_place);
    loop->var = declare_var(cx, NULL, loc, i64);
    loop->start = tx_const(cx, loc, DT_I64, (union scalar){.i = 1});
    loop->stop = tx_const(cx, loc, DT_I64, (union scalar){.i = ty_shape(all->ty)->dim[axis]});
    loop->block = ARENA_NEW(cx->memory, struct typed_block);
    loop->block->loc = loc;
    loop->is_uncounted = true;
    struct typed_expr *here = tx_var(cx, loc, loop->var, i64);
    struct typed_expr *one = tx_const(cx, loc, DT_I64, (union scalar){.i = 1});
    struct typed_expr *before = tx_op(cx, loc, OP_sub, DT_I64, (struct typed_expr *[]){here, one});
    struct typed_expr *rows[] = {read_rows(cx, all, axis, before), read_rows(cx, all, axis, here)};
    store->value = tx_op(cx, loc, op, ty_dtype(all->ty), rows);
    *place = (struct typed_place){.var = all->var, .loc = loc, .ty = rows[1]->ty};
    struct typed_step step = {.is_region = true,
                              .axes = rows_at(cx, loc, ty_shape(all->ty), axis, here)};
    vec_push(cx->memory, &place->steps, step);
    struct typed_target target = {.place = place};
    vec_push(cx->memory, &store->targets, target);
    vec_push(cx->memory, &loop->block->stmts, store);
    return loop;
}

struct operand call_cumulate(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[PARAM_X];
    struct shape flat = {1, {shape_size(ty_shape(x.ty))}};
    uint8_t axis = 0;
    enum dtype dtype;
    if (!have_static_extents(cx, call->what, &x)
        || !static_dtype(cx, call, 2, sum_dtype(ty_dtype(x.ty)), &dtype))
        return op_error(cx, call->loc);
    if (!is_given(call, PARAM_AXIS))
        x = reshape_operand(cx, call->loc, x, &flat);
    else if (!static_axis(cx, call, PARAM_AXIS, ty_shape(x.ty)->rank, &axis))
        return op_error(cx, call->loc);
    x = in_dtype(cx, x, dtype);
    if (!settle_operand(cx, &x) || ty_shape(x.ty)->dim[axis] < 2)
        return x;
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct typed_expr *all = tx_hold_var(cx, block, x.expr);
    vec_push(cx->memory, &block->stmts,
             running_loop(cx, call->loc, (enum op)call->builtin->rule.op, all, axis));
    return op_value(call->loc, tx_block(cx, block, all), x.ty);
}
