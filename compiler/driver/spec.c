#include "driver/spec.h"

#include "driver/values.h"
#include "driver/spec_file.h"
#include "driver/spec_list.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool spec_fail(const struct reading *reading, struct loc loc, const char *why)
{
    diag_report(&reading->command->diags, AB0625, loc, "%s: %s", reading->target->path, why);
    return false;
}

struct word spec_slice(struct arena *arena, struct word word, size_t begin, size_t end)
{
    while (begin < end && (word.text[begin] == ' ' || word.text[begin] == '\t'))
        begin++;
    while (end > begin && (word.text[end - 1] == ' ' || word.text[end - 1] == '\t'))
        end--;
    struct loc loc = {word.loc.file, word.loc.begin + (uint32_t)begin,
                      word.loc.begin + (uint32_t)end};
    return (struct word){arena_strndup(arena, word.text + begin, end - begin), loc};
}

/* ---- shapes ---------------------------------------------------------------------------------- */

uint64_t spec_elements(const struct spec *spec)
{
    return (uint64_t)shape_elements(&spec->shape);
}

static const char *extents_text(struct arena *arena, uint32_t rank, const uint64_t *extent)
{
    const char *text = "";
    for (uint32_t i = 0; i < rank; i++)
        text = arena_printf(arena, "%s%s%llu", text, i ? ", " : "", (unsigned long long)extent[i]);
    return text;
}

static bool wrong_shape(const struct reading *reading, struct loc loc, const char *what,
                        uint32_t rank, const uint64_t *extent)
{
    struct command *command = reading->command;
    const struct spec_target *target = reading->target;
    const char *bracket = strchr(target->text, '[');
    struct diag *diag = diag_report(&command->diags, AB0629, loc,
                                    "%s has the shape [%s], and %s is %s%s", what,
                                    extents_text(command->arena, rank, extent), target->path,
                                    target->is_shared ? "shared " : "", target->text);
    if (target->is_shared)
        diag_help(&command->diags, diag,
                  "a shared array is given as a whole, without a batch axis");
    else if (!bracket)
        diag_help(&command->diags, diag, "a scalar takes one axis, an element for each example");
    else
        diag_help(&command->diags, diag, "it takes [batch, %s, or %s for one value for all",
                  bracket + 1, bracket);
    return false;
}

bool spec_fit(const struct reading *reading, struct loc loc, const char *what, uint32_t rank,
              const uint64_t *extent)
{
    const struct spec_target *target = reading->target;
    const struct shape *wanted = &target->type.shape;
    bool has_batch = !target->is_shared && rank == wanted->rank + 1u;
    struct shape shape = {.rank = wanted->rank};
    if (rank != wanted->rank + (has_batch ? 1u : 0u))
        return wrong_shape(reading, loc, what, rank, extent);
    for (uint32_t i = 0; i < wanted->rank; i++) {
        uint64_t have = extent[i + (has_batch ? 1 : 0)];
        if (have > INT64_MAX || (wanted->dim[i] >= 0 && (uint64_t)wanted->dim[i] != have))
            return wrong_shape(reading, loc, what, rank, extent);
        shape.dim[i] = (int64_t)have;
    }
    reading->spec->shape = shape;
    reading->spec->count = has_batch ? extent[0] : 1;
    return true;
}

/* The one extent of a shared array that is not known follows from the number of its elements. */
static bool fit_shared_row(const struct reading *reading, struct loc loc, uint64_t count)
{
    struct shape shape = reading->target->type.shape;
    uint64_t known = 1;
    uint32_t unknown = 0, axis = 0;
    for (uint32_t i = 0; i < shape.rank; i++) {
        if (shape.dim[i] >= 0) {
            known *= (uint64_t)shape.dim[i];
        } else {
            unknown++;
            axis = i;
        }
    }
    bool fits = unknown == 1 ? known && count % known == 0 : !unknown && count == known;
    if (!fits)
        return spec_fail(reading, loc,
                         arena_printf(reading->command->arena, "%llu values do not fill %s",
                                      (unsigned long long)count, reading->target->text));
    if (unknown)
        shape.dim[axis] = (int64_t)(count / known);
    reading->spec->shape = shape;
    reading->spec->count = 1;
    return true;
}

