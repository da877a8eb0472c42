/* Tail calls in a cycle become jumps, so that C needs no guarantee about them (R21).
 *
 * A function that tail calls itself becomes a loop:
 *
 *   b0(%n.0: i64, %acc.1: i64):                b0(%n.0: i64, %acc.1: i64):
 *       ...                                        jmp b1(%n.0, %acc.1)
 *   b2:                              -->       b1 loop(%n.2: i64, %acc.3: i64):
 *       tail @sum(%5, %6)                          ...
 *                                              b3:
 *                                                  jmp b1(%5, %6)
 *
 * Functions that tail call each other become one, @even.merged(i32, i64): a loop whose header has a
 * selector, which says whose body is to run, and slots, which the parameters of all of them share
 * by type. Calls of the members from anywhere become calls of it; members that are entries stay as
 * wrappers with a tail call.
 *
 * What must hold: depth counts the unfinished calls within a cycle of the call graph, and tail
 * calls add none. All members are in one cycle, which the merged function takes their place in, so
 * every call that counted still does, and no other. */
#include "pass/constants.h"
#include "pass/copy_body.h"
#include "pass/passes.h"
#include "pass/rewrite.h"

#include <string.h>

/* ---- one function --------------------------------------------------------------------------- */

/* Jumps to the entry block; ir_tidy puts a new entry before it. */
static bool loop_on_itself(struct ir_prog *prog, func_id id)
{
    struct ir_func *func = &prog->funcs.at[id];
    bool changed = false;
    for (block_id block = 0; block < func->blocks.len; block++) {
        const struct ir_term term = func->blocks.at[block].term;
        if (term.kind != TERM_TAIL || term.callee != id)
            continue;
        ir_jmp(prog, func, block, 0, term.args.at, term.args.len);
        func->blocks.at[block].term.loc = term.loc;
        func->blocks.at[0].is_loop = true;
        changed = true;
    }
    return changed;
}

/* ---- several functions ---------------------------------------------------------------------- */

struct group {
    struct ir_prog *prog;
    struct arena *scratch;
    VEC(func_id) members; /* ascending */
    VEC(struct type) slots;
    VEC(uint32_t) * slot_of; /* per member: the slot of each parameter */
    func_id merged;
};

static uint32_t member_index(const struct group *group, func_id id)
{
    for (uint32_t i = 0; i < group->members.len; i++)
        if (group->members.at[i] == id)
            return i;
    return IR_NONE;
}

/* The n-th parameter of a type goes to the n-th slot of that type. */
static void assign_slots(struct group *group)
{
    group->slot_of = arena_alloc(group->scratch, sizeof *group->slot_of * group->members.len);
    for (uint32_t m = 0; m < group->members.len; m++) {
        const struct ir_func *func = &group->prog->funcs.at[group->members.at[m]];
        for (uint32_t i = 0; i < func->params.len; i++) {
            uint32_t slot = 0, wanted = 0;
            for (uint32_t k = 0; k < i; k++)
                wanted += type_equal(&func->params.at[k], &func->params.at[i]);
            for (; slot < group->slots.len; slot++)
                if (type_equal(&group->slots.at[slot], &func->params.at[i]) && wanted-- == 0)
                    break;
            if (slot == group->slots.len)
                vec_push(group->scratch, &group->slots, func->params.at[i]);
            vec_push(group->scratch, &group->slot_of[m], slot);
        }
    }
}

static bool is_taken(const struct ir_prog *prog, const char *text)
{
    for (func_id id = 0; id < prog->funcs.len; id++)
        if (!strcmp(prog->funcs.at[id].name, text))
            return true;
    return false;
}

static void make_merged(struct group *group)
{
    struct ir_prog *prog = group->prog;
    const struct ir_func first = prog->funcs.at[group->members.at[0]];
    const char *text = arena_printf(group->scratch, "%s.merged", first.name);
    for (uint32_t i = 2; is_taken(prog, text); i++)
        text = arena_printf(group->scratch, "%s.merged%u", first.name, i);
    group->merged = ir_func_new(prog, text, first.loc);
    struct ir_func *merged = &prog->funcs.at[group->merged];
    vec_push(prog->arena, &merged->params, type_scalar(DT_I32));
    for (uint32_t i = 0; i < group->slots.len; i++)
        vec_push(prog->arena, &merged->params, group->slots.at[i]);
    for (uint32_t i = 0; i < first.results.len; i++)
        vec_push(prog->arena, &merged->results, first.results.at[i]);
    merged->cycle = first.cycle;
    for (uint32_t i = 0; i < group->members.len; i++)
        if (prog->funcs.at[group->members.at[i]].inline_wish == INLINE_NEVER)
            merged->inline_wish = INLINE_NEVER;
}

