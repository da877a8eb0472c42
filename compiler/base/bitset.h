/* A set of small integers, of fixed size. */
#ifndef ABCC_BASE_BITSET_H
#define ABCC_BASE_BITSET_H

#include "base/arena.h"

#include <stdbool.h>

struct bitset {
    uint64_t *words;
    uint32_t size; /* members are 0..size-1 */
};

struct bitset bitset_new(struct arena *arena, uint32_t size);
bool bitset_has(const struct bitset *set, uint32_t member);
bool bitset_add(struct bitset *set, uint32_t member);    /* true if it was not in the set */
bool bitset_remove(struct bitset *set, uint32_t member); /* true if it was in the set */
bool bitset_union(struct bitset *into, const struct bitset *from); /* true if `into` grew */
void bitset_copy(struct bitset *into, const struct bitset *from);
void bitset_clear(struct bitset *set);
uint32_t bitset_count(const struct bitset *set);
/* The least member >= from, or set->size: for (i = bitset_next(&s, 0); i < s.size; i = bitset_next(&s, i + 1)) */
uint32_t bitset_next(const struct bitset *set, uint32_t from);

#endif
