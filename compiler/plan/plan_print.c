/* The plan as text: `dump --stage=plan`. */
#include "plan/plan.h"

#include <inttypes.h>

static void put_value(const struct ir_func *ir, value_id value, struct text *out)
{
    if (ir->values.at[value].hint)
        text_printf(out, "%%%s.%u", ir->values.at[value].hint, value);
    else
        text_printf(out, "%%%u", value);
}

static void print_loops(const struct ir_func *ir, const struct plan_func *func, struct text *out)
{
    static const char *const form_names[] = {"free", "each_iter", "at_exit", "together"};
    for (uint32_t i = 0; i < func->loop_plans.len; i++) {
        const struct plan_loop *loop = &func->loop_plans.at[i];
        text_printf(out, "loop b%u %s\n", loop->header, loop->form == LOOP_NATIVE ? "native"
                    : loop->form == LOOP_CONVERGENT ? "convergent" : "cut");
        if (loop->form == LOOP_CUT)
            continue;
        for (uint32_t p = 0; p < ir->blocks.at[loop->header].params.len; p++) {
            text_put(out, "    ");
            put_value(ir, ir->blocks.at[loop->header].params.at[p], out);
            text_printf(out, " %s%s\n", form_names[loop->params[p]], loop->park[p] ? ", parked" : "");
        }
    }
}

/* Each tensor and its form, as `%x.3 in h_x`, `%t.4 fused`. */
static void print_nests(const struct plan_entry *entry, const struct ir_func *ir,
                        const struct plan_func *func, struct text *out)
{
    bool any = false;
    for (value_id v = 0; v < ir->values.len; v++) {
        if (!plan_is_tensor(ir, v))
            continue;
        text_put(out, any ? ", " : "tensors: ");
        put_value(ir, v, out);
        any = true;
        if (!plan_is_stored(func, v))
            text_put(out, " fused");
        else if (func->home_of_value[v] == IR_NONE)
            text_put(out, " unused");
        else
            text_printf(out, " in %s", entry->homes.at[func->home_of_value[v]].name);
    }
    text_put(out, any ? "\n" : "");
}

static void print_calls(const struct plan_entry *entry, const struct ir_func *ir,
                        const struct plan_func *func, struct text *out)
{
    for (uint32_t i = 0; i < func->calls.len; i++) {
        const struct plan_call *call = &func->calls.at[i];
        text_printf(out, "call @%u point %s, site %u%s", ir->insts.at[call->inst].callee,
                    entry->points.at[call->point].name, call->site,
                    call->in_cycle ? ", in its cycle, push" : "");
        for (uint32_t p = 0; p < call->push.len; p++) {
            text_put(out, p ? ", " : " ");
            put_value(ir, call->push.at[p].value, out);
        }
        text_put(out, "\n");
    }
}

/* "packed: %y.9 from %x.3" */
static void print_packings(const struct ir_func *ir, const struct plan_func *func, struct text *out)
{
    for (uint32_t i = 0; i < func->packings.len; i++) {
        text_put(out, i ? ", " : "packed: ");
        put_value(ir, ir->insts.at[func->packings.at[i].inst].results.at[0], out);
        text_put(out, " from ");
        put_value(ir, func->packings.at[i].lanes, out);
    }
    text_put(out, func->packings.len ? "\n" : "");
}

static void print_func(const struct plan *plan, const struct plan_entry *entry, func_id id,
                       struct text *out)
{
    const struct ir_func *ir = &plan->prog->funcs.at[id];
    const struct plan_func *func = &entry->funcs[id];
    text_printf(out, "func @%u %s: returns to", id, ir->name);
    for (uint32_t i = 0; i < func->return_sites.len; i++)
        text_printf(out, " %u", func->return_sites.at[i]);
    text_put(out, "\n");
    out->indent++;
    print_nests(entry, ir, func, out);
    print_packings(ir, func, out);
    print_loops(ir, func, out);
    print_calls(entry, ir, func, out);
    text_put(out, "guarded:");
    for (block_id b = 0; b < ir->blocks.len; b++)
        if (func->guard[b])
            text_printf(out, " b%u", b);
    text_put(out, "\n");
    out->indent--;
}

static void print_point(const struct plan *plan, const struct plan_entry *entry,
                        const struct plan_point *point, struct text *out)
{
    const struct ir_func *ir = &plan->prog->funcs.at[point->func];
    text_printf(out, "point %s: @%u b%u+%u%s, piece", point->name, point->func, point->block,
                point->start, point->is_sync ? ", sync" : "");
    for (uint32_t i = 0; i < point->piece.len; i++)
        text_printf(out, " b%u", point->piece.at[i]);
    text_put(out, "\n");
    for (uint32_t i = 0; i < point->live.len; i++) {
        const struct plan_place *place = &point->live.at[i];
        text_put(out, "    ");
        put_value(ir, place->value, out);
        text_printf(out, " in %s\n",
                    place->kind == PLACE_HOME
                        ? entry->homes.at[place->index].name
                        : entry->stacks.at[entry->funcs[point->func].stack]
                              .words.at[place->index].name);
    }
    for (uint32_t i = 0; i < point->stays.len; i++) {
        text_put(out, "    ");
        put_value(ir, point->stays.at[i].value, out);
        text_printf(out, " stays in %s\n", entry->homes.at[point->stays.at[i].home].name);
    }
}

/* "home h_x: f64 x 100" */
static void print_place(const char *what, const char *place, enum dtype dtype, uint64_t elements,
                        bool by_columns, struct text *out)
{
    text_printf(out, "%s %s: %s", what, place, dtype_table[dtype].name);
    if (elements)
        text_printf(out, " x %" PRIu64, elements);
    text_put(out, by_columns ? ", by columns\n" : "\n");
}

void plan_print(const struct plan *plan, struct text *out)
{
    for (uint32_t i = 0; i < plan->entries.len; i++) {
        const struct plan_entry *entry = &plan->entries.at[i];
        text_printf(out, "entry %s: %u lanes, depth %u, refill at %u idle, %s point\n", entry->name,
                    entry->lanes, entry->max_depth, entry->refill_at,
                    plan->options.choice == CHOICE_FULLEST ? "fullest" : "first");
        out->indent++;
        for (uint32_t h = 0; h < entry->homes.len; h++)
            print_place("home", entry->homes.at[h].name, entry->homes.at[h].dtype,
                        entry->homes.at[h].elements, entry->homes.at[h].by_columns, out);
        for (uint32_t s = 0; s < entry->stacks.len; s++)
            for (uint32_t w = 0; w < entry->stacks.at[s].words.len; w++) {
                const struct plan_word *word = &entry->stacks.at[s].words.at[w];
                print_place("row", word->name, word->dtype, word->elements, false, out);
            }
        for (uint32_t f = 0; f < entry->order.len; f++)
            print_func(plan, entry, entry->order.at[f], out);
        for (uint32_t p = 0; p < entry->points.len; p++)
            print_point(plan, entry, &entry->points.at[p], out);
        out->indent--;
    }
}
