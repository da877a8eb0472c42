/* Calls become the body of the function they call (R22).
 *
 *   func @f(i64) -> (i64) {                    func @f(i64) -> (i64) {
 *   b0(%0: i64):                               b0(%0: i64):
 *       %1: i64 = call @square(%0), #1             %1: i64 = mul %0, %0
 *       %2: i64 = add %1, %0         -->           %2: i64 = add %1, %0
 *       ret %2                                     ret %2
 *   }                                          }
 *
 * What must hold: the callee is in no cycle of calls, so no call of it counts for depth, and a tail
 * call at its end may become a call. Small callees, those with one call site, and those marked
 * @inline go, never those marked @noinline; a program grows to UNIT_LIMIT operations, and no
 * further. A function all of whose calls are gone is dropped, unless it is an entry's. */
#include "pass/copy_body.h"
#include "pass/passes.h"
#include "pass/rewrite.h"

enum { SMALL = 60, UNIT_LIMIT = 6000 };

struct inliner {
    struct ir_prog *prog;
    struct arena *scratch;
    struct callgraph graph;
    uint32_t *size;  /* per function, kept up to date */
    uint32_t *sites; /* per function: calls and tail calls of it in the program */
    bool *is_entry;
    bool *gone;     /* its last call was inlined */
    uint32_t total; /* operations in the program */
    bool changed;
};

static void count_sites(struct inliner *inliner, const struct ir_func *func)
{
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++)
            if (func->insts.at[block->insts.at[i]].kind == INST_CALL)
                inliner->sites[func->insts.at[block->insts.at[i]].callee]++;
        if (block->term.kind == TERM_TAIL)
            inliner->sites[block->term.callee]++;
    }
}

static bool is_only_site(const struct inliner *inliner, func_id callee)
{
    return inliner->sites[callee] == 1 && !inliner->is_entry[callee];
}

static bool is_wanted(const struct inliner *inliner, func_id callee)
{
    const struct ir_func *func = &inliner->prog->funcs.at[callee];
    uint32_t size = inliner->size[callee];
    if (inliner->graph.recursive[callee] || func->inline_wish == INLINE_NEVER)
        return false;
    if (is_only_site(inliner, callee))
        return true;
    return (func->inline_wish == INLINE_ALWAYS || size <= SMALL)
           && inliner->total + size <= UNIT_LIMIT;
}

/* Sizes and sites after a copy of `callee` was put into `caller`. */
static void account(struct inliner *inliner, func_id caller, func_id callee)
{
    inliner->size[caller] += inliner->size[callee];
    if (is_only_site(inliner, callee)) { /* moved: its own calls are as many as before */
        inliner->gone[callee] = true;
    } else {
        inliner->total += inliner->size[callee];
        count_sites(inliner, &inliner->prog->funcs.at[callee]);
    }
    inliner->sites[callee]--;
    inliner->changed = true;
}

/* ---- a call --------------------------------------------------------------------------------- */

/* Cuts a block at a call: what stands behind it moves into a new block, whose parameters are what
 * were the results of the call. */
static block_id split_behind(struct inliner *inliner, struct ir_func *func, block_id id,
                             uint32_t at)
{
    block_id rest = ir_block_new(inliner->prog, func, NULL, func->blocks.at[id].term.loc);
    struct ir_block *block = &func->blocks.at[id], *behind = &func->blocks.at[rest];
    const struct ir_inst *call = &func->insts.at[block->insts.at[at]];
    for (uint32_t i = 0; i < call->results.len; i++) {
        value_id result = call->results.at[i];
        func->values.at[result].kind = VALUE_PARAM;
        func->values.at[result].block = rest;
        func->values.at[result].inst = IR_NONE;
        vec_push(inliner->prog->arena, &behind->params, result);
    }
    for (uint32_t i = at + 1; i < block->insts.len; i++) {
        const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
        vec_push(inliner->prog->arena, &behind->insts, block->insts.at[i]);
        for (uint32_t k = 0; k < inst->results.len; k++)
            func->values.at[inst->results.at[k]].block = rest;
    }
    block->insts.len = at;
    behind->term = block->term;
    block->term = (struct ir_term){.condition = IR_NONE};
    return rest;
}

