/* Small tensors become scalars.
 *
 *   b0(%a: f64[2], %s: f64):                  b0(%a: f64[2], %s: f64):
 *       %b: f64[2] = broadcast %s                 %a.0: f64 = extract %a[%zero]
 *       %c: f64[2] = mul %a, %b         -->       %a.1: f64 = extract %a[%one]
 *       %d: f64 = reduce add %c, axes (0)         %c.0: f64 = mul %a.0, %s
 *       ret %d                                    %c.1: f64 = mul %a.1, %s
 *                                                 %d: f64 = add %c.0, %c.1
 *                                                 ret %d
 *
 * A tensor of at most SPLIT_MOST_ELEMENTS elements is split: elementwise operations, index maps and
 * makers are written out element by element, parameters of blocks and functions, arguments and
 * results become as many scalars. Values that stand for each other, by block parameters, calls,
 * returns and `insert`, are a web, which is split as a whole or not at all. It is not where an
 * index of run time chooses from more than SPLIT_MOST_CHOICES elements: that is what memory is for.
 * Where what is split meets what is not, elements are taken out or put together.
 *
 * What must hold: sums and products are those of IR.md, operation by operation. A function that
 * only entries name keeps its signature and takes its parameters apart itself; one that is called
 * too gets another one in front of it, from which the call starts at depth 0, as the entry did
 * (L3). What is written out stays below MOST_INSTRUCTIONS, or only smaller tensors are split. */
#include "pass/split.h"

#include "pass/passes.h"
#include "pass/rewrite.h"

enum { MOST_INSTRUCTIONS = 20000 };

struct splitter {
    struct ir_prog *prog;
    struct arena *scratch;
    int64_t most_elements;
    bool *is_pinned;       /* per function: it keeps its signature */
    uint32_t *value_node;  /* per function: node of its value 0 */
    uint32_t *result_node; /* per function: node of its result 0 */
    uint32_t nodes;
    uint32_t *parent;      /* webs: per node another one of it, or itself */
    bool *is_whole;        /* per node that stands for a web: it is not split */
    uint64_t instructions; /* about: what is written out if every web is split */
};

/* ---- webs ----------------------------------------------------------------------------------- */

static uint32_t web_of(const struct splitter *cx, uint32_t node)
{
    while (cx->parent[node] != node) {
        cx->parent[node] = cx->parent[cx->parent[node]];
        node = cx->parent[node];
    }
    return node;
}

static bool is_small(const struct splitter *cx, const struct type *type)
{
    int64_t count = shape_elements(&type->shape);
    return type->shape.rank && count > 0 && count <= cx->most_elements;
}

static bool is_pinned_param(const struct splitter *cx, func_id func, value_id value)
{
    const struct ir_value *info = &cx->prog->funcs.at[func].values.at[value];
    return cx->is_pinned[func] && info->kind == VALUE_PARAM && info->block == 0;
}

/* The node of a value that may be split, or IR_NONE. */
static uint32_t node_of(const struct splitter *cx, func_id func, value_id value)
{
    if (!is_small(cx, &cx->prog->funcs.at[func].values.at[value].type)
        || is_pinned_param(cx, func, value))
        return IR_NONE;
    return cx->value_node[func] + value;
}

static uint32_t node_of_result(const struct splitter *cx, func_id func, uint32_t index)
{
    if (!is_small(cx, &cx->prog->funcs.at[func].results.at[index]))
        return IR_NONE;
    return cx->result_node[func] + index;
}

static void unite(struct splitter *cx, uint32_t a, uint32_t b)
{
    if (a == IR_NONE || b == IR_NONE)
        return;
    a = web_of(cx, a);
    b = web_of(cx, b);
    cx->is_whole[b] |= cx->is_whole[a];
    cx->parent[a] = b;
}

static void keep_whole(struct splitter *cx, uint32_t node)
{
    if (node != IR_NONE)
        cx->is_whole[web_of(cx, node)] = true;
}

static void unite_args(struct splitter *cx, func_id func, func_id callee, const value_id *args,
                       uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        unite(cx, node_of(cx, func, args[i]),
              node_of(cx, callee, cx->prog->funcs.at[callee].blocks.at[0].params.at[i]));
}

