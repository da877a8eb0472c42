/* Blocks to structured statements (after Ramsey, Beyond Relooper, 2022): a block's statements are
 * followed by what it dominates; a block that several edges lead to (a merge) stands behind the
 * statement of its immediate dominator, so that falling off that statement's end leads there; a
 * loop's header makes a `for (;;)`, and blocks outside that its exits lead to stand behind it.
 * Edges to where control goes anyway need no jump; others become break, continue, or, where C has
 * no structure for them, a goto.
 *
 * Faults: after a call that faulted, the callee's result means nothing and cx->limit is 0, so that
 * calls within a cycle return at once. What still runs is bounded and harmless unless it loops or
 * shows something: only where that can follow the caller looks at cx->fault. */
#include "emit/scalar.h"

#include <inttypes.h>
#include <string.h>

struct builder {
    struct scalar_func *cx;
    struct arena *arena;
    const struct ir_func *ir;
    bool *placed;     /* per block: stands behind another statement */
    bool *dangerous;  /* per block: from its begin on, something may loop or show */
};

/* Where control goes at the end of a list, and by break and continue. IR_NONE: nowhere. */
struct place {
    block_id fall, loop_header, loop_exit;
};

static void build_block(struct builder *b, block_id block, struct stmts *list, struct place place);

static struct stmt *add(struct builder *b, struct stmts *list, enum stmt_kind kind,
                        const char *text)
{
    return scalar_stmt(b->cx, list, kind, text);
}

/* ---- returns and faults --------------------------------------------------------------------- */

static uint32_t scalar_result_count(const struct ir_func *ir)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ir->results.len; i++)
        count += ir->results.at[i].shape.rank == 0;
    return count;
}

const char *scalar_result_type(struct arena *arena, const struct ir_func *ir)
{
    uint32_t count = scalar_result_count(ir);
    const char *result = count == 0 ? "void" : "struct", *separator = " ";
    for (uint32_t i = 0; i < ir->results.len; i++) {
        if (ir->results.at[i].shape.rank > 0)
            continue;
        if (count == 1)
            return scalar_c_type(ir->results.at[i].dtype);
        result = arena_printf(arena, "%s%s%s", result, separator,
                              dtype_table[ir->results.at[i].dtype].name);
        separator = "_";
    }
    return result;
}

/* Leaves the function after a fault: nobody looks at the result. */
static void add_empty_return(struct builder *b, struct stmts *list)
{
    uint32_t count = scalar_result_count(b->ir);
    const char *text = count == 0 ? "return;" : "return 0;";
    if (count > 1)
        text = arena_printf(b->arena, "return (%s){0};", scalar_result_type(b->arena, b->ir));
    add(b, list, STMT_RETURN, text);
}

static void add_fault(struct builder *b, struct stmts *list, fault_id fault)
{
    add(b, list, STMT_DO, arena_printf(b->arena, "ab_fault(cx, %" PRIu32 ");", fault));
    add_empty_return(b, list);
}

static bool same_cycle(const struct builder *b, func_id callee)
{
    const struct callgraph *graph = &b->cx->unit->graph;
    return graph->recursive[callee] && graph->scc[callee] == graph->scc[b->cx->id];
}

static bool inst_is_dangerous(const struct builder *b, const struct ir_inst *inst)
{
    if (inst->kind == INST_SHOW)
        return b->cx->unit->options->show;
    return inst->kind == INST_CALL && !same_cycle(b, inst->callee) &&
           b->cx->unit->can_loop[inst->callee];
}

static bool term_is_dangerous(const struct builder *b, const struct ir_term *term)
{
    if (term->kind == TERM_TAIL)
        return b->cx->unit->can_loop[term->callee];
    for (uint32_t e = 0; e < ir_edge_count(term); e++)
        if (b->dangerous[term->edges[e].to])
            return true;
    return false;
}

