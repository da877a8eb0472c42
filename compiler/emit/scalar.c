/* Scalar mode: the emitted C runs one example after the other, one C function for each function.
 * Calls within a cycle of the call graph carry the depth; `cx` holds the depth limit and the first
 * fault. A visit is one example; between visits only the head is state. */
#include "emit/scalar.h"

#include <inttypes.h>
#include <string.h>

/* ---- facts about functions ------------------------------------------------------------------ */

static bool same_cycle(const struct scalar_unit *unit, func_id a, func_id b)
{
    return unit->graph.recursive[a] && unit->graph.scc[a] == unit->graph.scc[b];
}

/* What the function does itself. */
static void find_own_facts(struct scalar_unit *unit, func_id id)
{
    const struct ir_func *ir = &unit->prog->funcs.at[id];
    for (uint32_t b = 0; b < ir->blocks.len; b++) {
        const struct ir_block *block = &ir->blocks.at[b];
        const struct ir_term *term = &block->term;
        unit->can_loop[id] |= block->is_loop ||
                              (term->kind == TERM_TAIL && same_cycle(unit, id, term->callee));
        unit->can_fault[id] |= term->kind == TERM_FAULT;
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &ir->insts.at[block->insts.at[i]];
            unit->can_fault[id] |= inst->kind == INST_CHECK ||
                                   (inst->kind == INST_CALL && same_cycle(unit, id, inst->callee));
            unit->needs_shared[id] |= inst->kind == INST_LOAD || inst->kind == INST_EXTENT;
            unit->needs_cx[id] |= inst->kind == INST_LANE_INDEX ||
                                  (inst->kind == INST_SHOW && unit->options->show);
        }
    }
    unit->needs_cx[id] |= unit->can_fault[id];
}

/* What it does through those it calls. */
static void find_facts(struct scalar_unit *unit)
{
    uint32_t count = unit->prog->funcs.len;
    for (func_id id = 0; id < count; id++)
        find_own_facts(unit, id);
    for (bool changed = true; changed;) {
        changed = false;
        for (func_id id = 0; id < count; id++)
            for (uint32_t i = 0; i < unit->graph.callees[id].len; i++) {
                func_id callee = unit->graph.callees[id].at[i];
                bool more = (unit->can_fault[callee] && !unit->can_fault[id]) ||
                            (unit->can_loop[callee] && !unit->can_loop[id]) ||
                            (unit->needs_cx[callee] && !unit->needs_cx[id]) ||
                            (unit->needs_shared[callee] && !unit->needs_shared[id]);
                unit->can_fault[id] |= unit->can_fault[callee];
                unit->can_loop[id] |= unit->can_loop[callee];
                unit->needs_cx[id] |= unit->needs_cx[callee];
                unit->needs_shared[id] |= unit->needs_shared[callee];
                changed |= more;
            }
    }
}

static void find_reached(struct scalar_unit *unit)
{
    for (uint32_t i = 0; i < unit->prog->entries.len; i++) {
        struct bitset reach = callgraph_reach(unit->arena, &unit->graph, unit->prog,
                                              unit->prog->entries.at[i].func);
        for (func_id id = 0; id < unit->prog->funcs.len; id++)
            unit->reached[id] |= bitset_has(&reach, id);
    }
}

/* "f_fib", "f_lerp_2". */
static void name_functions(struct scalar_unit *unit)
{
    for (func_id id = 0; id < unit->prog->funcs.len; id++) {
        char *text = arena_printf(unit->arena, "f_%s", unit->prog->funcs.at[id].name);
        for (char *c = text; *c; c++)
            if (*c == '.' || *c == '|' || *c == ' ')
                *c = '_';
        unit->names[id] = c_unique(unit->arena, text, unit->names, id);
    }
}

/* Members of struct ab_shared: "X", "X_2". */
static void name_shared(struct scalar_unit *unit)
{
    const struct ir_prog *prog = unit->prog;
    struct name_scope *members = name_scope_new(unit->arena);
    unit->shared_names = ARENA_ARRAY(unit->arena, const char *, prog->shared.len + 1);
    unit->extent_names = ARENA_ARRAY(unit->arena, const char *, prog->extents.len + 1);
    for (uint32_t i = 0; i < prog->shared.len; i++)
        unit->shared_names[i] =
            name_scope_add(members, c_identifier(unit->arena, prog->shared.at[i].name));
    for (uint32_t i = 0; i < prog->extents.len; i++)
        unit->extent_names[i] =
            name_scope_add(members, c_identifier(unit->arena, prog->extents.at[i].name));
}

