#include "build/fn.h"

uint32_t leaf_offset(const struct ty *ty, uint32_t part)
{
    uint32_t offset = 0;
    for (uint32_t i = 0; i < part; i++)
        offset += ty->parts.at[i]->leaves;
    return offset;
}

void leaf_types(const struct ty *ty, struct type *types)
{
    if (ty->kind == TY_TENSOR) {
        types[0] = ty->tensor;
        return;
    }
    for (uint32_t i = 0; i < ty->parts.len; i++) {
        leaf_types(ty->parts.at[i], types);
        types += ty->parts.at[i]->leaves;
    }
}

void leaf_paths(struct arena *arena, const struct ty *ty, const char *prefix, const char **paths)
{
    if (ty->kind == TY_TENSOR) {
        paths[0] = prefix;
        return;
    }
    const char *dot = prefix[0] ? "." : "";
    for (uint32_t i = 0; i < ty->parts.len; i++) {
        const char *path = ty->kind == TY_STRUCT ? arena_printf(arena, "%s%s%s", prefix, dot,
                                                                ty->decl->fields.at[i].name)
                                                 : arena_printf(arena, "%s%s%u", prefix, dot, i);
        leaf_paths(arena, ty->parts.at[i], path, paths);
        paths += ty->parts.at[i]->leaves;
    }
}
