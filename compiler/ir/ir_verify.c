/* The invariants of IR.md. The first part of the work, on tables and references, trusts nothing, so
 * that everything behind it may follow indexes. */
#include "ir/verify.h"

#include "ir/graph.h"
#include "ir/ir_text.h"
#include "ir/tensor.h"

#include <string.h>

static const struct ir_flaw NO_FLAW = {
    .func = IR_NONE, .block = IR_NONE, .inst = IR_NONE, .entry = IR_NONE};

struct verifier {
    const struct ir_prog *prog;
    struct arena *arena; /* for the message */
    struct arena *scratch;
    const struct ir_func *func;
    uint32_t *position; /* per value: where in its block it is defined: 0 parameter, 1 + index of
                         * the instruction; IR_NONE: nowhere */
    struct graph graph;
    struct ir_flaw flaw; /* its place is kept up to date; `what` set: stop */
};

/* Always false, so that a check can be left by `return wrong(...)`. */
AB_PRINTF(2, 3) static bool wrong(struct verifier *v, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    v->flaw.what = arena_vprintf(v->arena, format, args);
    va_end(args);
    return false;
}

static const char *show_type(struct verifier *v, struct type type)
{
    char *buffer = arena_alloc(v->arena, TYPE_TEXT_SIZE);
    return type_text(&type, buffer);
}

static const char *show_value(struct verifier *v, value_id value)
{
    struct text text = {0};
    ir_text_put_value(&text, v->func, value);
    const char *copy = arena_strdup(v->arena, text.chars);
    text_free(&text);
    return copy;
}

static const char *show_block(struct verifier *v, block_id block)
{
    struct text text = {0};
    ir_text_put_block(&text, v->func, block);
    const char *copy = arena_strdup(v->arena, text.chars);
    text_free(&text);
    return copy;
}

/* ---- tables --------------------------------------------------------------------------------- */

/* Sizes are far from where numbers of elements and bytes could overflow. */
static const int64_t MOST_ELEMENTS = INT64_C(1) << 40;

/* `extents`: how many run-time extents the type may name. */
static bool is_type_with(struct type type, uint32_t extents)
{
    int64_t elements = 1;
    if ((unsigned)type.dtype >= DT_COUNT || type.shape.rank > SHAPE_MAX_RANK)
        return false;
    for (uint32_t axis = 0; axis < type.shape.rank; axis++) {
        int64_t dim = type.shape.dim[axis];
        if (dim < 0 ? dim < -(int64_t)extents : dim > MOST_ELEMENTS / elements)
            return false;
        elements *= dim > 0 ? dim : 1;
    }
    return true;
}

static bool is_type(struct type type)
{
    return is_type_with(type, 0);
}

static bool check_types(struct verifier *v, const struct type *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!is_type(types[i]))
            return wrong(v, "its signature holds something that is no type");
    return true;
}

static bool define(struct verifier *v, value_id value, struct ir_value expected, uint32_t position)
{
    if (value >= v->func->values.len)
        return wrong(v, "it defines a value that is not in the table");
    if (v->position[value] != IR_NONE)
        return wrong(v, "%s is defined twice", show_value(v, value));
    const struct ir_value *is = &v->func->values.at[value];
    if (is->kind != expected.kind || is->block != expected.block || is->index != expected.index
        || (is->kind == VALUE_RESULT && is->inst != expected.inst))
        return wrong(v, "the table has another definition of %s", show_value(v, value));
    if (!is_type(is->type)) /* weak types end in the checker */
        return wrong(v, "%s has no type of the IR", show_value(v, value));
    v->position[value] = position;
    return true;
}

/* Definitions: each value once, each instruction in one block. */
static bool check_tables(struct verifier *v)
{
    const struct ir_func *func = v->func;
    bool *placed = ARENA_ARRAY(v->scratch, bool, func->insts.len);
    v->position = ARENA_ARRAY(v->scratch, uint32_t, func->values.len);
    for (value_id value = 0; value < func->values.len; value++)
        v->position[value] = IR_NONE;
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_block *block = &func->blocks.at[id];
        v->flaw.block = id;
        v->flaw.inst = IR_NONE;
        for (uint32_t i = 0; i < block->params.len; i++) {
            struct ir_value expected = {.kind = VALUE_PARAM, .block = id, .index = i};
            if (!define(v, block->params.at[i], expected, 0))
                return false;
        }
        for (uint32_t i = 0; i < block->insts.len; i++) {
            inst_id inst = block->insts.at[i];
            if (inst >= func->insts.len)
                return wrong(v, "it holds an instruction that is not in the table");
            v->flaw.inst = inst;
            if (placed[inst])
                return wrong(v, "the instruction stands in two places");
            placed[inst] = true;
            for (uint32_t k = 0; k < func->insts.at[inst].results.len; k++) {
                struct ir_value expected = {
                    .kind = VALUE_RESULT, .block = id, .inst = inst, .index = k};
                if (!define(v, func->insts.at[inst].results.at[k], expected, i + 1))
                    return false;
            }
        }
    }
    return true;
}

