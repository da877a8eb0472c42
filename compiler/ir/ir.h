/* The intermediate representation: functions of basic blocks in SSA form over whole tensors.
 * IR.md is the reference: text form, invariants, meaning of each instruction. No structs, tuples,
 * references or weak types; patterns are flattened to leaves, inout parameters are extra results. */
#ifndef ABCC_IR_IR_H
#define ABCC_IR_IR_H

#include "base/names.h"
#include "base/source.h"
#include "base/text.h"
#include "lang/op_body.h"

/* Indexes into the vectors of the function or program that owns the thing. */
typedef uint32_t value_id;
typedef uint32_t block_id;
typedef uint32_t inst_id;
typedef uint32_t func_id;
typedef uint32_t fault_id; /* 0 is "no fault"; #1 is the first site */

#define IR_NONE UINT32_MAX

enum inst_kind {
    INST_OP,     /* elementwise operation of ops.def: args -> one result */
    INST_CONST,  /* constant -> one result */
    INST_CALL,   /* callee(args) -> results */
    INST_CHECK,  /* args[0] bool; false: fault `fault` */
    INST_LANE_INDEX, /* batch_index(): first + position, i64 */
    INST_SHOW,   /* args; text: label (L44); kept only on request */

    /* Tensors. Index maps: the result has the operand's elements in other places; nothing is computed. */
    INST_BROADCAST, /* args[0] to the result's shape by NumPy's rule: right-aligned, 1 -> n */
    INST_RESHAPE,   /* same number of elements, row-major */
    INST_TRANSPOSE, /* result axis i is axis perm[i] of args[0] */
    INST_EXTRACT,   /* the region `axes` of args[0]; the scalars of its AT and WINDOW axes follow, in
                     * order. A scalar result when all axes are AT */
    INST_LOAD,      /* @shared[args..]: as many leading indexes as args, the trailing axes are the result.
                     * None: all of it (static extents) */
    INST_IOTA,      /* 0, 1, .. of an i64[n] */
    /* Made anew, element by element. */
    INST_BUILD,     /* args of one shape S, n of them: [n, S..] */
    INST_CONCAT,    /* args along `axis` */
    INST_INSERT,    /* args[0] with its region `axes` (scalars follow as in EXTRACT) replaced by the last
                     * argument, which has the region's shape */
    INST_TAKE,      /* rows args[0][i] for each i of the i64 tensor args[1]: shape of args[1], then the
                     * trailing axes of args[0] */
    INST_REDUCE,    /* `op` (add mul min max and or) over the axes in the bit set `axis_set`, which are
                     * dropped; the order is language (L6) */
    INST_ARG_REDUCE,/* `op` (min, max): i64, the first place of the least or greatest along `axis`, which is
                     * dropped; the first nan wins */
    INST_CONTRACT,  /* [G.., A.., K..] with [G.., B.., K..] to [G.., A.., B..]: products summed over the last
                     * `inner` axes; the first `batch` axes go together. Floats by fma in the order of L6 */
    INST_EXTENT     /* run-time extent number `symbol` of the program, i64 */
};

/* Pure, one result, tensors: for switches that treat them alike. */
#define AB_CASE_INDEX_MAPS                                                                            \
    case INST_BROADCAST: case INST_RESHAPE: case INST_TRANSPOSE: case INST_EXTRACT: case INST_LOAD:   \
    case INST_IOTA
#define AB_CASE_TENSOR_MAKERS                                                                         \
    case INST_BUILD: case INST_CONCAT: case INST_INSERT: case INST_TAKE: case INST_REDUCE:            \
    case INST_ARG_REDUCE: case INST_CONTRACT

/* One axis of a region. Indexes are i64 values in range (a check goes before); out of range the
 * result is unspecified, and no engine accesses memory outside of the tensor. */
enum ir_axis_kind {
    AXIS_RANGE,  /* `count` elements: start, start + step, ..; all inside; step may be negative */
    AXIS_AT,     /* one element, at a scalar argument; the axis is dropped */
    AXIS_WINDOW  /* `count` elements from a scalar argument on */
};
struct ir_axis {
    enum ir_axis_kind kind;
    int64_t start, step, count;
};

struct ir_inst {
    enum inst_kind kind;
    enum op op;               /* INST_OP */
    struct loc loc;
    VEC(value_id) args;
    VEC(value_id) results;    /* one, but for CALL (any number), CHECK and SHOW (none) */
    union scalar constant;    /* CONST: of each element, if `elements` is NULL */
    const union scalar *elements; /* CONST of rank > 0: row-major, or NULL */
    VEC(struct ir_axis) axes; /* EXTRACT, INSERT: one for each axis of args[0] */
    uint8_t perm[SHAPE_MAX_RANK]; /* TRANSPOSE */
    uint32_t axis_set;        /* REDUCE: bit i is axis i */
    uint8_t axis;             /* CONCAT, ARG_REDUCE */
    uint8_t batch, inner;     /* CONTRACT */
    uint32_t symbol;          /* LOAD: index into prog->shared; EXTENT: into prog->extents */
    func_id callee;           /* CALL */
    bool is_tail;             /* CALL: the program writes it as a tail call (L4); for mark_tail */
    fault_id fault;           /* CHECK; CALL: the stack fault of a call within its cycle, always set */
    const char *text;         /* SHOW */
};

