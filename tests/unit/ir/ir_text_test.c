/* The text form: exact round trips, and messages instead of crashes for any bytes. */
#include "random_ir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct random_shape shape = {.max_blocks = 12, .max_insts = 6, .max_funcs = 4};

static char *print(const struct ir_prog *prog)
{
    struct text text = {0};
    ir_print(prog, &text);
    return text.chars;
}

/* Also of programs that are not tidy, whose ids are in another order than the text. */
static void what_is_printed_reads_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct arena *arena = arena_new();
        struct random random = {seed};
        struct random_shape with = shape;
        with.tensors = seed % 4 < 2;
        struct ir_prog *prog = random_prog(arena, names_new(arena), &random, with);
        if (seed % 2)
            ir_tidy(prog);
        char *first = print(prog);
        const char *why = NULL;
        struct ir_prog *again = ir_parse(arena, names_new(arena), first, &why);
        if (!again)
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        char *second = print(again);
        assert_string_equal(first, second);
        free(first);
        free(second);
        arena_free(arena);
    }
}

static void round_trip(const char *text)
{
    struct arena *arena = arena_new();
    const char *why = NULL;
    struct ir_prog *prog = ir_parse(arena, names_new(arena), text, &why);
    if (!prog)
        fail_msg("%s", why);
    char *printed = print(prog);
    assert_string_equal(printed, text);
    free(printed);
    arena_free(arena);
}

static void every_part_of_a_program_is_kept(void **state)
{
    (void)state;
    round_trip(
        "fault #1 stack at \"a b.ab\":3:5 text \"deeper than 64\"\n"
        "fault #2 bounds at \"a.ab\":1:1\n"
        "fault #3 assert text \"quote \\\" backslash \\\\ tab \\t line \\n bell \\x07 \xc3\xa9\"\n"
        "fault #4 budget\n"
        "\n"
        "entry \"f\" = @f {\n"
        "    max_depth 64\n"
        "    batch_index\n"
        "    doc \"two\\nlines\"\n"
        "    param \"p.x\": f64 as \"f64\"\n"
        "    param inout \"t.0\": i32 as \"i32\"\n"
        "    result \"\": f32\n"
        "    result inout \"t.0\": i32 as \"i32\"\n"
        "}\n"
        "\n"
        "test \"it works\" = @\"test it works\" {\n"
        "    max_depth 4294967294\n"
        "    expect stack\n"
        "    assert \"f(60) faults stack\"\n"
        "}\n"
        "\n"
        "func @f(f64, i32) -> (f32, i32) inline {\n"
        "b0(%x.0: f64, %t.0.1: i32):\n"
        "    %2: f32 = cast %x.0\n"
        "    %\"odd name\".3: bool = const true\n"
        "    check %\"odd name\".3, #3\n"
        "    show \"x\", %x.0, %2\n"
        "    %4: i64 = lane_index\n"
        "    jmp while.1(%4)\n"
        "while.1 loop(%5: i64):\n"
        "    br %\"odd name\".3, \"odd block\".2, b3\n"
        "\"odd block\".2 sync:\n"
        "    call @\"test it works\"(), #1\n"
        "    jmp while.1(%5)\n"
        "b3:\n"
        "    ret %2, %t.0.1\n"
        "}\n"
        "\n"
        "func @\"test it works\"() -> () cycle 7 noinline {\n"
        "b0:\n"
        "    fault #4\n"
        "}\n"
        "\n"
        "func @lerp.2(f64[3, 4]) -> (f64[3, 4]) {\n"
        "b0(%0: f64[3, 4]):\n"
        "    %1: f64[3, 4] = add %0, %0\n"
        "    tail @lerp.2(%1)\n"
        "}\n");
}

static void constants_keep_their_bits(void **state)
{
    (void)state;
    static const char *const constants[] = {
        "bool = const true",
        "bool = const false",
        "i8 = const -128",
        "i16 = const 32767",
        "i64 = const -9223372036854775808",
        "u64 = const 18446744073709551615",
        "f64 = const 0.1",
        "f64 = const -0.0",
        "f64 = const 5e-324",
        "f64 = const 1.7976931348623157e+308",
        "f64 = const inf",
        "f64 = const -inf",
        "f64 = const nan",
        "f64 = const nan:0xfff8000000000000",
        "f64 = const nan:0x7ff0000000000001",
        "f32 = const 0.1",
        "f32 = const 1e-45",
        "f32 = const nan",
        "f32 = const nan:0xffc00000",
        "f32 = const 3.4028235e+38",
        "f16 = const 0x3c00",
        "c64 = const (1.0, -0.0)",
        "c128 = const (nan, 1e+300)",
    };
    for (uint32_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        struct arena *arena = arena_new();
        const char *text =
            arena_printf(arena, "func @f() -> () {\nb0:\n    %%0: %s\n    ret\n}\n", constants[i]);
        round_trip(text);
        arena_free(arena);
    }
}

/* ---- mistakes ------------------------------------------------------------------------------- */

static void refuse(const char *text, const char *expected)
{
    struct arena *arena = arena_new();
    const char *why = NULL;
    assert_null(ir_parse(arena, names_new(arena), text, &why));
    assert_string_equal(why, expected);
    arena_free(arena);
}

