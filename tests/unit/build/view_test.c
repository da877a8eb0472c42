/* Expressions over extents of run time, made by hand: their loops against loops in C. */
#include "build/build.h"
#include "interp/interp.h"
#include "sema/sema.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_ROWS = 7, COLUMNS = 3, TABLE = 4, N = -1, LONG = 20 };
/* The shared arrays: f64[n, 3], f64[n], i32[n], f64[2, n], f64[20, n]. */
enum { X, Y, GROUP, WIDE, TALL, SHARED_COUNT };
/* The parameters: f64[3], f64[4], i64. */
enum { BETA, WEIGHTS, PLACE, PARAM_COUNT };

static double x[MOST_ROWS][COLUMNS], y[MOST_ROWS], wide[2 * MOST_ROWS], tall[LONG * MOST_ROWS];
static int32_t group[MOST_ROWS];
static double beta[COLUMNS] = {0.5, -1.25, 3.0}, weights[TABLE] = {1, 10, 100, 1000};

static void fill(uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t k = 0; k < COLUMNS; k++)
            x[i][k] = sin(i * 3 + k);
        y[i] = cos(i);
        group[i] = (int32_t)(i * 5 % 8) - TABLE;
        for (uint32_t k = 0; k < 2; k++)
            wide[k * rows + i] = 1 / (1.0 + i + k);
        for (uint32_t k = 0; k < LONG; k++)
            tall[k * rows + i] = k + i / 8.0;
    }
}

/* ---- trees --------------------------------------------------------------------------- */

static struct arena *arena;

static const struct ty *ty_of(enum dtype dtype, uint32_t rank, const int64_t *dims)
{
    struct ty *ty = ARENA_NEW(arena, struct ty);
    *ty = (struct ty){.kind = TY_TENSOR, .tensor = {.dtype = dtype}, .leaves = 1};
    ty->tensor.shape.rank = (uint8_t)rank;
    for (uint32_t i = 0; i < rank; i++)
        ty->tensor.shape.dim[i] = dims[i];
    return ty;
}
#define TY(dtype, ...)                                                                           \
    ty_of(dtype, sizeof(int64_t[]){__VA_ARGS__} / sizeof(int64_t), (int64_t[]){__VA_ARGS__})
#define SCALAR(dtype) ty_of(dtype, 0, NULL)

static struct typed_expr *node(enum typed_expr_kind kind, const struct ty *ty,
                               struct typed_expr *a, struct typed_expr *b)
{
    struct typed_expr *expr = ARENA_NEW(arena, struct typed_expr);
    expr->kind = kind;
    expr->ty = ty;
    if (a)
        vec_push(arena, &expr->args, a);
    if (b)
        vec_push(arena, &expr->args, b);
    return expr;
}

static struct typed_expr *shared(uint32_t symbol, const struct ty *ty)
{
    struct typed_expr *expr = node(TX_SHARED, ty, NULL, NULL);
    expr->symbol = symbol;
    return expr;
}

static struct typed_expr *all_x(void) { return shared(X, TY(DT_F64, N, COLUMNS)); }
static struct typed_expr *all_y(void) { return shared(Y, TY(DT_F64, N)); }

static struct typed_expr *param(var_id var)
{
    const struct ty *types[] = {TY(DT_F64, COLUMNS), TY(DT_F64, TABLE), SCALAR(DT_I64)};
    struct typed_expr *expr = node(TX_VAR, types[var], NULL, NULL);
    expr->var = var;
    return expr;
}

static struct typed_expr *op(enum op op, struct typed_expr *a, struct typed_expr *b)
{
    struct typed_expr *expr = node(TX_OP, a->ty, a, b);
    expr->op = op;
    return expr;
}

static struct typed_expr *reduce(enum op op, struct typed_expr *a, uint32_t axes,
                                 const struct ty *ty)
{
    struct typed_expr *expr = node(TX_REDUCE, ty, a, NULL);
    expr->op = op;
    expr->axis_set = axes;
    return expr;
}

