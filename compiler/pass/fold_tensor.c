/* Rules of `fold` for tensors: index maps of constants and of each other, elements of what is made
 * of known parts. Each is exact. Regions stay as they are named: a rule never gives an index in
 * range to one that was out of range, or only where the result is not said anyway (IR.md). */
#include "pass/elements.h"
#include "pass/fold.h"

#include <string.h>

enum { MOST_ELEMENTS = 64 }; /* of a constant that is made here */

static const struct type *type_of(const struct folder *folder, value_id value)
{
    return &folder->func->values.at[value].type;
}

static const struct shape *result_shape(const struct folder *folder, const struct ir_inst *inst)
{
    return &type_of(folder, inst->results.at[0])->shape;
}

static const struct shape *arg_shape(const struct folder *folder, const struct ir_inst *inst,
                                     uint32_t index)
{
    return &type_of(folder, fold_arg(folder, inst, index))->shape;
}

/* The instruction that defines a value, if it is of a kind, or NULL. */
static const struct ir_inst *maker_of(const struct folder *folder, value_id value,
                                      enum inst_kind kind)
{
    const struct ir_value *info = &folder->func->values.at[value];
    if (info->kind != VALUE_RESULT || folder->func->insts.at[info->inst].kind != kind)
        return NULL;
    return &folder->func->insts.at[info->inst];
}

/* ---- constants ------------------------------------------------------------------------------ */

static bool become_elements(struct folder *folder, struct ir_inst *inst,
                            const union scalar *elements)
{
    if (!result_shape(folder, inst)->rank)
        return fold_to_constant(folder, inst, elements[0]);
    inst_make_constant(inst, (union scalar){.u = 0});
    inst->elements = elements;
    folder->changed = true;
    return true;
}

static union scalar *new_elements(const struct folder *folder, int64_t count)
{
    return ARENA_ARRAY(folder->prog->arena, union scalar, count ? count : 1);
}

bool fold_list(struct folder *folder, inst_id id)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    int64_t count = shape_elements(result_shape(folder, inst));
    enum dtype operand = type_of(folder, inst->args.at[inst->args.len - 1])->dtype;
    enum dtype result = type_of(folder, inst->results.at[0])->dtype;
    union scalar args[3];
    if (count > MOST_ELEMENTS || !op_can_fold(inst->op, operand))
        return false;
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!maker_of(folder, fold_arg(folder, inst, i), INST_CONST))
            return false;
    union scalar *elements = new_elements(folder, count);
    for (int64_t place = 0; place < count; place++) {
        for (uint32_t i = 0; i < inst->args.len; i++)
            const_inst_element(folder->func, fold_arg(folder, inst, i), place, &args[i]);
        elements[place] = op_eval(inst->op, operand, result, args);
    }
    return become_elements(folder, inst, elements);
}

/* The scalars of a region of the instruction, as they are by now. */
static bool constant_indexes(const struct folder *folder, const struct ir_inst *inst, int64_t *at)
{
    uint32_t scalars = ir_axis_scalars(inst->axes.at, inst->axes.len);
    for (uint32_t i = 0; i < scalars; i++) {
        const union scalar *constant = constant_of(folder->func, fold_arg(folder, inst, 1 + i));
        if (!constant)
            return false;
        at[i] = constant->i;
    }
    return true;
}

/* An index map of a constant. */
static bool fold_constant_map(struct folder *folder, struct ir_inst *inst)
{
    value_id from = fold_arg(folder, inst, 0);
    const struct shape *shape = result_shape(folder, inst);
    const union scalar *all = constant_of(folder->func, from);
    int64_t count = shape_elements(shape), at[SHAPE_MAX_RANK];
    if (all)
        return fold_to_constant(folder, inst, *all);
    if (!maker_of(folder, from, INST_CONST) || count > MOST_ELEMENTS
        || !constant_indexes(folder, inst, at))
        return false;
    union scalar *elements = new_elements(folder, count);
    for (int64_t place = 0; place < count; place++) {
        int64_t source = map_element(inst, at, &type_of(folder, from)->shape, shape, place);
        if (source < 0)
            return false;
        const_inst_element(folder->func, from, source, &elements[place]);
    }
    return become_elements(folder, inst, elements);
}