static struct scalar_unit unit_of(struct arena *arena, const struct ir_prog *prog,
                                  const struct emit_options *options)
{
    size_t count = prog->funcs.len + 1;
    struct scalar_unit unit = {
        .arena = arena, .prog = prog, .options = options, .graph = callgraph_of(arena, prog),
        .kernels = kernels_new(arena, prog->bodies), .names = ARENA_ARRAY(arena, const char *, count),
        .reached = ARENA_ARRAY(arena, bool, count), .can_fault = ARENA_ARRAY(arena, bool, count),
        .can_loop = ARENA_ARRAY(arena, bool, count), .needs_cx = ARENA_ARRAY(arena, bool, count),
        .needs_shared = ARENA_ARRAY(arena, bool, count), .tables = nest_tables_new(arena)};
    name_shared(&unit);
    find_facts(&unit);
    find_reached(&unit);
    name_functions(&unit);
    return unit;
}

/* ---- functions ------------------------------------------------------------------------------ */

static const char *put_param(const struct scalar_func *cx, struct text *text,
                             const char *separator, uint32_t variable)
{
    const struct variable *v = &cx->variables.at[variable];
    const char *space = v->type[strlen(v->type) - 1] == '*' ? "" : " ";
    text_printf(text, "%s%s%s%s", separator, v->type, space, v->name);
    return ", ";
}

/* "static int64_t f_fib(struct ab_cx *cx, uint32_t depth, int64_t n)" */
static const char *head_of(const struct scalar_func *cx)
{
    const struct scalar_unit *unit = cx->unit;
    struct text text = {0};
    const char *separator = "";
    text_printf(&text, "static %s %s(", scalar_result_type(cx->arena, cx->ir), unit->names[cx->id]);
    if (unit->needs_cx[cx->id]) {
        text_put(&text, "struct ab_cx *cx");
        separator = ", ";
    }
    if (unit->graph.recursive[cx->id]) {
        text_printf(&text, "%suint32_t depth", separator);
        separator = ", ";
    }
    if (unit->needs_shared[cx->id]) {
        text_printf(&text, "%sconst struct ab_shared *shared", separator);
        separator = ", ";
    }
    for (uint32_t i = 0; i < cx->ir->params.len; i++)
        separator = put_param(cx, &text, separator, cx->param_of[i]);
    for (uint32_t i = 0; i < cx->ir->results.len; i++)
        if (cx->out_of[i] != IR_NONE)
            separator = put_param(cx, &text, separator, cx->out_of[i]);
    text_put(&text, *separator ? ")" : "void)");
    const char *head = arena_strdup(cx->arena, text.chars);
    text_free(&text);
    return head;
}

/* The shared arrays and extents that the function itself reads, as locals. */
static void put_shared_locals(const struct scalar_func *cx, const char *body, struct text *out)
{
    const struct scalar_unit *unit = cx->unit;
    for (uint32_t i = 0; i < unit->prog->extents.len; i++)
        if (cx->extent_names[i] && strstr(body, cx->extent_names[i]))
            text_printf(out, "    const int64_t %s = shared->%s;\n", cx->extent_names[i],
                        unit->extent_names[i]);
    for (uint32_t i = 0; i < unit->prog->shared.len; i++)
        if (cx->shared_names[i] && strstr(body, cx->shared_names[i]))
            text_printf(out, "    const %s *const %s = shared->%s;\n",
                        dtype_table[unit->prog->shared.at[i].type.dtype].c_name,
                        cx->shared_names[i], unit->shared_names[i]);
}

/* All that it does is hand over its depth. */
static bool depth_is_unused(const struct scalar_func *cx, const char *body)
{
    return cx->unit->graph.recursive[cx->id] && !strstr(body, "depth");
}

static bool shared_is_unused(const struct scalar_func *cx, const char *body)
{
    bool has_local = false;
    for (uint32_t i = 0; i < cx->unit->prog->shared.len; i++)
        has_local |= cx->shared_names[i] && strstr(body, cx->shared_names[i]);
    for (uint32_t i = 0; i < cx->unit->prog->extents.len; i++)
        has_local |= cx->extent_names[i] && strstr(body, cx->extent_names[i]);
    return cx->unit->needs_shared[cx->id] && !has_local && !strstr(body, "shared");
}

