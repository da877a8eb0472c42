#include "sema/constant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct constant *new_constant(struct arena *arena, enum constant_kind kind)
{
    struct constant *constant = ARENA_NEW(arena, struct constant);
    constant->kind = kind;
    return constant;
}

struct constant *constant_bool(struct arena *arena, bool truth)
{
    struct constant *constant = new_constant(arena, CONSTANT_BOOL);
    constant->truth = truth;
    return constant;
}

struct constant *constant_int(struct arena *arena, int128 integer)
{
    struct constant *constant = new_constant(arena, CONSTANT_INT);
    constant->integer = integer;
    return constant;
}

struct constant *constant_float(struct arena *arena, double real)
{
    struct constant *constant = new_constant(arena, CONSTANT_FLOAT);
    constant->real = real;
    return constant;
}

struct constant *constant_parts(struct arena *arena, uint32_t len)
{
    struct constant *constant = new_constant(arena, CONSTANT_PARTS);
    constant->parts = ARENA_ARRAY(arena, const struct constant *, len);
    constant->len = len;
    return constant;
}

const struct constant *constant_element(const struct constant *constant, int64_t i)
{
    return constant->kind == CONSTANT_PARTS ? constant->parts[i] : constant;
}

/* ---- text ------------------------------------------------------------------------------------ */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool constant_read_int(const char *text, int128 *value)
{
    int base = 10;
    if (text[0] == '0' && (text[1] | 0x20) == 'x')
        base = 16;
    else if (text[0] == '0' && (text[1] | 0x20) == 'b')
        base = 2;
    if (base != 10)
        text += 2;
    int128 sum = 0;
    for (; *text; text++)
        if (__builtin_mul_overflow(sum, (int128)base, &sum)
            || __builtin_add_overflow(sum, (int128)digit_of(*text), &sum))
            return false;
    *value = sum;
    return true;
}

static const char *int_text(struct arena *arena, int128 value)
{
    char buffer[48];
    char *at = buffer + sizeof buffer;
    uint128 rest = value < 0 ? -(uint128)value : (uint128)value;
    *--at = 0;
    do
        *--at = (char)('0' + (int)(rest % 10));
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    return arena_strdup(arena, at);
}

static const char *real_text(struct arena *arena, double value)
{
    char buffer[64];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(buffer, sizeof buffer, "%.*g", precision, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return arena_strdup(arena, buffer);
}

const char *constant_spelling(struct arena *arena, const struct constant *constant)
{
    switch (constant->kind) {
    case CONSTANT_BOOL:
        return constant->truth ? "true" : "false";
    case CONSTANT_INT:
        return int_text(arena, constant->integer);
    case CONSTANT_FLOAT:
        return real_text(arena, constant->real);
    case CONSTANT_NONE:
    case CONSTANT_PARTS:
        break;
    }
    return "(..)";
}

/* ---- conversion ------------------------------------------------------------------------------ */

bool int_fits(int128 value, enum dtype dtype)
{
    if (dtype == DT_WEAK_INT)
        return true;
    if (dtype == DT_WEAK_FLOAT || dtype_table[dtype].cls == CLASS_FLOAT)
        return true;
    int bits = 8 * dtype_table[dtype].bytes;
    if (dtype_table[dtype].cls == CLASS_INT)
        return value >= -((int128)1 << (bits - 1)) && value < (int128)1 << (bits - 1);
    return value >= 0 && value < (int128)1 << bits;
}

union scalar constant_scalar(const struct constant *constant, enum dtype dtype)
{
    union scalar scalar = {.u = 0};
    switch (constant->kind) {
    case CONSTANT_BOOL:
        scalar.u = constant->truth;
        break;
    case CONSTANT_INT:
        scalar.i = (int64_t)constant->integer;
        break;
    case CONSTANT_FLOAT:
        if (dtype == DT_F32)
            scalar.f32 = (float)constant->real;
        else
            scalar.f64 = constant->real;
        break;
    case CONSTANT_NONE:
    case CONSTANT_PARTS:
        break;
    }
    return scalar;
}

static struct constant *from_scalar(struct arena *arena, union scalar scalar, enum dtype dtype)
{
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        return constant_bool(arena, scalar.u);
    case CLASS_INT:
        return constant_int(arena, scalar.i);
    case CLASS_UINT:
        return constant_int(arena, scalar.u);
    case CLASS_FLOAT:
    case CLASS_COMPLEX:
        break;
    }
    return constant_float(arena, dtype == DT_F32 ? (double)scalar.f32 : scalar.f64);
}

