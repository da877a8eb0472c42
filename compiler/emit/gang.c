/* Batched mode: the whole unit. For each entry its points, state and pieces, and the dispatcher that
 * fills idle lanes with new examples, chooses a point and runs its piece. */
#include "emit/embedded.h"
#include "emit/gang.h"
#include "emit/nest.h"

#include <inttypes.h>
#include <string.h>

static void emit_points(const struct plan_entry *entry, struct text *out)
{
    text_put(out, "/* Where lanes may wait. */\nenum {\n");
    for (uint32_t i = 0; i < entry->points.len; i++)
        text_printf(out, "    AT_%s_%s,\n", entry->name, entry->points.at[i].name);
    text_printf(out, "    AT_%s_HALT /* results are ready */\n};\n\n", entry->name);
}

/* ---- lanes in and out ---------------------------------------------------------------------------- */

/* "&s->h_x[0][0], 104": the rows of a home and the elements from one to the next. */
static void put_rows(const struct plan_home *home, struct text *out)
{
    text_printf(out, "&s->%s[0][0], %" PRIu64, home->name,
                plan_row_stride(home->dtype, home->elements));
}

static void emit_take(const struct plan_home *home, const struct type *type, uint32_t input,
                      struct text *out)
{
    const char *dtype = dtype_table[home->dtype].name;
    if (home->elements == 0) {
        text_printf(out, "    take_%s(m, %s%s, call->in[%u], call->in_stride[%u], s->id);\n", dtype,
                    home->dtype == DT_BOOL ? "&s->" : "s->", home->name, input, input);
        return;
    }
    if (home->by_columns)
        text_printf(out, "    columns_take_%s(m, &s->%s[0][0]", dtype, home->name);
    else {
        text_printf(out, "    rows_take_%s(m, ", dtype);
        put_rows(home, out);
    }
    text_printf(out, ", call->in[%u], call->in_stride[%u], s->id, %" PRId64 ");\n", input, input,
                shape_elements(&type->shape));
}

static void emit_give(const struct plan_home *home, const struct type *type, uint32_t output,
                      struct text *out)
{
    const char *dtype = dtype_table[home->dtype].name;
    if (home->elements == 0) {
        text_printf(out, "    give_%s(m, %s%s, call->out[%u], s->id);\n", dtype,
                    home->dtype == DT_BOOL ? "&s->" : "s->", home->name, output);
        return;
    }
    if (home->by_columns)
        text_printf(out, "    columns_give_%s(m, &s->%s[0][0]", dtype, home->name);
    else {
        text_printf(out, "    rows_give_%s(m, ", dtype);
        put_rows(home, out);
    }
    text_printf(out, ", call->out[%u], s->id, %" PRId64 ");\n", output,
                shape_elements(&type->shape));
}

static void emit_fill(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                      struct text *out)
{
    const struct ir_func *ir = &plan->prog->funcs.at[entry->entry->func];
    const struct plan_func *func = &entry->funcs[entry->entry->func];
    text_printf(out, "/* Starts the next examples in idle lanes. */\n"
                "static void %s_fill(struct %s_state *s, const ab_call *call, mask idle)\n{\n",
                entry->name, entry->name);
    text_put(out, "    const mask m = take_ids(idle, s->id, &s->head.next, call->batch);\n");
    for (uint32_t i = 0; i < ir->params.len; i++) {
        uint32_t home = func->home_of_value[ir->blocks.at[0].params.at[i]];
        if (home != IR_NONE)
            emit_take(&entry->homes.at[home], &ir->params.at[i],
                      entry_input_number(entry->entry, false, i), out);
    }
    if (func->stack != IR_NONE)
        text_printf(out, "    depth_reset(m, s->%s);\n", depth_row(arena, entry, func->stack));
    if (func_needs_sites(entry, entry->entry->func)) {
        const char *row = site_row(arena, plan, entry, entry->entry->func);
        const char *type = site_type(entry);
        if (func->stack == IR_NONE)
            text_printf(out, "    st_%s(m, s->%s, splat_%s(0));\n", type, row, type);
        else
            text_printf(out, "    st_%s(m, s->%s[0], splat_%s(0));\n", type, row, type);
    }
    text_printf(out, "    s->at[AT_%s_%s] |= m;\n}\n\n", entry->name, entry->points.at[0].name);
}