/* ---- uses ----------------------------------------------------------------------------------- */

static struct type type_of(const struct verifier *v, value_id value)
{
    return v->func->values.at[value].type;
}

static bool same_type(struct type a, struct type b)
{
    return type_equal(&a, &b);
}

static bool is_bool_scalar(const struct verifier *v, value_id value)
{
    return same_type(type_of(v, value), type_scalar(DT_BOOL));
}

/* A use behind `position` - 1 instructions of the current block. */
static bool check_use(struct verifier *v, value_id value, uint32_t position)
{
    if (value >= v->func->values.len || v->position[value] == IR_NONE)
        return wrong(v, "it uses %s, which is defined nowhere", show_value(v, value));
    block_id home = v->func->values.at[value].block, here = v->flaw.block;
    if (v->graph.place[here] == IR_NONE)
        return true;
    if (home == here ? v->position[value] >= position : !graph_dominates(&v->graph, home, here))
        return wrong(v, "it uses %s, whose definition does not come before on every path",
                     show_value(v, value));
    return true;
}

static bool check_uses(struct verifier *v, const value_id *values, uint32_t count,
                       uint32_t position)
{
    for (uint32_t i = 0; i < count; i++)
        if (!check_use(v, values[i], position))
            return false;
    return true;
}

/* ---- instructions --------------------------------------------------------------------------- */

static bool check_counts(struct verifier *v, const struct ir_inst *inst, uint32_t args,
                         uint32_t results)
{
    if (inst->args.len != args)
        return wrong(v, "it needs %u operands, not %u", args, inst->args.len);
    if (inst->results.len != results)
        return wrong(v, "it has %u results, not %u", results, inst->results.len);
    return true;
}

static bool check_fault(struct verifier *v, fault_id fault)
{
    if (!fault || fault >= v->prog->faults.len)
        return wrong(v, "#%u is no fault of the program", fault);
    return true;
}

static bool check_cast(struct verifier *v, struct type from, struct type to, uint8_t classes)
{
    if (from.dtype == to.dtype)
        return wrong(v, "a cast to its own type, %s", show_type(v, to));
    if (!(dtype_table[to.dtype].cls & classes))
        return wrong(v, "there is no cast to %s", show_type(v, to));
    return true;
}

static bool check_op(struct verifier *v, const struct ir_inst *inst)
{
    if ((unsigned)inst->op >= OP_COUNT)
        return wrong(v, "it is no operation");
    const struct op_info *info = &op_table[inst->op];
    if (!check_counts(v, inst, info->arity, 1))
        return false;
    struct type result = type_of(v, inst->results.at[0]);
    struct type operand = type_of(v, inst->args.at[inst->args.len - 1]);
    uint32_t first = info->rule == RULE_SELECT ? 1 : 0;
    if (!(dtype_table[operand.dtype].cls & info->classes))
        return wrong(v, "%s does not exist for %s", info->name, show_type(v, operand));
    for (uint32_t i = first; i < inst->args.len; i++)
        if (!same_type(type_of(v, inst->args.at[i]), operand))
            return wrong(v, "its operands differ in type: %s and %s",
                         show_type(v, type_of(v, inst->args.at[i])), show_type(v, operand));
    struct type expected = operand;
    switch (info->rule) {
    case RULE_SAME:
    case RULE_SHIFT:
        break;
    case RULE_BOOL:
        expected.dtype = DT_BOOL;
        break;
    case RULE_SELECT: {
        struct type condition = operand;
        condition.dtype = DT_BOOL;
        if (!same_type(type_of(v, inst->args.at[0]), condition))
            return wrong(v, "its first operand is %s, not %s",
                         show_type(v, type_of(v, inst->args.at[0])), show_type(v, condition));
        break;
    }
    case RULE_BITS:
        expected.dtype = op_bits_dtype(operand.dtype);
        if (expected.dtype == operand.dtype)
            return wrong(v, "%s has no bits of another kind", show_type(v, operand));
        break;
    case RULE_CAST:
        if (!check_cast(v, operand, result, info->classes))
            return false;
        expected.dtype = result.dtype;
        break;
    }
    if (!same_type(result, expected))
        return wrong(v, "its result is %s, not %s", show_type(v, result), show_type(v, expected));
    return true;
}

