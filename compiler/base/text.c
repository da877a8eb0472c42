#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void text_free(struct text *text)
{
    free(text->chars);
    *text = (struct text){0};
}

static void reserve(struct text *text, size_t more)
{
    if (text->cap - text->len > more)
        return;
    size_t cap = text->cap ? text->cap : 256;
    while (cap - text->len <= more)
        cap *= 2;
    char *chars = realloc(text->chars, cap);
    if (!chars) {
        fputs("abcc: out of memory\n", stderr);
        abort();
    }
    text->chars = chars;
    text->cap = cap;
}

static void put_raw(struct text *text, const char *chars, size_t len)
{
    reserve(text, len);
    if (len)
        memcpy(text->chars + text->len, chars, len);
    text->len += len;
    text->chars[text->len] = '\0';
}

void text_put_n(struct text *text, const char *chars, size_t len)
{
    const char *end = chars + len;
    put_raw(text, "", 0);
    while (chars < end) {
        const char *newline = memchr(chars, '\n', (size_t)(end - chars));
        const char *stop = newline ? newline : end;
        if (stop > chars && !text->in_line)
            for (int i = 0; i < text->indent; i++)
                put_raw(text, "    ", 4);
        put_raw(text, chars, (size_t)(stop - chars));
        text->in_line = !newline;
        if (newline)
            put_raw(text, "\n", 1);
        chars = newline ? newline + 1 : end;
    }
}

void text_put(struct text *text, const char *chars)
{
    text_put_n(text, chars, strlen(chars));
}

void text_vprintf(struct text *text, const char *format, va_list args)
{
    char small[512];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    if ((size_t)len < sizeof small) {
        text_put_n(text, small, (size_t)len);
    } else {
        struct text large = {0};
        reserve(&large, (size_t)len);
        vsnprintf(large.chars, (size_t)len + 1, format, again);
        text_put_n(text, large.chars, (size_t)len);
        text_free(&large);
    }
    va_end(again);
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(text, format, args);
    va_end(args);
}

/* Puts the digits so that they are a float literal: with a point or an exponent. */
static void put_float_digits(struct text *text, const char *digits)
{
    text_put(text, digits);
    if (!strpbrk(digits, ".e"))
        text_put(text, ".0");
}

static bool put_special(struct text *text, double value)
{
    if (isnan(value))
        text_put(text, "nan");
    else if (isinf(value))
        text_put(text, value < 0 ? "-inf" : "inf");
    else
        return false;
    return true;
}

void text_put_f64(struct text *text, double value)
{
    char digits[40];
    if (put_special(text, value))
        return;
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    put_float_digits(text, digits);
}

void text_put_f32(struct text *text, float value)
{
    char digits[40];
    if (put_special(text, (double)value))
        return;
    for (int precision = 1; precision <= 9; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
        if (strtof(digits, NULL) == value)
            break;
    }
    put_float_digits(text, digits);
}
