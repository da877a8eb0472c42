/* Indexes. `x[i]` of an axis of n elements, i signed:
 *
 *   check -n <= i < n        bounds fault, with a text that says axis and size
 *   at = i < 0 ? i + n : i
 *
 * An unsigned index does not count from the end, nor does the start of a window. A constant in range
 * needs no check. */
#include "build/fn.h"

value_id axis_size(struct fn *fn, int64_t dim, struct loc loc)
{
    if (dim >= 0)
        return fn_const(fn, DT_I64, (union scalar){.i = dim}, loc);
    struct ir_inst *inst = fn_inst(fn, INST_EXTENT, type_scalar(DT_I64), NULL, 0, loc);
    inst->symbol = (uint32_t)(-1 - dim);
    return inst->results.at[0];
}

static const char *size_text(struct fn *fn, int64_t dim)
{
    if (dim >= 0)
        return arena_printf(fn->program->arena, "%lld", (long long)dim);
    return fn->program->typed->extents.at[-1 - dim].name;
}

/* dim - less, of the shape of `like`. */
static value_id limit(struct fn *fn, int64_t dim, int64_t less, value_id like, struct loc loc)
{
    struct type type = {DT_I64, fn_type_of(fn, like)->shape};
    if (dim >= 0)
        return fn_splat(fn, type, (union scalar){.i = dim - less}, loc);
    value_id size = axis_size(fn, dim, loc);
    if (less != 0) {
        value_id part = fn_const(fn, DT_I64, (union scalar){.i = less}, loc);
        size = fn_op2(fn, OP_sub, DT_I64, size, part, loc);
    }
    return fn_broadcast(fn, size, &type.shape, loc);
}

struct bounds {
    int64_t dim;
    bool wraps;     /* negative ones count from the end */
    bool is_window;
    int64_t count;  /* of a window */
};

/* Indexes of any integer type and shape, as i64, beside what they are compared with. */
struct index {
    struct bounds bounds;
    value_id value, size, zero; /* no `zero`: they cannot be negative */
    struct loc loc;
};

static struct index index_of(struct fn *fn, value_id raw, const struct bounds *bounds,
                             struct loc loc)
{
    const struct dtype_info *from = &dtype_table[fn_dtype_of(fn, raw)];
    struct index index = {.bounds = *bounds, .zero = IR_NONE, .loc = loc};
    index.bounds.wraps &= from->cls != CLASS_UINT;
    index.value = fn_convert(fn, raw, DT_I64, loc);
    index.size = limit(fn, bounds->dim, bounds->count, index.value, loc);
    if (from->cls != CLASS_UINT || from->bytes == 8) /* a large u64 becomes negative */
        index.zero = fn_splat(fn, *fn_type_of(fn, index.value), (union scalar){.i = 0}, loc);
    return index;
}

static value_id is_inside(struct fn *fn, const struct index *index)
{
    struct loc loc = index->loc;
    value_id below = fn_op2(fn, index->bounds.is_window ? OP_le : OP_lt, DT_BOOL, index->value,
                            index->size, loc);
    if (index->zero == IR_NONE)
        return below;
    value_id least = index->zero;
    if (index->bounds.wraps && index->bounds.dim >= 0)
        least = fn_splat(fn, *fn_type_of(fn, index->value),
                         (union scalar){.i = -index->bounds.dim}, loc);
    else if (index->bounds.wraps)
        least = fn_op(fn, OP_neg, DT_I64, &index->size, 1, loc);
    value_id above = fn_op2(fn, OP_ge, DT_BOOL, index->value, least, loc);
    return fn_op2(fn, OP_and, DT_BOOL, above, below, loc);
}

static value_id wrapped(struct fn *fn, const struct index *index)
{
    if (!index->bounds.wraps)
        return index->value;
    value_id negative = fn_op2(fn, OP_lt, DT_BOOL, index->value, index->zero, index->loc);
    value_id moved = fn_op2(fn, OP_add, DT_I64, index->value, index->size, index->loc);
    return fn_op(fn, OP_select, DT_I64, (value_id[]){negative, moved, index->value}, 3,
                 index->loc);
}

static value_id checked(struct fn *fn, value_id raw, const struct bounds *bounds, const void *node,
                        struct loc loc, const char *text)
{
    struct index index = index_of(fn, raw, bounds, loc);
    value_id inside = fn_all(fn, is_inside(fn, &index), loc);
    fn_check(fn, inside, FAULT_BOUNDS, node, loc, text);
    return wrapped(fn, &index);
}

const char *index_text(struct fn *fn, uint32_t axis, int64_t dim)
{
    return arena_printf(fn->program->arena, "index out of range for axis %u of size %s", axis,
                        size_text(fn, dim));
}