static void emit_function(struct scalar_unit *unit, func_id id, struct text *heads,
                          struct text *bodies)
{
    const struct ir_func *ir = &unit->prog->funcs.at[id];
    struct scalar_func cx = {.unit = unit, .arena = unit->arena, .ir = ir, .id = id};
    cx.cfg = cfg_of(cx.arena, ir);
    cx.loops = loops_of(cx.arena, ir, &cx.cfg);
    scalar_nests(&cx);
    scalar_values(&cx);
    scalar_arrays(&cx);
    struct stmts body = scalar_tree(&cx);
    const char *head = head_of(&cx);
    struct text text = {.indent = 1};
    scalar_print(&cx, &body, &text);
    const char *lines = text.chars ? text.chars : "";
    c_put_line(heads, arena_printf(cx.arena, "%s;", head));
    c_put_line(bodies, head);
    text_put(bodies, "{\n");
    if (depth_is_unused(&cx, lines))
        text_put(bodies, "    (void)depth;\n");
    if (shared_is_unused(&cx, lines))
        text_put(bodies, "    (void)shared;\n");
    put_shared_locals(&cx, lines, bodies);
    text_put(bodies, lines);
    text_put(bodies, "}\n\n");
    text_free(&text);
}

/* Structs of several results, one for each list of dtypes. */
static void emit_result_structs(const struct scalar_unit *unit, struct text *out)
{
    const char **done = ARENA_ARRAY(unit->arena, const char *, unit->prog->funcs.len + 1);
    uint32_t count = 0;
    for (func_id id = 0; id < unit->prog->funcs.len; id++) {
        const struct ir_func *ir = &unit->prog->funcs.at[id];
        const char *type = scalar_result_type(unit->arena, ir);
        if (!unit->reached[id] || strncmp(type, "struct ", 7) != 0)
            continue;
        if (c_unique(unit->arena, type, done, count) != type)
            continue;
        done[count++] = type;
        text_printf(out, "%s {\n", type);
        uint32_t part = 0;
        for (uint32_t i = 0; i < ir->results.len; i++)
            if (ir->results.at[i].shape.rank == 0)
                text_printf(out, "    %s r%" PRIu32 ";\n",
                            scalar_c_type(ir->results.at[i].dtype), part++);
        text_put(out, "};\n\n");
    }
}

static bool reads_shared(const struct scalar_unit *unit)
{
    for (func_id id = 0; id < unit->prog->funcs.len; id++)
        if (unit->reached[id] && unit->needs_shared[id])
            return true;
    return false;
}

/* What all examples read. */
static void emit_shared_struct(const struct scalar_unit *unit, struct text *out)
{
    const struct ir_prog *prog = unit->prog;
    if (!reads_shared(unit))
        return;
    text_put(out, "/* What all examples read: arrays of the caller, and their run-time extents. */\n"
                  "struct ab_shared {\n");
    for (uint32_t i = 0; i < prog->shared.len; i++)
        text_printf(out, "    const %s *%s;\n", dtype_table[prog->shared.at[i].type.dtype].c_name,
                    unit->shared_names[i]);
    for (uint32_t i = 0; i < prog->extents.len; i++)
        text_printf(out, "    int64_t %s;\n", unit->extent_names[i]);
    text_put(out, "};\n\n");
}

/* ---- entries -------------------------------------------------------------------------------- */

struct entry_text {
    const struct scalar_unit *unit;
    const struct ir_entry *entry;
    const char *symbol;
    struct text *out;
};

static bool is_tensor(const struct type *type)
{
    return type->shape.rank > 0;
}

/* Bools come in as any bytes. */
static bool is_normalised(const struct type *type)
{
    return is_tensor(type) && type->dtype == DT_BOOL;
}

/* Where does the function put a result that is a tensor? Without faults and aliases it goes to the caller at
 * once. */
static bool goes_straight(const struct entry_text *e, uint32_t result)
{
    for (uint32_t i = 0; i < e->entry->results.len; i++)
        if (e->entry->results.at[i].is_inout)
            return false;
    (void)result;
    return !e->unit->can_fault[e->entry->func];
}

