/* Functions that make tensors: zeros, full, arange, linspace, eye, stack, concatenate, ... */
#include "sema/builtin.h"

#include <math.h>
#include <string.h>

static struct operand failed(struct checker *cx, const struct builtin_call *call)
{
    return op_error(cx, call->loc);
}

/* ---- filled ---------------------------------------------------------------------------------- */

/* `value` everywhere, in a dtype it may have to be cast to. */
static struct operand filled(struct checker *cx, const struct builtin_call *call,
                             struct operand value, enum dtype dtype, const struct shape *shape)
{
    enum dtype from = ty_dtype(value.ty);
    struct shape joined;
    if (ty_is_unsure(tensor_type(cx, call->loc, dtype, shape)))
        return failed(cx, call);
    if (!shapes_broadcast(ty_shape(value.ty), shape, &joined) || !shape_equal(&joined, shape)) {
        sema_error(cx, AB0320, value.loc, "%s cannot be broadcast to %s", text_of(cx, value.ty),
                   shape_text(cx, shape));
        return failed(cx, call);
    }
    if (from != dtype)
        value = dtype_converts(from, dtype) ? cast_weakly(cx, value, dtype)
                                            : cast_to(cx, value, dtype, value.loc);
    return broadcast_operand(cx, value, shape);
}

/* zeros and ones: weak floats unless a dtype is given (L8). */
static struct operand number_named(struct checker *cx, const struct builtin_call *call)
{
    int number = !strncmp(call->builtin->name, "ones", 4);
    return op_weak(cx, call->loc, DT_WEAK_FLOAT, constant_float(cx->memory, number));
}

struct operand call_filled(struct checker *cx, struct builtin_call *call)
{
    struct shape shape;
    enum dtype dtype;
    if (!static_shape(cx, call, 0, &shape) || !static_dtype(cx, call, 1, DT_WEAK_FLOAT, &dtype))
        return failed(cx, call);
    return filled(cx, call, number_named(cx, call), dtype, &shape);
}

struct operand call_full(struct checker *cx, struct builtin_call *call)
{
    struct operand value = call->args[1];
    struct shape shape;
    enum dtype dtype;
    if (!static_shape(cx, call, 0, &shape)
        || !static_dtype(cx, call, 2, ty_dtype(value.ty), &dtype))
        return failed(cx, call);
    return filled(cx, call, value, dtype, &shape);
}

struct operand call_filled_like(struct checker *cx, struct builtin_call *call)
{
    const struct ty *like = call->args[0].ty;
    enum dtype dtype;
    if (!static_dtype(cx, call, 1, ty_dtype(like), &dtype))
        return failed(cx, call);
    return filled(cx, call, number_named(cx, call), dtype, ty_shape(like));
}

struct operand call_full_like(struct checker *cx, struct builtin_call *call)
{
    const struct ty *like = call->args[0].ty;
    enum dtype dtype;
    if (!static_dtype(cx, call, 2, ty_dtype(like), &dtype))
        return failed(cx, call);
    return filled(cx, call, call->args[1], dtype, ty_shape(like));
}

/* ---- numbers in a row ------------------------------------------------------------------------ */

struct operand iota_operand(struct checker *cx, struct loc loc, int64_t count)
{
    struct shape shape = {1, {count}};
    const struct ty *ty = ty_tensor(&cx->types, DT_WEAK_INT, &shape);
    struct operand result = {.ty = ty, .loc = loc};
    if (count <= CONSTANT_MAX_ELEMENTS) {
        struct constant *constant = constant_parts(cx->memory, (uint32_t)count);
        for (int64_t i = 0; i < count; i++)
            constant->parts[i] = constant_int(cx->memory, i);
        result.constant = constant;
    }
    result.expr = tx_new(cx, TX_IOTA, loc, ty_settled(&cx->types, ty));
    return result;
}

static struct operand constant_number(struct checker *cx, struct loc loc, double real,
                                      bool is_integer)
{
    return is_integer ? op_weak(cx, loc, DT_WEAK_INT, constant_int(cx->memory, (int128)real))
                      : op_weak(cx, loc, DT_WEAK_FLOAT, constant_float(cx->memory, real));
}

