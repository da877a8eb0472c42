/* Function values (L23): declared functions and lambdas as values. The type of such a value says
 * which function it is, so whoever gets one is specialised to it; at run time it is the tuple of
 * what the lambda has captured. */
#include "sema/function.h"

#include "base/text.h"

#include <string.h>

/* ---- declarations behind values -------------------------------------------------------------- */

struct decl *decl_of_function(struct checker *cx, const struct ty *function)
{
    return map_get(&cx->function_decls, (uintptr_t)function->decl);
}

/* "|x, y|" */
static name lambda_name(struct checker *cx, const struct ast_expr *expr)
{
    struct text out = {0};
    text_put(&out, "|");
    for (uint32_t i = 0; i < expr->params.len; i++) {
        text_put(&out, i ? ", " : "");
        text_put(&out, expr->params.at[i].mode == AST_PARAM_INOUT ? "inout " : "");
        text_put(&out, expr->params.at[i].name);
    }
    text_put(&out, "|");
    name word = name_of_text(cx->names, out.chars);
    text_free(&out);
    return word;
}

static bool block_has_value(const struct ast_block *block);

/* Is the last statement of a block meant as its value? An `if` is, if each arm could have one. */
static bool stmt_has_value(const struct ast_stmt *stmt)
{
    if (stmt->kind != AST_EXPR || stmt->attrs.len)
        return false;
    const struct ast_expr *expr = stmt->expr;
    if (expr->kind != AST_IF || expr->in_parentheses)
        return true;
    bool has_value = false;
    for (uint32_t i = 0; i < expr->arms.len; i++)
        has_value |= block_has_value(expr->arms.at[i].block);
    return has_value && !vec_last(&expr->arms).condition;
}

static bool block_has_value(const struct ast_block *block)
{
    return block->stmts.len && stmt_has_value(vec_last(&block->stmts));
}

static struct ast_stmt *return_stmt(struct checker *cx, struct ast_expr *value)
{
    struct ast_stmt *stmt = ARENA_NEW(cx->arena, struct ast_stmt);
    stmt->kind = AST_RETURN;
    stmt->loc = value->loc;
    stmt->expr = value;
    return stmt;
}

/* The body as that of a function: its value is returned. */
static struct ast_block *lambda_block(struct checker *cx, const struct ast_expr *expr)
{
    struct ast_block *block = ARENA_NEW(cx->arena, struct ast_block);
    if (!expr->block) {
        block->loc = expr->left->loc;
        vec_push(cx->arena, &block->stmts, return_stmt(cx, expr->left));
        return block;
    }
    block->loc = expr->block->loc;
    for (uint32_t i = 0; i < expr->block->stmts.len; i++) {
        struct ast_stmt *stmt = expr->block->stmts.at[i];
        bool is_last = i + 1 == expr->block->stmts.len;
        if (is_last && stmt_has_value(stmt))
            stmt = return_stmt(cx, stmt->expr);
        vec_push(cx->arena, &block->stmts, stmt);
    }
    return block;
}

static void init_signature(struct checker *cx, struct decl *decl)
{
    uint32_t count = decl->ast->params.len;
    decl->sig.params = ARENA_ARRAY(cx->arena, const struct ty *, count);
    decl->sig.is_sized = ARENA_ARRAY(cx->arena, bool, count);
    decl->sig.bad_default = ARENA_ARRAY(cx->arena, bool, count);
    decl->sig.is_generic = true;
}

static struct decl *lambda_decl(struct checker *cx, const struct ast_expr *expr, name called)
{
    struct decl *known = map_get(&cx->lambda_decls, (uintptr_t)expr);
    if (known)
        return known;
    struct ast_decl *ast = ARENA_NEW(cx->arena, struct ast_decl);
    struct decl *decl = ARENA_NEW(cx->arena, struct decl);
    ast->kind = AST_FN;
    ast->loc = ast->name_loc = expr->loc;
    ast->name = called ? called : lambda_name(cx, expr);
    for (uint32_t i = 0; i < expr->params.len; i++)
        vec_push(cx->arena, &ast->params, expr->params.at[i]);
    ast->block = lambda_block(cx, expr);
    decl->ast = ast;
    decl->is_lambda = true;
    decl->bound_to = cx->pass->bound_to;
    init_signature(cx, decl);
    find_captures(cx, expr, &decl->captures);
    map_set(&cx->lambda_decls, (uintptr_t)expr, decl);
    map_set(&cx->function_decls, (uintptr_t)ast, decl);
    return decl;
}

