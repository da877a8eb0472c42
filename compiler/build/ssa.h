/* Variables of structured code as SSA values, found when they are read. After Braun, Buchwald,
 * Hack, Leissa, Mallon, Zwinkau: Simple and Efficient Construction of Static Single Assignment Form
 * (CC 2013).
 *
 *   var x = a                    b0(%a):      br %c, b1, b2
 *   if c { x = b }       ->      b1:          jmp b3(%b)
 *   return x                     b2:          jmp b3(%a)
 *                                b3(%x):      ret %x
 *
 * Every scalar part of a variable (a leaf) is a variable of its own. A block is sealed when all its
 * incoming edges are known; the header of a loop is sealed behind the body. A parameter is made
 * only where a leaf is read, so none is dead; the ones with a single source are left to ir_tidy. */
#ifndef ABCC_BUILD_SSA_H
#define ABCC_BUILD_SSA_H

#include "build/id_map.h"
#include "ir/ir.h"

typedef uint32_t leaf_id;

struct ssa_leaf {
    struct type type;
    name hint;
    struct loc loc;
};

struct ssa_edge {
    block_id from;
    uint32_t edge; /* of its terminator */
};

/* A parameter of a block whose incoming edges do not pass it yet. */
struct ssa_open {
    block_id block;
    leaf_id leaf;
    uint32_t param;
};

struct ssa_block {
    bool sealed;
    VEC(struct ssa_edge) preds;
    VEC(struct ssa_open) open; /* of an unsealed block */
};

struct ssa {
    struct arena *scratch;
    struct ir_prog *prog;
    struct ir_func *func;
    VEC(struct ssa_leaf) leaves;
    VEC(struct ssa_block) blocks; /* beside func->blocks */
    struct id_map values; /* (block, leaf) -> value at the end of what is built of the block */
    VEC(struct ssa_open) pending;
    VEC(block_id) path; /* of one search */
};

void ssa_init(struct ssa *ssa, struct arena *scratch, struct ir_prog *prog, struct ir_func *func);
leaf_id ssa_leaf_new(struct ssa *ssa, struct type type, name hint, struct loc loc);
block_id ssa_block_new(struct ssa *ssa, const char *hint, struct loc loc);

/* The only ways to make edges. */
void ssa_jmp(struct ssa *ssa, block_id from, block_id to);
void ssa_br(struct ssa *ssa, block_id from, value_id condition, block_id yes, block_id no,
            struct loc loc);
void ssa_seal(struct ssa *ssa, block_id block);
/* No edge leads to it and none will. */
bool ssa_is_dead(const struct ssa *ssa, block_id block);

void ssa_write(struct ssa *ssa, block_id block, leaf_id leaf, value_id value);
value_id ssa_read(struct ssa *ssa, block_id block, leaf_id leaf);
/* A value for code that is never reached. */
value_id ssa_undefined(struct ssa *ssa, block_id block, struct type type);

#endif
