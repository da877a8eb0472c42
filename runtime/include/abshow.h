/* SPDX-License-Identifier: MIT-0
 *
 * `show` statements of the language, in units that were made with --show: one line each to stderr,
 *     FILE:LINE: example INDEX: LABEL = VALUE
 * Not for users. C99. */
#ifndef ABSHOW_H
#define ABSHOW_H

#include "abwork.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

AB_PART void ab_show_head(uint64_t example, const char *place, const char *label)
{
    fprintf(stderr, "%s: example %llu: ", place, (unsigned long long)example);
    if (*label)
        fprintf(stderr, "%s = ", label);
}

/* The fewest digits that read back to the same value, as a float literal of the language:
 * without an exponent from 0.0001 up to below 1e16. */
AB_PART void ab_put_digits(double x, int is_f32)
{
    char digits[40];
    int precision = 0;
    if (x != x || x - x != 0) {
        fputs(x != x ? "nan" : x < 0 ? "-inf" : "inf", stderr);
        return;
    }
    for (; precision <= 16; precision++) {
        snprintf(digits, sizeof digits, "%.*e", precision, x);
        if (is_f32 ? strtof(digits, NULL) == (float)x : strtod(digits, NULL) == x)
            break;
    }
    const int exponent = atoi(strchr(digits, 'e') + 1);
    if (exponent < -4 || exponent >= 16) {
        fputs(digits, stderr);
    } else if (precision >= exponent) {
        fprintf(stderr, "%.*f", precision > exponent ? precision - exponent : 1, x);
    } else { /* fewer digits than places before the point */
        for (const char *next = digits; *next != 'e'; next++)
            if (*next != '.')
                fputc(*next, stderr);
        fprintf(stderr, "%.*s.0", exponent - precision, "0000000000000000");
    }
}

AB_PART void ab_put_signed(long long x)
{
    fprintf(stderr, "%lld", x);
}

AB_PART void ab_put_unsigned(unsigned long long x)
{
    fprintf(stderr, "%llu", x);
}

/* A scalar, and a tensor of `rank` > 0 as [[1.0, 2.0], [3.0, 4.0]], row by row. */
#define AB_SHOW(dtype, type, put)                                                                  \
    AB_PART void ab_show_##dtype(uint64_t example, const char *place, const char *label, type x)   \
    {                                                                                              \
        ab_show_head(example, place, label);                                                       \
        put;                                                                                       \
        fputs("\n", stderr);                                                                       \
    }                                                                                              \
    AB_PART void ab_show_tensor_##dtype(uint64_t example, const char *place, const char *label,    \
                                        const type *elements, int rank, const int64_t *dim)        \
    {                                                                                              \
        int64_t count = 1;                                                                         \
        ab_show_head(example, place, label);                                                       \
        for (int axis = 0; axis < rank; axis++)                                                    \
            count *= dim[axis];                                                                    \
        if (count == 0)                                                                            \
            ab_show_empty(rank, dim);                                                              \
        for (int64_t i = 0; i < count; i++) {                                                      \
            const type x = elements[i];                                                            \
            ab_show_brackets(i, rank, dim, 0);                                                     \
            put;                                                                                   \
            ab_show_brackets(i + 1, rank, dim, 1);                                                 \
        }                                                                                          \
        fputs("\n", stderr);                                                                       \
    }

/* What stands before element i (closing 0), or behind the element before i (closing 1). */
AB_PART void ab_show_brackets(int64_t i, int rank, const int64_t *dim, int closing)
{
    int64_t row = 1;
    if (!closing && i > 0)
        fputs(", ", stderr);
    for (int axis = rank - 1; axis >= 0; axis--) {
        row *= dim[axis];
        if (i % row == 0)
            fputs(closing ? "]" : "[", stderr);
    }
}

/* A tensor without elements: the brackets of the axes before the one that has none. */
AB_PART void ab_show_empty(int rank, const int64_t *dim)
{
    if (rank > 0 && dim[0] > 0) {
        for (int64_t i = 0; i < dim[0]; i++) {
            fputs(i ? ", " : "[", stderr);
            ab_show_empty(rank - 1, dim + 1);
        }
        fputs("]", stderr);
    } else {
        fputs("[]", stderr);
    }
}

AB_SHOW(i8, int8_t, ab_put_signed(x))
AB_SHOW(i16, int16_t, ab_put_signed(x))
AB_SHOW(i32, int32_t, ab_put_signed(x))
AB_SHOW(i64, int64_t, ab_put_signed(x))
AB_SHOW(u8, uint8_t, ab_put_unsigned(x))
AB_SHOW(u16, uint16_t, ab_put_unsigned(x))
AB_SHOW(u32, uint32_t, ab_put_unsigned(x))
AB_SHOW(u64, uint64_t, ab_put_unsigned(x))
AB_SHOW(bool, uint8_t, fputs(x ? "true" : "false", stderr))
AB_SHOW(f32, float, ab_put_digits((double)x, 1))
AB_SHOW(f64, double, ab_put_digits(x, 0))

#endif
