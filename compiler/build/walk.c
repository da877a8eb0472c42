#include "build/walk.h"

static void walk_expr(const struct walk *walk, const struct typed_expr *expr);

static void walk_axes(const struct walk *walk, const typed_axes *axes)
{
    for (uint32_t i = 0; i < axes->len; i++)
        walk_expr(walk, axes->at[i].at);
}

static void walk_place(const struct walk *walk, const struct typed_place *place)
{
    for (uint32_t i = 0; place && i < place->steps.len; i++)
        walk_axes(walk, &place->steps.at[i].axes);
}

static void walk_expr(const struct walk *walk, const struct typed_expr *expr)
{
    if (!expr)
        return;
    if (walk->expr)
        walk->expr(walk->user, expr);
    for (uint32_t i = 0; i < expr->args.len; i++)
        walk_expr(walk, expr->args.at[i]);
    walk_axes(walk, &expr->axes);
    for (uint32_t i = 0; i < expr->call_args.len; i++) {
        walk_expr(walk, expr->call_args.at[i].value);
        walk_place(walk, expr->call_args.at[i].place);
    }
    for (uint32_t i = 0; i < expr->arms.len; i++) {
        walk_expr(walk, expr->arms.at[i].condition);
        walk_block(walk, expr->arms.at[i].block);
    }
}

void walk_stmt(const struct walk *walk, const struct typed_stmt *stmt)
{
    if (walk->stmt)
        walk->stmt(walk->user, stmt);
    for (uint32_t i = 0; i < stmt->targets.len; i++)
        walk_place(walk, stmt->targets.at[i].place);
    walk_expr(walk, stmt->value);
    walk_expr(walk, stmt->condition);
    walk_expr(walk, stmt->start);
    walk_expr(walk, stmt->stop);
    walk_expr(walk, stmt->step);
    walk_block(walk, stmt->block);
}

void walk_block(const struct walk *walk, const struct typed_block *block)
{
    if (!block)
        return;
    for (uint32_t i = 0; i < block->stmts.len; i++)
        walk_stmt(walk, block->stmts.at[i]);
    walk_expr(walk, block->value);
}
