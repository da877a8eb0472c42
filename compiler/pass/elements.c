#include "pass/elements.h"

#include "pass/constants.h"

void element_index(const struct shape *shape, int64_t place, int64_t *index)
{
    for (int i = shape->rank; i-- > 0;) {
        index[i] = place % shape->dim[i];
        place /= shape->dim[i];
    }
}

int64_t element_place(const struct shape *shape, const int64_t *index)
{
    int64_t place = 0;
    for (int i = 0; i < shape->rank; i++)
        place = place * shape->dim[i] + index[i];
    return place;
}

int64_t region_element(const struct ir_axis *axes, const int64_t *at, const struct shape *from,
                       int64_t place)
{
    struct shape region = ir_region_shape(axes, from->rank);
    int64_t index[SHAPE_MAX_RANK], source[SHAPE_MAX_RANK];
    uint32_t next = 0;
    element_index(&region, place, index);
    for (int i = 0; i < from->rank; i++) {
        switch (axes[i].kind) {
        case AXIS_RANGE:
            source[i] = axes[i].start + axes[i].step * index[next++];
            break;
        case AXIS_AT:
            source[i] = *at++;
            break;
        case AXIS_WINDOW:
            if (*at < 0 || *at > from->dim[i] - axes[i].count)
                return -1;
            source[i] = *at++ + index[next++];
            break;
        }
        if (source[i] < 0 || source[i] >= from->dim[i])
            return -1;
    }
    return element_place(from, source);
}

int64_t map_element(const struct ir_inst *inst, const int64_t *at, const struct shape *from,
                    const struct shape *to, int64_t place)
{
    int64_t index[SHAPE_MAX_RANK], source[SHAPE_MAX_RANK];
    if (inst->kind == INST_RESHAPE)
        return place;
    if (inst->kind == INST_EXTRACT)
        return region_element(inst->axes.at, at, from, place);
    element_index(to, place, index);
    for (int i = 0; i < from->rank; i++)
        if (inst->kind == INST_TRANSPOSE)
            source[inst->perm[i]] = index[i];
        else
            source[i] = from->dim[i] == 1 ? 0 : index[to->rank - from->rank + i];
    return element_place(from, source);
}

bool region_constants(const struct ir_func *func, const struct ir_inst *inst, int64_t *at)
{
    uint32_t scalars = ir_axis_scalars(inst->axes.at, inst->axes.len);
    for (uint32_t i = 0; i < scalars; i++) {
        const union scalar *constant = constant_of(func, inst->args.at[1 + i]);
        if (!constant)
            return false;
        at[i] = constant->i;
    }
    return true;
}

bool region_is_inside(const struct ir_axis *axes, const int64_t *at, const struct shape *shape)
{
    for (int i = 0; i < shape->rank; i++) {
        int64_t last = shape->dim[i] - (axes[i].kind == AXIS_WINDOW ? axes[i].count : 1);
        if (!ir_axis_has_scalar(&axes[i]))
            continue;
        if (*at < 0 || *at > last)
            return false;
        at++;
    }
    return true;
}

bool axes_are_whole(const struct ir_axis *axes, const struct shape *shape)
{
    for (int i = 0; i < shape->rank; i++)
        if (axes[i].kind == AXIS_AT || axes[i].count != shape->dim[i]
            || (axes[i].kind == AXIS_RANGE && axes[i].step != 1 && axes[i].count > 1))
            return false;
    return true;
}
