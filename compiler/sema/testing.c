/* assert, ~=, faults and show (L32, L44). */
#include "sema/builtin.h"

#include <string.h>

void check_assert(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_ASSERT, stmt->loc);
    typed->condition = check_condition(cx, stmt->expr, "`assert`").expr;
    typed->text = stmt->message;
    typed->source_text = source_text(cx, stmt->expr->loc);
    vec_push(cx->memory, &block->stmts, typed);
}

/* ---- x ~= y within rel r abs a --------------------------------------------------------------- */

struct closeness {
    struct typed_block *block; /* holds the sides and the tolerances */
    struct typed_expr *rel, *abs; /* f64, NULL if left out */
    struct loc loc;
};

/* One of them may be a tolerance, a scalar. */
static struct typed_expr *two(struct checker *cx, const struct closeness *close, enum op op,
                              enum dtype result, struct typed_expr *x, struct typed_expr *y)
{
    x = tx_broadcast(cx, x, ty_is_scalar(x->ty) ? ty_shape(y->ty) : ty_shape(x->ty));
    y = tx_broadcast(cx, y, ty_shape(x->ty));
    return tx_op(cx, close->loc, op, result, (struct typed_expr *[]){x, y});
}

static struct typed_expr *one(struct checker *cx, const struct closeness *close, enum op op,
                              enum dtype result, struct typed_expr *x)
{
    return tx_op(cx, close->loc, op, result, &x);
}

/* x == y, or both are nan, or |x - y| is finite and at most abs + rel * |y|. In f64. */
static struct typed_expr *close_leaves(struct checker *cx, const struct closeness *close,
                                       struct typed_expr *x, struct typed_expr *y)
{
    struct typed_expr *equal = two(cx, close, OP_eq, DT_BOOL, x, y);
    if (ty_dtype(x->ty) == DT_BOOL)
        return equal;
    const struct ty *f64 = ty_with_dtype(&cx->types, x->ty, DT_F64);
    x = tx_cast(cx, x, f64);
    y = tx_cast(cx, y, f64);
    struct typed_expr *nans = two(cx, close, OP_and, DT_BOOL, one(cx, close, OP_isnan, DT_BOOL, x),
                                  one(cx, close, OP_isnan, DT_BOOL, y));
    struct typed_expr *apart =
        one(cx, close, OP_abs, DT_F64, two(cx, close, OP_sub, DT_F64, x, y));
    struct typed_expr *limit = close->abs;
    if (close->rel) {
        struct typed_expr *scaled = two(cx, close, OP_mul, DT_F64, close->rel,
                                        one(cx, close, OP_abs, DT_F64, y));
        limit = limit ? two(cx, close, OP_add, DT_F64, limit, scaled) : scaled;
    }
    struct typed_expr *near = two(cx, close, OP_and, DT_BOOL,
                                  one(cx, close, OP_isfinite, DT_BOOL, apart),
                                  two(cx, close, OP_le, DT_BOOL, apart, limit));
    struct typed_expr *same = two(cx, close, OP_or, DT_BOOL, equal, nans);
    return two(cx, close, OP_or, DT_BOOL, same, near);
}

static struct typed_expr *close_values(struct checker *cx, const struct closeness *close,
                                       struct typed_expr *x, struct typed_expr *y)
{
    if (ty_is_tensor(x->ty)) {
        struct typed_expr *near = close_leaves(cx, close, x, y);
        return reduce_all(cx, close->loc, OP_and, op_value(close->loc, near, near->ty)).expr;
    }
    struct typed_expr *all = NULL;
    for (uint32_t i = 0; i < x->ty->parts.len; i++) {
        struct typed_expr *part = close_values(cx, close, tx_part(cx, close->loc, x, i),
                                               tx_part(cx, close->loc, y, i));
        all = all ? two(cx, close, OP_and, DT_BOOL, all, part) : part;
    }
    return all ? all : tx_const(cx, close->loc, DT_BOOL, (union scalar){.u = 1});
}

/* A tolerance as f64, held in the block. */
static bool check_tolerance(struct checker *cx, const struct ast_expr *expr,
                            struct closeness *close, struct typed_expr **held)
{
    static const struct expectation who = {.what = "a tolerance"};
    *held = NULL;
    if (!expr)
        return true;
    struct operand value = check_value(cx, expr, cx->types.scalars[DT_F64], &who);
    if (!settle_operand(cx, &value))
        return false;
    *held = tx_hold(cx, close->block, value.expr);
    return true;
}

