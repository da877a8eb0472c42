/* What has an extent of run time is never in memory (L22, compiler.md R19): it can be computed element by
 * element, in the loop of what reduces it. Looked for in the finished tree of a function: where a value
 * of such a type stands that would need a temporary. */
#include "sema/tensor.h"

struct extents {
    struct checker *cx;
    bool is_reported; /* in this statement */
};

static void look_at(struct extents *look, const struct typed_expr *expr, bool may_be_view);
static void look_at_block(struct extents *look, const struct typed_block *block);

static void report(struct extents *look, const struct typed_expr *expr, const char *why)
{
    if (look->is_reported)
        return;
    look->is_reported = true;
    struct checker *cx = look->cx;
    struct diag *diag = sema_error(cx, AB0325, expr->loc,
                                   "%s needs a temporary of run-time size: %s",
                                   text_of(cx, expr->ty), why);
    sema_help(cx, diag, "reduce it where it is made, as in `sum(X @ w)`, or index it");
}

/* A row-major reshape moves no element across an axis of run time: between two of them, the same number
 * of elements stays. */
static bool keeps_axes(const struct shape *from, const struct shape *to)
{
    int a = 0, b = 0;
    while (a < from->rank || b < to->rank) {
        int64_t before = 1, after = 1;
        for (; a < from->rank && from->dim[a] >= 0; a++)
            before *= from->dim[a];
        for (; b < to->rank && to->dim[b] >= 0; b++)
            after *= to->dim[b];
        bool ends = a == from->rank && b == to->rank;
        if (before != after || (!ends && (a == from->rank || b == to->rank)))
            return false;
        if (!ends && from->dim[a++] != to->dim[b++])
            return false;
    }
    return true;
}

/* Why an operation cannot give a view; NULL: it can. */
static const char *obstacle(const struct typed_expr *expr)
{
    switch (expr->kind) {
    case TX_SHARED: case TX_OP: case TX_CAST: case TX_BROADCAST: case TX_TRANSPOSE: case TX_INDEX:
    case TX_BUILD: case TX_TAKE: case TX_REDUCE: case TX_ARG_REDUCE: case TX_CONTRACT: case TX_IOTA:
        return NULL;
    case TX_RESHAPE:
        return keeps_axes(ty_shape(expr->args.at[0]->ty), ty_shape(expr->ty))
                   ? NULL : "its elements get other places";
    case TX_CONCAT:
        return ty_shape(expr->ty)->dim[expr->axis] >= 0 ? NULL : "it is made of parts";
    case TX_IF:
        return expr->arms.len == 1 && !expr->arms.at[0].condition
                   ? NULL : "it is chosen at run time";
    case TX_CALL:
        return "it is a result";
    case TX_CONST: case TX_VAR: case TX_TARGET: case TX_MAKE: case TX_PART: case TX_AND:
    case TX_OR: case TX_SAME: case TX_LANE_INDEX: case TX_EXTENT:
        break;
    }
    return "it is stored";
}

static bool takes_views(const struct typed_expr *expr)
{
    return expr->kind == TX_INDEX || expr->kind == TX_TAKE || expr->kind == TX_REDUCE
           || expr->kind == TX_ARG_REDUCE || expr->kind == TX_CONTRACT
           || ty_has_extents(expr->ty);
}

static void look_at_axes(struct extents *look, const typed_axes *axes)
{
    for (uint32_t i = 0; i < axes->len; i++)
        look_at(look, axes->at[i].at, false);
}

static void look_at_place(struct extents *look, const struct typed_place *place)
{
    for (uint32_t i = 0; place && i < place->steps.len; i++)
        look_at_axes(look, &place->steps.at[i].axes);
}

static void look_at(struct extents *look, const struct typed_expr *expr, bool may_be_view)
{
    if (!expr)
        return;
    bool is_view = ty_has_extents(expr->ty);
    const char *why = is_view ? may_be_view ? obstacle(expr) : "it is used as a value" : NULL;
    if (why) {
        report(look, expr, why);
        return;
    }
    for (uint32_t i = 0; i < expr->args.len; i++)
        look_at(look, expr->args.at[i], takes_views(expr));
    look_at_axes(look, &expr->axes);
    for (uint32_t i = 0; i < expr->call_args.len; i++) {
        look_at(look, expr->call_args.at[i].value, false);
        look_at_place(look, expr->call_args.at[i].place);
    }
    for (uint32_t i = 0; i < expr->arms.len; i++) {
        const struct typed_arm *arm = &expr->arms.at[i];
        look_at(look, arm->condition, false);
        look_at_block(look, arm->block);
        look_at(look, arm->block->value, is_view);
    }
}

static void look_at_block(struct extents *look, const struct typed_block *block)
{
    for (uint32_t i = 0; block && i < block->stmts.len; i++) {
        const struct typed_stmt *stmt = block->stmts.at[i];
        look->is_reported = false;
        for (uint32_t t = 0; t < stmt->targets.len; t++)
            look_at_place(look, stmt->targets.at[t].place);
        look_at(look, stmt->value, stmt->kind == TS_EXPR);
        look_at(look, stmt->condition, false);
        look_at(look, stmt->start, false);
        look_at(look, stmt->stop, false);
        look_at(look, stmt->step, false);
        look_at_block(look, stmt->block);
    }
}

void check_extents(struct checker *cx, const struct typed_block *block)
{
    if (!cx->prog->extents.len)
        return;
    struct extents look = {.cx = cx};
    look_at_block(&look, block);
}
