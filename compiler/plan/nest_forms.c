/* Which tensors are fused, and which stored operations one loop makes.
 *
 * A fused operation is computed once for each index: all its uses are operands of operations that are
 * computed at the same index of the same loop, or it has one use that needs each element at most once.
 * Index maps cost nothing, so they are fused whatever reads them, unless an insert between the map and its
 * reader could then not work in place. */
#include "plan/nest_inside.h"

#include <string.h>

enum { MAX_ROOTS = 16 }; /* of one loop */

static const struct anchor no_anchor = {IR_NONE, IR_NONE};

static int64_t elements_of(const struct nest_cx *cx, value_id value)
{
    return shape_elements(&cx->ir->values.at[value].type.shape);
}

static uint32_t use_count(const struct nest_cx *cx, value_id value)
{
    return cx->first_use[value + 1] - cx->first_use[value];
}

static bool is_index_map(const struct ir_inst *inst)
{
    switch (inst->kind) {
    AB_CASE_INDEX_MAPS:
    case INST_CONST:
        return true;
    AB_CASE_TENSOR_MAKERS:
    case INST_OP:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        return false;
    }
    return false;
}

/* Its elements depend on nothing that could be gone. */
static bool is_free_standing(const struct ir_inst *inst)
{
    return is_index_map(inst) && inst->args.len == 0;
}

/* ---- where a use is computed ------------------------------------------------------------------ */

/* Elements of a contraction's result that read one element of operand `arg`. */
static int64_t contract_repeats(const struct nest_cx *cx, const struct ir_inst *inst, uint32_t arg)
{
    const struct shape *other = &cx->ir->values.at[inst->args.at[1 - arg]].type.shape;
    int64_t repeats = 1;
    for (int i = inst->batch; i < other->rank - inst->inner; i++)
        repeats *= other->dim[i];
    return repeats;
}

static struct anchor anchor_of_use(const struct nest_cx *cx, struct tensor_use use);

/* An index map may be read through once only. */
static struct anchor anchor_of_map(const struct nest_cx *cx, struct tensor_use use)
{
    const struct ir_inst *map = &cx->ir->insts.at[use.inst];
    value_id result = map->results.at[0];
    if (elements_of(cx, result) > elements_of(cx, map->args.at[0]))
        return no_anchor;
    if (is_fused(cx, result) &&
        (use_count(cx, result) != 1 ||
         anchor_of_use(cx, cx->uses[cx->first_use[result]]).inst == IR_NONE))
        return no_anchor;
    return (struct anchor){use.inst, use.arg};
}

static struct anchor anchor_of_use(const struct nest_cx *cx, struct tensor_use use)
{
    if (use.inst == IR_NONE)
        return no_anchor;
    const struct ir_inst *user = &cx->ir->insts.at[use.inst];
    switch (user->kind) {
    case INST_OP:
        return is_fused(cx, user->results.at[0]) ? cx->anchor[user->results.at[0]]
                                                 : (struct anchor){use.inst, IR_NONE};
    AB_CASE_INDEX_MAPS:
        return anchor_of_map(cx, use);
    case INST_BUILD:
    case INST_CONCAT:
    case INST_REDUCE:
    case INST_ARG_REDUCE:
        return (struct anchor){use.inst, use.arg};
    case INST_INSERT:
        return use.arg > 0 ? (struct anchor){use.inst, use.arg} : no_anchor;
    case INST_TAKE:
        return use.arg == 1 && elements_of(cx, user->results.at[0]) ==
                                   elements_of(cx, user->args.at[1])
                   ? (struct anchor){use.inst, use.arg}
                   : no_anchor;
    case INST_CONTRACT:
        return contract_repeats(cx, user, use.arg) <= 1 ? (struct anchor){use.inst, use.arg}
                                                        : no_anchor;
    case INST_CONST:
    case INST_EXTENT:
    case INST_LANE_INDEX:
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        return no_anchor;
    }
    return no_anchor;
}

