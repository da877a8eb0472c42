/* Two counted loops one after the other that run the same rounds become one: what both load or compute
 * of a row is then loaded and computed once (by cse).
 *
 *   h1 loop(%i, %s):  br %i < %n ? b1 : e               h1 loop(%i, %s, %t):  br %i < %n ? b1 : e
 *   b1: ..; jmp h1(%i + 1, ..)                          b1: ..; ..; jmp h1(%i + 1, .., ..)
 *   e:  jmp h2(0, ..)                            -->    e:  jmp x
 *   h2 loop(%j, %t):  br %j < %n ? b2 : x
 *   b2: ..; jmp h2(%j + 1, ..)
 *
 * What must hold: nothing of the second loop, of what it begins with and of its bound comes from the
 * first; between them nothing has an effect, and only one of them may fault. */
#include "pass/passes.h"
#include "pass/rewrite.h"

struct counted {
    block_id before, header, body, exit;
    uint32_t counter; /* which parameter of the header */
    value_id condition, start, stop;
    uint32_t checks;
};

struct fuser {
    struct arena *scratch;
    struct ir_prog *prog;
    struct ir_func *func;
    struct cfg cfg;
    struct loops loops;
};

static const struct ir_inst *definition(const struct ir_func *func, value_id value)
{
    const struct ir_value *info = &func->values.at[value];
    return info->kind == VALUE_RESULT ? &func->insts.at[info->inst] : NULL;
}

/* ---- loops of two blocks ------------------------------------------------------------- */

/* False if an instruction has an effect other than a check. */
static bool count_checks(const struct ir_func *func, block_id block, uint32_t *checks)
{
    const struct ir_block *info = &func->blocks.at[block];
    for (uint32_t i = 0; i < info->insts.len; i++) {
        enum inst_kind kind = func->insts.at[info->insts.at[i]].kind;
        if (kind == INST_CALL || kind == INST_SHOW)
            return false;
        *checks += kind == INST_CHECK;
    }
    return !info->is_sync;
}

static bool is_known(const struct ir_func *func, value_id value)
{
    const struct ir_inst *inst = definition(func, value);
    return inst && (inst->kind == INST_CONST || inst->kind == INST_EXTENT);
}

static bool is_one(const struct ir_func *func, value_id value)
{
    const struct ir_inst *inst = definition(func, value);
    return inst && inst->kind == INST_CONST && inst->constant.u == 1;
}

/* The counter goes up by one from round to round. */
static bool counts_up(const struct ir_func *func, const struct counted *loop)
{
    value_id counter = func->blocks.at[loop->header].params.at[loop->counter];
    value_id next = func->blocks.at[loop->body].term.edges[0].args.at[loop->counter];
    const struct ir_inst *inst = definition(func, next);
    return inst && inst->kind == INST_OP && inst->op == OP_add && inst->args.at[0] == counter
           && is_one(func, inst->args.at[1]);
}

static bool read_condition(const struct ir_func *func, struct counted *loop)
{
    const struct ir_block *header = &func->blocks.at[loop->header];
    loop->condition = header->term.condition;
    const struct ir_inst *inst = definition(func, loop->condition);
    if (!inst || inst->kind != INST_OP || inst->op != OP_lt)
        return false;
    loop->stop = inst->args.at[1];
    for (loop->counter = 0; loop->counter < header->params.len; loop->counter++)
        if (header->params.at[loop->counter] == inst->args.at[0])
            return func->values.at[loop->stop].block != loop->header
                   || is_known(func, loop->stop);
    return false;
}

