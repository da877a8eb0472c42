/* What is kept between visits, and where (R9, R13).
 *
 * A value needs a place only if it is live into a point. Live across a call inside its own cycle of
 * recursive functions: a frame word, pushed at the call. Otherwise a home: memory of each lane that
 * two values of one function share when no point has both. Results of calls come back in the return
 * homes of the callee. Constants are written where they are used and need no place.
 *
 * A stored tensor is always in memory: each buffer of the function's nests is a home, a row a
 * lane, in which its values follow each other and change in place under the mask. Buffers that
 * no point needs are scratch, which functions share, because one piece runs at a time. Across a
 * call in its cycle the row is pushed to the frame and popped back. */
#include "plan/plan.h"

#include <string.h>

bool plan_is_constant(const struct ir_func *func, value_id value)
{
    const struct ir_value *v = &func->values.at[value];
    return v->kind == VALUE_RESULT && v->type.shape.rank == 0
        && func->insts.at[v->inst].kind == INST_CONST;
}

bool plan_needs_no_place(const struct ir_func *ir, const struct plan_func *func, value_id value)
{
    return plan_is_constant(ir, value) || bitset_has(&func->uniform.fixed, value);
}

/* ---- what is live at a point ----------------------------------------------------------------- */

/* Values that the code from an instruction of a block on may read. */
static struct bitset live_before(const struct plan *plan, const struct ir_func *ir,
                                 const struct plan_func *func, block_id block, uint32_t start)
{
    struct bitset live = bitset_new(plan->arena, ir->values.len + 1);
    bitset_union(&live, &func->live.out[block]);
    plan_step_back(ir, func, block, start, &live);
    for (uint32_t v = bitset_next(&live, 0); v < live.size; v = bitset_next(&live, v + 1))
        if (plan_needs_no_place(ir, func, v))
            bitset_remove(&live, v);
    return live;
}

static bool is_result_of(const struct ir_func *ir, inst_id call, value_id value)
{
    const struct ir_value *v = &ir->values.at[value];
    return call != IR_NONE && v->kind == VALUE_RESULT && v->inst == call;
}

/* ---- return groups: functions joined by tail calls return to the same places ----------------- */

static uint32_t find_group(struct plan_entry *entry, func_id func)
{
    while (entry->funcs[func].return_group != func)
        func = entry->funcs[func].return_group;
    return func;
}

static void join_return_groups(const struct plan *plan, struct plan_entry *entry)
{
    for (uint32_t i = 0; i < entry->order.len; i++)
        entry->funcs[entry->order.at[i]].return_group = entry->order.at[i];
    for (uint32_t i = 0; i < entry->order.len; i++) {
        const struct ir_func *ir = &plan->prog->funcs.at[entry->order.at[i]];
        for (block_id b = 0; b < ir->blocks.len; b++)
            if (ir->blocks.at[b].term.kind == TERM_TAIL) {
                func_id one = find_group(entry, entry->order.at[i]);
                func_id other = find_group(entry, ir->blocks.at[b].term.callee);
                entry->funcs[one < other ? other : one].return_group = one < other ? one : other;
            }
    }
    for (uint32_t i = 0; i < entry->order.len; i++)
        entry->funcs[entry->order.at[i]].return_group = find_group(entry, entry->order.at[i]);
}

/* ---- sites: where each function may return to ------------------------------------------------ */

static bool add_site(const struct plan *plan, struct plan_func *func, uint32_t site)
{
    uint32_t at = 0;
    while (at < func->return_sites.len && func->return_sites.at[at] < site)
        at++;
    if (at < func->return_sites.len && func->return_sites.at[at] == site)
        return false;
    vec_push(plan->arena, &func->return_sites, site);
    for (uint32_t i = func->return_sites.len - 1; i > at; i--)
        func->return_sites.at[i] = func->return_sites.at[i - 1];
    func->return_sites.at[at] = site;
    return true;
}

