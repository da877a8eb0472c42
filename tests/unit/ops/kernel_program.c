/* Prints a C program that runs every kernel on edge values and random bits, as scalars and in a
 * gang, and prints a fingerprint of each kernel's results; or, with "expect", these fingerprints as
 * op_eval has them. test_kernels.py compiles the program in many ways and compares. */
#include "emit/emit.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { VALUES = 56 };

static const int64_t edges_int[] = {
    0, 1, -1, 2, -2, 3, -3, 5, 7, -7, 8, 10, -10, 15, 16, 31, 32, 33, 63, 64, 65, 100, 127, -128,
    255, 32767, -32768, 65535, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX,
    INT64_MIN, INT64_MIN + 1};
static const double edges_float[] = {
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, 3.0, -3.0, 7.0, -7.5, 0.1, 1e-5, 127.0, 127.5,
    -128.0, -129.0, 255.0, 256.0, 65536.0, 2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0,
    4294967295.0, 4294967296.0, 9223372036854775808.0, -9223372036854775808.0,
    18446744073709551616.0, 1e30, -1e30, 1e38, 1e-40, 5e-324, 1e308, INFINITY, -INFINITY, NAN};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t x = *state ^ *state >> 29;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    return x ^ x >> 32;
}

/* Value number `index` of a dtype: the edges, then random bits. */
static union scalar value_of(enum dtype dtype, int index)
{
    uint64_t state = (uint64_t)index * 977 + (uint64_t)dtype;
    uint64_t random = next_random(&state);
    int cls = dtype_table[dtype].cls, bits = 8 * dtype_table[dtype].bytes;
    union scalar value = {.u = 0};
    if (cls == CLASS_BOOL)
        return (union scalar){.u = (uint64_t)index % 2};
    if (cls == CLASS_FLOAT) {
        size_t count = sizeof edges_float / sizeof edges_float[0];
        bool edge = (size_t)index < count;
        if (dtype == DT_F64 && edge)
            value.f64 = edges_float[index];
        else if (edge)
            value.f32 = (float)edges_float[index];
        else if (index % 2)
            value = dtype == DT_F64 ? (union scalar){.u = random}
                                    : (union scalar){.u = random & UINT32_MAX};
        else if (dtype == DT_F64)
            value.f64 = (double)(int64_t)random * 0x1p-58;
        else
            value.f32 = (float)(int64_t)random * 0x1p-58f;
        return value;
    }
    size_t count = sizeof edges_int / sizeof edges_int[0];
    uint64_t raw = (size_t)index < count ? (uint64_t)edges_int[index] : random;
    value.u = raw << (64 - bits);
    if (cls == CLASS_INT)
        value.i >>= 64 - bits;
    else
        value.u >>= 64 - bits;
    return value;
}

/* Sample number `sample` of a kernel takes these values. */
static int sample_count(int arity)
{
    return arity == 1 ? VALUES : VALUES * VALUES;
}

static int sample_index(int sample, int operand)
{
    return operand == 0   ? sample % VALUES
           : operand == 1 ? sample / VALUES
                          : (7 * (sample % VALUES) + 3 * (sample / VALUES)) % VALUES;
}

static enum dtype operand_dtype(enum op op, enum dtype operand, int index)
{
    return op_table[op].rule == RULE_SELECT && index == 0 ? DT_BOOL : operand;
}

static enum dtype result_dtype(enum op op, enum dtype operand)
{
    if (op_table[op].rule == RULE_BITS)
        return op_bits_dtype(operand);
    return op_table[op].rule == RULE_BOOL ? DT_BOOL : operand;
}

typedef void kernel_visit(void *user, enum op op, enum dtype operand, enum dtype result);

static void for_each(kernel_visit *visit, void *user)
{
    for (int op = 0; op < OP_COUNT; op++)
        for (int from = 0; from < DT_COUNT; from++)
            for (int to = 0; to < DT_COUNT; to++) {
                bool here = op_table[op].rule == RULE_CAST
                                ? from != to
                                : to == (int)result_dtype((enum op)op, (enum dtype)from);
                if (here && op_meaning_of((enum op)op, (enum dtype)from, (enum dtype)to))
                    visit(user, (enum op)op, (enum dtype)from, (enum dtype)to);
            }
}

/* ---- expect --------------------------------------------------------------------------------- */

static uint64_t add_bits(uint64_t sum, uint64_t value)
{
    sum = (sum ^ value) * UINT64_C(0x100000001b3);
    return sum ^ sum >> 29;
}

