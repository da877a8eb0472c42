/* One operation as C: the meanings of ops_meaning.def, made functions on scalars, on vectors, and
 * on lanes one after the other. */
#include "emit/emit.h"
#include "emit/embedded.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct kernel_set {
    bool used[OP_COUNT][DT_COUNT][DT_COUNT]; /* by dtype of operands and of the result */
    bool scalar[OP_COUNT][DT_COUNT][DT_COUNT]; /* in a gang: the scalar function is called, too */
    const struct op_bodies *bodies;
    struct arena *arena;
};

/* One member of a set. */
struct kernel {
    enum op op;
    enum dtype operand, result;
};

struct kernel_set *kernels_new(struct arena *arena, const struct op_bodies *bodies)
{
    struct kernel_set *set = ARENA_NEW(arena, struct kernel_set);
    set->bodies = bodies;
    set->arena = arena;
    return set;
}

/* A body needs the operations it is made of. */
static void use_in(const struct kernel_set *set, bool (*members)[DT_COUNT][DT_COUNT], enum op op,
                   enum dtype operand, enum dtype result)
{
    const struct op_body *body = op_body_of(set->bodies, op, operand);
    if (members[op][operand][result])
        return;
    members[op][operand][result] = true;
    for (uint32_t n = 0; body && n < body->count; n++)
        if (!body->nodes[n].is_constant)
            use_in(set, members, body->nodes[n].op, body->nodes[n].operand, body->nodes[n].dtype);
}

void kernels_use(struct kernel_set *set, enum op op, enum dtype operand, enum dtype result)
{
    use_in(set, set->used, op, operand, result);
}

void kernels_use_scalar(struct kernel_set *set, enum op op, enum dtype operand, enum dtype result)
{
    use_in(set, set->scalar, op, operand, result);
}

bool kernel_is_per_lane(const struct kernel_set *set, enum op op, enum dtype operand)
{
    return op_is_per_lane(set->bodies, op, operand);
}

const char *kernel_name(struct arena *arena, enum op op, enum dtype operand, enum dtype result)
{
    const char *op_name = op_table[op].name, *of = dtype_table[operand].name;
    return op_table[op].rule == RULE_CAST
               ? arena_printf(arena, "%s_%s_%s", op_name, of, dtype_table[result].name)
               : arena_printf(arena, "%s_%s", op_name, of);
}

static void put_name(struct text *out, struct kernel kernel)
{
    text_printf(out, "%s_%s", op_table[kernel.op].name, dtype_table[kernel.operand].name);
    if (op_table[kernel.op].rule == RULE_CAST)
        text_printf(out, "_%s", dtype_table[kernel.result].name);
}

static const struct op_meaning *meaning_of(struct kernel kernel)
{
    return op_meaning_of(kernel.op, kernel.operand, kernel.result);
}

/* The dtype of operand number `index`. */
static enum dtype operand_dtype(struct kernel kernel, int index)
{
    return op_table[kernel.op].rule == RULE_SELECT && index == 0 ? DT_BOOL : kernel.operand;
}

/* ---- names in meanings ---------------------------------------------------------------------- */

static void put_unsigned_type(struct text *out, enum dtype dtype)
{
    text_printf(out, "uint%d_t", 8 * dtype_table[dtype].bytes);
}

static void put_value_type(struct text *out, enum dtype dtype)
{
    if (dtype == DT_BOOL)
        text_put(out, "mask");
    else
        text_printf(out, "v_%s", dtype_table[dtype].name);
}

static void put_limit(struct text *out, enum dtype dtype, bool max)
{
    bool is_signed = dtype_table[dtype].cls == CLASS_INT;
    if (!max && !is_signed)
        text_put(out, "0");
    else
        text_printf(out, "%sINT%d_%s", is_signed ? "" : "U", 8 * dtype_table[dtype].bytes,
                    max ? "MAX" : "MIN");
}

static bool is_word(const char *word, size_t len, const char *what)
{
    return strlen(what) == len && memcmp(word, what, len) == 0;
}