static void mistakes_name_their_line(void **state)
{
    (void)state;
    refuse("hello\n", "line 1: expected `func`, `entry`, `test`, `fault`, `shared` or `extent`, "
                      "not `hello`");
    refuse("\n\nfault #2 stack\n", "line 3: the next fault is #1, not #2");
    refuse("fault #1 thirst\n", "line 1: expected a kind of fault, not `thirst`");
    refuse("fault #1 stack text \"a\n", "line 1: a string without an end");
    refuse("entry \"f\" = @f {\n", "line 1: there is no function @f");
    refuse("func @f() -> () {\nb0:\n    ret\n",
           "line 4: expected a block or `}`, not the end of the text");
    refuse("func @f() -> () {\nb0:\n    ret %1\n}\n", "line 3: value %1 is not defined");
    refuse("func @f() -> () {\nb0:\n    jmp b1\n}\n", "line 3: block b1 is not defined");
    refuse("func @f() -> () {\nb0:\n    ret\nb0:\n    ret\n}\n",
           "line 4: block b0 is defined twice");
    refuse("func @f(i64) -> () {\nb0(%0: i64):\n    %0: i64 = const 1\n    ret\n}\n",
           "line 3: %0 is defined twice");
    refuse("func @f(i64) -> () {\nb0(%0: i64):\n    %1: i64 = plus %0, %0\n    ret\n}\n",
           "line 3: expected an operation, not `plus`");
    refuse("func @f() -> () {\nb0:\n    %0: u8 = const 256\n    ret\n}\n",
           "line 3: the constant does not fit u8");
    refuse("func @f() -> () {\nb0:\n    %0: f64 = const 1e999\n    ret\n}\n",
           "line 3: the constant is too large");
    refuse("func @f() -> () {\nb0:\n    %0: int = const 1\n    ret\n}\n",
           "line 3: expected a type, not `int`");
    refuse("func @f() -> () {\nb0:\n    ret\n}\nfunc @f() -> () {\nb0:\n    ret\n}\n",
           "line 5: function @f is defined twice");
    refuse("func @f(i64) -> () {\nb0(%0: i64):\n    %1: f64 = add %0, %0\n    ret\n}\n",
           "line 3: its result is f64, not i64");
    refuse("func @f(i64) -> (i64) {\nb0:\n    ret\n}\n",
           "line 3: 0 values for the 1 of the function's parameters");
    refuse("test \"t\" = @f {\n}\nfunc @f(i64) -> () {\nb0(%0: i64):\n    ret\n}\n",
           "line 1: test t has parameters or results");
}

/* Random damage to valid texts: a program or a message, and what is read may be tidied. */
static void any_text_is_read_or_refused(void **state)
{
    (void)state;
    static const char spare[] = "%@#$b0123456789.:,()=[]{}+\n\" \\-xloopfuncretbrjmpnan;";
    uint32_t read = 0;
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        struct arena *arena = arena_new();
        struct random random = {seed};
        struct random_shape small = {.max_blocks = 6, .max_insts = 3, .max_funcs = 2};
        small.tensors = seed % 2;
        char *text = print(random_prog(arena, names_new(arena), &random, small));
        size_t len = strlen(text);
        for (uint32_t i = 1 + random_below(&random, 3); i--;) {
            size_t at = random_below(&random, (uint32_t)len);
            size_t from = random_below(&random, (uint32_t)len);
            switch (random_below(&random, 4)) {
            case 0:
                text[at] = spare[random_below(&random, sizeof spare - 1)];
                break;
            case 1:
                text[at] = (char)(1 + random_below(&random, 255));
                break;
            case 2:
                text[at] = text[from];
                break;
            default: /* a whole piece moves */
                memmove(text + at, text + from, (len - (at > from ? at : from)) % 9);
                break;
            }
        }
        const char *why = NULL;
        struct ir_prog *prog = ir_parse(arena, names_new(arena), text, &why);
        assert_true(prog || !strncmp(why, "line ", 5));
        if (prog) {
            read++;
            ir_tidy(prog);
            const char *flaw = ir_verify(prog, arena);
            if (flaw)
                fail_msg("seed %llu: %s", (unsigned long long)seed, flaw);
        }
        free(text);
        arena_free(arena);
    }
    assert_true(read > 50);
}

static void long_texts_are_no_problem(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    struct text text = {0};
    text_put(&text, "func @f(i64) -> (i64) {\nb0(%0: i64):\n");
    for (uint32_t i = 0; i < COUNT; i++)
        text_printf(&text, "    %%%u: i64 = add %%%u, %%%u\n", i + 1, i, i);
    text_printf(&text, "    jmp b1\n");
    for (uint32_t i = 1; i < COUNT; i++)
        text_printf(&text, "b%u:\n    jmp b%u\n", i, i + 1);
    text_printf(&text, "b%u:\n    ret %%%u\n}\n", COUNT, COUNT);
    round_trip(text.chars);
    text.len = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        text_put(&text, "[[[[{{{{((((");
    refuse(text.chars, "line 1: expected `func`, `entry`, `test`, `fault`, `shared` or `extent`, "
                       "not `[`");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_reads_back),
        cmocka_unit_test(every_part_of_a_program_is_kept),
        cmocka_unit_test(constants_keep_their_bits),
        cmocka_unit_test(mistakes_name_their_line),
        cmocka_unit_test(any_text_is_read_or_refused),
        cmocka_unit_test(long_texts_are_no_problem),
    };
    return cmocka_run_group_tests_name("ir_text", tests, NULL, NULL);
}
