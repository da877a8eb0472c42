/* Instructions on tensors in a piece: loop nests. Where tensors lie in rows, for the lanes of the mask one
 * after the other; where they lie in columns (plan), for all lanes at once: each element is a vector.
 *
 *   AB_EACH(lane, m_b3) {
 *       double *const x = s->h_x[lane];           the rows of this lane
 *       const double a = lane_f64(a_7, lane);     scalars of this lane
 *       for (int64_t i0 = 0; i0 < 100; i0++)      the nest, as scalar mode writes it
 *           x[i0] = x[i0] * a;
 *   }
 *
 * What a nest gives as a scalar is put together from the lanes. Single elements need no loop; what has no
 * memory is written where it is read. */
#include "emit/c_lines.h"
#include "emit/gang.h"
#include "emit/nest.h"

#include <inttypes.h>
#include <string.h>

enum { MOST_TOGETHER = 8 }; /* contractions */

/* One nest on its way: the variables of its lane, declared when they are first read. */
struct lane_cx {
    struct piece_cx *piece;
    struct name_scope *names;
    struct text declarations;
    const char **rows;    /* per home: the pointer to this lane's row, or NULL */
    const char **scalars; /* per value: this lane's, or NULL */
    const char **shared;  /* per shared array: the pointer to it, or NULL */
    const char *result;   /* what gathers a scalar result of all lanes, or NULL */
    const char *mask;     /* of vectors */
    const struct plan_packing *packing; /* or NULL */
};

/* ---- what the renderer asks for ------------------------------------------------------------------ */

static struct c_expr name_expr(const char *text)
{
    return (struct c_expr){text, LEVEL_CALL};
}

static struct c_expr lane_scalar(void *user, value_id value)
{
    struct lane_cx *cx = user;
    struct piece_cx *piece = cx->piece;
    enum dtype dtype = piece->ir->values.at[value].type.dtype;
    if (plan_is_constant(piece->ir, value)) {
        const struct ir_inst *inst = &piece->ir->insts.at[piece->ir->values.at[value].inst];
        return c_constant(piece->arena, dtype, inst->constant);
    }
    if (!cx->scalars[value]) {
        const char *uniform = gang_uniform(piece, value);
        const char *lanes = gang_value(piece, value);
        cx->scalars[value] = name_scope_add(
            cx->names, arena_printf(piece->arena, "lane_%s", gang_name(piece, value)));
        text_printf(&cx->declarations, "const %s %s = ", dtype_table[dtype].c_name,
                    cx->scalars[value]);
        if (uniform)
            text_printf(&cx->declarations, "%s;\n", uniform);
        else if (dtype == DT_BOOL)
            text_printf(&cx->declarations, "%s >> lane & 1;\n", lanes);
        else
            text_printf(&cx->declarations, "lane_%s(%s, lane);\n", dtype_table[dtype].name, lanes);
    }
    return name_expr(cx->scalars[value]);
}

static const char *lane_memory(void *user, value_id stored, bool writes)
{
    struct lane_cx *cx = user;
    struct piece_cx *piece = cx->piece;
    uint32_t id = gang_home(piece, stored);
    const struct plan_home *home = &piece->entry->homes.at[id];
    (void)writes;
    if (!cx->rows[id]) {
        const char *wish = strncmp(home->name, "h_", 2) ? home->name : home->name + 2;
        cx->rows[id] = name_scope_add(cx->names, c_identifier(piece->arena, wish));
        text_printf(&cx->declarations, "%s *const %s = s->%s[lane];\n",
                    dtype_table[home->dtype].c_name, cx->rows[id], home->name);
    }
    return cx->rows[id];
}

static const char *lane_shared(void *user, uint32_t symbol)
{
    struct lane_cx *cx = user;
    const struct ir_shared *shared = &cx->piece->plan->prog->shared.at[symbol];
    if (!cx->shared[symbol]) {
        cx->shared[symbol] = name_scope_add(cx->names,
                                            c_identifier(cx->piece->arena, shared->name));
        text_printf(&cx->declarations, "const %s *const %s = %s;\n",
                    dtype_table[shared->type.dtype].c_name, cx->shared[symbol],
                    gang_shared(cx->piece, symbol));
    }
    return cx->shared[symbol];
}

static const char *lane_extent(void *user, uint32_t extent)
{
    return gang_extent(((struct lane_cx *)user)->piece, extent);
}

