/* Cycles of the call graph, for counting depth (L3). */
#ifndef ABCC_INTERP_CYCLES_H
#define ABCC_INTERP_CYCLES_H

#include "ir/ir.h"

/* By func_id: the number of its strongly connected component of calls and tail calls; functions with the
 * same number in the IR are in one. */
uint32_t *cycles_of(struct arena *arena, const struct ir_prog *prog);

#endif
