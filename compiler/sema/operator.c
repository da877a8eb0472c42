/* Operators: which dtype they work in, folding, and what is suspicious about them (L13). */
#include "sema/tensor.h"

#include <string.h>

static const struct dtype_rule operator_rules[AST_OP_COUNT] = {
    [AST_EQ] = {OP_eq, RESULT_COMPARISON, BOOL_KEEP, OP_eq},
    [AST_NE] = {OP_ne, RESULT_COMPARISON, BOOL_KEEP, OP_ne},
    [AST_LT] = {OP_lt, RESULT_COMPARISON, BOOL_AS_U8, OP_identity},
    [AST_LE] = {OP_le, RESULT_COMPARISON, BOOL_AS_U8, OP_identity},
    [AST_GT] = {OP_gt, RESULT_COMPARISON, BOOL_AS_U8, OP_identity},
    [AST_GE] = {OP_ge, RESULT_COMPARISON, BOOL_AS_U8, OP_identity},
    [AST_BIT_OR] = {OP_or, RESULT_BITWISE, BOOL_KEEP, OP_or},
    [AST_BIT_XOR] = {OP_xor, RESULT_BITWISE, BOOL_KEEP, OP_xor},
    [AST_BIT_AND] = {OP_and, RESULT_BITWISE, BOOL_KEEP, OP_and},
    [AST_SHL] = {OP_shl, RESULT_BITWISE, BOOL_AS_I8, OP_identity},
    [AST_SHR] = {OP_shr, RESULT_BITWISE, BOOL_AS_I8, OP_identity},
    [AST_ADD] = {OP_add, RESULT_ARITHMETIC, BOOL_KEEP, OP_or},
    [AST_SUB] = {OP_sub, RESULT_ARITHMETIC, BOOL_REJECT, OP_identity},
    [AST_MUL] = {OP_mul, RESULT_ARITHMETIC, BOOL_KEEP, OP_and},
    [AST_DIV] = {OP_div, RESULT_QUOTIENT, BOOL_KEEP, OP_identity},
    [AST_FLOORDIV] = {OP_floordiv, RESULT_ARITHMETIC, BOOL_AS_I8, OP_identity},
    [AST_MOD] = {OP_mod, RESULT_ARITHMETIC, BOOL_AS_I8, OP_identity},
    [AST_NEG] = {OP_neg, RESULT_ARITHMETIC, BOOL_REJECT, OP_identity},
    [AST_POS] = {OP_identity, RESULT_ARITHMETIC, BOOL_REJECT, OP_identity},
    [AST_BIT_NOT] = {OP_not, RESULT_BITWISE, BOOL_KEEP, OP_not},
    [AST_POW] = {OP_pow, RESULT_ARITHMETIC, BOOL_AS_I8, OP_identity},
};

static bool is_comparison(enum ast_op op)
{
    return operator_rules[op].result == RESULT_COMPARISON && op >= AST_EQ && op <= AST_GE;
}

/* ---- messages -------------------------------------------------------------------------------- */

static const char *types_text(struct checker *cx, const struct operand *args, uint32_t count)
{
    const char *text = text_of(cx, args[0].ty);
    for (uint32_t i = 1; i < count; i++)
        if (count > 2 || args[0].ty != args[1].ty)
            text = arena_printf(cx->memory, "%s%s%s", text, i + 1 == count ? " and " : ", ",
                                text_of(cx, args[i].ty));
    return text;
}

static bool all_tensors(struct checker *cx, struct loc loc, const char *what,
                        const struct operand *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!ty_is_tensor(args[i].ty)) {
            sema_error(cx, AB0302, loc, "%s is not defined for %s", what,
                       types_text(cx, args, count));
            return false;
        }
    return true;
}