static void find_return_sites(const struct plan *plan, struct plan_entry *entry)
{
    add_site(plan, &entry->funcs[entry->entry->func], 0);
    for (uint32_t i = 0; i < entry->order.len; i++) {
        struct plan_func *func = &entry->funcs[entry->order.at[i]];
        const struct ir_func *ir = &plan->prog->funcs.at[entry->order.at[i]];
        for (uint32_t c = 0; c < func->calls.len; c++)
            add_site(plan, &entry->funcs[ir->insts.at[func->calls.at[c].inst].callee],
                     func->calls.at[c].site);
    }
    for (bool changed = true; changed;) { /* a tail call hands its caller's sites on */
        changed = false;
        for (uint32_t i = 0; i < entry->order.len; i++) {
            const struct ir_func *ir = &plan->prog->funcs.at[entry->order.at[i]];
            const struct plan_func *from = &entry->funcs[entry->order.at[i]];
            for (block_id b = 0; b < ir->blocks.len; b++)
                if (ir->blocks.at[b].term.kind == TERM_TAIL)
                    for (uint32_t s = 0; s < from->return_sites.len; s++)
                        changed |= add_site(plan, &entry->funcs[ir->blocks.at[b].term.callee],
                                            from->return_sites.at[s]);
        }
    }
}

/* ---- homes ----------------------------------------------------------------------------------- */

static const char *unique_name(const struct plan *plan, const struct plan_entry *entry,
                               const char *wish)
{
    char *base = arena_strdup(plan->arena, wish);
    for (char *c = base; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
            *c = '_';
    const char *unique = base;
    for (uint32_t number = 2, i = 0; i < entry->homes.len; i++)
        if (!strcmp(entry->homes.at[i].name, unique)) {
            unique = arena_printf(plan->arena, "%s_%u", base, number++);
            i = UINT32_MAX;
        }
    return unique;
}

/* Of a tensor; 0 of a scalar. A tensor without elements has memory too, as C wants. */
static uint64_t row_elements(const struct type *type)
{
    uint64_t elements = (uint64_t)shape_elements(&type->shape);
    return type->shape.rank == 0 ? 0 : elements == 0 ? 1 : elements;
}

/* The function's name in front when the entry has several. */
static const char *home_wish(const struct plan *plan, const struct plan_entry *entry, func_id func,
                             const char *what)
{
    if (entry->order.len == 1)
        return arena_printf(plan->arena, "h_%s", what);
    return arena_printf(plan->arena, "h_%s_%s", plan->prog->funcs.at[func].name, what);
}

static void add_return_homes(const struct plan *plan, struct plan_entry *entry)
{
    for (uint32_t i = 0; i < entry->order.len; i++) {
        func_id func = entry->order.at[i];
        struct plan_func *group = &entry->funcs[entry->funcs[func].return_group];
        const struct ir_func *ir = &plan->prog->funcs.at[func];
        if (group->return_homes.len == 0)
            for (uint32_t r = 0; r < ir->results.len; r++) {
                struct plan_home home = {.kind = HOME_RETURN, .dtype = ir->results.at[r].dtype,
                                         .elements = row_elements(&ir->results.at[r]),
                                         .func = func, .index = r};
                const char *what = ir->results.len == 1 ? "result"
                                                        : arena_printf(plan->arena, "result%u", r);
                home.name = unique_name(plan, entry, home_wish(plan, entry, func, what));
                vec_push(plan->arena, &group->return_homes, entry->homes.len);
                vec_push(plan->arena, &entry->homes, home);
            }
        entry->funcs[func].return_homes.at = group->return_homes.at;
        entry->funcs[func].return_homes.len = group->return_homes.len;
        entry->funcs[func].return_homes.cap = group->return_homes.len;
    }
}

/* Which values of the function wait in homes at the same point: they cannot share one. */
struct interference {
    struct bitset *with; /* per value */
};

static bool can_share(const struct interference *between, const struct plan_home *home,
                      value_id value)
{
    for (uint32_t i = 0; i < home->values.len; i++)
        if (bitset_has(&between->with[value], home->values.at[i]))
            return false;
    return true;
}

static void place_in_home(const struct plan *plan, struct plan_entry *entry, func_id func,
                          value_id value, const struct interference *between, uint32_t first_home)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    const struct ir_value *v = &ir->values.at[value];
    bool is_param = v->kind == VALUE_PARAM && v->block == 0;
    uint32_t id = first_home;
    while (id < entry->homes.len
           && (entry->homes.at[id].dtype != v->type.dtype || entry->homes.at[id].elements > 0
               || !can_share(between, &entry->homes.at[id], value)))
        id++;
    if (id == entry->homes.len) {
        struct plan_home home = {.kind = is_param ? HOME_PARAM : HOME_VALUE,
                                 .dtype = v->type.dtype, .func = func};
        const char *what = v->hint ? v->hint : arena_printf(plan->arena, "v%u", value);
        home.name = unique_name(plan, entry, home_wish(plan, entry, func, what));
        vec_push(plan->arena, &entry->homes, home);
    }
    vec_push(plan->arena, &entry->homes.at[id].values, value);
    entry->funcs[func].home_of_value[value] = id;
}