bool spec_fit_row(const struct reading *reading, struct loc loc, uint64_t count)
{
    if (reading->target->is_shared)
        return fit_shared_row(reading, loc, count);
    reading->spec->shape = reading->target->type.shape;
    uint64_t elements = spec_elements(reading->spec);
    if (!elements || count % elements)
        return spec_fail(reading, loc,
                         arena_printf(reading->command->arena,
                                      "%llu values are no examples of %llu each, as %s has them",
                                      (unsigned long long)count, (unsigned long long)elements,
                                      reading->target->text));
    reading->spec->count = count / elements;
    return true;
}

/* Bytes of so many examples; false if no machine has them. An extent of 0 does not excuse others. */
static bool count_bytes(const struct spec *spec, uint64_t count, size_t *bytes)
{
    const uint64_t most = UINT64_C(1) << 46;
    uint64_t product = dtype_table[spec->dtype].bytes;
    for (uint32_t i = 0; i <= spec->shape.rank; i++) {
        uint64_t factor = i < spec->shape.rank ? (uint64_t)spec->shape.dim[i] : count;
        factor = factor ? factor : 1;
        if (factor > most / product)
            return false;
        product *= factor;
    }
    *bytes = (size_t)product;
    return true;
}

bool spec_allocate(const struct reading *reading, struct loc loc)
{
    struct spec *spec = reading->spec;
    size_t bytes;
    if (spec->count > LARGEST_BATCH)
        return spec_fail(reading, loc, "these are more than 2^30 examples");
    spec->data = count_bytes(spec, spec->count, &bytes) ? calloc(1, bytes) : NULL;
    return spec->data ? true : spec_fail(reading, loc, "there is no memory for so many values");
}

/* ---- literals -------------------------------------------------------------------------------- */

/* What was perhaps meant by a word that is no value. */
static void help_with_form(const struct reading *reading, struct diag *diag, const char *text)
{
    struct diags *diags = &reading->command->diags;
    const char *path = reading->target->path;
    if (!strcmp(text, "uniform") || !strcmp(text, "normal"))
        diag_help(diags, diag, "random numbers are %s=%s:SEED", path, text);
    else if (!strcmp(text, "range"))
        diag_help(diags, diag, "a range is %s=range:A:B or %s=range:A:B:STEP", path, path);
    else if (strchr(text, ','))
        diag_help(diags, diag, "a list is written %s=[..]", path);
}

bool spec_read_value(const struct reading *reading, struct word word, uint64_t index)
{
    struct command *command = reading->command;
    const struct spec *spec = reading->spec;
    union scalar value;
    struct literal_error error;
    if (!*word.text)
        return spec_fail(reading, word.loc, "there is no value here");
    if (!value_read(command->arena, word.text, strlen(word.text), spec->dtype, reading->cast,
                     &value, &error)) {
        struct diag *diag = diag_report(&command->diags, error.castable ? AB0626 : AB0625, word.loc,
                                        "`%s` is no value for %s: %s", word.text,
                                        reading->target->path, error.why);
        if (error.castable)
            diag_help(&command->diags, diag, "--cast converts it as %s(..) does",
                      dtype_table[spec->dtype].name);
        else
            help_with_form(reading, diag, word.text);
        return false;
    }
    value_store(spec->dtype, value, spec->data + index * dtype_table[spec->dtype].bytes);
    return true;
}

/* One literal is one value for all, of a scalar. */
static bool read_scalar(const struct reading *reading, struct word word)
{
    struct spec *spec = reading->spec;
    const struct spec_target *target = reading->target;
    if (!target->type.shape.rank)
        return spec_fit(reading, word.loc, "", 0, NULL) && spec_allocate(reading, word.loc)
               && spec_read_value(reading, word, 0);
    /* a word that is no value at all is the greater mistake */
    struct spec probe = {.dtype = spec->dtype, .data = (uint8_t *)&(union scalar){.u = 0}};
    struct reading alone = *reading;
    alone.spec = &probe;
    if (!spec_read_value(&alone, word, 0))
        return false;
    struct diag *diag = diag_report(&reading->command->diags, AB0629, word.loc,
                                    "`%s` is one number, and %s is %s%s", word.text, target->path,
                                    target->is_shared ? "shared " : "", target->text);
    diag_help(&reading->command->diags, diag, "a tensor is written as lists in lists: %s=[..]",
              target->path);
    return false;
}

/* ---- range ----------------------------------------------------------------------------------- */