enum value_kind { VALUE_PARAM, VALUE_RESULT }; /* of a block (also of the function: entry block) | of an instruction */

struct ir_value {
    struct type type;
    enum value_kind kind;
    block_id block;   /* where it is defined */
    inst_id inst;     /* RESULT */
    uint32_t index;   /* which parameter or result */
    name hint;        /* name in the source, or NULL */
    struct loc loc;
};

struct ir_edge {
    block_id to;
    VEC(value_id) args; /* one for each parameter of `to` */
};

enum term_kind {
    TERM_NONE,   /* under construction only */
    TERM_JMP,    /* edges[0] */
    TERM_BR,     /* condition (bool scalar) ? edges[0] : edges[1] */
    TERM_RET,    /* args: the function's results */
    TERM_TAIL,   /* callee(args): its results are this function's results; same depth (L4) */
    TERM_FAULT   /* fault */
};

struct ir_term {
    enum term_kind kind;
    struct loc loc;
    value_id condition;
    struct ir_edge edges[2];
    VEC(value_id) args;
    func_id callee;
    fault_id fault; /* FAULT; */
};

struct ir_block {
    name hint;              /* "loop", "then", ... or NULL */
    struct loc loc;
    bool is_loop;           /* header of a loop: the only kind of block a retreating edge may go to */
    bool is_sync;           /* an @sync block begins here */
    VEC(value_id) params;
    VEC(inst_id) insts;     /* in order */
    struct ir_term term;
};

enum inline_wish { INLINE_AUTO, INLINE_ALWAYS, INLINE_NEVER };

struct ir_func {
    name name;              /* unique in the program: "fib", "lerp.2" (instances are numbered) */
    struct loc loc;
    enum inline_wish inline_wish;
    uint32_t cycle;         /* L3: functions with the same number count depth together, also when a
                             * pass has cut the cycle of calls they were in; 0: see the calls */
    VEC(struct type) params, results;
    VEC(struct ir_block) blocks; /* block 0 is the entry; its params are the function's; the vector
                                  * may hold unreachable blocks until ir_tidy removes them */
    VEC(struct ir_value) values;
    VEC(struct ir_inst) insts;
};

enum fault_kind { FAULT_NONE, FAULT_BOUNDS, FAULT_STACK, FAULT_ASSERT, FAULT_BUDGET };
extern const char *const fault_kind_name[5]; /* "none", "bounds", "stack", "assert", "budget" */

struct ir_fault {
    enum fault_kind kind;
    struct loc loc;
    const char *path; /* place, resolved: also for IR read from text */
    uint32_t line, column;
    const char *text;
};

/* How the leaves of an argument or result are named for users: "n", "p.x", "t.0". */
struct ir_leaf {
    const char *path;    /* "" for the only leaf of an unnamed result */
    struct type type;
    bool is_inout;       /* argument: has a partner among the results; result: comes from it */
    const union scalar *initial; /* argument: elements of its default value, or NULL; not
                                  * in the text */
};

/* An array that all examples read: a symbol, never a value. */
struct ir_shared {
    const char *name;    /* unique in the program: "X", "X.2" */
    struct type type;    /* a run-time extent e is written as the negative number -1 - e */
    struct loc loc;
};

/* An extent that is known at run time only; the same for the whole batch. */
struct ir_extent {
    const char *name;    /* unique in the program: "n", "n.2" */
};

/* How the parameters of an entry stand in the source: leaves of `params` and shared arrays, in order. */
struct ir_param_place {
    bool is_shared;
    uint32_t index;      /* into entry->params or entry->shared */
};

struct ir_entry {
    name name;           /* of the export; of a test: its title */
    func_id func;
    bool is_test;        /* no parameters, no results; each assert of a test is one entry */
    uint32_t max_depth;  /* L3: limit of this entry */
    const char *doc;
    struct loc loc;
    bool uses_batch_index;
    enum fault_kind expect_fault; /* test: FAULT_NONE, or what it must end with. `assert e faults k`
                                   * makes two entries: all before it (none), and with e (k) */
    const char *test_text;        /* test: the assert as written, for reports */
    VEC(struct ir_leaf) params, results; /* same order as the function's */
    VEC(uint32_t) shared;  /* prog->shared that are this entry's, in the order of its parameters */
    VEC(const char *) shared_paths; /* as users name them: "X" */
    VEC(uint32_t) extents; /* prog->extents that are this entry's, in order of their first use there */
    VEC(const char *) extent_paths; /* "n" */
    VEC(struct ir_param_place) param_order; /* empty: there are no shared ones */
    VEC(const char *) param_types, result_types; /* the source types by leaf, for people ("f64") */
};

