#include "driver/values.h"

#include "lang/ops.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

union scalar value_load(enum dtype dtype, const void *from)
{
    union scalar value = {.u = 0};
    uint8_t bytes = dtype_table[dtype].bytes;
    if (dtype == DT_F32) {
        memcpy(&value.f32, from, sizeof value.f32);
    } else if (dtype_table[dtype].cls == CLASS_INT || dtype_table[dtype].cls == CLASS_UINT
               || dtype == DT_BOOL) {
        uint8_t narrow;
        uint16_t half;
        uint32_t word;
        switch (bytes) {
        case 1: memcpy(&narrow, from, 1), value.u = narrow; break;
        case 2: memcpy(&half, from, 2), value.u = half; break;
        case 4: memcpy(&word, from, 4), value.u = word; break;
        default: memcpy(&value.u, from, 8); break;
        }
        if (dtype_table[dtype].cls == CLASS_INT && bytes < 8 && value.u >> (8 * bytes - 1))
            value.u |= ~UINT64_C(0) << 8 * bytes;
    } else {
        memcpy(&value, from, bytes < sizeof value ? bytes : sizeof value);
    }
    return value;
}

void value_store(enum dtype dtype, union scalar value, void *to)
{
    uint8_t narrow = (uint8_t)value.u;
    uint16_t half = (uint16_t)value.u;
    uint32_t word = (uint32_t)value.u;
    if (dtype == DT_F32) {
        memcpy(to, &value.f32, sizeof value.f32);
        return;
    }
    switch (dtype_table[dtype].bytes) {
    case 1: memcpy(to, &narrow, 1); break;
    case 2: memcpy(to, &half, 2); break;
    case 4: memcpy(to, &word, 4); break;
    case 8: memcpy(to, &value.u, 8); break;
    default: memcpy(to, &value, sizeof value); break;
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

enum literal_kind { LITERAL_BOOL, LITERAL_INT, LITERAL_FLOAT };

struct literal {
    enum literal_kind kind;
    bool negative, huge; /* INT: huge if the magnitude takes more than 64 bits */
    uint64_t magnitude;
    double wide;         /* FLOAT, and INT rounded */
    float narrow;
};

enum { LONGEST_LITERAL = 400 };

static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a | 32) != *b)
            return false;
    return *a == *b;
}

/* Digits of an integer in base 2, 10 or 16. */
static bool read_magnitude(const char *digits, unsigned base, struct literal *literal)
{
    if (!*digits)
        return false;
    for (; *digits; digits++) {
        char lower = (char)(*digits | 32);
        unsigned digit = *digits >= '0' && *digits <= '9' ? (unsigned)(*digits - '0')
                         : lower >= 'a' && lower <= 'f'   ? (unsigned)(lower - 'a' + 10)
                                                          : base;
        if (digit >= base)
            return false;
        if (literal->magnitude > (UINT64_MAX - digit) / base)
            literal->huge = true;
        literal->magnitude = literal->magnitude * base + digit;
    }
    return true;
}

static bool read_integer(const char *text, struct literal *literal)
{
    bool hex = text[0] == '0' && (text[1] | 32) == 'x',
         binary = text[0] == '0' && (text[1] | 32) == 'b';
    literal->kind = LITERAL_INT;
    if (!read_magnitude(text + (hex || binary ? 2 : 0), hex ? 16 : binary ? 2 : 10, literal))
        return false;
    literal->wide = binary ? (double)literal->magnitude : strtod(text, NULL);
    literal->narrow = binary ? (float)literal->magnitude : strtof(text, NULL);
    return true;
}

