/* Tensors in scalar mode. A buffer of the plan is a local array, or the caller's memory: an argument that
 * nothing is written to is read where it is, and a buffer that becomes a result is the place where the caller wants
 * it, if every return of the function finds the result there. */
#include "emit/scalar.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

bool scalar_is_tensor(const struct ir_func *ir, value_id value)
{
    return ir->values.at[value].type.shape.rank > 0;
}

uint32_t scalar_array(const struct scalar_func *cx, value_id stored)
{
    return cx->array_of[cx->nests.buffer[stored]];
}

/* ---- the dialect ------------------------------------------------------------------------------ */

static struct c_expr read_scalar(void *user, value_id value)
{
    struct scalar_func *cx = user;
    return scalar_expr_of(cx, value, cx->reads);
}

static const char *array_name(void *user, value_id stored, bool writes)
{
    struct scalar_func *cx = user;
    if (writes)
        vec_push(cx->arena, &cx->writes, scalar_array(cx, stored));
    else
        vec_push(cx->arena, cx->reads, scalar_array(cx, stored));
    return cx->variables.at[scalar_array(cx, stored)].name;
}

static const char *shared_name(void *user, uint32_t symbol)
{
    return scalar_shared(user, symbol);
}

static const char *extent_name(void *user, uint32_t extent)
{
    return scalar_extent(user, extent);
}

/* The value is set by a statement of its own, behind the others. */
static const char *set_scalar(void *user, value_id value, struct c_expr expr)
{
    struct scalar_func *cx = user;
    (void)value;
    cx->scalar_text = expr.text;
    return "";
}

static bool value_is_needed(void *user, value_id value)
{
    return ((const struct scalar_func *)user)->needed[value];
}

static const char *member_local(struct scalar_func *cx, const char **local, const char *member)
{
    if (!*local)
        *local = name_scope_add(cx->names, member);
    return *local;
}

const char *scalar_shared(struct scalar_func *cx, uint32_t symbol)
{
    return member_local(cx, &cx->shared_names[symbol], cx->unit->shared_names[symbol]);
}

const char *scalar_extent(struct scalar_func *cx, uint32_t extent)
{
    return member_local(cx, &cx->extent_names[extent], cx->unit->extent_names[extent]);
}

void scalar_nests(struct scalar_func *cx)
{
    const struct ir_prog *prog = cx->unit->prog;
    cx->names = name_scope_new(cx->arena);
    cx->nests = nests_of(cx->arena, prog, cx->id);
    cx->shared_names = ARENA_ARRAY(cx->arena, const char *, prog->shared.len + 1);
    cx->extent_names = ARENA_ARRAY(cx->arena, const char *, prog->extents.len + 1);
    cx->dialect = (struct nest_dialect){
        .arena = cx->arena, .prog = prog, .ir = cx->ir, .nests = &cx->nests,
        .kernels = cx->unit->kernels, .tables = cx->unit->tables, .names = cx->names, .user = cx,
        .scalar = read_scalar, .memory = array_name, .shared = shared_name, .extent = extent_name,
        .set_scalar = set_scalar, .is_needed = value_is_needed};
}

/* ---- arrays ----------------------------------------------------------------------------------- */

/* The buffer that every return finds result `index` in, or IR_NONE. A tail call reads its arguments while
 * its callee writes the results. */
static uint32_t returned_buffer(const struct scalar_func *cx, uint32_t index)
{
    uint32_t buffer = IR_NONE;
    for (uint32_t b = 0; b < cx->ir->blocks.len; b++) {
        const struct ir_term *term = &cx->ir->blocks.at[b].term;
        if (term->kind != TERM_RET)
            continue;
        uint32_t at = cx->nests.buffer[term->args.at[index]];
        for (uint32_t k = 0; k < term->args.len; k++)
            if (k != index && cx->nests.buffer[term->args.at[k]] == at)
                return IR_NONE;
        if (buffer != IR_NONE && at != buffer)
            return IR_NONE;
        buffer = at;
    }
    bool is_borrowed = buffer != IR_NONE && cx->nests.buffers.at[buffer].param != IR_NONE &&
                       !cx->nests.buffers.at[buffer].is_written;
    if (buffer == IR_NONE || is_borrowed ||
        cx->nests.buffers.at[buffer].elements !=
            (uint64_t)shape_elements(&cx->ir->results.at[index].shape))
        return IR_NONE;
    for (uint32_t b = 0; b < cx->ir->blocks.len; b++) {
        const struct ir_term *term = &cx->ir->blocks.at[b].term;
        for (uint32_t k = 0; term->kind == TERM_TAIL && k < term->args.len; k++)
            if (cx->nests.buffer[term->args.at[k]] == buffer)
                return IR_NONE;
    }
    return buffer;
}

static uint32_t pointer_new(struct scalar_func *cx, const char *hint, enum dtype dtype, bool is_const)
{
    const char *type = arena_printf(cx->arena, "%s%s *restrict", is_const ? "const " : "",
                                    dtype_table[dtype].c_name);
    uint32_t variable = scalar_variable_new(cx, hint, type);
    cx->variables.at[variable].is_param = true;
    return variable;
}

