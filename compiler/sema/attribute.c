/* What a tensor knows about itself: `x.shape`, `x.ndim`, `x.size`, `x.dtype`, `x.T`. */
#include "sema/tensor.h"

#include <string.h>

bool is_tensor_attribute(name word)
{
    static const char *const names[] = {"T", "dtype", "ndim", "shape", "size"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(word, names[i]))
            return true;
    return false;
}

struct operand extent_operand(struct checker *cx, struct loc loc, const struct ty *ty, int axis)
{
    int64_t extent = ty_shape(ty)->dim[axis];
    if (extent >= 0) {
        struct constant *constant = constant_int(cx->memory, extent);
        constant->is_named = true; /* by the type: it may differ in another instance */
        return op_weak(cx, loc, DT_WEAK_INT, constant);
    }
    struct typed_expr *expr = tx_new(cx, TX_EXTENT, loc, cx->types.scalars[DT_I64]);
    expr->symbol = (uint32_t)(-1 - extent);
    return op_value(loc, expr, cx->types.scalars[DT_WEAK_INT]);
}

static struct operand shape_operand(struct checker *cx, struct loc loc, const struct ty *ty)
{
    uint8_t rank = ty_shape(ty)->rank;
    const struct ty *types[SHAPE_MAX_RANK];
    struct operand result = {.loc = loc};
    result.parts = ARENA_ARRAY(cx->memory, struct operand, rank);
    for (int i = 0; i < rank; i++) {
        result.parts[i] = extent_operand(cx, loc, ty, i);
        types[i] = result.parts[i].ty;
    }
    result.ty = ty_tuple(&cx->types, types, rank);
    if (rank)
        return result;
    return op_value(loc, tx_new(cx, TX_MAKE, loc, cx->types.unit), cx->types.unit);
}

static struct operand size_operand(struct checker *cx, struct loc loc, const struct ty *ty)
{
    struct operand size = number_operand(cx, loc, 1);
    for (int i = 0; i < ty_shape(ty)->rank; i++)
        size = check_operator(cx, AST_MUL, loc, size, extent_operand(cx, loc, ty, i), NULL);
    return size;
}

static struct operand transposed(struct checker *cx, struct loc loc, struct operand whole)
{
    uint8_t perm[SHAPE_MAX_RANK], rank = ty_shape(whole.ty)->rank;
    for (uint8_t i = 0; i < rank; i++)
        perm[i] = (uint8_t)(rank - 1 - i);
    return transpose_operand(cx, loc, whole, perm);
}

/* The tensor is evaluated for its effects, which keeps the attribute from being a constant. */
static struct operand after_effects(struct checker *cx, struct operand whole, struct operand result)
{
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct typed_stmt *stmt = ts_new(cx, TS_EXPR, whole.loc);
    struct typed_expr *value = settle_operand(cx, &result);
    stmt->value = whole.expr;
    vec_push(cx->memory, &block->stmts, stmt);
    return value ? op_value(result.loc, tx_block(cx, block, value), result.ty) : result;
}

struct operand tensor_attribute(struct checker *cx, const struct ast_expr *expr,
                                struct operand whole)
{
    struct loc loc = expr->loc;
    struct operand result;
    if (!strcmp(expr->name, "dtype"))
        return (struct operand){.ty = cx->types.metas[dtype_settled(ty_dtype(whole.ty))],
                                .loc = loc};
    if (!strcmp(expr->name, "T"))
        return transposed(cx, loc, whole);
    if (!strcmp(expr->name, "ndim"))
        result = number_operand(cx, loc, ty_shape(whole.ty)->rank);
    else if (!strcmp(expr->name, "shape"))
        result = shape_operand(cx, loc, whole.ty);
    else
        result = size_operand(cx, loc, whole.ty);
    return whole.expr && !tx_is_total(whole.expr) ? after_effects(cx, whole, result) : result;
}
