/* Order, predecessors, dominators and loops of one function's blocks. The blocks may stand in any
 * order and some may be unreachable; ir_tidy, ir_verify and the analyses are all made from this. */
#ifndef ABCC_IR_GRAPH_H
#define ABCC_IR_GRAPH_H

#include "ir/ir.h"

/* A forest grown from the roots downwards in which ancestors are found in logarithmic time: each
 * node knows its parent and one farther ancestor, chosen as the digits of a skew binary number. */
struct ancestry {
    uint32_t *parent, *jump, *depth; /* a root: itself, itself, 0 */
};

struct graph_edge {
    block_id from;
    uint32_t edge; /* of its terminator */
};

struct graph {
    const struct ir_func *func;
    uint32_t count;       /* blocks */
    uint32_t reached;     /* of them reachable */
    block_id *order;      /* the reachable blocks in reverse post-order */
    uint32_t *place;      /* per block: its index in `order`; IR_NONE: unreachable */
    uint32_t *pred_start; /* the edges into b are preds[pred_start[b] .. pred_start[b + 1] - 1], */
    struct graph_edge *preds; /* from reachable blocks only, by block and edge */
    struct ancestry dominators;
    uint32_t *enter, *size; /* numbering of the dominator tree, and blocks in the subtree */
    bool *is_header;        /* a retreating edge leads to it from a block it dominates */
    block_id *parent_loop;  /* header of the innermost loop around the block, or for a header around
                             * its loop; IR_NONE: none */
    bool is_reducible;      /* every retreating edge leads to a block that dominates its source */
};

struct graph graph_of(struct arena *arena, const struct ir_func *func);

/* Both false if one of the blocks is unreachable. */
bool graph_dominates(const struct graph *graph, block_id a, block_id b);
/* From a block to one at or before it in reverse post-order. */
bool graph_retreats(const struct graph *graph, block_id from, block_id to);
/* Header of the innermost loop the block is in (a header: its own), or IR_NONE. */
block_id graph_loop(const struct graph *graph, block_id block);
/* Another reverse post-order, in which the blocks of each loop stand together behind its header. It
 * depends on the shape of the graph only, not on the numbers of blocks. Holds `reached` blocks. */
block_id *graph_contiguous_order(struct arena *arena, const struct graph *graph);

#endif