static bool fold_constant_build(struct folder *folder, struct ir_inst *inst)
{
    int64_t count = shape_elements(result_shape(folder, inst));
    int64_t each = shape_elements(arg_shape(folder, inst, 0));
    if (count > MOST_ELEMENTS)
        return false;
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!maker_of(folder, fold_arg(folder, inst, i), INST_CONST))
            return false;
    union scalar *elements = new_elements(folder, count);
    for (int64_t place = 0; place < count; place++)
        const_inst_element(folder->func, fold_arg(folder, inst, (uint32_t)(place / each)),
                           place % each, &elements[place]);
    return become_elements(folder, inst, elements);
}

static bool fold_constant_insert(struct folder *folder, struct ir_inst *inst)
{
    value_id base = fold_arg(folder, inst, 0), value = fold_arg(folder, inst, inst->args.len - 1);
    const struct shape *shape = result_shape(folder, inst);
    int64_t count = shape_elements(shape), at[SHAPE_MAX_RANK];
    if (count > MOST_ELEMENTS || !maker_of(folder, base, INST_CONST)
        || !maker_of(folder, value, INST_CONST) || !constant_indexes(folder, inst, at)
        || !region_is_inside(inst->axes.at, at, shape))
        return false;
    union scalar *elements = new_elements(folder, count);
    for (int64_t place = 0; place < count; place++)
        const_inst_element(folder->func, base, place, &elements[place]);
    int64_t replaced = shape_elements(&type_of(folder, value)->shape);
    for (int64_t place = 0; place < replaced; place++)
        const_inst_element(folder->func, value, place,
                           &elements[region_element(inst->axes.at, at, shape, place)]);
    return become_elements(folder, inst, elements);
}

/* Sums of floats have an order of their own and are left to the run. */
static bool may_reduce(const struct ir_inst *inst, enum dtype dtype)
{
    return op_can_fold(inst->op, dtype)
           && !(inst->op == OP_add && dtype_table[dtype].cls == CLASS_FLOAT);
}

static bool fold_constant_reduce(struct folder *folder, struct ir_inst *inst)
{
    value_id from = fold_arg(folder, inst, 0);
    const struct type type = *type_of(folder, from);
    const struct shape *to = result_shape(folder, inst);
    int64_t count = shape_elements(&type.shape), rows = shape_elements(to);
    if (!maker_of(folder, from, INST_CONST) || !may_reduce(inst, type.dtype)
        || count > MOST_ELEMENTS || !count)
        return false;
    union scalar *elements = new_elements(folder, rows);
    bool *begun = ARENA_ARRAY(folder->scratch, bool, rows);
    for (int64_t place = 0; place < count; place++) {
        int64_t index[SHAPE_MAX_RANK], kept[SHAPE_MAX_RANK];
        uint32_t rank = 0;
        union scalar args[2];
        element_index(&type.shape, place, index);
        for (uint32_t i = 0; i < type.shape.rank; i++)
            if (!(inst->axis_set >> i & 1))
                kept[rank++] = index[i];
        int64_t row = element_place(to, kept);
        args[0] = elements[row];
        const_inst_element(folder->func, from, place, &args[1]);
        elements[row] = begun[row] ? op_eval(inst->op, type.dtype, type.dtype, args) : args[1];
        begun[row] = true;
    }
    return become_elements(folder, inst, elements);
}

/* ---- maps of maps --------------------------------------------------------------------------- */

static bool become_map_of(struct folder *folder, struct ir_inst *inst, value_id operand)
{
    inst->args.at[0] = operand;
    folder->changed = true;
    return true;
}

