/* Values known at compile time. Integers are exact (128 bits), floats are doubles. */
#ifndef ABCC_SEMA_CONSTANT_H
#define ABCC_SEMA_CONSTANT_H

#include "base/arena.h"
#include "lang/ops.h"

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

enum constant_kind {
    CONSTANT_NONE, /* a part of a tuple that is not known */
    CONSTANT_BOOL,
    CONSTANT_INT,
    CONSTANT_FLOAT,
    CONSTANT_PARTS /* of a tuple or struct; elements of a tensor, row-major */
};
/* A scalar constant that has the type of a tensor stands for each of its elements. */

/* Tensors with more elements are not computed at compile time, but for what is written out. */
enum { CONSTANT_MAX_ELEMENTS = 4096 };

/* The elements of a constant tensor in a sized dtype. */
struct placed_elements {
    const union scalar *elements; /* NULL: not yet */
    enum dtype dtype;
};

struct constant {
    enum constant_kind kind;
    bool is_named; /* depends on a `const`, which -D may replace */
    bool truth;
    int128 integer;
    double real;
    const struct constant **parts; /* NULL elements: not known (never of a tensor) */
    uint32_t len;                  /* of parts */
    struct placed_elements *placed; /* of a `const`: kept for its next use; else NULL */
};

struct constant *constant_bool(struct arena *arena, bool truth);
struct constant *constant_int(struct arena *arena, int128 integer);
struct constant *constant_float(struct arena *arena, double real);
struct constant *constant_parts(struct arena *arena, uint32_t len); /* all NULL */
/* Element number i of a tensor. */
const struct constant *constant_element(const struct constant *constant, int64_t i);

/* Digits as in the syntax tree: decimal, 0x, 0b. False if it needs more than 127 bits. */
bool constant_read_int(const char *text, int128 *value);
const char *constant_spelling(struct arena *arena, const struct constant *constant);

bool int_fits(int128 value, enum dtype dtype);
/* A constant scalar or tensor as a value of another dtype by the rules of casts; integers that do
 * not fit wrap. `from` and `to` may be weak. */
const struct constant *constant_cast(struct arena *arena, const struct constant *constant,
                                     enum dtype from, enum dtype to);
/* The bits of a constant that fits the (sized) dtype. */
union scalar constant_scalar(const struct constant *constant, enum dtype dtype);

enum fold_status { FOLD_DONE, FOLD_NOT, FOLD_TOO_LARGE };
/* An operation on constants of one dtype, which may be weak: weak integers are exact. */
enum fold_status constant_fold(struct arena *arena, enum op op, enum dtype operand,
                               enum dtype result, const struct constant *const *args,
                               const struct constant **folded);

#endif