/* Up to three parts between colons. */
static uint32_t split_colons(struct arena *arena, struct word word, size_t begin,
                             struct word parts[4])
{
    uint32_t count = 0;
    size_t end = begin;
    for (; count < 4; begin = end + 1) {
        for (end = begin; word.text[end] && word.text[end] != ':';)
            end++;
        parts[count++] = spec_slice(arena, word, begin, end);
        if (!word.text[end])
            break;
    }
    return count;
}

static bool read_i64(struct arena *arena, struct word word, int64_t *value)
{
    struct literal_error error;
    union scalar scalar;
    bool fine = value_read(arena, word.text, strlen(word.text), DT_I64, false, &scalar, &error);
    *value = scalar.i;
    return fine;
}

static uint64_t distance(int64_t from, int64_t to)
{
    return (uint64_t)to - (uint64_t)from;
}

static bool int_range(const struct reading *reading, struct word word, const int64_t ends[3])
{
    int64_t first = ends[0], stop = ends[1], step = ends[2];
    uint64_t count = 0;
    if (step > 0 && first < stop)
        count = (distance(first, stop) - 1) / (uint64_t)step + 1;
    else if (step < 0 && first > stop)
        count = (distance(stop, first) - 1) / (0 - (uint64_t)step) + 1;
    if (!spec_fit_row(reading, word.loc, count) || !spec_allocate(reading, word.loc))
        return false;
    const struct spec *spec = reading->spec;
    int64_t last = count ? (int64_t)((uint64_t)first + (count - 1) * (uint64_t)step) : first;
    char text[24];
    for (int end = 0; end < 2 && count; end++) {
        snprintf(text, sizeof text, "%lld", (long long)(end ? last : first));
        struct word value = {arena_strdup(reading->command->arena, text), word.loc};
        if (!spec_read_value(reading, value, 0))
            return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        union scalar value = {.u = (uint64_t)first + i * (uint64_t)step};
        if (spec->dtype == DT_F64)
            value.f64 = (double)value.i;
        else if (spec->dtype == DT_F32)
            value.f32 = (float)value.i;
        value_store(spec->dtype, value, spec->data + i * dtype_table[spec->dtype].bytes);
    }
    return true;
}

static bool float_range(const struct reading *reading, struct word word, const double ends[3])
{
    const struct spec *spec = reading->spec;
    double rounds = ceil((ends[1] - ends[0]) / ends[2]);
    if (!isfinite(rounds))
        return spec_fail(reading, word.loc, "a range is from a number to a number");
    if (rounds > 0x1p40)
        return spec_fail(reading, word.loc, "there is no memory for so many values");
    uint64_t count = rounds > 0 ? (uint64_t)rounds : 0;
    if (!spec_fit_row(reading, word.loc, count) || !spec_allocate(reading, word.loc))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        union scalar value = {.f64 = ends[0] + (double)i * ends[2]};
        if (spec->dtype == DT_F32)
            value.f32 = (float)value.f64;
        value_store(spec->dtype, value, spec->data + i * dtype_table[spec->dtype].bytes);
    }
    return true;
}

static bool read_range(const struct reading *reading, struct word word)
{
    struct arena *arena = reading->command->arena;
    struct word parts[4];
    int64_t ints[3] = {0, 0, 1};
    double floats[3] = {0, 0, 1};
    bool all_ints = true, is_float = dtype_table[reading->spec->dtype].cls == CLASS_FLOAT;
    uint32_t count = split_colons(arena, word, strlen("range:"), parts);
    if (count != 2 && count != 3)
        return spec_fail(reading, word.loc, "a range is range:A:B or range:A:B:STEP");
    if (reading->spec->dtype == DT_BOOL)
        return spec_fail(reading, word.loc, "a bool has no range");
    for (uint32_t i = 0; i < count; i++) {
        struct literal_error error;
        union scalar scalar;
        all_ints &= read_i64(arena, parts[i], &ints[i]);
        if (!value_read(arena, parts[i].text, strlen(parts[i].text), DT_F64, false, &scalar,
                         &error)
            || (!is_float && !all_ints))
            return spec_fail(reading, parts[i].loc,
                        is_float ? "this is no number" : "this is no integer of 64 bits");
        floats[i] = scalar.f64;
    }
    if (floats[2] == 0)
        return spec_fail(reading, parts[2].loc, "the step of a range is not 0");
    return all_ints ? int_range(reading, word, ints) : float_range(reading, word, floats);
}