static void make_param_pointers(struct scalar_func *cx)
{
    const struct ir_block *entry = &cx->ir->blocks.at[0];
    for (uint32_t i = 0; i < entry->params.len; i++) {
        value_id param = entry->params.at[i];
        const struct ir_value *v = &cx->ir->values.at[param];
        if (!scalar_is_tensor(cx->ir, param)) {
            cx->param_of[i] = cx->variable_of[param];
            continue;
        }
        const struct nest_buffer *buffer = &cx->nests.buffers.at[cx->nests.buffer[param]];
        const char *hint = v->hint && buffer->is_written ? arena_printf(cx->arena, "%s_in", v->hint)
                                                         : v->hint;
        cx->param_of[i] = pointer_new(cx, hint, v->type.dtype, true);
        if (!buffer->is_written)
            cx->array_of[cx->nests.buffer[param]] = cx->param_of[i];
    }
}

static void make_result_pointers(struct scalar_func *cx)
{
    for (uint32_t k = 0; k < cx->ir->results.len; k++) {
        const struct type *type = &cx->ir->results.at[k];
        if (type->shape.rank == 0)
            continue;
        uint32_t buffer = returned_buffer(cx, k);
        name hint = buffer == IR_NONE ? NULL : cx->nests.buffers.at[buffer].hint;
        cx->out_of[k] = pointer_new(cx, hint ? hint : "out", type->dtype, false);
        cx->returned_in_place[k] = buffer != IR_NONE;
        if (buffer != IR_NONE)
            cx->array_of[buffer] = cx->out_of[k];
    }
}

/* The constant that is all a buffer ever holds, or NULL. */
static const struct ir_inst *only_constant(const struct scalar_func *cx,
                                           const struct nest_buffer *buffer)
{
    const struct ir_value *v = &cx->ir->values.at[buffer->values.at[0]];
    if (buffer->values.len != 1 || v->kind != VALUE_RESULT)
        return NULL;
    const struct ir_inst *inst = &cx->ir->insts.at[v->inst];
    return inst->kind == INST_CONST && inst->elements ? inst : NULL;
}

static void make_array(struct scalar_func *cx, uint32_t index)
{
    const struct nest_buffer *buffer = &cx->nests.buffers.at[index];
    const struct ir_inst *constant = only_constant(cx, buffer);
    if (constant) {
        struct variable table = {.is_table = true, .type = "",
                                 .name = nest_table(cx->unit->tables, buffer->dtype,
                                                    constant->elements,
                                                    (int64_t)buffer->elements)};
        cx->array_of[index] = cx->variables.len;
        vec_push(cx->arena, &cx->variables, table);
        return;
    }
    const char *type = dtype_table[buffer->dtype].c_name;
    cx->array_of[index] = scalar_variable_new(cx, buffer->hint, type);
    cx->variables.at[cx->array_of[index]].dims =
        arena_printf(cx->arena, "[%" PRIu64 "]", buffer->elements > 0 ? buffer->elements : 1);
}

void scalar_arrays(struct scalar_func *cx)
{
    uint32_t buffers = cx->nests.buffers.len;
    cx->array_of = ARENA_ARRAY(cx->arena, uint32_t, buffers + 1);
    cx->param_of = ARENA_ARRAY(cx->arena, uint32_t, cx->ir->params.len + 1);
    cx->out_of = ARENA_ARRAY(cx->arena, uint32_t, cx->ir->results.len + 1);
    cx->returned_in_place = ARENA_ARRAY(cx->arena, bool, cx->ir->results.len + 1);
    memset(cx->array_of, 0xff, sizeof *cx->array_of * (buffers + 1));
    memset(cx->out_of, 0xff, sizeof *cx->out_of * (cx->ir->results.len + 1));
    make_param_pointers(cx);
    make_result_pointers(cx);
    for (uint32_t b = 0; b < buffers; b++)
        if (cx->array_of[b] == IR_NONE)
            make_array(cx, b);
}

/* ---- statements ------------------------------------------------------------------------------- */

struct stmt *scalar_stmt(struct scalar_func *cx, struct stmts *list, enum stmt_kind kind,
                         const char *text)
{
    struct stmt *stmt = vec_add(cx->arena, list);
    stmt->kind = kind;
    stmt->text = text;
    stmt->variable = IR_NONE;
    return stmt;
}

static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && !isalnum((unsigned char)at[len]) && at[len] != '_')
            return true;
    }
    return false;
}

/* What was rendered need not have come into the text: an index into an axis of one element, say. */
static void keep_reads_of(const struct scalar_func *cx, const char *text, struct indexes *reads)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < reads->len; i++)
        if (has_word(text, cx->variables.at[reads->at[i]].name))
            reads->at[kept++] = reads->at[i];
    reads->len = kept;
}

static void add_text(struct scalar_func *cx, const char *text, struct indexes reads,
                     struct stmts *list)
{
    if (*text == '\0')
        return;
    keep_reads_of(cx, text, &reads);
    struct stmt *stmt = scalar_stmt(cx, list, STMT_TEXT, text);
    stmt->reads = reads;
    stmt->writes = cx->writes;
}

