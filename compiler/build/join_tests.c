/* Tests of one depth limit as one function, so that they run as one mixed batch:
 *
 *   entries test.1 {..} test.2 {..}   =>   func tests(which): if which == 0 { test.1() }
 *                                                        else if which == 1 { test.2() }
 *
 * The limit of an entry is that of the functions it reaches, so tests of another limit are another
 * batch. A call from outside a cycle starts at depth 0: what a test counts does not change. */
#include "build/build.h"

static void add_arm(struct ir_prog *prog, func_id func, block_id *block, value_id which,
                    uint32_t number, const struct ir_entry *test)
{
    struct ir_func *f = &prog->funcs.at[func];
    union scalar wanted = {.i = number};
    block_id then = ir_block_new(prog, f, "test", test->loc);
    block_id otherwise = ir_block_new(prog, f, "else", test->loc);
    value_id equal[2] = {which, ir_const(prog, f, *block, DT_I64, wanted, test->loc)};
    value_id condition = ir_op(prog, f, *block, OP_eq, type_scalar(DT_BOOL), equal, 2, test->loc);
    ir_br(prog, f, *block, condition, then, otherwise, test->loc);
    fault_id fault = ir_fault_new(prog, FAULT_STACK, test->loc, "recursion deeper than max_depth");
    ir_call(prog, f, then, test->func, NULL, 0, fault, test->loc);
    ir_ret(prog, f, then, NULL, 0, test->loc);
    *block = otherwise;
}

/* The function of all tests with the limit of test `first`; numbers them in the order of entries. */
static struct ir_entry join_like(struct ir_prog *prog, uint32_t first, uint32_t batch,
                                 struct joined_test *joined)
{
    const struct loc nowhere = {0};
    uint32_t limit = prog->entries.at[first].max_depth, number = 0;
    struct ir_entry entry = {.max_depth = limit,
                             .func = ir_func_new(prog, arena_printf(prog->arena, "tests_%u", limit),
                                                 nowhere)};
    const struct ir_leaf leaf = {"which", type_scalar(DT_I64), false, NULL};
    struct ir_func *f = &prog->funcs.at[entry.func];
    vec_push(prog->arena, &f->params, leaf.type);
    block_id block = ir_block_new(prog, f, NULL, nowhere);
    value_id which = ir_param_new(prog, f, block, leaf.type, name_of_text(prog->names, "which"),
                                  nowhere);
    for (uint32_t i = first; i < prog->entries.len; i++) {
        if (prog->entries.at[i].max_depth != limit)
            continue;
        joined[i] = (struct joined_test){batch, number};
        add_arm(prog, entry.func, &block, which, number++, &prog->entries.at[i]);
    }
    ir_ret(prog, &prog->funcs.at[entry.func], block, NULL, 0, nowhere);
    entry.name = prog->funcs.at[entry.func].name;
    vec_push(prog->arena, &entry.params, leaf);
    const char *type = "i64";
    vec_push(prog->arena, &entry.param_types, type);
    return entry;
}

void build_join_tests(struct ir_prog *prog, struct joined_test *joined)
{
    VEC(struct ir_entry) batches = {0};
    for (uint32_t i = 0; i < prog->entries.len; i++) {
        uint32_t earlier = 0;
        while (earlier < i && prog->entries.at[earlier].max_depth != prog->entries.at[i].max_depth)
            earlier++;
        if (earlier < i)
            continue;
        struct ir_entry batch = join_like(prog, i, batches.len, joined);
        vec_push(prog->arena, &batches, batch);
    }
    prog->entries.at = batches.at;
    prog->entries.len = batches.len;
    prog->entries.cap = batches.cap;
    ir_tidy(prog);
}
