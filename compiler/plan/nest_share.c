/* Which stored values share a buffer.
 *
 * Two values conflict if one is written while the other is still needed; a use of a fused value is a use of
 * the stored values under it. What does not conflict is joined where that saves a copy, innermost loops
 * first: an insert with its tensor, the arguments of edges with block parameters, maps that keep the order with
 * their operand; then where it saves memory: an operation with an operand that it reads for the last time, at
 * the index that it writes; then whatever is never needed at the same time.
 *
 * Writing all parameters of a block at once, and letting a value that is live behind an edge conflict with
 * the parameters there, keeps lost copies and swaps right: they do not share, so the edge copies. */
#include "plan/nest_inside.h"

#include <string.h>

enum { SHARE_BYTES = 256 }; /* smaller tensors keep their own memory, and name */

struct sharing {
    struct nest_cx *cx;
    uint32_t count;            /* stored values: */
    uint32_t *index;           /* per value, or IR_NONE */
    value_id *value;           /* per index */
    struct bitset *live_in;    /* per block: indexes */
    struct bitset *conflicts;  /* per root of a class: indexes that conflict with one of it */
    uint32_t *root;            /* per index: union-find */
    bool *has_param;           /* per root: a parameter of the function is in the class */
    VEC(value_id) made;        /* by the event at hand */
    struct read {
        value_id value;
        bool everywhere;       /* also at other indexes than those that are made */
        uint32_t last;         /* the last one of `made` that reads it */
    } *reads;                  /* of the event at hand */
    uint32_t read_count, read_cap;
    uint32_t reader;
};

static bool is_stored(const struct sharing *s, value_id value)
{
    return s->index[value] != IR_NONE;
}

static void number_values(struct sharing *s)
{
    uint32_t values = s->cx->ir->values.len;
    s->index = ARENA_ARRAY(s->cx->arena, uint32_t, values + 1);
    s->value = ARENA_ARRAY(s->cx->arena, value_id, values + 1);
    memset(s->index, 0xff, sizeof *s->index * (values + 1));
    for (value_id v = 0; v < values; v++)
        if (s->cx->nests->form[v] == FORM_STORED) {
            s->value[s->count] = v;
            s->index[v] = s->count++;
        }
}

/* ---- events ----------------------------------------------------------------------------------- */

static void note_read(void *user, value_id stored, bool in_place)
{
    struct sharing *s = user;
    for (uint32_t i = 0; i < s->read_count; i++)
        if (s->reads[i].value == stored) {
            s->reads[i].everywhere |= !in_place;
            s->reads[i].last = s->reader;
            return;
        }
    if (s->read_count == s->read_cap)
        s->reads = vec_grow(s->cx->arena, s->reads, s->read_count, &s->read_cap, sizeof *s->reads);
    s->reads[s->read_count++] = (struct read){stored, !in_place, s->reader};
}

static void add_to_event(struct sharing *s, inst_id id)
{
    const struct ir_inst *inst = &s->cx->ir->insts.at[id];
    s->reader = s->made.len;
    for (uint32_t k = 0; k < inst->results.len; k++)
        if (is_stored(s, inst->results.at[k]))
            vec_push(s->cx->arena, &s->made, inst->results.at[k]);
    walk_operands(s->cx, id, note_read, s);
}

/* What happens at the place of an instruction: nothing for fused values and for roots that wait for the last
 * one of their nest, there all of them at once. */
static void find_event(struct sharing *s, inst_id id)
{
    const struct nests *nests = s->cx->nests;
    const struct ir_inst *inst = &s->cx->ir->insts.at[id];
    s->made.len = s->read_count = 0;
    if (inst->results.len == 1 && is_fused(s->cx, inst->results.at[0]))
        return;
    if (nests->nest[id] == IR_NONE) {
        add_to_event(s, id);
        return;
    }
    const struct nest *nest = &nests->nests.at[nests->nest[id]];
    for (uint32_t i = 0; vec_last(&nest->roots) == id && i < nest->roots.len; i++)
        add_to_event(s, nest->roots.at[i]);
}

