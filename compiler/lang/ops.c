/* The operation table and the evaluation of operations on constants. Every row of
 * ops_meaning.def is expanded once per dtype of its set: to its text, and to a function. */
#include "lang/ops.h"

#include "lang/kernels.h"

#include <string.h>

const struct op_info op_table[OP_COUNT] = {
#define OP(id, infix, arity, classes, rule, traits, cost, summary)                                 \
    [OP_##id] = {#id, infix, arity, classes, rule, traits, cost, summary},
#include "lang/ops.def"
#undef OP
};

/* ---- sets of dtypes ------------------------------------------------------------------------- */

/* EACH_set(F, ...): F(dtype, ...) for each dtype in the set. */
#define EACH_BOOL(F, ...) F(BOOL, __VA_ARGS__)
#define EACH_INT(F, ...)                                                                           \
    F(I8, __VA_ARGS__) F(I16, __VA_ARGS__) F(I32, __VA_ARGS__) F(I64, __VA_ARGS__)
#define EACH_UINT(F, ...)                                                                          \
    F(U8, __VA_ARGS__) F(U16, __VA_ARGS__) F(U32, __VA_ARGS__) F(U64, __VA_ARGS__)
#define EACH_F32(F, ...) F(F32, __VA_ARGS__)
#define EACH_F64(F, ...) F(F64, __VA_ARGS__)
#define EACH_INTEGER(F, ...) EACH_INT(F, __VA_ARGS__) EACH_UINT(F, __VA_ARGS__)
#define EACH_BITWISE(F, ...) EACH_BOOL(F, __VA_ARGS__) EACH_INTEGER(F, __VA_ARGS__)
#define EACH_U32(F, ...) F(U32, __VA_ARGS__)
#define EACH_U64(F, ...) F(U64, __VA_ARGS__)
#define EACH_WIDE(F, ...) F(U32, __VA_ARGS__) F(U64, __VA_ARGS__)
#define EACH_FLOAT(F, ...) EACH_F32(F, __VA_ARGS__) EACH_F64(F, __VA_ARGS__)
#define EACH_NUMBER(F, ...) EACH_INTEGER(F, __VA_ARGS__) EACH_FLOAT(F, __VA_ARGS__)
#define EACH_ANY(F, ...) EACH_BOOL(F, __VA_ARGS__) EACH_NUMBER(F, __VA_ARGS__)

/* The same for the second dtype of a conversion, because a macro does not expand inside itself. */
#define TO_BOOL(F, ...) F(__VA_ARGS__, BOOL)
#define TO_INTEGER(F, ...)                                                                         \
    F(__VA_ARGS__, I8) F(__VA_ARGS__, I16) F(__VA_ARGS__, I32) F(__VA_ARGS__, I64)                 \
    F(__VA_ARGS__, U8) F(__VA_ARGS__, U16) F(__VA_ARGS__, U32) F(__VA_ARGS__, U64)
#define TO_FLOAT(F, ...) F(__VA_ARGS__, F32) F(__VA_ARGS__, F64)
#define TO_NUMBER(F, ...) TO_INTEGER(F, __VA_ARGS__) TO_FLOAT(F, __VA_ARGS__)

/* ---- texts ---------------------------------------------------------------------------------- */

#define TEXT_OF(dtype, op, field, text) [op][DT_##dtype].field = (text),
#define INFIX_OF(dtype, op, text, condition)                                                       \
    [op][DT_##dtype].infix = (text), [op][DT_##dtype].when = (condition),

#define MEANING(id, set, ...) EACH_##set(TEXT_OF, OP_##id, scalar, #__VA_ARGS__)
#define VECTOR(id, set, ...) EACH_##set(TEXT_OF, OP_##id, vector, #__VA_ARGS__)
#define INFIX(id, set, text, when) EACH_##set(INFIX_OF, OP_##id, text, when)
#define CAST(from, to, ...)
#define VECTOR_CAST(from, to, ...)
static const struct op_meaning meanings[OP_COUNT][DT_COUNT] = {
#include "lang/ops_meaning.def"
};
#undef MEANING
#undef VECTOR
#undef CAST
#undef VECTOR_CAST
#undef INFIX

#define CAST_TEXT_TO(from, field, text, to) [DT_##from][DT_##to].field = (text),
#define CAST_TEXT(from, to_set, field, text) TO_##to_set(CAST_TEXT_TO, from, field, text)
#define MEANING(id, set, ...)
#define VECTOR(id, set, ...)
#define INFIX(id, set, text, when)
#define CAST(from, to, ...) EACH_##from(CAST_TEXT, to, scalar, #__VA_ARGS__)
#define VECTOR_CAST(from, to, ...) EACH_##from(CAST_TEXT, to, vector, #__VA_ARGS__)
static const struct op_meaning cast_meanings[DT_COUNT][DT_COUNT] = {
#include "lang/ops_meaning.def"
};
#undef MEANING
#undef VECTOR
#undef CAST
#undef VECTOR_CAST

const struct op_meaning *op_meaning_of(enum op op, enum dtype operand, enum dtype result)
{
    if (operand >= DT_COUNT || result >= DT_COUNT)
        return NULL;
    const struct op_meaning *meaning = op_table[op].rule == RULE_CAST
                                           ? &cast_meanings[operand][result]
                                           : &meanings[op][operand];
    return meaning->scalar ? meaning : NULL;
}

enum dtype op_bits_dtype(enum dtype dtype)
{
    static const enum dtype other[DT_COUNT] = {
        [DT_F32] = DT_U32, [DT_F64] = DT_U64, [DT_U32] = DT_F32, [DT_U64] = DT_F64};
    return dtype < DT_COUNT && other[dtype] ? other[dtype] : dtype;
}

int op_find(const char *op_name)
{
    for (int i = 0; i < OP_COUNT; i++)
        if (strcmp(op_name, op_table[i].name) == 0)
            return i;
    return -1;
}

/* ---- evaluation ----------------------------------------------------------------------------- */

/* What the names in the bodies stand for: C type, unsigned type of its width, arithmetic type,
 * width, limits. */
#define C_BOOL uint8_t, uint8_t, uint32_t, 8, 0, 1
#define C_I8 int8_t, uint8_t, uint32_t, 8, INT8_MIN, INT8_MAX
#define C_I16 int16_t, uint16_t, uint32_t, 16, INT16_MIN, INT16_MAX
#define C_I32 int32_t, uint32_t, uint32_t, 32, INT32_MIN, INT32_MAX
#define C_I64 int64_t, uint64_t, uint64_t, 64, INT64_MIN, INT64_MAX
#define C_U8 uint8_t, uint8_t, uint32_t, 8, 0, UINT8_MAX
#define C_U16 uint16_t, uint16_t, uint32_t, 16, 0, UINT16_MAX
#define C_U32 uint32_t, uint32_t, uint32_t, 32, 0, UINT32_MAX
#define C_U64 uint64_t, uint64_t, uint64_t, 64, 0, UINT64_MAX
#define C_F32 float, uint32_t, uint32_t, 32, 0, 0
#define C_F64 double, uint64_t, uint64_t, 64, 0, 0

#define PICK_TYPE(type, unsigned_type, arithmetic, bits, min, max) type
#define PICK_UNSIGNED(type, unsigned_type, arithmetic, bits, min, max) unsigned_type
#define PICK_ARITHMETIC(type, unsigned_type, arithmetic, bits, min, max) arithmetic
#define PICK_BITS(type, unsigned_type, arithmetic, bits, min, max) bits
#define PICK_MIN(type, unsigned_type, arithmetic, bits, min, max) min
#define PICK_MAX(type, unsigned_type, arithmetic, bits, min, max) max
#define PICK(what, list) PICK_LATER(what, list)
#define PICK_LATER(what, ...) PICK_##what(__VA_ARGS__)

/* Names of types for each operation and dtype of operands: its first operand and its result. */
#define FIRST_RULE_SAME(type) type
#define FIRST_RULE_BOOL(type) type
#define FIRST_RULE_SELECT(type) uint8_t
#define FIRST_RULE_CAST(type) type
#define FIRST_RULE_SHIFT(type) type
#define FIRST_RULE_BITS(type) type
#define RESULT_RULE_SAME(type) type
#define RESULT_RULE_BOOL(type) uint8_t
#define RESULT_RULE_SELECT(type) type
#define RESULT_RULE_CAST(type) type
#define RESULT_RULE_SHIFT(type) type
#define RESULT_RULE_BITS(type)                                                                     \
    __typeof__(_Generic((type)0, float: (uint32_t)0, double: (uint64_t)0, uint32_t: (float)0,      \
                        uint64_t: (double)0, default: (type)0))
#define NAME_TYPES(dtype, id, rule)                                                                \
    typedef FIRST_##rule(PICK(TYPE, C_##dtype)) first_##id##_##dtype;                              \
    typedef RESULT_##rule(PICK(TYPE, C_##dtype)) result_##id##_##dtype;
#define OP(id, infix, arity, classes, rule, traits, cost, summary) EACH_ANY(NAME_TYPES, id, rule)
#include "lang/ops.def"
#undef OP

/* A member of union scalar as a C type, and back. */
#define GET(type, value)                                                                           \
    _Generic((type)0, float: (value).f32, double: (value).f64, int8_t: (int8_t)(value).i,          \
        int16_t: (int16_t)(value).i, int32_t: (int32_t)(value).i, int64_t: (value).i,              \
        uint8_t: (uint8_t)(value).u, uint16_t: (uint16_t)(value).u,                                \
        uint32_t: (uint32_t)(value).u, uint64_t: (value).u)

static union scalar put_signed(int64_t value)
{
    return (union scalar){.i = value};
}

static union scalar put_unsigned(uint64_t value)
{
    return (union scalar){.u = value};
}

/* All bits of the union are set, so that constants may be compared as bits. */
static union scalar put_f32(float value)
{
    union scalar result = {.u = 0};
    result.f32 = value;
    return result;
}

static union scalar put_f64(double value)
{
    return (union scalar){.f64 = value};
}

#define PUT(type, value)                                                                           \
    _Generic((type)0, float: put_f32, double: put_f64, int8_t: put_signed, int16_t: put_signed,    \
        int32_t: put_signed, int64_t: put_signed, uint8_t: put_unsigned, uint16_t: put_unsigned,   \
        uint32_t: put_unsigned, uint64_t: put_unsigned)(value)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-local-typedefs"
#pragma GCC diagnostic ignored "-Wunused-parameter"

#define BITS ((int)(8 * sizeof(T)))

/* One function for each row and dtype: the body as it stands, and a door to it for op_eval. */
#define FUNCTION(dtype, id, ...)                                                                   \
    static result_##id##_##dtype id##_##dtype(first_##id##_##dtype x, PICK(TYPE, C_##dtype) y,     \
                                              PICK(TYPE, C_##dtype) z)                             \
    {                                                                                              \
        typedef result_##id##_##dtype R;                                                           \
        typedef PICK(TYPE, C_##dtype) T;                                                           \
        typedef PICK(ARITHMETIC, C_##dtype) A;                                                     \
        __VA_ARGS__                                                                                \
    }                                                                                              \
    static union scalar eval_##id##_##dtype(const union scalar *args)                              \
    {                                                                                              \
        return PUT(result_##id##_##dtype,                                                          \
                   id##_##dtype(GET(first_##id##_##dtype, args[0]),                                \
                                GET(PICK(TYPE, C_##dtype), args[1]),                               \
                                GET(PICK(TYPE, C_##dtype), args[2])));                             \
    }
#define CAST_FUNCTION_TO(from, body, to)                                                           \
    static PICK(TYPE, C_##to) cast_##from##_##to(PICK(TYPE, C_##from) x)                           \
    {                                                                                              \
        typedef PICK(TYPE, C_##from) T;                                                            \
        typedef PICK(TYPE, C_##to) R;                                                              \
        const R RMIN = PICK(MIN, C_##to), RMAX = PICK(MAX, C_##to);                                \
        (void)RMIN, (void)RMAX;                                                                    \
        UNPACK body                                                                                \
    }                                                                                              \
    static union scalar eval_cast_##from##_##to(const union scalar *args)                          \
    {                                                                                              \
        return PUT(PICK(TYPE, C_##to), cast_##from##_##to(GET(PICK(TYPE, C_##from), args[0])));    \
    }
#define UNPACK(...) __VA_ARGS__
#define CAST_FUNCTION(from, to_set, body) TO_##to_set(CAST_FUNCTION_TO, from, body)

#define MEANING(id, set, ...) EACH_##set(FUNCTION, id, __VA_ARGS__)
#define VECTOR(id, set, ...)
#define CAST(from, to, ...) EACH_##from(CAST_FUNCTION, to, (__VA_ARGS__))
#define VECTOR_CAST(from, to, ...)
#include "lang/ops_meaning.def"
#undef MEANING
#undef CAST

#pragma GCC diagnostic pop

#define EVAL_ENTRY(dtype, id) [OP_##id][DT_##dtype] = eval_##id##_##dtype,
#define MEANING(id, set, ...) EACH_##set(EVAL_ENTRY, id)
#define CAST(from, to, ...)
static op_function *const evals[OP_COUNT][DT_COUNT] = {
#include "lang/ops_meaning.def"
};
#undef MEANING
#undef CAST

#define CAST_ENTRY_TO(from, to) [DT_##from][DT_##to] = eval_cast_##from##_##to,
#define CAST_ENTRY(from, to_set) TO_##to_set(CAST_ENTRY_TO, from)
#define MEANING(id, set, ...)
#define CAST(from, to, ...) EACH_##from(CAST_ENTRY, to)
static op_function *const cast_evals[DT_COUNT][DT_COUNT] = {
#include "lang/ops_meaning.def"
};

op_function *op_function_of(enum op op, enum dtype operand, enum dtype result)
{
    return op_table[op].rule == RULE_CAST ? cast_evals[operand][result] : evals[op][operand];
}

union scalar op_eval(enum op op, enum dtype operand, enum dtype result, const union scalar *args)
{
    union scalar all[3] = {{.u = 0}, {.u = 0}, {.u = 0}};
    for (uint8_t i = 0; i < op_table[op].arity; i++)
        all[i] = args[i];
    return op_function_of(op, operand, result)(all);
}

bool op_can_fold(enum op op, enum dtype operand)
{
    return !(op_table[op].traits & TRAIT_PER_LANE && dtype_table[operand].cls == CLASS_FLOAT);
}
