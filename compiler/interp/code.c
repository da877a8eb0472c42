#include "interp/code.h"

#include "interp/lives.h"

struct decoder {
    struct arena *arena;
    const struct ir_prog *prog;
    const struct ir_func *func;
    const uint32_t *cycles;
    uint32_t cycle; /* of the function */
    operand *place; /* by value */
    struct lives lives;
    struct code *code;
};

static uint32_t marks_of(const struct type *type)
{
    return type->shape.rank > 0 ? OPERAND_TENSOR : 0;
}

static operand constant(struct decoder *decoder, const struct ir_inst *inst,
                        const struct type *type)
{
    union slot slot = {.scalar = inst->constant};
    if (type->shape.rank > 0)
        slot.tensor = tensor_constant(decoder->arena, type, inst->elements, inst->constant);
    vec_push(decoder->arena, &decoder->code->constants, slot);
    return (decoder->code->constants.len - 1) * OPERAND_MARKS + OPERAND_CONSTANT + marks_of(type);
}

/* Every value that is no constant gets a slot; parameters of the function come first, because block
 * 0 is the entry. */
static void place_value(struct decoder *decoder, value_id value, const struct ir_inst *inst)
{
    const struct type *type = &decoder->func->values.at[value].type;
    decoder->place[value] = inst && inst->kind == INST_CONST
                                ? constant(decoder, inst, type)
                                : decoder->code->frame_size++ * OPERAND_MARKS + marks_of(type);
}