static struct typed_expr *sum(struct typed_expr *a)
{
    return reduce(OP_add, a, (1u << a->ty->tensor.shape.rank) - 1, SCALAR(a->ty->tensor.dtype));
}

static struct typed_expr *contract(struct typed_expr *a, struct typed_expr *b, uint8_t batch,
                                   const struct ty *ty)
{
    struct typed_expr *expr = node(TX_CONTRACT, ty, a, b);
    expr->batch = batch;
    expr->inner = 1;
    return expr;
}

static struct typed_expr *transposed(struct typed_expr *a, const struct ty *ty)
{
    struct typed_expr *expr = node(TX_TRANSPOSE, ty, a, NULL);
    expr->perm[0] = 1;
    return expr;
}

static struct typed_expr *index_of(struct typed_expr *a, const struct ty *ty,
                                   struct typed_axis first, struct typed_axis second)
{
    struct typed_expr *expr = node(TX_INDEX, ty, a, NULL);
    vec_push(arena, &expr->axes, first);
    if (a->ty->tensor.shape.rank > 1)
        vec_push(arena, &expr->axes, second);
    return expr;
}

static struct typed_axis whole(int64_t count)
{
    return (struct typed_axis){.kind = TYPED_AXIS_RANGE, .step = 1, .count = count};
}

static struct typed_axis at(struct typed_expr *place)
{
    return (struct typed_axis){.kind = TYPED_AXIS_AT, .at = place};
}

static struct typed_axis window(int64_t count)
{
    return (struct typed_axis){.kind = TYPED_AXIS_WINDOW, .at = param(PLACE), .count = count};
}

static struct typed_expr *number(int64_t i)
{
    struct typed_expr *expr = node(TX_CONST, SCALAR(DT_I64), NULL, NULL);
    expr->constant.i = i;
    return expr;
}

/* ---- running ------------------------------------------------------------------------- */

static struct typed_prog *program_of(struct typed_expr *expr)
{
    struct typed_prog *prog = ARENA_NEW(arena, struct typed_prog);
    struct instance *instance = ARENA_NEW(arena, struct instance);
    struct ast_decl *decl = ARENA_NEW(arena, struct ast_decl);
    struct typed_stmt *stmt = ARENA_NEW(arena, struct typed_stmt);
    const struct ty *types[] = {TY(DT_F64, N, COLUMNS), TY(DT_F64, N), TY(DT_I32, N),
                                TY(DT_F64, 2, N), TY(DT_F64, LONG, N)};
    prog->arena = arena;
    decl->name = "f";
    *instance = (struct instance){.name = "f", .decl = decl, .param_count = PARAM_COUNT};
    instance->result = expr->ty;
    instance->body = ARENA_NEW(arena, struct typed_block);
    for (var_id var = 0; var < PARAM_COUNT; var++) {
        struct typed_var declared = {.name = "p", .ty = param(var)->ty, .is_param = true};
        struct typed_param_place place = {.index = var};
        vec_push(arena, &instance->vars, declared);
        vec_push(arena, &instance->param_order, place);
    }
    for (uint32_t i = 0; i < SHARED_COUNT; i++) {
        struct typed_shared declared = {.name = "S", .ty = types[i]};
        vec_push(arena, &prog->shared, declared);
        struct typed_param_place place = {.is_shared = true, .index = i};
        vec_push(arena, &instance->shared, i);
        vec_push(arena, &instance->param_order, place);
    }
    struct typed_extent extent = {.name = "n"};
    vec_push(arena, &prog->extents, extent);
    stmt->kind = TS_RETURN;
    stmt->value = expr;
    vec_push(arena, &instance->body->stmts, stmt);
    vec_push(arena, &prog->instances, instance);
    vec_push(arena, &prog->exports, instance);
    return prog;
}

