/* A map from 64-bit keys to 32-bit values. Never iterated, so pointers may be keys without harming
 * the determinism of the output. */
#ifndef ABCC_BUILD_ID_MAP_H
#define ABCC_BUILD_ID_MAP_H

#include "base/arena.h"

#include <stdbool.h>

struct id_map {
    struct arena *arena;
    struct id_map_slot *slots; /* a power of two of them, at most half in use */
    uint32_t len, cap;
};

void id_map_init(struct id_map *map, struct arena *arena);
bool id_map_get(const struct id_map *map, uint64_t key, uint32_t *value);
void id_map_put(struct id_map *map, uint64_t key, uint32_t value); /* replaces */

/* The key of a thing at least 8 bytes aligned; `kind` below 8 tells several facts about it apart.
 */
static inline uint64_t id_map_key(const void *thing, unsigned kind)
{
    return (uint64_t)(uintptr_t)thing | kind;
}

#endif