static bool fold_same_type(struct folder *folder, struct ir_inst *inst)
{
    value_id from = fold_arg(folder, inst, 0);
    if (!shape_equal(&type_of(folder, from)->shape, result_shape(folder, inst)))
        return false;
    return fold_to_value(folder, inst, from);
}

static bool fold_broadcast(struct folder *folder, struct ir_inst *inst)
{
    const struct ir_inst *inner = maker_of(folder, fold_arg(folder, inst, 0), INST_BROADCAST);
    if (fold_same_type(folder, inst))
        return true;
    return inner && become_map_of(folder, inst, fold_arg(folder, inner, 0));
}

/* Of a reshape, or of a scalar that was broadcast. */
static bool fold_reshape(struct folder *folder, struct ir_inst *inst)
{
    value_id from = fold_arg(folder, inst, 0);
    const struct ir_inst *inner = maker_of(folder, from, INST_RESHAPE);
    const struct ir_inst *spread = maker_of(folder, from, INST_BROADCAST);
    if (fold_same_type(folder, inst))
        return true;
    if (inner)
        return become_map_of(folder, inst, fold_arg(folder, inner, 0));
    if (!spread || arg_shape(folder, spread, 0)->rank)
        return false;
    inst->kind = INST_BROADCAST;
    return become_map_of(folder, inst, fold_arg(folder, spread, 0));
}

static bool fold_transpose(struct folder *folder, struct ir_inst *inst)
{
    const struct ir_inst *inner = maker_of(folder, fold_arg(folder, inst, 0), INST_TRANSPOSE);
    uint8_t rank = result_shape(folder, inst)->rank, perm[SHAPE_MAX_RANK] = {0};
    bool is_identity = true;
    for (uint8_t i = 0; i < rank; i++)
        is_identity &= inst->perm[i] == i;
    if (is_identity)
        return fold_to_value(folder, inst, fold_arg(folder, inst, 0));
    if (!inner)
        return false;
    for (uint8_t i = 0; i < rank; i++)
        perm[i] = inner->perm[inst->perm[i]];
    memcpy(inst->perm, perm, sizeof perm);
    return become_map_of(folder, inst, fold_arg(folder, inner, 0));
}

/* ---- elements and regions ------------------------------------------------------------------- */

/* A region that is being worked out: of a tensor, by axes with their scalars. */
struct part {
    value_id tensor;
    VEC(struct ir_axis) axes;
    VEC(value_id) at;
};

static void part_axis(struct folder *folder, struct part *part, struct ir_axis axis, value_id at)
{
    vec_push(folder->scratch, &part->axes, axis);
    if (ir_axis_has_scalar(&axis))
        vec_push(folder->scratch, &part->at, at);
}

static bool is_whole_axis(const struct ir_axis *axis, int64_t dim)
{
    return axis->kind == AXIS_RANGE && axis->count == dim && axis->step == 1;
}

static value_id new_index(struct folder *folder, const struct ir_inst *inst, int64_t index)
{
    return constant_new(folder->prog, folder->func, folder->block, type_scalar(DT_I64),
                        (union scalar){.i = index}, inst->loc);
}

/* The extract becomes that of a part, or the tensor itself. */
static bool become_part(struct folder *folder, inst_id id, const struct part *part)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    if (!part->axes.len)
        return fold_to_value(folder, inst, part->tensor);
    inst->args.len = inst->axes.len = 0;
    vec_push(folder->prog->arena, &inst->args, part->tensor);
    for (uint32_t i = 0; i < part->at.len; i++)
        vec_push(folder->prog->arena, &inst->args, part->at.at[i]);
    for (uint32_t i = 0; i < part->axes.len; i++)
        vec_push(folder->prog->arena, &inst->axes, part->axes.at[i]);
    folder->changed = true;
    return true;
}

