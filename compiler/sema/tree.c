/* Making nodes of the typed program, and operands of the simplest kinds. */
#include "sema/check.h"

struct typed_expr *tx_new(struct checker *cx, enum typed_expr_kind kind, struct loc loc,
                          const struct ty *ty)
{
    struct typed_expr *expr = ARENA_NEW(cx->memory, struct typed_expr);
    expr->kind = kind;
    expr->loc = loc;
    expr->ty = ty;
    return expr;
}

struct typed_stmt *ts_new(struct checker *cx, enum typed_stmt_kind kind, struct loc loc)
{
    struct typed_stmt *stmt = ARENA_NEW(cx->memory, struct typed_stmt);
    stmt->kind = kind;
    stmt->loc = loc;
    return stmt;
}

struct typed_expr *tx_const(struct checker *cx, struct loc loc, enum dtype dtype,
                            union scalar scalar)
{
    struct typed_expr *expr = tx_new(cx, TX_CONST, loc, cx->types.scalars[dtype]);
    expr->constant = scalar;
    return expr;
}

struct typed_expr *tx_var(struct checker *cx, struct loc loc, var_id var, const struct ty *ty)
{
    struct typed_expr *expr = tx_new(cx, TX_VAR, loc, ty_settled(&cx->types, ty));
    expr->var = var;
    return expr;
}

struct typed_expr *tx_op(struct checker *cx, struct loc loc, enum op op, enum dtype result,
                         struct typed_expr *const *args)
{
    const struct ty *ty = ty_with_dtype(&cx->types, args[0]->ty, dtype_settled(result));
    struct typed_expr *expr = tx_new(cx, TX_OP, loc, ty);
    expr->op = op;
    for (uint8_t i = 0; i < op_table[op].arity; i++)
        vec_push(cx->memory, &expr->args, args[i]);
    return expr;
}

struct typed_expr *tx_cast(struct checker *cx, struct typed_expr *expr, const struct ty *to)
{
    to = ty_settled(&cx->types, to);
    if (!expr || expr->ty == to)
        return expr;
    struct typed_expr *cast = tx_new(cx, TX_CAST, expr->loc, to);
    vec_push(cx->memory, &cast->args, expr);
    return cast;
}

struct typed_expr *tx_broadcast(struct checker *cx, struct typed_expr *expr,
                                const struct shape *shape)
{
    if (shape_equal(ty_shape(expr->ty), shape))
        return expr;
    const struct ty *ty = ty_tensor(&cx->types, ty_dtype(expr->ty), shape);
    bool is_splat = expr->kind == TX_CONST && !expr->elements && !ty_has_extents(ty);
    struct typed_expr *result = tx_new(cx, is_splat ? TX_CONST : TX_BROADCAST, expr->loc, ty);
    if (is_splat)
        result->constant = expr->constant;
    else
        vec_push(cx->memory, &result->args, expr);
    return result;
}

struct typed_expr *tx_part(struct checker *cx, struct loc loc, struct typed_expr *whole,
                           uint32_t part)
{
    struct typed_expr *expr = tx_new(cx, TX_PART, loc, whole->ty->parts.at[part]);
    vec_push(cx->memory, &expr->args, whole);
    expr->part = part;
    return expr;
}

/* A value of run-time extents is not stored: the expression stands for it, over held values. */
static struct typed_expr *hold_view(struct checker *cx, struct typed_block *block,
                                    const struct typed_expr *value)
{
    struct typed_expr *view = ARENA_NEW(cx->memory, struct typed_expr);
    *view = *value;
    view->args.at = NULL;
    view->args.len = view->args.cap = 0;
    for (uint32_t i = 0; i < value->args.len; i++)
        vec_push(cx->memory, &view->args, tx_hold(cx, block, value->args.at[i]));
    view->axes.at = NULL;
    view->axes.len = view->axes.cap = 0;
    for (uint32_t i = 0; i < value->axes.len; i++) {
        struct typed_axis axis = value->axes.at[i];
        axis.at = axis.at ? tx_hold(cx, block, axis.at) : NULL;
        vec_push(cx->memory, &view->axes, axis);
    }
    return view;
}

struct typed_expr *tx_hold(struct checker *cx, struct typed_block *block, struct typed_expr *value)
{
    if (ty_has_extents(value->ty))
        return hold_view(cx, block, value);
    bool never_changes =
        value->kind == TX_CONST || value->kind == TX_SHARED || value->kind == TX_EXTENT;
    return never_changes ? value : tx_hold_var(cx, block, value);
}

struct typed_expr *tx_hold_var(struct checker *cx, struct typed_block *block,
                               struct typed_expr *value)
{
    var_id var = declare_var(cx, NULL, value->loc, value->ty);
    struct typed_stmt *store = ts_new(cx, TS_STORE, value->loc);
    struct typed_place *place = ARENA_NEW(cx->memory, struct typed_place);
    *place = (struct typed_place){.var = var, .loc = value->loc, .ty = value->ty};
    struct typed_target target = {.place = place};
    store->value = value;
    vec_push(cx->memory, &store->targets, target);
    vec_push(cx->memory, &block->stmts, store);
    return tx_var(cx, value->loc, var, value->ty);
}

struct typed_expr *tx_block(struct checker *cx, struct typed_block *block, struct typed_expr *value)
{
    if (!block->stmts.len)
        return value;
    struct typed_expr *expr = tx_new(cx, TX_IF, value->loc, value->ty);
    struct typed_arm arm = {.block = block};
    block->loc = value->loc;
    block->value = value;
    vec_push(cx->memory, &expr->arms, arm);
    return expr;
}

