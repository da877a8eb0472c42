/* Counted loops that multiply rows of a shared array by a vector do eight rows at once: their products
 * stand side by side (so that engines keep what they share in registers), and what the rows are added to
 * goes through memory once for eight of them.
 *
 *   h loop(%i, %g):  %t = lt %i, %n                      j loop(%i, %g):  %t = lt %i, (%n - 7)
 *                    br %t, b, x                                          br %t, c, h(%i, %g)
 *   b:  %r = load @X[%i]                                 c:  %r0 = load @X[%i] .. %r7 = load @X[%i + 7]
 *       %z = contract %r, %beta                  -->         %z0 = contract %r0, %beta .. %z7
 *       %p = .. %z ..                                        %p0 = .. %z0 ..  %g1 = fma %p0, %r0, %g
 *       %g2 = fma %p, %r, %g                                 .. %g8
 *       jmp h(%i + 1, %g2)                                   jmp j(%i + 8, %g8)
 *                                                        h:  as before, for the rows that are left
 *
 * What must hold: the loop counts by ones up to a limit that is an extent or a constant and is left there
 * only; its body is one block without checks, calls and other effects. The order of everything that is added
 * stays. */
#include "ir/tensor.h"
#include "pass/passes.h"

#include <string.h>

enum { ROWS = 8, SHORTEST_ROW = 16, MOST_INSTRUCTIONS = 100 };

struct jam {
    struct ir_prog *prog;
    struct ir_func *func;
    struct arena *scratch;
    struct cfg cfg;
    const struct loop *loop;
    block_id header, body;
    uint32_t counter;      /* which parameter of the header */
    value_id limit;
    VEC(inst_id) insts;    /* of header and body, in order */
    bool *early;           /* per inst: a product, or what one is made of */
    value_id *map[ROWS];   /* per value: what it is in each row */
};

/* ---- which loops ------------------------------------------------------------------------------ */

static const struct ir_inst *definition(const struct jam *jam, value_id value)
{
    const struct ir_value *v = &jam->func->values.at[value];
    return v->kind == VALUE_RESULT ? &jam->func->insts.at[v->inst] : NULL;
}

static bool is_const(const struct jam *jam, value_id value, int64_t *constant)
{
    const struct ir_inst *inst = definition(jam, value);
    if (!inst || inst->kind != INST_CONST || jam->func->values.at[value].type.shape.rank > 0)
        return false;
    *constant = inst->constant.i;
    return true;
}

static bool is_inside(const struct jam *jam, value_id value)
{
    return bitset_has(&jam->loop->body, jam->func->values.at[value].block);
}

/* An extent is not negative, and no smaller than what memory holds: eight less is no overflow. */
static bool is_limit(const struct jam *jam, value_id value)
{
    const struct ir_inst *inst = definition(jam, value);
    int64_t constant;
    return inst && (inst->kind == INST_EXTENT
                    || (is_const(jam, value, &constant) && constant >= ROWS));
}

static const struct ir_edge *back_edge(const struct jam *jam)
{
    return &jam->func->blocks.at[jam->body].term.edges[0];
}

/* "lt %i, %n" where %i is a parameter that each round makes larger by one. */
static bool find_counter(struct jam *jam)
{
    const struct ir_block *header = &jam->func->blocks.at[jam->header];
    const struct ir_inst *test = definition(jam, header->term.condition);
    if (!test || test->kind != INST_OP || test->op != OP_lt || !is_limit(jam, test->args.at[1]))
        return false;
    for (uint32_t i = 0; i < header->params.len; i++) {
        const struct ir_inst *next = definition(jam, back_edge(jam)->args.at[i]);
        int64_t step;
        if (header->params.at[i] != test->args.at[0] || !next || next->kind != INST_OP
            || next->op != OP_add || next->args.at[0] != header->params.at[i]
            || !is_const(jam, next->args.at[1], &step) || step != 1
            || jam->func->values.at[header->params.at[i]].type.dtype != DT_I64)
            continue;
        jam->counter = i;
        jam->limit = test->args.at[1];
        return true;
    }
    return false;
}

static bool collect(struct jam *jam)
{
    block_id blocks[2] = {jam->header, jam->body};
    jam->insts.len = 0;
    for (int b = 0; b < 2; b++) {
        const struct ir_block *block = &jam->func->blocks.at[blocks[b]];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            if (!ir_inst_is_pure(&jam->func->insts.at[block->insts.at[i]]))
                return false;
            vec_push(jam->scratch, &jam->insts, block->insts.at[i]);
        }
    }
    return jam->insts.len <= MOST_INSTRUCTIONS;
}

