/* The piece of a point: C code from there to the next points, all lanes of the mask at once.
 *
 * Blocks are walked in reverse post-order, each under a mask of its own (`m_b7`: the lanes that are
 * there). A branch splits the mask, a join takes the union; what a block is given along an edge is
 * selected under the edge's mask. A native loop is a C loop that goes on while lanes are in it; what
 * is read after the loop is captured when a lane leaves (plan: each_iter, at_exit, free). A convergent
 * loop is a C loop that all its lanes leave at once; uniform values in it are C scalars. A dear arm
 * stands under `if (m_b7)`. Lanes that have nowhere to go on in the piece are put down at a point. */
#include "emit/gang.h"

#include <string.h>

static void emit_region(struct piece_cx *cx, block_id region, const struct bitset *blocks,
                        block_id opened);
static struct bitset directly_in(struct piece_cx *cx, const struct bitset *blocks, block_id opened);
static bool is_guarded(const struct piece_cx *cx, block_id block);

/* ---- the shape of the piece ---------------------------------------------------------------------- */

/* Header of the innermost C loop of this piece that a block is in, or IR_NONE. */
static block_id c_loop_of(const struct piece_cx *cx, block_id block)
{
    block_id header = cx->func->cfg.blocks[block].loop;
    while (header != IR_NONE
           && (!bitset_has(&cx->in_piece, header) || !plan_block_is_c_loop(cx->func, header)))
        header = loop_at(&cx->func->loops, header)->parent;
    return header;
}

static bool is_convergent(const struct piece_cx *cx, block_id header)
{
    const struct plan_loop *loop = plan_loop_at(cx->func, header);
    return loop && loop->form == LOOP_CONVERGENT;
}

static bool is_c_loop(const struct piece_cx *cx, block_id block)
{
    return c_loop_of(cx, block) == block;
}

static bool in_loop(const struct piece_cx *cx, block_id header, block_id block)
{
    return bitset_has(&loop_at(&cx->func->loops, header)->body, block);
}

static block_id parent_c_loop(const struct piece_cx *cx, block_id header)
{
    block_id parent = loop_at(&cx->func->loops, header)->parent;
    return parent == IR_NONE ? IR_NONE : c_loop_of(cx, parent);
}

/* The C loop in which a block's mask and parameters are declared: not its own. */
static block_id region_of(const struct piece_cx *cx, block_id block)
{
    return is_c_loop(cx, block) ? parent_c_loop(cx, block) : c_loop_of(cx, block);
}

/* Does the edge stay in the piece? Round to a start that is no C loop is a new visit. */
static bool stays(const struct piece_cx *cx, block_id to)
{
    return bitset_has(&cx->in_piece, to) && (to != cx->point->block || is_c_loop(cx, to));
}

static bool is_back_edge(const struct piece_cx *cx, block_id from, block_id to)
{
    return is_c_loop(cx, to) && in_loop(cx, to, from);
}

/* A block whose mask is declared where its one predecessor branches: same loop, no parameters. */
static bool is_declared_by_edge(const struct piece_cx *cx, block_id block)
{
    const struct cfg_block *node = &cx->func->cfg.blocks[block];
    if (node->preds.len != 1 || cx->ir->blocks.at[block].params.len > 0 || is_c_loop(cx, block))
        return false;
    return c_loop_of(cx, node->preds.at[0]) == c_loop_of(cx, block);
}

bool piece_leaves_early(const struct plan_entry *entry, const struct plan_point *point)
{
    return point->start == 0
        && plan_block_is_native_header(&entry->funcs[point->func], point->block);
}

/* ---- values that leave loops ---------------------------------------------------------------------- */

/* Has a value to be captured on the way out of the C loops between its definition and `to`? Not if
 * its variable is declared where `to` is, and updated under the mask. */
