/* Estimated cycles of IR for one native vector of 64-bit lanes: sums of reciprocal throughputs. */
#include "plan/plan.h"

enum { COST_CALL = 40, COST_CHECK = 2, COST_BRANCH = 1 };

uint32_t cost_inst(const struct ir_inst *inst, const struct ir_func *func)
{
    (void)func;
    switch (inst->kind) {
    case INST_OP:
        return op_table[inst->op].cost;
    case INST_CONST:
        return 0;
    case INST_CALL:
        return COST_CALL;
    case INST_CHECK:
        return COST_CHECK;
    case INST_LANE_INDEX:
        return 1;
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT:
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