/* The first word of this kind that the call has not taken. */
static uint32_t frame_word(const struct plan *plan, struct plan_stack *stack,
                           const struct plan_call *call, const struct type *type)
{
    uint64_t elements = row_elements(type);
    for (uint32_t i = 0; i < stack->words.len; i++) {
        bool is_free = stack->words.at[i].dtype == type->dtype
            && stack->words.at[i].elements == elements;
        for (uint32_t p = 0; p < call->push.len && is_free; p++)
            is_free = call->push.at[p].index != i;
        if (is_free)
            return i;
    }
    struct plan_word word = {type->dtype, elements,
                             arena_printf(plan->arena, "%s_frame%u", stack->name, stack->words.len)};
    vec_push(plan->arena, &stack->words, word);
    return stack->words.len - 1;
}

/* Frame words for what is live across a call in its cycle, one mapping a call. */
static void place_in_frame(const struct plan *plan, struct plan_entry *entry,
                           struct plan_point *point, const struct bitset *live)
{
    const struct ir_func *ir = &plan->prog->funcs.at[point->func];
    struct plan_func *func = &entry->funcs[point->func];
    struct plan_stack *stack = &entry->stacks.at[func->stack];
    struct plan_call *call = NULL;
    for (uint32_t i = 0; i < func->calls.len; i++)
        if (func->calls.at[i].inst == point->call)
            call = &func->calls.at[i];
    for (uint32_t v = bitset_next(live, 0); v < live->size; v = bitset_next(live, v + 1)) {
        if (is_result_of(ir, point->call, v))
            continue;
        struct plan_place place = {v, PLACE_FRAME,
                                   frame_word(plan, stack, call, &ir->values.at[v].type)};
        vec_push(plan->arena, &call->push, place);
        vec_push(plan->arena, &point->live, place);
    }
}

static bool pushes_frame(const struct plan_func *func, const struct plan_point *point)
{
    const struct plan_call *call =
        point->call == IR_NONE ? NULL : plan_call_of(func, point->call);
    return call && call->in_cycle;
}

/* The values of a point that wait in homes of their own (not in a frame, not a call's result). */
static struct bitset in_homes(const struct plan *plan, const struct plan_entry *entry,
                              const struct plan_point *point, const struct bitset *live)
{
    const struct ir_func *ir = &plan->prog->funcs.at[point->func];
    struct bitset set = bitset_new(plan->arena, ir->values.len + 1);
    if (pushes_frame(&entry->funcs[point->func], point))
        return set;
    bitset_copy(&set, live);
    for (uint32_t v = bitset_next(&set, 0); v < set.size; v = bitset_next(&set, v + 1))
        if (is_result_of(ir, point->call, v))
            bitset_remove(&set, v);
    return set;
}

static void add_result_places(const struct plan *plan, struct plan_entry *entry,
                              struct plan_point *point, const struct bitset *live)
{
    if (point->call == IR_NONE)
        return;
    const struct ir_func *ir = &plan->prog->funcs.at[point->func];
    const struct ir_inst *call = &ir->insts.at[point->call];
    const struct plan_func *callee = &entry->funcs[call->callee];
    for (uint32_t r = 0; r < call->results.len; r++)
        if (bitset_has(live, call->results.at[r])) {
            struct plan_place place = {call->results.at[r], PLACE_HOME, callee->return_homes.at[r]};
            vec_push(plan->arena, &point->live, place);
        }
}

/* ---- buffers of tensors ---------------------------------------------------------------------- */

