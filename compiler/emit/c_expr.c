/* Expressions: infix where C means the same, else a call of the kernel. */
#include "emit/c_expr.h"

#include <string.h>

/* ---- infix ---------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    enum c_level level;
} infix_levels[] = {
    {"*", LEVEL_PRODUCT}, {"/", LEVEL_PRODUCT}, {"%", LEVEL_PRODUCT}, {"+", LEVEL_SUM},
    {"-", LEVEL_SUM},     {"<<", LEVEL_SHIFT},  {">>", LEVEL_SHIFT},  {"<", LEVEL_ORDER},
    {"<=", LEVEL_ORDER},  {">", LEVEL_ORDER},   {">=", LEVEL_ORDER},  {"==", LEVEL_EQUAL},
    {"!=", LEVEL_EQUAL},  {"&", LEVEL_AND},     {"^", LEVEL_XOR},     {"|", LEVEL_OR},
};

static enum c_level level_of_infix(const char *op)
{
    for (size_t i = 0; i < sizeof infix_levels / sizeof infix_levels[0]; i++)
        if (strcmp(infix_levels[i].op, op) == 0)
            return infix_levels[i].level;
    return LEVEL_CHOICE;
}

/* In parentheses unless it binds tightly enough, also for a reader (and -Wparentheses): only
 * products in sums, sums in comparisons, and chains of one operator go without. */
