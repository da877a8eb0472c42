/* Index arithmetic as sums of terms, with what is known of their range, so that i0 * 3 + i1 divided by 3 is i0
 * again. Inside emit only. */
#ifndef ABCC_EMIT_NEST_INDEX_H
#define ABCC_EMIT_NEST_INDEX_H

#include "base/arena.h"

#include <stdbool.h>

enum { INDEX_TERMS = 24 };

struct index_term {
    const char *text;  /* binds as tightly as a factor */
    int64_t factor;
    int64_t limit;     /* text is in 0 .. limit - 1 */
};

struct index {
    int64_t constant;
    struct index_term terms[INDEX_TERMS];
    int count;
};

struct index index_constant(int64_t constant);
struct index index_term(const char *text, int64_t limit);
struct index index_add(struct index a, const struct index *b);
struct index index_scale(struct index a, int64_t factor);
/* The quotient and the rest of an index that is not negative, by a divisor over 0. */
struct index index_quotient(struct arena *arena, const struct index *a, int64_t divisor);
struct index index_rest(struct arena *arena, const struct index *a, int64_t divisor);
bool index_is_constant(const struct index *a);
/* "i0 * 3 + i1", "7" */
const char *index_sum_text(struct arena *arena, const struct index *a);

#endif
