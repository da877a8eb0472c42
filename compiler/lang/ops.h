/* The table of operations, made from ops.def. */
#ifndef ABCC_LANG_OPS_H
#define ABCC_LANG_OPS_H

#include "lang/dtype.h"

enum op {
#define OP(id, ...) OP_##id,
#include "lang/ops.def"
#undef OP
    OP_COUNT
};

enum op_rule {
    RULE_SAME,   /* all operands and the result have one dtype */
    RULE_BOOL,   /* operands have one dtype, the result is bool */
    RULE_SELECT, /* bool, T, T -> T */
    RULE_CAST,   /* S -> T, any two dtypes that differ */
    RULE_SHIFT,  /* as SAME */
    RULE_BITS    /* float to the unsigned integer of its width, or back */
};

enum op_trait {
    TRAIT_COMMUTES = 1,     /* f(a, b) == f(b, a) bit for bit, up to the sign and payload of nan */
    TRAIT_ASSOCIATES = 2,   /* on integers and bool only */
    TRAIT_PER_LANE = 4      /* dear: evaluated for active lanes only, by a loop over them */
};

enum infix_when {
    INFIX_ALWAYS,
    INFIX_COUNT,             /* y is a constant in 1 .. width - 1 */
    INFIX_DIVISOR            /* y is a constant other than 0 */
};

struct op_meaning {
    const char *scalar;      /* body of a C function of x, y, z (see ops.def) */
    const char *infix;       /* C's operator (prefix if unary) of the same meaning, or NULL */
    enum infix_when when;
    const char *vector;      /* expression over vector types, or NULL: lane by lane */
};

struct op_info {
    const char *name;        /* in the IR and in emitted C */
    const char *infix;       /* C operator of the same meaning on floats and comparisons, or NULL */
    uint8_t arity;
    uint8_t classes;         /* dtypes of the operands it exists for */
    enum op_rule rule;
    uint8_t traits;
    uint8_t cost;            /* cycles a native vector, reciprocal throughput, 64-bit lanes */
    const char *summary;
};
extern const struct op_info op_table[OP_COUNT];

/* For RULE_BITS: f64 <-> u64, f32 <-> u32; others are themselves. */
enum dtype op_bits_dtype(enum dtype dtype);
/* The meaning of an operation on operands of a dtype (a cast: from S to T). NULL if undefined. */
const struct op_meaning *op_meaning_of(enum op op, enum dtype operand, enum dtype result);
int op_find(const char *op_name); /* -1 if there is none */
/* Evaluates one operation on constants by the same meaning: folding and the interpreter. `operand`
 * is the dtype of the operands (of the last one for select), `result` that of the result. */
union scalar op_eval(enum op op, enum dtype operand, enum dtype result, const union scalar *args);
/* The same as a function, for those who evaluate it often: reads three arguments, of which those
 * beyond the arity may hold anything. NULL if the operation is not defined for the dtypes. */
typedef union scalar op_function(const union scalar *args);
op_function *op_function_of(enum op op, enum dtype operand, enum dtype result);
bool op_can_fold(enum op op, enum dtype operand); /* library functions are not folded */

#endif
