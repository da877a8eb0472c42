/* Algebraic identities that are exact for every bit pattern (but for the sign and payload of nan):
 * the rows that `fold` goes by. */
#ifndef ABCC_PASS_IDENTITIES_H
#define ABCC_PASS_IDENTITIES_H

#include "pass/constants.h"

enum operand_pattern { OPERAND_ANY, OPERAND_SAME, OPERAND_SPECIAL };

enum outcome_kind {
    OUTCOME_OPERAND, /* operand 0 */
    OUTCOME_SPECIAL, /* a constant of the result's dtype */
    OUTCOME_OP       /* another operation on operand 0 */
};

struct outcome {
    enum outcome_kind kind;
    enum special special;
    enum op op;
};

/* op(x, right): `right` is x itself or a special constant. If the operation commutes the operands
 * may stand the other way round. */
struct right_identity {
    enum op op;
    uint8_t classes;
    enum operand_pattern right;
    enum special special;
    struct outcome outcome;
};

/* op(special, x) where op does not commute. */
struct left_identity {
    enum op op;
    uint8_t classes;
    enum special special;
    struct outcome outcome;
};

/* outer(inner(x...)): OUTCOME_OPERAND is inner(x...) itself; OUTCOME_OP is that operation on the
 * operands of `inner`; `unwraps` means x. `inner` OP_COUNT: outer(x) for any x. */
struct nested_identity {
    enum op outer, inner;
    uint8_t classes; /* of the operands of inner */
    bool unwraps;
    struct outcome outcome;
};

extern const struct right_identity right_identities[];
extern const uint32_t right_identity_count;
extern const struct left_identity left_identities[];
extern const uint32_t left_identity_count;
extern const struct nested_identity nested_identities[];
extern const uint32_t nested_identity_count;

#endif