static bool needs_capture(const struct piece_cx *cx, value_id value, block_id from, block_id to)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    block_id outside = region_of(cx, to);
    bool defined_inside = false;
    if (plan_needs_no_place(cx->ir, cx->func, value) || plan_is_tensor(cx->ir, value))
        return false; /* a tensor changes for the lanes in the loop only */
    for (block_id loop = c_loop_of(cx, from); loop != outside; loop = parent_c_loop(cx, loop))
        defined_inside |= in_loop(cx, loop, v->block);
    if (!defined_inside || v->kind != VALUE_PARAM || !is_c_loop(cx, v->block)
        || parent_c_loop(cx, v->block) != outside)
        return defined_inside;
    enum param_form form = plan_loop_at(cx->func, v->block)->params[v->index];
    return form != PARAM_EACH_ITER && form != PARAM_TOGETHER;
}

static const char *capture_variable(const struct piece_cx *cx, value_id value, block_id region)
{
    for (uint32_t i = cx->captures.len; i-- > 0;)
        if (cx->captures.at[i].value == value && cx->captures.at[i].region == region)
            return cx->captures.at[i].variable;
    return NULL;
}

/* "x_out"; a value that leaves several loops around it has one of its own for each. */
static const char *capture_name(struct piece_cx *cx, value_id value)
{
    uint32_t number = 1;
    for (uint32_t i = 0; i < cx->captures.len; i++)
        number += cx->captures.at[i].value == value;
    return number == 1 ? arena_printf(cx->arena, "%s_out", gang_name(cx, value))
                       : arena_printf(cx->arena, "%s_out%u", gang_name(cx, value), number);
}

/* Declares the variables that hold, after the loop, what its exits to this region need. */
static void declare_captures(struct piece_cx *cx, block_id header, block_id region)
{
    const struct loop *loop = loop_at(&cx->func->loops, header);
    for (uint32_t i = 0; i < loop->exit_count; i++) {
        block_id from = loop->exits[i].from;
        block_id to = cx->ir->blocks.at[from].term.edges[loop->exits[i].edge].to;
        if (!bitset_has(&cx->in_piece, from) || !stays(cx, to) || region_of(cx, to) != region)
            continue;
        const struct bitset *live = &cx->func->live.in[to];
        for (uint32_t v = bitset_next(live, 0); v < live->size; v = bitset_next(live, v + 1)) {
            if (!needs_capture(cx, v, from, to) || capture_variable(cx, v, region))
                continue;
            enum dtype dtype = cx->ir->values.at[v].type.dtype;
            struct capture capture = {v, region, capture_name(cx, v)};
            vec_push(cx->arena, &cx->captures, capture);
            text_printf(cx->out, "%s %s = %s;\n", gang_type(dtype), capture.variable,
                        gang_zero(cx, dtype));
        }
    }
}

static void capture_along(struct piece_cx *cx, block_id from, block_id to, const char *m)
{
    const struct bitset *live = &cx->func->live.in[to];
    for (uint32_t v = bitset_next(live, 0); v < live->size; v = bitset_next(live, v + 1)) {
        if (!needs_capture(cx, v, from, to))
            continue;
        const char *variable = capture_variable(cx, v, region_of(cx, to));
        text_printf(cx->out, "%s = %s;\n", variable,
                    gang_select(cx, cx->ir->values.at[v].type.dtype, m, gang_value(cx, v), variable));
    }
}

/* After the loop its captured values go by their captured names. */
static void use_captures(struct piece_cx *cx, block_id header, block_id region)
{
    for (uint32_t i = 0; i < cx->captures.len; i++) {
        const struct capture *capture = &cx->captures.at[i];
        if (capture->region == region
            && in_loop(cx, header, cx->ir->values.at[capture->value].block)) {
            cx->names[capture->value] = capture->variable;
            bitset_remove(&cx->uniform, capture->value);
        }
    }
}

/* ---- edges ----------------------------------------------------------------------------------------- */

enum side { SIDE_YES, SIDE_NO, SIDE_NEITHER };

