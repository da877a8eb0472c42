/* What the operands and attributes of a tensor instruction say about its result. */
#include "ir/tensor.h"

#include <string.h>

struct typing {
    const struct ir_prog *prog;
    const struct ir_func *func;
    const struct ir_inst *inst;
    struct arena *arena;
    struct type *type; /* of the result */
};

static struct type operand(const struct typing *t, uint32_t index)
{
    return t->func->values.at[t->inst->args.at[index]].type;
}

static const char *shown(const struct typing *t, struct type type)
{
    return type_text(&type, arena_alloc(t->arena, TYPE_TEXT_SIZE));
}

static const char *need_operands(const struct typing *t, uint32_t count)
{
    if (t->inst->args.len == count)
        return NULL;
    return arena_printf(t->arena, "it needs %u operands, not %u", count, t->inst->args.len);
}

/* Operands first .. first + count - 1 are indexes. */
static const char *need_indexes(const struct typing *t, uint32_t first, uint32_t count)
{
    struct type index = type_scalar(DT_I64);
    for (uint32_t i = first; i < first + count; i++) {
        struct type is = operand(t, i);
        if (!type_equal(&is, &index))
            return arena_printf(t->arena, "an index is i64, not %s", shown(t, is));
    }
    return NULL;
}

static void push_dim(struct shape *shape, int64_t dim)
{
    shape->dim[shape->rank++] = dim;
}

/* ---- index maps ----------------------------------------------------------------------------- */

static const char *broadcast_type(const struct typing *t)
{
    const char *why = need_operands(t, 1);
    if (why)
        return why;
    struct type from = operand(t, 0), *to = t->type;
    bool fits = from.shape.rank <= to->shape.rank;
    for (uint32_t i = 0; fits && i < from.shape.rank; i++) {
        int64_t dim = from.shape.dim[from.shape.rank - 1 - i];
        fits = dim == 1 || dim == to->shape.dim[to->shape.rank - 1 - i];
    }
    if (!fits)
        return arena_printf(t->arena, "%s does not broadcast to %s", shown(t, from), shown(t, *to));
    to->dtype = from.dtype;
    return NULL;
}

static const char *reshape_type(const struct typing *t)
{
    const char *why = need_operands(t, 1);
    if (why)
        return why;
    struct type from = operand(t, 0);
    if (shape_elements(&from.shape) != shape_elements(&t->type->shape))
        return arena_printf(t->arena, "%s and %s differ in the number of elements", shown(t, from),
                            shown(t, *t->type));
    t->type->dtype = from.dtype;
    return NULL;
}

static const char *transpose_type(const struct typing *t)
{
    const char *why = need_operands(t, 1);
    if (why)
        return why;
    struct type from = operand(t, 0);
    uint32_t seen = 0;
    *t->type = from;
    for (uint32_t i = 0; i < from.shape.rank; i++) {
        uint8_t axis = t->inst->perm[i];
        if (axis >= from.shape.rank || seen >> axis & 1)
            return "its axes are not a permutation of those of its operand";
        seen |= UINT32_C(1) << axis;
        t->type->shape.dim[i] = from.shape.dim[axis];
    }
    return NULL;
}

/* All indexes of a range are inside. */
static bool range_fits(const struct ir_axis *axis, int64_t dim)
{
    if (axis->count < 0 || axis->count > dim || axis->step == 0)
        return false;
    if (axis->count == 0)
        return true;
    if (axis->start < 0 || axis->start >= dim)
        return false;
    int64_t room = axis->step > 0 ? dim - 1 - axis->start : axis->start;
    uint64_t stride = axis->step > 0 ? (uint64_t)axis->step : -(uint64_t)axis->step;
    return (uint64_t)(axis->count - 1) <= (uint64_t)room / stride;
}

static const char *axis_flaw(const struct typing *t, const struct ir_axis *axis, uint32_t index,
                             int64_t dim)
{
    bool fits = false;
    switch (axis->kind) {
    case AXIS_RANGE:
        fits = range_fits(axis, dim);
        break;
    case AXIS_AT:
        fits = dim > 0;
        break;
    case AXIS_WINDOW:
        fits = axis->count >= 0 && axis->count <= dim;
        break;
    }
    if (fits)
        return NULL;
    return arena_printf(t->arena, "axis %u of extent %lld has no such elements", index,
                        (long long)dim);
}

/* Of EXTRACT and INSERT: the region in operand 0, with its scalars behind it. */
static const char *region_flaw(const struct typing *t, uint32_t more_operands)
{
    const struct ir_inst *inst = t->inst;
    uint32_t scalars = ir_axis_scalars(inst->axes.at, inst->axes.len);
    const char *why = need_operands(t, 1 + scalars + more_operands);
    if (why)
        return why;
    struct type whole = operand(t, 0);
    if (inst->axes.len != whole.shape.rank)
        return arena_printf(t->arena, "it indexes %u axes of %s", inst->axes.len, shown(t, whole));
    for (uint32_t i = 0; !why && i < inst->axes.len; i++)
        why = axis_flaw(t, &inst->axes.at[i], i, whole.shape.dim[i]);
    return why ? why : need_indexes(t, 1, scalars);
}

