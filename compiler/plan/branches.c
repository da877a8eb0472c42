/* Which arms of branches stand under `if (mask)` (guarded) and which are computed for all lanes and
 * selected afterwards (if-converted). An arm that is total and cheap is cheaper computed than tested:
 * a misprediction costs 20 to 30 cycles. An arm is a block with one predecessor, which branches, and
 * what it dominates. Guarding never changes a result: it only skips work under an empty mask. */
#include "plan/plan.h"

#include <string.h>

/* C compilers give up on blocks nested deeper than some hundreds. */
enum { GUARD_ABOVE = 24, DEEPEST_GUARD = 40 };

/* Work that must not run, or is dear, under an empty mask. */
static bool is_dear(const struct plan *plan, const struct ir_func *ir,
                    const struct plan_func *func, block_id block)
{
    const struct ir_block *b = &ir->blocks.at[block];
    if (b->is_loop || b->term.kind == TERM_FAULT || func->point_of_block[block] != IR_NONE)
        return true;
    for (uint32_t i = 0; i < b->insts.len; i++) {
        const struct ir_inst *inst = &ir->insts.at[b->insts.at[i]];
        if (inst->kind == INST_CALL || inst->kind == INST_SHOW)
            return true;
        if (inst->kind == INST_OP
            && op_is_per_lane(plan->prog->bodies, inst->op,
                              ir->values.at[vec_last(&inst->args)].type.dtype))
            return true;
    }
    return false;
}

static uint32_t cost_of_arm(const struct plan *plan, const struct ir_func *ir,
                            const struct plan_func *func, block_id block,
                            uint32_t limit)
{
    uint32_t cost = is_dear(plan, ir, func, block) ? limit + 1 : cost_block(ir, block);
    const struct cfg_block *node = &func->cfg.blocks[block];
    for (uint32_t i = 0; i < node->children.len && cost <= limit; i++)
        cost += cost_of_arm(plan, ir, func, node->children.at[i], limit - cost);
    return cost;
}

static bool is_arm(const struct ir_func *ir, const struct plan_func *func, block_id block)
{
    const struct cfg_block *node = &func->cfg.blocks[block];
    return node->preds.len == 1 && ir->blocks.at[node->preds.at[0]].term.kind == TERM_BR;
}

/* The arm that stays in the loop while the other one leaves it: without lanes the loop ends anyway. */
static bool goes_round(const struct ir_func *ir, const struct plan_func *func, block_id block)
{
    const struct ir_term *term = &ir->blocks.at[func->cfg.blocks[block].preds.at[0]].term;
    block_id other = term->edges[term->edges[0].to == block].to;
    block_id header = func->cfg.blocks[block].loop;
    if (header == IR_NONE || !plan_block_is_native_header(func, header))
        return false;
    return !bitset_has(&loop_at(&func->loops, header)->body, other);
}

void plan_branches(const struct plan *plan, struct plan_entry *entry, func_id func)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    const char *forced = plan->options.branches;
    uint32_t *depth = ARENA_ARRAY(plan->arena, uint32_t, ir->blocks.len + 1); /* of guards around */
    out->guard = ARENA_ARRAY(plan->arena, bool, ir->blocks.len + 1);
    for (block_id b = 0; b < ir->blocks.len; b++) {
        if (b > 0) /* a dominator comes before what it dominates */
            depth[b] = depth[out->cfg.blocks[b].idom] + out->guard[out->cfg.blocks[b].idom];
        if (!is_arm(ir, out, b) || depth[b] >= DEEPEST_GUARD || goes_round(ir, out, b))
            continue;
        if (forced)
            out->guard[b] = !strcmp(forced, "guard");
        else
            out->guard[b] = plan->options.naive
                || cost_of_arm(plan, ir, out, b, GUARD_ABOVE) > GUARD_ABOVE;
    }
}