static void add_conflict(struct sharing *s, value_id a, value_id b)
{
    if (a == b)
        return;
    bitset_add(&s->conflicts[s->index[a]], s->index[b]);
    bitset_add(&s->conflicts[s->index[b]], s->index[a]);
}

/* The value is written while `live` is needed. */
static void add_live_conflicts(struct sharing *s, value_id value, const struct bitset *live)
{
    for (uint32_t i = bitset_next(live, 0); i < live->size; i = bitset_next(live, i + 1))
        add_conflict(s, value, s->value[i]);
}

static void add_event_conflicts(struct sharing *s, const struct bitset *live)
{
    for (uint32_t m = 0; m < s->made.len; m++) {
        value_id made = s->made.at[m];
        add_live_conflicts(s, made, live);
        for (uint32_t k = 0; k < m; k++)
            add_conflict(s, made, s->made.at[k]);
        for (uint32_t r = 0; r < s->read_count; r++)
            if (s->reads[r].everywhere || s->reads[r].last > m)
                add_conflict(s, made, s->reads[r].value);
    }
}

/* ---- liveness --------------------------------------------------------------------------------- */

static void add_term_reads(const struct sharing *s, const struct ir_term *term, struct bitset *live)
{
    for (uint32_t k = 0; k < term->args.len; k++)
        if (is_stored(s, term->args.at[k]))
            bitset_add(live, s->index[term->args.at[k]]);
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        for (uint32_t k = 0; k < term->edges[e].args.len; k++)
            if (is_stored(s, term->edges[e].args.at[k]))
                bitset_add(live, s->index[term->edges[e].args.at[k]]);
}

/* From what is live out of the block to what is live in, without its parameters. */
static void walk_back(struct sharing *s, block_id b, struct bitset *live, bool note_conflicts)
{
    const struct ir_block *block = &s->cx->ir->blocks.at[b];
    bitset_clear(live);
    for (uint32_t e = 0; e < ir_edge_count(&block->term); e++)
        bitset_union(live, &s->live_in[block->term.edges[e].to]);
    add_term_reads(s, &block->term, live);
    for (uint32_t i = block->insts.len; i-- > 0;) {
        find_event(s, block->insts.at[i]);
        if (note_conflicts)
            add_event_conflicts(s, live);
        for (uint32_t m = 0; m < s->made.len; m++)
            bitset_remove(live, s->index[s->made.at[m]]);
        for (uint32_t r = 0; r < s->read_count; r++) {
            bool is_made = false;
            for (uint32_t m = 0; m < s->made.len; m++)
                is_made |= s->made.at[m] == s->reads[r].value;
            if (!is_made)
                bitset_add(live, s->index[s->reads[r].value]);
        }
    }
    for (uint32_t k = 0; k < block->params.len; k++) {
        if (!is_stored(s, block->params.at[k]))
            continue;
        if (note_conflicts) {
            add_live_conflicts(s, block->params.at[k], live);
            for (uint32_t j = 0; j < k; j++)
                if (is_stored(s, block->params.at[j]))
                    add_conflict(s, block->params.at[k], block->params.at[j]);
        }
    }
    for (uint32_t k = 0; k < block->params.len; k++)
        if (is_stored(s, block->params.at[k]))
            bitset_remove(live, s->index[block->params.at[k]]);
}

static void find_conflicts(struct sharing *s)
{
    struct arena *arena = s->cx->arena;
    uint32_t blocks = s->cx->ir->blocks.len;
    s->live_in = ARENA_ARRAY(arena, struct bitset, blocks + 1);
    for (uint32_t b = 0; b < blocks; b++)
        s->live_in[b] = bitset_new(arena, s->count);
    struct bitset live = bitset_new(arena, s->count);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t b = blocks; b-- > 0;) {
            walk_back(s, b, &live, false);
            changed |= bitset_union(&s->live_in[b], &live);
        }
    }
    for (uint32_t b = 0; b < blocks; b++)
        walk_back(s, b, &live, true);
}