static struct operand binary(struct checker *cx, enum ast_op op, struct loc loc,
                             struct operand left, struct operand right)
{
    return check_operator(cx, op, loc, left, right, NULL);
}

/* The bounds and the step of arange: constants, because they make the shape. */
struct sequence {
    double start, stop, step;
    bool is_integer;
};

static bool read_number(struct checker *cx, const struct builtin_call *call, uint32_t param,
                        double *value, bool *is_integer)
{
    struct operand operand = check_expr(cx, call->asts[param], NULL);
    const struct constant *constant = operand.constant;
    if (ty_is_unsure(operand.ty))
        return false;
    if (!constant || (constant->kind != CONSTANT_INT && constant->kind != CONSTANT_FLOAT)) {
        struct diag *diag = sema_error(cx, AB0210, operand.loc,
                                       "%s needs numbers known at compile time", call->what);
        sema_help(cx, diag,
                  "its shape depends on them; `start + step * arange(n)` takes any start");
        return false;
    }
    *value = constant->kind == CONSTANT_INT ? (double)constant->integer : constant->real;
    *is_integer &= constant->kind == CONSTANT_INT;
    return true;
}

static bool read_sequence(struct checker *cx, const struct builtin_call *call,
                          struct sequence *sequence)
{
    double first = 0;
    *sequence = (struct sequence){.step = 1, .is_integer = true};
    if (!read_number(cx, call, 0, &first, &sequence->is_integer))
        return false;
    sequence->stop = first;
    if (is_given(call, 1)) {
        sequence->start = first;
        if (!read_number(cx, call, 1, &sequence->stop, &sequence->is_integer))
            return false;
    }
    return !is_given(call, 2) || read_number(cx, call, 2, &sequence->step, &sequence->is_integer);
}

/* start + i * ((start + step) - start), as NumPy fills it, in the dtype of the result. */
struct operand call_arange(struct checker *cx, struct builtin_call *call)
{
    struct sequence all;
    enum dtype dtype;
    struct loc loc = call->loc;
    if (!read_sequence(cx, call, &all)
        || !static_dtype(cx, call, 3, all.is_integer ? DT_WEAK_INT : DT_WEAK_FLOAT, &dtype))
        return failed(cx, call);
    double count = ceil((all.stop - all.start) / all.step);
    if (all.step == 0 || !(count <= TYPE_MAX_ELEMENTS)) {
        sema_error(cx, AB0323, loc, all.step == 0 ? "the step of %s is 0"
                                                  : "%s of more than 2147483647 elements",
                   call->what);
        return failed(cx, call);
    }
    struct operand result = iota_operand(cx, loc, count > 0 ? (int64_t)count : 0);
    struct operand start = constant_number(cx, loc, all.start, all.is_integer);
    struct operand next = constant_number(cx, loc, all.start + all.step, all.is_integer);
    if (all.is_integer && all.start == 0 && all.step == 1)
        return filled(cx, call, result, dtype, ty_shape(result.ty));
    bool is_float = dtype_is_float(dtype);
    enum dtype computed = is_float || all.is_integer ? dtype : DT_WEAK_FLOAT;
    start = cast_weakly(cx, start, computed);
    struct operand delta = binary(cx, AST_SUB, loc, cast_weakly(cx, next, computed), start);
    result = cast_weakly(cx, result, computed);
    result = binary(cx, AST_ADD, loc, start, binary(cx, AST_MUL, loc, result, delta));
    return filled(cx, call, result, dtype, ty_shape(result.ty));
}