static void find_dangerous(struct builder *b)
{
    b->dangerous = ARENA_ARRAY(b->arena, bool, b->ir->blocks.len + 1);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = b->ir->blocks.len; i-- > 0;) {
            const struct ir_block *block = &b->ir->blocks.at[i];
            bool dangerous = block->is_loop || term_is_dangerous(b, &block->term);
            for (uint32_t k = 0; k < block->insts.len; k++)
                dangerous |= inst_is_dangerous(b, &b->ir->insts.at[block->insts.at[k]]);
            changed |= dangerous && !b->dangerous[i];
            b->dangerous[i] = dangerous;
        }
    }
}

static bool danger_follows(const struct builder *b, const struct ir_block *block, uint32_t index)
{
    for (uint32_t k = index + 1; k < block->insts.len; k++)
        if (inst_is_dangerous(b, &b->ir->insts.at[block->insts.at[k]]))
            return true;
    return term_is_dangerous(b, &block->term);
}

/* ---- calls ---------------------------------------------------------------------------------- */

static const char *array_text(struct builder *b, uint32_t variable, struct indexes *reads)
{
    vec_push(b->arena, reads, variable);
    return b->cx->variables.at[variable].name;
}

/* "f_fib(cx, depth + 1, n)"; `outs`: per result of the callee, where it is to go if it is a tensor. */
static const char *call_text(struct builder *b, func_id callee, const value_id *args,
                             uint32_t count, const uint32_t *outs, const char *inner_depth,
                             struct indexes *reads)
{
    const struct scalar_unit *unit = b->cx->unit;
    struct text text = {0};
    const char *separator = "";
    text_printf(&text, "%s(", unit->names[callee]);
    if (unit->needs_cx[callee]) {
        text_put(&text, "cx");
        separator = ", ";
    }
    if (unit->graph.recursive[callee]) {
        text_printf(&text, "%s%s", separator, same_cycle(b, callee) ? inner_depth : "0");
        separator = ", ";
    }
    if (unit->needs_shared[callee]) {
        text_printf(&text, "%sshared", separator);
        separator = ", ";
    }
    for (uint32_t i = 0; i < count; i++) {
        bool is_tensor = scalar_is_tensor(b->ir, args[i]);
        text_printf(&text, "%s%s", separator,
                    is_tensor ? array_text(b, scalar_array(b->cx, args[i]), reads)
                              : scalar_expr(b->cx, args[i], reads));
        separator = ", ";
    }
    for (uint32_t i = 0; i < unit->prog->funcs.at[callee].results.len; i++) {
        if (unit->prog->funcs.at[callee].results.at[i].shape.rank == 0)
            continue;
        text_printf(&text, "%s%s", separator, array_text(b, outs[i], reads));
        separator = ", ";
    }
    text_put(&text, ")");
    const char *result = arena_strdup(b->arena, text.chars);
    text_free(&text);
    return result;
}

/* Where the tensors among the results of a call go. */
static const uint32_t *call_outs(struct builder *b, const struct ir_inst *inst)
{
    uint32_t *outs = ARENA_ARRAY(b->arena, uint32_t, inst->results.len + 1);
    for (uint32_t i = 0; i < inst->results.len; i++)
        if (scalar_is_tensor(b->ir, inst->results.at[i]))
            outs[i] = scalar_array(b->cx, inst->results.at[i]);
    return outs;
}

/* The only scalar result of a call. */
static void set_result(struct builder *b, const struct ir_inst *inst, struct stmt *stmt)
{
    for (uint32_t i = 0; i < inst->results.len; i++) {
        value_id result = inst->results.at[i];
        if (scalar_is_tensor(b->ir, result))
            continue;
        const char *type = scalar_c_type(b->ir->values.at[result].type.dtype);
        if (!b->cx->needed[result])
            b->cx->variable_of[result] = scalar_variable_new(b->cx, NULL, type);
        stmt->variable = b->cx->variable_of[result];
    }
}

