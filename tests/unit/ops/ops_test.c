/* op_eval against NumPy: every result in results.txt, which gen_results.py wrote. */
#include "lang/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_VALUES = 64, MAX_LINE = 1 << 16 };

struct table {
    union scalar values[DT_COUNT][MAX_VALUES];
    int counts[DT_COUNT];
    bool seen[OP_COUNT][DT_COUNT];
    bool seen_cast[DT_COUNT][DT_COUNT];
    char line[MAX_LINE];
};

static union scalar from_bits(enum dtype dtype, uint64_t bits)
{
    union scalar value = {.u = bits};
    int unused = 64 - 8 * dtype_table[dtype].bytes;
    if (dtype_table[dtype].cls == CLASS_INT)
        value.i = (int64_t)(bits << unused) >> unused;
    return value;
}

static bool is_nan(enum dtype dtype, union scalar value)
{
    return (dtype == DT_F64 && value.f64 != value.f64) ||
           (dtype == DT_F32 && value.f32 != value.f32);
}

static double as_double(enum dtype dtype, union scalar value)
{
    return dtype == DT_F32 ? (double)value.f32 : value.f64;
}

/* Two units in the last place; near 0 two of the least normal number's. */
static bool is_near(enum dtype dtype, union scalar have, union scalar want)
{
    double x = as_double(dtype, have), y = as_double(dtype, want);
    double unit = dtype == DT_F32 ? 0x1p-23 : 0x1p-52;
    double least = dtype == DT_F32 ? 0x1p-148 : 0x1p-1073;
    double size = y < 0 ? -y : y;
    return x == y || (x - y <= 2 * unit * size + least && y - x <= 2 * unit * size + least);
}

static void check(const struct table *table, enum op op, enum dtype operand, enum dtype result,
                  int index, union scalar want, bool near)
{
    const union scalar *values = table->values[operand];
    int n = table->counts[operand], i = index / n, j = index % n;
    union scalar args[3] = {values[i], values[j], values[(3 * i + 5 * j) % n]};
    if (op_table[op].arity == 1)
        args[0] = values[index];
    if (op_table[op].rule == RULE_SELECT)
        args[0].u = i % 2 == 0;
    union scalar have = op_eval(op, operand, result, args);
    bool equal = (is_nan(result, have) && is_nan(result, want)) || have.u == want.u ||
                 (near && is_near(result, have, want));
    if (!equal)
        fail_msg("%s %s -> %s, number %d (%llx, %llx, %llx): %llx instead of %llx",
                 op_table[op].name, dtype_table[operand].name, dtype_table[result].name, index,
                 (unsigned long long)args[0].u, (unsigned long long)args[1].u,
                 (unsigned long long)args[2].u, (unsigned long long)have.u,
                 (unsigned long long)want.u);
}

static void read_values(struct table *table)
{
    int dtype = dtype_find(strtok(NULL, " "));
    assert_true(dtype >= 0);
    for (char *word; (word = strtok(NULL, " \n"));)
        table->values[dtype][table->counts[dtype]++] =
            from_bits((enum dtype)dtype, strtoull(word, NULL, 16));
}

static void read_results(struct table *table, bool near)
{
    int op = op_find(strtok(NULL, " "));
    int operand = dtype_find(strtok(NULL, " "));
    int result = near ? operand : dtype_find(strtok(NULL, " "));
    assert_true(op >= 0 && operand >= 0 && result >= 0);
    int count = 0;
    for (char *word; (word = strtok(NULL, " \n")); count++)
        check(table, (enum op)op, (enum dtype)operand, (enum dtype)result, count,
              from_bits((enum dtype)result, strtoull(word, NULL, 16)), near);
    int n = table->counts[operand];
    assert_int_equal(count, op_table[op].arity == 1 ? n : n * n);
    table->seen[op][operand] = true;
    if (op_table[op].rule == RULE_CAST)
        table->seen_cast[operand][result] = true;
}