static enum fault_kind run(struct typed_expr *expr, uint32_t rows, int64_t place, void *result)
{
    fill(rows);
    struct names *names = names_new(arena);
    struct build_options options = {0};
    struct ir_prog *prog = build_program(arena, names, NULL, program_of(expr), &options);
    const char *wrong = ir_verify(prog, arena);
    if (wrong) {
        struct text text = {0};
        ir_print(prog, &text);
        print_error("%s\n%s", wrong, text.chars);
        fail();
    }
    const struct ir_entry *entry = &prog->entries.at[0];
    assert_int_equal(entry->shared.len, SHARED_COUNT);
    assert_int_equal(entry->extents.len, 1);
    const void *arrays[] = {x, y, group, wide, tall};
    int64_t extents[] = {rows};
    struct interp_shared data = {arrays, extents};
    struct interp_options run_options = {.shared = &data, .max_insts = 1000000};
    struct interp_result done =
        interp_run(prog, entry, (const void *[]){beta, weights, &place}, (void *[]){result}, 0,
                   &run_options);
    assert_false(done.out_of_fuel);
    return prog->faults.at[done.fault].kind;
}

static void expect(struct typed_expr *expr, uint32_t rows, int64_t place, const double *expected,
                   uint32_t count)
{
    double result[LONG * COLUMNS];
    assert_int_equal(run(expr, rows, place, result), FAULT_NONE);
    for (uint32_t i = 0; i < count; i++)
        if (memcmp(&result[i], &expected[i], sizeof *result) != 0)
            fail_msg("element %u of %u rows: %.17g, expected %.17g", i, rows, result[i],
                     expected[i]);
}

#define FOR_ROWS for (uint32_t rows = 0; rows <= MOST_ROWS; rows++)

static double dot(const double *row)
{
    return fma(row[2], beta[2], fma(row[1], beta[1], fma(row[0], beta[0], 0)));
}

/* ---- cases --------------------------------------------------------------------------- */

/* sum(y * (X @ beta)), mean-like sums over X[:, 1], over all of X. */
static void sums_run_row_by_row(void **state)
{
    (void)state;
    FOR_ROWS
    {
        double products = 0, column = 0, total = 0;
        fill(rows);
        for (uint32_t i = 0; i < rows; i++) {
            products += y[i] * dot(x[i]);
            column += x[i][1];
            total += x[i][0] + x[i][1] + x[i][2];
        }
        struct typed_expr *product = contract(all_x(), param(BETA), 0, TY(DT_F64, N));
        expect(sum(op(OP_mul, all_y(), product)), rows, 0, &products, 1);
        struct typed_expr *picked = index_of(all_x(), TY(DT_F64, N), whole(N), at(number(1)));
        expect(sum(picked), rows, 0, &column, 1);
        expect(sum(all_x()), rows, 0, &total, 1);
    }
}

/* As static sums: that of nothing but -0 is -0, that of nothing is 0. */
static void sums_of_negative_zeros(void **state)
{
    (void)state;
    FOR_ROWS
    {
        double expected = rows == 0 ? 0.0 : -0.0;
        struct typed_expr *zero = node(TX_CONST, SCALAR(DT_F64), NULL, NULL);
        zero->constant.f64 = -0.0;
        struct typed_expr *zeros = node(TX_BROADCAST, TY(DT_F64, N), zero, NULL);
        struct typed_expr *positive = op(OP_abs, all_y(), NULL);
        expect(sum(op(OP_mul, positive, zeros)), rows, 0, &expected, 1);
    }
}