static int128 int_value(const struct constant *constant)
{
    return constant->kind == CONSTANT_BOOL ? (int128)constant->truth : constant->integer;
}

/* The low bits of an exact integer, as two's complement. */
static int128 wrap(int128 value, enum dtype dtype)
{
    int bits = 8 * dtype_table[dtype].bytes;
    uint128 low = (uint128)value & (((uint128)1 << bits) - 1);
    if (dtype_table[dtype].cls == CLASS_INT && low >> (bits - 1))
        return (int128)low - ((int128)1 << bits);
    return (int128)low;
}

static struct constant *cast_from_int(struct arena *arena, int128 value, enum dtype to)
{
    if (to == DT_WEAK_INT)
        return constant_int(arena, value);
    if (to == DT_BOOL)
        return constant_bool(arena, value != 0);
    if (to == DT_F32)
        return constant_float(arena, (double)(float)value);
    if (dtype_table[to].cls == CLASS_FLOAT)
        return constant_float(arena, (double)value);
    return constant_int(arena, wrap(value, to));
}

const struct constant *constant_cast(struct arena *arena, const struct constant *constant,
                                     enum dtype from, enum dtype to)
{
    struct constant *result;
    if (constant->kind == CONSTANT_PARTS) {
        result = constant_parts(arena, constant->len);
        for (uint32_t i = 0; i < constant->len; i++)
            result->parts[i] = constant_cast(arena, constant->parts[i], from, to);
    } else if (constant->kind != CONSTANT_FLOAT) {
        result = cast_from_int(arena, int_value(constant), to);
    } else {
        enum dtype held = dtype_settled(from), wanted = dtype_settled(to);
        union scalar scalar = constant_scalar(constant, held);
        if (held != wanted)
            scalar = op_eval(OP_cast, held, wanted, &scalar);
        result = from_scalar(arena, scalar, wanted);
    }
    result->is_named = constant->is_named;
    return result;
}

/* ---- exact integers -------------------------------------------------------------------------- */

/* x holds the operands; false if the result needs more than 128 bits. */
typedef bool exact_fn(const int128 *x, int128 *result);

static bool exact_add(const int128 *x, int128 *result)
{
    return !__builtin_add_overflow(x[0], x[1], result);
}

static bool exact_sub(const int128 *x, int128 *result)
{
    return !__builtin_sub_overflow(x[0], x[1], result);
}

static bool exact_mul(const int128 *x, int128 *result)
{
    return !__builtin_mul_overflow(x[0], x[1], result);
}

static bool exact_neg(const int128 *x, int128 *result)
{
    return !__builtin_sub_overflow((int128)0, x[0], result);
}

static bool exact_floordiv(const int128 *x, int128 *result)
{
    *result = 0;
    if (x[1] == 0)
        return true;
    if (x[1] == -1)
        return exact_neg(x, result);
    int128 quotient = x[0] / x[1];
    *result = quotient - (x[0] % x[1] != 0 && (x[0] < 0) != (x[1] < 0));
    return true;
}

static bool exact_mod(const int128 *x, int128 *result)
{
    *result = 0;
    if (x[1] == 0 || x[1] == -1)
        return true;
    int128 rest = x[0] % x[1];
    *result = rest != 0 && (rest < 0) != (x[1] < 0) ? rest + x[1] : rest;
    return true;
}

static bool exact_abs(const int128 *x, int128 *result)
{
    *result = x[0];
    return x[0] >= 0 || exact_neg(x, result);
}

static bool exact_sign(const int128 *x, int128 *result)
{
    *result = (x[0] > 0) - (x[0] < 0);
    return true;
}

/* The exponent is not negative (the checker has refused that). */
static bool exact_pow(const int128 *x, int128 *result)
{
    int128 power = 1;
    if (x[0] == 0 || x[0] == 1) {
        *result = x[1] == 0 ? 1 : x[0];
        return true;
    }
    if (x[0] == -1) {
        *result = x[1] & 1 ? -1 : 1;
        return true;
    }
    for (int128 i = 0; i < x[1]; i++)
        if (__builtin_mul_overflow(power, x[0], &power))
            return false;
    *result = power;
    return true;
}

static bool exact_max(const int128 *x, int128 *result)
{
    *result = x[0] > x[1] ? x[0] : x[1];
    return true;
}