value_id index_inside(struct fn *fn, value_id rows, int64_t dim, struct loc loc)
{
    struct index index = index_of(fn, rows, &(struct bounds){.dim = dim, .wraps = true}, loc);
    return is_inside(fn, &index);
}

value_id index_wrapped(struct fn *fn, value_id rows, int64_t dim, struct loc loc)
{
    struct index index = index_of(fn, rows, &(struct bounds){.dim = dim, .wraps = true}, loc);
    return wrapped(fn, &index);
}

value_id index_rows(struct fn *fn, value_id rows, int64_t dim, const void *node, struct loc loc)
{
    struct bounds bounds = {.dim = dim, .wraps = true};
    return checked(fn, rows, &bounds, node, loc, index_text(fn, 0, dim));
}

/* ---- regions ------------------------------------------------------------------------- */

/* The place of a constant index that needs no check, else -1. */
static int64_t known_place(const struct typed_axis *axis, int64_t dim)
{
    if (axis->at->kind != TX_CONST || dim < 0)
        return -1;
    int64_t at = axis->at->constant.i;
    bool is_signed = dtype_table[axis->at->ty->tensor.dtype].cls == CLASS_INT;
    if (axis->kind == TYPED_AXIS_AT && is_signed && at < 0)
        at += dim;
    int64_t last = axis->kind == TYPED_AXIS_WINDOW ? dim - axis->count : dim - 1;
    return at >= 0 && at <= last ? at : -1;
}

struct region region_indexes(struct fn *fn, const typed_axes *axes, const struct shape *of)
{
    struct region region = {.axes = axes, .of = *of};
    for (uint32_t i = 0; i < axes->len; i++) {
        const struct typed_axis *axis = &axes->at[i];
        int64_t known = axis->kind == TYPED_AXIS_RANGE ? -1 : known_place(axis, of->dim[i]);
        if (known >= 0) {
            region.at[i] = fn_const(fn, DT_I64, (union scalar){.i = known}, axis->loc);
            region.known |= 1u << i;
        } else {
            region.at[i] = axis->kind == TYPED_AXIS_RANGE ? IR_NONE : expr_value(fn, axis->at);
        }
    }
    return region;
}

static value_id axis_place(struct fn *fn, const struct region *region, uint32_t i)
{
    const struct typed_axis *axis = &region->axes->at[i];
    int64_t dim = region->of.dim[i];
    struct bounds bounds = {.dim = dim, .wraps = true};
    if (axis->kind == TYPED_AXIS_AT)
        return checked(fn, region->at[i], &bounds, axis, axis->loc, index_text(fn, i, dim));
    bounds = (struct bounds){.dim = dim, .is_window = true, .count = axis->count};
    const char *text = arena_printf(fn->program->arena,
                                    "slice of %lld elements out of range for axis %u of size %s",
                                    (long long)axis->count, i, size_text(fn, dim));
    return checked(fn, region->at[i], &bounds, axis, axis->loc, text);
}

void region_check(struct fn *fn, struct region *region)
{
    for (uint32_t i = 0; i < region->axes->len && !region->is_checked; i++)
        if (region->at[i] != IR_NONE && !(region->known >> i & 1))
            region->at[i] = axis_place(fn, region, i);
    region->is_checked = true;
}

struct shape region_shape(const struct region *region)
{
    struct shape shape = {0};
    for (uint32_t i = 0; i < region->axes->len; i++)
        if (region->axes->at[i].kind != TYPED_AXIS_AT)
            shape.dim[shape.rank++] = region->axes->at[i].count;
    return shape;
}

static void set_axes(struct fn *fn, struct ir_inst *inst, const struct region *region)
{
    static const enum ir_axis_kind kinds[] = {
        [TYPED_AXIS_RANGE] = AXIS_RANGE,
        [TYPED_AXIS_AT] = AXIS_AT,
        [TYPED_AXIS_WINDOW] = AXIS_WINDOW,
    };
    for (uint32_t i = 0; i < region->axes->len; i++) {
        const struct typed_axis *from = &region->axes->at[i];
        struct ir_axis axis = {.kind = kinds[from->kind]};
        if (axis.kind == AXIS_RANGE) {
            axis.start = from->start;
            axis.step = from->step;
        }
        if (axis.kind != AXIS_AT)
            axis.count = from->count;
        vec_push(fn->prog->arena, &inst->axes, axis);
    }
}

/* The tensor, its scalars in order, and room for one more. */
static uint32_t region_args(const struct region *region, value_id tensor, value_id *args)
{
    uint32_t count = 0;
    args[count++] = tensor;
    for (uint32_t i = 0; i < region->axes->len; i++)
        if (region->at[i] != IR_NONE)
            args[count++] = region->at[i];
    return count;
}