/* The scalar results of a call go to their variables, several through a struct. */
static void add_call(struct builder *b, const struct ir_inst *inst, struct stmts *list)
{
    struct indexes reads = {0};
    const struct ir_func *callee = &b->cx->unit->prog->funcs.at[inst->callee];
    uint32_t count = scalar_result_count(callee);
    const char *call = call_text(b, inst->callee, inst->args.at, inst->args.len,
                                 call_outs(b, inst), "depth + 1", &reads);
    if (count == 0) {
        add(b, list, STMT_DO, arena_printf(b->arena, "%s;", call))->reads = reads;
        return;
    }
    struct stmt *stmt = add(b, list, STMT_SET, call);
    stmt->reads = reads;
    stmt->is_call = true;
    if (count == 1) {
        set_result(b, inst, stmt);
        return;
    }
    uint32_t both = scalar_variable_new(b->cx, "r", scalar_result_type(b->arena, callee));
    stmt->variable = both;
    uint32_t part = 0;
    for (uint32_t i = 0; i < inst->results.len; i++) {
        value_id result = inst->results.at[i];
        if (scalar_is_tensor(b->ir, result))
            continue;
        uint32_t index = part++;
        if (!b->cx->needed[result])
            continue;
        stmt = add(b, list, STMT_SET,
                   arena_printf(b->arena, "%s.r%u", b->cx->variables.at[both].name, index));
        stmt->variable = b->cx->variable_of[result];
        vec_push(b->arena, &stmt->reads, both);
    }
}

/* What a call that faulted leaves in tensors may not even be read. */
static bool gives_tensors(const struct builder *b, const struct ir_inst *inst)
{
    for (uint32_t i = 0; i < inst->results.len; i++)
        if (scalar_is_tensor(b->ir, inst->results.at[i]))
            return true;
    return false;
}

static void build_call(struct builder *b, const struct ir_block *block, uint32_t index,
                       struct stmts *list)
{
    const struct ir_inst *inst = &b->ir->insts.at[block->insts.at[index]];
    if (same_cycle(b, inst->callee)) {
        struct stmts too_deep = {0};
        add_fault(b, &too_deep, inst->fault);
        add(b, list, STMT_IF, "depth >= cx->limit")->lists[0] = too_deep;
    }
    add_call(b, inst, list);
    if (b->cx->unit->can_fault[inst->callee] &&
        (gives_tensors(b, inst) || danger_follows(b, block, index))) {
        struct stmts faulted = {0};
        add_empty_return(b, &faulted);
        add(b, list, STMT_IF, "cx->fault")->lists[0] = faulted;
    }
}

/* ---- instructions --------------------------------------------------------------------------- */

static void build_check(struct builder *b, const struct ir_inst *inst, struct stmts *list)
{
    struct stmts fails = {0};
    struct indexes reads = {0};
    add_fault(b, &fails, inst->fault);
    const char *text = scalar_condition(b->cx, inst->args.at[0], true, &reads);
    struct stmt *stmt = add(b, list, STMT_IF, text);
    stmt->lists[0] = fails;
    stmt->reads = reads;
}

/* ", x, 2, (const int64_t[]){2, 3}" */
static void put_shown_tensor(struct builder *b, value_id value, struct indexes *reads,
                             struct text *text)
{
    const struct shape *shape = &b->ir->values.at[value].type.shape;
    text_printf(text, ", %s, %d, (const int64_t[]){", array_text(b, scalar_array(b->cx, value), reads),
                shape->rank);
    for (int i = 0; i < shape->rank; i++)
        text_printf(text, "%s%" PRId64, i ? ", " : "", shape->dim[i]);
    text_put(text, "}");
}

