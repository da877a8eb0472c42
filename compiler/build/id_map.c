#include "build/id_map.h"

struct id_map_slot {
    uint64_t key;
    uint32_t value;
    bool used;
};

enum { FIRST_CAP = 64 };

void id_map_init(struct id_map *map, struct arena *arena)
{
    *map = (struct id_map){.arena = arena, .cap = FIRST_CAP};
    map->slots = ARENA_ARRAY(arena, struct id_map_slot, map->cap);
}

static struct id_map_slot *find(const struct id_map *map, uint64_t key)
{
    uint64_t hash = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(hash >> 32) & (map->cap - 1);
    while (map->slots[at].used && map->slots[at].key != key)
        at = (at + 1) & (map->cap - 1);
    return &map->slots[at];
}

bool id_map_get(const struct id_map *map, uint64_t key, uint32_t *value)
{
    const struct id_map_slot *slot = find(map, key);
    if (slot->used)
        *value = slot->value;
    return slot->used;
}

static void grow(struct id_map *map)
{
    const struct id_map_slot *old = map->slots;
    uint32_t old_cap = map->cap;
    map->cap *= 2;
    map->slots = ARENA_ARRAY(map->arena, struct id_map_slot, map->cap);
    for (uint32_t i = 0; i < old_cap; i++)
        if (old[i].used)
            *find(map, old[i].key) = old[i];
}

void id_map_put(struct id_map *map, uint64_t key, uint32_t value)
{
    if (map->len * 2 >= map->cap)
        grow(map);
    struct id_map_slot *slot = find(map, key);
    map->len += !slot->used;
    *slot = (struct id_map_slot){key, value, true};
}
