/* Elements of a tensor that lie a fixed distance apart on each axis: what index maps are made of. */
#ifndef ABCC_INTERP_REGION_H
#define ABCC_INTERP_REGION_H

#include "ir/ir.h"

/* Element i, j, .. of `shape` is element first + i * stride[0] + j * stride[1] .. of a tensor. */
struct region {
    struct shape shape;
    int64_t first;
    int64_t stride[SHAPE_MAX_RANK];
};

/* A whole tensor. */
struct region region_whole(const struct shape *shape);
/* A tensor stretched to `shape` by NumPy's rule. */
struct region region_broadcast(const struct shape *from, const struct shape *shape);
/* Its axis i is axis perm[i] of `from`. */
struct region region_transpose(const struct shape *from, const uint8_t *perm);
/* The region `axes`; `at` are the indexes of its AT and WINDOW axes, which are clamped into the tensor. Where
 * that has no elements, the region has none. */
struct region region_indexed(const struct shape *from, const struct ir_axis *axes,
                             const int64_t *at);
/* `count` places of axis `axis` from `first` on. */
struct region region_part(const struct shape *from, uint8_t axis, int64_t first, int64_t count);

/* Elements of `bytes` bytes: from a region to consecutive ones, or back. The two do not overlap. */
void region_gather(const struct region *region, const void *from, void *to, uint8_t bytes);
void region_scatter(const struct region *region, const void *from, void *to, uint8_t bytes);

#endif