/* On which side of the branch at `split` a block stands. */
static enum side side_of(const struct piece_cx *cx, block_id split, block_id block)
{
    const struct ir_term *term = &cx->ir->blocks.at[split].term;
    if (term->kind != TERM_BR)
        return SIDE_NEITHER;
    if (cfg_dominates(&cx->func->cfg, term->edges[0].to, block))
        return SIDE_YES;
    return cfg_dominates(&cx->func->cfg, term->edges[1].to, block) ? SIDE_NO : SIDE_NEITHER;
}

/* What a join takes from this edge, where other edges have given it `other` before. If one branch
 * parts this edge from all the others, its condition chooses: that is as good as the edge's mask for
 * the lanes that are here, and does not wait for the mask. */
static const char *chosen_at_join(struct piece_cx *cx, block_id from, block_id to, enum dtype dtype,
                                  const char *m, const char *value, const char *other)
{
    const struct cfg_block *node = &cx->func->cfg.blocks[to];
    enum side side = node->idom == IR_NONE || !bitset_has(&cx->in_piece, node->idom)
        ? SIDE_NEITHER : side_of(cx, node->idom, from);
    for (uint32_t i = 0; i < node->preds.len && side != SIDE_NEITHER; i++)
        if (node->preds.at[i] != from
            && side_of(cx, node->idom, node->preds.at[i]) != (side == SIDE_YES ? SIDE_NO : SIDE_YES))
            side = SIDE_NEITHER;
    if (side == SIDE_NEITHER || c_loop_of(cx, from) != c_loop_of(cx, node->idom))
        return gang_select(cx, dtype, m, value, other);
    const char *c = gang_value(cx, cx->ir->blocks.at[node->idom].term.condition);
    return side == SIDE_YES ? gang_select(cx, dtype, c, value, other)
                            : gang_select(cx, dtype, c, other, value);
}

/* What a block is given along an edge: the first edge assigns, later ones select under their mask.
 * An edge out of a loop is walked in many iterations, so it always selects. */
static void pass_arguments(struct piece_cx *cx, block_id from, const struct ir_edge *edge,
                           const char *m)
{
    const struct ir_block *to = &cx->ir->blocks.at[edge->to];
    bool first = bitset_add(&cx->seen_edge, edge->to)
        && c_loop_of(cx, from) == region_of(cx, edge->to);
    rows_along_edge(cx, edge, m);
    for (uint32_t i = 0; i < to->params.len; i++) {
        const char *variable = gang_name(cx, to->params.at[i]);
        if (plan_is_tensor(cx->ir, to->params.at[i]))
            continue;
        if (bitset_has(&cx->uniform, to->params.at[i])) {
            text_printf(cx->out, "%s = %s;\n", variable, gang_uniform(cx, edge->args.at[i]));
            continue;
        }
        const char *value = gang_choice(cx, edge->args.at[i]);
        enum dtype dtype = cx->ir->values.at[to->params.at[i]].type.dtype;
        text_printf(cx->out, "%s = %s;\n", variable,
                    first ? value
                          : chosen_at_join(cx, from, edge->to, dtype, m, value, variable));
    }
}

static bool reads_later(const struct ir_block *header, const struct ir_edge *edge, uint32_t index)
{
    for (uint32_t i = index + 1; i < edge->args.len; i++)
        if (edge->args.at[i] == header->params.at[index])
            return true;
    return false;
}

static const char *updated(struct piece_cx *cx, block_id header, uint32_t index, const char *m,
                           const char *value)
{
    value_id param = cx->ir->blocks.at[header].params.at[index];
    if (plan_loop_at(cx->func, header)->params[index] != PARAM_EACH_ITER)
        return value;
    return gang_select(cx, cx->ir->values.at[param].type.dtype, m, value, gang_name(cx, param));
}

/* What a back edge gives a parameter, as the kind of variable it is. */
static const char *next_value(struct piece_cx *cx, value_id param, value_id arg)
{
    return bitset_has(&cx->uniform, param) ? gang_uniform(cx, arg) : gang_choice(cx, arg);
}