/* ---- random numbers -------------------------------------------------------------------------- */

static bool read_random(const struct reading *reading, struct word word, enum spec_kind kind)
{
    struct arena *arena = reading->command->arena;
    size_t skip = strcspn(word.text, ":") + 1;
    struct word seed = spec_slice(arena, word, skip, strlen(word.text));
    struct literal_error error;
    union scalar scalar;
    if (dtype_table[reading->spec->dtype].cls != CLASS_FLOAT) {
        diag_report(&reading->command->diags, AB0626, word.loc,
                    "%s is %s, and random numbers are floats", reading->target->path,
                    reading->target->text);
        return false;
    }
    if (!value_read(arena, seed.text, strlen(seed.text), DT_U64, false, &scalar, &error))
        return spec_fail(reading, seed.loc, "a seed is an integer from 0 to 2^64 - 1");
    reading->spec->kind = kind;
    reading->spec->seed = scalar.u;
    return true;
}

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): output
 * `index` of the stream that starts at the seed. */
static uint64_t random_bits(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static double uniform(uint64_t seed, uint64_t index)
{
    return (double)(random_bits(seed, index) >> 11) * 0x1p-53;
}

/* Box and Muller's transformation of two uniform numbers, the first in (0, 1]. */
static double normal(uint64_t seed, uint64_t index)
{
    const double pi = 3.14159265358979323846;
    double radius = sqrt(-2 * log(1 - uniform(seed, 2 * index)));
    return radius * cos(2 * pi * uniform(seed, 2 * index + 1));
}

bool spec_draw(struct spec *spec, uint64_t count)
{
    uint8_t bytes = dtype_table[spec->dtype].bytes;
    size_t size;
    spec->count = count;
    spec->data = count_bytes(spec, count, &size) ? malloc(size) : NULL;
    if (!spec->data)
        return false;
    uint64_t values = count * spec_elements(spec);
    for (uint64_t i = 0; i < values; i++) {
        union scalar value;
        bool is_uniform = spec->kind == SPEC_UNIFORM;
        if (spec->dtype == DT_F64)
            value.f64 = is_uniform ? uniform(spec->seed, i) : normal(spec->seed, i);
        else
            value.f32 = is_uniform ? (float)(random_bits(spec->seed, i) >> 40) * 0x1p-24f
                                   : (float)normal(spec->seed, i);
        value_store(spec->dtype, value, spec->data + i * bytes);
    }
    return true;
}

/* ---- any SPEC -------------------------------------------------------------------------------- */

static bool begins_with(const char *text, const char *start)
{
    return !strncmp(text, start, strlen(start));
}

bool spec_read(const struct reading *reading, struct word word)
{
    const struct spec_target *target = reading->target;
    *reading->spec = (struct spec){.kind = SPEC_VALUES, .dtype = target->type.dtype,
                                   .shape = target->type.shape};
    word = spec_slice(reading->command->arena, word, 0, strlen(word.text));
    if (!*word.text)
        return spec_fail(reading, word.loc, "there is no value after `=`");
    if (word.text[0] == '[')
        return spec_read_list(reading, word);
    if (begins_with(word.text, "range:"))
        return read_range(reading, word);
    if (begins_with(word.text, "uniform:"))
        return read_random(reading, word, SPEC_UNIFORM);
    if (begins_with(word.text, "normal:"))
        return read_random(reading, word, SPEC_NORMAL);
    if (spec_is_file(word.text))
        return spec_read_file(reading, word);
    return read_scalar(reading, word);
}

bool spec_take(const struct reading *reading, const union scalar *elements)
{
    struct spec *spec = reading->spec;
    enum dtype dtype = reading->target->type.dtype;
    *spec = (struct spec){.kind = SPEC_VALUES, .dtype = dtype, .shape = reading->target->type.shape,
                          .count = 1};
    if (!spec_allocate(reading, (struct loc){0}))
        return false;
    for (uint64_t i = 0; i < spec_elements(spec); i++)
        value_store(dtype, elements[i], spec->data + i * dtype_table[dtype].bytes);
    return true;
}

void spec_free(struct spec *spec)
{
    free(spec->data);
    spec->data = NULL;
}
