/* Expressions of scalar mode: infix where C means the same, else a call of the kernel. */
#include "emit/scalar.h"

#include <string.h>

/* How tightly a C expression binds. */
enum level {
    LEVEL_CHOICE,
    LEVEL_OR,
    LEVEL_XOR,
    LEVEL_AND,
    LEVEL_EQUAL,
    LEVEL_ORDER,
    LEVEL_SHIFT,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_UNARY,
    LEVEL_CALL
};

struct expr {
    const char *text;
    enum level level;
};

static struct expr expr_of(struct scalar_func *cx, value_id value, struct indexes *reads);

const char *scalar_c_type(enum dtype dtype)
{
    return dtype == DT_BOOL ? "bool" : dtype_table[dtype].c_name;
}

/* ---- infix ---------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    enum level level;
} infix_levels[] = {
    {"*", LEVEL_PRODUCT}, {"/", LEVEL_PRODUCT}, {"%", LEVEL_PRODUCT}, {"+", LEVEL_SUM},
    {"-", LEVEL_SUM},     {"<<", LEVEL_SHIFT},  {">>", LEVEL_SHIFT},  {"<", LEVEL_ORDER},
    {"<=", LEVEL_ORDER},  {">", LEVEL_ORDER},   {">=", LEVEL_ORDER},  {"==", LEVEL_EQUAL},
    {"!=", LEVEL_EQUAL},  {"&", LEVEL_AND},     {"^", LEVEL_XOR},     {"|", LEVEL_OR},
};

static enum level level_of_infix(const char *op)
{
    for (size_t i = 0; i < sizeof infix_levels / sizeof infix_levels[0]; i++)
        if (strcmp(infix_levels[i].op, op) == 0)
            return infix_levels[i].level;
    return LEVEL_CHOICE;
}

/* In parentheses unless it binds tightly enough, also for a reader (and -Wparentheses): only
 * products in sums, sums in comparisons, and chains of one operator go without. */
static const char *operand_text(struct arena *arena, struct expr operand, enum level parent,
                                bool is_left)
{
    bool bare = operand.level >= LEVEL_UNARY || (is_left && operand.level == parent &&
                                                 parent != LEVEL_ORDER && parent != LEVEL_EQUAL &&
                                                 parent != LEVEL_SHIFT) ||
                ((operand.level == LEVEL_SUM || operand.level == LEVEL_PRODUCT) &&
                 (parent == LEVEL_SUM || parent == LEVEL_ORDER || parent == LEVEL_EQUAL) &&
                 operand.level > parent);
    return bare ? operand.text : arena_printf(arena, "(%s)", operand.text);
}

static struct expr infix(struct scalar_func *cx, const char *op, struct expr x, struct expr y)
{
    enum level level = level_of_infix(op);
    return (struct expr){arena_printf(cx->arena, "%s %s %s",
                                      operand_text(cx->arena, x, level, true), op,
                                      operand_text(cx->arena, y, level, false)),
                         level};
}

static struct expr prefix(struct scalar_func *cx, const char *op, struct expr x)
{
    bool bare = x.level >= LEVEL_UNARY && *x.text != '-';
    const char *text = arena_printf(cx->arena, bare ? "%s%s" : "%s(%s)", op, x.text);
    return (struct expr){text, LEVEL_UNARY};
}

/* ---- operations ----------------------------------------------------------------------------- */

static const struct ir_inst *inst_of(const struct scalar_func *cx, value_id value)
{
    const struct ir_value *v = &cx->ir->values.at[value];
    return v->kind == VALUE_RESULT ? &cx->ir->insts.at[v->inst] : NULL;
}

static const struct ir_inst *constant_of(const struct scalar_func *cx, value_id value)
{
    const struct ir_inst *inst = inst_of(cx, value);
    return inst && inst->kind == INST_CONST ? inst : NULL;
}

/* Is it the least or the greatest value of an integer type? */
static bool is_limit(const struct ir_inst *constant, enum dtype dtype)
{
    int bits = 8 * dtype_table[dtype].bytes;
    if (!constant || dtype_table[dtype].cls == CLASS_FLOAT)
        return false;
    if (dtype_table[dtype].cls == CLASS_INT)
        return constant->constant.i == INT64_MAX >> (64 - bits) ||
               constant->constant.i == INT64_MIN >> (64 - bits);
    return constant->constant.u == 0 || constant->constant.u == UINT64_MAX >> (64 - bits);
}