/* The one back edge, at the end of the body: the next iteration begins with these values. */
static void emit_only_back_edge(struct piece_cx *cx, const struct ir_edge *edge, const char *m)
{
    const struct ir_block *header = &cx->ir->blocks.at[edge->to];
    rows_along_edge(cx, edge, m);
    for (uint32_t i = 0; i < header->params.len; i++) {
        value_id param = header->params.at[i];
        const char *variable = gang_name(cx, param);
        if (!reads_later(header, edge, i) || plan_is_tensor(cx->ir, param))
            continue;
        cx->names[param] = arena_printf(cx->arena, "%s_last", variable);
        text_printf(cx->out, "const %s %s = %s;\n", gang_value_type(cx, param), cx->names[param],
                    variable);
    }
    for (uint32_t i = 0; i < header->params.len; i++) {
        const char *variable = gang_name(cx, header->params.at[i]);
        if (edge->args.at[i] != header->params.at[i]
            && !plan_is_tensor(cx->ir, header->params.at[i]))
            text_printf(cx->out, "%s = %s;\n", variable,
                        updated(cx, edge->to, i, m,
                                next_value(cx, header->params.at[i], edge->args.at[i])));
    }
    for (uint32_t i = 0; i < header->params.len; i++)
        cx->names[header->params.at[i]] = gang_name(cx, header->params.at[i]);
    text_printf(cx->out, "%s = %s;\n", cx->masks[edge->to], m);
}

/* One of several back edges, or one under a guard: its values wait in `_next` variables. */
static void emit_back_edge(struct piece_cx *cx, const struct ir_edge *edge, const char *m)
{
    const struct ir_block *header = &cx->ir->blocks.at[edge->to];
    bool first = !cx->back_edge_seen[edge->to];
    if (cx->one_back_edge[edge->to]) {
        emit_only_back_edge(cx, edge, m);
        return;
    }
    cx->back_edge_seen[edge->to] = true;
    text_printf(cx->out, "%s_next |= %s;\n", cx->masks[edge->to], m);
    rows_along_edge(cx, edge, m);
    for (uint32_t i = 0; i < header->params.len; i++) {
        value_id param = header->params.at[i];
        if (plan_is_tensor(cx->ir, param))
            continue;
        const char *value = next_value(cx, param, edge->args.at[i]);
        const char *next = arena_printf(cx->arena, "%s_next", gang_name(cx, param));
        if (edge->args.at[i] == param && first)
            continue; /* it was set to itself */
        text_printf(cx->out, "%s = %s;\n", next,
                    first || bitset_has(&cx->uniform, param)
                          ? value
                          : gang_select(cx, cx->ir->values.at[param].type.dtype, m, value, next));
    }
}

/* Does an edge out of a loop have anything to store? */
static bool carries_values(const struct piece_cx *cx, block_id from, const struct ir_edge *edge)
{
    const struct bitset *live = &cx->func->live.in[edge->to];
    for (uint32_t v = bitset_next(live, 0); v < live->size; v = bitset_next(live, v + 1))
        if (needs_capture(cx, v, from, edge->to))
            return true;
    return edge->args.len > 0;
}

static void emit_edge(struct piece_cx *cx, block_id from, const struct ir_edge *edge, const char *m)
{
    if (!stays(cx, edge->to)) {
        emit_goto_point(cx, cx->func->point_of_block[edge->to], edge, m);
        return;
    }
    if (is_back_edge(cx, from, edge->to)) {
        emit_back_edge(cx, edge, m);
        return;
    }
    if (is_declared_by_edge(cx, edge->to)) {
        text_printf(cx->out, "mask %s = %s;\n", cx->masks[edge->to], m);
        return;
    }
    text_printf(cx->out, "%s |= %s;\n", cx->masks[edge->to], m);
    if (c_loop_of(cx, from) == region_of(cx, edge->to)) {
        pass_arguments(cx, from, edge, m);
        return;
    }
    if (!carries_values(cx, from, edge))
        return;
    text_printf(cx->out, "if (%s) {\n", m);
    cx->out->indent++;
    capture_along(cx, from, edge->to, m);
    pass_arguments(cx, from, edge, m);
    cx->out->indent--;
    text_put(cx->out, "}\n");
}

