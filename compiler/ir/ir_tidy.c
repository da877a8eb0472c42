/* Canonical form.
 *
 *   b0(%n.0: i64):                          b0(%n.0: i64):
 *       br %c, b2(%n), b1                       br %c, b2, b1
 *   b1:                    -- tidy -->      b1:
 *       jmp b2(%n)                              jmp b3
 *   b2(%m: i64):                            b2:
 *       jmp b3                                  jmp b3
 *   b3:                                     b3:
 *       ret %m                                  ret %n.0
 *
 * Expects a sound function. Critical edges are split first; no later step makes one, because an
 * empty block is passed by only from blocks with one successor. */
#include "ir/graph.h"

#include <string.h>

struct tidy {
    struct ir_prog *prog;
    struct ir_func *func;
    struct arena *scratch;
    struct graph graph; /* of the last structural step */
    value_id *replaced; /* per value: the one that stands for it; itself: none */
    bool changed;
};

static void refresh(struct tidy *tidy)
{
    tidy->graph = graph_of(tidy->scratch, tidy->func);
}

static struct ir_block *block_at(const struct tidy *tidy, block_id block)
{
    return &tidy->func->blocks.at[block];
}

static value_id current(const struct tidy *tidy, value_id value)
{
    value_id *replaced = tidy->replaced;
    while (replaced[value] != value) {
        replaced[value] = replaced[replaced[value]];
        value = replaced[value];
    }
    return value;
}

/* ---- entry and critical edges --------------------------------------------------------------- */

/* Nothing may go to the entry block: a new one, which takes its number, jumps to it. */
static void free_entry(struct tidy *tidy)
{
    struct ir_prog *prog = tidy->prog;
    struct ir_func *func = tidy->func;
    if (tidy->graph.pred_start[1] == tidy->graph.pred_start[0])
        return;
    struct ir_block old = func->blocks.at[0];
    block_id moved = ir_block_new(prog, func, NULL, old.loc);
    func->blocks.at[moved] = old;
    func->blocks.at[0] = (struct ir_block){.loc = old.loc, .term = {.condition = IR_NONE}};
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_term *term = &func->blocks.at[id].term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            if (term->edges[edge].to == 0)
                term->edges[edge].to = moved;
    }
    for (value_id value = 0; value < func->values.len; value++)
        if (func->values.at[value].block == 0)
            func->values.at[value].block = moved;
    for (uint32_t i = 0; i < old.params.len; i++) {
        struct ir_value param = func->values.at[old.params.at[i]];
        ir_param_new(prog, func, 0, param.type, param.hint, param.loc);
    }
    ir_jmp(prog, func, 0, moved, func->blocks.at[0].params.at, func->blocks.at[0].params.len);
    tidy->changed = true;
    refresh(tidy);
}

static void split_critical_edges(struct tidy *tidy)
{
    const struct graph *graph = &tidy->graph;
    bool any = false;
    for (uint32_t i = 0; i < graph->reached; i++) {
        block_id from = graph->order[i];
        if (ir_edge_count(&block_at(tidy, from)->term) < 2)
            continue;
        for (uint32_t edge = 0; edge < 2; edge++) {
            block_id to = block_at(tidy, from)->term.edges[edge].to;
            if (graph->pred_start[to + 1] - graph->pred_start[to] < 2)
                continue;
            block_id between =
                ir_block_new(tidy->prog, tidy->func, NULL, block_at(tidy, from)->term.loc);
            struct ir_edge *old = &block_at(tidy, from)->term.edges[edge];
            struct ir_term *term = &block_at(tidy, between)->term;
            term->kind = TERM_JMP;
            term->loc = block_at(tidy, from)->term.loc;
            term->edges[0] = *old;
            *old = (struct ir_edge){.to = between};
            any = true;
        }
    }
    if (any) {
        tidy->changed = true;
        refresh(tidy);
    }
}

/* ---- block parameters with one source ------------------------------------------------------- */

struct receivers {          /* per value: a list of parameters that are passed it on some edge */
    uint32_t *first, *last; /* index of a link, or IR_NONE */
    uint32_t *next;
    value_id *param;
    uint32_t count;
};

