/* Sums of products: `@`, dot, matmul, inner, vdot, tensordot. Each is one contraction of
 * [G.., A.., K..] with [G.., B.., K..]; the operands are transposed to that before. */
#include "sema/builtin.h"

/* The other axes in order, then those in `last`. */
static struct operand with_last(struct checker *cx, struct loc loc, struct operand x,
                                const uint8_t *last, uint32_t count)
{
    uint8_t perm[SHAPE_MAX_RANK];
    uint32_t at = 0, rank = ty_shape(x.ty)->rank;
    for (uint8_t i = 0; i < rank; i++) {
        bool is_last = false;
        for (uint32_t k = 0; k < count; k++)
            is_last |= last[k] == i;
        if (!is_last)
            perm[at++] = i;
    }
    for (uint32_t k = 0; k < count; k++)
        perm[at++] = last[k];
    return transpose_operand(cx, loc, x, perm);
}

/* What is multiplied, for messages: as written, not as transposed. */
static const char *product_text(struct checker *cx, const char *what, struct operand x,
                                struct operand y)
{
    return arena_printf(cx->memory, "%s of %s and %s", what, text_of(cx, x.ty), text_of(cx, y.ty));
}

static void report_inner(struct checker *cx, struct loc loc, const char *what, int64_t left,
                         int64_t right)
{
    struct shape one = {1, {left}}, other = {1, {right}};
    struct diag *diag = sema_error(cx, AB0320, loc, "%s: the summed extents differ", what);
    sema_help(cx, diag, "they are %s and %s", shape_text(cx, &one), shape_text(cx, &other));
}

/* Of bools the products that are true are counted: is there one? */
static struct operand contract(struct checker *cx, struct loc loc, const char *what,
                                 struct operand x, struct operand y, uint8_t batch, uint8_t inner)
{
    const struct shape *a = ty_shape(x.ty), *b = ty_shape(y.ty);
    struct shape shape = {0};
    enum dtype common = dtype_promote(ty_dtype(x.ty), ty_dtype(y.ty));
    if (a->rank + b->rank - batch - 2 * inner > SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return op_error(cx, loc);
    }
    for (int i = 1; i <= inner; i++)
        if (a->dim[a->rank - i] != b->dim[b->rank - i]) {
            report_inner(cx, loc, what, a->dim[a->rank - i], b->dim[b->rank - i]);
            return op_error(cx, loc);
        }
    for (int i = 0; i < a->rank - inner; i++)
        shape.dim[shape.rank++] = a->dim[i];
    for (int i = batch; i < b->rank - inner; i++)
        shape.dim[shape.rank++] = b->dim[i];
    warn_operands(cx, loc, &x, &y);
    enum dtype computed = common == DT_BOOL ? DT_I64 : common;
    const struct ty *ty = tensor_type(cx, loc, computed, &shape);
    struct operand result = {.ty = ty, .loc = loc};
    if (ty_is_unsure(ty))
        return op_error(cx, loc);
    struct typed_expr *node = tx_new(cx, TX_CONTRACT, loc, ty_settled(&cx->types, ty));
    node->batch = batch;
    node->inner = inner;
    x = cast_weakly(cx, x, computed);
    y = cast_weakly(cx, y, computed);
    if (!settle_operand(cx, &x) || !settle_operand(cx, &y))
        return result;
    vec_push(cx->memory, &node->args, x.expr);
    vec_push(cx->memory, &node->args, y.expr);
    result.expr = node;
    return common == DT_BOOL ? cast_to(cx, result, DT_BOOL, loc) : result;
}

static bool have_axes(struct checker *cx, struct loc loc, const char *what,
                      const struct operand *args)
{
    for (uint32_t i = 0; i < 2; i++)
        if (!ty_is_tensor(args[i].ty) || ty_is_scalar(args[i].ty)) {
            struct diag *diag = sema_error(cx, AB0302, loc, "%s is not defined for %s and %s", what,
                                           text_of(cx, args[0].ty), text_of(cx, args[1].ty));
            if (ty_is_tensor(args[i].ty))
                sema_help(cx, diag, "a scalar has no axis to sum over; `*` multiplies by it");
            return false;
        }
    return true;
}

