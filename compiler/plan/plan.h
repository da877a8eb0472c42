/* The gang program of each entry: where the program is cut into points, what is kept where between
 * visits, how loops, calls and branches are done. A value computed from const IR and the target;
 * printed, verified, and every choice in it can be forced. Emitters read it and decide nothing.
 *
 * Words. A point is a place where lanes may wait; at[point] is the mask of the lanes that wait there.
 * A visit runs the piece of one point: the code from there to the next points, under the mask. A home
 * is memory of the workspace that holds a value of each lane between visits. A frame word is a row
 * [depth][lane] of the stack of a cycle of recursive functions. A site is a place to return to. */
#ifndef ABCC_PLAN_PLAN_H
#define ABCC_PLAN_PLAN_H

#include "analysis/uniform.h"
#include "plan/nests.h"

enum plan_choice { CHOICE_FULLEST, CHOICE_LEAST };

struct plan_options {
    uint32_t lanes;            /* 0: chosen per entry */
    uint32_t vector_bytes;     /* of the target, 64 for AVX-512; 0 is 64 */
    enum plan_choice choice;
    bool no_refill;
    bool naive;                /* -O0: every loop is cut, no branch is guarded for its cost */
    /* --set=loops=cut|native|convergent, branches=guard|select, captures=each_iter|at_exit, park=on|off,
     * tensors=rows|columns, contractions=rows|packed */
    const char *loops, *branches, *captures, *park, *tensors, *contractions;
};

/* ---- places ---------------------------------------------------------------------------------- */

enum home_kind {
    HOME_VALUE, HOME_PARAM, HOME_RETURN,
    HOME_SCRATCH               /* a tensor that no point needs; functions share it */
};

struct plan_home {
    enum home_kind kind;
    enum dtype dtype;
    uint64_t elements;         /* of a tensor: each lane has a row of them; 0: a scalar */
    bool by_columns;           /* of a tensor: [element][lane] instead of [lane][element] */
    const char *name;          /* C name in the state, unique */
    func_id func;
    VEC(value_id) values;      /* that live here, never two at a time (PARAM, VALUE; of tensors see
                                * the function's nests) */
    uint32_t index;            /* RETURN: which result */
};

struct plan_word {             /* of a frame: one row [depth][lane], of a tensor [depth][lane][element] */
    enum dtype dtype;
    uint64_t elements;         /* as of a home */
    const char *name;
};

/* One for each cycle of recursive functions. */
struct plan_stack {
    uint32_t scc;
    const char *name;          /* of the functions in it: "fib" */
    VEC(struct plan_word) words;
};

/* Where a value that is live into a point comes from. */
enum place_kind { PLACE_HOME, PLACE_FRAME };

struct plan_place {
    value_id value;
    enum place_kind kind;
    uint32_t index;            /* home, or word of the function's stack */
};

/* ---- points ---------------------------------------------------------------------------------- */

enum point_kind { POINT_ENTRY, POINT_LOOP, POINT_RETURN, POINT_SYNC };

/* In the piece, the values of a buffer live in the return home that one of them comes from or goes to. */
struct plan_stay {
    value_id value;
    uint32_t buffer, home;
};

struct plan_point {
    enum point_kind kind;
    const char *name;          /* C identifier, unique in the entry */
    func_id func;
    block_id block;
    uint32_t start;            /* first instruction of the block that the piece runs */
    bool is_sync;
    inst_id call;              /* RETURN: the call */
    VEC(struct plan_place) live; /* what a lane has when it waits here */
    VEC(struct plan_stay) stays;
    VEC(block_id) piece;       /* blocks the piece runs, in reverse post-order, the point's first */
};

/* ---- functions ------------------------------------------------------------------------------- */

enum loop_form {
    LOOP_CUT,                  /* each iteration is a visit */
    LOOP_NATIVE,               /* a C loop under a mask; a point when the fuel of a visit ends */
    LOOP_CONVERGENT            /* a C loop that all lanes go through together, to its end (R4); no point */
};
/* Of a header parameter of a native or convergent loop (R2). */
enum param_form {
    PARAM_FREE,                /* dead after the loop: written for all lanes */
    PARAM_EACH_ITER,           /* masked update in each iteration: its variable is right after the loop */
    PARAM_AT_EXIT,             /* written for all lanes, captured when a lane leaves */
    PARAM_TOGETHER             /* of a convergent loop: written for all lanes, right after the loop */
};

struct plan_loop {
    block_id header;
    enum loop_form form;
    enum param_form *params;   /* NATIVE, CONVERGENT: one for each parameter of the header */
    bool *park;                /* of a FREE or AT_EXIT float: idle lanes are set to 1 each strip */
};

struct plan_call {
    inst_id inst;
    bool in_cycle;             /* pushes a frame; depth grows */
    uint32_t point;            /* the return point */
    uint32_t site;             /* its number, 1.. (0 is HALT) */
    VEC(struct plan_place) push; /* FRAME words, for in_cycle */
};

/* A contraction over vectors of lanes where tensors are kept by rows: the operand that each lane has of its
 * own is turned round into columns, the result comes from columns. */
struct plan_packing {
    inst_id inst;
    value_id lanes;            /* the operand */
    uint32_t operand, result;  /* homes */
};

