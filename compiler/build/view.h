/* Expressions whose shape has an extent of run time (L22). No value of the IR has one: the expression
 * is a view, of which elements are computed one place after the other, in the loop of what reduces it.
 *
 *   sum(y * (X @ beta))            s = 0
 *                            =>    for i in 0..n { s += load @y[i] * contract(load @X[i], beta) }
 *
 * All operands of static shape are computed once, before, in the order of the text (`view_prepare`);
 * with them all that may fault. What is left is pure and is computed anew at each place (`view_slice`).
 * A `let` prepares the expression that its name stands for. */
#ifndef ABCC_BUILD_VIEW_H
#define ABCC_BUILD_VIEW_H

#include "build/fn.h"

/* For each axis of a view: the place on it, an i64; IR_NONE where the axis is static and stays whole. */
struct view_places {
    value_id at[SHAPE_MAX_RANK];
};

/* What has been computed for one round of a loop. */
struct view_known {
    const struct typed_expr *expr;
    struct view_places places;
    value_id value;
};
struct view_round {
    VEC(struct view_known) known;
    struct view_round *outer;
};

struct views {
    struct id_map held;      /* operand of static shape -> its value; of a TAKE: kind 1, the rows */
    struct id_map region_of; /* INDEX -> index into regions */
    VEC(struct region) regions;
    struct id_map named;     /* nodes that are prepared already */
    struct view_round *round;        /* the innermost */
};

/* A loop over the places of an axis. */
struct view_loop {
    leaf_id at;
    block_id header, exit;
    struct loc loc;
    struct view_round round;
};

void view_prepare(struct fn *fn, const struct typed_expr *expr);
value_id view_held(struct fn *fn, const struct typed_expr *expr, unsigned kind);
/* The region of an INDEX that is prepared. */
struct region view_region(struct fn *fn, const struct typed_expr *expr);
/* The places of all axes with an extent of run time are given. The value has the other axes. */
value_id view_slice(struct fn *fn, const struct typed_expr *expr, const struct view_places *places);
/* The same by its operands: also if its own shape is static. */
value_id view_apply(struct fn *fn, const struct typed_expr *expr, const struct view_places *places);
/* REDUCE, ARG_REDUCE, CONTRACT over an axis with an extent of run time? */
bool view_reduces(const struct typed_expr *expr);
value_id view_reduction(struct fn *fn, const struct typed_expr *expr,
                        const struct view_places *places);

/* Before it, if it is min or max: of no elements there is none. */
void view_check_not_empty(struct fn *fn, const struct typed_expr *expr);

/* Gives the place; what follows is the body. */
value_id view_loop_begin(struct fn *fn, struct view_loop *loop, int64_t dim, struct loc loc);
void view_loop_end(struct fn *fn, struct view_loop *loop);

struct view_places view_nowhere(void);
/* The axes that stay. */
struct shape view_shape(const struct shape *shape, const struct view_places *places);
/* A tensor made of its `count` rows along a new first axis. */
typedef value_id view_row(struct fn *fn, void *user, value_id place);
value_id view_tabulate(struct fn *fn, int64_t count, struct type row, view_row *make, void *user,
                       struct loc loc);

#endif
