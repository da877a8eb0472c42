#include "interp/lives.h"

#include "base/bitset.h"

/* Tensors are numbered densely: scalars are of no concern. */
struct tracker {
    struct arena *arena, *scratch;
    const struct ir_func *func;
    uint32_t *number;     /* per value, IR_NONE: a scalar */
    value_id *value;      /* per number */
    uint32_t count;
    struct bitset *in;    /* per block: alive at its beginning, its parameters left out */
    struct bitset now, other;
    struct lives lives;
};

static void number_tensors(struct tracker *tracker)
{
    const struct ir_func *func = tracker->func;
    tracker->number = ARENA_ARRAY(tracker->scratch, uint32_t, func->values.len + 1);
    tracker->value = ARENA_ARRAY(tracker->scratch, value_id, func->values.len + 1);
    for (value_id v = 0; v < func->values.len; v++) {
        const struct ir_value *value = &func->values.at[v];
        bool is_const = value->kind == VALUE_RESULT && value->inst < func->insts.len &&
                        func->insts.at[value->inst].kind == INST_CONST;
        bool is_tracked = value->type.shape.rank > 0 && !is_const;
        tracker->number[v] = is_tracked ? tracker->count : IR_NONE;
        if (is_tracked)
            tracker->value[tracker->count++] = v;
    }
}

static void add(struct tracker *tracker, struct bitset *set, const value_id *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (tracker->number[values[i]] != IR_NONE)
            bitset_add(set, tracker->number[values[i]]);
}

static void drop(struct tracker *tracker, struct bitset *set, const value_id *values,
                 uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (tracker->number[values[i]] != IR_NONE)
            bitset_remove(set, tracker->number[values[i]]);
}

/* Alive at the terminator: what it reads, and what the blocks behind it read. */
static void at_term(struct tracker *tracker, const struct ir_term *term, struct bitset *set)
{
    bitset_clear(set);
    for (uint32_t e = 0; e < ir_edge_count(term); e++) {
        const struct ir_edge *edge = &term->edges[e];
        bitset_union(set, &tracker->in[edge->to]);
        add(tracker, set, edge->args.at, edge->args.len);
    }
    if (term->kind == TERM_RET || term->kind == TERM_TAIL)
        add(tracker, set, term->args.at, term->args.len);
}

static void find_live(struct tracker *tracker)
{
    const struct ir_func *func = tracker->func;
    tracker->in = ARENA_ARRAY(tracker->scratch, struct bitset, func->blocks.len);
    for (block_id b = 0; b < func->blocks.len; b++)
        tracker->in[b] = bitset_new(tracker->scratch, tracker->count);
    for (bool grew = true; grew;) {
        grew = false;
        for (block_id b = func->blocks.len; b-- > 0;) {
            const struct ir_block *block = &func->blocks.at[b];
            at_term(tracker, &block->term, &tracker->now);
            for (uint32_t i = block->insts.len; i-- > 0;) {
                const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
                drop(tracker, &tracker->now, inst->results.at, inst->results.len);
                add(tracker, &tracker->now, inst->args.at, inst->args.len);
            }
            drop(tracker, &tracker->now, block->params.at, block->params.len);
            grew |= bitset_union(&tracker->in[b], &tracker->now);
        }
    }
}

/* The values that are not in the set, each once; they are added to it. */
static void end_lives(struct tracker *tracker, struct lives_end *end, const value_id *values,
                      uint32_t count, struct bitset *set)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = tracker->number[values[i]];
        if (number != IR_NONE && bitset_add(set, number))
            vec_push(tracker->arena, &end->values, values[i]);
    }
}

static void end_on_edges(struct tracker *tracker, block_id b)
{
    const struct ir_term *term = &tracker->func->blocks.at[b].term;
    for (uint32_t e = 0; e < ir_edge_count(term); e++) {
        bitset_copy(&tracker->other, &tracker->in[term->edges[e].to]);
        for (uint32_t n = bitset_next(&tracker->now, 0); n < tracker->count;
             n = bitset_next(&tracker->now, n + 1))
            end_lives(tracker, &tracker->lives.edge[2 * b + e], &tracker->value[n], 1,
                      &tracker->other);
    }
}

static void end_in_block(struct tracker *tracker, block_id b)
{
    const struct ir_func *func = tracker->func;
    const struct ir_block *block = &func->blocks.at[b];
    struct lives *lives = &tracker->lives;
    at_term(tracker, &block->term, &tracker->now);
    end_on_edges(tracker, b);
    if (block->term.kind == TERM_RET || block->term.kind == TERM_TAIL) {
        bitset_clear(&tracker->other);
        end_lives(tracker, &lives->leave[b], block->term.args.at, block->term.args.len,
                  &tracker->other);
    }
    for (uint32_t i = block->insts.len; i-- > 0;) {
        inst_id id = block->insts.at[i];
        const struct ir_inst *inst = &func->insts.at[id];
        end_lives(tracker, &lives->inst[id], inst->results.at, inst->results.len, &tracker->now);
        drop(tracker, &tracker->now, inst->results.at, inst->results.len);
        end_lives(tracker, &lives->inst[id], inst->args.at, inst->args.len, &tracker->now);
    }
    end_lives(tracker, &lives->start[b], block->params.at, block->params.len, &tracker->now);
}

struct lives lives_of(struct arena *arena, const struct ir_func *func)
{
    struct tracker tracker = {.arena = arena, .scratch = arena_new(), .func = func};
    uint32_t blocks = func->blocks.len;
    tracker.lives.inst = ARENA_ARRAY(arena, struct lives_end, func->insts.len + 1);
    tracker.lives.start = ARENA_ARRAY(arena, struct lives_end, blocks);
    tracker.lives.edge = ARENA_ARRAY(arena, struct lives_end, 2 * (size_t)blocks);
    tracker.lives.leave = ARENA_ARRAY(arena, struct lives_end, blocks);
    number_tensors(&tracker);
    if (tracker.count > 0) {
        tracker.now = bitset_new(tracker.scratch, tracker.count);
        tracker.other = bitset_new(tracker.scratch, tracker.count);
        find_live(&tracker);
        for (block_id b = 0; b < blocks; b++)
            end_in_block(&tracker, b);
    }
    arena_free(tracker.scratch);
    return tracker.lives;
}
