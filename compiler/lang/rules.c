#include "lang/rules.h"

#include <string.h>

/* ---- promotion ------------------------------------------------------------------------------- */

#define PROMOTE(row, b, i8, i16, i32, i64, u8, u16, u32, u64, f16, f32, f64, c64, c128)            \
    [DT_##row] = {DT_##b,   DT_##i8,  DT_##i16, DT_##i32, DT_##i64, DT_##u8,  DT_##u16,            \
                  DT_##u32, DT_##u64, DT_##f16, DT_##f32, DT_##f64, DT_##c64, DT_##c128},
static const uint8_t promotion[DT_COUNT][DT_COUNT] = {
#include "lang/promotion.def"
};
#undef PROMOTE

/* The complex dtype with parts of a float's width: of f16 and f32 c64. */
static enum dtype complex_of(enum dtype dtype)
{
    return dtype == DT_F16 || dtype == DT_F32 || dtype == DT_C64 ? DT_C64 : DT_C128;
}

static enum dtype promote_weak(enum dtype weak, enum dtype strong)
{
    uint8_t cls = dtype_table[strong].cls;
    if (weak == DT_WEAK_COMPLEX)
        return complex_of(strong);
    if (cls & (CLASS_FLOAT | CLASS_COMPLEX))
        return strong;
    if (weak == DT_WEAK_FLOAT)
        return DT_F64;
    return cls == CLASS_BOOL ? DT_I64 : strong;
}

enum dtype dtype_promote(enum dtype a, enum dtype b)
{
    if (dtype_is_weak(a))
        return dtype_is_weak(b) ? (a > b ? a : b) : promote_weak(a, b);
    if (dtype_is_weak(b))
        return promote_weak(b, a);
    return promotion[a][b];
}

enum { KINDS = 3 };

/* Order of folding: floats and complex, then integers and bool, then weak ones. */
static int fold_kind(enum dtype dtype)
{
    if (dtype_is_weak(dtype))
        return 2;
    return dtype_table[dtype].cls & (CLASS_FLOAT | CLASS_COMPLEX) ? 0 : 1;
}

enum dtype dtype_promote_all(const enum dtype *dtypes, uint32_t count)
{
    enum dtype result = DT_ALL_COUNT;
    for (int kind = 0; kind < KINDS; kind++)
        for (uint32_t i = 0; i < count; i++)
            if (fold_kind(dtypes[i]) == kind)
                result = result == DT_ALL_COUNT ? dtypes[i] : dtype_promote(result, dtypes[i]);
    return result;
}

bool dtype_converts(enum dtype from, enum dtype to)
{
    return dtype_promote(to, from) == to;
}

bool dtype_is_integer(enum dtype dtype)
{
    return dtype_table[dtype].cls & (CLASS_INT | CLASS_UINT);
}

bool dtype_is_float(enum dtype dtype)
{
    return dtype_table[dtype].cls & CLASS_FLOAT;
}

enum dtype dtype_floating(enum dtype dtype)
{
    if (dtype == DT_WEAK_INT)
        return DT_WEAK_FLOAT;
    if (dtype_table[dtype].cls & (CLASS_FLOAT | CLASS_COMPLEX))
        return dtype;
    switch (dtype_table[dtype].bytes) {
    case 1:
        return DT_F16;
    case 2:
        return DT_F32;
    default:
        return DT_F64;
    }
}

int64_t dtype_min(enum dtype dtype)
{
    return dtype_table[dtype].cls == CLASS_INT
               ? (int64_t)(UINT64_MAX << (8 * dtype_table[dtype].bytes - 1)) : 0;
}

uint64_t dtype_max(enum dtype dtype)
{
    int unused = 64 - 8 * dtype_table[dtype].bytes;
    return UINT64_MAX >> (unused + (dtype_table[dtype].cls == CLASS_INT));
}

/* ---- result rules ---------------------------------------------------------------------------- */

/* What the operation is done in, once the operands are promoted to a dtype that is not bool. */
static enum dtype operand_dtype(enum result_rule rule, enum dtype promoted)
{
    switch (rule) {
    case RESULT_ARITHMETIC:
    case RESULT_BITWISE:
    case RESULT_ROUNDING:
    case RESULT_COMPARISON:
        return promoted;
    case RESULT_FROM_BITS:
        return promoted == DT_WEAK_INT ? DT_U64 : promoted;
    case RESULT_TO_BITS:
        return dtype_settled(promoted);
    case RESULT_FLOATING:
        return dtype_floating(promoted);
    case RESULT_QUOTIENT:
    case RESULT_PREDICATE:
        if (dtype_table[promoted].cls & (CLASS_FLOAT | CLASS_COMPLEX))
            return promoted;
        return dtype_is_weak(promoted) ? DT_WEAK_FLOAT : DT_F64;
    }
    return promoted;
}

static enum dtype bool_operand(const struct dtype_rule *rule)
{
    if (rule->on_bool == BOOL_AS_I8)
        return DT_I8;
    if (rule->on_bool == BOOL_AS_U8)
        return DT_U8;
    return rule->result == RESULT_ROUNDING ? DT_F16 : operand_dtype(rule->result, DT_BOOL);
}

struct rule_result rule_apply(const struct dtype_rule *rule, const enum dtype *operands,
                              uint32_t count)
{
    struct rule_result result = {.op = rule->op, .promoted = dtype_promote_all(operands, count)};
    if (result.promoted == DT_BOOL) {
        if (rule->on_bool == BOOL_REJECT)
            result.status = RULE_REJECTS_BOOL;
        result.operand = bool_operand(rule);
        if (result.operand == DT_BOOL && rule->on_bool == BOOL_KEEP)
            result.op = rule->bool_op;
    } else {
        result.operand = operand_dtype(rule->result, result.promoted);
    }
    if (rule->result == RESULT_BITWISE
        && dtype_table[result.promoted].cls & (CLASS_FLOAT | CLASS_COMPLEX))
        result.status = RULE_REJECTS_FLOAT;
    bool is_bits = rule->result == RESULT_TO_BITS || rule->result == RESULT_FROM_BITS;
    if (is_bits && (op_bits_dtype(result.operand) == result.operand
                    || (op_table[rule->op].classes & dtype_table[result.operand].cls) == 0))
        result.status = RULE_REJECTS_BITS;
    if (rule->result == RESULT_ROUNDING && dtype_is_integer(result.operand))
        result.op = OP_identity;
    bool gives_bool = rule->result == RESULT_COMPARISON || rule->result == RESULT_PREDICATE;
    result.result = gives_bool ? DT_BOOL : is_bits ? op_bits_dtype(result.operand) : result.operand;
    return result;
}

/* ---- functions that need no declaration ------------------------------------------------------ */

const struct builtin builtins[] = {
#define BUILTIN(name, form, params, op, result, on_bool, bool_op)                                  \
    {#name, BUILTIN_##form, params, {OP_##op, RESULT_##result, BOOL_##on_bool, OP_##bool_op}},
#include "lang/builtins.def"
#undef BUILTIN
};
const uint32_t builtin_count = sizeof builtins / sizeof *builtins;

const struct builtin *builtin_find(const char *name)
{
    uint32_t first = 0, end = builtin_count;
    while (first < end) {
        uint32_t middle = (first + end) / 2;
        int order = strcmp(name, builtins[middle].name);
        if (!order)
            return &builtins[middle];
        if (order < 0)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

uint32_t builtin_arity(const struct builtin *builtin)
{
    uint32_t count = *builtin->params != 0;
    for (const char *c = builtin->params; *c; c++)
        count += *c == ' ';
    return count;
}
