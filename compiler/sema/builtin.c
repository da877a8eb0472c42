/* Calls of functions that need no declaration, and casts. */
#include "sema/builtin.h"

#include <string.h>

/* ---- casts ----------------------------------------------------------------------------------- */

static bool is_compiled(enum dtype dtype)
{
    return dtype != DT_F16 && dtype_table[dtype].cls != CLASS_COMPLEX;
}

struct operand cast_operand(struct checker *cx, struct operand operand, enum dtype dtype,
                            struct loc loc)
{
    if (!is_compiled(dtype)) {
        sema_not_yet(cx, loc, arena_printf(cx->memory, "the type %s", dtype_table[dtype].name));
        return op_error(cx, loc);
    }
    return cast_to(cx, operand, dtype, loc);
}

/* `f32`, `x.dtype` */
int dtype_argument(struct checker *cx, const struct ast_expr *expr)
{
    struct operand operand = check_expr(cx, expr, NULL);
    if (operand.ty->kind == TY_META && !is_compiled(operand.ty->tensor.dtype)) {
        sema_not_yet(cx, expr->loc,
                     arena_printf(cx->memory, "the type %s", text_of(cx, operand.ty)));
        return -1;
    }
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

/* ---- forms of elementwise functions ---------------------------------------------------------- */

struct operand call_builtin(struct checker *cx, struct loc loc, const char *called,
                            struct operand *args, uint32_t count)
{
    const char *what = arena_printf(cx->memory, "`%s`", called);
    return apply_rule(cx, loc, what, &builtin_find(called)->rule, args, count);
}

static struct operand call_plain(struct checker *cx, struct builtin_call *call)
{
    return apply_rule(cx, call->loc, call->what, &call->builtin->rule, call->args, call->count);
}

static struct operand call_batch_index(struct checker *cx, struct builtin_call *call)
{
    struct loc loc = call->loc;
    if (cx->pass->in_constant) {
        sema_error(cx, AB0210, loc, "%s is not known at compile time", call->what);
        return op_error(cx, loc);
    }
    cx->pass->typed->uses_batch_index = true;
    const struct ty *ty = cx->types.scalars[DT_I64];
    return op_value(loc, tx_new(cx, TX_LANE_INDEX, loc, ty), ty);
}

static struct operand call_cast(struct checker *cx, struct builtin_call *call)
{
    int dtype = dtype_argument(cx, call->asts[1]);
    return dtype < 0 ? op_error(cx, call->loc)
                     : cast_operand(cx, call->args[0], (enum dtype)dtype, call->loc);
}

/* minimum(maximum(x, lo), hi), in their common dtype; a bound may be left out. */
static struct operand call_clip(struct checker *cx, struct builtin_call *call)
{
    const struct dtype_rule *maximum = &builtin_find("maximum")->rule;
    const struct dtype_rule *minimum = &builtin_find("minimum")->rule;
    struct operand given[3];
    enum dtype dtypes[3];
    uint32_t count = 0;
    for (uint32_t i = 0; i < 3; i++)
        if (is_given(call, i))
            given[count++] = call->args[i];
    if (count == 1) {
        sema_error(cx, AB0502, call->loc, "%s needs `lo` or `hi`", call->what);
        return op_error(cx, call->loc);
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!ty_is_tensor(given[i].ty))
            return apply_rule(cx, call->loc, call->what, maximum, given, count);
        dtypes[i] = ty_dtype(given[i].ty);
    }
    for (uint32_t i = 0; i < count; i++)
        given[i] = cast_weakly(cx, given[i], dtype_promote_all(dtypes, count));
    struct operand x = given[0];
    if (is_given(call, 1))
        x = apply_rule(cx, call->loc, call->what, maximum, (struct operand[]){x, given[1]}, 2);
    if (is_given(call, 2))
        x = apply_rule(cx, call->loc, call->what, minimum,
                       (struct operand[]){x, given[count - 1]}, 2);
    return x;
}

/* A number counts as true if it is not 0. */
static struct operand call_logical(struct checker *cx, struct builtin_call *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        if (ty_is_tensor(call->args[i].ty))
            call->args[i] = truth_operand(cx, call->args[i]);
    return call_plain(cx, call);
}