/* X.T @ y and sum(X, axis=0): a vector is accumulated. */
static void vectors_accumulate(void **state)
{
    (void)state;
    FOR_ROWS
    {
        double product[COLUMNS] = {0}, sums[COLUMNS] = {0};
        fill(rows);
        for (uint32_t i = 0; i < rows; i++)
            for (uint32_t k = 0; k < COLUMNS; k++) {
                product[k] = fma(x[i][k], y[i], product[k]);
                sums[k] += x[i][k];
            }
        struct typed_expr *columns = transposed(all_x(), TY(DT_F64, COLUMNS, N));
        expect(contract(columns, all_y(), 0, TY(DT_F64, COLUMNS)), rows, 0, product, COLUMNS);
        expect(reduce(OP_add, all_x(), 1, TY(DT_F64, COLUMNS)), rows, 0, sums, COLUMNS);
    }
}

/* Arrays whose last axis is the one of run time. */
static void axes_in_any_place(void **state)
{
    (void)state;
    FOR_ROWS
    {
        double sums[2] = {0}, tall_sum = 0, mixed[2] = {0};
        fill(rows);
        for (uint32_t i = 0; i < rows; i++) {
            for (uint32_t k = 0; k < 2; k++) {
                sums[k] += wide[k * rows + i];
                mixed[k] = fma(wide[k * rows + i], y[i], mixed[k]);
            }
            tall_sum += tall[3 * rows + i];
        }
        struct typed_expr *all = shared(WIDE, TY(DT_F64, 2, N));
        expect(reduce(OP_add, all, 2, TY(DT_F64, 2)), rows, 0, sums, 2);
        expect(contract(all, all_y(), 0, TY(DT_F64, 2)), rows, 0, mixed, 2);
        struct typed_expr *row = index_of(shared(TALL, TY(DT_F64, LONG, N)), TY(DT_F64, N),
                                          at(number(3)), whole(N));
        expect(sum(row), rows, 0, &tall_sum, 1);
    }
}

/* A column of a long first axis is made in a loop; a contraction takes it. */
static void columns_are_gathered(void **state)
{
    (void)state;
    double least = HUGE_VAL;
    fill(MOST_ROWS);
    for (uint32_t i = 0; i < MOST_ROWS; i++) {
        double most = -HUGE_VAL;
        for (uint32_t k = 0; k < LONG; k++)
            most = fmax(most, tall[k * MOST_ROWS + i]);
        least = fmin(least, most);
    }
    struct typed_expr *most = reduce(OP_max, shared(TALL, TY(DT_F64, LONG, N)), 1, TY(DT_F64, N));
    expect(reduce(OP_min, most, 1, SCALAR(DT_F64)), MOST_ROWS, 0, &least, 1);
}

static void elements_and_windows(void **state)
{
    (void)state;
    double row[COLUMNS];
    struct typed_expr *picked =
        index_of(all_x(), TY(DT_F64, COLUMNS), at(param(PLACE)), whole(COLUMNS));
    for (int64_t i = -5; i < 5; i++) {
        fill(5);
        expect(picked, 5, i, x[i < 0 ? i + 5 : i], COLUMNS);
    }
    assert_int_equal(run(picked, 5, 5, row), FAULT_BOUNDS);
    assert_int_equal(run(picked, 5, -6, row), FAULT_BOUNDS);
    double rows[4 * COLUMNS];
    struct typed_expr *some =
        index_of(all_x(), TY(DT_F64, 4, COLUMNS), window(4), whole(COLUMNS));
    expect(some, 6, 2, x[2], 4 * COLUMNS);
    assert_int_equal(run(some, 6, 3, rows), FAULT_BOUNDS);
    assert_int_equal(run(some, 6, -1, rows), FAULT_BOUNDS);
    assert_int_equal(run(some, 3, 0, rows), FAULT_BOUNDS);
    double columns[2 * 4];
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < 4; i++)
            columns[k * 4 + i] = wide[k * 6 + i + 1];
    fill(6);
    for (uint32_t k = 0; k < 2; k++)
        for (uint32_t i = 0; i < 4; i++)
            columns[k * 4 + i] = wide[k * 6 + i + 1];
    struct typed_expr *part = index_of(shared(WIDE, TY(DT_F64, 2, N)), TY(DT_F64, 2, 4), whole(2),
                                       window(4));
    expect(part, 6, 1, columns, 8);
}

