#include "lang/op_body.h"

enum { MOST_NODES = 512 };

const struct op_body *op_body_of(const struct op_bodies *bodies, enum op op, enum dtype operand)
{
    return bodies && operand < DT_COUNT ? bodies->of[op][operand] : NULL;
}

static union scalar eval_body(const struct op_bodies *bodies, const struct op_body *body,
                              const union scalar *args)
{
    union scalar values[MOST_NODES];
    for (uint32_t i = 0; i < body->arity; i++)
        values[i] = args[i];
    for (uint32_t n = 0; n < body->count; n++) {
        const struct op_node *node = &body->nodes[n];
        union scalar operands[3] = {{.u = 0}, {.u = 0}, {.u = 0}};
        for (uint8_t i = 0; i < op_table[node->op].arity && !node->is_constant; i++)
            operands[i] = values[node->args[i]];
        values[body->arity + n] = node->is_constant
            ? node->constant : op_eval_by(bodies, node->op, node->operand, node->dtype, operands);
    }
    return values[body->result];
}

union scalar op_eval_by(const struct op_bodies *bodies, enum op op, enum dtype operand,
                        enum dtype result, const union scalar *args)
{
    const struct op_body *body = op_body_of(bodies, op, operand);
    return body && body->arity + body->count <= MOST_NODES ? eval_body(bodies, body, args)
                                                           : op_eval(op, operand, result, args);
}

bool op_is_per_lane(const struct op_bodies *bodies, enum op op, enum dtype operand)
{
    return (op_table[op].traits & TRAIT_PER_LANE) && !op_body_of(bodies, op, operand);
}
