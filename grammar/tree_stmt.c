/* Statements and blocks. */
#include "grammar/tree.h"

#define NEW(type) ARENA_NEW(p->reading->arena, type)

/* ---- heights --------------------------------------------------------------------------------- */

static uint32_t higher(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static uint32_t height_of(const struct ast_expr *expr)
{
    return expr ? expr->height : 0;
}

/* Patterns nest in brackets alone, so this recursion is bounded by the limit of nesting. */
static uint32_t pat_height(const struct ast_pat *pat)
{
    uint32_t height = pat->type ? pat->type->height : 0;
    for (uint32_t i = 0; i < pat->parts.len; i++)
        height = higher(height, pat_height(pat->parts.at[i]));
    return height;
}

static uint32_t stmt_height(const struct ast_stmt *stmt)
{
    const struct ast_expr *exprs[] = {stmt->target, stmt->expr, stmt->right, stmt->rel,
                                      stmt->abs,    stmt->stop, stmt->step};
    uint32_t height = stmt->block ? stmt->block->height : 0;
    if (stmt->pat)
        height = higher(height, pat_height(stmt->pat));
    for (size_t i = 0; i < sizeof exprs / sizeof exprs[0]; i++)
        height = higher(height, height_of(exprs[i]));
    for (uint32_t i = 0; i < stmt->attrs.len; i++)
        for (uint32_t j = 0; j < stmt->attrs.at[i].args.len; j++)
            height = higher(height, height_of(stmt->attrs.at[i].args.at[j].expr));
    return height;
}

struct ast_block *tree_block(struct parser *p, struct loc loc, struct stmt_list *stmts)
{
    struct ast_block *block = NEW(struct ast_block);
    block->loc = loc;
    for (uint32_t i = 0; stmts && i < stmts->list.len; i++) {
        vec_push(p->reading->arena, &block->stmts, stmts->list.at[i]);
        block->height = higher(block->height, stmt_height(stmts->list.at[i]));
    }
    return block;
}

/* ---- places ---------------------------------------------------------------------------------- */

/* The part of a target that is no place; NULL if all of it is. */
static const struct ast_expr *no_place(const struct ast_expr *target)
{
    while (target->kind == AST_INDEX || target->kind == AST_FIELD
           || target->kind == AST_TUPLE_FIELD)
        target = target->left;
    if (target->kind == AST_NAME || target->height > HEIGHT_LIMIT)
        return NULL;
    if (target->kind != AST_TUPLE)
        return target;
    for (uint32_t i = 0; i < target->args.len; i++) {
        const struct ast_expr *wrong = no_place(target->args.at[i].expr);
        if (wrong)
            return wrong;
    }
    return target->args.len ? NULL : target;
}

static void check_place(struct parser *p, const struct ast_expr *target)
{
    const struct ast_expr *wrong = no_place(target);
    if (!wrong)
        return;
    struct diag *diag =
        diag_report(p->reading->diags, AB0125, wrong->loc, "this cannot be assigned to");
    diag_help(p->reading->diags, diag,
              "a place is a variable, or an element, field or slice of one, or several such: a, b "
              "= b, a");
}

/* ---- statements ------------------------------------------------------------------------------ */

struct ast_stmt *tree_stmt(struct parser *p, enum ast_stmt_kind kind, struct loc loc)
{
    struct ast_stmt *stmt = NEW(struct ast_stmt);
    stmt->kind = kind;
    stmt->loc = loc;
    return stmt;
}

static struct ast_stmt *with_message(struct ast_stmt *stmt, struct message message)
{
    stmt->message = message.text;
    if (message.text)
        stmt->message_loc = message.loc;
    return stmt;
}

struct ast_stmt *tree_stmt_attrs(struct ast_stmt *stmt, struct attr_list *attrs)
{
    if (attrs) {
        stmt->attrs.at = attrs->list.at;
        stmt->attrs.len = attrs->list.len;
        stmt->attrs.cap = attrs->list.cap;
    }
    return stmt;
}

struct ast_stmt *tree_let(struct parser *p, enum ast_stmt_kind kind, struct loc loc,
                          struct ast_pat *pat, struct ast_expr *expr)
{
    struct ast_stmt *stmt = tree_stmt(p, kind, loc);
    stmt->pat = pat;
    stmt->expr = expr;
    return stmt;
}

struct ast_stmt *tree_expr_stmt(struct parser *p, struct loc loc, struct ast_expr *expr)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_EXPR, loc);
    stmt->expr = expr;
    return stmt;
}