/* weights[group]: all places are checked before the first is used. */
static void rows_are_taken(void **state)
{
    (void)state;
    double total = 0, none;
    fill(MOST_ROWS);
    for (uint32_t i = 0; i < MOST_ROWS; i++)
        total += weights[group[i] < 0 ? group[i] + TABLE : group[i]];
    struct typed_expr *index = shared(GROUP, TY(DT_I32, N));
    expect(sum(node(TX_TAKE, TY(DT_F64, N), param(WEIGHTS), index)), MOST_ROWS, 0, &total, 1);
    struct typed_expr *narrow = param(BETA); /* three elements: -4 is out of range */
    assert_int_equal(run(sum(node(TX_TAKE, TY(DT_F64, N), narrow, index)), MOST_ROWS, 0, &none),
                     FAULT_BOUNDS);
    /* X[[2, 0]] */
    static const union scalar places[] = {{.i = 2}, {.i = -1}};
    struct typed_expr *fixed = node(TX_CONST, TY(DT_I64, 2), NULL, NULL);
    fixed->elements = places;
    double rows[2][COLUMNS];
    memcpy(rows[0], x[2], sizeof x[2]);
    memcpy(rows[1], x[3], sizeof x[3]);
    expect(node(TX_TAKE, TY(DT_F64, 2, COLUMNS), all_x(), fixed), 4, 0, rows[0], 2 * COLUMNS);
    assert_int_equal(run(node(TX_TAKE, TY(DT_F64, 2, COLUMNS), all_x(), fixed), 2, 0, rows),
                     FAULT_BOUNDS);
}

static void greatest_and_least(void **state)
{
    (void)state;
    for (uint32_t rows = 1; rows <= MOST_ROWS; rows++) {
        double most[COLUMNS];
        fill(rows);
        for (uint32_t k = 0; k < COLUMNS; k++) {
            most[k] = x[0][k];
            for (uint32_t i = 1; i < rows; i++)
                most[k] = fmax(most[k], x[i][k]);
        }
        expect(reduce(OP_max, all_x(), 1, TY(DT_F64, COLUMNS)), rows, 0, most, COLUMNS);
    }
    double none[COLUMNS];
    assert_int_equal(run(reduce(OP_max, all_x(), 1, TY(DT_F64, COLUMNS)), 0, 0, none),
                     FAULT_BOUNDS);
}

static struct typed_expr *arg_reduce(enum op op, struct typed_expr *a, uint8_t axis,
                                     const struct ty *ty)
{
    struct typed_expr *expr = node(TX_ARG_REDUCE, ty, a, NULL);
    expr->op = op;
    expr->axis = axis;
    return expr;
}

/* The first of equals, and the first nan. sqrt(y) is nan where the cosine is negative. */
static void places_of_the_greatest(void **state)
{
    (void)state;
    int64_t place[COLUMNS];
    assert_int_equal(run(arg_reduce(OP_min, all_y(), 0, SCALAR(DT_I64)), MOST_ROWS, 0, place), 0);
    assert_int_equal(place[0], 3); /* cos(3) */
    struct typed_expr *roots = op(OP_sqrt, all_y(), NULL);
    assert_int_equal(run(arg_reduce(OP_max, roots, 0, SCALAR(DT_I64)), MOST_ROWS, 0, place), 0);
    assert_int_equal(place[0], 2);
    struct typed_expr *same = op(OP_sub, all_y(), all_y());
    assert_int_equal(run(arg_reduce(OP_max, same, 0, SCALAR(DT_I64)), MOST_ROWS, 0, place), 0);
    assert_int_equal(place[0], 0);
    struct typed_expr *columns = arg_reduce(OP_max, all_x(), 0, TY(DT_I64, COLUMNS));
    assert_int_equal(run(columns, 5, 0, place), 0); /* sin of 0 3 6 9 12, 1 4 7 10 13, 2 5 8 .. */
    assert_int_equal(place[0], 3);
    assert_int_equal(place[1], 0);
    assert_int_equal(place[2], 4);
    int64_t total;
    struct typed_expr *inner = arg_reduce(OP_max, all_x(), 1, TY(DT_I64, N));
    assert_int_equal(run(sum(inner), 3, 0, &total), 0); /* sin of 0 1 2 | 3 4 5 | 6 7 8 */
    assert_int_equal(total, 2 + 0 + 2);
}

