/* The statements of nests: loops over elements, and what is stored. */
#include "emit/nest_place.h"

#include <inttypes.h>
#include <string.h>

/* ---- loops ------------------------------------------------------------------------------------ */

static const char *index_name(const struct render *r)
{
    uint32_t depth = 0;
    for (uint32_t i = 0; i < r->loops.len; i++)
        depth += r->loops.at[i].is_line;
    const char **slot = &r->d->scratch->index_names[depth < MAX_LOOPS ? depth : MAX_LOOPS - 1];
    if (!*slot)
        *slot = name_scope_add(r->d->names, arena_printf(r->d->arena, "i%" PRIu32, depth));
    return *slot;
}

static const char *number_text(const struct render *r, int64_t number)
{
    return arena_printf(r->d->arena, "%" PRId64, number);
}

struct index begin_text_loop(struct render *r, const char *first, const char *end, int64_t step)
{
    const char *index = index_name(r);
    const char *next = step == 1 ? arena_printf(r->d->arena, "%s++", index)
                                 : arena_printf(r->d->arena, "%s += %" PRId64, index, step);
    text_printf(r->out, "for (int64_t %s = %s; %s < %s; %s) {\n", index, first, index, end, next);
    vec_add(r->d->arena, &r->loops)->body = r->out->len;
    vec_last(&r->loops).is_line = true;
    r->out->indent++;
    return index_term(index, INT64_MAX);
}

struct index begin_loop(struct render *r, int64_t first, int64_t end, int64_t step)
{
    if (end - first == 1) {
        vec_add(r->d->arena, &r->loops)->body = r->out->len;
        return index_constant(first);
    }
    struct index index = begin_text_loop(r, number_text(r, first), number_text(r, end), step);
    index.terms[0].limit = end;
    return index;
}

struct place begin_elements(struct render *r, const struct shape *shape, bool flat)
{
    if (flat || shape->rank == 1) {
        struct place place = place_of_linear(begin_loop(r, 0, shape_elements(shape), 1));
        place.has_axes = shape->rank == 1;
        place.axis[0] = place.linear;
        return place;
    }
    struct index axis[SHAPE_MAX_RANK];
    for (int i = 0; i < shape->rank; i++)
        axis[i] = begin_loop(r, 0, shape->dim[i], 1);
    return place_of_axes(r, shape, axis);
}

/* One statement, under any number of loops that have no braces? */
static bool is_one_statement(const char *body)
{
    for (;;) {
        const char *line = body + strspn(body, " "), *end = strchr(line, '\n');
        if (!end || *line == '}')
            return false;
        if (end[1] == '\0')
            return strncmp(line, "const ", 6) != 0;
        if (strncmp(line, "for (", 5) != 0 || end[-1] == '{')
            return false;
        body = end + 1;
    }
}

/* Takes the brace away again where C needs none. */
static void end_loop(struct render *r)
{
    struct text *out = r->out;
    size_t body = vec_last(&r->loops).body;
    bool is_line = vec_pop(&r->loops).is_line;
    if (!is_line)
        return;
    out->indent--;
    if (out->len > body && is_one_statement(out->chars + body)) {
        memmove(out->chars + body - 3, out->chars + body - 1, out->len - body + 2);
        out->len -= 2;
    } else {
        text_put(out, "}\n");
    }
}

void forget_locals(struct render *r)
{
    while (r->locals.len > 0)
        r->local[vec_pop(&r->locals)] = NULL;
}

void end_loops(struct render *r, uint32_t count)
{
    while (r->loops.len > count)
        end_loop(r);
    forget_locals(r);
}

/* ---- elementwise ------------------------------------------------------------------------------ */

static bool is_needed(const struct render *r, value_id value)
{
    return !r->d->is_needed || r->d->is_needed(r->d->user, value);
}

static void begin_walk(const struct render *r)
{
    r->d->scratch->epoch++;
}

