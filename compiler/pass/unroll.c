/* Small counted loops that index tensors by their counter are written out, so that the indexes become
 * constants (and `split` can make the tensors scalars).
 *
 *   b0:  jmp b1(%0, %x.1)                                 b0:  %4: f64 = extract %t[%0]
 *   b1 loop(%i.2: i64, %s.3: f64):                             %5: f64 = add %x.1, %4
 *       %4: bool = lt %i.2, %two                               %6: f64 = extract %t[%1]
 *       br %4, b2, b3                          -->             %7: f64 = add %5, %6
 *   b2: %5: f64 = extract %t[%i.2]                             ...  %7 in place of %s.3
 *       %6: f64 = add %s.3, %5
 *       %7: i64 = add %i.2, %1
 *       jmp b1(%7, %6)
 *   b3: ... %s.3
 *
 * What must hold: the loop is left at its header only, by a comparison of a counter that begins at a
 * constant and goes on by constants; the number of rounds is found by counting. Inner loops come
 * first, so a nest of them goes as a whole if it is small enough. */
#include "ir/tensor.h"
#include "lang/rules.h"
#include "pass/passes.h"
#include "pass/rewrite.h"

enum {
    MOST_ROUNDS = 16,
    MOST_ELEMENTS = 16,      /* of the tensors it is worth for: those that `split` takes */
    MOST_INSTRUCTIONS = 600  /* of all the rounds together */
};

struct unroller {
    struct ir_prog *prog;
    struct ir_func *func;
    struct arena *scratch;
    struct cfg cfg;
    const struct loop *loop;
    value_id *map;           /* what a value of the loop is in the round that is being written */
    block_id *blocks;        /* of the loop, in that round */
};

/* ---- counting rounds -------------------------------------------------------------------------- */

static const struct ir_inst *definition(const struct ir_func *func, value_id value)
{
    const struct ir_value *v = &func->values.at[value];
    return v->kind == VALUE_RESULT ? &func->insts.at[v->inst] : NULL;
}

/* Counters of rounds that are written out already are chains of operations on constants. */
static bool evaluate(const struct ir_func *func, value_id value, value_id counter,
                     union scalar now, uint32_t deepest, union scalar *result);

static bool constant_of(const struct ir_func *func, value_id value, union scalar *constant)
{
    return evaluate(func, value, IR_NONE, (union scalar){.u = 0}, 2 * MOST_ROUNDS, constant);
}

/* The edge that enters the loop, or NULL if there are several. */
static struct ir_edge *entering_edge(const struct unroller *cx)
{
    const struct cfg_block *node = &cx->cfg.blocks[cx->loop->header];
    struct ir_edge *found = NULL;
    for (uint32_t p = 0; p < node->preds.len; p++) {
        struct ir_term *term = &cx->func->blocks.at[node->preds.at[p]].term;
        if (bitset_has(&cx->loop->body, node->preds.at[p]))
            continue;
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            if (term->edges[e].to == cx->loop->header) {
                if (found)
                    return NULL;
                found = &term->edges[e];
            }
    }
    return found;
}

static const struct ir_edge *edge_to(const struct ir_term *term, block_id to)
{
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        if (term->edges[e].to == to)
            return &term->edges[e];
    return NULL;
}

/* A value made of the counter and constants by operations. */
static bool evaluate(const struct ir_func *func, value_id value, value_id counter,
                     union scalar now, uint32_t deepest, union scalar *result)
{
    union scalar args[3];
    const struct ir_inst *inst = definition(func, value);
    bool is_counter = value == counter;
    if (is_counter)
        *result = now;
    else if (inst && inst->kind == INST_CONST)
        *result = inst->constant;
    if (is_counter || !inst || func->values.at[value].type.shape.rank > 0)
        return is_counter;
    if (inst->kind != INST_OP)
        return inst->kind == INST_CONST;
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (inst->args.len > 2 || deepest == 0
            || !evaluate(func, inst->args.at[i], counter, now, deepest - 1, &args[i]))
            return false;
    enum dtype operand = func->values.at[inst->args.at[inst->args.len - 1]].type.dtype;
    if (!op_can_fold(inst->op, operand))
        return false;
    *result = op_eval(inst->op, operand, func->values.at[value].type.dtype, args);
    return true;
}

