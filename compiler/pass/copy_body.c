#include "pass/copy_body.h"

#include "ir/tensor.h"

struct copier {
    struct ir_prog *prog;
    struct ir_func *into;
    const struct ir_func *from;
    value_id *values; /* of `from`, in `into` */
    block_id first;
};

static value_id copy_value(const struct copier *copier, value_id value, block_id block,
                           inst_id inst)
{
    struct ir_value copy = copier->from->values.at[value];
    copy.block = block;
    copy.inst = inst;
    vec_push(copier->prog->arena, &copier->into->values, copy);
    return copier->values[value] = copier->into->values.len - 1;
}

/* Blocks, parameters and instructions with their results; what they use comes later, because it may
 * be defined later. */
static void copy_definitions(const struct copier *copier, block_id id)
{
    struct arena *arena = copier->prog->arena;
    const struct ir_block *block = &copier->from->blocks.at[id];
    struct ir_block copy = {.hint = block->hint,
                            .loc = block->loc,
                            .is_loop = block->is_loop,
                            .is_sync = block->is_sync,
                            .term = {.condition = IR_NONE}};
    block_id to = copier->first + id;
    for (uint32_t i = 0; i < block->params.len; i++)
        vec_push(arena, &copy.params, copy_value(copier, block->params.at[i], to, IR_NONE));
    for (uint32_t i = 0; i < block->insts.len; i++) {
        const struct ir_inst *inst = &copier->from->insts.at[block->insts.at[i]];
        struct ir_inst inst_copy = ir_inst_copy(arena, inst);
        inst_id inst_to = copier->into->insts.len;
        for (uint32_t k = 0; k < inst->results.len; k++)
            vec_push(arena, &inst_copy.results,
                     copy_value(copier, inst->results.at[k], to, inst_to));
        vec_push(arena, &copier->into->insts, inst_copy);
        vec_push(arena, &copy.insts, inst_to);
    }
    vec_push(arena, &copier->into->blocks, copy);
}

static void copy_uses(const struct copier *copier, block_id id)
{
    struct arena *arena = copier->prog->arena;
    const struct ir_block *block = &copier->from->blocks.at[id];
    struct ir_block *copy = &copier->into->blocks.at[copier->first + id];
    for (uint32_t i = 0; i < block->insts.len; i++) {
        const struct ir_inst *inst = &copier->from->insts.at[block->insts.at[i]];
        struct ir_inst *inst_copy = &copier->into->insts.at[copy->insts.at[i]];
        for (uint32_t k = 0; k < inst->args.len; k++)
            vec_push(arena, &inst_copy->args, copier->values[inst->args.at[k]]);
    }
    const struct ir_term *term = &block->term;
    struct ir_term *term_copy = &copy->term;
    *term_copy = (struct ir_term){.kind = term->kind,
                                  .loc = term->loc,
                                  .condition = IR_NONE,
                                  .callee = term->callee,
                                  .fault = term->fault};
    if (term->kind == TERM_BR)
        term_copy->condition = copier->values[term->condition];
    for (uint32_t i = 0; i < term->args.len; i++)
        vec_push(arena, &term_copy->args, copier->values[term->args.at[i]]);
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
        term_copy->edges[edge].to = copier->first + term->edges[edge].to;
        for (uint32_t i = 0; i < term->edges[edge].args.len; i++)
            vec_push(arena, &term_copy->edges[edge].args,
                     copier->values[term->edges[edge].args.at[i]]);
    }
}

struct body_copy copy_body(struct ir_prog *prog, struct ir_func *into, const struct ir_func *from)
{
    struct arena *scratch = arena_new();
    struct copier copier = {.prog = prog,
                            .into = into,
                            .from = from,
                            .values = ARENA_ARRAY(scratch, value_id, from->values.len),
                            .first = into->blocks.len};
    for (block_id id = 0; id < from->blocks.len; id++)
        copy_definitions(&copier, id);
    for (block_id id = 0; id < from->blocks.len; id++)
        copy_uses(&copier, id);
    arena_free(scratch);
    return (struct body_copy){.first = copier.first, .count = from->blocks.len};
}

uint32_t body_size(const struct ir_func *func)
{
    uint32_t size = 0;
    for (block_id id = 0; id < func->blocks.len; id++) {
        const struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++)
            size += func->insts.at[block->insts.at[i]].kind != INST_CONST;
    }
    return size;
}