static const char *set_lane_scalar(void *user, value_id value, struct c_expr expr)
{
    struct lane_cx *cx = user;
    struct arena *arena = cx->piece->arena;
    if (cx->piece->ir->values.at[value].type.dtype == DT_BOOL)
        return arena_printf(arena, "%s |= (mask)((mask)(%s) << lane);", cx->result, expr.text);
    return arena_printf(arena, "%s[lane] = %s;", cx->result, expr.text);
}

/* ---- a nest ---------------------------------------------------------------------------------------- */

static const char *text_of_nest(struct lane_cx *cx, inst_id inst)
{
    struct piece_cx *piece = cx->piece;
    struct nest_dialect dialect = {
        .arena = piece->arena, .prog = piece->plan->prog, .ir = piece->ir,
        .nests = &piece->func->nests, .kernels = piece->kernels, .tables = piece->unit->tables,
        .names = cx->names, .user = cx, .scalar = lane_scalar, .memory = lane_memory,
        .shared = lane_shared, .extent = lane_extent, .set_scalar = set_lane_scalar};
    static const char *const taken[] = {"s", "call", "lane", "lane_left", "fuel", "leave"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        name_scope_add(cx->names, taken[i]);
    return nest_text(&dialect, inst);
}

/* A scalar result: lanes that are not in the mask are 0. */
static void declare_result(struct lane_cx *cx, value_id result)
{
    struct piece_cx *piece = cx->piece;
    enum dtype dtype = piece->ir->values.at[result].type.dtype;
    piece->names[result] = gang_name(piece, result);
    cx->result = piece->names[result];
    if (dtype == DT_BOOL) {
        text_printf(piece->out, "mask %s = 0;\n", cx->result);
        return;
    }
    cx->result = arena_printf(piece->arena, "%s_lanes", cx->result);
    text_printf(piece->out, "%s %s[AB_LANES] = {0};\n", dtype_table[dtype].c_name, cx->result);
}

static void load_result(struct lane_cx *cx, value_id result)
{
    struct piece_cx *piece = cx->piece;
    enum dtype dtype = piece->ir->values.at[result].type.dtype;
    if (dtype != DT_BOOL)
        text_printf(piece->out, "const %s %s = ld_%s(%s);\n", gang_type(dtype),
                    piece->names[result], dtype_table[dtype].name, cx->result);
}

static void emit_nest(struct piece_cx *piece, inst_id inst, const char *m)
{
    value_id result = piece->ir->insts.at[inst].results.at[0];
    struct lane_cx cx = {.piece = piece, .names = name_scope_new(piece->arena)};
    cx.rows = ARENA_ARRAY(piece->arena, const char *, piece->entry->homes.len + 1);
    cx.scalars = ARENA_ARRAY(piece->arena, const char *, piece->ir->values.len + 1);
    cx.shared = ARENA_ARRAY(piece->arena, const char *, piece->plan->prog->shared.len + 1);
    bool is_scalar = !plan_is_tensor(piece->ir, result);
    if (is_scalar)
        declare_result(&cx, result);
    const char *body = text_of_nest(&cx, inst);
    if (*body) {
        text_printf(piece->out, "AB_EACH(lane, %s) {\n", m);
        piece->out->indent++;
        if (cx.declarations.chars)
            text_put(piece->out, cx.declarations.chars);
        c_put_lines(piece->arena, piece->out, body);
        piece->out->indent--;
        text_put(piece->out, "}\n");
    }
    if (is_scalar)
        load_result(&cx, result);
    text_free(&cx.declarations);
}

/* ---- a nest over vectors of lanes ------------------------------------------------------------------- */

static struct c_expr vector_scalar(void *user, value_id value)
{
    struct lane_cx *cx = user;
    struct piece_cx *piece = cx->piece;
    const struct ir_value *v = &piece->ir->values.at[value];
    if (plan_is_constant(piece->ir, value))
        return c_constant(piece->arena, v->type.dtype, piece->ir->insts.at[v->inst].constant);
    const char *uniform = gang_uniform(piece, value);
    return name_expr(uniform ? uniform : gang_value(piece, value));
}

static bool scalar_is_uniform(void *user, value_id value)
{
    return gang_uniform(((struct lane_cx *)user)->piece, value) != NULL;
}

static const struct plan_home *home_of(const struct lane_cx *cx, value_id stored)
{
    const struct piece_cx *piece = cx->piece;
    const struct plan_packing *packing = cx->packing;
    if (packing && stored == packing->lanes)
        return &piece->entry->homes.at[packing->operand];
    if (packing && stored == piece->ir->insts.at[packing->inst].results.at[0])
        return &piece->entry->homes.at[packing->result];
    return &piece->entry->homes.at[gang_home(piece, stored)];
}

static const char *vector_memory(void *user, value_id stored, bool writes)
{
    struct lane_cx *cx = user;
    (void)writes;
    return arena_printf(cx->piece->arena, "s->%s", home_of(cx, stored)->name);
}

static const char *vector_element(void *user, value_id stored, const char *index, bool writes)
{
    struct lane_cx *cx = user;
    const struct plan_home *home = home_of(cx, stored);
    (void)writes;
    return arena_printf(cx->piece->arena, "ld_%s(s->%s[%s])", dtype_table[home->dtype].name,
                        home->name, index);
}

static const char *vector_store(void *user, value_id stored, const char *index, const char *lanes)
{
    struct lane_cx *cx = user;
    const struct plan_home *home = home_of(cx, stored);
    return arena_printf(cx->piece->arena, "st_%s(%s, s->%s[%s], %s);",
                        dtype_table[home->dtype].name, cx->mask, home->name, index, lanes);
}

static const char *vector_copy(void *user, value_id to, value_id from)
{
    struct lane_cx *cx = user;
    const struct type *type = &cx->piece->ir->values.at[to].type;
    return arena_printf(cx->piece->arena, "columns_copy_%s(%s, &s->%s[0][0], &s->%s[0][0], %lld);",
                        dtype_table[type->dtype].name, cx->mask, home_of(cx, to)->name,
                        home_of(cx, from)->name, (long long)shape_elements(&type->shape));
}

static const char *set_vector(void *user, value_id value, struct c_expr expr)
{
    struct lane_cx *cx = user;
    return arena_printf(cx->piece->arena, "%s = %s;", cx->piece->names[value], expr.text);
}

static struct nest_dialect vector_dialect(struct lane_cx *cx)
{
    struct piece_cx *piece = cx->piece;
    static const char *const taken[] = {"s", "call", "lane", "fuel", "leave", "m"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        name_scope_add(cx->names, taken[i]);
    return (struct nest_dialect){
        .arena = piece->arena, .prog = piece->plan->prog, .ir = piece->ir,
        .nests = &piece->func->nests, .kernels = piece->kernels, .tables = piece->unit->tables,
        .names = cx->names, .user = cx, .scalar = vector_scalar, .memory = vector_memory,
        .element = vector_element, .shared = lane_shared, .extent = lane_extent,
        .set_scalar = set_vector, .lanes_kernels = piece->kernels, .mask = cx->mask,
        .is_uniform = scalar_is_uniform, .store = vector_store, .copy = vector_copy};
}

/* How many contractions from this one on are made together. */
static uint32_t dots_from(struct piece_cx *piece, struct nest_dialect *dialect, inst_id inst,
                          inst_id *insts)
{
    const struct ir_block *block =
        &piece->ir->blocks.at[piece->ir->values.at[piece->ir->insts.at[inst].results.at[0]].block];
    uint32_t at = 0, count = 0;
    while (block->insts.at[at] != inst)
        at++;
    for (; at < block->insts.len && count < MOST_TOGETHER; at++) {
        const struct ir_inst *next = &piece->ir->insts.at[block->insts.at[at]];
        if (next->kind != INST_CONTRACT)
            break;
        insts[count++] = block->insts.at[at];
    }
    return nest_dots_together(dialect, insts, count);
}

/* Elements of shared arrays are read only if there is a lane: their indexes may be out of range otherwise. */
static void emit_vectors(struct piece_cx *piece, inst_id inst, const char *m)
{
    struct lane_cx cx = {.piece = piece, .names = name_scope_new(piece->arena), .mask = m};
    cx.shared = ARENA_ARRAY(piece->arena, const char *, piece->plan->prog->shared.len + 1);
    struct nest_dialect dialect = vector_dialect(&cx);
    inst_id insts[MOST_TOGETHER] = {inst};
    uint32_t together = piece->ir->insts.at[inst].kind == INST_CONTRACT
        ? dots_from(piece, &dialect, inst, insts) : 0;
    for (uint32_t i = 0; i < (together ? together : 1); i++) {
        value_id result = piece->ir->insts.at[insts[i]].results.at[0];
        enum dtype dtype = piece->ir->values.at[result].type.dtype;
        if (plan_is_tensor(piece->ir, result))
            continue;
        piece->names[result] = gang_name(piece, result);
        text_printf(piece->out, "%s %s = %s;\n", gang_type(dtype), piece->names[result],
                    gang_zero(piece, dtype));
        bitset_add(&piece->made_together, insts[i]);
    }
    const char *body = together ? nest_dots(&dialect, insts, together) : nest_text(&dialect, inst);
    if (*body) {
        text_printf(piece->out, "if (%s) {\n", m);
        piece->out->indent++;
        if (cx.declarations.chars)
            text_put(piece->out, cx.declarations.chars);
        c_put_lines(piece->arena, piece->out, body);
        piece->out->indent--;
        text_put(piece->out, "}\n");
    }
    text_free(&cx.declarations);
}

/* "rows_pack_f64(&s->packed_operand_f64[0][0], &s->h_x[0][0], 104, 100);" and its way back. */
static void put_turn(struct piece_cx *piece, const char *m, value_id stored, uint32_t columns)
{
    const struct plan_home *packed = &piece->entry->homes.at[columns];
    const struct plan_home *rows = &piece->entry->homes.at[gang_home(piece, stored)];
    const char *dtype = dtype_table[rows->dtype].name;
    uint64_t row = plan_row_stride(rows->dtype, rows->elements);
    int64_t count = shape_elements(&piece->ir->values.at[stored].type.shape);
    if (m)
        text_printf(piece->out,
                    "rows_unpack_%s(%s, &s->%s[0][0], %" PRIu64 ", &s->%s[0][0], %" PRId64 ");\n",
                    dtype, m, rows->name, row, packed->name, count);
    else
        text_printf(piece->out, "rows_pack_%s(&s->%s[0][0], &s->%s[0][0], %" PRIu64 ", %" PRId64 ");\n",
                    dtype, packed->name, rows->name, row, count);
}

/* Over vectors of lanes, between rows: the plan says which contractions are worth it. */
static void emit_packed(struct piece_cx *piece, const struct plan_packing *packing, const char *m)
{
    struct lane_cx cx = {.piece = piece, .names = name_scope_new(piece->arena), .mask = m,
                         .packing = packing};
    cx.shared = ARENA_ARRAY(piece->arena, const char *, piece->plan->prog->shared.len + 1);
    struct nest_dialect dialect = vector_dialect(&cx);
    const char *body = nest_text(&dialect, packing->inst);
    text_printf(piece->out, "if (%s) {\n", m);
    piece->out->indent++;
    put_turn(piece, NULL, packing->lanes, packing->operand);
    if (cx.declarations.chars)
        text_put(piece->out, cx.declarations.chars);
    text_put(piece->out, body);
    put_turn(piece, m, piece->ir->insts.at[packing->inst].results.at[0], packing->result);
    piece->out->indent--;
    text_put(piece->out, "}\n");
    text_free(&cx.declarations);
}

/* ---- instructions ------------------------------------------------------------------------------------ */

static bool is_by_columns(const struct piece_cx *cx, value_id value)
{
    return plan_is_tensor(cx->ir, value)
        && cx->entry->homes.at[gang_home(cx, value)].by_columns;
}

void emit_tensor(struct piece_cx *cx, inst_id id, const char *m)
{
    const struct ir_inst *inst = &cx->ir->insts.at[id];
    value_id result = inst->results.at[0];
    struct row_moves moves = {0};
    if (cx->func->nests.form[result] == FORM_FUSED)
        return;
    if (!plan_is_tensor(cx->ir, result) && (inst->kind == INST_EXTRACT || inst->kind == INST_LOAD)) {
        emit_element(cx, inst, m);
    } else if (is_element_insert(cx, inst)) {
        rows_move(cx, &moves, gang_home(cx, result), inst->args.at[0]);
        rows_emit(cx, &moves, m);
        emit_element_insert(cx, inst, m);
    } else if (cx->entry->vectors) {
        if (!bitset_has(&cx->made_together, id))
            emit_vectors(cx, id, m);
    } else if (is_by_columns(cx, result)) {
        emit_columns(cx, inst, m);
    } else if (plan_packing_of(cx->func, id)) {
        emit_packed(cx, plan_packing_of(cx->func, id), m);
    } else {
        emit_nest(cx, id, m);
    }
}