/* Does the operation read `what` at its own index? */
static bool reads_here(const struct render *r, const struct ir_inst *inst, value_id what)
{
    struct nest_scratch *scratch = r->d->scratch;
    for (uint32_t i = 0; i < inst->args.len; i++) {
        value_id arg = inst->args.at[i];
        const struct ir_inst *of = nest_value_inst(r, arg);
        if (arg == what)
            return true;
        if (!of || of->kind != INST_OP || r->d->nests->form[arg] != FORM_FUSED ||
            scratch->seen[arg] == scratch->epoch)
            continue;
        scratch->seen[arg] = scratch->epoch;
        if (reads_here(r, of, what))
            return true;
    }
    return false;
}

static bool later_root_reads(const struct render *r, const struct nest *nest, uint32_t index)
{
    value_id value = r->d->ir->insts.at[nest->roots.at[index]].results.at[0];
    begin_walk(r);
    for (uint32_t i = index + 1; i < nest->roots.len; i++)
        if (reads_here(r, &r->d->ir->insts.at[nest->roots.at[i]], value))
            return true;
    return false;
}

static void put_root(struct render *r, const struct nest *nest, uint32_t index,
                     const struct place *place)
{
    const struct ir_inst *inst = &r->d->ir->insts.at[nest->roots.at[index]];
    value_id value = inst->results.at[0];
    const struct ir_value *v = &r->d->ir->values.at[value];
    if (!is_needed(r, value))
        return;
    struct c_operand element = operation_at(r, inst, place);
    if (later_root_reads(r, nest, index)) {
        const char *wish = v->hint ? arena_printf(r->d->arena, "%s_e", v->hint) : "t";
        element.expr = (struct c_expr){
            put_local(r, v->type.dtype, element.is_lanes, wish, element.expr.text), LEVEL_CALL};
        r->local[value] = element.expr.text;
        r->d->scratch->local_is_lanes[value] = element.is_lanes;
        vec_push(r->d->arena, &r->locals, value);
    }
    put_store(r, value, place, element);
}

static void put_nest(struct render *r, const struct nest *nest)
{
    bool any = false, flat = true;
    const struct shape *shape = NULL;
    begin_walk(r);
    for (uint32_t i = 0; i < nest->roots.len; i++) {
        const struct ir_inst *inst = &r->d->ir->insts.at[nest->roots.at[i]];
        any |= is_needed(r, inst->results.at[0]);
        shape = &nest_type(r, inst->results.at[0])->shape;
        for (uint32_t k = 0; k < inst->args.len; k++)
            flat = flat && is_flat(r, inst->args.at[k]);
    }
    if (!any)
        return;
    struct place place = begin_elements(r, shape, flat);
    for (uint32_t i = 0; i < nest->roots.len; i++)
        put_root(r, nest, i, &place);
    end_loops(r, 0);
}

/* ---- makers ----------------------------------------------------------------------------------- */

/* Puts the elements of `value` into those of `stored` that begin at an offset. */
static void put_elements(struct render *r, value_id stored, int64_t offset, value_id value)
{
    const struct shape *shape = &nest_type(r, value)->shape;
    struct place place, to;
    begin_walk(r);
    place = shape->rank == 0 ? place_of_linear(index_constant(0))
                             : begin_elements(r, shape, is_flat(r, value));
    struct index first = index_constant(offset);
    to = place_of_linear(index_add(place.linear, &first));
    struct c_operand element = nest_element_at(r, value, &place);
    put_store(r, stored, &to, element);
    end_loops(r, 0);
}

static void put_build(struct render *r, const struct ir_inst *inst)
{
    int64_t part = shape_elements(&nest_type(r, inst->args.at[0])->shape);
    for (uint32_t i = 0; i < inst->args.len; i++)
        put_elements(r, inst->results.at[0], i * part, inst->args.at[i]);
}

