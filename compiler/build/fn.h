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
    struct place *target; /* of the `place op= e` that is being built */
    struct views *views;              /* view.c's own */
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
value_id fn_op2(struct fn *fn, enum op op, enum dtype result, value_id x, value_id y,
                struct loc loc);
/* Elementwise: the result has the shape of the operands. */
value_id fn_op(struct fn *fn, enum op op, enum dtype result, const value_id *args, uint32_t count,
               struct loc loc);
/* The shape stays; a value that has the dtype is given back. */
value_id fn_convert(struct fn *fn, value_id value, enum dtype dtype, struct loc loc);
enum dtype fn_dtype_of(const struct fn *fn, value_id value);
const struct type *fn_type_of(const struct fn *fn, value_id value); /* good until the next value */
/* The header of a loop; the code that goes there is not sealed before the last edge back is made. */
block_id fn_begin_loop(struct fn *fn, const char *hint, struct loc loc);

/* ---- leaves.c: patterns flattened, depth first --------------------------------------- */

/* Number of the first leaf of a part. */
uint32_t leaf_offset(const struct ty *ty, uint32_t part);
void leaf_types(const struct ty *ty, struct type *types);
/* "p", "p.x", "t.0.y": the prefix may be "". */
void leaf_paths(struct arena *arena, const struct ty *ty, const char *prefix, const char **paths);

/* ---- tensor.c: instructions over tensors --------------------------------------------- */

/* The result of an instruction without effect; the caller fills in its attributes. */
struct ir_inst *fn_inst(struct fn *fn, enum inst_kind kind, struct type type, const value_id *args,
                        uint32_t count, struct loc loc);
value_id fn_splat(struct fn *fn, struct type type, union scalar constant, struct loc loc);
/* These give the value back if it has the shape. */
value_id fn_broadcast(struct fn *fn, value_id value, const struct shape *shape, struct loc loc);
value_id fn_reshape(struct fn *fn, value_id value, const struct shape *shape, struct loc loc);
/* `axis_set` 0: the value itself. */
value_id fn_reduce(struct fn *fn, enum op op, value_id value, uint32_t axis_set, struct loc loc);
/* Result axis i is axis perm[i] of the value. */
value_id fn_transpose(struct fn *fn, value_id value, const uint8_t *perm, struct loc loc);
/* One bool: all of a tensor of bools. */
value_id fn_all(struct fn *fn, value_id value, struct loc loc);
/* A node TX_BROADCAST .. TX_SHARED but INDEX. Its operands are built; the result has `type`. */
value_id tensor_apply(struct fn *fn, const struct typed_expr *expr, const value_id *args,
                      struct type type);

/* ---- region.c: indexes, and places that have some ------------------------------------ */

/* The region `axes` of a tensor. Its indexes are computed first; later, where the region is read or
 * stored, they are checked and become i64 values in range. */
struct region {
    const typed_axes *axes;
    struct shape of; /* the tensor indexed; an extent of run time is negative */
    bool is_checked;
    uint32_t known;              /* axes with a constant index in range: a bit set */
    value_id at[SHAPE_MAX_RANK]; /* IR_NONE: a range */
};

struct region region_indexes(struct fn *fn, const typed_axes *axes, const struct shape *of);
void region_check(struct fn *fn, struct region *region);
/* Of a region that is checked. Its shape without the axes that it drops. */
struct shape region_shape(const struct region *region);
bool region_is_whole(const struct region *region);
value_id region_read(struct fn *fn, const struct region *region, value_id from, struct loc loc);
/* The same of a shared array, whose trailing axes are static. */
value_id region_load(struct fn *fn, const struct region *region, const struct typed_expr *shared,
                     struct loc loc);
value_id region_write(struct fn *fn, const struct region *region, value_id into, value_id value,
                      struct loc loc);
/* How many elements an axis has: a constant or an extent of run time. */
value_id axis_size(struct fn *fn, int64_t dim, struct loc loc);
/* Rows of any integer type and shape of an axis: checked, then as i64 from 0 on. */
value_id index_rows(struct fn *fn, value_id rows, int64_t dim, const void *node, struct loc loc);
/* The two parts of it: bools of the same shape; the places, if all are true. */
value_id index_inside(struct fn *fn, value_id rows, int64_t dim, struct loc loc);
value_id index_wrapped(struct fn *fn, value_id rows, int64_t dim, struct loc loc);
const char *index_text(struct fn *fn, uint32_t axis, int64_t dim); /* of the fault */

/* What a store or an inout argument goes to, its indexes computed. */
struct place {
    leaf_id leaf;
    uint32_t leaves;
    bool has_region;
    struct region region;
    struct loc loc;
};

struct place place_indexes(struct fn *fn, const struct typed_place *place);
void place_read(struct fn *fn, struct place *place, value_id *out);
/* Values of the dtypes that are stored, or of others; of the shape of the place, or of one that
 * broadcasts to it. */
void place_write(struct fn *fn, struct place *place, const value_id *values, struct loc loc);

/* ---- view.c: expressions over extents of run time ------------------------------------- */

bool has_run_time_extent(const struct ty *ty);
/* Is it a value made of operands that have an extent of run time? */
bool view_needed(const struct typed_expr *expr);
value_id view_value(struct fn *fn, const struct typed_expr *expr);
/* A `let` of an expression with an extent of run time: computes what it is made of and checks what may
 * fault; later uses of the same node need neither. */
void view_name(struct fn *fn, const struct typed_expr *expr);

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
/* Of an expression with one leaf. */
value_id expr_value(struct fn *fn, const struct typed_expr *expr);
void expr_drop(struct fn *fn, const struct typed_expr *expr);
/* Jumping code for a condition. Ends the block; `yes` and `no` are not entered. */
void expr_branch(struct fn *fn, const struct typed_expr *condition, block_id yes, block_id no);

#endif