/* A word of a meaning, with the names that stand for types and numbers replaced. */
static void put_word(struct text *out, struct kernel kernel, const char *word, size_t len)
{
    enum dtype operand = kernel.operand, result = kernel.result;
    int bytes = dtype_table[operand].bytes;
    if (is_word(word, len, "T"))
        text_put(out, dtype_table[operand].c_name);
    else if (is_word(word, len, "R"))
        text_put(out, dtype_table[result].c_name);
    else if (is_word(word, len, "U"))
        put_unsigned_type(out, operand);
    else if (is_word(word, len, "A"))
        text_put(out, bytes == 8 ? "uint64_t" : "uint32_t");
    else if (is_word(word, len, "BITS"))
        text_printf(out, "%d", 8 * bytes);
    else if (is_word(word, len, "RMIN") || is_word(word, len, "RMAX"))
        put_limit(out, result, word[2] == 'A');
    else if (is_word(word, len, "V"))
        put_value_type(out, operand);
    else if (is_word(word, len, "VR"))
        put_value_type(out, result);
    else if (is_word(word, len, "VU"))
        text_printf(out, "v_u%d", 8 * bytes);
    else
        text_put_n(out, word, len);
}

static size_t word_length(const char *chars)
{
    size_t len = 0;
    while (isalnum((unsigned char)chars[len]) || chars[len] == '_')
        len++;
    return len;
}

static void put_expression(struct text *out, struct kernel kernel, const char *chars, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t word = word_length(chars + i);
        if (word > 0)
            put_word(out, kernel, chars + i, word);
        else
            text_put_n(out, chars + i, 1);
        i += word > 0 ? word : 1;
    }
}

/* Length of the text up to and with the `)` that closes the first `(`. */
static size_t parenthesis_length(const char *chars)
{
    int depth = 0;
    size_t i = 0;
    do {
        depth += (chars[i] == '(') - (chars[i] == ')');
        i++;
    } while (depth > 0 || chars[i - 1] != ')');
    return i;
}

/* Statements of a meaning, which come as one line, one a line. */
static void put_statements(struct text *out, struct kernel kernel, const char *chars)
{
    bool under_if = false; /* the statement of an `if` or `for` without braces */
    while (*chars) {
        if (*chars == ' ') {
            chars++;
            continue;
        }
        if (*chars == '}') {
            out->indent--;
            text_put(out, "}\n");
            chars++;
            continue;
        }
        size_t word = word_length(chars);
        if (is_word(chars, word, "if") || is_word(chars, word, "for")) {
            size_t len = parenthesis_length(chars);
            put_expression(out, kernel, chars, len);
            chars += len;
            while (*chars == ' ')
                chars++;
            bool braces = *chars == '{';
            text_put(out, braces ? " {\n" : "\n");
            chars += braces;
            out->indent++;
            under_if = !braces;
            continue;
        }
        size_t len = strcspn(chars, ";") + 1;
        put_expression(out, kernel, chars, len);
        text_put(out, "\n");
        chars += len;
        out->indent -= under_if;
        under_if = false;
    }
}

/* ---- functions ------------------------------------------------------------------------------ */

static const char operand_name[3][2] = {"x", "y", "z"};

/* ---- bodies made of other operations ---------------------------------------------------------- */

static const char *node_name(const struct kernel_set *set, const struct op_body *body, uint32_t n)
{
    const char *hint = body->nodes[n].name;
    return hint ? arena_printf(set->arena, "%s_%u", hint, n) : arena_printf(set->arena, "v%u", n);
}

static const char *node_constant(const struct kernel_set *set, const struct op_node *node,
                                 bool in_gang, bool is_choice)
{
    const char *constant = constant_text(set->arena, node->dtype, node->constant);
    bool is_integer = dtype_table[node->dtype].cls & (CLASS_INT | CLASS_UINT);
    if (!in_gang)
        return constant;
    if (node->dtype == DT_BOOL)
        return node->constant.u ? "AB_FULL" : "(mask)0";
    return arena_printf(set->arena, "%s_%s(%s)", is_choice && is_integer ? "hidden" : "splat",
                        dtype_table[node->dtype].name, constant);
}

static const char *node_operand(const struct kernel_set *set, const struct op_body *body,
                                uint32_t arg, bool in_gang, bool is_choice)
{
    if (arg < body->arity)
        return operand_name[arg];
    const struct op_node *node = &body->nodes[arg - body->arity];
    return node->is_constant ? node_constant(set, node, in_gang, is_choice)
                             : node_name(set, body, arg - body->arity);
}

