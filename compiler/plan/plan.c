/* plan_make: one gang program for each entry. */
#include "plan/plan.h"

#include <string.h>

enum {
    MAX_LANES = 64,
    DEFAULT_VECTOR_BYTES = 64,
    TINY_LIVE_SET = 3,
    SMALL_LIVE_SET = 7,
    LARGE_LIVE_SET = 40,
    /* Bytes, of usual caches: nests that go over more than the first one are half as fast
     * (leapfrog of 100 elements: 16 lanes as fast as scalar C, 32 take twice the time). */
    LARGEST_STATE = 1 << 19, LARGEST_ROWS = 1 << 15,
    /* For lanes that fill a vector of packed contractions: half a vector is half the work. */
    LARGEST_PACKED = 1000 * 1000
};

/* Functions in the order of the entry's call tree, callers first. */
static void visit_calls(const struct plan *plan, struct plan_entry *entry,
                        const struct callgraph *graph, func_id root)
{
    VEC(func_id) work = {0};
    vec_push(plan->arena, &work, root);
    while (work.len) {
        func_id func = vec_pop(&work);
        if (entry->funcs[func].used)
            continue;
        entry->funcs[func].used = true;
        vec_push(plan->arena, &entry->order, func);
        for (uint32_t i = graph->callees[func].len; i-- > 0;)
            vec_push(plan->arena, &work, graph->callees[func].at[i]);
    }
}

/* Of what vectors are made of: not of uniform scalars, nor of tensors that are done row by row. */
static uint32_t widest_bytes(const struct plan *plan, const struct plan_entry *entry)
{
    uint32_t widest = 1;
    for (uint32_t i = 0; i < entry->order.len; i++) {
        const struct ir_func *ir = &plan->prog->funcs.at[entry->order.at[i]];
        const struct plan_func *func = &entry->funcs[entry->order.at[i]];
        for (uint32_t v = 0; v < ir->values.len; v++) {
            bool is_vector = plan_is_tensor(ir, v)
                ? entry->vectors && plan_is_stored(func, v)
                : !plan_needs_no_place(ir, func, v) && !bitset_has(&func->uniform.values, v);
            uint32_t bytes = dtype_table[ir->values.at[v].type.dtype].bytes;
            widest = is_vector && bytes > widest ? bytes : widest;
        }
    }
    return widest;
}

/* Tensors are not held in registers. */
static uint32_t largest_live_set(const struct plan *plan, const struct plan_entry *entry)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < entry->points.len; i++) {
        const struct plan_point *point = &entry->points.at[i];
        uint32_t scalars = 0;
        for (uint32_t l = 0; l < point->live.len; l++)
            scalars += !plan_is_tensor(&plan->prog->funcs.at[point->func], point->live.at[l].value);
        if (scalars > largest)
            largest = scalars;
    }
    return largest;
}

/* Tensors by rows, of which elements are gathered or that nests go over, one lane after the other. */
static bool has_rows(const struct plan_entry *entry)
{
    for (uint32_t h = 0; h < entry->homes.len; h++) {
        const struct plan_home *home = &entry->homes.at[h];
        if (home->elements > 0 && !home->by_columns && home->kind != HOME_RETURN)
            return true;
    }
    return false;
}

/* Lanes that fill a native vector of the widest packed contraction; 0 if there is none. */
static uint32_t packed_lanes(const struct plan *plan, const struct plan_entry *entry, uint32_t bytes)
{
    uint32_t widest = 0;
    for (uint32_t i = 0; i < entry->order.len; i++) {
        const struct ir_func *ir = &plan->prog->funcs.at[entry->order.at[i]];
        const struct plan_func *func = &entry->funcs[entry->order.at[i]];
        for (uint32_t k = 0; k < func->packings.len; k++) {
            value_id value = func->packings.at[k].lanes;
            uint32_t element = dtype_table[ir->values.at[value].type.dtype].bytes;
            widest = element > widest ? element : widest;
        }
    }
    return widest ? bytes / widest : 0;
}

/* Vectors of the widest type a gang has: more hide latency, fewer spare registers (execution.md
 * rule 5): 8 for a tiny live set (collatz: 1.4 times as fast as 4), 4 for a small one, 1 for a
 * very large one, else 2; 2 where a stack or rows are kept for each lane. Tensors must not leave
 * the cache. */
