/* Functions that move elements: reshape, transpose, flip, tile, diagonal, slice, take, ... */
#include "sema/builtin.h"

#include <string.h>

static const struct shape *shape_of(const struct builtin_call *call)
{
    return ty_shape(call->args[0].ty);
}

static struct operand failed(struct checker *cx, const struct builtin_call *call)
{
    return op_error(cx, call->loc);
}

/* ---- reshape --------------------------------------------------------------------------------- */

static void report_reshape(struct checker *cx, const struct builtin_call *call,
                           const struct shape *shape)
{
    struct diag *diag = sema_error(cx, AB0320, call->loc, "%s cannot be reshaped to %s",
                                   text_of(cx, call->args[0].ty), shape_text(cx, shape));
    sema_help(cx, diag, "all %lld elements must stay", (long long)shape_size(shape_of(call)));
}

/* One extent may be -1: what is left. */
struct operand call_reshape(struct checker *cx, struct builtin_call *call)
{
    struct static_ints ints;
    struct shape shape = {0};
    int64_t size = shape_size(shape_of(call)), known = 1;
    int open = -1;
    if (!have_static_extents(cx, call->what, &call->args[0]) || !static_ints(cx, call, 1, &ints))
        return failed(cx, call);
    for (uint8_t i = 0; i < ints.len; i++) {
        if (ints.at[i] == -1 && open < 0) {
            open = i;
        } else if (ints.at[i] < 0 || ints.at[i] > TYPE_MAX_ELEMENTS) {
            sema_error(cx, AB0323, call->asts[1]->loc, "%lld is no extent: 0 to %d are%s",
                       (long long)ints.at[i], TYPE_MAX_ELEMENTS,
                       ints.at[i] == -1 ? ", and one -1 for what is left" : "");
            return failed(cx, call);
        }
        shape.dim[shape.rank++] = ints.at[i];
        if (i != open && known <= TYPE_MAX_ELEMENTS)
            known *= ints.at[i];
    }
    if (open >= 0)
        shape.dim[open] = known && size % known == 0 ? size / known : -1;
    if (open >= 0 ? shape.dim[open] < 0 : known != size) {
        report_reshape(cx, call, &shape);
        return failed(cx, call);
    }
    return reshape_operand(cx, call->loc, call->args[0], &shape);
}

struct operand call_ravel(struct checker *cx, struct builtin_call *call)
{
    if (!have_static_extents(cx, call->what, &call->args[0]))
        return failed(cx, call);
    struct shape shape = {1, {shape_size(shape_of(call))}};
    return reshape_operand(cx, call->loc, call->args[0], &shape);
}

struct operand call_expand_dims(struct checker *cx, struct builtin_call *call)
{
    struct static_ints axes;
    struct shape shape = {0};
    uint8_t next = 0;
    if (!static_ints(cx, call, 1, &axes))
        return failed(cx, call);
    shape.rank = (uint8_t)(shape_of(call)->rank + axes.len);
    if (shape.rank > SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, call->loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return failed(cx, call);
    }
    if (!static_axes(cx, call, 1, shape.rank, &axes))
        return failed(cx, call);
    for (uint8_t i = 0; i < shape.rank; i++) {
        bool is_new = false;
        for (uint8_t k = 0; k < axes.len; k++)
            is_new |= axes.at[k] == i;
        shape.dim[i] = is_new ? 1 : shape_of(call)->dim[next++];
    }
    return reshape_operand(cx, call->loc, call->args[0], &shape);
}

struct operand call_squeeze(struct checker *cx, struct builtin_call *call)
{
    const struct shape *from = shape_of(call);
    struct static_ints axes = {.len = 0};
    struct shape shape = {0};
    if (is_given(call, 1) && !static_axes(cx, call, 1, from->rank, &axes))
        return failed(cx, call);
    for (uint8_t i = 0; i < from->rank; i++) {
        bool is_meant = !is_given(call, 1);
        for (uint8_t k = 0; k < axes.len; k++)
            is_meant |= axes.at[k] == i;
        if (is_meant && from->dim[i] != 1 && is_given(call, 1)) {
            sema_error(cx, AB0320, call->asts[1]->loc,
                       "axis %d of %s cannot be dropped: its extent is not 1", i,
                       text_of(cx, call->args[0].ty));
            return failed(cx, call);
        }
        if (!is_meant || from->dim[i] != 1)
            shape.dim[shape.rank++] = from->dim[i];
    }
    return reshape_operand(cx, call->loc, call->args[0], &shape);
}

