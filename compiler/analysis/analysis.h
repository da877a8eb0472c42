/* Analyses: values computed from a const IR into an arena, never stored in it. All expect a tidy
 * function (blocks in reverse post-order, block 0 the entry). */
#ifndef ABCC_ANALYSIS_ANALYSIS_H
#define ABCC_ANALYSIS_ANALYSIS_H

#include "base/bitset.h"
#include "ir/ir.h"

struct cfg {
    uint32_t count;
    struct cfg_block {
        VEC(block_id) preds;      /* one entry an edge */
        block_id idom;            /* IR_NONE for the entry */
        VEC(block_id) children;   /* in the dominator tree, ascending */
        block_id loop;            /* header of the innermost loop it is in (a header: its own), or IR_NONE */
        block_id outer;           /* header of the loop around that loop, or IR_NONE */
        uint32_t enter, size;     /* number in a walk of the dominator tree, size of the subtree */
    } *blocks;
};
struct cfg cfg_of(struct arena *arena, const struct ir_func *func);
bool cfg_dominates(const struct cfg *cfg, block_id a, block_id b);

struct loop {
    block_id header, parent;      /* header of the parent loop, or IR_NONE */
    uint32_t depth;               /* 1: outermost */
    block_id end;                 /* the body is header .. end - 1: loops are contiguous */
    struct bitset body;           /* the same as a set: blocks, with header and inner loops */
    VEC(block_id) latches;        /* sources of retreating edges */
    struct { block_id from; uint32_t edge; } *exits; /* edges that leave the body */
    uint32_t exit_count;
};
struct loops {
    VEC(struct loop) list;        /* by header, ascending */
};
struct loops loops_of(struct arena *arena, const struct ir_func *func, const struct cfg *cfg);
const struct loop *loop_at(const struct loops *loops, block_id header); /* NULL if none */

struct liveness {
    struct bitset *in, *out;      /* per block: values; block parameters are not live-in of their
                                   * block, arguments of edges are used by the terminator, that is
                                   * before `out` */
};
struct liveness liveness_of(struct arena *arena, const struct ir_func *func);
/* Live just after instruction `index` of the block (its own results included if used later). */
void liveness_after(const struct ir_func *func, const struct liveness *live, block_id block,
                    uint32_t index, struct bitset *out);

/* Functions with the same ir_func.cycle are one cycle as long as any of them calls another one:
 * such a call counts for depth. */
struct callgraph {
    uint32_t *scc;                /* per function: number of its cycle; SCCs in order callees first */
    bool *recursive;              /* per function: it is in a cycle of calls or tail calls */
    func_id *order;               /* the functions by SCC, so callees first; within one ascending */
    uint32_t scc_count;
    VEC(func_id) *callees;        /* per function, each once, in order of first call (calls and tails) */
};
struct callgraph callgraph_of(struct arena *arena, const struct ir_prog *prog);
/* The graph of tail calls alone. */
struct callgraph callgraph_of_tails(struct arena *arena, const struct ir_prog *prog);
/* Functions an entry reaches, itself included. */
struct bitset callgraph_reach(struct arena *arena, const struct callgraph *graph,
                              const struct ir_prog *prog, func_id from);

#endif