/* Made of parts: [y, 2 y] and y beside X; numbers 0, 1, ..; a scalar and a row against X. */
static void parts_and_numbers(void **state)
{
    (void)state;
    FOR_ROWS
    {
        double pair[2] = {0}, beside[COLUMNS + 1] = {0}, numbers = 0, shifted = 0;
        fill(rows);
        for (uint32_t i = 0; i < rows; i++) {
            pair[0] += y[i];
            pair[1] += y[i] + y[i];
            beside[0] += y[i];
            numbers += i;
            for (uint32_t k = 0; k < COLUMNS; k++)
                beside[k + 1] += x[i][k];
            shifted += (x[i][0] - beta[0]) + (x[i][1] - beta[1]) + (x[i][2] - beta[2]);
        }
        struct typed_expr *rows_of_two =
            node(TX_BUILD, TY(DT_F64, 2, N), all_y(), op(OP_add, all_y(), all_y()));
        expect(reduce(OP_add, rows_of_two, 2, TY(DT_F64, 2)), rows, 0, pair, 2);
        struct typed_expr *upright = node(TX_RESHAPE, TY(DT_F64, N, 1), all_y(), NULL);
        struct typed_expr *joined =
            node(TX_CONCAT, TY(DT_F64, N, COLUMNS + 1), upright, all_x());
        joined->axis = 1;
        expect(reduce(OP_add, joined, 1, TY(DT_F64, COLUMNS + 1)), rows, 0, beside, COLUMNS + 1);
        struct typed_expr *count = node(TX_IOTA, TY(DT_I64, N), NULL, NULL);
        expect(sum(node(TX_CAST, TY(DT_F64, N), count, NULL)), rows, 0, &numbers, 1);
        struct typed_expr *row = node(TX_BROADCAST, TY(DT_F64, N, COLUMNS), param(BETA), NULL);
        expect(sum(op(OP_sub, all_x(), row)), rows, 0, &shifted, 1);
    }
}

/* sum(X @ X.T), of two axes of run time, and einsum("nd,nd->n"), where they go together. */
static void two_axes_of_run_time(void **state)
{
    (void)state;
    FOR_ROWS
    {
        double pairs = 0, squares = 0;
        fill(rows);
        for (uint32_t i = 0; i < rows; i++) {
            for (uint32_t j = 0; j < rows; j++)
                pairs += fma(x[i][2], x[j][2], fma(x[i][1], x[j][1], x[i][0] * x[j][0]));
            squares += fma(x[i][2], x[i][2], fma(x[i][1], x[i][1], x[i][0] * x[i][0]));
        }
        expect(sum(contract(all_x(), all_x(), 0, TY(DT_F64, N, N))), rows, 0, &pairs, 1);
        expect(sum(contract(all_x(), all_x(), 1, TY(DT_F64, N))), rows, 0, &squares, 1);
    }
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(sums_run_row_by_row),   CASE(sums_of_negative_zeros), CASE(vectors_accumulate),     CASE(axes_in_any_place),
        CASE(columns_are_gathered),  CASE(elements_and_windows),   CASE(rows_are_taken),
        CASE(greatest_and_least),    CASE(places_of_the_greatest), CASE(parts_and_numbers),
        CASE(two_axes_of_run_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