/* The parameters that a built-in function must have, as those of a lambda and arguments of a call
 * in it. False if one is no value: a shape, an axis, a list. */
static bool add_builtin_params(struct checker *cx, const struct builtin *builtin,
                               struct ast_expr *lambda, struct ast_expr *call)
{
    for (const char *begin = builtin->params; *begin;) {
        size_t len = strcspn(begin, " ");
        if (begin[len - 1] == '?')
            break;
        if (*begin == '.' || *begin == '*')
            return false;
        name word = name_of_text(cx->names, arena_strndup(cx->arena, begin, len));
        struct ast_expr *value = ARENA_NEW(cx->arena, struct ast_expr);
        *value = (struct ast_expr){.kind = AST_NAME, .loc = lambda->loc, .name = word};
        vec_push(cx->arena, &call->args, ((struct ast_arg){.loc = lambda->loc, .expr = value}));
        vec_push(cx->arena, &lambda->params,
                 ((struct ast_param){.loc = lambda->loc, .name = word}));
        begin += len + (begin[len] == ' ');
    }
    return lambda->params.len > 0;
}

/* A built-in function as a value is a lambda that calls it. NULL if there is none. */
static struct decl *builtin_decl(struct checker *cx, const struct builtin *builtin, struct loc loc)
{
    struct decl *known = map_get(&cx->lambda_decls, (uintptr_t)builtin);
    if (known)
        return known;
    struct ast_expr *lambda = ARENA_NEW(cx->arena, struct ast_expr);
    struct ast_expr *call = ARENA_NEW(cx->arena, struct ast_expr);
    struct ast_expr *callee = ARENA_NEW(cx->arena, struct ast_expr);
    *lambda = (struct ast_expr){.kind = AST_LAMBDA, .loc = loc, .left = call};
    *call = (struct ast_expr){.kind = AST_CALL, .loc = loc, .left = callee};
    *callee = (struct ast_expr){
        .kind = AST_NAME, .loc = loc, .name = name_of_text(cx->names, builtin->name)};
    if (!add_builtin_params(cx, builtin, lambda, call))
        return NULL;
    struct decl *decl = lambda_decl(cx, lambda, callee->name);
    decl->captures.len = 0;
    map_set(&cx->lambda_decls, (uintptr_t)builtin, decl);
    return decl;
}

/* ---- values ---------------------------------------------------------------------------------- */

static struct operand unit_operand(struct checker *cx, struct loc loc, const struct ty *ty)
{
    return op_value(loc, tx_new(cx, TX_MAKE, loc, cx->types.unit), ty);
}

static struct operand function_operand(struct checker *cx, struct loc loc, const struct ty *ty,
                                       struct operand *captured)
{
    struct operand function = {.ty = ty, .parts = captured, .loc = loc};
    if (!ty) {
        sema_error(cx, AB0313, loc,
                   "this captures more than %d parts, or functions nested more than %d deep",
                   TYPE_MAX_LEAVES, TYPE_MAX_DEPTH);
        return op_error(cx, loc);
    }
    if (!ty_capture_count(ty))
        return unit_operand(cx, loc, ty);
    if (!settle_operand(cx, &function))
        return op_error(cx, loc);
    function.parts = NULL;
    return function;
}

static bool refuse_in_constant(struct checker *cx, struct loc loc)
{
    if (cx->pass->in_constant)
        sema_error(cx, AB0210, loc, "a function is not a constant");
    return cx->pass->in_constant;
}

struct operand use_function(struct checker *cx, struct decl *decl, struct loc loc)
{
    if (refuse_in_constant(cx, loc))
        return op_error(cx, loc);
    decl->is_used |= cx->pass->is_final && cx->pass->inst->is_reached;
    return function_operand(cx, loc, ty_function(&cx->types, decl->ast, NULL, 0, NULL), NULL);
}

