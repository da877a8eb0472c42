/* How lanes leave a piece and arrive in the next: homes are stored under the mask of the lanes that
 * go, frames are pushed and popped, and the lanes are put down at their point. */
#include "emit/gang.h"

#include <string.h>

/* ---- names in the state ------------------------------------------------------------------------ */

bool func_needs_sites(const struct plan_entry *entry, func_id func)
{
    uint32_t stack = entry->funcs[func].stack;
    if (stack == IR_NONE)
        return entry->funcs[func].return_sites.len > 1;
    for (uint32_t i = 0; i < entry->order.len; i++) {
        const struct plan_func *other = &entry->funcs[entry->order.at[i]];
        if (other->stack == stack && other->return_sites.len > 1)
            return true;
    }
    return false;
}

const char *site_row(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                     func_id func)
{
    uint32_t stack = entry->funcs[func].stack;
    if (stack != IR_NONE)
        return arena_printf(arena, "%s_site", entry->stacks.at[stack].name);
    char *row = arena_printf(arena, "site_%s", plan->prog->funcs.at[func].name);
    for (char *c = row; *c; c++)
        if (*c == '.')
            *c = '_';
    return row;
}

const char *depth_row(struct arena *arena, const struct plan_entry *entry, uint32_t stack)
{
    return arena_printf(arena, "%s_depth", entry->stacks.at[stack].name);
}

const char *site_type(const struct plan_entry *entry)
{
    return entry->sites > 256 ? "u16" : "u8";
}

/* ---- storing ------------------------------------------------------------------------------------ */

static void store_home(struct piece_cx *cx, uint32_t home, const char *value, const char *m)
{
    const struct plan_home *h = &cx->entry->homes.at[home];
    text_printf(cx->out, "st_%s(%s, %s%s, %s);\n", dtype_table[h->dtype].name, m,
                h->dtype == DT_BOOL ? "&s->" : "s->", h->name, value);
}

static void store_value(struct piece_cx *cx, value_id value, uint32_t home, const char *m)
{
    if (!bitset_has(&cx->in_home, value) || cx->func->home_of_value[value] != home)
        store_home(cx, home, gang_value(cx, value), m);
}

/* What of a value becomes which of the target's live values along an edge. */
static value_id along_edge(const struct piece_cx *cx, const struct plan_point *to,
                           const struct ir_edge *edge, value_id live)
{
    const struct ir_value *v = &cx->ir->values.at[live];
    if (edge && v->kind == VALUE_PARAM && v->block == to->block)
        return edge->args.at[v->index];
    return live;
}

static void put_down(struct piece_cx *cx, uint32_t point, const char *m)
{
    text_printf(cx->out, "s->at[AT_%s_%s] |= %s;\n", cx->entry->name,
                cx->entry->points.at[point].name, m);
}

void emit_goto_point(struct piece_cx *cx, uint32_t point, const struct ir_edge *edge, const char *m)
{
    const struct plan_point *to = &cx->entry->points.at[point];
    text_printf(cx->out, "if (%s) {\n", m);
    cx->out->indent++;
    if (edge)
        rows_along_edge(cx, edge, m);
    for (uint32_t i = 0; i < to->live.len; i++) {
        const struct plan_place *place = &to->live.at[i];
        if (plan_is_tensor(cx->ir, place->value))
            continue; /* in its home already */
        value_id value = along_edge(cx, to, edge, place->value);
        if (value == place->value)
            store_value(cx, value, place->index, m);
        else
            store_home(cx, place->index, gang_value(cx, value), m);
    }
    put_down(cx, point, m);
    cx->out->indent--;
    text_put(cx->out, "}\n");
}

/* ---- calls and returns -------------------------------------------------------------------------- */

/* Arguments go straight into the homes of the callee's parameters. */
static void store_arguments(struct piece_cx *cx, func_id callee, const value_id *args,
                            const char *m)
{
    const struct ir_func *ir = &cx->plan->prog->funcs.at[callee];
    const struct plan_func *to = &cx->entry->funcs[callee];
    struct row_moves rows = {0};
    for (uint32_t i = 0; i < ir->params.len; i++) {
        value_id param = ir->blocks.at[0].params.at[i];
        uint32_t home = to->home_of_value[param];
        if (plan_is_tensor(ir, param)) {
            if (home != IR_NONE)
                rows_move(cx, &rows, home, args[i]);
            continue;
        }
        bool same = to == cx->func && args[i] == param && bitset_has(&cx->in_home, param);
        if (home != IR_NONE && !same)
            store_home(cx, home, gang_value(cx, args[i]), m);
    }
    rows_emit(cx, &rows, m);
}