/* The one place where an operation's elements are needed, each once; or none. */
static struct anchor anchor_of_value(const struct nest_cx *cx, value_id value)
{
    struct anchor anchor = no_anchor;
    for (uint32_t u = cx->first_use[value]; u < cx->first_use[value + 1]; u++) {
        struct anchor at = anchor_of_use(cx, cx->uses[u]);
        bool same = at.inst == anchor.inst && at.arg == anchor.arg;
        if (at.inst == IR_NONE || (u > cx->first_use[value] && !same))
            return no_anchor;
        anchor = at;
    }
    return anchor;
}

/* ---- forms ------------------------------------------------------------------------------------ */

static bool needs_memory(const struct nest_cx *cx, struct tensor_use use)
{
    if (use.inst == IR_NONE)
        return true;
    const struct ir_inst *user = &cx->ir->insts.at[use.inst];
    return user->kind == INST_CALL || user->kind == INST_SHOW ||
           (user->kind == INST_INSERT && use.arg == 0);
}

/* May the value be computed where it is used? `calls[i]`: calls before instruction i of its block. */
static bool uses_allow_fusing(const struct nest_cx *cx, const struct ir_inst *inst, inst_id id,
                              const uint32_t *calls)
{
    value_id value = inst->results.at[0];
    for (uint32_t u = cx->first_use[value]; u < cx->first_use[value + 1]; u++) {
        struct tensor_use use = cx->uses[u];
        if (needs_memory(cx, use))
            return false;
        if (is_free_standing(inst))
            continue;
        if (use.block != cx->block_of[id] ||
            calls[cx->position[use.inst]] != calls[cx->position[id]])
            return false;
    }
    return true;
}

static void find_block_forms(struct nest_cx *cx, block_id b)
{
    const struct ir_block *block = &cx->ir->blocks.at[b];
    uint32_t *calls = ARENA_ARRAY(cx->arena, uint32_t, block->insts.len + 1);
    for (uint32_t i = 0; i < block->insts.len; i++)
        calls[i + 1] = calls[i] + (cx->ir->insts.at[block->insts.at[i]].kind == INST_CALL);
    for (uint32_t i = block->insts.len; i-- > 0;) {
        inst_id id = block->insts.at[i];
        const struct ir_inst *inst = &cx->ir->insts.at[id];
        bool is_op = inst->kind == INST_OP;
        if ((!is_op && !is_index_map(inst)) || !is_tensor(cx, inst->results.at[0]) ||
            !uses_allow_fusing(cx, inst, id, calls))
            continue;
        value_id value = inst->results.at[0];
        if (is_op)
            cx->anchor[value] = anchor_of_value(cx, value);
        if (!is_op || use_count(cx, value) == 0 || cx->anchor[value].inst != IR_NONE)
            cx->nests->form[value] = FORM_FUSED;
    }
}

/* ---- room for inserts to work in place -------------------------------------------------------- */

/* Is it a use by a value that is computed elsewhere? */
static bool is_fused_map(const struct nest_cx *cx, struct tensor_use use)
{
    if (use.inst == IR_NONE)
        return false;
    const struct ir_inst *user = &cx->ir->insts.at[use.inst];
    return user->results.len == 1 && is_fused(cx, user->results.at[0]);
}

/* The last place where a fused value is read. */
static uint32_t last_read(const struct nest_cx *cx, value_id value)
{
    uint32_t last = 0;
    for (uint32_t u = cx->first_use[value]; u < cx->first_use[value + 1]; u++) {
        inst_id user = cx->uses[u].inst;
        uint32_t at = is_fused_map(cx, cx->uses[u])
                          ? last_read(cx, cx->ir->insts.at[user].results.at[0])
                          : cx->position[user];
        last = at > last ? at : last;
    }
    return last;
}

