/* The C file of a unit but for the modes' own part: what stands before it, and after it the public
 * functions of each entry, which build an ab_call and run the core, and the table of entries. */
#include "emit/entry.h"
#include "emit/c_names.h"
#include "emit/embedded.h"

#include <inttypes.h>
#include <string.h>

/* ---- before --------------------------------------------------------------------------------- */

static void emit_sites(struct arena *arena, const struct ir_prog *prog,
                       const struct emit_options *options, struct text *out)
{
    text_printf(out, "/* Fault codes are 1 + the index of a site. */\nconst ab_site %s[] = {\n",
                sites_symbol(arena, options));
    static const char *const kinds[] = {"NONE", "BOUNDS", "STACK", "ASSERT", "BUDGET"};
    for (uint32_t i = 1; i < prog->faults.len; i++) {
        const struct ir_fault *fault = &prog->faults.at[i];
        text_printf(out, "    {AB_FAULT_%s, %" PRIu32 ", %" PRIu32 ", ", kinds[fault->kind],
                    fault->line, fault->column);
        put_c_string(out, fault->path ? fault->path : "");
        text_put(out, ", ");
        put_c_string(out, fault->text ? fault->text : "");
        text_put(out, "},\n");
    }
    if (prog->faults.len <= 1)
        text_put(out, "    {AB_FAULT_NONE, 0, 0, \"\", \"\"}, /* nothing here can fault */\n");
    text_put(out, "};\n\n");
}

/* A text of the runtime without the line that includes another one, for pasting. */
static void put_pasted(struct text *out, const char *chars, const char *include_line)
{
    const char *at = strstr(chars, include_line);
    if (at) {
        text_put_n(out, chars, (size_t)(at - chars));
        chars = at + strlen(include_line);
    }
    text_put(out, chars);
    text_put(out, "\n");
}

void emit_unit_begin(const struct ir_prog *prog, const struct emit_options *options,
                     struct text *c_out)
{
    struct arena *arena = arena_new();
    text_printf(c_out, "/* %s.c: made by abcc. Do not edit.\n"
                       " * SPDX-License-Identifier: MIT-0\n *\n"
                       " * Compile with -ffp-contract=off and without -ffast-math. */\n",
                options->unit_name);
    text_printf(c_out, "#include \"%s.h\"\n\n", options->unit_name);
    if (options->runtime_inline)
        put_pasted(c_out, embedded_abwork_h, "#include \"abrt.h\"\n");
    else
        text_put(c_out, "#include \"abwork.h\"\n");
    if (options->show && options->runtime_inline)
        put_pasted(c_out, embedded_abshow_h, "#include \"abwork.h\"\n");
    else if (options->show)
        text_put(c_out, "#include \"abshow.h\"\n");
    text_put(c_out, "\n#include <math.h>\n\n");
    emit_sites(arena, prog, options, c_out);
    arena_free(arena);
}

/* ---- one entry ------------------------------------------------------------------------------ */

struct entry_cx {
    struct arena *arena;
    const struct ir_prog *prog;
    const struct emit_options *options;
    const struct ir_entry *entry;
    const struct unit_numbers *numbers;
    const char *symbol;
    uint64_t layout;
    struct text *out;
};

