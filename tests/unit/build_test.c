/* From source text to IR and its results: what is easier said by a program than by a case file. */
#include "build/build.h"
#include "grammar/syntax.h"
#include "interp/interp.h"
#include "sema/sema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct sources sources;
    struct ir_prog *prog;
};

static void print_all(const struct diags *diags)
{
    struct text out = {0};
    for (uint32_t i = 0; i < diags->list.len; i++)
        diag_print(diags, diags->list.at[i], false, &out);
    print_error("%s", out.chars);
    text_free(&out);
}

static void fixture_build(struct fixture *fixture, const char *source,
                          const struct build_options *options)
{
    struct arena *arena = fixture->arena = arena_new();
    struct names *names = names_new(arena);
    struct diags diags;
    sources_init(&fixture->sources, arena);
    diags_init(&diags, arena, &fixture->sources);
    uint32_t file = sources_add(&fixture->sources, "case.ab", source, (uint32_t)strlen(source));
    struct ast_file *ast = parse_file(arena, names, &diags, file);
    struct sema_options sema_options = {0};
    struct typed_prog *typed = sema_check(arena, names, &diags, ast, &sema_options);
    if (diags.errors > 0) {
        print_all(&diags);
        fail();
    }
    fixture->prog = build_program(arena, names, &fixture->sources, typed, options);
    ir_tidy(fixture->prog);
    const char *wrong = ir_verify(fixture->prog, arena);
    if (wrong)
        fail_msg("%s", wrong);
}

static void fixture_free(struct fixture *fixture)
{
    arena_free(fixture->arena);
}

static const struct ir_entry *entry_of(const struct fixture *fixture, const char *which)
{
    for (uint32_t i = 0; i < fixture->prog->entries.len; i++)
        if (strcmp(fixture->prog->entries.at[i].name, which) == 0)
            return &fixture->prog->entries.at[i];
    fail_msg("no entry %s", which);
    return NULL;
}

static enum fault_kind fault_of(const struct fixture *fixture, struct interp_result result)
{
    assert_false(result.out_of_fuel);
    return fixture->prog->faults.at[result.fault].kind;
}

/* The i64 result of an entry with one i64 parameter. */
static int64_t run_i64(const struct fixture *fixture, const char *which, int64_t argument)
{
    int64_t result = 0;
    struct interp_result done =
        interp_run(fixture->prog, entry_of(fixture, which), (const void *[]){&argument},
                   (void *[]){&result}, 0, NULL);
    assert_int_equal(fault_of(fixture, done), FAULT_NONE);
    return result;
}

/* ---- counted loops --------------------------------------------------------------------- */

/* Whole numbers of at most 66 bits, as two's complement in 128: what a loop does without overflow.
 */
__extension__ typedef __int128 wide;

struct loop_type {
    const char *name;
    uint32_t bits;
    bool is_signed;
};

static const struct loop_type loop_types[] = {
    {"i8", 8, true},  {"i16", 16, true},  {"i32", 32, true},  {"i64", 64, true},
    {"u8", 8, false}, {"u16", 16, false}, {"u32", 32, false}, {"u64", 64, false},
};

static wide least_of(const struct loop_type *type)
{
    return type->is_signed ? -((wide)1 << (type->bits - 1)) : 0;
}

static wide greatest_of(const struct loop_type *type)
{
    return ((wide)1 << (type->bits - type->is_signed)) - 1;
}

struct loop_result {
    uint64_t rounds, last;
};

static struct loop_result expected_rounds(wide start, wide stop, wide step, uint64_t most)
{
    struct loop_result result = {0, 0};
    for (wide i = start; step > 0 ? i < stop : step < 0 && i > stop; i += step) {
        result.last = (uint64_t)i;
        if (++result.rounds == most)
            break;
    }
    return result;
}

enum { MOST_ROUNDS = 50 };