static void build_show(struct builder *b, const struct ir_inst *inst, struct stmts *list)
{
    for (uint32_t i = 0; i < inst->args.len; i++) {
        value_id value = inst->args.at[i];
        bool is_tensor = scalar_is_tensor(b->ir, value);
        struct indexes reads = {0};
        struct text text = {0};
        text_printf(&text, "ab_show_%s%s(cx->index, ", is_tensor ? "tensor_" : "",
                    dtype_table[b->ir->values.at[value].type.dtype].name);
        put_show_place(&text, b->cx->unit->prog, inst);
        if (is_tensor)
            put_shown_tensor(b, value, &reads, &text);
        else
            text_printf(&text, ", %s", scalar_expr(b->cx, value, &reads));
        text_put(&text, ");");
        add(b, list, STMT_DO, arena_strdup(b->arena, text.chars))->reads = reads;
        text_free(&text);
    }
}

static void build_op(struct builder *b, const struct ir_inst *inst, struct stmts *list)
{
    value_id value = inst->results.at[0];
    if (!b->cx->needed[value] || b->cx->inlined[value])
        return;
    struct indexes reads = {0};
    const char *text = scalar_op(b->cx, value, &reads);
    struct stmt *stmt = add(b, list, STMT_SET, text);
    stmt->variable = b->cx->variable_of[value];
    stmt->reads = reads;
}

static void build_insts(struct builder *b, const struct ir_block *block, struct stmts *list)
{
    for (uint32_t i = 0; i < block->insts.len; i++) {
        const struct ir_inst *inst = &b->ir->insts.at[block->insts.at[i]];
        switch (inst->kind) {
        case INST_OP:
            if (scalar_is_tensor(b->ir, inst->results.at[0]))
                scalar_tensor(b->cx, block->insts.at[i], list);
            else
                build_op(b, inst, list);
            break;
        case INST_CALL:
            build_call(b, block, i, list);
            break;
        case INST_CHECK:
            build_check(b, inst, list);
            break;
        case INST_SHOW:
            if (b->cx->unit->options->show)
                build_show(b, inst, list);
            break;
        case INST_CONST:
            if (scalar_is_tensor(b->ir, inst->results.at[0]))
                scalar_tensor(b->cx, block->insts.at[i], list);
            break;
        AB_CASE_INDEX_MAPS:
        AB_CASE_TENSOR_MAKERS:
            scalar_tensor(b->cx, block->insts.at[i], list);
            break;
        case INST_EXTENT:
        case INST_LANE_INDEX:
            break;
        }
    }
}

/* ---- edges ---------------------------------------------------------------------------------- */

struct copy {
    uint32_t variable;
    const char *text;
    struct indexes reads;
};
struct copies {
    struct copy *at;
    uint32_t len, cap;
};

static bool reads_variable(const struct indexes *reads, uint32_t variable)
{
    for (uint32_t i = 0; i < reads->len; i++)
        if (reads->at[i] == variable)
            return true;
    return false;
}

/* The arguments of an edge, without those that are in their variable already. */
static struct copies copies_of(struct builder *b, const struct ir_edge *edge)
{
    struct copies copies = {0};
    const struct ir_block *to = &b->ir->blocks.at[edge->to];
    for (uint32_t i = 0; i < edge->args.len; i++) {
        if (!b->cx->needed[to->params.at[i]] || scalar_is_tensor(b->ir, to->params.at[i]))
            continue;
        struct copy copy = {.variable = b->cx->variable_of[to->params.at[i]]};
        copy.text = scalar_expr(b->cx, edge->args.at[i], &copy.reads);
        bool stays = b->cx->variable_of[edge->args.at[i]] == copy.variable &&
                     !b->cx->inlined[edge->args.at[i]];
        if (!stays)
            vec_push(b->arena, &copies, copy);
    }
    return copies;
}

/* A copy whose variable no other one still reads, or copies->len. */
static uint32_t next_copy(const struct copies *copies)
{
    for (uint32_t i = 0; i < copies->len; i++) {
        bool is_read = false;
        for (uint32_t k = 0; k < copies->len; k++)
            is_read |= k != i && reads_variable(&copies->at[k].reads, copies->at[i].variable);
        if (!is_read)
            return i;
    }
    return copies->len;
}

