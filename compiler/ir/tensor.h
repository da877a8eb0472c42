/* What is fixed about tensor instructions by their operands and attributes: shapes of results,
 * which operand is which, equality of attributes. */
#ifndef ABCC_IR_TENSOR_H
#define ABCC_IR_TENSOR_H

#include "ir/ir.h"

/* The operands of axis `axis` of a region: its scalar is args[1 + the scalars of the axes before].
 */
bool ir_axis_has_scalar(const struct ir_axis *axis);
/* Scalars of the first `count` axes. */
uint32_t ir_axis_scalars(const struct ir_axis *axes, uint32_t count);
/* The shape that a region cuts out. */
struct shape ir_region_shape(const struct ir_axis *axes, uint32_t count);
/* May the operation be that of a reduction? What it gives for no elements (min and max: nothing) is
 * its neutral constant. */
bool ir_op_reduces(enum op op);
bool ir_op_has_neutral(enum op op);
union scalar ir_op_neutral(enum op op, enum dtype dtype);

/* Does the instruction define its result by its operands and attributes alone: an operation, a
 * constant, lane_index, an extent, an index map, a maker? Those are pure, and total (IR.md). */
bool ir_inst_is_pure(const struct ir_inst *inst);
/* An index map: nothing is computed. */
bool ir_inst_is_index_map(const struct ir_inst *inst);

/* Of pure instructions, everything but operands, results, place and constant: two that agree in it,
 * in their operands and in the types of their results give the same. */
bool ir_inst_same_attributes(const struct ir_inst *a, const struct ir_inst *b);
/* A copy without operands and results, that shares no vector with the original. */
struct ir_inst ir_inst_copy(struct arena *arena, const struct ir_inst *inst);

/* Does the dtype have this number? */
bool ir_constant_fits(enum dtype dtype, const union scalar *constant);

/* The type of a tensor instruction's result as its operands and attributes say it, into *type; or
 * what is wrong with them, in the arena. BROADCAST, RESHAPE and IOTA have the type the result is
 * given, which *type holds at the call. The operands are defined, their number is not looked at
 * before. */
const char *ir_tensor_type(const struct ir_prog *prog, const struct ir_func *func,
                           const struct ir_inst *inst, struct type *type, struct arena *arena);

#endif
