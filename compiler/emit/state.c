/* The state of a gang: everything that lives between two visits. */
#include "emit/gang.h"

static uint32_t mask_bytes(uint32_t lanes)
{
    return lanes <= 8 ? 1 : lanes <= 16 ? 2 : lanes <= 32 ? 4 : 8;
}

static const char *home_comment(struct arena *arena, const struct plan *plan,
                                const struct plan_home *home)
{
    const char *func = plan->prog->funcs.at[home->func].name;
    switch (home->kind) {
    case HOME_PARAM:
        return arena_printf(arena, "parameter of %s", func);
    case HOME_RETURN:
        return arena_printf(arena, "result %u of %s", home->index, func);
    case HOME_VALUE:
        break;
    }
    return arena_printf(arena, "%s", func);
}

static void add_lanes_field(struct arena *arena, struct state_layout *layout, enum dtype dtype,
                            uint32_t lanes, const char *field, const char *comment)
{
    struct state_field f = {.type = dtype_table[dtype].c_name, .name = field, .comment = comment,
                            .dims = "[AB_LANES]", .element_bytes = dtype_table[dtype].bytes,
                            .elements = lanes};
    if (dtype == DT_BOOL) {
        f.type = "mask";
        f.dims = "";
        f.element_bytes = mask_bytes(lanes);
        f.elements = 1;
    }
    vec_push(arena, &layout->fields, f);
}

static void add_rows_field(struct arena *arena, struct state_layout *layout, enum dtype dtype,
                           uint32_t lanes, uint32_t rows, const char *field, const char *comment)
{
    struct state_field f = {.type = dtype_table[dtype].c_name, .name = field, .comment = comment,
                            .dims = arena_printf(arena, "[%u][AB_LANES]", rows ? rows : 1),
                            .element_bytes = dtype_table[dtype].bytes,
                            .elements = (uint64_t)(rows ? rows : 1) * lanes, .use = FIELD_KEEP};
    vec_push(arena, &layout->fields, f);
}

static void add_stack(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                      uint32_t id, struct state_layout *layout)
{
    const struct plan_stack *stack = &entry->stacks.at[id];
    add_lanes_field(arena, layout, DT_I32, entry->lanes, depth_row(arena, entry, id),
                    "depth of the activation");
    for (uint32_t w = 0; w < stack->words.len; w++)
        add_rows_field(arena, layout, stack->words.at[w].dtype, entry->lanes, entry->max_depth,
                       stack->words.at[w].name, "frames, by depth of the caller");
    for (uint32_t i = 0; i < entry->order.len; i++)
        if (entry->funcs[entry->order.at[i]].stack == id) {
            if (func_needs_sites(entry, entry->order.at[i]))
                add_rows_field(arena, layout, entry->sites > 256 ? DT_U16 : DT_U8, entry->lanes,
                               entry->max_depth + 1,
                               site_row(arena, plan, entry, entry->order.at[i]),
                               "return sites, by depth of the callee");
            break;
        }
}

static void add_all(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                    struct state_layout *layout)
{
    struct state_field at = {.type = "mask", .name = "at", .comment = "the lanes at each point",
                             .dims = arena_printf(arena, "[AT_%s_HALT + 1]", entry->name),
                             .element_bytes = mask_bytes(entry->lanes),
                             .elements = entry->points.len + 1};
    add_lanes_field(arena, layout, DT_U64, entry->lanes, "id", "the example in each lane");
    vec_push(arena, &layout->fields, at);
    for (uint32_t i = 0; i < entry->homes.len; i++)
        add_lanes_field(arena, layout, entry->homes.at[i].dtype, entry->lanes,
                        entry->homes.at[i].name, home_comment(arena, plan, &entry->homes.at[i]));
    for (uint32_t i = 0; i < entry->order.len; i++)
        if (entry->funcs[entry->order.at[i]].stack == IR_NONE
            && func_needs_sites(entry, entry->order.at[i]))
            add_lanes_field(arena, layout, entry->sites > 256 ? DT_U16 : DT_U8, entry->lanes,
                            site_row(arena, plan, entry, entry->order.at[i]), "return site");
    for (uint32_t i = 0; i < entry->stacks.len; i++)
        add_stack(arena, plan, entry, i, layout);
}

/* Larger elements first, so that C puts no padding between fields and vectors stay aligned. */
static void sort_fields(struct state_layout *layout)
{
    for (uint32_t i = 1; i < layout->fields.len; i++)
        for (uint32_t j = i; j > 0
             && layout->fields.at[j - 1].element_bytes < layout->fields.at[j].element_bytes; j--) {
            struct state_field swap = layout->fields.at[j];
            layout->fields.at[j] = layout->fields.at[j - 1];
            layout->fields.at[j - 1] = swap;
        }
}

struct state_layout state_layout_of(struct arena *arena, const struct plan *plan,
                                    const struct plan_entry *entry, bool profile)
{
    struct state_layout layout = {.size = GANG_HEAD_BYTES};
    add_all(arena, plan, entry, &layout);
    if (profile) {
        struct state_field counts = {.type = "ab_count", .name = "counts",
                                     .comment = "for the profile", .element_bytes = 8,
                                     .dims = arena_printf(arena, "[AT_%s_HALT]", entry->name),
                                     .elements = (uint64_t)entry->points.len * 4};
        vec_push(arena, &layout.fields, counts);
    }
    sort_fields(&layout);
    for (uint32_t i = 0; i < layout.fields.len; i++)
        layout.size += layout.fields.at[i].element_bytes * layout.fields.at[i].elements;
    layout.size = (layout.size + GANG_ALIGN - 1) / GANG_ALIGN * GANG_ALIGN;
    return layout;
}

void emit_state(const struct plan_entry *entry, const struct state_layout *layout,
                struct text *out)
{
    text_printf(out, "struct %s_state {\n", entry->name);
    text_printf(out, "    struct ab_head head;\n    unsigned char spare[%u - sizeof(struct ab_head)];\n",
                GANG_HEAD_BYTES);
    for (uint32_t i = 0; i < layout->fields.len; i++) {
        const struct state_field *f = &layout->fields.at[i];
        text_printf(out, "    %s %s%s; /* %s */\n", f->type, f->name, f->dims, f->comment);
    }
    text_put(out, "};\n\n");
    text_printf(out, "static void %s_reset(struct %s_state *s)\n{\n", entry->name, entry->name);
    for (uint32_t i = 0; i < layout->fields.len; i++)
        if (layout->fields.at[i].use == FIELD_CLEAR)
            text_printf(out, "    memset(&s->%s, 0, sizeof s->%s);\n", layout->fields.at[i].name,
                        layout->fields.at[i].name);
    text_put(out, "}\n\n");
}