static void report_status(struct checker *cx, struct loc loc, const char *what,
                          const struct rule_result *rule, const struct operand *args,
                          uint32_t count)
{
    struct diag *diag = sema_error(cx, AB0302, loc, "%s is not defined for %s", what,
                                   types_text(cx, args, count));
    if (rule->status == RULE_REJECTS_FLOAT && !strcmp(what, "`^`"))
        sema_help(cx, diag, "it tells which bits differ; a power is written `**`");
    else if (rule->status == RULE_REJECTS_FLOAT)
        sema_help(cx, diag, "it needs integers or bools%s",
                  count == 2 && dtype_is_integer(ty_dtype(args[0].ty))
                          && dtype_is_integer(ty_dtype(args[1].ty))
                      ? "; u64 and a signed integer together give f64: cast one of them" : "");
    else if (rule->status == RULE_REJECTS_BITS)
        sema_help(cx, diag, rule->op == OP_to_bits ? "it takes an f32 or an f64"
                                                   : "it takes a u32 or a u64");
    else if (rule->op == OP_sub)
        sema_help(cx, diag, "`^` tells whether two bools differ; i32(x) makes a bool a number");
    else
        sema_help(cx, diag, "i32(x) makes a bool a number");
}

static void report_f16(struct checker *cx, struct loc loc, const char *what,
                       const struct operand *args)
{
    struct diag *diag = sema_error(
        cx, AB0901, loc, "%s of %s gives f16, as in NumPy: this version does not compile f16 yet",
        what, text_of(cx, args[0].ty));
    sema_edit(cx, diag, args[0].loc, "choose a wider type", "f32(%s)",
              diag ? source_text(cx, args[0].loc) : "");
}

/* ---- promotion warnings ---------------------------------------------------------------------- */

static bool is_strong_int(const struct operand *arg)
{
    enum dtype dtype = ty_dtype(arg->ty);
    return dtype_is_integer(dtype) && !dtype_is_weak(dtype);
}

static void suggest_cast(struct checker *cx, struct diag *diag, const struct operand *arg,
                         const char *type_name, const char *label)
{
    if (diag)
        sema_edit(cx, diag, arg->loc, label, "%s(%s)", type_name,
                  source_text(cx, arg->loc));
}

/* What two sized operands turn into without being asked to. */
static void warn_promotion(struct checker *cx, struct loc loc, const struct rule_result *rule,
                           const struct operand *left, const struct operand *right)
{
    const char *types = types_text(cx, (struct operand[]){*left, *right}, 2);
    if (is_strong_int(left) && is_strong_int(right)) {
        if (!dtype_is_float(rule->promoted))
            return;
        struct diag *diag =
            sema_warn(cx, AB1008, loc, "%s are converted to %s, which is not exact", types,
                      dtype_table[rule->promoted].name);
        suggest_cast(cx, diag, ty_dtype(left->ty) == DT_U64 ? left : right, "i64",
                     "to stay in integers, write");
        return;
    }
    if (rule->promoted != DT_F64)
        return;
    const struct operand *narrow = ty_dtype(left->ty) == DT_F32 ? left : right;
    const struct operand *other = narrow == left ? right : left;
    if (ty_dtype(narrow->ty) != DT_F32)
        return;
    if (is_strong_int(other)) {
        struct diag *diag = sema_warn(cx, AB1009, loc, "f32 with %s gives f64",
                                      text_of(cx, other->ty));
        suggest_cast(cx, diag, other, "f32", "to stay in f32, write");
    } else if (ty_dtype(other->ty) == DT_F64) {
        struct diag *diag = sema_warn(cx, AB1007, loc, "f32 with f64 gives f64");
        suggest_cast(cx, diag, narrow, "f64", "say so with a cast");
    }
}

void warn_operands(struct checker *cx, struct loc loc, const struct operand *left,
                   const struct operand *right)
{
    struct rule_result rule = {.promoted = dtype_promote(ty_dtype(left->ty), ty_dtype(right->ty))};
    warn_promotion(cx, loc, &rule, left, right);
}

static void warn_shift(struct checker *cx, struct loc loc, const struct rule_result *rule,
                       const struct operand *amount)
{
    if (!amount->constant || amount->constant->kind != CONSTANT_INT
        || dtype_is_weak(rule->operand) || rule->result == DT_BOOL)
        return;
    int width = 8 * dtype_table[rule->operand].bytes;
    if (amount->constant->integer < 0 || amount->constant->integer >= width)
        sema_warn(cx, AB1010, loc, "a shift of %s by %s leaves nothing of it",
                  dtype_table[rule->operand].name, constant_spelling(cx->memory, amount->constant));
}

/* ---- one operation --------------------------------------------------------------------------- */