/* Has the buffer anything that a lane needs after it has waited at a point of the function? */
static bool waits_in_buffer(const struct plan_entry *entry, func_id func,
                            const struct nest_buffer *buffer, const struct bitset *homes)
{
    for (uint32_t p = 0; p < entry->points.len; p++)
        for (uint32_t i = 0; i < buffer->values.len && entry->points.at[p].func == func; i++)
            if (bitset_has(&homes[p], buffer->values.at[i]))
                return true;
    return false;
}

static uint32_t buffer_home(const struct plan *plan, struct plan_entry *entry, func_id func,
                            uint32_t id, bool waits, const struct bitset *in_step)
{
    const struct nest_buffer *buffer = &entry->funcs[func].nests.buffers.at[id];
    uint64_t elements = buffer->elements ? buffer->elements : 1;
    struct plan_home home = {.kind = HOME_SCRATCH, .dtype = buffer->dtype, .elements = elements,
                             .func = func,
                             .by_columns = plan_by_columns(plan, entry, func, id, in_step)};
    if (waits)
        home.kind = buffer->param != IR_NONE ? HOME_PARAM : HOME_VALUE;
    for (uint32_t h = 0; h < entry->homes.len && !waits; h++) {
        struct plan_home *other = &entry->homes.at[h];
        if (other->kind != HOME_SCRATCH || other->dtype != buffer->dtype || other->func == func
            || other->by_columns != home.by_columns)
            continue;
        other->func = func; /* the last one that uses it */
        other->elements = elements > other->elements ? elements : other->elements;
        return h;
    }
    const char *what = buffer->hint ? buffer->hint : arena_printf(plan->arena, "t%u", id);
    home.name = unique_name(plan, entry,
                            waits ? home_wish(plan, entry, func, what) : "h_scratch");
    vec_push(plan->arena, &entry->homes, home);
    return entry->homes.len - 1;
}

/* Something reads it, or code writes it: not a parameter or result of a call that nobody reads. */
static bool needs_row(const struct ir_func *ir, const struct plan_func *func, value_id value)
{
    const struct ir_value *v = &ir->values.at[value];
    return bitset_has(&func->used_values, value)
        || (v->kind == VALUE_RESULT && ir->insts.at[v->inst].kind != INST_CALL);
}

/* `homes`: per point, the values that wait in homes of their own. */
static void place_buffers(const struct plan *plan, struct plan_entry *entry, func_id func,
                          const struct bitset *homes)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    struct bitset in_step = plan_in_step(plan->arena, ir, out, NULL, IR_NONE);
    for (uint32_t b = 0; b < out->nests.buffers.len; b++) {
        const struct nest_buffer *buffer = &out->nests.buffers.at[b];
        bool is_needed = false;
        for (uint32_t i = 0; i < buffer->values.len; i++)
            is_needed |= needs_row(ir, out, buffer->values.at[i]);
        if (!is_needed)
            continue;
        uint32_t home = buffer_home(plan, entry, func, b,
                                    waits_in_buffer(entry, func, buffer, homes), &in_step);
        for (uint32_t i = 0; i < buffer->values.len; i++)
            if (needs_row(ir, out, buffer->values.at[i]))
                out->home_of_value[buffer->values.at[i]] = home;
    }
}