/* Rounds of the loop if parameter `index` of its header counts them, or 0 if they are not few. */
static uint32_t rounds_by(const struct unroller *cx, const struct ir_edge *entering, uint32_t index)
{
    const struct ir_block *header = &cx->func->blocks.at[cx->loop->header];
    const struct ir_term *latch = &cx->func->blocks.at[cx->loop->latches.at[0]].term;
    const struct ir_edge *back = edge_to(latch, cx->loop->header);
    bool goes_on_if = bitset_has(&cx->loop->body, header->term.edges[0].to);
    value_id counter = header->params.at[index];
    union scalar now, goes_on;
    if (!constant_of(cx->func, entering->args.at[index], &now))
        return 0;
    for (uint32_t rounds = 0; rounds <= MOST_ROUNDS; rounds++) {
        if (!evaluate(cx->func, header->term.condition, counter, now, MOST_ROUNDS, &goes_on))
            return 0;
        if ((goes_on.u != 0) != goes_on_if)
            return rounds;
        if (!evaluate(cx->func, back->args.at[index], counter, now, MOST_ROUNDS, &now))
            return 0;
    }
    return 0;
}

/* ---- is it worth it? -------------------------------------------------------------------------- */

/* Values of the loop that depend on parameters of its header by operations. */
static struct bitset follows_counters(const struct unroller *cx)
{
    struct bitset set = bitset_new(cx->scratch, cx->func->values.len + 1);
    const struct ir_block *header = &cx->func->blocks.at[cx->loop->header];
    for (uint32_t i = 0; i < header->params.len; i++)
        if (dtype_is_integer(cx->func->values.at[header->params.at[i]].type.dtype))
            bitset_add(&set, header->params.at[i]);
    for (block_id b = cx->loop->header; b < cx->loop->end; b++) {
        const struct ir_block *block = &cx->func->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &cx->func->insts.at[block->insts.at[i]];
            for (uint32_t a = 0; a < inst->args.len && inst->kind == INST_OP; a++)
                if (bitset_has(&set, inst->args.at[a]))
                    bitset_add(&set, inst->results.at[0]);
        }
    }
    return set;
}

static bool indexes_by(const struct unroller *cx, const struct ir_inst *inst,
                       const struct bitset *counters)
{
    if (inst->kind != INST_EXTRACT && inst->kind != INST_INSERT)
        return false;
    struct shape shape = cx->func->values.at[inst->args.at[0]].type.shape;
    for (uint32_t a = 1; a < inst->args.len && shape_elements(&shape) <= MOST_ELEMENTS; a++)
        if (bitset_has(counters, inst->args.at[a]))
            return true;
    return false;
}

static bool pays(const struct unroller *cx, uint32_t rounds)
{
    struct bitset counters = follows_counters(cx);
    uint32_t size = 0;
    bool indexes = false;
    for (block_id b = cx->loop->header; b < cx->loop->end; b++) {
        const struct ir_block *block = &cx->func->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &cx->func->insts.at[block->insts.at[i]];
            size += inst->kind != INST_CONST;
            indexes |= indexes_by(cx, inst, &counters);
        }
    }
    return indexes && size * rounds <= MOST_INSTRUCTIONS;
}

/* ---- writing the rounds ----------------------------------------------------------------------- */

static value_id copy_value(const struct unroller *cx, value_id value, block_id block, inst_id inst)
{
    struct ir_value copy = cx->func->values.at[value];
    copy.block = block;
    copy.inst = inst;
    vec_push(cx->prog->arena, &cx->func->values, copy);
    return cx->map[value] = cx->func->values.len - 1;
}

