/* Expressions. */
#include "grammar/tree.h"

#include <stdlib.h>
#include <string.h>

#define NEW(type) ARENA_NEW(p->reading->arena, type)
#define GIVE(into, from)                                                                           \
    do {                                                                                           \
        (into)->at = (from)->at;                                                                   \
        (into)->len = (from)->len;                                                                 \
        (into)->cap = (from)->cap;                                                                 \
    } while (0)

static struct ast_expr *new_expr(struct parser *p, enum ast_expr_kind kind, struct loc loc)
{
    struct ast_expr *expr = NEW(struct ast_expr);
    expr->kind = kind;
    expr->loc = loc;
    expr->height = 1;
    return expr;
}

static const char *text_at(struct parser *p, struct loc loc)
{
    return arena_strndup(p->reading->arena, p->reading->chars + loc.begin, loc.end - loc.begin);
}

/* ---- heights --------------------------------------------------------------------------------- */

static void raise_to(uint32_t *height, uint32_t below)
{
    if (below > *height)
        *height = below;
}

static uint32_t height_below(const struct ast_expr *expr)
{
    uint32_t height = expr->left ? expr->left->height : 0;
    if (expr->right)
        raise_to(&height, expr->right->height);
    if (expr->block)
        raise_to(&height, expr->block->height);
    for (uint32_t i = 0; i < expr->args.len; i++)
        raise_to(&height, expr->args.at[i].expr->height);
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        const struct ast_index *index = &expr->indexes.at[i];
        const struct ast_expr *parts[] = {index->expr, index->stop, index->step};
        for (int j = 0; j < 3; j++)
            raise_to(&height, parts[j] ? parts[j]->height : 0);
    }
    for (uint32_t i = 0; i < expr->arms.len; i++) {
        raise_to(&height, expr->arms.at[i].condition ? expr->arms.at[i].condition->height : 0);
        raise_to(&height, expr->arms.at[i].block->height);
    }
    for (uint32_t i = 0; i < expr->params.len; i++)
        raise_to(&height, expr->params.at[i].type ? expr->params.at[i].type->height : 0);
    return height;
}

/* Sets the height. An expression that is too high becomes a leaf one above the limit, by which
 * those around it know that the mistake is reported. */
static struct ast_expr *limited(struct parser *p, struct ast_expr *expr, struct loc report_at)
{
    uint32_t below = height_below(expr);
    expr->height = below + 1;
    if (below < HEIGHT_LIMIT)
        return expr;
    if (below == HEIGHT_LIMIT)
        tree_report_height(p, report_at);
    struct ast_expr *leaf = new_expr(p, AST_INT, expr->loc);
    leaf->text = "0";
    leaf->height = HEIGHT_LIMIT + 1;
    return leaf;
}

/* ---- leaves ---------------------------------------------------------------------------------- */

struct ast_expr *tree_name(struct parser *p, struct loc loc, name id)
{
    struct ast_expr *expr = new_expr(p, AST_NAME, loc);
    expr->name = id;
    return expr;
}

struct ast_expr *tree_number(struct parser *p, enum ast_expr_kind kind, struct loc loc,
                             const char *text)
{
    struct ast_expr *expr = new_expr(p, kind, loc);
    expr->text = text;
    return expr;
}

struct ast_expr *tree_bool(struct parser *p, struct loc loc, bool truth)
{
    struct ast_expr *expr = new_expr(p, AST_BOOL, loc);
    expr->truth = truth;
    return expr;
}

/* ---- operators ------------------------------------------------------------------------------- */

struct ast_expr *tree_unary(struct parser *p, enum ast_op op, struct loc op_loc,
                            struct ast_expr *operand)
{
    struct ast_expr *expr = new_expr(p, AST_UNARY, loc_join(op_loc, operand->loc));
    expr->op = op;
    expr->op_loc = op_loc;
    expr->left = operand;
    return limited(p, expr, op_loc);
}

struct ast_expr *tree_binary(struct parser *p, enum ast_op op, struct loc op_loc,
                             struct ast_expr *left, struct ast_expr *right)
{
    struct ast_expr *expr = new_expr(p, AST_BINARY, loc_join(left->loc, right->loc));
    expr->op = op;
    expr->op_loc = op_loc;
    expr->left = left;
    expr->right = right;
    return limited(p, expr, op_loc);
}

static bool is_comparison(const struct ast_expr *expr)
{
    return expr->kind == AST_BINARY && !expr->in_parentheses && expr->op >= AST_EQ
           && expr->op <= AST_GE;
}

/* "a < b < c" is not what it is in mathematics or in C; both would be surprised. */
struct ast_expr *tree_comparison(struct parser *p, enum ast_op op, struct loc op_loc,
                                 struct ast_expr *left, struct ast_expr *right)
{
    struct ast_expr *expr = tree_binary(p, op, op_loc, left, right);
    if (!is_comparison(left) || expr->kind != AST_BINARY)
        return expr;
    struct diag *diag = diag_report(p->reading->diags, AB0124, op_loc, "comparisons do not chain");
    struct loc middle = left->right->loc;
    diag_edit(p->reading->diags, diag, (struct loc){middle.file, middle.end, middle.end},
              "join two of them", " and %s", text_at(p, middle));
    return expr;
}

