#include "plan/nest_inside.h"

#include <string.h>

bool is_tensor(const struct nest_cx *cx, value_id value)
{
    return cx->ir->values.at[value].type.shape.rank > 0;
}

const struct ir_inst *maker_of(const struct nest_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    return v->kind == VALUE_RESULT ? &cx->ir->insts.at[v->inst] : NULL;
}

bool is_fused(const struct nest_cx *cx, value_id value)
{
    return cx->nests->form[value] == FORM_FUSED;
}

bool is_root(const struct nest_cx *cx, inst_id inst)
{
    const struct ir_inst *i = &cx->ir->insts.at[inst];
    return i->kind == INST_OP && cx->nests->form[i->results.at[0]] == FORM_STORED;
}

bool keeps_order(const struct nest_cx *cx, const struct ir_inst *inst)
{
    if (inst->kind == INST_OP || inst->kind == INST_RESHAPE)
        return true;
    return inst->kind == INST_BROADCAST &&
           shape_elements(&cx->ir->values.at[inst->results.at[0]].type.shape) ==
               shape_elements(&cx->ir->values.at[inst->args.at[0]].type.shape);
}

static bool same_axis(const struct ir_axis *a, const struct ir_axis *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case AXIS_AT:
        return true;
    case AXIS_RANGE:
        return a->start == b->start && a->step == b->step && a->count == b->count;
    case AXIS_WINDOW:
        return a->count == b->count;
    }
    return false;
}

bool is_same_region(const struct nest_cx *cx, value_id value, const struct ir_inst *inst)
{
    const struct ir_inst *extract = maker_of(cx, value);
    if (inst->kind != INST_INSERT || !extract || extract->kind != INST_EXTRACT ||
        extract->args.at[0] != inst->args.at[0])
        return false;
    for (uint32_t i = 0; i < inst->axes.len; i++)
        if (!same_axis(&extract->axes.at[i], &inst->axes.at[i]))
            return false;
    for (uint32_t i = 1; i + 1 < inst->args.len; i++)
        if (extract->args.at[i] != inst->args.at[i])
            return false;
    return true;
}

/* ---- walks over fused trees ------------------------------------------------------------------ */

struct walk {
    struct nest_cx *cx;
    const struct ir_inst *insert; /* whose region is walked, or NULL */
    on_read *read;
    void *user;
};

/* Within the region of an insert only the same region of its tensor is read in place. */
static void walk_value(const struct walk *w, value_id value, bool in_place)
{
    struct nest_cx *cx = w->cx;
    if (!is_tensor(cx, value) || cx->seen[in_place][value] == cx->epoch)
        return;
    cx->seen[in_place][value] = cx->epoch;
    if (!is_fused(cx, value)) {
        w->read(w->user, value, in_place && !w->insert);
        return;
    }
    const struct ir_inst *inst = maker_of(cx, value);
    if (w->insert && in_place && is_same_region(cx, value, w->insert)) {
        w->read(w->user, inst->args.at[0], true);
        return;
    }
    bool keeps = w->insert ? inst->kind == INST_OP : keeps_order(cx, inst);
    for (uint32_t i = 0; i < inst->args.len; i++)
        walk_value(w, inst->args.at[i], in_place && keeps);
}

void walk_reads(struct nest_cx *cx, value_id value, bool in_place, on_read *read, void *user)
{
    cx->epoch++;
    walk_value(&(struct walk){cx, NULL, read, user}, value, in_place);
}

void walk_operands(struct nest_cx *cx, inst_id id, on_read *read, void *user)
{
    const struct ir_inst *inst = &cx->ir->insts.at[id];
    bool is_insert = inst->kind == INST_INSERT;
    struct walk w = {cx, is_insert ? inst : NULL, read, user};
    cx->epoch++;
    if (is_insert)
        read(user, inst->args.at[0], true);
    for (uint32_t i = is_insert; i < inst->args.len; i++)
        walk_value(&w, inst->args.at[i], is_insert || keeps_order(cx, inst));
}

/* ---- facts about instructions ---------------------------------------------------------------- */

static void note_use(struct nest_cx *cx, uint32_t *next, value_id value, struct tensor_use use)
{
    cx->uses[next[value]++] = use;
}

