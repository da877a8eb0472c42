/* Constant folding: operations on constants, identities that are exact, branches, checks.
 *
 *   b0(%n.0: i64):
 *       %1: i64 = const 2                      b0(%n.0: i64):
 *       %2: i64 = const 3                          %1: i64 = const 2
 *       %3: i64 = mul %1, %2                       %2: i64 = const 3
 *       %4: bool = lt %3, %1          -->          %3: i64 = const 6
 *       br %4, b1, b2                              %4: bool = const false
 *   b1:                                            ret %n.0
 *       ...
 *   b2:
 *       %5: i64 = const 0
 *       %6: i64 = add %n.0, %5
 *       ret %6
 *
 * What must hold: an operation is evaluated by op_eval, the same meaning as in every engine, and
 * not at all where op_can_fold says no. An identity is a row of identities.c and exact for every
 * bit pattern. A check of true is proved and goes; a check of false is the example's first fault,
 * so what stands behind it in its block goes. */
#include "pass/fold.h"
#include "pass/identities.h"
#include "pass/passes.h"

#include <string.h>

static enum dtype dtype_of(const struct folder *folder, value_id value)
{
    return folder->func->values.at[value].type.dtype;
}

/* The instruction that defines a value by an operation, or NULL. */
static const struct ir_inst *operation_of(const struct folder *folder, value_id value)
{
    const struct ir_value *info = &folder->func->values.at[value];
    if (info->kind != VALUE_RESULT || folder->func->insts.at[info->inst].kind != INST_OP)
        return NULL;
    return &folder->func->insts.at[info->inst];
}

value_id fold_arg(const struct folder *folder, const struct ir_inst *inst, uint32_t index)
{
    return rewrite_current(&folder->rewrite, inst->args.at[index]);
}

/* ---- what became of an instruction ---------------------------------------------------------- */

bool fold_to_value(struct folder *folder, const struct ir_inst *inst, value_id value)
{
    rewrite_replace(&folder->rewrite, inst->results.at[0], value);
    return true;
}

bool fold_to_constant(struct folder *folder, struct ir_inst *inst, union scalar constant)
{
    inst_make_constant(inst, constant);
    folder->changed = true;
    return true;
}

static bool become_op(struct folder *folder, struct ir_inst *inst, enum op op, const value_id *args,
                      uint32_t count)
{
    value_id copy[3];
    memcpy(copy, args, count * sizeof *args);
    inst->op = op;
    inst->args.len = 0;
    for (uint32_t i = 0; i < count; i++)
        vec_push(folder->prog->arena, &inst->args, copy[i]);
    folder->changed = true;
    return true;
}

/* ---- rules: each answers whether it applied ------------------------------------------------- */

static bool fold_constants(struct folder *folder, struct ir_inst *inst)
{
    union scalar constants[3];
    enum dtype operand = dtype_of(folder, inst->args.at[inst->args.len - 1]);
    if (!op_can_fold(inst->op, operand))
        return false;
    for (uint32_t i = 0; i < inst->args.len; i++) {
        const union scalar *constant = constant_of(folder->func, fold_arg(folder, inst, i));
        if (!constant)
            return false;
        constants[i] = *constant;
    }
    enum dtype result = dtype_of(folder, inst->results.at[0]);
    return fold_to_constant(folder, inst, op_eval(inst->op, operand, result, constants));
}

static bool apply_outcome(struct folder *folder, struct ir_inst *inst,
                          const struct outcome *outcome, value_id operand)
{
    switch (outcome->kind) {
    case OUTCOME_OPERAND:
        return fold_to_value(folder, inst, operand);
    case OUTCOME_SPECIAL:
        return fold_to_constant(
            folder, inst,
            special_constant(dtype_of(folder, inst->results.at[0]), outcome->special));
    case OUTCOME_OP:
        return become_op(folder, inst, outcome->op, &operand, 1);
    }
    return false;
}

static bool is_special(const struct folder *folder, value_id value, enum special special)
{
    const union scalar *constant = constant_of(folder->func, value);
    return constant && constant_is(dtype_of(folder, value), constant, special);
}