/* ---- blocks ---------------------------------------------------------------------------------------- */

/* The edge by which all lanes of a convergent loop leave it, or 2. */
static uint32_t leaving_edge(const struct piece_cx *cx, block_id block)
{
    const struct ir_term *term = &cx->ir->blocks.at[block].term;
    block_id header = c_loop_of(cx, block);
    if (header == IR_NONE || !is_convergent(cx, header))
        return 2;
    return !in_loop(cx, header, term->edges[0].to) ? 0 : !in_loop(cx, header, term->edges[1].to) ? 1 : 2;
}

static void emit_branch_out(struct piece_cx *cx, block_id block, uint32_t leaving, const char *m)
{
    const struct ir_term *term = &cx->ir->blocks.at[block].term;
    text_printf(cx->out, "if (%s%s) {\n", leaving == 0 ? "" : "!",
                gang_uniform(cx, term->condition));
    cx->out->indent++;
    emit_edge(cx, block, &term->edges[leaving], m);
    text_put(cx->out, "break;\n");
    cx->out->indent--;
    text_put(cx->out, "}\n");
    emit_edge(cx, block, &term->edges[1 - leaving], m);
}

static void emit_branch(struct piece_cx *cx, block_id block, const char *m)
{
    const struct ir_term *term = &cx->ir->blocks.at[block].term;
    uint32_t leaving = leaving_edge(cx, block);
    if (leaving < 2) {
        emit_branch_out(cx, block, leaving, m);
        return;
    }
    const char *c = gang_value(cx, term->condition);
    const char *yes = arena_printf(cx->arena, "yes_b%u", block);
    const char *no = arena_printf(cx->arena, "no_b%u", block);
    bool yes_plain = stays(cx, term->edges[0].to) && is_declared_by_edge(cx, term->edges[0].to);
    bool no_plain = stays(cx, term->edges[1].to) && is_declared_by_edge(cx, term->edges[1].to);
    if (yes_plain)
        yes = arena_printf(cx->arena, "%s & %s", m, c);
    else
        text_printf(cx->out, "const mask %s = %s & %s;\n", yes, m, c);
    if (no_plain)
        no = arena_printf(cx->arena, "mask_and_not(%s, %s)", m, c);
    else
        text_printf(cx->out, "const mask %s = mask_and_not(%s, %s);\n", no, m, c);
    emit_edge(cx, block, &term->edges[0], yes);
    emit_edge(cx, block, &term->edges[1], no);
}

static void emit_term(struct piece_cx *cx, block_id block, const char *m)
{
    const struct ir_term *term = &cx->ir->blocks.at[block].term;
    switch (term->kind) {
    case TERM_NONE:
        break;
    case TERM_JMP:
        emit_edge(cx, block, &term->edges[0], m);
        break;
    case TERM_BR:
        emit_branch(cx, block, m);
        break;
    case TERM_RET:
        emit_return(cx, term, m);
        break;
    case TERM_TAIL:
        emit_tail_call(cx, term, m);
        break;
    case TERM_FAULT:
        text_printf(cx->out, "if (%s)\n    ab_fault_lanes(%s, %u, s->id, &s->head, call);\n", m, m,
                    term->fault);
        break;
    }
}

static void emit_block_comment(struct piece_cx *cx, block_id block)
{
    const struct ir_block *b = &cx->ir->blocks.at[block];
    text_printf(cx->out, "/* b%u", block);
    if (b->hint)
        text_printf(cx->out, " %s", b->hint);
    if (b->loc.file && cx->plan->prog->sources)
        text_printf(cx->out, ", line %u", source_position(cx->plan->prog->sources, b->loc).line);
    text_put(cx->out, " */\n");
}

static void emit_block(struct piece_cx *cx, block_id block, uint32_t start)
{
    const struct ir_block *b = &cx->ir->blocks.at[block];
    const char *m = cx->masks[block];
    emit_block_comment(cx, block);
    for (uint32_t i = start; i < b->insts.len; i++) {
        emit_inst(cx, b->insts.at[i], m);
        if (cx->ir->insts.at[b->insts.at[i]].kind == INST_CALL)
            return; /* the lanes have gone */
    }
    emit_term(cx, block, m);
}