static void emit_halt(const struct plan *plan, const struct plan_entry *entry, struct text *out)
{
    const struct plan_func *func = &entry->funcs[entry->entry->func];
    const struct ir_func *ir = &plan->prog->funcs.at[entry->entry->func];
    text_printf(out, "/* Writes the results of the lanes that have finished. */\n"
                "static void %s_halt(struct %s_state *s, const ab_call *call)\n{\n"
                "    const mask m = s->at[AT_%s_HALT];\n", entry->name, entry->name, entry->name);
    for (uint32_t i = 0; i < func->return_homes.len; i++)
        emit_give(&entry->homes.at[func->return_homes.at[i]], &ir->results.at[i], i, out);
    text_printf(out, "    ab_finish_lanes(m, s->id, &s->head, call);\n"
                "    s->at[AT_%s_HALT] = 0;\n}\n\n", entry->name);
}

/* ---- the dispatcher ------------------------------------------------------------------------------ */

static void emit_sync_test(const struct plan_entry *entry, struct text *out)
{
    text_put(out, "    static const unsigned char is_sync[] = {");
    for (uint32_t i = 0; i < entry->points.len; i++)
        text_printf(out, "%s%d", i ? ", " : "", entry->points.at[i].is_sync);
    text_put(out, "};\n");
}

/* Index of the point to visit: the fullest (or the first) that has lanes, @sync points last; every
 * 64th time the next one in turn, so that no lane waits for ever. */
static void emit_choose(const struct plan *plan, const struct plan_entry *entry, struct text *out)
{
    bool fullest = plan->options.choice == CHOICE_FULLEST;
    text_printf(out, "/* The %s point with lanes%s; every 64th time the next in turn. */\n"
                "static unsigned %s_choose(const struct %s_state *s)\n{\n",
                fullest ? "fullest" : "first", entry->any_sync ? ", @sync points last" : "",
                entry->name, entry->name);
    if (entry->any_sync)
        emit_sync_test(entry, out);
    text_printf(out, "    unsigned best = AT_%s_HALT, most = 0;\n", entry->name);
    if (fullest) {
        text_printf(out, "    const unsigned turn = (unsigned)(s->head.visits / 64 %% AT_%s_HALT);\n"
                    "    if (s->head.visits %% 64 == 63)\n"
                    "        for (unsigned i = 0; i < AT_%s_HALT; i++) {\n"
                    "            const unsigned p = (turn + i) %% AT_%s_HALT;\n"
                    "            if (s->at[p])\n"
                    "                return p;\n"
                    "        }\n", entry->name, entry->name, entry->name);
    }
    text_printf(out, "    for (unsigned p = 0; p < AT_%s_HALT; p++) {\n", entry->name);
    if (entry->any_sync)
        text_put(out, "        const unsigned count = s->at[p] == 0 ? 0 : mask_count(s->at[p])"
                      " + (is_sync[p] ? 0 : AB_LANES);\n");
    else
        text_put(out, "        const unsigned count = mask_count(s->at[p]);\n");
    if (fullest || entry->any_sync)
        text_put(out, "        if (count > most) {\n            most = count;\n"
                      "            best = p;\n        }\n");
    else
        text_put(out, "        if (count > most)\n            return p;\n");
    text_put(out, "    }\n    return best;\n}\n\n");
}

