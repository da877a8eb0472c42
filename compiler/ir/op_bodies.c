#include "ir/op_bodies.h"

#include <string.h>

/* "exp_f64" is OP_exp of DT_F64. */
static bool names_operation(const char *word, enum op *op, enum dtype *operand)
{
    for (int o = 0; o < OP_COUNT; o++)
        for (int d = 0; d < DT_COUNT; d++) {
            size_t len = strlen(op_table[o].name);
            if (!strncmp(word, op_table[o].name, len) && word[len] == '_'
                && !strcmp(word + len + 1, dtype_table[d].name)) {
                *op = (enum op)o;
                *operand = (enum dtype)d;
                return true;
            }
        }
    return false;
}

static bool is_flat(const struct ir_func *func)
{
    const struct ir_block *block = &func->blocks.at[0];
    bool is_flat = func->blocks.len == 1 && block->term.kind == TERM_RET && block->term.args.len == 1;
    for (uint32_t i = 0; i < block->insts.len && is_flat; i++) {
        const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
        is_flat = (inst->kind == INST_OP || inst->kind == INST_CONST)
            && func->values.at[inst->results.at[0]].type.shape.rank == 0;
    }
    return is_flat;
}

static const struct op_body *body_of(struct arena *arena, const struct ir_func *func)
{
    const struct ir_block *block = &func->blocks.at[0];
    uint32_t *number = ARENA_ARRAY(arena, uint32_t, func->values.len + 1);
    struct op_node *nodes = ARENA_ARRAY(arena, struct op_node, block->insts.len + 1);
    struct op_body *body = ARENA_NEW(arena, struct op_body);
    *body = (struct op_body){.arity = block->params.len, .count = block->insts.len, .nodes = nodes};
    for (uint32_t i = 0; i < block->params.len; i++)
        number[block->params.at[i]] = i;
    for (uint32_t n = 0; n < block->insts.len; n++) {
        const struct ir_inst *inst = &func->insts.at[block->insts.at[n]];
        const struct ir_value *value = &func->values.at[inst->results.at[0]];
        number[inst->results.at[0]] = body->arity + n;
        nodes[n] = (struct op_node){.name = value->hint, .dtype = value->type.dtype,
                                    .is_constant = inst->kind == INST_CONST,
                                    .constant = inst->constant, .op = inst->op};
        for (uint32_t i = 0; i < inst->args.len; i++)
            nodes[n].args[i] = number[inst->args.at[i]];
        if (inst->args.len)
            nodes[n].operand = func->values.at[vec_last(&inst->args)].type.dtype;
    }
    body->result = number[block->term.args.at[0]];
    return body;
}

const struct op_bodies *op_bodies_of(struct arena *arena, const struct ir_prog *prog,
                                     const char **why)
{
    struct op_bodies *bodies = ARENA_NEW(arena, struct op_bodies);
    for (func_id f = 0; f < prog->funcs.len; f++) {
        const struct ir_func *func = &prog->funcs.at[f];
        enum op op;
        enum dtype operand;
        if (!names_operation(func->name, &op, &operand))
            continue;
        if (!is_flat(func)) {
            *why = arena_printf(arena, "function %s is not flat", func->name);
            return NULL;
        }
        bodies->of[op][operand] = body_of(arena, func);
    }
    return bodies;
}
