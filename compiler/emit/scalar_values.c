/* Which values of a function become C variables.
 *
 * An operation with one use, in its own block, is written inside that use. All other values that
 * are needed are variables; values that are handed from block to block in one variable of the
 * source (n = n * 3 + 1) share one C variable when they are never needed at the same time. */
#include "emit/scalar.h"

#include <string.h>

enum { MAX_WEIGHT = 8 }; /* operations in one expression */

struct analysis {
    struct scalar_func *cx;
    const struct ir_func *ir;
    uint32_t *uses;       /* per value */
    block_id *use_block;  /* of the last use seen */
    value_id *use_param;  /* the block parameter a use hands the value to, or IR_NONE */
    bool *in_nest;        /* per value: some use is in the loops of a nest */
    VEC(value_id) work;
    struct bitset *live_in; /* per block: stored values */
};

static const struct ir_inst *inst_of(const struct ir_func *ir, value_id value)
{
    const struct ir_value *v = &ir->values.at[value];
    return v->kind == VALUE_RESULT ? &ir->insts.at[v->inst] : NULL;
}

/* Written out at each use, whatever the number of uses. */
static bool is_free(const struct ir_func *ir, value_id value)
{
    const struct ir_inst *inst = inst_of(ir, value);
    return inst && (inst->kind == INST_CONST || inst->kind == INST_LANE_INDEX ||
                    inst->kind == INST_EXTENT);
}

static bool is_pure(const struct ir_inst *inst)
{
    switch (inst->kind) {
    case INST_OP:
    case INST_CONST:
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT:
    case INST_LANE_INDEX:
        return true;
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        return false;
    }
    return false;
}

static bool is_stored(const struct scalar_func *cx, value_id value)
{
    return cx->needed[value] && !scalar_is_tensor(cx->ir, value) && !cx->inlined[value] &&
           !is_free(cx->ir, value);
}

/* ---- what is needed ------------------------------------------------------------------------- */

static void need(struct analysis *a, value_id value)
{
    if (!a->cx->needed[value]) {
        a->cx->needed[value] = true;
        vec_push(a->cx->arena, &a->work, value);
    }
}

static bool inst_has_effect(const struct analysis *a, const struct ir_inst *inst)
{
    return inst->kind == INST_SHOW ? a->cx->unit->options->show : !is_pure(inst);
}

static void need_edges_to(struct analysis *a, block_id block, uint32_t index)
{
    const struct cfg_block *b = &a->cx->cfg.blocks[block];
    for (uint32_t i = 0; i < b->preds.len; i++) {
        const struct ir_term *term = &a->ir->blocks.at[b->preds.at[i]].term;
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            if (term->edges[e].to == block)
                need(a, term->edges[e].args.at[index]);
    }
}

static void find_needed(struct analysis *a)
{
    const struct ir_func *ir = a->ir;
    for (uint32_t b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            if (inst_has_effect(a, inst))
                for (uint32_t k = 0; k < inst->args.len; k++)
                    need(a, inst->args.at[k]);
        }
        if (block->term.kind == TERM_BR)
            need(a, block->term.condition);
        for (uint32_t k = 0; k < block->term.args.len; k++)
            need(a, block->term.args.at[k]);
    }
    while (a->work.len > 0) {
        value_id value = vec_pop(&a->work);
        const struct ir_value *v = &ir->values.at[value];
        if (v->kind == VALUE_PARAM && v->block != 0)
            need_edges_to(a, v->block, v->index);
        if (inst_of(ir, value) && is_pure(inst_of(ir, value)))
            for (uint32_t k = 0; k < ir->insts.at[v->inst].args.len; k++)
                need(a, ir->insts.at[v->inst].args.at[k]);
    }
}

/* ---- what is written inside its use --------------------------------------------------------- */

/* Are its operands read in the statements of a nest, perhaps often? */
static bool is_nest(const struct analysis *a, const struct ir_inst *inst)
{
    if (inst->results.len != 1 || !is_pure(inst))
        return false;
    return scalar_is_tensor(a->ir, inst->results.at[0]) ||
           (inst->kind != INST_OP && !nest_is_element(&a->cx->dialect, inst));
}