/* An axis without elements is indexed: the check before has ended the path. */
static bool is_unreachable(const struct region *region)
{
    for (uint32_t i = 0; i < region->axes->len; i++)
        if (region->axes->at[i].kind == TYPED_AXIS_AT && region->of.dim[i] == 0)
            return true;
    return false;
}

static value_id zeros(struct fn *fn, struct type type, struct loc loc)
{
    value_id zero = fn_const(fn, type.dtype, (union scalar){.u = 0}, loc);
    return fn_broadcast(fn, zero, &type.shape, loc);
}

value_id region_read(struct fn *fn, const struct region *region, value_id from, struct loc loc)
{
    value_id args[SHAPE_MAX_RANK + 2];
    uint32_t count = region_args(region, from, args);
    struct type type = {fn_dtype_of(fn, from), region_shape(region)};
    if (is_unreachable(region))
        return zeros(fn, type, loc);
    struct ir_inst *inst = fn_inst(fn, INST_EXTRACT, type, args, count, loc);
    set_axes(fn, inst, region);
    return inst->results.at[0];
}

/* Without its first axes. */
static struct region region_tail(const struct region *region, uint32_t from, typed_axes *axes)
{
    struct region tail = {.axes = axes, .is_checked = region->is_checked};
    *axes = *region->axes;
    axes->at += from;
    axes->len -= from;
    tail.of.rank = (uint8_t)axes->len;
    for (uint32_t i = 0; i < axes->len; i++) {
        tail.at[i] = region->at[from + i];
        tail.of.dim[i] = region->of.dim[from + i];
    }
    return tail;
}

bool region_is_whole(const struct region *region)
{
    for (uint32_t i = 0; i < region->axes->len; i++) {
        const struct typed_axis *axis = &region->axes->at[i];
        if (axis->kind != TYPED_AXIS_RANGE || axis->start != 0 || axis->step != 1
            || axis->count != region->of.dim[i])
            return false;
    }
    return true;
}

value_id region_load(struct fn *fn, const struct region *region, const struct typed_expr *shared,
                     struct loc loc)
{
    uint32_t lead = 0;
    while (lead < region->axes->len && region->axes->at[lead].kind == TYPED_AXIS_AT)
        lead++;
    typed_axes axes;
    struct region tail = region_tail(region, lead, &axes);
    struct type type = {shared->ty->tensor.dtype, tail.of};
    struct ir_inst *inst = fn_inst(fn, INST_LOAD, type, region->at, lead, loc);
    inst->symbol = shared->symbol;
    value_id value = inst->results.at[0];
    return region_is_whole(&tail) ? value : region_read(fn, &tail, value, loc);
}

value_id region_write(struct fn *fn, const struct region *region, value_id into, value_id value,
                      struct loc loc)
{
    value_id args[SHAPE_MAX_RANK + 2];
    if (is_unreachable(region))
        return into;
    uint32_t count = region_args(region, into, args);
    args[count++] = value;
    struct ir_inst *inst = fn_inst(fn, INST_INSERT, *fn_type_of(fn, into), args, count, loc);
    set_axes(fn, inst, region);
    return inst->results.at[0];
}

/* ---- places -------------------------------------------------------------------------- */

struct place place_indexes(struct fn *fn, const struct typed_place *place)
{
    struct place made = {
        .leaf = fn->var_leaf[place->var],
        .leaves = place->ty->leaves,
        .loc = place->loc,
    };
    const struct ty *ty = fn->instance->vars.at[place->var].ty;
    for (uint32_t i = 0; i < place->steps.len; i++) {
        const struct typed_step *step = &place->steps.at[i];
        if (step->is_region) {
            made.has_region = true;
            made.region = region_indexes(fn, &step->axes, &ty->tensor.shape);
            break;
        }
        made.leaf += leaf_offset(ty, step->part);
        ty = ty->parts.at[step->part];
    }
    return made;
}

void place_read(struct fn *fn, struct place *place, value_id *out)
{
    for (uint32_t i = 0; i < place->leaves; i++)
        out[i] = fn_read(fn, place->leaf + i);
    if (!place->has_region)
        return;
    region_check(fn, &place->region);
    out[0] = region_read(fn, &place->region, out[0], place->loc);
}

void place_write(struct fn *fn, struct place *place, const value_id *values, struct loc loc)
{
    for (uint32_t i = 0; i < place->leaves; i++) {
        leaf_id leaf = place->leaf + i;
        value_id value = fn_convert(fn, values[i], fn->ssa.leaves.at[leaf].type.dtype, loc);
        if (place->has_region) {
            region_check(fn, &place->region);
            struct shape shape = region_shape(&place->region);
            value = fn_broadcast(fn, value, &shape, loc);
            value = region_write(fn, &place->region, fn_read(fn, leaf), value, place->loc);
        }
        fn_write(fn, leaf, value);
    }
}
