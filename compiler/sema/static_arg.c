/* Arguments of functions over tensors that are known at compile time: axes, shapes, dtypes. */
#include "sema/builtin.h"

#include <string.h>

bool is_given(const struct builtin_call *call, uint32_t param)
{
    return param < call->count && call->asts[param] != NULL;
}

/* The name of a parameter, without its marks. */
static const char *param_text(struct checker *cx, const struct builtin_call *call, uint32_t param)
{
    const char *begin = call->builtin->params;
    for (uint32_t i = 0; i < param; i++)
        begin += strcspn(begin, " ") + 1;
    begin += strspn(begin, ".*");
    return arena_printf(cx->memory, "`%.*s` of %s", (int)strcspn(begin, "? "), begin, call->what);
}

static bool int_of(struct checker *cx, const struct builtin_call *call, uint32_t param,
                   const struct operand *operand, int64_t *value)
{
    const struct constant *constant = operand->constant;
    if (ty_is_unsure(operand->ty))
        return false;
    if (!constant || constant->kind != CONSTANT_INT || !ty_is_scalar(operand->ty)) {
        struct diag *diag = sema_error(cx, AB0210, operand->loc,
                                       "%s must be an integer known at compile time",
                                       param_text(cx, call, param));
        if (ty_is_tensor(operand->ty) && !constant)
            sema_help(cx, diag, "shapes and axes are part of the types of a program");
        return false;
    }
    int128 most = INT64_MAX;
    if (constant->integer > most || constant->integer < -most) {
        sema_error(cx, AB0306, operand->loc, "%s is too large", param_text(cx, call, param));
        return false;
    }
    *value = (int64_t)constant->integer;
    return true;
}

bool static_int(struct checker *cx, const struct builtin_call *call, uint32_t param,
                int64_t *value)
{
    struct operand operand = check_expr(cx, call->asts[param], NULL);
    return int_of(cx, call, param, &operand, value);
}

bool static_bool(struct checker *cx, const struct builtin_call *call, uint32_t param, bool *truth)
{
    if (!is_given(call, param))
        return true;
    struct operand operand = check_expr(cx, call->asts[param], NULL);
    if (ty_is_unsure(operand.ty))
        return false;
    if (!operand.constant || operand.constant->kind != CONSTANT_BOOL) {
        sema_error(cx, AB0210, operand.loc, "%s must be true or false, known at compile time",
                   param_text(cx, call, param));
        return false;
    }
    *truth = operand.constant->truth;
    return true;
}

static bool add_int(struct checker *cx, const struct builtin_call *call, uint32_t param,
                    const struct operand *operand, struct static_ints *ints)
{
    if (ints->len == SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, operand->loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return false;
    }
    return int_of(cx, call, param, operand, &ints->at[ints->len++]);
}

bool static_ints(struct checker *cx, const struct builtin_call *call, uint32_t param,
                 struct static_ints *ints)
{
    const struct ast_expr *ast = call->asts[param];
    *ints = (struct static_ints){.is_list = ast->kind == AST_LIST || ast->kind == AST_TUPLE};
    for (uint32_t i = 0; ints->is_list && i < ast->args.len; i++) {
        struct operand one = check_expr(cx, ast->args.at[i].expr, NULL);
        if (!add_int(cx, call, param, &one, ints))
            return false;
    }
    if (ints->is_list)
        return true;
    struct operand operand = check_expr(cx, ast, NULL);
    if (operand.ty->kind != TY_TUPLE)
        return add_int(cx, call, param, &operand, ints);
    ints->is_list = true;
    for (uint32_t i = 0; i < operand.ty->parts.len; i++) { /* x.shape */
        struct operand one = op_part(cx, operand, i, operand.loc);
        if (!add_int(cx, call, param, &one, ints))
            return false;
    }
    return true;
}

/* ---- axes ------------------------------------------------------------------------------------ */

static bool axis_of(struct checker *cx, const struct builtin_call *call, uint32_t param, int rank,
                    int64_t *axis)
{
    if (*axis >= -rank && *axis < rank) {
        *axis += *axis < 0 ? rank : 0;
        return true;
    }
    struct diag *diag = sema_error(cx, AB0324, call->asts[param]->loc,
                                   "%s: there is no axis %lld", param_text(cx, call, param),
                                   (long long)*axis);
    if (rank)
        sema_help(cx, diag, "of %d ax%s valid are %d to %d", rank, rank == 1 ? "is" : "es", -rank,
                  rank - 1);
    else
        sema_help(cx, diag, "a scalar has no axes");
    return false;
}

bool static_axis(struct checker *cx, const struct builtin_call *call, uint32_t param, int rank,
                 uint8_t *axis)
{
    int64_t value = 0;
    if (!static_int(cx, call, param, &value) || !axis_of(cx, call, param, rank, &value))
        return false;
    *axis = (uint8_t)value;
    return true;
}

bool static_axes(struct checker *cx, const struct builtin_call *call, uint32_t param, int rank,
                 struct static_ints *axes)
{
    if (!static_ints(cx, call, param, axes))
        return false;
    for (uint8_t i = 0; i < axes->len; i++) {
        if (!axis_of(cx, call, param, rank, &axes->at[i]))
            return false;
        for (uint8_t k = 0; k < i; k++)
            if (axes->at[k] == axes->at[i]) {
                sema_error(cx, AB0324, call->asts[param]->loc, "%s: axis %lld stands there twice",
                           param_text(cx, call, param), (long long)axes->at[i]);
                return false;
            }
    }
    return true;
}

/* ---- shapes and dtypes ----------------------------------------------------------------------- */

bool static_shape(struct checker *cx, const struct builtin_call *call, uint32_t param,
                  struct shape *shape)
{
    struct static_ints ints;
    if (!static_ints(cx, call, param, &ints))
        return false;
    shape->rank = ints.len;
    for (uint8_t i = 0; i < ints.len; i++) {
        if (ints.at[i] < 0 || ints.at[i] > TYPE_MAX_ELEMENTS) {
            sema_error(cx, AB0323, call->asts[param]->loc, "%lld is no extent: 0 to %d are",
                       (long long)ints.at[i], TYPE_MAX_ELEMENTS);
            return false;
        }
        shape->dim[i] = ints.at[i];
    }
    return !ty_is_unsure(tensor_type(cx, call->loc, DT_BOOL, shape));
}

bool static_dtype(struct checker *cx, const struct builtin_call *call, uint32_t param,
                  enum dtype none, enum dtype *dtype)
{
    *dtype = none;
    if (!is_given(call, param))
        return true;
    const struct ast_expr *ast = call->asts[param];
    if (ast->kind == AST_INT && param > 0 && call->asts[0]) { /* zeros(2, 3) */
        struct diag *diag = sema_error(cx, AB0509, ast->loc,
                                       "%s is a dtype, not a number", param_text(cx, call, param));
        sema_help(cx, diag, "several extents are written as a list: `[2, 3]`");
        return false;
    }
    int given = dtype_argument(cx, ast);
    if (given >= 0)
        *dtype = (enum dtype)given;
    return given >= 0;
}
