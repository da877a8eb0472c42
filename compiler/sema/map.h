/* A map from pointers or hashes to pointers. Only looked up, never walked, so that no output can
 * depend on addresses. */
#ifndef ABCC_SEMA_MAP_H
#define ABCC_SEMA_MAP_H

#include "base/arena.h"

struct map_slot {
    uintptr_t key; /* 0 is free */
    void *value;
};

struct map {
    struct arena *arena;
    struct map_slot *slots;
    uint32_t size, used;
};

struct map map_new(struct arena *arena);
void *map_get(const struct map *map, uintptr_t key); /* NULL if there is none */
void map_set(struct map *map, uintptr_t key, void *value);
/* Of a pair, never 0; for keys made of several things (the value must be compared then). */
uintptr_t map_mix(uintptr_t hash, uintptr_t more);

#endif
