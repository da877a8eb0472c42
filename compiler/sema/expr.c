/* Expressions: literals, names, conditions, `if`; the other forms have files of their own. */
#include "sema/tensor.h"

#include <stdlib.h>
#include <string.h>

/* ---- literals -------------------------------------------------------------------------------- */

static struct operand check_int(struct checker *cx, const struct ast_expr *expr)
{
    int128 value;
    if (!constant_read_int(expr->text, &value)) {
        sema_error(cx, AB0306, expr->loc, "this number is too large");
        return op_error(cx, expr->loc);
    }
    return op_weak(cx, expr->loc, DT_WEAK_INT, constant_int(cx->memory, value));
}

/* strtod follows the locale of the process, which this library never sets. */
static struct operand check_float(struct checker *cx, const struct ast_expr *expr)
{
    double value = strtod(expr->text, NULL);
    return op_weak(cx, expr->loc, DT_WEAK_FLOAT, constant_float(cx->memory, value));
}

static struct operand check_bool(struct checker *cx, const struct ast_expr *expr)
{
    union scalar scalar = {.u = expr->truth};
    struct typed_expr *typed = tx_const(cx, expr->loc, DT_BOOL, scalar);
    struct operand operand = op_value(expr->loc, typed, typed->ty);
    operand.constant = constant_bool(cx->memory, expr->truth);
    return operand;
}

/* ---- names ----------------------------------------------------------------------------------- */

struct operand use_local(struct checker *cx, struct local *local, struct loc loc)
{
    local->is_read = true;
    if (local->flow_bit != NONE && !flow_has(&cx->pass->flow, local->flow_bit)) {
        struct diag *diag = sema_error(cx, AB0401, loc,
                                       "`%s` is read where it may have no value", local->name);
        sema_note(cx, diag, local->loc, "declared here without a value, not set on every path");
        flow_set(cx, &cx->pass->flow, local->flow_bit);
    }
    if (ty_is_weak(local->ty) && !local->constant)
        local->is_read_weak = true;
    if (slot_is_unfixed(cx, local) || (ty_is_weak(local->ty) && local->is_passing))
        vec_push(cx->memory, &cx->pass->weak_reads, local);
    if (local->named)
        return use_named(cx, local->named, loc);
    struct operand operand = {.ty = local->ty, .constant = local->constant, .loc = loc};
    if (local->view)
        operand.expr = local->view;
    else if (local->var != NONE && !ty_is_unsure(local->ty))
        operand.expr = tx_var(cx, loc, local->var, local->ty);
    return operand;
}

static struct operand not_a_value(struct checker *cx, const struct ast_expr *expr,
                                  const char *what, const char *advice)
{
    struct diag *diag = sema_error(cx, AB0204, expr->loc, "`%s` is %s, not a value", expr->name,
                                   what);
    sema_help(cx, diag, "%s", advice);
    return op_error(cx, expr->loc);
}

static struct operand use_decl(struct checker *cx, const struct ast_expr *expr, struct decl *decl)
{
    switch (decl->ast->kind) {
    case AST_CONST:
        return use_constant(cx, decl, expr->loc);
    case AST_STRUCT_DECL:
        return not_a_value(cx, expr, "a struct", "a value of it is written `Name { field: .. }`");
    case AST_FN:
        return use_function(cx, decl, expr->loc);
    case AST_IMPORT:
        return not_a_value(cx, expr, "a module", "name something of it: `module.name`");
    case AST_EXTERN: /* reported where it is declared */
    case AST_TEST:
        break;
    }
    return op_error(cx, expr->loc);
}

/* `module.name` */
static struct operand check_member(struct checker *cx, const struct ast_expr *expr,
                                   struct decl *import)
{
    struct decl *member = find_member(cx, import, expr->name, expr->name_loc, SUGGEST_NAMES);
    return member ? use_decl(cx, expr, member) : op_error(cx, expr->loc);
}

