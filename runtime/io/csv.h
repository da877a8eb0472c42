/* Tables of comma-separated values (RFC 4180): a row of column names, then rows of fields.
 * Lines that are empty or begin with '#' are skipped; blanks around an unquoted field are not part
 * of it; a quoted field may hold commas, line ends and doubled quotes. */
#ifndef AB_IO_CSV_H
#define AB_IO_CSV_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { CSV_WHY_SIZE = 160 };

struct csv_field {
    size_t offset; /* of its first character (its quote, if quoted) in the text */
    size_t span;   /* characters of the text it takes, with quotes */
    char *chars;   /* its value, ends in NUL */
};

struct csv_table {
    size_t columns, rows;    /* rows: without the names */
    struct csv_field *names; /* [columns] */
    struct csv_field *fields; /* [rows * columns], row by row */
    char *chars;             /* what the fields point into */
};

struct csv_error {
    size_t offset; /* where in the text */
    char why[CSV_WHY_SIZE];
};

/* 0 if fine; otherwise -1 with *error and an empty table. Every row must have as many fields as
 * the first. */
int csv_parse(const char *chars, size_t len, struct csv_table *table, struct csv_error *error);
void csv_free(struct csv_table *table);
/* Index of the column of this name, -1 if there is none. */
ptrdiff_t csv_column(const struct csv_table *table, const char *name);

/* Writes one field, quoted if it needs to be. 0, or -1 with errno. */
int csv_write_field(FILE *stream, const char *chars);

#endif
