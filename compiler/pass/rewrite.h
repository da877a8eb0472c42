/* What several passes do to a program: replace values, drop functions, copy vectors. */
#ifndef ABCC_PASS_REWRITE_H
#define ABCC_PASS_REWRITE_H

#include "ir/ir.h"

/* Replacements of values in one function, made at once by rewrite_apply. */
struct rewrite {
    struct ir_func *func;
    value_id *to;  /* per value: itself, or on the way to the one that replaces it */
    uint32_t size; /* values there were at the start: later ones stand for themselves */
    bool any;
};

struct rewrite rewrite_new(struct arena *scratch, struct ir_func *func);
value_id rewrite_current(const struct rewrite *rewrite, value_id value);
/* The new value must be available wherever the old one is used. */
void rewrite_replace(struct rewrite *rewrite, value_id value, value_id by);
void rewrite_apply(struct rewrite *rewrite);

/* Calls `visit` on each use in an instruction, or in a terminator. */
typedef void (*use_visitor)(void *user, value_id *use);
void for_each_use_in_inst(struct ir_inst *inst, use_visitor visit, void *user);
void for_each_use_in_term(struct ir_term *term, use_visitor visit, void *user);

/* Drops block parameters, and what edges pass for them. They have no uses left, but as arguments
 * for dropped parameters; those of the entry block stay. */
void func_drop_params(struct ir_func *func, const bool *gone);

/* Drops the functions that are not kept; nothing kept may refer to them. */
void prog_keep_funcs(struct ir_prog *prog, const bool *keep);

#endif
