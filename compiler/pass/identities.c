#include "pass/identities.h"

enum { B = CLASS_BOOL, I = CLASS_INT, U = CLASS_UINT, F = CLASS_FLOAT };

#define OPERAND                                                                                    \
    {                                                                                              \
        .kind = OUTCOME_OPERAND                                                                    \
    }
#define CONSTANT(what)                                                                             \
    {                                                                                              \
        .kind = OUTCOME_SPECIAL, .special = SPECIAL_##what                                         \
    }
#define BY(operation)                                                                              \
    {                                                                                              \
        .kind = OUTCOME_OP, .op = OP_##operation                                                   \
    }
#define WITH(operation, classes, what, outcome)                                                    \
    {                                                                                              \
        OP_##operation, classes, OPERAND_SPECIAL, SPECIAL_##what, outcome                          \
    }
#define WITH_ITSELF(operation, classes, outcome)                                                   \
    {                                                                                              \
        OP_##operation, classes, OPERAND_SAME, SPECIAL_ZERO, outcome                               \
    }

/* Floats: x + 0.0 is not here, because -0.0 + 0.0 is 0.0; nor is x * 0.0, because of inf, nan and
 * signs; nor x - x, because of inf and nan. Integers: x // 0 and x % 0 are 0 in the language. */
const struct right_identity right_identities[] = {
    WITH(add, I | U, ZERO, OPERAND),
    WITH(add, F, MINUS_ZERO, OPERAND),
    WITH(sub, I | U | F, ZERO, OPERAND),
    WITH_ITSELF(sub, I | U, CONSTANT(ZERO)),
    WITH(mul, I | U, ZERO, CONSTANT(ZERO)),
    WITH(mul, I | U | F, ONE, OPERAND),
    WITH(mul, I | U | F, MINUS_ONE, BY(neg)),
    WITH(div, F, ONE, OPERAND),
    WITH(div, F, MINUS_ONE, BY(neg)),
    WITH(floordiv, I | U, ZERO, CONSTANT(ZERO)),
    WITH(floordiv, I | U, ONE, OPERAND),
    WITH(floordiv, I, MINUS_ONE, BY(neg)),
    WITH(mod, I | U, ZERO, CONSTANT(ZERO)),
    WITH(mod, I | U, ONE, CONSTANT(ZERO)),
    WITH(mod, I, MINUS_ONE, CONSTANT(ZERO)),
    WITH_ITSELF(mod, I | U, CONSTANT(ZERO)),
    WITH_ITSELF(max, I | U | F, OPERAND),
    WITH(max, U, ZERO, OPERAND),
    WITH_ITSELF(min, I | U | F, OPERAND),
    WITH(min, U, ZERO, CONSTANT(ZERO)),
    WITH_ITSELF(copysign, F, OPERAND),
    WITH(and, B | I | U, ZERO, CONSTANT(ZERO)),
    WITH(and, B | I | U, ALL_ONES, OPERAND),
    WITH_ITSELF(and, B | I | U, OPERAND),
    WITH(or, B | I | U, ZERO, OPERAND),
    WITH(or, B | I | U, ALL_ONES, CONSTANT(ALL_ONES)),
    WITH_ITSELF(or, B | I | U, OPERAND),
    WITH(xor, B | I | U, ZERO, OPERAND),
    WITH(xor, B | I | U, ALL_ONES, BY(not )),
    WITH_ITSELF(xor, B | I | U, CONSTANT(ZERO)),
    WITH(shl, I | U, ZERO, OPERAND),
    WITH(shr, I | U, ZERO, OPERAND),
    WITH(eq, B, ONE, OPERAND),
    WITH(eq, B, ZERO, BY(not )),
    WITH_ITSELF(eq, B | I | U, CONSTANT(ONE)),
    WITH(ne, B, ZERO, OPERAND),
    WITH(ne, B, ONE, BY(not )),
    WITH_ITSELF(ne, B | I | U, CONSTANT(ZERO)),
    WITH(lt, U, ZERO, CONSTANT(ZERO)),
    WITH_ITSELF(lt, I | U | F, CONSTANT(ZERO)),
    WITH_ITSELF(le, I | U, CONSTANT(ONE)),
    WITH_ITSELF(gt, I | U | F, CONSTANT(ZERO)),
    WITH(ge, U, ZERO, CONSTANT(ONE)),
    WITH_ITSELF(ge, I | U, CONSTANT(ONE)),
};
const uint32_t right_identity_count = sizeof right_identities / sizeof *right_identities;

const struct left_identity left_identities[] = {
    {OP_sub, I | U, SPECIAL_ZERO, BY(neg)},
    {OP_sub, F, SPECIAL_MINUS_ZERO, BY(neg)},
    {OP_floordiv, I | U, SPECIAL_ZERO, CONSTANT(ZERO)},
    {OP_mod, I | U, SPECIAL_ZERO, CONSTANT(ZERO)},
    {OP_shl, I | U, SPECIAL_ZERO, CONSTANT(ZERO)},
    {OP_shr, I | U, SPECIAL_ZERO, CONSTANT(ZERO)},
    {OP_shr, I, SPECIAL_ALL_ONES, CONSTANT(ALL_ONES)},
    {OP_gt, U, SPECIAL_ZERO, CONSTANT(ZERO)},
    {OP_le, U, SPECIAL_ZERO, CONSTANT(ONE)},
};
const uint32_t left_identity_count = sizeof left_identities / sizeof *left_identities;

#define UNWRAP(outer, inner, classes)                                                              \
    {                                                                                              \
        OP_##outer, OP_##inner, classes, true, OPERAND                                             \
    }
#define IDLE(outer, inner, classes)                                                                \
    {                                                                                              \
        OP_##outer, OP_##inner, classes, false, OPERAND                                            \
    }
#define BECOMES(outer, inner, classes, operation)                                                  \
    {                                                                                              \
        OP_##outer, OP_##inner, classes, false, BY(operation)                                      \
    }

/* not(x < y) is x >= y for integers only: for nan neither holds. */
const struct nested_identity nested_identities[] = {
    UNWRAP(neg, neg, I | U | F),
    UNWRAP(not, not, B | I | U),
    BECOMES(not, eq, B | I | U | F, ne),
    BECOMES(not, ne, B | I | U | F, eq),
    BECOMES(not, lt, I | U, ge),
    BECOMES(not, le, I | U, gt),
    BECOMES(not, gt, I | U, le),
    BECOMES(not, ge, I | U, lt),
    {OP_abs, OP_COUNT, U, false, OPERAND},
    IDLE(abs, abs, I | F),
    BECOMES(abs, neg, I | F, abs),
    IDLE(sign, sign, I | U | F),
    IDLE(floor, floor, F),
    IDLE(floor, ceil, F),
    IDLE(floor, trunc, F),
    IDLE(floor, round, F),
    IDLE(ceil, floor, F),
    IDLE(ceil, ceil, F),
    IDLE(ceil, trunc, F),
    IDLE(ceil, round, F),
    IDLE(trunc, floor, F),
    IDLE(trunc, ceil, F),
    IDLE(trunc, trunc, F),
    IDLE(trunc, round, F),
    IDLE(round, floor, F),
    IDLE(round, ceil, F),
    IDLE(round, trunc, F),
    IDLE(round, round, F),
};
const uint32_t nested_identity_count = sizeof nested_identities / sizeof *nested_identities;
