/* Elements: where they are, and how they are computed. */
#include "emit/nest_place.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_TERMS = 3, MAX_LINE = 72 };

const struct type *nest_type(const struct render *r, value_id value)
{
    return &r->d->ir->values.at[value].type;
}

const struct ir_inst *nest_value_inst(const struct render *r, value_id value)
{
    const struct ir_value *v = &r->d->ir->values.at[value];
    return v->kind == VALUE_RESULT ? &r->d->ir->insts.at[v->inst] : NULL;
}

/* ---- places ----------------------------------------------------------------------------------- */

/* Long sums become one term, so that terms cannot add up without end. */
static struct index settle(const struct render *r, struct index index, int64_t limit)
{
    if (index.count <= MAX_TERMS)
        return index;
    return index_term(arena_printf(r->d->arena, "(%s)", index_sum_text(r->d->arena, &index)), limit);
}

static struct index linear_of(const struct shape *shape, const struct index *axis)
{
    struct index linear = index_constant(0);
    for (int i = 0; i < shape->rank; i++) {
        linear = index_scale(linear, shape->dim[i]);
        linear = index_add(linear, &axis[i]);
    }
    return linear;
}

struct place place_of_axes(const struct render *r, const struct shape *shape,
                           const struct index *axis)
{
    struct place place = {.linear = index_constant(0)};
    for (int i = 0; i < shape->rank; i++)
        place.axis[i] = settle(r, axis[i], shape->dim[i]);
    place.linear = linear_of(shape, place.axis);
    place.has_axes = true;
    return place;
}

struct place place_of_linear(struct index linear)
{
    return (struct place){.linear = linear};
}

/* The axes first .. end - 1 of an index over all of them. */
static void split(const struct render *r, const struct shape *shape, int first, int end,
                  struct index index, struct index *axis)
{
    for (int i = end; i-- > first;) {
        int64_t dim = shape->dim[i] > 0 ? shape->dim[i] : 1;
        axis[i] = i == first ? settle(r, index, dim) : index_rest(r->d->arena, &index, dim);
        axis[i] = settle(r, axis[i], dim);
        index = index_quotient(r->d->arena, &index, dim);
    }
}

const struct index *place_axes(const struct render *r, const struct shape *shape,
                               struct place *place)
{
    if (!place->has_axes)
        split(r, shape, 0, shape->rank, place->linear, place->axis);
    place->has_axes = true;
    return place->axis;
}

static int64_t product(const struct shape *shape, int first, int end)
{
    int64_t elements = 1;
    for (int i = first; i < end; i++)
        elements *= shape->dim[i];
    return elements;
}

/* Groups of axes with the same number of elements keep to themselves: [6, 4] to [2, 3, 4] splits i0 only. */
static struct place reshaped(const struct render *r, const struct shape *from,
                             const struct shape *to, const struct place *place)
{
    struct place result = place_of_linear(place->linear);
    if (!place->has_axes || product(from, 0, from->rank) == 0)
        return result;
    int f = 0, t = 0;
    while (f < from->rank && t < to->rank) {
        int f_end = f + 1, t_end = t + 1;
        int64_t have = from->dim[f], need = to->dim[t];
        while (have != need) {
            if (have < need)
                have *= from->dim[f_end++];
            else
                need *= to->dim[t_end++];
        }
        struct index group = index_constant(0);
        for (int i = f; i < f_end; i++) {
            struct index part = index_scale(place->axis[i], product(from, i + 1, f_end));
            group = index_add(group, &part);
        }
        split(r, to, t, t_end, group, result.axis);
        f = f_end;
        t = t_end;
    }
    for (; t < to->rank; t++)
        result.axis[t] = index_constant(0);
    result.has_axes = true;
    return result;
}

static struct place unbroadcast(const struct render *r, const struct ir_inst *inst,
                                struct place place)
{
    const struct shape *from = &nest_type(r, inst->args.at[0])->shape;
    const struct shape *to = &nest_type(r, inst->results.at[0])->shape;
    struct index axis[SHAPE_MAX_RANK];
    if (from->rank == 0)
        return place;
    if (shape_elements(from) == shape_elements(to))
        return reshaped(r, to, from, &place);
    const struct index *given = place_axes(r, to, &place);
    for (int i = 0; i < from->rank; i++)
        axis[i] = from->dim[i] == 1 ? index_constant(0) : given[i + to->rank - from->rank];
    return place_of_axes(r, from, axis);
}

static struct index scalar_index(struct render *r, value_id value, int64_t limit)
{
    const struct ir_inst *inst = nest_value_inst(r, value);
    if (inst && inst->kind == INST_CONST) {
        int64_t at = inst->constant.i;
        return index_constant(at < 0 || limit <= 0 ? 0 : at >= limit ? limit - 1 : at);
    }
    if (limit == 1)
        return index_constant(0);
    return index_term(c_factor(r->d->arena, r->d->scalar(r->d->user, value)), limit);
}