/* ---- classes ---------------------------------------------------------------------------------- */

static uint32_t root_of(const struct sharing *s, uint32_t index)
{
    while (s->root[index] != index)
        index = s->root[index] = s->root[s->root[index]];
    return index;
}

static bool classes_conflict(const struct sharing *s, uint32_t x, uint32_t y)
{
    for (uint32_t i = bitset_next(&s->conflicts[x], 0); i < s->count;
         i = bitset_next(&s->conflicts[x], i + 1))
        if (root_of(s, i) == y)
            return true;
    return false;
}

static enum dtype dtype_of(const struct sharing *s, value_id value)
{
    return s->cx->ir->values.at[value].type.dtype;
}

static void join(struct sharing *s, value_id a, value_id b, bool with_params)
{
    if (!is_stored(s, a) || !is_stored(s, b) || dtype_of(s, a) != dtype_of(s, b))
        return;
    uint32_t x = root_of(s, s->index[a]), y = root_of(s, s->index[b]);
    if (x == y || classes_conflict(s, x, y) ||
        (!with_params && (s->has_param[x] || s->has_param[y])))
        return;
    s->root[x] = y;
    s->has_param[y] |= s->has_param[x];
    bitset_union(&s->conflicts[y], &s->conflicts[x]);
}

static void join_edges(struct sharing *s, const struct ir_term *term)
{
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        for (uint32_t k = 0; k < term->edges[e].args.len; k++)
            join(s, term->edges[e].args.at[k],
                 s->cx->ir->blocks.at[term->edges[e].to].params.at[k], true);
}

/* What saves copies in a block. */
static void join_for_copies(struct sharing *s, block_id b)
{
    const struct ir_block *block = &s->cx->ir->blocks.at[b];
    for (uint32_t i = 0; i < block->insts.len; i++) {
        const struct ir_inst *inst = &s->cx->ir->insts.at[block->insts.at[i]];
        if (inst->kind == INST_INSERT ||
            ((inst->kind == INST_RESHAPE || inst->kind == INST_BROADCAST) &&
             keeps_order(s->cx, inst)))
            join(s, inst->args.at[0], inst->results.at[0], true);
    }
    join_edges(s, &block->term);
}

/* What saves memory: a parameter of the function is better read where it comes in. */
static void join_operations(struct sharing *s)
{
    for (uint32_t n = 0; n < s->cx->nests->nests.len; n++) {
        const struct nest *nest = &s->cx->nests->nests.at[n];
        for (uint32_t i = 0; i < nest->roots.len; i++) {
            value_id result = s->cx->ir->insts.at[nest->roots.at[i]].results.at[0];
            s->made.len = s->read_count = 0;
            add_to_event(s, nest->roots.at[i]);
            for (uint32_t r = 0; r < s->read_count; r++)
                if (!s->reads[r].everywhere)
                    join(s, s->reads[r].value, result, false);
        }
    }
}

static void join_unrelated(struct sharing *s)
{
    const struct ir_func *ir = s->cx->ir;
    VEC(uint32_t) roots = {0};
    for (uint32_t i = 0; i < s->count; i++) {
        const struct type *type = &ir->values.at[s->value[i]].type;
        if ((uint64_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes < SHARE_BYTES ||
            root_of(s, i) != i)
            continue;
        for (uint32_t k = 0; k < roots.len && root_of(s, i) == i; k++)
            if (root_of(s, roots.at[k]) == roots.at[k])
                join(s, s->value[i], s->value[roots.at[k]], false);
        if (root_of(s, i) == i)
            vec_push(s->cx->arena, &roots, i);
    }
}

static uint32_t loop_depth(const struct loops *loops, const struct cfg *cfg, block_id b)
{
    const struct loop *loop = cfg->blocks[b].loop == IR_NONE ? NULL
                                                             : loop_at(loops, cfg->blocks[b].loop);
    return loop ? loop->depth : 0;
}

static void join_all(struct sharing *s)
{
    const struct ir_func *ir = s->cx->ir;
    struct cfg cfg = cfg_of(s->cx->arena, ir);
    struct loops loops = loops_of(s->cx->arena, ir, &cfg);
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < loops.list.len; i++)
        deepest = loops.list.at[i].depth > deepest ? loops.list.at[i].depth : deepest;
    for (uint32_t depth = deepest + 1; depth-- > 0;)
        for (block_id b = 0; b < ir->blocks.len; b++)
            if (loop_depth(&loops, &cfg, b) == depth)
                join_for_copies(s, b);
    join_operations(s);
    join_unrelated(s);
}

