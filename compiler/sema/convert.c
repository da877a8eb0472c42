/* Implicit conversions (L11), casts (L12), and the moment a weak value meets a type (L9). */
#include "sema/tensor.h"

bool converts(const struct ty *from, const struct ty *to)
{
    if (from == to || to->kind == TY_OPEN || ty_is_unsure(from) || ty_is_unsure(to))
        return true;
    if (ty_is_tensor(from) && ty_is_tensor(to))
        return shape_equal(ty_shape(from), ty_shape(to))
               && dtype_converts(ty_dtype(from), ty_dtype(to));
    if (to->kind == TY_FN_TYPE)
        return ty_is_function(from) && from->decl->params.len + 1 == to->parts.len;
    if (!ty_is_compound(to) || from->kind != to->kind || from->decl != to->decl
        || from->parts.len != to->parts.len)
        return false;
    for (uint32_t i = 0; i < from->parts.len; i++) {
        const struct ty *part = to->parts.at[i];
        bool must_equal = to->kind == TY_STRUCT && part->kind != TY_OPEN && !ty_is_open(part);
        if (must_equal ? from->parts.at[i] != part : !converts(from->parts.at[i], part))
            return false;
    }
    return true;
}

/* `to` with its open parts filled in from a type that converts to it. */
static const struct ty *closed(struct checker *cx, const struct ty *from, const struct ty *to)
{
    if (to->kind == TY_OPEN)
        return ty_settled(&cx->types, from);
    if (to->kind == TY_FN_TYPE)
        return ty_annotated(&cx->types, from, to);
    if (!ty_is_open(to))
        return to;
    const struct ty **parts = ARENA_ARRAY(cx->memory, const struct ty *, to->parts.len);
    for (uint32_t i = 0; i < to->parts.len; i++)
        parts[i] = closed(cx, from->parts.at[i], to->parts.at[i]);
    return ty_of_parts(&cx->types, to, parts);
}

/* ---- constants ------------------------------------------------------------------------------- */

static void report_range(struct checker *cx, struct loc loc, int128 value, enum dtype to)
{
    struct diag *diag = sema_error(cx, AB0304, loc, "%s does not fit %s, which holds %lld to %llu",
                                   constant_spelling(cx->memory, constant_int(cx->memory, value)),
                                   dtype_table[dtype_settled(to)].name,
                                   (long long)dtype_min(to), (unsigned long long)dtype_max(to));
    const char *type_name = dtype_table[to].name;
    if (value < 0 && dtype_table[to].cls == CLASS_UINT && int_fits(-1 - value, to)) {
        const char *rest = constant_spelling(cx->memory, constant_int(cx->memory, -1 - value));
        sema_edit(cx, diag, loc, "the same bits, without a sign", "~%s(%s)", type_name, rest);
    }
}

/* The bits of a constant in a sized dtype. False after a message: an integer that does not fit. */
static bool place_scalar(struct checker *cx, struct loc loc, const struct constant *constant,
                         enum dtype held, union scalar *scalar)
{
    if (constant->kind == CONSTANT_INT && !int_fits(constant->integer, held)) {
        report_range(cx, loc, constant->integer, held);
        return false;
    }
    bool same_class = constant->kind == CONSTANT_INT     ? dtype_is_integer(held)
                      : constant->kind == CONSTANT_FLOAT ? held == DT_F64
                                                         : held == DT_BOOL;
    enum dtype from = constant->kind == CONSTANT_INT     ? DT_WEAK_INT
                      : constant->kind == CONSTANT_FLOAT ? DT_WEAK_FLOAT
                                                         : DT_BOOL;
    if (!same_class)
        constant = constant_cast(cx->memory, constant, from, held);
    *scalar = constant_scalar(constant, held);
    return true;
}

struct typed_expr *place_constant(struct checker *cx, struct loc loc,
                                  const struct constant *constant, enum dtype to)
{
    enum dtype held = dtype_settled(to);
    union scalar scalar;
    return place_scalar(cx, loc, constant, held, &scalar) ? tx_const(cx, loc, held, scalar) : NULL;
}

