/* Indexing (L31): which region of a tensor is meant. */
#include "sema/function.h"
#include "sema/tensor.h"

/* ---- slices ---------------------------------------------------------------------------------- */

static void report_slice_bound(struct checker *cx, const struct operand *bound)
{
    struct diag *diag = sema_error(cx, AB0321, bound->loc,
                                   "a bound of a slice must be a constant integer");
    sema_help(cx, diag, "`slice(x, start, length)` takes a start known at run time");
}

/* False after a message, or if nothing is known. */
static bool slice_bound(struct checker *cx, const struct ast_expr *expr, int64_t *value,
                        bool *is_given, struct region *region)
{
    *is_given = expr != NULL;
    if (!expr)
        return true;
    struct operand bound = check_expr(cx, expr, NULL);
    if (ty_is_unsure(bound.ty)) {
        region->operands[region->operand_count++] = bound;
        return false;
    }
    const struct constant *constant = bound.constant;
    if (!constant || constant->kind != CONSTANT_INT) {
        report_slice_bound(cx, &bound);
        region->is_bad = true;
        return false;
    }
    int128 most = (int128)TYPE_MAX_ELEMENTS + 1;
    int128 clamped = constant->integer > most    ? most
                     : constant->integer < -most ? -most
                                                 : constant->integer;
    *value = (int64_t)clamped;
    return true;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* As NumPy: bounds outside of the tensor are moved to its ends. */
static void check_slice(struct checker *cx, const struct ast_index *index, int64_t extent,
                        struct typed_axis *axis, struct region *region)
{
    int64_t start = 0, stop = 0, step = 1;
    bool has_start, has_stop, has_step;
    axis->kind = TYPED_AXIS_RANGE;
    if (!slice_bound(cx, index->expr, &start, &has_start, region)
        || !slice_bound(cx, index->stop, &stop, &has_stop, region)
        || !slice_bound(cx, index->step, &step, &has_step, region))
        return;
    if (step == 0) {
        sema_error(cx, AB0321, index->loc, "the step of a slice is 0");
        region->is_bad = true;
        return;
    }
    axis->step = step;
    if (extent < 0) {
        bool is_all = (!has_start || start == 0) && !has_stop && step == 1;
        axis->count = extent;
        if (!is_all) {
            struct diag *diag = sema_error(cx, AB0325, index->loc,
                                           "this slice of an axis whose extent is known at run "
                                           "time only has no constant length");
            sema_help(cx, diag, "`slice(x, start, length)` has one");
            region->is_bad = true;
        }
        return;
    }
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
    start = !has_start ? (step > 0 ? low : high)
                       : clamp(start < 0 ? start + extent : start, low, high);
    stop = !has_stop ? (step > 0 ? high : low)
                     : clamp(stop < 0 ? stop + extent : stop, low, high);
    int64_t count = step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
    axis->count = count > 0 ? count : 0;
    axis->start = axis->count ? start : 0;
    if (axis->count <= 1)
        axis->step = 1;
}

/* ---- elements -------------------------------------------------------------------------------- */

static void report_index(struct checker *cx, const struct operand *index)
{
    struct diag *diag = sema_error(cx, AB0321, index->loc, "an index is an integer, not %s",
                                   text_of(cx, index->ty));
    if (ty_is_tensor(index->ty) && ty_dtype(index->ty) == DT_BOOL && !ty_is_scalar(index->ty))
        sema_help(cx, diag, "to choose by a condition: `where(cond, x, y)`, which keeps the shape");
    else if (ty_is_scalar(index->ty) && dtype_is_float(ty_dtype(index->ty)))
        sema_edit(cx, diag, index->loc, "convert it", "i64(%s)",
                  diag ? source_text(cx, index->loc) : "");
}

/* A constant index, from the beginning. -1 after a message. */
int64_t constant_place(struct checker *cx, const struct operand *index,
                       const struct constant *constant, const struct ty *ty, int axis)
{
    int64_t extent = ty_shape(ty)->dim[axis];
    int128 place = constant->integer < 0 ? constant->integer + extent : constant->integer;
    if (place >= 0 && place < extent)
        return (int64_t)place;
    struct diag *diag =
        sema_error(cx, AB0322, index->loc,
                   "index %s is out of range: axis %d of %s has %lld element%s",
                   constant_spelling(cx->memory, constant), axis, text_of(cx, ty),
                   (long long)extent, extent == 1 ? "" : "s");
    if (extent > 0)
        sema_help(cx, diag, "valid are %lld to %lld", (long long)-extent, (long long)extent - 1);
    return -1;
}

static void check_element(struct checker *cx, struct operand *index, const struct ty *ty, int axis,
                          struct typed_axis *typed, struct region *region)
{
    typed->kind = TYPED_AXIS_AT;
    if (!ty_is_scalar(index->ty) || !dtype_is_integer(ty_dtype(index->ty))) {
        report_index(cx, index);
        region->is_bad = true;
        return;
    }
    int64_t extent = ty_shape(ty)->dim[axis];
    if (index->constant && extent >= 0) {
        int64_t place = constant_place(cx, index, index->constant, ty, axis);
        region->is_bad |= place < 0;
        typed->start = place;
        typed->at = tx_const(cx, index->loc, DT_I64, (union scalar){.i = place});
        return;
    }
    region->is_constant = false;
    typed->at = settle_operand(cx, index);
    region->is_bad |= !typed->at;
}

/* ---- all indexes ----------------------------------------------------------------------------- */

static uint32_t count_axes(const struct ast_expr *expr)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        enum ast_index_kind kind = expr->indexes.at[i].kind;
        count += kind == AST_INDEX_EXPR || kind == AST_INDEX_SLICE;
    }
    return count;
}

