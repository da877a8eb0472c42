/* The typed program: what sema gives and build reads. One instance per function and argument
 * types; every name resolved, every type final and sized, every conversion explicit, every
 * operation an op of ops.def (or a control form). Weak types are gone: a weak constant stands here
 * as a constant of the type it met, a weak run-time value as i64 or f64 with casts. */
#ifndef ABCC_SEMA_TYPED_H
#define ABCC_SEMA_TYPED_H

#include "ast/ast.h"
#include "lang/ops.h"

struct typed_expr;
struct typed_block;
struct instance;

/* ---- types: interned, so two equal types are one pointer ------------------------------------- */

enum ty_kind {
    TY_TENSOR, /* dtype and shape; rank 0 is a scalar */
    TY_STRUCT, /* nominal: declaration + field types */
    TY_TUPLE,  /* () is the type of a call without a result */
    TY_NEVER   /* of an arm that does not end: return, break, continue, fault */
    /* sema has further kinds of its own (unknown, weak, dtype values); none reach the typed program */
};

/* An extent that is known at run time only (of shared arrays) stands in a shape as -1 - its index in
 * typed_prog.extents: dim < 0. */
struct ty {
    enum ty_kind kind;
    struct type tensor;
    const struct ast_decl *decl;        /* STRUCT */
    VEC(const struct ty *) parts;       /* STRUCT: fields in order; TUPLE: elements */
    uint32_t leaves;                    /* number of tensors in it, depth first */
};

/* "f64", "Draw", "(i64, f64[3])" */
const char *ty_text(struct arena *arena, const struct ty *ty);

/* ---- variables and places -------------------------------------------------------------------- */

struct typed_var {
    name name;                  /* NULL: made by the checker, to hold a value that is used twice */
    struct loc loc;
    const struct ty *ty;
    bool is_param, is_inout; /* parameters: those of the declaration that are values at run time, then
                              * what a lambda has captured, one each. A function value is the tuple of
                              * what it has captured, () for none; shared arrays and dtypes are no
                              * parameters: the instance knows them */
    const struct typed_expr *initial; /* parameter of an export: its default value, or NULL */
};

/* An array that the whole batch reads: a parameter of an export. */
struct typed_shared {
    name name;
    struct loc loc;
    const struct ty *ty;      /* TENSOR; extents may be known at run time only */
};

struct typed_extent {         /* a size parameter of an export that only shared arrays have */
    name name;
    struct loc loc;
};

typedef uint32_t var_id; /* index into instance->vars */

/* One axis of an index `x[..]`, of the tensor indexed. Every axis has one. */
enum typed_axis_kind {
    TYPED_AXIS_RANGE,  /* `count` elements: start, start + step, .. (clamped already; step not 0) */
    TYPED_AXIS_AT,     /* element `at`, of any integer type: valid iff -n <= at < n, negative counts from
                        * the end, else a bounds fault; the axis is dropped */
    TYPED_AXIS_WINDOW  /* slice(): `count` elements from `at`; bounds fault unless 0 <= at <= n - count */
};
struct typed_axis {
    enum typed_axis_kind kind;
    struct typed_expr *at;         /* AT, WINDOW; evaluated in order of the axes */
    struct loc loc;                /* of this index */
    int64_t start, step, count;
};
typedef VEC(struct typed_axis) typed_axes;

/* One step into a value: a field or tuple part, or a region of a tensor (only the last step may be one). */
struct typed_step {
    bool is_region;
    uint32_t part;            /* not is_region */
    typed_axes axes;          /* is_region: one for each axis */
};

/* var, var.part, ...: what can be stored to. Indexes in targets of statements are constants or variables of
 * the checker's own: they were evaluated before the value (L1). */
struct typed_place {
    var_id var;
    struct loc loc;
    VEC(struct typed_step) steps;
    const struct ty *ty; /* of the part named */
};

/* ---- expressions ----------------------------------------------------------------------------- */

enum typed_expr_kind {
    TX_CONST,      /* constant of scalar type ty */
    TX_VAR,        /* whole variable, copied now */
    TX_TARGET,     /* in `place op= e`: the value of the place, read now */
    TX_OP,         /* op(args), elementwise; all operands converted already */
    TX_CAST,       /* args[0] to ty, leaf by leaf (leaves of equal type are kept) */
    TX_CALL,       /* callee(call_args) */
    TX_MAKE,       /* struct or tuple of args, in order */
    TX_PART,       /* field or element `part` of args[0] */
    TX_AND, TX_OR, /* short circuit: args[0], args[1] */
    TX_IF,         /* arms; ty () when it is a statement, never when no arm comes to its end (where a
                    * value is needed, then the type of that value). One arm without a condition is
                    * a block with a value: `{ let t = e; t * t }` */
    TX_SAME,       /* args[0] == args[1] on structs or tuples: all leaves equal, one bool (L16) */
    TX_LANE_INDEX, /* batch_index() */

    /* Tensors. TX_OP and TX_CAST are elementwise: all operands have the shape of the result (broadcasts are
     * explicit). TX_CONST of rank > 0 has `elements`, or `constant` for each. */
    TX_BROADCAST,  /* args[0] to ty's shape by NumPy's rule; the dtype stays, here and below */
    TX_RESHAPE,    /* args[0] to ty's shape, row-major; also `none` in an index, ravel, expand_dims */
    TX_TRANSPOSE,  /* result axis i is axis perm[i] of args[0] */
    TX_INDEX,      /* the region `axes` of args[0]; a scalar if all axes are AT */
    TX_BUILD,      /* args (of one shape) stacked along a new first axis: literals, stack */
    TX_CONCAT,     /* args along `axis` */
    TX_TAKE,       /* rows args[0][i] for i in the integer tensor args[1] (any integer type; bounds as AT) */
    TX_REDUCE,     /* op (add mul min max and or) over axis_set, axes dropped; keepdims is a RESHAPE around it.
                    * mean is a REDUCE and a division; any and all are or and and of bools */
    TX_ARG_REDUCE, /* op (min, max) along `axis`, dropped; i64 */
    TX_CONTRACT,   /* [G.., A.., K..] with [G.., B.., K..] to [G.., A.., B..]: inner trailing axes summed, batch
                    * leading axes go together (operands are transposed before) */
    TX_IOTA,       /* i64[n]: 0, 1, .. */
    TX_SHARED,     /* the whole shared array `symbol` of the program */
    TX_EXTENT      /* run-time extent `symbol`, i64 */
};

