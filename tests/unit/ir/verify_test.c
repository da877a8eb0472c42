/* Each invariant of IR.md, broken. What a text can say is broken by a text. */
#include "ir/ir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Functions behind a head that they may refer to. */
static const char head[] = "fault #1 stack\n"
                           "fault #2 assert\n"
                           "func @g(i64) -> (i64, bool) {\n"
                           "b0(%0: i64):\n"
                           "    %1: bool = const true\n"
                           "    ret %0, %1\n"
                           "}\n";
enum { HEAD_LINES = 7 };

static void refuse(uint32_t line, const char *what, const char *text)
{
    struct arena *arena = arena_new();
    const char *why = NULL;
    const char *all = arena_printf(arena, "%s%s", head, text);
    if (ir_parse(arena, names_new(arena), all, &why))
        fail_msg("accepted: %s", text);
    assert_string_equal(why, arena_printf(arena, "line %u: %s", HEAD_LINES + line, what));
    arena_free(arena);
}

static void definitions_come_before_uses(void **state)
{
    (void)state;
    refuse(3, "it uses %1, whose definition does not come before on every path",
           "func @f(i64) -> (i64) {\nb0(%0: i64):\n    %1: i64 = add %0, %1\n    ret %1\n}\n");
    refuse(8, "it uses %2, whose definition does not come before on every path",
           "func @f(i64, bool) -> (i64) {\nb0(%0: i64, %1: bool):\n    br %1, b1, b2\n"
           "b1:\n    %2: i64 = neg %0\n    jmp b2\nb2:\n    ret %2\n}\n");
    refuse(3, "it uses %2, whose definition does not come before on every path",
           "func @f(i64) -> (i64) {\nb0(%0: i64):\n    jmp b1(%2)\n"
           "b1(%1: i64):\n    %2: i64 = neg %1\n    ret %2\n}\n");
}

static void types_follow_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *inst, *what;
    } bad[] = {
        {"%9: i64 = add %0", "it needs 2 operands, not 1"},
        {"%9: i64 = neg %0, %0", "it needs 1 operands, not 2"},
        {"%9: bool, %8: bool = not %1", "it has 1 results, not 2"},
        {"neg %0", "it has 1 results, not 0"},
        {"%9: bool = add %1, %1", "add does not exist for bool"},
        {"%9: i64 = sqrt %0", "sqrt does not exist for i64"},
        {"%9: i64 = add %0, %2", "its operands differ in type: i64 and f64"},
        {"%9: i64 = lt %0, %0", "its result is i64, not bool"},
        {"%9: i64 = select %0, %0, %0", "its first operand is i64, not bool"},
        {"%9: bool = select %1, %0, %0", "its result is bool, not i64"},
        {"%9: i64 = cast %0", "a cast to its own type, i64"},
        {"%9: c64 = cast %0", "there is no cast to c64"},
        {"%9: f64[2] = cast %0", "its result is f64[2], not f64"},
        {"%9: i64[2] = const [1, 2, 3]", "3 elements do not make this constant"},
        {"%9: i8[2] = const [1, 128]", "the constant does not fit i8[2]"},
        {"%9: f64[3] = broadcast %0", "its result is f64[3], not i64[3]"},
        {"%9: f64[2] = reshape %2", "f64 and f64[2] differ in the number of elements"},
        {"%9: f64 = transpose %2, (0)",
         "its axes are not a permutation of those of its operand"},
        {"%9: f64 = extract %2[%0]", "it indexes 1 axes of f64"},
        {"%9: f64 = insert %2[], %0", "it puts i64 where there is f64"},
        {"%9: f64[2, 2] = iota", "iota has one axis"},
        {"%9: f64[2] = iota", "its result is f64[2], not i64[2]"},
        {"%9: f64[2] = build %2, %2, %2", "its result is f64[2], not f64[3]"},
        {"%9: f64[2] = build %2, %0", "its operands differ in type: f64 and i64"},
        {"%9: f64[2] = concat %2, %2, axis 0", "f64 has no axis 0"},
        {"%9: f64 = take %2, %0", "it takes from f64 by i64"},
        {"%9: i64 = reduce add %0, axes (0)", "i64 has no such axes"},
        {"%9: i64 = reduce sub %0, axes (0)", "nothing reduces i64 by sub"},
        {"%9: i64 = arg_reduce add %0, axis 0",
         "it looks for the least by min, or for the greatest by max"},
        {"%9: f64 = contract %2, %0, batch 0, inner 0", "it contracts f64 with i64"},
        {"%9: i64 = extent $n", "there is no extent $n"},
        {"%9: f64 = load @X[]", "there is no shared array @X"},
        {"%9: i8 = const -129", "the constant does not fit i8"},
        {"%9: u32 = const 4294967296", "the constant does not fit u32"},
        {"%9: i32 = lane_index", "lane_index is i64"},
        {"check %0, #2", "it checks i64, not a bool"},
        {"check %1, #3", "#3 is no fault of the program"},
        {"check %1, #0", "#0 is no fault of the program"},
        {"%9: i64 = call @g(%0), #1", "1 values for the 2 of the callee's results"},
        {"%9: i64, %8: i64 = call @g(%0), #1", "%4 is i64 where the callee's results has bool"},
        {"%9: i64, %8: bool = call @g(%2), #1", "%2 is f64 where the callee's parameters has i64"},
        {"%9: i64, %8: bool = call @g(), #1", "0 values for the 1 of the callee's parameters"},
        {"%9: i64, %8: bool = call @g(%0), #2", "fault #2 of a call must be a stack fault"},
    };
    for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena *arena = arena_new();
        const char *text = arena_printf(arena,
                                        "func @f(i64, bool, f64) -> () {\n"
                                        "b0(%%0: i64, %%1: bool, %%2: f64):\n    %s\n    ret\n}\n",
                                        bad[i].inst);
        const char *why = NULL;
        const char *all = arena_printf(arena, "%s%s", head, text);
        assert_null(ir_parse(arena, names_new(arena), all, &why));
        assert_string_equal(why, arena_printf(arena, "line %u: %s", HEAD_LINES + 3, bad[i].what));
        arena_free(arena);
    }
}

