/* The rows that passes go by are exact: every identity, for all 8-bit numbers and the floats that
 * are special, and every power of two. */
#include "interp/interp.h"
#include "pass/identities.h"
#include "pass/pass.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const double numbers[] = {0.0,
                                 -0.0,
                                 1.0,
                                 -1.0,
                                 0.5,
                                 -0.75,
                                 3.0,
                                 1e308,
                                 -1e308,
                                 5e-324,
                                 2.5,
                                 -2.5,
                                 9007199254740993.0,
                                 (double)INFINITY,
                                 -(double)INFINITY,
                                 (double)NAN};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

/* Sample number `index` of a dtype, all of them for 8 bits; false behind the last. */
static bool sample(enum dtype dtype, uint32_t index, union scalar *out)
{
    memset(out, 0, sizeof *out);
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        out->u = index;
        return index < 2;
    case CLASS_INT:
        out->i = (int8_t)index;
        if (dtype == DT_I64 && index >= 128)
            out->i = (int64_t)(UINT64_C(1) << (index - 128 < 64 ? index - 128 : 63));
        return index < 256;
    case CLASS_UINT:
        out->u = index;
        return index < 256;
    case CLASS_FLOAT:
        if (dtype == DT_F32)
            out->f32 = (float)numbers[index % NUMBERS];
        else
            out->f64 = numbers[index % NUMBERS];
        return index < NUMBERS;
    case CLASS_COMPLEX:
        break;
    }
    return false;
}

static bool same_number(enum dtype dtype, union scalar a, union scalar b)
{
    if (dtype == DT_F32 && isnan(a.f32))
        return isnan(b.f32);
    if (dtype == DT_F64 && isnan(a.f64))
        return isnan(b.f64);
    return constant_same(dtype, &a, &b);
}

static const enum dtype sampled[] = {DT_BOOL, DT_I8, DT_U8, DT_I64, DT_F32, DT_F64};
enum { SAMPLED = sizeof sampled / sizeof *sampled };

static enum dtype result_of(enum op op, enum dtype operand)
{
    return op_table[op].rule == RULE_BOOL ? DT_BOOL : operand;
}

static union scalar outcome_of(const struct outcome *outcome, enum dtype operand, enum dtype result,
                               union scalar x)
{
    switch (outcome->kind) {
    case OUTCOME_OPERAND:
        break;
    case OUTCOME_SPECIAL:
        return special_constant(result, outcome->special);
    case OUTCOME_OP:
        return op_eval(outcome->op, operand, result, &x);
    }
    return x;
}

static void check_pair(const char *row, enum op op, enum dtype dtype, union scalar left,
                       union scalar right, const struct outcome *outcome, union scalar x)
{
    union scalar args[2] = {left, right};
    enum dtype result = result_of(op, dtype);
    if (!same_number(result, op_eval(op, dtype, result, args),
                     outcome_of(outcome, dtype, result, x)))
        fail_msg("%s of %s: %s is not exact for %llx", row, op_table[op].name,
                 dtype_table[dtype].name, (unsigned long long)x.u);
}

static void identities_are_exact(void **state)
{
    (void)state;
    union scalar x;
    for (uint32_t t = 0; t < SAMPLED; t++) {
        enum dtype dtype = sampled[t];
        for (uint32_t i = 0; i < right_identity_count; i++) {
            const struct right_identity *row = &right_identities[i];
            bool is_special = row->right == OPERAND_SPECIAL;
            if (!(row->classes & dtype_table[dtype].cls)
                || (is_special && !special_exists(dtype, row->special)))
                continue;
            for (uint32_t k = 0; sample(dtype, k, &x); k++)
                check_pair("right", row->op, dtype, x,
                           is_special ? special_constant(dtype, row->special) : x, &row->outcome,
                           x);
        }
        for (uint32_t i = 0; i < left_identity_count; i++) {
            const struct left_identity *row = &left_identities[i];
            if (row->classes & dtype_table[dtype].cls)
                for (uint32_t k = 0; sample(dtype, k, &x); k++)
                    check_pair("left", row->op, dtype, special_constant(dtype, row->special), x,
                               &row->outcome, x);
        }
    }
}

static void check_nested(const struct nested_identity *row, enum dtype dtype,
                         const union scalar args[2])
{
    bool any = row->inner == OP_COUNT;
    enum dtype via = any ? dtype : result_of(row->inner, dtype);
    union scalar inner = any ? args[0] : op_eval(row->inner, dtype, via, args);
    enum dtype result = result_of(row->outer, via);
    union scalar is = op_eval(row->outer, via, result, &inner);
    union scalar expected = row->outcome.kind == OUTCOME_OP
                                ? op_eval(row->outcome.op, dtype, result, args)
                            : row->unwraps ? args[0]
                                           : inner;
    if (!same_number(result, is, expected))
        fail_msg("%s of %s: not exact for %s", op_table[row->outer].name,
                 any ? "anything" : op_table[row->inner].name, dtype_table[dtype].name);
}

static void nested_identities_are_exact(void **state)
{
    (void)state;
    union scalar args[2];
    for (uint32_t t = 0; t < SAMPLED; t++)
        for (uint32_t i = 0; i < nested_identity_count; i++)
            for (uint32_t k = 0; (nested_identities[i].classes & dtype_table[sampled[t]].cls)
                                 && sample(sampled[t], k, &args[0]);
                 k++)
                for (uint32_t l = 0; sample(sampled[t], l, &args[1]); l++)
                    check_nested(&nested_identities[i], sampled[t], args);
}