static uint64_t result_bits(enum dtype dtype, union scalar value)
{
    if (dtype == DT_F64 && value.f64 != value.f64)
        return UINT64_C(0x7ff8000000000000);
    if (dtype == DT_F32)
        return value.f32 != value.f32 ? 0x7fc00000 : value.u & UINT32_MAX;
    return value.u;
}

static void expect(void *user, enum op op, enum dtype operand, enum dtype result)
{
    uint64_t sum = 0;
    struct arena *arena = user;
    for (int sample = 0; sample < sample_count(op_table[op].arity); sample++) {
        union scalar args[3];
        for (int i = 0; i < op_table[op].arity; i++)
            args[i] = value_of(operand_dtype(op, operand, i), sample_index(sample, i));
        sum = add_bits(sum, result_bits(result, op_eval(op, operand, result, args)));
    }
    printf("%s %016" PRIx64 "\n", kernel_name(arena, op, operand, result), sum);
}

/* ---- the program ---------------------------------------------------------------------------- */

struct program {
    struct arena *arena;
    struct kernel_set *set;
    struct text text;
};

static void use(void *user, enum op op, enum dtype operand, enum dtype result)
{
    kernels_use(((struct program *)user)->set, op, operand, result);
}

static const char *bits_text(enum dtype dtype)
{
    return dtype == DT_F64   ? "bits_f64"
           : dtype == DT_F32 ? "bits_f32"
           : dtype_table[dtype].cls == CLASS_INT ? "(uint64_t)(int64_t)"
                                                 : "(uint64_t)";
}

/* How sample j is found in the tables of values. */
static const char *const index_text[3] = {"j % VALUES", "j / VALUES",
                                          "(7 * (j % VALUES) + 3 * (j / VALUES)) % VALUES"};

static const char *value_type(struct arena *arena, enum dtype dtype)
{
    return dtype == DT_BOOL ? "mask" : arena_printf(arena, "v_%s", dtype_table[dtype].name);
}

/* a0, a1, a2: the operands of AB_LANES samples from s on. */
static void emit_operands(struct program *program, enum op op, enum dtype operand)
{
    struct text *out = &program->text;
    int arity = op_table[op].arity;
    for (int k = 0; k < arity; k++) {
        enum dtype dtype = operand_dtype(op, operand, k);
        if (dtype == DT_BOOL)
            text_printf(out, "        mask a%d = 0;\n", k);
        else
            text_printf(out, "        %s l%d[AB_LANES];\n", dtype_table[dtype].c_name, k);
    }
    text_printf(out, "        for (int i = 0; i < AB_LANES; i++) {\n"
                     "            int j = (s + i) %% %d;\n", sample_count(arity));
    for (int k = 0; k < arity; k++) {
        enum dtype dtype = operand_dtype(op, operand, k);
        if (dtype == DT_BOOL)
            text_printf(out, "            a%d |= (mask)((mask)values_bool[%s] << i);\n", k,
                        index_text[k]);
        else
            text_printf(out, "            l%d[i] = values_%s[%s];\n", k, dtype_table[dtype].name,
                        index_text[k]);
    }
    text_put(out, "        }\n");
    for (int k = 0; k < arity; k++) {
        const char *dtype = dtype_table[operand_dtype(op, operand, k)].name;
        if (operand_dtype(op, operand, k) != DT_BOOL)
            text_printf(out, "        v_%s a%d = ld_%s(l%d);\n", dtype, k, dtype, k);
    }
}

/* Compares the gang's result r with the scalar kernel on each lane. */
static void emit_comparison(struct program *program, enum op op, enum dtype operand,
                            enum dtype result)
{
    struct text *out = &program->text;
    const char *kernel = kernel_name(program->arena, op, operand, result);
    int arity = op_table[op].arity;
    if (result == DT_BOOL)
        text_printf(out, "        if (r & (mask)~AB_FULL)\n            wrong(\"%s\", s);\n",
                    kernel);
    text_printf(out, "        for (int i = 0; i < AB_LANES && s + i < %d; i++) {\n"
                     "            int j = s + i;\n            %s one = scalar_ab_%s(",
                sample_count(arity), dtype_table[result].c_name, kernel);
    for (int k = 0; k < arity; k++)
        text_printf(out, "%svalues_%s[%s]", k ? ", " : "",
                    dtype_table[operand_dtype(op, operand, k)].name, index_text[k]);
    text_printf(out, ");\n            sum = add_bits(sum, %s(one));\n            if (",
                bits_text(result));
    if (result == DT_BOOL)
        text_put(out, "(r >> i & 1) != one");
    else
        text_printf(out, "%s(lane_%s(r, (unsigned)i)) != %s(one)", bits_text(result),
                    dtype_table[result].name, bits_text(result));
    text_printf(out, ")\n                wrong(\"%s\", j);\n        }\n", kernel);
}