static void terminators_match(void **state)
{
    (void)state;
    static const struct {
        const char *term, *what;
    } bad[] = {
        {"br %0, b1(%0), b1(%0)", "its condition is i64, not a bool"},
        {"br %1, b1, b1(%0)", "0 values for the 1 parameters of b1"},
        {"jmp b1(%1)", "%1 is bool where b1 has i64"},
        {"ret", "0 values for the 2 of the function's results"},
        {"ret %1, %0", "%1 is bool where the function's results has i64"},
        {"tail @g(%1)", "%1 is bool where the callee's parameters has i64"},
        {"tail @h()", "the callee of a tail call has other results"},
        {"fault #7", "#7 is no fault of the program"},
    };
    for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct arena *arena = arena_new();
        refuse(3, bad[i].what,
               arena_printf(arena,
                            "func @f(i64, bool) -> (i64, bool) {\nb0(%%0: i64, %%1: bool):\n"
                            "    %s\nb1(%%2: i64):\n    ret %%2, %%1\n}\n"
                            "func @h() -> () {\nb0:\n    ret\n}\n",
                            bad[i].term));
        arena_free(arena);
    }
}

static void control_flow_is_reducible_and_marked(void **state)
{
    (void)state;
    refuse(5, "it goes back to b1, which is not marked loop",
           "func @f() -> () {\nb0:\n    jmp b1\nb1:\n    jmp b1\n}\n");
    refuse(5, "it goes back to b2, which can be passed by: not reducible",
           "func @f(bool) -> () {\nb0(%0: bool):\n    br %0, b1, b2\n"
           "b1 loop:\n    jmp b2\nb2 loop:\n    jmp b1\n}\n");
    refuse(1, "it has no blocks", "func @f() -> () {\n}\n");
}