/* ---- axes in another order ------------------------------------------------------------------- */

struct operand call_transpose(struct checker *cx, struct builtin_call *call)
{
    uint8_t perm[SHAPE_MAX_RANK], rank = shape_of(call)->rank;
    struct static_ints axes;
    for (uint8_t i = 0; i < rank; i++)
        perm[i] = (uint8_t)(rank - 1 - i);
    if (is_given(call, 1)) {
        if (!static_axes(cx, call, 1, rank, &axes))
            return failed(cx, call);
        if (axes.len != rank) {
            sema_error(cx, AB0324, call->asts[1]->loc, "%s needs all %d axes of %s", call->what,
                       rank, text_of(cx, call->args[0].ty));
            return failed(cx, call);
        }
        for (uint8_t i = 0; i < rank; i++)
            perm[i] = (uint8_t)axes.at[i];
    }
    return transpose_operand(cx, call->loc, call->args[0], perm);
}

struct operand call_swapaxes(struct checker *cx, struct builtin_call *call)
{
    uint8_t perm[SHAPE_MAX_RANK], rank = shape_of(call)->rank, one = 0, other = 0;
    if (!static_axis(cx, call, 1, rank, &one) || !static_axis(cx, call, 2, rank, &other))
        return failed(cx, call);
    for (uint8_t i = 0; i < rank; i++)
        perm[i] = i == one ? other : i == other ? one : i;
    return transpose_operand(cx, call->loc, call->args[0], perm);
}

/* x with the axes `source` where `destination` says, the others in order around them. */
static struct operand move_axes(struct checker *cx, struct loc loc, struct operand x,
                                const struct static_ints *source,
                                const struct static_ints *destination)
{
    uint8_t perm[SHAPE_MAX_RANK], rank = ty_shape(x.ty)->rank, next = 0;
    bool is_source[SHAPE_MAX_RANK] = {false};
    for (uint8_t k = 0; k < source->len; k++)
        is_source[source->at[k]] = true;
    for (uint8_t i = 0; i < rank; i++) {
        int from = -1;
        for (uint8_t k = 0; k < destination->len; k++)
            if (destination->at[k] == i)
                from = (int)source->at[k];
        while (from < 0 && is_source[next])
            next++;
        perm[i] = from < 0 ? next++ : (uint8_t)from;
    }
    return transpose_operand(cx, loc, x, perm);
}

struct operand call_moveaxis(struct checker *cx, struct builtin_call *call)
{
    struct static_ints source, destination;
    uint8_t rank = shape_of(call)->rank;
    if (!static_axes(cx, call, 1, rank, &source) || !static_axes(cx, call, 2, rank, &destination))
        return failed(cx, call);
    if (source.len != destination.len) {
        sema_error(cx, AB0324, call->asts[2]->loc, "%s needs as many destinations as sources",
                   call->what);
        return failed(cx, call);
    }
    return move_axes(cx, call->loc, call->args[0], &source, &destination);
}

/* ---- flip, roll ------------------------------------------------------------------------------ */

struct operand call_flip(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    struct static_ints axes = {.len = 0};
    uint8_t rank = shape_of(call)->rank;
    const char *called = call->builtin->name;
    int only = !strcmp(called, "flipud") ? 0 : !strcmp(called, "fliplr") ? 1 : -1;
    if (only >= rank) {
        sema_error(cx, AB0302, call->loc, "%s needs %d ax%s, not %s", call->what, only + 1,
                   only ? "es" : "is", text_of(cx, x.ty));
        return failed(cx, call);
    }
    if (!have_static_extents(cx, call->what, &x)
        || (is_given(call, 1) && !static_axes(cx, call, 1, rank, &axes)))
        return failed(cx, call);
    for (uint8_t i = 0; !is_given(call, 1) && i < rank; i++)
        if (only < 0 || i == only)
            axes.at[axes.len++] = i;
    for (uint8_t k = 0; k < axes.len; k++) {
        int64_t extent = ty_shape(x.ty)->dim[axes.at[k]];
        if (extent > 1)
            x = range_operand(cx, call->loc, x, (uint8_t)axes.at[k], extent - 1, -1, extent);
    }
    return x;
}