/* The example's inputs: typed pointers before the loop over examples. */
static void emit_input_pointers(const struct entry_text *e)
{
    for (uint32_t i = 0; i < e->entry->params.len; i++) {
        const struct type *leaf = &e->entry->params.at[i].type;
        const char *type = dtype_table[leaf->dtype].c_name;
        uint32_t number = entry_input_number(e->entry, false, i);
        text_printf(e->out, "    const %s *const in%u = (const %s *)call->in[%u];\n", type, i, type,
                    number);
        text_printf(e->out, "    const size_t stride%u = call->in_stride[%u];\n", i, number);
        if (is_normalised(leaf))
            text_printf(e->out, "    %s x%u[%" PRId64 "];\n", type, i,
                        shape_elements(&leaf->shape) + 1);
    }
    for (uint32_t i = 0; i < e->entry->results.len; i++) {
        const struct type *leaf = &e->entry->results.at[i].type;
        const char *type = dtype_table[leaf->dtype].c_name;
        text_printf(e->out, "    %s *const out%u = (%s *)call->out[%u];\n", type, i, type, i);
        if (is_tensor(leaf) && !goes_straight(e, i))
            text_printf(e->out, "    %s r%u[%" PRId64 "] = {0};\n", type, i,
                        shape_elements(&leaf->shape) + !shape_elements(&leaf->shape));
    }
}

static void emit_shared_members(const struct entry_text *e)
{
    const struct scalar_unit *unit = e->unit;
    if (!unit->needs_shared[e->entry->func])
        return;
    text_put(e->out, "    const struct ab_shared shared = {\n");
    for (uint32_t i = 0; i < e->entry->shared.len; i++)
        text_printf(e->out, "        .%s = (const %s *)call->in[%u],\n",
                    unit->shared_names[e->entry->shared.at[i]],
                    dtype_table[unit->prog->shared.at[e->entry->shared.at[i]].type.dtype].c_name,
                    entry_input_number(e->entry, true, i));
    for (uint32_t i = 0; i < e->entry->extents.len; i++)
        text_printf(e->out, "        .%s = (int64_t)call->extent[%u],\n",
                    unit->extent_names[e->entry->extents.at[i]], i);
    text_put(e->out, "    };\n");
}

static void emit_normalised(const struct entry_text *e)
{
    for (uint32_t i = 0; i < e->entry->params.len; i++) {
        const struct type *leaf = &e->entry->params.at[i].type;
        if (is_normalised(leaf))
            text_printf(e->out, "for (size_t k = 0; k < %" PRId64 "; k++)\n"
                                "    x%u[k] = in%u[i * stride%u + k] != 0;\n",
                        shape_elements(&leaf->shape), i, i, i);
    }
}

static const char *argument_text(const struct entry_text *e, uint32_t i)
{
    const struct type *type = &e->entry->params.at[i].type;
    struct arena *arena = e->unit->arena;
    if (is_normalised(type))
        return arena_printf(arena, "x%u", i);
    if (is_tensor(type))
        return arena_printf(arena, "in%u + i * stride%u", i, i);
    return arena_printf(arena, "in%u[i * stride%u]%s", i, i, type->dtype == DT_BOOL ? " != 0" : "");
}

static void emit_entry_call(const struct entry_text *e)
{
    const struct scalar_unit *unit = e->unit;
    const struct ir_func *ir = &unit->prog->funcs.at[e->entry->func];
    const char *type = scalar_result_type(unit->arena, ir), *separator = "";
    struct text line = {0};
    if (strcmp(type, "void") != 0)
        text_printf(&line, "const %s r = ", type);
    text_printf(&line, "%s(", unit->names[e->entry->func]);
    if (unit->needs_cx[e->entry->func]) {
        text_put(&line, "&cx");
        separator = ", ";
    }
    if (unit->graph.recursive[e->entry->func]) {
        text_printf(&line, "%s0", separator);
        separator = ", ";
    }
    if (unit->needs_shared[e->entry->func]) {
        text_printf(&line, "%s&shared", separator);
        separator = ", ";
    }
    for (uint32_t i = 0; i < ir->params.len; i++) {
        text_printf(&line, "%s%s", separator, argument_text(e, i));
        separator = ", ";
    }
    for (uint32_t i = 0; i < ir->results.len; i++) {
        if (!is_tensor(&ir->results.at[i]))
            continue;
        text_printf(&line, goes_straight(e, i) ? "%sout%u + i * %" PRId64 : "%sr%u", separator, i,
                    shape_elements(&ir->results.at[i].shape));
        separator = ", ";
    }
    text_put(&line, ");");
    c_put_line(e->out, line.chars);
    text_free(&line);
}