void check_assert_close(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct closeness close = {.block = ARENA_NEW(cx->memory, struct typed_block), .loc = stmt->loc};
    struct operand sides[] = {check_expr(cx, stmt->expr, NULL), check_expr(cx, stmt->right, NULL)};
    struct typed_expr *held[2] = {NULL, NULL};
    bool good = !spoiled(sides, 2);
    struct shape shape;
    if (good && ty_is_tensor(sides[0].ty) && ty_is_tensor(sides[1].ty)) {
        good = common_shape(cx, stmt->loc, "`~=`", sides, 2, &shape);
        for (uint32_t i = 0; i < 2 && good; i++)
            sides[i] = broadcast_operand(cx, sides[i], &shape);
    }
    const struct ty *joined = good ? ty_join(&cx->types, sides[0].ty, sides[1].ty) : NULL;
    if (good && (!joined || ty_is_named(joined))) {
        sema_error(cx, AB0302, stmt->loc, "`~=` is not defined for %s and %s",
                   text_of(cx, sides[0].ty), text_of(cx, sides[1].ty));
        good = false;
    }
    for (uint32_t i = 0; i < 2 && good; i++) {
        sides[i] = convert_operand(cx, sides[i], joined, NULL);
        good = settle_operand(cx, &sides[i]);
        if (good)
            held[i] = tx_hold(cx, close.block, sides[i].expr);
    }
    good &= check_tolerance(cx, stmt->rel, &close, &close.rel);
    good &= check_tolerance(cx, stmt->abs, &close, &close.abs);
    struct typed_stmt *typed = ts_new(cx, TS_ASSERT, stmt->loc);
    if (good)
        typed->condition = tx_block(cx, close.block, close_values(cx, &close, held[0], held[1]));
    typed->text = stmt->message;
    typed->source_text = source_text(cx, loc_join(stmt->expr->loc, stmt->right->loc));
    vec_push(cx->memory, &block->stmts, typed);
}

/* ---- faults and show ------------------------------------------------------------------------- */

static const char *const fault_names[] = {"", "bounds", "stack", "assert", "budget"};
enum { FAULT_NAMES = sizeof fault_names / sizeof *fault_names };

static int find_fault(struct checker *cx, const struct ast_stmt *stmt)
{
    struct suggestion suggestion = {.wanted = stmt->fault_kind};
    for (int kind = 1; kind < FAULT_NAMES; kind++) {
        if (!strcmp(stmt->fault_kind, fault_names[kind]))
            return kind;
        suggest_candidate(&suggestion, fault_names[kind]);
    }
    struct diag *diag = sema_error(cx, AB0411, stmt->loc, "there is no fault called `%s`",
                                   stmt->fault_kind);
    if (suggestion.best)
        sema_help(cx, diag, "did you mean `%s`?", suggestion.best);
    else
        sema_help(cx, diag, "faults are bounds, stack, assert and budget");
    return 0;
}

void check_assert_faults(struct checker *cx, const struct ast_stmt *stmt,
                         struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_ASSERT_FAULTS, stmt->loc);
    if (cx->pass->inst->decl->ast->kind != AST_TEST)
        sema_error(cx, AB0410, stmt->loc, "`faults` can be expected in a test only");
    typed->fault_kind = find_fault(cx, stmt);
    struct operand value = check_expr(cx, stmt->expr, NULL);
    typed->value = ty_is_unsure(value.ty) ? NULL : settle_operand(cx, &value);
    typed->source_text = source_text(cx, stmt->loc);
    vec_push(cx->memory, &block->stmts, typed);
}

void check_show(struct checker *cx, const struct ast_stmt *stmt, struct typed_block *block)
{
    struct typed_stmt *typed = ts_new(cx, TS_SHOW, stmt->loc);
    struct operand value = check_expr(cx, stmt->expr, NULL);
    if (ty_is_named(value.ty)) {
        sema_error(cx, AB0204, value.loc, "a dtype is not a value");
        return;
    }
    if (!have_static_extents(cx, "`show`", &value))
        return;
    typed->value = ty_is_unsure(value.ty) ? NULL : settle_operand(cx, &value);
    typed->text = stmt->message;
    if (value.ty->kind == TY_NEVER)
        typed->kind = TS_EXPR;
    vec_push(cx->memory, &block->stmts, typed);
}