static void plan_homes_of(const struct plan *plan, struct plan_entry *entry, func_id func)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    uint32_t first_home = entry->homes.len;
    struct interference between = {ARENA_ARRAY(plan->arena, struct bitset, ir->values.len + 1)};
    struct bitset *live = ARENA_ARRAY(plan->arena, struct bitset, entry->points.len);
    struct bitset *homes = ARENA_ARRAY(plan->arena, struct bitset, entry->points.len);
    struct bitset need = bitset_new(plan->arena, ir->values.len + 1);
    out->home_of_value = ARENA_ARRAY(plan->arena, uint32_t, ir->values.len + 1);
    for (uint32_t v = 0; v < ir->values.len; v++)
        out->home_of_value[v] = IR_NONE;
    for (uint32_t p = 0; p < entry->points.len; p++) {
        const struct plan_point *point = &entry->points.at[p];
        if (point->func != func)
            continue;
        live[p] = live_before(plan, ir, out, point->block, point->start);
        homes[p] = in_homes(plan, entry, point, &live[p]);
        bitset_union(&need, &homes[p]);
    }
    for (uint32_t v = bitset_next(&need, 0); v < need.size; v = bitset_next(&need, v + 1)) {
        if (plan_is_tensor(ir, v))
            continue;
        between.with[v] = bitset_new(plan->arena, ir->values.len + 1);
        for (uint32_t p = 0; p < entry->points.len; p++)
            if (entry->points.at[p].func == func && bitset_has(&homes[p], v))
                bitset_union(&between.with[v], &homes[p]);
        place_in_home(plan, entry, func, v, &between, first_home);
    }
    place_buffers(plan, entry, func, homes);
    for (uint32_t p = 0; p < entry->points.len; p++) {
        struct plan_point *point = &entry->points.at[p];
        if (point->func != func)
            continue;
        for (uint32_t v = bitset_next(&homes[p], 0); v < homes[p].size;
             v = bitset_next(&homes[p], v + 1)) {
            struct plan_place place = {v, PLACE_HOME, out->home_of_value[v]};
            vec_push(plan->arena, &point->live, place);
        }
        if (pushes_frame(out, point))
            place_in_frame(plan, entry, point, &live[p]);
        add_result_places(plan, entry, point, &live[p]);
    }
}

static void add_stacks(const struct plan *plan, struct plan_entry *entry)
{
    struct callgraph graph = callgraph_of(plan->arena, plan->prog);
    for (uint32_t i = 0; i < entry->order.len; i++) {
        func_id func = entry->order.at[i];
        struct plan_func *out = &entry->funcs[func];
        out->stack = IR_NONE;
        if (!graph.recursive[func])
            continue;
        for (uint32_t s = 0; s < entry->stacks.len; s++)
            if (entry->stacks.at[s].scc == graph.scc[func])
                out->stack = s;
        if (out->stack != IR_NONE)
            continue;
        struct plan_stack stack = {.scc = graph.scc[func]};
        char *stack_name = arena_printf(plan->arena, "s_%s", plan->prog->funcs.at[func].name);
        for (char *c = stack_name; *c; c++)
            if (*c == '.')
                *c = '_';
        stack.name = stack_name;
        out->stack = entry->stacks.len;
        vec_push(plan->arena, &entry->stacks, stack);
    }
}

uint64_t plan_row_stride(enum dtype dtype, uint64_t elements)
{
    uint64_t bytes = elements * dtype_table[dtype].bytes;
    return bytes < 64 ? elements : (bytes + 63) / 64 * 64 / dtype_table[dtype].bytes;
}

static uint64_t place_bytes(enum dtype dtype, uint64_t elements)
{
    return (elements ? plan_row_stride(dtype, elements) : 1) * dtype_table[dtype].bytes;
}

uint64_t plan_row_bytes(const struct plan_entry *entry)
{
    uint64_t bytes = 0;
    for (uint32_t h = 0; h < entry->homes.len; h++)
        if (entry->homes.at[h].elements > 0 && entry->homes.at[h].kind != HOME_RETURN)
            bytes += place_bytes(entry->homes.at[h].dtype, entry->homes.at[h].elements);
    return bytes;
}

uint64_t plan_lane_bytes(const struct plan_entry *entry)
{
    uint64_t bytes = 0;
    for (uint32_t h = 0; h < entry->homes.len; h++)
        bytes += place_bytes(entry->homes.at[h].dtype, entry->homes.at[h].elements);
    for (uint32_t s = 0; s < entry->stacks.len; s++)
        for (uint32_t w = 0; w < entry->stacks.at[s].words.len; w++) {
            const struct plan_word *word = &entry->stacks.at[s].words.at[w];
            bytes += place_bytes(word->dtype, word->elements) * entry->max_depth;
        }
    return bytes;
}

void plan_homes(const struct plan *plan, struct plan_entry *entry)
{
    add_stacks(plan, entry);
    join_return_groups(plan, entry);
    find_return_sites(plan, entry);
    add_return_homes(plan, entry);
    for (uint32_t i = 0; i < entry->order.len; i++)
        plan_homes_of(plan, entry, entry->order.at[i]);
}