struct ir_prog {
    struct arena *arena;
    struct names *names;
    const struct sources *sources;
    VEC(struct ir_func) funcs;
    VEC(struct ir_fault) faults;    /* [0] is FAULT_NONE */
    VEC(struct ir_entry) entries;
    VEC(struct ir_shared) shared;
    VEC(struct ir_extent) extents;
    const struct op_bodies *bodies; /* of operations that mean what std/math.ab says; NULL: none */
};

/* ---- building and changing ------------------------------------------------------------------ */

struct ir_prog *ir_prog_new(struct arena *arena, struct names *names, const struct sources *sources);
/* The signature (func->params, func->results) is pushed by the caller, before any call of it. */
func_id ir_func_new(struct ir_prog *prog, const char *func_name, struct loc loc);
/* `text` is kept as it is; path, line and column come from the program's sources. */
fault_id ir_fault_new(struct ir_prog *prog, enum fault_kind kind, struct loc loc, const char *text);

block_id ir_block_new(struct ir_prog *prog, struct ir_func *func, const char *hint, struct loc loc);
/* Of block 0 too: one for each of func->params, which it does not change. */
value_id ir_param_new(struct ir_prog *prog, struct ir_func *func, block_id block, struct type type,
                      name hint, struct loc loc);
/* Appends to a block; the first result (there is one) is returned. */
value_id ir_op(struct ir_prog *prog, struct ir_func *func, block_id block, enum op op,
               struct type type, const value_id *args, uint32_t count, struct loc loc);
value_id ir_const(struct ir_prog *prog, struct ir_func *func, block_id block, enum dtype dtype,
                  union scalar constant, struct loc loc);
/* Any instruction with one result and no effect: the caller fills in the attributes of the row given back
 * (good until the next instruction is made). */
struct ir_inst *ir_inst_new(struct ir_prog *prog, struct ir_func *func, block_id block,
                            enum inst_kind kind, struct type type, const value_id *args,
                            uint32_t count, struct loc loc);
value_id ir_lane_index(struct ir_prog *prog, struct ir_func *func, block_id block, struct loc loc);
/* One result for each of the callee's: func->insts.at[...].results. */
inst_id ir_call(struct ir_prog *prog, struct ir_func *func, block_id block, func_id callee,
                const value_id *args, uint32_t count, fault_id stack_fault, struct loc loc);
void ir_check(struct ir_prog *prog, struct ir_func *func, block_id block, value_id condition,
              fault_id fault, struct loc loc);
void ir_show(struct ir_prog *prog, struct ir_func *func, block_id block, const char *label,
             const value_id *args, uint32_t count, struct loc loc);
void ir_jmp(struct ir_prog *prog, struct ir_func *func, block_id block, block_id to,
            const value_id *args, uint32_t count);
void ir_br(struct ir_prog *prog, struct ir_func *func, block_id block, value_id condition,
           block_id yes, block_id no, struct loc loc); /* edges without arguments */
void ir_ret(struct ir_prog *prog, struct ir_func *func, block_id block, const value_id *args,
            uint32_t count, struct loc loc);
void ir_tail(struct ir_prog *prog, struct ir_func *func, block_id block, func_id callee,
             const value_id *args, uint32_t count, struct loc loc);
void ir_fault_term(struct ir_prog *prog, struct ir_func *func, block_id block, fault_id fault,
                   struct loc loc);
uint32_t ir_edge_count(const struct ir_term *term); /* 0, 1 or 2 */

/* ---- text and checks ------------------------------------------------------------------------ */

void ir_print(const struct ir_prog *prog, struct text *out);
void ir_print_func(const struct ir_prog *prog, const struct ir_func *func, struct text *out);
/* Reads the text form. NULL after a mistake, with *why ("line 3: ...") in the arena. What it gives
 * is sound, as below, but perhaps not tidy. */
struct ir_prog *ir_parse(struct arena *arena, struct names *names, const char *text,
                         const char **why);
/* NULL if all invariants of IR.md hold, else what is wrong, in the arena. */
const char *ir_verify(const struct ir_prog *prog, struct arena *arena);
/* The same without those invariants that ir_tidy establishes: no unreachable blocks, no critical
 * edges, no edge to the entry block, the order of blocks. A sound program may be tidied. */
const char *ir_verify_sound(const struct ir_prog *prog, struct arena *arena);

/* Puts every function into canonical form: unreachable blocks, trivial jumps and block parameters
 * with one source removed, critical edges split, blocks in reverse post-order with loops
 * contiguous, values and blocks renumbered densely. True if anything changed. */
bool ir_tidy(struct ir_prog *prog);

#endif
