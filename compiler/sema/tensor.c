/* Shapes: broadcasting, and the operands that are made by moving elements. */
#include "sema/tensor.h"

#include "base/text.h"

const char *shape_text(struct checker *cx, const struct shape *shape)
{
    struct text out = {0};
    text_put(&out, "[");
    for (int i = 0; i < shape->rank; i++) {
        int64_t number = -1 - shape->dim[i];
        text_put(&out, i ? ", " : "");
        if (number >= 0 && number < cx->types.extent_names.len)
            text_put(&out, cx->types.extent_names.at[number]);
        else
            text_printf(&out, "%lld", (long long)shape->dim[i]);
    }
    text_put(&out, "]");
    const char *chars = arena_strndup(cx->memory, out.chars, out.len);
    text_free(&out);
    return chars;
}

const struct ty *tensor_type(struct checker *cx, struct loc loc, enum dtype dtype,
                             const struct shape *shape)
{
    const struct ty *ty = ty_tensor(&cx->types, dtype, shape);
    if (ty)
        return ty;
    sema_error(cx, AB0323, loc, "a tensor of shape %s has more than %d elements",
               shape_text(cx, shape), TYPE_MAX_ELEMENTS);
    return cx->types.error;
}

bool constant_extent(struct checker *cx, const struct operand *extent, int64_t *value)
{
    const struct constant *constant = extent->constant;
    if (ty_is_unsure(extent->ty))
        return false;
    if (!constant || constant->kind != CONSTANT_INT) {
        sema_error(cx, AB0210, extent->loc, "an extent must be an integer known at compile time");
        return false;
    }
    if (constant->integer < 0 || constant->integer > TYPE_MAX_ELEMENTS) {
        sema_error(cx, AB0323, extent->loc, "%s is no extent: 0 to %d are",
                   constant_spelling(cx->memory, constant), TYPE_MAX_ELEMENTS);
        return false;
    }
    *value = (int64_t)constant->integer;
    return true;
}

/* ---- broadcasting ---------------------------------------------------------------------------- */

/* Which two extents do not fit. */
static void help_two(struct checker *cx, struct diag *diag, const struct shape *a,
                     const struct shape *b)
{
    for (int i = 1; i <= a->rank && i <= b->rank; i++) {
        int64_t one = a->dim[a->rank - i], other = b->dim[b->rank - i];
        if (one == other || one == 1 || other == 1)
            continue;
        sema_help(cx, diag, "axis %d has %lld and %lld elements: these are equal, or one is 1", -i,
                  (long long)one, (long long)other);
        return;
    }
}

static void report_shapes(struct checker *cx, struct loc loc, const char *what,
                          const struct operand *args, uint32_t count)
{
    const char *text = text_of(cx, args[0].ty);
    for (uint32_t i = 1; i < count; i++)
        text = arena_printf(cx->memory, "%s%s%s", text, i + 1 == count ? " and " : ", ",
                            text_of(cx, args[i].ty));
    struct diag *diag = sema_error(cx, AB0320, loc, "%s: the shapes of %s do not fit each other",
                                   what, text);
    for (uint32_t i = 0; i < count; i++)
        if (ty_has_extents(args[i].ty)) {
            sema_help(cx, diag, "an extent known at run time only fits itself and 1");
            return;
        }
    if (count == 2)
        help_two(cx, diag, ty_shape(args[0].ty), ty_shape(args[1].ty));
    else
        sema_help(cx, diag,
                  "extents are compared from the last one on: they are equal, or one is 1");
}

bool common_shape(struct checker *cx, struct loc loc, const char *what,
                  const struct operand *args, uint32_t count, struct shape *shape)
{
    *shape = (struct shape){0};
    for (uint32_t i = 0; i < count; i++) {
        struct shape joined;
        if (!shapes_broadcast(shape, ty_shape(args[i].ty), &joined)) {
            report_shapes(cx, loc, what, args, count);
            return false;
        }
        *shape = joined;
    }
    return tensor_type(cx, loc, DT_BOOL, shape)->kind != TY_ERROR;
}

struct operand broadcast_operand(struct checker *cx, struct operand operand,
                                 const struct shape *shape)
{
    const struct shape *from = ty_shape(operand.ty);
    if (shape_equal(from, shape))
        return operand;
    int lead = shape->rank - from->rank;
    struct strides all = row_major(from), strides = {0};
    for (int i = 0; i < from->rank; i++)
        strides.of[lead + i] = from->dim[i] == 1 ? 0 : all.of[i];
    struct operand result = {.ty = ty_tensor(&cx->types, ty_dtype(operand.ty), shape),
                             .loc = operand.loc};
    result.constant = constant_view(cx, operand.constant, shape, &strides);
    if (operand.expr || !result.constant) {
        struct typed_expr *expr = settle_operand(cx, &operand);
        result.expr = expr ? tx_broadcast(cx, expr, shape) : NULL;
    }
    return result;
}

