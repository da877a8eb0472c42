#include "build/fn.h"

#include <string.h>

/* ---- blocks and values --------------------------------------------------------------- */

block_id fn_block(struct fn *fn, const char *hint, struct loc loc)
{
    return ssa_block_new(&fn->ssa, hint, loc);
}

void fn_enter(struct fn *fn, block_id block)
{
    ssa_seal(&fn->ssa, block);
    fn->block = block;
}

void fn_jump(struct fn *fn, block_id to)
{
    if (!fn_is_dead(fn))
        ssa_jmp(&fn->ssa, fn->block, to);
}

void fn_dead(struct fn *fn, struct loc loc)
{
    fn_enter(fn, fn_block(fn, NULL, loc));
}

bool fn_is_dead(const struct fn *fn)
{
    return ssa_is_dead(&fn->ssa, fn->block);
}

void fn_write(struct fn *fn, leaf_id leaf, value_id value)
{
    ssa_write(&fn->ssa, fn->block, leaf, value);
}

value_id fn_read(struct fn *fn, leaf_id leaf)
{
    return ssa_read(&fn->ssa, fn->block, leaf);
}

value_id fn_const(struct fn *fn, enum dtype dtype, union scalar constant, struct loc loc)
{
    return ir_const(fn->prog, fn->func, fn->block, dtype, constant, loc);
}

value_id fn_op(struct fn *fn, enum op op, enum dtype result, const value_id *args, uint32_t count,
               struct loc loc)
{
    struct type type = {result, fn_type_of(fn, args[count - 1])->shape};
    return ir_op(fn->prog, fn->func, fn->block, op, type, args, count, loc);
}

value_id fn_op2(struct fn *fn, enum op op, enum dtype result, value_id x, value_id y,
                struct loc loc)
{
    return fn_op(fn, op, result, (value_id[]){x, y}, 2, loc);
}

const struct type *fn_type_of(const struct fn *fn, value_id value)
{
    return &fn->func->values.at[value].type;
}

enum dtype fn_dtype_of(const struct fn *fn, value_id value)
{
    return fn->func->values.at[value].type.dtype;
}

value_id fn_convert(struct fn *fn, value_id value, enum dtype dtype, struct loc loc)
{
    return fn_dtype_of(fn, value) == dtype ? value : fn_op(fn, OP_cast, dtype, &value, 1, loc);
}

void fn_check(struct fn *fn, value_id condition, enum fault_kind kind, const void *node,
              struct loc loc, const char *text)
{
    fault_id fault = program_fault(fn->program, kind, node, loc, text);
    ir_check(fn->prog, fn->func, fn->block, condition, fault, loc);
}

void fn_step(struct fn *fn, const void *node, struct loc loc)
{
    if (!fn->counts)
        return;
    value_id left = fn_read(fn, fn->steps);
    value_id none = fn_const(fn, DT_U64, (union scalar){.u = 0}, loc);
    value_id some_left = fn_op(fn, OP_ne, DT_BOOL, (value_id[]){left, none}, 2, loc);
    fn_check(fn, some_left, FAULT_BUDGET, node, loc, "more steps than @budget allows");
    value_id one = fn_const(fn, DT_U64, (union scalar){.u = 1}, loc);
    fn_write(fn, fn->steps, fn_op(fn, OP_sub, DT_U64, (value_id[]){left, one}, 2, loc));
}

/* ---- functions ----------------------------------------------------------------------- */

static void push_types(struct arena *arena, struct ir_func *func, bool result, const struct ty *ty)
{
    struct type *types = ARENA_ARRAY(arena, struct type, ty->leaves);
    leaf_types(ty, types);
    for (uint32_t i = 0; i < ty->leaves; i++)
        if (result)
            vec_push(arena, &func->results, types[i]);
        else
            vec_push(arena, &func->params, types[i]);
}

void fn_set_signature(struct ir_prog *prog, struct ir_func *func, const struct instance *instance,
                      bool counted)
{
    push_types(prog->arena, func, true, instance->result);
    for (uint32_t i = 0; i < instance->param_count; i++) {
        push_types(prog->arena, func, false, instance->vars.at[i].ty);
        if (instance->vars.at[i].is_inout)
            push_types(prog->arena, func, true, instance->vars.at[i].ty);
    }
    if (counted) {
        vec_push(prog->arena, &func->params, type_scalar(DT_U64));
        vec_push(prog->arena, &func->results, type_scalar(DT_U64));
    }
    switch (instance->inline_attr) {
    case ATTR_INLINE_NONE: func->inline_wish = INLINE_AUTO; break;
    case ATTR_INLINE: func->inline_wish = INLINE_ALWAYS; break;
    case ATTR_NOINLINE: func->inline_wish = INLINE_NEVER; break;
    }
}

/* The hint of a leaf is its path as one word: "p_x". A variable that the checker made has none. */
static name leaf_hint(struct fn *fn, const char *path)
{
    if (!path)
        return NULL;
    char *word = arena_strdup(fn->scratch, path);
    for (char *at = word; *at; at++)
        if (*at == '.')
            *at = '_';
    return name_of_text(fn->prog->names, word);
}

