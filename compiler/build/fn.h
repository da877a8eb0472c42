/* One function under construction, and what its parts (statements, expressions, loops) share. */
#ifndef ABCC_BUILD_FN_H
#define ABCC_BUILD_FN_H

#include "build/build.h"
#include "build/calls.h"
#include "build/ssa.h"

/* Under a budget (L5) a function that may take steps has a second variant. It gets the number of
 * steps that are left as its last argument and gives what is then left as its last result. */
enum variant { VARIANT_PLAIN, VARIANT_COUNTED };

/* What an example of a test does with the asserts of the block (L32): one at most is made. */
struct test_part {
    const struct typed_stmt *assertion;
    uint32_t stmts; /* of the block: up to the one that is or holds the assert */
    bool leave_out; /* the entry before `assert e faults k`: all but the assert */
};

/* How a function of the program comes to be. */
enum job_kind { JOB_INSTANCE, JOB_TEST, JOB_BUDGET_ENTRY };

struct job {
    enum job_kind kind;
    const struct instance *instance;
    enum variant variant;  /* INSTANCE */
    struct test_part part; /* TEST */
    func_id counted;       /* BUDGET_ENTRY: the variant it starts */
};

struct program {
    struct arena *arena, *scratch; /* of the result | until the program is built */
    struct ir_prog *prog;
    const struct typed_prog *typed;
    const struct build_options *options;
    struct calls calls;
    struct id_map faults; /* typed node, kind -> fault_id: variants of a function share them */
    struct id_map funcs;  /* instance, variant -> func_id */
    VEC(struct job) jobs; /* how to build each of prog->funcs */
};

/* The variant to be called by code that counts, or does not. All are declared before the first is
 * built, so that pointers to functions stay valid. */
func_id program_func(const struct program *program, const struct instance *instance, bool counts);
/* Whether that variant counts. */
bool program_counts(const struct program *program, const struct instance *instance, bool counts);
fault_id program_fault(struct program *program, enum fault_kind kind, const void *node,
                       struct loc loc, const char *text);
fault_id program_call_fault(struct program *program, const void *node,
                            const struct instance *callee, struct loc loc);

struct fn_loop {
    block_id exit, next; /* where `break` and `continue` go */
    struct fn_loop *outer;
};

struct fn {
    struct program *program;
    struct arena *scratch;
    struct ir_prog *prog;
    struct ir_func *func;
    const struct instance *instance;
    const struct test_part *test; /* NULL: not a test */
    struct ssa ssa;
    block_id block;    /* where code goes now */
    leaf_id *var_leaf; /* by var_id: the first of its leaves */
    struct fn_loop *loop;
    const struct typed_place *target; /* of the `place op= e` that is being built */
    bool counts;
    leaf_id steps; /* how many are left, if it counts */
};

/* ---- fn.c ---------------------------------------------------------------------------- */

void fn_build(struct program *program, func_id id, const struct job *job);
/* Parameter and result types of the function an instance becomes. */
void fn_set_signature(struct ir_prog *prog, struct ir_func *func, const struct instance *instance,
                      bool counted);

block_id fn_block(struct fn *fn, const char *hint, struct loc loc);
/* Code goes to `block` from now on; all edges to it are made. */
void fn_enter(struct fn *fn, block_id block);
void fn_jump(struct fn *fn, block_id to);
/* After a terminator: what follows is built into a block that nothing reaches. */
void fn_dead(struct fn *fn, struct loc loc);
bool fn_is_dead(const struct fn *fn);
/* One step of the budget, if it is counted (L5). */
void fn_step(struct fn *fn, const void *node, struct loc loc);
void fn_check(struct fn *fn, value_id condition, enum fault_kind kind, const void *node,
              struct loc loc, const char *text);

void fn_write(struct fn *fn, leaf_id leaf, value_id value);
value_id fn_read(struct fn *fn, leaf_id leaf);
value_id fn_const(struct fn *fn, enum dtype dtype, union scalar constant, struct loc loc);
value_id fn_op(struct fn *fn, enum op op, enum dtype result, const value_id *args, uint32_t count,
               struct loc loc);
value_id fn_convert(struct fn *fn, value_id value, enum dtype dtype, struct loc loc);
enum dtype fn_dtype_of(const struct fn *fn, value_id value);

/* ---- leaves.c: patterns flattened, depth first --------------------------------------- */

/* Number of the first leaf of a part. */
uint32_t leaf_offset(const struct ty *ty, uint32_t part);
void leaf_types(const struct ty *ty, struct type *types);
/* "p", "p.x", "t.0.y": the prefix may be "". */
void leaf_paths(struct arena *arena, const struct ty *ty, const char *prefix, const char **paths);
leaf_id place_leaf(const struct fn *fn, const struct typed_place *place);

/* ---- stmt.c -------------------------------------------------------------------------- */

void stmt_any(struct fn *fn, const struct typed_stmt *stmt);
void stmt_block(struct fn *fn, const struct typed_block *block);
/* `value` is NULL without one. */
void stmt_return(struct fn *fn, const struct typed_expr *value, struct loc loc);

/* ---- loop.c -------------------------------------------------------------------------- */

void loop_while(struct fn *fn, const struct typed_stmt *stmt);
void loop_for(struct fn *fn, const struct typed_stmt *stmt);

/* ---- expr.c -------------------------------------------------------------------------- */

/* Computes an expression into `count` leaves. Of an expression that does not end, `count` values
 * of dead code. */
void expr_leaves(struct fn *fn, const struct typed_expr *expr, value_id *out, uint32_t count);
/* The same for the value of a `return`: its calls may be tail calls (L4). */
void expr_returned(struct fn *fn, const struct typed_expr *expr, value_id *out, uint32_t count);
value_id expr_scalar(struct fn *fn, const struct typed_expr *expr);
void expr_drop(struct fn *fn, const struct typed_expr *expr);
/* Jumping code for a condition. Ends the block; `yes` and `no` are not entered. */
void expr_branch(struct fn *fn, const struct typed_expr *condition, block_id yes, block_id no);

#endif