static void unite_edges(struct splitter *cx, func_id id, const struct ir_term *term)
{
    const struct ir_func *func = &cx->prog->funcs.at[id];
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
        const struct ir_block *to = &func->blocks.at[term->edges[edge].to];
        for (uint32_t i = 0; i < term->edges[edge].args.len; i++)
            unite(cx, node_of(cx, id, term->edges[edge].args.at[i]),
                  node_of(cx, id, to->params.at[i]));
    }
}

static void collect_term(struct splitter *cx, func_id id, const struct ir_term *term)
{
    const struct ir_func *func = &cx->prog->funcs.at[id];
    unite_edges(cx, id, term);
    if (term->kind == TERM_RET && !cx->is_pinned[id])
        for (uint32_t i = 0; i < term->args.len; i++)
            unite(cx, node_of(cx, id, term->args.at[i]), node_of_result(cx, id, i));
    if (term->kind != TERM_TAIL)
        return;
    unite_args(cx, id, term->callee, term->args.at, term->args.len);
    for (uint32_t i = 0; i < func->results.len; i++)
        unite(cx, node_of_result(cx, id, i), node_of_result(cx, term->callee, i));
}

static void collect_inst(struct splitter *cx, func_id id, const struct ir_inst *inst)
{
    const struct ir_func *func = &cx->prog->funcs.at[id];
    for (uint32_t i = 0; i < inst->results.len; i++)
        if (node_of(cx, id, inst->results.at[i]) != IR_NONE)
            cx->instructions +=
                (uint64_t)shape_elements(&func->values.at[inst->results.at[i]].type.shape);
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (node_of(cx, id, inst->args.at[i]) != IR_NONE)
            cx->instructions +=
                (uint64_t)shape_elements(&func->values.at[inst->args.at[i]].type.shape);
    if (inst->kind == INST_CALL) {
        unite_args(cx, id, inst->callee, inst->args.at, inst->args.len);
        for (uint32_t i = 0; i < inst->results.len; i++)
            unite(cx, node_of(cx, id, inst->results.at[i]), node_of_result(cx, inst->callee, i));
    }
    if (inst->kind == INST_INSERT)
        unite(cx, node_of(cx, id, inst->args.at[0]), node_of(cx, id, inst->results.at[0]));
    bool has_region = inst->kind == INST_EXTRACT || inst->kind == INST_INSERT;
    if (inst->kind == INST_TAKE || (has_region && split_choices(func, inst) > SPLIT_MOST_CHOICES)) {
        keep_whole(cx, node_of(cx, id, inst->args.at[0]));
        if (inst->kind == INST_INSERT)
            keep_whole(cx, node_of(cx, id, inst->results.at[0]));
    }
}

/* Which values are one, and which of them stay whole. */
static void collect(struct splitter *cx)
{
    const struct ir_prog *prog = cx->prog;
    cx->instructions = 0;
    for (uint32_t node = 0; node < cx->nodes; node++) {
        cx->parent[node] = node;
        cx->is_whole[node] = false;
    }
    for (func_id id = 0; id < prog->funcs.len; id++)
        for (uint32_t i = 0; cx->is_pinned[id] && i < prog->funcs.at[id].results.len; i++)
            keep_whole(cx, node_of_result(cx, id, i));
    for (func_id id = 0; id < prog->funcs.len; id++) {
        const struct ir_func *func = &prog->funcs.at[id];
        for (block_id b = 0; b < func->blocks.len; b++) {
            const struct ir_block *block = &func->blocks.at[b];
            for (uint32_t i = 0; i < block->insts.len; i++)
                collect_inst(cx, id, &func->insts.at[block->insts.at[i]]);
            collect_term(cx, id, &block->term);
        }
    }
}

static void number_nodes(struct splitter *cx)
{
    const struct ir_prog *prog = cx->prog;
    cx->value_node = ARENA_ARRAY(cx->scratch, uint32_t, prog->funcs.len);
    cx->result_node = ARENA_ARRAY(cx->scratch, uint32_t, prog->funcs.len);
    for (func_id id = 0; id < prog->funcs.len; id++) {
        cx->value_node[id] = cx->nodes;
        cx->result_node[id] = cx->nodes + prog->funcs.at[id].values.len;
        cx->nodes = cx->result_node[id] + prog->funcs.at[id].results.len;
    }
    cx->parent = ARENA_ARRAY(cx->scratch, uint32_t, cx->nodes);
    cx->is_whole = ARENA_ARRAY(cx->scratch, bool, cx->nodes);
}

static bool is_split_node(const struct splitter *cx, uint32_t node)
{
    return node != IR_NONE && !cx->is_whole[web_of(cx, node)];
}