/* Sound, but not tidy. */
static void only_tidy_programs_verify(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
    } untidy[] = {
        {"func @f(bool) -> () {\nb0(%0: bool):\n    br %0, b1, b2\nb1:\n    jmp b2\nb2:\n    "
         "ret\n}\n",
         "func @f, block b2, before `ret`: the edge from b0 to it is critical"},
        {"func @f() -> () {\nb0:\n    ret\nb1:\n    ret\n}\n",
         "func @f, block b1, before `ret`: the block is unreachable"},
        {"func @f() -> () {\nb0 loop:\n    jmp b0\n}\n",
         "func @f, block b0, before `jmp b0`: an edge goes to the entry block"},
        {"func @f() -> () {\nb0:\n    jmp b1\nb1 loop:\n    ret\n}\n",
         "func @f, block b1, before `ret`: it is marked loop, and no edge goes back to it"},
        {"func @f() -> () {\nb0:\n    jmp b2\nb1:\n    ret\nb2:\n    jmp b1\n}\n",
         "func @f, block b1, before `ret`: it stands before b2, from where it is entered"},
        {"func @f(bool) -> () {\nb0(%0: bool):\n    jmp b1\nb1 loop:\n    br %0, b2, b3\n"
         "b2:\n    ret\nb3:\n    jmp b1\n}\n",
         "func @f, block b1, before `br %0, b2, b3`: the blocks of its loop do not stand together"},
    };
    for (uint32_t i = 0; i < sizeof untidy / sizeof *untidy; i++) {
        struct arena *arena = arena_new();
        const char *why = NULL;
        struct ir_prog *prog = ir_parse(arena, names_new(arena), untidy[i].text, &why);
        assert_non_null(prog);
        assert_string_equal(ir_verify(prog, arena), untidy[i].what);
        ir_tidy(prog);
        assert_null(ir_verify(prog, arena));
        arena_free(arena);
    }
}

/* Tables that no text gives. */
static struct ir_prog *small_prog(struct arena *arena)
{
    const char *why = NULL;
    return ir_parse(arena, names_new(arena),
                    "func @f(i64) -> (i64) {\nb0(%0: i64):\n    %1: i64 = neg %0\n    ret %1\n}\n",
                    &why);
}

static void tables_are_trusted_by_nobody(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct ir_prog *prog = small_prog(arena);
    prog->funcs.at[0].blocks.at[0].insts.at[0] = 7;
    assert_string_equal(ir_verify(prog, arena), "func @f, block b0, before `ret %1`: it holds an "
                                                "instruction that is not in the table");
    prog = small_prog(arena);
    prog->funcs.at[0].insts.at[0].results.at[0] = 0;
    assert_string_equal(ir_verify(prog, arena),
                        "func @f, block b0, `%0: i64 = neg %0`: %0 is defined twice");
    prog = small_prog(arena);
    prog->funcs.at[0].insts.at[0].args.at[0] = 99;
    assert_string_equal(ir_verify(prog, arena), "func @f, block b0, `%1: i64 = neg %?`: it uses "
                                                "%?, which is defined nowhere");
    prog = small_prog(arena);
    prog->funcs.at[0].blocks.at[0].term = (struct ir_term){.kind = TERM_JMP, .edges = {{.to = 9}}};
    assert_string_equal(
        ir_verify(prog, arena),
        "func @f, block b0, before `jmp ?`: it goes to a block that does not exist");
    prog = small_prog(arena);
    prog->funcs.at[0].values.at[1].index = 3;
    assert_string_equal(ir_verify(prog, arena), "func @f, block b0, `%1: i64 = neg %0`: the table "
                                                "has another definition of %1");
    prog = small_prog(arena);
    prog->funcs.at[0].blocks.at[0].term.kind = TERM_NONE;
    assert_string_equal(ir_verify(prog, arena),
                        "func @f, block b0, before `unfinished`: the block has no terminator");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions_come_before_uses),
        cmocka_unit_test(types_follow_the_table),
        cmocka_unit_test(terminators_match),
        cmocka_unit_test(control_flow_is_reducible_and_marked),
        cmocka_unit_test(only_tidy_programs_verify),
        cmocka_unit_test(tables_are_trusted_by_nobody),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
