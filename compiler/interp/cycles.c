#include "interp/cycles.h"

#include <string.h>

/* Tarjan's algorithm (1972) with a list of visits instead of recursion. */
struct search {
    struct arena *arena;
    VEC(func_id) * callees; /* by caller */
    uint32_t *index, *low;  /* order of discovery from 1; least index reached */
    uint32_t *component;    /* from 1; 0 while the function is on the stack or unseen */
    VEC(func_id) stack;
    VEC(struct visit {
        func_id func;
        uint32_t next;
    })
    visits;
    uint32_t seen, components;
};

static void find_callees(struct search *search, const struct ir_prog *prog, func_id caller)
{
    const struct ir_func *func = &prog->funcs.at[caller];
    for (uint32_t b = 0; b < func->blocks.len; b++) {
        const struct ir_block *block = &func->blocks.at[b];
        for (uint32_t i = 0; i < block->insts.len; i++) {
            const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
            if (inst->kind == INST_CALL)
                vec_push(search->arena, &search->callees[caller], inst->callee);
        }
        if (block->term.kind == TERM_TAIL)
            vec_push(search->arena, &search->callees[caller], block->term.callee);
    }
}

static void discover(struct search *search, func_id func)
{
    search->index[func] = search->low[func] = ++search->seen;
    vec_push(search->arena, &search->stack, func);
    vec_push(search->arena, &search->visits, ((struct visit){func, 0}));
}

static void lower(struct search *search, func_id func, uint32_t reached)
{
    if (reached < search->low[func])
        search->low[func] = reached;
}

/* All its callees are done: the root of a component takes it from the stack. */
static void finish(struct search *search, func_id func)
{
    if (search->low[func] == search->index[func]) {
        search->components++;
        func_id member;
        do {
            member = vec_pop(&search->stack);
            search->component[member] = search->components;
        } while (member != func);
    }
    if (search->visits.len > 0)
        lower(search, vec_last(&search->visits).func, search->low[func]);
}

static void search_from(struct search *search, func_id root)
{
    discover(search, root);
    while (search->visits.len > 0) {
        struct visit *visit = &vec_last(&search->visits);
        func_id func = visit->func;
        if (visit->next == search->callees[func].len) {
            search->visits.len--;
            finish(search, func);
            continue;
        }
        func_id callee = search->callees[func].at[visit->next++];
        if (!search->index[callee])
            discover(search, callee);
        else if (!search->component[callee])
            lower(search, func, search->index[callee]);
    }
}

/* Functions of a cycle that a pass has cut still count their depth together: an edge from each to the
 * next one of its number, and from the last to the first, joins them. */
static void join_marked(struct search *search, const struct ir_prog *prog)
{
    for (func_id func = 0; func < prog->funcs.len; func++) {
        uint32_t cycle = prog->funcs.at[func].cycle;
        func_id next = func;
        if (!cycle)
            continue;
        do
            next = next + 1 < prog->funcs.len ? next + 1 : 0;
        while (prog->funcs.at[next].cycle != cycle);
        if (next != func)
            vec_push(search->arena, &search->callees[func], next);
    }
}

uint32_t *cycles_of(struct arena *arena, const struct ir_prog *prog)
{
    struct search search = {.arena = arena_new()};
    uint32_t count = prog->funcs.len;
    search.callees = arena_alloc(search.arena, sizeof *search.callees * count);
    search.index = ARENA_ARRAY(search.arena, uint32_t, count);
    search.low = ARENA_ARRAY(search.arena, uint32_t, count);
    search.component = ARENA_ARRAY(arena, uint32_t, count);
    for (func_id func = 0; func < count; func++)
        find_callees(&search, prog, func);
    join_marked(&search, prog);
    for (func_id func = 0; func < count; func++)
        if (!search.index[func])
            search_from(&search, func);
    arena_free(search.arena);
    return search.component;
}