/* ---- loops ----------------------------------------------------------------------------------------- */

static void declare_next(struct piece_cx *cx, block_id header)
{
    const struct ir_block *b = &cx->ir->blocks.at[header];
    text_printf(cx->out, "mask %s_next = 0;\n", cx->masks[header]);
    for (uint32_t i = 0; i < b->params.len; i++) {
        const char *variable = gang_name(cx, b->params.at[i]);
        if (plan_is_tensor(cx->ir, b->params.at[i]))
            continue;
        text_printf(cx->out, "%s %s_next = %s;\n", gang_value_type(cx, b->params.at[i]), variable,
                    variable);
    }
}

static void take_next(struct piece_cx *cx, block_id header)
{
    const struct ir_block *b = &cx->ir->blocks.at[header];
    const char *m = arena_printf(cx->arena, "%s_next", cx->masks[header]);
    for (uint32_t i = 0; i < b->params.len; i++) {
        const char *variable = gang_name(cx, b->params.at[i]);
        if (plan_is_tensor(cx->ir, b->params.at[i]))
            continue;
        text_printf(cx->out, "%s = %s;\n", variable,
                    updated(cx, header, i, m, arena_printf(cx->arena, "%s_next", variable)));
    }
    text_printf(cx->out, "%s = %s_next;\n", cx->masks[header], cx->masks[header]);
}

/* Idle lanes compute on; a value that decays into denormals there would make the loop crawl. */
static void park_idle_lanes(struct piece_cx *cx, block_id header)
{
    const struct ir_block *b = &cx->ir->blocks.at[header];
    const struct plan_loop *plan = plan_loop_at(cx->func, header);
    for (uint32_t i = 0; i < b->params.len; i++) {
        enum dtype dtype = cx->ir->values.at[b->params.at[i]].type.dtype;
        const char *variable = gang_name(cx, b->params.at[i]);
        if (plan->park[i])
            text_printf(cx->out, "%s = %s;\n", variable,
                        gang_select(cx, dtype, cx->masks[header], variable,
                                    arena_printf(cx->arena, "splat_%s(1)", dtype_table[dtype].name)));
    }
}

static void emit_loop_body(struct piece_cx *cx, block_id header)
{
    const struct loop *loop = loop_at(&cx->func->loops, header);
    struct bitset body = bitset_new(cx->arena, cx->in_piece.size);
    for (uint32_t b = bitset_next(&cx->in_piece, 0); b < body.size;
         b = bitset_next(&cx->in_piece, b + 1))
        if (bitset_has(&loop->body, b))
            bitset_add(&body, b);
    struct bitset direct = directly_in(cx, &body, header);
    block_id latch = loop->latches.at[0];
    cx->one_back_edge[header] = loop->latches.len == 1 && bitset_has(&direct, latch)
        && (latch == header || !is_guarded(cx, latch));
    if (!cx->one_back_edge[header])
        declare_next(cx, header);
    emit_region(cx, header, &body, header);
    if (!cx->one_back_edge[header])
        take_next(cx, header);
}

/* The header's mask and parameters are declared and given already. Lanes that are still in the loop
 * when the visit has to end wait at the header's point. */
