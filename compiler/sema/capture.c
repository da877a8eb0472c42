/* Which names a lambda takes from around it: those it uses and does not declare itself. */
#include "sema/function.h"

struct finder {
    struct checker *cx;
    VEC(name) bound;            /* declared inside of the lambda, in the blocks that are open */
    struct captures *found;
};

static void find_in_expr(struct finder *finder, const struct ast_expr *expr);
static void find_in_block(struct finder *finder, const struct ast_block *block);

static void bind(struct finder *finder, name word)
{
    vec_push(finder->cx->memory, &finder->bound, word);
}

static void note_name(struct finder *finder, name word, struct loc loc)
{
    for (uint32_t i = 0; i < finder->bound.len; i++)
        if (finder->bound.at[i] == word)
            return;
    for (uint32_t i = 0; i < finder->found->len; i++)
        if (finder->found->at[i].name == word)
            return;
    const struct local *local = map_get(&finder->cx->pass->locals, (uintptr_t)word);
    if (local)
        vec_push(finder->cx->arena, finder->found, ((struct capture){word, loc, local->loc}));
}

static void find_in_type(struct finder *finder, const struct ast_type *type)
{
    if (!type)
        return;
    for (uint32_t i = 0; i < type->extents.len; i++)
        find_in_expr(finder, type->extents.at[i]);
    for (uint32_t i = 0; i < type->parts.len; i++)
        find_in_type(finder, type->parts.at[i]);
    find_in_type(finder, type->result);
}

static void find_in_lambda(struct finder *finder, const struct ast_expr *lambda)
{
    uint32_t bound = finder->bound.len;
    for (uint32_t i = 0; i < lambda->params.len; i++)
        find_in_type(finder, lambda->params.at[i].type);
    for (uint32_t i = 0; i < lambda->params.len; i++)
        bind(finder, lambda->params.at[i].name);
    find_in_expr(finder, lambda->left);
    if (lambda->block)
        find_in_block(finder, lambda->block);
    finder->bound.len = bound;
}

static void find_in_expr(struct finder *finder, const struct ast_expr *expr)
{
    if (!expr)
        return;
    if (expr->kind == AST_NAME) {
        note_name(finder, expr->name, expr->loc);
        return;
    }
    if (expr->kind == AST_LAMBDA) {
        find_in_lambda(finder, expr);
        return;
    }
    if (expr->kind != AST_STRUCT) /* where it is the name of a type */
        find_in_expr(finder, expr->left);
    find_in_expr(finder, expr->right);
    for (uint32_t i = 0; i < expr->args.len; i++)
        find_in_expr(finder, expr->args.at[i].expr);
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        find_in_expr(finder, expr->indexes.at[i].expr);
        find_in_expr(finder, expr->indexes.at[i].stop);
        find_in_expr(finder, expr->indexes.at[i].step);
    }
    for (uint32_t i = 0; i < expr->arms.len; i++) {
        find_in_expr(finder, expr->arms.at[i].condition);
        find_in_block(finder, expr->arms.at[i].block);
    }
}

static void find_in_pattern(struct finder *finder, const struct ast_pat *pat)
{
    find_in_type(finder, pat->type);
    if (pat->name)
        bind(finder, pat->name);
    for (uint32_t i = 0; i < pat->parts.len; i++)
        find_in_pattern(finder, pat->parts.at[i]);
}

static void find_in_stmt(struct finder *finder, const struct ast_stmt *stmt)
{
    find_in_expr(finder, stmt->target);
    find_in_expr(finder, stmt->expr);
    find_in_expr(finder, stmt->right);
    find_in_expr(finder, stmt->rel);
    find_in_expr(finder, stmt->abs);
    find_in_expr(finder, stmt->stop);
    find_in_expr(finder, stmt->step);
    uint32_t bound = finder->bound.len;
    if (stmt->variable)
        bind(finder, stmt->variable);
    if (stmt->block)
        find_in_block(finder, stmt->block);
    finder->bound.len = bound;
    if (stmt->pat)
        find_in_pattern(finder, stmt->pat);
}

static void find_in_block(struct finder *finder, const struct ast_block *block)
{
    uint32_t bound = finder->bound.len;
    for (uint32_t i = 0; i < block->stmts.len; i++)
        find_in_stmt(finder, block->stmts.at[i]);
    finder->bound.len = bound;
}

void find_captures(struct checker *cx, const struct ast_expr *lambda, struct captures *found)
{
    struct finder finder = {.cx = cx, .found = found};
    find_in_lambda(&finder, lambda);
}
