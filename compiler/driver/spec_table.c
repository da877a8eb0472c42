#include "driver/spec_table.h"

#include "driver/files.h"
#include "driver/values.h"
#include "io/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file under way. */
struct table_reader {
    const struct reading *reading;
    struct word columns; /* the text behind the colon */
    const char *path;
    struct file_bytes bytes;
    struct csv_table table;
    VEC(size_t) chosen;  /* indexes of columns */
};

/* A place in the text of the table as a source, so that a message shows the line. */
static struct loc table_loc(const struct table_reader *reader, size_t offset, size_t span)
{
    struct command *command = reader->reading->command;
    if (reader->bytes.len >= UINT32_MAX)
        return (struct loc){0};
    const char *kept = arena_strndup(command->arena, reader->bytes.chars, reader->bytes.len);
    uint32_t file = sources_add(&command->sources, reader->path, kept, (uint32_t)reader->bytes.len);
    return (struct loc){file, (uint32_t)offset, (uint32_t)(offset + span)};
}

/* ---- columns --------------------------------------------------------------------------------- */

static bool unknown_column(const struct table_reader *reader, struct word column)
{
    struct command *command = reader->reading->command;
    VEC(const char *) names = {0};
    for (size_t i = 0; i < reader->table.columns; i++)
        vec_push(command->arena, &names,
                 arena_strdup(command->arena, reader->table.names[i].chars));
    const char *nearest = nearest_word(column.text, names.at, names.len);
    struct diag *diag = diag_report(&command->diags, AB0613, column.loc, "%s has no column `%s`",
                                    reader->path, column.text);
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

static bool is_unique(const struct table_reader *reader, struct word column, size_t first)
{
    for (size_t i = first + 1; i < reader->table.columns; i++)
        if (!strcmp(reader->table.names[i].chars, column.text)) {
            diag_report(&reader->reading->command->diags, AB0613, column.loc,
                        "%s has several columns `%s`", reader->path, column.text);
            return false;
        }
    return true;
}

static bool find_column(const struct table_reader *reader, struct word column, size_t *index)
{
    ptrdiff_t found = csv_column(&reader->table, column.text);
    if (found < 0)
        return unknown_column(reader, column);
    *index = (size_t)found;
    return is_unique(reader, column, *index);
}

/* COLUMN, or FIRST..LAST. */
static bool choose_item(struct table_reader *reader, struct word item)
{
    struct arena *arena = reader->reading->command->arena;
    const char *dots = csv_column(&reader->table, item.text) < 0 ? strstr(item.text, "..") : NULL;
    size_t first = 0, last = 0, len = strlen(item.text);
    if (!*item.text)
        return spec_fail(reader->reading, item.loc, "there is no name of a column here");
    if (!dots) {
        if (!find_column(reader, item, &first))
            return false;
        vec_push(arena, &reader->chosen, first);
        return true;
    }
    size_t at = (size_t)(dots - item.text);
    if (!find_column(reader, spec_slice(arena, item, 0, at), &first)
        || !find_column(reader, spec_slice(arena, item, at + 2, len), &last))
        return false;
    if (first > last)
        return spec_fail(reader->reading, item.loc,
                         "the first of these columns stands behind the last");
    for (size_t i = first; i <= last; i++)
        vec_push(arena, &reader->chosen, i);
    return true;
}

/* A name of the table as it stands, or a list. */
static bool choose_columns(struct table_reader *reader)
{
    struct arena *arena = reader->reading->command->arena;
    struct word columns = reader->columns;
    ptrdiff_t whole = csv_column(&reader->table, columns.text);
    if (whole >= 0) {
        vec_push(arena, &reader->chosen, (size_t)whole);
        return is_unique(reader, columns, (size_t)whole);
    }
    if (!strcmp(columns.text, "*")) {
        for (size_t i = 0; i < reader->table.columns; i++)
            vec_push(arena, &reader->chosen, i);
        return true;
    }
    for (size_t begin = 0, end;; begin = end + 1) {
        end = begin + strcspn(columns.text + begin, ",");
        if (!choose_item(reader, spec_slice(arena, columns, begin, end)))
            return false;
        if (!columns.text[end])
            return true;
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool bad_field(const struct table_reader *reader, const struct csv_field *field,
                      const struct literal_error *error)
{
    struct command *command = reader->reading->command;
    enum dtype dtype = reader->reading->spec->dtype;
    struct loc loc = table_loc(reader, field->offset, field->span);
    const struct spec_target *target = reader->reading->target;
    const char *why = *field->chars
                          ? arena_printf(command->arena, "`%s`: %s", field->chars, error->why)
                          : arena_printf(command->arena, "a blank field, and %s is %s",
                                         target->path, target->text);
    struct diag *diag = diag_report(&command->diags, error->castable ? AB0626 : AB0613, loc, "%s",
                                    why);
    if (error->castable)
        diag_help(&command->diags, diag, "--cast converts it as %s(..) does",
                  dtype_table[dtype].name);
    else if (!*field->chars)
        diag_help(&command->diags, diag, "a missing value is nan, which only floats have");
    return false;
}

/* A blank field is a value that is missing: nan. */
static bool read_field(const struct table_reader *reader, const struct csv_field *field,
                       uint64_t index)
{
    const struct reading *reading = reader->reading;
    struct spec *spec = reading->spec;
    union scalar value = {.u = 0};
    struct literal_error error = {NULL, false};
    if (!*field->chars && dtype_table[spec->dtype].cls == CLASS_FLOAT && spec->dtype != DT_F16) {
        if (spec->dtype == DT_F32)
            value.f32 = NAN;
        else
            value.f64 = (double)NAN;
    } else if (!value_read(reading->command->arena, field->chars, strlen(field->chars), spec->dtype,
                           reading->cast, &value, &error)) {
        return bad_field(reader, field, &error);
    }
    value_store(spec->dtype, value, spec->data + index * dtype_table[spec->dtype].bytes);
    return true;
}

/* Do the chosen columns of all rows fit? One column is no axis where the target has none for it. */
static bool fit(const struct table_reader *reader)
{
    const struct reading *reading = reader->reading;
    const struct shape *shape = &reading->target->type.shape;
    uint64_t extent[1 + SHAPE_MAX_RANK] = {reader->table.rows, reader->chosen.len};
    uint32_t axes = reading->target->is_shared ? shape->rank : shape->rank + 1u;
    uint32_t rank = reader->chosen.len == 1 && axes < 2 ? 1 : 2;
    if (!reading->target->is_shared && shape->rank > 1
        && (uint64_t)shape_elements(shape) == reader->chosen.len)
        for (rank = 1; rank <= shape->rank; rank++)
            extent[rank] = (uint64_t)shape->dim[rank - 1];
    const char *what = reader->chosen.len == 1 ? "this column" : "this part of the table";
    return spec_fit(reading, reader->columns.loc, what, rank, extent)
           && spec_allocate(reading, reader->columns.loc);
}

static bool take_columns(struct table_reader *reader)
{
    uint64_t index = 0;
    if (!choose_columns(reader) || !fit(reader))
        return false;
    for (size_t row = 0; row < reader->table.rows; row++)
        for (uint32_t i = 0; i < reader->chosen.len; i++)
            if (!read_field(reader, &reader->table.fields[row * reader->table.columns
                                                          + reader->chosen.at[i]], index++))
                return false;
    return true;
}

bool spec_read_table(const struct reading *reading, struct word word, const char *colon)
{
    struct command *command = reading->command;
    size_t path_len = (size_t)(colon - word.text);
    struct table_reader reader = {.reading = reading,
                                  .columns = spec_slice(command->arena, word, path_len + 1,
                                                        strlen(word.text)),
                                  .path = arena_strndup(command->arena, word.text, path_len)};
    struct csv_error error;
    if (!file_read(command, reader.path, word.loc, &reader.bytes))
        return false;
    bool fine = !csv_parse(reader.bytes.chars, reader.bytes.len, &reader.table, &error);
    if (fine) {
        fine = take_columns(&reader);
        csv_free(&reader.table);
    } else {
        diag_report(&command->diags, AB0613, table_loc(&reader, error.offset, 1), "%s", error.why);
    }
    free(reader.bytes.chars);
    return fine;
}