/* All elements must fit. What a `const` has is placed once for all of its uses. */
static const union scalar *placed_elements(struct checker *cx, struct loc loc,
                                           const struct constant *constant, enum dtype held)
{
    struct placed_elements *placed = constant->placed;
    if (placed && placed->elements && placed->dtype == held)
        return placed->elements;
    union scalar *elements =
        ARENA_ARRAY(placed ? cx->arena : cx->memory, union scalar, constant->len);
    for (uint32_t i = 0; i < constant->len; i++)
        if (!place_scalar(cx, loc, constant->parts[i], held, &elements[i]))
            return NULL;
    if (placed)
        *placed = (struct placed_elements){elements, held};
    return elements;
}

/* A constant tensor. */
static struct typed_expr *place_elements(struct checker *cx, struct loc loc,
                                         const struct constant *constant, const struct ty *to)
{
    enum dtype held = dtype_settled(ty_dtype(to));
    if (constant->kind != CONSTANT_PARTS) {
        struct typed_expr *one = place_constant(cx, loc, constant, held);
        return one ? tx_broadcast(cx, one, ty_shape(to)) : NULL;
    }
    struct typed_expr *expr = tx_new(cx, TX_CONST, loc, ty_settled(&cx->types, to));
    expr->elements = placed_elements(cx, loc, constant, held);
    return expr->elements ? expr : NULL;
}

static struct typed_expr *settle_parts(struct checker *cx, struct operand *operand)
{
    const struct ty *ty = ty_settled(&cx->types, operand->ty);
    struct typed_expr *expr = tx_new(cx, TX_MAKE, operand->loc, ty);
    for (uint32_t i = 0; i < ty->parts.len; i++) {
        struct typed_expr *part = settle_operand(cx, &operand->parts[i]);
        if (!part)
            return NULL;
        vec_push(cx->memory, &expr->args, part);
    }
    return expr;
}

struct typed_expr *settle_operand(struct checker *cx, struct operand *operand)
{
    if (operand->expr)
        return operand->expr;
    if (operand->parts)
        operand->expr = settle_parts(cx, operand);
    else if (operand->constant && ty_is_tensor(operand->ty))
        operand->expr = place_elements(cx, operand->loc, operand->constant, operand->ty);
    return operand->expr;
}

/* ---- implicit conversion --------------------------------------------------------------------- */

/* Whole values are never broadcast by themselves (L11). */
static void report_broadcast(struct checker *cx, struct diag *diag, const struct operand *operand,
                             const struct ty *to)
{
    struct shape joined;
    if (!diag)
        return;
    if (shapes_broadcast(ty_shape(to), ty_shape(operand->ty), &joined)
        && shape_equal(&joined, ty_shape(to)) && !ty_has_extents(to))
        sema_edit(cx, diag, operand->loc, "broadcast it", "broadcast_to(%s, %s)",
                  source_text(cx, operand->loc), shape_text(cx, ty_shape(to)));
    else
        sema_help(cx, diag, "the shapes must be equal");
}

static void report_mismatch(struct checker *cx, const struct operand *operand, const struct ty *to,
                            const struct expectation *who)
{
    struct diag *diag = sema_error(cx, AB0301, operand->loc, "%s takes %s, not %s", who->what,
                                   text_of(cx, to), text_of(cx, operand->ty));
    if (who->loc.file && diag)
        sema_note(cx, diag, who->loc, "%s is declared here", who->what);
    if (operand->ty->kind == TY_TUPLE && !operand->ty->parts.len)
        sema_help(cx, diag, "() is what a function without `return` gives");
    if (!ty_is_tensor(to) || !ty_is_tensor(operand->ty))
        return;
    if (!shape_equal(ty_shape(to), ty_shape(operand->ty)))
        report_broadcast(cx, diag, operand, to);
    else if (who->began_weak && dtype_is_integer(ty_dtype(to))
             && dtype_is_float(ty_dtype(operand->ty)))
        sema_help(cx, diag, "it began as an integer: begin with a float, like 0.0, to make it one");
    else
        sema_edit(cx, diag, operand->loc, "convert it", "%s(%s)", dtype_table[ty_dtype(to)].name,
                  source_text(cx, operand->loc));
}