static void put_concat(struct render *r, const struct ir_inst *inst)
{
    const struct shape *whole = &nest_type(r, inst->results.at[0])->shape;
    int64_t offset = 0;
    for (uint32_t i = 0; i < inst->args.len; i++) {
        const struct shape *part = &nest_type(r, inst->args.at[i])->shape;
        if (shape_elements(part) == 0)
            continue;
        struct place from = begin_elements(r, part, false);
        struct index axis[SHAPE_MAX_RANK], first = index_constant(offset);
        memcpy(axis, from.axis, sizeof axis);
        axis[inst->axis] = index_add(axis[inst->axis], &first);
        struct place to = place_of_axes(r, whole, axis);
        struct c_operand element = nest_element_at(r, inst->args.at[i], &from);
        put_store(r, inst->results.at[0], &to, element);
        end_loops(r, 0);
        offset += part->dim[inst->axis];
    }
}

/* All of a tensor is copied at once. */
static void put_copy(struct render *r, value_id to, const char *from)
{
    const struct type *type = nest_type(r, to);
    text_printf(r->out, "memcpy(%s, %s, %" PRId64 " * sizeof(%s));\n",
                r->d->memory(r->d->user, to, true), from, shape_elements(&type->shape),
                dtype_table[type->dtype].c_name);
}

static void put_insert(struct render *r, const struct ir_inst *inst)
{
    value_id value = inst->args.at[inst->args.len - 1], result = inst->results.at[0];
    const struct shape *shape = &nest_type(r, value)->shape;
    bool must_copy = !nests_share(r->d->nests, inst->args.at[0], result);
    if (must_copy && r->d->lanes_kernels)
        text_printf(r->out, "%s\n", r->d->copy(r->d->user, result, inst->args.at[0]));
    else if (must_copy)
        put_copy(r, result, r->d->memory(r->d->user, inst->args.at[0], false));
    if (shape_elements(shape) == 0)
        return;
    begin_walk(r);
    bool flat = region_is_contiguous(r, inst) && is_flat(r, value);
    struct place from = shape->rank == 0 ? place_of_linear(index_constant(0))
                                         : begin_elements(r, shape, flat);
    struct place to = region_place(r, inst, from);
    struct c_operand element = nest_element_at(r, value, &from);
    put_store(r, result, &to, element);
    end_loops(r, 0);
}

/* Are all elements one constant, wherever they are read? */
static bool is_splat(const struct render *r, value_id value)
{
    const struct ir_inst *inst = nest_value_inst(r, value);
    if (r->d->nests->form[value] != FORM_FUSED)
        return r->d->nests->form[value] == FORM_SCALAR;
    if (inst->kind == INST_CONST)
        return !inst->elements;
    return inst->kind != INST_OP && inst->args.len > 0 && is_splat(r, inst->args.at[0]);
}

static void put_take(struct render *r, const struct ir_inst *inst)
{
    const struct shape *table = &nest_type(r, inst->args.at[0])->shape;
    const struct shape *rows = &nest_type(r, inst->args.at[1])->shape;
    struct shape row = {.rank = (uint8_t)(table->rank - 1)};
    struct index axis[SHAPE_MAX_RANK];
    memcpy(row.dim, table->dim + 1, sizeof row.dim - sizeof row.dim[0]);
    begin_walk(r);
    struct place at = begin_elements(r, rows, is_flat(r, inst->args.at[1]));
    struct c_expr index = nest_element_at(r, inst->args.at[1], &at).expr;
    bool is_named = row.rank > 0 && table->dim[0] > 1 && !is_splat(r, inst->args.at[0]);
    axis[0] = index_term(is_named ? put_local(r, DT_I64, false, "row", index.text)
                                  : c_factor(r->d->arena, index), table->dim[0]);
    struct place in_row = row.rank ? begin_elements(r, &row, false)
                                   : place_of_linear(index_constant(0));
    memcpy(axis + 1, in_row.axis, sizeof axis - sizeof axis[0]);
    struct place from = place_of_axes(r, table, axis);
    struct index linear = index_scale(at.linear, shape_elements(&row));
    linear = index_add(linear, &in_row.linear);
    struct place to = place_of_linear(linear);
    struct c_operand element = nest_element_at(r, inst->args.at[0], &from);
    put_store(r, inst->results.at[0], &to, element);
    end_loops(r, 0);
}