static const char *extract_type(const struct typing *t)
{
    const char *why = region_flaw(t, 0);
    if (why)
        return why;
    t->type->dtype = operand(t, 0).dtype;
    t->type->shape = ir_region_shape(t->inst->axes.at, t->inst->axes.len);
    return NULL;
}

static const char *load_type(const struct typing *t)
{
    if (t->inst->symbol >= t->prog->shared.len)
        return "it loads a shared array that does not exist";
    const struct ir_shared *shared = &t->prog->shared.at[t->inst->symbol];
    uint32_t count = t->inst->args.len;
    if (count > shared->type.shape.rank)
        return arena_printf(t->arena, "@%s has %u axes, not %u", shared->name,
                            shared->type.shape.rank, count);
    *t->type = type_scalar(shared->type.dtype);
    for (uint32_t i = count; i < shared->type.shape.rank; i++) {
        if (shared->type.shape.dim[i] < 0)
            return arena_printf(t->arena, "axis %u of @%s has an extent that only the run knows", i,
                                shared->name);
        push_dim(&t->type->shape, shared->type.shape.dim[i]);
    }
    return need_indexes(t, 0, count);
}

static const char *iota_type(const struct typing *t)
{
    const char *why = need_operands(t, 0);
    if (why)
        return why;
    t->type->dtype = DT_I64;
    return t->type->shape.rank == 1 ? NULL : "iota has one axis";
}

/* ---- makers --------------------------------------------------------------------------------- */

static const char *build_type(const struct typing *t)
{
    uint32_t count = t->inst->args.len;
    if (!count)
        return "it needs an operand";
    struct type part = operand(t, 0);
    for (uint32_t i = 1; i < count; i++) {
        struct type other = operand(t, i);
        if (!type_equal(&part, &other))
            return arena_printf(t->arena, "its operands differ in type: %s and %s", shown(t, part),
                                shown(t, other));
    }
    if (part.shape.rank == SHAPE_MAX_RANK)
        return "its result has too many axes";
    *t->type = type_scalar(part.dtype);
    push_dim(&t->type->shape, count);
    for (uint32_t i = 0; i < part.shape.rank; i++)
        push_dim(&t->type->shape, part.shape.dim[i]);
    return NULL;
}

static const char *concat_type(const struct typing *t)
{
    uint32_t count = t->inst->args.len, axis = t->inst->axis;
    if (!count)
        return "it needs an operand";
    *t->type = operand(t, 0);
    if (axis >= t->type->shape.rank)
        return arena_printf(t->arena, "%s has no axis %u", shown(t, *t->type), axis);
    for (uint32_t i = 1; i < count; i++) {
        struct type part = operand(t, i), rest = *t->type;
        if (part.shape.rank == rest.shape.rank)
            rest.shape.dim[axis] = part.shape.dim[axis];
        if (!type_equal(&part, &rest))
            return arena_printf(t->arena, "%s and %s do not fit together along axis %u",
                                shown(t, operand(t, 0)), shown(t, part), axis);
        t->type->shape.dim[axis] += part.shape.dim[axis];
    }
    return NULL;
}

static const char *insert_type(const struct typing *t)
{
    const char *why = region_flaw(t, 1);
    if (why)
        return why;
    struct type value = operand(t, t->inst->args.len - 1),
                region = type_scalar(operand(t, 0).dtype);
    region.shape = ir_region_shape(t->inst->axes.at, t->inst->axes.len);
    if (!type_equal(&value, &region))
        return arena_printf(t->arena, "it puts %s where there is %s", shown(t, value),
                            shown(t, region));
    *t->type = operand(t, 0);
    return NULL;
}

static const char *take_type(const struct typing *t)
{
    const char *why = need_operands(t, 2);
    if (why)
        return why;
    struct type rows = operand(t, 0), index = operand(t, 1);
    if (!rows.shape.rank || index.dtype != DT_I64)
        return arena_printf(t->arena, "it takes from %s by %s", shown(t, rows), shown(t, index));
    if (rows.shape.rank - 1 + index.shape.rank > SHAPE_MAX_RANK)
        return "its result has too many axes";
    if (rows.shape.dim[0] == 0 && shape_elements(&index.shape) > 0)
        return "it takes from a tensor without rows";
    *t->type = type_scalar(rows.dtype);
    for (uint32_t i = 0; i < index.shape.rank; i++)
        push_dim(&t->type->shape, index.shape.dim[i]);
    for (uint32_t i = 1; i < rows.shape.rank; i++)
        push_dim(&t->type->shape, rows.shape.dim[i]);
    return NULL;
}

/* Drops the axes of operand 0 in a set; *dropped: how many elements they have. */
static struct type without_axes(const struct typing *t, uint32_t axis_set, int64_t *dropped)
{
    struct type from = operand(t, 0), to = type_scalar(from.dtype);
    *dropped = 1;
    for (uint32_t i = 0; i < from.shape.rank; i++)
        if (axis_set >> i & 1)
            *dropped *= from.shape.dim[i];
        else
            push_dim(&to.shape, from.shape.dim[i]);
    return to;
}