static bool fits_rank(struct checker *cx, const struct ast_expr *expr, const struct ty *ty)
{
    uint32_t count = count_axes(expr), ellipses = 0, new_axes = 0;
    for (uint32_t i = 0; i < expr->indexes.len; i++) {
        new_axes += expr->indexes.at[i].kind == AST_INDEX_NONE;
        if (expr->indexes.at[i].kind == AST_INDEX_ELLIPSIS && ellipses++) {
            sema_error(cx, AB0321, expr->indexes.at[i].loc, "`...` can stand in an index once");
            return false;
        }
    }
    uint8_t rank = ty_shape(ty)->rank;
    if (count > rank) {
        struct diag *diag = sema_error(cx, AB0321, expr->loc, "%s has %d ax%s, not %u",
                                       text_of(cx, ty), rank, rank == 1 ? "is" : "es", count);
        if (rank == 0)
            sema_help(cx, diag, "a scalar has nothing to be indexed");
        return false;
    }
    if (rank + new_axes > SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, expr->loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return false;
    }
    return true;
}

static void keep_axis(struct region *region, const struct typed_axis *axis, int64_t stride)
{
    region->strides.offset += axis->start * stride;
    if (axis->kind == TYPED_AXIS_AT)
        return;
    region->strides.of[region->kept.rank] = axis->step * stride;
    region->kept.dim[region->kept.rank++] = axis->count;
    region->shape.dim[region->shape.rank++] = axis->count;
}

static void add_axis(struct checker *cx, struct region *region, const struct typed_axis *axis,
                     const struct strides *all)
{
    keep_axis(region, axis, all->of[region->axes.len]);
    vec_push(cx->memory, &region->axes, *axis);
}

static void keep_all(struct checker *cx, struct region *region, struct loc loc, int64_t extent,
                     const struct strides *all)
{
    struct typed_axis axis = {TYPED_AXIS_RANGE, NULL, loc, 0, 1, extent};
    add_axis(cx, region, &axis, all);
}

static bool is_integer_tensor(const struct ty *ty)
{
    return ty_is_tensor(ty) && !ty_is_scalar(ty) && dtype_is_integer(ty_dtype(ty));
}

/* An index that is an expression. */
static void check_at(struct checker *cx, const struct ast_expr *expr, const struct ast_index *index,
                     const struct ty *ty, struct region *region, const struct strides *all)
{
    struct typed_axis axis = {.loc = index->loc, .step = 1};
    struct operand *operand = &region->operands[region->operand_count++];
    *operand = check_expr(cx, index->expr, NULL);
    if (is_integer_tensor(operand->ty) && expr->indexes.len == 1) {
        region->is_take = true;
        return;
    }
    if (is_integer_tensor(operand->ty)) {
        struct diag *diag = sema_error(cx, AB0321, operand->loc,
                                       "an integer tensor can only be the only index");
        sema_help(cx, diag, "`take(x, indices, axis=k)` takes along another axis");
        region->is_bad = true;
    } else if (!spoiled(operand, 1)) {
        check_element(cx, operand, ty, (int)region->axes.len, &axis, region);
    }
    add_axis(cx, region, &axis, all);
}

