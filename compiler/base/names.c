#include "base/names.h"

#include <string.h>

struct names {
    struct arena *arena;
    name *slots; /* open addressing; NULL is free */
    uint32_t size, used;
};

static uint32_t hash_of(const char *chars, size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)chars[i]) * 16777619u;
    return hash;
}

struct names *names_new(struct arena *arena)
{
    struct names *names = ARENA_NEW(arena, struct names);
    names->arena = arena;
    names->size = 256;
    names->slots = ARENA_ARRAY(arena, name, names->size);
    return names;
}

static uint32_t slot_of(const struct names *names, const char *chars, size_t len)
{
    uint32_t slot = hash_of(chars, len) & (names->size - 1);
    while (names->slots[slot]
           && (strncmp(names->slots[slot], chars, len) || names->slots[slot][len]))
        slot = (slot + 1) & (names->size - 1);
    return slot;
}

static void grow(struct names *names)
{
    name *old = names->slots;
    uint32_t old_size = names->size;
    names->size *= 2;
    names->slots = ARENA_ARRAY(names->arena, name, names->size);
    for (uint32_t i = 0; i < old_size; i++)
        if (old[i])
            names->slots[slot_of(names, old[i], strlen(old[i]))] = old[i];
}

name name_of(struct names *names, const char *chars, size_t len)
{
    uint32_t slot = slot_of(names, chars, len);
    if (names->slots[slot])
        return names->slots[slot];
    if (names->used++ >= names->size / 2) {
        grow(names);
        slot = slot_of(names, chars, len);
    }
    return names->slots[slot] = arena_strndup(names->arena, chars, len);
}

name name_of_text(struct names *names, const char *text)
{
    return name_of(names, text, strlen(text));
}