static void put_scalar(struct render *r, value_id value, struct c_operand element)
{
    if (r->d->lanes_kernels)
        element.expr = (struct c_expr){c_as_lanes(r->d->arena, &element), LEVEL_CALL};
    const char *line = r->d->set_scalar(r->d->user, value, element.expr);
    if (*line)
        text_printf(r->out, "%s\n", line);
}

/* Each element of the result by itself, in loops of its own. */
static void put_reduction(struct render *r, const struct ir_inst *inst,
                          const char *(*reduced)(struct render *r, const struct ir_inst *inst,
                                                 const struct place *place))
{
    value_id result = inst->results.at[0];
    const struct shape *shape = &nest_type(r, result)->shape;
    struct place place = shape->rank ? begin_elements(r, shape, false)
                                     : place_of_linear(index_constant(0));
    place.has_axes = true;
    const char *text = reduced(r, inst, &place);
    struct c_operand element = {.expr = {text, LEVEL_CHOICE}, .dtype = nest_type(r, result)->dtype,
                                .value = result, .is_lanes = r->d->lanes_kernels != NULL};
    if (shape->rank == 0)
        put_scalar(r, result, element);
    else
        put_store(r, result, &place, element);
    end_loops(r, 0);
}

/* A map, constant or scalar. */
static void put_stored_map(struct render *r, const struct ir_inst *inst)
{
    value_id result = inst->results.at[0];
    if (nest_type(r, result)->shape.rank == 0) {
        put_scalar(r, result, taken_at(r, inst));
        forget_locals(r);
        return;
    }
    bool keeps = inst->kind == INST_RESHAPE || inst->kind == INST_BROADCAST;
    if (keeps && nests_share(r->d->nests, inst->args.at[0], result))
        return;
    if (inst->kind == INST_CONST && inst->elements && !r->d->lanes_kernels) {
        const struct type *type = nest_type(r, result);
        put_copy(r, result, nest_table(r->d->tables, type->dtype, inst->elements,
                                       shape_elements(&type->shape)));
        return;
    }
    begin_walk(r);
    struct place place = begin_elements(r, &nest_type(r, result)->shape, map_is_flat(r, inst));
    struct c_operand element = mapped_at(r, inst, &place);
    put_store(r, result, &place, element);
    end_loops(r, 0);
}

static void put_inst(struct render *r, inst_id id)
{
    const struct ir_inst *inst = &r->d->ir->insts.at[id];
    const struct nests *nests = r->d->nests;
    switch (inst->kind) {
    case INST_OP:
        if (nests->nest[id] != IR_NONE) {
            const struct nest *nest = &nests->nests.at[nests->nest[id]];
            if (vec_last(&nest->roots) == id)
                put_nest(r, nest);
        }
        return;
    case INST_CONST:
    AB_CASE_INDEX_MAPS:
        put_stored_map(r, inst);
        return;
    case INST_BUILD:
        put_build(r, inst);
        return;
    case INST_CONCAT:
        put_concat(r, inst);
        return;
    case INST_INSERT:
        put_insert(r, inst);
        return;
    case INST_TAKE:
        put_take(r, inst);
        return;
    case INST_REDUCE:
        put_reduction(r, inst, reduced_at);
        return;
    case INST_ARG_REDUCE:
        put_reduction(r, inst, arg_reduced_at);
        return;
    case INST_CONTRACT:
        if (nest_type(r, inst->results.at[0])->shape.rank == 1 && is_tiled(r, inst))
            put_rows_of_dots(r, inst);
        else if (contracts_by_rows(r, inst))
            put_contract_by_rows(r, inst);
        else
            put_reduction(r, inst, contracted_at);
        return;
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        return;
    }
}

/* ---- the interface ---------------------------------------------------------------------------- */

