#include "driver/spec_file.h"

#include "driver/files.h"
#include "driver/values.h"
#include "io/csv.h"
#include "io/npy.h"
#include "io/npz.h"
#include "lang/ops.h"

#include <stdlib.h>
#include <string.h>

/* Where the path ends: behind ".csv" of "FILE.csv:COLUMN". NULL if it is none. */
static const char *csv_colon(const char *text)
{
    const char *colon = strstr(text, ".csv:");
    return colon ? colon + 4 : NULL;
}

static const char *npz_colon(const char *text)
{
    const char *colon = strstr(text, ".npz:");
    return colon ? colon + 4 : NULL;
}

bool spec_is_file(const char *text)
{
    return csv_colon(text) || npz_colon(text) || file_ends_with(text, ".npy")
           || file_ends_with(text, ".csv") || file_ends_with(text, ".npz");
}

static bool allocate(struct command *command, struct word word, uint64_t count, struct spec *spec)
{
    if (count > LARGEST_BATCH) {
        diag_report(&command->diags, AB0625, word.loc, "%s has more than 2^30 values", word.text);
        return false;
    }
    spec->count = count;
    spec->data = calloc(count ? (size_t)count : 1, dtype_table[spec->dtype].bytes);
    if (!spec->data)
        diag_report(&command->diags, AB0625, word.loc, "there is no memory for the values of %s",
                    word.text);
    return spec->data != NULL;
}

/* ---- .npy ------------------------------------------------------------------------------------ */

static enum dtype dtype_of_npy(struct npy_type type)
{
    uint8_t cls = type.kind == 'b' ? CLASS_BOOL : type.kind == 'i' ? CLASS_INT
                  : type.kind == 'u' ? CLASS_UINT
                  : type.kind == 'f' ? CLASS_FLOAT : CLASS_COMPLEX;
    enum dtype dtype = DT_BOOL;
    while (dtype_table[dtype].cls != cls || dtype_table[dtype].bytes != type.bytes)
        dtype++;
    return dtype;
}

/* IEEE binary16 is exact in binary32. */
static float widen_half(uint16_t half)
{
    uint32_t exponent = half >> 10 & 31, fraction = half & 1023, bits;
    float value;
    if (exponent == 0) {
        value = (float)fraction * 0x1p-24f;
        return half >> 15 ? -value : value;
    }
    bits = (uint32_t)(half >> 15) << 31 | (exponent == 31 ? 255 : exponent + 112) << 23
           | fraction << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void cast_elements(const struct npy_array *array, enum dtype from, struct spec *spec)
{
    const uint8_t *source = array->data;
    for (uint64_t i = 0; i < spec->count; i++) {
        union scalar value = value_load(from, source + i * array->type.bytes);
        enum dtype held = from;
        if (from == DT_F16) {
            value.f32 = widen_half((uint16_t)value.u);
            held = DT_F32;
        }
        if (held != spec->dtype)
            value = op_eval(OP_cast, held, spec->dtype, &value);
        value_store(spec->dtype, value, spec->data + i * dtype_table[spec->dtype].bytes);
    }
}

static bool take_npy(struct command *command, struct word word, const struct ir_leaf *leaf,
                     bool cast, const struct npy_array *array, struct spec *spec)
{
    enum dtype from = dtype_of_npy(array->type);
    if (array->rank > 1) {
        struct diag *diag = diag_report(&command->diags, AB0612, word.loc,
                                        "%s has %u axes, and %s is a scalar", word.text,
                                        array->rank, leaf->path);
        diag_help(&command->diags, diag, "an array with one axis has an element for each example");
        return false;
    }
    if (dtype_table[from].cls == CLASS_COMPLEX && from != spec->dtype) {
        struct diag *diag = diag_report(
            &command->diags, AB0626, word.loc, "%s holds %s, and %s is %s", word.text,
            dtype_table[from].numpy_name, leaf->path, dtype_table[spec->dtype].numpy_name);
        diag_help(&command->diags, diag, "save its parts: a.real, a.imag");
        return false;
    }
    if (from != spec->dtype && !cast) {
        struct diag *diag = diag_report(
            &command->diags, AB0626, word.loc, "%s holds %s, and %s is %s", word.text,
            dtype_table[from].numpy_name, leaf->path, dtype_table[spec->dtype].numpy_name);
        diag_help(&command->diags, diag, "--cast converts it as %s(..) does",
                  dtype_table[spec->dtype].name);
        return false;
    }
    if (!allocate(command, word, array->count, spec))
        return false;
    cast_elements(array, from, spec);
    return true;
}

/* One array of a file: of an archive if `member` is not NULL. */
static bool read_array(struct command *command, struct word word, const char *path,
                       const char *member, const struct ir_leaf *leaf, bool cast, struct spec *spec)
{
    struct file_bytes bytes;
    struct npy_array array;
    char why[NPY_WHY_SIZE];
    if (!file_read(command, path, word.loc, &bytes))
        return false;
    int status = member ? npz_parse(bytes.chars, bytes.len, member, &array, why)
                        : npy_parse(bytes.chars, bytes.len, &array, why);
    free(bytes.chars);
    if (status) {
        diag_report(&command->diags, AB0612, word.loc, "%s: %s", path, why);
        return false;
    }
    bool fine = take_npy(command, word, leaf, cast, &array, spec);
    npy_free(&array);
    return fine;
}

/* ---- .csv ------------------------------------------------------------------------------------ */

/* The text of a table as a source, so that a message shows the line. The text must live on. */
static struct loc csv_loc(struct command *command, const char *path, const char *chars, size_t len,
                          size_t offset, size_t span)
{
    if (len >= UINT32_MAX)
        return (struct loc){0};
    const char *kept = arena_strndup(command->arena, chars, len);
    uint32_t file = sources_add(&command->sources, path, kept, (uint32_t)len);
    return (struct loc){file, (uint32_t)offset, (uint32_t)(offset + span)};
}

static bool unknown_column(struct command *command, struct word column, const char *path,
                           const struct csv_table *table)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; i < table->columns; i++)
        vec_push(command->arena, &names, arena_strdup(command->arena, table->names[i].chars));
    const char *nearest = nearest_word(column.text, names.at, names.len);
    struct diag *diag = diag_report(&command->diags, AB0613, column.loc, "%s has no column `%s`",
                                    path, column.text);
    if (nearest) {
        diag_edit(&command->diags, diag, column.loc, "did you mean this?", "%s", nearest);
        return false;
    }
    struct text list = {0};
    for (uint32_t i = 0; i < names.len && i < 20; i++)
        text_printf(&list, "%s%s", i ? ", " : "", names.at[i]);
    diag_help(&command->diags, diag, "its columns are: %s%s", list.chars,
              names.len > 20 ? ", ..." : "");
    text_free(&list);
    return false;
}

