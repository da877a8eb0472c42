/* Loop-invariant code moves in front of the loop, out of as many loops as it can.
 *
 *   b0(%n.0: f64):                             b0(%n.0: f64):
 *       jmp b1(%n.0)                               %4: f64 = sqrt %n.0
 *   b1 loop(%x.1: f64):                            jmp b1(%n.0)
 *       %2: f64 = sqrt %n.0          -->       b1 loop(%x.1: f64):
 *       %3: f64 = sub %x.1, %2                     %3: f64 = sub %x.1, %4
 *       ...                                        ...
 *
 * What must hold: the instruction is total, so it may run although the loop would have left before,
 * and its operands are defined in front of the loop. Constants cost nothing and follow their users
 * only. It has to pay: what does not run in every round moves only if it is cheap, and out of a
 * loop with calls only what is dear, because a value that lives across a call may have to be kept
 * in a frame. */
#include "pass/constants.h"
#include "pass/elements.h"
#include "pass/passes.h"

enum { CHEAP = 4, DEAR = 8 };

struct licm {
    struct ir_prog *prog;
    struct ir_func *func;
    struct arena *scratch;
    struct cfg cfg;
    struct loops loops;
    bool *has_call;        /* per header */
    block_id *preheader;   /* per header; IR_NONE: not asked for yet */
    VEC(block_id) loop_of; /* per block, preheaders too: its innermost loop */
    bool changed;
};

static bool is_inside(const struct licm *licm, block_id block, block_id header)
{
    block_id loop = licm->loop_of.at[block];
    while (loop != IR_NONE && loop != header)
        loop = licm->cfg.blocks[loop].outer;
    return loop == header;
}

static bool is_constant(const struct licm *licm, value_id value)
{
    const struct ir_value *info = &licm->func->values.at[value];
    return info->kind == VALUE_RESULT && licm->func->insts.at[info->inst].kind == INST_CONST;
}

static bool is_invariant(const struct licm *licm, const struct ir_inst *inst, block_id header)
{
    for (uint32_t i = 0; i < inst->args.len; i++)
        if (!is_constant(licm, inst->args.at[i])
            && is_inside(licm, licm->func->values.at[inst->args.at[i]].block, header))
            return false;
    return true;
}

/* Cycles, about, of one element. */
static uint32_t cost_of(const struct ir_inst *inst)
{
    return inst->kind == INST_OP ? op_table[inst->op].cost : 1;
}

/* A sum or product over many elements is dear whatever its operation is. */
static bool is_dear(const struct ir_inst *inst)
{
    return cost_of(inst) >= DEAR || inst->kind == INST_REDUCE || inst->kind == INST_CONTRACT;
}

/* Whole tensors for which nothing is computed: `sink` puts them to their users again, so they move
 * freely, that their users can. */
static bool is_free(const struct licm *licm, const struct ir_inst *inst)
{
    return ir_inst_is_index_map(inst)
           && licm->func->values.at[inst->results.at[0]].type.shape.rank > 0;
}

static bool pays(const struct licm *licm, const struct ir_inst *inst, block_id block,
                 block_id header)
{
    const struct loop *loop = loop_at(&licm->loops, header);
    if (is_free(licm, inst))
        return true;
    if (licm->has_call[header] && !is_dear(inst))
        return false;
    bool every_round = true;
    for (uint32_t i = 0; i < loop->latches.len; i++)
        every_round &= cfg_dominates(&licm->cfg, block, loop->latches.at[i]);
    int64_t elements = shape_elements(&licm->func->values.at[inst->results.at[0]].type.shape);
    return every_round || (!is_dear(inst) && cost_of(inst) * elements <= CHEAP);
}

/* ---- preheaders ----------------------------------------------------------------------------- */

/* The block whose jump is the only way into the loop. Without critical edges every predecessor of a
 * header ends in a jump. */
static block_id preheader_of(struct licm *licm, block_id header)
{
    if (licm->preheader[header] != IR_NONE)
        return licm->preheader[header];
    const struct cfg_block *block = &licm->cfg.blocks[header];
    block_id found = IR_NONE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < block->preds.len; i++) {
        if (is_inside(licm, block->preds.at[i], header))
            continue;
        found = block->preds.at[i];
        count++;
    }
    if (count > 1) {
        struct ir_func *func = licm->func;
        found = ir_block_new(licm->prog, func, NULL, func->blocks.at[header].loc);
        vec_push(licm->scratch, &licm->loop_of, block->outer);
        for (uint32_t i = 0; i < func->blocks.at[header].params.len; i++) {
            struct ir_value param = func->values.at[func->blocks.at[header].params.at[i]];
            ir_param_new(licm->prog, func, found, param.type, param.hint, param.loc);
        }
        const struct ir_block *made = &func->blocks.at[found];
        ir_jmp(licm->prog, func, found, header, made->params.at, made->params.len);
        for (uint32_t i = 0; i < block->preds.len; i++)
            if (!is_inside(licm, block->preds.at[i], header))
                func->blocks.at[block->preds.at[i]].term.edges[0].to = found;
    }
    return licm->preheader[header] = found;
}

static void append(struct licm *licm, block_id to, inst_id id)
{
    const struct ir_inst *inst = &licm->func->insts.at[id];
    vec_push(licm->prog->arena, &licm->func->blocks.at[to].insts, id);
    for (uint32_t i = 0; i < inst->results.len; i++)
        licm->func->values.at[inst->results.at[i]].block = to;
    licm->changed = true;
}

static void remove_inst(struct ir_block *block, inst_id id)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < block->insts.len; i++)
        if (block->insts.at[i] != id)
            block->insts.at[kept++] = block->insts.at[i];
    block->insts.len = kept;
}

