/* Instructions on tensors, made by the functions of ir.h. Expected values are worked out by hand. */
#include "interp/interp.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static const struct loc nowhere;

/* A program of one function, whose last block is under construction. */
struct maker {
    struct arena *arena;
    struct ir_prog *prog;
    struct ir_func *func;
    block_id block;
};

static struct type shaped(enum dtype dtype, const int64_t *dim, size_t rank)
{
    struct type type = {.dtype = dtype, .shape = {.rank = (uint8_t)rank}};
    memcpy(type.shape.dim, dim, rank * sizeof *dim);
    return type;
}

#define SHAPED(dtype, ...)                                                                         \
    shaped(dtype, (const int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#define F64(...) SHAPED(DT_F64, __VA_ARGS__)
#define I64(...) SHAPED(DT_I64, __VA_ARGS__)
#define BOOL(...) SHAPED(DT_BOOL, __VA_ARGS__)

static struct maker maker_new(void)
{
    struct maker m = {.arena = arena_new()};
    m.prog = ir_prog_new(m.arena, names_new(m.arena), NULL);
    ir_fault_new(m.prog, FAULT_STACK, nowhere, "deep");
    ir_func_new(m.prog, "f", nowhere);
    m.func = &m.prog->funcs.at[0];
    m.block = ir_block_new(m.prog, m.func, NULL, nowhere);
    struct ir_entry *entry = vec_add(m.arena, &m.prog->entries);
    entry->name = "f";
    entry->max_depth = 50;
    return m;
}

static value_id param(struct maker *m, struct type type)
{
    vec_push(m->arena, &m->func->params, type);
    return ir_param_new(m->prog, m->func, m->block, type, NULL, nowhere);
}

static struct ir_inst *inst(struct maker *m, enum inst_kind kind, struct type type,
                            const value_id *args, uint32_t count)
{
    return ir_inst_new(m->prog, m->func, m->block, kind, type, args, count, nowhere);
}

#define INST(m, kind, type, ...)                                                                   \
    inst(m, kind, type, (const value_id[]){__VA_ARGS__},                                           \
         sizeof((value_id[]){__VA_ARGS__}) / sizeof(value_id))

static value_id i64(struct maker *m, int64_t value)
{
    return ir_const(m->prog, m->func, m->block, DT_I64, (union scalar){.i = value}, nowhere);
}

static value_id f64(struct maker *m, double value)
{
    return ir_const(m->prog, m->func, m->block, DT_F64, (union scalar){.f64 = value}, nowhere);
}

static value_id op(struct maker *m, enum op op, struct type type, value_id a, value_id b)
{
    return ir_op(m->prog, m->func, m->block, op, type, (value_id[]){a, b}, 2, nowhere);
}

static void axis(struct maker *m, struct ir_inst *inst, enum ir_axis_kind kind, int64_t start,
                 int64_t step, int64_t count)
{
    vec_push(m->arena, &inst->axes, ((struct ir_axis){kind, start, step, count}));
}

static value_id result_of(const struct ir_inst *inst)
{
    return inst->results.at[0];
}

static void ret(struct maker *m, value_id value)
{
    vec_push(m->arena, &m->func->results, m->func->values.at[value].type);
    ir_ret(m->prog, m->func, m->block, &value, 1, nowhere);
}

/* Runs the program, which ends there, and compares its one result. */
static void expect(struct maker *m, const void *const *args, const struct interp_shared *shared,
                   const void *expected)
{
    struct interp_options options = {.shared = shared};
    const struct type *type = &m->func->results.at[0];
    size_t bytes = (size_t)shape_elements(&type->shape) * dtype_table[type->dtype].bytes;
    void *result = arena_alloc(m->arena, bytes + 1);
    assert_int_equal(
        interp_run(m->prog, &m->prog->entries.at[0], args, (void *[]){result}, 0, &options).fault,
        0);
    assert_memory_equal(result, expected, bytes);
    arena_free(m->arena);
}

/* Ends the program with `value`, a function of one f64[2, 3] of 0 .. 5 or other elements. */
static void gives(struct maker *m, value_id value, const void *arg, const void *expected)
{
    ret(m, value);
    expect(m, (const void *[]){arg}, NULL, expected);
}

static const double six[6] = {0, 1, 2, 3, 4, 5};

/* ---- index maps ------------------------------------------------------------------------ */

static void maps_move_elements(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id x = param(&m, F64(3));
    gives(&m, result_of(INST(&m, INST_BROADCAST, F64(2, 3), x)), six,
          (const double[]){0, 1, 2, 0, 1, 2});

    m = maker_new();
    x = param(&m, F64(2, 1));
    gives(&m, result_of(INST(&m, INST_BROADCAST, F64(2, 2, 3), x)), six + 1,
          (const double[]){1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2});

    m = maker_new();
    x = param(&m, type_scalar(DT_F64));
    gives(&m, result_of(INST(&m, INST_BROADCAST, F64(2), x)), six + 4, (const double[]){4, 4});

    m = maker_new();
    x = param(&m, F64(2, 3));
    struct ir_inst *turned = INST(&m, INST_TRANSPOSE, F64(3, 2), x);
    turned->perm[0] = 1;
    gives(&m, result_of(turned), six, (const double[]){0, 3, 1, 4, 2, 5});

    m = maker_new();
    x = param(&m, F64(2, 3));
    gives(&m, result_of(INST(&m, INST_RESHAPE, F64(3, 2), x)), six, six);

    m = maker_new();
    x = param(&m, F64(1, 1));
    gives(&m, result_of(INST(&m, INST_RESHAPE, type_scalar(DT_F64), x)), six + 5, six + 5);

    m = maker_new();
    param(&m, F64(1));
    gives(&m, result_of(inst(&m, INST_IOTA, I64(4), NULL, 0)), six, (const int64_t[]){0, 1, 2, 3});
}

static void transposes_of_rank_three(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id x = param(&m, F64(1, 2, 3));
    struct ir_inst *turned = INST(&m, INST_TRANSPOSE, F64(3, 1, 2), x); /* y[i, j, k] = x[j, k, i] */
    memcpy(turned->perm, (const uint8_t[]){2, 0, 1}, 3);
    gives(&m, result_of(turned), six, (const double[]){0, 3, 1, 4, 2, 5});
}

static void extract_takes_regions(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id x = param(&m, F64(2, 3));
    struct ir_inst *part = INST(&m, INST_EXTRACT, type_scalar(DT_F64), x, i64(&m, 1), i64(&m, 2));
    axis(&m, part, AXIS_AT, 0, 0, 0);
    axis(&m, part, AXIS_AT, 0, 0, 0);
    gives(&m, result_of(part), six, six + 5);

    m = maker_new();
    x = param(&m, F64(2, 3));
    part = INST(&m, INST_EXTRACT, F64(3), x, i64(&m, 1));
    axis(&m, part, AXIS_AT, 0, 0, 0);
    axis(&m, part, AXIS_RANGE, 2, -1, 3);
    gives(&m, result_of(part), six, (const double[]){5, 4, 3});

    m = maker_new();
    x = param(&m, F64(2, 3));
    part = INST(&m, INST_EXTRACT, F64(2, 2), x, i64(&m, 1));
    axis(&m, part, AXIS_RANGE, 0, 1, 2);
    axis(&m, part, AXIS_WINDOW, 0, 0, 2);
    gives(&m, result_of(part), six, (const double[]){1, 2, 4, 5});
}

/* Whatever is read: nothing outside of the tensor. */
static void indexes_are_clamped(void **state)
{
    (void)state;
    static const int64_t wild[] = {-1, 3, INT64_MIN, INT64_MAX};
    for (int i = 0; i < 4; i++) {
        struct maker m = maker_new();
        value_id x = param(&m, F64(3));
        struct ir_inst *part = INST(&m, INST_EXTRACT, type_scalar(DT_F64), x, i64(&m, wild[i]));
        axis(&m, part, AXIS_AT, 0, 0, 0);
        gives(&m, result_of(part), six, wild[i] < 0 ? six : six + 2);

        m = maker_new();
        x = param(&m, F64(3));
        part = INST(&m, INST_EXTRACT, F64(2), x, i64(&m, wild[i]));
        axis(&m, part, AXIS_WINDOW, 0, 0, 2);
        gives(&m, result_of(part), six, wild[i] < 0 ? six : six + 1);
    }
    struct maker m = maker_new();
    value_id x = param(&m, F64(0, 2));
    struct ir_inst *part = INST(&m, INST_EXTRACT, F64(2), x, i64(&m, 0));
    axis(&m, part, AXIS_AT, 0, 0, 0);
    axis(&m, part, AXIS_RANGE, 0, 1, 2);
    gives(&m, result_of(part), six, (const double[]){0, 0});
}

/* ---- makers ---------------------------------------------------------------------------- */

static void makers_make_tensors(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id x = param(&m, type_scalar(DT_F64));
    gives(&m, result_of(INST(&m, INST_BUILD, F64(3), x, f64(&m, 7), x)), six + 2,
          (const double[]){2, 7, 2});

    m = maker_new();
    x = param(&m, F64(3));
    gives(&m, result_of(INST(&m, INST_BUILD, F64(2, 3), x, op(&m, OP_add, F64(3), x, x))), six,
          (const double[]){0, 1, 2, 0, 2, 4});

    m = maker_new();
    x = param(&m, F64(2, 3));
    value_id column = INST(&m, INST_BROADCAST, F64(2, 1), f64(&m, 9))->results.at[0];
    struct ir_inst *joined = INST(&m, INST_CONCAT, F64(2, 4), column, x);
    joined->axis = 1;
    gives(&m, result_of(joined), six, (const double[]){9, 0, 1, 2, 9, 3, 4, 5});

    m = maker_new();
    x = param(&m, F64(2, 3));
    value_id first = i64(&m, 1), second = i64(&m, 99);
    value_id rows = result_of(INST(&m, INST_BUILD, I64(3), first, i64(&m, 0), second));
    gives(&m, result_of(INST(&m, INST_TAKE, F64(3, 3), x, rows)), six,
          (const double[]){3, 4, 5, 0, 1, 2, 3, 4, 5});
}

static void insert_keeps_the_old_value(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id x = param(&m, F64(2, 3));
    struct ir_inst *made = INST(&m, INST_INSERT, F64(2, 3), x, i64(&m, 1), i64(&m, 0), f64(&m, 9));
    axis(&m, made, AXIS_AT, 0, 0, 0);
    axis(&m, made, AXIS_AT, 0, 0, 0);
    value_id changed = result_of(made);
    gives(&m, op(&m, OP_sub, F64(2, 3), changed, x), six, (const double[]){0, 0, 0, 6, 0, 0});

    /* the reversed row, over the row itself, which nobody needs afterwards */
    m = maker_new();
    x = param(&m, F64(3));
    made = INST(&m, INST_INSERT, F64(3), x, x);
    axis(&m, made, AXIS_RANGE, 2, -1, 3);
    gives(&m, result_of(made), six, (const double[]){2, 1, 0});

    m = maker_new();
    x = param(&m, F64(3));
    made = INST(&m, INST_INSERT, F64(3), x, result_of(INST(&m, INST_RESHAPE, F64(3), x)));
    axis(&m, made, AXIS_RANGE, 2, -1, 3);
    gives(&m, result_of(made), six, (const double[]){2, 1, 0});
}

static void constants_stay_what_they_are(void **state)
{
    (void)state;
    static const union scalar elements[] = {{.f64 = 1}, {.f64 = 2}};
    struct maker m = maker_new();
    value_id x = param(&m, type_scalar(DT_F64));
    struct ir_inst *table = inst(&m, INST_CONST, F64(2), NULL, 0);
    table->elements = elements;
    value_id constant = result_of(table);
    struct ir_inst *made = INST(&m, INST_INSERT, F64(2), constant, i64(&m, 0), x);
    axis(&m, made, AXIS_AT, 0, 0, 0);
    ret(&m, result_of(made));
    struct interp *interp = interp_new(m.prog);
    for (int i = 0; i < 3; i++) {
        double out[2], in = 10 + i;
        interp_example(interp, &m.prog->entries.at[0], (const void *[]){&in}, (void *[]){out}, 0,
                       NULL);
        assert_true(out[0] == 10 + i && out[1] == 2);
    }
    interp_free(interp);
    arena_free(m.arena);
}

/* ---- reductions ------------------------------------------------------------------------ */

static value_id reduce(struct maker *m, enum op op, struct type type, value_id x, uint32_t axis_set)
{
    struct ir_inst *made = INST(m, INST_REDUCE, type, x);
    made->op = op;
    made->axis_set = axis_set;
    return result_of(made);
}

static void reductions_drop_axes(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id x = param(&m, F64(2, 3));
    gives(&m, reduce(&m, OP_add, F64(3), x, 1), six, (const double[]){3, 5, 7});
    m = maker_new();
    x = param(&m, F64(2, 3));
    gives(&m, reduce(&m, OP_max, F64(2), x, 2), six, (const double[]){2, 5});
    m = maker_new();
    x = param(&m, F64(2, 3));
    gives(&m, reduce(&m, OP_add, type_scalar(DT_F64), x, 3), six, (const double[]){15});
    m = maker_new();
    x = param(&m, F64(2, 0));
    gives(&m, reduce(&m, OP_mul, F64(2), x, 2), six, (const double[]){1, 1});
    m = maker_new();
    x = param(&m, F64(1, 2, 3));
    gives(&m, reduce(&m, OP_add, F64(2), x, 5), six, (const double[]){3, 12});
    m = maker_new();
    x = param(&m, BOOL(2, 2));
    gives(&m, reduce(&m, OP_and, BOOL(2), x, 2),
          (const uint8_t[]){1, 1, 0, 1}, (const uint8_t[]){1, 0});
}

static void arg_reductions_give_the_first_place(void **state)
{
    (void)state;
    static const double rows[8] = {1, 7, 7, 0, 5, NAN, 9, NAN};
    for (int is_max = 0; is_max < 2; is_max++) {
        struct maker m = maker_new();
        value_id x = param(&m, F64(2, 4));
        struct ir_inst *made = INST(&m, INST_ARG_REDUCE, I64(2), x);
        made->op = is_max ? OP_max : OP_min;
        made->axis = 1;
        gives(&m, result_of(made), rows, is_max ? (const int64_t[]){1, 1} : (const int64_t[]){3, 1});
    }
}

static void contract_sums_products(void **state)
{
    (void)state;
    struct maker m = maker_new();
    value_id a = param(&m, F64(2, 3));
    struct ir_inst *made = INST(&m, INST_CONTRACT, F64(2, 2), a, a);
    made->inner = 1;
    gives(&m, result_of(made), six, (const double[]){5, 14, 14, 50});

    m = maker_new();
    a = param(&m, F64(2, 3));
    made = INST(&m, INST_CONTRACT, F64(2), a, a);
    made->inner = 1;
    made->batch = 1;
    gives(&m, result_of(made), six, (const double[]){5, 50});
    m = maker_new();
    a = param(&m, F64(2, 3));
    made = INST(&m, INST_CONTRACT, F64(2, 3, 2, 3), a, a);
    double outer[36];
    for (int i = 0; i < 36; i++)
        outer[i] = (i / 6) * (i % 6);
    gives(&m, result_of(made), six, outer);

    m = maker_new();
    a = param(&m, BOOL(2, 2));
    made = INST(&m, INST_CONTRACT, BOOL(2, 2), a, a);
    made->inner = 1;
    gives(&m, result_of(made), (const uint8_t[]){1, 0, 0, 1}, (const uint8_t[]){1, 0, 0, 1});
}

/* ---- shared arrays --------------------------------------------------------------------- */

static void share(struct maker *m, struct type type)
{
    vec_push(m->arena, &m->prog->shared, ((struct ir_shared){.name = "X", .type = type}));
    vec_push(m->arena, &m->prog->entries.at[0].shared, 0);
}

static void shared_arrays_are_read_in_place(void **state)
{
    (void)state;
    const struct interp_shared shared = {(const void *const[]){six}, (const int64_t[]){2}};
    static const int64_t rows[] = {1, 0, -5, 77};
    for (int i = 0; i < 4; i++) { /* X: f64[$n, 3] with n = 2 */
        struct maker m = maker_new();
        share(&m, F64(-1, 3));
        vec_push(m.arena, &m.prog->extents, ((struct ir_extent){"n"}));
        vec_push(m.arena, &m.prog->entries.at[0].extents, 0);
        value_id row = param(&m, type_scalar(DT_I64));
        ret(&m, result_of(INST(&m, INST_LOAD, F64(3), row)));
        expect(&m, (const void *[]){&rows[i]}, &shared, i == 0 || i == 3 ? six + 3 : six);
    }
    struct maker m = maker_new();
    share(&m, F64(2, 3));
    value_id one = i64(&m, 1);
    ret(&m, result_of(INST(&m, INST_LOAD, type_scalar(DT_F64), one, one)));
    expect(&m, NULL, &shared, six + 4);

    m = maker_new();
    share(&m, F64(2, 3));
    value_id all = result_of(inst(&m, INST_LOAD, F64(2, 3), NULL, 0));
    struct ir_inst *made = INST(&m, INST_INSERT, F64(2, 3), all, i64(&m, 0), i64(&m, 0), f64(&m, 8));
    axis(&m, made, AXIS_AT, 0, 0, 0);
    axis(&m, made, AXIS_AT, 0, 0, 0);
    ret(&m, result_of(made));
    expect(&m, NULL, &shared, (const double[]){8, 1, 2, 3, 4, 5});
    assert_true(six[0] == 0);

    m = maker_new();
    vec_push(m.arena, &m.prog->extents, ((struct ir_extent){"n"}));
    vec_push(m.arena, &m.prog->entries.at[0].extents, 0);
    ret(&m, result_of(inst(&m, INST_EXTENT, type_scalar(DT_I64), NULL, 0)));
    expect(&m, NULL, &shared, (const int64_t[]){2});
}

/* ---- memory ---------------------------------------------------------------------------- */

static long peak_kilobytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* for i in 0..n { x[i % 1000] = i; y = y + y * 0 }: the insert copies nothing, or this would take hours. */
static void loops_change_tensors_in_place(void **state)
{
    (void)state;
    enum { SIZE = 100000, ROUNDS = 1000000 };
    struct maker m = maker_new();
    struct type type = F64(SIZE), small = F64(4);
    value_id x = param(&m, type), y = param(&m, small);
    value_id zero = i64(&m, 0), one = i64(&m, 1), thousand = i64(&m, 1000), end = i64(&m, ROUNDS);
    block_id header = ir_block_new(m.prog, m.func, "loop", nowhere);
    block_id body = ir_block_new(m.prog, m.func, NULL, nowhere);
    block_id after = ir_block_new(m.prog, m.func, NULL, nowhere);
    m.func->blocks.at[header].is_loop = true;
    ir_jmp(m.prog, m.func, m.block, header, (value_id[]){zero, x, y}, 3);
    value_id i = ir_param_new(m.prog, m.func, header, type_scalar(DT_I64), NULL, nowhere);
    value_id now = ir_param_new(m.prog, m.func, header, type, NULL, nowhere);
    value_id other = ir_param_new(m.prog, m.func, header, small, NULL, nowhere);
    m.block = header;
    ir_br(m.prog, m.func, header, op(&m, OP_lt, type_scalar(DT_BOOL), i, end), body, after, nowhere);
    m.block = body;
    value_id place = op(&m, OP_mod, type_scalar(DT_I64), i, thousand);
    value_id element = ir_op(m.prog, m.func, body, OP_cast, type_scalar(DT_F64), &i, 1, nowhere);
    struct ir_inst *made = INST(&m, INST_INSERT, type, now, place, element);
    axis(&m, made, AXIS_AT, 0, 0, 0);
    value_id next = result_of(made);
    value_id added = op(&m, OP_add, small, other, other);
    op(&m, OP_sub, small, added, added); /* nobody reads it */
    value_id more = op(&m, OP_add, type_scalar(DT_I64), i, one);
    ir_jmp(m.prog, m.func, body, header, (value_id[]){more, next, added}, 3);
    m.block = after;
    vec_push(m.arena, &m.func->results, type);
    ir_ret(m.prog, m.func, after, &now, 1, nowhere);

    static double in[SIZE], out[SIZE];
    const double few[4] = {0, 0, 0, 1};
    long before = peak_kilobytes();
    interp_run(m.prog, &m.prog->entries.at[0], (const void *[]){in, few}, (void *[]){out}, 0, NULL);
    assert_true(out[0] == ROUNDS - 1000 && out[999] == ROUNDS - 1 && out[1000] == 0);
    assert_true(peak_kilobytes() - before < 20000);
    arena_free(m.arena);
}

/* f(x, n) = if n < 1 { x } else { f(x + x, n - 1) + x }, with depth: each frame keeps its tensor. A fault in
 * the middle leaves nothing behind. */
static void frames_keep_tensors(void **state)
{
    (void)state;
    struct maker m = maker_new();
    struct type type = F64(3);
    value_id x = param(&m, type), n = param(&m, type_scalar(DT_I64));
    vec_push(m.arena, &m.func->results, type);
    block_id leaf = ir_block_new(m.prog, m.func, NULL, nowhere);
    block_id deeper = ir_block_new(m.prog, m.func, NULL, nowhere);
    value_id one = i64(&m, 1);
    ir_br(m.prog, m.func, m.block, op(&m, OP_lt, type_scalar(DT_BOOL), n, one), leaf, deeper,
          nowhere);
    ir_ret(m.prog, m.func, leaf, &x, 1, nowhere);
    m.block = deeper;
    value_id args[2] = {op(&m, OP_add, type, x, x), op(&m, OP_sub, type_scalar(DT_I64), n, one)};
    inst_id call = ir_call(m.prog, m.func, deeper, 0, args, 2, 1, nowhere);
    value_id sum = op(&m, OP_add, type, m.func->insts.at[call].results.at[0], x);
    ir_ret(m.prog, m.func, deeper, &sum, 1, nowhere);

    struct interp *interp = interp_new(m.prog);
    int64_t deep = 51, depth = 10;
    double out[3];
    for (int i = 0; i < 100; i++) {
        assert_int_equal(interp_example(interp, &m.prog->entries.at[0], (const void *[]){six, &deep},
                                        (void *[]){out}, 0, NULL).fault, 1);
        assert_int_equal(interp_example(interp, &m.prog->entries.at[0],
                                        (const void *[]){six, &depth}, (void *[]){out}, 0, NULL)
                             .fault, 0);
        assert_true(out[0] == 0 && out[1] == 2047 && out[2] == 4094);
    }
    interp_free(interp);
    arena_free(m.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(maps_move_elements),
        cmocka_unit_test(transposes_of_rank_three),
        cmocka_unit_test(extract_takes_regions),
        cmocka_unit_test(indexes_are_clamped),
        cmocka_unit_test(makers_make_tensors),
        cmocka_unit_test(insert_keeps_the_old_value),
        cmocka_unit_test(constants_stay_what_they_are),
        cmocka_unit_test(reductions_drop_axes),
        cmocka_unit_test(arg_reductions_give_the_first_place),
        cmocka_unit_test(contract_sums_products),
        cmocka_unit_test(shared_arrays_are_read_in_place),
        cmocka_unit_test(loops_change_tensors_in_place),
        cmocka_unit_test(frames_keep_tensors),
    };
    return cmocka_run_group_tests_name("tensors", tests, NULL, NULL);
}