/* An operand that is read more than once. */
static struct operand held(struct checker *cx, struct typed_block *block, struct operand x)
{
    if (x.expr && !tx_is_simple(x.expr))
        x.expr = tx_hold(cx, block, x.expr);
    return x;
}

static struct operand with_block(struct checker *cx, struct typed_block *block, struct operand x)
{
    if (!block->stmts.len || ty_is_unsure(x.ty))
        return x;
    struct typed_expr *expr = settle_operand(cx, &x);
    return expr ? op_value(x.loc, tx_block(cx, block, expr), x.ty) : x;
}

/* The last `shift` rows come first. */
static struct operand rolled(struct checker *cx, struct builtin_call *call,
                             struct typed_block *block, struct operand x, int64_t shift,
                             uint8_t axis)
{
    int64_t extent = ty_shape(x.ty)->dim[axis];
    shift = extent ? shift % extent : 0;
    shift += shift < 0 ? extent : 0;
    if (!shift)
        return x;
    x = held(cx, block, x);
    struct operand parts[] = {range_operand(cx, call->loc, x, axis, extent - shift, 1, shift),
                              range_operand(cx, call->loc, x, axis, 0, 1, extent - shift)};
    return concat_operands(cx, call->loc, call->what, parts, 2, axis);
}

/* One shift and one axis, or lists of both; without an axis the flat tensor. */
struct operand call_roll(struct checker *cx, struct builtin_call *call)
{
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct operand x = call->args[0];
    struct shape shape = *shape_of(call), flat = {1, {shape_size(&shape)}};
    struct static_ints shifts, axes = {.at = {0}, .len = 1};
    if (!have_static_extents(cx, call->what, &x) || !static_ints(cx, call, 1, &shifts)
        || (is_given(call, 2) && !static_axes(cx, call, 2, shape.rank, &axes)))
        return failed(cx, call);
    if (shifts.len != axes.len) {
        sema_error(cx, AB0324, call->asts[1]->loc, "%s needs one shift for each axis", call->what);
        return failed(cx, call);
    }
    if (!is_given(call, 2))
        x = reshape_operand(cx, call->loc, x, &flat);
    for (uint8_t i = 0; i < shifts.len; i++)
        x = rolled(cx, call, block, x, shifts.at[i], (uint8_t)axes.at[i]);
    return with_block(cx, block, reshape_operand(cx, call->loc, x, &shape));
}

/* n times: what follows less what is before, along an axis, the last one if none is given. */
struct operand call_diff(struct checker *cx, struct builtin_call *call)
{
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct operand x = call->args[0];
    uint8_t rank = shape_of(call)->rank, axis = (uint8_t)(rank - 1);
    int64_t n = 1;
    if (!rank) {
        sema_error(cx, AB0302, call->loc, "%s of a scalar is not defined", call->what);
        return failed(cx, call);
    }
    if (!have_static_extents(cx, call->what, &x)
        || (is_given(call, 1) && !static_int(cx, call, 1, &n))
        || (is_given(call, 2) && !static_axis(cx, call, 2, rank, &axis)))
        return failed(cx, call);
    if (n < 0) {
        sema_error(cx, AB0322, call->asts[1]->loc, "%s %lld times is not defined", call->what,
                   (long long)n);
        return failed(cx, call);
    }
    enum ast_op op = ty_dtype(x.ty) == DT_BOOL ? AST_NE : AST_SUB;
    for (; n > 0 && ty_shape(x.ty)->dim[axis] > 0; n--) {
        int64_t count = ty_shape(x.ty)->dim[axis] - 1;
        x = held(cx, block, x);
        x = check_operator(cx, op, call->loc, range_operand(cx, call->loc, x, axis, 1, 1, count),
                           range_operand(cx, call->loc, x, axis, 0, 1, count), NULL);
    }
    return with_block(cx, block, x);
}

