/* Results of calls that stay where the callee left them. A tensor comes back in a return home; a function
 * that only works on it until its lanes wait again needs no row of its own for it:
 *
 *   point back: %t = result 0        ... push %t ...             t is read in h_f_result0
 *   point back: %t = result 0        ... return %t               as result 0: nothing moves
 *
 * In that piece all values of the tensor's buffer live in the return home. The buffer must be scratch (no
 * lane waits in it), and nothing else of it may arrive at the point. Nobody else writes a lane's return
 * homes before the lane leaves the piece; what a return moves, it moves at once. */
#include "plan/plan.h"

/* How many values of the buffer arrive at the point. */
static uint32_t arrivals(const struct plan_func *func, const struct plan_point *point, uint32_t buffer)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < point->live.len; i++)
        count += func->nests.buffer[point->live.at[i].value] == buffer;
    return count;
}

static bool may_stay(const struct plan_entry *entry, const struct plan_func *func,
                     const struct plan_point *point, const struct plan_place *place)
{
    uint32_t own = func->home_of_value[place->value];
    if (place->kind != PLACE_HOME || !plan_is_stored(func, place->value) || own == IR_NONE
        || own == place->index)
        return false;
    const struct plan_home *row = &entry->homes.at[own], *result = &entry->homes.at[place->index];
    uint32_t buffer = func->nests.buffer[place->value];
    return row->kind == HOME_SCRATCH && result->kind == HOME_RETURN && !row->by_columns
        && !result->by_columns && row->dtype == result->dtype
        && func->nests.buffers.at[buffer].elements <= result->elements
        && arrivals(func, point, buffer) == 1;
}

void plan_stays(const struct plan *plan, struct plan_entry *entry)
{
    for (uint32_t p = 0; p < entry->points.len; p++) {
        struct plan_point *point = &entry->points.at[p];
        const struct plan_func *func = &entry->funcs[point->func];
        for (uint32_t i = 0; i < point->live.len; i++) {
            const struct plan_place *place = &point->live.at[i];
            if (!plan_is_tensor(&plan->prog->funcs.at[point->func], place->value)
                || !may_stay(entry, func, point, place))
                continue;
            struct plan_stay stay = {func->nests.buffer[place->value], place->index};
            vec_push(plan->arena, &point->stays, stay);
        }
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
