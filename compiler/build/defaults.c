#include "build/defaults.h"

#include <string.h>

/* The elements of each leaf, row-major; NULL where they are not known. */
static const union scalar **values_of(struct arena *arena, const struct typed_expr *expr);

static uint64_t elements_of(const struct ty *ty)
{
    return (uint64_t)shape_elements(&ty->tensor.shape);
}

static const union scalar **new_leaves(struct arena *arena, const struct ty *ty)
{
    return ARENA_ARRAY(arena, const union scalar *, ty->leaves + 1);
}

static const union scalar *constant_values(struct arena *arena, const struct typed_expr *expr)
{
    if (expr->elements)
        return expr->elements;
    uint64_t count = elements_of(expr->ty);
    union scalar *values = ARENA_ARRAY(arena, union scalar, count + 1);
    for (uint64_t i = 0; i < count; i++)
        values[i] = expr->constant;
    return values;
}

/* One leaf of the operands at a time, all of one shape, element by element. */
static const union scalar *apply(struct arena *arena, enum op op, const struct type *operand,
                                 enum dtype result, const union scalar *const *args, uint32_t count)
{
    uint64_t elements = (uint64_t)shape_elements(&operand->shape);
    union scalar *values = ARENA_ARRAY(arena, union scalar, elements + 1);
    for (uint64_t i = 0; i < elements; i++) {
        union scalar at[3];
        for (uint32_t k = 0; k < count; k++)
            at[k] = args[k][i];
        values[i] = op_eval(op, operand->dtype, result, at);
    }
    return values;
}

static const union scalar *op_values(struct arena *arena, const struct typed_expr *expr)
{
    const union scalar *args[3];
    if (!expr->args.len || expr->args.len > 3)
        return NULL;
    for (uint32_t i = 0; i < expr->args.len; i++) {
        const union scalar **values = values_of(arena, expr->args.at[i]);
        args[i] = values ? values[0] : NULL;
        if (!args[i])
            return NULL;
    }
    const struct typed_expr *last = expr->args.at[expr->args.len - 1];
    return apply(arena, expr->op, &last->ty->tensor, expr->ty->tensor.dtype, args, expr->args.len);
}

static const union scalar **cast_values(struct arena *arena, const struct typed_expr *expr)
{
    const struct ty *from = expr->args.at[0]->ty;
    const union scalar **values = values_of(arena, expr->args.at[0]);
    struct type *before = ARENA_ARRAY(arena, struct type, from->leaves + 1);
    struct type *after = ARENA_ARRAY(arena, struct type, from->leaves + 1);
    if (!values)
        return NULL;
    leaf_types(from, before);
    leaf_types(expr->ty, after);
    for (uint32_t i = 0; i < from->leaves; i++)
        if (before[i].dtype != after[i].dtype)
            values[i] = apply(arena, OP_cast, &before[i], after[i].dtype, &values[i], 1);
    return values;
}

/* The leaves of all operands, one after the other. */
static const union scalar **joined_values(struct arena *arena, const struct typed_expr *expr)
{
    const union scalar **values = new_leaves(arena, expr->ty), **next = values;
    for (uint32_t i = 0; i < expr->args.len; i++) {
        const union scalar **part = values_of(arena, expr->args.at[i]);
        uint32_t leaves = expr->args.at[i]->ty->leaves;
        if (!part)
            return NULL;
        memcpy(next, part, leaves * sizeof *part);
        next += leaves;
    }
    return values;
}

/* Tensors stacked: their elements one after the other. */
static const union scalar *stacked_values(struct arena *arena, const struct typed_expr *expr)
{
    union scalar *values = ARENA_ARRAY(arena, union scalar, elements_of(expr->ty) + 1), *next = values;
    for (uint32_t i = 0; i < expr->args.len; i++) {
        const union scalar **part = values_of(arena, expr->args.at[i]);
        uint64_t count = elements_of(expr->args.at[i]->ty);
        if (!part)
            return NULL;
        memcpy(next, part[0], count * sizeof *next);
        next += count;
    }
    return values;
}

static const union scalar *broadcast_values(struct arena *arena, const struct typed_expr *expr)
{
    const struct shape *to = &expr->ty->tensor.shape, *from = &expr->args.at[0]->ty->tensor.shape;
    const union scalar **values = values_of(arena, expr->args.at[0]);
    uint64_t count = elements_of(expr->ty);
    union scalar *spread = ARENA_ARRAY(arena, union scalar, count + 1);
    if (!values)
        return NULL;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t rest = i, place = 0, step = 1;
        for (uint32_t back = 1; back <= to->rank; back++) {
            uint64_t dim = (uint64_t)to->dim[to->rank - back], at = rest % dim;
            rest /= dim;
            if (back > from->rank)
                continue;
            uint64_t own = (uint64_t)from->dim[from->rank - back];
            place += own == 1 ? 0 : at * step;
            step *= own;
        }
        spread[i] = values[0][place];
    }
    return spread;
}

static const union scalar **one_leaf(struct arena *arena, const struct typed_expr *expr,
                                     const union scalar *values)
{
    const union scalar **leaves = new_leaves(arena, expr->ty);
    leaves[0] = values;
    return values ? leaves : NULL;
}

static const union scalar **part_values(struct arena *arena, const struct typed_expr *expr)
{
    const union scalar **values = values_of(arena, expr->args.at[0]);
    return values ? values + leaf_offset(expr->args.at[0]->ty, expr->part) : NULL;
}

static const union scalar **values_of(struct arena *arena, const struct typed_expr *expr)
{
    switch (expr->kind) {
    case TX_CONST: return one_leaf(arena, expr, constant_values(arena, expr));
    case TX_OP: return one_leaf(arena, expr, op_values(arena, expr));
    case TX_CAST: return cast_values(arena, expr);
    case TX_MAKE: return joined_values(arena, expr);
    case TX_PART: return part_values(arena, expr);
    case TX_BUILD: return one_leaf(arena, expr, stacked_values(arena, expr));
    case TX_BROADCAST: return one_leaf(arena, expr, broadcast_values(arena, expr));
    case TX_RESHAPE: return values_of(arena, expr->args.at[0]);
    case TX_VAR: case TX_TARGET: case TX_CALL: case TX_AND: case TX_OR: case TX_IF: case TX_SAME:
    case TX_LANE_INDEX: case TX_TRANSPOSE: case TX_INDEX: case TX_CONCAT: case TX_TAKE:
    case TX_REDUCE: case TX_ARG_REDUCE: case TX_CONTRACT: case TX_IOTA: case TX_SHARED:
    case TX_EXTENT: return NULL;
    }
    return NULL;
}

const union scalar **default_leaves(struct arena *arena, const struct typed_expr *expr)
{
    return expr ? values_of(arena, expr) : NULL;
}
