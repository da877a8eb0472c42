/* Results that are where they come from or go to. A tensor comes back from a call in a return home, and goes
 * into one with a return. What a function only works on until its lanes wait again needs no row of its
 * own for that:
 *
 *   point back: %t = result 0        ... push %t ...             t is read in h_f_result0
 *   point back: %t = result 0        ... return %t               as result 0: nothing moves
 *   point entry: ... %t = add ..     ... return %t               t is made in h_f_result0
 *
 * In that piece all values of the tensor's buffer live in the other home. The buffer must be scratch (no
 * lane waits in it), nothing else may live in the other home there, nor arrive at the point in it or in the
 * buffer. Nobody else reads or writes a lane's row in that home before the lane leaves the piece; what a
 * call or a return moves, it moves at once. */
#include "plan/plan.h"

/* One point on its way. */
struct stay_cx {
    const struct plan *plan;
    struct plan_entry *entry;
    struct plan_point *point;
    const struct ir_func *ir;
    const struct plan_func *func;
};

/* How many values of the buffer arrive at the point in homes or frames. */
static uint32_t arrivals(const struct stay_cx *cx, uint32_t buffer)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cx->point->live.len; i++)
        count += cx->func->nests.buffer[cx->point->live.at[i].value] == buffer;
    return count;
}

static bool is_arrival(const struct stay_cx *cx, uint32_t home)
{
    for (uint32_t i = 0; i < cx->point->live.len; i++)
        if (cx->point->live.at[i].kind == PLACE_HOME && cx->point->live.at[i].index == home)
            return true;
    return false;
}

static bool is_taken(const struct stay_cx *cx, uint32_t buffer, uint32_t home)
{
    for (uint32_t i = 0; i < cx->point->stays.len; i++)
        if (cx->point->stays.at[i].buffer == buffer || cx->point->stays.at[i].home == home)
            return true;
    return false;
}

/* May the buffer of the value be in that home, which has no other use in the piece? */
static bool fits(const struct stay_cx *cx, value_id value, uint32_t home)
{
    uint32_t own = cx->func->home_of_value[value];
    if (home == IR_NONE || !plan_is_stored(cx->func, value) || own == IR_NONE || own == home)
        return false;
    const struct plan_home *row = &cx->entry->homes.at[own], *other = &cx->entry->homes.at[home];
    uint32_t buffer = cx->func->nests.buffer[value];
    return row->kind == HOME_SCRATCH && !row->by_columns && !other->by_columns
        && row->dtype == other->dtype
        && cx->func->nests.buffers.at[buffer].elements <= other->elements
        && !is_taken(cx, buffer, home);
}

static void add(struct stay_cx *cx, value_id value, uint32_t home)
{
    struct plan_stay stay = {value, cx->func->nests.buffer[value], home};
    vec_push(cx->plan->arena, &cx->point->stays, stay);
}

static void stay_from_calls(struct stay_cx *cx)
{
    for (uint32_t i = 0; i < cx->point->live.len; i++) {
        const struct plan_place *place = &cx->point->live.at[i];
        if (place->kind == PLACE_HOME && plan_is_tensor(cx->ir, place->value)
            && cx->entry->homes.at[place->index].kind == HOME_RETURN
            && fits(cx, place->value, place->index)
            && arrivals(cx, cx->func->nests.buffer[place->value]) == 1)
            add(cx, place->value, place->index);
    }
}

static void stay_for_returns(struct stay_cx *cx, const struct ir_term *term)
{
    for (uint32_t i = 0; i < term->args.len; i++) {
        value_id value = term->args.at[i];
        uint32_t home = cx->func->return_homes.at[i];
        if (plan_is_tensor(cx->ir, value) && fits(cx, value, home) && !is_arrival(cx, home)
            && arrivals(cx, cx->func->nests.buffer[value]) == 0)
            add(cx, value, home);
    }
}

void plan_stays(const struct plan *plan, struct plan_entry *entry)
{
    for (uint32_t p = 0; p < entry->points.len; p++) {
        struct plan_point *point = &entry->points.at[p];
        struct stay_cx cx = {plan, entry, point, &plan->prog->funcs.at[point->func],
                             &entry->funcs[point->func]};
        stay_from_calls(&cx);
        for (uint32_t i = 0; i < point->piece.len; i++)
            if (cx.ir->blocks.at[point->piece.at[i]].term.kind == TERM_RET)
                stay_for_returns(&cx, &cx.ir->blocks.at[point->piece.at[i]].term);
    }
}

uint32_t plan_home_at(const struct plan_entry *entry, const struct plan_point *point, value_id value)
{
    const struct plan_func *func = &entry->funcs[point->func];
    for (uint32_t i = 0; i < point->stays.len; i++)
        if (func->nests.buffer[value] == point->stays.at[i].buffer)
            return func->home_of_value[value] == IR_NONE ? IR_NONE : point->stays.at[i].home;
    return func->home_of_value[value];
}
