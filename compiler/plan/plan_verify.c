/* The plan's own invariants, computed anew from the IR and not from how the plan was made: every
 * reachable block is in a piece; each edge out of a piece leads to a point; each cycle of a
 * piece is a native loop; what code at a point may read has a place there; no home holds two
 * values of one point; no value waits in scratch; a stored tensor has room, also where it stays or is
 * packed; a value that is dead on no exit edge of a native loop is not written freely. */
#include "plan/plan.h"

#include <string.h>

struct verify_cx {
    const struct plan *plan;
    const struct plan_entry *entry;
    struct arena *arena;
};

static const char *where(const struct verify_cx *cx, const struct plan_point *point,
                         const char *what, uint32_t number)
{
    return arena_printf(cx->arena, "plan of %s, point %s: %s %u", cx->entry->name, point->name, what,
                        number);
}

static bool in_piece(const struct plan_point *point, block_id block)
{
    for (uint32_t i = 0; i < point->piece.len; i++)
        if (point->piece.at[i] == block)
            return true;
    return false;
}

static bool is_there(const struct ir_func *ir, const struct plan_func *func, value_id value,
                     const struct bitset *defined)
{
    return plan_needs_no_place(ir, func, value) || bitset_has(defined, value);
}

/* A value that reading `values` needs and that is not there, or IR_NONE. */
static value_id missing(const struct verify_cx *cx, const struct plan_point *point,
                        const value_id *values, uint32_t count, const struct bitset *defined)
{
    const struct ir_func *ir = &cx->plan->prog->funcs.at[point->func];
    const struct plan_func *func = &cx->entry->funcs[point->func];
    for (uint32_t i = 0; i < count; i++) {
        value_id value = values[i];
        if (func->nests.form[value] != FORM_FUSED && !is_there(ir, func, value, defined))
            return value;
        for (uint32_t u = 0; u < func->under[value].len; u++)
            if (!is_there(ir, func, func->under[value].at[u], defined))
                return func->under[value].at[u];
    }
    return IR_NONE;
}

/* A fused value is made where it is read, so at its definition nothing is. */
static bool is_made(const struct plan_func *func, const struct ir_inst *inst)
{
    return inst->results.len == 0 || func->nests.form[inst->results.at[0]] != FORM_FUSED;
}

/* A value that the piece reads is defined in the piece or has a place at its point. */
static const char *check_reads(const struct verify_cx *cx, const struct plan_point *point)
{
    const struct ir_func *ir = &cx->plan->prog->funcs.at[point->func];
    const struct plan_func *func = &cx->entry->funcs[point->func];
    struct bitset defined = bitset_new(cx->arena, ir->values.len + 1);
    for (uint32_t i = 0; i < point->live.len; i++)
        bitset_add(&defined, point->live.at[i].value);
    for (uint32_t p = 0; p < point->piece.len; p++) {
        block_id block = point->piece.at[p];
        const struct ir_block *b = &ir->blocks.at[block];
        for (uint32_t i = 0; i < b->params.len && block != point->block; i++)
            bitset_add(&defined, b->params.at[i]);
        bool ended = false;
        for (uint32_t i = block == point->block ? point->start : 0; i < b->insts.len && !ended; i++) {
            const struct ir_inst *inst = &ir->insts.at[b->insts.at[i]];
            value_id lost = is_made(func, inst)
                ? missing(cx, point, inst->args.at, inst->args.len, &defined) : IR_NONE;
            if (lost != IR_NONE)
                return where(cx, point, "no place for value", lost);
            for (uint32_t r = 0; r < inst->results.len; r++)
                bitset_add(&defined, inst->results.at[r]);
            ended = inst->kind == INST_CALL;
        }
        value_id lost = ended ? IR_NONE
                              : missing(cx, point, b->term.args.at, b->term.args.len, &defined);
        if (lost != IR_NONE)
            return where(cx, point, "no place for returned value", lost);
        for (uint32_t e = 0; e < ir_edge_count(&b->term) && !ended; e++) {
            const struct ir_edge *edge = &b->term.edges[e];
            for (uint32_t a = 0; a < edge->args.len && lost == IR_NONE; a++)
                if (bitset_has(&func->used_values, ir->blocks.at[edge->to].params.at[a]))
                    lost = missing(cx, point, &edge->args.at[a], 1, &defined);
            if (lost != IR_NONE)
                return where(cx, point, "no place for passed value", lost);
        }
    }
    return NULL;
}

/* Two values of one point never share a home or a frame word. */
static const char *check_places(const struct verify_cx *cx, const struct plan_point *point)
{
    for (uint32_t i = 0; i < point->live.len; i++)
        for (uint32_t j = 0; j < i; j++)
            if (point->live.at[i].kind == point->live.at[j].kind
                && point->live.at[i].index == point->live.at[j].index)
                return where(cx, point, "two values share place", point->live.at[i].index);
    return NULL;
}

