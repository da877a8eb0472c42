/* Tidying and the analyses, against definitions that are slow and plain. */
#include "analysis/analysis.h"
#include "random_ir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PROGRAMS = 1500 };

static const struct random_shape shape = {.max_blocks = 20, .max_insts = 4, .max_funcs = 3};

static struct ir_prog *tidy_prog(struct arena *arena, uint64_t seed)
{
    struct random random = {seed};
    struct ir_prog *prog = random_prog(arena, names_new(arena), &random, shape);
    const char *why = ir_verify_sound(prog, arena);
    if (why)
        fail_msg("seed %llu: not sound: %s", (unsigned long long)seed, why);
    ir_tidy(prog);
    return prog;
}

static void tidy_programs_verify_and_stay(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
        struct arena *arena = arena_new();
        struct ir_prog *prog = tidy_prog(arena, seed);
        const char *why = ir_verify(prog, arena);
        if (why)
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        struct text first = {0}, second = {0};
        ir_print(prog, &first);
        if (ir_tidy(prog))
            fail_msg("seed %llu: tidying again changes something", (unsigned long long)seed);
        ir_print(prog, &second);
        assert_string_equal(first.chars, second.chars);
        text_free(&first);
        text_free(&second);
        arena_free(arena);
    }
}

/* ---- plain definitions ---------------------------------------------------------------------- */

/* Blocks reachable from `from` without entering `without`. */
static struct bitset reach(struct arena *arena, const struct ir_func *func, block_id from,
                           block_id without)
{
    struct bitset seen = bitset_new(arena, func->blocks.len);
    if (from == without)
        return seen;
    bitset_add(&seen, from);
    for (bool grew = true; grew;) {
        grew = false;
        for (block_id id = 0; id < func->blocks.len; id++) {
            const struct ir_term *term = &func->blocks.at[id].term;
            for (uint32_t edge = 0; bitset_has(&seen, id) && edge < ir_edge_count(term); edge++)
                if (term->edges[edge].to != without)
                    grew |= bitset_add(&seen, term->edges[edge].to);
        }
    }
    return seen;
}

static void dominators_are_those_without_which_nothing_is_reached(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS / 3; seed++) {
        struct arena *arena = arena_new();
        struct ir_prog *prog = tidy_prog(arena, seed);
        const struct ir_func *func = &prog->funcs.at[0];
        struct cfg cfg = cfg_of(arena, func);
        for (block_id a = 0; a < func->blocks.len; a++) {
            struct bitset others = reach(arena, func, 0, a);
            for (block_id b = 0; b < func->blocks.len; b++)
                assert_int_equal(cfg_dominates(&cfg, a, b), !bitset_has(&others, b));
        }
        for (block_id b = 0; b < func->blocks.len; b++) {
            block_id idom = cfg.blocks[b].idom;
            assert_int_equal(idom == IR_NONE, b == 0);
            for (block_id a = 0; b && a < func->blocks.len; a++) /* nothing in between */
                if (a != b && a != idom && cfg_dominates(&cfg, a, b))
                    assert_true(cfg_dominates(&cfg, a, idom));
            for (uint32_t i = 0; i < cfg.blocks[b].children.len; i++)
                assert_int_equal(cfg.blocks[cfg.blocks[b].children.at[i]].idom, b);
        }
        arena_free(arena);
    }
}

/* The header, and what reaches a latch without passing the header. */
static struct bitset natural_loop(struct arena *arena, const struct ir_func *func,
                                  const struct cfg *cfg, block_id header)
{
    struct bitset body = bitset_new(arena, func->blocks.len);
    for (block_id latch = 0; latch < func->blocks.len; latch++) {
        const struct ir_term *term = &func->blocks.at[latch].term;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++) {
            if (term->edges[edge].to != header || !cfg_dominates(cfg, header, latch))
                continue;
            bitset_add(&body, header);
            for (block_id id = 0; id < func->blocks.len; id++) {
                struct bitset from = reach(arena, func, id, header);
                if (bitset_has(&from, latch))
                    bitset_add(&body, id);
            }
        }
    }
    return body;
}