/* ---- repetition ------------------------------------------------------------------------------ */

/* Each axis i of x as (lead[i], extent), broadcast from 1 to reps[i] in the leading or the trailing
 * place, and merged again. */
static struct operand repeat_axes(struct checker *cx, const struct builtin_call *call,
                                  struct operand x, const int64_t *reps, bool is_tile)
{
    for (uint8_t axis = 0; axis < ty_shape(x.ty)->rank; axis++) {
        struct shape merged = *ty_shape(x.ty), split = merged;
        if (reps[axis] == 1)
            continue;
        if (split.rank == SHAPE_MAX_RANK) {
            sema_error(cx, AB0323, call->loc, "%s takes tensors of at most %d axes", call->what,
                       SHAPE_MAX_RANK - 1);
            return failed(cx, call);
        }
        for (uint8_t i = split.rank++; i > axis; i--)
            split.dim[i] = split.dim[i - 1];
        uint8_t one = is_tile ? axis : (uint8_t)(axis + 1);
        split.dim[one] = 1;
        struct operand parts = reshape_operand(cx, call->loc, x, &split);
        split.dim[one] = reps[axis];
        merged.dim[axis] *= reps[axis];
        if (merged.dim[axis] < 0 || ty_is_unsure(tensor_type(cx, call->loc, DT_BOOL, &merged)))
            return failed(cx, call);
        parts = broadcast_operand(cx, parts, &split);
        x = reshape_operand(cx, call->loc, parts, &merged);
    }
    return x;
}

static bool valid_reps(struct checker *cx, const struct builtin_call *call,
                       const struct static_ints *reps)
{
    for (uint8_t i = 0; i < reps->len; i++)
        if (reps->at[i] < 0 || reps->at[i] > TYPE_MAX_ELEMENTS) {
            sema_error(cx, AB0323, call->asts[1]->loc, "%lld is no number of repetitions",
                       (long long)reps->at[i]);
            return false;
        }
    return true;
}

struct operand call_tile(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    struct static_ints reps;
    int64_t of[SHAPE_MAX_RANK];
    struct shape shape = *shape_of(call);
    if (!have_static_extents(cx, call->what, &x) || !static_ints(cx, call, 1, &reps)
        || !valid_reps(cx, call, &reps))
        return failed(cx, call);
    while (shape.rank < reps.len) { /* 1 is put before the shape, or before the repetitions */
        for (uint8_t i = shape.rank++; i > 0; i--)
            shape.dim[i] = shape.dim[i - 1];
        shape.dim[0] = 1;
    }
    for (uint8_t i = 0; i < shape.rank; i++)
        of[i] = i < shape.rank - reps.len ? 1 : reps.at[i - (shape.rank - reps.len)];
    return repeat_axes(cx, call, reshape_operand(cx, call->loc, x, &shape), of, true);
}