static bool check_const(struct verifier *v, const struct ir_inst *inst)
{
    if (!check_counts(v, inst, 0, 1))
        return false;
    struct type type = type_of(v, inst->results.at[0]);
    int64_t count = inst->elements ? shape_elements(&type.shape) : 1;
    const union scalar *elements = inst->elements ? inst->elements : &inst->constant;
    if (inst->elements && !type.shape.rank)
        return wrong(v, "%s has one element, not a list", show_type(v, type));
    for (int64_t i = 0; i < count; i++)
        if (!ir_constant_fits(type.dtype, &elements[i]))
            return wrong(v, "the constant does not fit %s", show_type(v, type));
    return true;
}

static bool check_tensor(struct verifier *v, const struct ir_inst *inst)
{
    if (inst->results.len != 1)
        return wrong(v, "it has one result, not %u", inst->results.len);
    struct type result = type_of(v, inst->results.at[0]), expected = result;
    const char *why = ir_tensor_type(v->prog, v->func, inst, &expected, v->arena);
    if (why)
        return wrong(v, "%s", why);
    return same_type(result, expected)
           || wrong(v, "its result is %s, not %s", show_type(v, result), show_type(v, expected));
}

static bool check_passed(struct verifier *v, const value_id *args, uint32_t count,
                         const struct type *expected, uint32_t expected_count, const char *to)
{
    if (count != expected_count)
        return wrong(v, "%u values for the %u of %s", count, expected_count, to);
    for (uint32_t i = 0; i < count; i++)
        if (!same_type(type_of(v, args[i]), expected[i]))
            return wrong(v, "%s is %s where %s has %s", show_value(v, args[i]),
                         show_type(v, type_of(v, args[i])), to, show_type(v, expected[i]));
    return true;
}

static const struct ir_func *check_callee(struct verifier *v, func_id callee)
{
    if (callee < v->prog->funcs.len)
        return &v->prog->funcs.at[callee];
    wrong(v, "it calls a function that does not exist");
    return NULL;
}

static bool check_call(struct verifier *v, const struct ir_inst *inst)
{
    const struct ir_func *callee = check_callee(v, inst->callee);
    if (!callee || !check_fault(v, inst->fault))
        return false;
    if (v->prog->faults.at[inst->fault].kind != FAULT_STACK)
        return wrong(v, "fault #%u of a call must be a stack fault", inst->fault);
    return check_passed(v, inst->args.at, inst->args.len, callee->params.at, callee->params.len,
                        "the callee's parameters")
           && check_passed(v, inst->results.at, inst->results.len, callee->results.at,
                           callee->results.len, "the callee's results");
}

static bool check_inst(struct verifier *v, const struct ir_inst *inst)
{
    switch (inst->kind) {
    case INST_OP:
        return check_op(v, inst);
    case INST_CONST:
        return check_const(v, inst);
    case INST_CALL:
        return check_call(v, inst);
    case INST_CHECK:
        if (!check_counts(v, inst, 1, 0) || !check_fault(v, inst->fault))
            return false;
        return is_bool_scalar(v, inst->args.at[0])
               || wrong(v, "it checks %s, not a bool", show_type(v, type_of(v, inst->args.at[0])));
    case INST_LANE_INDEX:
        if (!check_counts(v, inst, 0, 1))
            return false;
        return same_type(type_of(v, inst->results.at[0]), type_scalar(DT_I64))
               || wrong(v, "lane_index is i64");
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT:
        return check_tensor(v, inst);
    case INST_SHOW:
        return check_counts(v, inst, inst->args.len, 0);
    }
    return wrong(v, "it is no instruction");
}

/* ---- terminators ---------------------------------------------------------------------------- */