/* The text as a literal of any kind; digits may be parted by single underscores. */
static bool read_literal(const char *chars, size_t len, struct literal *literal)
{
    char text[LONGEST_LITERAL + 1];
    size_t size = 0;
    *literal = (struct literal){.kind = LITERAL_INT};
    bool has_sign = len > 0 && (*chars == '-' || *chars == '+');
    if (has_sign) {
        literal->negative = *chars == '-';
        chars++;
        len--;
    }
    if (len == 0 || len > LONGEST_LITERAL || *chars == '_' || chars[len - 1] == '_')
        return false;
    for (size_t i = 0; i < len; i++)
        if (chars[i] != '_')
            text[size++] = chars[i];
        else if (chars[i + 1] == '_')
            return false;
    text[size] = '\0';
    if (read_integer(text, literal))
        return true;
    literal->kind = LITERAL_BOOL;
    literal->magnitude = !strcmp(text, "true");
    if (literal->magnitude || !strcmp(text, "false"))
        return size == len && !has_sign;
    literal->kind = LITERAL_FLOAT;
    bool special = same_word(text, "inf") || same_word(text, "nan");
    if (!special && !(text[0] >= '0' && text[0] <= '9') && text[0] != '.')
        return false;
    char *end;
    literal->wide = strtod(text, &end);
    literal->narrow = strtof(text, NULL);
    literal->huge = !special && isinf(literal->wide);
    return *end == '\0';
}

static const char *dtype_range(struct arena *arena, enum dtype dtype)
{
    unsigned bits = 8u * dtype_table[dtype].bytes;
    if (dtype_table[dtype].cls == CLASS_UINT)
        return arena_printf(arena, "0 to %" PRIu64, UINT64_MAX >> (64 - bits));
    int64_t most = (int64_t)(UINT64_MAX >> (65 - bits));
    return arena_printf(arena, "%" PRId64 " to %" PRId64, -most - 1, most);
}

static bool fits(const struct literal *literal, enum dtype dtype)
{
    unsigned bits = 8u * dtype_table[dtype].bytes;
    if (literal->huge)
        return false;
    if (dtype_table[dtype].cls == CLASS_UINT)
        return literal->negative ? literal->magnitude == 0
                                 : literal->magnitude <= UINT64_MAX >> (64 - bits);
    uint64_t most = UINT64_MAX >> (65 - bits);
    return literal->magnitude <= most + (literal->negative ? 1 : 0);
}

static union scalar wrap(const struct literal *literal, enum dtype dtype)
{
    union scalar whole = {.u = literal->negative ? 0 - literal->magnitude : literal->magnitude};
    return dtype == DT_U64 ? whole : op_eval(OP_cast, DT_U64, dtype, &whole);
}

/* As the language's cast: integers wrap, floats truncate and saturate, anything but 0 is true. */
static union scalar cast_literal(const struct literal *literal, enum dtype dtype)
{
    double wide = literal->negative ? -literal->wide : literal->wide;
    float narrow = literal->negative ? -literal->narrow : literal->narrow;
    union scalar value = {.u = 0}, from = {.f64 = wide};
    if (dtype == DT_F64)
        value.f64 = literal->kind == LITERAL_BOOL ? (double)literal->magnitude : wide;
    else if (dtype == DT_F32)
        value.f32 = literal->kind == LITERAL_BOOL ? (float)literal->magnitude : narrow;
    else if (dtype == DT_BOOL)
        value.u = literal->kind == LITERAL_FLOAT ? wide != 0
                                                 : literal->magnitude != 0 || literal->huge;
    else if (literal->kind == LITERAL_FLOAT || literal->huge)
        value = op_eval(OP_cast, DT_F64, dtype, &from);
    else
        value = wrap(literal, dtype);
    return value;
}

static const char *misfit(struct arena *arena, const struct literal *literal, enum dtype dtype)
{
    const char *type = dtype_table[dtype].name;
    uint8_t cls = dtype_table[dtype].cls;
    if (cls == CLASS_BOOL)
        return literal->kind == LITERAL_BOOL ? NULL : "a bool is `true` or `false`";
    if (literal->kind == LITERAL_BOOL)
        return arena_printf(arena, "it is %s, not a bool", type);
    if (cls == CLASS_FLOAT) {
        bool over = literal->kind == LITERAL_FLOAT ? literal->huge : isinf(literal->wide);
        over |= dtype == DT_F32 && isinf(literal->narrow) && !isinf(literal->wide);
        return over ? arena_printf(arena, "it is too large for %s", type) : NULL;
    }
    if (literal->kind == LITERAL_FLOAT)
        return arena_printf(arena, "it is %s, which takes integers", type);
    return fits(literal, dtype) ? NULL
                                : arena_printf(arena, "it does not fit %s (%s)", type,
                                               dtype_range(arena, dtype));
}