struct ast_stmt *tree_assign(struct parser *p, struct loc loc, struct ast_expr *target,
                             struct ast_expr *expr)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_ASSIGN, loc);
    check_place(p, target);
    stmt->target = target;
    stmt->expr = expr;
    return stmt;
}

struct ast_stmt *tree_assign_op(struct parser *p, struct loc loc, struct ast_expr *target,
                                enum ast_op op, struct ast_expr *expr)
{
    struct ast_stmt *stmt = tree_assign(p, loc, target, expr);
    stmt->kind = AST_ASSIGN_OP;
    stmt->op = op;
    return stmt;
}

struct ast_stmt *tree_while(struct parser *p, struct loc loc, struct ast_expr *condition,
                            struct ast_block *block)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_WHILE, loc);
    stmt->expr = condition;
    stmt->block = block;
    return stmt;
}

/* "range(a, b, step)" in a `for`: the bounds that are meant. */
static void replace_range(struct parser *p, struct ast_stmt *stmt)
{
    const struct ast_expr *call = stmt->expr;
    if (call->kind != AST_CALL || call->left->kind != AST_NAME || call->args.len < 1
        || call->args.len > 3 || call->left->name != name_of_text(p->reading->names, "range"))
        return;
    const char *text[3];
    for (uint32_t i = 0; i < call->args.len; i++) {
        struct loc loc = call->args.at[i].loc;
        if (call->args.at[i].name)
            return;
        text[i] =
            arena_strndup(p->reading->arena, p->reading->chars + loc.begin, loc.end - loc.begin);
    }
    struct diag *diag =
        diag_report(p->reading->diags, AB0150, call->loc, "the range of a loop is written `a..b`");
    diag_edit(p->reading->diags, diag, call->loc, "write", "%s..%s%s%s",
              call->args.len > 1 ? text[0] : "0", text[call->args.len > 1],
              call->args.len > 2 ? " step " : "", call->args.len > 2 ? text[2] : "");
}

struct ast_stmt *tree_for(struct parser *p, struct loc loc, name variable, struct loc variable_loc,
                          struct ast_expr *from, struct ast_expr *stop, struct ast_expr *step,
                          struct ast_block *block)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_FOR, loc);
    stmt->variable = variable;
    stmt->variable_loc = variable_loc;
    stmt->expr = from;
    stmt->stop = stop;
    stmt->step = step;
    stmt->block = block;
    if (!stop)
        replace_range(p, stmt);
    return stmt;
}

struct ast_stmt *tree_return(struct parser *p, struct loc loc, struct ast_expr *expr)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_RETURN, loc);
    stmt->expr = expr;
    return stmt;
}

struct ast_stmt *tree_fault(struct parser *p, struct loc loc, struct message message)
{
    return with_message(tree_stmt(p, AST_FAULT, loc), message);
}

struct ast_stmt *tree_assert(struct parser *p, struct loc loc, struct ast_expr *expr,
                             struct message message)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_ASSERT, loc);
    stmt->expr = expr;
    return with_message(stmt, message);
}

struct ast_stmt *tree_assert_close(struct parser *p, struct loc loc, struct ast_expr *expr,
                                   struct ast_expr *right, struct tolerance within,
                                   struct message message)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_ASSERT_CLOSE, loc);
    stmt->expr = expr;
    stmt->right = right;
    stmt->rel = within.rel;
    stmt->abs = within.abs;
    return with_message(stmt, message);
}

struct ast_stmt *tree_assert_faults(struct parser *p, struct loc loc, struct ast_expr *expr,
                                    name kind)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_ASSERT_FAULTS, loc);
    stmt->expr = expr;
    stmt->fault_kind = kind;
    return stmt;
}

struct ast_stmt *tree_show(struct parser *p, struct loc loc, struct ast_expr *expr,
                           struct message message)
{
    struct ast_stmt *stmt = tree_stmt(p, AST_SHOW, loc);
    stmt->expr = expr;
    return with_message(stmt, message);
}