/* ---- functions in front of entries ---------------------------------------------------------- */

static bool has_small(const struct splitter *cx, const struct type *types, uint32_t count)
{
    bool any = false;
    for (uint32_t i = 0; i < count; i++)
        any |= is_small(cx, &types[i]);
    return any;
}

static bool may_change(const struct splitter *cx, const struct ir_func *func)
{
    return has_small(cx, func->params.at, func->params.len)
           || has_small(cx, func->results.at, func->results.len);
}

/* Who is called, and the stack fault of some call. */
struct calls {
    bool *is_called;
    fault_id *fault;
};

static struct calls find_calls(const struct splitter *cx)
{
    const struct ir_prog *prog = cx->prog;
    struct calls calls = {ARENA_ARRAY(cx->scratch, bool, prog->funcs.len),
                          ARENA_ARRAY(cx->scratch, fault_id, prog->funcs.len)};
    for (func_id id = 0; id < prog->funcs.len; id++) {
        const struct ir_func *func = &prog->funcs.at[id];
        for (block_id b = 0; b < func->blocks.len; b++) {
            const struct ir_block *block = &func->blocks.at[b];
            for (uint32_t i = 0; i < block->insts.len; i++) {
                const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
                if (inst->kind != INST_CALL)
                    continue;
                calls.is_called[inst->callee] = true;
                calls.fault[inst->callee] = inst->fault;
            }
            if (block->term.kind == TERM_TAIL)
                calls.is_called[block->term.callee] = true;
        }
    }
    return calls;
}

/* Of a function that nobody but tail calls: the call never fails, but has to name a fault. */
static fault_id some_stack_fault(struct ir_prog *prog, struct loc loc)
{
    for (fault_id id = 1; id < prog->faults.len; id++)
        if (prog->faults.at[id].kind == FAULT_STACK)
            return id;
    return ir_fault_new(prog, FAULT_STACK, loc, NULL);
}

static bool is_taken(const struct ir_prog *prog, const char *text)
{
    for (func_id id = 0; id < prog->funcs.len; id++)
        if (!strcmp(prog->funcs.at[id].name, text))
            return true;
    return false;
}

/* A function of the same signature that calls another one. */
static func_id new_front(struct splitter *cx, func_id behind, fault_id fault)
{
    struct ir_prog *prog = cx->prog;
    const struct ir_func target = prog->funcs.at[behind];
    const char *text = arena_printf(cx->scratch, "%s.entry", target.name);
    for (uint32_t i = 2; is_taken(prog, text); i++)
        text = arena_printf(cx->scratch, "%s.entry%u", target.name, i);
    func_id id = ir_func_new(prog, text, target.loc);
    struct ir_func *func = &prog->funcs.at[id];
    for (uint32_t i = 0; i < target.params.len; i++)
        vec_push(prog->arena, &func->params, target.params.at[i]);
    for (uint32_t i = 0; i < target.results.len; i++)
        vec_push(prog->arena, &func->results, target.results.at[i]);
    ir_block_new(prog, func, NULL, target.loc);
    for (uint32_t i = 0; i < target.params.len; i++)
        ir_param_new(prog, func, 0, target.params.at[i],
                     target.values.at[target.blocks.at[0].params.at[i]].hint, target.loc);
    const struct ir_block *block = &func->blocks.at[0];
    inst_id call =
        ir_call(prog, func, 0, behind, block->params.at, block->params.len, fault, target.loc);
    const struct ir_inst *inst = &func->insts.at[call];
    ir_ret(prog, func, 0, inst->results.at, inst->results.len, target.loc);
    return id;
}

/* Entries' functions that are called too get one in front; all that entries name then is pinned. */
static func_id *make_fronts(struct splitter *cx)
{
    struct ir_prog *prog = cx->prog;
    uint32_t count = prog->funcs.len;
    struct calls calls = find_calls(cx);
    func_id *behind = ARENA_ARRAY(cx->scratch, func_id, 2 * count); /* per front */
    func_id *front = ARENA_ARRAY(cx->scratch, func_id, count);
    cx->is_pinned = ARENA_ARRAY(cx->scratch, bool, 2 * count);
    for (func_id id = 0; id < 2 * count; id++)
        behind[id] = IR_NONE;
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        func_id id = prog->entries.at[i].func;
        if (calls.is_called[id] && may_change(cx, &prog->funcs.at[id])) {
            struct loc loc = prog->funcs.at[id].loc;
            fault_id fault = calls.fault[id] ? calls.fault[id] : some_stack_fault(prog, loc);
            if (!front[id])
                front[id] = new_front(cx, id, fault);
            behind[front[id]] = id;
            prog->entries.at[i].func = front[id];
        }
        cx->is_pinned[prog->entries.at[i].func] = true;
    }
    /* A program without entries is a piece of one: what is called from elsewhere is not known. */
    for (func_id id = 0; id < count; id++)
        cx->is_pinned[id] |= !prog->entries.len && !calls.is_called[id];
    return behind;
}

