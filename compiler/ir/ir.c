#include "ir/ir.h"

#include <string.h>

const char *const fault_kind_name[5] = {"none", "bounds", "stack", "assert", "budget"};

struct ir_prog *ir_prog_new(struct arena *arena, struct names *names, const struct sources *sources)
{
    struct ir_prog *prog = ARENA_NEW(arena, struct ir_prog);
    prog->arena = arena;
    prog->names = names;
    prog->sources = sources;
    (void)vec_add(arena, &prog->faults);
    return prog;
}

func_id ir_func_new(struct ir_prog *prog, const char *func_name, struct loc loc)
{
    struct ir_func *func = vec_add(prog->arena, &prog->funcs);
    func->name = name_of_text(prog->names, func_name);
    func->loc = loc;
    return prog->funcs.len - 1;
}

fault_id ir_fault_new(struct ir_prog *prog, enum fault_kind kind, struct loc loc, const char *text)
{
    struct ir_fault *fault = vec_add(prog->arena, &prog->faults);
    fault->kind = kind;
    fault->loc = loc;
    fault->text = text;
    if (loc.file && prog->sources) {
        struct position position = source_position(prog->sources, loc);
        fault->path = position.path;
        fault->line = position.line;
        fault->column = position.column;
    }
    return prog->faults.len - 1;
}

/* ---- blocks and values ---------------------------------------------------------------------- */

block_id ir_block_new(struct ir_prog *prog, struct ir_func *func, const char *hint, struct loc loc)
{
    struct ir_block *block = vec_add(prog->arena, &func->blocks);
    block->hint = hint ? name_of_text(prog->names, hint) : NULL;
    block->loc = loc;
    block->term.condition = IR_NONE;
    return func->blocks.len - 1;
}

static value_id new_value(struct ir_prog *prog, struct ir_func *func, struct ir_value value)
{
    vec_push(prog->arena, &func->values, value);
    return func->values.len - 1;
}

value_id ir_param_new(struct ir_prog *prog, struct ir_func *func, block_id block, struct type type,
                      name hint, struct loc loc)
{
    value_id value = new_value(prog, func,
                               (struct ir_value){.type = type,
                                                 .kind = VALUE_PARAM,
                                                 .block = block,
                                                 .inst = IR_NONE,
                                                 .index = func->blocks.at[block].params.len,
                                                 .hint = hint,
                                                 .loc = loc});
    vec_push(prog->arena, &func->blocks.at[block].params, value);
    return value;
}

/* ---- instructions --------------------------------------------------------------------------- */

static inst_id new_inst(struct ir_prog *prog, struct ir_func *func, block_id block,
                        enum inst_kind kind, const value_id *args, uint32_t count, struct loc loc)
{
    inst_id id = func->insts.len;
    struct ir_inst *inst = vec_add(prog->arena, &func->insts);
    inst->kind = kind;
    inst->loc = loc;
    for (uint32_t i = 0; i < count; i++)
        vec_push(prog->arena, &inst->args, args[i]);
    vec_push(prog->arena, &func->blocks.at[block].insts, id);
    return id;
}

static value_id add_result(struct ir_prog *prog, struct ir_func *func, block_id block, inst_id inst,
                           struct type type, struct loc loc)
{
    value_id value = new_value(prog, func,
                               (struct ir_value){.type = type,
                                                 .kind = VALUE_RESULT,
                                                 .block = block,
                                                 .inst = inst,
                                                 .index = func->insts.at[inst].results.len,
                                                 .loc = loc});
    vec_push(prog->arena, &func->insts.at[inst].results, value);
    return value;
}

value_id ir_op(struct ir_prog *prog, struct ir_func *func, block_id block, enum op op,
               struct type type, const value_id *args, uint32_t count, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, INST_OP, args, count, loc);
    func->insts.at[inst].op = op;
    return add_result(prog, func, block, inst, type, loc);
}

value_id ir_const(struct ir_prog *prog, struct ir_func *func, block_id block, enum dtype dtype,
                  union scalar constant, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, INST_CONST, NULL, 0, loc);
    func->insts.at[inst].constant = constant;
    return add_result(prog, func, block, inst, type_scalar(dtype), loc);
}

