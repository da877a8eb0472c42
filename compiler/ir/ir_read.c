#include "ir/ir_read.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool read_fail(struct reader *in, uint32_t line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(in->scratch, format, args);
    va_end(args);
    *in->why = arena_printf(in->arena, "line %u: %s", line, what);
    return false;
}

void read_advance(struct reader *in)
{
    in->token = ir_lex(&in->lexer);
}

int read_shown_len(const struct token *token)
{
    return token->len > 60 ? 60 : (int)token->len;
}

bool read_expected(struct reader *in, const char *what)
{
    const struct token *token = &in->token;
    if (token->kind == TOKEN_BAD)
        return read_fail(in, token->line, "%s", token->text);
    if (token->kind == TOKEN_END)
        return read_fail(in, token->line, "expected %s, not the end of the text", what);
    if (token->kind == TOKEN_NEWLINE)
        return read_fail(in, token->line, "expected %s, not the end of the line", what);
    return read_fail(in, token->line, "expected %s, not `%.*s`", what, read_shown_len(token),
                     token->chars);
}

bool read_at_mark(const struct reader *in, char mark)
{
    return in->token.kind == TOKEN_MARK && *in->token.chars == mark;
}

bool read_take_mark(struct reader *in, char mark)
{
    if (!read_at_mark(in, mark))
        return false;
    read_advance(in);
    return true;
}

bool read_mark(struct reader *in, char mark)
{
    char what[] = {'`', mark, '`', '\0'};
    return read_take_mark(in, mark) || read_expected(in, what);
}

bool read_token_is(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && token->len == strlen(word)
           && !memcmp(token->chars, word, token->len);
}

bool read_take_word(struct reader *in, const char *word)
{
    if (!read_token_is(&in->token, word))
        return false;
    read_advance(in);
    return true;
}

bool read_line_end(struct reader *in)
{
    if (in->token.kind == TOKEN_END)
        return true;
    if (in->token.kind != TOKEN_NEWLINE)
        return read_expected(in, "the end of the line");
    read_advance(in);
    return true;
}

void read_empty_lines(struct reader *in)
{
    while (in->token.kind == TOKEN_NEWLINE)
        read_advance(in);
}

/* ---- numbers, strings, types ---------------------------------------------------------------- */

const char *read_raw(struct reader *in)
{
    return arena_strndup(in->scratch, in->token.chars, in->token.len);
}

static bool parse_unsigned(const char *digits, int base, uint64_t *out)
{
    if (!*digits || *digits == '-' || *digits == '+')
        return false;
    char *end;
    errno = 0;
    *out = strtoull(digits, &end, base);
    return !errno && !*end;
}

/* At most UINT32_MAX - 1, so that IR_NONE is never a number. */
static bool parse_u32(const char *digits, uint32_t *out)
{
    uint64_t wide;
    if (!parse_unsigned(digits, 10, &wide) || wide >= UINT32_MAX)
        return false;
    *out = (uint32_t)wide;
    return true;
}

bool read_u32(struct reader *in, uint32_t *out)
{
    if (in->token.kind != TOKEN_WORD || !parse_u32(read_raw(in), out))
        return read_expected(in, "a number");
    read_advance(in);
    return true;
}

bool read_fault_ref(struct reader *in, fault_id *out)
{
    if (in->token.kind != TOKEN_FAULT || !parse_u32(in->token.text, out))
        return read_expected(in, "a fault like #1");
    read_advance(in);
    return true;
}

bool read_string(struct reader *in, const char **out)
{
    *out = "";
    if (in->token.kind != TOKEN_STRING || in->token.has_number)
        return read_expected(in, "a string");
    *out = arena_strdup(in->arena, in->token.text);
    read_advance(in);
    return true;
}

bool read_dtype(struct reader *in, struct type *out)
{
    int dtype = DT_COUNT;
    *out = (struct type){0};
    if (in->token.kind == TOKEN_WORD)
        for (dtype = 0; dtype < DT_COUNT && !read_token_is(&in->token, dtype_table[dtype].name);)
            dtype++;
    if (dtype == DT_COUNT)
        return read_expected(in, "a type");
    out->dtype = (enum dtype)dtype;
    read_advance(in);
    return true;
}

bool read_extent(struct reader *in, int64_t *out)
{
    uint64_t extent;
    if (in->token.kind != TOKEN_WORD || !parse_unsigned(read_raw(in), 10, &extent)
        || extent > INT64_MAX)
        return read_expected(in, "an extent");
    *out = (int64_t)extent;
    read_advance(in);
    return true;
}

