#include "ir/graph.h"

#include <string.h>

static uint32_t *filled(struct arena *arena, uint32_t count, uint32_t value)
{
    uint32_t *array = ARENA_ARRAY(arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        array[i] = value;
    return array;
}

/* ---- ancestors ------------------------------------------------------------------------------ */

static struct ancestry ancestry_new(struct arena *arena, uint32_t count)
{
    return (struct ancestry){.parent = filled(arena, count, IR_NONE),
                             .jump = filled(arena, count, IR_NONE),
                             .depth = filled(arena, count, 0)};
}

static void ancestry_root(struct ancestry *tree, uint32_t node)
{
    tree->parent[node] = tree->jump[node] = node;
    tree->depth[node] = 0;
}

static void ancestry_add(struct ancestry *tree, uint32_t node, uint32_t parent)
{
    uint32_t jump = tree->jump[parent];
    uint32_t span = tree->depth[parent] - tree->depth[jump];
    bool joins = span == tree->depth[jump] - tree->depth[tree->jump[jump]];
    tree->parent[node] = parent;
    tree->jump[node] = joins ? tree->jump[jump] : parent;
    tree->depth[node] = tree->depth[parent] + 1;
}

static uint32_t ancestor_at(const struct ancestry *tree, uint32_t node, uint32_t depth)
{
    while (tree->depth[node] > depth)
        node = tree->depth[tree->jump[node]] >= depth ? tree->jump[node] : tree->parent[node];
    return node;
}

static uint32_t common_ancestor(const struct ancestry *tree, uint32_t a, uint32_t b)
{
    a = ancestor_at(tree, a, tree->depth[b]);
    b = ancestor_at(tree, b, tree->depth[a]);
    while (a != b) {
        bool far = tree->jump[a] != tree->jump[b];
        a = far ? tree->jump[a] : tree->parent[a];
        b = far ? tree->jump[b] : tree->parent[b];
    }
    return a;
}

/* ---- order ---------------------------------------------------------------------------------- */

/* More successors of a block, visited before those of its terminator. */
struct extra_successors {
    const uint32_t *start; /* of block b: to[start[b] .. start[b + 1] - 1] */
    const block_id *to;
};

/* The successor number `index` in the order of visits: the extra ones, then edge 1, then edge 0, so
 * that edge 0 comes first in the reverse; IR_NONE behind the last. */
static block_id successor(const struct ir_func *func, const struct extra_successors *extra,
                          block_id block, uint32_t index)
{
    if (extra) {
        uint32_t count = extra->start[block + 1] - extra->start[block];
        if (index < count)
            return extra->to[extra->start[block] + index];
        index -= count;
    }
    const struct ir_term *term = &func->blocks.at[block].term;
    uint32_t count = ir_edge_count(term);
    return index < count ? term->edges[count - 1 - index].to : IR_NONE;
}

/* Writes the blocks reachable from the entry in reverse post-order; returns how many. */
static uint32_t reverse_post_order(struct arena *arena, const struct ir_func *func,
                                   const struct extra_successors *extra, block_id *order)
{
    uint32_t count = func->blocks.len;
    bool *seen = ARENA_ARRAY(arena, bool, count);
    block_id *stack = ARENA_ARRAY(arena, block_id, count);
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, count);
    uint32_t height = 0, free_from = count;
    if (count) {
        stack[height++] = 0;
        seen[0] = true;
    }
    while (height) {
        block_id block = stack[height - 1];
        block_id to = successor(func, extra, block, next[height - 1]++);
        if (to == IR_NONE) {
            order[--free_from] = block;
            height--;
        } else if (!seen[to]) {
            seen[to] = true;
            next[height] = 0;
            stack[height++] = to;
        }
    }
    uint32_t reached = count - free_from;
    memmove(order, order + free_from, reached * sizeof *order);
    return reached;
}