static bool fold_right(struct folder *folder, struct ir_inst *inst, value_id x, value_id right)
{
    uint8_t cls = dtype_table[dtype_of(folder, x)].cls;
    for (uint32_t i = 0; i < right_identity_count; i++) {
        const struct right_identity *row = &right_identities[i];
        if (row->op != inst->op || !(row->classes & cls))
            continue;
        if (row->right == OPERAND_SAME ? x == right : is_special(folder, right, row->special))
            return apply_outcome(folder, inst, &row->outcome, x);
    }
    return false;
}

static bool fold_left(struct folder *folder, struct ir_inst *inst, value_id left, value_id x)
{
    uint8_t cls = dtype_table[dtype_of(folder, x)].cls;
    for (uint32_t i = 0; i < left_identity_count; i++) {
        const struct left_identity *row = &left_identities[i];
        if (row->op == inst->op && (row->classes & cls) && is_special(folder, left, row->special))
            return apply_outcome(folder, inst, &row->outcome, x);
    }
    return false;
}

static bool fold_binary(struct folder *folder, struct ir_inst *inst)
{
    if (op_table[inst->op].arity != 2)
        return false;
    value_id x = fold_arg(folder, inst, 0), y = fold_arg(folder, inst, 1);
    return fold_right(folder, inst, x, y)
           || ((op_table[inst->op].traits & TRAIT_COMMUTES) && fold_right(folder, inst, y, x))
           || fold_left(folder, inst, x, y);
}

static bool fold_nested(struct folder *folder, struct ir_inst *inst)
{
    if (op_table[inst->op].arity != 1)
        return false;
    value_id x = fold_arg(folder, inst, 0);
    const struct ir_inst *inner = operation_of(folder, x);
    for (uint32_t i = 0; i < nested_identity_count; i++) {
        const struct nested_identity *row = &nested_identities[i];
        if (row->outer != inst->op
            || (row->inner != OP_COUNT && (!inner || row->inner != inner->op)))
            continue;
        value_id operand = row->inner == OP_COUNT ? x : fold_arg(folder, inner, 0);
        if (!(row->classes & dtype_table[dtype_of(folder, operand)].cls))
            continue;
        if (row->outcome.kind == OUTCOME_OP)
            return become_op(folder, inst, row->outcome.op, inner->args.at, inner->args.len);
        return apply_outcome(folder, inst, &row->outcome, row->unwraps ? operand : x);
    }
    return false;
}

static bool fold_select(struct folder *folder, struct ir_inst *inst)
{
    if (op_table[inst->op].rule != RULE_SELECT)
        return false;
    value_id condition = fold_arg(folder, inst, 0), yes = fold_arg(folder, inst, 1),
             no = fold_arg(folder, inst, 2);
    const union scalar *chosen = constant_of(folder->func, condition);
    if (chosen)
        return fold_to_value(folder, inst, chosen->u ? yes : no);
    if (yes == no)
        return fold_to_value(folder, inst, yes);
    if (dtype_of(folder, yes) == DT_BOOL) {
        if (is_special(folder, yes, SPECIAL_ONE) && is_special(folder, no, SPECIAL_ZERO))
            return fold_to_value(folder, inst, condition);
        if (is_special(folder, yes, SPECIAL_ZERO) && is_special(folder, no, SPECIAL_ONE))
            return become_op(folder, inst, OP_not, &condition, 1);
    }
    const struct ir_inst *inner = operation_of(folder, condition);
    if (inner && inner->op == OP_not) {
        value_id swapped[3] = {fold_arg(folder, inner, 0), no, yes};
        return become_op(folder, inst, inst->op, swapped, 3);
    }
    return false;
}

/* Whether every value of S is a value of T, the same number. */
static bool is_lossless(enum dtype from, enum dtype to)
{
    const struct dtype_info *s = &dtype_table[from], *t = &dtype_table[to];
    bool s_int = s->cls == CLASS_INT || s->cls == CLASS_UINT;
    if (from == to || s->cls == CLASS_BOOL)
        return true;
    if (t->cls == CLASS_INT && s_int)
        return s->bytes < t->bytes;
    if (t->cls == CLASS_UINT)
        return s->cls == CLASS_UINT && s->bytes < t->bytes;
    if (t->cls == CLASS_FLOAT && s_int) /* 24 bits of f32, 53 of f64; f16 is left alone */
        return (to == DT_F32 && s->bytes <= 2) || (to == DT_F64 && s->bytes <= 4);
    return from == DT_F32 && to == DT_F64;
}