/* No meaning without a reference. */
static void check_all_seen(const struct table *table)
{
    for (int op = 0; op < OP_COUNT; op++)
        for (int dtype = 0; dtype < DT_COUNT; dtype++)
            if (op_table[op].rule != RULE_CAST &&
                op_meaning_of((enum op)op, (enum dtype)dtype, (enum dtype)dtype) &&
                !table->seen[op][dtype])
                fail_msg("%s of %s is not in results.txt", op_table[op].name,
                         dtype_table[dtype].name);
    for (int from = 0; from < DT_COUNT; from++)
        for (int to = 0; to < DT_COUNT; to++)
            if (from != to && op_meaning_of(OP_cast, (enum dtype)from, (enum dtype)to) &&
                !table->seen_cast[from][to])
                fail_msg("cast from %s to %s is not in results.txt", dtype_table[from].name,
                         dtype_table[to].name);
}

static void operations_are_as_in_numpy(void **state)
{
    (void)state;
    static struct table table;
    FILE *file = fopen(RESULTS, "r");
    assert_non_null(file);
    while (fgets(table.line, MAX_LINE, file)) {
        assert_non_null(strchr(table.line, '\n'));
        const char *kind = strtok(table.line, " ");
        if (strcmp(kind, "values") == 0)
            read_values(&table);
        else
            read_results(&table, strcmp(kind, "near") == 0);
    }
    fclose(file);
    check_all_seen(&table);
}

static void meanings_exist_for_the_classes_of_the_table(void **state)
{
    (void)state;
    for (int op = 0; op < OP_COUNT; op++)
        for (int dtype = 0; dtype < DT_COUNT; dtype++) {
            bool scalar_now = dtype_table[dtype].cls != CLASS_COMPLEX && dtype != DT_F16;
            bool listed = (op_table[op].classes & dtype_table[dtype].cls) && scalar_now;
            if (op_table[op].rule == RULE_CAST)
                continue;
            if (op_table[op].rule == RULE_BITS)
                listed &= op_bits_dtype((enum dtype)dtype) != (enum dtype)dtype;
            bool has = op_meaning_of((enum op)op, (enum dtype)dtype, (enum dtype)dtype) != NULL;
            assert_int_equal(has, listed);
        }
}

static void library_functions_are_not_folded(void **state)
{
    (void)state;
    assert_false(op_can_fold(OP_exp, DT_F64));
    assert_false(op_can_fold(OP_pow, DT_F32));
    assert_true(op_can_fold(OP_pow, DT_I32));
    assert_true(op_can_fold(OP_sqrt, DT_F64));
    assert_true(op_can_fold(OP_select, DT_BOOL));
}

static void dtypes_are_found_by_both_spellings(void **state)
{
    (void)state;
    assert_int_equal(dtype_find("f32"), DT_F32);
    assert_int_equal(dtype_find("float32"), DT_F32);
    assert_int_equal(dtype_find("float_"), DT_F64);
    assert_int_equal(dtype_find("bool"), DT_BOOL);
    assert_int_equal(dtype_find("complex_"), DT_C128);
    assert_int_equal(dtype_find("int"), -1);
    assert_int_equal(dtype_settled(DT_WEAK_INT), DT_I64);
    assert_int_equal(dtype_settled(DT_U8), DT_U8);
    assert_true(dtype_is_weak(DT_WEAK_FLOAT));
}

static void types_are_printed_with_their_shape(void **state)
{
    (void)state;
    char buffer[TYPE_TEXT_SIZE];
    struct type type = type_scalar(DT_F64);
    assert_string_equal(type_text(&type, buffer), "f64");
    assert_int_equal(shape_elements(&type.shape), 1);
    type.shape.rank = 2;
    type.shape.dim[0] = 3;
    type.shape.dim[1] = 4;
    assert_string_equal(type_text(&type, buffer), "f64[3, 4]");
    assert_int_equal(shape_elements(&type.shape), 12);
    type.shape.rank = 8;
    for (int i = 0; i < 8; i++)
        type.shape.dim[i] = INT64_MIN; /* the longest text there is */
    assert_int_equal(strlen(type_text(&type, buffer)), 3 + 8 * 20 + 7 * 2 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_as_in_numpy),
        cmocka_unit_test(meanings_exist_for_the_classes_of_the_table),
        cmocka_unit_test(library_functions_are_not_folded),
        cmocka_unit_test(dtypes_are_found_by_both_spellings),
        cmocka_unit_test(types_are_printed_with_their_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