/* A function that runs one kernel on all samples, AB_LANES at a time. */
static void emit_check(void *user, enum op op, enum dtype operand, enum dtype result)
{
    struct program *program = user;
    struct text *out = &program->text;
    const char *kernel = kernel_name(program->arena, op, operand, result);
    bool per_lane = op_table[op].traits & TRAIT_PER_LANE;
    text_printf(out, "static void check_%s(void)\n{\n    uint64_t sum = 0;\n"
                     "    for (int s = 0; s < %d; s += AB_LANES) {\n",
                kernel, sample_count(op_table[op].arity));
    emit_operands(program, op, operand);
    text_printf(out, "        %s r = %s(%s", value_type(program->arena, result), kernel,
                per_lane ? "AB_FULL, " : "");
    for (int k = 0; k < op_table[op].arity; k++)
        text_printf(out, "%sa%d", k ? ", " : "", k);
    text_put(out, ");\n");
    emit_comparison(program, op, operand, result);
    text_printf(out, "    }\n    printf(\"%s %%016llx\\n\", (unsigned long long)sum);\n}\n\n",
                kernel);
}

static void emit_call(void *user, enum op op, enum dtype operand, enum dtype result)
{
    struct program *program = user;
    text_printf(&program->text, "    check_%s();\n",
                kernel_name(program->arena, op, operand, result));
}

/* The scalar kernels once more under other names, so that both prints may stand in one file. */
static void emit_scalars(struct program *program)
{
    struct text scalars = {0};
    kernels_emit_scalar(program->set, &scalars);
    const char *chars = strstr(scalars.chars, "static inline");
    while (*chars) {
        if (strncmp(chars, " ab_", 4) == 0 && strncmp(chars, " ab_libm", 8) != 0) {
            text_put(&program->text, " scalar_");
            chars++;
        }
        text_put_n(&program->text, chars, 1);
        chars++;
    }
    text_free(&scalars);
}

static void emit_values(struct program *program)
{
    struct text *out = &program->text, set = {0};
    for (int dtype = 0; dtype < DT_COUNT; dtype++) {
        if (!op_meaning_of(OP_eq, (enum dtype)dtype, DT_BOOL))
            continue;
        const char *dtype_name = dtype_table[dtype].name;
        text_printf(out, "static %s values_%s[VALUES];\n", dtype_table[dtype].c_name, dtype_name);
        for (int i = 0; i < VALUES; i++)
            text_printf(&set, "    values_%s[%d] = %s;\n", dtype_name, i,
                        constant_text(program->arena, (enum dtype)dtype,
                                      value_of((enum dtype)dtype, i)));
    }
    text_printf(out, "\nstatic void set_values(void)\n{\n%s}\n\n", set.chars);
    text_free(&set);
}

static void print_program(struct arena *arena)
{
    struct program program = {.arena = arena, .set = kernels_new(arena, NULL)};
    text_printf(&program.text,
                "#include <stdio.h>\n#include \"values.h\"\n\nenum { VALUES = %d };\n"
                "static int wrongs;\nstatic void wrong(const char *kernel, int sample)\n{\n"
                "    if (wrongs++ < 20)\n"
                "        fprintf(stderr, \"%%s: sample %%d\\n\", kernel, sample);\n}\n\n",
                VALUES);
    for_each(use, &program);
    emit_values(&program);
    kernels_emit_gang(program.set, &program.text);
    emit_scalars(&program);
    for_each(emit_check, &program);
    text_put(&program.text, "int main(void)\n{\n    set_values();\n");
    for_each(emit_call, &program);
    text_put(&program.text, "    return wrongs != 0;\n}\n");
    fputs(program.text.chars, stdout);
    text_free(&program.text);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new();
    if (argc > 1 && strcmp(argv[1], "expect") == 0)
        for_each(expect, arena);
    else
        print_program(arena);
    arena_free(arena);
    return 0;
}