/* The leading axes of both, broadcast to each other; the last `keep` of each stay. */
static bool broadcast_leading(struct checker *cx, struct loc loc, const char *what,
                              struct operand *args, uint8_t *batch)
{
    struct shape lead[2], joined;
    for (uint32_t i = 0; i < 2; i++) {
        lead[i] = *ty_shape(args[i].ty);
        lead[i].rank = (uint8_t)(lead[i].rank - 2);
    }
    if (!shapes_broadcast(&lead[0], &lead[1], &joined)) {
        struct diag *diag = sema_error(cx, AB0320, loc,
                                       "%s: the leading extents do not fit each other", what);
        sema_help(cx, diag, "all axes but the last two are broadcast");
        return false;
    }
    *batch = joined.rank;
    for (uint32_t i = 0; i < 2; i++) {
        const struct shape *from = ty_shape(args[i].ty);
        struct shape shape = joined;
        shape.dim[shape.rank++] = from->dim[from->rank - 2];
        shape.dim[shape.rank++] = from->dim[from->rank - 1];
        if (ty_is_unsure(tensor_type(cx, loc, ty_dtype(args[i].ty), &shape)))
            return false;
        args[i] = broadcast_operand(cx, args[i], &shape);
    }
    return true;
}

struct operand matrix_product(struct checker *cx, struct loc loc, const char *what,
                              struct operand left, struct operand right)
{
    struct operand args[] = {left, right};
    const struct ty *bad = spoiled(args, 2);
    uint8_t batch = 0;
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, loc, args, 2);
    if (bad)
        return (struct operand){.ty = bad, .loc = loc};
    if (!have_axes(cx, loc, what, args))
        return op_error(cx, loc);
    what = product_text(cx, what, left, right);
    uint8_t ranks[] = {ty_shape(left.ty)->rank, ty_shape(right.ty)->rank};
    if (ranks[1] > 1) { /* its last but one axis is summed */
        if (ranks[0] > 1 && (ranks[0] > 2 || ranks[1] > 2)
            && !broadcast_leading(cx, loc, what, args, &batch))
            return op_error(cx, loc);
        uint8_t inner = (uint8_t)(ty_shape(args[1].ty)->rank - 2);
        args[1] = with_last(cx, args[1].loc, args[1], &inner, 1);
    }
    return contract(cx, loc, what, args[0], args[1], batch, 1);
}

/* ---- functions ------------------------------------------------------------------------------- */

static struct operand flat(struct checker *cx, struct operand x)
{
    struct shape shape = {1, {shape_size(ty_shape(x.ty))}};
    return reshape_operand(cx, x.loc, x, &shape);
}

static struct operand product(struct checker *cx, const struct builtin_call *call)
{
    return check_operator(cx, AST_MUL, call->loc, call->args[0], call->args[1], NULL);
}

struct operand call_matmul(struct checker *cx, struct builtin_call *call)
{
    return matrix_product(cx, call->loc, call->what, call->args[0], call->args[1]);
}

/* The last axis of x with the last but one of y (NumPy's dot); scalars multiply. */
struct operand call_dot(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0], y = call->args[1];
    if (ty_is_scalar(x.ty) || ty_is_scalar(y.ty))
        return product(cx, call);
    const char *what = product_text(cx, call->what, x, y);
    if (ty_shape(y.ty)->rank > 1) {
        uint8_t inner = (uint8_t)(ty_shape(y.ty)->rank - 2);
        y = with_last(cx, y.loc, y, &inner, 1);
    }
    return contract(cx, call->loc, what, x, y, 0, 1);
}

struct operand call_inner(struct checker *cx, struct builtin_call *call)
{
    if (ty_is_scalar(call->args[0].ty) || ty_is_scalar(call->args[1].ty))
        return product(cx, call);
    return contract(cx, call->loc,
                    product_text(cx, call->what, call->args[0], call->args[1]), call->args[0],
                    call->args[1], 0, 1);
}

