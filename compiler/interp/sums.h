/* Reductions and contractions in the order that is language (L6). */
#ifndef ABCC_INTERP_SUMS_H
#define ABCC_INTERP_SUMS_H

#include "lang/ops.h"

/* Of `count` elements, by add mul min max and or. None: what the operation leaves others alone with; min and
 * max have no such value and give 0. */
union scalar reduce_row(enum op op, enum dtype dtype, const union scalar *row, int64_t count);
/* The first place of the least (min) or greatest (max); the first nan wins. None: 0. */
int64_t arg_reduce_row(enum op op, enum dtype dtype, const union scalar *row, int64_t count);
/* The sum of products of two rows; of bools, whether some pair is true. */
union scalar contract_rows(enum dtype dtype, const void *a, const void *b, int64_t count);

#endif