/* Compilers warn of comparisons whose result they know. */
static bool is_known_comparison(const struct scalar_func *cx, const struct ir_inst *inst,
                                enum dtype operand)
{
    if (op_table[inst->op].rule != RULE_BOOL || inst->args.len != 2)
        return false;
    value_id x = inst->args.at[0], y = inst->args.at[1];
    bool order = !(op_table[inst->op].traits & TRAIT_COMMUTES);
    return (x == y && dtype_table[operand].cls != CLASS_FLOAT) ||
           (order && (is_limit(constant_of(cx, x), operand) ||
                      is_limit(constant_of(cx, y), operand)));
}

/* C's operator on these operands, or NULL if it would not mean the same. */
static const char *infix_of(const struct scalar_func *cx, const struct ir_inst *inst,
                            const struct op_meaning *meaning, enum dtype operand)
{
    const struct ir_inst *y = inst->args.len == 2 ? constant_of(cx, inst->args.at[1]) : NULL;
    if (is_known_comparison(cx, inst, operand))
        return NULL;
    switch (meaning->when) {
    case INFIX_ALWAYS:
        return meaning->infix;
    case INFIX_COUNT:
        /* A constant has type int: a wide shift needs a variable. */
        if (dtype_table[operand].bytes > 4 && cx->variable_of[inst->args.at[0]] == IR_NONE)
            return NULL;
        return y && y->constant.u < 8u * dtype_table[operand].bytes ? meaning->infix : NULL;
    case INFIX_DIVISOR:
        return y && y->constant.u != 0 ? meaning->infix : NULL;
    }
    return NULL;
}

/* C's operator for the opposite of a comparison: != for ==. An order of floats has none, because of
 * nan. */
static const char *opposite_of(const char *op, enum dtype operand)
{
    static const char *const pairs[][2] = {{"==", "!="}, {"!=", "=="}, {"<", ">="},
                                           {">=", "<"},  {">", "<="},  {"<=", ">"}};
    size_t usable = dtype_table[operand].cls == CLASS_FLOAT ? 2 : 6;
    for (size_t i = 0; op && i < usable; i++)
        if (strcmp(pairs[i][0], op) == 0)
            return pairs[i][1];
    return NULL;
}

/* The opposite of a bool: a != b for a == b, !x for x. */
static struct expr negated_expr(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    const struct ir_inst *inst = inst_of(cx, value);
    if (cx->inlined[value]) {
        enum dtype operand = cx->ir->values.at[inst->args.at[0]].type.dtype;
        const struct op_meaning *meaning = op_meaning_of(inst->op, operand, DT_BOOL);
        const char *op = op_table[inst->op].rule == RULE_BOOL &&
                                 !is_known_comparison(cx, inst, operand)
                             ? opposite_of(meaning->infix, operand)
                             : NULL;
        if (op)
            return infix(cx, op, expr_of(cx, inst->args.at[0], reads),
                         expr_of(cx, inst->args.at[1], reads));
        if (inst->args.len == 1 && meaning->infix && strcmp(meaning->infix, "!") == 0)
            return expr_of(cx, inst->args.at[0], reads);
    }
    return prefix(cx, "!", expr_of(cx, value, reads));
}

static struct expr infix_expr(struct scalar_func *cx, const struct ir_inst *inst,
                              const struct op_meaning *meaning, const char *op,
                              struct indexes *reads)
{
    if (strcmp(op, "!") == 0)
        return negated_expr(cx, inst->args.at[0], reads);
    struct expr x = expr_of(cx, inst->args.at[0], reads);
    if (inst->args.len == 1)
        return prefix(cx, op, x);
    if (meaning->when == INFIX_COUNT) {
        uint64_t count = constant_of(cx, inst->args.at[1])->constant.u;
        return infix(cx, op, x, (struct expr){arena_printf(cx->arena, "%u", (unsigned)count),
                                              LEVEL_CALL});
    }
    return infix(cx, op, x, expr_of(cx, inst->args.at[1], reads));
}