bool have_static_extents(struct checker *cx, const char *what, const struct operand *x)
{
    if (!ty_has_extents(x->ty))
        return true;
    struct diag *diag = sema_error(cx, AB0325, x->loc,
                                   "%s takes no %s: its size is known at run time only", what,
                                   text_of(cx, x->ty));
    sema_help(cx, diag, "it can be indexed, sliced, transposed, used elementwise, reduced, "
                        "contracted or named by `let`");
    return false;
}

/* ---- index maps ------------------------------------------------------------------------------ */

struct strides row_major(const struct shape *shape)
{
    struct strides strides = {0};
    int64_t stride = 1;
    for (int i = shape->rank; i-- > 0;) {
        strides.of[i] = stride;
        stride *= shape->dim[i];
    }
    return strides;
}

const struct constant *constant_view(struct checker *cx, const struct constant *from,
                                     const struct shape *to, const struct strides *strides)
{
    if (!from || from->kind != CONSTANT_PARTS)
        return from;
    int64_t size = shape_size(to), at[SHAPE_MAX_RANK] = {0}, place = strides->offset;
    for (int axis = 0; axis < to->rank; axis++)
        if (to->dim[axis] < 0)
            return NULL;
    if (to->rank == 0)
        return from->parts[place];
    if (size > CONSTANT_MAX_ELEMENTS && size > from->len)
        return NULL;
    struct constant *constant = constant_parts(cx->memory, (uint32_t)size);
    constant->is_named = from->is_named;
    for (int64_t i = 0; i < size; i++) {
        constant->parts[i] = from->parts[place];
        for (int axis = to->rank; axis-- > 0;) {
            place += strides->of[axis];
            if (++at[axis] < to->dim[axis])
                break;
            place -= strides->of[axis] * to->dim[axis];
            at[axis] = 0;
        }
    }
    return constant;
}

struct operand mapped_operand(struct checker *cx, struct typed_expr *node, struct operand from,
                              const struct ty *ty, const struct constant *constant)
{
    struct operand result = {.ty = ty, .constant = constant, .loc = node->loc};
    if (constant && !from.expr)
        return result;
    struct typed_expr *arg = settle_operand(cx, &from);
    if (!arg)
        return result;
    vec_push(cx->memory, &node->args, arg);
    node->ty = ty_settled(&cx->types, ty);
    result.expr = node;
    return result;
}

struct operand reshape_operand(struct checker *cx, struct loc loc, struct operand x,
                               const struct shape *shape)
{
    x.loc = loc;
    if (shape_equal(shape, ty_shape(x.ty)))
        return x;
    const struct ty *ty = ty_tensor(&cx->types, ty_dtype(x.ty), shape);
    struct strides strides = row_major(shape);
    const struct constant *constant = constant_view(cx, x.constant, shape, &strides);
    return mapped_operand(cx, tx_new(cx, TX_RESHAPE, loc, ty), x, ty, constant);
}

struct operand transpose_operand(struct checker *cx, struct loc loc, struct operand x,
                                 const uint8_t *perm)
{
    const struct shape *from = ty_shape(x.ty);
    struct strides all = row_major(from), strides = {0};
    struct shape shape = {.rank = from->rank};
    struct typed_expr *node = tx_new(cx, TX_TRANSPOSE, loc, x.ty);
    bool moves = false;
    for (uint8_t i = 0; i < from->rank; i++) {
        node->perm[i] = perm[i];
        shape.dim[i] = from->dim[perm[i]];
        strides.of[i] = all.of[perm[i]];
        moves |= perm[i] != i;
    }
    x.loc = loc;
    if (!moves)
        return x;
    const struct ty *ty = ty_tensor(&cx->types, ty_dtype(x.ty), &shape);
    return mapped_operand(cx, node, x, ty, constant_view(cx, x.constant, &shape, &strides));
}

struct operand range_operand(struct checker *cx, struct loc loc, struct operand x, uint8_t axis,
                             int64_t first, int64_t step, int64_t count)
{
    struct shape shape = *ty_shape(x.ty);
    struct strides strides = row_major(&shape);
    struct typed_expr *node = tx_new(cx, TX_INDEX, loc, x.ty);
    for (uint8_t i = 0; i < shape.rank; i++) {
        struct typed_axis all = {TYPED_AXIS_RANGE, NULL, loc, 0, 1, shape.dim[i]};
        struct typed_axis one = {TYPED_AXIS_RANGE, NULL, loc, first, step, count};
        vec_push(cx->memory, &node->axes, i == axis ? one : all);
    }
    x.loc = loc;
    if (first == 0 && step == 1 && count == shape.dim[axis])
        return x;
    shape.dim[axis] = count;
    strides.offset = first * strides.of[axis];
    strides.of[axis] *= step;
    const struct ty *ty = ty_tensor(&cx->types, ty_dtype(x.ty), &shape);
    return mapped_operand(cx, node, x, ty, constant_view(cx, x.constant, &shape, &strides));
}

/* ---- operands made of several ---------------------------------------------------------------- */

