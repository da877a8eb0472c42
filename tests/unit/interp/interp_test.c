/* The interpreter on IR written by hand. Expected values are worked out by hand. */
#include "interp/interp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct ir_prog *prog;
    struct interp *interp;
    struct interp_options options;
};

static struct fixture fixture_of(const char *text)
{
    struct fixture fixture = {.arena = arena_new()};
    const char *why = NULL;
    fixture.prog = ir_parse(fixture.arena, names_new(fixture.arena), text, &why);
    if (!fixture.prog)
        fail_msg("%s", why);
    fixture.interp = interp_new(fixture.prog);
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    interp_free(fixture->interp);
    arena_free(fixture->arena);
}

static struct interp_result run(struct fixture *fixture, const void *const *args,
                                void *const *results)
{
    return interp_example(fixture->interp, &fixture->prog->entries.at[0], args, results, 7,
                          &fixture->options);
}

static enum fault_kind run_i64(struct fixture *fixture, int64_t argument, int64_t *result)
{
    struct interp_result done = run(fixture, (const void *[]){&argument}, (void *[]){result});
    assert_false(done.out_of_fuel);
    return fixture->prog->faults.at[done.fault].kind;
}

/* A program whose one entry is @f of i64 -> i64 under a depth limit, behind the stack fault #1. */
static struct fixture fixture_i64(uint32_t limit, const char *funcs)
{
    struct arena *arena = arena_new();
    struct fixture fixture = fixture_of(arena_printf(arena,
                                                     "fault #1 stack text \"too deep\"\n"
                                                     "entry \"f\" = @f {\n"
                                                     "    max_depth %u\n"
                                                     "    param \"n\": i64\n"
                                                     "    result \"\": i64\n"
                                                     "}\n"
                                                     "%s",
                                                     limit, funcs));
    arena_free(arena);
    return fixture;
}

static const char fib_text[] = "func @f(i64) -> (i64) {\n"
                               "b0(%0: i64):\n"
                               "    %1: i64 = const 2\n"
                               "    %2: bool = lt %0, %1\n"
                               "    br %2, b1, b2\n"
                               "b1:\n"
                               "    ret %0\n"
                               "b2:\n"
                               "    %3: i64 = const 1\n"
                               "    %4: i64 = sub %0, %3\n"
                               "    %5: i64 = call @f(%4), #1\n"
                               "    %6: i64 = sub %0, %1\n"
                               "    %7: i64 = call @f(%6), #1\n"
                               "    %8: i64 = add %5, %7\n"
                               "    ret %8\n"
                               "}\n";

static void recursion_returns_to_each_call(void **state)
{
    (void)state;
    static const int64_t expected[] = {0, 1, 1, 2, 3, 5, 8};
    struct fixture fixture = fixture_i64(5, fib_text);
    for (int64_t n = 0; n < 7; n++) {
        int64_t result = -1;
        assert_int_equal(run_i64(&fixture, n, &result), FAULT_NONE);
        assert_int_equal(result, expected[n]);
    }
    fixture_free(&fixture);
}

/* fib(n) has n - 1 unfinished calls at its deepest: 5 for n = 6, which the limit allows. */
static void depth_beyond_the_limit_faults_and_leaves_the_result(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(5, fib_text);
    int64_t result = -1;
    assert_int_equal(run_i64(&fixture, 7, &result), FAULT_STACK);
    assert_int_equal(result, -1);
    assert_int_equal(run_i64(&fixture, 6, &result), FAULT_NONE);
    assert_int_equal(result, 8);
    fixture_free(&fixture);
}