static void copy_definitions(const struct unroller *cx, block_id from)
{
    struct arena *arena = cx->prog->arena;
    block_id to = cx->blocks[from];
    bool is_header = from == cx->loop->header;
    cx->func->blocks.at[to].is_loop = !is_header && cx->func->blocks.at[from].is_loop;
    cx->func->blocks.at[to].is_sync = cx->func->blocks.at[from].is_sync;
    for (uint32_t i = 0; i < cx->func->blocks.at[from].params.len && !is_header; i++) {
        value_id copy = copy_value(cx, cx->func->blocks.at[from].params.at[i], to, IR_NONE);
        vec_push(arena, &cx->func->blocks.at[to].params, copy);
    }
    for (uint32_t i = 0; i < cx->func->blocks.at[from].insts.len; i++) {
        const struct ir_inst *inst = &cx->func->insts.at[cx->func->blocks.at[from].insts.at[i]];
        struct ir_inst copy = ir_inst_copy(arena, inst);
        inst_id id = cx->func->insts.len;
        for (uint32_t k = 0; k < inst->results.len; k++)
            vec_push(arena, &copy.results, copy_value(cx, inst->results.at[k], to, id));
        vec_push(arena, &cx->func->insts, copy);
        vec_push(arena, &cx->func->blocks.at[to].insts, id);
    }
}

static void copy_args(const struct unroller *cx, block_id from)
{
    for (uint32_t i = 0; i < cx->func->blocks.at[from].insts.len; i++) {
        const struct ir_inst *inst = &cx->func->insts.at[cx->func->blocks.at[from].insts.at[i]];
        struct ir_inst *copy =
            &cx->func->insts.at[cx->func->blocks.at[cx->blocks[from]].insts.at[i]];
        for (uint32_t k = 0; k < inst->args.len; k++)
            vec_push(cx->prog->arena, &copy->args, cx->map[inst->args.at[k]]);
    }
}

static void copy_edge(const struct unroller *cx, const struct ir_edge *from, struct ir_edge *to,
                      block_id next_header)
{
    bool is_back = from->to == cx->loop->header;
    to->to = is_back ? next_header
        : bitset_has(&cx->loop->body, from->to) ? cx->blocks[from->to] : from->to;
    for (uint32_t i = 0; i < from->args.len && !is_back; i++)
        vec_push(cx->prog->arena, &to->args, cx->map[from->args.at[i]]);
}

/* The header goes one way, known by the round: `only` is its edge, or IR_NONE for other blocks. */
static void copy_term(const struct unroller *cx, block_id from, uint32_t only, block_id next_header)
{
    const struct ir_term *term = &cx->func->blocks.at[from].term;
    struct ir_term *copy = &cx->func->blocks.at[cx->blocks[from]].term;
    *copy = (struct ir_term){.kind = term->kind, .loc = term->loc, .condition = IR_NONE,
                             .callee = term->callee, .fault = term->fault};
    if (only != IR_NONE) {
        copy->kind = TERM_JMP;
        copy_edge(cx, &term->edges[only], &copy->edges[0], next_header);
        return;
    }
    if (term->kind == TERM_BR)
        copy->condition = cx->map[term->condition];
    for (uint32_t i = 0; i < term->args.len; i++)
        vec_push(cx->prog->arena, &copy->args, cx->map[term->args.at[i]]);
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        copy_edge(cx, &term->edges[e], &copy->edges[e], next_header);
}

static block_id new_block(const struct unroller *cx, block_id like)
{
    const struct ir_block *block = &cx->func->blocks.at[like];
    return ir_block_new(cx->prog, cx->func, block->hint, block->loc);
}

/* A round begins at cx->blocks[header], whose parameters are mapped; gives the header of the next. */
static block_id write_round(const struct unroller *cx, uint32_t stays)
{
    block_id header = cx->loop->header, next = new_block(cx, header);
    const struct ir_edge *back =
        edge_to(&cx->func->blocks.at[cx->loop->latches.at[0]].term, header);
    value_id *passed = ARENA_ARRAY(cx->scratch, value_id, back->args.len + 1);
    for (block_id b = header + 1; b < cx->loop->end; b++)
        cx->blocks[b] = new_block(cx, b);
    for (block_id b = header; b < cx->loop->end; b++)
        copy_definitions(cx, b);
    for (block_id b = header; b < cx->loop->end; b++) {
        copy_args(cx, b);
        copy_term(cx, b, b == header ? stays : IR_NONE, next);
    }
    back = edge_to(&cx->func->blocks.at[cx->loop->latches.at[0]].term, header);
    for (uint32_t i = 0; i < back->args.len; i++)
        passed[i] = cx->map[back->args.at[i]];
    for (uint32_t i = 0; i < back->args.len; i++)
        cx->map[cx->func->blocks.at[header].params.at[i]] = passed[i];
    cx->blocks[header] = next;
    return next;
}

