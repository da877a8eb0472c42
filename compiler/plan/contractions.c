/* Contractions of rows that are made over vectors of lanes after all. Where tensors are kept by rows, a
 * product of a shared matrix and a vector of each lane reads the whole matrix for each lane:
 *
 *   y[lane][i] = sum of a[i, j] * x[lane][j]
 *
 * Turning x round into columns and y back into rows costs a few instructions an element; in between an
 * element of the matrix is read once for all lanes, and sums need no order across a vector. The order
 * of each sum stays. The columns are homes of the entry that no lane waits in. */
#include "plan/plan.h"

#include <string.h>

enum {
    FEWEST_PRODUCTS = 512,     /* of a lane */
    FEWEST_PER_ELEMENT = 8,    /* products for each element that is turned round */
    ROUND_UP = 8               /* elements are turned in blocks of 8 by 8 */
};

static bool is_same_for_all(const struct ir_func *ir, const struct plan_func *func, value_id value)
{
    return plan_is_constant(ir, value) || bitset_has(&func->uniform.fixed, value)
        || bitset_has(&func->uniform.values, value);
}

/* A tensor without memory that all lanes have in common: made by index maps from shared arrays and
 * constants. */
static bool is_common(const struct ir_func *ir, const struct plan_func *func, value_id value)
{
    const struct ir_value *v = &ir->values.at[value];
    const struct ir_inst *inst = v->kind == VALUE_RESULT ? &ir->insts.at[v->inst] : NULL;
    if (!plan_is_tensor(ir, value))
        return is_same_for_all(ir, func, value);
    if (!inst || plan_is_stored(func, value))
        return false;
    switch (inst->kind) {
    case INST_CONST:
        return true;
    AB_CASE_INDEX_MAPS:
        for (uint32_t i = 0; i < inst->args.len; i++)
            if (!is_common(ir, func, inst->args.at[i]))
                return false;
        return true;
    AB_CASE_TENSOR_MAKERS:
    case INST_OP:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        return false;
    }
    return false;
}

static uint64_t elements_of(const struct ir_func *ir, value_id value)
{
    return (uint64_t)shape_elements(&ir->values.at[value].type.shape);
}

/* For each element of the result the product of the extents that are summed over. */
static uint64_t products_of(const struct ir_func *ir, const struct ir_inst *inst)
{
    const struct shape *shape = &ir->values.at[inst->args.at[0]].type.shape;
    uint64_t products = elements_of(ir, inst->results.at[0]);
    for (int i = shape->rank - inst->inner; i < shape->rank; i++)
        products *= (uint64_t)shape->dim[i];
    return products;
}

/* Which operand is worth turning round, or IR_NONE. */
static uint32_t operand_to_pack(const struct ir_func *ir, const struct plan_func *func,
                                const struct ir_inst *inst)
{
    if (inst->kind != INST_CONTRACT)
        return IR_NONE;
    value_id result = inst->results.at[0];
    if (!plan_is_stored(func, result) || func->home_of_value[result] == IR_NONE
        || ir->values.at[result].type.dtype == DT_BOOL)
        return IR_NONE;
    for (uint32_t i = 0; i < 2; i++) {
        value_id lanes = inst->args.at[i];
        uint64_t products = products_of(ir, inst);
        uint64_t turned = elements_of(ir, lanes) + elements_of(ir, result);
        if (plan_is_tensor(ir, lanes) && plan_is_stored(func, lanes)
            && is_common(ir, func, inst->args.at[1 - i]) && products >= FEWEST_PRODUCTS
            && products >= FEWEST_PER_ELEMENT * turned)
            return i;
    }
    return IR_NONE;
}

/* The entry's columns for operands or for results of a dtype, with room for so many elements. */
static uint32_t columns_for(const struct plan *plan, struct plan_entry *entry, const char *what,
                            func_id func, enum dtype dtype, uint64_t elements)
{
    const char *wish = arena_printf(plan->arena, "packed_%s_%s", what, dtype_table[dtype].name);
    elements = (elements + ROUND_UP - 1) / ROUND_UP * ROUND_UP;
    for (uint32_t h = 0; h < entry->homes.len; h++) {
        struct plan_home *home = &entry->homes.at[h];
        if (strcmp(home->name, wish))
            continue;
        home->elements = elements > home->elements ? elements : home->elements;
        return h;
    }
    struct plan_home home = {.kind = HOME_SCRATCH, .dtype = dtype, .elements = elements,
                             .by_columns = true, .name = wish, .func = func};
    vec_push(plan->arena, &entry->homes, home);
    return entry->homes.len - 1;
}

void plan_contractions(const struct plan *plan, struct plan_entry *entry, func_id id)
{
    const struct ir_func *ir = &plan->prog->funcs.at[id];
    struct plan_func *func = &entry->funcs[id];
    if (plan->options.naive
        || (plan->options.contractions && !strcmp(plan->options.contractions, "rows")))
        return;
    for (block_id b = 0; b < ir->blocks.len; b++)
        for (uint32_t i = 0; i < ir->blocks.at[b].insts.len; i++) {
            inst_id at = ir->blocks.at[b].insts.at[i];
            const struct ir_inst *inst = &ir->insts.at[at];
            uint32_t arg = operand_to_pack(ir, func, inst);
            if (arg == IR_NONE)
                continue;
            value_id lanes = inst->args.at[arg], result = inst->results.at[0];
            enum dtype dtype = ir->values.at[result].type.dtype;
            struct plan_packing packing = {at, lanes, columns_for(plan, entry, "operand", id, dtype,
                                                                  elements_of(ir, lanes)),
                                           columns_for(plan, entry, "result", id, dtype,
                                                       elements_of(ir, result))};
            vec_push(plan->arena, &func->packings, packing);
        }
}

const struct plan_packing *plan_packing_of(const struct plan_func *func, inst_id inst)
{
    for (uint32_t i = 0; i < func->packings.len; i++)
        if (func->packings.at[i].inst == inst)
            return &func->packings.at[i];
    return NULL;
}