/* x[k, ..] of build x0, x1, ..: xk[..] */
static bool extract_of_build(struct folder *folder, inst_id id, const struct ir_inst *build)
{
    const struct ir_inst *inst = &folder->func->insts.at[id];
    const struct ir_axis *first = &inst->axes.at[0];
    struct part part = {0};
    uint32_t next = 1;
    int64_t index = 0;
    if (first->kind == AXIS_AT) {
        const union scalar *constant = constant_of(folder->func, fold_arg(folder, inst, next++));
        index = constant ? constant->i : -1;
    }
    if (first->kind != AXIS_AT || index < 0 || index >= build->args.len)
        return false;
    part.tensor = fold_arg(folder, build, (uint32_t)index);
    for (uint32_t i = 1; i < inst->axes.len; i++)
        part_axis(folder, &part, inst->axes.at[i],
                  ir_axis_has_scalar(&inst->axes.at[i]) ? fold_arg(folder, inst, next++) : IR_NONE);
    return become_part(folder, id, &part);
}

/* One axis of a region with its scalar, which may be known. */
struct index {
    const struct ir_axis *axis;
    value_id at;
    const union scalar *known;
};

static struct index index_of(const struct folder *folder, const struct ir_inst *inst, uint32_t axis,
                             uint32_t *next)
{
    struct index index = {&inst->axes.at[axis], IR_NONE, NULL};
    if (ir_axis_has_scalar(index.axis)) {
        index.at = fold_arg(folder, inst, (*next)++);
        index.known = constant_of(folder->func, index.at);
    }
    return index;
}

static bool same_index(const struct index *a, const struct index *b)
{
    if (a->axis->kind != b->axis->kind || a->axis->count != b->axis->count)
        return false;
    if (ir_axis_has_scalar(a->axis))
        return a->at == b->at || (a->known && b->known && a->known->i == b->known->i);
    return a->axis->start == b->axis->start && a->axis->step == b->axis->step;
}

/* Least and greatest place that the axis names; false: not known. */
static bool index_bounds(const struct index *index, int64_t *least, int64_t *greatest)
{
    const struct ir_axis *axis = index->axis;
    int64_t span = axis->kind == AXIS_AT ? 0 : axis->count - 1;
    if (ir_axis_has_scalar(axis)) {
        if (!index->known)
            return false;
        *least = index->known->i;
        if (__builtin_add_overflow(*least, span, greatest))
            return false;
        return true;
    }
    int64_t last = axis->start + axis->step * span;
    *least = last < axis->start ? last : axis->start;
    *greatest = last < axis->start ? axis->start : last;
    return true;
}

static bool apart(const struct index *a, const struct index *b)
{
    int64_t a_least, a_greatest, b_least, b_greatest;
    return index_bounds(a, &a_least, &a_greatest) && index_bounds(b, &b_least, &b_greatest)
           && (a_greatest < b_least || b_greatest < a_least);
}

/* How a region that is read lies to one that was replaced. */
enum lie { LIE_UNKNOWN, LIE_APART, LIE_SAME, LIE_INSIDE };

/* INSIDE: `part` is what it is in the value inserted. */
static enum lie compare_regions(struct folder *folder, const struct ir_inst *inst,
                                const struct ir_inst *insert, struct part *part)
{
    const struct shape *shape = arg_shape(folder, inst, 0);
    uint32_t next = 1, insert_next = 1;
    bool is_same = true, is_inside = true, is_apart = false;
    part->tensor = fold_arg(folder, insert, insert->args.len - 1);
    for (uint32_t i = 0; i < inst->axes.len; i++) {
        struct index read = index_of(folder, inst, i, &next);
        struct index written = index_of(folder, insert, i, &insert_next);
        bool same = same_index(&read, &written);
        bool whole = is_whole_axis(written.axis, shape->dim[i]);
        is_apart |= apart(&read, &written);
        is_same &= same;
        is_inside &= whole || (same && written.axis->kind == AXIS_AT);
        if (written.axis->kind != AXIS_AT)
            part_axis(folder, part, *read.axis, read.at);
    }
    return is_apart ? LIE_APART : is_same ? LIE_SAME : is_inside ? LIE_INSIDE : LIE_UNKNOWN;
}

