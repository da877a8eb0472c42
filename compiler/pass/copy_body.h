/* Copies the body of one function into another. */
#ifndef ABCC_PASS_COPY_BODY_H
#define ABCC_PASS_COPY_BODY_H

#include "ir/ir.h"

struct body_copy {
    block_id first; /* the copies are first .. first + count - 1, in the order of the original */
    uint32_t count;
};

/* The two functions differ. The copy is as the original: it ends in `ret` and `tail`, which is for
 * the caller to change, and nothing leads to its entry. */
struct body_copy copy_body(struct ir_prog *prog, struct ir_func *into, const struct ir_func *from);

/* Operations of a function, by which its size is judged: instructions but for constants. */
uint32_t body_size(const struct ir_func *func);

#endif
