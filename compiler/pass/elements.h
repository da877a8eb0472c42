/* Elements of tensors by their place in row-major order: where those of index maps come from. */
#ifndef ABCC_PASS_ELEMENTS_H
#define ABCC_PASS_ELEMENTS_H

#include "ir/tensor.h"

/* Between a place and the index of each axis. */
void element_index(const struct shape *shape, int64_t place, int64_t *index);
int64_t element_place(const struct shape *shape, const int64_t *index);

/* The place in `from` of element `place` of the region that `axes` cut out of it; `at` holds the
 * scalars of the axes in order. -1: out of range. */
int64_t region_element(const struct ir_axis *axes, const int64_t *at, const struct shape *from,
                       int64_t place);
/* The place in args[0], of shape `from`, of element `place` of a BROADCAST, RESHAPE, TRANSPOSE or
 * EXTRACT of shape `to`; `at` as above. */
int64_t map_element(const struct ir_inst *inst, const int64_t *at, const struct shape *from,
                    const struct shape *to, int64_t place);
/* The scalars of a region as constants, into `at`: those of EXTRACT and INSERT. False: not all are.
 */
bool region_constants(const struct ir_func *func, const struct ir_inst *inst, int64_t *at);
/* Are all elements of the region in the tensor? */
bool region_is_inside(const struct ir_axis *axes, const int64_t *at, const struct shape *shape);
/* Is every element of the tensor in the region, in order? */
bool axes_are_whole(const struct ir_axis *axes, const struct shape *shape);

#endif
