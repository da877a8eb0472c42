/* Common subexpressions: what was computed on every path before is not computed again.
 *
 *   b0(%x.0: f64, %y.1: f64):                  b0(%x.0: f64, %y.1: f64):
 *       %2: f64 = mul %x.0, %y.1                   %2: f64 = mul %x.0, %y.1
 *       br %c, b1, b2                -->           br %c, b1, b2
 *   b1:                                        b1:
 *       %3: f64 = mul %y.1, %x.0                   ret %2
 *       ret %3
 *
 * What must hold: the instruction is pure, and an equal one stands in a block that dominates it.
 * The operands of an operation that commutes may stand in either order. A check of a condition that
 * was checked before on every path is proved, and goes. */
#include "ir/tensor.h"
#include "pass/constants.h"
#include "pass/passes.h"
#include "pass/rewrite.h"

#include <string.h>

struct cse {
    struct ir_func *func;
    struct cfg cfg;
    struct rewrite rewrite;
    VEC(inst_id) known;    /* a stack: of the blocks on the way down the dominator tree */
    VEC(uint32_t) next;    /* per known: 1 + the next one of its slot */
    VEC(uint32_t) slot_of; /* per known */
    uint32_t *slots, size; /* 1 + index in known; 0: empty */
};

static bool may_repeat(const struct ir_inst *inst)
{
    return inst->kind == INST_CHECK || ir_inst_is_pure(inst);
}

/* Operand number `index`, replaced already. In an operation that commutes the lesser id comes
 * first. */
static value_id canonical_arg(const struct ir_inst *inst, uint32_t index)
{
    bool commutes = inst->kind == INST_OP && (op_table[inst->op].traits & TRAIT_COMMUTES);
    bool swaps = commutes && inst->args.at[0] > inst->args.at[1];
    return inst->args.at[swaps ? 1 - index : index];
}

static const struct type *result_type(const struct cse *cse, const struct ir_inst *inst)
{
    return inst->results.len ? &cse->func->values.at[inst->results.at[0]].type : NULL;
}

/* Elements that a constant is told apart by. */
static int64_t listed(const struct ir_inst *inst, const struct type *type)
{
    return inst->elements ? shape_elements(&type->shape) : 1;
}

static const union scalar *elements_of(const struct ir_inst *inst)
{
    return inst->elements ? inst->elements : &inst->constant;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * UINT64_C(0x100000001b3);
}

/* Attributes of tensors are left to is_equal, but for regions, of which there may be many. */
static uint64_t hash_of(const struct cse *cse, const struct ir_inst *inst)
{
    const struct type *type = result_type(cse, inst);
    uint64_t hash = (uint64_t)inst->kind * 31 + inst->op;
    for (uint32_t i = 0; i < inst->args.len; i++)
        hash = mix(hash, canonical_arg(inst, i));
    for (uint32_t i = 0; i < inst->axes.len; i++)
        hash = mix(hash, (uint64_t)inst->axes.at[i].start);
    hash = mix(hash, type ? (uint64_t)type->dtype : 99);
    for (int64_t i = 0; inst->kind == INST_CONST && i < listed(inst, type); i++)
        hash = mix(hash, constant_hash(type->dtype, &elements_of(inst)[i]));
    return hash ^ hash >> 29;
}

static bool is_equal(const struct cse *cse, const struct ir_inst *a, const struct ir_inst *b)
{
    if (!ir_inst_same_attributes(a, b) || a->args.len != b->args.len)
        return false;
    for (uint32_t i = 0; i < a->args.len; i++)
        if (canonical_arg(a, i) != canonical_arg(b, i))
            return false;
    const struct type *a_type = result_type(cse, a), *b_type = result_type(cse, b);
    if (a_type && !type_equal(a_type, b_type))
        return false;
    if (a->kind != INST_CONST)
        return true;
    if (!a->elements != !b->elements)
        return false;
    for (int64_t i = 0; i < listed(a, a_type); i++)
        if (!constant_same(a_type->dtype, &elements_of(a)[i], &elements_of(b)[i]))
            return false;
    return true;
}

/* An equal instruction that is known here, or IR_NONE after making this one known. */
static inst_id look_up(struct cse *cse, struct arena *scratch, inst_id id)
{
    const struct ir_inst *inst = &cse->func->insts.at[id];
    uint32_t slot = (uint32_t)hash_of(cse, inst) & (cse->size - 1);
    for (uint32_t i = cse->slots[slot]; i; i = cse->next.at[i - 1])
        if (is_equal(cse, inst, &cse->func->insts.at[cse->known.at[i - 1]]))
            return cse->known.at[i - 1];
    vec_push(scratch, &cse->known, id);
    vec_push(scratch, &cse->next, cse->slots[slot]);
    vec_push(scratch, &cse->slot_of, slot);
    cse->slots[slot] = cse->known.len;
    return IR_NONE;
}

static void forget_down_to(struct cse *cse, uint32_t count)
{
    while (cse->known.len > count) {
        cse->known.len--;
        cse->slots[cse->slot_of.at[cse->known.len]] = cse->next.at[cse->known.len];
        cse->next.len--;
        cse->slot_of.len--;
    }
}

static bool visit_block(struct cse *cse, struct arena *scratch, block_id id)
{
    struct ir_block *block = &cse->func->blocks.at[id];
    uint32_t kept = 0, count = block->insts.len;
    for (uint32_t i = 0; i < count; i++) {
        struct ir_inst *inst = &cse->func->insts.at[block->insts.at[i]];
        for (uint32_t k = 0; k < inst->args.len; k++)
            inst->args.at[k] = rewrite_current(&cse->rewrite, inst->args.at[k]);
        inst_id same = may_repeat(inst) ? look_up(cse, scratch, block->insts.at[i]) : IR_NONE;
        if (same == IR_NONE)
            block->insts.at[kept++] = block->insts.at[i];
        else if (inst->results.len)
            rewrite_replace(&cse->rewrite, inst->results.at[0],
                            cse->func->insts.at[same].results.at[0]);
    }
    block->insts.len = kept;
    return kept < count;
}

/* A block on the way down the dominator tree. */
struct step {
    block_id block;
    uint32_t next_child;
    uint32_t known_before; /* how much was known where it began */
};

static bool cse_func(struct arena *scratch, struct ir_func *func)
{
    struct cse cse = {.func = func, .size = 64};
    cse.cfg = cfg_of(scratch, func);
    cse.rewrite = rewrite_new(scratch, func);
    while (cse.size < func->insts.len)
        cse.size *= 2;
    cse.slots = ARENA_ARRAY(scratch, uint32_t, cse.size);
    VEC(struct step) path = {0};
    bool changed = visit_block(&cse, scratch, 0);
    (void)vec_add(scratch, &path);
    while (path.len) {
        block_id block = vec_last(&path).block;
        if (vec_last(&path).next_child == cse.cfg.blocks[block].children.len) {
            forget_down_to(&cse, vec_last(&path).known_before);
            path.len--;
            continue;
        }
        block_id child = cse.cfg.blocks[block].children.at[vec_last(&path).next_child++];
        uint32_t known = cse.known.len;
        changed |= visit_block(&cse, scratch, child);
        (void)vec_add(scratch, &path);
        vec_last(&path).block = child;
        vec_last(&path).known_before = known;
    }
    rewrite_apply(&cse.rewrite);
    return changed;
}

bool pass_cse(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++)
        changed |= cse_func(cx->scratch, &prog->funcs.at[id]);
    return changed;
}
