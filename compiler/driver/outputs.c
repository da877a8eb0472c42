#include "driver/outputs.h"

#include "driver/files.h"
#include "driver/values.h"
#include "io/csv.h"
#include "io/npy.h"
#include "io/npz.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* ---- which ----------------------------------------------------------------------------------- */

static bool kind_of(const char *path, enum output_kind *kind)
{
    *kind = file_ends_with(path, ".npy")   ? OUTPUT_NPY
            : file_ends_with(path, ".npz") ? OUTPUT_NPZ
                                           : OUTPUT_CSV;
    return *kind != OUTPUT_CSV || file_ends_with(path, ".csv");
}

static const char *leaf_name(const struct ir_leaf *leaf)
{
    return *leaf->path ? leaf->path : "out";
}

static int unknown_leaf(struct command *command, const struct ir_entry *entry, struct word word,
                        const char *wanted)
{
    struct text list = {0};
    for (uint32_t i = 0; i < entry->results.len; i++)
        text_printf(&list, "%s%s", i ? ", " : "", leaf_name(&entry->results.at[i]));
    word.loc.end = word.loc.begin + (uint32_t)strlen(wanted);
    struct diag *diag = diag_report(&command->diags, AB0628, word.loc, "`%s` is no result of %s",
                                    wanted, entry->name);
    if (list.len)
        diag_help(&command->diags, diag, "its results are: %s", list.chars);
    text_free(&list);
    return EXIT_USAGE;
}

/* [LEAF=]FILE; `out` is all of the result. */
static int read_output(struct command *command, const struct ir_entry *entry, struct word word,
                       struct outputs *outputs)
{
    const char *equals = strchr(word.text, '=');
    struct output output = {.leaf = ALL_LEAVES, .path = equals ? equals + 1 : word.text};
    if (!kind_of(output.path, &output.kind)) {
        diag_report(&command->diags, AB0628, word.loc,
                    "results go to a file ending in .npy, .npz or .csv, not to `%s`", output.path);
        return EXIT_USAGE;
    }
    if (equals) {
        const char *wanted = arena_strndup(command->arena, word.text, (size_t)(equals - word.text));
        for (uint32_t i = 0; i < entry->results.len; i++)
            if (!strcmp(leaf_name(&entry->results.at[i]), wanted))
                output.leaf = i;
        if (output.leaf == ALL_LEAVES && strcmp(wanted, "out") != 0)
            return unknown_leaf(command, entry, word, wanted);
    }
    if (output.leaf == ALL_LEAVES && output.kind == OUTPUT_NPY && entry->results.len != 1) {
        struct diag *diag = diag_report(&command->diags, AB0628, word.loc,
                                        "%s has %u leaves, and a .npy file holds one array",
                                        entry->name, entry->results.len);
        diag_help(&command->diags, diag,
                  "write one leaf, -o %s=FILE.npy, or all to a .npz or .csv file",
                  entry->results.len ? leaf_name(&entry->results.at[0]) : "LEAF");
        return EXIT_USAGE;
    }
    vec_push(command->arena, &outputs->list, output);
    return EXIT_FINE;
}

int outputs_read(struct command *command, const struct ir_entry *entry, struct outputs *outputs)
{
    *outputs = (struct outputs){{0}};
    int code = EXIT_FINE;
    for (uint32_t i = 0; i < command->given.len && !code; i++)
        if (command->given.at[i].option == OPT_output)
            code = read_output(command, entry, command->given.at[i].word, outputs);
    return code;
}

/* Elements of one example. */
static uint64_t elements_of(const struct ir_entry *entry, uint32_t leaf)
{
    return (uint64_t)shape_elements(&entry->results.at[leaf].type.shape);
}

void outputs_prepare(const struct ir_entry *entry, const ab_call *call)
{
    for (uint32_t leaf = 0; leaf < entry->results.len; leaf++) {
        enum dtype dtype = entry->results.at[leaf].type.dtype;
        union scalar none = {.u = 0};
        if (dtype == DT_F32)
            none.f32 = NAN;
        else if (dtype == DT_F64)
            none.f64 = (double)NAN;
        uint64_t count = call->batch * elements_of(entry, leaf);
        for (uint64_t i = 0; i < count; i++)
            value_store(dtype, none, (char *)call->out[leaf] + i * dtype_table[dtype].bytes);
    }
    for (uint64_t i = 0; i < call->batch; i++)
        call->fault[i] = NOT_FINISHED;
}