struct region check_region(struct checker *cx, const struct ast_expr *expr, const struct ty *ty)
{
    struct region region = {.is_constant = true};
    const struct shape *shape = ty_shape(ty);
    uint32_t rest = shape->rank - count_axes(expr);
    struct strides all = row_major(shape);
    region.operands = ARENA_ARRAY(cx->memory, struct operand, 3 * expr->indexes.len);
    if (!fits_rank(cx, expr, ty)) {
        region.is_bad = true;
        return region;
    }
    for (uint32_t i = 0; i < expr->indexes.len && !region.is_take; i++) {
        const struct ast_index *index = &expr->indexes.at[i];
        struct typed_axis axis = {.loc = index->loc, .step = 1};
        switch (index->kind) {
        case AST_INDEX_EXPR:
            check_at(cx, expr, index, ty, &region, &all);
            break;
        case AST_INDEX_SLICE:
            check_slice(cx, index, shape->dim[region.axes.len], &axis, &region);
            add_axis(cx, &region, &axis, &all);
            break;
        case AST_INDEX_ELLIPSIS:
            for (; rest > 0; rest--)
                keep_all(cx, &region, index->loc, shape->dim[region.axes.len], &all);
            break;
        case AST_INDEX_NONE:
            region.shape.dim[region.shape.rank++] = 1;
            region.has_new_axes = true;
            break;
        }
    }
    while (region.axes.len < shape->rank && !region.is_take)
        keep_all(cx, &region, expr->loc, shape->dim[region.axes.len], &all);
    return region;
}

/* ---- values ---------------------------------------------------------------------------------- */

struct operand take_operand(struct checker *cx, struct loc loc, struct operand x,
                            struct operand index)
{
    struct shape shape = *ty_shape(index.ty);
    const struct shape *from = ty_shape(x.ty);
    if (shape.rank + from->rank - 1 > SHAPE_MAX_RANK) {
        sema_error(cx, AB0323, loc, "a tensor has at most %d axes", SHAPE_MAX_RANK);
        return op_error(cx, loc);
    }
    int64_t size = shape_size(&shape);
    for (int64_t i = 0; index.constant && from->dim[0] >= 0 && i < size; i++)
        if (constant_place(cx, &index, constant_element(index.constant, i), x.ty, 0) < 0)
            return op_error(cx, loc);
    for (uint8_t i = 1; i < from->rank; i++)
        shape.dim[shape.rank++] = from->dim[i];
    const struct ty *ty = tensor_type(cx, loc, ty_dtype(x.ty), &shape);
    struct operand result = {.ty = ty, .loc = loc};
    struct typed_expr *node = tx_new(cx, TX_TAKE, loc, ty_settled(&cx->types, ty));
    if (ty_is_unsure(ty) || !settle_operand(cx, &x) || !settle_operand(cx, &index))
        return result;
    vec_push(cx->memory, &node->args, x.expr);
    vec_push(cx->memory, &node->args, index.expr);
    result.expr = node;
    return result;
}

/* What is the matter with x or an index, as an operand; NULL type if all are well. */
static struct operand spoiled_index(struct checker *cx, struct loc loc, struct operand x,
                                    const struct region *region)
{
    uint32_t count = region->operand_count + 1;
    struct operand *all = ARENA_ARRAY(cx->memory, struct operand, count);
    all[0] = x;
    for (uint32_t i = 1; i < count; i++)
        all[i] = region->operands[i - 1];
    const struct ty *bad = spoiled(all, count);
    if (bad && bad->kind == TY_NEVER && !region->is_bad)
        return op_never_after(cx, loc, all, count);
    if (bad || region->is_bad)
        return (struct operand){.ty = region->is_bad ? cx->types.error : bad, .loc = loc};
    return (struct operand){0};
}

static bool is_everything(const struct region *region, const struct shape *shape)
{
    for (uint32_t i = 0; i < region->axes.len; i++) {
        const struct typed_axis *axis = &region->axes.at[i];
        if (axis->kind != TYPED_AXIS_RANGE || axis->start || axis->step != 1
            || axis->count != shape->dim[i])
            return false;
    }
    return true;
}

struct operand check_index(struct checker *cx, const struct ast_expr *expr, struct operand whole)
{
    struct region region = check_region(cx, expr, whole.ty);
    struct operand bad = spoiled_index(cx, expr->loc, whole, &region);
    if (bad.ty)
        return bad;
    if (region.is_take)
        return take_operand(cx, expr->loc, whole, region.operands[0]);
    struct operand result = whole;
    result.loc = expr->loc;
    /* All of a shared array is a value, while its name is none (L22). */
    bool is_name = op_is_shared(&whole) && !ty_has_extents(whole.ty);
    if (is_name || !is_everything(&region, ty_shape(whole.ty))) {
        const struct ty *ty = ty_tensor(&cx->types, ty_dtype(whole.ty), &region.kept);
        struct typed_expr *node = tx_new(cx, TX_INDEX, expr->loc, ty);
        node->axes = region.axes;
        const struct constant *constant =
            region.is_constant ? constant_view(cx, whole.constant, &region.kept, &region.strides)
                               : NULL;
        result = mapped_operand(cx, node, whole, ty, constant);
    }
    return region.has_new_axes ? reshape_operand(cx, expr->loc, result, &region.shape) : result;
}
