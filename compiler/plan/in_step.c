/* Values that are the same for all lanes because they go in step: lanes enter an inner loop
 * together, with one value of its counter, and those that stay have made the same number of
 * rounds.
 *
 *   while loop over i (lanes of different age: %i differs)
 *       for loop over j from 0:  %j is the same for all lanes in it, whenever each of them leaves
 *
 * Only in a piece that comes to the loop from outside: lanes that waited at its header (the
 * piece's point), because the fuel of a visit ended, are of different age. Native loops inside
 * native loops are all that a piece enters so. */
#include "plan/plan.h"

struct step_cx {
    const struct ir_func *ir;
    const struct plan_func *func;
    const struct bitset *piece; /* its blocks; NULL: any */
    block_id point;             /* its first block, or IR_NONE */
    struct bitset values; /* that may be in step */
};

static bool is_entered_together(const struct step_cx *cx, const struct loop *loop)
{
    return loop->header != cx->point && loop->parent != IR_NONE
        && (!cx->piece || bitset_has(cx->piece, loop->header))
        && plan_block_is_native_header(cx->func, loop->header)
        && plan_block_is_native_header(cx->func, loop->parent);
}

static bool in_such_loop(const struct step_cx *cx, block_id block)
{
    for (block_id header = cx->func->cfg.blocks[block].loop; header != IR_NONE;) {
        const struct loop *loop = loop_at(&cx->func->loops, header);
        if (is_entered_together(cx, loop))
            return true;
        header = loop->parent;
    }
    return false;
}

/* Is the value one for all lanes that are in `block`? Lanes leave a loop in different rounds. */
static bool is_same_in(const struct step_cx *cx, value_id value, block_id block)
{
    if (plan_needs_no_place(cx->ir, cx->func, value))
        return true;
    if (!bitset_has(&cx->values, value) && !bitset_has(&cx->func->uniform.values, value))
        return false;
    block_id header = cx->func->cfg.blocks[cx->ir->values.at[value].block].loop;
    return header != IR_NONE && bitset_has(&loop_at(&cx->func->loops, header)->body, block);
}

/* The edges into the header from outside (or from inside) all give one value, the same for all
 * lanes. */
static bool gets_one(const struct step_cx *cx, const struct loop *loop, uint32_t index,
                     bool from_inside)
{
    const struct cfg_block *node = &cx->func->cfg.blocks[loop->header];
    value_id only = IR_NONE;
    for (uint32_t p = 0; p < node->preds.len; p++) {
        const struct ir_term *term = &cx->ir->blocks.at[node->preds.at[p]].term;
        if (bitset_has(&loop->body, node->preds.at[p]) != from_inside)
            continue;
        block_id at = from_inside ? loop->header : loop->parent;
        for (uint32_t e = 0; e < ir_edge_count(term); e++) {
            if (term->edges[e].to != loop->header)
                continue;
            value_id value = term->edges[e].args.at[index];
            if (!is_same_in(cx, value, at) || (only != IR_NONE && only != value))
                return false;
            only = value;
        }
    }
    return true;
}

/* A parameter that is read after the loop without being captured must be right for each lane. */
static bool may_be_scalar(const struct step_cx *cx, block_id header, uint32_t index)
{
    enum param_form form = plan_loop_at(cx->func, header)->params[index];
    value_id param = cx->ir->blocks.at[header].params.at[index];
    return (form == PARAM_FREE || form == PARAM_AT_EXIT)
        && dtype_table[cx->ir->values.at[param].type.dtype].cls != CLASS_FLOAT; /* nor parked */
}

static bool stays_in_step(const struct step_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    if (v->type.shape.rank > 0 || !in_such_loop(cx, v->block))
        return false;
    if (v->kind == VALUE_PARAM) {
        const struct loop *loop = loop_at(&cx->func->loops, v->block);
        return loop && is_entered_together(cx, loop) && may_be_scalar(cx, v->block, v->index)
            && gets_one(cx, loop, v->index, false) && gets_one(cx, loop, v->index, true);
    }
    const struct ir_inst *inst = &cx->ir->insts.at[v->inst];
    if (inst->kind != INST_OP && inst->kind != INST_LOAD)
        return false;
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!is_same_in(cx, inst->args.at[i], v->block))
            return false;
    return inst->args.len > 0;
}

struct bitset plan_in_step(struct arena *arena, const struct ir_func *ir,
                           const struct plan_func *func, const struct bitset *piece,
                           block_id point)
{
    struct step_cx cx = {ir, func, piece, point, bitset_new(arena, ir->values.len + 1)};
    for (value_id v = 0; v < ir->values.len; v++)
        bitset_add(&cx.values, v);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t v = bitset_next(&cx.values, 0); v < cx.values.size;
             v = bitset_next(&cx.values, v + 1))
            if (v >= ir->values.len || !stays_in_step(&cx, v))
                changed |= bitset_remove(&cx.values, v);
    }
    return cx.values;
}
