/* The public header of a unit. */
#include "emit/c_names.h"
#include "emit/embedded.h"
#include "emit/entry.h"

#include <inttypes.h>
#include <string.h>

/* ---- signatures ----------------------------------------------------------------------------- */

/* Parameters in columns up to 100, continued under the parenthesis. */
struct signature {
    struct text *out;
    size_t margin, column;
    bool first;
};

static struct signature signature_begin(struct text *out, const char *result, const char *symbol,
                                        const char *suffix)
{
    size_t width = strlen(result) + 1 + strlen(symbol) + strlen(suffix) + 1;
    text_printf(out, "%s %s%s(", result, symbol, suffix);
    return (struct signature){.out = out, .margin = width, .column = width, .first = true};
}

static void signature_add(struct signature *signature, const char *text)
{
    size_t len = strlen(text);
    if (!signature->first) {
        text_put(signature->out, ",");
        if (signature->column + len + 4 > 100) {
            text_printf(signature->out, "\n%*s", (int)signature->margin, "");
            signature->column = signature->margin;
        } else {
            text_put(signature->out, " ");
            signature->column += 2;
        }
    }
    text_put(signature->out, text);
    signature->column += len;
    signature->first = false;
}

static void signature_end(struct signature *signature)
{
    text_put(signature->out, ")");
}

/* Run-time extents that an array is the first to have, before it. */
static void add_extents(struct arena *arena, const struct entry_names *names,
                        const struct type *type, bool *done, struct signature *signature)
{
    for (int i = 0; i < type->shape.rank; i++) {
        int64_t extent = -1 - type->shape.dim[i];
        if (extent < 0 || done[extent])
            continue;
        done[extent] = true;
        signature_add(signature, arena_printf(arena, "size_t %s", names->extent[extent]));
    }
}

static void add_arrays(struct arena *arena, const struct ir_prog *prog,
                       const struct ir_entry *entry, bool strided, struct signature *signature)
{
    struct entry_names names = entry_names_of(arena, prog, entry);
    bool *done = ARENA_ARRAY(arena, bool, entry->extents.len + 1);
    for (uint32_t i = 0; i < entry_input_count(entry); i++) {
        struct entry_input input = entry_input(prog, entry, i);
        const char *type = dtype_table[input.type.dtype].c_name;
        add_extents(arena, &names, &input.type, done, signature);
        signature_add(signature, arena_printf(arena, "const %s *%s", type, names.in[i]));
        if (strided && !input.is_shared)
            signature_add(signature, arena_printf(arena, "size_t %s_stride", names.in[i]));
    }
    for (uint32_t i = 0; i < entry->results.len; i++) {
        const char *type = dtype_table[entry->results.at[i].type.dtype].c_name;
        signature_add(signature, arena_printf(arena, "%s *%s", type, names.out[i]));
    }
    signature_add(signature, "uint32_t *fault");
    signature_add(signature, "ab_report *report");
    signature_add(signature, "void *work");
    signature_add(signature, "size_t work_bytes");
}

void put_signature(struct arena *arena, const struct ir_prog *prog, const struct ir_entry *entry,
                   const char *symbol, enum entry_function function, struct text *out)
{
    static const char *const suffix[] = {"", "_strided", "_begin", "_advance", "_snapshot",
                                         "_restore", "_stats"};
    const char *result = function == ENTRY_SNAPSHOT ? "size_t"
                         : function == ENTRY_STATS ? "void"
                                                   : "ab_status";
    struct signature signature = signature_begin(out, result, symbol, suffix[function]);
    switch (function) {
    case ENTRY_CALL:
    case ENTRY_STRIDED:
    case ENTRY_ADVANCE:
        if (function == ENTRY_ADVANCE)
            signature_add(&signature, "uint64_t visits");
        signature_add(&signature, "size_t batch");
        if (entry->uses_batch_index)
            signature_add(&signature, "uint64_t first");
        add_arrays(arena, prog, entry, function == ENTRY_STRIDED, &signature);
        break;
    case ENTRY_BEGIN:
        signature_add(&signature, "size_t batch");
        signature_add(&signature, "void *work");
        signature_add(&signature, "size_t work_bytes");
        break;
    case ENTRY_SNAPSHOT:
        signature_add(&signature, "const void *work");
        signature_add(&signature, "void *dst");
        signature_add(&signature, "size_t dst_bytes");
        break;
    case ENTRY_RESTORE:
        signature_add(&signature, "const void *src");
        signature_add(&signature, "size_t src_bytes");
        signature_add(&signature, "void *work");
        signature_add(&signature, "size_t work_bytes");
        break;
    case ENTRY_STATS:
        signature_add(&signature, "const void *work");
        signature_add(&signature, "ab_stats *stats");
        break;
    }
    signature_end(&signature);
}