/* The same function for each type: at most MOST_ROUNDS rounds are made. */
static const char *loops_program(struct arena *arena)
{
    const char *text = "";
    for (size_t t = 0; t < sizeof loop_types / sizeof *loop_types; t++) {
        const char *type = loop_types[t].name;
        text = arena_printf(arena,
                            "%sexport fn rounds_%s(a: %s, b: %s, s: %s) -> (u64, u64) {\n"
                            "    var rounds: u64 = 0\n"
                            "    var last: u64 = 0\n"
                            "    for i in a..b step s {\n"
                            "        last = u64(i)\n"
                            "        rounds += 1\n"
                            "        if rounds == %d { break }\n"
                            "    }\n"
                            "    return rounds, last\n"
                            "}\n",
                            text, type, type, type, type, MOST_ROUNDS);
    }
    return text;
}

static uint64_t random_bits(uint64_t *state)
{
    /* splitmix64 (Steele, Lea, Flood 2014) */
    uint64_t bits = *state += UINT64_C(0x9e3779b97f4a7c15);
    bits = (bits ^ bits >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ bits >> 27) * UINT64_C(0x94d049bb133111eb);
    return bits ^ bits >> 31;
}

/* Small, near a limit, or anything. */
static wide random_bound(const struct loop_type *type, uint64_t *state)
{
    wide least = least_of(type), greatest = greatest_of(type);
    wide near = (wide)(random_bits(state) % 12);
    switch (random_bits(state) % 4) {
    case 0: return least + near;
    case 1: return greatest - near;
    case 2: return type->is_signed ? near - 6 : near;
    }
    return least + (wide)(random_bits(state) & (uint64_t)(greatest - least));
}

static void store_wide(const struct loop_type *type, wide value, void *to)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    uint64_t u64 = (uint64_t)value;
    const void *from[] = {&u8, &u16, &u32, &u64};
    memcpy(to,
           from[type->bits == 8    ? 0
                : type->bits == 16 ? 1
                : type->bits == 32 ? 2
                                   : 3],
           type->bits / 8);
}

static void counted_loops_never_overflow(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct fixture fixture;
    fixture_build(&fixture, loops_program(arena), &(struct build_options){0});
    struct interp *interp = interp_new(fixture.prog);
    uint64_t random = 1;
    for (size_t t = 0; t < sizeof loop_types / sizeof *loop_types; t++) {
        const struct loop_type *type = &loop_types[t];
        const struct ir_entry *entry =
            entry_of(&fixture, arena_printf(arena, "rounds_%s", type->name));
        for (int i = 0; i < 2000; i++) {
            wide bounds[3];
            uint64_t memory[3];
            for (int k = 0; k < 3; k++) {
                bounds[k] = random_bound(type, &random);
                store_wide(type, bounds[k], &memory[k]);
            }
            struct loop_result result = {~UINT64_C(0), ~UINT64_C(0)};
            const void *args[] = {&memory[0], &memory[1], &memory[2]};
            interp_example(interp, entry, args, (void *[]){&result.rounds, &result.last}, 0, NULL);
            struct loop_result expected =
                expected_rounds(bounds[0], bounds[1], bounds[2], MOST_ROUNDS);
            assert_true(result.rounds == expected.rounds);
            assert_true(result.last == expected.last);
        }
    }
    interp_free(interp);
    fixture_free(&fixture);
    arena_free(arena);
}

/* ---- large programs -------------------------------------------------------------------- */

/* n + 1 + 1 + .. in parentheses, nested as deep as the language allows expression trees to be. */
static void deep_expressions_build(void **state)
{
    (void)state;
    enum { DEPTH = 1900 };
    struct text source = {0};
    text_put(&source, "export fn f(n: i64) -> i64 {\n    return n");
    for (int i = 0; i < DEPTH; i++)
        text_put(&source, " + 1");
    text_put(&source, "\n}\nexport fn g(n: i64) -> i64 {\n    if n == 0");
    for (int i = 1; i < DEPTH; i++)
        text_printf(&source, " or n == %d", i);
    text_put(&source, " { return 1 }\n    return 0\n}\n");
    struct fixture fixture;
    fixture_build(&fixture, source.chars, &(struct build_options){0});
    assert_int_equal(run_i64(&fixture, "f", 5), DEPTH + 5);
    assert_int_equal(run_i64(&fixture, "g", DEPTH - 1), 1);
    assert_int_equal(run_i64(&fixture, "g", DEPTH), 0);
    fixture_free(&fixture);
    text_free(&source);
}

