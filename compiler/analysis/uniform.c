#include "analysis/uniform.h"

enum { FIXED_NODES = 16 }; /* operations that may be repeated at each use of a fixed value */

struct uniform_cx {
    const struct ir_func *func;
    const struct cfg *cfg;
    const struct loops *loops;
    struct uniform *out;
};

static bool is_scalar(const struct ir_func *func, value_id value)
{
    return func->values.at[value].type.shape.rank == 0;
}

static bool is_constant(const struct ir_func *func, value_id value)
{
    const struct ir_value *v = &func->values.at[value];
    return v->kind == VALUE_RESULT && func->insts.at[v->inst].kind == INST_CONST
        && v->type.shape.rank == 0;
}

/* ---- fixed values ----------------------------------------------------------------------------- */

static uint32_t nodes_of(const uint32_t *nodes, const struct ir_func *func,
                         const struct ir_inst *inst)
{
    uint32_t sum = 1;
    if (inst->kind == INST_EXTENT)
        return 1;
    if (inst->kind != INST_OP || op_table[inst->op].traits & TRAIT_PER_LANE)
        return 0;
    for (uint32_t i = 0; i < inst->args.len; i++) {
        if (!nodes[inst->args.at[i]] && !is_constant(func, inst->args.at[i]))
            return 0;
        sum += nodes[inst->args.at[i]];
    }
    return sum > 1 && sum <= FIXED_NODES ? sum : 0;
}

/* Blocks are in reverse post-order, so operands of operations come first. */
static void find_fixed(struct arena *arena, struct uniform_cx *cx)
{
    uint32_t *nodes = ARENA_ARRAY(arena, uint32_t, cx->func->values.len + 1);
    for (block_id b = 0; b < cx->func->blocks.len; b++) {
        const struct ir_block *block = &cx->func->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &cx->func->insts.at[block->insts.at[i]];
            if (inst->results.len != 1 || !is_scalar(cx->func, inst->results.at[0]))
                continue;
            nodes[inst->results.at[0]] = nodes_of(nodes, cx->func, inst);
            if (nodes[inst->results.at[0]])
                bitset_add(&cx->out->fixed, inst->results.at[0]);
        }
    }
}

/* ---- convergent loops ------------------------------------------------------------------------- */

static bool is_uniform(const struct uniform_cx *cx, value_id value)
{
    return is_constant(cx->func, value) || bitset_has(&cx->out->values, value);
}

/* Is it in a loop that all lanes go through together? Loops inside such a loop are such loops. */
static bool in_convergent_loop(const struct uniform_cx *cx, block_id block)
{
    block_id header = cx->cfg->blocks[block].loop;
    return header != IR_NONE && bitset_has(&cx->out->convergent, header);
}

/* Every iteration that is finished has gone through the block. */
static bool dominates_latches(const struct uniform_cx *cx, const struct loop *loop, block_id block)
{
    for (uint32_t i = 0; i < loop->latches.len; i++)
        if (!cfg_dominates(cx->cfg, block, loop->latches.at[i]))
            return false;
    return true;
}

/* All lanes leave by the same branch in the same iteration, or not at all (a fault). */
static bool leaves_together(const struct uniform_cx *cx, const struct loop *loop)
{
    for (uint32_t i = 0; i < loop->exit_count; i++) {
        block_id from = loop->exits[i].from;
        const struct ir_term *term = &cx->func->blocks.at[from].term;
        if (cx->cfg->blocks[from].loop != loop->header || !dominates_latches(cx, loop, from)
            || term->kind != TERM_BR || !is_uniform(cx, term->condition))
            return false;
    }
    for (uint32_t b = bitset_next(&loop->body, 0); b < loop->body.size;
         b = bitset_next(&loop->body, b + 1)) {
        enum term_kind kind = cx->func->blocks.at[b].term.kind;
        block_id inner = cx->cfg->blocks[b].loop;
        if (kind == TERM_RET || kind == TERM_TAIL || !bitset_has(&cx->out->convergent, inner))
            return false;
    }
    return loop->exit_count > 0;
}

/* What the edges into the header from outside (or from inside) pass is one uniform value. */
static bool gets_uniform(const struct uniform_cx *cx, const struct loop *loop, uint32_t index,
                         bool from_inside)
{
    const struct cfg_block *node = &cx->cfg->blocks[loop->header];
    value_id only = IR_NONE;
    for (uint32_t p = 0; p < node->preds.len; p++) {
        const struct ir_term *term = &cx->func->blocks.at[node->preds.at[p]].term;
        if (bitset_has(&loop->body, node->preds.at[p]) != from_inside)
            continue;
        for (uint32_t e = 0; e < ir_edge_count(term); e++) {
            if (term->edges[e].to != loop->header)
                continue;
            value_id value = term->edges[e].args.at[index];
            if (!is_uniform(cx, value) || (only != IR_NONE && only != value))
                return false;
            only = value;
        }
    }
    return true;
}

static bool stays_uniform(const struct uniform_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->func->values.at[value];
    if (bitset_has(&cx->out->fixed, value))
        return true;
    if (!is_scalar(cx->func, value) || !in_convergent_loop(cx, v->block))
        return false;
    if (v->kind == VALUE_PARAM) {
        const struct loop *loop = loop_at(cx->loops, v->block);
        return loop && gets_uniform(cx, loop, v->index, false)
            && gets_uniform(cx, loop, v->index, true);
    }
    const struct ir_inst *inst = &cx->func->insts.at[v->inst];
    if (inst->kind != INST_OP && inst->kind != INST_LOAD && inst->kind != INST_CONST)
        return false;
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!is_uniform(cx, inst->args.at[i]))
            return false;
    return true;
}

/* From "all loops are convergent, all scalars in them uniform" down to what holds. */
static void shrink_until_true(struct uniform_cx *cx)
{
    struct uniform *out = cx->out;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t v = bitset_next(&out->values, 0); v < out->values.size;
             v = bitset_next(&out->values, v + 1))
            if (!stays_uniform(cx, v)) {
                bitset_remove(&out->values, v);
                changed = true;
            }
        for (uint32_t i = 0; i < cx->loops->list.len; i++) {
            const struct loop *loop = &cx->loops->list.at[i];
            if (bitset_has(&out->convergent, loop->header) && !leaves_together(cx, loop)) {
                bitset_remove(&out->convergent, loop->header);
                changed = true;
            }
        }
    }
}

struct uniform uniform_of(struct arena *arena, const struct ir_func *func, const struct cfg *cfg,
                          const struct loops *loops, const struct bitset *native)
{
    struct uniform uniform = {
        .fixed = bitset_new(arena, func->values.len + 1),
        .values = bitset_new(arena, func->values.len + 1),
        .convergent = bitset_new(arena, func->blocks.len + 1),
    };
    struct uniform_cx cx = {func, cfg, loops, &uniform};
    find_fixed(arena, &cx);
    bitset_copy(&uniform.convergent, native);
    for (value_id v = 0; v < func->values.len; v++)
        if (is_scalar(func, v))
            bitset_add(&uniform.values, v);
    shrink_until_true(&cx);
    return uniform;
}