/* ---- comments ------------------------------------------------------------------------------- */

/* A text of the user inside a comment, which it must not end. */
static void put_comment_text(struct text *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            text_put(out, "\n * ");
        else if (c > text && *c == '/' && c[-1] == '*')
            text_put(out, " /");
        else if (c > text && *c == '*' && c[-1] == '/')
            text_put(out, " *");
        else
            text_put_n(out, c, 1);
    }
}

/* "x: [batch][3][n] double; `p.x` (f64[3, n])" */
static void put_leaf(struct text *out, const struct entry_input *leaf,
                     const struct entry_names *names, const char *c_name, const char *source_type)
{
    bool is_whole = leaf->is_shared && leaf->type.shape.rank == 0;
    text_printf(out, " *   %s: %s", c_name, leaf->is_shared ? is_whole ? "one" : "" : "[batch]");
    for (int i = 0; i < leaf->type.shape.rank; i++) {
        int64_t dim = leaf->type.shape.dim[i];
        text_put(out, "[");
        if (dim < 0)
            text_put(out, names->extent[-1 - dim]);
        else
            text_printf(out, "%" PRId64, dim);
        text_put(out, "]");
    }
    text_printf(out, " %s", dtype_table[leaf->type.dtype].c_name);
    if (leaf->type.dtype == DT_BOOL)
        text_put(out, ", 0 or 1");
    if (*leaf->path && strcmp(leaf->path, c_name) != 0)
        text_printf(out, "; `%s`", leaf->path);
    if (source_type && strcmp(source_type, dtype_table[leaf->type.dtype].name) != 0)
        text_printf(out, " (%s)", source_type);
    text_put(out, leaf->is_shared ? ", read by all examples\n" : "\n");
}

static const char *input_type_text(const struct ir_entry *entry, const struct entry_input *input)
{
    if (input->is_shared || input->index >= entry->param_types.len)
        return NULL;
    return entry->param_types.at[input->index];
}

static void put_inputs(const struct ir_prog *prog, const struct ir_entry *entry,
                       const struct entry_names *names, struct text *out)
{
    uint32_t count = entry_input_count(entry);
    if (count > 0)
        text_put(out, " * Inputs:\n");
    for (uint32_t i = 0; i < count; i++) {
        struct entry_input input = entry_input(prog, entry, i);
        put_leaf(out, &input, names, names->in[i], input_type_text(entry, &input));
    }
}

/* Is there an output "x_out" for an input "x"? */
static bool has_inout(const struct ir_entry *entry)
{
    for (uint32_t i = 0; i < entry->results.len; i++)
        if (entry->results.at[i].is_inout)
            return true;
    return false;
}

static void put_entry_comment(struct arena *arena, const struct ir_prog *prog,
                              const struct ir_entry *entry, const char *symbol, const char *macro,
                              uint64_t stack, struct text *out)
{
    struct entry_names names = entry_names_of(arena, prog, entry);
    text_put(out, "/* ");
    put_comment_text(out, entry->doc && *entry->doc ? entry->doc
                                                    : arena_printf(arena, "%s.", entry->name));
    text_put(out, "\n *\n");
    if (strcmp(symbol, entry->name) != 0)
        text_printf(out, " * `%s` in the source.\n", entry->name);
    put_inputs(prog, entry, &names, out);
    if (entry->results.len > 0)
        text_put(out, " * Outputs, untouched where the example faulted:\n");
    for (uint32_t i = 0; i < entry->results.len; i++) {
        struct entry_input leaf = {.path = entry->results.at[i].path,
                                   .type = entry->results.at[i].type};
        put_leaf(out, &leaf, &names, names.out[i],
                 i < entry->result_types.len ? entry->result_types.at[i] : NULL);
    }
    text_printf(out, " * fault (or NULL): [batch] 0, or 1 + index into %s_SITES.\n"
                     " * report (or NULL): how many faulted, the least index, its fault code.\n",
                macro);
    if (stack > 0)
        text_printf(out, " * Tensors take up to %" PRIu64 " bytes of the C stack.\n", stack);
    if (entry->uses_batch_index)
        text_put(out, " * first: what batch_index() is for example 0.\n");
    text_printf(out, " * Arrays may not overlap%s. */\n",
                has_inout(entry) ? ", but an `x_out` may be its `x`" : "");
}