struct operand number_operand(struct checker *cx, struct loc loc, int number)
{
    return op_weak(cx, loc, DT_WEAK_INT, constant_int(cx->memory, number));
}

struct operand cast_weakly(struct checker *cx, struct operand x, enum dtype dtype)
{
    return convert_operand(cx, x, ty_with_dtype(&cx->types, x.ty, dtype), NULL);
}

/* Converts all to their common dtype. */
static enum dtype promote_operands(struct checker *cx, struct operand *parts, uint32_t count)
{
    enum dtype *dtypes = ARENA_ARRAY(cx->memory, enum dtype, count);
    for (uint32_t i = 0; i < count; i++)
        dtypes[i] = ty_dtype(parts[i].ty);
    enum dtype common = dtype_promote_all(dtypes, count);
    for (uint32_t i = 0; i < count; i++)
        parts[i] = cast_weakly(cx, parts[i], common);
    return common;
}

static struct operand joined_operand(struct checker *cx, struct typed_expr *node,
                                     struct operand *parts, uint32_t count, const struct ty *ty,
                                     const struct constant *constant)
{
    struct operand result = {.ty = ty, .constant = constant, .loc = node->loc};
    if (constant && ty_is_weak(ty))
        return result;
    node->ty = ty_settled(&cx->types, ty);
    for (uint32_t i = 0; i < count; i++) {
        if (!settle_operand(cx, &parts[i]))
            return result;
        vec_push(cx->memory, &node->args, parts[i].expr);
    }
    result.expr = node;
    return result;
}

/* Elements of the parts one after another: right for stacks, and along the first axis. */
static const struct constant *joined_constant(struct checker *cx, const struct operand *parts,
                                              uint32_t count, const struct ty *ty)
{
    struct constant *constant;
    uint32_t len = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!parts[i].constant)
            return NULL;
    constant = constant_parts(cx->memory, (uint32_t)shape_size(ty_shape(ty)));
    for (uint32_t i = 0; i < count; i++) {
        int64_t size = shape_size(ty_shape(parts[i].ty));
        constant->is_named |= parts[i].constant->is_named;
        for (int64_t k = 0; k < size; k++)
            constant->parts[len++] = constant_element(parts[i].constant, k);
    }
    return constant;
}

static void report_parts(struct checker *cx, const struct operand *first,
                         const struct operand *other, const char *what, const char *rule)
{
    struct diag *diag = sema_error(cx, AB0320, other->loc, "%s of %s and %s: the shapes differ",
                                   what, text_of(cx, first->ty), text_of(cx, other->ty));
    sema_help(cx, diag, "%s", rule);
}

struct operand stack_operands(struct checker *cx, struct loc loc, const char *what,
                              struct operand *parts, uint32_t count)
{
    struct shape shape = {.rank = 1};
    const struct shape *part = ty_shape(parts[0].ty);
    for (uint32_t i = 1; i < count; i++)
        if (!shape_equal(part, ty_shape(parts[i].ty))) {
            report_parts(cx, &parts[0], &parts[i], what, "they need one shape");
            return op_error(cx, loc);
        }
    if (part->rank == SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return op_error(cx, loc);
    }
    shape.dim[0] = count;
    for (uint8_t i = 0; i < part->rank; i++)
        shape.dim[shape.rank++] = part->dim[i];
    enum dtype common = promote_operands(cx, parts, count);
    const struct ty *ty = tensor_type(cx, loc, common, &shape);
    if (ty_is_unsure(ty))
        return op_error(cx, loc);
    const struct constant *constant = joined_constant(cx, parts, count, ty);
    return joined_operand(cx, tx_new(cx, TX_BUILD, loc, ty), parts, count, ty, constant);
}

struct operand concat_operands(struct checker *cx, struct loc loc, const char *what,
                               struct operand *parts, uint32_t count, uint8_t axis)
{
    struct shape shape = *ty_shape(parts[0].ty);
    for (uint32_t i = 1; i < count; i++) {
        struct shape part = *ty_shape(parts[i].ty);
        bool fits = part.rank == shape.rank;
        if (fits) {
            shape.dim[axis] += part.dim[axis];
            part.dim[axis] = shape.dim[axis];
        }
        if (!fits || !shape_equal(&shape, &part)) {
            report_parts(cx, &parts[0], &parts[i], what,
                         "they need the same extents but for the axis they are joined along");
            return op_error(cx, loc);
        }
    }
    enum dtype common = promote_operands(cx, parts, count);
    if (count == 1) {
        parts[0].loc = loc;
        return parts[0];
    }
    const struct ty *ty = tensor_type(cx, loc, common, &shape);
    if (ty_is_unsure(ty))
        return op_error(cx, loc);
    const struct constant *constant = axis == 0 ? joined_constant(cx, parts, count, ty) : NULL;
    struct typed_expr *node = tx_new(cx, TX_CONCAT, loc, ty);
    node->axis = axis;
    return joined_operand(cx, node, parts, count, ty, constant);
}
