/* Tail calls are a guarantee of the language (L4, R21), so this pass always runs, and it is the only
 * one that makes them: an optimisation that did would change the depth of recursion. For the same
 * reason it takes only calls that are marked: those the program writes as tail calls.
 *
 *   b2:                                        b2:
 *       %5: i64 = call @f(%3), #1 tail             tail @f(%3)
 *       jmp b3(%5)
 *   b3(%6: i64):                 -->           b3(%6: i64):
 *       ret %6                                     ret %6
 *
 * What must hold: the call is the last instruction of its block, and behind it stand only jumps to
 * a `ret` that returns the results of the call, all of them and in order. Another instruction in
 * between, or a result from elsewhere, leaves it a call: under a budget, the call of a function that
 * takes no steps, which is in no cycle with its caller. No mark is left: it tells about the program
 * as it was written. */
#include "pass/passes.h"

/* Blocks behind the call that hold a jump only, and the one with the `ret` last. */
struct way {
    block_id *blocks;
    uint32_t count;
};

/* The way from the end of `from` to a `ret` through blocks without instructions; false: none. */
static bool find_way(const struct ir_func *func, block_id from, struct way *way)
{
    way->count = 0;
    for (block_id at = from; way->count < func->blocks.len;) {
        way->blocks[way->count++] = at;
        const struct ir_term *term = &func->blocks.at[at].term;
        if (term->kind != TERM_JMP)
            return term->kind == TERM_RET;
        at = term->edges[0].to;
        if (func->blocks.at[at].insts.len)
            return false;
    }
    return false; /* a ring of jumps */
}

/* What a value used at the end of the way is at its beginning. */
static value_id at_start(const struct ir_func *func, const struct way *way, value_id value)
{
    for (uint32_t i = way->count; --i;) {
        const struct ir_value *info = &func->values.at[value];
        const struct ir_term *before = &func->blocks.at[way->blocks[i - 1]].term;
        if (info->kind == VALUE_PARAM && info->block == way->blocks[i])
            value = before->edges[0].args.at[info->index];
    }
    return value;
}

static bool returns_results(const struct ir_func *func, const struct way *way,
                            const struct ir_inst *call)
{
    const struct ir_term *ret = &func->blocks.at[way->blocks[way->count - 1]].term;
    if (ret->args.len != call->results.len)
        return false;
    for (uint32_t i = 0; i < ret->args.len; i++)
        if (at_start(func, way, ret->args.at[i]) != call->results.at[i])
            return false;
    return true;
}

static bool mark_block(struct ir_prog *prog, struct ir_func *func, block_id id, struct way *way)
{
    struct ir_block *block = &func->blocks.at[id];
    const struct ir_inst *last = NULL;
    bool changed = false;
    for (uint32_t i = 0; i < block->insts.len; i++) {
        struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
        last = inst->is_tail ? inst : NULL;
        changed |= inst->is_tail;
        inst->is_tail = false;
    }
    if (!last || !find_way(func, id, way) || !returns_results(func, way, last))
        return changed;
    block->insts.len--;
    ir_tail(prog, func, id, last->callee, last->args.at, last->args.len, last->loc);
    return true;
}

bool pass_mark_tail(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        struct ir_func *func = &prog->funcs.at[id];
        struct way way = {.blocks = ARENA_ARRAY(cx->scratch, block_id, func->blocks.len)};
        for (block_id block = 0; block < func->blocks.len; block++)
            changed |= mark_block(prog, func, block, &way);
    }
    return changed;
}
