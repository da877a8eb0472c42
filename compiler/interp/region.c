#include "interp/region.h"

/* ---- making ---------------------------------------------------------------------------- */

struct region region_whole(const struct shape *shape)
{
    struct region region = {.shape = *shape};
    int64_t stride = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        region.stride[i] = stride;
        stride *= shape->dim[i];
    }
    return region;
}

struct region region_broadcast(const struct shape *from, const struct shape *shape)
{
    struct region whole = region_whole(from), region = {.shape = *shape};
    int added = shape->rank - from->rank;
    for (int i = 0; i < from->rank; i++)
        region.stride[added + i] = from->dim[i] == 1 ? 0 : whole.stride[i];
    return region;
}

struct region region_transpose(const struct shape *from, const uint8_t *perm)
{
    struct region whole = region_whole(from), region = {.shape = {.rank = from->rank}};
    for (int i = 0; i < from->rank; i++) {
        region.shape.dim[i] = from->dim[perm[i]];
        region.stride[i] = whole.stride[perm[i]];
    }
    return region;
}

static int64_t clamp(int64_t at, int64_t last)
{
    return at > last ? last : at < 0 ? 0 : at;
}

struct region region_indexed(const struct shape *from, const struct ir_axis *axes,
                             const int64_t *at)
{
    struct region whole = region_whole(from), region = {.first = 0};
    bool is_empty = shape_elements(from) == 0;
    for (int i = 0; i < from->rank; i++) {
        int64_t start = axes[i].start, step = 1;
        switch (axes[i].kind) {
        case AXIS_RANGE: step = axes[i].step; break;
        case AXIS_AT: start = clamp(*at++, from->dim[i] - 1); break;
        case AXIS_WINDOW: start = clamp(*at++, from->dim[i] - axes[i].count); break;
        }
        region.first += start * whole.stride[i];
        if (axes[i].kind == AXIS_AT)
            continue;
        region.shape.dim[region.shape.rank] = is_empty ? 0 : axes[i].count;
        region.stride[region.shape.rank++] = step * whole.stride[i];
    }
    if (is_empty && region.shape.rank == 0) /* an element of nothing: an axis without places */
        region.shape = (struct shape){.rank = 1, .dim = {0}};
    return region;
}

struct region region_part(const struct shape *from, uint8_t axis, int64_t first, int64_t count)
{
    struct region region = region_whole(from);
    region.shape.dim[axis] = count;
    region.first = first * region.stride[axis];
    return region;
}

/* ---- walking --------------------------------------------------------------------------- */

/* The places of a region in row-major order, a row of the last axis at a time. */
struct walk {
    const struct region *region;
    int64_t index[SHAPE_MAX_RANK];
    int64_t place; /* of the row's first element */
    int64_t row, stride;
    bool is_over;
};

static struct walk walk_of(const struct region *region)
{
    int rank = region->shape.rank;
    return (struct walk){
        .region = region,
        .place = region->first,
        .row = rank > 0 ? region->shape.dim[rank - 1] : 1,
        .stride = rank > 0 ? region->stride[rank - 1] : 1,
        .is_over = shape_elements(&region->shape) == 0,
    };
}

static void next_row(struct walk *walk)
{
    const struct region *region = walk->region;
    for (int i = region->shape.rank - 2; i >= 0; i--) {
        walk->place += region->stride[i];
        if (++walk->index[i] < region->shape.dim[i])
            return;
        walk->place -= region->shape.dim[i] * region->stride[i];
        walk->index[i] = 0;
    }
    walk->is_over = true;
}

void region_gather(const struct region *region, const void *from, void *to, uint8_t bytes)
{
    char *next = to;
    for (struct walk walk = walk_of(region); !walk.is_over; next_row(&walk)) {
        const char *row = (const char *)from + walk.place * bytes;
        if (walk.stride == 1)
            memcpy(next, row, (size_t)walk.row * bytes);
        for (int64_t i = 0; i < walk.row && walk.stride != 1; i++)
            memcpy(next + i * bytes, row + i * walk.stride * bytes, bytes);
        next += walk.row * bytes;
    }
}

void region_scatter(const struct region *region, const void *from, void *to, uint8_t bytes)
{
    const char *next = from;
    for (struct walk walk = walk_of(region); !walk.is_over; next_row(&walk)) {
        char *row = (char *)to + walk.place * bytes;
        if (walk.stride == 1)
            memcpy(row, next, (size_t)walk.row * bytes);
        for (int64_t i = 0; i < walk.row && walk.stride != 1; i++)
            memcpy(row + i * walk.stride * bytes, next + i * bytes, bytes);
        next += walk.row * bytes;
    }
}