static const char *reduce_type(const struct typing *t)
{
    const char *why = need_operands(t, 1);
    if (why)
        return why;
    enum op op = t->inst->op;
    struct type from = operand(t, 0);
    int64_t reduced;
    if (!ir_op_reduces(op) || !(op_table[op].classes & dtype_table[from.dtype].cls))
        return arena_printf(t->arena, "nothing reduces %s by %s", shown(t, from),
                            (unsigned)op < OP_COUNT ? op_table[op].name : "no operation");
    if (!t->inst->axis_set || t->inst->axis_set >> from.shape.rank)
        return arena_printf(t->arena, "%s has no such axes", shown(t, from));
    *t->type = without_axes(t, t->inst->axis_set, &reduced);
    if (!reduced && !ir_op_has_neutral(op))
        return arena_printf(t->arena, "there is no %s of no elements", op_table[op].name);
    return NULL;
}

static const char *arg_reduce_type(const struct typing *t)
{
    const char *why = need_operands(t, 1);
    if (why)
        return why;
    struct type from = operand(t, 0);
    enum op op = t->inst->op;
    int64_t reduced;
    if (op != OP_min && op != OP_max)
        return "it looks for the least by min, or for the greatest by max";
    if (!((op_table[op].classes | CLASS_BOOL) & dtype_table[from.dtype].cls))
        return arena_printf(t->arena, "%s has no order", shown(t, from));
    if (t->inst->axis >= from.shape.rank)
        return arena_printf(t->arena, "%s has no axis %u", shown(t, from), t->inst->axis);
    *t->type = without_axes(t, UINT32_C(1) << t->inst->axis, &reduced);
    t->type->dtype = DT_I64;
    return reduced ? NULL
                   : arena_printf(t->arena, "there is no %s of no elements", op_table[op].name);
}

static const char *contract_type(const struct typing *t)
{
    const char *why = need_operands(t, 2);
    if (why)
        return why;
    struct type a = operand(t, 0), b = operand(t, 1);
    uint32_t batch = t->inst->batch, inner = t->inst->inner;
    uint8_t classes = (op_table[OP_mul].classes & op_table[OP_add].classes) | CLASS_BOOL;
    if (a.dtype != b.dtype || !(dtype_table[a.dtype].cls & classes))
        return arena_printf(t->arena, "it contracts %s with %s", shown(t, a), shown(t, b));
    bool fits = batch + inner <= a.shape.rank && batch + inner <= b.shape.rank;
    for (uint32_t i = 0; fits && i < batch; i++)
        fits = a.shape.dim[i] == b.shape.dim[i];
    for (uint32_t i = 1; fits && i <= inner; i++)
        fits = a.shape.dim[a.shape.rank - i] == b.shape.dim[b.shape.rank - i];
    if (!fits)
        return arena_printf(t->arena, "%s and %s differ in the axes that go together", shown(t, a),
                            shown(t, b));
    if (a.shape.rank + b.shape.rank - batch - 2 * inner > SHAPE_MAX_RANK)
        return "its result has too many axes";
    *t->type = type_scalar(a.dtype);
    for (uint32_t i = 0; i < a.shape.rank - inner; i++)
        push_dim(&t->type->shape, a.shape.dim[i]);
    for (uint32_t i = batch; i < b.shape.rank - inner; i++)
        push_dim(&t->type->shape, b.shape.dim[i]);
    return NULL;
}

static const char *extent_type(const struct typing *t)
{
    const char *why = need_operands(t, 0);
    *t->type = type_scalar(DT_I64);
    if (!why && t->inst->symbol >= t->prog->extents.len)
        why = "it asks for an extent that does not exist";
    return why;
}

const char *ir_tensor_type(const struct ir_prog *prog, const struct ir_func *func,
                           const struct ir_inst *inst, struct type *type, struct arena *arena)
{
    const struct typing t = {prog, func, inst, arena, type};
    switch (inst->kind) {
    case INST_BROADCAST:
        return broadcast_type(&t);
    case INST_RESHAPE:
        return reshape_type(&t);
    case INST_TRANSPOSE:
        return transpose_type(&t);
    case INST_EXTRACT:
        return extract_type(&t);
    case INST_LOAD:
        return load_type(&t);
    case INST_IOTA:
        return iota_type(&t);
    case INST_BUILD:
        return build_type(&t);
    case INST_CONCAT:
        return concat_type(&t);
    case INST_INSERT:
        return insert_type(&t);
    case INST_TAKE:
        return take_type(&t);
    case INST_REDUCE:
        return reduce_type(&t);
    case INST_ARG_REDUCE:
        return arg_reduce_type(&t);
    case INST_CONTRACT:
        return contract_type(&t);
    case INST_EXTENT:
        return extent_type(&t);
    case INST_OP:
    case INST_CONST:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
        break;
    }
    return "it is no tensor instruction";
}
