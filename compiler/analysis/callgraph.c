/* Who calls whom, and the cycles of it (Tarjan's algorithm with an explicit stack). */
#include "analysis/analysis.h"

#include <stdlib.h>
#include <string.h>

/* Calls (unless only tails are asked for) and tail calls of each function, each callee once. */
static void find_callees(struct arena *arena, const struct ir_prog *prog, bool only_tails,
                         struct callgraph *graph)
{
    /* Per function: 1 + the last function that listed it as a callee. */
    uint32_t *seen = ARENA_ARRAY(arena, uint32_t, prog->funcs.len);
    graph->callees = arena_alloc(arena, sizeof *graph->callees * prog->funcs.len);
    for (func_id id = 0; id < prog->funcs.len; id++) {
        const struct ir_func *func = &prog->funcs.at[id];
        for (block_id b = 0; b < func->blocks.len; b++) {
            const struct ir_block *block = &func->blocks.at[b];
            for (uint32_t i = 0; i <= block->insts.len; i++) {
                func_id callee = IR_NONE;
                if (i == block->insts.len)
                    callee = block->term.kind == TERM_TAIL ? block->term.callee : IR_NONE;
                else if (!only_tails && func->insts.at[block->insts.at[i]].kind == INST_CALL)
                    callee = func->insts.at[block->insts.at[i]].callee;
                if (callee == IR_NONE || seen[callee] == id + 1)
                    continue;
                seen[callee] = id + 1;
                vec_push(arena, &graph->callees[id], callee);
            }
        }
    }
}

/* ---- cycles of the program as written ------------------------------------------------------- */

/* A function and its ir_func.cycle. */
struct member {
    uint32_t cycle;
    func_id func;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    if (left->cycle != right->cycle)
        return left->cycle < right->cycle ? -1 : 1;
    return left->func < right->func ? -1 : left->func > right->func;
}

/* Whether the function calls one of its own cycle, so that depth is counted. */
static bool has_counted_call(const struct ir_prog *prog, const struct ir_func *func)
{
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            if (inst->kind == INST_CALL && prog->funcs.at[inst->callee].cycle == func->cycle)
                return true;
        }
    }
    return false;
}

/* Per function: another one of its cycle, such that these edges make one ring of all of them;
 * IR_NONE: it has no cycle, or one in which no counted call is left. */
static func_id *find_rings(struct arena *scratch, const struct ir_prog *prog)
{
    func_id *next = ARENA_ARRAY(scratch, func_id, prog->funcs.len);
    struct member *members = ARENA_ARRAY(scratch, struct member, prog->funcs.len);
    uint32_t count = 0;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        next[id] = IR_NONE;
        if (prog->funcs.at[id].cycle)
            members[count++] = (struct member){prog->funcs.at[id].cycle, id};
    }
    if (count)
        qsort(members, count, sizeof *members, compare_members);
    for (uint32_t start = 0, end; start < count; start = end) {
        bool counts = false;
        for (end = start; end < count && members[end].cycle == members[start].cycle; end++)
            counts |= has_counted_call(prog, &prog->funcs.at[members[end].func]);
        for (uint32_t i = start; counts && i < end; i++)
            next[members[i].func] = members[i + 1 < end ? i + 1 : start].func;
    }
    return next;
}

/* ---- cycles --------------------------------------------------------------------------------- */

struct walk {
    uint32_t *index, *low; /* index 0: not visited yet */
    uint32_t next_index;
    bool *open;       /* on the stack of functions without a cycle yet */
    func_id *pending; /* that stack */
    uint32_t pending_count;
    func_id *path;       /* the functions being visited */
    uint32_t *at_callee; /* of each in the path: the next callee */
    uint32_t height;
};

static void enter(struct walk *walk, func_id id)
{
    walk->index[id] = walk->low[id] = ++walk->next_index;
    walk->open[id] = true;
    walk->pending[walk->pending_count++] = id;
    walk->path[walk->height] = id;
    walk->at_callee[walk->height++] = 0;
}

static void lower(struct walk *walk, func_id id, uint32_t to)
{
    if (walk->low[id] > to)
        walk->low[id] = to;
}

