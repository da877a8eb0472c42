#include "ir/tensor.h"

#include <string.h>

/* ---- regions -------------------------------------------------------------------------------- */

bool ir_axis_has_scalar(const struct ir_axis *axis)
{
    return axis->kind != AXIS_RANGE;
}

uint32_t ir_axis_scalars(const struct ir_axis *axes, uint32_t count)
{
    uint32_t scalars = 0;
    for (uint32_t i = 0; i < count; i++)
        scalars += ir_axis_has_scalar(&axes[i]);
    return scalars;
}

struct shape ir_region_shape(const struct ir_axis *axes, uint32_t count)
{
    struct shape shape;
    memset(&shape, 0, sizeof shape);
    for (uint32_t i = 0; i < count; i++)
        if (axes[i].kind != AXIS_AT)
            shape.dim[shape.rank++] = axes[i].count;
    return shape;
}

/* ---- operations of reductions --------------------------------------------------------------- */

static const struct {
    enum op op;
    bool has_neutral;
    int64_t neutral; /* -1: all bits */
} reductions[] = {
    {OP_add, true, 0},  {OP_mul, true, 1},  {OP_min, false, 0},
    {OP_max, false, 0}, {OP_and, true, -1}, {OP_or, true, 0},
};
enum { REDUCTIONS = sizeof reductions / sizeof *reductions };

static uint32_t find_reduction(enum op op)
{
    uint32_t i = 0;
    while (i < REDUCTIONS && reductions[i].op != op)
        i++;
    return i;
}

bool ir_op_reduces(enum op op)
{
    return find_reduction(op) < REDUCTIONS;
}

bool ir_op_has_neutral(enum op op)
{
    uint32_t i = find_reduction(op);
    return i < REDUCTIONS && reductions[i].has_neutral;
}

union scalar ir_op_neutral(enum op op, enum dtype dtype)
{
    int64_t number = reductions[find_reduction(op)].neutral;
    union scalar neutral;
    memset(&neutral, 0, sizeof neutral);
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        neutral.u = number != 0;
        break;
    case CLASS_INT:
        neutral.i = number;
        break;
    case CLASS_UINT:
        neutral.u = (uint64_t)number;
        if (number < 0)
            neutral.u >>= 64 - 8 * dtype_table[dtype].bytes;
        break;
    case CLASS_FLOAT:
        if (dtype == DT_F16)
            neutral.u = number ? 0x3c00 : 0;
        else if (dtype == DT_F32)
            neutral.f32 = (float)number;
        else
            neutral.f64 = (double)number;
        break;
    case CLASS_COMPLEX:
        neutral.c[0] = (double)number;
        break;
    }
    return neutral;
}

/* ---- instructions --------------------------------------------------------------------------- */

bool ir_inst_is_pure(const struct ir_inst *inst)
{
    switch (inst->kind) {
    case INST_OP:
    case INST_CONST:
    case INST_LANE_INDEX:
    case INST_EXTENT:
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
        return true;
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        break;
    }
    return false;
}

bool ir_inst_is_index_map(const struct ir_inst *inst)
{
    switch (inst->kind) {
    AB_CASE_INDEX_MAPS:
        return true;
    AB_CASE_TENSOR_MAKERS:
    case INST_OP:
    case INST_CONST:
    case INST_LANE_INDEX:
    case INST_EXTENT:
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        break;
    }
    return false;
}

bool ir_inst_same_attributes(const struct ir_inst *a, const struct ir_inst *b)
{
    if (a->kind != b->kind || a->op != b->op || a->axes.len != b->axes.len
        || memcmp(a->perm, b->perm, sizeof a->perm) || a->axis_set != b->axis_set
        || a->axis != b->axis || a->batch != b->batch || a->inner != b->inner
        || a->symbol != b->symbol)
        return false;
    for (uint32_t i = 0; i < a->axes.len; i++) {
        const struct ir_axis *x = &a->axes.at[i], *y = &b->axes.at[i];
        if (x->kind != y->kind || x->start != y->start || x->step != y->step
            || x->count != y->count)
            return false;
    }
    return true;
}

struct ir_inst ir_inst_copy(struct arena *arena, const struct ir_inst *inst)
{
    struct ir_inst copy = *inst;
    copy.args.at = copy.results.at = NULL;
    copy.args.len = copy.args.cap = 0;
    copy.results.len = copy.results.cap = 0;
    copy.axes.at = NULL;
    copy.axes.len = copy.axes.cap = 0;
    for (uint32_t i = 0; i < inst->axes.len; i++)
        vec_push(arena, &copy.axes, inst->axes.at[i]);
    return copy;
}

/* ---- constants ------------------------------------------------------------------------------ */

bool ir_constant_fits(enum dtype dtype, const union scalar *constant)
{
    const struct dtype_info *info = &dtype_table[dtype];
    int spare = 64 - info->bytes * 8; /* bits above those of the dtype */
    if (info->cls == CLASS_BOOL)
        return constant->u <= 1;
    if (info->cls == CLASS_UINT)
        return spare == 0 || constant->u >> (64 - spare) == 0;
    if (info->cls == CLASS_INT)
        return spare == 0
               || (constant->i >= -(INT64_C(1) << (63 - spare))
                   && constant->i < INT64_C(1) << (63 - spare));
    return true;
}