/* The body as statements: each node a variable. */
static void put_body(const struct kernel_set *set, struct text *out, const struct op_body *body,
                     bool in_gang)
{
    for (uint32_t n = 0; n < body->count; n++) {
        const struct op_node *node = &body->nodes[n];
        bool is_select = op_table[node->op].rule == RULE_SELECT;
        if (node->is_constant)
            continue;
        text_put(out, "const ");
        if (in_gang)
            put_value_type(out, node->dtype);
        else
            text_put(out, dtype_table[node->dtype].c_name);
        text_printf(out, " %s = %s", node_name(set, body, n), in_gang ? "" : "ab_");
        put_name(out, (struct kernel){node->op, node->operand, node->dtype});
        for (uint8_t i = 0; i < op_table[node->op].arity; i++)
            text_printf(out, "%s%s", i ? ", " : "(",
                        node_operand(set, body, node->args[i], in_gang, is_select));
        text_put(out, ");\n");
    }
    text_printf(out, "return %s;\n", node_operand(set, body, body->result, in_gang, false));
}

/* ---- scalar functions ------------------------------------------------------------------------- */

static void emit_scalar_kernel(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    const struct op_body *body = op_body_of(set->bodies, kernel.op, kernel.operand);
    text_printf(out, "static inline %s ab_", dtype_table[kernel.result].c_name);
    put_name(out, kernel);
    for (int i = 0; i < op_table[kernel.op].arity; i++)
        text_printf(out, "%s%s %s", i ? ", " : "(",
                    dtype_table[operand_dtype(kernel, i)].c_name, operand_name[i]);
    text_put(out, ")\n{\n");
    out->indent++;
    if (body)
        put_body(set, out, body, false);
    else
        put_statements(out, kernel, meaning_of(kernel)->scalar);
    out->indent--;
    text_put(out, "}\n\n");
}

static bool is_per_lane(struct kernel kernel)
{
    return (op_table[kernel.op].traits & TRAIT_PER_LANE) != 0;
}

static void put_gang_signature(struct text *out, const char *linkage, struct kernel kernel,
                               bool takes_mask)
{
    text_printf(out, "%s ", linkage);
    put_value_type(out, kernel.result);
    text_put(out, " ");
    put_name(out, kernel);
    text_put(out, takes_mask ? "(mask m, " : "(");
    for (int i = 0; i < op_table[kernel.op].arity; i++) {
        text_put(out, i ? ", " : "");
        put_value_type(out, operand_dtype(kernel, i));
        text_printf(out, " %s", operand_name[i]);
    }
    text_put(out, ")");
}

/* One line if it fits. */
static void emit_vector_kernel(struct text *out, struct kernel kernel)
{
    struct text head = {0}, value = {0};
    const char *expression = meaning_of(kernel)->vector;
    put_gang_signature(&head, "GANG_INLINE", kernel, is_per_lane(kernel));
    put_expression(&value, kernel, expression, strlen(expression));
    if (head.len + value.len + 13 <= 100)
        text_printf(out, "%s { return %s; }\n", head.chars, value.chars);
    else
        text_printf(out, "%s\n{\n    return %s;\n}\n", head.chars, value.chars);
    text_free(&head);
    text_free(&value);
}

/* ab_add_f64(lane_f64(x, i), lane_f64(y, i)) */
static void put_lane_call(struct text *out, struct kernel kernel)
{
    text_put(out, "ab_");
    put_name(out, kernel);
    for (int i = 0; i < op_table[kernel.op].arity; i++) {
        enum dtype dtype = operand_dtype(kernel, i);
        text_put(out, i ? ", " : "(");
        if (dtype == DT_BOOL)
            text_printf(out, "%s >> lane & 1", operand_name[i]);
        else
            text_printf(out, "lane_%s(%s, %slane)", dtype_table[dtype].name,
                        operand_name[i], is_per_lane(kernel) ? "(unsigned)" : "");
    }
    text_put(out, ")");
}