static bool check_edge(struct verifier *v, const struct ir_edge *edge, uint32_t position)
{
    if (!check_uses(v, edge->args.at, edge->args.len, position))
        return false;
    const struct ir_block *to = &v->func->blocks.at[edge->to];
    if (edge->args.len != to->params.len)
        return wrong(v, "%u values for the %u parameters of %s", edge->args.len, to->params.len,
                     show_block(v, edge->to));
    for (uint32_t i = 0; i < edge->args.len; i++)
        if (!same_type(type_of(v, edge->args.at[i]), type_of(v, to->params.at[i])))
            return wrong(v, "%s is %s where %s has %s", show_value(v, edge->args.at[i]),
                         show_type(v, type_of(v, edge->args.at[i])), show_block(v, edge->to),
                         show_type(v, type_of(v, to->params.at[i])));
    return true;
}

static bool check_term(struct verifier *v, const struct ir_term *term, uint32_t position)
{
    if (!check_uses(v, term->args.at, term->args.len, position))
        return false;
    for (uint32_t i = 0; i < ir_edge_count(term); i++)
        if (!check_edge(v, &term->edges[i], position))
            return false;
    switch (term->kind) {
    case TERM_NONE:
        return wrong(v, "the block has no terminator");
    case TERM_JMP:
        return true;
    case TERM_BR:
        if (!check_use(v, term->condition, position))
            return false;
        return is_bool_scalar(v, term->condition)
               || wrong(v, "its condition is %s, not a bool",
                        show_type(v, type_of(v, term->condition)));
    case TERM_RET:
        return check_passed(v, term->args.at, term->args.len, v->func->results.at,
                            v->func->results.len, "the function's results");
    case TERM_TAIL: {
        const struct ir_func *callee = check_callee(v, term->callee);
        if (!callee
            || !check_passed(v, term->args.at, term->args.len, callee->params.at,
                             callee->params.len, "the callee's parameters"))
            return false;
        bool same = callee->results.len == v->func->results.len;
        for (uint32_t i = 0; same && i < callee->results.len; i++)
            same = same_type(callee->results.at[i], v->func->results.at[i]);
        return same || wrong(v, "the callee of a tail call has other results");
    }
    case TERM_FAULT:
        return check_fault(v, term->fault);
    }
    return wrong(v, "it is no terminator");
}

/* ---- control flow --------------------------------------------------------------------------- */

static bool check_targets(struct verifier *v)
{
    for (block_id id = 0; id < v->func->blocks.len; id++) {
        const struct ir_term *term = &v->func->blocks.at[id].term;
        v->flaw.block = id;
        for (uint32_t i = 0; i < ir_edge_count(term); i++)
            if (term->edges[i].to >= v->func->blocks.len)
                return wrong(v, "it goes to a block that does not exist");
    }
    return true;
}

static bool check_retreats(struct verifier *v)
{
    for (block_id id = 0; id < v->func->blocks.len; id++) {
        const struct ir_term *term = &v->func->blocks.at[id].term;
        v->flaw.block = id;
        for (uint32_t i = 0; i < ir_edge_count(term); i++) {
            block_id to = term->edges[i].to;
            if (!graph_retreats(&v->graph, id, to))
                continue;
            if (!graph_dominates(&v->graph, to, id))
                return wrong(v, "it goes back to %s, which can be passed by: not reducible",
                             show_block(v, to));
            if (!v->func->blocks.at[to].is_loop)
                return wrong(v, "it goes back to %s, which is not marked loop", show_block(v, to));
        }
    }
    return true;
}

static bool check_body(struct verifier *v)
{
    for (block_id id = 0; id < v->func->blocks.len; id++) {
        const struct ir_block *block = &v->func->blocks.at[id];
        v->flaw.block = id;
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &v->func->insts.at[block->insts.at[i]];
            v->flaw.inst = block->insts.at[i];
            if (!check_uses(v, inst->args.at, inst->args.len, i + 1) || !check_inst(v, inst))
                return false;
        }
        v->flaw.inst = IR_NONE;
        if (!check_term(v, &block->term, block->insts.len + 1))
            return false;
    }
    return true;
}

