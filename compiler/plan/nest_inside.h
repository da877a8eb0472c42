/* How nests are found. Inside plan only.
 *
 *   nest_forms   which tensors have memory, and which instructions one loop makes
 *   nest_share   which stored values share a buffer
 *   nests        the value that others read */
#ifndef ABCC_PLAN_NEST_INSIDE_H
#define ABCC_PLAN_NEST_INSIDE_H

#include "plan/nests.h"

/* A place where a value is needed: argument `arg` of `inst`, or of the terminator (inst is IR_NONE). */
struct tensor_use {
    block_id block;
    inst_id inst;
    uint32_t arg;
};

/* Where the elements of a fused operation are computed: all of them once, at the place of operand
 * `arg` of `inst`, or in a loop that makes roots (`arg` is IR_NONE; `inst` is a root, and after nests are
 * known the last one of its nest). */
struct anchor {
    inst_id inst;
    uint32_t arg;
};

struct nest_cx {
    struct arena *arena;
    const struct ir_prog *prog;
    const struct ir_func *ir;
    struct nests *nests;
    struct tensor_use *uses; /* of all values: those of value v are first_use[v] .. first_use[v + 1] - 1 */
    uint32_t *first_use;
    uint32_t *position;      /* per inst: in its block; of a root that waits for others: of the last one */
    block_id *block_of;      /* per inst */
    struct anchor *anchor;   /* per value: FUSED operations */
    uint32_t *seen[2], epoch; /* for walks over fused trees: the last walk that came here */
};

bool is_tensor(const struct nest_cx *cx, value_id value);
const struct ir_inst *maker_of(const struct nest_cx *cx, value_id value); /* NULL: a block parameter */
bool is_fused(const struct nest_cx *cx, value_id value);
/* A stored elementwise operation. */
bool is_root(const struct nest_cx *cx, inst_id inst);
/* Has the result the elements of the operand in the same row-major order? */
bool keeps_order(const struct nest_cx *cx, const struct ir_inst *inst);
/* Is `value` the region that INSERT `inst` replaces, read from the same tensor? */
bool is_same_region(const struct nest_cx *cx, value_id value, const struct ir_inst *inst);

/* Calls `read` for each stored value that operand `value` of `user` reads, through fused values; once, or twice
 * if also at another index. `in_place`: only at the index (in row-major order) that is being made. */
typedef void on_read(void *user, value_id stored, bool in_place);
void walk_reads(struct nest_cx *cx, value_id value, bool in_place, on_read *read, void *user);
/* All operands of an instruction: `in_place` where the instruction makes an element from those of the same
 * index (operations, maps that keep the order). */
void walk_operands(struct nest_cx *cx, inst_id inst, on_read *read, void *user);

void find_forms(struct nest_cx *cx);
void find_buffers(struct nest_cx *cx);

#endif
