/* The state of a gang: everything that lives between two visits. */
#include "emit/gang.h"

#include <inttypes.h>
#include <string.h>

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
    case HOME_SCRATCH:
        return "tensors that no point needs";
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

/* A row of elements for each lane, of a frame for each depth too. */
static void add_tensor_field(struct arena *arena, struct state_layout *layout, enum dtype dtype,
                             uint64_t elements, uint32_t lanes, uint32_t depth, const char *field,
                             const char *comment)
{
    uint64_t row = plan_row_stride(dtype, elements);
    uint32_t bytes = dtype_table[dtype].bytes;
    struct state_field f = {.type = dtype_table[dtype].c_name, .name = field, .comment = comment,
                            .element_bytes = bytes, .align = row * bytes < 64 ? bytes : 64,
                            .elements = (depth ? depth : 1) * lanes * row, .use = FIELD_KEEP};
    f.dims = depth ? arena_printf(arena, "[%u][AB_LANES][%" PRIu64 "]", depth, row)
                   : arena_printf(arena, "[AB_LANES][%" PRIu64 "]", row);
    vec_push(arena, &layout->fields, f);
}

/* The largest power of 2, up to 64, that divides the bytes of a column. */
static uint32_t column_align(uint64_t bytes)
{
    uint32_t align = 1;
    while (align < 64 && bytes % (2 * align) == 0)
        align *= 2;
    return align;
}

static void add_columns_field(struct arena *arena, struct state_layout *layout,
                              const struct plan_home *home, uint32_t lanes, const char *comment)
{
    uint32_t bytes = dtype_table[home->dtype].bytes;
    struct state_field f = {.type = dtype_table[home->dtype].c_name, .name = home->name,
                            .comment = comment, .element_bytes = bytes,
                            .align = column_align((uint64_t)lanes * bytes),
                            .elements = home->elements * lanes, .use = FIELD_KEEP,
                            .dims = arena_printf(arena, "[%" PRIu64 "][AB_LANES]", home->elements)};
    vec_push(arena, &layout->fields, f);
}

static void add_word(struct arena *arena, struct state_layout *layout,
                     const struct plan_entry *entry, const struct plan_word *word)
{
    static const char comment[] = "frames, by depth of the caller";
    if (word->elements)
        add_tensor_field(arena, layout, word->dtype, word->elements, entry->lanes,
                         entry->max_depth ? entry->max_depth : 1, word->name, comment);
    else
        add_rows_field(arena, layout, word->dtype, entry->lanes, entry->max_depth, word->name,
                       comment);
}

static void add_home(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                     const struct plan_home *home, struct state_layout *layout)
{
    const char *comment = home_comment(arena, plan, home);
    if (home->by_columns)
        add_columns_field(arena, layout, home, entry->lanes, comment);
    else if (home->elements)
        add_tensor_field(arena, layout, home->dtype, home->elements, entry->lanes, 0, home->name,
                         comment);
    else
        add_lanes_field(arena, layout, home->dtype, entry->lanes, home->name, comment);
}

static void add_stack(struct arena *arena, const struct plan *plan, const struct plan_entry *entry,
                      uint32_t id, struct state_layout *layout)
{
    const struct plan_stack *stack = &entry->stacks.at[id];
    add_lanes_field(arena, layout, DT_I32, entry->lanes, depth_row(arena, entry, id),
                    "depth of the activation");
    for (uint32_t w = 0; w < stack->words.len; w++)
        add_word(arena, layout, entry, &stack->words.at[w]);
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
        add_home(arena, plan, entry, &entry->homes.at[i], layout);
    for (uint32_t i = 0; i < entry->order.len; i++)
        if (entry->funcs[entry->order.at[i]].stack == IR_NONE
            && func_needs_sites(entry, entry->order.at[i]))
            add_lanes_field(arena, layout, entry->sites > 256 ? DT_U16 : DT_U8, entry->lanes,
                            site_row(arena, plan, entry, entry->order.at[i]), "return site");
    for (uint32_t i = 0; i < entry->stacks.len; i++)
        add_stack(arena, plan, entry, i, layout);
}

static uint32_t alignment(const struct state_field *field)
{
    return field->align ? field->align : field->element_bytes;
}

/* Larger alignment first, so that C puts no padding between fields and vectors and rows stay
 * aligned. */
static void sort_fields(struct state_layout *layout)
{
    for (uint32_t i = 1; i < layout->fields.len; i++)
        for (uint32_t j = i; j > 0
             && alignment(&layout->fields.at[j - 1]) < alignment(&layout->fields.at[j]); j--) {
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

/* ---- for people ------------------------------------------------------------------------------ */

/* "double [AB_LANES][104]" */
static int put_field_type(const struct state_field *field, struct text *out)
{
    size_t before = out->len;
    text_printf(out, "%s%s%s", field->type, *field->dims ? " " : "", field->dims);
    return (int)(out->len - before);
}

static void put_state_row(struct text *out, const struct state_field *field, uint32_t lanes,
                          int name_width, int type_width)
{
    uint64_t bytes = field->element_bytes * field->elements;
    text_printf(out, "  %-*s  ", name_width, field->name);
    int width = put_field_type(field, out);
    text_printf(out, "%*s", type_width - width, "");
    if (strstr(field->dims, "AB_LANES"))
        text_printf(out, "  %10" PRIu64, bytes / lanes);
    else
        text_printf(out, "  %10s", "");
    text_printf(out, "  %10" PRIu64 "  %s\n", bytes, field->comment);
}

static void put_state_table(struct arena *arena, const struct plan *plan,
                            const struct plan_entry *entry, bool profile, struct text *out)
{
    struct state_layout layout = state_layout_of(arena, plan, entry, profile);
    struct state_field head = {.type = "struct ab_head", .name = "head", .dims = "", .elements = 1,
                               .element_bytes = GANG_HEAD_BYTES,
                               .comment = "counts of examples, visits and faults"};
    int name_width = 4, type_width = 14;
    struct text measure = {0};
    for (uint32_t i = 0; i < layout.fields.len; i++) {
        int name_len = (int)strlen(layout.fields.at[i].name);
        int type_len = put_field_type(&layout.fields.at[i], &measure);
        name_width = name_len > name_width ? name_len : name_width;
        type_width = type_len > type_width ? type_len : type_width;
    }
    text_free(&measure);
    text_printf(out, "workspace of %s: %" PRIu32 " lanes, %" PRIu64 " bytes\n", entry->name,
                entry->lanes, layout.size);
    text_printf(out, "  %-*s  %-*s  %10s  %10s\n", name_width, "name", type_width, "type", "a lane",
                "bytes");
    put_state_row(out, &head, entry->lanes, name_width, type_width);
    for (uint32_t i = 0; i < layout.fields.len; i++)
        put_state_row(out, &layout.fields.at[i], entry->lanes, name_width, type_width);
    text_printf(out, "  %-*s  %10s  %10" PRIu64 "\n", name_width + 2 + type_width,
                "sum, in whole lines of 64 bytes", "", layout.size);
}

void gang_print_state(struct arena *arena, const struct plan *plan,
                      const struct emit_options *options, struct text *out)
{
    for (uint32_t i = 0; i < plan->entries.len; i++)
        put_state_table(arena, plan, &plan->entries.at[i], options->profile, out);
}