/* Loops in the order of block ids: each is a range that begins at its header. */
static bool check_contiguous(struct verifier *v)
{
    const struct graph *graph = &v->graph;
    uint32_t *count = ARENA_ARRAY(v->scratch, uint32_t, graph->count);
    uint32_t *last = ARENA_ARRAY(v->scratch, uint32_t, graph->count);
    for (block_id id = graph->count; id-- > 0;) {
        block_id loop = graph_loop(graph, id);
        v->flaw.block = id;
        if (loop == IR_NONE)
            continue;
        count[loop]++;
        if (last[loop] < id)
            last[loop] = id;
        if (loop != id)
            continue;
        if (last[id] - id + 1 != count[id])
            return wrong(v, "the blocks of its loop do not stand together");
        block_id parent = graph->parent_loop[id];
        if (parent != IR_NONE) {
            count[parent] += count[id];
            if (last[parent] < last[id])
                last[parent] = last[id];
        }
    }
    return true;
}

static bool check_tidy(struct verifier *v)
{
    const struct graph *graph = &v->graph;
    for (block_id id = 0; id < graph->count; id++) {
        const struct ir_block *block = &v->func->blocks.at[id];
        v->flaw.block = id;
        if (graph->place[id] == IR_NONE)
            return wrong(v, "the block is unreachable");
        uint32_t preds = graph->pred_start[id + 1] - graph->pred_start[id];
        if (id == 0 && preds)
            return wrong(v, "an edge goes to the entry block");
        if (block->is_loop && !graph->is_header[id])
            return wrong(v, "it is marked loop, and no edge goes back to it");
        for (uint32_t k = graph->pred_start[id]; k < graph->pred_start[id + 1]; k++) {
            block_id from = graph->preds[k].from;
            if (preds > 1 && ir_edge_count(&v->func->blocks.at[from].term) > 1)
                return wrong(v, "the edge from %s to it is critical", show_block(v, from));
            if (from >= id && !graph_retreats(graph, from, id))
                return wrong(v, "it stands before %s, from where it is entered",
                             show_block(v, from));
        }
    }
    return check_contiguous(v);
}

/* ---- functions and program ------------------------------------------------------------------ */

static bool check_entry_block(struct verifier *v)
{
    const struct ir_func *func = v->func;
    const struct ir_block *entry = &func->blocks.at[0];
    v->flaw.block = 0;
    return check_passed(v, entry->params.at, entry->params.len, func->params.at, func->params.len,
                        "the function's parameters");
}

static bool check_func(struct verifier *v, bool must_be_tidy)
{
    const struct ir_func *func = v->func;
    v->flaw.block = v->flaw.inst = IR_NONE;
    if (!func->blocks.len)
        return wrong(v, "it has no blocks");
    if (!check_tables(v))
        return false;
    v->flaw.inst = IR_NONE;
    if (!check_entry_block(v) || !check_targets(v))
        return false;
    v->graph = graph_of(v->scratch, func);
    return check_body(v) && check_retreats(v) && (!must_be_tidy || check_tidy(v));
}

/* Of all functions before any body, because calls refer to them. */
static bool check_signatures(struct verifier *v)
{
    const struct ir_prog *prog = v->prog;
    uint32_t size = 1;
    while (size < prog->funcs.len * UINT64_C(2))
        size *= 2;
    name *seen = ARENA_ARRAY(v->scratch, name, size);
    for (func_id id = 0; id < prog->funcs.len; id++) {
        const struct ir_func *func = &prog->funcs.at[id];
        v->func = func;
        v->flaw = NO_FLAW;
        v->flaw.func = id;
        if (!func->name)
            return wrong(v, "a function has no name");
        uint32_t slot = (uint32_t)((uintptr_t)func->name / 16 * 2654435761u) & (size - 1);
        while (seen[slot] && seen[slot] != func->name)
            slot = (slot + 1) & (size - 1);
        if (seen[slot])
            return wrong(v, "two functions have its name");
        seen[slot] = func->name;
        if (!check_types(v, func->params.at, func->params.len)
            || !check_types(v, func->results.at, func->results.len))
            return false;
    }
    return true;
}

static bool check_faults(struct verifier *v)
{
    const struct ir_prog *prog = v->prog;
    if (!prog->faults.len || prog->faults.at[0].kind != FAULT_NONE)
        return wrong(v, "fault #0 must be the absence of a fault");
    for (uint32_t i = 1; i < prog->faults.len; i++) {
        enum fault_kind kind = prog->faults.at[i].kind;
        if (kind == FAULT_NONE || (unsigned)kind > FAULT_BUDGET)
            return wrong(v, "fault #%u has no kind", i);
    }
    return true;
}