/* ---- buffers ---------------------------------------------------------------------------------- */

/* Does an edge bring the parameter a value that is somewhere else? */
static bool param_is_written(const struct nest_cx *cx, block_id b, uint32_t index)
{
    value_id param = cx->ir->blocks.at[b].params.at[index];
    for (block_id from = 0; from < cx->ir->blocks.len; from++) {
        const struct ir_term *term = &cx->ir->blocks.at[from].term;
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            if (term->edges[e].to == b &&
                !nests_share(cx->nests, term->edges[e].args.at[index], param))
                return true;
    }
    return false;
}

static bool is_written(const struct nest_cx *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    if (v->kind == VALUE_PARAM)
        return v->block != 0 && param_is_written(cx, v->block, v->index);
    const struct ir_inst *inst = &cx->ir->insts.at[v->inst];
    bool is_map = inst->kind == INST_RESHAPE || inst->kind == INST_BROADCAST;
    return !(is_map && keeps_order(cx, inst) && nests_share(cx->nests, value, inst->args.at[0]));
}

static void add_to_buffer(struct nest_cx *cx, struct nest_buffer *buffer, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    uint64_t elements = (uint64_t)shape_elements(&v->type.shape);
    buffer->dtype = v->type.dtype;
    buffer->elements = elements > buffer->elements ? elements : buffer->elements;
    if (!buffer->hint)
        buffer->hint = v->hint;
    if (v->kind == VALUE_PARAM && v->block == 0)
        buffer->param = v->index;
    vec_push(cx->arena, &buffer->values, value);
}

static void make_buffers(struct sharing *s)
{
    struct nests *nests = s->cx->nests;
    uint32_t *of_root = ARENA_ARRAY(s->cx->arena, uint32_t, s->count + 1);
    memset(of_root, 0xff, sizeof *of_root * (s->count + 1));
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t root = root_of(s, i);
        if (of_root[root] == IR_NONE) {
            of_root[root] = nests->buffers.len;
            vec_add(s->cx->arena, &nests->buffers)->param = IR_NONE;
        }
        nests->buffer[s->value[i]] = of_root[root];
        add_to_buffer(s->cx, &nests->buffers.at[of_root[root]], s->value[i]);
    }
    for (uint32_t b = 0; b < nests->buffers.len; b++)
        for (uint32_t k = 0; k < nests->buffers.at[b].values.len; k++)
            nests->buffers.at[b].is_written |= is_written(s->cx, nests->buffers.at[b].values.at[k]);
}

void find_buffers(struct nest_cx *cx)
{
    struct sharing s = {.cx = cx};
    number_values(&s);
    s.root = ARENA_ARRAY(cx->arena, uint32_t, s.count + 1);
    s.has_param = ARENA_ARRAY(cx->arena, bool, s.count + 1);
    s.conflicts = ARENA_ARRAY(cx->arena, struct bitset, s.count + 1);
    for (uint32_t i = 0; i < s.count; i++) {
        const struct ir_value *v = &cx->ir->values.at[s.value[i]];
        s.root[i] = i;
        s.has_param[i] = v->kind == VALUE_PARAM && v->block == 0;
        s.conflicts[i] = bitset_new(cx->arena, s.count);
    }
    find_conflicts(&s);
    join_all(&s);
    make_buffers(&s);
}