static void check_loop(const struct ir_func *func, const struct loops *loops,
                       const struct loop *loop, const struct bitset *body)
{
    uint32_t exits = 0;
    const struct loop *parent = NULL;
    for (block_id id = 0; id < func->blocks.len; id++) {
        assert_int_equal(bitset_has(&loop->body, id), bitset_has(body, id));
        assert_int_equal(id >= loop->header && id < loop->end, bitset_has(body, id));
        const struct ir_term *term = &func->blocks.at[id].term;
        for (uint32_t edge = 0; bitset_has(body, id) && edge < ir_edge_count(term); edge++) {
            if (bitset_has(body, term->edges[edge].to))
                continue;
            assert_true(exits < loop->exit_count);
            assert_int_equal(loop->exits[exits].from, id);
            assert_int_equal(loop->exits[exits].edge, edge);
            exits++;
        }
    }
    assert_int_equal(exits, loop->exit_count);
    for (uint32_t i = 0; i < loops->list.len; i++) {
        const struct loop *other = &loops->list.at[i];
        if (other != loop && bitset_has(&other->body, loop->header)
            && (!parent || bitset_count(&other->body) < bitset_count(&parent->body)))
            parent = other;
    }
    assert_int_equal(loop->parent, parent ? parent->header : IR_NONE);
    assert_int_equal(loop->depth, parent ? parent->depth + 1 : 1);
}

static void loops_are_natural_loops(void **state)
{
    (void)state;
    uint32_t nested = 0;
    for (uint64_t seed = 1; seed <= PROGRAMS / 3; seed++) {
        struct arena *arena = arena_new();
        struct ir_prog *prog = tidy_prog(arena, seed);
        const struct ir_func *func = &prog->funcs.at[0];
        struct cfg cfg = cfg_of(arena, func);
        struct loops loops = loops_of(arena, func, &cfg);
        for (block_id header = 0; header < func->blocks.len; header++) {
            struct bitset body = natural_loop(arena, func, &cfg, header);
            const struct loop *loop = loop_at(&loops, header);
            assert_int_equal(loop != NULL, bitset_count(&body) > 0);
            assert_int_equal(func->blocks.at[header].is_loop, loop != NULL);
            if (!loop)
                continue;
            nested += loop->depth > 1;
            check_loop(func, &loops, loop, &body);
            for (uint32_t i = 0; i < loop->latches.len; i++)
                assert_true(bitset_has(&body, loop->latches.at[i]));
        }
        for (block_id id = 0; id < func->blocks.len; id++) {
            const struct loop *inner = NULL;
            for (uint32_t i = 0; i < loops.list.len; i++)
                if (bitset_has(&loops.list.at[i].body, id)
                    && (!inner || loops.list.at[i].depth > inner->depth))
                    inner = &loops.list.at[i];
            assert_int_equal(cfg.blocks[id].loop, inner ? inner->header : IR_NONE);
        }
        arena_free(arena);
    }
    assert_true(nested > PROGRAMS / 30);
}

/* ---- liveness ------------------------------------------------------------------------------- */

static bool uses(const value_id *values, uint32_t count, value_id value)
{
    for (uint32_t i = 0; i < count; i++)
        if (values[i] == value)
            return true;
    return false;
}

static bool term_uses(const struct ir_term *term, value_id value)
{
    bool found = uses(term->args.at, term->args.len, value)
                 || (term->kind == TERM_BR && term->condition == value);
    for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
        found |= uses(term->edges[edge].args.at, term->edges[edge].args.len, value);
    return found;
}

/* Is there a path from the instruction `index` of a block on (parameters of that block and what
 * stands before are behind it) to a use of the value, without its definition in between? */
