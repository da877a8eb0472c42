/* What the verifier found, by place, for those who know more about the place (the parser: its
 * line). */
#ifndef ABCC_IR_VERIFY_H
#define ABCC_IR_VERIFY_H

#include "ir/ir.h"

struct ir_flaw {
    const char *what; /* NULL: no flaw */
    func_id func;     /* IR_NONE: the flaw is in a table of the program, named in `what` */
    block_id block;   /* IR_NONE: in the function as a whole */
    inst_id inst;     /* IR_NONE with a block: its terminator or its head */
    uint32_t entry;   /* IR_NONE: not in the table of entries */
};

struct ir_flaw ir_find_flaw(const struct ir_prog *prog, struct arena *arena, bool must_be_tidy);

#endif