static void replace_use(void *user, value_id *use)
{
    const struct unroller *cx = user;
    *use = cx->map[*use];
}

/* Behind the loop stands what its header had in the last, unfinished round. */
static void replace_outside(struct unroller *cx, uint32_t old_blocks)
{
    for (block_id b = 0; b < old_blocks; b++) {
        if (bitset_has(&cx->loop->body, b))
            continue;
        const struct ir_block *block = &cx->func->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++)
            for_each_use_in_inst(&cx->func->insts.at[block->insts.at[i]], replace_use, cx);
        for_each_use_in_term(&cx->func->blocks.at[b].term, replace_use, cx);
    }
}

static void unroll(struct unroller *cx, uint32_t rounds)
{
    block_id header = cx->loop->header;
    uint32_t old_blocks = cx->func->blocks.len, old_values = cx->func->values.len;
    const struct ir_term *term = &cx->func->blocks.at[header].term;
    uint32_t stays = bitset_has(&cx->loop->body, term->edges[0].to) ? 0 : 1;
    cx->map = ARENA_ARRAY(cx->scratch, value_id, old_values + 1);
    cx->blocks = ARENA_ARRAY(cx->scratch, block_id, old_blocks + 1);
    for (value_id v = 0; v < old_values; v++)
        cx->map[v] = v;
    struct ir_edge *entering = entering_edge(cx);
    for (uint32_t i = 0; i < entering->args.len; i++)
        cx->map[cx->func->blocks.at[header].params.at[i]] = entering->args.at[i];
    block_id first = new_block(cx, header);
    cx->blocks[header] = first;
    for (uint32_t round = 0; round < rounds; round++)
        write_round(cx, stays);
    copy_definitions(cx, header);
    copy_args(cx, header);
    copy_term(cx, header, 1 - stays, IR_NONE);
    replace_outside(cx, old_blocks);
    entering = entering_edge(cx); /* the vectors may have moved */
    entering->to = first;
    entering->args.len = 0;
}

static bool try_loop(struct unroller *cx)
{
    const struct ir_block *header = &cx->func->blocks.at[cx->loop->header];
    if (cx->loop->latches.len != 1 || cx->loop->exit_count != 1
        || cx->loop->exits[0].from != cx->loop->header || header->term.kind != TERM_BR)
        return false;
    const struct ir_edge *entering = entering_edge(cx);
    uint32_t rounds = 0;
    for (uint32_t i = 0; i < header->params.len && entering && !rounds; i++)
        rounds = rounds_by(cx, entering, i);
    if (!rounds || !pays(cx, rounds))
        return false;
    unroll(cx, rounds);
    return true;
}

/* One loop, an innermost first; the others are found anew in the changed function. */
static bool unroll_one(struct pass_cx *pass, struct ir_prog *prog, func_id func)
{
    struct unroller cx = {.prog = prog, .func = &prog->funcs.at[func], .scratch = pass->scratch};
    cx.cfg = cfg_of(pass->scratch, cx.func);
    struct loops loops = loops_of(pass->scratch, cx.func, &cx.cfg);
    for (uint32_t i = loops.list.len; i-- > 0;) {
        cx.loop = &loops.list.at[i];
        if (try_loop(&cx))
            return true;
    }
    return false;
}

bool pass_unroll(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id f = 0; f < prog->funcs.len; f++)
        while (unroll_one(cx, prog, f)) {
            changed = true;
            ir_tidy(prog);
        }
    return changed;
}
