/* A growing text with an indentation level, for everything that is printed or emitted. */
#ifndef ABCC_BASE_TEXT_H
#define ABCC_BASE_TEXT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdio.h>

struct text {
    char *chars; /* always ends in NUL */
    size_t len, cap;
    int indent;          /* levels of 4 spaces put before the first character of each line */
    bool in_line;        /* the current line has characters already */
};

/* A text owns malloc'ed memory; the zero value is an empty text. */
void text_free(struct text *text);
void text_put(struct text *text, const char *chars);
void text_put_n(struct text *text, const char *chars, size_t len);
void text_printf(struct text *text, const char *format, ...) AB_PRINTF(2, 3);
void text_vprintf(struct text *text, const char *format, va_list args);
/* Shortest decimal form that reads back to the same bits; nan, inf, -inf by name; always has a
 * '.', an 'e' or a name, so that it is a float literal of the language. */
void text_put_f64(struct text *text, double value);
void text_put_f32(struct text *text, float value);

#endif