/* The operation on constants, element by element where one of them has elements of its own. */
static enum fold_status fold_elements(struct checker *cx, enum op op,
                                      const struct rule_result *rule, const struct operand *args,
                                      const struct constant **folded)
{
    const struct constant *constants[3];
    bool has_elements = false;
    for (uint8_t i = 0; i < op_table[op].arity; i++) {
        constants[i] = args[i].constant;
        if (!constants[i])
            return FOLD_NOT;
        has_elements |= constants[i]->kind == CONSTANT_PARTS;
    }
    if (!has_elements)
        return constant_fold(cx->memory, op, rule->operand, rule->result, constants, folded);
    int64_t size = shape_size(ty_shape(args[0].ty));
    if (size > CONSTANT_MAX_ELEMENTS)
        return FOLD_NOT;
    struct constant *all = constant_parts(cx->memory, (uint32_t)size);
    for (uint32_t k = 0; k < size; k++) {
        for (uint8_t i = 0; i < op_table[op].arity; i++)
            constants[i] = constant_element(args[i].constant, k);
        enum fold_status status = constant_fold(cx->memory, op, rule->operand, rule->result,
                                                constants, &all->parts[k]);
        if (status != FOLD_DONE)
            return status;
        all->is_named |= all->parts[k]->is_named;
    }
    *folded = all;
    return FOLD_DONE;
}

/* The operands are converted and of one shape; all of them are constants, or the result is computed
 * at run time. */
static struct operand finish_op(struct checker *cx, struct loc loc, enum op op,
                                const struct rule_result *rule, struct operand *args)
{
    struct typed_expr *exprs[3];
    struct operand result = {.ty = ty_with_dtype(&cx->types, args[0].ty, rule->result),
                             .loc = loc};
    bool is_constant = true, is_whole = true;
    for (uint8_t i = 0; i < op_table[op].arity; i++)
        is_constant &= args[i].constant != NULL;
    if (is_constant) {
        enum fold_status status = fold_elements(cx, op, rule, args, &result.constant);
        if (status == FOLD_TOO_LARGE) {
            sema_error(cx, AB0306, loc, "the value of this constant needs more than 128 bits");
            return op_error(cx, loc);
        }
        if (status == FOLD_DONE && dtype_is_weak(rule->result))
            return result;
        if (status == FOLD_DONE && dtype_is_weak(rule->operand)) { /* a comparison of literals */
            settle_operand(cx, &result);
            return result;
        }
    }
    for (uint8_t i = 0; i < op_table[op].arity; i++) {
        exprs[i] = settle_operand(cx, &args[i]);
        is_whole &= exprs[i] != NULL;
    }
    if (is_whole)
        result.expr = tx_op(cx, loc, op, rule->result, exprs);
    return result;
}

struct operand apply_rule(struct checker *cx, struct loc loc, const char *what,
                          const struct dtype_rule *rule, struct operand *args, uint32_t count)
{
    enum dtype dtypes[BUILTIN_MAX_PARAMS];
    const struct ty *bad = spoiled(args, count);
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, loc, args, count);
    if (bad)
        return (struct operand){.ty = bad, .loc = loc};
    struct shape shape;
    if (!all_tensors(cx, loc, what, args, count)
        || !common_shape(cx, loc, what, args, count, &shape))
        return op_error(cx, loc);
    for (uint32_t i = 0; i < count; i++)
        dtypes[i] = ty_dtype(args[i].ty);
    struct rule_result applied = rule_apply(rule, dtypes, count);
    if (applied.status != RULE_FITS) {
        report_status(cx, loc, what, &applied, args, count);
        return op_error(cx, loc);
    }
    if (applied.operand == DT_F16) {
        report_f16(cx, loc, what, args);
        return op_error(cx, loc);
    }
    if (count == 2 && !cx->pass->in_update)
        warn_promotion(cx, loc, &applied, &args[0], &args[1]);
    for (uint32_t i = 0; i < count; i++)
        args[i] = broadcast_operand(cx, cast_weakly(cx, args[i], applied.operand), &shape);
    if (applied.op == OP_identity) {
        args[0].loc = loc;
        return args[0];
    }
    if (op_table[applied.op].rule == RULE_SHIFT)
        warn_shift(cx, loc, &applied, &args[1]);
    return finish_op(cx, loc, (enum op)applied.op, &applied, args);
}