/* A row of a shared array, times a vector from outside: made ready in the form `contract row, vector`. */
static bool is_product(const struct jam *jam, struct ir_inst *inst)
{
    if (inst->kind != INST_CONTRACT || jam->func->values.at[inst->results.at[0]].type.shape.rank > 0)
        return false;
    for (uint32_t k = 0; k < 2; k++) {
        value_id row = inst->args.at[k], vector = inst->args.at[1 - k];
        const struct ir_inst *load = definition(jam, row);
        if (!load || load->kind != INST_LOAD || !is_inside(jam, row) || is_inside(jam, vector)
            || shape_elements(&jam->func->values.at[row].type.shape) < SHORTEST_ROW
            || dtype_table[jam->func->values.at[row].type.dtype].cls != CLASS_FLOAT)
            continue;
        inst->args.at[0] = row; /* x * y = y * x */
        inst->args.at[1] = vector;
        return true;
    }
    return false;
}

/* Marks what a product is made of; false if that is something that goes round the loop, but the counter. */
static bool mark_early(struct jam *jam, value_id value)
{
    const struct ir_value *v = &jam->func->values.at[value];
    if (!is_inside(jam, value))
        return true;
    if (v->kind == VALUE_PARAM)
        return v->index == jam->counter;
    const struct ir_inst *inst = &jam->func->insts.at[v->inst];
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!mark_early(jam, inst->args.at[i]))
            return false;
    return jam->early[v->inst] = true;
}

static bool find_products(struct jam *jam)
{
    bool any = false;
    jam->early = ARENA_ARRAY(jam->scratch, bool, jam->func->insts.len + 1);
    for (uint32_t i = 0; i < jam->insts.len; i++) {
        struct ir_inst *inst = &jam->func->insts.at[jam->insts.at[i]];
        if (!is_product(jam, inst))
            continue;
        if (!mark_early(jam, inst->results.at[0]))
            return false;
        any = true;
    }
    return any;
}

static bool is_fit(struct jam *jam)
{
    const struct loop *loop = jam->loop;
    const struct ir_block *header = &jam->func->blocks.at[loop->header];
    if (loop->end != loop->header + 2 || loop->latches.len != 1 || loop->exit_count != 1
        || loop->exits[0].from != loop->header || header->term.kind != TERM_BR)
        return false;
    jam->header = loop->header;
    jam->body = loop->header + 1;
    if (jam->func->blocks.at[jam->body].term.kind != TERM_JMP
        || jam->func->blocks.at[jam->body].params.len > 0 || header->term.edges[0].to != jam->body)
        return false;
    return find_counter(jam) && collect(jam) && find_products(jam);
}

/* ---- eight rows ------------------------------------------------------------------------------- */

static value_id mapped(const struct jam *jam, uint32_t row, value_id value)
{
    return jam->map[row][value];
}

static void copy_inst(struct jam *jam, block_id to, inst_id id, uint32_t row)
{
    struct arena *arena = jam->prog->arena;
    const struct ir_inst *inst = &jam->func->insts.at[id];
    struct ir_inst copy = ir_inst_copy(arena, inst);
    inst_id copy_id = jam->func->insts.len;
    for (uint32_t i = 0; i < inst->args.len; i++)
        vec_push(arena, &copy.args, mapped(jam, row, inst->args.at[i]));
    for (uint32_t i = 0; i < inst->results.len; i++) {
        struct ir_value value = jam->func->values.at[inst->results.at[i]];
        value.block = to;
        value.inst = copy_id;
        vec_push(arena, &jam->func->values, value);
        vec_push(arena, &copy.results, jam->func->values.len - 1);
        jam->map[row][inst->results.at[i]] = jam->func->values.len - 1;
    }
    vec_push(arena, &jam->func->insts, copy);
    vec_push(arena, &jam->func->blocks.at[to].insts, copy_id);
}

static value_id integer(struct jam *jam, block_id block, int64_t value, struct loc loc)
{
    return ir_const(jam->prog, jam->func, block, DT_I64, (union scalar){.i = value}, loc);
}

static value_id binary(struct jam *jam, block_id block, enum op op, enum dtype result, value_id x,
                       value_id y, struct loc loc)
{
    const value_id args[2] = {x, y};
    return ir_op(jam->prog, jam->func, block, op, type_scalar(result), args, 2, loc);
}

/* First what products are made of, for all rows, then the products. */
static void write_early(struct jam *jam, block_id to, bool products)
{
    for (uint32_t row = 0; row < ROWS; row++)
        for (uint32_t i = 0; i < jam->insts.len; i++) {
            inst_id id = jam->insts.at[i];
            bool is_contract = jam->func->insts.at[id].kind == INST_CONTRACT;
            if (jam->early[id] && is_contract == products)
                copy_inst(jam, to, id, row);
        }
}