static void add_copy(struct builder *b, struct stmts *list, uint32_t variable, struct copy copy)
{
    struct stmt *stmt = add(b, list, STMT_SET, copy.text);
    stmt->variable = variable;
    stmt->reads = copy.reads;
}

static void remove_copy(struct copies *copies, uint32_t index)
{
    for (uint32_t i = index + 1; i < copies->len; i++)
        copies->at[i - 1] = copies->at[i];
    copies->len--;
}

/* All at once: a copy that others wait for in a circle is computed first and stored last. */
static void build_copies(struct builder *b, const struct ir_edge *edge, struct stmts *list)
{
    struct copies copies = copies_of(b, edge), late = {0};
    while (copies.len > 0) {
        uint32_t index = next_copy(&copies);
        if (index < copies.len) {
            add_copy(b, list, copies.at[index].variable, copies.at[index]);
            remove_copy(&copies, index);
            continue;
        }
        const struct variable *variable = &b->cx->variables.at[copies.at[0].variable];
        const char *hint = arena_printf(b->arena, "%s_next", variable->name);
        uint32_t next = scalar_variable_new(b->cx, hint, variable->type);
        add_copy(b, list, next, copies.at[0]);
        struct copy copy = {.variable = copies.at[0].variable,
                            .text = b->cx->variables.at[next].name};
        vec_push(b->arena, &copy.reads, next);
        vec_push(b->arena, &late, copy);
        remove_copy(&copies, 0);
    }
    for (uint32_t i = 0; i < late.len; i++)
        add_copy(b, list, late.at[i].variable, late.at[i]);
}

static void build_edge(struct builder *b, const struct ir_edge *edge, struct stmts *list,
                       struct place place)
{
    scalar_tensor_edge(b->cx, edge, list);
    build_copies(b, edge, list);
    block_id to = edge->to;
    if (to == place.fall)
        return;
    if (to == place.loop_header)
        add(b, list, STMT_CONTINUE, NULL);
    else if (to == place.loop_exit)
        add(b, list, STMT_BREAK, NULL);
    else if (b->placed[to])
        add(b, list, STMT_GOTO, NULL)->block = to;
    else
        build_block(b, to, list, place);
}

/* ---- terminators ---------------------------------------------------------------------------- */

static bool ends_in_jump(const struct stmts *list)
{
    if (list->len == 0)
        return false;
    switch (list->at[list->len - 1].kind) {
    case STMT_BREAK:
    case STMT_CONTINUE:
    case STMT_RETURN:
    case STMT_GOTO:
        return true;
    case STMT_SET:
    case STMT_DO:
    case STMT_TEXT:
    case STMT_IF:
    case STMT_LOOP:
    case STMT_LABEL:
        return false;
    }
    return false;
}

static void append(struct builder *b, struct stmts *list, const struct stmts *more)
{
    for (uint32_t i = 0; i < more->len; i++)
        vec_push(b->arena, list, more->at[i]);
}

/* An arm that jumps needs no else. */
static void build_branch(struct builder *b, const struct ir_term *term, struct stmts *list,
                         struct place place)
{
    struct stmts yes = {0}, no = {0};
    build_edge(b, &term->edges[0], &yes, place);
    build_edge(b, &term->edges[1], &no, place);
    if (yes.len == 0 && no.len == 0)
        return;
    bool swap = yes.len == 0 || (ends_in_jump(&no) && !ends_in_jump(&yes)) ||
                (ends_in_jump(&no) && no.len < yes.len);
    struct stmts *first = swap ? &no : &yes, *second = swap ? &yes : &no;
    struct indexes reads = {0};
    const char *text = scalar_condition(b->cx, term->condition, swap, &reads);
    struct stmt *stmt = add(b, list, STMT_IF, text);
    stmt->reads = reads;
    stmt->lists[0] = *first;
    if (ends_in_jump(first))
        append(b, list, second);
    else
        stmt->lists[1] = *second;
}