/* ---- power ----------------------------------------------------------------------------------- */

bool is_number_literal(const struct ast_expr *expr)
{
    while (expr->kind == AST_UNARY && (expr->op == AST_NEG || expr->op == AST_POS))
        expr = expr->left;
    return expr->kind == AST_INT || expr->kind == AST_FLOAT;
}

static double real_of(const struct constant *constant)
{
    return constant->kind == CONSTANT_FLOAT ? constant->real : (double)constant->integer;
}

static bool is_fast_exponent(double exponent)
{
    return exponent == 2 || exponent == 1 || exponent == 0 || exponent == -1 || exponent == 0.5;
}

/* x*x, x, 1, 1/x, sqrt(x): x is of the common dtype and evaluated once. */
static struct operand fast_power(struct checker *cx, struct loc loc, struct operand x,
                                 double exponent)
{
    static const struct dtype_rule root = {OP_sqrt, RESULT_FLOATING, BOOL_KEEP, OP_identity};
    struct typed_block *block = ARENA_NEW(cx->memory, struct typed_block);
    struct operand one = number_operand(cx, loc, 1);
    bool is_weak_constant = x.constant && ty_is_weak(x.ty);
    if (!is_weak_constant && x.expr && !tx_is_simple(x.expr) && (exponent == 2 || exponent == 0))
        x.expr = tx_hold(cx, block, x.expr);
    struct operand result;
    if (exponent == 2)
        result = apply_rule(cx, loc, "`**`", &operator_rules[AST_MUL], (struct operand[]){x, x}, 2);
    else if (exponent == 0)
        result = broadcast_operand(cx, cast_weakly(cx, one, ty_dtype(x.ty)), ty_shape(x.ty));
    else if (exponent == -1)
        result =
            apply_rule(cx, loc, "`**`", &operator_rules[AST_DIV], (struct operand[]){one, x}, 2);
    else if (exponent == 0.5)
        result = apply_rule(cx, loc, "`**`", &root, &x, 1);
    else
        result = x;
    if (block->stmts.len && settle_operand(cx, &result))
        result = op_value(loc, tx_block(cx, block, result.expr), result.ty);
    result.loc = loc;
    return result;
}

struct operand check_power(struct checker *cx, struct loc loc, struct operand base,
                           struct operand exponent, bool is_literal)
{
    struct operand args[] = {base, exponent};
    if (spoiled(args, 2) || !ty_is_tensor(base.ty) || !ty_is_scalar(exponent.ty)
        || !exponent.constant || exponent.constant->kind == CONSTANT_BOOL)
        return apply_rule(cx, loc, "`**`", &operator_rules[AST_POW], args, 2);
    enum dtype common = dtype_promote(ty_dtype(base.ty), ty_dtype(exponent.ty));
    double k = real_of(exponent.constant);
    if (dtype_is_integer(common) && k < 0) {
        struct diag *diag = sema_error(cx, AB0307, exponent.loc,
                                       "an integer to a negative power is not an integer");
        sema_edit(cx, diag, base.loc, "compute in floats", "f64(%s)",
                  diag ? source_text(cx, base.loc) : "");
        return op_error(cx, loc);
    }
    if (is_literal && is_fast_exponent(k))
        return fast_power(cx, loc, cast_weakly(cx, base, common), k);
    return apply_rule(cx, loc, "`**`", &operator_rules[AST_POW], args, 2);
}

/* ---- comparisons ----------------------------------------------------------------------------- */

struct operand check_same(struct checker *cx, struct loc loc, bool negated, struct operand left,
                          struct operand right, const char *what)
{
    struct operand args[] = {left, right};
    const struct ty *bad = spoiled(args, 2);
    if (bad && bad->kind == TY_NEVER)
        return op_never_after(cx, loc, args, 2);
    if (bad)
        return (struct operand){.ty = bad, .loc = loc};
    const struct ty *joined = ty_join(&cx->types, left.ty, right.ty);
    if (!joined || ty_is_named(joined)) {
        sema_error(cx, AB0302, loc, "%s is not defined for %s", what, types_text(cx, args, 2));
        return op_error(cx, loc);
    }
    const struct ty *bool_ty = cx->types.scalars[DT_BOOL];
    struct typed_expr *typed = tx_new(cx, TX_SAME, loc, bool_ty);
    for (uint32_t i = 0; i < 2; i++) {
        args[i] = convert_operand(cx, args[i], joined, NULL);
        vec_push(cx->memory, &typed->args, settle_operand(cx, &args[i]));
        if (!args[i].expr)
            return (struct operand){.ty = bool_ty, .loc = loc};
    }
    if (negated)
        typed = tx_op(cx, loc, OP_not, DT_BOOL, &typed);
    return op_value(loc, typed, bool_ty);
}