/* ---- printing -------------------------------------------------------------------------------- */

enum { FLUSH_BYTES = 1 << 16 };

/* One leaf of one example, elements row-major with `between` between them; the same mark for each
 * element if it has none. */
static void put_leaf(struct text *out, const struct ir_entry *entry, const ab_call *call,
                     uint32_t leaf, uint64_t example, const char *between, const char *mark)
{
    enum dtype dtype = entry->results.at[leaf].type.dtype;
    uint64_t elements = elements_of(entry, leaf);
    size_t bytes = dtype_table[dtype].bytes;
    const char *at = (const char *)call->out[leaf] + example * elements * bytes;
    for (uint64_t i = 0; i < elements; i++) {
        text_put(out, i ? between : "");
        if (call->fault[example])
            text_put(out, mark);
        else
            value_print(out, dtype, at + i * bytes);
    }
}

/* False with errno. */
static bool print_results(const struct ir_entry *entry, const ab_call *call, uint64_t count)
{
    struct text out = {0};
    for (uint64_t i = 0; i < count; i++) {
        bool begun = false;
        for (uint32_t leaf = 0; leaf < entry->results.len; leaf++) {
            text_put(&out, begun && elements_of(entry, leaf) ? " " : "");
            begun |= elements_of(entry, leaf) > 0;
            put_leaf(&out, entry, call, leaf, i, " ", "-");
        }
        if (!entry->results.len && call->fault[i])
            text_put(&out, "-");
        text_put(&out, "\n");
        if (out.len >= FLUSH_BYTES) {
            fwrite(out.chars, 1, out.len, stdout);
            out.len = 0;
        }
    }
    if (out.len)
        fwrite(out.chars, 1, out.len, stdout);
    text_free(&out);
    return !fflush(stdout) && !ferror(stdout);
}

static int cannot_write(struct command *command, const char *path)
{
    diag_report(&command->diags, AB0611, (struct loc){0}, "cannot write %s: %s", path,
                strerror(errno ? errno : EIO));
    return EXIT_FILE;
}

/* ---- files ----------------------------------------------------------------------------------- */

static struct npy_type npy_type_of(enum dtype dtype)
{
    uint8_t cls = dtype_table[dtype].cls;
    char kind = cls == CLASS_BOOL ? 'b' : cls == CLASS_INT ? 'i' : cls == CLASS_UINT ? 'u'
                : cls == CLASS_FLOAT ? 'f' : 'c';
    return (struct npy_type){kind, dtype_table[dtype].bytes};
}

/* The leaves that an output writes: first..last. */
static void leaf_span(const struct ir_entry *entry, const struct output *output, uint32_t *first,
                      uint32_t *last)
{
    bool all = output->leaf == ALL_LEAVES;
    *first = all ? 0 : output->leaf;
    *last = all ? entry->results.len : output->leaf + 1;
}

/* [batch][shape]: its rank. */
static uint32_t whole_extent(const struct ir_entry *entry, uint32_t leaf, uint64_t count,
                             uint64_t extent[1 + SHAPE_MAX_RANK])
{
    const struct shape *shape = &entry->results.at[leaf].type.shape;
    extent[0] = count;
    for (uint32_t i = 0; i < shape->rank; i++)
        extent[i + 1] = (uint64_t)shape->dim[i];
    return shape->rank + 1u;
}

static int write_npy(FILE *stream, const struct ir_entry *entry, const ab_call *call, uint32_t leaf,
                     uint64_t count)
{
    uint64_t extent[1 + SHAPE_MAX_RANK];
    uint32_t rank = whole_extent(entry, leaf, count, extent);
    return npy_write(stream, npy_type_of(entry->results.at[leaf].type.dtype), rank, extent,
                     call->out[leaf]);
}