static void count_use(struct analysis *a, value_id value, block_id block, value_id param)
{
    a->uses[value]++;
    a->use_block[value] = block;
    a->use_param[value] = param;
}

static void count_uses(struct analysis *a)
{
    const struct ir_func *ir = a->ir;
    for (uint32_t b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            bool counts = inst_has_effect(a, inst) ||
                          (is_pure(inst) && a->cx->needed[inst->results.at[0]]);
            for (uint32_t k = 0; counts && k < inst->args.len; k++) {
                count_use(a, inst->args.at[k], b, IR_NONE);
                a->in_nest[inst->args.at[k]] |= is_nest(a, inst);
            }
        }
        if (block->term.kind == TERM_BR)
            count_use(a, block->term.condition, b, IR_NONE);
        for (uint32_t k = 0; k < block->term.args.len; k++)
            count_use(a, block->term.args.at[k], b, IR_NONE);
        for (uint32_t e = 0; e < ir_edge_count(&block->term); e++) {
            const struct ir_edge *edge = &block->term.edges[e];
            for (uint32_t k = 0; k < edge->args.len; k++) {
                value_id param = ir->blocks.at[edge->to].params.at[k];
                if (a->cx->needed[param])
                    count_use(a, edge->args.at[k], b, param);
            }
        }
    }
}

/* A name that the source gave stays visible, except where it is handed on under the same name. */
static bool keeps_its_name(const struct analysis *a, value_id value)
{
    name hint = a->ir->values.at[value].hint;
    if (!hint)
        return false;
    value_id param = a->use_param[value];
    return param == IR_NONE || a->ir->values.at[param].hint != hint;
}

/* The number of instructions up to the last one that writes a tensor: from there on an element may be read
 * where it is used. */
static uint32_t end_of_writes(const struct analysis *a, const struct ir_block *block)
{
    for (uint32_t e = 0; e < ir_edge_count(&block->term); e++)
        for (uint32_t k = 0; k < block->term.edges[e].args.len; k++)
            if (scalar_is_tensor(a->ir, block->term.edges[e].args.at[k]))
                return block->insts.len;
    for (uint32_t i = block->insts.len; i-- > 0;) {
        const struct ir_inst *inst = &a->ir->insts.at[block->insts.at[i]];
        for (uint32_t k = 0; k < inst->results.len; k++)
            if (a->cx->nests.form[inst->results.at[k]] == FORM_STORED)
                return i + 1;
    }
    return 0;
}

static void find_inlined(struct analysis *a)
{
    const struct ir_func *ir = a->ir;
    uint8_t *weight = ARENA_ARRAY(a->cx->arena, uint8_t, ir->values.len + 1);
    for (uint32_t b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        uint32_t written = end_of_writes(a, block);
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            bool is_element = nest_is_element(&a->cx->dialect, inst) &&
                              (i >= written || inst->kind == INST_LOAD);
            if ((inst->kind != INST_OP || scalar_is_tensor(ir, inst->results.at[0])) && !is_element)
                continue;
            value_id value = inst->results.at[0];
            uint32_t sum = 1;
            for (uint32_t k = 0; k < inst->args.len; k++)
                sum += weight[inst->args.at[k]];
            if (a->cx->needed[value] && a->uses[value] == 1 && a->use_block[value] == b &&
                sum <= MAX_WEIGHT && !keeps_its_name(a, value) && !a->in_nest[value]) {
                a->cx->inlined[value] = true;
                weight[value] = (uint8_t)sum;
            }
        }
    }
}

/* ---- liveness of stored values -------------------------------------------------------------- */

struct reading {
    const struct analysis *a;
    struct bitset *set;
};

static void add_reads(const struct analysis *a, value_id value, struct bitset *set);

static void add_nest_read(void *user, value_id value)
{
    struct reading *reading = user;
    add_reads(reading->a, value, reading->set);
}

