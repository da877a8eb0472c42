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

/* The fewest digits that read back to the same value; always a float literal of the language. */
AB_PART void ab_show_digits(double x, int is_f32)
{
    char digits[40];
    if (x != x || x - x != 0) {
        fputs(x != x ? "nan\n" : x < 0 ? "-inf\n" : "inf\n", stderr);
        return;
    }
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, x);
        if (is_f32 ? strtof(digits, NULL) == (float)x : strtod(digits, NULL) == x)
            break;
    }
    fprintf(stderr, strpbrk(digits, ".e") ? "%s\n" : "%s.0\n", digits);
}

#define AB_SHOW_INTEGER(dtype, type, format, wide)                                                 \
    AB_PART void ab_show_##dtype(uint64_t example, const char *place, const char *label, type x)   \
    {                                                                                              \
        ab_show_head(example, place, label);                                                       \
        fprintf(stderr, format "\n", (wide)x);                                                     \
    }
AB_SHOW_INTEGER(i8, int8_t, "%lld", long long)
AB_SHOW_INTEGER(i16, int16_t, "%lld", long long)
AB_SHOW_INTEGER(i32, int32_t, "%lld", long long)
AB_SHOW_INTEGER(i64, int64_t, "%lld", long long)
AB_SHOW_INTEGER(u8, uint8_t, "%llu", unsigned long long)
AB_SHOW_INTEGER(u16, uint16_t, "%llu", unsigned long long)
AB_SHOW_INTEGER(u32, uint32_t, "%llu", unsigned long long)
AB_SHOW_INTEGER(u64, uint64_t, "%llu", unsigned long long)

AB_PART void ab_show_bool(uint64_t example, const char *place, const char *label, int x)
{
    ab_show_head(example, place, label);
    fputs(x ? "true\n" : "false\n", stderr);
}

AB_PART void ab_show_f32(uint64_t example, const char *place, const char *label, float x)
{
    ab_show_head(example, place, label);
    ab_show_digits((double)x, 1);
}

AB_PART void ab_show_f64(uint64_t example, const char *place, const char *label, double x)
{
    ab_show_head(example, place, label);
    ab_show_digits(x, 0);
}

#endif