/* Is the tensor needed after place `position` of block `b` whatever becomes of maps of it? */
static bool is_needed_later(const struct nest_cx *cx, const struct liveness *live, value_id value,
                            block_id b, uint32_t position)
{
    for (uint32_t u = cx->first_use[value]; u < cx->first_use[value + 1]; u++) {
        struct tensor_use use = cx->uses[u];
        if (use.block == b && (use.inst == IR_NONE || cx->position[use.inst] > position) &&
            !is_fused_map(cx, use))
            return true;
    }
    return bitset_has(&live->out[b], value);
}

/* Does the insert read the mapped value only where it writes the same element right after? */
static bool is_read_in_place(const struct nest_cx *cx, value_id value, inst_id insert)
{
    const struct ir_inst *inst = &cx->ir->insts.at[insert];
    return is_same_region(cx, value, inst) && use_count(cx, value) > 0 &&
           anchor_of_value(cx, value).inst == insert;
}

/* Old elements that are read after the insert, or by it elsewhere than at their place, are kept aside:
 * fewer than the whole tensor. */
static void make_room(struct nest_cx *cx, const struct liveness *live, block_id b, inst_id insert)
{
    value_id old = cx->ir->insts.at[insert].args.at[0];
    uint32_t position = cx->position[insert];
    if (is_needed_later(cx, live, old, b, position))
        return;
    for (uint32_t u = cx->first_use[old]; u < cx->first_use[old + 1]; u++) {
        if (cx->uses[u].block != b || !is_fused_map(cx, cx->uses[u]))
            continue;
        value_id value = cx->ir->insts.at[cx->uses[u].inst].results.at[0];
        if (last_read(cx, value) >= position && !is_read_in_place(cx, value, insert))
            cx->nests->form[value] = FORM_STORED;
    }
}

static void make_block_room(struct nest_cx *cx, struct liveness *live, block_id b)
{
    const struct ir_block *block = &cx->ir->blocks.at[b];
    for (uint32_t i = 0; i < block->insts.len; i++) {
        if (cx->ir->insts.at[block->insts.at[i]].kind != INST_INSERT)
            continue;
        if (!live->out)
            *live = liveness_of(cx->arena, cx->ir);
        make_room(cx, live, b, block->insts.at[i]);
    }
}

/* ---- nests ------------------------------------------------------------------------------------ */

struct open_nest {
    struct nest_cx *cx;
    uint32_t index;  /* of the nest, or IR_NONE */
    bool reads, elsewhere; /* of the walk: a member, a member at another index */
};

static void note_member(void *user, value_id stored, bool in_place)
{
    struct open_nest *open = user;
    const struct ir_value *v = &open->cx->ir->values.at[stored];
    if (v->kind != VALUE_RESULT || open->cx->nests->nest[v->inst] != open->index)
        return;
    open->reads = true;
    open->elsewhere |= !in_place;
}

static bool ends_nest(const struct nest_cx *cx, struct open_nest *open, inst_id id)
{
    const struct ir_inst *inst = &cx->ir->insts.at[id];
    switch (inst->kind) {
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
    case INST_INSERT:
        return true;
    case INST_CONST:
    case INST_LANE_INDEX:
    case INST_EXTENT:
        return false;
    case INST_OP:
    AB_CASE_INDEX_MAPS:
    case INST_BUILD:
    case INST_CONCAT:
    case INST_TAKE:
    case INST_REDUCE:
    case INST_ARG_REDUCE:
    case INST_CONTRACT:
        break;
    }
    open->reads = false;
    walk_operands(open->cx, id, note_member, open);
    return open->reads;
}

static bool joins_nest(struct open_nest *open, inst_id id)
{
    struct nest_cx *cx = open->cx;
    const struct nest *nest = &cx->nests->nests.at[open->index];
    const struct ir_inst *first = &cx->ir->insts.at[nest->roots.at[0]];
    open->elsewhere = false;
    if (nest->roots.len == MAX_ROOTS ||
        !shape_equal(&cx->ir->values.at[first->results.at[0]].type.shape,
                     &cx->ir->values.at[cx->ir->insts.at[id].results.at[0]].type.shape))
        return false;
    walk_operands(cx, id, note_member, open);
    return !open->elsewhere;
}