static const char *operand_text(struct arena *arena, struct c_expr operand, enum c_level parent,
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

struct c_expr c_infix(struct arena *arena, const char *op, struct c_expr x, struct c_expr y)
{
    enum c_level level = level_of_infix(op);
    return (struct c_expr){arena_printf(arena, "%s %s %s", operand_text(arena, x, level, true), op,
                                        operand_text(arena, y, level, false)), level};
}

struct c_expr c_prefix(struct arena *arena, const char *op, struct c_expr x)
{
    bool bare = x.level >= LEVEL_UNARY && *x.text != '-';
    const char *text = arena_printf(arena, bare ? "%s%s" : "%s(%s)", op, x.text);
    return (struct c_expr){text, LEVEL_UNARY};
}

const char *c_factor(struct arena *arena, struct c_expr expr)
{
    return expr.level == LEVEL_CALL ? expr.text : arena_printf(arena, "(%s)", expr.text);
}

/* ---- operations ----------------------------------------------------------------------------- */

/* Is it the least or the greatest value of an integer type? */
static bool is_limit(const struct c_operand *operand)
{
    const union scalar *constant = operand->constant;
    int bits = 8 * dtype_table[operand->dtype].bytes;
    if (!constant || dtype_table[operand->dtype].cls == CLASS_FLOAT)
        return false;
    if (dtype_table[operand->dtype].cls == CLASS_INT)
        return constant->i == INT64_MAX >> (64 - bits) || constant->i == INT64_MIN >> (64 - bits);
    return constant->u == 0 || constant->u == UINT64_MAX >> (64 - bits);
}

/* Compilers warn of comparisons whose result they know. */
static bool is_known_comparison(enum op op, const struct c_operand *operands, uint32_t count)
{
    if (op_table[op].rule != RULE_BOOL || count != 2)
        return false;
    bool order = !(op_table[op].traits & TRAIT_COMMUTES);
    bool same = operands[0].value == operands[1].value && operands[0].value != IR_NONE;
    return (same && dtype_table[operands[0].dtype].cls != CLASS_FLOAT) ||
           (order && (is_limit(&operands[0]) || is_limit(&operands[1])));
}

/* C's operator on these operands, or NULL if it would not mean the same. */
static const char *infix_of(enum op op, const struct op_meaning *meaning,
                            const struct c_operand *operands, uint32_t count)
{
    const union scalar *y = count == 2 ? operands[1].constant : NULL;
    if (is_known_comparison(op, operands, count))
        return NULL;
    switch (meaning->when) {
    case INFIX_ALWAYS:
        return meaning->infix;
    case INFIX_COUNT:
        /* A constant has type int: a wide shift needs a variable. */
        if (dtype_table[operands[0].dtype].bytes > 4 && !operands[0].is_variable)
            return NULL;
        return y && y->u < 8u * dtype_table[operands[0].dtype].bytes ? meaning->infix : NULL;
    case INFIX_DIVISOR:
        return y && y->u != 0 ? meaning->infix : NULL;
    }
    return NULL;
}

/* C's operator for the opposite of a comparison: != for ==. An order of floats has none, because of
 * nan. */
const char *c_opposite(enum op op, const struct c_operand *operands, uint32_t count)
{
    static const char *const pairs[][2] = {{"==", "!="}, {"!=", "=="}, {"<", ">="},
                                           {">=", "<"},  {">", "<="},  {"<=", ">"}};
    if (op_table[op].rule != RULE_BOOL || is_known_comparison(op, operands, count))
        return NULL;
    const char *infix = op_meaning_of(op, operands[0].dtype, DT_BOOL)->infix;
    size_t usable = dtype_table[operands[0].dtype].cls == CLASS_FLOAT ? 2 : 6;
    for (size_t i = 0; infix && i < usable; i++)
        if (strcmp(pairs[i][0], infix) == 0)
            return pairs[i][1];
    return NULL;
}

static struct c_expr infix_expr(struct arena *arena, const struct op_meaning *meaning,
                                const char *op, const struct c_operand *operands, uint32_t count)
{
    if (count == 1)
        return c_prefix(arena, op, operands[0].expr);
    struct c_expr y = operands[1].expr;
    if (meaning->when == INFIX_COUNT)
        y = (struct c_expr){arena_printf(arena, "%u", (unsigned)operands[1].constant->u),
                            LEVEL_CALL};
    return c_infix(arena, op, operands[0].expr, y);
}

/* Compilers warn of `a & b ? x : y`. */
static struct c_expr choice_expr(struct arena *arena, const struct c_operand *operands)
{
    const char *text[3];
    for (uint32_t i = 0; i < 3; i++)
        text[i] = operands[i].expr.level > (i ? LEVEL_CHOICE : LEVEL_AND)
                      ? operands[i].expr.text
                      : arena_printf(arena, "(%s)", operands[i].expr.text);
    return (struct c_expr){arena_printf(arena, "%s ? %s : %s", text[0], text[1], text[2]),
                           LEVEL_CHOICE};
}

/* C converts like the language but from floats to integers. */
static struct c_expr c_cast_expr(struct arena *arena, enum dtype result, struct c_expr x)
{
    if (result == DT_BOOL)
        return c_infix(arena, "!=", x, (struct c_expr){"0", LEVEL_CALL});
    return c_prefix(arena, arena_printf(arena, "(%s)", dtype_table[result].c_name), x);
}

static struct c_expr kernel_expr(struct arena *arena, struct kernel_set *kernels, enum op op,
                                 enum dtype operand, enum dtype result,
                                 const struct c_operand *operands, uint32_t count)
{
    struct text text = {0};
    kernels_use_scalar(kernels, op, operand, result);
    text_printf(&text, "ab_%s", kernel_name(arena, op, operand, result));
    for (uint32_t i = 0; i < count; i++)
        text_printf(&text, "%s%s", i ? ", " : "(", operands[i].expr.text);
    text_put(&text, ")");
    struct c_expr expr = {arena_strdup(arena, text.chars), LEVEL_CALL};
    text_free(&text);
    return expr;
}

struct c_expr c_op(struct arena *arena, struct kernel_set *kernels, enum op op, enum dtype result,
                   const struct c_operand *operands, uint32_t count)
{
    enum dtype operand = operands[count - 1].dtype;
    enum op_rule rule = op_table[op].rule;
    bool to_integer = dtype_table[result].cls & (CLASS_INT | CLASS_UINT);
    if (rule == RULE_SELECT)
        return choice_expr(arena, operands);
    /* tcc 0.9.27 takes (uint16_t)x of an int8_t x < 0 for x itself; a function's result is right. */
    bool wraps_byte = operand == DT_I8 && result == DT_U16;
    if (rule == RULE_CAST && !(dtype_table[operand].cls == CLASS_FLOAT && to_integer) &&
        !wraps_byte)
        return c_cast_expr(arena, result, operands[0].expr);
    const struct op_meaning *meaning = op_meaning_of(op, operand, result);
    const char *infix = infix_of(op, meaning, operands, count);
    return infix ? infix_expr(arena, meaning, infix, operands, count)
                 : kernel_expr(arena, kernels, op, operand, result, operands, count);
}

struct c_expr c_constant(struct arena *arena, enum dtype dtype, union scalar constant)
{
    if (dtype == DT_BOOL)
        return (struct c_expr){constant.u ? "true" : "false", LEVEL_CALL};
    const char *text = constant_text(arena, dtype, constant);
    return (struct c_expr){text, *text == '-' ? LEVEL_UNARY : LEVEL_CALL};
}

/* ---- vectors ---------------------------------------------------------------------------------- */

const char *c_as_lanes(struct arena *arena, const struct c_operand *operand)
{
    if (operand->is_lanes)
        return operand->expr.text;
    if (operand->dtype == DT_BOOL)
        return arena_printf(arena, "(%s ? AB_FULL : (mask)0)", operand->expr.text);
    return arena_printf(arena, "splat_%s(%s)", dtype_table[operand->dtype].name,
                        operand->expr.text);
}

/* clang 19 does not end on some selects between vectors of small integer constants. */
static const char *lanes_choice(struct arena *arena, const struct c_operand *operand)
{
    bool is_integer = dtype_table[operand->dtype].cls & (CLASS_INT | CLASS_UINT);
    if (!operand->constant || !is_integer)
        return c_as_lanes(arena, operand);
    return arena_printf(arena, "hidden_%s(%s)", dtype_table[operand->dtype].name,
                        constant_text(arena, operand->dtype, *operand->constant));
}

struct c_expr c_lanes_op(struct arena *arena, struct kernel_set *kernels, enum op op, enum dtype result,
                         const struct c_operand *operands, uint32_t count, const char *m)
{
    enum dtype operand = operands[count - 1].dtype;
    bool is_select = op_table[op].rule == RULE_SELECT;
    bool takes_mask = kernel_is_per_lane(kernels, op, operand);
    const char *text = arena_printf(arena, "%s(%s", kernel_name(arena, op, operand, result),
                                    takes_mask ? m : "");
    kernels_use(kernels, op, operand, result);
    for (uint32_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%s", text, i || takes_mask ? ", " : "",
                            is_select ? lanes_choice(arena, &operands[i])
                                      : c_as_lanes(arena, &operands[i]));
    return (struct c_expr){arena_printf(arena, "%s)", text), LEVEL_CALL};
}
