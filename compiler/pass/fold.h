/* What the rules of `fold` share. A rule answers whether it applied. */
#ifndef ABCC_PASS_FOLD_H
#define ABCC_PASS_FOLD_H

#include "pass/constants.h"
#include "pass/rewrite.h"

struct folder {
    struct ir_prog *prog;
    struct arena *scratch;
    struct ir_func *func;
    struct rewrite rewrite;
    block_id block; /* being folded: new constants go to its end, in front of the instruction */
    bool changed;
};

/* Operand number `index`, as it is by now. */
value_id fold_arg(const struct folder *folder, const struct ir_inst *inst, uint32_t index);
/* The result is another value: the instruction can go. */
bool fold_to_value(struct folder *folder, const struct ir_inst *inst, value_id value);
/* Each element of the result is a constant. */
bool fold_to_constant(struct folder *folder, struct ir_inst *inst, union scalar constant);

/* Elementwise operations on tensor constants of which one at least is a list. */
bool fold_list(struct folder *folder, inst_id id);
/* Index maps and makers. */
bool fold_tensor(struct folder *folder, inst_id id);

#endif