static struct operand call_power(struct checker *cx, struct builtin_call *call)
{
    return check_power(cx, call->loc, call->args[0], call->args[1],
                       is_number_literal(call->asts[1]));
}

struct operand select_operand(struct checker *cx, struct loc loc, struct operand bools,
                              struct operand x, struct operand y)
{
    struct operand args[] = {bools, x, y};
    struct typed_expr *exprs[3];
    struct shape shape = {0}, joined;
    for (uint32_t i = 0; i < 3; i++) {
        shapes_broadcast(&shape, ty_shape(args[i].ty), &joined);
        shape = joined;
    }
    struct operand result = {.ty = ty_tensor(&cx->types, ty_dtype(x.ty), &shape), .loc = loc};
    for (uint32_t i = 0; i < 3; i++) {
        args[i] = broadcast_operand(cx, args[i], &shape);
        exprs[i] = settle_operand(cx, &args[i]);
        if (!exprs[i])
            return result;
    }
    result.expr = tx_op(cx, loc, OP_select, ty_dtype(x.ty), exprs);
    return result;
}

static struct operand call_where(struct checker *cx, struct builtin_call *call)
{
    static const struct dtype_rule common = {OP_identity, RESULT_ARITHMETIC, BOOL_KEEP,
                                             OP_identity};
    struct operand *args = call->args;
    struct loc loc = call->loc;
    struct shape shape;
    if (!ty_is_tensor(args[0].ty) || ty_dtype(args[0].ty) != DT_BOOL) {
        sema_error(cx, AB0303, args[0].loc, "the condition of `where` needs bools, not %s",
                   text_of(cx, args[0].ty));
        return op_error(cx, loc);
    }
    /* The rule finds the common type and the mistakes; its operand is only looked at. */
    struct operand both[] = {args[1], args[2]};
    struct operand looked = apply_rule(cx, loc, call->what, &common, both, 2);
    if (ty_is_unsure(looked.ty) || !common_shape(cx, loc, call->what, args, 3, &shape))
        return op_error(cx, loc);
    return select_operand(cx, loc, args[0], cast_weakly(cx, args[1], ty_dtype(looked.ty)),
                          cast_weakly(cx, args[2], ty_dtype(looked.ty)));
}

static struct operand call_square(struct checker *cx, struct builtin_call *call)
{
    struct operand x = call->args[0];
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    if (x.expr && !(x.constant && ty_is_weak(x.ty)) && !tx_is_simple(x.expr)
        && ty_is_tensor(x.ty) && !ty_has_extents(x.ty))
        x.expr = tx_hold(cx, block, x.expr);
    struct operand result = apply_rule(cx, call->loc, call->what, &call->builtin->rule,
                                       (struct operand[]){x, x}, 2);
    if (block->stmts.len && result.expr)
        result = op_value(result.loc, tx_block(cx, block, result.expr), result.ty);
    return result;
}