/* From some axis on all of the tensor, at most one axis before it in part, elements one after the other. */
static bool is_contiguous(const struct ir_inst *inst, const struct shape *whole)
{
    bool all = true;
    for (uint32_t i = inst->axes.len; i-- > 0;) {
        const struct ir_axis *axis = &inst->axes.at[i];
        bool in_step = axis->kind != AXIS_RANGE || axis->step == 1 || axis->count == 1;
        bool is_one = axis->kind == AXIS_AT || axis->count == 1;
        if (!in_step || (!all && !is_one))
            return false;
        all = all && axis->kind == AXIS_RANGE && axis->count == whole->dim[i];
    }
    return true;
}

bool region_is_contiguous(const struct render *r, const struct ir_inst *inst)
{
    return is_contiguous(inst, &nest_type(r, inst->args.at[0])->shape);
}

struct place region_place(struct render *r, const struct ir_inst *inst, struct place place)
{
    const struct shape *whole = &nest_type(r, inst->args.at[0])->shape;
    const struct shape *part = inst->kind == INST_INSERT
                                   ? &nest_type(r, inst->args.at[inst->args.len - 1])->shape
                                   : &nest_type(r, inst->results.at[0])->shape;
    bool by_axis = place.has_axes || !region_is_contiguous(r, inst);
    const struct index *given = by_axis ? place_axes(r, part, &place) : NULL;
    struct index axis[SHAPE_MAX_RANK];
    uint32_t scalars = 1;
    int kept = 0;
    for (uint32_t i = 0; i < inst->axes.len; i++) {
        const struct ir_axis *a = &inst->axes.at[i];
        struct index base = index_constant(a->kind == AXIS_RANGE ? a->start : 0);
        if (a->kind != AXIS_RANGE) {
            int64_t limit = whole->dim[i] - (a->kind == AXIS_WINDOW ? a->count - 1 : 0);
            base = scalar_index(r, inst->args.at[scalars++], limit);
        }
        if (a->kind != AXIS_AT && by_axis) {
            struct index step = index_scale(given[kept++], a->kind == AXIS_RANGE ? a->step : 1);
            base = index_add(base, &step);
        }
        axis[i] = base;
    }
    struct place result = place_of_axes(r, whole, axis);
    if (!by_axis) {
        result.linear = index_add(result.linear, &place.linear);
        result.has_axes = false;
    }
    return result;
}

static struct place transposed(const struct render *r, const struct ir_inst *inst,
                               struct place place)
{
    struct index axis[SHAPE_MAX_RANK];
    const struct shape *shape = &nest_type(r, inst->results.at[0])->shape;
    const struct index *given = place_axes(r, shape, &place);
    for (int i = 0; i < shape->rank; i++)
        axis[inst->perm[i]] = given[i];
    return place_of_axes(r, &nest_type(r, inst->args.at[0])->shape, axis);
}

/* ---- memory ----------------------------------------------------------------------------------- */

static struct c_operand operand_of(const struct render *r, value_id value, const char *text)
{
    return (struct c_operand){.expr = {text, LEVEL_CALL}, .value = value, .is_variable = true,
                              .dtype = nest_type(r, value)->dtype};
}

static const char *stored_element(const struct render *r, value_id stored,
                                  const struct place *place, bool writes)
{
    struct nest_dialect *d = r->d;
    const char *index = index_sum_text(d->arena, &place->linear);
    if (d->element)
        return d->element(d->user, stored, index, writes);
    return arena_printf(d->arena, "%s[%s]", d->memory(d->user, stored, writes), index);
}

void put_store(struct render *r, value_id stored, const struct place *place,
               struct c_operand element)
{
    struct nest_dialect *d = r->d;
    if (d->lanes_kernels)
        text_printf(r->out, "%s\n", d->store(d->user, stored,
                                             index_sum_text(d->arena, &place->linear),
                                             c_as_lanes(d->arena, &element)));
    else
        text_printf(r->out, "%s = %s;\n", stored_element(r, stored, place, true),
                    element.expr.text);
}

const char *local_type(enum dtype dtype, bool is_lanes)
{
    static const char *const vectors[DT_COUNT] = {
#define DTYPE(id, dtype_name, ...) [DT_##id] = "v_" #dtype_name,
        AB_DTYPES(DTYPE)
#undef DTYPE
    };
    if (is_lanes)
        return dtype == DT_BOOL ? "mask" : vectors[dtype];
    return dtype == DT_BOOL ? "bool" : dtype_table[dtype].c_name;
}