/* Where a loop of a header and one block is entered; false: it is another kind of loop. */
static bool read_loop(const struct fuser *fuser, block_id header, struct counted *loop)
{
    const struct ir_func *func = fuser->func;
    const struct loop *info = loop_at(&fuser->loops, header);
    const struct ir_block *block = &func->blocks.at[header];
    const struct cfg_block *place = &fuser->cfg.blocks[header];
    if (!info || info->end != header + 2 || info->latches.len != 1 || place->preds.len != 2
        || block->term.kind != TERM_BR)
        return false;
    *loop = (struct counted){.header = header, .body = block->term.edges[0].to,
                             .exit = block->term.edges[1].to};
    bool first = place->preds.at[0] == loop->body;
    loop->before = place->preds.at[first ? 1 : 0];
    if (info->latches.at[0] != loop->body || loop->body != header + 1
        || func->blocks.at[loop->before].term.kind != TERM_JMP
        || func->blocks.at[loop->body].term.kind != TERM_JMP
        || block->term.edges[0].args.len > 0 || block->term.edges[1].args.len > 0)
        return false;
    uint32_t in_header = 0;
    if (!count_checks(func, header, &in_header) || in_header > 0
        || !count_checks(func, loop->body, &loop->checks) || !read_condition(func, loop))
        return false;
    loop->start = func->blocks.at[loop->before].term.edges[0].args.at[loop->counter];
    return counts_up(func, loop);
}

/* ---- may they be one? ---------------------------------------------------------------- */

static bool is_same(const struct ir_func *func, value_id a, value_id b)
{
    const struct ir_inst *x = definition(func, a), *y = definition(func, b);
    if (a == b)
        return true;
    if (!x || !y || x->kind != y->kind || !type_equal(&func->values.at[a].type, &func->values.at[b].type))
        return false;
    if (x->kind == INST_EXTENT)
        return x->symbol == y->symbol;
    return x->kind == INST_CONST && !func->values.at[a].type.shape.rank
           && x->constant.u == y->constant.u;
}

/* What is computed from the first loop, in it and between the two. */
struct dependents {
    struct bitset values;
    bool found;
};

static void look_up(void *user, value_id *use)
{
    struct dependents *dependents = user;
    dependents->found |= bitset_has(&dependents->values, *use);
}

static bool depends(const struct ir_func *func, block_id block, struct dependents *on)
{
    const struct ir_block *info = &func->blocks.at[block];
    on->found = false;
    for (uint32_t i = 0; i < info->insts.len; i++)
        for_each_use_in_inst(&func->insts.at[info->insts.at[i]], look_up, on);
    for_each_use_in_term(&func->blocks.at[block].term, look_up, on);
    return on->found;
}

static void add_results(const struct ir_func *func, block_id block, struct dependents *to)
{
    const struct ir_block *info = &func->blocks.at[block];
    for (uint32_t i = 0; i < info->params.len; i++)
        bitset_add(&to->values, info->params.at[i]);
    for (uint32_t i = 0; i < info->insts.len; i++) {
        const struct ir_inst *inst = &func->insts.at[info->insts.at[i]];
        for (uint32_t k = 0; k < inst->results.len; k++)
            bitset_add(&to->values, inst->results.at[k]);
    }
}

/* Of the block between them: each instruction that needs the first loop. */
static void add_between(const struct ir_func *func, block_id between, struct dependents *to)
{
    const struct ir_block *info = &func->blocks.at[between];
    for (uint32_t i = 0; i < info->insts.len; i++) {
        struct ir_inst *inst = &func->insts.at[info->insts.at[i]];
        to->found = false;
        for_each_use_in_inst(inst, look_up, to);
        for (uint32_t k = 0; to->found && k < inst->results.len; k++)
            bitset_add(&to->values, inst->results.at[k]);
    }
}

static bool may_fuse(const struct fuser *fuser, const struct counted *first,
                     const struct counted *second, struct dependents *on_first)
{
    const struct ir_func *func = fuser->func;
    uint32_t checks = 0;
    if (second->before != first->exit || fuser->cfg.blocks[first->exit].preds.len != 1
        || !count_checks(func, first->exit, &checks) || checks > 0
        || (first->checks > 0 && second->checks > 0)
        || !is_same(func, first->start, second->start)
        || !is_same(func, first->stop, second->stop))
        return false;
    on_first->values = bitset_new(fuser->scratch, func->values.len);
    add_results(func, first->header, on_first);
    add_results(func, first->body, on_first);
    add_between(func, first->exit, on_first);
    on_first->found = false;
    for_each_use_in_term(&fuser->func->blocks.at[first->exit].term, look_up, on_first);
    return !on_first->found && !depends(func, second->header, on_first)
           && !depends(func, second->body, on_first);
}

/* ---- one of two ---------------------------------------------------------------------- */