static void long_else_if_chains_build(void **state)
{
    (void)state;
    enum { ARMS = 10000 };
    struct text source = {0};
    text_put(&source,
             "export fn f(n: i64) -> i64 {\n    var r = -1\n    if n < 0 {\n        r = 0\n");
    for (int i = 0; i < ARMS; i++)
        text_printf(&source, "    } else if n == %d {\n        r = %d\n", i, 3 * i);
    text_put(&source, "    }\n    return r + n\n}\n");
    struct fixture fixture;
    fixture_build(&fixture, source.chars, &(struct build_options){0});
    assert_int_equal(run_i64(&fixture, "f", -7), -7);
    assert_int_equal(run_i64(&fixture, "f", 4321), 4 * 4321);
    assert_int_equal(run_i64(&fixture, "f", ARMS - 1), 4 * (ARMS - 1));
    assert_int_equal(run_i64(&fixture, "f", ARMS), ARMS - 1);
    fixture_free(&fixture);
    text_free(&source);
}

/* Many joins between a variable and its use: a search through all of them. */
static void long_functions_build(void **state)
{
    (void)state;
    enum { STATEMENTS = 10000 };
    struct text source = {0};
    text_put(&source, "export fn f(n: i64) -> i64 {\n    let first = n * 2\n    var r = 0\n");
    for (int i = 0; i < STATEMENTS; i++)
        text_printf(&source, "    if n > %d { r += 1 }\n", i);
    text_put(&source, "    return r * 100000 + first\n}\n");
    struct fixture fixture;
    fixture_build(&fixture, source.chars, &(struct build_options){0});
    assert_int_equal(run_i64(&fixture, "f", 1234), 1234 * 100000 + 2468);
    fixture_free(&fixture);
    text_free(&source);
}

/* ---- entries --------------------------------------------------------------------------- */

static void expect_entry(const struct fixture *fixture, uint32_t number, const char *text,
                         enum fault_kind expect)
{
    const struct ir_entry *entry = &fixture->prog->entries.at[number];
    assert_true(entry->is_test);
    assert_string_equal(entry->name, "t");
    assert_string_equal(entry->test_text, text);
    assert_int_equal(entry->expect_fault, expect);
    assert_int_equal(fault_of(fixture, interp_run(fixture->prog, entry, NULL, NULL, 0, NULL)),
                     expect);
}

static void each_assert_of_a_test_is_an_entry(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_build(&fixture,
                  "fn f(n: i64) -> i64 {\n"
                  "    assert n > 0, \"positive\"\n"
                  "    return n + f(n)\n"
                  "}\n"
                  "test \"t\" {\n"
                  "    var x = 1\n"
                  "    assert x == 1\n"
                  "    x += 1\n"
                  "    for i in 0..3 {\n"
                  "        x += i\n"
                  "        assert x < 6\n"
                  "    }\n"
                  "    assert f(-x) faults assert\n"
                  "    assert f(x) faults stack\n"
                  "}\n",
                  &(struct build_options){0});
    assert_int_equal(fixture.prog->entries.len, 6);
    expect_entry(&fixture, 0, "assert x == 1", FAULT_NONE);
    expect_entry(&fixture, 1, "assert x < 6", FAULT_NONE);
    expect_entry(&fixture, 2, "assert f(-x) faults assert", FAULT_NONE);
    expect_entry(&fixture, 3, "assert f(-x) faults assert", FAULT_ASSERT);
    expect_entry(&fixture, 4, "assert f(x) faults stack", FAULT_NONE);
    expect_entry(&fixture, 5, "assert f(x) faults stack", FAULT_STACK);
    fixture_free(&fixture);
}

static const char limits_source[] = "fn plain(n: i64) -> i64 {\n"
                                    "    if n == 0 { return 0 }\n"
                                    "    return 1 + plain(n - 1)\n"
                                    "}\n"
                                    "@max_depth(7) fn seven(n: i64) -> i64 { return plain(n) }\n"
                                    "@max_depth(9) fn nine(n: i64) -> i64 { return seven(n) }\n"
                                    "export fn zero(n: i64) -> i64 { return plain(n) }\n"
                                    "export fn one(n: i64) -> i64 { return seven(n) }\n"
                                    "export fn two(n: i64) -> i64 { return nine(n) }\n";