static void find_preds(struct arena *arena, struct graph *graph)
{
    const struct ir_func *func = graph->func;
    graph->pred_start = ARENA_ARRAY(arena, uint32_t, graph->count + 2);
    uint32_t *fill = graph->pred_start + 1; /* fill[b] becomes pred_start[b + 1] */
    uint32_t total = 0;
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (block_id from = 0; from < graph->count; from++) {
            const struct ir_term *term = &func->blocks.at[from].term;
            if (graph->place[from] == IR_NONE)
                continue;
            for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
                uint32_t *slot = &fill[term->edges[edge].to];
                if (pass == 1)
                    graph->preds[*slot] = (struct graph_edge){from, edge};
                ++*slot;
            }
        }
        if (pass == 1)
            break;
        for (block_id block = 0; block < graph->count; block++) { /* counts to starts */
            uint32_t here = fill[block];
            fill[block] = total;
            total += here;
        }
        graph->preds = ARENA_ARRAY(arena, struct graph_edge, total);
    }
}

/* ---- dominators ----------------------------------------------------------------------------- */

/* In a reducible graph the edges that do not retreat decide: one sweep in reverse post-order. */
static void find_dominators(struct arena *arena, struct graph *graph)
{
    struct ancestry *tree = &graph->dominators;
    *tree = ancestry_new(arena, graph->count);
    graph->enter = filled(arena, graph->count, IR_NONE);
    graph->size = filled(arena, graph->count, 1);
    if (!graph->reached)
        return;
    ancestry_root(tree, 0);
    for (uint32_t i = 1; i < graph->reached; i++) {
        block_id block = graph->order[i], idom = IR_NONE;
        for (uint32_t k = graph->pred_start[block]; k < graph->pred_start[block + 1]; k++) {
            block_id from = graph->preds[k].from;
            if (graph->place[from] < i)
                idom = idom == IR_NONE ? from : common_ancestor(tree, idom, from);
        }
        ancestry_add(tree, block, idom);
    }
    for (uint32_t i = graph->reached; --i;)
        graph->size[tree->parent[graph->order[i]]] += graph->size[graph->order[i]];
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, graph->count);
    graph->enter[0] = 0;
    next[0] = 1;
    for (uint32_t i = 1; i < graph->reached; i++) {
        block_id block = graph->order[i], idom = tree->parent[block];
        graph->enter[block] = next[idom];
        next[idom] += graph->size[block];
        next[block] = graph->enter[block] + 1;
    }
}

bool graph_dominates(const struct graph *graph, block_id a, block_id b)
{
    return graph->place[a] != IR_NONE && graph->place[b] != IR_NONE
           && graph->enter[b] - graph->enter[a] < graph->size[a];
}

bool graph_retreats(const struct graph *graph, block_id from, block_id to)
{
    return graph->place[from] != IR_NONE && graph->place[to] <= graph->place[from];
}

/* ---- loops ---------------------------------------------------------------------------------- */

/* The outermost loop found so far around a block, as its header; halves the path on the way. */
static block_id outermost(block_id *joined, block_id block)
{
    while (joined[block] != block) {
        joined[block] = joined[joined[block]];
        block = joined[block];
    }
    return block;
}

/* Walks backwards from the latches of one header; loops inside it are found already and count as
 * one block each. `joined` and `work` are scratch. */
static void find_loop(struct graph *graph, block_id header, block_id *joined, block_id *work)
{
    uint32_t height = 0;
    work[height++] = header;
    while (height) {
        block_id block = work[--height];
        for (uint32_t k = graph->pred_start[block]; k < graph->pred_start[block + 1]; k++) {
            block_id from = graph->preds[k].from;
            bool retreats = graph_retreats(graph, from, block);
            if (retreats != (block == header) || !graph_dominates(graph, header, from))
                continue;
            graph->is_header[header] = true;
            from = outermost(joined, from);
            if (from == header)
                continue;
            joined[from] = header;
            graph->parent_loop[from] = header;
            work[height++] = from;
        }
    }
}