/* f calls g in its cycle, and h outside of it; h calls itself down to 0 with a count of its own. */
static void each_cycle_counts_its_own_depth(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(3, "func @f(i64) -> (i64) {\n"
                                            "b0(%0: i64):\n"
                                            "    %1: i64 = const 0\n"
                                            "    %2: bool = le %0, %1\n"
                                            "    br %2, b1, b2\n"
                                            "b1:\n"
                                            "    %3: i64 = const 3\n"
                                            "    %4: i64 = call @h(%3), #1\n"
                                            "    ret %4\n"
                                            "b2:\n"
                                            "    %5: i64 = call @g(%0), #1\n"
                                            "    %6: i64 = add %5, %0\n"
                                            "    ret %6\n"
                                            "}\n"
                                            "func @g(i64) -> (i64) {\n"
                                            "b0(%0: i64):\n"
                                            "    %1: i64 = const 1\n"
                                            "    %2: i64 = sub %0, %1\n"
                                            "    %3: i64 = call @f(%2), #1\n"
                                            "    %4: i64 = add %3, %1\n"
                                            "    ret %4\n"
                                            "}\n"
                                            "func @h(i64) -> (i64) {\n"
                                            "b0(%0: i64):\n"
                                            "    %1: i64 = const 0\n"
                                            "    %2: bool = le %0, %1\n"
                                            "    br %2, b1, b2\n"
                                            "b1:\n"
                                            "    ret %0\n"
                                            "b2:\n"
                                            "    %3: i64 = const 1\n"
                                            "    %4: i64 = sub %0, %3\n"
                                            "    %5: i64 = call @h(%4), #1\n"
                                            "    %6: i64 = add %5, %3\n"
                                            "    ret %6\n"
                                            "}\n");
    int64_t result = -1;
    /* f(1): f at 0, g at 1, f at 2; then h at 0, 1, 2, 3: 3 + 1 + 1. */
    assert_int_equal(run_i64(&fixture, 1, &result), FAULT_NONE);
    assert_int_equal(result, 5);
    /* f(2): f 0, g 1, f 2, g 3, f 4. */
    assert_int_equal(run_i64(&fixture, 2, &result), FAULT_STACK);
    fixture_free(&fixture);
}

/* even(n) and odd(n) by tail calls: a million of them at depth 0. */
static void tail_calls_add_no_depth(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(0, "func @f(i64) -> (i64) {\n"
                                            "b0(%0: i64):\n"
                                            "    %1: i64 = const 1\n"
                                            "    tail @even(%0, %1)\n"
                                            "}\n"
                                            "func @even(i64, i64) -> (i64) {\n"
                                            "b0(%0: i64, %1: i64):\n"
                                            "    %2: i64 = const 0\n"
                                            "    %3: bool = eq %0, %2\n"
                                            "    br %3, b1, b2\n"
                                            "b1:\n"
                                            "    ret %1\n"
                                            "b2:\n"
                                            "    %4: i64 = const 1\n"
                                            "    %5: i64 = sub %0, %4\n"
                                            "    tail @odd(%1, %5)\n"
                                            "}\n"
                                            "func @odd(i64, i64) -> (i64) {\n"
                                            "b0(%0: i64, %1: i64):\n"
                                            "    %2: i64 = const 1\n"
                                            "    %3: i64 = sub %2, %0\n"
                                            "    tail @even(%1, %3)\n"
                                            "}\n");
    int64_t result = -1;
    assert_int_equal(run_i64(&fixture, 1000000, &result), FAULT_NONE);
    assert_int_equal(result, 1);
    assert_int_equal(run_i64(&fixture, 1000001, &result), FAULT_NONE);
    assert_int_equal(result, 0);
    fixture_free(&fixture);
}

/* while (n > 0) (a, b, n) = (b, a + b, n - 1): the edge passes all three at once. */
static const char swap_text[] = "func @f(i64) -> (i64) {\n"
                                "b0(%0: i64):\n"
                                "    %1: i64 = const 0\n"
                                "    %2: i64 = const 1\n"
                                "    jmp b1(%1, %2, %0)\n"
                                "b1 loop(%3: i64, %4: i64, %5: i64):\n"
                                "    %6: bool = gt %5, %1\n"
                                "    br %6, b2, b3\n"
                                "b2:\n"
                                "    %7: i64 = add %3, %4\n"
                                "    %8: i64 = sub %5, %2\n"
                                "    jmp b1(%4, %7, %8)\n"
                                "b3:\n"
                                "    ret %3\n"
                                "}\n";

