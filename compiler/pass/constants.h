/* Constants in passes. */
#ifndef ABCC_PASS_CONSTANTS_H
#define ABCC_PASS_CONSTANTS_H

#include "ir/ir.h"

/* The constant that a value, or each element of it, is defined as, or NULL. */
const union scalar *constant_of(const struct ir_func *func, value_id value);
/* Element `place` of a constant of any kind, row-major. False: the value is no constant. */
bool const_inst_element(const struct ir_func *func, value_id value, int64_t place,
                        union scalar *out);
/* Puts a constant, of which each element is the same, at the end of a block. */
value_id constant_new(struct ir_prog *prog, struct ir_func *func, block_id block, struct type type,
                      union scalar constant, struct loc loc);
/* The same bits. */
bool constant_same(enum dtype dtype, const union scalar *a, const union scalar *b);
uint64_t constant_hash(enum dtype dtype, const union scalar *constant);

/* Numbers that every dtype of a class has. ALL_ONES is true for bool, -1 for signed integers, the
 * largest number for unsigned ones. */
enum special { SPECIAL_ZERO, SPECIAL_ONE, SPECIAL_ALL_ONES, SPECIAL_MINUS_ONE, SPECIAL_MINUS_ZERO };
/* MINUS_ONE is -1 modulo 2**n for integers, none for bool; MINUS_ZERO is for floats only, ALL_ONES
 * not. */
bool special_exists(enum dtype dtype, enum special special);
union scalar special_constant(enum dtype dtype, enum special special);
bool constant_is(enum dtype dtype, const union scalar *constant, enum special special);
/* Exponent of an integer that is a power of two and positive as its dtype has it, else -1; the
 * least number of a signed dtype counts if `wraps`. */
int constant_log2(enum dtype dtype, const union scalar *constant, bool wraps);

/* Before an instruction becomes one of another kind. */
void inst_clear_attributes(struct ir_inst *inst);
/* Makes an instruction with one result a constant, of which each element is the same. */
void inst_make_constant(struct ir_inst *inst, union scalar constant);

#endif