static void place_values(struct decoder *decoder)
{
    const struct ir_func *func = decoder->func;
    for (block_id b = 0; b < func->blocks.len; b++) {
        const struct ir_block *block = &func->blocks.at[b];
        for (uint32_t i = 0; i < block->params.len; i++)
            place_value(decoder, block->params.at[i], NULL);
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            for (uint32_t r = 0; r < inst->results.len; r++)
                place_value(decoder, inst->results.at[r], inst);
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

static uint32_t slot_of(const struct decoder *decoder, value_id value)
{
    return decoder->place[value] / OPERAND_MARKS;
}

static uint32_t slots_of(struct decoder *decoder, const value_id *values, uint32_t count)
{
    uint32_t first = decoder->code->slots.len;
    for (uint32_t i = 0; i < count; i++)
        vec_push(decoder->arena, &decoder->code->slots, slot_of(decoder, values[i]));
    return first;
}

static struct code_list slots_at_end(struct decoder *decoder, const struct lives_end *end)
{
    return (struct code_list){slots_of(decoder, end->values.at, end->values.len), end->values.len};
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
    if (op_body_of(decoder->prog->bodies, inst->op, from))
        made->bodies = decoder->prog->bodies;
    made->source = inst;
    made->from = from;
    made->gives = to;
    made->to = slot_of(decoder, inst->results.at[0]);
    made->x = args[0];
    made->y = args[1];
    made->z = args[2];
}

static bool is_scalar(const struct decoder *decoder, value_id value)
{
    return decoder->func->values.at[value].type.shape.rank == 0;
}

/* An INSERT takes over a tensor that ends its life there, unless it reads it as the new part too. */
static bool takes_over(const struct ir_inst *inst, const struct lives_end *end)
{
    bool ends = false;
    for (uint32_t i = 0; inst->kind == INST_INSERT && i < end->values.len; i++)
        ends |= end->values.at[i] == inst->args.at[0];
    return ends && vec_last(&inst->args) != inst->args.at[0];
}

static void decode_tensor(struct decoder *decoder, const struct ir_inst *inst,
                          const struct lives_end *end)
{
    struct code_inst *made = add(decoder, CODE_TENSOR);
    made->source = inst;
    made->to = slot_of(decoder, inst->results.at[0]);
    made->list = list_of(decoder, inst->args.at, inst->args.len);
    made->is_last = takes_over(inst, end);
    made->dead.first = decoder->code->slots.len;
    for (uint32_t i = 0; i < end->values.len; i++) {
        if (made->is_last && end->values.at[i] == inst->args.at[0])
            continue;
        vec_push(decoder->arena, &decoder->code->slots, slot_of(decoder, end->values.at[i]));
        made->dead.count++;
    }
}

static void decode_call(struct decoder *decoder, const struct ir_inst *inst,
                        const struct lives_end *end)
{
    const struct ir_func *func = decoder->func;
    struct lives_end args = {.values.len = 0}, results = {.values.len = 0};
    for (uint32_t i = 0; i < end->values.len; i++) {
        value_id value = end->values.at[i];
        bool is_result = func->values.at[value].kind == VALUE_RESULT &&
                         &func->insts.at[func->values.at[value].inst] == inst;
        vec_push(decoder->arena, &(is_result ? &results : &args)->values, value);
    }
    struct code_inst *made = add(decoder, CODE_CALL);
    made->callee = inst->callee;
    made->in_cycle = decoder->cycles[inst->callee] == decoder->cycle;
    made->fault = inst->fault;
    made->list = list_of(decoder, inst->args.at, inst->args.len);
    made->results = slots_of(decoder, inst->results.at, inst->results.len);
    made->dead = slots_at_end(decoder, &args);
    made->unread = slots_at_end(decoder, &results);
}

static void decode_inst(struct decoder *decoder, inst_id id)
{
    const struct ir_inst *inst = &decoder->func->insts.at[id];
    const struct lives_end *end = &decoder->lives.inst[id];
    struct code_inst *made;
    switch (inst->kind) {
    case INST_OP:
        if (is_scalar(decoder, inst->results.at[0]))
            decode_op(decoder, inst);
        else
            decode_tensor(decoder, inst, end);
        break;
    case INST_CONST: break;
    AB_CASE_INDEX_MAPS:
    AB_CASE_TENSOR_MAKERS:
    case INST_EXTENT: decode_tensor(decoder, inst, end); break;
    case INST_CALL: decode_call(decoder, inst, end); break;
    case INST_CHECK:
        made = add(decoder, CODE_CHECK);
        made->x = decoder->place[inst->args.at[0]];
        made->fault = inst->fault;
        break;
    case INST_LANE_INDEX:
        add(decoder, CODE_LANE_INDEX)->to = slot_of(decoder, inst->results.at[0]);
        break;
    case INST_SHOW:
        made = add(decoder, CODE_SHOW);
        made->source = inst;
        made->list = list_of(decoder, inst->args.at, inst->args.len);
        made->dead = slots_at_end(decoder, end);
        break;
    }
}

static void decode_edges(struct decoder *decoder, struct code_inst *made, block_id block)
{
    const struct ir_term *term = &decoder->func->blocks.at[block].term;
    made->edge = decoder->code->edges.len;
    for (uint32_t e = 0; e < ir_edge_count(term); e++) {
        const struct ir_edge *edge = &term->edges[e];
        struct code_edge decoded = {.to = edge->to};
        decoded.from = list_of(decoder, edge->args.at, edge->args.len);
        decoded.dead = slots_at_end(decoder, &decoder->lives.edge[2 * block + e]);
        vec_push(decoder->arena, &decoder->code->edges, decoded);
    }
}

static void decode_term(struct decoder *decoder, block_id block)
{
    const struct ir_term *term = &decoder->func->blocks.at[block].term;
    const struct lives_end *leave = &decoder->lives.leave[block];
    struct code_inst *made;
    switch (term->kind) {
    case TERM_NONE: break;
    case TERM_JMP: decode_edges(decoder, add(decoder, CODE_JMP), block); break;
    case TERM_BR:
        made = add(decoder, CODE_BR);
        made->x = decoder->place[term->condition];
        decode_edges(decoder, made, block);
        break;
    case TERM_RET:
        made = add(decoder, CODE_RET);
        made->list = list_of(decoder, term->args.at, term->args.len);
        made->dead = slots_at_end(decoder, leave);
        break;
    case TERM_TAIL:
        made = add(decoder, CODE_TAIL);
        made->callee = term->callee;
        made->in_cycle = decoder->cycles[term->callee] == decoder->cycle;
        made->list = list_of(decoder, term->args.at, term->args.len);
        made->dead = slots_at_end(decoder, leave);
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
        .lives = lives_of(arena, func),
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
            decode_inst(&decoder, block->insts.at[i]);
        decode_term(&decoder, b);
        made.unread = slots_at_end(&decoder, &decoder.lives.start[b]);
        made.cost = code->insts.len - made.first;
        vec_push(arena, &code->blocks, made);
    }
    return code;
}
