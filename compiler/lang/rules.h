/* Which dtype an operation works in and gives: NumPy's promotion with weak literals (NEP 50). */
#ifndef ABCC_LANG_RULES_H
#define ABCC_LANG_RULES_H

#include "lang/ops.h"

/* Of two dtypes, weak ones included: symmetric, defined for every pair. */
enum dtype dtype_promote(enum dtype a, enum dtype b);
/* Of several at once. Promotion is not associative: NumPy folds floats before integers. */
enum dtype dtype_promote_all(const enum dtype *dtypes, uint32_t count);
/* May a value of `from` stand where `to` is expected without a cast (L11)? */
bool dtype_converts(enum dtype from, enum dtype to);
/* NumPy's floating result for any operand: i16 gives f32, i32 gives f64, floats stay. */
enum dtype dtype_floating(enum dtype dtype);
bool dtype_is_integer(enum dtype dtype); /* signed, unsigned or weak int */
bool dtype_is_float(enum dtype dtype);   /* f16, f32, f64 or weak float */
/* Least and greatest value of an integer dtype; for the weak one those of i64. */
int64_t dtype_min(enum dtype dtype);
uint64_t dtype_max(enum dtype dtype);

/* ---- result rules ---------------------------------------------------------------------------- */

enum { OP_identity = OP_COUNT }; /* gives its operand */

enum result_rule {
    RESULT_ARITHMETIC, /* in the promoted dtype */
    RESULT_BITWISE,    /* the same, integers and bool only */
    RESULT_ROUNDING,   /* the same; integers are round already, bool goes to f16 */
    RESULT_FLOATING,   /* in the floating dtype of the promoted one */
    RESULT_QUOTIENT,   /* floats stay, everything else is f64 */
    RESULT_COMPARISON, /* in the promoted dtype, gives bool */
    RESULT_PREDICATE,  /* of a float; integers are looked at as f64; gives bool */
    RESULT_TO_BITS,    /* of a float; gives the unsigned integer of its width */
    RESULT_FROM_BITS   /* of u32 or u64; gives the float of its width */
};

/* What operands that are promoted to bool do. */
enum bool_rule { BOOL_REJECT, BOOL_KEEP, BOOL_AS_I8, BOOL_AS_U8 };

struct dtype_rule {
    int op; /* enum op, or OP_identity */
    enum result_rule result;
    enum bool_rule on_bool;
    int bool_op; /* with BOOL_KEEP: the operation on bool, in place of op */
};

enum rule_status {
    RULE_FITS,
    RULE_REJECTS_BOOL,
    RULE_REJECTS_FLOAT, /* a bitwise operation whose operands promote to a float */
    RULE_REJECTS_BITS  /* no float, or no unsigned integer, of 32 or 64 bits */
};

struct rule_result {
    enum rule_status status;
    int op;                      /* enum op, or OP_identity */
    enum dtype promoted;         /* of the operands, before the rule */
    enum dtype operand, result;  /* weak if all operands are */
};

struct rule_result rule_apply(const struct dtype_rule *rule, const enum dtype *operands,
                              uint32_t count);

/* ---- functions that need no declaration ------------------------------------------------------ */

/* Which rule of the checker puts it together; sema/builtin.c has a function for each. */
#define AB_BUILTIN_FORMS(FORM)                                                                     \
    FORM(PLAIN) FORM(BATCH_INDEX) FORM(CAST) FORM(CLIP) FORM(POWER) FORM(SQUARE) FORM(LOGICAL)     \
    FORM(WHERE) FORM(REDUCE) FORM(TRUTH) FORM(EXTREME) FORM(MEAN) FORM(VARIANCE)                   \
    FORM(ARG_REDUCE) FORM(COUNT) FORM(RANGE_OF) FORM(CUMULATE) FORM(DIFF) FORM(ARRAY_EQUAL)        \
    FORM(CLOSE) FORM(TRIANGLE) FORM(DOT) FORM(MATMUL) FORM(INNER) FORM(OUTER) FORM(VDOT)           \
    FORM(TENSORDOT) FORM(TRACE) FORM(RESHAPE) FORM(TRANSPOSE) FORM(SWAPAXES) FORM(MOVEAXIS)        \
    FORM(EXPAND_DIMS) FORM(SQUEEZE) FORM(RAVEL) FORM(FLIP) FORM(ROLL) FORM(TILE) FORM(REPEAT)      \
    FORM(BROADCAST_TO) FORM(DIAGONAL) FORM(DIAG) FORM(SLICE) FORM(TAKE) FORM(STACK)                \
    FORM(CONCATENATE) FORM(HSTACK) FORM(VSTACK) FORM(FILLED) FORM(FULL) FORM(FILLED_LIKE)          \
    FORM(FULL_LIKE) FORM(ARANGE) FORM(LINSPACE) FORM(EYE)

enum builtin_form {
#define FORM(name) BUILTIN_##name,
    AB_BUILTIN_FORMS(FORM)
#undef FORM
    BUILTIN_FORM_COUNT
};

enum { BUILTIN_MAX_PARAMS = 6 };

struct builtin {
    const char *name;
    enum builtin_form form;
    const char *params; /* one space between: see builtins.def */
    struct dtype_rule rule;
};

extern const struct builtin builtins[];
extern const uint32_t builtin_count;
const struct builtin *builtin_find(const char *name); /* NULL if there is none */
uint32_t builtin_arity(const struct builtin *builtin);

#endif