static bool is_used_from(const struct ir_func *func, block_id id, uint32_t index, value_id value,
                         struct bitset *entered)
{
    const struct ir_block *block = &func->blocks.at[id];
    for (uint32_t i = index; i < block->insts.len; i++) {
        const struct ir_inst *inst = &func->insts.at[block->insts.at[i]];
        if (uses(inst->args.at, inst->args.len, value))
            return true;
        if (uses(inst->results.at, inst->results.len, value))
            return false;
    }
    if (term_uses(&block->term, value))
        return true;
    for (uint32_t edge = 0; edge < ir_edge_count(&block->term); edge++) {
        block_id to = block->term.edges[edge].to;
        const struct ir_block *next = &func->blocks.at[to];
        if (!uses(next->params.at, next->params.len, value) && bitset_add(entered, to)
            && is_used_from(func, to, 0, value, entered))
            return true;
    }
    return false;
}

static void liveness_is_a_path_to_a_use(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PROGRAMS / 5; seed++) {
        struct arena *arena = arena_new();
        struct ir_prog *prog = tidy_prog(arena, seed);
        const struct ir_func *func = &prog->funcs.at[0];
        struct liveness live = liveness_of(arena, func);
        struct bitset after = bitset_new(arena, func->values.len);
        struct bitset entered = bitset_new(arena, func->blocks.len);
        for (block_id id = 0; id < func->blocks.len; id++) {
            const struct ir_block *block = &func->blocks.at[id];
            for (uint32_t i = 0; i <= block->insts.len; i++) {
                if (i)
                    liveness_after(func, &live, id, i - 1, &after);
                for (value_id value = 0; value < func->values.len; value++) {
                    bitset_clear(&entered);
                    bool used = is_used_from(func, id, i, value, &entered);
                    if (i == 0)
                        used &= !uses(block->params.at, block->params.len, value);
                    assert_int_equal(bitset_has(i ? &after : &live.in[id], value), used);
                }
            }
            for (value_id value = 0; value < func->values.len; value++) {
                bool out = false;
                for (uint32_t edge = 0; edge < ir_edge_count(&block->term); edge++)
                    out |= bitset_has(&live.in[block->term.edges[edge].to], value);
                assert_int_equal(bitset_has(&live.out[id], value), out);
            }
        }
        arena_free(arena);
    }
}

/* ---- calls ---------------------------------------------------------------------------------- */

static void call_cycles_are_mutual_reach(void **state)
{
    (void)state;
    static const struct random_shape many = {.max_blocks = 4, .max_insts = 2, .max_funcs = 12};
    for (uint64_t seed = 1; seed <= PROGRAMS / 3; seed++) {
        struct arena *arena = arena_new();
        struct random random = {seed};
        struct ir_prog *prog = random_prog(arena, names_new(arena), &random, many);
        ir_tidy(prog);
        struct callgraph graph = callgraph_of(arena, prog);
        struct bitset *reached = ARENA_ARRAY(arena, struct bitset, prog->funcs.len);
        for (func_id id = 0; id < prog->funcs.len; id++)
            reached[id] = callgraph_reach(arena, &graph, prog, id);
        for (func_id a = 0; a < prog->funcs.len; a++) {
            bool itself = false;
            for (uint32_t i = 0; i < graph.callees[a].len; i++) {
                func_id callee = graph.callees[a].at[i];
                itself |= bitset_has(&reached[callee], a);
                assert_true(graph.scc[callee] <= graph.scc[a]);
            }
            assert_int_equal(graph.recursive[a], itself);
            for (func_id b = 0; b < prog->funcs.len; b++)
                assert_int_equal(graph.scc[a] == graph.scc[b],
                                 bitset_has(&reached[a], b) && bitset_has(&reached[b], a));
            assert_true(a == 0 || graph.scc[graph.order[a - 1]] <= graph.scc[graph.order[a]]);
        }
        arena_free(arena);
    }
}

