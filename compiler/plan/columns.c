/* Which buffers of tensors are kept by columns: [element][lane] instead of a row for each lane.
 * Then an element at an index that is the same for all lanes is one vector in memory and needs
 * no gather.
 *
 *   while loop over i: ... %l = extract %x[%i] ... insert %x[%j], %l        i, j uniform: columns
 *
 * Only where nothing but single elements is read and written: a nest goes over the row of one
 * lane, and a frame is pushed as rows. Whole tensors may come and go (arguments, results,
 * edges): they are turned round on the way. */
#include "plan/plan.h"

#include <string.h>

/* What the uses of the values of a function say. */
struct column_cx {
    const struct ir_func *ir;
    const struct plan_func *func;
    const struct bitset *in_step; /* in a piece that enters each loop from outside */
    uint32_t buffer;
    bool allowed, uniform_in_loop;
};

static bool is_of(const struct column_cx *cx, value_id value)
{
    return cx->func->nests.buffer[value] == cx->buffer && plan_is_tensor(cx->ir, value);
}

/* EXTRACT and INSERT of one element: its indexes are arguments 1, 2, .. */
static bool is_element_access(const struct ir_func *ir, const struct ir_inst *inst)
{
    if (inst->kind == INST_EXTRACT)
        return !plan_is_tensor(ir, inst->results.at[0]);
    return inst->kind == INST_INSERT && !plan_is_tensor(ir, inst->args.at[inst->args.len - 1]);
}

static bool is_uniform_access(const struct column_cx *cx, const struct ir_inst *inst)
{
    for (uint32_t i = 0; i < inst->axes.len; i++)
        if (!plan_is_constant(cx->ir, inst->args.at[1 + i])
            && !bitset_has(&cx->func->uniform.values, inst->args.at[1 + i])
            && !bitset_has(cx->in_step, inst->args.at[1 + i]))
            return false;
    return true;
}

/* Does the instruction read a value of the buffer in another way than an element, or an edge? */
static void look_at_inst(struct column_cx *cx, block_id block, const struct ir_inst *inst)
{
    bool is_element = is_element_access(cx->ir, inst);
    for (uint32_t i = 0; i < inst->args.len; i++) {
        if (!is_of(cx, inst->args.at[i]))
            continue;
        if (!is_element && inst->kind != INST_CALL)
            cx->allowed = false;
        if (is_element && cx->func->cfg.blocks[block].loop != IR_NONE)
            cx->uniform_in_loop |= is_uniform_access(cx, inst);
    }
    for (uint32_t i = 0; i < inst->results.len; i++)
        if (is_of(cx, inst->results.at[i]) && !is_element && inst->kind != INST_CALL
            && inst->kind != INST_CONST && inst->kind != INST_IOTA)
            cx->allowed = false;
}

/* Frames hold rows. */
static bool pushes_frames(const struct plan_func *func)
{
    for (uint32_t c = 0; c < func->calls.len; c++)
        if (func->calls.at[c].in_cycle)
            return true;
    return false;
}

bool plan_by_columns(const struct plan *plan, const struct plan_entry *entry, func_id func,
                     uint32_t buffer, const struct bitset *in_step)
{
    const char *forced = plan->options.tensors;
    struct column_cx cx = {.ir = &plan->prog->funcs.at[func], .func = &entry->funcs[func],
                           .in_step = in_step, .buffer = buffer, .allowed = true};
    if ((forced && !strcmp(forced, "rows")) || pushes_frames(cx.func)
        || cx.func->nests.buffers.at[buffer].dtype == DT_BOOL)
        return false;
    for (block_id b = 0; b < cx.ir->blocks.len && cx.allowed; b++)
        for (uint32_t i = 0; i < cx.ir->blocks.at[b].insts.len && cx.allowed; i++)
            look_at_inst(&cx, b, &cx.ir->insts.at[cx.ir->blocks.at[b].insts.at[i]]);
    return cx.allowed && (forced || cx.uniform_in_loop);
}
