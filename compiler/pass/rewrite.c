#include "pass/rewrite.h"

struct rewrite rewrite_new(struct arena *scratch, struct ir_func *func)
{
    struct rewrite rewrite = {.func = func,
                              .to = ARENA_ARRAY(scratch, value_id, func->values.len),
                              .size = func->values.len};
    for (value_id value = 0; value < rewrite.size; value++)
        rewrite.to[value] = value;
    return rewrite;
}

value_id rewrite_current(const struct rewrite *rewrite, value_id value)
{
    while (value < rewrite->size && rewrite->to[value] != value) {
        value_id next = rewrite->to[value];
        if (next < rewrite->size)
            rewrite->to[value] = rewrite->to[next];
        value = next;
    }
    return value;
}

void rewrite_replace(struct rewrite *rewrite, value_id value, value_id by)
{
    by = rewrite_current(rewrite, by);
    if (by == value)
        return;
    rewrite->to[value] = by;
    rewrite->any = true;
}

void for_each_use_in_inst(struct ir_inst *inst, use_visitor visit, void *user)
{
    for (uint32_t i = 0; i < inst->args.len; i++)
        visit(user, &inst->args.at[i]);
}

void for_each_use_in_term(struct ir_term *term, use_visitor visit, void *user)
{
    if (term->kind == TERM_BR)
        visit(user, &term->condition);
    for (uint32_t i = 0; i < term->args.len; i++)
        visit(user, &term->args.at[i]);
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
        for (uint32_t i = 0; i < term->edges[edge].args.len; i++)
            visit(user, &term->edges[edge].args.at[i]);
}

static void replace_use(void *user, value_id *use)
{
    *use = rewrite_current(user, *use);
}

void rewrite_apply(struct rewrite *rewrite)
{
    struct ir_func *func = rewrite->func;
    for (block_id id = 0; rewrite->any && id < func->blocks.len; id++) {
        struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++)
            for_each_use_in_inst(&func->insts.at[block->insts.at[i]], replace_use, rewrite);
        for_each_use_in_term(&block->term, replace_use, rewrite);
    }
}

/* ---- block parameters ----------------------------------------------------------------------- */

void func_drop_params(struct ir_func *func, const bool *gone)
{
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_term *term = &func->blocks.at[id].term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
            const struct ir_block *to = &func->blocks.at[term->edges[edge].to];
            uint32_t kept = 0;
            for (uint32_t i = 0; i < term->edges[edge].args.len; i++)
                if (!gone[to->params.at[i]])
                    term->edges[edge].args.at[kept++] = term->edges[edge].args.at[i];
            term->edges[edge].args.len = kept;
        }
    }
    for (block_id id = 1; id < func->blocks.len; id++) {
        struct ir_block *block = &func->blocks.at[id];
        uint32_t kept = 0;
        for (uint32_t i = 0; i < block->params.len; i++) {
            value_id param = block->params.at[i];
            if (gone[param])
                continue;
            func->values.at[param].index = kept;
            block->params.at[kept++] = param;
        }
        block->params.len = kept;
    }
}

/* ---- functions ------------------------------------------------------------------------------ */

static void renumber_callees(struct ir_func *func, const func_id *ids)
{
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_block *block = &func->blocks.at[id];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            if (inst->kind == INST_CALL)
                inst->callee = ids[inst->callee];
        }
        if (block->term.kind == TERM_TAIL)
            block->term.callee = ids[block->term.callee];
    }
}

void prog_keep_funcs(struct ir_prog *prog, const bool *keep)
{
    struct arena *scratch = arena_new();
    func_id *ids = ARENA_ARRAY(scratch, func_id, prog->funcs.len), kept = 0;
    for (func_id id = 0; id < prog->funcs.len; id++) {
        ids[id] = keep[id] ? kept : IR_NONE;
        if (keep[id])
            prog->funcs.at[kept++] = prog->funcs.at[id];
    }
    prog->funcs.len = kept;
    for (func_id id = 0; id < kept; id++)
        renumber_callees(&prog->funcs.at[id], ids);
    for (uint32_t i = 0; i < prog->entries.len; i++)
        prog->entries.at[i].func = ids[prog->entries.at[i].func];
    arena_free(scratch);
}