/* Operands of an instruction, those of fused tensors among them. */
static void add_operands(const struct analysis *a, const struct ir_inst *inst, struct bitset *set)
{
    struct reading reading = {a, set};
    if (is_pure(inst) && (inst->kind != INST_OP || scalar_is_tensor(a->ir, inst->results.at[0]))) {
        nest_reads(&a->cx->dialect, a->ir->values.at[inst->results.at[0]].inst, add_nest_read,
                   &reading);
        return;
    }
    for (uint32_t k = 0; k < inst->args.len; k++)
        add_reads(a, inst->args.at[k], set);
}

/* Tensors are in memory, where sharing has been decided. */
static void add_reads(const struct analysis *a, value_id value, struct bitset *set)
{
    if (is_stored(a->cx, value))
        bitset_add(set, value);
    else if (a->cx->inlined[value])
        add_operands(a, inst_of(a->ir, value), set);
}

static void add_terminator_reads(const struct analysis *a, const struct ir_term *term,
                                 struct bitset *live)
{
    if (term->kind == TERM_BR)
        add_reads(a, term->condition, live);
    for (uint32_t k = 0; k < term->args.len; k++)
        add_reads(a, term->args.at[k], live);
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        for (uint32_t k = 0; k < term->edges[e].args.len; k++)
            if (a->cx->needed[a->ir->blocks.at[term->edges[e].to].params.at[k]])
                add_reads(a, term->edges[e].args.at[k], live);
}

/* Is the instruction a statement of its own? */
static bool is_statement(const struct analysis *a, const struct ir_inst *inst)
{
    return inst_has_effect(a, inst) ||
           (is_pure(inst) && (is_stored(a->cx, inst->results.at[0]) ||
                              a->cx->nests.form[inst->results.at[0]] == FORM_STORED));
}

/* Called for each statement from the last to the first, `live` being what is live after it. */
typedef void on_definition(void *user, value_id value, const struct bitset *live);

static void walk_back(const struct analysis *a, block_id b, struct bitset *live,
                      on_definition *defined, void *user)
{
    const struct ir_block *block = &a->ir->blocks.at[b];
    add_terminator_reads(a, &block->term, live);
    for (uint32_t i = block->insts.len; i-- > 0;) {
        const struct ir_inst *inst = &a->ir->insts.at[block->insts.at[i]];
        if (!is_statement(a, inst))
            continue;
        for (uint32_t k = 0; defined && k < inst->results.len; k++)
            if (is_stored(a->cx, inst->results.at[k]))
                defined(user, inst->results.at[k], live);
        for (uint32_t k = 0; k < inst->results.len; k++)
            bitset_remove(live, inst->results.at[k]);
        add_operands(a, inst, live);
    }
    for (uint32_t k = 0; defined && k < block->params.len; k++)
        if (is_stored(a->cx, block->params.at[k]))
            defined(user, block->params.at[k], live);
    for (uint32_t k = 0; k < block->params.len; k++)
        bitset_remove(live, block->params.at[k]);
}

static void add_live_out(const struct analysis *a, block_id b, struct bitset *live)
{
    const struct ir_term *term = &a->ir->blocks.at[b].term;
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        bitset_union(live, &a->live_in[term->edges[e].to]);
}

static void find_liveness(struct analysis *a)
{
    struct arena *arena = a->cx->arena;
    uint32_t blocks = a->ir->blocks.len;
    a->live_in = ARENA_ARRAY(arena, struct bitset, blocks);
    for (uint32_t b = 0; b < blocks; b++)
        a->live_in[b] = bitset_new(arena, a->ir->values.len);
    struct bitset live = bitset_new(arena, a->ir->values.len);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t b = blocks; b-- > 0;) {
            bitset_clear(&live);
            add_live_out(a, b, &live);
            walk_back(a, b, &live, NULL, NULL);
            changed |= bitset_union(&a->live_in[b], &live);
        }
    }
}

/* ---- sharing of variables ------------------------------------------------------------------- */