static void emit_core(const struct plan_entry *entry, bool profile, struct text *out)
{
    const char *e = entry->name;
    bool early = false;
    for (uint32_t i = 0; i < entry->points.len; i++)
        early |= piece_leaves_early(entry, &entry->points.at[i]);
    text_printf(out, "static void %s_core(uint64_t visits, const ab_call *call, struct %s_state *s)\n{\n"
                "    while (visits > 0) {\n"
                "        mask busy = 0;\n"
                "        for (unsigned p = 0; p < AT_%s_HALT; p++)\n"
                "            busy |= s->at[p];\n"
                "        const mask idle = mask_not(busy);\n", e, e, e);
    text_printf(out, "        const unsigned idle_count = mask_count(idle);\n"
                "        unsigned p = AT_%s_HALT;\n"
                "        if (busy == 0 || (idle_count >= %u && s->head.next < call->batch)) {\n"
                "            %s_halt(s, call);\n"
                "            if (s->head.done == call->batch)\n"
                "                return;\n"
                "            %s_fill(s, call, idle);\n"
                "            p = 0;\n"
                "        } else {\n"
                "            p = %s_choose(s);\n"
                "        }\n", e, entry->refill_at, e, e, e);
    text_put(out, "        const mask m = s->at[p];\n");
    if (early)
        text_printf(out, "        /* A loop ends its visit when so few lanes are left in it that a refill pays. */\n"
                    "        const unsigned full = mask_count(m) + (p == 0 ? 0 : idle_count);\n"
                    "        const unsigned leave =\n"
                    "            s->head.next < call->batch && full >= %u ? full - %u + 1 : 1;\n",
                    entry->refill_at + 1, entry->refill_at);
    text_put(out, "        s->at[p] = 0;\n"
                  "        s->head.visits++;\n"
                  "        s->head.lane_visits += mask_count(m);\n"
                  "        visits--;\n");
    if (profile)
        text_put(out, "        AB_COUNT(s->counts[p].visits, m);\n");
    text_put(out, "        switch (p) {\n");
    for (uint32_t i = 0; i < entry->points.len; i++) {
        const struct plan_point *point = &entry->points.at[i];
        text_printf(out, "        case AT_%s_%s:\n            %s_%s(s, call, m%s);\n            break;\n",
                    e, point->name, e, point->name,
                    piece_leaves_early(entry, point) ? ", leave" : "");
    }
    text_printf(out, "        }\n    }\n    %s_halt(s, call);\n}\n\n", e);
}

/* ---- the unit ------------------------------------------------------------------------------------- */

static void emit_profile_table(const struct plan *plan, const struct plan_entry *entry,
                               struct text *out)
{
    text_printf(out, "static const ab_point %s_points[] = {\n", entry->name);
    for (uint32_t i = 0; i < entry->points.len; i++) {
        const struct plan_point *point = &entry->points.at[i];
        const struct ir_func *ir = &plan->prog->funcs.at[point->func];
        struct loc loc = ir->blocks.at[point->block].loc;
        if (point->call != IR_NONE)
            loc = ir->insts.at[point->call].loc;
        uint32_t line = loc.file && plan->prog->sources
            ? source_position(plan->prog->sources, loc).line : 0;
        text_printf(out, "    {\"%s\", %u},\n", point->name, line);
    }
    text_printf(out, "};\nconst ab_profile %s_profile = {\n    AT_%s_HALT, offsetof(struct %s_state, "
                "counts), %s_points};\n\n", entry->name, entry->name, entry->name, entry->name);
}

static void emit_entry(const struct gang_unit *unit, const struct plan_entry *entry,
                       struct text *out)
{
    struct state_layout layout = state_layout_of(unit->arena, unit->plan, entry, unit->profile);
    emit_points(entry, out);
    emit_state(entry, &layout, out);
    for (uint32_t i = 0; i < entry->points.len; i++) {
        emit_piece(unit, entry, &entry->points.at[i], out);
        text_put(out, "\n");
    }
    emit_fill(unit->arena, unit->plan, entry, out);
    emit_halt(unit->plan, entry, out);
    emit_choose(unit->plan, entry, out);
    emit_core(entry, unit->profile, out);
    if (unit->profile)
        emit_profile_table(unit->plan, entry, out);
}