/* ---- the header ----------------------------------------------------------------------------- */

static void emit_entry_macros(const struct unit_numbers *numbers, const char *macro,
                              const char *sites, uint32_t site_count, struct text *out)
{
    text_printf(out, "#define %s_LANES %" PRIu32 "u\n", macro, numbers->lanes);
    text_printf(out, "#define %s_MAX_DEPTH %" PRIu32 "u\n", macro, numbers->max_depth);
    text_printf(out, "#define %s_WORK_SIZE %" PRIu64 "u /* bytes, whatever the batch */\n", macro,
                numbers->work_size);
    text_printf(out, "#define %s_WORK_ALIGN %" PRIu64 "u\n", macro, numbers->work_align);
    text_printf(out, "#define %s_SITES %s\n", macro, sites);
    text_printf(out, "#define %s_SITE_COUNT %" PRIu32 "u\n\n", macro, site_count);
}

static void emit_entry_header(struct arena *arena, const struct ir_prog *prog,
                              const struct emit_options *options, uint32_t index,
                              const struct unit_numbers *numbers, struct text *out)
{
    const struct ir_entry *entry = &prog->entries.at[index];
    const char *symbol = entry_symbol(arena, prog, options, index);
    const char *macro = entry_macro(arena, prog, options, index);
    text_printf(out, "/* ---- %s ---- */\n\n", entry->name);
    emit_entry_macros(&numbers[index], macro, sites_symbol(arena, options), prog->faults.len - 1,
                      out);
    put_entry_comment(arena, prog, entry, symbol, macro, numbers[index].stack, out);
    put_signature(arena, prog, entry, symbol, ENTRY_CALL, out);
    text_put(out, ";\n");
    if (entry->params.len > 0) {
        text_put(out, "/* The same; strides are elements from one example to the next, 0 gives all "
                      "examples one value. */\n");
        put_signature(arena, prog, entry, symbol, ENTRY_STRIDED, out);
        text_put(out, ";\n");
    }
    text_put(out, "\n/* The same in parts: begin once, then advance, with the same arrays, at most "
                  "`visits`\n * visits (bounded pieces of work) at a time until it does not give "
                  "AB_MORE. */\n");
    put_signature(arena, prog, entry, symbol, ENTRY_BEGIN, out);
    text_put(out, ";\n");
    put_signature(arena, prog, entry, symbol, ENTRY_ADVANCE, out);
    text_put(out, ";\n\n/* Between two advances: saves the state (gives the bytes needed, writes "
                  "if dst_bytes is\n * enough; 0 if work was not begun), and brings it back, at any "
                  "address. */\n");
    put_signature(arena, prog, entry, symbol, ENTRY_SNAPSHOT, out);
    text_put(out, ";\n");
    put_signature(arena, prog, entry, symbol, ENTRY_RESTORE, out);
    text_put(out, ";\n");
    put_signature(arena, prog, entry, symbol, ENTRY_STATS, out);
    text_put(out, ";\n\n");
}

void emit_header(const struct ir_prog *prog, const struct emit_options *options,
                 const struct unit_numbers *numbers, struct text *h_out)
{
    struct arena *arena = arena_new();
    const char *unit = c_identifier(arena, options->unit_name);
    const char *sites = sites_symbol(arena, options);
    text_printf(h_out, "/* %s.h: made by abcc. Do not edit.\n * SPDX-License-Identifier: MIT-0 */\n"
                       "#ifndef ABCC_UNIT_%s%s_H\n#define ABCC_UNIT_%s%s_H\n\n",
                options->unit_name, options->prefix, unit, options->prefix, unit);
    if (options->runtime_inline)
        text_put(h_out, embedded_abrt_h);
    else
        text_put(h_out, "#include \"abrt.h\"\n");
    text_put(h_out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    text_printf(h_out, "/* Where examples can fault. */\nextern const ab_site %s[];\n", sites);
    if (options->table)
        text_printf(h_out, "/* All entries, for callers that learn signatures at run time. */\n"
                           "extern const ab_unit %s;\n", unit_symbol(arena, options));
    text_put(h_out, "\n");
    for (uint32_t i = 0; i < prog->entries.len; i++)
        if (!prog->entries.at[i].is_test && numbers[i].lanes > 0)
            emit_entry_header(arena, prog, options, i, numbers, h_out);
    text_put(h_out, "#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    arena_free(arena);
}