/* The number of the return site, for a callee that has several. A row of a stack is indexed by the
 * depth of the callee's activation. */
static void store_site(struct piece_cx *cx, func_id callee, const char *site, const char *m)
{
    const struct plan_func *to = &cx->entry->funcs[callee];
    const char *row = site_row(cx->arena, cx->plan, cx->entry, callee);
    const char *type = site_type(cx->entry);
    if (!func_needs_sites(cx->entry, callee))
        return;
    if (to->stack == IR_NONE)
        text_printf(cx->out, "st_%s(%s, s->%s, %s);\n", type, m, row, site);
    else
        text_printf(cx->out, "push_%s(%s, s->%s, s->%s, %s);\n", type, m, row,
                    depth_row(cx->arena, cx->entry, to->stack), site);
}

static void push_frame(struct piece_cx *cx, const struct plan_call *call, const char *depth,
                       const char *m)
{
    const struct plan_stack *stack = &cx->entry->stacks.at[cx->func->stack];
    for (uint32_t i = 0; i < call->push.len; i++) {
        const struct plan_word *word = &stack->words.at[call->push.at[i].index];
        if (word->elements > 0) {
            rows_push_frame(cx, &call->push.at[i], depth, m);
            continue;
        }
        text_printf(cx->out, "push_%s(%s, s->%s, s->%s, %s);\n", dtype_table[word->dtype].name, m,
                    word->name, depth, gang_value(cx, call->push.at[i].value));
    }
}

static void keep_live_across(struct piece_cx *cx, const struct plan_call *call, const char *m)
{
    const struct plan_point *back = &cx->entry->points.at[call->point];
    for (uint32_t i = 0; i < back->live.len; i++) {
        const struct plan_place *place = &back->live.at[i];
        if (plan_is_tensor(cx->ir, place->value))
            continue; /* in its home already */
        if (cx->entry->homes.at[place->index].kind != HOME_RETURN)
            store_value(cx, place->value, place->index, m);
    }
}

void emit_point_call(struct piece_cx *cx, const struct ir_inst *inst, inst_id id, const char *m)
{
    const struct plan_call *call = plan_call_of(cx->func, id);
    const struct plan_func *callee = &cx->entry->funcs[inst->callee];
    const char *depth =
        callee->stack == IR_NONE ? NULL : depth_row(cx->arena, cx->entry, callee->stack);
    if (call->in_cycle)
        text_printf(cx->out, "AB_CHECK(%s, depth_below(s->%s, %u), %u);\n", m, depth,
                    cx->entry->max_depth, inst->fault);
    text_printf(cx->out, "if (%s) { /* call %s */\n", m,
                cx->plan->prog->funcs.at[inst->callee].name);
    cx->out->indent++;
    if (call->in_cycle) {
        push_frame(cx, call, depth, m);
        text_printf(cx->out, "depth_add(%s, s->%s, 1);\n", m, depth);
    } else {
        keep_live_across(cx, call, m);
        if (depth)
            text_printf(cx->out, "depth_reset(%s, s->%s);\n", m, depth);
    }
    store_site(cx, inst->callee,
               arena_printf(cx->arena, "splat_%s(%u)", site_type(cx->entry), call->site), m);
    store_arguments(cx, inst->callee, inst->args.at, m);
    put_down(cx, callee->entry_point, m);
    cx->out->indent--;
    text_put(cx->out, "}\n");
}

/* The return sites of the lanes, as an expression of type v_u8 or v_u16. */
static const char *load_sites(struct piece_cx *cx, func_id func, const char *m)
{
    const struct plan_func *from = &cx->entry->funcs[func];
    const char *row = site_row(cx->arena, cx->plan, cx->entry, func);
    if (from->return_sites.len == 1)
        return arena_printf(cx->arena, "splat_%s(%u)", site_type(cx->entry),
                            from->return_sites.at[0]);
    if (from->stack == IR_NONE)
        return arena_printf(cx->arena, "ld_%s(s->%s)", site_type(cx->entry), row);
    return arena_printf(cx->arena, "pop_%s(%s, s->%s, s->%s)",
                        site_type(cx->entry), m, row,
                        depth_row(cx->arena, cx->entry, from->stack));
}