struct typed_block *hold_in_order(struct checker *cx, struct operand *operands,
                                  const uint32_t *written, uint32_t count)
{
    bool moved = false, seen = false;
    for (uint32_t i = 0; i < count; i++) {
        moved |= written[i] != i;
        seen |= operands[i].expr && !tx_is_simple(operands[i].expr);
    }
    if (!moved || !seen)
        return NULL;
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    for (uint32_t place = 0; place < count; place++)
        for (uint32_t i = 0; i < count; i++)
            if (written[i] == place && !(operands[i].constant && ty_is_weak(operands[i].ty))
                && settle_operand(cx, &operands[i]))
                operands[i].expr = tx_hold(cx, block, operands[i].expr);
    return block;
}

bool tx_is_simple(const struct typed_expr *expr)
{
    while (expr->kind == TX_PART)
        expr = expr->args.at[0];
    return expr->kind == TX_VAR || expr->kind == TX_CONST || expr->kind == TX_TARGET
           || expr->kind == TX_SHARED || expr->kind == TX_EXTENT;
}

/* A block that holds values, made by the checker. */
static bool holds_only(const struct typed_expr *expr)
{
    const struct typed_block *block = expr->arms.at[0].block;
    if (expr->arms.len != 1 || expr->arms.at[0].condition || !block->value)
        return false;
    for (uint32_t i = 0; i < block->stmts.len; i++) {
        const struct typed_stmt *stmt = block->stmts.at[i];
        bool is_hold = stmt->kind == TS_STORE && stmt->targets.len == 1
                       && stmt->targets.at[0].place && !stmt->targets.at[0].place->steps.len
                       && tx_is_total(stmt->value);
        if (!is_hold && !stmt->is_uncounted)
            return false;
    }
    return tx_is_total(block->value);
}

bool tx_is_total(const struct typed_expr *expr)
{
    bool may_fault = expr->kind == TX_CALL || expr->kind == TX_TAKE
                     || (expr->kind == TX_IF && !holds_only(expr));
    for (uint32_t i = 0; i < expr->axes.len && !may_fault; i++) {
        const struct typed_expr *at = expr->axes.at[i].at;
        may_fault = at && (at->kind != TX_CONST || expr->axes.at[i].kind != TYPED_AXIS_AT);
    }
    for (uint32_t i = 0; i < expr->args.len && !may_fault; i++)
        may_fault = !tx_is_total(expr->args.at[i]);
    return !may_fault;
}

/* ---- operands -------------------------------------------------------------------------------- */

struct operand op_error(struct checker *cx, struct loc loc)
{
    return (struct operand){.ty = cx->types.error, .loc = loc};
}

struct operand op_unknown(struct checker *cx, struct loc loc)
{
    return (struct operand){.ty = cx->types.unknown, .loc = loc};
}

struct operand op_value(struct loc loc, struct typed_expr *expr, const struct ty *ty)
{
    return (struct operand){.ty = ty, .expr = expr, .loc = loc};
}

struct operand op_weak(struct checker *cx, struct loc loc, enum dtype dtype,
                       const struct constant *constant)
{
    return (struct operand){.ty = cx->types.scalars[dtype], .constant = constant, .loc = loc};
}

/* Parts of a literal are taken out of it at compile time only if nothing is left undone by that. */
static bool is_all_constant(const struct operand *operand)
{
    if (operand->constant || !operand->parts)
        return operand->constant;
    for (uint32_t i = 0; i < operand->ty->parts.len; i++)
        if (!is_all_constant(&operand->parts[i]))
            return false;
    return true;
}

struct operand op_part(struct checker *cx, struct operand whole, uint32_t part, struct loc loc)
{
    if (whole.parts && is_all_constant(&whole)) {
        struct operand result = whole.parts[part];
        result.loc = loc;
        return result;
    }
    struct operand result = {.ty = whole.ty->parts.at[part], .loc = loc};
    if (whole.constant && whole.constant->parts)
        result.constant = whole.constant->parts[part];
    struct typed_expr *expr = settle_operand(cx, &whole);
    if (expr)
        result.expr = tx_part(cx, loc, expr, part);
    return result;
}

/* An operand that is not reached because evaluating another one ends the path: all operands up to
 * that one, in order. */
struct operand op_never_after(struct checker *cx, struct loc loc, struct operand *operands,
                              uint32_t count)
{
    struct typed_expr *expr = tx_new(cx, TX_IF, loc, cx->types.never);
    struct typed_arm arm = {.block = ARENA_NEW(cx->memory, struct typed_block)};
    arm.block->loc = loc;
    for (uint32_t i = 0; i < count; i++) {
        struct typed_stmt *stmt = ts_new(cx, TS_EXPR, operands[i].loc);
        stmt->value = settle_operand(cx, &operands[i]);
        if (stmt->value)
            vec_push(cx->memory, &arm.block->stmts, stmt);
        if (operands[i].ty->kind == TY_NEVER)
            break;
    }
    vec_push(cx->memory, &expr->arms, arm);
    return op_value(loc, expr, cx->types.never);
}

const struct constant *op_constant(struct checker *cx, struct operand *operand)
{
    if (operand->constant || !operand->parts)
        return operand->constant;
    uint32_t count = operand->ty->parts.len;
    struct constant *constant = constant_parts(cx->memory, count);
    for (uint32_t i = 0; i < count; i++)
        constant->parts[i] = op_constant(cx, &operand->parts[i]);
    return operand->constant = constant;
}