/* Calls for each argument of the function: counting first, then noting. */
static void for_each_use(struct nest_cx *cx, uint32_t *next)
{
    const struct ir_func *ir = cx->ir;
    for (block_id b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            for (uint32_t k = 0; k < inst->args.len; k++)
                note_use(cx, next, inst->args.at[k],
                         (struct tensor_use){b, block->insts.at[i], k});
        }
        const struct ir_term *term = &block->term;
        for (uint32_t k = 0; k < term->args.len; k++)
            note_use(cx, next, term->args.at[k], (struct tensor_use){b, IR_NONE, k});
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            for (uint32_t k = 0; k < term->edges[e].args.len; k++)
                note_use(cx, next, term->edges[e].args.at[k], (struct tensor_use){b, IR_NONE, k});
    }
}

static uint32_t count_args(const struct ir_func *ir, uint32_t *count)
{
    uint32_t all = 0;
    for (block_id b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        const struct ir_term *term = &block->term;
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            for (uint32_t k = 0; k < inst->args.len; k++, all++)
                count[inst->args.at[k]]++;
        }
        for (uint32_t k = 0; k < term->args.len; k++, all++)
            count[term->args.at[k]]++;
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            for (uint32_t k = 0; k < term->edges[e].args.len; k++, all++)
                count[term->edges[e].args.at[k]]++;
    }
    return all;
}

static void find_uses(struct nest_cx *cx)
{
    uint32_t values = cx->ir->values.len;
    uint32_t *count = ARENA_ARRAY(cx->arena, uint32_t, values + 1);
    uint32_t *next = ARENA_ARRAY(cx->arena, uint32_t, values + 1);
    cx->uses = ARENA_ARRAY(cx->arena, struct tensor_use, count_args(cx->ir, count) + 1);
    cx->first_use = ARENA_ARRAY(cx->arena, uint32_t, values + 1);
    for (uint32_t v = 0; v < values; v++) {
        cx->first_use[v + 1] = cx->first_use[v] + count[v];
        next[v] = cx->first_use[v];
    }
    for_each_use(cx, next);
}

static void find_positions(struct nest_cx *cx)
{
    uint32_t insts = cx->ir->insts.len;
    cx->position = ARENA_ARRAY(cx->arena, uint32_t, insts + 1);
    cx->block_of = ARENA_ARRAY(cx->arena, block_id, insts + 1);
    for (block_id b = 0; b < cx->ir->blocks.len; b++)
        for (uint32_t i = 0; i < cx->ir->blocks.at[b].insts.len; i++) {
            cx->position[cx->ir->blocks.at[b].insts.at[i]] = i;
            cx->block_of[cx->ir->blocks.at[b].insts.at[i]] = b;
        }
}

/* ---- the whole ------------------------------------------------------------------------------- */

struct nests nests_of(struct arena *arena, const struct ir_prog *prog, func_id func)
{
    const struct ir_func *ir = &prog->funcs.at[func];
    uint32_t values = ir->values.len, insts = ir->insts.len;
    struct nests nests = {.form = ARENA_ARRAY(arena, enum tensor_form, values + 1),
                          .buffer = ARENA_ARRAY(arena, uint32_t, values + 1),
                          .nest = ARENA_ARRAY(arena, uint32_t, insts + 1)};
    memset(nests.buffer, 0xff, sizeof *nests.buffer * (values + 1));
    memset(nests.nest, 0xff, sizeof *nests.nest * (insts + 1));
    bool any = false;
    for (value_id v = 0; v < values; v++)
        any |= ir->values.at[v].type.shape.rank > 0;
    if (!any)
        return nests;
    struct nest_cx cx = {.arena = arena, .prog = prog, .ir = ir, .nests = &nests,
                         .anchor = ARENA_ARRAY(arena, struct anchor, values + 1),
                         .seen = {ARENA_ARRAY(arena, uint32_t, values + 1),
                                  ARENA_ARRAY(arena, uint32_t, values + 1)}};
    find_uses(&cx);
    find_positions(&cx);
    find_forms(&cx);
    find_buffers(&cx);
    return nests;
}

bool nests_share(const struct nests *nests, value_id a, value_id b)
{
    return nests->buffer[a] != IR_NONE && nests->buffer[a] == nests->buffer[b];
}