void gang_numbers(struct arena *arena, const struct plan *plan, const struct emit_options *options,
                  struct unit_numbers *numbers)
{
    for (uint32_t i = 0; i < plan->entries.len; i++) {
        const struct plan_entry *entry = &plan->entries.at[i];
        uint32_t index = (uint32_t)(entry->entry - plan->prog->entries.at);
        numbers[index] = (struct unit_numbers){
            .lanes = entry->lanes, .max_depth = entry->max_depth, .work_align = GANG_ALIGN,
            .work_size = state_layout_of(arena, plan, entry, options->profile).size,
            .layout = entry->points.len * 64u + entry->refill_at * 2u
                + (plan->options.choice == CHOICE_LEAST)};
    }
}

/* A text of the prelude, without its include line when everything is pasted into one file. */
static void put_prelude(const char *chars, const char *file, const char *includes, bool pasted,
                        struct text *out)
{
    const char *at = strstr(chars, includes);
    if (!pasted || !at) {
        text_printf(out, "#include \"%s\"\n", file);
        return;
    }
    text_put_n(out, chars, (size_t)(at - chars));
    text_put(out, at + strlen(includes));
    text_put(out, "\n");
}

static bool func_uses_rows(const struct ir_func *ir)
{
    for (inst_id i = 0; i < ir->insts.len; i++)
        if (ir->insts.at[i].kind == INST_LOAD)
            return true;
    for (value_id v = 0; v < ir->values.len; v++)
        if (plan_is_tensor(ir, v))
            return true;
    for (uint32_t r = 0; r < ir->results.len; r++)
        if (ir->results.at[r].shape.rank > 0)
            return true;
    return false;
}

static bool uses_rows(const struct plan *plan)
{
    for (uint32_t e = 0; e < plan->entries.len; e++)
        for (uint32_t f = 0; f < plan->entries.at[e].order.len; f++)
            if (func_uses_rows(&plan->prog->funcs.at[plan->entries.at[e].order.at[f]]))
                return true;
    return false;
}

static void emit_prelude(const struct plan *plan, const struct emit_options *options,
                         struct text *out)
{
    bool pasted = options->runtime_inline;
    put_prelude(embedded_gang_h, "gang.h", "#include \"abwork.h\"\n", pasted, out);
    if (uses_rows(plan))
        put_prelude(embedded_rows_h, "rows.h", "#include \"gang.h\"\n", pasted, out);
    if (!pasted)
        text_put(out, "\n");
}

void emit_gang(struct arena *arena, const struct plan *plan, const struct emit_options *options,
               struct text *c_out)
{
    struct gang_unit unit = {.arena = arena, .plan = plan,
                             .kernels = kernels_new(arena, plan->prog->bodies),
                             .tables = nest_tables_new(arena), .profile = options->profile};
    struct text entries = {0};
    struct unit_numbers *numbers =
        ARENA_ARRAY(arena, struct unit_numbers, plan->prog->entries.len + 1);
    uint32_t lanes = plan->entries.len ? plan->entries.at[0].lanes : 1;
    for (uint32_t i = 0; i < plan->entries.len; i++) {
        struct plan_entry entry = plan->entries.at[i];
        entry.name = entry_symbol(arena, plan->prog, options,
                                  (uint32_t)(entry.entry - plan->prog->entries.at));
        emit_entry(&unit, &entry, &entries);
    }
    gang_numbers(arena, plan, options, numbers);
    emit_unit_begin(plan->prog, options, c_out);
    text_printf(c_out, "#ifndef AB_LANES\n#define AB_LANES %u\n#endif\n", lanes);
    emit_prelude(plan, options, c_out);
    kernels_emit_gang(unit.kernels, c_out);
    nest_tables_emit(unit.tables, c_out);
    if (entries.chars)
        text_put_n(c_out, entries.chars, entries.len);
    emit_unit_end(plan->prog, options, numbers, c_out);
    text_free(&entries);
}