struct typed_arg {
    struct typed_expr *value;  /* NULL for inout */
    struct typed_place *place; /* inout: its indexes are evaluated in turn; it is read after all
                                * arguments, and written back at the return to the same place */
};

struct typed_arm {
    struct typed_expr *condition; /* NULL: else */
    struct typed_block *block;
};

struct typed_expr {
    enum typed_expr_kind kind;
    struct loc loc;
    const struct ty *ty;
    union scalar constant;
    const union scalar *elements;    /* CONST of rank > 0: row-major, or NULL */
    var_id var;
    enum op op;
    uint32_t part;
    typed_axes axes;                 /* INDEX */
    uint8_t perm[SHAPE_MAX_RANK];    /* TRANSPOSE */
    uint32_t axis_set;               /* REDUCE */
    uint8_t axis;                    /* CONCAT, ARG_REDUCE */
    uint8_t batch, inner;            /* CONTRACT */
    uint32_t symbol;                 /* SHARED: of typed_prog.shared; EXTENT: of typed_prog.extents */
    VEC(struct typed_expr *) args;
    struct instance *callee;
    VEC(struct typed_arg) call_args; /* in the order of the parameters */
    VEC(uint32_t) call_order;        /* order of evaluation as written, when keywords change it; else empty */
    VEC(struct typed_arm) arms;
};

/* ---- statements ------------------------------------------------------------------------------ */

enum typed_stmt_kind {
    TS_STORE,      /* value is computed, then targets are stored left to right */
    TS_EXPR,       /* value is computed and dropped (calls and ifs). If it has run-time extents: a `let` of
                    * it. Its uses are the same node; the operands of the node are variables */
    TS_WHILE,      /* condition, block */
    TS_FOR,        /* variable from start to stop (excluded) by step, all of the variable's type;
                    * step NULL is 1; the number of rounds is computed without overflow (L28) */
    TS_BREAK, TS_CONTINUE,
    TS_RETURN,     /* value (of the result type) or NULL */
    TS_FAULT,      /* text */
    TS_ASSERT,     /* condition, text; in a test it is an example of its own (L32) */
    TS_ASSERT_FAULTS, /* value, fault_kind: tests only */
    TS_SHOW        /* value, text */
};

struct typed_target {
    VEC(uint32_t) from;         /* which part of the value: a path, empty for all of it */
    struct typed_place *place;  /* NULL: dropped (`_`) */
    /* the part is converted to place->ty leaf by leaf (TX_CAST) if its type differs */
};

struct typed_stmt {
    enum typed_stmt_kind kind;
    struct loc loc;
    bool is_sync;               /* @sync before it */
    bool is_uncounted;          /* FOR of a function over tensors (cumsum): its rounds are no steps (L5) */
    VEC(struct typed_target) targets;
    struct typed_expr *value;
    struct typed_expr *condition;
    var_id var;
    struct typed_expr *start, *stop, *step;
    struct typed_block *block;
    const char *text;           /* message; NULL without */
    const char *source_text;    /* ASSERT: the condition as written */
    int fault_kind;             /* enum fault_kind of ir.h: 1 bounds 2 stack 3 assert 4 budget */
};

struct typed_block {
    struct loc loc;
    VEC(struct typed_stmt *) stmts;
    struct typed_expr *value;   /* value of the block, or NULL */
};

/* ---- functions ------------------------------------------------------------------------------- */

/* A parameter of an export as written: a run-time one (index into vars), or a shared array. */
struct typed_param_place {
    bool is_shared;
    uint32_t index;             /* into instance->vars, or typed_prog.shared */
};

enum inline_attr { ATTR_INLINE_NONE, ATTR_INLINE, ATTR_NOINLINE };

struct instance {
    uint32_t id;
    name name;                  /* unique: "fib", "lerp.2" */
    const char *signature;      /* weak types by name: "lerp(f32, f32, float) -> f32" */
    const struct ast_decl *decl; /* FN, or TEST (no parameters, result ()) */
    VEC(struct typed_var) vars; /* parameters first */
    uint32_t param_count;
    const struct ty *result;    /* () when nothing is returned */
    struct typed_block *body;
    uint32_t max_depth;         /* @max_depth, 0 without */
    uint64_t budget;            /* @budget, 0 without (of an export or test) */
    enum inline_attr inline_attr;
    bool is_sync;
    bool uses_batch_index;      /* itself, not through calls */
    VEC(uint32_t) shared;       /* of an export: its shared arrays, in the order of its parameters */
    VEC(struct typed_param_place) param_order; /* of an export with shared arrays: all parameters in order */
};

struct typed_prog {
    struct arena *arena;
    const struct sources *sources;
    VEC(struct instance *) instances; /* in order of discovery */
    VEC(struct instance *) exports;   /* in order of the text */
    VEC(struct instance *) tests;
    VEC(struct typed_shared) shared;
    VEC(struct typed_extent) extents;
};

#endif