/* Lane by lane, through an array that the prelude makes a value of. */
static void emit_lane_kernel(struct text *out, struct kernel kernel)
{
    bool is_bool = kernel.result == DT_BOOL;
    put_gang_signature(out, "GANG_INLINE", kernel, is_per_lane(kernel));
    text_put(out, "\n{\n    ");
    if (is_bool)
        text_put(out, "mask r = 0;\n");
    else
        text_printf(out, "%s r[AB_LANES]%s;\n", dtype_table[kernel.result].c_name,
                    is_per_lane(kernel) ? " = {0}" : "");
    text_put(out, is_per_lane(kernel) ? "    AB_EACH(lane, m)\n"
                                      : "    for (unsigned lane = 0; lane < AB_LANES; lane++)\n");
    text_put(out, is_bool ? "        r |= (mask)((mask)" : "        r[lane] = ");
    put_lane_call(out, kernel);
    text_put(out, is_bool ? " << lane);\n" : ";\n");
    if (is_bool)
        text_put(out, "    return r;\n}\n");
    else
        text_printf(out, "    return ld_%s(r);\n}\n", dtype_table[kernel.result].name);
}

/* ---- sets ----------------------------------------------------------------------------------- */

/* How a kernel is made for gangs. */
enum kernel_form {
    FORM_MASK,    /* bool only: an expression over masks, the same for all preludes */
    FORM_VECTOR,  /* an expression over vectors, and lane by lane for arrays */
    FORM_LANES,   /* always lane by lane */
    FORM_BODY     /* by other kernels, which stand before */
};

static enum kernel_form form_of(const struct kernel_set *set, struct kernel kernel)
{
    if (op_body_of(set->bodies, kernel.op, kernel.operand))
        return FORM_BODY;
    if (!meaning_of(kernel)->vector)
        return FORM_LANES;
    return kernel.operand == DT_BOOL && kernel.result == DT_BOOL ? FORM_MASK : FORM_VECTOR;
}

/* Calls `emit` for each member, in the order of the table. */
static void for_each_kernel(const bool (*members)[DT_COUNT][DT_COUNT], const struct kernel_set *set,
                            struct text *out,
                            void (*emit)(const struct kernel_set *set, struct text *out,
                                         struct kernel kernel))
{
    for (int op = 0; op < OP_COUNT; op++)
        for (int operand = 0; operand < DT_COUNT; operand++)
            for (int result = 0; result < DT_COUNT; result++)
                if (members[op][operand][result])
                    emit(set, out, (struct kernel){.op = (enum op)op, .operand = (enum dtype)operand,
                                                   .result = (enum dtype)result});
}

/* The scalar function that a lane loop calls, unless the unit has it already. */
static void emit_lane_function(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    if (!set->scalar[kernel.op][kernel.operand][kernel.result])
        emit_scalar_kernel(set, out, kernel);
}

/* The clang that has vectors of bool may still lack some builtins. */
static bool names_newer_builtin(struct kernel kernel)
{
    const char *vector = meaning_of(kernel)->vector;
    return strstr(vector, "__builtin_elementwise_sqrt") ||
           strstr(vector, "__builtin_elementwise_fma");
}

static void emit_vector_form(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    if (form_of(set, kernel) != FORM_VECTOR)
        return;
    if (!names_newer_builtin(kernel)) {
        emit_vector_kernel(out, kernel);
        return;
    }
    const char *expression = meaning_of(kernel)->vector;
    text_printf(out, "#if __has_builtin(%.*s)\n", (int)strcspn(expression, "("), expression);
    emit_vector_kernel(out, kernel);
    text_put(out, "#else\n");
    emit_lane_function(set, out, kernel);
    emit_lane_kernel(out, kernel);
    text_put(out, "#endif\n");
}

static void emit_array_form(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    if (form_of(set, kernel) != FORM_VECTOR)
        return;
    emit_lane_function(set, out, kernel);
    emit_lane_kernel(out, kernel);
    text_put(out, "\n");
}

static void emit_lanes_form(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    if (form_of(set, kernel) != FORM_LANES)
        return;
    emit_lane_function(set, out, kernel);
    emit_lane_kernel(out, kernel);
    text_put(out, "\n");
}

static void emit_body_form(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    if (form_of(set, kernel) != FORM_BODY)
        return;
    put_gang_signature(out, "GANG_BODY", kernel, false);
    text_put(out, "\n{\n");
    out->indent++;
    put_body(set, out, op_body_of(set->bodies, kernel.op, kernel.operand), true);
    out->indent--;
    text_put(out, "}\n\n");
}

static void emit_mask_form(const struct kernel_set *set, struct text *out, struct kernel kernel)
{
    if (form_of(set, kernel) == FORM_MASK)
        emit_vector_kernel(out, kernel);
}