static bool same_path(const struct ast_expr *a, const struct ast_expr *b)
{
    for (; a->kind == b->kind; a = a->left, b = b->left) {
        if (a->kind == AST_NAME)
            return a->name == b->name;
        bool same = a->kind == AST_FIELD ? a->name == b->name
                                         : a->kind == AST_TUPLE_FIELD && a->number == b->number;
        if (!same)
            return false;
    }
    return false;
}

static void warn_self_comparison(struct checker *cx, const struct ast_expr *expr,
                                 const struct ty *ty)
{
    if (!same_path(expr->left, expr->right))
        return;
    struct diag *diag = sema_warn(cx, AB1011, expr->loc, "a value is compared with itself");
    if (!diag || !ty_is_tensor(ty) || !dtype_is_float(ty_dtype(ty)))
        return;
    const char *text = source_text(cx, expr->left->loc);
    if (expr->op == AST_NE)
        sema_edit(cx, diag, expr->loc, "to find nan, say so", "isnan(%s)", text);
    else if (expr->op == AST_EQ)
        sema_edit(cx, diag, expr->loc, "to exclude nan, say so",
                  ty_is_scalar(ty) ? "not isnan(%s)" : "~isnan(%s)", text);
}

/* Unsigned numbers are never below zero. */
static void warn_unsigned(struct checker *cx, enum ast_op op, struct loc loc,
                          const struct operand *left, const struct operand *right)
{
    if (!ty_is_tensor(left->ty) || dtype_table[ty_dtype(left->ty)].cls != CLASS_UINT)
        return;
    const struct constant *zero = right->constant;
    if (!zero || zero->kind != CONSTANT_INT || zero->integer != 0 || zero->is_named)
        return;
    if (op == AST_LT || op == AST_GE)
        sema_warn(cx, AB1006, loc, "this is always %s: %s is never negative",
                  op == AST_LT ? "false" : "true", text_of(cx, left->ty));
}

void warn_constant_condition(struct checker *cx, const struct operand *condition,
                             const char *where)
{
    const struct constant *constant = condition->constant;
    if (constant && !constant->is_named)
        sema_warn(cx, AB1006, condition->loc, "the condition of this `%s` is always %s", where,
                  constant->truth ? "true" : "false");
}

/* ---- and, or, not ---------------------------------------------------------------------------- */

/* The right side ends the path: `a and (if .. { return x } ..)`. */
static struct typed_expr *logic_with_never(struct checker *cx, const struct ast_expr *expr,
                                           struct typed_expr *left, struct typed_expr *right)
{
    bool is_and = expr->op == AST_AND;
    struct typed_expr *typed = tx_new(cx, TX_IF, expr->loc, cx->types.scalars[DT_BOOL]);
    struct typed_block *ends = ARENA_NEW(cx->memory, struct typed_block);
    struct typed_block *decided = ARENA_NEW(cx->memory, struct typed_block);
    struct typed_stmt *stmt = ts_new(cx, TS_EXPR, expr->right->loc);
    ends->loc = decided->loc = expr->loc;
    stmt->value = right;
    vec_push(cx->memory, &ends->stmts, stmt);
    decided->value = tx_const(cx, expr->loc, DT_BOOL, (union scalar){.u = !is_and});
    struct typed_arm first = {left, is_and ? ends : decided};
    struct typed_arm other = {NULL, is_and ? decided : ends};
    vec_push(cx->memory, &typed->arms, first);
    vec_push(cx->memory, &typed->arms, other);
    return typed;
}

static const struct constant *fold_logic(struct checker *cx, bool is_and,
                                         const struct constant *left, const struct constant *right)
{
    const struct constant *deciding = left && left->truth != is_and    ? left
                                      : right && right->truth != is_and ? right
                                                                        : NULL;
    if (!deciding && !(left && right))
        return NULL;
    struct constant *result = constant_bool(cx->memory, deciding ? !is_and : is_and);
    result->is_named = (left && left->is_named) || (right && right->is_named);
    return result;
}

