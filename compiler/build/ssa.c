#include "build/ssa.h"

#include <string.h>

void ssa_init(struct ssa *ssa, struct arena *scratch, struct ir_prog *prog, struct ir_func *func)
{
    *ssa = (struct ssa){.scratch = scratch, .prog = prog, .func = func};
    id_map_init(&ssa->values, scratch);
}

leaf_id ssa_leaf_new(struct ssa *ssa, struct type type, name hint, struct loc loc)
{
    vec_push(ssa->scratch, &ssa->leaves, ((struct ssa_leaf){type, hint, loc}));
    return ssa->leaves.len - 1;
}

block_id ssa_block_new(struct ssa *ssa, const char *hint, struct loc loc)
{
    (void)vec_add(ssa->scratch, &ssa->blocks);
    return ir_block_new(ssa->prog, ssa->func, hint, loc);
}

/* ---- edges --------------------------------------------------------------------------- */

static void add_edge(struct ssa *ssa, block_id from, uint32_t edge, block_id to)
{
    vec_push(ssa->scratch, &ssa->blocks.at[to].preds, ((struct ssa_edge){from, edge}));
}

void ssa_jmp(struct ssa *ssa, block_id from, block_id to)
{
    ir_jmp(ssa->prog, ssa->func, from, to, NULL, 0);
    add_edge(ssa, from, 0, to);
}

void ssa_br(struct ssa *ssa, block_id from, value_id condition, block_id yes, block_id no,
            struct loc loc)
{
    ir_br(ssa->prog, ssa->func, from, condition, yes, no, loc);
    add_edge(ssa, from, 0, yes);
    add_edge(ssa, from, 1, no);
}

bool ssa_is_dead(const struct ssa *ssa, block_id block)
{
    return block != 0 && ssa->blocks.at[block].sealed && ssa->blocks.at[block].preds.len == 0;
}

/* ---- values -------------------------------------------------------------------------- */

static uint64_t key_of(block_id block, leaf_id leaf)
{
    return (uint64_t)block << 32 | leaf;
}

void ssa_write(struct ssa *ssa, block_id block, leaf_id leaf, value_id value)
{
    id_map_put(&ssa->values, key_of(block, leaf), value);
    struct ir_value *known = &ssa->func->values.at[value];
    if (!known->hint)
        known->hint = ssa->leaves.at[leaf].hint;
}

/* Put before all other instructions: the block may be complete. */
value_id ssa_undefined(struct ssa *ssa, block_id block, struct type type)
{
    struct ir_block *made = &ssa->func->blocks.at[block];
    const struct ir_inst *zero =
        ir_inst_new(ssa->prog, ssa->func, block, INST_CONST, type, NULL, 0, made->loc);
    value_id value = zero->results.at[0];
    inst_id inst = vec_last(&made->insts);
    memmove(made->insts.at + 1, made->insts.at, (made->insts.len - 1) * sizeof inst);
    made->insts.at[0] = inst;
    return value;
}

static value_id param_for(struct ssa *ssa, block_id block, leaf_id leaf)
{
    const struct ssa_leaf *info = &ssa->leaves.at[leaf];
    struct ssa_open open = {block, leaf, ssa->func->blocks.at[block].params.len};
    value_id param = ir_param_new(ssa->prog, ssa->func, block, info->type, info->hint, info->loc);
    struct ssa_block *made = &ssa->blocks.at[block];
    if (made->sealed)
        vec_push(ssa->scratch, &ssa->pending, open);
    else
        vec_push(ssa->scratch, &made->open, open);
    return param;
}

/* Goes up from the block to where the leaf is known. A parameter made on the way is pending. */
static value_id search(struct ssa *ssa, block_id block, leaf_id leaf)
{
    value_id value = IR_NONE;
    ssa->path.len = 0;
    for (;;) {
        const struct ssa_block *at = &ssa->blocks.at[block];
        if (id_map_get(&ssa->values, key_of(block, leaf), &value))
            break;
        vec_push(ssa->scratch, &ssa->path, block);
        if (!at->sealed || at->preds.len > 1) {
            value = param_for(ssa, block, leaf);
            break;
        }
        if (at->preds.len == 0) {
            value = ssa_undefined(ssa, block, ssa->leaves.at[leaf].type);
            break;
        }
        block = at->preds.at[0].from;
    }
    for (uint32_t i = 0; i < ssa->path.len; i++)
        id_map_put(&ssa->values, key_of(ssa->path.at[i], leaf), value);
    return value;
}

static void set_edge_arg(struct ssa *ssa, struct ssa_edge edge, uint32_t param, value_id value)
{
    struct ir_edge *made = &ssa->func->blocks.at[edge.from].term.edges[edge.edge];
    while (made->args.len <= param)
        vec_push(ssa->prog->arena, &made->args, IR_NONE);
    made->args.at[param] = value;
}

/* A list instead of recursion: a search may lead through as many joins as the function has. */
static void pass_pending(struct ssa *ssa)
{
    while (ssa->pending.len > 0) {
        struct ssa_open open = vec_pop(&ssa->pending);
        for (uint32_t i = 0; i < ssa->blocks.at[open.block].preds.len; i++) {
            struct ssa_edge edge = ssa->blocks.at[open.block].preds.at[i];
            set_edge_arg(ssa, edge, open.param, search(ssa, edge.from, open.leaf));
        }
    }
}

value_id ssa_read(struct ssa *ssa, block_id block, leaf_id leaf)
{
    value_id value = search(ssa, block, leaf);
    pass_pending(ssa);
    return value;
}

void ssa_seal(struct ssa *ssa, block_id block)
{
    struct ssa_block *made = &ssa->blocks.at[block];
    made->sealed = true;
    for (uint32_t i = 0; i < made->open.len; i++)
        vec_push(ssa->scratch, &ssa->pending, made->open.at[i]);
    made->open.len = 0;
    pass_pending(ssa);
}
