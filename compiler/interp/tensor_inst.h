/* What each instruction on tensors gives. */
#ifndef ABCC_INTERP_TENSOR_INST_H
#define ABCC_INTERP_TENSOR_INST_H

#include "interp/tensor.h"
#include "ir/ir.h"

/* A value: rank 0 is a scalar. */
union slot {
    union scalar scalar;
    struct tensor *tensor;
};

/* What instructions read besides their operands. */
struct surroundings {
    struct tensor_pool *pool;
    const struct ir_prog *prog;
    const void *const *shared; /* by number in the program, as the extents are */
    const int64_t *extents;
};

/* An instruction with one result and no effect, in `func`; its result has one holder. The holders of the
 * operands stay, but for args[0] of an INSERT with `is_last`: the only mention of it, which it takes over and
 * changes in place if it can. */
union slot tensor_inst(const struct surroundings *cx, const struct ir_func *func,
                       const struct ir_inst *inst, const union slot *args, bool is_last);

#endif