struct operand call_repeat(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    struct static_ints reps;
    int64_t of[SHAPE_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct shape flat = {1, {shape_size(shape_of(call))}};
    uint8_t axis = 0;
    if (!have_static_extents(cx, call->what, &x) || !static_ints(cx, call, 1, &reps)
        || !valid_reps(cx, call, &reps)
        || (is_given(call, 2) && !static_axis(cx, call, 2, shape_of(call)->rank, &axis)))
        return failed(cx, call);
    if (!is_given(call, 2))
        x = reshape_operand(cx, call->loc, x, &flat);
    if (reps.len != 1) {
        struct diag *diag = sema_error(cx, AB0210, call->asts[1]->loc,
                                       "%s takes one number of repetitions", call->what);
        sema_help(cx, diag, "`take(x, [0, 2, 2], axis=0)` repeats single rows");
        return failed(cx, call);
    }
    of[axis] = reps.at[0];
    return repeat_axes(cx, call, x, of, false);
}

struct operand call_broadcast_to(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    struct shape shape, joined;
    if (!static_shape(cx, call, 1, &shape))
        return failed(cx, call);
    if (!shapes_broadcast(ty_shape(x.ty), &shape, &joined) || !shape_equal(&joined, &shape)) {
        struct diag *diag = sema_error(cx, AB0320, call->loc, "%s cannot be broadcast to %s",
                                       text_of(cx, x.ty), shape_text(cx, &shape));
        sema_help(cx, diag, "extents are compared from the last one on: they are equal, or one "
                            "of the operand is 1");
        return failed(cx, call);
    }
    return broadcast_operand(cx, x, &shape);
}

/* ---- diagonals ------------------------------------------------------------------------------- */

/* x[.., i, i + offset] for all i. */
static struct operand diagonal_of(struct checker *cx, struct builtin_call *call, struct operand x,
                                  int64_t offset)
{
    struct shape flat = *ty_shape(x.ty);
    int64_t rows = flat.dim[flat.rank - 2], cols = flat.dim[flat.rank - 1];
    int64_t row = offset < 0 ? -offset : 0, col = offset > 0 ? offset : 0;
    int64_t count = rows - row < cols - col ? rows - row : cols - col;
    uint8_t last = (uint8_t)(flat.rank - 2);
    flat.rank--;
    flat.dim[last] = rows * cols;
    x = reshape_operand(cx, call->loc, x, &flat);
    if (count <= 0)
        return range_operand(cx, call->loc, x, last, 0, 1, 0);
    return range_operand(cx, call->loc, x, last, row * cols + col, cols + 1, count);
}

/* A matrix with x on a diagonal, and zeros. */
static struct operand matrix_of(struct checker *cx, struct builtin_call *call, struct operand x,
                                int64_t offset)
{
    int64_t n = ty_shape(x.ty)->dim[0], shift = offset < 0 ? -offset : offset;
    struct shape square = {2, {n + shift, n + shift}}, flat = {1, {0}}, column;
    struct operand zero = cast_weakly(cx, number_operand(cx, call->loc, 0), ty_dtype(x.ty));
    if (ty_is_unsure(tensor_type(cx, call->loc, DT_BOOL, &square)) || n == 0)
        return n ? failed(cx, call) : broadcast_operand(cx, zero, &square);
    /* n rows of x[i] and zeros, as long as a row and one more: the diagonal moves by itself. */
    column = (struct shape){2, {n, 1}};
    struct shape gaps = {2, {n, n + shift}};
    struct operand parts[] = {reshape_operand(cx, call->loc, x, &column),
                              broadcast_operand(cx, zero, &gaps)};
    struct operand rows = concat_operands(cx, call->loc, call->what, parts, 2, 1);
    flat.dim[0] = n * (n + shift + 1);
    rows = reshape_operand(cx, call->loc, rows, &flat);
    int64_t before = offset < 0 ? shift * (n + shift) : shift;
    int64_t size = square.dim[0] * square.dim[1], after = size - before - flat.dim[0];
    if (after < 0) {
        rows = range_operand(cx, call->loc, rows, 0, 0, 1, flat.dim[0] + after);
        after = 0;
    }
    struct shape head = {1, {before}}, tail = {1, {after}};
    struct operand all[] = {broadcast_operand(cx, zero, &head), rows,
                            broadcast_operand(cx, zero, &tail)};
    uint32_t first = before ? 0 : 1, count = (uint32_t)(3 - first - (after ? 0 : 1));
    struct operand result = concat_operands(cx, call->loc, call->what, all + first, count, 0);
    return reshape_operand(cx, call->loc, result, &square);
}

static bool read_offset(struct checker *cx, struct builtin_call *call, int64_t *offset)
{
    if (!have_static_extents(cx, call->what, &call->args[0])
        || (is_given(call, 1) && !static_int(cx, call, 1, offset)))
        return false;
    *offset = *offset < -TYPE_MAX_ELEMENTS  ? -TYPE_MAX_ELEMENTS
              : *offset > TYPE_MAX_ELEMENTS ? TYPE_MAX_ELEMENTS
                                            : *offset;
    return true;
}

/* Of the matrices in the axes axis1 and axis2; the diagonal is the last axis of the result. */
struct operand call_diagonal(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    uint8_t rank = shape_of(call)->rank, axis1 = 0, axis2 = 1;
    int64_t offset = 0;
    if (rank < 2) {
        sema_error(cx, AB0302, call->loc, "%s needs a tensor of two axes or more, not %s",
                   call->what, text_of(cx, x.ty));
        return failed(cx, call);
    }
    if (!read_offset(cx, call, &offset)
        || (is_given(call, 2) && !static_axis(cx, call, 2, rank, &axis1))
        || (is_given(call, 3) && !static_axis(cx, call, 3, rank, &axis2)))
        return failed(cx, call);
    if (axis1 == axis2) {
        sema_error(cx, AB0324, call->loc, "%s needs two different axes", call->what);
        return failed(cx, call);
    }
    struct static_ints from = {.at = {axis1, axis2}, .len = 2};
    struct static_ints to = {.at = {rank - 2, rank - 1}, .len = 2};
    return diagonal_of(cx, call, move_axes(cx, call->loc, x, &from, &to), offset);
}

/* The diagonal of a matrix, or the matrix of a diagonal. */
struct operand call_diag(struct checker *cx, struct builtin_call *call)
{
    uint8_t rank = shape_of(call)->rank;
    int64_t offset = 0;
    if (rank != 1 && rank != 2) {
        sema_error(cx, AB0302, call->loc, "%s is defined for vectors and matrices, not for %s",
                   call->what, text_of(cx, call->args[0].ty));
        return failed(cx, call);
    }
    if (!read_offset(cx, call, &offset))
        return failed(cx, call);
    return rank == 1 ? matrix_of(cx, call, call->args[0], offset)
                     : diagonal_of(cx, call, call->args[0], offset);
}

/* The sum of the diagonal. */
struct operand call_trace(struct checker *cx, struct builtin_call *call)
{
    struct operand diagonal = call_diagonal(cx, call);
    return ty_is_unsure(diagonal.ty) ? diagonal : sum_last(cx, call->loc, diagonal);
}

/* Elements below (tril) or above (triu) the diagonal number k, and on it; zeros elsewhere. */
struct operand call_triangle(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    uint8_t rank = shape_of(call)->rank;
    int64_t k = 0;
    bool is_lower = !strcmp(call->builtin->name, "tril");
    if (rank < 2) {
        sema_error(cx, AB0302, call->loc, "%s needs a tensor of two axes or more, not %s",
                   call->what, text_of(cx, x.ty));
        return failed(cx, call);
    }
    if (!have_static_extents(cx, call->what, &x)
        || (is_given(call, 1) && !static_int(cx, call, 1, &k)))
        return failed(cx, call);
    int64_t rows = shape_of(call)->dim[rank - 2], cols = shape_of(call)->dim[rank - 1];
    struct shape column = {2, {rows, 1}};
    struct operand i = reshape_operand(cx, call->loc, iota_operand(cx, call->loc, rows), &column);
    i = check_operator(cx, AST_ADD, call->loc, i,
                       op_weak(cx, call->loc, DT_WEAK_INT, constant_int(cx->memory, k)), NULL);
    struct operand keeps = check_operator(cx, is_lower ? AST_LE : AST_GE, call->loc,
                                          iota_operand(cx, call->loc, cols), i, NULL);
    if (ty_dtype(x.ty) == DT_BOOL)
        return check_operator(cx, AST_BIT_AND, call->loc, x, keeps, NULL);
    struct operand zero = cast_weakly(cx, number_operand(cx, call->loc, 0), ty_dtype(x.ty));
    return select_operand(cx, call->loc, keeps, x, zero);
}

/* ---- slice, take ----------------------------------------------------------------------------- */

/* slice(x, start, length, axis=0): `length` elements from a start known at run time. */
struct operand call_slice(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0], start = call->args[1];
    struct shape shape = *shape_of(call);
    int64_t length = 0;
    uint8_t axis = 0;
    if (!shape.rank) {
        sema_error(cx, AB0321, call->loc, "a scalar has nothing to be sliced");
        return failed(cx, call);
    }
    if (!static_int(cx, call, 2, &length)
        || (is_given(call, 3) && !static_axis(cx, call, 3, shape.rank, &axis)))
        return failed(cx, call);
    int64_t extent = shape.dim[axis];
    if (length < 0 || (extent >= 0 && length > extent) || length > TYPE_MAX_ELEMENTS) {
        sema_error(cx, AB0322, call->asts[2]->loc, "%s of %lld elements: axis %d of %s has %lld",
                   call->what, (long long)length, axis, text_of(cx, x.ty), (long long)extent);
        return failed(cx, call);
    }
    if (!ty_is_scalar(start.ty) || !dtype_is_integer(ty_dtype(start.ty))) {
        sema_error(cx, AB0321, start.loc, "the start of %s is an integer, not %s", call->what,
                   text_of(cx, start.ty));
        return failed(cx, call);
    }
    if (start.constant && extent >= 0) {
        int128 first = start.constant->integer;
        if (first >= 0 && first <= extent - length)
            return range_operand(cx, call->loc, x, axis, (int64_t)first, 1, length);
        struct diag *diag =
            sema_error(cx, AB0322, start.loc,
                       "start %s is out of range for %lld elements of axis %d of %s",
                       constant_spelling(cx->memory, start.constant), (long long)length, axis,
                       text_of(cx, x.ty));
        sema_help(cx, diag, "valid are 0 to %lld; negative ones do not count from the end here",
                  (long long)(extent - length));
        return failed(cx, call);
    }
    struct typed_expr *node = tx_new(cx, TX_INDEX, call->loc, x.ty);
    struct typed_expr *at = settle_operand(cx, &start);
    if (!at)
        return failed(cx, call);
    for (uint8_t i = 0; i < shape.rank; i++) {
        struct typed_axis all = {TYPED_AXIS_RANGE, NULL, call->loc, 0, 1, shape.dim[i]};
        struct typed_axis window = {TYPED_AXIS_WINDOW, at, call->loc, 0, 1, length};
        vec_push(cx->memory, &node->axes, i == axis ? window : all);
    }
    shape.dim[axis] = length;
    return mapped_operand(cx, node, x, ty_tensor(&cx->types, ty_dtype(x.ty), &shape), NULL);
}