static struct receivers find_receivers(struct tidy *tidy)
{
    const struct ir_func *func = tidy->func;
    uint32_t links = 0;
    for (uint32_t i = 0; i < tidy->graph.reached; i++) {
        const struct ir_term *term = &block_at(tidy, tidy->graph.order[i])->term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            links += term->edges[edge].args.len;
    }
    struct receivers all = {.first = ARENA_ARRAY(tidy->scratch, uint32_t, func->values.len),
                            .last = ARENA_ARRAY(tidy->scratch, uint32_t, func->values.len),
                            .next = ARENA_ARRAY(tidy->scratch, uint32_t, links),
                            .param = ARENA_ARRAY(tidy->scratch, value_id, links)};
    for (value_id value = 0; value < func->values.len; value++)
        all.first[value] = all.last[value] = IR_NONE;
    for (uint32_t i = 0; i < tidy->graph.reached; i++) {
        const struct ir_term *term = &block_at(tidy, tidy->graph.order[i])->term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            for (uint32_t k = 0; k < term->edges[edge].args.len; k++) {
                value_id value = current(tidy, term->edges[edge].args.at[k]);
                uint32_t link = all.count++;
                all.param[link] = block_at(tidy, term->edges[edge].to)->params.at[k];
                all.next[link] = all.first[value];
                all.first[value] = link;
                if (all.last[value] == IR_NONE)
                    all.last[value] = link;
            }
    }
    return all;
}

static void join_receivers(struct receivers *all, value_id into, value_id from)
{
    if (all->first[from] == IR_NONE)
        return;
    all->next[all->last[from]] = all->first[into];
    all->first[into] = all->first[from];
    if (all->last[into] == IR_NONE)
        all->last[into] = all->last[from];
}

/* The one value that a parameter has on all edges, itself aside; IR_NONE: there are several. */
static value_id only_source(const struct tidy *tidy, value_id param)
{
    const struct graph *graph = &tidy->graph;
    const struct ir_value *value = &tidy->func->values.at[param];
    value_id source = IR_NONE;
    for (uint32_t k = graph->pred_start[value->block]; k < graph->pred_start[value->block + 1];
         k++) {
        const struct ir_term *term = &block_at(tidy, graph->preds[k].from)->term;
        value_id arg = current(tidy, term->edges[graph->preds[k].edge].args.at[value->index]);
        if (arg == param || arg == source)
            continue;
        if (source != IR_NONE)
            return IR_NONE;
        source = arg;
    }
    return source;
}

static void keep_values(value_id *at, uint32_t *len, const bool *keep)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *len; i++)
        if (keep[i])
            at[kept++] = at[i];
    *len = kept;
}

/* Takes the replaced parameters of a block out of it and of the edges into it. */
static void drop_params(struct tidy *tidy, block_id id)
{
    const struct graph *graph = &tidy->graph;
    struct ir_block *block = block_at(tidy, id);
    bool *keep = ARENA_ARRAY(tidy->scratch, bool, block->params.len);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < block->params.len; i++) {
        value_id param = block->params.at[i];
        keep[i] = tidy->replaced[param] == param;
        if (keep[i])
            tidy->func->values.at[param].index = kept++;
    }
    if (kept == block->params.len)
        return;
    for (uint32_t k = graph->pred_start[id]; k < graph->pred_start[id + 1]; k++) {
        struct ir_term *term = &block_at(tidy, graph->preds[k].from)->term;
        struct ir_edge *edge = &term->edges[graph->preds[k].edge];
        keep_values(edge->args.at, &edge->args.len, keep);
    }
    keep_values(block->params.at, &block->params.len, keep);
}

static bool remove_single_source_params(struct tidy *tidy)
{
    struct receivers receivers = find_receivers(tidy);
    VEC(value_id) work = {0};
    bool any = false;
    for (uint32_t i = tidy->graph.reached; --i;) {
        const struct ir_block *block = block_at(tidy, tidy->graph.order[i]);
        for (uint32_t k = 0; k < block->params.len; k++)
            vec_push(tidy->scratch, &work, block->params.at[k]);
    }
    while (work.len) {
        value_id param = vec_pop(&work);
        if (tidy->replaced[param] != param)
            continue;
        value_id source = only_source(tidy, param);
        if (source == IR_NONE)
            continue;
        tidy->replaced[param] = source;
        any = true;
        for (uint32_t link = receivers.first[param]; link != IR_NONE; link = receivers.next[link]) {
            vec_push(tidy->scratch, &work, receivers.param[link]);
            if (link == receivers.last[param])
                break;
        }
        join_receivers(&receivers, source, param);
    }
    for (uint32_t i = 1; any && i < tidy->graph.reached; i++)
        drop_params(tidy, tidy->graph.order[i]);
    return any;
}