static void declare_variable(struct fn *fn, const struct typed_var *var)
{
    uint32_t count = var->ty->leaves;
    struct type *types = ARENA_ARRAY(fn->scratch, struct type, count);
    const char **paths = ARENA_ARRAY(fn->scratch, const char *, count);
    leaf_types(var->ty, types);
    if (var->name)
        leaf_paths(fn->scratch, var->ty, var->name, paths);
    for (uint32_t i = 0; i < count; i++)
        ssa_leaf_new(&fn->ssa, types[i], leaf_hint(fn, paths[i]), var->loc);
}

static void declare_variables(struct fn *fn)
{
    const struct instance *instance = fn->instance;
    fn->var_leaf = ARENA_ARRAY(fn->scratch, leaf_id, instance->vars.len);
    for (uint32_t v = 0; v < instance->vars.len; v++) {
        fn->var_leaf[v] = fn->ssa.leaves.len;
        declare_variable(fn, &instance->vars.at[v]);
    }
}

static struct fn fn_begin(struct program *program, func_id id, const struct instance *instance)
{
    struct ir_func *func = &program->prog->funcs.at[id];
    struct fn fn = {
        .program = program,
        .scratch = arena_new(),
        .prog = program->prog,
        .func = func,
        .instance = instance,
    };
    ssa_init(&fn.ssa, fn.scratch, program->prog, func);
    block_id entry = ssa_block_new(&fn.ssa, NULL, func->loc);
    func->blocks.at[entry].is_sync = instance->is_sync;
    ssa_seal(&fn.ssa, entry);
    return fn;
}

static leaf_id steps_leaf(struct fn *fn)
{
    return ssa_leaf_new(&fn->ssa, type_scalar(DT_U64), name_of_text(fn->prog->names, "steps_left"),
                        fn->func->loc);
}

static void add_param(struct fn *fn, leaf_id id)
{
    const struct ssa_leaf *leaf = &fn->ssa.leaves.at[id];
    value_id param = ir_param_new(fn->prog, fn->func, 0, leaf->type, leaf->hint, leaf->loc);
    ssa_write(&fn->ssa, 0, id, param);
}

/* The parameters of the entry block are the function's: the first leaves, then the count. */
static void add_params(struct fn *fn)
{
    uint32_t own = fn->func->params.len - fn->counts;
    for (leaf_id leaf = 0; leaf < own; leaf++)
        add_param(fn, leaf);
    if (fn->counts) {
        fn->steps = steps_leaf(fn);
        add_param(fn, fn->steps);
    }
}

static void start_count(struct fn *fn)
{
    fn->steps = steps_leaf(fn);
    value_id budget =
        fn_const(fn, DT_U64, (union scalar){.u = fn->instance->budget}, fn->func->loc);
    fn_write(fn, fn->steps, budget);
}

static void instance_body(struct fn *fn)
{
    stmt_block(fn, fn->instance->body);
    if (!fn_is_dead(fn))
        stmt_return(fn, NULL, fn->func->loc);
}

static void test_body(struct fn *fn)
{
    if (fn->counts)
        start_count(fn);
    for (uint32_t i = 0; i < fn->test->stmts && !fn_is_dead(fn); i++)
        stmt_any(fn, fn->instance->body->stmts.at[i]);
    if (!fn_is_dead(fn))
        stmt_return(fn, NULL, fn->func->loc);
}

/* Calls the counted variant with the whole budget and drops what is left. */
static void budget_entry_body(struct fn *fn, func_id counted)
{
    struct loc loc = fn->func->loc;
    uint32_t params = fn->func->params.len;
    value_id *values = ARENA_ARRAY(fn->scratch, value_id, params + 1);
    for (leaf_id leaf = 0; leaf < params; leaf++)
        values[leaf] = fn_read(fn, leaf);
    start_count(fn);
    values[params] = fn_read(fn, fn->steps);
    fault_id stack = program_call_fault(fn->program, fn->instance, fn->instance, loc);
    inst_id call = ir_call(fn->prog, fn->func, fn->block, counted, values, params + 1, stack, loc);
    ir_ret(fn->prog, fn->func, fn->block, fn->func->insts.at[call].results.at,
           fn->func->results.len, loc);
}

void fn_build(struct program *program, func_id id, const struct job *job)
{
    struct fn fn = fn_begin(program, id, job->instance);
    declare_variables(&fn);
    switch (job->kind) {
    case JOB_INSTANCE:
        fn.counts = job->variant == VARIANT_COUNTED;
        add_params(&fn);
        instance_body(&fn);
        break;
    case JOB_TEST:
        fn.test = &job->part;
        fn.counts = job->instance->budget != 0;
        test_body(&fn);
        break;
    case JOB_BUDGET_ENTRY:
        add_params(&fn);
        budget_entry_body(&fn, job->counted);
        break;
    }
    arena_free(fn.scratch);
}