static void emit_loop(struct piece_cx *cx, block_id header, block_id region)
{
    const struct ir_block *b = &cx->ir->blocks.at[header];
    const char *m = cx->masks[header];
    const char *goes_on = cx->point->block == header
        ? arena_printf(cx->arena, "mask_count(%s) >= leave", m) : m;
    uint32_t point = cx->func->point_of_block[header];
    for (uint32_t i = 0; i < b->params.len; i++) {
        value_id param = b->params.at[i];
        enum dtype dtype = cx->ir->values.at[param].type.dtype;
        if (plan_is_tensor(cx->ir, param))
            continue;
        if (!cx->names[param] && !is_convergent(cx, header)) { /* nothing reads it, so it has no place to be loaded from */
            cx->names[param] = gang_name(cx, param);
            text_printf(cx->out, "%s %s = %s;\n", gang_type(dtype), cx->names[param],
                        gang_zero(cx, dtype));
        }
        bitset_remove(&cx->in_home, param); /* from here on it changes */
    }
    declare_captures(cx, header, region);
    if (is_convergent(cx, header)) {
        park_idle_lanes(cx, header);
        text_printf(cx->out, "while (%s) {\n", m);
        cx->out->indent++;
        emit_loop_body(cx, header);
        cx->out->indent--;
        text_put(cx->out, "}\n");
        use_captures(cx, header, region);
        return;
    }
    text_put(cx->out, "for (;; fuel--) {\n");
    cx->out->indent++;
    park_idle_lanes(cx, header);
    text_printf(cx->out, "for (unsigned strip = AB_STRIP; strip > 0 && %s; strip--) {\n", goes_on);
    cx->out->indent++;
    if (cx->unit->profile)
        text_printf(cx->out, "AB_COUNT(s->counts[AT_%s_%s].iterations, %s);\n", cx->entry->name,
                    cx->entry->points.at[point].name, m);
    emit_loop_body(cx, header);
    cx->out->indent--;
    text_printf(cx->out, "}\nif (fuel == 0 || !(%s))\n    break;\n", goes_on);
    cx->out->indent--;
    text_put(cx->out, "}\n");
    emit_goto_point(cx, point, NULL, m);
    use_captures(cx, header, region);
}

/* ---- regions --------------------------------------------------------------------------------------- */

/* The mask and parameters of a block that several edges, or edges out of loops, lead to. */
static void declare_block(struct piece_cx *cx, block_id block)
{
    const struct ir_block *b = &cx->ir->blocks.at[block];
    if (is_declared_by_edge(cx, block))
        return;
    text_printf(cx->out, "mask %s = 0;\n", cx->masks[block]);
    for (uint32_t i = 0; i < b->params.len; i++) {
        value_id param = b->params.at[i];
        enum dtype dtype = cx->ir->values.at[param].type.dtype;
        if (plan_is_tensor(cx->ir, param))
            continue;
        cx->names[param] = gang_name(cx, param);
        if (bitset_has(&cx->same, param))
            bitset_add(&cx->uniform, param);
        text_printf(cx->out, "%s %s = %s;\n", gang_value_type(cx, param), cx->names[param],
                    bitset_has(&cx->uniform, param) ? "0" : gang_zero(cx, dtype));
    }
}

/* The blocks of a set that a block dominates, itself included. */
static struct bitset dominated(struct piece_cx *cx, const struct bitset *blocks, block_id head)
{
    struct bitset set = bitset_new(cx->arena, blocks->size);
    for (uint32_t b = bitset_next(blocks, head); b < blocks->size; b = bitset_next(blocks, b + 1))
        if (cfg_dominates(&cx->func->cfg, head, b))
            bitset_add(&set, b);
    return set;
}

static bool is_guarded(const struct piece_cx *cx, block_id block)
{
    return cx->func->guard[block] && block != cx->point->block && !is_c_loop(cx, block);
}

/* Blocks of the set that are written in this C scope: not those inside its loops and guards. */
static struct bitset directly_in(struct piece_cx *cx, const struct bitset *blocks, block_id opened)
{
    struct bitset direct = bitset_new(cx->arena, blocks->size);
    struct bitset hidden = bitset_new(cx->arena, blocks->size);
    for (uint32_t b = bitset_next(blocks, 0); b < blocks->size; b = bitset_next(blocks, b + 1)) {
        if (bitset_has(&hidden, b))
            continue;
        bitset_add(&direct, b);
        if (b == opened)
            continue;
        if (is_c_loop(cx, b))
            bitset_union(&hidden, &loop_at(&cx->func->loops, b)->body);
        else if (is_guarded(cx, b)) {
            struct bitset arm = dominated(cx, blocks, b);
            bitset_union(&hidden, &arm);
        }
    }
    return direct;
}

