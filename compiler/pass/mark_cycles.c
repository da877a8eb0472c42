/* Depth is counted within the cycles of the call graph of the program as it was written (L3). A
 * pass that proves a call unreachable may cut a cycle; so that depth stays what it was, this pass,
 * which always runs, behind mark_tail and before all others, numbers the functions of each cycle.
 *
 *   func @f(i64) -> (i64) {                    func @f(i64) -> (i64) cycle 1 {
 *       ... call @g ...              -->           ... call @g ...
 *   func @g(i64) -> (i64) {                    func @g(i64) -> (i64) cycle 1 {
 *       ... call @f ...                            ... call @f ...
 *
 * A cycle of tail calls alone counts nothing and gets no number. Numbers that are there already
 * stay. */
#include "pass/passes.h"

/* Per cycle of calls: whether a call in it (not a tail call) leads back into it. */
static bool *find_counting(struct arena *scratch, const struct ir_prog *prog,
                           const struct callgraph *graph)
{
    bool *counts = ARENA_ARRAY(scratch, bool, graph->scc_count);
    for (func_id id = 0; id < prog->funcs.len; id++) {
        const struct ir_func *func = &prog->funcs.at[id];
        for (block_id b = 0; b < func->blocks.len; b++) {
            const struct ir_block *block = &func->blocks.at[b];
            for (uint32_t i = 0; i < block->insts.len; i++) {
                const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
                if (inst->kind == INST_CALL && graph->scc[inst->callee] == graph->scc[id])
                    counts[graph->scc[id]] = true;
            }
        }
    }
    return counts;
}

bool pass_mark_cycles(struct pass_cx *cx, struct ir_prog *prog)
{
    struct callgraph graph = callgraph_of(cx->scratch, prog);
    const bool *counts = find_counting(cx->scratch, prog, &graph);
    uint32_t *number = ARENA_ARRAY(cx->scratch, uint32_t, graph.scc_count); /* 0: none yet */
    uint32_t highest = 0;
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        uint32_t cycle = prog->funcs.at[id].cycle;
        if (cycle)
            number[graph.scc[id]] = cycle;
        if (cycle > highest)
            highest = cycle;
    }
    for (func_id id = 0; id < prog->funcs.len; id++) {
        uint32_t scc = graph.scc[id];
        if (prog->funcs.at[id].cycle || !counts[scc])
            continue;
        if (!number[scc])
            number[scc] = ++highest;
        prog->funcs.at[id].cycle = number[scc];
        changed = true;
    }
    return changed;
}
