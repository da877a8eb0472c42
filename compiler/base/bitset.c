#include "base/bitset.h"

#include <string.h>

static uint32_t word_count(const struct bitset *set)
{
    return (set->size + 63) / 64;
}

struct bitset bitset_new(struct arena *arena, uint32_t size)
{
    struct bitset set = {.size = size};
    set.words = ARENA_ARRAY(arena, uint64_t, word_count(&set));
    return set;
}

bool bitset_has(const struct bitset *set, uint32_t member)
{
    return set->words[member / 64] >> member % 64 & 1;
}

bool bitset_add(struct bitset *set, uint32_t member)
{
    uint64_t bit = UINT64_C(1) << member % 64;
    bool is_new = !(set->words[member / 64] & bit);
    set->words[member / 64] |= bit;
    return is_new;
}

bool bitset_remove(struct bitset *set, uint32_t member)
{
    uint64_t bit = UINT64_C(1) << member % 64;
    bool was_in = set->words[member / 64] & bit;
    set->words[member / 64] &= ~bit;
    return was_in;
}

bool bitset_union(struct bitset *into, const struct bitset *from)
{
    bool grew = false;
    uint32_t count = word_count(into) < word_count(from) ? word_count(into) : word_count(from);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t merged = into->words[i] | from->words[i];
        grew |= merged != into->words[i];
        into->words[i] = merged;
    }
    return grew;
}

void bitset_copy(struct bitset *into, const struct bitset *from)
{
    if (into->size)
        memcpy(into->words, from->words, word_count(into) * sizeof *into->words);
}

void bitset_clear(struct bitset *set)
{
    if (set->size)
        memset(set->words, 0, word_count(set) * sizeof *set->words);
}

uint32_t bitset_count(const struct bitset *set)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < word_count(set); i++)
        for (uint64_t word = set->words[i]; word; word &= word - 1)
            count++;
    return count;
}

uint32_t bitset_next(const struct bitset *set, uint32_t from)
{
    for (uint32_t i = from / 64; i < word_count(set); i++) {
        uint64_t word = set->words[i];
        if (i == from / 64)
            word &= ~UINT64_C(0) << from % 64;
        if (word) {
            uint32_t bit = 0;
            while (!(word >> bit & 1))
                bit++;
            return i * 64 + bit;
        }
    }
    return set->size;
}