/* ---- writing a function anew ---------------------------------------------------------------- */

/* Which parameters and results of a function become several. */
struct signature {
    bool *params, *results;
};

static struct signature signature_of(const struct splitter *cx, func_id id)
{
    const struct ir_func *func = &cx->prog->funcs.at[id];
    struct signature signature = {ARENA_ARRAY(cx->scratch, bool, func->params.len + 1),
                                  ARENA_ARRAY(cx->scratch, bool, func->results.len + 1)};
    for (uint32_t i = 0; i < func->params.len; i++)
        signature.params[i] = is_split_node(cx, node_of(cx, id, func->blocks.at[0].params.at[i]));
    for (uint32_t i = 0; i < func->results.len; i++)
        signature.results[i] = is_split_node(cx, node_of_result(cx, id, i));
    return signature;
}

struct value_list {
    VEC(value_id) list;
};

/* Elements where the receiver is split, else whole. */
static void pass_value(struct split_func *cx, struct value_list *to, value_id value, bool is_split)
{
    struct arena *arena = cx->prog->arena;
    if (!is_split) {
        value_id whole = split_whole(cx, value);
        vec_push(arena, &to->list, whole);
        return;
    }
    int64_t count = shape_elements(&cx->func->values.at[value].type.shape);
    for (int64_t place = 0; place < count; place++) {
        value_id element = split_element(cx, value, place);
        vec_push(arena, &to->list, element);
    }
}

static struct value_list pass_all(struct split_func *cx, const value_id *values, uint32_t count,
                                  const bool *is_split)
{
    struct value_list to = {0};
    for (uint32_t i = 0; i < count; i++)
        pass_value(cx, &to, values[i], is_split[i]);
    return to;
}

#define SET_LIST(to, from)                                                                         \
    ((to).at = (from).list.at, (to).len = (from).list.len, (to).cap = (from).list.cap)

/* The parameters of a block: those that are split become as many new ones. */
static void write_params(struct split_func *cx, block_id id)
{
    struct ir_func *func = cx->func;
    const value_id *old = func->blocks.at[id].params.at;
    uint32_t count = func->blocks.at[id].params.len;
    func->blocks.at[id].params.at = NULL;
    func->blocks.at[id].params.len = func->blocks.at[id].params.cap = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ir_value info = func->values.at[old[i]];
        if (!split_value(cx, old[i])) {
            func->values.at[old[i]].index = func->blocks.at[id].params.len;
            vec_push(cx->prog->arena, &func->blocks.at[id].params, old[i]);
            continue;
        }
        value_id *parts = split_new_parts(cx, old[i]);
        for (int64_t place = 0; place < shape_elements(&info.type.shape); place++) {
            parts[place] =
                ir_param_new(cx->prog, func, id, type_scalar(info.type.dtype), NULL, info.loc);
            split_name_part(cx, old[i], place);
        }
    }
}

/* Results that are split are new values; the others stay. */
static void write_call(struct split_func *cx, inst_id id, const struct signature *callee)
{
    struct arena *arena = cx->prog->arena;
    struct ir_func *func = cx->func;
    const struct ir_inst old = func->insts.at[id];
    struct value_list results = {0};
    cx->loc = old.loc;
    struct value_list args = pass_all(cx, old.args.at, old.args.len, callee->params);
    for (uint32_t i = 0; i < old.results.len; i++) {
        struct ir_value row = func->values.at[old.results.at[i]];
        if (!callee->results[i]) {
            func->values.at[old.results.at[i]].index = results.list.len;
            vec_push(arena, &results.list, old.results.at[i]);
            continue;
        }
        value_id *parts = split_new_parts(cx, old.results.at[i]);
        int64_t count = shape_elements(&row.type.shape);
        row.type = type_scalar(row.type.dtype);
        row.hint = NULL;
        for (int64_t place = 0; place < count; place++) {
            row.index = results.list.len;
            vec_push(arena, &func->values, row);
            parts[place] = func->values.len - 1;
            split_name_part(cx, old.results.at[i], place);
            vec_push(arena, &results.list, parts[place]);
        }
    }
    SET_LIST(func->insts.at[id].args, args);
    SET_LIST(func->insts.at[id].results, results);
    vec_push(arena, &func->blocks.at[cx->block].insts, id);
}