static struct expr choice_expr(struct scalar_func *cx, const struct ir_inst *inst,
                               struct indexes *reads)
{
    const char *text[3];
    for (uint32_t i = 0; i < 3; i++) {
        struct expr part = expr_of(cx, inst->args.at[i], reads);
        text[i] = part.level > LEVEL_CHOICE ? part.text
                                            : arena_printf(cx->arena, "(%s)", part.text);
    }
    return (struct expr){arena_printf(cx->arena, "%s ? %s : %s", text[0], text[1], text[2]),
                         LEVEL_CHOICE};
}

/* C converts like the language but from floats to integers. */
static struct expr c_cast_expr(struct scalar_func *cx, const struct ir_inst *inst,
                               enum dtype result, struct indexes *reads)
{
    struct expr x = expr_of(cx, inst->args.at[0], reads);
    if (result == DT_BOOL)
        return infix(cx, "!=", x, (struct expr){"0", LEVEL_CALL});
    return prefix(cx, arena_printf(cx->arena, "(%s)", scalar_c_type(result)), x);
}

static struct expr kernel_expr(struct scalar_func *cx, const struct ir_inst *inst,
                               enum dtype operand, enum dtype result, struct indexes *reads)
{
    struct text text = {0};
    kernels_use(cx->unit->kernels, inst->op, operand, result);
    text_printf(&text, "ab_%s", kernel_name(cx->arena, inst->op, operand, result));
    for (uint32_t i = 0; i < inst->args.len; i++)
        text_printf(&text, "%s%s", i ? ", " : "(", expr_of(cx, inst->args.at[i], reads).text);
    text_put(&text, ")");
    struct expr expr = {arena_strdup(cx->arena, text.chars), LEVEL_CALL};
    text_free(&text);
    return expr;
}

static struct expr op_expr(struct scalar_func *cx, const struct ir_inst *inst,
                           struct indexes *reads)
{
    enum dtype result = cx->ir->values.at[inst->results.at[0]].type.dtype;
    enum dtype operand = cx->ir->values.at[inst->args.at[inst->args.len - 1]].type.dtype;
    enum op_rule rule = op_table[inst->op].rule;
    bool to_integer = dtype_table[result].cls & (CLASS_INT | CLASS_UINT);
    if (rule == RULE_SELECT)
        return choice_expr(cx, inst, reads);
    /* tcc 0.9.27 takes (uint16_t)x of an int8_t x < 0 for x itself; a function's result is right. */
    bool wraps_byte = operand == DT_I8 && result == DT_U16;
    if (rule == RULE_CAST && !(dtype_table[operand].cls == CLASS_FLOAT && to_integer)
        && !wraps_byte)
        return c_cast_expr(cx, inst, result, reads);
    const struct op_meaning *meaning = op_meaning_of(inst->op, operand, result);
    const char *op = infix_of(cx, inst, meaning, operand);
    return op ? infix_expr(cx, inst, meaning, op, reads)
              : kernel_expr(cx, inst, operand, result, reads);
}

/* ---- values --------------------------------------------------------------------------------- */

static struct expr constant_expr(struct scalar_func *cx, const struct ir_inst *inst)
{
    enum dtype dtype = cx->ir->values.at[inst->results.at[0]].type.dtype;
    if (dtype == DT_BOOL)
        return (struct expr){inst->constant.u ? "true" : "false", LEVEL_CALL};
    const char *text = constant_text(cx->arena, dtype, inst->constant);
    return (struct expr){text, *text == '-' ? LEVEL_UNARY : LEVEL_CALL};
}

static struct expr expr_of(struct scalar_func *cx, value_id value, struct indexes *reads)
{
    const struct ir_inst *inst = inst_of(cx, value);
    if (inst && inst->kind == INST_CONST)
        return constant_expr(cx, inst);
    if (inst && inst->kind == INST_LANE_INDEX)
        return (struct expr){"(int64_t)cx->index", LEVEL_UNARY};
    if (cx->inlined[value])
        return op_expr(cx, inst, reads);
    vec_push(cx->arena, reads, cx->variable_of[value]);
    return (struct expr){cx->variables.at[cx->variable_of[value]].name, LEVEL_CALL};
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