static builtin_fn *const forms[BUILTIN_FORM_COUNT] = {
    [BUILTIN_PLAIN] = call_plain,
    [BUILTIN_BATCH_INDEX] = call_batch_index,
    [BUILTIN_CAST] = call_cast,
    [BUILTIN_CLIP] = call_clip,
    [BUILTIN_POWER] = call_power,
    [BUILTIN_SQUARE] = call_square,
    [BUILTIN_LOGICAL] = call_logical,
    [BUILTIN_WHERE] = call_where,
    [BUILTIN_REDUCE] = call_reduce,
    [BUILTIN_TRUTH] = call_truth,
    [BUILTIN_EXTREME] = call_extreme,
    [BUILTIN_MEAN] = call_mean,
    [BUILTIN_VARIANCE] = call_variance,
    [BUILTIN_ARG_REDUCE] = call_arg_reduce,
    [BUILTIN_COUNT] = call_count,
    [BUILTIN_RANGE_OF] = call_range_of,
    [BUILTIN_CUMULATE] = call_cumulate,
    [BUILTIN_DIFF] = call_diff,
    [BUILTIN_ARRAY_EQUAL] = call_array_equal,
    [BUILTIN_CLOSE] = call_close,
    [BUILTIN_TRIANGLE] = call_triangle,
    [BUILTIN_DOT] = call_dot,
    [BUILTIN_MATMUL] = call_matmul,
    [BUILTIN_INNER] = call_inner,
    [BUILTIN_OUTER] = call_outer,
    [BUILTIN_VDOT] = call_vdot,
    [BUILTIN_TENSORDOT] = call_tensordot,
    [BUILTIN_TRACE] = call_trace,
    [BUILTIN_RESHAPE] = call_reshape,
    [BUILTIN_TRANSPOSE] = call_transpose,
    [BUILTIN_SWAPAXES] = call_swapaxes,
    [BUILTIN_MOVEAXIS] = call_moveaxis,
    [BUILTIN_EXPAND_DIMS] = call_expand_dims,
    [BUILTIN_SQUEEZE] = call_squeeze,
    [BUILTIN_RAVEL] = call_ravel,
    [BUILTIN_FLIP] = call_flip,
    [BUILTIN_ROLL] = call_roll,
    [BUILTIN_TILE] = call_tile,
    [BUILTIN_REPEAT] = call_repeat,
    [BUILTIN_BROADCAST_TO] = call_broadcast_to,
    [BUILTIN_DIAGONAL] = call_diagonal,
    [BUILTIN_DIAG] = call_diag,
    [BUILTIN_SLICE] = call_slice,
    [BUILTIN_TAKE] = call_take,
    [BUILTIN_STACK] = call_stack,
    [BUILTIN_CONCATENATE] = call_concatenate,
    [BUILTIN_HSTACK] = call_hstack,
    [BUILTIN_VSTACK] = call_vstack,
    [BUILTIN_FILLED] = call_filled,
    [BUILTIN_FULL] = call_full,
    [BUILTIN_FILLED_LIKE] = call_filled_like,
    [BUILTIN_FULL_LIKE] = call_full_like,
    [BUILTIN_ARANGE] = call_arange,
    [BUILTIN_LINSPACE] = call_linspace,
    [BUILTIN_EYE] = call_eye,
};

/* ---- arguments ------------------------------------------------------------------------------- */

enum param_kind { PARAM_VALUE, PARAM_STATIC, PARAM_LIST };

static void read_params(struct checker *cx, const struct builtin *builtin,
                        struct param_view *params, enum param_kind *kinds)
{
    const char *begin = builtin->params;
    for (uint32_t i = 0; *begin; i++) {
        kinds[i] = *begin == '.' ? PARAM_STATIC : *begin == '*' ? PARAM_LIST : PARAM_VALUE;
        begin += kinds[i] != PARAM_VALUE;
        size_t len = strcspn(begin, "? ");
        params[i] = (struct param_view){.name = name_of(cx->names, begin, len)};
        begin += len;
        params[i].has_default = *begin == '?';
        begin += params[i].has_default;
        begin += *begin == ' ';
    }
}

/* A list as written, or a tuple. */
static void check_list_arg(struct checker *cx, struct builtin_call *call,
                           const struct ast_expr *expr)
{
    if (expr->kind == AST_LIST || expr->kind == AST_TUPLE) {
        call->list_count = expr->args.len;
        call->list = ARENA_ARRAY(cx->memory, struct operand, expr->args.len);
        for (uint32_t i = 0; i < expr->args.len; i++)
            call->list[i] = check_expr(cx, expr->args.at[i].expr, NULL);
        return;
    }
    struct operand whole = check_expr(cx, expr, NULL);
    bool is_tuple = whole.ty->kind == TY_TUPLE && whole.expr && tx_is_simple(whole.expr);
    call->list_count = is_tuple ? whole.ty->parts.len : 1;
    call->list = ARENA_ARRAY(cx->memory, struct operand, call->list_count);
    call->list[0] = whole;
    for (uint32_t i = 0; is_tuple && i < call->list_count; i++)
        call->list[i] = op_part(cx, whole, i, expr->loc);
    if (is_tuple || ty_is_unsure(whole.ty))
        return;
    struct diag *diag = sema_error(cx, AB0302, expr->loc, "%s takes a list of tensors, not %s",
                                   call->what, text_of(cx, whole.ty));
    sema_help(cx, diag, "write it like this: `[a, b]`");
    call->list[0] = op_error(cx, expr->loc);
}