static bool check_leaves(struct verifier *v, const struct ir_entry *entry, const char *what,
                         const struct ir_leaf *leaves, uint32_t count, const struct type *types,
                         uint32_t type_count)
{
    if (count != type_count)
        return wrong(v, "entry %s lists %u %s of the %u of its function", entry->name, count, what,
                     type_count);
    for (uint32_t i = 0; i < count; i++)
        if (!same_type(leaves[i].type, types[i]))
            return wrong(v, "entry %s lists %s where its function has %s among the %s", entry->name,
                         show_type(v, leaves[i].type), show_type(v, types[i]), what);
    return true;
}

/* Each parameter and each shared array of the entry stands in the order once, those of a kind in
 * their own order. */
static bool check_param_order(struct verifier *v, const struct ir_entry *entry)
{
    uint32_t next[2] = {0, 0};
    if (!entry->param_order.len && !entry->shared.len)
        return true;
    for (uint32_t i = 0; i < entry->param_order.len; i++) {
        const struct ir_param_place *place = &entry->param_order.at[i];
        if (place->index != next[place->is_shared]++)
            return wrong(v, "entry %s mixes up the order of its parameters", entry->name);
    }
    if (next[0] != entry->params.len || next[1] != entry->shared.len)
        return wrong(v, "entry %s orders %u of %u parameters", entry->name, next[0] + next[1],
                     entry->params.len + entry->shared.len);
    return true;
}

static bool check_entry_symbols(struct verifier *v, const struct ir_entry *entry)
{
    const struct ir_prog *prog = v->prog;
    if (entry->shared.len != entry->shared_paths.len
        || entry->extents.len != entry->extent_paths.len)
        return wrong(v, "entry %s does not name each of its shared arrays and extents",
                     entry->name);
    for (uint32_t i = 0; i < entry->shared.len; i++)
        if (entry->shared.at[i] >= prog->shared.len)
            return wrong(v, "entry %s lists a shared array that does not exist", entry->name);
    for (uint32_t i = 0; i < entry->extents.len; i++)
        if (entry->extents.at[i] >= prog->extents.len)
            return wrong(v, "entry %s lists an extent that does not exist", entry->name);
    if (entry->is_test && (entry->shared.len || entry->extents.len))
        return wrong(v, "test %s has shared arrays", entry->name);
    return check_param_order(v, entry);
}

static bool check_symbols(struct verifier *v)
{
    const struct ir_prog *prog = v->prog;
    v->flaw = NO_FLAW;
    for (uint32_t i = 0; i < prog->extents.len; i++)
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(prog->extents.at[i].name, prog->extents.at[k].name))
                return wrong(v, "two extents are called $%s", prog->extents.at[i].name);
    for (uint32_t i = 0; i < prog->shared.len; i++) {
        const struct ir_shared *shared = &prog->shared.at[i];
        if (!is_type_with(shared->type, prog->extents.len))
            return wrong(v, "shared array @%s has no type of the IR", shared->name);
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(shared->name, prog->shared.at[k].name))
                return wrong(v, "two shared arrays are called @%s", shared->name);
    }
    return true;
}

static bool lists(const uint32_t *symbols, uint32_t count, uint32_t symbol)
{
    for (uint32_t i = 0; i < count; i++)
        if (symbols[i] == symbol)
            return true;
    return false;
}

struct reach {
    bool *seen; /* per function */
    VEC(func_id) work;
};

static void reach_func(struct verifier *v, struct reach *reach, func_id id)
{
    if (id >= v->prog->funcs.len || reach->seen[id])
        return;
    reach->seen[id] = true;
    vec_push(v->scratch, &reach->work, id);
}

/* Whatever the functions of the entry read of shared arrays and extents is listed by it. The tables
 * are checked already. */