struct old_params {
    VEC(bool) is_split;
};

static void write_term(struct split_func *cx, const struct signature *signatures,
                       const struct old_params *params)
{
    struct ir_term term = cx->func->blocks.at[cx->block].term;
    cx->loc = term.loc;
    if (term.kind == TERM_RET || term.kind == TERM_TAIL) {
        const bool *is_split =
            term.kind == TERM_RET ? signatures[cx->id].results : signatures[term.callee].params;
        struct value_list args = pass_all(cx, term.args.at, term.args.len, is_split);
        SET_LIST(term.args, args);
    }
    for (uint32_t edge = 0; edge < ir_edge_count(&term); edge++) {
        struct ir_edge *way = &term.edges[edge];
        struct value_list args =
            pass_all(cx, way->args.at, way->args.len, params[way->to].is_split.at);
        SET_LIST(way->args, args);
    }
    cx->func->blocks.at[cx->block].term = term;
}

/* Those of the function that keep their type, for whoever needs their elements. */
static void take_params_apart(struct split_func *cx)
{
    for (uint32_t i = 0; i < cx->func->blocks.at[0].params.len; i++) {
        value_id param = cx->func->blocks.at[0].params.at[i];
        if (param >= cx->size)
            continue;
        const struct type type = cx->func->values.at[param].type;
        int64_t elements = shape_elements(&type.shape);
        if (!type.shape.rank || elements > SPLIT_MOST_ELEMENTS || !elements)
            continue;
        value_id *parts = ARENA_ARRAY(cx->scratch, value_id, elements);
        for (int64_t place = 0; place < elements; place++)
            parts[place] = split_element(cx, param, place);
        cx->parts[param] = parts;
        for (int64_t place = 0; place < elements; place++)
            split_name_part(cx, param, place);
    }
}

static void write_block(struct split_func *cx, const struct signature *signatures)
{
    struct ir_block *block = &cx->func->blocks.at[cx->block];
    const inst_id *old = block->insts.at;
    uint32_t count = block->insts.len;
    block->insts.at = NULL;
    block->insts.len = block->insts.cap = 0;
    if (cx->block == 0)
        take_params_apart(cx);
    for (uint32_t i = 0; i < count; i++)
        if (cx->func->insts.at[old[i]].kind == INST_CALL)
            write_call(cx, old[i], &signatures[cx->func->insts.at[old[i]].callee]);
        else
            split_inst(cx, old[i]);
}

/* Scalars that were made anew stand for the old ones. */
static void replace_scalars(const struct split_func *cx, struct rewrite *rewrite)
{
    for (value_id value = 0; value < cx->size; value++)
        if (cx->parts[value] && !cx->func->values.at[value].type.shape.rank)
            rewrite_replace(rewrite, value, cx->parts[value][0]);
    rewrite_apply(rewrite);
}

static void write_signature(struct split_func *cx, const struct signature *signature)
{
    struct ir_func *func = cx->func;
    VEC(struct type) params = {0}, results = {0};
    for (uint32_t i = 0; i < func->params.len; i++) {
        struct type type = func->params.at[i], part = type_scalar(type.dtype);
        int64_t count = signature->params[i] ? shape_elements(&type.shape) : 1;
        for (int64_t k = 0; k < count; k++)
            vec_push(cx->prog->arena, &params, signature->params[i] ? part : type);
    }
    for (uint32_t i = 0; i < func->results.len; i++) {
        struct type type = func->results.at[i], part = type_scalar(type.dtype);
        int64_t count = signature->results[i] ? shape_elements(&type.shape) : 1;
        for (int64_t k = 0; k < count; k++)
            vec_push(cx->prog->arena, &results, signature->results[i] ? part : type);
    }
    func->params.at = params.at;
    func->params.len = params.len;
    func->params.cap = params.cap;
    func->results.at = results.at;
    func->results.len = results.len;
    func->results.cap = results.cap;
}