static struct ast_expr *conditional(struct parser *p, struct loc loc, struct loc op_loc,
                                    const char *message, struct ast_expr *condition,
                                    struct ast_expr *yes, struct ast_expr *no)
{
    struct diag *diag = diag_report(p->reading->diags, AB0144, op_loc, "%s", message);
    struct ast_expr *tuple = new_expr(p, AST_TUPLE, loc);
    diag_edit(p->reading->diags, diag, loc, "write", "if %s { %s } else { %s }",
              text_at(p, condition->loc), text_at(p, yes->loc), text_at(p, no->loc));
    tuple->in_parentheses = true;
    vec_push(p->reading->arena, &tuple->args, ((struct ast_arg){.loc = yes->loc, .expr = yes}));
    vec_push(p->reading->arena, &tuple->args, ((struct ast_arg){.loc = no->loc, .expr = no}));
    vec_push(p->reading->arena, &tuple->args,
             ((struct ast_arg){.loc = condition->loc, .expr = condition}));
    return limited(p, tuple, op_loc);
}

struct ast_expr *tree_c_conditional(struct parser *p, struct loc loc, struct loc op_loc,
                                    struct ast_expr *condition, struct ast_expr *yes,
                                    struct ast_expr *no)
{
    return conditional(p, loc, op_loc,
                       "a choice is written `if c { a } else { b }`, not `c ? a : b`", condition,
                       yes, no);
}

struct ast_expr *tree_python_conditional(struct parser *p, struct loc loc, struct loc op_loc,
                                         struct ast_expr *yes, struct ast_expr *condition,
                                         struct ast_expr *no)
{
    return conditional(p, loc, op_loc,
                       "a choice is written `if c { a } else { b }`, not `a if c else b`",
                       condition, yes, no);
}

/* ---- behind an expression -------------------------------------------------------------------- */

struct ast_expr *tree_call(struct parser *p, struct loc loc, struct ast_expr *callee,
                           struct arg_list *args)
{
    struct ast_expr *expr = new_expr(p, AST_CALL, loc);
    expr->left = callee;
    if (args)
        GIVE(&expr->args, &args->list);
    return limited(p, expr, (struct loc){loc.file, callee->loc.end, loc.end});
}

struct ast_expr *tree_index(struct parser *p, struct loc loc, struct ast_expr *of,
                            struct index_list *indexes)
{
    struct ast_expr *expr = new_expr(p, AST_INDEX, loc);
    expr->left = of;
    GIVE(&expr->indexes, &indexes->list);
    return limited(p, expr, (struct loc){loc.file, of->loc.end, loc.end});
}

struct ast_expr *tree_field_of(struct parser *p, struct loc loc, struct ast_expr *of, name id,
                               struct loc name_loc)
{
    struct ast_expr *expr = new_expr(p, AST_FIELD, loc);
    expr->left = of;
    expr->name = id;
    expr->name_loc = name_loc;
    return limited(p, expr, name_loc);
}

struct ast_expr *tree_tuple_field(struct parser *p, struct loc loc, struct ast_expr *of,
                                  const char *digits, struct loc field_loc)
{
    struct ast_expr *expr = new_expr(p, AST_TUPLE_FIELD, loc);
    expr->left = of;
    expr->number = (uint32_t)strtoul(digits, NULL, 10);
    expr->name_loc = (struct loc){field_loc.file, field_loc.begin + 1, field_loc.end};
    return limited(p, expr, field_loc);
}

struct ast_expr *tree_struct_literal(struct parser *p, struct loc loc, struct ast_expr *of,
                                     struct arg_list *inits)
{
    bool is_name = of->kind == AST_NAME || (of->kind == AST_FIELD && of->left->kind == AST_NAME);
    struct ast_expr *expr = new_expr(p, AST_STRUCT, loc);
    if ((!is_name || of->in_parentheses) && of->height <= HEIGHT_LIMIT)
        diag_report(p->reading->diags, AB0126, of->loc,
                    "fields in braces follow the name of a struct");
    expr->left = of;
    GIVE(&expr->args, &inits->list);
    return limited(p, expr, of->loc);
}

/* ---- several expressions --------------------------------------------------------------------- */

static struct ast_expr *several(struct parser *p, enum ast_expr_kind kind, struct loc loc,
                                struct arg_list *elements)
{
    struct ast_expr *expr = new_expr(p, kind, loc);
    if (elements)
        GIVE(&expr->args, &elements->list);
    return limited(p, expr, (struct loc){loc.file, loc.begin, loc.begin + 1});
}

struct ast_expr *tree_tuple(struct parser *p, struct loc loc, struct arg_list *elements)
{
    return several(p, AST_TUPLE, loc, elements);
}

struct ast_expr *tree_tuple_of_one(struct parser *p, struct loc loc, struct ast_expr *element)
{
    return tree_tuple(p, loc, tree_exprs(p, NULL, element));
}

struct ast_expr *tree_list(struct parser *p, struct loc loc, struct arg_list *elements)
{
    return several(p, AST_LIST, loc, elements);
}

struct ast_expr *tree_parenthesised(struct ast_expr *expr, struct loc loc)
{
    expr->in_parentheses = true;
    expr->loc = loc;
    return expr;
}

/* ---- if and lambda --------------------------------------------------------------------------- */

struct ast_expr *tree_if(struct parser *p, struct loc loc, struct arm_list *arms)
{
    struct ast_expr *expr = new_expr(p, AST_IF, loc);
    GIVE(&expr->arms, &arms->list);
    return limited(p, expr, (struct loc){loc.file, loc.begin, loc.begin + 2});
}

struct ast_expr *tree_lambda(struct parser *p, struct loc loc, struct param_list *params,
                             struct ast_expr *body, struct ast_block *block)
{
    struct ast_expr *expr = new_expr(p, AST_LAMBDA, loc);
    if (params)
        GIVE(&expr->params, &params->list);
    expr->left = body;
    expr->block = block;
    return limited(p, expr, (struct loc){loc.file, loc.begin, loc.begin + 1});
}
