/* Calls of functions that need no declaration, and casts. */
#include "sema/check.h"

#include <string.h>

/* ---- casts ----------------------------------------------------------------------------------- */

static bool is_compiled(enum dtype dtype)
{
    return dtype != DT_F16 && dtype_table[dtype].cls != CLASS_COMPLEX;
}

static struct operand cast_operand(struct checker *cx, struct operand operand, enum dtype dtype,
                                   struct loc loc)
{
    if (!is_compiled(dtype)) {
        sema_not_yet(cx, loc, arena_printf(cx->memory, "the type %s", dtype_table[dtype].name));
        return op_error(cx, loc);
    }
    return cast_to(cx, operand, dtype, loc);
}

/* A dtype as an argument: `f32`, `x.dtype`. -1 after an error. */
static int dtype_argument(struct checker *cx, const struct ast_expr *expr)
{
    struct operand operand = check_expr(cx, expr, NULL);
    if (operand.ty->kind == TY_META)
        return (int)operand.ty->tensor.dtype;
    if (!ty_is_unsure(operand.ty))
        sema_error(cx, AB0509, expr->loc, "a dtype is needed here, like f32 or x.dtype");
    return -1;
}

static bool takes_one_argument(struct checker *cx, const struct ast_expr *call, const char *what)
{
    if (call->args.len == 1 && !call->args.at[0].name)
        return true;
    sema_error(cx, AB0502, call->loc, "%s takes one argument", what);
    return false;
}

struct operand check_cast_call(struct checker *cx, const struct ast_expr *expr, enum dtype dtype)
{
    const char *what = arena_printf(cx->memory, "a cast to %s", dtype_table[dtype].name);
    if (!takes_one_argument(cx, expr, what))
        return op_error(cx, expr->loc);
    return cast_operand(cx, check_expr(cx, expr->args.at[0].expr, NULL), dtype, expr->loc);
}

struct operand check_astype(struct checker *cx, const struct ast_expr *expr)
{
    struct operand operand = check_expr(cx, expr->left->left, NULL);
    if (!takes_one_argument(cx, expr, "`astype`"))
        return op_error(cx, expr->loc);
    int dtype = dtype_argument(cx, expr->args.at[0].expr);
    return dtype < 0 ? op_error(cx, expr->loc)
                     : cast_operand(cx, operand, (enum dtype)dtype, expr->loc);
}

/* ---- forms ----------------------------------------------------------------------------------- */

struct builtin_call {
    const struct ast_expr *expr;
    const struct builtin *builtin;
    const char *what;             /* "`sqrt`" */
    struct operand *args;         /* by parameter */
    const struct ast_expr **asts; /* the same */
};

static struct operand call_batch_index(struct checker *cx, const struct builtin_call *call)
{
    struct loc loc = call->expr->loc;
    if (cx->pass->in_constant) {
        sema_error(cx, AB0210, loc, "%s is not known at compile time", call->what);
        return op_error(cx, loc);
    }
    cx->pass->typed->uses_batch_index = true;
    const struct ty *ty = cx->types.scalars[DT_I64];
    return op_value(loc, tx_new(cx, TX_LANE_INDEX, loc, ty), ty);
}

/* minimum(maximum(x, lo), hi), all three in their common dtype. */
static struct operand call_clip(struct checker *cx, const struct builtin_call *call)
{
    struct operand *args = call->args;
    struct loc loc = call->expr->loc;
    const struct builtin *maximum = builtin_find("maximum"), *minimum = builtin_find("minimum");
    bool scalars = !spoiled(args, 3);
    enum dtype dtypes[3];
    for (uint32_t i = 0; i < 3 && scalars; i++) {
        scalars = ty_is_scalar(args[i].ty);
        dtypes[i] = ty_dtype(args[i].ty);
    }
    if (!scalars)
        return apply_rule(cx, loc, call->what, &maximum->rule, args, 3);
    const struct ty *common = cx->types.scalars[dtype_promote_all(dtypes, 3)];
    for (uint32_t i = 0; i < 3; i++)
        args[i] = convert_operand(cx, args[i], common, NULL);
    struct operand low = apply_rule(cx, loc, call->what, &maximum->rule, args, 2);
    return apply_rule(cx, loc, call->what, &minimum->rule, (struct operand[]){low, args[2]}, 2);
}

static struct operand call_where(struct checker *cx, const struct builtin_call *call)
{
    static const struct dtype_rule common = {OP_identity, RESULT_ARITHMETIC, BOOL_KEEP,
                                             OP_identity};
    struct operand *args = call->args;
    struct loc loc = call->expr->loc;
    const struct ty *bad = spoiled(args, 3);
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, loc, args, 3);
    if (!bad && !ty_is_bool(args[0].ty)) {
        sema_error(cx, AB0303, args[0].loc, "the condition of `where` needs a bool, not %s",
                   text_of(cx, args[0].ty));
        return op_error(cx, loc);
    }
    if (bad)
        return (struct operand){.ty = bad, .loc = loc};
    /* The rule finds the common type and the mistakes; its operand is only looked at. */
    struct operand both[] = {args[1], args[2]};
    struct operand looked = apply_rule(cx, loc, call->what, &common, both, 2);
    if (ty_is_unsure(looked.ty))
        return looked;
    struct typed_expr *exprs[] = {args[0].expr, settle_operand(cx, &both[0]),
                                  settle_operand(cx, &both[1])};
    struct operand result = {.ty = looked.ty, .loc = loc};
    if (exprs[0] && exprs[1] && exprs[2])
        result.expr = tx_op(cx, loc, OP_select, ty_dtype(looked.ty), exprs);
    return result;
}