static void edges_pass_values_in_parallel(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(0, swap_text);
    int64_t result = -1;
    assert_int_equal(run_i64(&fixture, 10, &result), FAULT_NONE);
    assert_int_equal(result, 55);
    fixture_free(&fixture);
}

static void fuel_and_stop_end_a_run(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(0, swap_text);
    int64_t n = INT64_MAX, result = -1;
    fixture.options.max_insts = 1000;
    assert_true(run(&fixture, (const void *[]){&n}, (void *[]){&result}).out_of_fuel);
    assert_int_equal(result, -1);
    volatile int stop = 1;
    fixture.options = (struct interp_options){.stop = &stop};
    assert_true(run(&fixture, (const void *[]){&n}, (void *[]){&result}).out_of_fuel);
    /* The next example starts afresh. */
    fixture.options = (struct interp_options){0};
    n = 3;
    assert_false(run(&fixture, (const void *[]){&n}, (void *[]){&result}).out_of_fuel);
    assert_int_equal(result, 2);
    fixture_free(&fixture);
}

static void the_first_fault_wins(void **state)
{
    (void)state;
    struct fixture fixture = fixture_of("fault #1 assert text \"first\"\n"
                                        "fault #2 budget text \"second\"\n"
                                        "entry \"f\" = @f {\n"
                                        "    max_depth 0\n"
                                        "    param \"a\": bool\n"
                                        "    param \"b\": bool\n"
                                        "}\n"
                                        "func @f(bool, bool) -> () {\n"
                                        "b0(%0: bool, %1: bool):\n"
                                        "    check %0, #1\n"
                                        "    br %1, b1, b2\n"
                                        "b1:\n"
                                        "    ret\n"
                                        "b2:\n"
                                        "    fault #2\n"
                                        "}\n");
    static const uint8_t no = 0, yes = 1;
    assert_int_equal(run(&fixture, (const void *[]){&no, &no}, NULL).fault, 1);
    assert_int_equal(run(&fixture, (const void *[]){&yes, &no}, NULL).fault, 2);
    assert_int_equal(run(&fixture, (const void *[]){&yes, &yes}, NULL).fault, 0);
    fixture_free(&fixture);
}

/* Leaves of each dtype go in and out unchanged; nan comes out positive and quiet without payload.
 */
static void leaves_keep_their_bits_but_for_nan(void **state)
{
    (void)state;
    struct fixture fixture = fixture_of(
        "entry \"f\" = @f {\n"
        "    max_depth 0\n"
        "    param \"a\": bool\n    param \"b\": i8\n    param \"c\": u16\n"
        "    param \"d\": u64\n    param \"e\": f32\n    param \"f\": f64\n"
        "    result \"a\": bool\n    result \"b\": i8\n    result \"c\": u16\n"
        "    result \"d\": u64\n    result \"e\": f32\n    result \"f\": f64\n"
        "    result \"g\": i64\n"
        "}\n"
        "func @f(bool, i8, u16, u64, f32, f64) -> (bool, i8, u16, u64, f32, f64, i64) {\n"
        "b0(%0: bool, %1: i8, %2: u16, %3: u64, %4: f32, %5: f64):\n"
        "    %6: i64 = lane_index\n"
        "    ret %0, %1, %2, %3, %4, %5, %6\n"
        "}\n");
    uint8_t a = 1, a_out = 0;
    int8_t b = -128, b_out = 0;
    uint16_t c = 65535, c_out = 0;
    uint64_t d = UINT64_MAX, d_out = 0, f_bits = UINT64_C(0xfff0000000000123), f_out = 0;
    uint32_t e_bits = UINT32_C(0xffc00001), e_out = 0;
    int64_t index = -1;
    const void *args[] = {&a, &b, &c, &d, &e_bits, &f_bits};
    void *results[] = {&a_out, &b_out, &c_out, &d_out, &e_out, &f_out, &index};
    assert_int_equal(run(&fixture, args, results).fault, 0);
    assert_int_equal(a_out, 1);
    assert_int_equal(b_out, -128);
    assert_int_equal(c_out, 65535);
    assert_true(d_out == UINT64_MAX);
    assert_int_equal(e_out, UINT32_C(0x7fc00000));
    assert_true(f_out == UINT64_C(0x7ff8000000000000));
    assert_int_equal(index, 7);

    e_bits = UINT32_C(0x80000000);         /* -0 */
    f_bits = UINT64_C(0xfff0000000000000); /* -inf */
    assert_int_equal(run(&fixture, args, results).fault, 0);
    assert_int_equal(e_out, UINT32_C(0x80000000));
    assert_true(f_out == UINT64_C(0xfff0000000000000));
    fixture_free(&fixture);
}