struct operand use_builtin(struct checker *cx, const struct builtin *builtin, struct loc loc)
{
    if (refuse_in_constant(cx, loc))
        return op_error(cx, loc);
    struct decl *decl = builtin_decl(cx, builtin, loc);
    if (decl)
        return use_function(cx, decl, loc);
    struct diag *diag = sema_error(cx, AB0204, loc, "`%s` is no function of values alone",
                                   builtin->name);
    sema_help(cx, diag, "write a lambda that calls it: `|x| %s(..)`", builtin->name);
    return op_error(cx, loc);
}

/* What is captured of a name: integers known at compile time and shared arrays are known by their
 * types, other values are copied. */
static struct operand capture_operand(struct checker *cx, const struct capture *capture)
{
    struct local *local = map_get(&cx->pass->locals, (uintptr_t)capture->name);
    if (!local) /* its declaration was wrong */
        return op_error(cx, capture->loc);
    struct operand value = use_local(cx, local, capture->loc);
    const struct constant *constant = value.constant;
    if (local->named)
        return unit_operand(cx, capture->loc, local->named);
    if (value.ty->kind == TY_META)
        return unit_operand(cx, capture->loc, value.ty);
    if (ty_is_weak(value.ty) && ty_is_scalar(value.ty) && constant
        && constant->kind == CONSTANT_INT
        && int_fits(constant->integer, DT_I64))
        return unit_operand(cx, capture->loc,
                            ty_number(&cx->types, (int64_t)constant->integer));
    if (!ty_is_unsure(value.ty) && ty_has_extents(value.ty)) {
        struct diag *diag = sema_error(cx, AB0325, capture->loc,
                                       "`%s` has an extent known at run time only: a lambda cannot "
                                       "capture it", capture->name);
        sema_help(cx, diag, "capture the shared array, and name the value inside of the lambda");
        return op_error(cx, capture->loc);
    }
    value.parts = NULL;
    value.constant = NULL;
    return value;
}

/* Annotated parameters; NULL without any, the error type if one is wrong. */
static const struct ty *lambda_annotation(struct checker *cx, const struct ast_expr *expr)
{
    uint32_t count = expr->params.len;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, count + 1);
    const struct ty *bad = NULL;
    bool is_annotated = false;
    for (uint32_t i = 0; i < count; i++) {
        const struct ast_type *type = expr->params.at[i].type;
        parts[i] = type ? resolve_type(cx, type) : cx->types.open;
        is_annotated |= type != NULL;
        if (ty_is_unsure(parts[i]))
            bad = parts[i];
    }
    parts[count] = cx->types.open;
    if (bad || !is_annotated)
        return bad;
    return ty_fn_type(&cx->types, parts, count + 1);
}

struct operand check_lambda(struct checker *cx, const struct ast_expr *expr)
{
    if (refuse_in_constant(cx, expr->loc))
        return op_error(cx, expr->loc);
    struct decl *decl = lambda_decl(cx, expr, NULL);
    uint32_t count = decl->captures.len;
    struct operand *captured = ARENA_ARRAY(cx->memory, struct operand, count);
    const struct ty **types = ARENA_ARRAY(cx->memory, const struct ty *, count);
    for (uint32_t i = 0; i < count; i++) {
        captured[i] = capture_operand(cx, &decl->captures.at[i]);
        types[i] = captured[i].ty;
    }
    const struct ty *annotation = lambda_annotation(cx, expr);
    const struct ty *bad = spoiled(captured, count);
    if (!bad && annotation && ty_is_unsure(annotation))
        bad = annotation;
    if (bad)
        return (struct operand){.ty = bad, .loc = expr->loc};
    const struct ty *ty = ty_function(&cx->types, decl->ast, types, count, annotation);
    if (ty && cx->pass->is_final)
        vec_push(cx->arena, &cx->lambdas, ty);
    return function_operand(cx, expr->loc, ty, captured);
}

/* ---- annotations ----------------------------------------------------------------------------- */

/* Of two annotations of one parameter or result: the one that says something. NULL if both do, and
 * not the same. */
