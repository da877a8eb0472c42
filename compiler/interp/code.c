#include "interp/code.h"

#include <string.h>

struct decoder {
    struct arena *arena;
    const struct ir_prog *prog;
    const struct ir_func *func;
    const uint32_t *cycles;
    uint32_t cycle; /* of the function */
    operand *place; /* by value */
    struct code *code;
};

static operand constant(struct decoder *decoder, union scalar value)
{
    vec_push(decoder->arena, &decoder->code->constants, value);
    return (decoder->code->constants.len - 1) * 2 + 1;
}

/* Every value that is no constant gets a slot; parameters of the function come first, because block
 * 0 is the entry. */
static void place_values(struct decoder *decoder)
{
    const struct ir_func *func = decoder->func;
    uint32_t *next = &decoder->code->frame_size;
    for (block_id b = 0; b < func->blocks.len; b++) {
        const struct ir_block *block = &func->blocks.at[b];
        for (uint32_t i = 0; i < block->params.len; i++)
            decoder->place[block->params.at[i]] = (*next)++ * 2;
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            bool is_const = inst->kind == INST_CONST;
            for (uint32_t r = 0; r < inst->results.len; r++)
                decoder->place[inst->results.at[r]] =
                    is_const ? constant(decoder, inst->constant) : (*next)++ * 2;
        }
    }
}

static struct code_list list_of(struct decoder *decoder, const value_id *values, uint32_t count)
{
    struct code_list list = {decoder->code->operands.len, count};
    for (uint32_t i = 0; i < count; i++)
        vec_push(decoder->arena, &decoder->code->operands, decoder->place[values[i]]);
    return list;
}

static uint32_t slots_of(struct decoder *decoder, const value_id *values, uint32_t count)
{
    uint32_t first = decoder->code->slots.len;
    for (uint32_t i = 0; i < count; i++)
        vec_push(decoder->arena, &decoder->code->slots, decoder->place[values[i]] / 2);
    return first;
}

static struct code_inst *add(struct decoder *decoder, enum code_kind kind)
{
    struct code_inst *inst = vec_add(decoder->arena, &decoder->code->insts);
    inst->kind = kind;
    return inst;
}

static void decode_op(struct decoder *decoder, const struct ir_inst *inst)
{
    /* Operands that the operation has not are its last one again: any value will do. */
    operand args[3];
    uint32_t count = inst->args.len;
    for (uint32_t i = 0; i < 3; i++)
        args[i] = decoder->place[inst->args.at[i < count ? i : count - 1]];
    enum dtype from = decoder->func->values.at[inst->args.at[count - 1]].type.dtype;
    enum dtype to = decoder->func->values.at[inst->results.at[0]].type.dtype;
    struct code_inst *made = add(decoder, CODE_OP);
    made->op = op_function_of(inst->op, from, to);
    made->to = decoder->place[inst->results.at[0]] / 2;
    made->x = args[0];
    made->y = args[1];
    made->z = args[2];
}

static void decode_inst(struct decoder *decoder, const struct ir_inst *inst)
{
    struct code_inst *made;
    switch (inst->kind) {
    case INST_OP: decode_op(decoder, inst); break;
    case INST_CONST: break;
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT:
        break;
    case INST_CALL:
        made = add(decoder, CODE_CALL);
        made->callee = inst->callee;
        made->in_cycle = decoder->cycles[inst->callee] == decoder->cycle;
        made->fault = inst->fault;
        made->list = list_of(decoder, inst->args.at, inst->args.len);
        made->results = slots_of(decoder, inst->results.at, inst->results.len);
        break;
    case INST_CHECK:
        made = add(decoder, CODE_CHECK);
        made->x = decoder->place[inst->args.at[0]];
        made->fault = inst->fault;
        break;
    case INST_LANE_INDEX:
        add(decoder, CODE_LANE_INDEX)->to = decoder->place[inst->results.at[0]] / 2;
        break;
    case INST_SHOW:
        made = add(decoder, CODE_SHOW);
        made->source = inst;
        made->list = list_of(decoder, inst->args.at, inst->args.len);
        break;
    }
}

static void decode_edges(struct decoder *decoder, struct code_inst *made,
                         const struct ir_term *term)
{
    made->edge = decoder->code->edges.len;
    for (uint32_t e = 0; e < ir_edge_count(term); e++) {
        const struct ir_edge *edge = &term->edges[e];
        struct code_edge decoded = {edge->to, list_of(decoder, edge->args.at, edge->args.len)};
        vec_push(decoder->arena, &decoder->code->edges, decoded);
    }
}

static void decode_term(struct decoder *decoder, const struct ir_term *term)
{
    struct code_inst *made;
    switch (term->kind) {
    case TERM_NONE: break;
    case TERM_JMP: decode_edges(decoder, add(decoder, CODE_JMP), term); break;
    case TERM_BR:
        made = add(decoder, CODE_BR);
        made->x = decoder->place[term->condition];
        decode_edges(decoder, made, term);
        break;
    case TERM_RET:
        add(decoder, CODE_RET)->list = list_of(decoder, term->args.at, term->args.len);
        break;
    case TERM_TAIL:
        made = add(decoder, CODE_TAIL);
        made->callee = term->callee;
        made->in_cycle = decoder->cycles[term->callee] == decoder->cycle;
        made->list = list_of(decoder, term->args.at, term->args.len);
        break;
    case TERM_FAULT: add(decoder, CODE_FAULT)->fault = term->fault; break;
    }
}

struct code *code_of(struct arena *arena, const struct ir_prog *prog, func_id id,
                     const uint32_t *cycles)
{
    const struct ir_func *func = &prog->funcs.at[id];
    struct decoder decoder = {
        .arena = arena,
        .prog = prog,
        .func = func,
        .cycles = cycles,
        .cycle = cycles[id],
        .place = ARENA_ARRAY(arena, operand, func->values.len),
        .code = ARENA_NEW(arena, struct code),
    };
    struct code *code = decoder.code;
    code->func = func;
    place_values(&decoder);
    for (block_id b = 0; b < func->blocks.len; b++) {
        const struct ir_block *block = &func->blocks.at[b];
        struct code_block made = {.first = code->insts.len, .param_count = block->params.len};
        made.params = slots_of(&decoder, block->params.at, block->params.len);
        for (uint32_t i = 0; i < block->insts.len; i++)
            decode_inst(&decoder, &func->insts.at[block->insts.at[i]]);
        decode_term(&decoder, &block->term);
        made.cost = code->insts.len - made.first;
        vec_push(arena, &code->blocks, made);
    }
    return code;
}