struct log {
    struct text text;
};

static void log_show(void *user, const char *label, const struct type *type, const void *value,
                     struct loc loc)
{
    (void)loc;
    struct log *log = user;
    text_printf(&log->text, "%s %s %lld;", label, dtype_table[type->dtype].name,
                (long long)*(const int64_t *)value);
}

static void log_block(void *user, const struct ir_func *func, block_id block,
                      const void *const *args, uint32_t count)
{
    struct log *log = user;
    text_printf(&log->text, "%s.%u", func->name, block);
    for (uint32_t i = 0; i < count; i++)
        text_printf(&log->text, " %lld", (long long)*(const int64_t *)args[i]);
    text_put(&log->text, ";");
}

static void show_and_trace_report_in_order(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(0, "func @f(i64) -> (i64) {\n"
                                            "b0(%0: i64):\n"
                                            "    %1: i64 = const 1\n"
                                            "    %2: i64 = add %0, %1\n"
                                            "    show \"next\", %2\n"
                                            "    %3: i64 = call @g(%2), #1\n"
                                            "    ret %3\n"
                                            "}\n"
                                            "func @g(i64) -> (i64) {\n"
                                            "b0(%0: i64):\n"
                                            "    show \"g\", %0\n"
                                            "    ret %0\n"
                                            "}\n");
    struct log log = {0};
    fixture.options = (struct interp_options){.show = log_show, .trace = log_block, .user = &log};
    int64_t result = -1;
    assert_int_equal(run_i64(&fixture, 4, &result), FAULT_NONE);
    assert_string_equal(log.text.chars, "f.0 4;next i64 5;g.0 5;g i64 5;");
    text_free(&log.text);
    fixture_free(&fixture);
}

/* A deep recursion makes the memory of frames grow more than once. */
static void frames_grow_as_needed(void **state)
{
    (void)state;
    struct fixture fixture = fixture_i64(100000, "func @f(i64) -> (i64) {\n"
                                                 "b0(%0: i64):\n"
                                                 "    %1: i64 = const 0\n"
                                                 "    %2: bool = eq %0, %1\n"
                                                 "    br %2, b1, b2\n"
                                                 "b1:\n"
                                                 "    ret %0\n"
                                                 "b2:\n"
                                                 "    %3: i64 = const 1\n"
                                                 "    %4: i64 = sub %0, %3\n"
                                                 "    %5: i64 = call @f(%4), #1\n"
                                                 "    %6: i64 = add %5, %0\n"
                                                 "    ret %6\n"
                                                 "}\n");
    int64_t result = -1;
    assert_int_equal(run_i64(&fixture, 100000, &result), FAULT_NONE);
    assert_true(result == INT64_C(5000050000));
    assert_int_equal(run_i64(&fixture, 100001, &result), FAULT_STACK);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recursion_returns_to_each_call),
        cmocka_unit_test(depth_beyond_the_limit_faults_and_leaves_the_result),
        cmocka_unit_test(each_cycle_counts_its_own_depth),
        cmocka_unit_test(tail_calls_add_no_depth),
        cmocka_unit_test(edges_pass_values_in_parallel),
        cmocka_unit_test(fuel_and_stop_end_a_run),
        cmocka_unit_test(the_first_fault_wins),
        cmocka_unit_test(leaves_keep_their_bits_but_for_nan),
        cmocka_unit_test(show_and_trace_report_in_order),
        cmocka_unit_test(frames_grow_as_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
