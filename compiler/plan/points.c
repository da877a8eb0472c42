/* Where lanes may wait, and the piece of code that runs from each such point to the next ones (R7).
 * Points are: the entry of each function that is called, each return site, the header of each loop,
 * each @sync block. A native loop inside another native loop is part of its parent's piece; its own
 * point is reached only when the fuel of a visit ends inside it. */
#include "plan/plan.h"

#include <string.h>

const struct plan_call *plan_call_of(const struct plan_func *func, inst_id inst)
{
    for (uint32_t i = 0; i < func->calls.len; i++)
        if (func->calls.at[i].inst == inst)
            return &func->calls.at[i];
    return NULL;
}

static const char *point_name(const struct plan *plan, const struct plan_entry *entry,
                              const struct ir_func *ir, const struct plan_point *point)
{
    const struct ir_block *block = &ir->blocks.at[point->block];
    const char *what = "entry";
    switch (point->kind) {
    case POINT_ENTRY:
        break;
    case POINT_LOOP:
        what = block->hint ? block->hint : "loop";
        break;
    case POINT_RETURN:
        what = "back";
        break;
    case POINT_SYNC:
        what = "sync";
        break;
    }
    char *base = arena_printf(plan->arena, "%s_%s", ir->name, what), *unique = base;
    for (char *c = base; *c; c++)
        if (*c == '.')
            *c = '_';
    for (uint32_t number = 2, i = 0; i < entry->points.len; i++)
        if (!strcmp(entry->points.at[i].name, unique)) {
            unique = arena_printf(plan->arena, "%s_%u", base, number++);
            i = UINT32_MAX; /* look at all points again */
        }
    return unique;
}

static uint32_t add_point(const struct plan *plan, struct plan_entry *entry, struct plan_point point)
{
    const struct ir_func *ir = &plan->prog->funcs.at[point.func];
    point.is_sync = point.start == 0 && ir->blocks.at[point.block].is_sync;
    point.name = point_name(plan, entry, ir, &point);
    entry->any_sync |= point.is_sync;
    vec_push(plan->arena, &entry->points, point);
    return entry->points.len - 1;
}

static void add_return_points(const struct plan *plan, struct plan_entry *entry, func_id func,
                              block_id block, const struct callgraph *graph)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    const struct ir_block *b = &ir->blocks.at[block];
    for (uint32_t i = 0; i < b->insts.len; i++) {
        const struct ir_inst *inst = &ir->insts.at[b->insts.at[i]];
        if (inst->kind != INST_CALL)
            continue;
        struct plan_call call = {.inst = b->insts.at[i], .site = entry->sites++};
        call.in_cycle = graph->recursive[func] && graph->scc[func] == graph->scc[inst->callee];
        call.point = add_point(plan, entry,
                               (struct plan_point){.kind = POINT_RETURN, .func = func,
                                                   .block = block, .start = i + 1,
                                                   .call = call.inst});
        vec_push(plan->arena, &out->calls, call);
    }
}

static void add_points_of(const struct plan *plan, struct plan_entry *entry, func_id func,
                          const struct callgraph *graph)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    out->point_of_block = ARENA_ARRAY(plan->arena, uint32_t, ir->blocks.len + 1);
    for (block_id b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        struct plan_point point = {.func = func, .block = b, .call = IR_NONE};
        out->point_of_block[b] = IR_NONE;
        const struct plan_loop *loop = block->is_loop ? plan_loop_at(out, b) : NULL;
        bool is_wait = loop && loop->form != LOOP_CONVERGENT;
        if (b == 0 || is_wait || block->is_sync) {
            point.kind = b == 0 ? POINT_ENTRY : is_wait ? POINT_LOOP : POINT_SYNC;
            out->point_of_block[b] = add_point(plan, entry, point);
        }
        add_return_points(plan, entry, func, b, graph);
    }
    out->entry_point = out->point_of_block[0];
}

/* Does the piece go on along this edge, or do its lanes wait at the point of the target? */
static bool goes_on(const struct plan_func *func, const struct bitset *piece, block_id from,
                    block_id to)
{
    if (func->point_of_block[to] == IR_NONE)
        return true;
    if (!plan_block_is_native_header(func, to))
        return false;
    const struct loop *loop = loop_at(&func->loops, to);
    if (bitset_has(&loop->body, from)) /* round the loop, if it was entered in this piece */
        return bitset_has(piece, to);
    return loop->parent != IR_NONE && plan_block_is_native_header(func, loop->parent)
        && bitset_has(&loop_at(&func->loops, loop->parent)->body, from);
}

/* Does the piece end inside this block, at a call? */
static bool ends_at_call(const struct ir_func *ir, block_id block, uint32_t start)
{
    const struct ir_block *b = &ir->blocks.at[block];
    for (uint32_t i = start; i < b->insts.len; i++)
        if (ir->insts.at[b->insts.at[i]].kind == INST_CALL)
            return true;
    return false;
}

static void add_piece(const struct plan *plan, const struct plan_entry *entry,
                      struct plan_point *point)
{
    const struct ir_func *ir = &plan->prog->funcs.at[point->func];
    const struct plan_func *func = &entry->funcs[point->func];
    struct bitset piece = bitset_new(plan->arena, ir->blocks.len + 1);
    VEC(block_id) work = {0};
    bitset_add(&piece, point->block);
    vec_push(plan->arena, &work, point->block);
    while (work.len) {
        block_id block = vec_pop(&work);
        if (ends_at_call(ir, block, block == point->block ? point->start : 0))
            continue;
        const struct ir_term *term = &ir->blocks.at[block].term;
        for (uint32_t e = 0; e < ir_edge_count(term); e++) {
            block_id to = term->edges[e].to;
            if (goes_on(func, &piece, block, to) && bitset_add(&piece, to))
                vec_push(plan->arena, &work, to);
        }
    }
    for (block_id b = bitset_next(&piece, 0); b < piece.size; b = bitset_next(&piece, b + 1))
        vec_push(plan->arena, &point->piece, b);
}

void plan_points(const struct plan *plan, struct plan_entry *entry)
{
    struct callgraph graph = callgraph_of(plan->arena, plan->prog);
    entry->sites = 1; /* 0 is HALT */
    for (uint32_t i = 0; i < entry->order.len; i++) {
        func_id func = entry->order.at[i];
        add_points_of(plan, entry, func, &graph);
    }
    for (uint32_t i = 0; i < entry->points.len; i++)
        add_piece(plan, entry, &entry->points.at[i]);
}