/* Elements of floats with nan in its one form, others as they are. */
static void emit_tensor_result(const struct entry_text *e, uint32_t i)
{
    const struct type *type = &e->entry->results.at[i].type;
    bool is_float = dtype_table[type->dtype].cls == CLASS_FLOAT, straight = goes_straight(e, i);
    int64_t elements = shape_elements(&type->shape);
    const char *to = arena_printf(e->unit->arena, "out%u[i * %" PRId64 " + k]", i, elements);
    const char *from = straight ? to : arena_printf(e->unit->arena, "r%u[k]", i);
    if (elements == 0 || (straight && !is_float))
        return;
    if (is_float)
        text_printf(e->out, "for (size_t k = 0; k < %" PRId64 "; k++)\n"
                            "    %s = ab_canonical_%s(%s);\n", elements, to,
                    dtype_table[type->dtype].name, from);
    else
        text_printf(e->out, "memcpy(out%u + i * %" PRId64 ", r%u, sizeof r%u);\n", i, elements, i, i);
}

/* out0[i] = r; nan leaves in its one form. */
static void emit_results(const struct entry_text *e)
{
    uint32_t count = 0, part = 0;
    for (uint32_t i = 0; i < e->entry->results.len; i++)
        count += !is_tensor(&e->entry->results.at[i].type);
    for (uint32_t i = 0; i < e->entry->results.len; i++) {
        enum dtype dtype = e->entry->results.at[i].type.dtype;
        bool is_float = dtype_table[dtype].cls == CLASS_FLOAT;
        if (is_tensor(&e->entry->results.at[i].type)) {
            emit_tensor_result(e, i);
            continue;
        }
        text_printf(e->out, "out%u[i] = ", i);
        if (is_float)
            text_printf(e->out, "ab_canonical_%s(", dtype_table[dtype].name);
        if (count > 1)
            text_printf(e->out, "r.r%u", part++);
        else
            text_put(e->out, "r");
        text_put(e->out, is_float ? ");\n" : ";\n");
    }
}

/* Each example from head.next on, at most `visits` of them. */
static void emit_core(const struct entry_text *e)
{
    struct text *out = e->out;
    bool faults = e->unit->can_fault[e->entry->func];
    text_printf(out, "struct %s_state {\n    struct ab_head head;\n};\n\n", e->symbol);
    text_printf(out, "static void %s_reset(struct %s_state *s)\n{\n    (void)s;\n}\n\n", e->symbol,
                e->symbol);
    text_printf(out, "static void %s_core(uint64_t visits, const ab_call *call, "
                     "struct %s_state *s)\n{\n", e->symbol, e->symbol);
    emit_input_pointers(e);
    emit_shared_members(e);
    text_put(out, "    const uint64_t left = call->batch - s->head.next;\n"
                  "    const uint64_t end = s->head.next + (visits < left ? visits : left);\n"
                  "    s->head.visits += end - s->head.next;\n"
                  "    s->head.lane_visits += end - s->head.next;\n"
                  "    for (uint64_t i = s->head.next; i < end; i++) {\n");
    out->indent = 2;
    if (e->unit->needs_cx[e->entry->func])
        text_printf(out, "struct ab_cx cx = {%" PRIu32 ", 0, call->first + i};\n",
                    e->entry->max_depth);
    emit_normalised(e);
    emit_entry_call(e);
    if (faults && e->entry->results.len > 0) {
        text_put(out, "if (!cx.fault) {\n");
        out->indent++;
        emit_results(e);
        out->indent--;
        text_put(out, "}\n");
    } else {
        emit_results(e);
    }
    text_printf(out, "ab_finish(&s->head, call, i, %s);\n", faults ? "cx.fault" : "0");
    out->indent = 0;
    text_put(out, "    }\n    s->head.next = end;\n}\n\n");
}

/* ---- the unit ------------------------------------------------------------------------------- */

enum { FEW_BYTES = 65536 }; /* of the C stack, that need not be told */

/* Bytes of the tensors that a function keeps in arrays of its own. */
static uint64_t own_stack(struct arena *arena, const struct ir_prog *prog, func_id id)
{
    struct nests nests = nests_of(arena, prog, id);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < nests.buffers.len; i++)
        if (nests.buffers.at[i].param == IR_NONE || nests.buffers.at[i].is_written)
            bytes += nests.buffers.at[i].elements * dtype_table[nests.buffers.at[i].dtype].bytes;
    return bytes;
}