static int write_npz(FILE *stream, const struct ir_entry *entry, const struct output *output,
                     const ab_call *call, uint64_t count)
{
    uint32_t first, last;
    struct zip_writer writer = {.stream = stream};
    leaf_span(entry, output, &first, &last);
    int status = 0;
    for (uint32_t leaf = first; leaf < last && !status; leaf++) {
        uint64_t extent[1 + SHAPE_MAX_RANK];
        uint32_t rank = whole_extent(entry, leaf, count, extent);
        status = npz_add(&writer, leaf_name(&entry->results.at[leaf]),
                         npy_type_of(entry->results.at[leaf].type.dtype), rank, extent,
                         call->out[leaf]);
    }
    int finished = zip_finish(&writer);
    return status ? status : finished;
}

/* "x[0][1]" for each element of a tensor, one column each: names that can stand in a list of
 * columns. False with errno. */
static bool write_names(FILE *stream, const struct ir_entry *entry, uint32_t leaf, bool first)
{
    const struct shape *shape = &entry->results.at[leaf].type.shape;
    struct text column = {0};
    bool fine = true;
    for (uint64_t i = 0; i < elements_of(entry, leaf) && fine; i++) {
        uint64_t rest = i, block = elements_of(entry, leaf);
        column.len = 0;
        text_put(&column, leaf_name(&entry->results.at[leaf]));
        for (uint32_t axis = 0; axis < shape->rank; axis++) {
            block /= (uint64_t)shape->dim[axis];
            text_printf(&column, "[%llu]", (unsigned long long)(rest / block));
            rest %= block;
        }
        fine = (first || putc(',', stream) != EOF) && !csv_write_field(stream, column.chars);
        first = false;
    }
    text_free(&column);
    return fine;
}

/* A faulted example has blank fields. */
static int write_csv(FILE *stream, const struct ir_entry *entry, const struct output *output,
                     const ab_call *call, uint64_t count)
{
    uint32_t first, last;
    uint64_t columns = 0;
    struct text line = {0};
    leaf_span(entry, output, &first, &last);
    for (uint32_t leaf = first; leaf < last; leaf++) {
        if (!write_names(stream, entry, leaf, !columns))
            return -1;
        columns += elements_of(entry, leaf);
    }
    putc('\n', stream);
    for (uint64_t i = 0; i < count; i++) {
        bool begun = false;
        line.len = 0;
        for (uint32_t leaf = first; leaf < last; leaf++) {
            text_put(&line, begun && elements_of(entry, leaf) ? "," : "");
            begun |= elements_of(entry, leaf) > 0;
            /* an empty line would be no row */
            put_leaf(&line, entry, call, leaf, i, ",", columns == 1 ? "\"\"" : "");
        }
        text_put(&line, "\n");
        fwrite(line.chars, 1, line.len, stream);
    }
    text_free(&line);
    return ferror(stream) ? -1 : 0;
}

static bool write_file(struct command *command, const struct ir_entry *entry,
                       const struct output *output, const ab_call *call, uint64_t count)
{
    struct out_file file;
    if (!out_open(command, output->path, &file))
        return false;
    errno = 0;
    int status = 0;
    switch (output->kind) {
    case OUTPUT_NPY:
        status = write_npy(file.stream, entry, call, output->leaf == ALL_LEAVES ? 0 : output->leaf,
                           count);
        break;
    case OUTPUT_NPZ: status = write_npz(file.stream, entry, output, call, count); break;
    case OUTPUT_CSV: status = write_csv(file.stream, entry, output, call, count); break;
    }
    if (!status)
        return out_close(command, &file);
    cannot_write(command, output->path);
    out_abandon(&file);
    return false;
}

int outputs_write(struct command *command, const struct ir_entry *entry,
                  const struct outputs *outputs, const ab_call *call, uint64_t count)
{
    errno = 0;
    if (!outputs->list.len && !print_results(entry, call, count)) {
        clearerr(stdout); /* it is reported here */
        return cannot_write(command, "standard output");
    }
    for (uint32_t i = 0; i < outputs->list.len; i++)
        if (!write_file(command, entry, &outputs->list.at[i], call, count))
            return EXIT_FILE;
    return EXIT_FINE;
}