static void count_uses(const struct ir_func *ir, uint32_t *uses)
{
    for (uint32_t b = 0; b < ir->blocks.len; b++)
        for (uint32_t i = 0; i < ir->blocks.at[b].insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[ir->blocks.at[b].insts.at[i]];
            for (uint32_t k = 0; k < inst->args.len; k++)
                uses[inst->args.at[k]]++;
        }
}

static struct render render_of(struct nest_dialect *d, struct text *out)
{
    if (!d->scratch) {
        uint32_t values = d->ir->values.len + 1;
        d->scratch = ARENA_NEW(d->arena, struct nest_scratch);
        d->scratch->uses = ARENA_ARRAY(d->arena, uint32_t, values);
        d->scratch->seen = ARENA_ARRAY(d->arena, uint32_t, values);
        d->scratch->local = ARENA_ARRAY(d->arena, const char *, values);
        d->scratch->local_is_lanes = ARENA_ARRAY(d->arena, bool, values);
        count_uses(d->ir, d->scratch->uses);
    }
    return (struct render){.d = d, .out = out, .local = d->scratch->local};
}

const char *nest_text(struct nest_dialect *d, inst_id id)
{
    const struct ir_inst *inst = &d->ir->insts.at[id];
    value_id result = inst->results.at[0];
    const struct type *type = &d->ir->values.at[result].type;
    bool is_empty = type->shape.rank > 0 && shape_elements(&type->shape) == 0;
    if (d->nests->form[result] == FORM_FUSED || is_empty)
        return "";
    struct text text = {0};
    struct render r = render_of(d, &text);
    put_inst(&r, id);
    const char *result_text = arena_strdup(d->arena, text.chars ? text.chars : "");
    text_free(&text);
    return result_text;
}

const char *nest_dots(struct nest_dialect *d, const inst_id *insts, uint32_t count)
{
    struct text text = {0};
    struct render r = render_of(d, &text);
    put_dots(&r, insts, count, put_scalar);
    const char *result_text = arena_strdup(d->arena, text.chars ? text.chars : "");
    text_free(&text);
    return result_text;
}

uint32_t nest_dots_together(struct nest_dialect *d, const inst_id *insts, uint32_t count)
{
    struct render r = render_of(d, NULL);
    const struct ir_inst *first = &d->ir->insts.at[insts[0]];
    uint32_t together = 0;
    while (together < count && together < MOST_DOTS) {
        const struct ir_inst *inst = &d->ir->insts.at[insts[together]];
        if (inst->kind != INST_CONTRACT || inst->args.at[1] != first->args.at[1]
            || nest_type(&r, inst->results.at[0])->shape.rank > 0 || !is_tiled(&r, inst)
            || !type_equal(nest_type(&r, inst->args.at[0]), nest_type(&r, first->args.at[0])))
            break;
        together++;
    }
    return together;
}

/* Only maps between the scalar and memory? */
static bool is_mere_element(const struct nest_dialect *d, value_id value)
{
    const struct ir_value *v = &d->ir->values.at[value];
    if (d->nests->form[value] == FORM_STORED)
        return true;
    const struct ir_inst *inst = v->kind == VALUE_RESULT ? &d->ir->insts.at[v->inst] : NULL;
    switch (inst ? inst->kind : INST_OP) {
    case INST_CONST:
    case INST_IOTA:
    case INST_LOAD:
        return true;
    case INST_EXTRACT:
    case INST_BROADCAST:
    case INST_RESHAPE:
    case INST_TRANSPOSE:
        return d->ir->values.at[inst->args.at[0]].type.shape.rank == 0 ||
               is_mere_element(d, inst->args.at[0]);
    AB_CASE_TENSOR_MAKERS:
    case INST_OP:
    case INST_CALL:
    case INST_CHECK:
    case INST_LANE_INDEX:
    case INST_SHOW:
    case INST_EXTENT:
        return false;
    }
    return false;
}

