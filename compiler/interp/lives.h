/* Where the lives of a function's tensors end, so that their memory is given back there and a tensor whose
 * last use changes an element is changed in place. */
#ifndef ABCC_INTERP_LIVES_H
#define ABCC_INTERP_LIVES_H

#include "ir/ir.h"

struct lives_end {
    VEC(value_id) values;
};

/* Each tensor that is defined ends its life once on every path. */
struct lives {
    struct lives_end *inst;  /* per instruction: its operands and results that nobody reads later */
    struct lives_end *start; /* per block: its parameters that nobody reads */
    struct lives_end *edge;  /* per block two: alive behind the block's last instruction, not beyond the edge */
    struct lives_end *leave; /* per block that ends in ret or tail: what it passes on */
};

/* Of a tidy function. */
struct lives lives_of(struct arena *arena, const struct ir_func *func);

#endif