/* i * step + start, and the last one is `stop` itself (NumPy). */
struct operand call_linspace(struct checker *cx, struct builtin_call *call)
{
    struct operand start = call->args[0], stop = call->args[1];
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct loc loc = call->loc;
    int64_t num = 50;
    bool endpoint = true;
    enum dtype dtype, dtypes[] = {ty_dtype(start.ty), ty_dtype(stop.ty), DT_WEAK_FLOAT};
    enum dtype computed = dtype_promote_all(dtypes, 3);
    if ((is_given(call, 2) && !static_int(cx, call, 2, &num))
        || !static_bool(cx, call, 3, &endpoint) || !static_dtype(cx, call, 4, computed, &dtype))
        return failed(cx, call);
    if (num < 0 || num > TYPE_MAX_ELEMENTS || !ty_is_scalar(start.ty) || !ty_is_scalar(stop.ty)) {
        sema_error(cx, num < 0 || num > TYPE_MAX_ELEMENTS ? AB0323 : AB0302, loc,
                   "%s needs two scalars and a number of elements from 0 to %d", call->what,
                   TYPE_MAX_ELEMENTS);
        return failed(cx, call);
    }
    start = cast_weakly(cx, start, computed);
    stop = cast_weakly(cx, stop, computed);
    if (start.expr && !tx_is_simple(start.expr))
        start.expr = tx_hold(cx, block, start.expr);
    if (stop.expr && !tx_is_simple(stop.expr))
        stop.expr = tx_hold(cx, block, stop.expr);
    int64_t div = endpoint ? num - 1 : num;
    struct operand row = cast_weakly(cx, iota_operand(cx, loc, num), computed);
    struct operand step = binary(cx, AST_SUB, loc, stop, start);
    if (div > 0) {
        struct operand parts = op_weak(cx, loc, DT_WEAK_INT, constant_int(cx->memory, div));
        step = binary(cx, AST_DIV, loc, step, parts);
    }
    struct operand result =
        binary(cx, AST_ADD, loc, binary(cx, AST_MUL, loc, row, step), start);
    if (endpoint && num > 1) {
        struct shape one = {1, {1}};
        struct operand parts[] = {range_operand(cx, loc, result, 0, 0, 1, num - 1),
                                  reshape_operand(cx, loc, stop, &one)};
        result = concat_operands(cx, loc, call->what, parts, 2, 0);
    }
    if (ty_is_unsure(result.ty))
        return result;
    result = filled(cx, call, result, dtype, ty_shape(result.ty));
    if (block->stmts.len && settle_operand(cx, &result))
        result = op_value(loc, tx_block(cx, block, result.expr), result.ty);
    return result;
}

/* ---- the unit matrix ------------------------------------------------------------------------- */

/* Ones where j == i + k: compared, or written out if there are few. */
static struct operand eye(struct checker *cx, const struct builtin_call *call, int64_t n,
                          int64_t m, int64_t k)
{
    struct shape shape = {2, {n, m}}, column = {2, {n, 1}};
    if (n * m > CONSTANT_MAX_ELEMENTS) {
        struct operand rows = iota_operand(cx, call->loc, n);
        rows = reshape_operand(cx, call->loc, rows, &column);
        struct operand shift = op_weak(cx, call->loc, DT_WEAK_INT, constant_int(cx->memory, k));
        rows = binary(cx, AST_ADD, call->loc, rows, shift);
        struct operand same =
            binary(cx, AST_EQ, call->loc, rows, iota_operand(cx, call->loc, m));
        same = cast_to(cx, same, DT_F64, call->loc);
        same.ty = ty_with_dtype(&cx->types, same.ty, DT_WEAK_FLOAT);
        return same;
    }
    struct constant *constant = constant_parts(cx->memory, (uint32_t)(n * m));
    for (int64_t i = 0; i < n * m; i++)
        constant->parts[i] = constant_float(cx->memory, i % m == i / m + k);
    return (struct operand){.ty = ty_tensor(&cx->types, DT_WEAK_FLOAT, &shape),
                            .constant = constant,
                            .loc = call->loc};
}

struct operand call_eye(struct checker *cx, struct builtin_call *call)
{
    int64_t n = 0, m, k = 0;
    bool is_eye = call->count == 4; /* identity has no m and k */
    enum dtype dtype;
    if (!static_int(cx, call, 0, &n))
        return failed(cx, call);
    m = n;
    if ((is_eye && is_given(call, 1) && !static_int(cx, call, 1, &m))
        || (is_eye && is_given(call, 2) && !static_int(cx, call, 2, &k))
        || !static_dtype(cx, call, is_eye ? 3 : 1, DT_WEAK_FLOAT, &dtype))
        return failed(cx, call);
    struct shape shape = {2, {n, m}};
    if (n < 0 || m < 0) {
        sema_error(cx, AB0323, call->loc, "%lld is no extent: 0 to %d are",
                   (long long)(n < 0 ? n : m), TYPE_MAX_ELEMENTS);
        return failed(cx, call);
    }
    if (ty_is_unsure(tensor_type(cx, call->loc, dtype, &shape)))
        return failed(cx, call);
    return filled(cx, call, eye(cx, call, n, m, k), dtype, &shape);
}

