/* From functions in IR, as std/math.ab gives them, to bodies of operations. */
#ifndef ABCC_IR_OP_BODIES_H
#define ABCC_IR_OP_BODIES_H

#include "ir/ir.h"
#include "lang/op_body.h"

/* Every function of the program that is called OP_DTYPE ("exp_f64") gives the operation a body. Such a
 * function is one block of operations on scalars and constants. NULL and *why if one is not. */
const struct op_bodies *op_bodies_of(struct arena *arena, const struct ir_prog *prog,
                                     const char **why);

#endif