const char *put_local(struct render *r, enum dtype dtype, bool is_lanes, const char *wish,
                      const char *text)
{
    const char *local = name_scope_add(r->d->names, c_identifier(r->d->arena, wish));
    text_printf(r->out, "const %s %s = %s;\n", local_type(dtype, is_lanes), local, text);
    return local;
}

/* X[(i * n + j) * 3 + k]: the extents of leading axes may be known at run time only. */
static struct c_operand shared_element(struct render *r, const struct ir_inst *inst,
                                       const struct place *place)
{
    struct nest_dialect *d = r->d;
    const struct shape *shape = &d->prog->shared.at[inst->symbol].type.shape;
    value_id result = inst->results.at[0];
    int64_t inner = shape_elements(&nest_type(r, result)->shape);
    const char *rows = NULL;
    struct index linear = index_constant(0);
    for (uint32_t i = 0; i < inst->args.len; i++) {
        int64_t dim = shape->dim[i];
        struct index at = scalar_index(r, inst->args.at[i], dim < 0 ? INT64_MAX : dim);
        if (i > 0 && dim >= 0) {
            linear = index_scale(linear, dim);
        } else if (i > 0) {
            const char *text = index_sum_text(d->arena, &linear);
            rows = arena_printf(d->arena, linear.count > 1 || linear.constant ? "(%s) * %s"
                                                                              : "%s * %s",
                                text, d->extent(d->user, (uint32_t)(-1 - dim)));
            linear = index_term(arena_printf(d->arena, "(%s)", rows), INT64_MAX);
        }
        linear = index_add(linear, &at);
    }
    linear = index_scale(settle(r, linear, INT64_MAX), inner);
    if (place)
        linear = index_add(linear, &place->linear);
    return operand_of(r, result, arena_printf(d->arena, "%s[%s]", d->shared(d->user, inst->symbol),
                                              index_sum_text(d->arena, &linear)));
}

/* ---- values ----------------------------------------------------------------------------------- */

static struct c_operand constant_at(struct render *r, const struct ir_inst *inst,
                                    const struct place *place)
{
    value_id value = inst->results.at[0];
    struct c_operand operand = {.dtype = nest_type(r, value)->dtype, .value = IR_NONE};
    if (!inst->elements || index_is_constant(&place->linear)) {
        operand.constant = inst->elements ? &inst->elements[place->linear.constant]
                                          : &inst->constant;
        operand.expr = c_constant(r->d->arena, operand.dtype, *operand.constant);
        return operand;
    }
    return operand_of(r, value, arena_printf(r->d->arena, "%s[%s]",
                                             nest_table(r->d->tables, operand.dtype, inst->elements,
                                                        shape_elements(&nest_type(r, value)->shape)),
                                             index_sum_text(r->d->arena, &place->linear)));
}

static struct c_operand iota_at(struct render *r, value_id value, const struct place *place)
{
    const char *text = index_sum_text(r->d->arena, &place->linear);
    if (place->linear.count != 1 || place->linear.constant != 0 ||
        place->linear.terms[0].factor != 1)
        text = arena_printf(r->d->arena, "(%s)", text);
    struct c_operand operand = operand_of(r, value, text);
    operand.is_variable = !index_is_constant(&place->linear);
    return operand;
}

struct c_operand nest_op(struct render *r, enum op op, enum dtype result,
                         const struct c_operand *operands, uint32_t count)
{
    struct nest_dialect *d = r->d;
    struct c_operand made = {.dtype = result, .value = IR_NONE};
    for (uint32_t i = 0; i < count; i++)
        made.is_lanes |= operands[i].is_lanes;
    made.expr = made.is_lanes
        ? c_lanes_op(d->arena, d->lanes_kernels, op, result, operands, count, d->mask)
        : c_op(d->arena, d->kernels, op, result, operands, count);
    return made;
}

struct c_operand operation_at(struct render *r, const struct ir_inst *inst,
                              const struct place *place)
{
    value_id value = inst->results.at[0];
    struct c_operand operands[3];
    for (uint32_t i = 0; i < inst->args.len; i++)
        operands[i] = nest_element_at(r, inst->args.at[i], place);
    struct c_operand made = nest_op(r, inst->op, nest_type(r, value)->dtype, operands,
                                    inst->args.len);
    made.value = value;
    return made;
}

static struct c_operand local_operand(const struct render *r, value_id value)
{
    struct c_operand operand = operand_of(r, value, r->local[value]);
    operand.is_lanes = r->d->scratch->local_is_lanes[value];
    return operand;
}