/* ---- several into one ------------------------------------------------------------------------ */

static bool has_parts(struct checker *cx, const struct builtin_call *call)
{
    for (uint32_t i = 0; i < call->list_count; i++)
        if (!have_static_extents(cx, call->what, &call->list[i]))
            return false;
    if (!call->list_count)
        sema_error(cx, AB0320, call->loc, "%s of nothing has no type", call->what);
    return call->list_count > 0;
}

static bool same_rank(struct checker *cx, const struct builtin_call *call)
{
    for (uint32_t i = 0; i < call->list_count; i++) {
        if (ty_is_scalar(call->list[i].ty)) {
            struct diag *diag = sema_error(cx, AB0320, call->list[i].loc,
                                           "%s takes no scalars", call->what);
            sema_help(cx, diag, "`stack` makes a new axis; `[x]` is a tensor of one element");
            return false;
        }
        if (ty_shape(call->list[i].ty)->rank != ty_shape(call->list[0].ty)->rank) {
            sema_error(cx, AB0320, call->list[i].loc, "%s of %s and %s: the numbers of axes differ",
                       call->what, text_of(cx, call->list[0].ty), text_of(cx, call->list[i].ty));
            return false;
        }
    }
    return true;
}

/* Along a new axis. */
struct operand call_stack(struct checker *cx, struct builtin_call *call)
{
    uint8_t axis = 0, perm[SHAPE_MAX_RANK];
    if (!has_parts(cx, call))
        return failed(cx, call);
    uint8_t rank = (uint8_t)(ty_shape(call->list[0].ty)->rank + 1);
    if (is_given(call, 1) && !static_axis(cx, call, 1, rank, &axis))
        return failed(cx, call);
    struct operand result =
        stack_operands(cx, call->loc, call->what, call->list, call->list_count);
    if (ty_is_unsure(result.ty))
        return result;
    for (uint8_t i = 0; i < rank; i++)
        perm[i] = i == axis ? 0 : (uint8_t)(i + (i < axis));
    return transpose_operand(cx, call->loc, result, perm);
}

struct operand call_concatenate(struct checker *cx, struct builtin_call *call)
{
    uint8_t axis = 0;
    if (!has_parts(cx, call) || !same_rank(cx, call)
        || (is_given(call, 1)
            && !static_axis(cx, call, 1, ty_shape(call->list[0].ty)->rank, &axis)))
        return failed(cx, call);
    return concat_operands(cx, call->loc, call->what, call->list, call->list_count, axis);
}

/* With at least `rank` axes: new ones are put before. */
static void raise_ranks(struct checker *cx, struct builtin_call *call, uint8_t rank)
{
    for (uint32_t i = 0; i < call->list_count; i++) {
        struct shape shape = *ty_shape(call->list[i].ty);
        while (shape.rank < rank) {
            for (uint8_t k = shape.rank++; k > 0; k--)
                shape.dim[k] = shape.dim[k - 1];
            shape.dim[0] = 1;
        }
        call->list[i] = reshape_operand(cx, call->list[i].loc, call->list[i], &shape);
    }
}

/* Vectors one after another; columns of matrices side by side. */
struct operand call_hstack(struct checker *cx, struct builtin_call *call)
{
    if (!has_parts(cx, call))
        return failed(cx, call);
    raise_ranks(cx, call, 1);
    if (!same_rank(cx, call))
        return failed(cx, call);
    uint8_t axis = ty_shape(call->list[0].ty)->rank > 1;
    return concat_operands(cx, call->loc, call->what, call->list, call->list_count, axis);
}

/* Rows below each other. */
struct operand call_vstack(struct checker *cx, struct builtin_call *call)
{
    if (!has_parts(cx, call))
        return failed(cx, call);
    raise_ranks(cx, call, 2);
    if (!same_rank(cx, call))
        return failed(cx, call);
    return concat_operands(cx, call->loc, call->what, call->list, call->list_count, 0);
}