struct plan_func {
    bool used;                 /* the entry reaches it */
    struct cfg cfg;
    struct loops loops;
    struct uniform uniform;
    struct nests nests;
    VEC(value_id) *under;      /* per fused value: the stored tensors and scalars it is made from */
    struct bitset used_values; /* that something reads, or is made from */
    struct liveness live;      /* in it a use of a fused value is a use of what is under it */
    VEC(struct plan_loop) loop_plans;
    VEC(struct plan_call) calls;
    VEC(struct plan_packing) packings;
    uint32_t *point_of_block;  /* per block: the point at its start, or IR_NONE */
    uint32_t *home_of_value;   /* per value: home, or IR_NONE; stored tensors always have one */
    bool *guard;               /* per block: it and what it dominates stand under `if (mask)` */
    uint32_t entry_point;
    uint32_t stack;            /* of its cycle, or IR_NONE */
    uint32_t site_home;        /* number of the row of sites: its stack's, or its own */
    uint32_t return_group;     /* functions that return to the same places share return homes */
    VEC(uint32_t) return_homes;/* homes of the group */
    VEC(uint32_t) return_sites;/* where it may return to, ascending; 0 is HALT */
};

struct plan_entry {
    const struct ir_entry *entry;
    const char *name;          /* C name: prefix and name of the entry */
    uint32_t lanes;
    uint32_t max_depth;
    bool vectors;              /* nests go over all lanes at once, all tensors are kept by columns */
    uint32_t refill_at;        /* idle lanes that are worth a refill */
    VEC(func_id) order;        /* used functions, callers first */
    struct plan_func *funcs;   /* by func_id */
    VEC(struct plan_point) points; /* 0: the entry of the entry's function */
    VEC(struct plan_home) homes;
    VEC(struct plan_stack) stacks;
    VEC(const char *) site_homes;  /* names of return-site rows outside stacks */
    uint32_t sites;            /* return sites and HALT */
    bool any_sync;
};

struct plan {
    struct arena *arena;
    const struct ir_prog *prog;
    struct plan_options options;
    VEC(struct plan_entry) entries; /* in the order of prog->entries */
};

/* The program must be tidy and verified. `which`: index of the one entry to plan, IR_NONE for all
 * exports (tests are planned only by index). */
struct plan *plan_make(struct arena *arena, const struct ir_prog *prog,
                       const struct plan_options *options, uint32_t which);
void plan_print(const struct plan *plan, struct text *out);
/* NULL if the plan's own invariants hold, else what is wrong. */
const char *plan_verify(const struct plan *plan, struct arena *arena);

/* ---- parts of plan_make, one file each ------------------------------------------------------- */

void plan_needs(const struct plan *plan, struct plan_entry *entry, func_id func);
void plan_loops(const struct plan *plan, struct plan_entry *entry, func_id func);
void plan_branches(const struct plan *plan, struct plan_entry *entry, func_id func);
void plan_points(const struct plan *plan, struct plan_entry *entry);
void plan_homes(const struct plan *plan, struct plan_entry *entry);
void plan_stays(const struct plan *plan, struct plan_entry *entry);
void plan_contractions(const struct plan *plan, struct plan_entry *entry, func_id func);
bool plan_vectors(const struct plan *plan, const struct plan_entry *entry);
uint32_t plan_lanes(const struct plan *plan, const struct plan_entry *entry);

const struct plan_loop *plan_loop_at(const struct plan_func *func, block_id header); /* or NULL */
const struct plan_call *plan_call_of(const struct plan_func *func, inst_id inst);
const struct plan_packing *plan_packing_of(const struct plan_func *func, inst_id inst); /* or NULL */
bool plan_block_is_native_header(const struct plan_func *func, block_id block);
bool plan_block_is_c_loop(const struct plan_func *func, block_id block); /* native or convergent */
bool plan_is_constant(const struct ir_func *func, value_id value);
/* The home of a value in the piece of a point: its own, or where it stays. */
uint32_t plan_home_at(const struct plan_entry *entry, const struct plan_point *point, value_id value);
/* A constant or fixed value is written where it is used and never needs a place. */
bool plan_needs_no_place(const struct ir_func *ir, const struct plan_func *func, value_id value);
bool plan_is_tensor(const struct ir_func *func, value_id value);
bool plan_is_stored(const struct plan_func *func, value_id value);
/* What a use of a value reads: itself, or what is under it. */
void plan_add_use(const struct plan_func *func, value_id value, struct bitset *set);
void plan_add_uses(const struct plan_func *func, const value_id *values, uint32_t count,
                   struct bitset *set);
void plan_add_term_uses(const struct plan_func *func, const struct ir_term *term,
                        struct bitset *set);
/* From what is live out of a block to what is live before its instruction `start`. */
void plan_step_back(const struct ir_func *ir, const struct plan_func *func, block_id block,
                    uint32_t start, struct bitset *live);
/* Scalars that are the same for all lanes in a piece because their loop was entered together. `piece`: its
 * blocks, NULL: any; `point`: the one it begins with. */
struct bitset plan_in_step(struct arena *arena, const struct ir_func *ir,
                           const struct plan_func *func, const struct bitset *piece,
                           block_id point);
/* Is the buffer of the function's nests kept by columns? */
bool plan_by_columns(const struct plan *plan, const struct plan_entry *entry, func_id func,
                     uint32_t buffer, const struct bitset *in_step);
/* Elements from one row of a home or frame word to the next: rows of 64 bytes and more are aligned. */
uint64_t plan_row_stride(enum dtype dtype, uint64_t elements);
/* Of the state, for one more lane: homes, and frames of the entry's depth. */
uint64_t plan_lane_bytes(const struct plan_entry *entry);
/* Of its tensors that code goes over. */
uint64_t plan_row_bytes(const struct plan_entry *entry);
/* Estimated cycles of a block for one native vector. */
uint32_t cost_block(const struct ir_func *func, block_id block);
uint32_t cost_inst(const struct ir_inst *inst, const struct ir_func *func);

#endif