struct operand call_vdot(struct checker *cx, struct builtin_call *call)
{
    const char *what = product_text(cx, call->what, call->args[0], call->args[1]);
    for (uint32_t i = 0; i < 2; i++) {
        if (!have_static_extents(cx, call->what, &call->args[i]))
            return op_error(cx, call->loc);
        call->args[i] = flat(cx, call->args[i]);
    }
    return contract(cx, call->loc, what, call->args[0], call->args[1], 0, 1);
}

struct operand call_outer(struct checker *cx, struct builtin_call *call)
{
    for (uint32_t i = 0; i < 2; i++) {
        if (!have_static_extents(cx, call->what, &call->args[i]))
            return op_error(cx, call->loc);
        call->args[i] = flat(cx, call->args[i]);
    }
    struct shape column = {2, {ty_shape(call->args[0].ty)->dim[0], 1}};
    call->args[0] = reshape_operand(cx, call->args[0].loc, call->args[0], &column);
    return apply_rule(cx, call->loc, call->what, &call->builtin->rule, call->args, 2);
}

/* axes=k: the last k axes of x with the first k of y; axes=([..], [..]): these pairs. */
static bool tensordot_axes(struct checker *cx, struct builtin_call *call, struct static_ints *x,
                           struct static_ints *y)
{
    const struct ast_expr *ast = call->asts[2];
    int ranks[] = {ty_shape(call->args[0].ty)->rank, ty_shape(call->args[1].ty)->rank};
    bool is_pair = ast && (ast->kind == AST_TUPLE || ast->kind == AST_LIST) && ast->args.len == 2;
    if (is_pair) {
        struct static_ints *both[] = {x, y};
        for (uint32_t i = 0; i < 2; i++) {
            call->asts[2] = ast->args.at[i].expr;
            if (!static_axes(cx, call, 2, ranks[i], both[i]))
                return false;
        }
        if (x->len == y->len)
            return true;
        sema_error(cx, AB0324, ast->loc, "%s needs as many axes of one tensor as of the other",
                   call->what);
        return false;
    }
    int64_t count = 2;
    if (ast && !static_int(cx, call, 2, &count))
        return false;
    if (count < 0 || count > ranks[0] || count > ranks[1]) {
        sema_error(cx, AB0324, ast ? ast->loc : call->loc,
                   "%s over %lld axes is not defined for %s and %s", call->what, (long long)count,
                   text_of(cx, call->args[0].ty), text_of(cx, call->args[1].ty));
        return false;
    }
    x->len = y->len = (uint8_t)count;
    for (int i = 0; i < count; i++) {
        x->at[i] = ranks[0] - count + i;
        y->at[i] = i;
    }
    return true;
}

struct operand call_tensordot(struct checker *cx, struct builtin_call *call)
{
    struct static_ints axes[2] = {{.len = 0}, {.len = 0}};
    const char *what = product_text(cx, call->what, call->args[0], call->args[1]);
    if (!tensordot_axes(cx, call, &axes[0], &axes[1]))
        return op_error(cx, call->loc);
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t last[SHAPE_MAX_RANK];
        for (uint8_t k = 0; k < axes[i].len; k++)
            last[k] = (uint8_t)axes[i].at[k];
        call->args[i] = with_last(cx, call->args[i].loc, call->args[i], last, axes[i].len);
    }
    if (axes[0].len)
        return contract(cx, call->loc, what, call->args[0], call->args[1], 0, axes[0].len);
    struct shape column = *ty_shape(call->args[0].ty); /* nothing is summed: all products */
    uint8_t more = ty_shape(call->args[1].ty)->rank;
    if (column.rank + more > SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, call->loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return op_error(cx, call->loc);
    }
    while (more-- > 0)
        column.dim[column.rank++] = 1;
    call->args[0] = reshape_operand(cx, call->args[0].loc, call->args[0], &column);
    return product(cx, call);
}
