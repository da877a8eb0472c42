/* Entries whose nests go over all lanes at once: each element is a vector (R8).
 *
 *   AB_EACH(lane, m) for i: x[lane][i] = ..      for i: st_f64(m, x[i], ..)
 *
 * That is better as long as lanes are together: no loop over lanes, sums in any order at full width, an
 * element of a shared array is read once for all lanes. It needs nests whose indexes are the same for all
 * lanes (single elements may be anywhere: those are gathers), and no tensor that moves by itself: into
 * frames, to other functions. Then all tensors of the entry are kept by columns. */
#include "plan/plan.h"

#include <string.h>

enum {
    LONGEST_BLOCK_OF_SUMS = 128, /* longer sums are pairwise: with a stack for each lane */
    LONGEST_SHORT = 64           /* elements of a tensor */
};

static bool is_same_for_all(const struct ir_func *ir, const struct plan_func *func, value_id value)
{
    return plan_is_constant(ir, value) || bitset_has(&func->uniform.fixed, value)
        || bitset_has(&func->uniform.values, value);
}

static bool indexes_are_same(const struct ir_func *ir, const struct plan_func *func,
                             const struct ir_inst *inst, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++)
        if (!is_same_for_all(ir, func, inst->args.at[i]))
            return false;
    return true;
}

static int64_t reduced_count(const struct ir_func *ir, const struct ir_inst *inst)
{
    const struct shape *shape = &ir->values.at[inst->args.at[0]].type.shape;
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++)
        if (inst->axis_set >> i & 1)
            count *= shape->dim[i];
    return count;
}

static bool has_bool_memory(const struct ir_func *ir, const struct plan_func *func,
                            const struct ir_inst *inst)
{
    for (uint32_t i = 0; i < inst->results.len; i++)
        if (plan_is_stored(func, inst->results.at[i])
            && ir->values.at[inst->results.at[i]].type.dtype == DT_BOOL)
            return true;
    return false;
}

static bool inst_fits(const struct ir_func *ir, const struct plan_func *func,
                      const struct ir_inst *inst)
{
    bool is_scalar = inst->results.len != 1 || !plan_is_tensor(ir, inst->results.at[0]);
    if (has_bool_memory(ir, func, inst))
        return false;
    switch (inst->kind) {
    case INST_TAKE:
    case INST_ARG_REDUCE:
        return false;
    case INST_SHOW:
        for (uint32_t i = 0; i < inst->args.len; i++)
            if (plan_is_tensor(ir, inst->args.at[i]))
                return false;
        return true;
    case INST_REDUCE:
        return reduced_count(ir, inst) <= LONGEST_BLOCK_OF_SUMS || inst->op != OP_add;
    case INST_EXTRACT:
        return is_scalar || indexes_are_same(ir, func, inst, 1, inst->args.len);
    case INST_LOAD:
        return is_scalar || indexes_are_same(ir, func, inst, 0, inst->args.len);
    case INST_INSERT:
        return !plan_is_tensor(ir, vec_last(&inst->args))
            || indexes_are_same(ir, func, inst, 1, inst->args.len - 1);
    case INST_OP:
    case INST_CONST:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_BROADCAST:
    case INST_RESHAPE:
    case INST_TRANSPOSE:
    case INST_IOTA:
    case INST_BUILD:
    case INST_CONCAT:
    case INST_CONTRACT:
    case INST_EXTENT:
        return true;
    }
    return false;
}

static bool signature_fits(const struct plan *plan, const struct plan_entry *entry, func_id func)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    bool is_called = entry->funcs[func].stack != IR_NONE || func != entry->entry->func;
    for (uint32_t i = 0; i < ir->params.len; i++)
        if (ir->params.at[i].shape.rank > 0 && (is_called || ir->params.at[i].dtype == DT_BOOL))
            return false;
    for (uint32_t i = 0; i < ir->results.len; i++)
        if (ir->results.at[i].shape.rank > 0 && (is_called || ir->results.at[i].dtype == DT_BOOL))
            return false;
    return true;
}

static bool frames_fit(const struct plan_entry *entry)
{
    for (uint32_t s = 0; s < entry->stacks.len; s++)
        for (uint32_t w = 0; w < entry->stacks.at[s].words.len; w++)
            if (entry->stacks.at[s].words.at[w].elements > 0)
                return false;
    return true;
}

static bool func_fits(const struct plan *plan, const struct plan_entry *entry, func_id id)
{
    const struct ir_func *ir = &plan->prog->funcs.at[id];
    const struct plan_func *func = &entry->funcs[id];
    for (block_id b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++)
            if (!inst_fits(ir, func, &ir->insts.at[block->insts.at[i]]))
                return false;
        for (uint32_t i = 0; i < block->params.len; i++)
            if (plan_is_tensor(ir, block->params.at[i])
                && ir->values.at[block->params.at[i]].type.dtype == DT_BOOL)
                return false;
    }
    return signature_fits(plan, entry, id);
}

/* Long tensors that are only moved and computed element by element are as fast lane by lane, at any
 * occupancy; vectors pay where something is read once for all lanes, or summed up, or short. */
static bool pays(const struct plan *plan, const struct plan_entry *entry)
{
    uint64_t longest = 0;
    for (uint32_t h = 0; h < entry->homes.len; h++)
        longest = entry->homes.at[h].elements > longest ? entry->homes.at[h].elements : longest;
    for (uint32_t i = 0; i < entry->order.len; i++) {
        const struct ir_func *ir = &plan->prog->funcs.at[entry->order.at[i]];
        for (inst_id k = 0; k < ir->insts.len; k++) {
            const struct ir_inst *inst = &ir->insts.at[k];
            bool reads_shared = inst->kind == INST_LOAD && plan_is_tensor(ir, inst->results.at[0]);
            if (reads_shared || inst->kind == INST_CONTRACT || inst->kind == INST_REDUCE)
                return true;
        }
    }
    return longest <= LONGEST_SHORT;
}

bool plan_vectors(const struct plan *plan, const struct plan_entry *entry)
{
    if (plan->options.tensors && !strcmp(plan->options.tensors, "rows"))
        return false;
    for (uint32_t i = 0; i < entry->order.len; i++)
        if (!func_fits(plan, entry, entry->order.at[i]))
            return false;
    bool forced = plan->options.tensors != NULL; /* to columns */
    return frames_fit(entry) && (forced || pays(plan, entry));
}
