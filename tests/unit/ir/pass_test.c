/* Every pass alone, and all in their order, keep what a program does: results, the first fault, and
 * with it the depth of recursion. The interpreter is the judge. */
#include "interp/interp.h"
#include "pass/pass.h"
#include "random_ir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROGRAMS = 300, EXAMPLES = 5, MAX_LEAVES = 4, LEAF_BYTES = 32 * 8 };

/* Every other program has tensors. */
static struct random_shape shape_of(uint64_t seed)
{
    return (struct random_shape){
        .max_blocks = 9, .max_insts = 7, .max_funcs = 4, .tensors = seed % 2 == 0};
}

struct outcome {
    bool out_of_fuel;
    fault_id fault;
    unsigned char results[MAX_LEAVES][LEAF_BYTES];
};

/* Little endian: an element is where its number begins. */
static void fill_leaf(struct random *random, const struct type *type, unsigned char *to)
{
    uint8_t bytes = dtype_table[type->dtype].bytes;
    for (int64_t i = 0; i < shape_elements(&type->shape); i++) {
        union scalar element = random_scalar(random, type->dtype);
        memcpy(to + i * bytes, &element, bytes);
    }
}

static struct outcome run(const struct ir_prog *prog, uint64_t seed, uint64_t max_insts)
{
    const struct ir_entry *entry = &prog->entries.at[0];
    const struct ir_func *func = &prog->funcs.at[entry->func];
    struct random random = {seed};
    static unsigned char args[MAX_LEAVES][LEAF_BYTES];
    const void *arg_places[MAX_LEAVES] = {NULL};
    void *result_places[MAX_LEAVES] = {NULL};
    double y[RANDOM_SHARED_ROWS * 17];
    const void *arrays[2] = {random_shared_x, random_shared_y(y)};
    const int64_t extents[1] = {RANDOM_SHARED_ROWS};
    struct interp_shared shared = {arrays, extents};
    struct outcome outcome;
    memset(&outcome, 0, sizeof outcome);
    for (uint32_t i = 0; i < func->params.len; i++) {
        fill_leaf(&random, &func->params.at[i], args[i]);
        arg_places[i] = args[i];
    }
    for (uint32_t i = 0; i < func->results.len; i++)
        result_places[i] = outcome.results[i];
    struct interp_options options = {.max_insts = max_insts, .shared = &shared};
    struct interp_result result = interp_run(prog, entry, arg_places, result_places, 7, &options);
    outcome.out_of_fuel = result.out_of_fuel;
    outcome.fault = result.out_of_fuel ? 0 : result.fault;
    return outcome;
}

static char *print(const struct ir_prog *prog)
{
    struct text text = {0};
    ir_print(prog, &text);
    return text.chars;
}

/* The same program twice: one to change, one to compare with. */
struct pair {
    struct arena *arena;
    struct ir_prog *before, *after;
    bool marked; /* tail calls are marked in both: that pass may take stack faults away */
};

static struct pair pair_of(uint64_t seed, bool marked, struct random_shape shape)
{
    struct pair pair = {.arena = arena_new(), .marked = marked};
    struct pass_options options = {.level = 0};
    struct ir_prog **progs[2] = {&pair.before, &pair.after};
    for (int i = 0; i < 2; i++) {
        struct random random = {seed};
        *progs[i] = random_prog(pair.arena, names_new(pair.arena), &random, shape);
        ir_tidy(*progs[i]);
        const char *why = pass_run(*progs[i], &pass_table[pass_find("mark_cycles")], &options);
        if (!why && marked)
            why = pass_run(*progs[i], &pass_table[pass_find("mark_tail")], &options);
        if (why)
            fail_msg("seed %llu is not sound: %s", (unsigned long long)seed, why);
    }
    return pair;
}