/* ---- empty blocks --------------------------------------------------------------------------- */

/* Per value: how often it is used, but for uses as arguments of the jump of the empty block whose
 * parameter it is. */
static uint32_t *count_outside_uses(struct tidy *tidy)
{
    const struct ir_func *func = tidy->func;
    uint32_t *uses = ARENA_ARRAY(tidy->scratch, uint32_t, func->values.len);
    for (uint32_t i = 0; i < tidy->graph.reached; i++) {
        block_id id = tidy->graph.order[i];
        const struct ir_block *block = block_at(tidy, id);
        for (uint32_t k = 0; k < block->insts.len; k++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[k]];
            for (uint32_t a = 0; a < inst->args.len; a++)
                uses[current(tidy, inst->args.at[a])]++;
        }
        const struct ir_term *term = &block->term;
        if (term->kind == TERM_BR)
            uses[current(tidy, term->condition)]++;
        for (uint32_t a = 0; a < term->args.len; a++)
            uses[current(tidy, term->args.at[a])]++;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            for (uint32_t a = 0; a < term->edges[edge].args.len; a++) {
                value_id value = current(tidy, term->edges[edge].args.at[a]);
                bool own = block->insts.len == 0 && term->kind == TERM_JMP
                           && func->values.at[value].kind == VALUE_PARAM
                           && func->values.at[value].block == id;
                uses[value] += !own;
            }
    }
    return uses;
}

static bool is_passed_through(const struct tidy *tidy, block_id id, const uint32_t *outside_uses)
{
    const struct ir_block *block = block_at(tidy, id);
    if (id == 0 || block->insts.len || block->is_sync || block->is_loop
        || block->term.kind != TERM_JMP || block->term.edges[0].to == id)
        return false;
    for (uint32_t i = 0; i < block->params.len; i++)
        if (outside_uses[block->params.at[i]])
            return false;
    return true;
}

/* from -> through -> to becomes from -> to, `through` being empty. */
static void pass_by(struct tidy *tidy, struct ir_edge *edge, const struct ir_block *through)
{
    const struct ir_edge *next = &through->term.edges[0];
    struct ir_edge direct = {.to = next->to};
    for (uint32_t i = 0; i < next->args.len; i++) {
        value_id value = current(tidy, next->args.at[i]);
        const struct ir_value *info = &tidy->func->values.at[value];
        bool is_param = info->kind == VALUE_PARAM && info->block == edge->to;
        vec_push(tidy->prog->arena, &direct.args,
                 is_param ? current(tidy, edge->args.at[info->index]) : value);
    }
    *edge = direct;
}

static bool thread_empty_blocks(struct tidy *tidy)
{
    uint32_t *outside_uses = count_outside_uses(tidy);
    bool any = false;
    for (uint32_t i = tidy->graph.reached; i-- > 0;) {
        block_id from = tidy->graph.order[i];
        struct ir_term *term = &block_at(tidy, from)->term;
        uint32_t steps = 0; /* of a ring of empty blocks: those of a sound function have a header */
        while (term->kind == TERM_JMP && steps++ < tidy->graph.reached
               && is_passed_through(tidy, term->edges[0].to, outside_uses)) {
            pass_by(tidy, &term->edges[0], block_at(tidy, term->edges[0].to));
            any = true;
        }
    }
    if (any)
        refresh(tidy);
    return any;
}

/* ---- branches without a choice -------------------------------------------------------------- */

/* Where an edge ends up behind one empty block, which no other edge leads to. */
static const struct ir_edge *behind_empty(const struct tidy *tidy, const struct ir_edge *edge)
{
    const struct ir_block *to = block_at(tidy, edge->to);
    bool empty = to->insts.len == 0 && to->params.len == 0 && to->term.kind == TERM_JMP
                 && !to->is_sync && !to->is_loop;
    return empty ? &to->term.edges[0] : edge;
}

static bool is_same_edge(const struct tidy *tidy, const struct ir_edge *a, const struct ir_edge *b)
{
    if (a->to != b->to || a->args.len != b->args.len)
        return false;
    for (uint32_t i = 0; i < a->args.len; i++)
        if (current(tidy, a->args.at[i]) != current(tidy, b->args.at[i]))
            return false;
    return true;
}