struct ir_inst *ir_inst_new(struct ir_prog *prog, struct ir_func *func, block_id block,
                            enum inst_kind kind, struct type type, const value_id *args,
                            uint32_t count, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, kind, args, count, loc);
    add_result(prog, func, block, inst, type, loc);
    return &func->insts.at[inst];
}

value_id ir_lane_index(struct ir_prog *prog, struct ir_func *func, block_id block, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, INST_LANE_INDEX, NULL, 0, loc);
    return add_result(prog, func, block, inst, type_scalar(DT_I64), loc);
}

inst_id ir_call(struct ir_prog *prog, struct ir_func *func, block_id block, func_id callee,
                const value_id *args, uint32_t count, fault_id stack_fault, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, INST_CALL, args, count, loc);
    func->insts.at[inst].callee = callee;
    func->insts.at[inst].fault = stack_fault;
    const struct ir_func *target = &prog->funcs.at[callee];
    for (uint32_t i = 0; i < target->results.len; i++)
        add_result(prog, func, block, inst, target->results.at[i], loc);
    return inst;
}

void ir_check(struct ir_prog *prog, struct ir_func *func, block_id block, value_id condition,
              fault_id fault, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, INST_CHECK, &condition, 1, loc);
    func->insts.at[inst].fault = fault;
}

void ir_show(struct ir_prog *prog, struct ir_func *func, block_id block, const char *label,
             const value_id *args, uint32_t count, struct loc loc)
{
    inst_id inst = new_inst(prog, func, block, INST_SHOW, args, count, loc);
    func->insts.at[inst].text = label;
}

/* ---- terminators ---------------------------------------------------------------------------- */

static struct ir_term *new_term(struct ir_prog *prog, struct ir_func *func, block_id block,
                                enum term_kind kind, const value_id *args, uint32_t count,
                                struct loc loc)
{
    struct ir_term *term = &func->blocks.at[block].term;
    *term = (struct ir_term){.kind = kind, .loc = loc, .condition = IR_NONE};
    for (uint32_t i = 0; i < count; i++)
        vec_push(prog->arena, &term->args, args[i]);
    return term;
}

void ir_jmp(struct ir_prog *prog, struct ir_func *func, block_id block, block_id to,
            const value_id *args, uint32_t count)
{
    struct ir_term *term = new_term(prog, func, block, TERM_JMP, NULL, 0, (struct loc){0});
    term->edges[0].to = to;
    for (uint32_t i = 0; i < count; i++)
        vec_push(prog->arena, &term->edges[0].args, args[i]);
}

void ir_br(struct ir_prog *prog, struct ir_func *func, block_id block, value_id condition,
           block_id yes, block_id no, struct loc loc)
{
    struct ir_term *term = new_term(prog, func, block, TERM_BR, NULL, 0, loc);
    term->condition = condition;
    term->edges[0].to = yes;
    term->edges[1].to = no;
}

void ir_ret(struct ir_prog *prog, struct ir_func *func, block_id block, const value_id *args,
            uint32_t count, struct loc loc)
{
    new_term(prog, func, block, TERM_RET, args, count, loc);
}

void ir_tail(struct ir_prog *prog, struct ir_func *func, block_id block, func_id callee,
             const value_id *args, uint32_t count, struct loc loc)
{
    new_term(prog, func, block, TERM_TAIL, args, count, loc)->callee = callee;
}

void ir_fault_term(struct ir_prog *prog, struct ir_func *func, block_id block, fault_id fault,
                   struct loc loc)
{
    new_term(prog, func, block, TERM_FAULT, NULL, 0, loc)->fault = fault;
}

uint32_t ir_edge_count(const struct ir_term *term)
{
    switch (term->kind) {
    case TERM_JMP:
        return 1;
    case TERM_BR:
        return 2;
    case TERM_NONE:
    case TERM_RET:
    case TERM_TAIL:
    case TERM_FAULT:
        break;
    }
    return 0;
}
