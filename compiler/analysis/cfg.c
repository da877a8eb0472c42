/* Predecessors, dominators and loops, in the form of a tidy function: block ids are the order. */
#include "analysis/analysis.h"

#include "ir/graph.h"

#include <string.h>

struct cfg cfg_of(struct arena *arena, const struct ir_func *func)
{
    struct arena *scratch = arena_new();
    struct graph graph = graph_of(scratch, func);
    struct cfg cfg = {.count = graph.count,
                      .blocks = ARENA_ARRAY(arena, struct cfg_block, graph.count)};
    for (block_id id = 0; id < graph.count; id++) {
        struct cfg_block *block = &cfg.blocks[id];
        for (uint32_t k = graph.pred_start[id]; k < graph.pred_start[id + 1]; k++)
            vec_push(arena, &block->preds, graph.preds[k].from);
        block->loop = graph_loop(&graph, id);
        block->outer = block->loop == IR_NONE ? IR_NONE : graph.parent_loop[block->loop];
        block->enter = graph.enter[id];
        block->size = graph.size[id];
        block->idom = id && graph.place[id] != IR_NONE ? graph.dominators.parent[id] : IR_NONE;
        if (block->idom != IR_NONE)
            vec_push(arena, &cfg.blocks[block->idom].children, id);
    }
    arena_free(scratch);
    return cfg;
}

bool cfg_dominates(const struct cfg *cfg, block_id a, block_id b)
{
    return cfg->blocks[b].enter - cfg->blocks[a].enter < cfg->blocks[a].size;
}

/* ---- loops ---------------------------------------------------------------------------------- */

const struct loop *loop_at(const struct loops *loops, block_id header)
{
    uint32_t low = 0, high = loops->list.len;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (loops->list.at[middle].header < header)
            low = middle + 1;
        else
            high = middle;
    }
    return low < loops->list.len && loops->list.at[low].header == header ? &loops->list.at[low]
                                                                         : NULL;
}

static bool is_inside(const struct loop *loop, block_id block)
{
    return block >= loop->header && block < loop->end;
}

static void add_exits(struct arena *arena, struct loop *loop, const struct ir_func *func)
{
    for (int pass = 0; pass < 2; pass++) {
        uint32_t count = 0;
        for (block_id from = loop->header; from < loop->end; from++) {
            const struct ir_term *term = &func->blocks.at[from].term;
            for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
                if (is_inside(loop, term->edges[edge].to))
                    continue;
                if (pass == 1) {
                    loop->exits[count].from = from;
                    loop->exits[count].edge = edge;
                }
                count++;
            }
        }
        if (pass == 0)
            loop->exits = arena_alloc(arena, sizeof *loop->exits * count);
        loop->exit_count = count;
    }
}

/* The end of each loop by header: behind its last block, those of inner loops included. */
static block_id *loop_ends(struct arena *arena, const struct cfg *cfg)
{
    block_id *end = ARENA_ARRAY(arena, block_id, cfg->count);
    for (block_id id = cfg->count; id-- > 0;) {
        const struct cfg_block *block = &cfg->blocks[id];
        if (block->loop == IR_NONE)
            continue;
        if (end[block->loop] <= id)
            end[block->loop] = id + 1;
        if (block->loop == id && block->outer != IR_NONE && end[block->outer] < end[id])
            end[block->outer] = end[id];
    }
    return end;
}

struct loops loops_of(struct arena *arena, const struct ir_func *func, const struct cfg *cfg)
{
    struct loops loops = {0};
    block_id *end = loop_ends(arena, cfg);
    for (block_id id = 0; id < cfg->count; id++) {
        const struct cfg_block *block = &cfg->blocks[id];
        if (block->loop != id)
            continue;
        struct loop loop = {.header = id, .parent = block->outer, .end = end[id], .depth = 1};
        if (loop.parent != IR_NONE)
            loop.depth = loop_at(&loops, loop.parent)->depth + 1;
        for (uint32_t k = 0; k < block->preds.len; k++)
            if (block->preds.at[k] >= id)
                vec_push(arena, &loop.latches, block->preds.at[k]);
        loop.body = bitset_new(arena, cfg->count);
        for (block_id inside = id; inside < loop.end; inside++)
            bitset_add(&loop.body, inside);
        add_exits(arena, &loop, func);
        vec_push(arena, &loops.list, loop);
    }
    return loops;
}
