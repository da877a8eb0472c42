/* `x.sum(axis=0)`: functions over tensors that NumPy's arrays have as methods; x is the first
 * argument. */
#include "sema/builtin.h"

#include <string.h>

/* max and min as methods have an axis behind x, not a second operand. Sorted. */
static const struct {
    const char *method, *function;
} methods[] = {
    {"all", "all"},           {"any", "any"},         {"argmax", "argmax"},
    {"argmin", "argmin"},     {"clip", "clip"},       {"cumprod", "cumprod"},
    {"cumsum", "cumsum"},     {"diagonal", "diagonal"}, {"dot", "dot"},
    {"flatten", "flatten"},   {"max", "amax"},        {"mean", "mean"},
    {"min", "amin"},          {"prod", "prod"},       {"ptp", "ptp"},
    {"ravel", "ravel"},       {"repeat", "repeat"},   {"reshape", "reshape"},
    {"round", "round"},       {"squeeze", "squeeze"}, {"std", "std"},
    {"sum", "sum"},           {"swapaxes", "swapaxes"}, {"take", "take"},
    {"trace", "trace"},       {"transpose", "transpose"},
};

static const struct builtin *method_named(name word)
{
    for (uint32_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (!strcmp(methods[i].method, word))
            return builtin_find(methods[i].function);
    return NULL;
}

/* x.reshape(2, 3) and x.transpose(1, 0) take their numbers without a bracket. */
static void put_list(struct checker *cx, struct ast_expr *call)
{
    uint32_t count = 0;
    while (count + 1 < call->args.len && !call->args.at[count + 1].name)
        count++;
    if (count < 2)
        return;
    struct ast_expr *list = ARENA_NEW(cx->memory, struct ast_expr);
    list->kind = AST_TUPLE;
    list->loc = loc_join(call->args.at[1].loc, call->args.at[count].loc);
    for (uint32_t i = 1; i <= count; i++)
        vec_push(cx->memory, &list->args, call->args.at[i]);
    call->args.at[1] = (struct ast_arg){.loc = list->loc, .expr = list};
    for (uint32_t i = count + 1; i < call->args.len; i++)
        call->args.at[i - count + 1] = call->args.at[i];
    call->args.len -= count - 1;
}

bool check_method(struct checker *cx, const struct ast_expr *expr, struct operand *result)
{
    const struct builtin *builtin = method_named(expr->left->name);
    if (!builtin)
        return false;
    struct ast_expr *call = ARENA_NEW(cx->memory, struct ast_expr);
    struct ast_arg self = {.loc = expr->left->left->loc, .expr = expr->left->left};
    *call = *expr;
    call->args.at = NULL;
    call->args.len = call->args.cap = 0;
    vec_push(cx->memory, &call->args, self);
    for (uint32_t i = 0; i < expr->args.len; i++)
        vec_push(cx->memory, &call->args, expr->args.at[i]);
    if (builtin->form == BUILTIN_RESHAPE || builtin->form == BUILTIN_TRANSPOSE)
        put_list(cx, call);
    *result = check_builtin_call(cx, call, builtin);
    return true;
}