static void append(const struct fuser *fuser, inst_id inst, block_id to)
{
    struct ir_func *func = fuser->func;
    vec_push(fuser->prog->arena, &func->blocks.at[to].insts, inst);
    for (uint32_t k = 0; k < func->insts.at[inst].results.len; k++)
        func->values.at[func->insts.at[inst].results.at[k]].block = to;
}

static void append_all(const struct fuser *fuser, block_id from, block_id to)
{
    struct ir_func *func = fuser->func;
    for (uint32_t i = 0; i < func->blocks.at[from].insts.len; i++)
        append(fuser, func->blocks.at[from].insts.at[i], to);
    func->blocks.at[from].insts.len = 0;
}

/* What the second loop needs of the block between goes in front of both. */
static void hoist_between(const struct fuser *fuser, const struct counted *first,
                          struct dependents *on_first)
{
    struct ir_func *func = fuser->func;
    struct ir_block *between = &func->blocks.at[first->exit];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < between->insts.len; i++) {
        inst_id inst = between->insts.at[i];
        on_first->found = false;
        for_each_use_in_inst(&func->insts.at[inst], look_up, on_first);
        if (on_first->found)
            between->insts.at[kept++] = inst;
        else
            append(fuser, inst, first->before);
    }
    between->insts.len = kept;
}

static void fuse(const struct fuser *fuser, const struct counted *first,
                 const struct counted *second, struct dependents *on_first)
{
    struct ir_func *func = fuser->func;
    struct arena *arena = fuser->prog->arena;
    hoist_between(fuser, first, on_first);
    uint32_t count = func->blocks.at[second->header].params.len;
    value_id *now = ARENA_ARRAY(fuser->scratch, value_id, count);
    for (uint32_t i = 0; i < count; i++) {
        struct ir_value was = func->values.at[func->blocks.at[second->header].params.at[i]];
        if (i == second->counter) {
            now[i] = func->blocks.at[first->header].params.at[first->counter];
            continue;
        }
        now[i] = ir_param_new(fuser->prog, func, first->header, was.type, was.hint, was.loc);
        vec_push(arena, &func->blocks.at[first->before].term.edges[0].args,
                 func->blocks.at[first->exit].term.edges[0].args.at[i]);
        vec_push(arena, &func->blocks.at[first->body].term.edges[0].args,
                 func->blocks.at[second->body].term.edges[0].args.at[i]);
    }
    append_all(fuser, second->header, first->header);
    append_all(fuser, second->body, first->body);
    ir_jmp(fuser->prog, func, first->exit, second->exit, NULL, 0);
    /* Nothing leads to the second loop any more; it stays sound until it is removed. */
    ir_jmp(fuser->prog, func, second->header, second->header,
           func->blocks.at[second->header].params.at, count);
    ir_jmp(fuser->prog, func, second->body, second->exit, NULL, 0);
    struct rewrite rewrite = rewrite_new(fuser->scratch, func);
    for (uint32_t i = 0; i < count; i++)
        rewrite_replace(&rewrite, func->blocks.at[second->header].params.at[i], now[i]);
    rewrite_apply(&rewrite);
}

static bool fuse_one(struct pass_cx *cx, struct ir_prog *prog, struct ir_func *func)
{
    struct fuser fuser = {.scratch = cx->scratch, .prog = prog, .func = func};
    fuser.cfg = cfg_of(cx->scratch, func);
    fuser.loops = loops_of(cx->scratch, func, &fuser.cfg);
    for (uint32_t i = 0; i < fuser.loops.list.len; i++) {
        struct counted first, second;
        struct dependents on_first;
        if (!read_loop(&fuser, fuser.loops.list.at[i].header, &first)
            || func->blocks.at[first.exit].term.kind != TERM_JMP
            || !read_loop(&fuser, func->blocks.at[first.exit].term.edges[0].to, &second)
            || !may_fuse(&fuser, &first, &second, &on_first))
            continue;
        fuse(&fuser, &first, &second, &on_first);
        return true;
    }
    return false;
}

bool pass_fuse_loops(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++)
        while (fuse_one(cx, prog, &prog->funcs.at[id])) {
            changed = true;
            ir_tidy(prog);
        }
    return changed;
}
