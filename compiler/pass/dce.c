/* Dead code: instructions and block parameters that nothing needs, functions that no entry reaches.
 *
 *   b1 loop(%i.2: i64, %s.3: i64):             b1 loop(%i.2: i64):
 *       %4: i64 = mul %i.2, %s.3       -->         %5: i64 = add %i.2, %1
 *       %5: i64 = add %i.2, %1                     %6: bool = lt %5, %n.0
 *       %6: bool = lt %5, %n.0                     br %6, b2, b3
 *       br %6, b2, b3                          b2:
 *   b2:                                            jmp b1(%5)
 *       jmp b1(%5, %4)
 *
 * What must hold: checks, faults, calls and the control flow itself stay, used or not, because an
 * example that faults or never ends there must go on doing so. Only a call of a function that is
 * proved total may go: no check, fault or loop in it, no show, no cycle, total callees. */
#include "pass/passes.h"
#include "pass/rewrite.h"

/* ---- total functions ------------------------------------------------------------------------ */

static bool is_total(const struct ir_func *func, const bool *total)
{
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_block *block = &func->blocks.at[id];
        if (block->is_loop || block->term.kind == TERM_FAULT
            || (block->term.kind == TERM_TAIL && !total[block->term.callee]))
            return false;
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            if (inst->kind == INST_CHECK || inst->kind == INST_SHOW
                || (inst->kind == INST_CALL && !total[inst->callee]))
                return false;
        }
    }
    return true;
}

static bool *find_total(struct arena *scratch, const struct ir_prog *prog,
                        const struct callgraph *graph)
{
    bool *total = ARENA_ARRAY(scratch, bool, prog->funcs.len);
    for (uint32_t i = 0; i < prog->funcs.len; i++) {
        func_id id = graph->order[i];
        total[id] = !graph->recursive[id] && is_total(&prog->funcs.at[id], total);
    }
    return total;
}

/* ---- live values ---------------------------------------------------------------------------- */

struct marker {
    const struct ir_func *func;
    const bool *total;
    bool *live; /* per value */
    bool *live_inst;
    VEC(value_id) work; /* live values whose sources are not marked yet */
    struct arena *scratch;
    struct cfg cfg;
};

static void mark_use(void *user, value_id *use)
{
    struct marker *marker = user;
    if (marker->live[*use])
        return;
    marker->live[*use] = true;
    vec_push(marker->scratch, &marker->work, *use);
}

static void mark_inst(struct marker *marker, inst_id id)
{
    if (marker->live_inst[id])
        return;
    marker->live_inst[id] = true;
    for_each_use_in_inst(&marker->func->insts.at[id], mark_use, marker);
}

static bool has_effect(const struct marker *marker, const struct ir_inst *inst)
{
    switch (inst->kind) {
    case INST_CHECK:
    case INST_SHOW:
        return true;
    case INST_CALL:
        return !marker->total[inst->callee];
    case INST_OP:
    case INST_CONST:
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT:
    case INST_LANE_INDEX:
        break;
    }
    return false;
}

static void mark_roots(struct marker *marker)
{
    for (block_id id = 0; id < marker->func->blocks.len; id++) {
        struct ir_block *block = &marker->func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++)
            if (has_effect(marker, &marker->func->insts.at[block->insts.at[i]]))
                mark_inst(marker, block->insts.at[i]);
        if (block->term.kind == TERM_BR)
            mark_use(marker, &block->term.condition);
        for (uint32_t i = 0; i < block->term.args.len; i++)
            mark_use(marker, &block->term.args.at[i]);
    }
}

/* What the edges into its block pass for a live parameter. */
static void mark_passed(struct marker *marker, const struct ir_value *param)
{
    const struct cfg_block *block = &marker->cfg.blocks[param->block];
    for (uint32_t i = 0; i < block->preds.len; i++) {
        struct ir_term *term = &marker->func->blocks.at[block->preds.at[i]].term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            if (term->edges[edge].to == param->block)
                mark_use(marker, &term->edges[edge].args.at[param->index]);
    }
}

static void mark_all(struct marker *marker)
{
    mark_roots(marker);
    while (marker->work.len) {
        const struct ir_value *value = &marker->func->values.at[vec_pop(&marker->work)];
        if (value->kind == VALUE_RESULT)
            mark_inst(marker, value->inst);
        else if (value->block != 0)
            mark_passed(marker, value);
    }
}

static bool sweep(struct arena *scratch, struct ir_func *func, const struct marker *marker)
{
    bool changed = false;
    bool *gone = ARENA_ARRAY(scratch, bool, func->values.len);
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_block *block = &func->blocks.at[id];
        uint32_t kept = 0;
        for (uint32_t i = 0; i < block->insts.len; i++)
            if (marker->live_inst[block->insts.at[i]])
                block->insts.at[kept++] = block->insts.at[i];
        changed |= kept < block->insts.len;
        block->insts.len = kept;
        for (uint32_t i = 0; id && i < block->params.len; i++) {
            gone[block->params.at[i]] = !marker->live[block->params.at[i]];
            changed |= gone[block->params.at[i]];
        }
    }
    if (changed)
        func_drop_params(func, gone);
    return changed;
}

static bool dce_func(struct arena *scratch, struct ir_func *func, const bool *total)
{
    struct marker marker = {.func = func,
                            .total = total,
                            .live = ARENA_ARRAY(scratch, bool, func->values.len),
                            .live_inst = ARENA_ARRAY(scratch, bool, func->insts.len),
                            .scratch = scratch,
                            .cfg = cfg_of(scratch, func)};
    mark_all(&marker);
    return sweep(scratch, func, &marker);
}

/* ---- functions ------------------------------------------------------------------------------ */

/* A program without entries is a piece of one: all of it stays. */
static bool drop_unreached(struct arena *scratch, struct ir_prog *prog)
{
    if (!prog->entries.len)
        return false;
    struct callgraph graph = callgraph_of(scratch, prog);
    bool *keep = ARENA_ARRAY(scratch, bool, prog->funcs.len);
    VEC(func_id) work = {0};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < prog->entries.len; i++)
        vec_push(scratch, &work, prog->entries.at[i].func);
    while (work.len) {
        func_id id = vec_pop(&work);
        if (keep[id])
            continue;
        keep[id] = true;
        kept++;
        for (uint32_t i = 0; i < graph.callees[id].len; i++)
            vec_push(scratch, &work, graph.callees[id].at[i]);
    }
    if (kept == prog->funcs.len)
        return false;
    prog_keep_funcs(prog, keep);
    return true;
}

/* A branch around dead code becomes a jump when tidied, and then its condition may be dead too. */
bool pass_dce(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = drop_unreached(cx->scratch, prog);
    for (bool again = true; again;) {
        struct callgraph graph = callgraph_of(cx->scratch, prog);
        const bool *total = find_total(cx->scratch, prog, &graph);
        again = false;
        for (func_id id = 0; id < prog->funcs.len; id++)
            again |= dce_func(cx->scratch, &prog->funcs.at[id], total);
        if (again)
            ir_tidy(prog);
        again |= drop_unreached(cx->scratch, prog);
        changed |= again;
    }
    return changed;
}