static struct operand convert_tensor(struct checker *cx, struct operand operand,
                                     const struct ty *to)
{
    enum dtype from = ty_dtype(operand.ty), dtype = ty_dtype(to);
    struct operand result = {.ty = to, .loc = operand.loc};
    if (operand.constant && dtype_is_weak(from)) {
        if (!dtype_is_weak(dtype)) {
            result.expr = place_elements(cx, operand.loc, operand.constant, to);
            if (!result.expr)
                return result;
        }
    } else {
        result.expr = tx_cast(cx, operand.expr, to);
    }
    if (operand.constant)
        result.constant = constant_cast(cx->memory, operand.constant, from, dtype);
    return result;
}

static struct operand convert_parts(struct checker *cx, struct operand operand, const struct ty *to,
                                    const struct expectation *who)
{
    const struct ty **types = ARENA_ARRAY(cx->memory, const struct ty *, to->parts.len);
    struct operand result = {.loc = operand.loc};
    result.parts = ARENA_ARRAY(cx->memory, struct operand, to->parts.len);
    for (uint32_t i = 0; i < to->parts.len; i++) {
        result.parts[i] = convert_operand(cx, operand.parts[i], to->parts.at[i], who);
        types[i] = result.parts[i].ty;
    }
    result.ty = ty_of_parts(&cx->types, to, types);
    return result;
}

/* Never fits any type: an `if` that does not come back may stand for a value. */
static struct operand convert_never(struct checker *cx, struct operand operand, const struct ty *to)
{
    struct operand result = {.ty = to, .loc = operand.loc};
    if (operand.expr) {
        result.expr = ARENA_NEW(cx->memory, struct typed_expr);
        *result.expr = *operand.expr;
        result.expr->ty = ty_settled(&cx->types, to);
    }
    return result;
}

struct operand convert_operand(struct checker *cx, struct operand operand, const struct ty *to,
                               const struct expectation *who)
{
    const struct ty *from = operand.ty;
    if (from == to || ty_is_unsure(to))
        return operand;
    if (to->kind == TY_OPEN && refuse_name(cx, &operand, NAME_FIELD))
        return op_error(cx, operand.loc);
    if (to->kind == TY_OPEN)
        return convert_operand(cx, operand, ty_settled(&cx->types, from), who);
    if (from->kind == TY_NEVER || ty_is_unsure(from)) {
        if (ty_is_open(to))
            return operand;
        return convert_never(cx, operand, to);
    }
    if (to->kind == TY_FN_TYPE)
        return annotate_function(cx, operand, to, who);
    bool same_form = ty_is_compound(to) && from->kind == to->kind && from->decl == to->decl
                     && from->parts.len == to->parts.len;
    if (operand.parts && same_form)
        return convert_parts(cx, operand, to, who);
    if (!converts(from, to)) {
        report_mismatch(cx, &operand, to, who);
        return (struct operand){.ty = ty_is_open(to) ? cx->types.error : to, .loc = operand.loc};
    }
    to = closed(cx, from, to);
    if (ty_is_tensor(to))
        return convert_tensor(cx, operand, to);
    struct operand result = {.ty = to, .loc = operand.loc};
    result.expr = tx_cast(cx, settle_operand(cx, &operand), to);
    return result;
}

/* ---- casts ----------------------------------------------------------------------------------- */

struct operand cast_to(struct checker *cx, struct operand operand, enum dtype dtype, struct loc loc)
{
    if (operand.ty->kind == TY_NEVER) {
        operand.loc = loc;
        return operand;
    }
    if (ty_is_unsure(operand.ty))
        return (struct operand){.ty = operand.ty, .loc = loc};
    if (!ty_is_tensor(operand.ty)) {
        sema_error(cx, AB0302, operand.loc,
                   "%s cannot be converted to %s: only scalars and tensors can", text_of(cx, operand.ty), dtype_table[dtype].name);
        return op_error(cx, loc);
    }
    const struct ty *to = ty_with_dtype(&cx->types, operand.ty, dtype);
    enum dtype from = ty_dtype(operand.ty);
    struct operand result = {.ty = to, .loc = loc};
    if (operand.constant)
        result.constant = constant_cast(cx->memory, operand.constant, from, dtype);
    if (operand.constant && dtype_is_weak(from))
        result.expr = place_elements(cx, loc, result.constant, to);
    else
        result.expr = tx_cast(cx, operand.expr, to);
    return result;
}
