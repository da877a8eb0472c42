/* Which values are the same for all examples that go through a place together (R4).
 *
 *   h loop(%i: i64, %s: f64):  %t = lt %i, %n        %n a constant or a run-time extent
 *                              br %t, body, after     the only way out
 *   body:  %x = load @X[%i]  %s2 = fma %x, %b, %s  %j = add %i, 1   jmp h(%j, %s2)
 *   =>  the loop is convergent: lanes enter together, leave together, and never wait inside;
 *       %i, %t, %x, %j are uniform, %s is not */
#ifndef ABCC_ANALYSIS_UNIFORM_H
#define ABCC_ANALYSIS_UNIFORM_H

#include "analysis/analysis.h"

struct uniform {
    struct bitset fixed;      /* values made of run-time extents (and constants) alone, cheap: the same
                               * everywhere, so they may be computed wherever they are read */
    struct bitset values;     /* fixed ones, and uniform ones inside convergent loops */
    struct bitset convergent; /* blocks: headers of convergent loops */
};

/* `native`: headers of the loops in which no lane has to wait. Scalars only: tensors are varying. */
struct uniform uniform_of(struct arena *arena, const struct ir_func *func, const struct cfg *cfg,
                          const struct loops *loops, const struct bitset *native);

#endif