/* Functions of one number are one cycle as long as a call among them counts; @i's number has none. */
static void numbered_cycles_stay_when_cut(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    const char *why = NULL;
    struct ir_prog *prog = ir_parse(arena, names_new(arena),
                                    "fault #1 stack\n"
                                    "func @f() -> () cycle 4 {\nb0:\n    call @g(), #1\n    ret\n}\n"
                                    "func @g() -> () cycle 4 {\nb0:\n    ret\n}\n"
                                    "func @h() -> () cycle 4 {\nb0:\n    ret\n}\n"
                                    "func @i() -> () cycle 2 {\nb0:\n    tail @j()\n}\n"
                                    "func @j() -> () cycle 2 {\nb0:\n    ret\n}\n",
                                    &why);
    assert_non_null(prog);
    struct callgraph graph = callgraph_of(arena, prog);
    for (func_id id = 0; id < 5; id++) {
        assert_int_equal(graph.recursive[id], id < 3);
        assert_int_equal(graph.scc[id] == graph.scc[0], id < 3);
    }
    assert_true(graph.scc[4] < graph.scc[3]);
    arena_free(arena);
}

/* ---- size ----------------------------------------------------------------------------------- */

/* A chain of ifs in a loop, each with a break: the exit has a predecessor in each. */
static void big_functions_take_linear_time(void **state)
{
    (void)state;
    enum { LINKS = 50000 };
    struct arena *arena = arena_new();
    struct ir_prog *prog = ir_prog_new(arena, names_new(arena), NULL);
    struct loc none = {0};
    func_id id = ir_func_new(prog, "big", none);
    struct ir_func *func = &prog->funcs.at[id];
    struct type i64 = type_scalar(DT_I64), truth = type_scalar(DT_BOOL);
    vec_push(arena, &func->params, i64);
    vec_push(arena, &func->params, truth);
    vec_push(arena, &func->results, i64);
    block_id entry = ir_block_new(prog, func, NULL, none);
    value_id n = ir_param_new(prog, func, entry, i64, NULL, none);
    value_id stop = ir_param_new(prog, func, entry, truth, NULL, none);
    block_id done = ir_block_new(prog, func, "done", none);
    value_id result = ir_param_new(prog, func, done, i64, NULL, none);
    ir_ret(prog, func, done, &result, 1, none);
    block_id at = ir_block_new(prog, func, "loop", none), header = at;
    func->blocks.at[at].is_loop = true;
    value_id value = ir_param_new(prog, func, at, i64, NULL, none);
    ir_jmp(prog, func, entry, at, &n, 1);
    for (uint32_t i = 0; i < LINKS; i++) {
        block_id next = ir_block_new(prog, func, NULL, none);
        value_id passed = ir_param_new(prog, func, next, i64, NULL, none);
        ir_br(prog, func, at, stop, done, next, none);
        vec_push(arena, &func->blocks.at[at].term.edges[0].args, value);
        vec_push(arena, &func->blocks.at[at].term.edges[1].args, value);
        value = passed;
        at = next;
    }
    ir_jmp(prog, func, at, header, &value, 1);
    assert_null(ir_verify_sound(prog, arena));
    assert_true(ir_tidy(prog));
    assert_null(ir_verify(prog, arena));
    /* Blocks: entry, exit, latch, and for each link itself and the split edge out of it. */
    assert_int_equal(prog->funcs.at[0].values.len, 2);
    assert_int_equal(prog->funcs.at[0].blocks.len, 3 + 2 * LINKS);
    assert_false(ir_tidy(prog));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tidy_programs_verify_and_stay),
        cmocka_unit_test(dominators_are_those_without_which_nothing_is_reached),
        cmocka_unit_test(loops_are_natural_loops),
        cmocka_unit_test(liveness_is_a_path_to_a_use),
        cmocka_unit_test(call_cycles_are_mutual_reach),
        cmocka_unit_test(numbered_cycles_stay_when_cut),
        cmocka_unit_test(big_functions_take_linear_time),
    };
    return cmocka_run_group_tests_name("analysis", tests, NULL, NULL);
}