static bool changes(const struct ir_func *func, const struct signature *signature)
{
    bool any = false;
    for (uint32_t i = 0; i < func->params.len; i++)
        any |= signature->params[i];
    for (uint32_t i = 0; i < func->results.len; i++)
        any |= signature->results[i];
    return any;
}

/* Of functions that a function calls, or of its own. */
static bool meets_changes(const struct splitter *cx, func_id id, const bool *is_changed)
{
    const struct ir_func *func = &cx->prog->funcs.at[id];
    bool any = is_changed[id];
    for (block_id b = 0; b < func->blocks.len; b++) {
        const struct ir_block *block = &func->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            any |= inst->kind == INST_CALL && is_changed[inst->callee];
        }
        any |= block->term.kind == TERM_TAIL && is_changed[block->term.callee];
    }
    return any;
}

static bool split_func(const struct splitter *cx, func_id id, const bool *is_changed,
                       const struct signature *signatures)
{
    struct ir_func *func = &cx->prog->funcs.at[id];
    bool *is_split = ARENA_ARRAY(cx->scratch, bool, func->values.len + 1);
    bool any = meets_changes(cx, id, is_changed)
               || (cx->is_pinned[id] && has_small(cx, func->params.at, func->params.len));
    struct old_params *params = arena_alloc(cx->scratch, sizeof *params * (func->blocks.len + 1));
    for (value_id value = 0; value < func->values.len; value++)
        any |= is_split[value] = is_split_node(cx, node_of(cx, id, value));
    if (!any)
        return false;
    struct split_func one = {.prog = cx->prog,
                             .scratch = cx->scratch,
                             .func = func,
                             .id = id,
                             .is_split = is_split,
                             .size = func->values.len};
    struct rewrite rewrite = rewrite_new(cx->scratch, func);
    one.parts = arena_alloc(cx->scratch, sizeof *one.parts * (func->values.len + 1));
    for (block_id b = 0; b < func->blocks.len; b++) {
        for (uint32_t i = 0; i < func->blocks.at[b].params.len; i++)
            vec_push(cx->scratch, &params[b].is_split, is_split[func->blocks.at[b].params.at[i]]);
        write_params(&one, b);
    }
    for (one.block = 0; one.block < func->blocks.len; one.block++) {
        write_block(&one, signatures);
        write_term(&one, signatures, params);
    }
    replace_scalars(&one, &rewrite);
    write_signature(&one, &signatures[id]);
    return true;
}

/* ---- program -------------------------------------------------------------------------------- */

/* A front of a function whose signature stays was not needed. */
static void drop_fronts(struct splitter *cx, const bool *is_changed, const func_id *behind)
{
    struct ir_prog *prog = cx->prog;
    bool *keep = ARENA_ARRAY(cx->scratch, bool, prog->funcs.len), all = true;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        keep[id] = true;
        if (behind[id] == IR_NONE)
            continue;
        keep[id] = is_changed[behind[id]];
        all &= keep[id];
    }
    for (uint32_t i = 0; i < prog->entries.len; i++)
        if (!keep[prog->entries.at[i].func])
            prog->entries.at[i].func = behind[prog->entries.at[i].func];
    if (!all)
        prog_keep_funcs(prog, keep);
}

bool pass_split(struct pass_cx *pass_cx, struct ir_prog *prog)
{
    struct splitter cx = {
        .prog = prog, .scratch = pass_cx->scratch, .most_elements = SPLIT_MOST_ELEMENTS};
    func_id *behind = make_fronts(&cx);
    number_nodes(&cx);
    for (collect(&cx); cx.instructions > MOST_INSTRUCTIONS && cx.most_elements > 1; collect(&cx))
        cx.most_elements /= 2;
    struct signature *signatures =
        arena_alloc(cx.scratch, sizeof *signatures * (prog->funcs.len + 1));
    bool *is_changed = ARENA_ARRAY(cx.scratch, bool, prog->funcs.len + 1), changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        signatures[id] = signature_of(&cx, id);
        is_changed[id] = changes(&prog->funcs.at[id], &signatures[id]);
    }
    for (func_id id = 0; id < prog->funcs.len; id++)
        changed |= split_func(&cx, id, is_changed, signatures);
    drop_fronts(&cx, is_changed, behind);
    if (!changed)
        return false;
    ir_tidy(prog);
    pass_fold(pass_cx, prog); /* what is known of tensors is known of their elements now */
    return true;
}
