/* Index maps go to their users, so that nobody needs memory for one.
 *
 *   b0(%a.0: f64[2, 3], %c.1: bool):           b0(%a.0: f64[2, 3], %c.1: bool):
 *       %2: f64[3, 2] = transpose %a.0, (1, 0)     br %c.1, b1, b2
 *       br %c.1, b1, b2              -->       b1:
 *   b1:                                            %2: f64[3, 2] = transpose %a.0, (1, 0)
 *       %3: f64 = reduce add %2, axes (0, 1)       %3: f64 = reduce add %2, axes (0, 1)
 *
 * Behind it all uses of a tensor that is an index map stand in its block, with no call between:
 * what plan/nests.h relies on. A map of a map is repeated with it. What nobody uses any more goes.
 *
 * What must hold: the repetition stands where the first one dominates it, so an index that was
 * checked is still checked before. */
#include "ir/tensor.h"
#include "pass/passes.h"
#include "pass/rewrite.h"

struct sink {
    struct ir_prog *prog;
    struct arena *scratch;
    struct ir_func *func;
    block_id block; /* that is filled anew */
    uint32_t piece; /* number of the run of instructions without a call, unique in the function */
    uint32_t *piece_of; /* per value: of an index map or its latest copy; 0: not met yet */
    value_id *copy;     /* per value: itself or its latest copy */
    uint32_t size;      /* values at the start */
    bool changed;
};

static bool is_map(const struct ir_func *func, value_id value)
{
    const struct ir_value *info = &func->values.at[value];
    return info->type.shape.rank && info->kind == VALUE_RESULT
           && ir_inst_is_index_map(&func->insts.at[info->inst]);
}

static void enter(struct sink *sink, value_id value, value_id copy)
{
    sink->piece_of[value] = sink->piece;
    sink->copy[value] = copy;
}

/* A chain of maps is as long as the text makes it, so this does not recurse: the maps that are
 * missing in this piece, each in front of its operand. */
static value_id local(struct sink *sink, value_id value)
{
    VEC(value_id) missing = {0};
    struct ir_func *func = sink->func;
    value_id at = value;
    while (at < sink->size && is_map(func, at) && sink->piece_of[at] != sink->piece) {
        const struct ir_inst *inst = &func->insts.at[func->values.at[at].inst];
        vec_push(sink->scratch, &missing, at);
        if (!inst->args.len)
            break;
        at = inst->args.at[0]; /* other operands are scalars */
    }
    while (missing.len) {
        value_id old = vec_pop(&missing);
        const struct ir_value info = func->values.at[old];
        const struct ir_inst row = func->insts.at[info.inst];
        struct ir_inst *made = ir_inst_new(sink->prog, func, sink->block, row.kind, info.type,
                                           row.args.at, row.args.len, row.loc);
        const struct ir_inst fresh = *made;
        *made = ir_inst_copy(sink->prog->arena, &row);
        made->args = fresh.args;
        made->results = fresh.results;
        if (made->args.len && made->args.at[0] < sink->size && is_map(func, made->args.at[0]))
            made->args.at[0] = sink->copy[made->args.at[0]];
        func->values.at[fresh.results.at[0]].hint = info.hint;
        enter(sink, old, fresh.results.at[0]);
        sink->changed = true;
    }
    return value < sink->size && is_map(func, value) ? sink->copy[value] : value;
}

static void visit_use(void *user, value_id *use)
{
    *use = local(user, *use);
}

static void visit_inst(struct sink *sink, inst_id id)
{
    struct ir_func *func = sink->func;
    for (uint32_t i = 0; i < func->insts.at[id].args.len; i++) {
        value_id by = local(sink, func->insts.at[id].args.at[i]);
        func->insts.at[id].args.at[i] = by;
    }
    const struct ir_inst *inst = &func->insts.at[id];
    vec_push(sink->prog->arena, &func->blocks.at[sink->block].insts, id);
    if (inst->kind == INST_CALL)
        sink->piece++;
    if (inst->results.len == 1 && is_map(func, inst->results.at[0]))
        enter(sink, inst->results.at[0], inst->results.at[0]);
}

static void visit_block(struct sink *sink, block_id id)
{
    struct ir_block *block = &sink->func->blocks.at[id];
    const inst_id *old = block->insts.at;
    uint32_t count = block->insts.len;
    block->insts.at = NULL;
    block->insts.len = block->insts.cap = 0;
    sink->block = id;
    sink->piece++;
    for (uint32_t i = 0; i < count; i++)
        visit_inst(sink, old[i]);
    for_each_use_in_term(&sink->func->blocks.at[id].term, visit_use, sink);
}

/* ---- what is left over ---------------------------------------------------------------------- */

struct counter {
    uint32_t *uses; /* per value */
};

static void count_use(void *user, value_id *use)
{
    ((struct counter *)user)->uses[*use]++;
}

/* A map stands behind its operand in the order of blocks (they are in reverse post-order), so one
 * walk backwards finds chains. */
static bool drop_unused(struct arena *scratch, struct ir_func *func)
{
    struct counter counter = {ARENA_ARRAY(scratch, uint32_t, func->values.len)};
    bool changed = false;
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++)
            for_each_use_in_inst(&func->insts.at[block->insts.at[i]], count_use, &counter);
        for_each_use_in_term(&block->term, count_use, &counter);
    }
    for (block_id id = func->blocks.len; id-- > 0;) {
        struct ir_block *block = &func->blocks.at[id];
        uint32_t kept = block->insts.len;
        for (uint32_t i = block->insts.len; i-- > 0;) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            if (inst->results.len == 1 && is_map(func, inst->results.at[0])
                && !counter.uses[inst->results.at[0]]) {
                for (uint32_t k = 0; k < inst->args.len; k++)
                    counter.uses[inst->args.at[k]]--;
                changed = true;
            } else {
                block->insts.at[--kept] = block->insts.at[i];
            }
        }
        uint32_t count = block->insts.len - kept;
        for (uint32_t i = 0; i < count; i++)
            block->insts.at[i] = block->insts.at[kept + i];
        block->insts.len = count;
    }
    return changed;
}

static bool sink_func(struct arena *scratch, struct ir_prog *prog, struct ir_func *func)
{
    struct sink sink = {.prog = prog,
                        .scratch = scratch,
                        .func = func,
                        .piece_of = ARENA_ARRAY(scratch, uint32_t, func->values.len),
                        .copy = ARENA_ARRAY(scratch, value_id, func->values.len),
                        .size = func->values.len};
    for (block_id id = 0; id < func->blocks.len; id++)
        visit_block(&sink, id);
    return drop_unused(scratch, func) || sink.changed;
}

/* A block that got empty may leave a parameter with one source, an index map perhaps. */
bool pass_sink(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (bool again = true; again;) {
        again = false;
        for (func_id id = 0; id < prog->funcs.len; id++)
            again |= sink_func(cx->scratch, prog, &prog->funcs.at[id]);
        changed |= again;
        if (again)
            ir_tidy(prog);
    }
    return changed;
}
