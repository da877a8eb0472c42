/* Which loops run as one C loop inside a visit, and how their header parameters are written (R2, R3).
 *
 *   h loop(%m, %c):  ... exit edge uses %c, back edge h(%m2, %c2) with %c2 = add %c, 1
 *   =>  native; %m free (dead after the loop, no select), %c each_iter (one masked operation)
 *
 * A loop is native if no lane can have to wait inside it: no call is left in it and no @sync block.
 * Every native header is a point all the same: its lanes wait there when the fuel of a visit ends.
 * Where all lanes leave together by a condition that is the same for all of them (uniform), the loop is
 * convergent: counters and what they index are C scalars, and no lane can ever wait inside. */
#include "plan/plan.h"

#include <string.h>

const struct plan_loop *plan_loop_at(const struct plan_func *func, block_id header)
{
    for (uint32_t i = 0; i < func->loop_plans.len; i++)
        if (func->loop_plans.at[i].header == header)
            return &func->loop_plans.at[i];
    return NULL;
}

bool plan_block_is_native_header(const struct plan_func *func, block_id block)
{
    const struct plan_loop *loop = plan_loop_at(func, block);
    return loop && loop->form == LOOP_NATIVE;
}

bool plan_block_is_c_loop(const struct plan_func *func, block_id block)
{
    const struct plan_loop *loop = plan_loop_at(func, block);
    return loop && loop->form != LOOP_CUT;
}

static bool waits_inside(const struct ir_func *ir, const struct loop *loop)
{
    for (uint32_t b = bitset_next(&loop->body, 0); b < loop->body.size;
         b = bitset_next(&loop->body, b + 1)) {
        const struct ir_block *block = &ir->blocks.at[b];
        if (block->is_sync)
            return true;
        for (uint32_t i = 0; i < block->insts.len; i++)
            if (ir->insts.at[block->insts.at[i]].kind == INST_CALL)
                return true;
    }
    return false;
}

/* Is a value needed on an edge that leaves the loop? */
static bool leaves_with(const struct ir_func *ir, const struct plan_func *func,
                        const struct loop *loop, value_id value)
{
    for (uint32_t i = 0; i < loop->exit_count; i++) {
        const struct ir_edge *edge =
            &ir->blocks.at[loop->exits[i].from].term.edges[loop->exits[i].edge];
        if (bitset_has(&func->live.in[edge->to], value))
            return true;
        for (uint32_t a = 0; a < edge->args.len; a++)
            if (edge->args.at[a] == value)
                return true;
    }
    for (uint32_t b = bitset_next(&loop->body, 0); b < loop->body.size;
         b = bitset_next(&loop->body, b + 1)) {
        const struct ir_term *term = &ir->blocks.at[b].term;
        for (uint32_t a = 0; a < term->args.len; a++) /* ret and tail leave the loop too */
            if (term->args.at[a] == value)
                return true;
    }
    return false;
}

/* On every back edge the parameter is itself, or one cheap operation on itself. */
static bool is_one_operation(const struct ir_func *ir, const struct loop *loop, uint32_t index)
{
    value_id param = ir->blocks.at[loop->header].params.at[index];
    for (uint32_t i = 0; i < loop->latches.len; i++) {
        const struct ir_term *term = &ir->blocks.at[loop->latches.at[i]].term;
        for (uint32_t e = 0; e < ir_edge_count(term); e++) {
            if (term->edges[e].to != loop->header)
                continue;
            value_id next = term->edges[e].args.at[index];
            if (next == param)
                continue;
            const struct ir_value *value = &ir->values.at[next];
            if (value->kind != VALUE_RESULT)
                return false;
            const struct ir_inst *inst = &ir->insts.at[value->inst];
            bool uses_param = false;
            for (uint32_t a = 0; a < inst->args.len; a++)
                uses_param |= inst->args.at[a] == param;
            if (inst->kind != INST_OP || !uses_param
                || (op_table[inst->op].traits & TRAIT_PER_LANE))
                return false;
        }
    }
    return true;
}

static enum param_form form_of(const struct plan_options *options, const struct ir_func *ir,
                               const struct plan_func *func, const struct loop *loop,
                               uint32_t index)
{
    if (plan_is_tensor(ir, ir->blocks.at[loop->header].params.at[index]))
        return PARAM_EACH_ITER; /* changes in place, in the rows of the lanes that go round */
    if (!leaves_with(ir, func, loop, ir->blocks.at[loop->header].params.at[index]))
        return PARAM_FREE;
    if (options->captures)
        return !strcmp(options->captures, "each_iter") ? PARAM_EACH_ITER : PARAM_AT_EXIT;
    return is_one_operation(ir, loop, index) ? PARAM_EACH_ITER : PARAM_AT_EXIT;
}

static void plan_params(const struct plan *plan, const struct ir_func *ir,
                        const struct plan_func *func, const struct loop *loop,
                        struct plan_loop *out)
{
    uint32_t count = ir->blocks.at[loop->header].params.len;
    bool may_park = !plan->options.park || strcmp(plan->options.park, "off");
    out->params = ARENA_ARRAY(plan->arena, enum param_form, count + 1);
    out->park = ARENA_ARRAY(plan->arena, bool, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        value_id param = ir->blocks.at[loop->header].params.at[i];
        out->params[i] = out->form == LOOP_CONVERGENT
            ? PARAM_TOGETHER : form_of(&plan->options, ir, func, loop, i);
        out->park[i] = may_park && !bitset_has(&func->uniform.values, param)
            && out->params[i] != PARAM_EACH_ITER && !plan_is_tensor(ir, param)
            && dtype_table[ir->values.at[param].type.dtype].cls == CLASS_FLOAT;
    }
}

void plan_loops(const struct plan *plan, struct plan_entry *entry, func_id func)
{
    const struct ir_func *ir = &plan->prog->funcs.at[func];
    struct plan_func *out = &entry->funcs[func];
    bool all_cut = plan->options.naive;
    if (plan->options.loops)
        all_cut = !strcmp(plan->options.loops, "cut");
    struct bitset native = bitset_new(plan->arena, ir->blocks.len + 1);
    struct bitset together = native; /* candidates for convergence */
    for (uint32_t i = 0; i < out->loops.list.len && !all_cut; i++)
        if (!waits_inside(ir, &out->loops.list.at[i]))
            bitset_add(&native, out->loops.list.at[i].header);
    if (plan->options.loops && !strcmp(plan->options.loops, "native"))
        together = bitset_new(plan->arena, ir->blocks.len + 1);
    out->uniform = uniform_of(plan->arena, ir, &out->cfg, &out->loops, &together);
    for (uint32_t i = 0; i < out->loops.list.len; i++) {
        const struct loop *loop = &out->loops.list.at[i];
        struct plan_loop loop_plan = {.header = loop->header};
        loop_plan.form = !bitset_has(&native, loop->header) ? LOOP_CUT
            : bitset_has(&out->uniform.convergent, loop->header) ? LOOP_CONVERGENT : LOOP_NATIVE;
        if (loop_plan.form != LOOP_CUT)
            plan_params(plan, ir, out, loop, &loop_plan);
        vec_push(plan->arena, &out->loop_plans, loop_plan);
    }
}