/* A branch both of whose edges do the same becomes a jump. */
static bool drop_equal_branches(struct tidy *tidy)
{
    bool any = false;
    for (uint32_t i = 0; i < tidy->graph.reached; i++) {
        struct ir_term *term = &block_at(tidy, tidy->graph.order[i])->term;
        if (term->kind != TERM_BR
            || !is_same_edge(tidy, behind_empty(tidy, &term->edges[0]),
                             behind_empty(tidy, &term->edges[1])))
            continue;
        term->kind = TERM_JMP;
        term->condition = IR_NONE;
        term->edges[1] = (struct ir_edge){0};
        any = true;
    }
    if (any)
        refresh(tidy);
    return any;
}

/* ---- chains --------------------------------------------------------------------------------- */

static void append_block(struct tidy *tidy, block_id into, block_id from)
{
    struct ir_block *block = block_at(tidy, into), *next = block_at(tidy, from);
    for (uint32_t i = 0; i < next->params.len; i++)
        tidy->replaced[next->params.at[i]] = current(tidy, block->term.edges[0].args.at[i]);
    for (uint32_t i = 0; i < next->insts.len; i++) {
        const struct ir_inst *inst = &tidy->func->insts.at[next->insts.at[i]];
        vec_push(tidy->prog->arena, &block->insts, next->insts.at[i]);
        for (uint32_t k = 0; k < inst->results.len; k++)
            tidy->func->values.at[inst->results.at[k]].block = into;
    }
    block->term = next->term;
    next->term = (struct ir_term){.condition = IR_NONE};
}

static bool merge_chains(struct tidy *tidy)
{
    const struct graph *graph = &tidy->graph;
    bool any = false;
    for (uint32_t i = 0; i < graph->reached; i++) {
        block_id into = graph->order[i];
        for (;;) {
            const struct ir_term *term = &block_at(tidy, into)->term;
            block_id next = term->edges[0].to;
            if (term->kind != TERM_JMP || next == into || next == 0 || block_at(tidy, next)->is_sync
                || graph->pred_start[next + 1] - graph->pred_start[next] != 1)
                break;
            append_block(tidy, into, next);
            any = true;
        }
    }
    if (any)
        refresh(tidy);
    return any;
}

/* ---- order and numbers ---------------------------------------------------------------------- */

struct numbers {
    block_id *blocks;               /* the blocks in their new order */
    uint32_t *block, *inst, *value; /* new ids by old ones; IR_NONE: gone */
    struct ir_inst *insts;
    struct ir_value *values;
    uint32_t inst_count, value_count;
};

static uint32_t *none(struct arena *arena, uint32_t count)
{
    uint32_t *array = ARENA_ARRAY(arena, uint32_t, count);
    for (uint32_t i = 0; i < count; i++)
        array[i] = IR_NONE;
    return array;
}

static void number_value(const struct tidy *tidy, struct numbers *numbers, value_id value,
                         block_id block, inst_id inst)
{
    uint32_t id = numbers->value_count++;
    numbers->value[value] = id;
    numbers->values[id] = tidy->func->values.at[value];
    numbers->values[id].block = block;
    numbers->values[id].inst = inst;
}

static struct numbers number_all(struct tidy *tidy)
{
    const struct ir_func *func = tidy->func;
    struct numbers numbers = {.blocks = graph_contiguous_order(tidy->scratch, &tidy->graph),
                              .block = none(tidy->scratch, func->blocks.len),
                              .inst = none(tidy->scratch, func->insts.len),
                              .value = none(tidy->scratch, func->values.len),
                              .insts = ARENA_ARRAY(tidy->scratch, struct ir_inst, func->insts.len),
                              .values =
                                  ARENA_ARRAY(tidy->scratch, struct ir_value, func->values.len)};
    for (block_id id = 0; id < tidy->graph.reached; id++) {
        const struct ir_block *block = block_at(tidy, numbers.blocks[id]);
        numbers.block[numbers.blocks[id]] = id;
        for (uint32_t i = 0; i < block->params.len; i++)
            number_value(tidy, &numbers, block->params.at[i], id, IR_NONE);
        for (uint32_t i = 0; i < block->insts.len; i++) {
            inst_id inst = numbers.inst_count++;
            numbers.inst[block->insts.at[i]] = inst;
            numbers.insts[inst] = func->insts.at[block->insts.at[i]];
            for (uint32_t k = 0; k < numbers.insts[inst].results.len; k++)
                number_value(tidy, &numbers, numbers.insts[inst].results.at[k], id, inst);
        }
    }
    return numbers;
}