static struct operand check_name(struct checker *cx, const struct ast_expr *expr)
{
    if (!strcmp(expr->name, "_")) {
        sema_error(cx, AB0204, expr->loc, "`_` drops values: it cannot be read");
        return op_error(cx, expr->loc);
    }
    struct found found = find_name(cx, expr->name, expr->loc);
    switch (found.kind) {
    case FOUND_LOCAL:
        return use_local(cx, found.local, expr->loc);
    case FOUND_DECL:
        return use_decl(cx, expr, found.decl);
    case FOUND_NUMBER:
        return op_weak(cx, expr->loc, DT_WEAK_FLOAT, constant_float(cx->memory, found.number));
    case FOUND_DTYPE:
        return (struct operand){.ty = cx->types.metas[found.dtype], .loc = expr->loc};
    case FOUND_BUILTIN:
        return use_builtin(cx, found.builtin, expr->loc);
    case FOUND_LATER:
        sema_not_yet(cx, expr->loc, arena_printf(cx->memory, "`%s`", expr->name));
        break;
    case FOUND_NOTHING:
        report_unknown_name(cx, expr->name, expr->loc);
        break;
    }
    return op_error(cx, expr->loc);
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool binds_tightly(const struct ast_expr *expr)
{
    return expr->in_parentheses || (expr->kind != AST_BINARY && expr->kind != AST_UNARY);
}

/* A tensor is not true or false: which of its elements count must be said. */
static void suggest_all(struct checker *cx, struct diag *diag, const struct ast_expr *expr,
                        const struct ty *ty)
{
    if (ty_dtype(ty) == DT_BOOL)
        sema_edit(cx, diag, expr->loc, "`all` or `any` of its elements make one bool",
                  expr->in_parentheses ? "all%s" : "all(%s)",
                  diag ? source_text(cx, expr->loc) : "");
    else
        sema_help(cx, diag, "compare its elements, and take `all(..)` or `any(..)` of the bools");
}

static void report_condition(struct checker *cx, const struct ast_expr *expr,
                             const struct ty *ty, const char *where)
{
    struct diag *diag = sema_error(cx, AB0303, expr->loc, "%s needs a bool, not %s", where,
                                   text_of(cx, ty));
    if (!ty_is_scalar(ty)) {
        if (ty_is_tensor(ty))
            suggest_all(cx, diag, expr, ty);
        return;
    }
    const char *text = diag ? source_text(cx, expr->loc) : "";
    bool is_bare = binds_tightly(expr);
    sema_edit(cx, diag, expr->loc, "numbers are not true or false; compare them",
              is_bare ? "%s != 0" : "(%s) != 0", text);
}

struct operand check_condition(struct checker *cx, const struct ast_expr *expr, const char *where)
{
    const struct ty *bool_ty = cx->types.scalars[DT_BOOL];
    struct operand operand = check_expr(cx, expr, NULL);
    if (operand.ty == bool_ty)
        return operand;
    if (operand.ty->kind == TY_NEVER)
        return convert_operand(cx, operand, bool_ty, NULL);
    if (!ty_is_unsure(operand.ty))
        report_condition(cx, expr, operand.ty, where);
    return (struct operand){.ty = bool_ty, .loc = expr->loc};
}

/* ---- if -------------------------------------------------------------------------------------- */

struct arm_values {
    struct block_value *at;
    const struct ty *joined; /* of what has been seen */
};

static void report_no_value(struct checker *cx, const struct ast_block *block)
{
    struct loc brace = {block->loc.file, block->loc.end - 1, block->loc.end};
    struct diag *diag =
        sema_error(cx, AB0403, brace, "this arm has no value, but the `if` is used as one");
    sema_help(cx, diag, "end the arm with the value, or with return, break, continue or fault");
}

static void join_arm(struct checker *cx, struct arm_values *values, uint32_t index,
                     const struct ast_arm *arm)
{
    struct operand *value = &values->at[index].value;
    if (value->ty == cx->types.unit && !value->expr && !value->parts) {
        report_no_value(cx, arm->block);
        value->ty = cx->types.error;
    }
    if (refuse_name(cx, value, NAME_CHOSEN))
        value->ty = cx->types.error;
    const struct ty *joined =
        values->joined ? ty_join(&cx->types, values->joined, value->ty) : value->ty;
    if (!joined) {
        struct diag *diag = sema_error(cx, AB0305, value->loc,
                                       "this arm gives %s, but an arm before it gives %s",
                                       text_of(cx, value->ty), text_of(cx, values->joined));
        sema_note(cx, diag, values->at[0].value.loc, "the first arm");
        if (ty_is_function(value->ty))
            sema_help(cx, diag, "functions are chosen at compile time: let each arm call its own");
        joined = cx->types.error;
    }
    values->joined = joined;
}

static const struct expectation arm_expectation = {.what = "the arm of the `if`"};

/* Gives every arm a value of the common type. */
static struct operand finish_value(struct checker *cx, struct typed_expr *typed,
                                   struct arm_values *values, const struct ty *expected)
{
    const struct ty *ty = values->joined;
    bool all_end = ty->kind == TY_NEVER;
    struct operand whole = {.ty = ty, .loc = typed->loc};
    if (ty_has_extents(ty) && !have_static_extents(cx, "an `if` that is used as a value", &whole))
        return op_error(cx, typed->loc);
    if (expected && !all_end && !ty_is_unsure(expected) && !ty_is_open(expected)
        && ty->kind != TY_ERROR)
        ty = expected;
    for (uint32_t i = 0; i < typed->arms.len; i++) {
        struct operand *value = &values->at[i].value;
        if (value->ty->kind == TY_NEVER)
            continue;
        *value = convert_operand(cx, *value, ty, &arm_expectation);
        typed->arms.at[i].block->value = settle_operand(cx, value);
    }
    typed->ty = ty_settled(&cx->types, ty);
    return ty_is_unsure(ty) ? (struct operand){.ty = ty, .loc = typed->loc}
                            : op_value(typed->loc, typed, ty);
}

struct operand check_if(struct checker *cx, const struct ast_expr *expr, bool wants_value,
                        const struct ty *expected)
{
    struct typed_expr *typed = tx_new(cx, TX_IF, expr->loc, cx->types.unit);
    struct arm_values values = {ARENA_ARRAY(cx->memory, struct block_value, expr->arms.len), NULL};
    struct flow after = flow_dead();
    bool has_else = false;
    for (uint32_t i = 0; i < expr->arms.len; i++) {
        const struct ast_arm *arm = &expr->arms.at[i];
        struct typed_arm typed_arm = {0};
        if (arm->condition) {
            struct operand condition = check_condition(cx, arm->condition, "a condition");
            warn_constant_condition(cx, &condition, "if");
            typed_arm.condition = condition.expr;
        }
        has_else |= !arm->condition;
        struct flow otherwise = flow_copy(cx, &cx->pass->flow);
        values.at[i] = check_block(cx, arm->block, wants_value, expected);
        typed_arm.block = values.at[i].typed;
        vec_push(cx->memory, &typed->arms, typed_arm);
        flow_join(cx, &after, &cx->pass->flow);
        cx->pass->flow = otherwise;
        if (wants_value)
            join_arm(cx, &values, i, arm);
    }
    if (!has_else)
        flow_join(cx, &after, &cx->pass->flow);
    cx->pass->flow = after;
    if (wants_value && !has_else) {
        sema_error(cx, AB0403, expr->loc, "an `if` that is used as a value needs an `else`");
        return op_error(cx, expr->loc);
    }
    if (wants_value)
        return finish_value(cx, typed, &values, expected);
    if (!after.is_reachable)
        typed->ty = cx->types.never;
    return op_value(expr->loc, typed, typed->ty);
}

/* ---- all forms ------------------------------------------------------------------------------- */

static struct operand refuse(struct checker *cx, const struct ast_expr *expr, const char *what)
{
    sema_not_yet(cx, expr->loc, what);
    return op_error(cx, expr->loc);
}

static struct operand refuse_in_constant(struct checker *cx, const struct ast_expr *expr)
{
    sema_error(cx, AB0210, expr->loc, "this is not known at compile time");
    return op_error(cx, expr->loc);
}

struct operand check_expr(struct checker *cx, const struct ast_expr *expr,
                          const struct ty *expected)
{
    switch (expr->kind) {
    case AST_NAME:
        return check_name(cx, expr);
    case AST_INT:
        return check_int(cx, expr);
    case AST_FLOAT:
        return check_float(cx, expr);
    case AST_BOOL:
        return check_bool(cx, expr);
    case AST_UNARY:
        return check_unary(cx, expr);
    case AST_BINARY:
        return check_binary(cx, expr);
    case AST_CALL:
        return check_call(cx, expr);
    case AST_INDEX:
    case AST_TUPLE_FIELD:
        return check_part(cx, expr);
    case AST_FIELD: {
        struct decl *import = find_module(cx, expr->left);
        return import ? check_member(cx, expr, import) : check_field(cx, expr);
    }
    case AST_STRUCT:
        return check_struct_literal(cx, expr, expected);
    case AST_TUPLE:
        return check_tuple(cx, expr, expected);
    case AST_IF:
        return cx->pass->in_constant ? refuse_in_constant(cx, expr)
                                     : check_if(cx, expr, true, expected);
    case AST_IMAG:
        return refuse(cx, expr, "complex numbers");
    case AST_LIST:
        return check_list(cx, expr);
    case AST_LAMBDA:
        return check_lambda(cx, expr);
    }
    return op_error(cx, expr->loc);
}

struct operand check_value(struct checker *cx, const struct ast_expr *expr, const struct ty *to,
                           const struct expectation *who)
{
    struct operand operand = check_expr(cx, expr, to);
    return to ? convert_operand(cx, operand, to, who) : operand;
}