static value_id selector_const(struct ir_prog *prog, struct ir_func *func, block_id block,
                               uint32_t member, struct loc loc)
{
    return ir_const(prog, func, block, DT_I32, (union scalar){.i = member}, loc);
}

/* The arguments of the merged function for a call of a member: selector, slots in use, zeros. New
 * constants go to the end of the block. */
struct arguments {
    VEC(value_id) list;
};

static struct arguments merged_args(const struct group *group, struct ir_func *func, block_id block,
                                    uint32_t member, const value_id *args, uint32_t count,
                                    struct loc loc)
{
    struct ir_prog *prog = group->prog;
    struct arguments all = {0};
    value_id *in_slot = ARENA_ARRAY(group->scratch, value_id, group->slots.len);
    for (uint32_t slot = 0; slot < group->slots.len; slot++)
        in_slot[slot] = IR_NONE;
    for (uint32_t i = 0; i < count; i++)
        in_slot[group->slot_of[member].at[i]] = args[i];
    vec_push(group->scratch, &all.list, selector_const(prog, func, block, member, loc));
    for (uint32_t slot = 0; slot < group->slots.len; slot++) {
        union scalar zero;
        memset(&zero, 0, sizeof zero);
        if (in_slot[slot] == IR_NONE)
            in_slot[slot] = constant_new(prog, func, block, group->slots.at[slot], zero, loc);
        vec_push(group->scratch, &all.list, in_slot[slot]);
    }
    return all;
}

/* Block 0 is the loop; a chain of comparisons of the selector leads to the bodies, the last one to
 * what is left. */
static void dispatch(const struct group *group, const struct body_copy *bodies)
{
    struct ir_prog *prog = group->prog;
    struct ir_func *merged = &prog->funcs.at[group->merged];
    struct type truth = type_scalar(DT_BOOL);
    block_id at = 0;
    for (uint32_t m = 0; m < group->members.len; m++) {
        VEC(value_id) args = {0};
        for (uint32_t i = 0; i < group->slot_of[m].len; i++)
            vec_push(group->scratch, &args,
                     merged->blocks.at[0].params.at[1 + group->slot_of[m].at[i]]);
        if (m + 1 == group->members.len) {
            ir_jmp(prog, merged, at, bodies[m].first, args.at, args.len);
            break;
        }
        value_id operands[2] = {merged->blocks.at[0].params.at[0]};
        operands[1] = selector_const(prog, merged, at, m, merged->loc);
        value_id is_it = ir_op(prog, merged, at, OP_eq, truth, operands, 2, merged->loc);
        block_id others = ir_block_new(prog, merged, NULL, merged->loc);
        ir_br(prog, merged, at, is_it, bodies[m].first, others, merged->loc);
        struct ir_edge *edge = &merged->blocks.at[at].term.edges[0];
        for (uint32_t i = 0; i < args.len; i++)
            vec_push(prog->arena, &edge->args, args.at[i]);
        at = others;
    }
}

/* The name of the first parameter that goes to a slot. */
static name slot_hint(const struct group *group, uint32_t slot)
{
    for (uint32_t m = 0; m < group->members.len; m++) {
        const struct ir_func *func = &group->prog->funcs.at[group->members.at[m]];
        for (uint32_t i = 0; i < group->slot_of[m].len; i++)
            if (group->slot_of[m].at[i] == slot)
                return func->values.at[func->blocks.at[0].params.at[i]].hint;
    }
    return NULL;
}

static void fill_merged(struct group *group)
{
    struct ir_prog *prog = group->prog;
    struct ir_func *merged = &prog->funcs.at[group->merged];
    ir_block_new(prog, merged, NULL, merged->loc);
    merged->blocks.at[0].is_loop = true;
    for (uint32_t i = 0; i < merged->params.len; i++) {
        name hint = i ? slot_hint(group, i - 1) : name_of_text(prog->names, "selector");
        ir_param_new(prog, merged, 0, merged->params.at[i], hint, merged->loc);
    }
    struct body_copy *bodies = ARENA_ARRAY(group->scratch, struct body_copy, group->members.len);
    for (uint32_t m = 0; m < group->members.len; m++) {
        const struct ir_func *member = &prog->funcs.at[group->members.at[m]];
        bodies[m] = copy_body(prog, merged, member);
        struct ir_block *entry = &merged->blocks.at[bodies[m].first];
        if (!entry->hint)
            entry->hint = member->name;
    }
    dispatch(group, bodies);
}

/* Tail calls of members become jumps to the loop in the merged function, tail calls of it
 * elsewhere; calls become calls of it. */
