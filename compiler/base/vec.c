#include "base/vec.h"

void *vec_grow(struct arena *arena, void *at, uint32_t len, uint32_t *cap, size_t size)
{
    *cap = *cap ? *cap * 2 : 4;
    void *bigger = arena_alloc(arena, size * *cap);
    if (len)
        memcpy(bigger, at, size * len);
    return bigger;
}