/* A `ret` of the copy goes on behind the call; a tail call becomes a call before. */
static void return_to(struct inliner *inliner, struct ir_func *func, block_id block, block_id rest,
                      fault_id stack_fault)
{
    struct ir_prog *prog = inliner->prog;
    struct ir_term term = func->blocks.at[block].term;
    if (term.kind == TERM_RET) {
        ir_jmp(prog, func, block, rest, term.args.at, term.args.len);
    } else if (term.kind == TERM_TAIL) {
        inst_id call = ir_call(prog, func, block, term.callee, term.args.at, term.args.len,
                               stack_fault, term.loc);
        const struct ir_inst *inst = &func->insts.at[call];
        ir_jmp(prog, func, block, rest, inst->results.at, inst->results.len);
    }
}

static block_id inline_call(struct inliner *inliner, struct ir_func *func, block_id id, uint32_t at)
{
    struct ir_prog *prog = inliner->prog;
    const struct ir_inst call = func->insts.at[func->blocks.at[id].insts.at[at]];
    block_id rest = split_behind(inliner, func, id, at);
    struct body_copy copy = copy_body(prog, func, &prog->funcs.at[call.callee]);
    ir_jmp(prog, func, id, copy.first, call.args.at, call.args.len);
    for (uint32_t i = 0; i < copy.count; i++)
        return_to(inliner, func, copy.first + i, rest, call.fault);
    return rest;
}

/* ---- functions ------------------------------------------------------------------------------ */

static void inline_into(struct inliner *inliner, func_id caller)
{
    struct ir_func *func = &inliner->prog->funcs.at[caller];
    VEC(block_id)
    work = {0}; /* copies are not looked at: what is left in them was left on purpose */
    for (block_id id = func->blocks.len; id-- > 0;)
        vec_push(inliner->scratch, &work, id);
    while (work.len) {
        block_id id = vec_pop(&work);
        for (uint32_t i = 0; i < func->blocks.at[id].insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[func->blocks.at[id].insts.at[i]];
            if (inst->kind != INST_CALL || !is_wanted(inliner, inst->callee))
                continue;
            func_id callee = inst->callee;
            vec_push(inliner->scratch, &work, inline_call(inliner, func, id, i));
            account(inliner, caller, callee);
            break;
        }
        const struct ir_term term = func->blocks.at[id].term;
        if (term.kind != TERM_TAIL || !is_wanted(inliner, term.callee))
            continue;
        struct body_copy copy =
            copy_body(inliner->prog, func, &inliner->prog->funcs.at[term.callee]);
        ir_jmp(inliner->prog, func, id, copy.first, term.args.at, term.args.len);
        account(inliner, caller, term.callee);
    }
}

bool pass_inline(struct pass_cx *cx, struct ir_prog *prog)
{
    uint32_t count = prog->funcs.len;
    struct inliner inliner = {.prog = prog,
                              .scratch = cx->scratch,
                              .graph = callgraph_of(cx->scratch, prog),
                              .size = ARENA_ARRAY(cx->scratch, uint32_t, count),
                              .sites = ARENA_ARRAY(cx->scratch, uint32_t, count),
                              .is_entry = ARENA_ARRAY(cx->scratch, bool, count),
                              .gone = ARENA_ARRAY(cx->scratch, bool, count)};
    for (func_id id = 0; id < count; id++) {
        inliner.size[id] = body_size(&prog->funcs.at[id]);
        inliner.total += inliner.size[id];
        count_sites(&inliner, &prog->funcs.at[id]);
    }
    for (uint32_t i = 0; i < prog->entries.len; i++)
        inliner.is_entry[prog->entries.at[i].func] = true;
    for (uint32_t i = 0; i < count; i++)
        inline_into(&inliner, inliner.graph.order[i]);
    bool *keep = ARENA_ARRAY(cx->scratch, bool, count);
    for (func_id id = 0; id < count; id++)
        keep[id] = !inliner.gone[id];
    if (inliner.changed)
        prog_keep_funcs(prog, keep);
    return inliner.changed;
}