static void write_rest(struct jam *jam, block_id to)
{
    uint32_t params = jam->func->blocks.at[jam->header].params.len;
    for (uint32_t row = 0; row < ROWS; row++) {
        for (uint32_t i = 0; i < jam->insts.len; i++)
            if (!jam->early[jam->insts.at[i]])
                copy_inst(jam, to, jam->insts.at[i], row);
        for (uint32_t i = 0; i < params && row + 1 < ROWS; i++)
            if (i != jam->counter)
                jam->map[row + 1][jam->func->blocks.at[jam->header].params.at[i]] =
                    mapped(jam, row, back_edge(jam)->args.at[i]);
    }
}

static struct ir_edge *entering_edge(const struct jam *jam)
{
    const struct cfg_block *node = &jam->cfg.blocks[jam->header];
    struct ir_edge *found = NULL;
    for (uint32_t p = 0; p < node->preds.len; p++) {
        struct ir_term *term = &jam->func->blocks.at[node->preds.at[p]].term;
        for (uint32_t e = 0; e < ir_edge_count(term); e++)
            if (term->edges[e].to == jam->header && node->preds.at[p] != jam->body) {
                if (found)
                    return NULL;
                found = &term->edges[e];
            }
    }
    return found;
}

static void write_eight(struct jam *jam)
{
    uint32_t old_values = jam->func->values.len;
    struct loc loc = jam->func->blocks.at[jam->header].loc;
    block_id head = ir_block_new(jam->prog, jam->func, "rows", loc);
    block_id body = ir_block_new(jam->prog, jam->func, "eight", loc);
    uint32_t params = jam->func->blocks.at[jam->header].params.len;
    value_id *heads = ARENA_ARRAY(jam->scratch, value_id, params + 1);
    value_id *next = ARENA_ARRAY(jam->scratch, value_id, params + 1);
    jam->func->blocks.at[head].is_loop = true;
    for (uint32_t i = 0; i < params; i++) {
        const struct ir_value v =
            jam->func->values.at[jam->func->blocks.at[jam->header].params.at[i]];
        heads[i] = ir_param_new(jam->prog, jam->func, head, v.type, v.hint, v.loc);
    }
    for (uint32_t row = 0; row < ROWS; row++) {
        jam->map[row] = ARENA_ARRAY(jam->scratch, value_id, old_values + 1);
        for (value_id v = 0; v < old_values; v++)
            jam->map[row][v] = v;
        for (uint32_t i = 0; i < params; i++)
            jam->map[row][jam->func->blocks.at[jam->header].params.at[i]] = heads[i];
    }
    value_id limit = jam->limit;
    if (is_inside(jam, limit)) { /* an extent or a constant: made anew in the new header */
        const struct ir_inst *inst = definition(jam, limit);
        copy_inst(jam, head, (inst_id)(inst - jam->func->insts.at), 0);
        limit = mapped(jam, 0, jam->limit);
    }
    value_id last = binary(jam, head, OP_sub, DT_I64, limit, integer(jam, head, ROWS - 1, loc), loc);
    value_id test = binary(jam, head, OP_lt, DT_BOOL, heads[jam->counter], last, loc);
    ir_br(jam->prog, jam->func, head, test, body, jam->header, loc);
    for (uint32_t i = 0; i < params; i++)
        vec_push(jam->prog->arena, &jam->func->blocks.at[head].term.edges[1].args, heads[i]);
    for (uint32_t row = 1; row < ROWS; row++)
        jam->map[row][jam->func->blocks.at[jam->header].params.at[jam->counter]] = binary(
            jam, body, OP_add, DT_I64, heads[jam->counter], integer(jam, body, row, loc), loc);
    write_early(jam, body, false);
    write_early(jam, body, true);
    write_rest(jam, body);
    for (uint32_t i = 0; i < params; i++)
        next[i] = mapped(jam, ROWS - 1, back_edge(jam)->args.at[i]);
    ir_jmp(jam->prog, jam->func, body, head, next, params);
    entering_edge(jam)->to = head;
}

bool pass_jam(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id f = 0; f < prog->funcs.len; f++) {
        struct jam jam = {.prog = prog, .func = &prog->funcs.at[f], .scratch = cx->scratch};
        jam.cfg = cfg_of(cx->scratch, jam.func);
        struct loops loops = loops_of(cx->scratch, jam.func, &jam.cfg);
        for (uint32_t i = 0; i < loops.list.len; i++) {
            jam.loop = &loops.list.at[i];
            if (!is_fit(&jam) || !entering_edge(&jam))
                continue;
            write_eight(&jam);
            changed = true;
        }
    }
    return changed;
}