static void redirect_block(const struct group *group, func_id in, block_id id)
{
    struct ir_prog *prog = group->prog;
    struct ir_func *func = &prog->funcs.at[in];
    struct ir_block *block = &func->blocks.at[id];
    const inst_id *old = block->insts.at;
    uint32_t count = block->insts.len;
    block->insts.at = NULL; /* filled anew, with constants in front of calls */
    block->insts.len = block->insts.cap = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ir_inst call = func->insts.at[old[i]];
        uint32_t member = call.kind == INST_CALL ? member_index(group, call.callee) : IR_NONE;
        if (member != IR_NONE) {
            struct arguments args =
                merged_args(group, func, id, member, call.args.at, call.args.len, call.loc);
            struct ir_inst *changed = &func->insts.at[old[i]];
            changed->callee = group->merged;
            changed->args.len = 0;
            for (uint32_t k = 0; k < args.list.len; k++)
                vec_push(prog->arena, &changed->args, args.list.at[k]);
        }
        vec_push(prog->arena, &block->insts, old[i]);
    }
    const struct ir_term term = func->blocks.at[id].term;
    uint32_t member = term.kind == TERM_TAIL ? member_index(group, term.callee) : IR_NONE;
    if (member == IR_NONE)
        return;
    struct arguments args =
        merged_args(group, func, id, member, term.args.at, term.args.len, term.loc);
    if (in == group->merged) {
        ir_jmp(prog, func, id, 0, args.list.at, args.list.len);
        func->blocks.at[id].term.loc = term.loc;
    } else {
        ir_tail(prog, func, id, group->merged, args.list.at, args.list.len, term.loc);
    }
}

/* The body of a member becomes a tail call of the merged function. */
static void make_wrapper(const struct group *group, uint32_t member)
{
    struct ir_prog *prog = group->prog;
    struct ir_func *func = &prog->funcs.at[group->members.at[member]];
    struct loc loc = func->loc;
    name *hints = ARENA_ARRAY(group->scratch, name, func->params.len);
    for (uint32_t i = 0; i < func->params.len; i++)
        hints[i] = func->values.at[func->blocks.at[0].params.at[i]].hint;
    func->blocks.len = func->values.len = func->insts.len = 0;
    ir_block_new(prog, func, NULL, loc);
    for (uint32_t i = 0; i < func->params.len; i++)
        ir_param_new(prog, func, 0, func->params.at[i], hints[i], loc);
    const struct ir_block *entry = &func->blocks.at[0];
    struct arguments args =
        merged_args(group, func, 0, member, entry->params.at, entry->params.len, loc);
    ir_tail(prog, func, 0, group->merged, args.list.at, args.list.len, loc);
}

static void merge_group(struct group *group)
{
    struct ir_prog *prog = group->prog;
    assign_slots(group);
    make_merged(group);
    fill_merged(group);
    for (uint32_t m = 0; m < group->members.len; m++)
        make_wrapper(group, m);
    for (func_id id = 0; id < prog->funcs.len; id++) {
        bool is_wrapper = member_index(group, id) != IR_NONE;
        for (block_id block = 0; !is_wrapper && block < prog->funcs.at[id].blocks.len; block++)
            redirect_block(group, id, block);
    }
}

/* ---- program -------------------------------------------------------------------------------- */

static bool tail_calls_itself(const struct callgraph *tails, func_id id)
{
    for (uint32_t i = 0; i < tails->callees[id].len; i++)
        if (tails->callees[id].at[i] == id)
            return true;
    return false;
}

/* Members that no entry names are called by nobody any more. */
static void drop_members(struct arena *scratch, struct ir_prog *prog, const bool *is_member)
{
    bool *keep = ARENA_ARRAY(scratch, bool, prog->funcs.len);
    for (func_id id = 0; id < prog->funcs.len; id++)
        keep[id] = !is_member[id];
    for (uint32_t i = 0; i < prog->entries.len; i++)
        keep[prog->entries.at[i].func] = true;
    prog_keep_funcs(prog, keep);
}

bool pass_merge_tail(struct pass_cx *cx, struct ir_prog *prog)
{
    struct callgraph tails = callgraph_of_tails(cx->scratch, prog);
    uint32_t count = prog->funcs.len; /* merged functions come behind */
    /* At most one new function for two old ones. */
    bool *is_member = ARENA_ARRAY(cx->scratch, bool, count + count / 2);
    bool changed = false, merged = false;
    for (uint32_t i = 0; i < count;) {
        struct group group = {.prog = prog, .scratch = cx->scratch};
        uint32_t scc = tails.scc[tails.order[i]];
        for (; i < count && tails.scc[tails.order[i]] == scc; i++)
            vec_push(cx->scratch, &group.members, tails.order[i]);
        func_id first = group.members.at[0];
        if (group.members.len == 1) {
            changed |= tail_calls_itself(&tails, first) && loop_on_itself(prog, first);
        } else {
            merge_group(&group);
            for (uint32_t m = 0; m < group.members.len; m++)
                is_member[group.members.at[m]] = true;
            changed = merged = true;
        }
    }
    if (merged)
        drop_members(cx->scratch, prog, is_member);
    return changed;
}
