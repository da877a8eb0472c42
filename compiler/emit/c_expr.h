/* Expressions of scalar C as text that knows how tightly it binds. Inside emit only. */
#ifndef ABCC_EMIT_C_EXPR_H
#define ABCC_EMIT_C_EXPR_H

#include "emit/emit.h"

enum c_level {
    LEVEL_CHOICE,
    LEVEL_OR,
    LEVEL_XOR,
    LEVEL_AND,
    LEVEL_EQUAL,
    LEVEL_ORDER,
    LEVEL_SHIFT,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_UNARY,
    LEVEL_CALL
};

struct c_expr {
    const char *text;
    enum c_level level;
};

/* An operand, and what is known of it. */
struct c_operand {
    struct c_expr expr;
    enum dtype dtype;
    value_id value;                 /* two operands of one value are equal; IR_NONE: unknown */
    const union scalar *constant;   /* NULL: not constant */
    bool is_variable;               /* its text has the operand's C type, whatever the literals in it */
    bool is_lanes;                  /* a vector of lanes, or a mask; else the same C scalar for all */
};

/* As a factor, or wherever anything but a call or a name needs parentheses. */
const char *c_factor(struct arena *arena, struct c_expr expr);
struct c_expr c_infix(struct arena *arena, const char *op, struct c_expr x, struct c_expr y);
struct c_expr c_prefix(struct arena *arena, const char *op, struct c_expr x);
/* The constant of a dtype; bools are true and false. */
struct c_expr c_constant(struct arena *arena, enum dtype dtype, union scalar constant);
/* An operation on operands: C's operator where it means the same, else a call of the kernel, which is noted in
 * `kernels` (kernels_use_scalar). */
struct c_expr c_op(struct arena *arena, struct kernel_set *kernels, enum op op, enum dtype result,
                   const struct c_operand *operands, uint32_t count);
/* The operand as a vector or mask. */
const char *c_as_lanes(struct arena *arena, const struct c_operand *operand);
/* An operation of which an operand is_lanes: a call of the gang's kernel under mask m, noted in `kernels`. */
struct c_expr c_lanes_op(struct arena *arena, struct kernel_set *kernels, enum op op, enum dtype result,
                         const struct c_operand *operands, uint32_t count, const char *m);
/* Has C an operator for the opposite of this operation? NULL if not, or if compilers would warn of it. */
const char *c_opposite(enum op op, const struct c_operand *operands, uint32_t count);

#endif