/* Does a text use the word? */
static bool text_has_word(const char *chars, const char *word, size_t len)
{
    for (; *chars; chars++) {
        size_t here = word_length(chars);
        if (here == len && memcmp(chars, word, len) == 0)
            return true;
        if (here > 0)
            chars += here - 1;
    }
    return false;
}

static bool set_uses_word(const struct kernel_set *set, const char *word, size_t len)
{
    for (int op = 0; op < OP_COUNT; op++)
        for (int operand = 0; operand < DT_COUNT; operand++)
            for (int result = 0; result < DT_COUNT; result++)
                if ((set->used[op][operand][result] || set->scalar[op][operand][result]) &&
                    !op_body_of(set->bodies, (enum op)op, (enum dtype)operand) &&
                    text_has_word(op_meaning_of((enum op)op, (enum dtype)operand,
                                                (enum dtype)result)->scalar, word, len))
                    return true;
    return false;
}

/* Prints the paragraphs of kernels.h whose name (the first word ab_...) a meaning uses. */
static void emit_helpers(const struct kernel_set *set, struct text *out)
{
    const char *chars = embedded_kernels_h;
    while (*chars) {
        const char *end = strstr(chars, "\n\n");
        size_t len = end ? (size_t)(end - chars) + 1 : strlen(chars);
        const char *helper = strstr(chars, "ab_");
        bool is_code = strncmp(chars, "static ", 7) == 0;
        if (is_code && helper && helper < chars + len &&
            set_uses_word(set, helper, word_length(helper)))
            text_put_n(out, chars, len);
        chars += end ? len + 1 : len;
    }
}

void kernels_emit_scalar(const struct kernel_set *set, struct text *out)
{
    emit_helpers(set, out);
    text_put(out, "\n");
    for_each_kernel(set->used, set, out, emit_scalar_kernel);
    for_each_kernel(set->scalar, set, out, emit_scalar_kernel); /* a unit uses one of the two */
}

void kernels_emit_gang(const struct kernel_set *set, struct text *out)
{
    emit_helpers(set, out);
    text_put(out, "\n");
    for_each_kernel(set->scalar, set, out, emit_scalar_kernel);
    text_put(out, "\n");
    for_each_kernel(set->used, set, out, emit_mask_form);
    text_put(out, "\n#if AB_VECTORS\n\n");
    for_each_kernel(set->used, set, out, emit_vector_form);
    text_put(out, "\n#else\n\n");
    for_each_kernel(set->used, set, out, emit_array_form);
    text_put(out, "#endif\n\n");
    for_each_kernel(set->used, set, out, emit_lanes_form);
    for_each_kernel(set->used, set, out, emit_body_form);
}

/* ---- constants ------------------------------------------------------------------------------ */

static const char *float_text(struct arena *arena, double value, bool is_f32)
{
    if (isnan(value))
        return "NAN";
    if (isinf(value))
        return value > 0 ? "INFINITY" : "-INFINITY";
    struct text text = {0};
    if (is_f32)
        text_put_f32(&text, (float)value);
    else
        text_put_f64(&text, value);
    const char *result = arena_printf(arena, "%s%s", text.chars, is_f32 ? "f" : "");
    text_free(&text);
    return result;
}

static const char *signed_text(struct arena *arena, int64_t value)
{
    if (value == INT64_MIN)
        return "INT64_MIN";
    if (value == INT32_MIN)
        return "INT32_MIN";
    bool is_int = value > INT32_MIN && value <= INT32_MAX;
    return arena_printf(arena, is_int ? "%" PRId64 : "INT64_C(%" PRId64 ")", value);
}

const char *constant_text(struct arena *arena, enum dtype dtype, union scalar constant)
{
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        return constant.u ? "1" : "0";
    case CLASS_INT:
        return signed_text(arena, constant.i);
    case CLASS_UINT:
        return arena_printf(arena,
                            dtype == DT_U64   ? "UINT64_C(%" PRIu64 ")"
                            : dtype == DT_U32 ? "%" PRIu64 "u"
                                              : "%" PRIu64,
                            constant.u);
    case CLASS_FLOAT:
        return dtype == DT_F32 ? float_text(arena, (double)constant.f32, true)
                               : float_text(arena, constant.f64, false);
    case CLASS_COMPLEX:
        return NULL; /* no C constant; complex values do not reach the emitters */
    }
    return NULL;
}
