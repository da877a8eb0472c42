/* Expressions of scalar mode: which operands of an operation are written inside it. */
#include "emit/scalar.h"

#include <string.h>

static struct c_expr expr_of(struct scalar_func *cx, value_id value, struct indexes *reads);
static struct c_expr op_expr(struct scalar_func *cx, const struct ir_inst *inst,
                             struct indexes *reads);

const char *scalar_c_type(enum dtype dtype)
{
    return dtype == DT_BOOL ? "bool" : dtype_table[dtype].c_name;
}

static const struct ir_inst *inst_of(const struct scalar_func *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    return v->kind == VALUE_RESULT ? &cx->ir->insts.at[v->inst] : NULL;
}

static const union scalar *constant_of(const struct scalar_func *cx, value_id value)
{
    const struct ir_inst *inst = inst_of(cx, value);
    return inst && inst->kind == INST_CONST ? &inst->constant : NULL;
}

/* The operands of an operation, without their texts. */
static void find_operands(const struct scalar_func *cx, const struct ir_inst *inst,
                          struct c_operand operands[3])
{
    for (uint32_t i = 0; i < inst->args.len; i++) {
        value_id value = inst->args.at[i];
        operands[i] = (struct c_operand){.dtype = cx->ir->values.at[value].type.dtype,
                                         .value = value, .constant = constant_of(cx, value),
                                         .is_variable = cx->variable_of[value] != IR_NONE};
    }
}

/* The opposite of a bool: a != b for a == b, !x for x. */
static struct c_expr negated_expr(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    const struct ir_inst *inst = inst_of(cx, value);
    if (cx->inlined[value] && inst->kind == INST_OP) {
        struct c_operand operands[3];
        find_operands(cx, inst, operands);
        const char *op = c_opposite(inst->op, operands, inst->args.len);
        if (op) {
            struct c_expr x = expr_of(cx, inst->args.at[0], reads);
            return c_infix(cx->arena, op, x, expr_of(cx, inst->args.at[1], reads));
        }
        const char *infix = op_meaning_of(inst->op, operands[0].dtype, DT_BOOL)->infix;
        if (inst->args.len == 1 && infix && strcmp(infix, "!") == 0)
            return expr_of(cx, inst->args.at[0], reads);
    }
    return c_prefix(cx->arena, "!", expr_of(cx, value, reads));
}

static struct c_expr op_expr(struct scalar_func *cx, const struct ir_inst *inst,
                             struct indexes *reads)
{
    enum dtype result = cx->ir->values.at[inst->results.at[0]].type.dtype;
    struct c_operand operands[3];
    find_operands(cx, inst, operands);
    if (inst->args.len == 1 && result == DT_BOOL && op_table[inst->op].rule != RULE_CAST) {
        const char *infix = op_meaning_of(inst->op, operands[0].dtype, result)->infix;
        if (infix && strcmp(infix, "!") == 0)
            return negated_expr(cx, inst->args.at[0], reads);
    }
    for (uint32_t i = 0; i < inst->args.len; i++)
        operands[i].expr = expr_of(cx, inst->args.at[i], reads);
    return c_op(cx->arena, cx->unit->kernels, inst->op, result, operands, inst->args.len);
}

/* An element of a tensor. */
static struct c_expr element_expr(struct scalar_func *cx, const struct ir_inst *inst,
                                  struct indexes *reads)
{
    struct indexes *outer = cx->reads;
    cx->reads = reads;
    struct c_expr expr = nest_element(&cx->dialect, inst);
    cx->reads = outer;
    return expr;
}

/* ---- values --------------------------------------------------------------------------------- */

static struct c_expr expr_of(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    const struct ir_inst *inst = inst_of(cx, value);
    if (inst && inst->kind == INST_CONST)
        return c_constant(cx->arena, cx->ir->values.at[value].type.dtype, inst->constant);
    if (inst && inst->kind == INST_LANE_INDEX)
        return (struct c_expr){"(int64_t)cx->index", LEVEL_UNARY};
    if (inst && inst->kind == INST_EXTENT)
        return (struct c_expr){scalar_extent(cx, inst->symbol), LEVEL_CALL};
    if (cx->inlined[value] && inst->kind != INST_OP)
        return element_expr(cx, inst, reads);
    if (cx->inlined[value])
        return op_expr(cx, inst, reads);
    vec_push(cx->arena, reads, cx->variable_of[value]);
    return (struct c_expr){cx->variables.at[cx->variable_of[value]].name, LEVEL_CALL};
}

struct c_expr scalar_expr_of(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    return expr_of(cx, value, reads);
}

const char *scalar_expr(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    return expr_of(cx, value, reads).text;
}

const char *scalar_op(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    return op_expr(cx, inst_of(cx, value), reads).text;
}

const char *scalar_condition(struct scalar_func *cx, value_id value, bool negated,
                             struct indexes *reads)
{
    return (negated ? negated_expr(cx, value, reads) : expr_of(cx, value, reads)).text;
}