static bool exact_min(const int128 *x, int128 *result)
{
    *result = x[0] < x[1] ? x[0] : x[1];
    return true;
}

static bool exact_and(const int128 *x, int128 *result)
{
    *result = x[0] & x[1];
    return true;
}

static bool exact_or(const int128 *x, int128 *result)
{
    *result = x[0] | x[1];
    return true;
}

static bool exact_xor(const int128 *x, int128 *result)
{
    *result = x[0] ^ x[1];
    return true;
}

static bool exact_not(const int128 *x, int128 *result)
{
    *result = ~x[0];
    return true;
}

static bool exact_shl(const int128 *x, int128 *result)
{
    *result = 0;
    if (x[0] == 0 || x[1] < 0)
        return true;
    return x[1] < 127 && !__builtin_mul_overflow(x[0], (int128)1 << x[1], result);
}

static bool exact_shr(const int128 *x, int128 *result)
{
    *result = x[1] < 0 || x[1] > 126 ? (x[0] < 0 ? -1 : 0) : x[0] >> x[1];
    return true;
}

static bool exact_eq(const int128 *x, int128 *result)
{
    *result = x[0] == x[1];
    return true;
}

static bool exact_ne(const int128 *x, int128 *result)
{
    *result = x[0] != x[1];
    return true;
}

static bool exact_lt(const int128 *x, int128 *result)
{
    *result = x[0] < x[1];
    return true;
}

static bool exact_le(const int128 *x, int128 *result)
{
    *result = x[0] <= x[1];
    return true;
}

static bool exact_gt(const int128 *x, int128 *result)
{
    *result = x[0] > x[1];
    return true;
}

static bool exact_ge(const int128 *x, int128 *result)
{
    *result = x[0] >= x[1];
    return true;
}

/* Operations without an entry are not folded on weak integers. */
static exact_fn *const exact_fns[OP_COUNT] = {
    [OP_add] = exact_add, [OP_sub] = exact_sub, [OP_mul] = exact_mul,
    [OP_floordiv] = exact_floordiv, [OP_mod] = exact_mod, [OP_neg] = exact_neg,
    [OP_abs] = exact_abs, [OP_sign] = exact_sign, [OP_pow] = exact_pow, [OP_max] = exact_max,
    [OP_min] = exact_min, [OP_and] = exact_and, [OP_or] = exact_or, [OP_xor] = exact_xor,
    [OP_not] = exact_not, [OP_shl] = exact_shl, [OP_shr] = exact_shr, [OP_eq] = exact_eq,
    [OP_ne] = exact_ne, [OP_lt] = exact_lt, [OP_le] = exact_le, [OP_gt] = exact_gt,
    [OP_ge] = exact_ge,
};

static enum fold_status fold_exact(struct arena *arena, enum op op,
                                   const struct constant *const *args, struct constant **folded)
{
    if (!exact_fns[op])
        return FOLD_NOT;
    int128 x[3] = {0, 0, 0}, result;
    for (uint8_t i = 0; i < op_table[op].arity; i++)
        x[i] = args[i]->integer;
    if (!exact_fns[op](x, &result))
        return FOLD_TOO_LARGE;
    *folded = op_table[op].rule == RULE_BOOL ? constant_bool(arena, result != 0)
                                             : constant_int(arena, result);
    return FOLD_DONE;
}

enum fold_status constant_fold(struct arena *arena, enum op op, enum dtype operand,
                               enum dtype result, const struct constant *const *args,
                               const struct constant **folded)
{
    struct constant *value = NULL;
    if (operand == DT_WEAK_INT) {
        enum fold_status status = fold_exact(arena, op, args, &value);
        if (status != FOLD_DONE)
            return status;
    } else {
        enum dtype held = dtype_settled(operand);
        if (!op_can_fold(op, held) || op_table[op].rule == RULE_SELECT)
            return FOLD_NOT;
        union scalar scalars[3];
        for (uint8_t i = 0; i < op_table[op].arity; i++)
            scalars[i] = constant_scalar(args[i], held);
        enum dtype given = dtype_settled(result);
        value = from_scalar(arena, op_eval(op, held, given, scalars), given);
    }
    for (uint8_t i = 0; i < op_table[op].arity; i++)
        value->is_named |= args[i]->is_named;
    *folded = value;
    return FOLD_DONE;
}