static void find_loops(struct arena *arena, struct graph *graph)
{
    graph->is_header = ARENA_ARRAY(arena, bool, graph->count);
    graph->parent_loop = filled(arena, graph->count, IR_NONE);
    graph->is_reducible = true;
    block_id *joined = ARENA_ARRAY(arena, block_id, graph->count);
    block_id *work = ARENA_ARRAY(arena, block_id, graph->count + 1);
    for (block_id block = 0; block < graph->count; block++)
        joined[block] = block;
    for (uint32_t i = graph->reached; i-- > 0;) {
        block_id header = graph->order[i];
        for (uint32_t k = graph->pred_start[header]; k < graph->pred_start[header + 1]; k++) {
            block_id from = graph->preds[k].from;
            if (graph_retreats(graph, from, header) && !graph_dominates(graph, header, from))
                graph->is_reducible = false;
        }
        find_loop(graph, header, joined, work);
    }
}

block_id graph_loop(const struct graph *graph, block_id block)
{
    return graph->is_header[block] ? block : graph->parent_loop[block];
}

struct graph graph_of(struct arena *arena, const struct ir_func *func)
{
    struct graph graph = {.func = func, .count = func->blocks.len};
    graph.order = ARENA_ARRAY(arena, block_id, graph.count);
    graph.reached = reverse_post_order(arena, func, NULL, graph.order);
    graph.place = filled(arena, graph.count, IR_NONE);
    for (uint32_t i = 0; i < graph.reached; i++)
        graph.place[graph.order[i]] = i;
    find_preds(arena, &graph);
    find_dominators(arena, &graph);
    find_loops(arena, &graph);
    return graph;
}

/* ---- contiguous order ----------------------------------------------------------------------- */

/* The tree of loops by their headers. */
static struct ancestry loop_tree(struct arena *arena, const struct graph *graph)
{
    struct ancestry tree = ancestry_new(arena, graph->count);
    for (uint32_t i = 0; i < graph->reached; i++) {
        block_id header = graph->order[i], parent = graph->parent_loop[header];
        if (!graph->is_header[header])
            continue;
        if (parent == IR_NONE)
            ancestry_root(&tree, header);
        else
            ancestry_add(&tree, header, parent);
    }
    return tree;
}

/* The outermost loop that an edge leaves, or IR_NONE. */
static block_id left_loop(const struct graph *graph, const struct ancestry *tree, block_id from,
                          block_id to)
{
    block_id inner = graph_loop(graph, from);
    if (inner == IR_NONE)
        return IR_NONE;
    /* A loop is entered at its header only: the innermost loop around `to` that holds both is `to`
     * itself or the loop around it. */
    block_id both = graph->parent_loop[to];
    if (graph->is_header[to] && ancestor_at(tree, inner, tree->depth[to]) == to)
        both = to;
    uint32_t depth = both == IR_NONE ? 0 : tree->depth[both] + 1;
    return depth > tree->depth[inner] ? IR_NONE : ancestor_at(tree, inner, depth);
}

/* A block that a loop leaves to must come behind the whole loop, so it has to be finished before
 * the body is begun: each header gets the targets of edges out of its loop as first successors.
 * That keeps every dominator and every retreating edge as it is. */
block_id *graph_contiguous_order(struct arena *arena, const struct graph *graph)
{
    const struct ir_func *func = graph->func;
    struct ancestry tree = loop_tree(arena, graph);
    struct extra_successors extra = {0};
    uint32_t *start = ARENA_ARRAY(arena, uint32_t, graph->count + 2), total = 0;
    uint32_t *fill = start + 1;
    block_id *to = ARENA_ARRAY(arena, block_id, 2 * graph->reached + 1);
    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < graph->reached; i++) {
            const struct ir_term *term = &func->blocks.at[graph->order[i]].term;
            for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
                block_id target = term->edges[edge].to;
                block_id header = left_loop(graph, &tree, graph->order[i], target);
                if (header == IR_NONE)
                    continue;
                if (pass == 1)
                    to[fill[header]] = target;
                fill[header]++;
            }
        }
        if (pass == 1)
            break;
        for (block_id block = 0; block < graph->count; block++) {
            uint32_t here = fill[block];
            fill[block] = total;
            total += here;
        }
    }
    extra.start = start;
    extra.to = to;
    block_id *order = ARENA_ARRAY(arena, block_id, graph->count);
    reverse_post_order(arena, func, &extra, order);
    return order;
}