struct sharing {
    const struct analysis *a;
    uint32_t count;        /* of values that are handed over at an edge: */
    uint32_t *index;       /* per value, or IR_NONE */
    value_id *value;       /* per index */
    uint32_t *root;        /* union-find */
    struct bitset *conflicts; /* per root: indexes that are live with one of its class */
};

static void add_candidate(struct sharing *s, value_id value)
{
    if (is_stored(s->a->cx, value) && s->index[value] == IR_NONE) {
        s->value[s->count] = value;
        s->index[value] = s->count++;
    }
}

static void find_candidates(struct sharing *s)
{
    const struct ir_func *ir = s->a->ir;
    for (uint32_t b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        for (uint32_t k = 0; k < block->params.len; k++)
            add_candidate(s, block->params.at[k]);
        for (uint32_t e = 0; e < ir_edge_count(&block->term); e++)
            for (uint32_t k = 0; k < block->term.edges[e].args.len; k++)
                add_candidate(s, block->term.edges[e].args.at[k]);
    }
}

/* The value's variable is written here: it may not hold anything that is live. */
static void note_conflicts(void *user, value_id value, const struct bitset *live)
{
    struct sharing *s = user;
    uint32_t mine = s->index[value];
    if (mine == IR_NONE)
        return;
    for (uint32_t other = bitset_next(live, 0); other < live->size;
         other = bitset_next(live, other + 1)) {
        uint32_t index = s->index[other];
        if (index != IR_NONE && index != mine) {
            bitset_add(&s->conflicts[mine], index);
            bitset_add(&s->conflicts[index], mine);
        }
    }
}

static void note_block_conflicts(struct sharing *s, block_id b, struct bitset *live)
{
    const struct ir_block *block = &s->a->ir->blocks.at[b];
    bitset_clear(live);
    add_live_out(s->a, b, live);
    walk_back(s->a, b, live, note_conflicts, s);
    /* Parameters are all set at once. */
    for (uint32_t i = 0; i < block->params.len; i++)
        for (uint32_t k = 0; k < i; k++) {
            uint32_t x = s->index[block->params.at[i]], y = s->index[block->params.at[k]];
            if (x != IR_NONE && y != IR_NONE) {
                bitset_add(&s->conflicts[x], y);
                bitset_add(&s->conflicts[y], x);
            }
        }
}

static uint32_t root_of(const struct sharing *s, uint32_t index)
{
    while (s->root[index] != index)
        index = s->root[index];
    return index;
}

static bool conflicts(const struct sharing *s, uint32_t x, uint32_t y)
{
    for (uint32_t i = bitset_next(&s->conflicts[x], 0); i < s->count;
         i = bitset_next(&s->conflicts[x], i + 1))
        if (root_of(s, i) == y)
            return true;
    return false;
}

static void share(struct sharing *s, value_id arg, value_id param, bool same_name)
{
    const struct ir_func *ir = s->a->ir;
    if (!is_stored(s->a->cx, arg) || !is_stored(s->a->cx, param) ||
        ir->values.at[arg].type.dtype != ir->values.at[param].type.dtype)
        return;
    name x = ir->values.at[arg].hint, y = ir->values.at[param].hint;
    if (same_name ? x != y : x && y && x != y)
        return;
    uint32_t from = root_of(s, s->index[arg]), to = root_of(s, s->index[param]);
    if (from == to || conflicts(s, from, to))
        return;
    s->root[from] = to;
    bitset_union(&s->conflicts[to], &s->conflicts[from]);
}

static void share_all(struct sharing *s, bool same_name)
{
    const struct ir_func *ir = s->a->ir;
    for (uint32_t b = 0; b < ir->blocks.len; b++) {
        const struct ir_term *term = &ir->blocks.at[b].term;
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            for (uint32_t k = 0; k < term->edges[e].args.len; k++)
                share(s, term->edges[e].args.at[k],
                      ir->blocks.at[term->edges[e].to].params.at[k], same_name);
    }
}