/* x op c for all x and c of 8 bits, before and after a pass. */
static void check_bytes(const char *pass, const char *op, const char *dtype, int constant,
                        bool flip)
{
    struct arena *arena = arena_new();
    const char *why = NULL;
    const char *text = arena_printf(
        arena,
        "entry \"f\" = @f {\n    max_depth 1\n    param \"x\": %s\n    result \"\": %s\n}\n"
        "func @f(%s) -> (%s) {\nb0(%%0: %s):\n    %%1: %s = const %d\n"
        "    %%2: %s = %s %s\n    ret %%2\n}\n",
        dtype, dtype, dtype, dtype, dtype, dtype, constant, dtype, op, flip ? "%1, %0" : "%0, %1");
    struct ir_prog *progs[2];
    struct pass_options options = {.level = 0};
    for (int i = 0; i < 2; i++) {
        progs[i] = ir_parse(arena, names_new(arena), text, &why);
        if (!progs[i])
            fail_msg("%s", why);
    }
    assert_null(pass_run(progs[1], &pass_table[pass_find(pass)], &options));
    for (int x = 0; x < 256; x++) {
        uint8_t arg = (uint8_t)x, results[2] = {1, 2};
        for (int i = 0; i < 2; i++)
            interp_run(progs[i], &progs[i]->entries.at[0], (const void *[]){&arg},
                       (void *[]){&results[i]}, 0, NULL);
        if (results[0] != results[1])
            fail_msg("%s: %d %s %d as %s is %d, not %d", pass, x, op, constant, dtype, results[1],
                     results[0]);
    }
    arena_free(arena);
}

static void powers_of_two_are_exact(void **state)
{
    (void)state;
    static const char *const ops[] = {"mul", "floordiv", "mod"};
    for (uint32_t i = 0; i < 3; i++)
        for (int exponent = 0; exponent < 8; exponent++)
            for (int flip = 0; flip < 2; flip++) {
                check_bytes("strength", ops[i], "u8", 1 << exponent, flip);
                check_bytes("strength", ops[i], "i8", (int8_t)(1 << exponent), flip);
                check_bytes("strength", ops[i], "i8", -(1 << exponent), flip);
            }
}

/* Numbers at the edges of dtypes, as any dtype holds them. */
static union scalar edge(enum dtype dtype, uint32_t index)
{
    static const int64_t integers[] = {
        0,         1,          -1,         2,           127,        128,        -128,
        -129,      255,        256,        32767,       32768,      65536,      16777217,
        -16777217, 2147483647, 2147483648, -2147483648, 4294967295, 4294967296, 9007199254740993,
        INT64_MAX, INT64_MIN};
    enum { INTEGERS = sizeof integers / sizeof *integers };
    union scalar wide = {.i = integers[index % INTEGERS]};
    if (dtype_table[dtype].cls == CLASS_FLOAT && index >= INTEGERS) {
        union scalar number;
        memset(&number, 0, sizeof number);
        number.f64 = numbers[index % NUMBERS];
        return dtype == DT_F64 ? number : op_eval(OP_cast, DT_F64, dtype, &number);
    }
    return dtype == DT_I64 ? wide : op_eval(OP_cast, DT_I64, dtype, &wide);
}

static void check_casts(enum dtype from, enum dtype via, enum dtype to)
{
    struct arena *arena = arena_new();
    const char *s = dtype_table[from].name, *t = dtype_table[via].name, *r = dtype_table[to].name;
    const char *why = NULL;
    const char *text = arena_printf(
        arena,
        "entry \"f\" = @f {\n    max_depth 1\n    param \"x\": %s\n    result \"\": %s\n}\n"
        "func @f(%s) -> (%s) {\nb0(%%0: %s):\n    %%1: %s = cast %%0\n"
        "    %%2: %s = cast %%1\n    ret %%2\n}\n",
        s, r, s, r, s, t, r);
    struct ir_prog *prog = ir_parse(arena, names_new(arena), text, &why);
    if (!prog)
        fail_msg("%s", why);
    struct pass_options options = {.level = 0};
    assert_null(pass_run(prog, &pass_table[pass_find("fold")], &options));
    for (uint32_t i = 0; i < 40; i++) {
        union scalar x = edge(from, i), is, between = op_eval(OP_cast, from, via, &x);
        union scalar expected = op_eval(OP_cast, via, to, &between);
        memset(&is, 0, sizeof is);
        interp_run(prog, &prog->entries.at[0], (const void *[]){&x}, (void *[]){&is}, 0, NULL);
        if (memcmp(&is, &expected, dtype_table[to].bytes) && !same_number(to, is, expected))
            fail_msg("%s to %s to %s: not exact for %llx", s, t, r, (unsigned long long)x.u);
    }
    arena_free(arena);
}

static void chains_of_casts_are_exact(void **state)
{
    (void)state;
    static const enum dtype all[] = {DT_BOOL, DT_I8,  DT_I16, DT_I32, DT_I64, DT_U8,
                                     DT_U16,  DT_U32, DT_U64, DT_F32, DT_F64};
    enum { ALL = sizeof all / sizeof *all };
    for (uint32_t i = 0; i < ALL; i++)
        for (uint32_t j = 0; j < ALL; j++)
            for (uint32_t k = 0; k < ALL; k++)
                if (i != j && j != k)
                    check_casts(all[i], all[j], all[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_exact),
        cmocka_unit_test(nested_identities_are_exact),
        cmocka_unit_test(powers_of_two_are_exact),
        cmocka_unit_test(chains_of_casts_are_exact),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