static void build_return(struct builder *b, const struct ir_term *term, struct stmts *list)
{
    struct text text = {0};
    struct indexes reads = {0};
    uint32_t count = scalar_result_count(b->ir);
    scalar_tensor_return(b->cx, term, list);
    text_put(&text, "return");
    if (count > 1)
        text_printf(&text, " (%s){", scalar_result_type(b->arena, b->ir));
    const char *separator = count > 1 ? "" : " ";
    for (uint32_t i = 0; i < term->args.len; i++) {
        if (scalar_is_tensor(b->ir, term->args.at[i]))
            continue;
        text_printf(&text, "%s%s", separator, scalar_expr(b->cx, term->args.at[i], &reads));
        separator = ", ";
    }
    text_put(&text, count > 1 ? "};" : ";");
    add(b, list, STMT_RETURN, arena_strdup(b->arena, text.chars))->reads = reads;
    text_free(&text);
}

static void build_tail(struct builder *b, const struct ir_term *term, struct stmts *list)
{
    struct indexes reads = {0};
    const char *call = call_text(b, term->callee, term->args.at, term->args.len, b->cx->out_of,
                                 "depth", &reads);
    if (scalar_result_count(b->ir) > 0) {
        add(b, list, STMT_RETURN, arena_printf(b->arena, "return %s;", call))->reads = reads;
        return;
    }
    add(b, list, STMT_DO, arena_printf(b->arena, "%s;", call))->reads = reads;
    add(b, list, STMT_RETURN, "return;");
}

/* The block's own statements and what its terminator leads to. */
static void build_node(struct builder *b, block_id id, struct stmts *list, struct place place)
{
    const struct ir_block *block = &b->ir->blocks.at[id];
    build_insts(b, block, list);
    switch (block->term.kind) {
    case TERM_JMP:
        build_edge(b, &block->term.edges[0], list, place);
        break;
    case TERM_BR:
        build_branch(b, &block->term, list, place);
        break;
    case TERM_RET:
        build_return(b, &block->term, list);
        break;
    case TERM_TAIL:
        build_tail(b, &block->term, list);
        break;
    case TERM_FAULT:
        add_fault(b, list, block->term.fault);
        break;
    case TERM_NONE:
        break;
    }
}

/* ---- blocks --------------------------------------------------------------------------------- */

struct blocks {
    block_id *at;
    uint32_t len, cap;
};

static uint32_t forward_preds(const struct builder *b, block_id block)
{
    const struct cfg_block *node = &b->cx->cfg.blocks[block];
    const struct loop *loop = loop_at(&b->cx->loops, block);
    uint32_t count = 0;
    for (uint32_t i = 0; i < node->preds.len; i++)
        count += !(loop && bitset_has(&loop->body, node->preds.at[i]));
    return count;
}

static void place_behind(struct builder *b, struct blocks *blocks, block_id block)
{
    b->placed[block] = true;
    vec_push(b->arena, blocks, block);
}

/* Blocks outside a loop whose immediate dominator is inside: entered by its exits. All merges among
 * them stand behind the loop; without any, one exit does: the header's if it has one. An exit of
 * another place that only leaves the function stays inside. */