static struct operand call_square(struct checker *cx, const struct builtin_call *call)
{
    struct operand x = call->args[0];
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    if (x.expr && !(x.constant && ty_is_weak(x.ty)) && !tx_is_simple(x.expr)
        && ty_is_scalar(x.ty))
        x.expr = tx_hold(cx, block, x.expr);
    struct operand result = apply_rule(cx, call->expr->loc, call->what, &call->builtin->rule,
                                       (struct operand[]){x, x}, 2);
    if (block->stmts.len && result.expr)
        result = op_value(result.loc, tx_block(cx, block, result.expr), result.ty);
    return result;
}

static struct operand call_form(struct checker *cx, const struct builtin_call *call)
{
    const struct builtin *builtin = call->builtin;
    struct loc loc = call->expr->loc;
    switch (builtin->form) {
    case BUILTIN_PLAIN:
        return apply_rule(cx, loc, call->what, &builtin->rule, call->args, builtin_arity(builtin));
    case BUILTIN_BATCH_INDEX:
        return call_batch_index(cx, call);
    case BUILTIN_CLIP:
        return call_clip(cx, call);
    case BUILTIN_POWER:
        return check_power(cx, loc, call->args[0], call->args[1],
                           is_number_literal(call->asts[1]));
    case BUILTIN_SQUARE:
        return call_square(cx, call);
    case BUILTIN_WHERE:
        return call_where(cx, call);
    case BUILTIN_CAST: /* its second argument is no value: see check_builtin_call */
        break;
    }
    return op_error(cx, loc);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static void param_names(struct checker *cx, const struct builtin *builtin,
                        struct param_view *params)
{
    const char *begin = builtin->params;
    for (uint32_t i = 0; *begin; i++) {
        size_t len = strcspn(begin, " ");
        params[i] = (struct param_view){.name = name_of(cx->names, begin, len)};
        begin += len + (begin[len] == ' ');
    }
}

/* Arguments in the order of the text; call->args gets them by parameter. */
static struct typed_block *check_args(struct checker *cx, struct builtin_call *call,
                                      const uint32_t *arg_of, uint32_t count)
{
    for (uint32_t arg = 0; arg < count; arg++)
        for (uint32_t i = 0; i < count; i++)
            if (arg_of[i] == arg) {
                call->asts[i] = call->expr->args.at[arg].expr;
                call->args[i] = check_expr(cx, call->asts[i], NULL);
            }
    return spoiled(call->args, count) ? NULL : hold_in_order(cx, call->args, arg_of, count);
}

/* max(t) of a tensor: a reduction, which the scalar of the same name is often meant as. */
static bool refuse_reduction(struct checker *cx, const struct ast_expr *expr,
                             const struct builtin *builtin)
{
    if (expr->args.len != 1 || (strcmp(builtin->name, "max") && strcmp(builtin->name, "min")))
        return false;
    struct diag *diag = sema_not_yet(
        cx, expr->loc, arena_printf(cx->memory, "`%s` over a tensor", builtin->name));
    sema_help(cx, diag, "of two scalars it is `%s(x, y)`", builtin->name);
    return true;
}

struct operand check_builtin_call(struct checker *cx, const struct ast_expr *expr,
                                  const struct builtin *builtin)
{
    uint32_t count = builtin_arity(builtin);
    struct param_view *params = ARENA_ARRAY(cx->memory, struct param_view, count);
    uint32_t *arg_of = ARENA_ARRAY(cx->memory, uint32_t, count);
    struct builtin_call call = {
        .expr = expr,
        .builtin = builtin,
        .what = arena_printf(cx->memory, "`%s`", builtin->name),
        .args = ARENA_ARRAY(cx->memory, struct operand, count),
        .asts = ARENA_ARRAY(cx->memory, const struct ast_expr *, count),
    };
    param_names(cx, builtin, params);
    if (refuse_reduction(cx, expr, builtin)
        || !bind_args(cx, expr, call.what, (struct loc){0, 0, 0}, params, count, arg_of))
        return op_error(cx, expr->loc);
    if (builtin->form == BUILTIN_CAST) {
        struct operand operand = check_expr(cx, expr->args.at[arg_of[0]].expr, NULL);
        int dtype = dtype_argument(cx, expr->args.at[arg_of[1]].expr);
        return dtype < 0 ? op_error(cx, expr->loc)
                         : cast_operand(cx, operand, (enum dtype)dtype, expr->loc);
    }
    struct typed_block *held = check_args(cx, &call, arg_of, count);
    struct operand result = call_form(cx, &call);
    if (held && result.expr && !ty_is_unsure(result.ty))
        result = op_value(expr->loc, tx_block(cx, held, result.expr), result.ty);
    return result;
}