static bool bad_field(struct command *command, const char *path, const struct file_bytes *bytes,
                      const struct csv_field *field, const struct literal_error *error,
                      enum dtype dtype)
{
    struct loc loc = csv_loc(command, path, bytes->chars, bytes->len, field->offset, field->span);
    struct diag *diag = diag_report(&command->diags, error->castable ? AB0626 : AB0613, loc,
                                    *field->chars ? "`%s`: %s" : "%sa blank field%s",
                                    *field->chars ? field->chars : "",
                                    *field->chars ? error->why : "");
    if (error->castable)
        diag_help(&command->diags, diag, "--cast converts it as %s(..) does",
                  dtype_table[dtype].name);
    return false;
}

static bool take_column(struct command *command, struct word column, const char *path, bool cast,
                        const struct file_bytes *bytes, const struct csv_table *table,
                        struct spec *spec)
{
    ptrdiff_t index = csv_column(table, column.text);
    if (index < 0)
        return unknown_column(command, column, path, table);
    if (!allocate(command, column, table->rows, spec))
        return false;
    for (size_t row = 0; row < table->rows; row++) {
        const struct csv_field *field = &table->fields[row * table->columns + (size_t)index];
        union scalar value;
        struct literal_error error;
        if (!value_read(command->arena, field->chars, strlen(field->chars), spec->dtype, cast,
                         &value, &error))
            return bad_field(command, path, bytes, field, &error, spec->dtype);
        value_store(spec->dtype, value, spec->data + row * dtype_table[spec->dtype].bytes);
    }
    return true;
}

static bool read_csv(struct command *command, struct word word, const char *colon, bool cast,
                     struct spec *spec)
{
    const char *path = arena_strndup(command->arena, word.text, (size_t)(colon - word.text));
    struct word column = {colon + 1, word.loc};
    column.loc.begin += (uint32_t)(colon + 1 - word.text);
    struct file_bytes bytes;
    struct csv_table table;
    struct csv_error error;
    if (!file_read(command, path, word.loc, &bytes))
        return false;
    bool fine = !csv_parse(bytes.chars, bytes.len, &table, &error);
    if (fine) {
        fine = take_column(command, column, path, cast, &bytes, &table, spec);
        csv_free(&table);
    } else {
        struct loc loc = csv_loc(command, path, bytes.chars, bytes.len, error.offset, 1);
        diag_report(&command->diags, AB0613, loc, "%s", error.why);
    }
    free(bytes.chars);
    return fine;
}

bool spec_read_file(struct command *command, struct word word, const struct ir_leaf *leaf,
                    bool cast, struct spec *spec)
{
    const char *csv = csv_colon(word.text), *npz = npz_colon(word.text);
    if (csv)
        return read_csv(command, word, csv, cast, spec);
    if (npz)
        return read_array(command, word,
                          arena_strndup(command->arena, word.text, (size_t)(npz - word.text)),
                          npz + 1, leaf, cast, spec);
    if (file_ends_with(word.text, ".npy"))
        return read_array(command, word, word.text, NULL, leaf, cast, spec);
    bool is_csv = file_ends_with(word.text, ".csv");
    diag_report(&command->diags, AB0625, word.loc, "%s: this file needs a %s: %s:%s", leaf->path,
                is_csv ? "column" : "name", word.text, is_csv ? "COLUMN" : "NAME");
    return false;
}