uint32_t plan_lanes(const struct plan *plan, const struct plan_entry *entry)
{
    uint32_t bytes = plan->options.vector_bytes ? plan->options.vector_bytes : DEFAULT_VECTOR_BYTES;
    uint32_t live = largest_live_set(plan, entry);
    uint32_t vectors = live <= TINY_LIVE_SET ? 8 : live <= SMALL_LIVE_SET ? 4 : 2;
    if (live > LARGE_LIVE_SET)
        vectors = 1;
    else if (entry->stacks.len > 0 || has_rows(entry))
        vectors = 2;
    uint32_t lanes = vectors * bytes / widest_bytes(plan, entry);
    uint32_t packed = packed_lanes(plan, entry, bytes);
    while (lanes > 8
           && (lanes <= packed ? lanes * plan_lane_bytes(entry) > LARGEST_PACKED
                               : lanes * plan_lane_bytes(entry) > LARGEST_STATE
                                     || lanes * plan_row_bytes(entry) > LARGEST_ROWS))
        lanes /= 2;
    return lanes < 8 ? 8 : lanes > MAX_LANES ? MAX_LANES : lanes;
}

static struct plan_entry plan_entry_of(const struct plan *plan, const struct ir_entry *ir_entry,
                                       const struct callgraph *graph)
{
    struct plan_entry entry = {.entry = ir_entry, .name = ir_entry->name,
                               .max_depth = ir_entry->max_depth};
    entry.funcs = ARENA_ARRAY(plan->arena, struct plan_func, plan->prog->funcs.len + 1);
    visit_calls(plan, &entry, graph, ir_entry->func);
    for (uint32_t i = 0; i < entry.order.len; i++) {
        const struct ir_func *ir = &plan->prog->funcs.at[entry.order.at[i]];
        struct plan_func *func = &entry.funcs[entry.order.at[i]];
        func->cfg = cfg_of(plan->arena, ir);
        func->loops = loops_of(plan->arena, ir, &func->cfg);
        func->nests = nests_of(plan->arena, plan->prog, entry.order.at[i]);
        plan_needs(plan, &entry, entry.order.at[i]);
        plan_loops(plan, &entry, entry.order.at[i]);
    }
    plan_points(plan, &entry);
    for (uint32_t i = 0; i < entry.order.len; i++)
        plan_branches(plan, &entry, entry.order.at[i]);
    plan_homes(plan, &entry);
    entry.vectors = plan_vectors(plan, &entry);
    for (uint32_t h = 0; h < entry.homes.len && entry.vectors; h++)
        entry.homes.at[h].by_columns = entry.homes.at[h].elements > 0;
    plan_stays(plan, &entry);
    for (uint32_t i = 0; i < entry.order.len && !entry.vectors; i++)
        plan_contractions(plan, &entry, entry.order.at[i]);
    return entry;
}

/* All entries of a unit share one width: the least that one of them wants. */
static void choose_lanes(struct plan *plan)
{
    uint32_t lanes = plan->options.lanes ? plan->options.lanes : MAX_LANES;
    for (uint32_t i = 0; i < plan->entries.len && !plan->options.lanes; i++) {
        uint32_t wish = plan_lanes(plan, &plan->entries.at[i]);
        lanes = wish < lanes ? wish : lanes;
    }
    for (uint32_t i = 0; i < plan->entries.len; i++) {
        struct plan_entry *entry = &plan->entries.at[i];
        entry->lanes = lanes;
        entry->refill_at = plan->options.no_refill ? lanes : lanes < 4 ? 1 : lanes / 4;
    }
}

struct plan *plan_make(struct arena *arena, const struct ir_prog *prog,
                       const struct plan_options *options, uint32_t which)
{
    struct plan *plan = ARENA_NEW(arena, struct plan);
    plan->arena = arena;
    plan->prog = prog;
    plan->options = *options;
    struct callgraph graph = callgraph_of(arena, prog);
    for (uint32_t i = 0; i < prog->entries.len; i++)
        if (which == IR_NONE ? !prog->entries.at[i].is_test : which == i) {
            struct plan_entry entry = plan_entry_of(plan, &prog->entries.at[i], &graph);
            vec_push(arena, &plan->entries, entry);
        }
    choose_lanes(plan);
    return plan;
}