static bool extract_of_insert(struct folder *folder, inst_id id, const struct ir_inst *insert)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    struct part part = {0};
    switch (compare_regions(folder, inst, insert, &part)) {
    case LIE_UNKNOWN:
        return false;
    case LIE_APART:
        return become_map_of(folder, inst, fold_arg(folder, insert, 0));
    case LIE_SAME:
        return fold_to_value(folder, inst, fold_arg(folder, insert, insert->args.len - 1));
    case LIE_INSIDE:
        return become_part(folder, id, &part);
    }
    return false;
}

/* The axes that the broadcast repeats or adds must go: what stands there is the same. */
static bool extract_of_broadcast(struct folder *folder, inst_id id, const struct ir_inst *spread)
{
    const struct ir_inst inst = folder->func->insts.at[id];
    const struct shape to = *arg_shape(folder, &inst, 0);
    struct part part = {.tensor = fold_arg(folder, spread, 0)};
    const struct shape from = type_of(folder, part.tensor)->shape;
    uint32_t next = 1, added = (uint32_t)(to.rank - from.rank);
    for (uint32_t i = 0; i < inst.axes.len; i++) {
        struct index index = index_of(folder, &inst, i, &next);
        bool is_added = i < added;
        bool is_repeated = !is_added && from.dim[i - added] != to.dim[i];
        if ((is_added || is_repeated) && index.axis->kind != AXIS_AT)
            return false;
    }
    next = 1;
    for (uint32_t i = 0; i < inst.axes.len; i++) {
        struct index index = index_of(folder, &inst, i, &next);
        if (i < added)
            continue;
        if (from.dim[i - added] != to.dim[i])
            index.at = new_index(folder, &inst, 0);
        part_axis(folder, &part, *index.axis, index.at);
    }
    return become_part(folder, id, &part);
}

/* Whether `outer`, an axis of what `inner` cuts out, is an axis of the whole, into *axis; `start`
 * then says what is to be added to its scalar, if that is known. */
static bool compose(const struct index *inner, const struct index *outer, struct ir_axis *axis,
                    int64_t *start)
{
    bool inner_is_plain =
        inner->axis->kind == AXIS_RANGE && inner->axis->start == 0 && inner->axis->step == 1;
    *axis = *outer->axis;
    *start = 0;
    if (inner_is_plain)
        return true;
    if (inner->axis->kind != AXIS_RANGE)
        return false;
    if (outer->axis->kind == AXIS_RANGE) {
        axis->start = inner->axis->start + inner->axis->step * outer->axis->start;
        axis->step = inner->axis->step * outer->axis->step;
        return true;
    }
    if (outer->axis->kind != AXIS_AT || !outer->known || outer->known->i < 0
        || outer->known->i >= inner->axis->count)
        return false;
    *start = inner->axis->start + (inner->axis->step - 1) * outer->known->i;
    return true;
}

static bool extract_of_extract(struct folder *folder, inst_id id, const struct ir_inst *cut)
{
    const struct ir_inst inst = folder->func->insts.at[id], inner_inst = *cut;
    struct part part = {.tensor = fold_arg(folder, &inner_inst, 0)};
    uint32_t next = 1, inner_next = 1, axis = 0;
    for (uint32_t i = 0; i < inner_inst.axes.len; i++) {
        struct index inner = index_of(folder, &inner_inst, i, &inner_next);
        struct ir_axis composed = *inner.axis;
        int64_t start = 0;
        value_id at = inner.at;
        if (inner.axis->kind != AXIS_AT) {
            struct index outer = index_of(folder, &inst, axis++, &next);
            bool keeps = inner.axis->kind == AXIS_WINDOW && outer.axis->kind == AXIS_RANGE
                         && outer.axis->start == 0 && outer.axis->step == 1;
            if (keeps) {
                composed.count = outer.axis->count;
            } else if (!compose(&inner, &outer, &composed, &start)) {
                return false;
            } else {
                at = start ? new_index(folder, &inst, outer.known->i + start) : outer.at;
            }
        }
        part_axis(folder, &part, composed, at);
    }
    return become_part(folder, id, &part);
}

