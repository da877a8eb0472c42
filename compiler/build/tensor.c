#include "build/fn.h"

/* ---- instructions -------------------------------------------------------------------- */

struct ir_inst *fn_inst(struct fn *fn, enum inst_kind kind, struct type type, const value_id *args,
                        uint32_t count, struct loc loc)
{
    return ir_inst_new(fn->prog, fn->func, fn->block, kind, type, args, count, loc);
}

value_id fn_splat(struct fn *fn, struct type type, union scalar constant, struct loc loc)
{
    struct ir_inst *inst = fn_inst(fn, INST_CONST, type, NULL, 0, loc);
    inst->constant = constant;
    return inst->results.at[0];
}

/* Another shape of the same elements; nothing is made if it has that already. */
static value_id reshaped(struct fn *fn, enum inst_kind kind, value_id value,
                         const struct shape *shape, struct loc loc)
{
    struct type type = *fn_type_of(fn, value);
    if (shape_equal(&type.shape, shape))
        return value;
    type.shape = *shape;
    return fn_inst(fn, kind, type, &value, 1, loc)->results.at[0];
}

value_id fn_broadcast(struct fn *fn, value_id value, const struct shape *shape, struct loc loc)
{
    return reshaped(fn, INST_BROADCAST, value, shape, loc);
}

value_id fn_reshape(struct fn *fn, value_id value, const struct shape *shape, struct loc loc)
{
    return reshaped(fn, INST_RESHAPE, value, shape, loc);
}

value_id fn_reduce(struct fn *fn, enum op op, value_id value, uint32_t axis_set, struct loc loc)
{
    if (!axis_set)
        return value;
    const struct type *from = fn_type_of(fn, value);
    struct type type = {.dtype = from->dtype};
    for (uint32_t axis = 0; axis < from->shape.rank; axis++)
        if (!(axis_set >> axis & 1))
            type.shape.dim[type.shape.rank++] = from->shape.dim[axis];
    struct ir_inst *inst = fn_inst(fn, INST_REDUCE, type, &value, 1, loc);
    inst->op = op;
    inst->axis_set = axis_set;
    return inst->results.at[0];
}

value_id fn_transpose(struct fn *fn, value_id value, const uint8_t *perm, struct loc loc)
{
    struct type from = *fn_type_of(fn, value), type = from;
    bool moves = false;
    for (uint32_t axis = 0; axis < from.shape.rank; axis++) {
        type.shape.dim[axis] = from.shape.dim[perm[axis]];
        moves |= perm[axis] != axis;
    }
    if (!moves)
        return value;
    struct ir_inst *inst = fn_inst(fn, INST_TRANSPOSE, type, &value, 1, loc);
    for (uint32_t axis = 0; axis < from.shape.rank; axis++)
        inst->perm[axis] = perm[axis];
    return inst->results.at[0];
}

value_id fn_all(struct fn *fn, value_id value, struct loc loc)
{
    uint32_t rank = fn_type_of(fn, value)->shape.rank;
    return fn_reduce(fn, OP_and, value, (1u << rank) - 1, loc);
}

/* ---- nodes of the typed program -------------------------------------------------------- */

static value_id take(struct fn *fn, const struct typed_expr *expr, const value_id *args,
                     struct type type)
{
    int64_t rows = fn_type_of(fn, args[0])->shape.dim[0];
    value_id taken[2] = {args[0], index_rows(fn, args[1], rows, expr, expr->loc)};
    if (rows == 0) { /* there are none: the check has ended the path, or nothing is taken */
        value_id zero = fn_const(fn, type.dtype, (union scalar){.u = 0}, expr->loc);
        return fn_broadcast(fn, zero, &type.shape, expr->loc);
    }
    return fn_inst(fn, INST_TAKE, type, taken, 2, expr->loc)->results.at[0];
}

static enum inst_kind inst_kind_of(enum typed_expr_kind kind)
{
    switch (kind) {
    case TX_BUILD: return INST_BUILD;
    case TX_CONCAT: return INST_CONCAT;
    case TX_ARG_REDUCE: return INST_ARG_REDUCE;
    case TX_CONTRACT: return INST_CONTRACT;
    case TX_SHARED: return INST_LOAD;
    case TX_CONST: case TX_VAR: case TX_TARGET: case TX_OP: case TX_CAST: case TX_CALL:
    case TX_MAKE: case TX_PART: case TX_AND: case TX_OR: case TX_IF: case TX_SAME:
    case TX_LANE_INDEX: case TX_INDEX: case TX_IOTA: case TX_EXTENT: case TX_BROADCAST:
    case TX_RESHAPE: case TX_TRANSPOSE: case TX_TAKE: case TX_REDUCE:
        break;
    }
    return INST_IOTA;
}

value_id tensor_apply(struct fn *fn, const struct typed_expr *expr, const value_id *args,
                      struct type type)
{
    switch (expr->kind) {
    case TX_BROADCAST: return fn_broadcast(fn, args[0], &type.shape, expr->loc);
    case TX_RESHAPE: return fn_reshape(fn, args[0], &type.shape, expr->loc);
    case TX_TRANSPOSE: return fn_transpose(fn, args[0], expr->perm, expr->loc);
    case TX_TAKE: return take(fn, expr, args, type);
    case TX_REDUCE: return fn_reduce(fn, expr->op, args[0], expr->axis_set, expr->loc);
    case TX_BUILD: case TX_CONCAT: case TX_ARG_REDUCE: case TX_CONTRACT: case TX_IOTA:
    case TX_CONST: case TX_VAR: case TX_TARGET: case TX_OP: case TX_CAST:
    case TX_CALL: case TX_MAKE: case TX_PART: case TX_AND: case TX_OR: case TX_IF: case TX_SAME:
    case TX_LANE_INDEX: case TX_INDEX: case TX_SHARED: case TX_EXTENT:
        break;
    }
    struct ir_inst *inst =
        fn_inst(fn, inst_kind_of(expr->kind), type, args, expr->args.len, expr->loc);
    inst->op = expr->op;
    inst->symbol = expr->symbol;
    inst->axis = expr->axis;
    inst->batch = expr->batch;
    inst->inner = expr->inner;
    return inst->results.at[0];
}