bool value_read(struct arena *arena, const char *chars, size_t len, enum dtype dtype, bool cast,
                 union scalar *value, struct literal_error *error)
{
    struct literal literal;
    *error = (struct literal_error){NULL, false};
    if (!read_literal(chars, len, &literal)) {
        error->why = len ? "it is no number, nor `true` or `false`" : "there is no value";
        return false;
    }
    error->why = cast ? NULL : misfit(arena, &literal, dtype);
    error->castable = error->why != NULL;
    *value = cast_literal(&literal, dtype);
    return !error->why;
}

/* ---- printing -------------------------------------------------------------------------------- */

/* The shortest digits d.ddde+x that read back to the value: `digits` of them from the front. */
static bool reads_back(const char *text, double value, bool narrow)
{
    return narrow ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value;
}

/* Adds one to the last digit of "d.ddde+xx"; false if that carries out of the first. */
static bool next_up(char *text)
{
    char *at = strchr(text, 'e') - 1;
    for (; at >= text; at--) {
        if (*at == '.')
            continue;
        if (*at != '9') {
            (*at)++;
            return true;
        }
        *at = '0';
    }
    return false;
}

/* Into text as "d.ddde+xx". The nearest decimal of a length need not read back where a neighbour
 * does: below a power of two numbers lie closer than above it. */
static void shortest_digits(double value, bool narrow, char text[40])
{
    int most = narrow ? 8 : 16;
    /* Decimals of this length are kept by a normal number, so it is the shortest with its zeros
     * cut. */
    int sure = narrow ? 5 : 14;
    bool normal = fabs(value) >= (narrow ? (double)FLT_MIN : DBL_MIN);
    for (int after = normal ? sure : 0; after <= most; after++) {
        snprintf(text, 40, "%.*e", after, value);
        if (reads_back(text, value, narrow))
            return;
        char kept[40];
        memcpy(kept, text, sizeof kept);
        if (next_up(kept) && reads_back(kept, value, narrow)) {
            memcpy(text, kept, sizeof kept);
            return;
        }
    }
}

static void print_finite(struct text *out, double value, bool narrow)
{
    char text[40], digits[40], *exponent_at;
    shortest_digits(fabs(value), narrow, text);
    long exponent = strtol(strchr(text, 'e') + 1, &exponent_at, 10);
    int count = 0;
    for (const char *at = text; *at != 'e'; at++)
        if (*at != '.')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (signbit(value))
        text_put(out, "-");
    if (exponent < -4 || exponent >= 16) {
        text_put_n(out, digits, 1);
        if (count > 1) {
            text_put(out, ".");
            text_put_n(out, digits + 1, (size_t)count - 1);
        }
        text_printf(out, "e%c%02ld", exponent < 0 ? '-' : '+', labs(exponent));
    } else if (exponent < 0) {
        text_printf(out, "0.%.*s%.*s", (int)-exponent - 1, "000", count, digits);
    } else if (count <= exponent + 1) {
        text_printf(out, "%.*s%.*s.0", count, digits, (int)exponent + 1 - count,
                    "0000000000000000");
    } else {
        text_printf(out, "%.*s.%.*s", (int)exponent + 1, digits, count - (int)exponent - 1,
                    digits + exponent + 1);
    }
}

static void print_float(struct text *out, double value, bool narrow)
{
    if (isnan(value))
        text_put(out, "nan");
    else if (isinf(value))
        text_put(out, value < 0 ? "-inf" : "inf");
    else if (value == 0)
        text_put(out, signbit(value) ? "-0.0" : "0.0");
    else
        print_finite(out, value, narrow);
}

void value_print(struct text *out, enum dtype dtype, const void *value)
{
    union scalar scalar = value_load(dtype, value);
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL: text_put(out, scalar.u ? "true" : "false"); break;
    case CLASS_INT: text_printf(out, "%" PRId64, scalar.i); break;
    case CLASS_UINT: text_printf(out, "%" PRIu64, scalar.u); break;
    case CLASS_FLOAT:
        print_float(out, dtype == DT_F32 ? (double)scalar.f32 : scalar.f64, dtype == DT_F32);
        break;
    case CLASS_COMPLEX:
        print_float(out, scalar.c[0], false);
        text_put(out, "+");
        print_float(out, scalar.c[1], false);
        text_put(out, "j");
        break;
    }
}
