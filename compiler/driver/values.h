/* Single values as text and in memory. */
#ifndef ABCC_DRIVER_VALUES_H
#define ABCC_DRIVER_VALUES_H

#include "base/text.h"
#include "lang/dtype.h"

/* Between memory (the dtype's C type) and a constant. */
union scalar value_load(enum dtype dtype, const void *from);
void value_store(enum dtype dtype, union scalar value, void *to);

/* Reads a literal: true, false, an integer (12, -1_000, 0xff, 0b101), a float (1.5, 1e-3), nan,
 * inf, with a sign. Without `cast` it must be one that the dtype holds. false: *why says what is
 * wrong (in the arena), *castable whether a cast would do. */
struct literal_error {
    const char *why;
    bool castable;
};
bool value_read(struct arena *arena, const char *chars, size_t len, enum dtype dtype, bool cast,
                 union scalar *value, struct literal_error *error);

/* As Python's repr: true is `true`; floats in the shortest form that reads back to the same bits,
 * with an exponent below 1e-4 and from 1e16 on. */
void value_print(struct text *out, enum dtype dtype, const void *value);

#endif