/* Arguments in the order of the text. What keywords have moved is held, in that order. */
static struct typed_block *check_args(struct checker *cx, struct builtin_call *call,
                                      const uint32_t *arg_of, const enum param_kind *kinds)
{
    uint32_t last = 0;
    bool moved = false;
    for (uint32_t arg = 0; arg < call->expr->args.len; arg++)
        for (uint32_t i = 0; i < call->count; i++) {
            if (arg_of[i] != arg)
                continue;
            call->asts[i] = call->expr->args.at[arg].expr;
            if (kinds[i] == PARAM_LIST)
                check_list_arg(cx, call, call->asts[i]);
            if (kinds[i] != PARAM_VALUE)
                continue;
            call->args[i] = check_expr(cx, call->asts[i], NULL);
            moved |= i < last;
            last = i;
        }
    return moved ? hold_in_order(cx, call->args, arg_of, call->count) : NULL;
}

/* Whether an argument is wrong, unknown, or does not come; then *result is what the call is. */
static bool is_spoiled(struct checker *cx, struct builtin_call *call, struct operand *result)
{
    struct operand *all = ARENA_ARRAY(cx->memory, struct operand, call->count + call->list_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < call->list_count; i++)
        all[count++] = call->list[i];
    for (uint32_t i = 0; i < call->count; i++)
        if (call->args[i].ty)
            all[count++] = call->args[i];
    const struct ty *bad = spoiled(all, count);
    if (!bad)
        return false;
    *result = bad->kind == TY_NEVER ? op_never_after(cx, call->loc, all, count)
                                    : (struct operand){.ty = bad, .loc = call->loc};
    return true;
}

/* All but elementwise functions and casts, which see to it themselves, take tensors only. */
static bool takes(struct checker *cx, const struct builtin_call *call)
{
    const struct ty *wrong = NULL;
    struct loc loc = call->loc;
    for (uint32_t i = 0; i < call->list_count + call->count && !wrong; i++) {
        const struct operand *arg =
            i < call->list_count ? &call->list[i] : &call->args[i - call->list_count];
        if (arg->ty && !ty_is_tensor(arg->ty)) {
            wrong = arg->ty;
            loc = arg->loc;
        }
    }
    if (wrong)
        sema_error(cx, AB0302, loc, "%s is not defined for %s", call->what, text_of(cx, wrong));
    return !wrong;
}

struct operand check_builtin_call(struct checker *cx, const struct ast_expr *expr,
                                  const struct builtin *builtin)
{
    uint32_t count = builtin_arity(builtin);
    struct param_view params[BUILTIN_MAX_PARAMS];
    enum param_kind kinds[BUILTIN_MAX_PARAMS];
    uint32_t arg_of[BUILTIN_MAX_PARAMS];
    struct operand result;
    struct builtin_call call = {
        .expr = expr,
        .builtin = builtin,
        .loc = expr->loc,
        .what = arena_printf(cx->memory, "`%s`", builtin->name),
        .count = count,
        .args = ARENA_ARRAY(cx->memory, struct operand, count),
        .asts = ARENA_ARRAY(cx->memory, const struct ast_expr *, count),
    };
    read_params(cx, builtin, params, kinds);
    if (!bind_args(cx, expr, call.what, (struct loc){0, 0, 0}, params, count, arg_of))
        return op_error(cx, expr->loc);
    struct typed_block *held = check_args(cx, &call, arg_of, kinds);
    if (is_spoiled(cx, &call, &result))
        return result;
    bool is_elementwise = builtin->form <= BUILTIN_WHERE;
    if (!is_elementwise && !takes(cx, &call))
        return op_error(cx, expr->loc);
    result = forms[builtin->form](cx, &call);
    result.loc = expr->loc;
    if (held && result.expr && !ty_is_unsure(result.ty))
        result = op_value(expr->loc, tx_block(cx, held, result.expr), result.ty);
    return result;
}