static void renumber_uses(const struct tidy *tidy, const struct numbers *numbers, value_id *at,
                          uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        at[i] = numbers->value[current(tidy, at[i])];
}

static void renumber_definitions(const struct numbers *numbers, value_id *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        at[i] = numbers->value[at[i]];
}

static void renumber_block(const struct tidy *tidy, const struct numbers *numbers,
                           struct ir_block *block)
{
    renumber_definitions(numbers, block->params.at, block->params.len);
    for (uint32_t i = 0; i < block->insts.len; i++)
        block->insts.at[i] = numbers->inst[block->insts.at[i]];
    struct ir_term *term = &block->term;
    if (term->kind == TERM_BR)
        renumber_uses(tidy, numbers, &term->condition, 1);
    renumber_uses(tidy, numbers, term->args.at, term->args.len);
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
        term->edges[edge].to = numbers->block[term->edges[edge].to];
        renumber_uses(tidy, numbers, term->edges[edge].args.at, term->edges[edge].args.len);
    }
}

static bool is_identity(const uint32_t *ids, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (ids[i] != i)
            return false;
    return true;
}

static void renumber(struct tidy *tidy)
{
    struct ir_func *func = tidy->func;
    uint32_t reached = tidy->graph.reached;
    struct numbers numbers = number_all(tidy);
    if (!is_identity(numbers.block, func->blocks.len) || !is_identity(numbers.inst, func->insts.len)
        || !is_identity(numbers.value, func->values.len))
        tidy->changed = true;
    struct ir_block *blocks = ARENA_ARRAY(tidy->scratch, struct ir_block, reached);
    for (block_id id = 0; id < reached; id++) {
        blocks[id] = *block_at(tidy, numbers.blocks[id]);
        renumber_block(tidy, &numbers, &blocks[id]);
    }
    for (inst_id inst = 0; inst < numbers.inst_count; inst++) {
        renumber_uses(tidy, &numbers, numbers.insts[inst].args.at, numbers.insts[inst].args.len);
        renumber_definitions(&numbers, numbers.insts[inst].results.at,
                             numbers.insts[inst].results.len);
    }
    if (reached)
        memcpy(func->blocks.at, blocks, reached * sizeof *blocks);
    if (numbers.inst_count)
        memcpy(func->insts.at, numbers.insts, numbers.inst_count * sizeof *numbers.insts);
    if (numbers.value_count)
        memcpy(func->values.at, numbers.values, numbers.value_count * sizeof *numbers.values);
    func->blocks.len = reached;
    func->insts.len = numbers.inst_count;
    func->values.len = numbers.value_count;
}

/* ---- functions ------------------------------------------------------------------------------ */

static void drop_stale_loop_flags(struct tidy *tidy)
{
    for (uint32_t i = 0; i < tidy->graph.reached; i++) {
        block_id id = tidy->graph.order[i];
        struct ir_block *block = block_at(tidy, id);
        tidy->changed |= block->is_loop && !tidy->graph.is_header[id];
        block->is_loop &= tidy->graph.is_header[id];
    }
}

static bool tidy_func(struct ir_prog *prog, struct ir_func *func)
{
    if (!func->blocks.len)
        return false;
    struct tidy tidy = {.prog = prog, .func = func, .scratch = arena_new()};
    refresh(&tidy);
    free_entry(&tidy);
    split_critical_edges(&tidy);
    tidy.replaced = ARENA_ARRAY(tidy.scratch, value_id, func->values.len);
    for (value_id value = 0; value < func->values.len; value++)
        tidy.replaced[value] = value;
    for (bool again = true; again;) {
        drop_stale_loop_flags(&tidy); /* a stale flag would keep an empty block */
        again = remove_single_source_params(&tidy);
        again |= drop_equal_branches(&tidy);
        again |= thread_empty_blocks(&tidy);
        again |= merge_chains(&tidy);
        tidy.changed |= again;
    }
    renumber(&tidy);
    arena_free(tidy.scratch);
    return tidy.changed;
}

bool ir_tidy(struct ir_prog *prog)
{
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++)
        changed |= tidy_func(prog, &prog->funcs.at[id]);
    return changed;
}
