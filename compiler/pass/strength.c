/* Cheaper operations for integer products, quotients and remainders by powers of two.
 *
 *   %1: i32 = const 8                          %1: i32 = const 8
 *   %2: i32 = floordiv %0, %1     -->          %5: i32 = const 3
 *   %3: i32 = mod %0, %1                       %2: i32 = shr %0, %5
 *                                              %6: i32 = const 7
 *                                              %3: i32 = and %0, %6
 *
 * What must hold: the quotient is NumPy's, rounded down, and the remainder has the sign of the
 * divisor; so the shift and the mask are exact for negative numbers too, if the divisor is positive
 * in its dtype. A product wraps, so the least number of a signed dtype is a power of two there. */
#include "pass/constants.h"
#include "pass/passes.h"

enum replacement { BY_EXPONENT, BY_MASK };

static const struct {
    enum op from, to;
    enum replacement operand; /* 3 or 7 for 8 */
    bool wraps;
} rows[] = {
    {OP_mul, OP_shl, BY_EXPONENT, true},
    {OP_floordiv, OP_shr, BY_EXPONENT, false},
    {OP_mod, OP_and, BY_MASK, false},
};

static union scalar replace_operand(enum dtype dtype, enum replacement kind, int exponent)
{
    uint64_t bits = kind == BY_MASK ? (UINT64_C(1) << exponent) - 1 : (uint64_t)exponent;
    if (dtype_table[dtype].cls == CLASS_INT)
        return (union scalar){.i = (int64_t)bits};
    return (union scalar){.u = bits};
}

/* Which operand is a power of two, to be replaced, and its exponent; false: none. */
static bool find_power(const struct ir_func *func, const struct ir_inst *inst, bool wraps,
                       uint32_t *which, int *exponent)
{
    uint32_t first = op_table[inst->op].traits & TRAIT_COMMUTES ? 0 : 1;
    for (*which = 2; (*which)-- > first;) {
        const union scalar *constant = constant_of(func, inst->args.at[*which]);
        enum dtype dtype = func->values.at[inst->args.at[*which]].type.dtype;
        *exponent = constant ? constant_log2(dtype, constant, wraps) : -1;
        if (*exponent >= 1)
            return true;
    }
    return false;
}

/* Puts what it needs at the end of the block, before the instruction itself is put there. */
static bool reduce(struct ir_prog *prog, struct ir_func *func, block_id block, inst_id id)
{
    const struct ir_inst *inst = &func->insts.at[id];
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t which;
        int exponent;
        if (inst->kind != INST_OP || inst->op != rows[i].from)
            continue;
        struct type type = func->values.at[inst->results.at[0]].type;
        if (!(dtype_table[type.dtype].cls & (CLASS_INT | CLASS_UINT))
            || !find_power(func, inst, rows[i].wraps, &which, &exponent))
            continue;
        value_id x = inst->args.at[1 - which];
        value_id operand =
            constant_new(prog, func, block, type,
                         replace_operand(type.dtype, rows[i].operand, exponent), inst->loc);
        struct ir_inst *changed = &func->insts.at[id];
        changed->op = rows[i].to;
        changed->args.at[0] = x;
        changed->args.at[1] = operand;
        return true;
    }
    return false;
}

bool pass_strength(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    (void)cx;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        struct ir_func *func = &prog->funcs.at[id];
        for (block_id b = 0; b < func->blocks.len; b++) {
            struct ir_block *block = &func->blocks.at[b];
            const inst_id *old = block->insts.at;
            uint32_t count = block->insts.len;
            block->insts.at = NULL;
            block->insts.len = block->insts.cap = 0;
            for (uint32_t i = 0; i < count; i++) {
                changed |= reduce(prog, func, b, old[i]);
                vec_push(prog->arena, &block->insts, old[i]);
            }
        }
    }
    return changed;
}
