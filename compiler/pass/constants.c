#include "pass/constants.h"

#include <string.h>

const union scalar *constant_of(const struct ir_func *func, value_id value)
{
    const struct ir_value *info = &func->values.at[value];
    if (info->kind != VALUE_RESULT || func->insts.at[info->inst].kind != INST_CONST
        || func->insts.at[info->inst].elements)
        return NULL;
    return &func->insts.at[info->inst].constant;
}

bool const_inst_element(const struct ir_func *func, value_id value, int64_t place,
                        union scalar *out)
{
    const struct ir_value *info = &func->values.at[value];
    if (info->kind != VALUE_RESULT || func->insts.at[info->inst].kind != INST_CONST)
        return false;
    const struct ir_inst *inst = &func->insts.at[info->inst];
    *out = inst->elements ? inst->elements[place] : inst->constant;
    return true;
}

value_id constant_new(struct ir_prog *prog, struct ir_func *func, block_id block, struct type type,
                      union scalar constant, struct loc loc)
{
    struct ir_inst *inst = ir_inst_new(prog, func, block, INST_CONST, type, NULL, 0, loc);
    inst->constant = constant;
    return inst->results.at[0];
}

/* The bytes of a constant that count, in one or two words. */
static void constant_words(enum dtype dtype, const union scalar *constant, uint64_t words[2])
{
    words[0] = words[1] = 0;
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
    case CLASS_INT:
    case CLASS_UINT:
        words[0] = constant->u;
        break;
    case CLASS_FLOAT:
        if (dtype == DT_F16)
            words[0] = constant->u;
        else
            memcpy(words, constant, dtype_table[dtype].bytes);
        break;
    case CLASS_COMPLEX:
        memcpy(words, constant->c, sizeof constant->c);
        break;
    }
}

bool constant_same(enum dtype dtype, const union scalar *a, const union scalar *b)
{
    uint64_t words[2][2];
    constant_words(dtype, a, words[0]);
    constant_words(dtype, b, words[1]);
    return words[0][0] == words[1][0] && words[0][1] == words[1][1];
}

uint64_t constant_hash(enum dtype dtype, const union scalar *constant)
{
    uint64_t words[2];
    constant_words(dtype, constant, words);
    return words[0] * UINT64_C(0x9e3779b97f4a7c15) ^ words[1];
}

bool special_exists(enum dtype dtype, enum special special)
{
    uint8_t cls = dtype_table[dtype].cls;
    bool is_float = dtype == DT_F32 || dtype == DT_F64;
    if (cls != CLASS_BOOL && cls != CLASS_INT && cls != CLASS_UINT && !is_float)
        return false;
    switch (special) {
    case SPECIAL_ZERO:
    case SPECIAL_ONE:
        return true;
    case SPECIAL_ALL_ONES:
        return !is_float;
    case SPECIAL_MINUS_ONE:
        return cls != CLASS_BOOL;
    case SPECIAL_MINUS_ZERO:
        return is_float;
    }
    return false;
}

static double special_number(enum special special)
{
    switch (special) {
    case SPECIAL_ZERO:
        return 0.0;
    case SPECIAL_ONE:
        return 1.0;
    case SPECIAL_ALL_ONES:
    case SPECIAL_MINUS_ONE:
        return -1.0;
    case SPECIAL_MINUS_ZERO:
        return -0.0;
    }
    return 0.0;
}

union scalar special_constant(enum dtype dtype, enum special special)
{
    double number = special_number(special);
    union scalar constant;
    memset(&constant, 0, sizeof constant);
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        constant.u = number != 0.0;
        break;
    case CLASS_INT:
        constant.i = (int64_t)number;
        break;
    case CLASS_UINT:
        constant.u = (uint64_t)(int64_t)number >> (64 - 8 * dtype_table[dtype].bytes);
        if (number >= 0.0)
            constant.u = (uint64_t)number;
        break;
    case CLASS_FLOAT:
        if (dtype == DT_F32)
            constant.f32 = (float)number;
        else
            constant.f64 = number;
        break;
    case CLASS_COMPLEX:
        break;
    }
    return constant;
}

bool constant_is(enum dtype dtype, const union scalar *constant, enum special special)
{
    if (!special_exists(dtype, special))
        return false;
    union scalar wanted = special_constant(dtype, special);
    return constant_same(dtype, constant, &wanted);
}

int constant_log2(enum dtype dtype, const union scalar *constant, bool wraps)
{
    int bits = 8 * dtype_table[dtype].bytes;
    uint64_t value = constant->u;
    if (dtype_table[dtype].cls == CLASS_INT) {
        value &= ~UINT64_C(0) >> (64 - bits);
        if (constant->i <= 0 && !(wraps && value == UINT64_C(1) << (bits - 1)))
            return -1;
    }
    if (value == 0 || (value & (value - 1)))
        return -1;
    int exponent = 0;
    while (value >> exponent != 1)
        exponent++;
    return exponent;
}

void inst_clear_attributes(struct ir_inst *inst)
{
    inst->op = (enum op)0;
    inst->elements = NULL;
    inst->axes.len = 0;
    memset(inst->perm, 0, sizeof inst->perm);
    inst->axis_set = inst->symbol = 0;
    inst->axis = inst->batch = inst->inner = 0;
}

void inst_make_constant(struct ir_inst *inst, union scalar constant)
{
    inst_clear_attributes(inst);
    inst->kind = INST_CONST;
    inst->constant = constant;
    inst->args.len = 0;
}
