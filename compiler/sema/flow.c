/* Definite assignment: sets of variables, one bit each, joined where paths meet. A state that
 * cannot be reached agrees with every other. */
#include "sema/check.h"

#include <string.h>

enum { WORD_BITS = 64 };

struct flow flow_copy(struct checker *cx, const struct flow *flow)
{
    struct flow copy = *flow;
    copy.words = flow->len ? ARENA_ARRAY(cx->memory, uint64_t, flow->len) : NULL;
    if (flow->len)
        memcpy(copy.words, flow->words, flow->len * sizeof *copy.words);
    return copy;
}

struct flow flow_dead(void)
{
    return (struct flow){.is_reachable = false};
}

void flow_join(struct checker *cx, struct flow *into, const struct flow *from)
{
    if (!from->is_reachable)
        return;
    if (!into->is_reachable) {
        *into = flow_copy(cx, from);
        return;
    }
    for (uint32_t i = 0; i < into->len; i++)
        into->words[i] &= i < from->len ? from->words[i] : 0;
}

void flow_set(struct checker *cx, struct flow *flow, uint32_t bit)
{
    uint32_t needed = bit / WORD_BITS + 1;
    if (needed > flow->len) {
        uint64_t *words = ARENA_ARRAY(cx->memory, uint64_t, 2 * needed);
        if (flow->len)
            memcpy(words, flow->words, flow->len * sizeof *words);
        flow->words = words;
        flow->len = 2 * needed;
    }
    flow->words[bit / WORD_BITS] |= (uint64_t)1 << bit % WORD_BITS;
}

void flow_unset(struct flow *flow, uint32_t bit)
{
    if (bit / WORD_BITS < flow->len)
        flow->words[bit / WORD_BITS] &= ~((uint64_t)1 << bit % WORD_BITS);
}

bool flow_has(const struct flow *flow, uint32_t bit)
{
    if (!flow->is_reachable)
        return true;
    return bit / WORD_BITS < flow->len && flow->words[bit / WORD_BITS] >> bit % WORD_BITS & 1;
}