static bool check_reached_symbols(struct verifier *v, const struct ir_entry *entry)
{
    const struct ir_prog *prog = v->prog;
    struct reach reach = {.seen = ARENA_ARRAY(v->scratch, bool, prog->funcs.len)};
    reach_func(v, &reach, entry->func);
    while (reach.work.len) {
        const struct ir_func *func = &prog->funcs.at[vec_pop(&reach.work)];
        for (block_id id = 0; id < func->blocks.len; id++) {
            const struct ir_block *block = &func->blocks.at[id];
            for (uint32_t i = 0; i < block->insts.len; i++) {
                const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
                if (inst->kind == INST_CALL)
                    reach_func(v, &reach, inst->callee);
                if (inst->kind == INST_LOAD
                    && !lists(entry->shared.at, entry->shared.len, inst->symbol))
                    return wrong(v, "entry %s reads @%s and does not list it", entry->name,
                                 prog->shared.at[inst->symbol].name);
                if (inst->kind == INST_EXTENT
                    && !lists(entry->extents.at, entry->extents.len, inst->symbol))
                    return wrong(v, "entry %s reads $%s and does not list it", entry->name,
                                 prog->extents.at[inst->symbol].name);
            }
            if (block->term.kind == TERM_TAIL)
                reach_func(v, &reach, block->term.callee);
        }
    }
    return true;
}

/* Behind the functions, whose tables it follows. */
static bool check_reached(struct verifier *v)
{
    const struct ir_prog *prog = v->prog;
    v->flaw = NO_FLAW;
    for (uint32_t i = 0; i < prog->entries.len && (prog->shared.len || prog->extents.len); i++) {
        v->flaw.entry = i;
        if (!check_reached_symbols(v, &prog->entries.at[i]))
            return false;
    }
    v->flaw = NO_FLAW;
    return true;
}

static bool check_entries(struct verifier *v)
{
    const struct ir_prog *prog = v->prog;
    v->flaw = NO_FLAW;
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        const struct ir_entry *entry = &prog->entries.at[i];
        v->flaw.entry = i;
        if (!entry->name)
            return wrong(v, "an entry has no name");
        if (entry->func >= prog->funcs.len)
            return wrong(v, "entry %s has no function", entry->name);
        if ((unsigned)entry->expect_fault > FAULT_BUDGET)
            return wrong(v, "entry %s expects what is no fault", entry->name);
        const struct ir_func *func = &prog->funcs.at[entry->func];
        if (entry->is_test && (func->params.len || func->results.len))
            return wrong(v, "test %s has parameters or results", entry->name);
        if (!check_leaves(v, entry, "parameters", entry->params.at, entry->params.len,
                          func->params.at, func->params.len)
            || !check_leaves(v, entry, "results", entry->results.at, entry->results.len,
                             func->results.at, func->results.len)
            || !check_entry_symbols(v, entry))
            return false;
    }
    return true;
}

struct ir_flaw ir_find_flaw(const struct ir_prog *prog, struct arena *arena, bool must_be_tidy)
{
    struct verifier v = {.prog = prog, .arena = arena, .scratch = arena_new()};
    v.flaw = NO_FLAW;
    bool fine =
        check_faults(&v) && check_symbols(&v) && check_signatures(&v) && check_entries(&v);
    arena_free(v.scratch);
    for (func_id id = 0; fine && id < prog->funcs.len; id++) {
        v.scratch = arena_new();
        v.func = &prog->funcs.at[id];
        v.flaw = NO_FLAW;
        v.flaw.func = id;
        fine = check_func(&v, must_be_tidy);
        arena_free(v.scratch);
    }
    if (fine) {
        v.scratch = arena_new();
        check_reached(&v);
        arena_free(v.scratch);
    }
    return v.flaw;
}

static const char *describe(const struct ir_prog *prog, struct arena *arena, struct ir_flaw flaw)
{
    if (!flaw.what || flaw.func == IR_NONE)
        return flaw.what;
    const struct ir_func *func = &prog->funcs.at[flaw.func];
    struct text text = {0};
    text_printf(&text, "func @%s", func->name ? func->name : "?");
    if (flaw.block != IR_NONE) {
        text_put(&text, ", block ");
        ir_text_put_block(&text, func, flaw.block);
        text_put(&text, flaw.inst != IR_NONE ? ", `" : ", before `");
        if (flaw.inst != IR_NONE)
            ir_text_put_inst(&text, prog, func, flaw.inst);
        else
            ir_text_put_term(&text, prog, func, flaw.block);
        text_put(&text, "`");
    }
    const char *all = arena_printf(arena, "%s: %s", text.chars, flaw.what);
    text_free(&text);
    return all;
}

const char *ir_verify(const struct ir_prog *prog, struct arena *arena)
{
    return describe(prog, arena, ir_find_flaw(prog, arena, true));
}

const char *ir_verify_sound(const struct ir_prog *prog, struct arena *arena)
{
    return describe(prog, arena, ir_find_flaw(prog, arena, false));
}
