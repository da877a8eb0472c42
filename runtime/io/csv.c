#include "io/csv.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *chars;
    size_t len, at;
    char *out; /* next free character for values */
    struct csv_field *fields;
    size_t count, cap;
    struct csv_error *error;
};

static bool fail(struct reader *reader, size_t offset, const char *why)
{
    reader->error->offset = offset;
    snprintf(reader->error->why, CSV_WHY_SIZE, "%s", why);
    return false;
}

static bool at_line_end(const struct reader *reader)
{
    return reader->at == reader->len || reader->chars[reader->at] == '\n'
           || (reader->chars[reader->at] == '\r'
               && (reader->at + 1 == reader->len || reader->chars[reader->at + 1] == '\n'));
}

static void skip_line_end(struct reader *reader)
{
    if (reader->at < reader->len && reader->chars[reader->at] == '\r')
        reader->at++;
    if (reader->at < reader->len && reader->chars[reader->at] == '\n')
        reader->at++;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->len && is_blank(reader->chars[reader->at]))
        reader->at++;
}

/* To the beginning of the next line that holds fields. */
static void skip_empty_lines(struct reader *reader)
{
    for (;;) {
        size_t begin = reader->at;
        skip_blanks(reader);
        if (reader->at < reader->len && reader->chars[reader->at] == '#') {
            while (!at_line_end(reader))
                reader->at++;
        } else if (!at_line_end(reader)) {
            reader->at = begin;
            return;
        }
        if (reader->at == reader->len)
            return;
        skip_line_end(reader);
    }
}

static bool add_field(struct reader *reader, struct csv_field field)
{
    if (reader->count == reader->cap) {
        size_t cap = reader->cap ? 2 * reader->cap : 64;
        struct csv_field *fields = realloc(reader->fields, cap * sizeof *fields);
        if (!fields)
            return fail(reader, field.offset, "there is no memory for this table");
        reader->fields = fields;
        reader->cap = cap;
    }
    reader->fields[reader->count++] = field;
    return true;
}

static bool read_quoted(struct reader *reader)
{
    size_t begin = reader->at++;
    struct csv_field field = {.offset = begin, .chars = reader->out};
    for (;; reader->at++) {
        if (reader->at == reader->len)
            return fail(reader, begin, "this quote is never closed");
        char c = reader->chars[reader->at];
        if (c == '"' && reader->at + 1 < reader->len && reader->chars[reader->at + 1] == '"')
            reader->at++;
        else if (c == '"')
            break;
        else if (c == '\0')
            return fail(reader, reader->at, "a zero byte is no text");
        *reader->out++ = c;
    }
    reader->at++;
    *reader->out++ = '\0';
    field.span = reader->at - begin;
    skip_blanks(reader);
    if (!at_line_end(reader) && reader->chars[reader->at] != ',')
        return fail(reader, reader->at,
                    "a comma or the end of the line is expected after a quoted field");
    return add_field(reader, field);
}

static bool read_plain(struct reader *reader)
{
    size_t begin = reader->at;
    for (; !at_line_end(reader) && reader->chars[reader->at] != ','; reader->at++) {
        if (reader->chars[reader->at] == '"')
            return fail(reader, reader->at, "a quote within an unquoted field");
        if (reader->chars[reader->at] == '\0')
            return fail(reader, reader->at, "a zero byte is no text");
    }
    size_t end = reader->at;
    while (end > begin && is_blank(reader->chars[end - 1]))
        end--;
    struct csv_field field = {begin, end - begin, reader->out};
    memcpy(reader->out, reader->chars + begin, end - begin);
    reader->out += end - begin;
    *reader->out++ = '\0';
    return add_field(reader, field);
}

/* One line of fields (or more lines, with line ends in quotes). */
static bool read_row(struct reader *reader)
{
    for (;;) {
        skip_blanks(reader);
        bool quoted = reader->at < reader->len && reader->chars[reader->at] == '"';
        if (!(quoted ? read_quoted(reader) : read_plain(reader)))
            return false;
        if (at_line_end(reader))
            break;
        reader->at++; /* the comma */
    }
    skip_line_end(reader);
    return true;
}

static bool check_width(struct reader *reader, size_t begin, size_t got, size_t columns)
{
    if (got == columns)
        return true;
    reader->error->offset = begin;
    snprintf(reader->error->why, CSV_WHY_SIZE, "this row has %zu field%s, the first row has %zu",
             got, got == 1 ? "" : "s", columns);
    return false;
}

static bool read_rows(struct reader *reader, size_t *columns)
{
    if (reader->len >= 3 && !memcmp(reader->chars, "\xEF\xBB\xBF", 3))
        reader->at = 3; /* byte order mark */
    skip_empty_lines(reader);
    if (reader->at == reader->len)
        return fail(reader, 0, "there is no row of column names");
    if (!read_row(reader))
        return false;
    *columns = reader->count;
    for (skip_empty_lines(reader); reader->at < reader->len; skip_empty_lines(reader)) {
        size_t begin = reader->at, before = reader->count;
        if (!read_row(reader) || !check_width(reader, begin, reader->count - before, *columns))
            return false;
    }
    return true;
}

int csv_parse(const char *chars, size_t len, struct csv_table *table, struct csv_error *error)
{
    *table = (struct csv_table){0};
    *error = (struct csv_error){0};
    /* Each value is at most as long as its field, and each field but the last is followed by a
     * comma or a line end, whose place its NUL takes. */
    char *values = malloc(len + 2);
    struct reader reader = {.chars = chars, .len = len, .out = values, .error = error};
    size_t columns = 0;
    if (!values || !read_rows(&reader, &columns)) {
        if (!values)
            fail(&reader, 0, "there is no memory for this table");
        free(values);
        free(reader.fields);
        return -1;
    }
    *table = (struct csv_table){.columns = columns, .rows = reader.count / columns - 1,
                                .names = reader.fields, .fields = reader.fields + columns,
                                .chars = values};
    return 0;
}

void csv_free(struct csv_table *table)
{
    free(table->names);
    free(table->chars);
    *table = (struct csv_table){0};
}

ptrdiff_t csv_column(const struct csv_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (!strcmp(table->names[i].chars, name))
            return (ptrdiff_t)i;
    return -1;
}

int csv_write_field(FILE *stream, const char *chars)
{
    size_t len = strlen(chars);
    bool blank_ends = len && (is_blank(chars[0]) || is_blank(chars[len - 1]));
    if (!strpbrk(chars, ",\"\r\n") && chars[0] != '#' && !blank_ends)
        return fputs(chars, stream) < 0 ? -1 : 0;
    if (putc('"', stream) == EOF)
        return -1;
    for (; *chars; chars++)
        if ((*chars == '"' && putc('"', stream) == EOF) || putc(*chars, stream) == EOF)
            return -1;
    return putc('"', stream) == EOF ? -1 : 0;
}
