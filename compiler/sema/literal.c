/* `[a, b]`: a tensor of its elements stacked, in their common dtype (L8, L40). */
#include "sema/tensor.h"

static void report_element(struct checker *cx, const struct operand *element)
{
    struct diag *diag = sema_error(cx, AB0302, element->loc, "%s cannot be an element of a tensor",
                                   text_of(cx, element->ty));
    if (element->ty->kind == TY_STRUCT)
        sema_help(cx, diag, "elements are scalars: make a struct of tensors, one for each field");
}

struct operand check_list(struct checker *cx, const struct ast_expr *expr)
{
    uint32_t count = expr->args.len;
    struct operand *elements = ARENA_ARRAY(cx->memory, struct operand, count);
    for (uint32_t i = 0; i < count; i++)
        elements[i] = check_expr(cx, expr->args.at[i].expr, NULL);
    const struct ty *bad = spoiled(elements, count);
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, expr->loc, elements, count);
    if (bad)
        return (struct operand){.ty = bad, .loc = expr->loc};
    for (uint32_t i = 0; i < count; i++)
        if (!ty_is_tensor(elements[i].ty)) {
            report_element(cx, &elements[i]);
            return op_error(cx, expr->loc);
        } else if (!have_static_extents(cx, "a tensor", &elements[i])) {
            return op_error(cx, expr->loc);
        }
    return stack_operands(cx, expr->loc, "a tensor", elements, count);
}