/* Axes in the order of the operand, where those that stay keep their order. */
static bool extract_of_transpose(struct folder *folder, inst_id id, const struct ir_inst *turned)
{
    const struct ir_inst *inst = &folder->func->insts.at[id];
    struct part part = {.tensor = fold_arg(folder, turned, 0)};
    struct index indexes[SHAPE_MAX_RANK] = {{NULL, IR_NONE, NULL}};
    uint32_t next = 1;
    int last = -1;
    for (uint32_t i = 0; i < inst->axes.len; i++) {
        indexes[turned->perm[i]] = index_of(folder, inst, i, &next);
        if (inst->axes.at[i].kind == AXIS_AT)
            continue;
        if (turned->perm[i] < last)
            return false;
        last = turned->perm[i];
    }
    for (uint32_t i = 0; i < inst->axes.len; i++)
        part_axis(folder, &part, *indexes[i].axis, indexes[i].at);
    return become_part(folder, id, &part);
}

/* One element of a reshape that only adds and drops axes of extent 1. */
static bool extract_of_reshape(struct folder *folder, inst_id id, const struct ir_inst *shaped)
{
    const struct ir_inst inst = folder->func->insts.at[id];
    struct part part = {.tensor = fold_arg(folder, shaped, 0)};
    const struct shape from = type_of(folder, part.tensor)->shape;
    const struct shape to = *arg_shape(folder, &inst, 0);
    VEC(value_id) at = {0};
    uint32_t real = 0;
    for (uint32_t i = 0; i < inst.axes.len; i++) {
        if (inst.axes.at[i].kind != AXIS_AT)
            return false;
        if (to.dim[i] != 1)
            vec_push(folder->scratch, &at, fold_arg(folder, &inst, 1 + i));
    }
    struct shape rest = {0}, other = {0};
    for (uint32_t i = 0; i < to.rank; i++)
        if (to.dim[i] != 1)
            rest.dim[rest.rank++] = to.dim[i];
    for (uint32_t i = 0; i < from.rank; i++)
        if (from.dim[i] != 1)
            other.dim[other.rank++] = from.dim[i];
    if (!shape_equal(&rest, &other))
        return false;
    for (uint32_t i = 0; i < from.rank; i++)
        part_axis(folder, &part, (struct ir_axis){.kind = AXIS_AT},
                  from.dim[i] == 1 ? new_index(folder, &inst, 0) : at.at[real++]);
    return become_part(folder, id, &part);
}

/* x[i] of load @X[k]: load @X[k, i], if all axes behind the elements stay whole. */
static bool extract_of_load(struct folder *folder, inst_id id, const struct ir_inst *load)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    const struct shape *shape = arg_shape(folder, inst, 0);
    VEC(value_id) at = {0};
    uint32_t count = 0;
    while (count < inst->axes.len && inst->axes.at[count].kind == AXIS_AT)
        count++;
    for (uint32_t i = count; i < inst->axes.len; i++)
        if (!is_whole_axis(&inst->axes.at[i], shape->dim[i]))
            return false;
    for (uint32_t i = 0; i < load->args.len; i++)
        vec_push(folder->scratch, &at, fold_arg(folder, load, i));
    for (uint32_t i = 0; i < count; i++)
        vec_push(folder->scratch, &at, fold_arg(folder, inst, 1 + i));
    uint32_t symbol = load->symbol;
    inst_clear_attributes(inst);
    inst->kind = INST_LOAD;
    inst->symbol = symbol;
    inst->args.len = 0;
    for (uint32_t i = 0; i < at.len; i++)
        vec_push(folder->prog->arena, &inst->args, at.at[i]);
    folder->changed = true;
    return true;
}

