/* A function in the flat form that is executed: instructions in one row, operands as numbers of
 * slots or constants, edges with their copies. */
#ifndef ABCC_INTERP_CODE_H
#define ABCC_INTERP_CODE_H

#include "interp/tensor_inst.h"
#include "ir/ir.h"

/* Four times the number of a slot of the frame, or of a constant of the function, plus marks. */
typedef uint32_t operand;
enum { OPERAND_CONSTANT = 1, OPERAND_TENSOR = 2, OPERAND_MARKS = 4 };

enum code_kind {
    CODE_OP,         /* to = op(x, y, z), scalars */
    CODE_TENSOR,     /* to = source(list); is_last */
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

/* Operands or slots of the function's row: `count` of them from `first`. */
struct code_list {
    uint32_t first, count;
};

struct code_inst {
    enum code_kind kind;
    bool in_cycle; /* the callee is in the caller's cycle of the call graph */
    bool is_last;  /* TENSOR: an INSERT whose tensor ends its life here; it is not in `dead` */
    uint32_t to;   /* slot */
    op_function *op;
    const struct op_bodies *bodies; /* OP: not NULL if one of them is the meaning, then `op` is not */
    enum dtype from, gives;   /* OP: dtypes of its operands and result */
    operand x, y, z;
    struct code_list list;
    struct code_list dead;    /* slots of tensors that end their lives here, of a CALL when it begins */
    struct code_list unread;  /* CALL: slots of results that nobody reads */
    uint32_t results; /* CALL: first of the slots of its results in `slots` */
    func_id callee;
    fault_id fault;
    uint32_t edge;
    const struct ir_inst *source; /* TENSOR, SHOW */
};

struct code_edge {
    block_id to;
    struct code_list from; /* the values passed; to the slots of the block's parameters */
    struct code_list dead; /* slots of tensors that nobody reads beyond */
};

struct code_block {
    uint32_t first;  /* instruction */
    uint32_t cost;   /* number of instructions: fuel */
    uint32_t params; /* first of the slots of its parameters in `slots` */
    uint32_t param_count;
    struct code_list unread; /* slots of parameters that nobody reads: tensors */
};

struct code {
    const struct ir_func *func;
    uint32_t frame_size; /* in slots; the parameters of the function are the first */
    VEC(struct code_inst) insts;
    VEC(struct code_block) blocks;
    VEC(struct code_edge) edges;
    VEC(union slot) constants;
    VEC(operand) operands;
    VEC(uint32_t) slots;
};

/* `cycles` numbers the cycle of each function. */
struct code *code_of(struct arena *arena, const struct ir_prog *prog, func_id func,
                     const uint32_t *cycles);

#endif