static void add_root(struct open_nest *open, block_id b, inst_id id)
{
    struct nests *nests = open->cx->nests;
    if (open->index == IR_NONE || !joins_nest(open, id)) {
        open->index = nests->nests.len;
        vec_add(open->cx->arena, &nests->nests)->block = b;
    }
    vec_push(open->cx->arena, &nests->nests.at[open->index].roots, id);
    nests->nest[id] = open->index;
}

static void find_block_nests(struct nest_cx *cx, block_id b)
{
    const struct ir_block *block = &cx->ir->blocks.at[b];
    struct open_nest open = {.cx = cx, .index = IR_NONE};
    for (uint32_t i = 0; i < block->insts.len; i++) {
        inst_id id = block->insts.at[i];
        const struct ir_inst *inst = &cx->ir->insts.at[id];
        bool has_result = inst->results.len == 1;
        if (has_result && is_fused(cx, inst->results.at[0]))
            continue;
        if (is_root(cx, id))
            add_root(&open, b, id);
        else if (open.index != IR_NONE && ends_nest(cx, &open, id))
            open.index = IR_NONE;
    }
}

/* ---- what only its own nest reads ------------------------------------------------------------- */

/* Is each use at the index of the nest's loop? */
static bool stays_in_nest(const struct nest_cx *cx, value_id value, uint32_t nest)
{
    for (uint32_t u = cx->first_use[value]; u < cx->first_use[value + 1]; u++) {
        if (cx->uses[u].inst == IR_NONE || cx->ir->insts.at[cx->uses[u].inst].kind != INST_OP)
            return false;
        struct anchor at = anchor_of_use(cx, cx->uses[u]);
        if (at.inst == IR_NONE || at.arg != IR_NONE || cx->nests->nest[at.inst] != nest)
            return false;
    }
    return use_count(cx, value) > 0;
}

/* Operations that only later roots of their nest read need no memory. */
static void drop_roots(struct nest_cx *cx, uint32_t index)
{
    struct nest *nest = &cx->nests->nests.at[index];
    for (uint32_t i = nest->roots.len; i-- > 0;) {
        inst_id id = nest->roots.at[i];
        value_id value = cx->ir->insts.at[id].results.at[0];
        if (!stays_in_nest(cx, value, index))
            continue;
        cx->nests->form[value] = FORM_FUSED;
        cx->anchor[value] = (struct anchor){vec_last(&nest->roots), IR_NONE};
        for (uint32_t k = i + 1; k < nest->roots.len; k++)
            nest->roots.at[k - 1] = nest->roots.at[k];
        nest->roots.len--;
    }
    for (uint32_t i = 0; i < nest->roots.len; i++)
        cx->position[nest->roots.at[i]] = cx->position[vec_last(&nest->roots)];
}

void find_forms(struct nest_cx *cx)
{
    for (value_id v = 0; v < cx->ir->values.len; v++)
        cx->nests->form[v] = is_tensor(cx, v) ? FORM_STORED : FORM_SCALAR;
    for (block_id b = 0; b < cx->ir->blocks.len; b++)
        find_block_forms(cx, b);
    struct liveness live = {0};
    for (block_id b = 0; b < cx->ir->blocks.len; b++) {
        make_block_room(cx, &live, b);
        find_block_nests(cx, b);
    }
    for (uint32_t i = 0; i < cx->nests->nests.len; i++)
        drop_roots(cx, i);
    for (inst_id i = 0; i < cx->ir->insts.len; i++)
        if (!is_root(cx, i))
            cx->nests->nest[i] = IR_NONE;
}