/* Constants inside the loop that the instruction needs go in front of it. */
static void move_constants(struct licm *licm, const struct ir_inst *inst, block_id header,
                           block_id to)
{
    for (uint32_t i = 0; i < inst->args.len; i++) {
        const struct ir_value *arg = &licm->func->values.at[inst->args.at[i]];
        if (!is_constant(licm, inst->args.at[i]) || !is_inside(licm, arg->block, header))
            continue;
        remove_inst(&licm->func->blocks.at[arg->block], arg->inst);
        append(licm, to, arg->inst);
    }
}

/* ---- instructions --------------------------------------------------------------------------- */

/* An extent that only the run knows may be 0. */
static bool loads_surely(const struct licm *licm, const struct ir_inst *inst)
{
    const struct shape *shape = &licm->prog->shared.at[inst->symbol].type.shape;
    for (uint32_t i = 0; i < inst->args.len; i++) {
        const union scalar *constant = constant_of(licm->func, inst->args.at[i]);
        if (!constant || constant->i < 0 || constant->i >= shape->dim[i])
            return false;
    }
    return true;
}

/* Are all its indexes constants in range, or are there none? Others are guarded by a check, which
 * stays in the loop. */
static bool has_sure_indexes(const struct licm *licm, const struct ir_inst *inst)
{
    int64_t at[SHAPE_MAX_RANK];
    if (inst->kind == INST_LOAD)
        return loads_surely(licm, inst);
    return region_constants(licm->func, inst, at)
           && region_is_inside(inst->axes.at, at,
                               &licm->func->values.at[inst->args.at[0]].type.shape);
}

/* Total (IR.md), and no constant: those follow their users. */
static bool may_leave(const struct licm *licm, const struct ir_inst *inst)
{
    switch (inst->kind) {
    case INST_EXTRACT:
    case INST_INSERT:
    case INST_LOAD:
        return has_sure_indexes(licm, inst);
    case INST_OP:
    case INST_LANE_INDEX:
    case INST_EXTENT:
    case INST_BROADCAST:
    case INST_RESHAPE:
    case INST_TRANSPOSE:
    case INST_IOTA:
    case INST_BUILD:
    case INST_CONCAT:
    case INST_REDUCE:
    case INST_ARG_REDUCE:
    case INST_CONTRACT:
        return true;
    case INST_TAKE:
    case INST_CONST:
    case INST_CALL:
    case INST_CHECK:
    case INST_SHOW:
        break;
    }
    return false;
}

/* The outermost loop that the instruction can leave, or IR_NONE. */
static block_id find_loop(const struct licm *licm, const struct ir_inst *inst, block_id block)
{
    block_id found = IR_NONE;
    for (block_id loop = licm->loop_of.at[block]; loop != IR_NONE && may_leave(licm, inst);
         loop = licm->cfg.blocks[loop].outer) {
        if (!is_invariant(licm, inst, loop) || !pays(licm, inst, block, loop))
            break;
        found = loop;
    }
    return found;
}

static void visit_block(struct licm *licm, block_id id)
{
    VEC(inst_id) leaving = {0};
    for (uint32_t i = 0; i < licm->func->blocks.at[id].insts.len; i++)
        vec_push(licm->scratch, &leaving, licm->func->blocks.at[id].insts.at[i]);
    for (uint32_t i = 0; i < leaving.len; i++) {
        const struct ir_inst *inst = &licm->func->insts.at[leaving.at[i]];
        block_id loop = find_loop(licm, inst, id);
        if (loop == IR_NONE)
            continue;
        block_id to = preheader_of(licm, loop);
        move_constants(licm, inst, loop, to);
        remove_inst(&licm->func->blocks.at[id], leaving.at[i]);
        append(licm, to, leaving.at[i]);
    }
}

static void find_calls(struct licm *licm)
{
    for (uint32_t i = 0; i < licm->loops.list.len; i++) {
        const struct loop *loop = &licm->loops.list.at[i];
        for (block_id id = loop->header; id < loop->end; id++) {
            const struct ir_block *block = &licm->func->blocks.at[id];
            for (uint32_t k = 0; k < block->insts.len; k++)
                licm->has_call[loop->header] |=
                    licm->func->insts.at[block->insts.at[k]].kind == INST_CALL;
        }
    }
}

static bool licm_func(struct arena *scratch, struct ir_prog *prog, struct ir_func *func)
{
    struct licm licm = {.prog = prog, .func = func, .scratch = scratch};
    licm.cfg = cfg_of(scratch, func);
    licm.loops = loops_of(scratch, func, &licm.cfg);
    if (!licm.loops.list.len)
        return false;
    licm.has_call = ARENA_ARRAY(scratch, bool, func->blocks.len);
    licm.preheader = ARENA_ARRAY(scratch, block_id, func->blocks.len);
    for (block_id id = 0; id < func->blocks.len; id++) {
        licm.preheader[id] = IR_NONE;
        vec_push(scratch, &licm.loop_of, licm.cfg.blocks[id].loop);
    }
    find_calls(&licm);
    for (block_id id = 0; id < licm.cfg.count; id++)
        if (licm.cfg.blocks[id].loop != IR_NONE)
            visit_block(&licm, id);
    return licm.changed;
}

bool pass_licm(struct pass_cx *cx, struct ir_prog *prog)
{
    bool changed = false;
    for (func_id id = 0; id < prog->funcs.len; id++)
        changed |= licm_func(cx->scratch, prog, &prog->funcs.at[id]);
    return changed;
}