bool nest_is_element(const struct nest_dialect *d, const struct ir_inst *inst)
{
    if (inst->results.len != 1 || d->ir->values.at[inst->results.at[0]].type.shape.rank > 0)
        return false;
    if (inst->kind == INST_LOAD)
        return true;
    bool is_map = inst->kind == INST_EXTRACT || inst->kind == INST_RESHAPE;
    return is_map && is_mere_element(d, inst->args.at[0]);
}

struct c_expr nest_element(struct nest_dialect *d, const struct ir_inst *inst)
{
    struct text text = {0};
    struct render r = render_of(d, &text);
    struct c_expr expr = taken_at(&r, inst).expr;
    text_free(&text);
    return expr;
}

/* ---- what is read ----------------------------------------------------------------------------- */

static void read_value(const struct nest_dialect *d, value_id value,
                       void (*read)(void *user, value_id value), void *user)
{
    struct nest_scratch *scratch = d->scratch;
    if (d->nests->form[value] != FORM_FUSED) {
        read(user, value);
        return;
    }
    if (scratch->seen[value] == scratch->epoch)
        return;
    scratch->seen[value] = scratch->epoch;
    const struct ir_inst *inst = &d->ir->insts.at[d->ir->values.at[value].inst];
    for (uint32_t i = 0; i < inst->args.len; i++)
        read_value(d, inst->args.at[i], read, user);
}

void nest_reads(struct nest_dialect *d, inst_id id, void (*read)(void *user, value_id value),
                void *user)
{
    struct render r = render_of(d, NULL);
    uint32_t index = d->nests->nest[id];
    const struct nest one = {.roots = {.at = &id, .len = 1}};
    const struct nest *nest = index == IR_NONE ? &one : &d->nests->nests.at[index];
    begin_walk(&r);
    for (uint32_t i = 0; vec_last(&nest->roots) == id && i < nest->roots.len; i++) {
        const struct ir_inst *inst = &d->ir->insts.at[nest->roots.at[i]];
        for (uint32_t k = 0; k < inst->args.len; k++)
            read_value(d, inst->args.at[k], read, user);
    }
}

/* ---- tables ----------------------------------------------------------------------------------- */

struct nest_tables {
    struct arena *arena;
    VEC(struct table {
        enum dtype dtype;
        const union scalar *elements;
        int64_t count;
        const char *name;
    }) list;
};

struct nest_tables *nest_tables_new(struct arena *arena)
{
    struct nest_tables *tables = ARENA_NEW(arena, struct nest_tables);
    tables->arena = arena;
    return tables;
}

const char *nest_table(struct nest_tables *tables, enum dtype dtype, const union scalar *elements,
                       int64_t count)
{
    for (uint32_t i = 0; i < tables->list.len; i++) {
        const struct table *table = &tables->list.at[i];
        if (table->dtype == dtype && table->count == count &&
            !memcmp(table->elements, elements, (size_t)count * sizeof *elements))
            return table->name;
    }
    const char *table_name = arena_printf(tables->arena, "ab_table_%" PRIu32,
                                          tables->list.len + 1);
    struct table table = {dtype, elements, count, table_name};
    vec_push(tables->arena, &tables->list, table);
    return table_name;
}

void nest_tables_emit(const struct nest_tables *tables, struct text *out)
{
    for (uint32_t i = 0; i < tables->list.len; i++) {
        const struct table *table = &tables->list.at[i];
        text_printf(out, "static const %s %s[] = {", dtype_table[table->dtype].c_name, table->name);
        size_t column = 100;
        for (int64_t k = 0; k < table->count; k++) {
            const char *text = constant_text(tables->arena, table->dtype, table->elements[k]);
            column += strlen(text) + 2;
            if (column > 98) {
                text_put(out, "\n    ");
                column = 4 + strlen(text) + 2;
            } else {
                text_put(out, " ");
            }
            text_printf(out, "%s,", text);
        }
        text_put(out, "\n};\n\n");
    }
}