/* A stored tensor that is read has a home with room for it. */
static const char *check_tensors(const struct verify_cx *cx, func_id id)
{
    const struct ir_func *ir = &cx->plan->prog->funcs.at[id];
    const struct plan_func *func = &cx->entry->funcs[id];
    for (value_id v = 0; v < ir->values.len; v++) {
        const struct type *type = &ir->values.at[v].type;
        uint32_t home = func->home_of_value[v];
        if (!plan_is_stored(func, v) || !bitset_has(&func->used_values, v))
            continue;
        if (home == IR_NONE || cx->entry->homes.at[home].dtype != type->dtype
            || cx->entry->homes.at[home].elements < (uint64_t)shape_elements(&type->shape))
            return arena_printf(cx->arena, "plan of %s: no home for tensor %u of @%u",
                                cx->entry->name, v, id);
    }
    return NULL;
}

/* What stays in a return home is scratch otherwise, has room there, and no other buffer is with it. */
static const char *check_stays(const struct verify_cx *cx, const struct plan_point *point)
{
    const struct plan_func *func = &cx->entry->funcs[point->func];
    for (uint32_t i = 0; i < point->stays.len; i++) {
        const struct plan_stay *stay = &point->stays.at[i];
        const struct nest_buffer *buffer = &func->nests.buffers.at[stay->buffer];
        const struct plan_home *home = &cx->entry->homes.at[stay->home];
        for (uint32_t j = 0; j < i; j++)
            if (point->stays.at[j].home == stay->home || point->stays.at[j].buffer == stay->buffer)
                return where(cx, point, "two stay in home", stay->home);
        if (home->kind != HOME_RETURN || home->dtype != buffer->dtype
            || home->elements < buffer->elements)
            return where(cx, point, "cannot stay: buffer", stay->buffer);
        for (uint32_t k = 0; k < point->live.len; k++) {
            const struct plan_place *place = &point->live.at[k];
            bool is_same = place->kind == PLACE_HOME && place->index == stay->home;
            if (is_same != (func->nests.buffer[place->value] == stay->buffer))
                return where(cx, point, "arrives where another stays: value", place->value);
        }
        for (uint32_t k = 0; k < buffer->values.len; k++) {
            uint32_t own = func->home_of_value[buffer->values.at[k]];
            if (own != IR_NONE && cx->entry->homes.at[own].kind != HOME_SCRATCH)
                return where(cx, point, "waits elsewhere than it stays: value", buffer->values.at[k]);
        }
    }
    return NULL;
}

static bool has_columns(const struct verify_cx *cx, uint32_t id, const struct type *type)
{
    const struct plan_home *home = &cx->entry->homes.at[id];
    return home->by_columns && home->kind == HOME_SCRATCH && home->dtype == type->dtype
        && home->elements >= (uint64_t)shape_elements(&type->shape);
}

/* Columns are other memory than rows, and large enough. */
static const char *check_packings(const struct verify_cx *cx, func_id id)
{
    const struct ir_func *ir = &cx->plan->prog->funcs.at[id];
    const struct plan_func *func = &cx->entry->funcs[id];
    for (uint32_t i = 0; i < func->packings.len; i++) {
        const struct plan_packing *packing = &func->packings.at[i];
        value_id result = ir->insts.at[packing->inst].results.at[0];
        if (packing->operand == packing->result
            || !has_columns(cx, packing->operand, &ir->values.at[packing->lanes].type)
            || !has_columns(cx, packing->result, &ir->values.at[result].type)
            || cx->entry->homes.at[func->home_of_value[packing->lanes]].by_columns
            || cx->entry->homes.at[func->home_of_value[result]].by_columns)
            return arena_printf(cx->arena, "plan of %s: no columns for tensor %u of @%u",
                                cx->entry->name, result, id);
    }
    return NULL;
}

/* Values of a point that wait in homes have none in scratch, which others write meanwhile. */
static const char *check_scratch(const struct verify_cx *cx, const struct plan_point *point)
{
    for (uint32_t i = 0; i < point->live.len; i++)
        if (point->live.at[i].kind == PLACE_HOME
            && cx->entry->homes.at[point->live.at[i].index].kind == HOME_SCRATCH)
            return where(cx, point, "waits in scratch: value", point->live.at[i].value);
    return NULL;
}