static bool fold_extract(struct folder *folder, inst_id id)
{
    static bool (*const rules[])(struct folder * folder, inst_id id, const struct ir_inst *made) = {
        [INST_BUILD] = extract_of_build,         [INST_INSERT] = extract_of_insert,
        [INST_BROADCAST] = extract_of_broadcast, [INST_EXTRACT] = extract_of_extract,
        [INST_TRANSPOSE] = extract_of_transpose, [INST_RESHAPE] = extract_of_reshape,
        [INST_LOAD] = extract_of_load,
    };
    struct ir_inst *inst = &folder->func->insts.at[id];
    value_id from = fold_arg(folder, inst, 0);
    const struct ir_value *info = &folder->func->values.at[from];
    if (axes_are_whole(inst->axes.at, &info->type.shape))
        return fold_to_value(folder, inst, from);
    if (info->kind != VALUE_RESULT)
        return false;
    const struct ir_inst *made = &folder->func->insts.at[info->inst];
    if (made->kind == INST_IOTA && inst->axes.at[0].kind == AXIS_AT)
        return fold_to_value(folder, inst, fold_arg(folder, inst, 1));
    if ((size_t)made->kind >= sizeof rules / sizeof *rules || !rules[made->kind])
        return false;
    return rules[made->kind](folder, id, made);
}

/* ---- makers --------------------------------------------------------------------------------- */

/* All of it replaced; put where it was taken from; put over what was put there before. */
static bool fold_insert(struct folder *folder, inst_id id)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    value_id base = fold_arg(folder, inst, 0), value = fold_arg(folder, inst, inst->args.len - 1);
    const struct ir_inst *taken = maker_of(folder, value, INST_EXTRACT);
    const struct ir_inst *before = maker_of(folder, base, INST_INSERT);
    struct part part = {0};
    if (axes_are_whole(inst->axes.at, &type_of(folder, base)->shape))
        return fold_to_value(folder, inst, value);
    if (taken && fold_arg(folder, taken, 0) == base
        && compare_regions(folder, taken, inst, &part) == LIE_SAME)
        return fold_to_value(folder, inst, base);
    if (before && compare_regions(folder, before, inst, &part) == LIE_SAME)
        return become_map_of(folder, inst, fold_arg(folder, before, 0));
    return false;
}

/* With one operand, or over axes of extent 1, nothing is put together. */
static bool become_reshape(struct folder *folder, struct ir_inst *inst)
{
    inst_clear_attributes(inst);
    inst->kind = INST_RESHAPE;
    folder->changed = true;
    return true;
}

static bool fold_reduce(struct folder *folder, struct ir_inst *inst)
{
    const struct shape *shape = arg_shape(folder, inst, 0);
    for (uint32_t i = 0; i < shape->rank; i++)
        if (inst->axis_set >> i & 1 && shape->dim[i] != 1)
            return false;
    return become_reshape(folder, inst);
}

bool fold_tensor(struct folder *folder, inst_id id)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    switch (inst->kind) {
    case INST_BROADCAST:
        return fold_constant_map(folder, inst) || fold_broadcast(folder, inst);
    case INST_RESHAPE:
        return fold_constant_map(folder, inst) || fold_reshape(folder, inst);
    case INST_TRANSPOSE:
        return fold_constant_map(folder, inst) || fold_transpose(folder, inst);
    case INST_EXTRACT:
        return fold_constant_map(folder, inst) || fold_extract(folder, id);
    case INST_BUILD:
        return fold_constant_build(folder, inst)
               || (inst->args.len == 1 && become_reshape(folder, inst));
    case INST_CONCAT:
        return inst->args.len == 1 && fold_to_value(folder, inst, fold_arg(folder, inst, 0));
    case INST_INSERT:
        return fold_constant_insert(folder, inst) || fold_insert(folder, id);
    case INST_REDUCE:
        return fold_constant_reduce(folder, inst) || fold_reduce(folder, inst);
    case INST_LOAD:
    case INST_IOTA:
    case INST_TAKE:
    case INST_ARG_REDUCE:
    case INST_CONTRACT:
    case INST_EXTENT:
    case INST_OP:
    case INST_CONST:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
        break;
    }
    return false;
}