/* How many examples ended, in both. */
static uint32_t compare(const struct pair *pair, uint64_t seed, const char *what)
{
    uint32_t ended = 0;
    for (uint64_t example = 0; example < EXAMPLES; example++) {
        struct outcome before = run(pair->before, seed * 100 + example, 20000);
        bool is_stack = before.fault && pair->before->faults.at[before.fault].kind == FAULT_STACK;
        if (before.out_of_fuel || (is_stack && !pair->marked))
            continue;
        ended++;
        struct outcome after = run(pair->after, seed * 100 + example, 400000);
        if (memcmp(&before, &after, sizeof before)) {
            char *text[2] = {print(pair->before), print(pair->after)};
            fail_msg("seed %llu, example %llu: %s changes the outcome: fault %u -> fault %u%s\n%s\n"
                     "--- after ---\n\n%s",
                     (unsigned long long)seed, (unsigned long long)example, what, before.fault,
                     after.fault, after.out_of_fuel ? " out of fuel" : "", text[0], text[1]);
        }
    }
    return ended;
}

static void count_change(void *user, const struct pass *pass, const struct ir_prog *prog,
                         double seconds, bool changed)
{
    (void)pass;
    (void)prog;
    (void)seconds;
    *(uint32_t *)user += changed;
}

static void each_pass_keeps_what_programs_do(void **state)
{
    (void)state;
    for (uint32_t pass = 0; pass < pass_count; pass++) {
        uint32_t ended = 0, changes = 0;
        struct pass_options options = {.after = count_change, .user = &changes};
        for (uint64_t seed = 1; seed <= PROGRAMS; seed++) {
            bool marked = strcmp(pass_table[pass].name, "mark_tail") != 0;
            struct pair pair = pair_of(seed, marked, shape_of(seed));
            const char *why = pass_run(pair.after, &pass_table[pass], &options);
            if (why)
                fail_msg("seed %llu: %s", (unsigned long long)seed, why);
            ended += compare(&pair, seed, pass_table[pass].name);
            arena_free(pair.arena);
        }
        assert_true(ended > PROGRAMS * EXAMPLES / 4);
        if (changes <= PROGRAMS / 150 && !pass_table[pass].required)
            fail_msg("%s changed %u programs only", pass_table[pass].name, changes);
    }
}

static void all_passes_keep_what_programs_do(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3 * PROGRAMS; seed++) {
        struct pair pair = pair_of(seed, true, shape_of(seed));
        struct pass_options options = {.level = (int)(seed % 3), .for_engines = seed % 2};
        const char *why = pass_run_all(pair.after, &options);
        if (why)
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        compare(&pair, seed, "the pipeline");
        arena_free(pair.arena);
    }
}

/* Programs of few blocks with many tensors that depend on each other. */
static void tensors_keep_their_elements(void **state)
{
    (void)state;
    static const struct random_shape many = {
        .max_blocks = 3, .max_insts = 40, .max_funcs = 2, .tensors = true};
    uint32_t ended = 0;
    for (uint64_t seed = 1; seed <= 5 * PROGRAMS; seed++) {
        struct pair pair = pair_of(seed, true, many);
        uint32_t which = (uint32_t)(seed % (pass_count + 1));
        struct pass_options options = {.level = 2, .for_engines = true};
        const char *why = which < pass_count ? pass_run(pair.after, &pass_table[which], &options)
                                             : pass_run_all(pair.after, &options);
        if (why)
            fail_msg("seed %llu: %s", (unsigned long long)seed, why);
        ended += compare(&pair, seed, which < pass_count ? pass_table[which].name : "the pipeline");
        arena_free(pair.arena);
    }
    assert_true(ended > PROGRAMS * EXAMPLES);
}

static void passes_are_found_by_name(void **state)
{
    (void)state;
    for (uint32_t pass = 0; pass < pass_count; pass++)
        assert_int_equal(pass_find(pass_table[pass].name), pass);
    assert_int_equal(pass_find("no such pass"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_are_found_by_name),
        cmocka_unit_test(each_pass_keeps_what_programs_do),
        cmocka_unit_test(all_passes_keep_what_programs_do),
        cmocka_unit_test(tensors_keep_their_elements),
    };
    return cmocka_run_group_tests_name("pass", tests, NULL, NULL);
}
