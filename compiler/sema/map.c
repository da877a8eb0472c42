#include "sema/map.h"

enum { FIRST_SIZE = 32 };

struct map map_new(struct arena *arena)
{
    return (struct map){
        .arena = arena,
        .slots = ARENA_ARRAY(arena, struct map_slot, FIRST_SIZE),
        .size = FIRST_SIZE,
    };
}

uintptr_t map_mix(uintptr_t hash, uintptr_t more)
{
    uint64_t mixed = ((uint64_t)hash ^ (uint64_t)more) * UINT64_C(0x9E3779B97F4A7C15);
    mixed ^= mixed >> 29;
    return (uintptr_t)mixed ? (uintptr_t)mixed : 1;
}

static struct map_slot *slot_of(const struct map *map, uintptr_t key)
{
    uint32_t at = (uint32_t)map_mix(key, 0) & (map->size - 1);
    while (map->slots[at].key && map->slots[at].key != key)
        at = (at + 1) & (map->size - 1);
    return &map->slots[at];
}

void *map_get(const struct map *map, uintptr_t key)
{
    return slot_of(map, key)->value;
}

static void grow(struct map *map)
{
    struct map_slot *old = map->slots;
    uint32_t old_size = map->size;
    map->size *= 2;
    map->slots = ARENA_ARRAY(map->arena, struct map_slot, map->size);
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i].key)
            *slot_of(map, old[i].key) = old[i];
}

void map_set(struct map *map, uintptr_t key, void *value)
{
    struct map_slot *slot = slot_of(map, key);
    if (!slot->key && ++map->used > map->size / 2) {
        grow(map);
        slot = slot_of(map, key);
    }
    slot->key = key;
    slot->value = value;
}