static struct operand check_logic(struct checker *cx, const struct ast_expr *expr)
{
    const char *where = expr->op == AST_AND ? "`and`" : "`or`";
    const struct ty *bool_ty = cx->types.scalars[DT_BOOL];
    struct operand left = check_condition(cx, expr->left, where);
    struct flow without = flow_copy(cx, &cx->pass->flow);
    struct operand right = check_condition(cx, expr->right, where);
    bool right_ends = without.is_reachable && !cx->pass->flow.is_reachable;
    flow_join(cx, &cx->pass->flow, &without);
    struct operand result = {.ty = bool_ty, .loc = expr->loc};
    if (!left.expr || !right.expr)
        return result;
    if (right_ends) {
        result.expr = logic_with_never(cx, expr, left.expr, right.expr);
        return result;
    }
    result.expr = tx_new(cx, expr->op == AST_AND ? TX_AND : TX_OR, expr->loc, bool_ty);
    vec_push(cx->memory, &result.expr->args, left.expr);
    vec_push(cx->memory, &result.expr->args, right.expr);
    result.constant = fold_logic(cx, expr->op == AST_AND, left.constant, right.constant);
    return result;
}

static struct operand check_not(struct checker *cx, const struct ast_expr *expr)
{
    static const struct dtype_rule rule = {OP_not, RESULT_BITWISE, BOOL_KEEP, OP_not};
    struct operand operand = check_condition(cx, expr->left, "`not`");
    if (!operand.expr)
        return operand;
    return apply_rule(cx, expr->loc, "`not`", &rule, &operand, 1);
}

/* ---- all operators --------------------------------------------------------------------------- */

struct operand check_unary(struct checker *cx, const struct ast_expr *expr)
{
    if (expr->op == AST_NOT)
        return check_not(cx, expr);
    struct operand operand = check_expr(cx, expr->left, NULL);
    const char *what = arena_printf(cx->memory, "`%s`", ast_op_spelling[expr->op]);
    return apply_rule(cx, expr->loc, what, &operator_rules[expr->op], &operand, 1);
}

static bool divides_by_zero(enum ast_op op, const struct operand *right)
{
    if (op != AST_DIV && op != AST_FLOORDIV && op != AST_MOD)
        return false;
    const struct constant *by = right->constant;
    return by && by->kind != CONSTANT_BOOL && by->kind != CONSTANT_PARTS && real_of(by) == 0;
}

struct operand check_operator(struct checker *cx, enum ast_op op, struct loc loc,
                              struct operand left, struct operand right,
                              const struct ast_expr *right_ast)
{
    const char *what = arena_printf(cx->memory, "`%s`", ast_op_spelling[op]);
    if (op == AST_MATMUL)
        return matrix_product(cx, loc, what, left, right);
    if (op == AST_POW)
        return check_power(cx, loc, left, right, is_number_literal(right_ast));
    bool is_compound = ty_is_compound(left.ty) || ty_is_compound(right.ty);
    if (is_compound && (op == AST_EQ || op == AST_NE))
        return check_same(cx, loc, op == AST_NE, left, right, what);
    if (cx->pass->in_constant && divides_by_zero(op, &right)) {
        sema_error(cx, AB0314, loc, "a constant is divided by zero");
        return op_error(cx, loc);
    }
    return apply_rule(cx, loc, what, &operator_rules[op], (struct operand[]){left, right}, 2);
}

struct operand check_binary(struct checker *cx, const struct ast_expr *expr)
{
    if (expr->op == AST_AND || expr->op == AST_OR)
        return check_logic(cx, expr);
    struct operand left = check_expr(cx, expr->left, NULL);
    struct operand right = check_expr(cx, expr->right, NULL);
    struct operand result = check_operator(cx, expr->op, expr->loc, left, right, expr->right);
    if (is_comparison(expr->op) && !ty_is_unsure(result.ty)) {
        warn_self_comparison(cx, expr, left.ty);
        warn_unsigned(cx, expr->op, expr->loc, &left, &right);
    }
    return result;
}
