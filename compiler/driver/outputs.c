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

void outputs_prepare(const struct ir_entry *entry, const ab_call *call)
{
    for (uint32_t leaf = 0; leaf < entry->results.len; leaf++) {
        enum dtype dtype = entry->results.at[leaf].type.dtype;
        union scalar none = {.u = 0};
        if (dtype == DT_F32)
            none.f32 = NAN;
        else if (dtype == DT_F64)
            none.f64 = (double)NAN;
        for (uint64_t i = 0; i < call->batch; i++)
            value_store(dtype, none, (char *)call->out[leaf] + i * dtype_table[dtype].bytes);
    }
    for (uint64_t i = 0; i < call->batch; i++)
        call->fault[i] = NOT_FINISHED;
}

/* ---- printing -------------------------------------------------------------------------------- */

enum { FLUSH_BYTES = 1 << 16 };

static const void *result_at(const struct ir_entry *entry, const ab_call *call, uint32_t leaf,
                             uint64_t example)
{
    uint8_t bytes = dtype_table[entry->results.at[leaf].type.dtype].bytes;
    return (const char *)call->out[leaf] + example * bytes;
}

/* False with errno. */
static bool print_results(const struct ir_entry *entry, const ab_call *call, uint64_t count)
{
    struct text out = {0};
    for (uint64_t i = 0; i < count; i++) {
        for (uint32_t leaf = 0; leaf < entry->results.len; leaf++) {
            text_put(&out, leaf ? " " : "");
            if (call->fault[i])
                text_put(&out, "-");
            else
                value_print(&out, entry->results.at[leaf].type.dtype,
                             result_at(entry, call, leaf, i));
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
    char kind = cls == CLASS_BOOL ? 'b' : cls == CLASS_INT ? 'i' : cls == CLASS_UINT ? 'u' : 'f';
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

static int write_npy(FILE *stream, const struct ir_entry *entry, const ab_call *call, uint32_t leaf,
                     uint64_t count)
{
    return npy_write(stream, npy_type_of(entry->results.at[leaf].type.dtype), 1, &count,
                     call->out[leaf]);
}

static int write_npz(FILE *stream, const struct ir_entry *entry, const struct output *output,
                     const ab_call *call, uint64_t count)
{
    uint32_t first, last;
    struct zip_writer writer = {.stream = stream};
    leaf_span(entry, output, &first, &last);
    int status = 0;
    for (uint32_t leaf = first; leaf < last && !status; leaf++)
        status = npz_add(&writer, leaf_name(&entry->results.at[leaf]),
                         npy_type_of(entry->results.at[leaf].type.dtype), 1, &count,
                         call->out[leaf]);
    int finished = zip_finish(&writer);
    return status ? status : finished;
}

/* A faulted example has blank fields. */
static int write_csv(FILE *stream, const struct ir_entry *entry, const struct output *output,
                     const ab_call *call, uint64_t count)
{
    uint32_t first, last;
    struct text value = {0};
    leaf_span(entry, output, &first, &last);
    for (uint32_t leaf = first; leaf < last; leaf++)
        if ((leaf > first && putc(',', stream) == EOF)
            || csv_write_field(stream, leaf_name(&entry->results.at[leaf])))
            return -1;
    putc('\n', stream);
    for (uint64_t i = 0; i < count; i++) {
        for (uint32_t leaf = first; leaf < last; leaf++) {
            value.len = 0;
            text_put(&value, leaf > first ? "," : "");
            if (!call->fault[i])
                value_print(&value, entry->results.at[leaf].type.dtype,
                             result_at(entry, call, leaf, i));
            else if (last - first == 1)
                text_put(&value, "\"\""); /* an empty line would be no row */
            fwrite(value.chars, 1, value.len, stream);
        }
        putc('\n', stream);
    }
    text_free(&value);
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