static uint64_t add_to_hash(uint64_t hash, const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* What a snapshot must have come from. */
static uint64_t layout_of(uint64_t prog_hash, const struct emit_options *options, uint32_t index,
                          const struct unit_numbers *numbers)
{
    uint64_t parts[] = {index, (uint64_t)options->mode, options->profile, numbers->lanes,
                        numbers->max_depth, numbers->work_size, numbers->layout};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (int byte = 0; byte < 8; byte++) {
            unsigned char one = (unsigned char)(parts[i] >> 8 * byte);
            prog_hash = add_to_hash(prog_hash, &one, 1);
        }
    return prog_hash;
}

/* "-1, 100": the extents of a type. */
static void put_dims(const struct type *type, struct text *out)
{
    text_put(out, "{");
    for (int i = 0; i < type->shape.rank; i++)
        text_printf(out, "%s%" PRId64, i ? ", " : "", type->shape.dim[i]);
    text_put(out, type->shape.rank ? "}" : "0}");
}

/* What the interface checks of shared arrays. */
static void emit_shared_shapes(const struct entry_cx *cx)
{
    if (cx->entry->shared.len == 0)
        return;
    text_printf(cx->out, "static const struct ab_shared_shape %s_shared[] = {\n", cx->symbol);
    for (uint32_t i = 0; i < entry_input_count(cx->entry); i++) {
        struct entry_input input = entry_input(cx->prog, cx->entry, i);
        if (!input.is_shared)
            continue;
        text_printf(cx->out, "    {%" PRIu32 ", %d, %d, ", i, dtype_table[input.type.dtype].bytes,
                    input.type.shape.rank);
        put_dims(&input.type, cx->out);
        text_put(cx->out, "},\n");
    }
    text_put(cx->out, "};\n\n");
}

static void emit_shape(const struct entry_cx *cx)
{
    const char *symbol = cx->symbol;
    emit_shared_shapes(cx);
    text_printf(cx->out, "typedef char %s_work_fits[sizeof(struct %s_state) <= %" PRIu64
                         " ? 1 : -1];\n\n", symbol, symbol, cx->numbers->work_size);
    text_printf(cx->out, "static const struct ab_shape %s_shape = {\n"
                         "    UINT64_C(0x%016" PRIx64 "), sizeof(struct %s_state), %" PRIu64
                         ", %" PRIu64 ", %" PRIu32 ", %" PRIu32 ", %" PRIu32 ",\n"
                         "    %" PRIu32 ", %" PRIu32 ", %s};\n\n",
                symbol, cx->layout, symbol, cx->numbers->work_size, cx->numbers->work_align,
                cx->numbers->lanes, entry_input_count(cx->entry), cx->entry->results.len,
                cx->entry->extents.len, cx->entry->shared.len,
                cx->entry->shared.len ? arena_printf(cx->arena, "%s_shared", symbol) : "NULL");
}

static void put_function(const struct entry_cx *cx, enum entry_function function)
{
    if (cx->entry->is_test)
        text_put(cx->out, "static ");
    put_signature(cx->arena, cx->prog, cx->entry, cx->symbol, function, cx->out);
    text_put(cx->out, "\n{\n");
}

/* Begin, snapshot and the like do not depend on the arrays. */
static void emit_state_functions(const struct entry_cx *cx)
{
    const char *symbol = cx->symbol;
    put_function(cx, ENTRY_BEGIN);
    text_printf(cx->out, "    ab_status status = ab_begin(&%s_shape, batch, work, work_bytes);\n"
                         "    if (status == AB_OK)\n"
                         "        %s_reset((struct %s_state *)work);\n"
                         "    return status;\n}\n\n", symbol, symbol, symbol);
    put_function(cx, ENTRY_SNAPSHOT);
    text_printf(cx->out, "    return ab_snapshot(&%s_shape, work, dst, dst_bytes);\n}\n\n", symbol);
    put_function(cx, ENTRY_RESTORE);
    text_printf(cx->out, "    return ab_restore(&%s_shape, src, src_bytes, work, work_bytes);\n"
                         "}\n\n", symbol);
    put_function(cx, ENTRY_STATS);
    text_printf(cx->out, "    ab_get_stats(&%s_shape, work, stats);\n}\n\n", symbol);
    text_printf(cx->out, "static ab_status %s_run(uint64_t visits, const ab_call *call, "
                         "ab_report *report,\n%*svoid *work, size_t work_bytes)\n{\n",
                symbol, (int)strlen(symbol) + 22, "");
    text_printf(cx->out, "    ab_status status = "
                         "ab_check_advance(&%s_shape, call, work, work_bytes);\n"
                         "    if (status != AB_OK)\n        return status;\n", symbol);
    text_printf(cx->out, "    struct %s_state *s = (struct %s_state *)work;\n"
                         "    if (visits > 0 && s->head.done < s->head.batch)\n"
                         "        %s_core(visits, call, s);\n"
                         "    return ab_result(&s->head, report);\n}\n\n", symbol, symbol, symbol);
}

/* "    const size_t ab_extent[] = {n, m};" */
static void put_array(struct text *out, const char *head, const char *const *elements,
                      uint32_t count)
{
    if (count == 0)
        return;
    text_printf(out, "    %s[] = {", head);
    for (uint32_t i = 0; i < count; i++)
        text_printf(out, "%s%s", i ? ", " : "", elements[i]);
    text_put(out, "};\n");
}

/* The arrays of a typed function as an ab_call named ab_args. */
static void emit_call(const struct entry_cx *cx, bool strided)
{
    const struct ir_entry *entry = cx->entry;
    struct entry_names names = entry_names_of(cx->arena, cx->prog, entry);
    uint32_t ins = entry_input_count(entry), outs = entry->results.len;
    const char **strides = ARENA_ARRAY(cx->arena, const char *, ins + 1);
    for (uint32_t i = 0; i < ins; i++) {
        struct entry_input input = entry_input(cx->prog, entry, i);
        strides[i] = input.is_shared ? "0"
                     : strided       ? arena_printf(cx->arena, "%s_stride", names.in[i])
                                     : arena_printf(cx->arena, "%" PRId64,
                                                    shape_elements(&input.type.shape));
    }
    put_array(cx->out, "const void *const ab_in", names.in, ins);
    put_array(cx->out, "const size_t ab_stride", strides, ins);
    put_array(cx->out, "void *const ab_out", names.out, outs);
    put_array(cx->out, "const size_t ab_extent", names.extent, entry->extents.len);
    text_printf(cx->out, "    const ab_call ab_args = {batch, %s, %s, %s, fault, %s};\n",
                entry->uses_batch_index ? "first" : "0", ins ? "ab_in, ab_stride" : "NULL, NULL",
                outs ? "ab_out" : "NULL", entry->extents.len ? "ab_extent" : "NULL");
}

static void emit_whole_run(const struct entry_cx *cx)
{
    const char *symbol = cx->symbol;
    text_printf(cx->out, "    ab_status status = ab_check_call(&%s_shape, &ab_args);\n"
                         "    if (status == AB_OK)\n"
                         "        status = %s_begin(batch, work, work_bytes);\n"
                         "    if (status != AB_OK)\n        return status;\n"
                         "    return %s_run(UINT64_MAX, &ab_args, report, work, work_bytes);\n"
                         "}\n\n", symbol, symbol, symbol);
}

static void emit_typed_functions(const struct entry_cx *cx)
{
    put_function(cx, ENTRY_CALL);
    emit_call(cx, false);
    emit_whole_run(cx);
    if (cx->entry->params.len > 0) {
        put_function(cx, ENTRY_STRIDED);
        emit_call(cx, true);
        emit_whole_run(cx);
    }
    put_function(cx, ENTRY_ADVANCE);
    emit_call(cx, false);
    text_printf(cx->out, "    return %s_run(visits, &ab_args, report, work, work_bytes);\n}\n\n",
                cx->symbol);
}

/* ---- the table ------------------------------------------------------------------------------ */

static void put_leaf(const struct entry_input *leaf, struct text *out)
{
    const struct dtype_info *dtype = &dtype_table[leaf->type.dtype];
    bool is_known = true;
    for (int i = 0; i < leaf->type.shape.rank; i++)
        is_known &= leaf->type.shape.dim[i] >= 0;
    text_put(out, "    {");
    put_c_string(out, leaf->path);
    text_printf(out, ", \"%s\", %d, %" PRId64 ", %d, %d, ", dtype->name, dtype->bytes,
                is_known ? shape_elements(&leaf->type.shape) : 0, leaf->is_shared,
                leaf->type.shape.rank);
    put_dims(&leaf->type, out);
    text_put(out, "},\n");
}

static void emit_leaf_tables(const struct entry_cx *cx)
{
    const struct ir_entry *entry = cx->entry;
    if (entry_input_count(entry) > 0) {
        text_printf(cx->out, "static const ab_leaf %s_in[] = {\n", cx->symbol);
        for (uint32_t i = 0; i < entry_input_count(entry); i++) {
            struct entry_input input = entry_input(cx->prog, entry, i);
            put_leaf(&input, cx->out);
        }
        text_put(cx->out, "};\n\n");
    }
    if (entry->results.len > 0) {
        text_printf(cx->out, "static const ab_leaf %s_out[] = {\n", cx->symbol);
        for (uint32_t i = 0; i < entry->results.len; i++)
            put_leaf(&(struct entry_input){.path = entry->results.at[i].path,
                                           .type = entry->results.at[i].type}, cx->out);
        text_put(cx->out, "};\n\n");
    }
    if (entry->extents.len > 0) {
        text_printf(cx->out, "static const char *const %s_extents[] = {", cx->symbol);
        for (uint32_t i = 0; i < entry->extents.len; i++) {
            text_put(cx->out, i ? ", " : "");
            put_c_string(cx->out, i < entry->extent_paths.len
                                      ? entry->extent_paths.at[i]
                                      : cx->prog->extents.at[entry->extents.at[i]].name);
        }
        text_put(cx->out, "};\n\n");
    }
}

static void emit_table_row(const struct entry_cx *cx)
{
    const struct ir_entry *entry = cx->entry;
    const struct unit_numbers *n = cx->numbers;
    struct text *out = cx->out;
    text_put(out, "    {");
    put_c_string(out, entry->name);
    text_printf(out, ", \"%s\", %d, %d, %" PRIu32 ", %" PRIu32 ", %" PRIu64 ", %" PRIu64
                     ",\n     %" PRIu32 ", %" PRIu32 ", %" PRIu32 ", ",
                cx->options->mode == EMIT_SCALAR ? "scalar" : "batched", entry->is_test,
                entry->uses_batch_index, n->lanes, n->max_depth, n->work_size, n->work_align,
                entry_input_count(entry), entry->results.len, cx->prog->faults.len - 1);
    text_put(out, entry_input_count(entry) ? arena_printf(cx->arena, "%s_in, ", cx->symbol) : "NULL, ");
    text_put(out, entry->results.len ? arena_printf(cx->arena, "%s_out, ", cx->symbol) : "NULL, ");
    text_printf(out, "%s,\n     %s_begin, %s_run, %s_snapshot, %s_restore, %s_stats,\n     ",
                sites_symbol(cx->arena, cx->options), cx->symbol, cx->symbol, cx->symbol,
                cx->symbol, cx->symbol);
    if (cx->options->profile && cx->options->mode == EMIT_BATCHED)
        text_printf(out, "&%s_profile, ", cx->symbol);
    else
        text_put(out, "NULL, ");
    text_printf(out, "%" PRIu32 ", %s},\n", entry->extents.len,
                entry->extents.len ? arena_printf(cx->arena, "%s_extents", cx->symbol) : "NULL");
}

static struct entry_cx entry_cx_of(struct arena *arena, const struct ir_prog *prog,
                                   const struct emit_options *options,
                                   const struct unit_numbers *numbers, uint32_t index,
                                   uint64_t prog_hash, struct text *out)
{
    return (struct entry_cx){
        .arena = arena, .prog = prog, .options = options, .entry = &prog->entries.at[index],
        .numbers = &numbers[index], .symbol = entry_symbol(arena, prog, options, index),
        .layout = layout_of(prog_hash, options, index, &numbers[index]), .out = out};
}

static uint64_t hash_of_prog(const struct ir_prog *prog)
{
    struct text ir = {0};
    ir_print(prog, &ir);
    uint64_t hash = add_to_hash(UINT64_C(0xcbf29ce484222325), ir.chars, ir.len);
    text_free(&ir);
    return hash;
}

static void emit_table(struct arena *arena, const struct ir_prog *prog,
                       const struct emit_options *options, const struct unit_numbers *numbers,
                       struct text *out)
{
    const char *symbol = unit_symbol(arena, options);
    uint32_t count = 0;
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        if (numbers[i].lanes == 0)
            continue;
        if (count++ == 0)
            text_printf(out, "static const ab_entry %s_entries[] = {\n", symbol);
        struct entry_cx cx = entry_cx_of(arena, prog, options, numbers, i, 0, out);
        emit_table_row(&cx);
    }
    if (count > 0)
        text_printf(out, "};\n\nconst ab_unit %s = {AB_UNIT_VERSION, %" PRIu32 ", %s_entries};\n",
                    symbol, count, symbol);
    else
        text_printf(out, "const ab_unit %s = {AB_UNIT_VERSION, 0, NULL};\n", symbol);
}

void emit_unit_end(const struct ir_prog *prog, const struct emit_options *options,
                   const struct unit_numbers *numbers, struct text *c_out)
{
    struct arena *arena = arena_new();
    uint64_t prog_hash = hash_of_prog(prog);
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        if (numbers[i].lanes == 0 || (prog->entries.at[i].is_test && !options->table))
            continue;
        struct entry_cx cx = entry_cx_of(arena, prog, options, numbers, i, prog_hash, c_out);
        text_printf(c_out, "/* ---- %s: what callers see ---- */\n\n", cx.symbol);
        emit_shape(&cx);
        emit_state_functions(&cx);
        if (!cx.entry->is_test)
            emit_typed_functions(&cx);
        if (options->table)
            emit_leaf_tables(&cx);
    }
    if (options->table)
        emit_table(arena, prog, options, numbers, c_out);
    arena_free(arena);
}
