/* Random sound programs: control flow of any reducible shape, unreachable blocks, critical edges,
 * calls and tail calls in cycles, checks, all operations on six dtypes; with tensors all tensor
 * instructions on small ones, a shared array, indexes that are checked or made to fit. */
#ifndef ABCC_TESTS_RANDOM_IR_H
#define ABCC_TESTS_RANDOM_IR_H

#include "ir/ir.h"

struct random {
    uint64_t state;
};
uint64_t random_bits(struct random *random);
uint32_t random_below(struct random *random, uint32_t limit);

struct random_shape {
    uint32_t max_blocks, max_insts, max_funcs;
    bool tidy_input; /* the entry block of each function has no predecessors */
    bool tensors;
};

/* The first entry is of function 0. The program is sound, and not tidy. */
struct ir_prog *random_prog(struct arena *arena, struct names *names, struct random *random,
                            struct random_shape shape);
/* With tensors: @X is f64[$n, 3], @Y f64[$n, 17], and $n this. */
enum { RANDOM_SHARED_ROWS = 19 };
extern const double random_shared_x[RANDOM_SHARED_ROWS][3];
const double *random_shared_y(double y[RANDOM_SHARED_ROWS * 17]); /* fills and returns it */
/* Bits of an argument, small more often than not. */
union scalar random_scalar(struct random *random, enum dtype dtype);

#endif
