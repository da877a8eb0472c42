/* What an operation means by other operations: functions of std/math.ab, flat. Elementwise, one result,
 * no control flow; an operation without a body means what ops_meaning.def says. */
#ifndef ABCC_LANG_OP_BODY_H
#define ABCC_LANG_OP_BODY_H

#include "lang/ops.h"

struct op_node {
    const char *name;      /* in the source, or NULL */
    enum dtype dtype;      /* of its value */
    bool is_constant;
    union scalar constant;
    enum op op;
    enum dtype operand;    /* dtype of its operands (of the last one for select) */
    uint32_t args[3];      /* below the arity of the body: its operand; else arity + number of a node before */
};

struct op_body {
    uint32_t arity, count;
    const struct op_node *nodes;
    uint32_t result;       /* as in args */
};

/* By operation and dtype of the operands; NULL: by ops_meaning.def. */
struct op_bodies {
    const struct op_body *of[OP_COUNT][DT_COUNT];
};

const struct op_body *op_body_of(const struct op_bodies *bodies, enum op op, enum dtype operand);
/* op_eval with the meaning of bodies, which may be NULL. Reads as many arguments as op has. */
union scalar op_eval_by(const struct op_bodies *bodies, enum op op, enum dtype operand,
                        enum dtype result, const union scalar *args);
/* Dear, and done for active lanes only: TRAIT_PER_LANE and no body. */
bool op_is_per_lane(const struct op_bodies *bodies, enum op op, enum dtype operand);
#endif