static void add_set(struct scalar_func *cx, value_id value, const char *text, struct indexes reads,
                    struct stmts *list)
{
    keep_reads_of(cx, text, &reads);
    struct stmt *stmt = scalar_stmt(cx, list, STMT_SET, text);
    stmt->variable = cx->variable_of[value];
    stmt->reads = reads;
}

static struct indexes copy_of(struct scalar_func *cx, const struct indexes *indexes)
{
    struct indexes copy = {0};
    for (uint32_t i = 0; i < indexes->len; i++)
        vec_push(cx->arena, &copy, indexes->at[i]);
    return copy;
}

void scalar_tensor(struct scalar_func *cx, inst_id id, struct stmts *list)
{
    const struct ir_inst *inst = &cx->ir->insts.at[id];
    value_id result = inst->results.at[0];
    struct indexes reads = {0};
    bool is_scalar = !scalar_is_tensor(cx->ir, result);
    if ((is_scalar || inst->kind != INST_OP) && (!cx->needed[result] || cx->inlined[result]))
        return;
    if (!is_scalar && cx->nests.form[result] == FORM_STORED &&
        cx->variables.at[scalar_array(cx, result)].is_table)
        return;
    cx->reads = &reads;
    cx->writes = (struct indexes){0};
    if (nest_is_element(&cx->dialect, inst)) {
        const char *element = nest_element(&cx->dialect, inst).text;
        add_set(cx, result, element, reads, list);
        return;
    }
    const char *text = nest_text(&cx->dialect, id);
    add_text(cx, text, copy_of(cx, &reads), list);
    if (is_scalar)
        add_set(cx, result, cx->scalar_text, reads, list);
}

void scalar_copy(struct scalar_func *cx, uint32_t to, uint32_t from, const struct type *type,
                 struct stmts *list)
{
    int64_t elements = shape_elements(&type->shape);
    if (elements == 0)
        return;
    struct stmt *stmt = scalar_stmt(cx, list, STMT_DO,
                                    arena_printf(cx->arena, "memcpy(%s, %s, %" PRId64 " * sizeof(%s));",
                                                 cx->variables.at[to].name,
                                                 cx->variables.at[from].name, elements,
                                                 dtype_table[type->dtype].c_name));
    vec_push(cx->arena, &stmt->writes, to);
    vec_push(cx->arena, &stmt->reads, from);
}

struct tensor_copy {
    uint32_t to, from;
    const struct type *type;
};

/* A copy into an array that no other copy reads any more, or `count`. */
static uint32_t next_tensor_copy(const struct tensor_copy *copies, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool is_read = false;
        for (uint32_t k = 0; k < count; k++)
            is_read |= k != i && copies[k].from == copies[i].to;
        if (!is_read)
            return i;
    }
    return count;
}

static uint32_t array_new(struct scalar_func *cx, const char *hint, const struct type *type)
{
    uint32_t variable = scalar_variable_new(cx, hint, dtype_table[type->dtype].c_name);
    cx->variables.at[variable].dims = arena_printf(cx->arena, "[%" PRId64 "]",
                                                   shape_elements(&type->shape));
    return variable;
}

/* All at once: where copies wait for each other in a circle, one array is kept aside. */
void scalar_tensor_edge(struct scalar_func *cx, const struct ir_edge *edge, struct stmts *list)
{
    const struct ir_block *to = &cx->ir->blocks.at[edge->to];
    struct tensor_copy *copies = ARENA_ARRAY(cx->arena, struct tensor_copy, edge->args.len + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < edge->args.len; i++) {
        value_id param = to->params.at[i], arg = edge->args.at[i];
        if (scalar_is_tensor(cx->ir, param) && cx->needed[param] &&
            !nests_share(&cx->nests, param, arg))
            copies[count++] = (struct tensor_copy){scalar_array(cx, param), scalar_array(cx, arg),
                                                   &cx->ir->values.at[param].type};
    }
    while (count > 0) {
        uint32_t index = next_tensor_copy(copies, count);
        if (index == count) {
            index = 0;
            const char *hint = arena_printf(cx->arena, "%s_old",
                                            cx->variables.at[copies[0].to].name);
            uint32_t old = array_new(cx, hint, copies[0].type);
            scalar_copy(cx, old, copies[0].to, copies[0].type, list);
            for (uint32_t k = 0; k < count; k++)
                if (copies[k].from == copies[0].to)
                    copies[k].from = old;
        }
        scalar_copy(cx, copies[index].to, copies[index].from, copies[index].type, list);
        copies[index] = copies[--count];
    }
}

void scalar_tensor_return(struct scalar_func *cx, const struct ir_term *term, struct stmts *list)
{
    for (uint32_t k = 0; k < term->args.len; k++)
        if (scalar_is_tensor(cx->ir, term->args.at[k]) && !cx->returned_in_place[k])
            scalar_copy(cx, cx->out_of[k], scalar_array(cx, term->args.at[k]),
                        &cx->ir->results.at[k], list);
}
