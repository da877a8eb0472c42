/* A function in the flat form that is executed: instructions in one row, operands as numbers of
 * slots or constants, edges with their copies. */
#ifndef ABCC_INTERP_CODE_H
#define ABCC_INTERP_CODE_H

#include "ir/ir.h"

/* A slot of the frame (even) or a constant of the function (odd): twice its number, plus 0 or 1. */
typedef uint32_t operand;

enum code_kind {
    CODE_OP,         /* to = op(x, y, z) */
    CODE_CHECK,      /* x false: fault */
    CODE_LANE_INDEX, /* to */
    CODE_SHOW,       /* list; source */
    CODE_CALL,       /* callee(list) -> results; fault; in_cycle */
    CODE_JMP,        /* edge */
    CODE_BR,         /* x ? edge : edge + 1 */
    CODE_RET,        /* list */
    CODE_TAIL,       /* callee(list); in_cycle */
    CODE_FAULT       /* fault */
};

/* Operands of the function's row: `count` of them from `first`. */
struct code_list {
    uint32_t first, count;
};

struct code_inst {
    enum code_kind kind;
    bool in_cycle; /* the callee is in the caller's cycle of the call graph */
    uint32_t to;   /* slot */
    op_function *op;
    operand x, y, z;
    struct code_list list;
    uint32_t results; /* CALL: first of the slots of its results in `slots` */
    func_id callee;
    fault_id fault;
    uint32_t edge;
    const struct ir_inst *source; /* SHOW */
};

struct code_edge {
    block_id to;
    struct code_list from; /* the values passed; to the slots of the block's parameters */
};

struct code_block {
    uint32_t first;  /* instruction */
    uint32_t cost;   /* number of instructions: fuel */
    uint32_t params; /* first of the slots of its parameters in `slots` */
    uint32_t param_count;
};

struct code {
    const struct ir_func *func;
    uint32_t frame_size; /* in slots; the parameters of the function are the first */
    VEC(struct code_inst) insts;
    VEC(struct code_block) blocks;
    VEC(struct code_edge) edges;
    VEC(union scalar) constants;
    VEC(operand) operands;
    VEC(uint32_t) slots;
};

/* `cycles` numbers the cycle of each function. */
struct code *code_of(struct arena *arena, const struct ir_prog *prog, func_id func,
                     const uint32_t *cycles);

#endif