static void put_down_at_site(struct piece_cx *cx, uint32_t site, const char *m)
{
    if (site == 0) {
        text_printf(cx->out, "s->at[AT_%s_HALT] |= %s;\n", cx->entry->name, m);
        return;
    }
    for (uint32_t i = 0; i < cx->entry->points.len; i++) {
        const struct plan_point *point = &cx->entry->points.at[i];
        if (point->call == IR_NONE)
            continue;
        if (plan_call_of(&cx->entry->funcs[point->func], point->call)->site == site)
            put_down(cx, i, m);
    }
}

void emit_return(struct piece_cx *cx, const struct ir_term *term, const char *m)
{
    const struct plan_func *func = cx->func;
    text_printf(cx->out, "if (%s) { /* return */\n", m);
    cx->out->indent++;
    struct row_moves rows = {0};
    for (uint32_t i = 0; i < term->args.len; i++)
        if (plan_is_tensor(cx->ir, term->args.at[i]))
            rows_move(cx, &rows, func->return_homes.at[i], term->args.at[i]);
        else
            store_home(cx, func->return_homes.at[i], gang_value(cx, term->args.at[i]), m);
    rows_emit(cx, &rows, m);
    if (func->return_sites.len == 1) {
        put_down_at_site(cx, func->return_sites.at[0], m);
    } else if (func->return_sites.len > 1) {
        text_printf(cx->out, "const v_%s site = %s;\n", site_type(cx->entry),
                    load_sites(cx, cx->point->func, m));
        for (uint32_t i = 0; i < func->return_sites.len; i++)
            put_down_at_site(cx, func->return_sites.at[i],
                             arena_printf(cx->arena, "%s & site_is_%s(site, %u)", m,
                                          site_type(cx->entry), func->return_sites.at[i]));
    }
    cx->out->indent--;
    text_put(cx->out, "}\n");
}

void emit_tail_call(struct piece_cx *cx, const struct ir_term *term, const char *m)
{
    const struct plan_func *callee = &cx->entry->funcs[term->callee];
    bool same_row = callee == cx->func || (callee->stack != IR_NONE && callee->stack == cx->func->stack);
    text_printf(cx->out, "if (%s) { /* tail call %s */\n", m,
                cx->plan->prog->funcs.at[term->callee].name);
    cx->out->indent++;
    if (!same_row) {
        const char *sites = load_sites(cx, cx->point->func, m);
        if (callee->stack != IR_NONE)
            text_printf(cx->out, "depth_reset(%s, s->%s);\n", m,
                        depth_row(cx->arena, cx->entry, callee->stack));
        store_site(cx, term->callee, sites, m);
    }
    store_arguments(cx, term->callee, term->args.at, m);
    put_down(cx, callee->entry_point, m);
    cx->out->indent--;
    text_put(cx->out, "}\n");
}

/* ---- arriving ------------------------------------------------------------------------------------ */

static void load_place(struct piece_cx *cx, const struct plan_place *place)
{
    enum dtype dtype = cx->ir->values.at[place->value].type.dtype;
    const char *suffix = dtype_table[dtype].name;
    if (plan_is_tensor(cx->ir, place->value)) {
        rows_arrive(cx, place);
        return;
    }
    cx->names[place->value] = gang_name(cx, place->value);
    text_printf(cx->out, "%s %s = ", gang_type(dtype), cx->names[place->value]);
    if (place->kind == PLACE_FRAME) {
        const struct plan_stack *stack = &cx->entry->stacks.at[cx->func->stack];
        text_printf(cx->out, "pop_%s(m, s->%s, s->%s);\n", suffix,
                    stack->words.at[place->index].name,
                    depth_row(cx->arena, cx->entry, cx->func->stack));
        return;
    }
    text_printf(cx->out, "ld_%s(%s%s);\n", suffix, dtype == DT_BOOL ? "&s->" : "s->",
                cx->entry->homes.at[place->index].name);
    if (cx->func->home_of_value[place->value] == place->index)
        bitset_add(&cx->in_home, place->value);
}

void emit_arrival(struct piece_cx *cx)
{
    const struct plan_point *point = cx->point;
    const struct plan_call *call =
        point->call == IR_NONE ? NULL : plan_call_of(cx->func, point->call);
    if (call && call->in_cycle)
        text_printf(cx->out, "depth_add(m, s->%s, -1);\n",
                    depth_row(cx->arena, cx->entry, cx->func->stack));
    for (uint32_t i = 0; i < point->live.len; i++)
        load_place(cx, &point->live.at[i]);
}