/* The largest @max_depth that an entry reaches, else the option, else 64 (L3). */
static void entries_have_their_depth_limit(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_build(&fixture, limits_source, &(struct build_options){0});
    assert_int_equal(entry_of(&fixture, "zero")->max_depth, 64);
    assert_int_equal(entry_of(&fixture, "one")->max_depth, 7);
    assert_int_equal(entry_of(&fixture, "two")->max_depth, 9);
    fixture_free(&fixture);
    fixture_build(&fixture, limits_source, &(struct build_options){.max_depth = 8});
    assert_int_equal(entry_of(&fixture, "zero")->max_depth, 8);
    assert_int_equal(entry_of(&fixture, "one")->max_depth, 7);
    fixture_free(&fixture);
}

static void expect_leaf(const struct ir_leaf *leaf, const char *path, enum dtype dtype,
                        bool is_inout)
{
    assert_string_equal(leaf->path, path);
    assert_int_equal(leaf->type.dtype, dtype);
    assert_int_equal(leaf->is_inout, is_inout);
}

static void leaves_have_paths(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_build(&fixture,
                  "struct P { x: f32, y: (u8, bool) }\n"
                  "## Says what it does.\n"
                  "export fn f(n: i16, inout p: P, t: (i8, P)) -> (P, i64) {\n"
                  "    return p, batch_index()\n"
                  "}\n"
                  "export fn g(n: i16) -> i16 { return n }\n",
                  &(struct build_options){0});
    const struct ir_entry *entry = entry_of(&fixture, "f");
    assert_string_equal(entry->doc, "Says what it does.");
    assert_true(entry->uses_batch_index);
    assert_int_equal(entry->params.len, 8);
    expect_leaf(&entry->params.at[0], "n", DT_I16, false);
    expect_leaf(&entry->params.at[1], "p.x", DT_F32, true);
    expect_leaf(&entry->params.at[2], "p.y.0", DT_U8, true);
    expect_leaf(&entry->params.at[3], "p.y.1", DT_BOOL, true);
    expect_leaf(&entry->params.at[4], "t.0", DT_I8, false);
    expect_leaf(&entry->params.at[5], "t.1.x", DT_F32, false);
    assert_int_equal(entry->results.len, 7);
    expect_leaf(&entry->results.at[0], "0.x", DT_F32, false);
    expect_leaf(&entry->results.at[1], "0.y.0", DT_U8, false);
    expect_leaf(&entry->results.at[3], "1", DT_I64, false);
    expect_leaf(&entry->results.at[4], "p.x", DT_F32, true);
    expect_leaf(&entry->results.at[6], "p.y.1", DT_BOOL, true);
    assert_string_equal(entry->param_types.at[3], "bool");
    entry = entry_of(&fixture, "g");
    assert_false(entry->uses_batch_index);
    expect_leaf(&entry->results.at[0], "", DT_I16, false);
    fixture_free(&fixture);
}

static void show_is_built_on_request(void **state)
{
    (void)state;
    static const char source[] = "export fn f(n: i64) -> i64 {\n"
                                 "    let t = (n, n > 0)\n"
                                 "    show t, \"t\"\n"
                                 "    return n\n"
                                 "}\n";
    for (int on = 0; on < 2; on++) {
        struct fixture fixture;
        fixture_build(&fixture, source, &(struct build_options){.show = on});
        struct text out = {0};
        ir_print(fixture.prog, &out);
        assert_int_equal(strstr(out.chars, "show \"t.0\", %n.0") != NULL, on);
        assert_int_equal(strstr(out.chars, "show \"t.1\"") != NULL, on);
        text_free(&out);
        fixture_free(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_loops_never_overflow),
        cmocka_unit_test(deep_expressions_build),
        cmocka_unit_test(long_else_if_chains_build),
        cmocka_unit_test(long_functions_build),
        cmocka_unit_test(each_assert_of_a_test_is_an_entry),
        cmocka_unit_test(entries_have_their_depth_limit),
        cmocka_unit_test(leaves_have_paths),
        cmocka_unit_test(show_is_built_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