/* Whether casting S to T to R is casting S to R. A float saturates on its way to an integer where
 * an integer wraps, so a number that went through a float must fit. */
static bool is_direct(enum dtype s, enum dtype t, enum dtype r)
{
    const struct dtype_info *via = &dtype_table[t], *to = &dtype_table[r];
    enum { INTEGER = CLASS_INT | CLASS_UINT };
    if (is_lossless(s, t)) {
        bool may_saturate =
            via->cls == CLASS_FLOAT && (to->cls & INTEGER) && dtype_table[s].cls != CLASS_FLOAT;
        return !may_saturate || is_lossless(s, r);
    }
    return (dtype_table[s].cls & INTEGER) && (via->cls & INTEGER) && (to->cls & INTEGER)
           && to->bytes <= via->bytes;
}

static bool fold_cast(struct folder *folder, struct ir_inst *inst)
{
    if (op_table[inst->op].rule != RULE_CAST)
        return false;
    value_id via = fold_arg(folder, inst, 0);
    const struct ir_inst *inner = operation_of(folder, via);
    if (!inner || op_table[inner->op].rule != RULE_CAST)
        return false;
    value_id from = fold_arg(folder, inner, 0);
    enum dtype result = dtype_of(folder, inst->results.at[0]);
    if (!is_direct(dtype_of(folder, from), dtype_of(folder, via), result))
        return false;
    if (dtype_of(folder, from) == result)
        return fold_to_value(folder, inst, from);
    return become_op(folder, inst, inst->op, &from, 1);
}

/* ---- blocks --------------------------------------------------------------------------------- */

static bool fold_once(struct folder *folder, inst_id id)
{
    struct ir_inst *inst = &folder->func->insts.at[id];
    if (inst->kind != INST_OP)
        return fold_tensor(folder, id);
    return fold_constants(folder, inst) || fold_list(folder, id) || fold_binary(folder, inst)
           || fold_nested(folder, inst) || fold_select(folder, inst) || fold_cast(folder, inst);
}

/* True: the instruction is not needed any more. */
static bool fold_inst(struct folder *folder, inst_id id)
{
    while (fold_once(folder, id)) {
        value_id result = folder->func->insts.at[id].results.at[0];
        if (rewrite_current(&folder->rewrite, result) != result)
            return true;
    }
    return false;
}

/* A constant check: true goes, false ends the block. */
enum verdict { STAYS, GOES, ENDS };

static enum verdict judge_check(const struct folder *folder, const struct ir_inst *inst)
{
    const union scalar *known =
        inst->kind == INST_CHECK ? constant_of(folder->func, fold_arg(folder, inst, 0)) : NULL;
    if (!known)
        return STAYS;
    return known->u ? GOES : ENDS;
}

static void fold_branch(struct folder *folder, block_id id)
{
    struct ir_term *term = &folder->func->blocks.at[id].term;
    if (term->kind != TERM_BR)
        return;
    value_id condition = rewrite_current(&folder->rewrite, term->condition);
    const union scalar *known = constant_of(folder->func, condition);
    const struct ir_inst *inner = operation_of(folder, condition);
    if (known) {
        term->kind = TERM_JMP;
        term->edges[0] = term->edges[known->u ? 0 : 1];
        term->edges[1] = (struct ir_edge){0};
        term->condition = IR_NONE;
        folder->changed = true;
    } else if (inner && inner->op == OP_not) {
        struct ir_edge yes = term->edges[0];
        term->condition = fold_arg(folder, inner, 0);
        term->edges[0] = term->edges[1];
        term->edges[1] = yes;
        folder->changed = true;
    }
}

/* The block is filled anew, with the constants that the rules make in front of their users. */
static void fold_block(struct folder *folder, block_id id)
{
    struct ir_block *block = &folder->func->blocks.at[id];
    const inst_id *old = block->insts.at;
    uint32_t count = block->insts.len;
    block->insts.at = NULL;
    block->insts.len = block->insts.cap = 0;
    folder->block = id;
    for (uint32_t i = 0; i < count; i++) {
        if (fold_inst(folder, old[i]))
            continue;
        const struct ir_inst *inst = &folder->func->insts.at[old[i]];
        switch (judge_check(folder, inst)) {
        case GOES:
            folder->changed = true;
            continue;
        case ENDS:
            ir_fault_term(folder->prog, folder->func, id, inst->fault, inst->loc);
            folder->changed = true;
            return;
        case STAYS:
            vec_push(folder->prog->arena, &folder->func->blocks.at[id].insts, old[i]);
        }
    }
    fold_branch(folder, id);
}