/* What is read more than once, and what makes lines too long, gets a name. */
static struct c_operand fused_operation_at(struct render *r, const struct ir_inst *inst,
                                           const struct place *place)
{
    value_id value = inst->results.at[0];
    struct c_operand operand = operation_at(r, inst, place);
    if (r->d->scratch->uses[value] < 2 && strlen(operand.expr.text) <= MAX_LINE)
        return operand;
    name hint = r->d->ir->values.at[value].hint;
    r->local[value] = put_local(r, operand.dtype, operand.is_lanes, hint ? hint : "t",
                                operand.expr.text);
    r->d->scratch->local_is_lanes[value] = operand.is_lanes;
    vec_push(r->d->arena, &r->locals, value);
    return local_operand(r, value);
}

struct c_operand nest_element_at(struct render *r, value_id value, const struct place *place)
{
    struct nest_dialect *d = r->d;
    const struct ir_inst *inst = nest_value_inst(r, value);
    if (nest_type(r, value)->shape.rank == 0) {
        bool is_constant = inst && inst->kind == INST_CONST;
        struct c_operand operand = operand_of(r, value, NULL);
        operand.expr = d->scalar(d->user, value);
        operand.constant = is_constant ? &inst->constant : NULL;
        operand.is_variable = !is_constant && operand.expr.level == LEVEL_CALL;
        operand.is_lanes = d->lanes_kernels && !is_constant && !d->is_uniform(d->user, value);
        return operand;
    }
    if (r->local[value])
        return local_operand(r, value);
    if (d->nests->form[value] == FORM_STORED) {
        struct c_operand operand = operand_of(r, value, stored_element(r, value, place, false));
        operand.is_lanes = d->lanes_kernels != NULL;
        return operand;
    }
    return mapped_at(r, inst, place);
}

struct c_operand mapped_at(struct render *r, const struct ir_inst *inst, const struct place *place)
{
    value_id value = inst->results.at[0];
    struct place from;
    switch (inst->kind) {
    case INST_OP:
        return fused_operation_at(r, inst, place);
    case INST_CONST:
        return constant_at(r, inst, place);
    case INST_IOTA:
        return iota_at(r, value, place);
    case INST_LOAD:
        return shared_element(r, inst, place);
    case INST_BROADCAST:
        from = unbroadcast(r, inst, *place);
        return nest_element_at(r, inst->args.at[0], &from);
    case INST_RESHAPE:
        from = reshaped(r, &nest_type(r, value)->shape, &nest_type(r, inst->args.at[0])->shape,
                        place);
        return nest_element_at(r, inst->args.at[0], &from);
    case INST_TRANSPOSE:
        from = transposed(r, inst, *place);
        return nest_element_at(r, inst->args.at[0], &from);
    case INST_EXTRACT:
        from = region_place(r, inst, *place);
        return nest_element_at(r, inst->args.at[0], &from);
    AB_CASE_TENSOR_MAKERS:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        break;
    }
    return operand_of(r, value, "0"); /* never fused */
}

struct c_operand taken_at(struct render *r, const struct ir_inst *inst)
{
    struct place none = place_of_linear(index_constant(0));
    if (inst->kind == INST_LOAD)
        return shared_element(r, inst, &none);
    none = region_place(r, inst, none);
    return nest_element_at(r, inst->args.at[0], &none);
}

static bool operands_are_flat(const struct render *r, const struct ir_inst *inst)
{
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!is_flat(r, inst->args.at[i]))
            return false;
    return true;
}

bool is_flat(const struct render *r, value_id value)
{
    return nest_type(r, value)->shape.rank == 0 || r->d->nests->form[value] == FORM_STORED ||
           map_is_flat(r, nest_value_inst(r, value));
}

bool map_is_flat(const struct render *r, const struct ir_inst *inst)
{
    value_id value = inst->results.at[0];
    struct nest_scratch *scratch = r->d->scratch;
    const struct shape *from;
    switch (inst->kind) {
    case INST_CONST:
    case INST_IOTA:
    case INST_LOAD:
        return true;
    case INST_EXTRACT:
        return region_is_contiguous(r, inst) && is_flat(r, inst->args.at[0]);
    case INST_BROADCAST:
        from = &nest_type(r, inst->args.at[0])->shape;
        return (from->rank == 0 ||
                shape_elements(from) == shape_elements(&nest_type(r, value)->shape)) &&
               is_flat(r, inst->args.at[0]);
    case INST_RESHAPE:
        return is_flat(r, inst->args.at[0]);
    case INST_OP:
        if (scratch->seen[value] == scratch->epoch)
            return true; /* or the walk ended with false already */
        scratch->seen[value] = scratch->epoch;
        return operands_are_flat(r, inst);
    case INST_TRANSPOSE:
    AB_CASE_TENSOR_MAKERS:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        return false;
    }
    return false;
}
