#include "driver/spec_file.h"

#include "driver/files.h"
#include "driver/spec_table.h"
#include "driver/values.h"
#include "io/npy.h"
#include "io/npz.h"
#include "lang/rules.h"

#include <stdlib.h>
#include <string.h>

/* Where the path ends: behind ".csv" of "FILE.csv:COLUMN". NULL if it is none. */
static const char *colon_after(const char *text, const char *ending)
{
    const char *found = strstr(text, ending);
    return found ? found + strlen(ending) - 1 : NULL;
}

bool spec_is_file(const char *text)
{
    return colon_after(text, ".csv:") || colon_after(text, ".npz:") || file_ends_with(text, ".npy")
           || file_ends_with(text, ".csv") || file_ends_with(text, ".npz");
}

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
    size_t bytes = dtype_table[spec->dtype].bytes;
    if (from == spec->dtype) {
        memcpy(spec->data, source, (size_t)array->count * bytes);
        return;
    }
    for (uint64_t i = 0; i < array->count; i++) {
        union scalar value = value_load(from, source + i * array->type.bytes);
        enum dtype held = from;
        if (from == DT_F16) {
            value.f32 = widen_half((uint16_t)value.u);
            held = DT_F32;
        }
        if (held != spec->dtype)
            value = op_eval(OP_cast, held, spec->dtype, &value);
        value_store(spec->dtype, value, spec->data + i * bytes);
    }
}

static bool wrong_type(const struct reading *reading, struct word word, enum dtype from)
{
    struct command *command = reading->command;
    enum dtype to = reading->spec->dtype;
    struct diag *diag = diag_report(&command->diags, AB0626, word.loc, "%s holds %s, and %s is %s",
                                    word.text, dtype_table[from].numpy_name, reading->target->path,
                                    reading->target->text);
    if (dtype_table[from].cls == CLASS_COMPLEX)
        diag_help(&command->diags, diag,
                  "save its parts, a.real and a.imag, or pairs, np.stack([a.real, a.imag], -1)");
    else
        diag_help(&command->diags, diag, "--cast converts it as %s(..) does", dtype_table[to].name);
    return false;
}

/* A conversion that loses nothing happens by itself, as in the language (L11). */
static bool take_array(const struct reading *reading, struct word word,
                       const struct npy_array *array)
{
    enum dtype from = dtype_of_npy(array->type), to = reading->spec->dtype;
    bool fits = dtype_converts(from, to)
                || (reading->cast && dtype_table[from].cls != CLASS_COMPLEX);
    if (!fits)
        return wrong_type(reading, word, from);
    if (!spec_fit(reading, word.loc, word.text, array->rank, array->extent)
        || !spec_allocate(reading, word.loc))
        return false;
    cast_elements(array, from, reading->spec);
    return true;
}

/* One array of a file: of an archive if `member` is not NULL. */
static bool read_array(const struct reading *reading, struct word word, const char *path,
                       const char *member)
{
    struct command *command = reading->command;
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
    bool fine = take_array(reading, word, &array);
    npy_free(&array);
    return fine;
}

bool spec_read_file(const struct reading *reading, struct word word)
{
    struct arena *arena = reading->command->arena;
    const char *csv = colon_after(word.text, ".csv:"), *npz = colon_after(word.text, ".npz:");
    if (csv)
        return spec_read_table(reading, word, csv);
    if (npz)
        return read_array(reading, word,
                          arena_strndup(arena, word.text, (size_t)(npz - word.text)), npz + 1);
    if (file_ends_with(word.text, ".npy"))
        return read_array(reading, word, word.text, NULL);
    bool is_csv = file_ends_with(word.text, ".csv");
    return spec_fail(reading, word.loc,
                     arena_printf(arena, "this file needs a %s: %s:%s", is_csv ? "column" : "name",
                                  word.text, is_csv ? "COLUMN" : "NAME"));
}