/* Writes the blocks of a set that are in one C scope; `opened` is the block whose guard or loop this
 * scope is the body of, IR_NONE at the top of the piece. */
static void emit_region(struct piece_cx *cx, block_id region, const struct bitset *blocks,
                        block_id opened)
{
    struct bitset direct = directly_in(cx, blocks, opened);
    for (uint32_t b = bitset_next(&direct, 0); b < direct.size; b = bitset_next(&direct, b + 1))
        if (b != opened && b != cx->point->block)
            declare_block(cx, b);
    for (uint32_t b = bitset_next(&direct, 0); b < direct.size; b = bitset_next(&direct, b + 1)) {
        if (b == opened) {
            emit_block(cx, b, 0);
        } else if (is_c_loop(cx, b)) {
            emit_loop(cx, b, region);
        } else if (is_guarded(cx, b)) {
            struct bitset arm = dominated(cx, blocks, b);
            text_printf(cx->out, "if (%s) {\n", cx->masks[b]);
            cx->out->indent++;
            emit_region(cx, region, &arm, b);
            cx->out->indent--;
            text_put(cx->out, "}\n");
        } else {
            emit_block(cx, b, b == cx->point->block ? cx->point->start : 0);
        }
    }
}

/* ---- the function ------------------------------------------------------------------------------------ */

static bool has_c_loop(const struct piece_cx *cx)
{
    for (uint32_t i = 0; i < cx->point->piece.len; i++)
        if (is_c_loop(cx, cx->point->piece.at[i]) && !is_convergent(cx, cx->point->piece.at[i]))
            return true;
    return false;
}

static void prepare(struct piece_cx *cx)
{
    uint32_t blocks = cx->ir->blocks.len;
    cx->names = ARENA_ARRAY(cx->arena, const char *, cx->ir->values.len + 1);
    cx->masks = ARENA_ARRAY(cx->arena, const char *, blocks + 1);
    cx->back_edge_seen = ARENA_ARRAY(cx->arena, bool, blocks + 1);
    cx->one_back_edge = ARENA_ARRAY(cx->arena, bool, blocks + 1);
    cx->in_piece = bitset_new(cx->arena, blocks + 1);
    cx->seen_edge = bitset_new(cx->arena, blocks + 1);
    cx->in_home = bitset_new(cx->arena, cx->ir->values.len + 1);
    cx->made_together = bitset_new(cx->arena, cx->ir->insts.len + 1);
    cx->uniform = bitset_new(cx->arena, cx->ir->values.len + 1);
    for (uint32_t i = 0; i < cx->point->piece.len; i++)
        bitset_add(&cx->in_piece, cx->point->piece.at[i]);
    cx->same = plan_in_step(cx->arena, cx->ir, cx->func, &cx->in_piece, cx->point->block);
    bitset_union(&cx->same, &cx->func->uniform.values);
    for (block_id b = 0; b < blocks; b++)
        cx->masks[b] = b == cx->point->block ? "m" : arena_printf(cx->arena, "m_b%u", b);
}

void emit_piece(const struct gang_unit *unit, const struct plan_entry *entry,
                const struct plan_point *point, struct text *out)
{
    struct piece_cx cx = {.arena = unit->arena, .plan = unit->plan, .entry = entry, .point = point,
                          .ir = &unit->plan->prog->funcs.at[point->func],
                          .func = &entry->funcs[point->func], .unit = unit,
                          .kernels = unit->kernels, .out = out};
    prepare(&cx);
    text_printf(out, "static void %s_%s(struct %s_state *s, const ab_call *call, mask m%s)\n{\n",
                entry->name, point->name, entry->name,
                piece_leaves_early(entry, point) ? ", unsigned leave" : "");
    out->indent++;
    if (has_c_loop(&cx))
        text_put(out, "unsigned fuel = AB_FUEL;\n");
    emit_arrival(&cx);
    emit_region(&cx, IR_NONE, &cx.in_piece, IR_NONE);
    text_put(out, "(void)call;\n");
    out->indent--;
    text_put(out, "}\n");
}