static const struct ty *both(const struct ty *one, const struct ty *other)
{
    if (one == other || other->kind == TY_OPEN)
        return one;
    return one->kind == TY_OPEN ? other : NULL;
}

static const struct ty *join_annotations(struct checker *cx, const struct ty *old,
                                         const struct ty *wanted)
{
    if (!old)
        return wanted;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, wanted->parts.len);
    for (uint32_t i = 0; i < wanted->parts.len; i++)
        if (!(parts[i] = both(old->parts.at[i], wanted->parts.at[i])))
            return NULL;
    return ty_fn_type(&cx->types, parts, wanted->parts.len);
}

static bool has_inout(const struct ast_decl *ast)
{
    for (uint32_t i = 0; i < ast->params.len; i++)
        if (ast->params.at[i].mode != AST_PARAM_VALUE)
            return true;
    return false;
}

struct operand annotate_function(struct checker *cx, struct operand operand, const struct ty *to,
                                 const struct expectation *who)
{
    const struct ty *annotation = NULL;
    uint32_t count = to->parts.len - 1;
    const struct ast_decl *ast = operand.ty->decl;
    const char *why = NULL;
    if (!ty_is_function(operand.ty)) {
        why = "";
    } else if (ast->params.len != count) {
        why = arena_printf(cx->memory, ", which takes %u argument%s", ast->params.len,
                           ast->params.len == 1 ? "" : "s");
    } else if (has_inout(ast)) {
        why = ", which has parameters that are no plain values";
    } else {
        annotation = join_annotations(cx, ty_annotation(operand.ty), to);
        why = annotation ? NULL : ", whose types are others";
    }
    if (!why) {
        operand.ty = ty_annotated(&cx->types, operand.ty, annotation);
        return operand;
    }
    struct diag *diag = sema_error(cx, AB0515, operand.loc, "%s takes %s, not %s%s",
                                   who ? who->what : "this", text_of(cx, to),
                                   text_of(cx, operand.ty), why);
    if (who && who->loc.file)
        sema_note(cx, diag, who->loc, "%s is declared here", who->what);
    return op_error(cx, operand.loc);
}

/* ---- in the instance ------------------------------------------------------------------------- */

bool has_value(const struct ty *param)
{
    return param->kind != TY_SHARED && param->kind != TY_META && param->kind != TY_NUMBER
           && param->kind != TY_EXTENT;
}

/* It may be another one where the lambda is made by another instance. */
static const struct constant *named_number(struct checker *cx, int64_t value)
{
    struct constant *constant = constant_int(cx->memory, value);
    constant->is_named = true;
    return constant;
}

void declare_captures(struct checker *cx, const struct inst *inst)
{
    const struct decl *decl = inst->decl;
    struct instance *typed = cx->pass->typed;
    for (uint32_t i = 0; i < decl->captures.len; i++) {
        const struct capture *capture = &decl->captures.at[i];
        const struct ty *ty = inst->function->parts.at[i];
        struct local *local =
            declare_local(cx, LOCAL_CAPTURE, capture->name, capture->declared, ty);
        local->is_read = true; /* this is why it is captured */
        if (ty->kind == TY_SHARED) {
            local->named = ty;
            local->ty = ty->parts.at[0];
        } else if (ty->kind == TY_NUMBER || ty->kind == TY_EXTENT) {
            local->named = ty->kind == TY_EXTENT ? ty : NULL;
            local->ty = cx->types.scalars[DT_WEAK_INT];
        }
        if (ty->kind == TY_NUMBER)
            local->constant = named_number(cx, ty_number_of(ty));
        if (!has_value(ty))
            continue;
        local->var = declare_var(cx, capture->name, capture->loc, ty);
        typed->vars.at[local->var].is_param = true;
    }
}

void pass_captures(struct checker *cx, const struct user_call *call, struct typed_expr *typed)
{
    const struct ty *function = call->function.ty;
    for (uint32_t i = 0; i < call->decl->captures.len; i++) {
        if (!has_value(function->parts.at[i]))
            continue;
        struct typed_arg arg = {
            .value = tx_part(cx, call->function.loc, call->function.expr, i)};
        vec_push(cx->memory, &typed->call_args, arg);
    }
}