static struct sharing find_sharing(const struct analysis *a)
{
    struct arena *arena = a->cx->arena;
    uint32_t values = a->ir->values.len;
    struct sharing s = {.a = a, .index = ARENA_ARRAY(arena, uint32_t, values + 1),
                        .value = ARENA_ARRAY(arena, value_id, values + 1)};
    memset(s.index, 0xff, sizeof *s.index * (values + 1));
    find_candidates(&s);
    s.root = ARENA_ARRAY(arena, uint32_t, s.count + 1);
    s.conflicts = ARENA_ARRAY(arena, struct bitset, s.count + 1);
    for (uint32_t i = 0; i < s.count; i++) {
        s.root[i] = i;
        s.conflicts[i] = bitset_new(arena, s.count);
    }
    struct bitset live = bitset_new(arena, values);
    for (uint32_t b = 0; b < a->ir->blocks.len; b++)
        note_block_conflicts(&s, b, &live);
    share_all(&s, true);
    share_all(&s, false);
    return s;
}

/* ---- variables ------------------------------------------------------------------------------ */

/* "n", then "n_2", "n_3": not yet taken in the function. */
static const char *new_name(struct scalar_func *cx, const char *hint)
{
    return name_scope_add(cx->names, hint ? c_identifier(cx->arena, hint)
                                          : arena_printf(cx->arena, "t%u", ++cx->temporaries));
}

uint32_t scalar_variable_new(struct scalar_func *cx, const char *hint, const char *type)
{
    struct variable variable = {.name = new_name(cx, hint), .type = type};
    vec_push(cx->arena, &cx->variables, variable);
    return cx->variables.len - 1;
}

/* The first name the source gave to a value of the class. */
static name class_hint(const struct sharing *s, uint32_t root)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (root_of(s, i) == root && s->a->ir->values.at[s->value[i]].hint)
            return s->a->ir->values.at[s->value[i]].hint;
    return NULL;
}

static void make_variables(struct scalar_func *cx, const struct sharing *s)
{
    uint32_t *of_root = ARENA_ARRAY(cx->arena, uint32_t, s->count + 1);
    memset(of_root, 0xff, sizeof *of_root * (s->count + 1));
    for (uint32_t value = 0; value < cx->ir->values.len; value++) {
        const struct ir_value *v = &cx->ir->values.at[value];
        bool is_param = v->kind == VALUE_PARAM && v->block == 0 && v->type.shape.rank == 0;
        if (!is_stored(cx, value) && !is_param)
            continue;
        uint32_t root = s->index[value] == IR_NONE ? IR_NONE : root_of(s, s->index[value]);
        if (root != IR_NONE && of_root[root] != IR_NONE) {
            cx->variable_of[value] = of_root[root];
        } else {
            name hint = root == IR_NONE ? v->hint : class_hint(s, root);
            cx->variable_of[value] = scalar_variable_new(cx, hint,
                                                         scalar_c_type(v->type.dtype));
            if (root != IR_NONE)
                of_root[root] = cx->variable_of[value];
        }
        if (is_param)
            cx->variables.at[cx->variable_of[value]].is_param = true;
    }
}

void scalar_values(struct scalar_func *cx)
{
    uint32_t values = cx->ir->values.len;
    struct analysis a = {.cx = cx, .ir = cx->ir};
    a.uses = ARENA_ARRAY(cx->arena, uint32_t, values + 1);
    a.use_block = ARENA_ARRAY(cx->arena, block_id, values + 1);
    a.use_param = ARENA_ARRAY(cx->arena, value_id, values + 1);
    a.in_nest = ARENA_ARRAY(cx->arena, bool, values + 1);
    cx->needed = ARENA_ARRAY(cx->arena, bool, values + 1);
    cx->inlined = ARENA_ARRAY(cx->arena, bool, values + 1);
    cx->variable_of = ARENA_ARRAY(cx->arena, uint32_t, values + 1);
    memset(cx->variable_of, 0xff, sizeof *cx->variable_of * (values + 1));
    find_needed(&a);
    count_uses(&a);
    find_inlined(&a);
    find_liveness(&a);
    struct sharing sharing = find_sharing(&a);
    make_variables(cx, &sharing);
}