static struct blocks find_behind_loop(struct builder *b, const struct loop *loop)
{
    struct blocks behind = {0};
    block_id only = IR_NONE;
    bool from_header = false;
    for (block_id i = 0; i < b->ir->blocks.len; i++) {
        block_id idom = b->cx->cfg.blocks[i].idom;
        if (idom == IR_NONE || b->placed[i] || bitset_has(&loop->body, i) ||
            !bitset_has(&loop->body, idom))
            continue;
        if (forward_preds(b, i) > 1) {
            place_behind(b, &behind, i);
        } else {
            enum term_kind kind = b->ir->blocks.at[i].term.kind;
            bool leaves = kind != TERM_JMP && kind != TERM_BR;
            bool header = idom == loop->header;
            if (header || (!from_header && !leaves)) {
                only = i;
                from_header = header;
            }
        }
    }
    if (behind.len == 0 && only != IR_NONE)
        place_behind(b, &behind, only);
    return behind;
}

/* Merges whose immediate dominator the block is; of a loop's header only those inside the loop. */
static struct blocks find_behind_block(struct builder *b, block_id block, const struct loop *loop)
{
    struct blocks behind = {0};
    const struct cfg_block *node = &b->cx->cfg.blocks[block];
    for (uint32_t i = 0; i < node->children.len; i++) {
        block_id child = node->children.at[i];
        if (!b->placed[child] && forward_preds(b, child) > 1 &&
            (!loop || bitset_has(&loop->body, child)))
            place_behind(b, &behind, child);
    }
    return behind;
}

/* The block, then those placed behind it, each with its label; the last falls where `place`
 * does. */
static void build_with_behind(struct builder *b, block_id block, const struct blocks *behind,
                              struct stmts *list, struct place place,
                              void (*build)(struct builder *b, block_id block, struct stmts *list,
                                            struct place place))
{
    struct place inner = place;
    inner.fall = behind->len ? behind->at[0] : place.fall;
    build(b, block, list, inner);
    for (uint32_t i = 0; i < behind->len; i++) {
        inner.fall = i + 1 < behind->len ? behind->at[i + 1] : place.fall;
        if (!loop_at(&b->cx->loops, behind->at[i])) /* a loop brings its own */
            add(b, list, STMT_LABEL, NULL)->block = behind->at[i];
        build_block(b, behind->at[i], list, inner);
    }
}

static void build_loop(struct builder *b, block_id header, struct stmts *list, struct place place)
{
    const struct loop *loop = loop_at(&b->cx->loops, header);
    struct stmts body = {0};
    struct place inside = {.fall = header, .loop_header = header, .loop_exit = place.fall};
    struct blocks behind = find_behind_block(b, header, loop);
    b->placed[header] = true;
    build_with_behind(b, header, &behind, &body, inside, build_node);
    add(b, list, STMT_LABEL, NULL)->block = header;
    add(b, list, STMT_LOOP, NULL)->lists[0] = body;
}

static void build_block(struct builder *b, block_id block, struct stmts *list, struct place place)
{
    const struct loop *loop = loop_at(&b->cx->loops, block);
    struct blocks behind = loop ? find_behind_loop(b, loop) : find_behind_block(b, block, NULL);
    build_with_behind(b, block, &behind, list, place, loop ? build_loop : build_node);
}

struct stmts scalar_tree(struct scalar_func *cx)
{
    struct builder b = {.cx = cx, .arena = cx->arena, .ir = cx->ir};
    struct stmts body = {0};
    b.placed = ARENA_ARRAY(cx->arena, bool, cx->ir->blocks.len + 1);
    find_dangerous(&b);
    for (uint32_t i = 0; i < cx->nests.buffers.len; i++) {
        const struct nest_buffer *buffer = &cx->nests.buffers.at[i];
        if (buffer->param != IR_NONE && buffer->is_written)
            scalar_copy(cx, cx->array_of[i], cx->param_of[buffer->param],
                        &cx->ir->params.at[buffer->param], &body);
    }
    build_block(&b, 0, &body,
                (struct place){.fall = IR_NONE, .loop_header = IR_NONE, .loop_exit = IR_NONE});
    if (body.len > 0 && vec_last(&body).kind == STMT_RETURN && !strcmp(vec_last(&body).text, "return;"))
        body.len--; /* the function ends here anyway */
    return body;
}