/* Across a call in its cycle every value is in the frame, and the call pushes just these. */
static const char *check_frame(const struct verify_cx *cx, const struct plan_point *point)
{
    const struct plan_func *func = &cx->entry->funcs[point->func];
    const struct plan_call *call = point->call == IR_NONE ? NULL : plan_call_of(func, point->call);
    if (!call || !call->in_cycle)
        return NULL;
    uint32_t frames = 0;
    for (uint32_t i = 0; i < point->live.len; i++) {
        const struct plan_place *place = &point->live.at[i];
        if (place->kind == PLACE_FRAME)
            frames++;
        else if (cx->entry->homes.at[place->index].kind != HOME_RETURN)
            return where(cx, point, "a home does not survive the call: value", place->value);
    }
    return frames == call->push.len ? NULL : where(cx, point, "frame words pushed", call->push.len);
}

static const char *check_edges(const struct verify_cx *cx, const struct plan_point *point)
{
    const struct ir_func *ir = &cx->plan->prog->funcs.at[point->func];
    const struct plan_func *func = &cx->entry->funcs[point->func];
    for (uint32_t p = 0; p < point->piece.len; p++) {
        block_id block = point->piece.at[p];
        const struct ir_block *b = &ir->blocks.at[block];
        bool ended = false;
        for (uint32_t i = block == point->block ? point->start : 0; i < b->insts.len; i++)
            ended |= ir->insts.at[b->insts.at[i]].kind == INST_CALL;
        for (uint32_t e = 0; e < ir_edge_count(&b->term) && !ended; e++) {
            block_id to = b->term.edges[e].to;
            if (!in_piece(point, to) && func->point_of_block[to] == IR_NONE)
                return where(cx, point, "an edge leads to no point: block", to);
            if (in_piece(point, to) && to <= block && !plan_block_is_c_loop(func, to)
                && to != point->block)
                return where(cx, point, "a cycle without a point through block", to);
        }
    }
    return NULL;
}

static const char *check_entry(const struct verify_cx *cx)
{
    for (uint32_t p = 0; p < cx->entry->points.len; p++) {
        const struct plan_point *point = &cx->entry->points.at[p];
        const char *wrong = check_reads(cx, point);
        if (!wrong)
            wrong = check_places(cx, point);
        if (!wrong)
            wrong = check_frame(cx, point);
        if (!wrong)
            wrong = check_edges(cx, point);
        if (!wrong)
            wrong = check_scratch(cx, point);
        if (!wrong)
            wrong = check_stays(cx, point);
        if (wrong)
            return wrong;
    }
    for (uint32_t f = 0; f < cx->entry->order.len; f++) {
        const char *wrong = check_tensors(cx, cx->entry->order.at[f]);
        if (!wrong)
            wrong = check_packings(cx, cx->entry->order.at[f]);
        if (wrong)
            return wrong;
    }
    return NULL;
}

static const char *check_coverage(const struct verify_cx *cx)
{
    for (uint32_t f = 0; f < cx->entry->order.len; f++) {
        func_id id = cx->entry->order.at[f];
        for (block_id b = 0; b < cx->plan->prog->funcs.at[id].blocks.len; b++) {
            bool covered = false;
            for (uint32_t p = 0; p < cx->entry->points.len; p++)
                covered |= cx->entry->points.at[p].func == id && in_piece(&cx->entry->points.at[p], b);
            if (!covered)
                return arena_printf(cx->arena, "plan of %s: block %u of @%u is in no piece",
                                    cx->entry->name, b, id);
        }
    }
    return NULL;
}

static const char *check_free(const struct verify_cx *cx)
{
    for (uint32_t f = 0; f < cx->entry->order.len; f++) {
        const struct ir_func *ir = &cx->plan->prog->funcs.at[cx->entry->order.at[f]];
        const struct plan_func *func = &cx->entry->funcs[cx->entry->order.at[f]];
        for (uint32_t l = 0; l < func->loop_plans.len; l++) {
            const struct plan_loop *plan = &func->loop_plans.at[l];
            const struct loop *loop = loop_at(&func->loops, plan->header);
            for (uint32_t p = 0; plan->form == LOOP_NATIVE
                 && p < ir->blocks.at[plan->header].params.len; p++)
                for (uint32_t e = 0; plan->params[p] == PARAM_FREE && e < loop->exit_count; e++) {
                    block_id to = ir->blocks.at[loop->exits[e].from].term.edges[loop->exits[e].edge].to;
                    if (bitset_has(&func->live.in[to], ir->blocks.at[plan->header].params.at[p]))
                        return arena_printf(cx->arena, "plan of %s: a free value is read after loop b%u",
                                            cx->entry->name, plan->header);
                }
        }
    }
    return NULL;
}

const char *plan_verify(const struct plan *plan, struct arena *arena)
{
    for (uint32_t i = 0; i < plan->entries.len; i++) {
        struct verify_cx cx = {plan, &plan->entries.at[i], arena};
        const char *wrong = check_entry(&cx);
        if (!wrong)
            wrong = check_coverage(&cx);
        if (!wrong)
            wrong = check_free(&cx);
        if (wrong)
            return wrong;
    }
    return NULL;
}