bool read_type(struct reader *in, struct type *out)
{
    if (!read_dtype(in, out))
        return false;
    if (!read_take_mark(in, '['))
        return true;
    do {
        int64_t dim;
        if (!read_extent(in, &dim))
            return false;
        if (out->shape.rank == SHAPE_MAX_RANK)
            return read_fail(in, in->token.line, "a type has at most %d axes", SHAPE_MAX_RANK);
        out->shape.dim[out->shape.rank++] = dim;
    } while (read_take_mark(in, ','));
    return read_mark(in, ']');
}

static bool read_nan_bits(struct reader *in, uint64_t *bits)
{
    const char *digits = in->token.kind == TOKEN_WORD ? read_raw(in) : "";
    if (digits[0] != '0' || digits[1] != 'x' || !parse_unsigned(digits + 2, 16, bits))
        return read_expected(in, "the bits of the nan, like 0x7ff8000000000001");
    read_advance(in);
    return true;
}

/* A float of 4 or 8 bytes as its bits. */
static bool read_float(struct reader *in, int bytes, uint64_t *bits)
{
    bool is_inf = read_token_is(&in->token, "inf"),
         is_minus_inf = read_token_is(&in->token, "-inf");
    float f32;
    double f64;
    if (read_take_word(in, "nan")) {
        *bits = bytes == 4 ? UINT64_C(0x7fc00000) : UINT64_C(0x7ff8000000000000);
        if (!read_take_mark(in, ':'))
            return true;
        uint32_t line = in->token.line;
        uint64_t exponent = bytes == 4 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
        uint64_t fraction = bytes == 4 ? UINT64_C(0x7fffff) : UINT64_C(0xfffffffffffff);
        if (!read_nan_bits(in, bits))
            return false;
        bool fits = bytes == 8 || *bits <= UINT32_MAX;
        return (fits && (*bits & exponent) == exponent && (*bits & fraction))
               || read_fail(in, line, "these are not the bits of a nan");
    }
    if (is_inf || is_minus_inf) {
        f64 = is_inf ? (double)INFINITY : -(double)INFINITY;
        f32 = (float)f64;
    } else {
        const char *digits = in->token.kind == TOKEN_WORD ? read_raw(in) : "";
        char *end = NULL;
        if (!*digits || strspn(digits, "0123456789.eE+-") != strlen(digits))
            return read_expected(in, "a floating-point constant");
        f64 = strtod(digits, &end);
        f32 = strtof(digits, NULL);
        if (*end)
            return read_expected(in, "a floating-point constant");
        if (bytes == 4 ? isinf(f32) : isinf(f64))
            return read_fail(in, in->token.line, "the constant is too large");
    }
    read_advance(in);
    *bits = 0;
    if (bytes == 4)
        memcpy(bits, &f32, sizeof f32);
    else
        memcpy(bits, &f64, sizeof f64);
    return true;
}

static bool read_complex(struct reader *in, double c[2])
{
    uint64_t bits[2];
    if (!read_mark(in, '(') || !read_float(in, 8, &bits[0]) || !read_mark(in, ',')
        || !read_float(in, 8, &bits[1]) || !read_mark(in, ')'))
        return false;
    memcpy(c, bits, sizeof bits);
    return true;
}

static bool read_bool(struct reader *in, uint64_t *out)
{
    *out = read_token_is(&in->token, "true");
    return read_take_word(in, "true") || read_take_word(in, "false")
           || read_expected(in, "true or false");
}

bool read_i64(struct reader *in, int64_t *out)
{
    const char *digits = in->token.kind == TOKEN_WORD ? read_raw(in) : "";
    char *end;
    errno = 0;
    *out = strtoll(digits, &end, 10);
    if (!*digits || *end || errno)
        return read_expected(in, "an integer of at most 64 bits");
    read_advance(in);
    return true;
}

static bool read_uint(struct reader *in, int base, uint64_t *out)
{
    const char *digits = in->token.kind == TOKEN_WORD ? read_raw(in) : "";
    bool hex = base == 16 && digits[0] == '0' && digits[1] == 'x';
    if ((base == 16 && !hex) || !parse_unsigned(hex ? digits + 2 : digits, base, out))
        return read_expected(in, "an unsigned integer of at most 64 bits");
    read_advance(in);
    return true;
}

bool read_constant(struct reader *in, enum dtype dtype, union scalar *out)
{
    uint64_t bits = 0;
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        return read_bool(in, &out->u);
    case CLASS_INT:
        return read_i64(in, &out->i);
    case CLASS_UINT:
        return read_uint(in, 10, &out->u);
    case CLASS_FLOAT:
        if (dtype == DT_F16)
            return read_uint(in, 16, &out->u);
        if (!read_float(in, dtype_table[dtype].bytes, &bits))
            return false;
        if (dtype == DT_F32)
            memcpy(&out->f32, &bits, sizeof out->f32);
        else
            memcpy(&out->f64, &bits, sizeof out->f64);
        return true;
    case CLASS_COMPLEX:
        return read_complex(in, out->c);
    }
    return read_expected(in, "a constant");
}