/* All callees of the top of the path are done: it may be the root of a cycle. */
static void leave(struct walk *walk, struct callgraph *graph)
{
    func_id id = walk->path[--walk->height];
    if (walk->height)
        lower(walk, walk->path[walk->height - 1], walk->low[id]);
    if (walk->low[id] != walk->index[id])
        return;
    bool alone = walk->pending[walk->pending_count - 1] == id;
    func_id member;
    do {
        member = walk->pending[--walk->pending_count];
        walk->open[member] = false;
        graph->scc[member] = graph->scc_count;
        graph->recursive[member] = !alone;
    } while (member != id);
    graph->scc_count++;
}

/* `ring`: one more callee of each function, or NULL. */
static void find_cycles(struct arena *arena, struct callgraph *graph, uint32_t count,
                        const func_id *ring)
{
    struct walk walk = {.index = ARENA_ARRAY(arena, uint32_t, count),
                        .low = ARENA_ARRAY(arena, uint32_t, count),
                        .open = ARENA_ARRAY(arena, bool, count),
                        .pending = ARENA_ARRAY(arena, func_id, count),
                        .path = ARENA_ARRAY(arena, func_id, count),
                        .at_callee = ARENA_ARRAY(arena, uint32_t, count)};
    for (func_id root = 0; root < count; root++) {
        if (walk.index[root])
            continue;
        enter(&walk, root);
        while (walk.height) {
            func_id id = walk.path[walk.height - 1];
            uint32_t next = walk.at_callee[walk.height - 1]++;
            uint32_t callees = graph->callees[id].len;
            bool is_ring = next == callees && ring && ring[id] != IR_NONE;
            if (next >= callees && !is_ring) {
                leave(&walk, graph);
                continue;
            }
            func_id callee = is_ring ? ring[id] : graph->callees[id].at[next];
            if (!walk.index[callee])
                enter(&walk, callee);
            else if (walk.open[callee])
                lower(&walk, id, walk.index[callee]);
        }
    }
}

/* By cycle; functions of one cycle ascending (a counting sort). */
static void order_functions(struct arena *arena, struct callgraph *graph, uint32_t count)
{
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, graph->scc_count + 1);
    graph->order = ARENA_ARRAY(arena, func_id, count);
    for (func_id id = 0; id < count; id++)
        start[graph->scc[id] + 1]++;
    for (uint32_t i = 0; i < graph->scc_count; i++)
        start[i + 1] += start[i];
    for (func_id id = 0; id < count; id++)
        graph->order[start[graph->scc[id]]++] = id;
}

static struct callgraph make_graph(struct arena *arena, const struct ir_prog *prog, bool only_tails)
{
    uint32_t count = prog->funcs.len;
    struct callgraph graph = {.scc = ARENA_ARRAY(arena, uint32_t, count),
                              .recursive = ARENA_ARRAY(arena, bool, count)};
    find_callees(arena, prog, only_tails, &graph);
    struct arena *scratch = arena_new();
    bool *calls_itself = ARENA_ARRAY(scratch, bool, count);
    for (func_id id = 0; id < count; id++)
        for (uint32_t i = 0; i < graph.callees[id].len; i++)
            calls_itself[id] |= graph.callees[id].at[i] == id;
    find_cycles(scratch, &graph, count, only_tails ? NULL : find_rings(scratch, prog));
    for (func_id id = 0; id < count; id++)
        graph.recursive[id] |= calls_itself[id];
    arena_free(scratch);
    order_functions(arena, &graph, count);
    return graph;
}

struct callgraph callgraph_of(struct arena *arena, const struct ir_prog *prog)
{
    return make_graph(arena, prog, false);
}

struct callgraph callgraph_of_tails(struct arena *arena, const struct ir_prog *prog)
{
    return make_graph(arena, prog, true);
}

struct bitset callgraph_reach(struct arena *arena, const struct callgraph *graph,
                              const struct ir_prog *prog, func_id from)
{
    struct bitset reached = bitset_new(arena, prog->funcs.len);
    struct arena *scratch = arena_new();
    func_id *work = ARENA_ARRAY(scratch, func_id, prog->funcs.len);
    uint32_t height = 0;
    bitset_add(&reached, from);
    work[height++] = from;
    while (height) {
        func_id id = work[--height];
        for (uint32_t i = 0; i < graph->callees[id].len; i++)
            if (bitset_add(&reached, graph->callees[id].at[i]))
                work[height++] = graph->callees[id].at[i];
    }
    arena_free(scratch);
    return reached;
}