struct stacks {
    struct callgraph graph;
    uint64_t *own;          /* per function */
    uint64_t *most, *below; /* per cycle: of its largest member, of what is called outside of it */
};

static struct stacks stacks_of(struct arena *arena, const struct ir_prog *prog)
{
    size_t count = prog->funcs.len + 1;
    struct stacks stacks = {callgraph_of(arena, prog), ARENA_ARRAY(arena, uint64_t, count),
                            ARENA_ARRAY(arena, uint64_t, count),
                            ARENA_ARRAY(arena, uint64_t, count)};
    for (func_id id = 0; id < prog->funcs.len; id++)
        stacks.own[id] = own_stack(arena, prog, id);
    return stacks;
}

/* What a call of the entry may take: of a cycle of functions as many activations of its largest member as there may
 * be, and the results. */
static uint64_t entry_stack(const struct ir_prog *prog, const struct ir_entry *entry,
                            const struct stacks *stacks)
{
    const struct callgraph *graph = &stacks->graph;
    uint64_t bytes = 0;
    memset(stacks->most, 0, sizeof *stacks->most * prog->funcs.len);
    memset(stacks->below, 0, sizeof *stacks->below * prog->funcs.len);
    for (uint32_t i = 0; i < prog->funcs.len; i++) {
        func_id id = graph->order[i];
        uint32_t cycle = graph->scc[id];
        uint64_t own = stacks->own[id] * (graph->recursive[id] ? entry->max_depth + UINT64_C(1) : 1);
        stacks->most[cycle] = own > stacks->most[cycle] ? own : stacks->most[cycle];
        for (uint32_t k = 0; k < graph->callees[id].len; k++) {
            uint32_t to = graph->scc[graph->callees[id].at[k]];
            uint64_t deeper = to == cycle ? 0 : stacks->most[to] + stacks->below[to];
            stacks->below[cycle] = deeper > stacks->below[cycle] ? deeper : stacks->below[cycle];
        }
    }
    for (uint32_t i = 0; i < entry->results.len; i++)
        if (is_tensor(&entry->results.at[i].type))
            bytes += (uint64_t)shape_elements(&entry->results.at[i].type.shape) *
                     dtype_table[entry->results.at[i].type.dtype].bytes;
    bytes += stacks->most[graph->scc[entry->func]] + stacks->below[graph->scc[entry->func]];
    return bytes > FEW_BYTES ? bytes : 0;
}

void scalar_numbers(const struct ir_prog *prog, struct unit_numbers *numbers)
{
    struct arena *arena = arena_new();
    struct stacks stacks = stacks_of(arena, prog);
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        const struct ir_entry *entry = &prog->entries.at[i];
        numbers[i] = (struct unit_numbers){.lanes = 1, .max_depth = entry->max_depth,
                                           .work_size = SCALAR_WORK_SIZE, .work_align = 8};
        if (!entry->is_test)
            numbers[i].stack = entry_stack(prog, entry, &stacks);
    }
    arena_free(arena);
}

void emit_scalar(const struct ir_prog *prog, const struct emit_options *options,
                 struct text *c_out)
{
    struct arena *arena = arena_new();
    struct scalar_unit unit = unit_of(arena, prog, options);
    struct text heads = {0}, bodies = {0};
    for (func_id id = 0; id < prog->funcs.len; id++)
        if (unit.reached[id])
            emit_function(&unit, id, &heads, &bodies);
    emit_unit_begin(prog, options, c_out);
    text_put(c_out, "#include <stdbool.h>\n\n");
    kernels_emit_scalar(unit.kernels, c_out);
    nest_tables_emit(unit.tables, c_out);
    emit_shared_struct(&unit, c_out);
    emit_result_structs(&unit, c_out);
    if (heads.chars)
        text_printf(c_out, "%s\n%s", heads.chars, bodies.chars);
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        struct entry_text entry = {.unit = &unit, .entry = &prog->entries.at[i], .out = c_out,
                                   .symbol = entry_symbol(arena, prog, options, i)};
        emit_core(&entry);
    }
    struct unit_numbers *numbers = ARENA_ARRAY(arena, struct unit_numbers, prog->entries.len + 1);
    scalar_numbers(prog, numbers);
    emit_unit_end(prog, options, numbers, c_out);
    text_free(&heads);
    text_free(&bodies);
    arena_free(arena);
}