/* ---- block parameters ----------------------------------------------------------------------- */

/* Per block parameter: the constant that all edges pass, as one of the values, IR_NONE: none so
 * far, or the parameter itself: they differ. */
static value_id *find_passed_constants(struct arena *scratch, const struct ir_func *func)
{
    value_id *passed = ARENA_ARRAY(scratch, value_id, func->values.len);
    for (value_id value = 0; value < func->values.len; value++)
        passed[value] = IR_NONE;
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_term *term = &func->blocks.at[id].term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            for (uint32_t i = 0; i < term->edges[edge].args.len; i++) {
                value_id param = func->blocks.at[term->edges[edge].to].params.at[i];
                value_id value = term->edges[edge].args.at[i];
                const union scalar *constant = constant_of(func, value);
                if (value == param)
                    continue;
                enum dtype dtype = func->values.at[param].type.dtype;
                bool agrees =
                    constant && passed[param] != param
                    && (passed[param] == IR_NONE
                        || constant_same(dtype, constant, constant_of(func, passed[param])));
                passed[param] = agrees ? value : param;
            }
    }
    return passed;
}

/* A parameter that is the same constant on every edge becomes that constant. */
static bool fold_params(struct arena *scratch, struct ir_prog *prog, struct ir_func *func)
{
    value_id *passed = find_passed_constants(scratch, func);
    bool *gone = ARENA_ARRAY(scratch, bool, func->values.len);
    struct rewrite rewrite = rewrite_new(scratch, func);
    for (block_id id = 1; id < func->blocks.len; id++) {
        VEC(inst_id) rest = {0};
        uint32_t count = func->blocks.at[id].insts.len;
        for (uint32_t i = 0; i < func->blocks.at[id].params.len; i++) {
            value_id param = func->blocks.at[id].params.at[i];
            if (passed[param] == IR_NONE || passed[param] == param)
                continue;
            const struct ir_value info = func->values.at[param];
            value_id constant = constant_new(prog, func, id, info.type,
                                             *constant_of(func, passed[param]), info.loc);
            func->values.at[constant].hint = info.hint;
            rewrite_replace(&rewrite, param, constant);
            gone[param] = true;
        }
        struct ir_block *block = &func->blocks.at[id];
        if (block->insts.len == count)
            continue;
        for (uint32_t i = count; i < block->insts.len; i++) /* the new ones come first */
            vec_push(scratch, &rest, block->insts.at[i]);
        for (uint32_t i = 0; i < count; i++)
            vec_push(scratch, &rest, block->insts.at[i]);
        memcpy(block->insts.at, rest.at, rest.len * sizeof *rest.at);
    }
    if (!rewrite.any)
        return false;
    rewrite_apply(&rewrite);
    func_drop_params(func, gone);
    return true;
}

static bool fold_func(struct arena *scratch, struct ir_prog *prog, struct ir_func *func)
{
    bool changed = fold_params(scratch, prog, func);
    struct folder folder = {.prog = prog,
                            .scratch = scratch,
                            .func = func,
                            .rewrite = rewrite_new(scratch, func)};
    for (block_id id = 0; id < func->blocks.len; id++)
        fold_block(&folder, id);
    rewrite_apply(&folder.rewrite);
    return changed || folder.changed || folder.rewrite.any;
}

/* A folded branch leaves parameters with one source, so what it makes known is seen in the next
 * round. Each round but the last removes something or makes a constant; the limit is only for
 * chains that are not worth more. */
bool pass_fold(struct pass_cx *cx, struct ir_prog *prog)
{
    enum { MAX_ROUNDS = 12 };
    bool changed = false;
    for (uint32_t round = 0, again = true; again && round < MAX_ROUNDS; round++) {
        again = false;
        for (func_id id = 0; id < prog->funcs.len; id++)
            again |= fold_func(cx->scratch, prog, &prog->funcs.at[id]);
        changed |= again;
        if (again)
            ir_tidy(prog);
    }
    return changed;
}
