/* Estimated cycles of IR for one native vector of 64-bit lanes: sums of reciprocal throughputs. */
#include "plan/plan.h"

enum {
    COST_CALL = 40, COST_CHECK = 2, COST_BRANCH = 1,
    COST_GATHER = 10,          /* one element of a row or a table for each lane */
    COST_ROWS = 16,            /* a loop over the lanes, to which each element adds a cycle */
    COST_MOST = 1 << 12        /* of one instruction: sums stay far from overflow */
};

static uint64_t elements_of(const struct ir_func *func, value_id value)
{
    return (uint64_t)shape_elements(&func->values.at[value].type.shape);
}

static uint32_t limited(uint64_t cost)
{
    return cost > COST_MOST ? COST_MOST : (uint32_t)cost;
}

/* By the elements that are read or made, whichever are more; an insert in place touches a region. */
static uint32_t cost_of_maker(const struct ir_inst *inst, const struct ir_func *func)
{
    uint64_t most = elements_of(func, inst->args.at[inst->args.len - 1]);
    if (inst->kind == INST_INSERT)
        return most == 1 ? COST_GATHER : limited(COST_ROWS + most);
    for (uint32_t i = 0; i < inst->args.len; i++) {
        uint64_t elements = elements_of(func, inst->args.at[i]);
        most = elements > most ? elements : most;
    }
    uint64_t made = elements_of(func, inst->results.at[0]);
    return limited(COST_ROWS + (made > most ? made : most));
}

uint32_t cost_inst(const struct ir_inst *inst, const struct ir_func *func)
{
    switch (inst->kind) {
    case INST_OP:
        return limited(op_table[inst->op].cost * elements_of(func, inst->results.at[0]));
    case INST_CONST:
        return 0;
    case INST_CALL:
        return COST_CALL;
    case INST_CHECK:
        return COST_CHECK;
    case INST_LANE_INDEX:
        return 1;
    AB_CASE_INDEX_MAPS:
        return func->values.at[inst->results.at[0]].type.shape.rank == 0 ? COST_GATHER : 0;
    AB_CASE_TENSOR_MAKERS:
        return cost_of_maker(inst, func);
    case INST_EXTENT:
        return 0;
    case INST_SHOW:
        return COST_CALL;
    }
    return 0;
}

uint32_t cost_block(const struct ir_func *func, block_id block)
{
    const struct ir_block *b = &func->blocks.at[block];
    uint32_t cost = COST_BRANCH;
    for (uint32_t i = 0; i < b->insts.len; i++)
        cost += cost_inst(&func->insts.at[b->insts.at[i]], func);
    for (uint32_t e = 0; e < ir_edge_count(&b->term); e++)
        cost += b->term.edges[e].args.len;
    return cost;
}