/* take(x, indices, axis): x[.., indices, ..]; without an axis of all elements in a row. */
struct operand call_take(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0], indices = call->args[1];
    uint8_t axis = 0;
    if (is_given(call, 2) ? !static_axis(cx, call, 2, shape_of(call)->rank, &axis)
                          : !have_static_extents(cx, call->what, &x))
        return failed(cx, call);
    if (!dtype_is_integer(ty_dtype(indices.ty))) {
        sema_error(cx, AB0321, indices.loc, "the indices of %s are integers, not %s", call->what,
                   text_of(cx, indices.ty));
        return failed(cx, call);
    }
    struct shape flat = {1, {shape_size(shape_of(call))}};
    if (!is_given(call, 2))
        x = reshape_operand(cx, call->loc, x, &flat);
    uint8_t lead = ty_shape(indices.ty)->rank;
    struct static_ints first = {.at = {axis}, .len = 1}, front = {.at = {0}, .len = 1};
    x = move_axes(cx, call->loc, x, &first, &front);
    bool is_single = lead == 0; /* a scalar index: a row of one, then without it */
    struct shape one = {1, {1}};
    struct operand taken = take_operand(
        cx, call->loc, x, is_single ? reshape_operand(cx, indices.loc, indices, &one) : indices);
    if (ty_is_unsure(taken.ty))
        return taken;
    if (is_single) {
        struct shape shape = *ty_shape(taken.ty);
        for (uint8_t i = 1; i < shape.rank; i++)
            shape.dim[i - 1] = shape.dim[i];
        shape.rank--;
        return reshape_operand(cx, call->loc, taken, &shape);
    }
    struct static_ints from = {.len = lead}, to = {.len = lead};
    for (uint8_t i = 0; i < lead; i++) {
        from.at[i] = i;
        to.at[i] = axis + i;
    }
    return move_axes(cx, call->loc, taken, &from, &to);
}
