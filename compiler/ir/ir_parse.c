/* Reads the text form. Values and blocks may be used before they are defined, so while a function
 * is read its instructions hold numbers of symbols, which are replaced at its end. A file is read
 * line by line; nothing nests, so nothing recurses. */
#include "ir/ir_lex.h"
#include "ir/verify.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- symbols -------------------------------------------------------------------------------- */

struct symbol {
    name spelling;
    uint32_t id;   /* of the value, block or function; IR_NONE: not defined yet */
    uint32_t line; /* of the first mention */
};

struct symbols {
    struct arena *arena;
    VEC(struct symbol) list;
    uint32_t *slots; /* 1 + index in the list; 0: free */
    uint32_t size;
};

static struct symbols symbols_new(struct arena *arena)
{
    return (struct symbols){.arena = arena, .slots = ARENA_ARRAY(arena, uint32_t, 16), .size = 16};
}

/* Names are interned, so their addresses tell them apart. */
static uint32_t *symbol_slot(const struct symbols *symbols, name spelling)
{
    uint64_t hash = (uint64_t)(uintptr_t)spelling * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t slot = (uint32_t)(hash >> 32) & (symbols->size - 1);
    while (symbols->slots[slot] && symbols->list.at[symbols->slots[slot] - 1].spelling != spelling)
        slot = (slot + 1) & (symbols->size - 1);
    return &symbols->slots[slot];
}

static uint32_t symbol_of(struct symbols *symbols, name spelling, uint32_t line)
{
    uint32_t *slot = symbol_slot(symbols, spelling);
    if (*slot)
        return *slot - 1;
    if (symbols->list.len >= symbols->size / 2) {
        symbols->size *= 2;
        symbols->slots = ARENA_ARRAY(symbols->arena, uint32_t, symbols->size);
        for (uint32_t i = 0; i < symbols->list.len; i++)
            *symbol_slot(symbols, symbols->list.at[i].spelling) = i + 1;
        slot = symbol_slot(symbols, spelling);
    }
    struct symbol symbol = {.spelling = spelling, .id = IR_NONE, .line = line};
    vec_push(symbols->arena, &symbols->list, symbol);
    *slot = symbols->list.len;
    return symbols->list.len - 1;
}

/* ---- parser --------------------------------------------------------------------------------- */

/* Where the parts of a function stood, to place what the verifier says. */
struct func_lines {
    uint32_t line;
    VEC(uint32_t) insts, heads, terms;
};

struct parser {
    struct ir_prog *prog;
    struct arena *arena;    /* of the program */
    struct arena *scratch;
    struct names *spellings;
    struct lexer lexer;
    struct token token;     /* the next one */
    const char **why;
    struct symbols funcs;   /* by the name of the function */
    VEC(struct func_lines) lines;
    VEC(uint32_t) entry_lines;
    /* the function being read */
    struct ir_func *func;
    struct symbols values, blocks;
    block_id block;         /* being read, or IR_NONE */
};

AB_PRINTF(3, 4)
static bool fail_at(struct parser *p, uint32_t line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(p->scratch, format, args);
    va_end(args);
    *p->why = arena_printf(p->arena, "line %u: %s", line, what);
    return false;
}

static void advance(struct parser *p)
{
    p->token = ir_lex(&p->lexer);
}

static bool expected(struct parser *p, const char *what)
{
    const struct token *token = &p->token;
    if (token->kind == TOKEN_BAD)
        return fail_at(p, token->line, "%s", token->text);
    if (token->kind == TOKEN_END)
        return fail_at(p, token->line, "expected %s, not the end of the text", what);
    if (token->kind == TOKEN_NEWLINE)
        return fail_at(p, token->line, "expected %s, not the end of the line", what);
    return fail_at(p, token->line, "expected %s, not `%.*s`", what,
                   token->len > 60 ? 60 : (int)token->len, token->chars);
}

static bool is_mark(const struct parser *p, char mark)
{
    return p->token.kind == TOKEN_MARK && *p->token.chars == mark;
}

static bool take_mark(struct parser *p, char mark)
{
    if (!is_mark(p, mark))
        return false;
    advance(p);
    return true;
}

static bool need_mark(struct parser *p, char mark)
{
    char what[] = {'`', mark, '`', '\0'};
    return take_mark(p, mark) || expected(p, what);
}

static bool token_is(const struct token *token, const char *word)
{
    return token->kind == TOKEN_WORD && token->len == strlen(word)
           && !memcmp(token->chars, word, token->len);
}

static bool take_word(struct parser *p, const char *word)
{
    if (!token_is(&p->token, word))
        return false;
    advance(p);
    return true;
}

static bool need_line_end(struct parser *p)
{
    if (p->token.kind == TOKEN_END)
        return true;
    if (p->token.kind != TOKEN_NEWLINE)
        return expected(p, "the end of the line");
    advance(p);
    return true;
}

static void skip_empty_lines(struct parser *p)
{
    while (p->token.kind == TOKEN_NEWLINE)
        advance(p);
}

/* ---- numbers, strings, types ---------------------------------------------------------------- */

static const char *raw(struct parser *p)
{
    return arena_strndup(p->scratch, p->token.chars, p->token.len);
}

static bool read_unsigned(const char *digits, int base, uint64_t *out)
{
    if (!*digits || *digits == '-' || *digits == '+')
        return false;
    char *end;
    errno = 0;
    *out = strtoull(digits, &end, base);
    return !errno && !*end;
}

/* At most UINT32_MAX - 1, so that IR_NONE is never a number. */
static bool read_u32(const char *digits, uint32_t *out)
{
    uint64_t wide;
    if (!read_unsigned(digits, 10, &wide) || wide >= UINT32_MAX)
        return false;
    *out = (uint32_t)wide;
    return true;
}

static bool need_u32(struct parser *p, uint32_t *out)
{
    if (p->token.kind != TOKEN_WORD || !read_u32(raw(p), out))
        return expected(p, "a number");
    advance(p);
    return true;
}

static bool need_fault_ref(struct parser *p, fault_id *out)
{
    if (p->token.kind != TOKEN_FAULT || !read_u32(p->token.text, out))
        return expected(p, "a fault like #1");
    advance(p);
    return true;
}

static bool need_string(struct parser *p, const char **out)
{
    *out = "";
    if (p->token.kind != TOKEN_STRING || p->token.has_number)
        return expected(p, "a string");
    *out = arena_strdup(p->arena, p->token.text);
    advance(p);
    return true;
}

static bool need_type(struct parser *p, struct type *out)
{
    int dtype = DT_COUNT;
    *out = (struct type){0};
    if (p->token.kind == TOKEN_WORD)
        for (dtype = 0; dtype < DT_COUNT && !token_is(&p->token, dtype_table[dtype].name);)
            dtype++;
    if (dtype == DT_COUNT)
        return expected(p, "a type");
    out->dtype = (enum dtype)dtype;
    advance(p);
    if (!take_mark(p, '['))
        return true;
    do {
        uint64_t extent;
        if (p->token.kind != TOKEN_WORD || !read_unsigned(raw(p), 10, &extent)
            || extent > INT64_MAX)
            return expected(p, "an extent");
        if (out->shape.rank == SHAPE_MAX_RANK)
            return fail_at(p, p->token.line, "a type has at most %d axes", SHAPE_MAX_RANK);
        out->shape.dim[out->shape.rank++] = (int64_t)extent;
        advance(p);
    } while (take_mark(p, ','));
    return need_mark(p, ']');
}

static bool read_nan_bits(struct parser *p, uint64_t *bits)
{
    const char *digits = p->token.kind == TOKEN_WORD ? raw(p) : "";
    if (digits[0] != '0' || digits[1] != 'x' || !read_unsigned(digits + 2, 16, bits))
        return expected(p, "the bits of the nan, like 0x7ff8000000000001");
    advance(p);
    return true;
}

/* A float of 4 or 8 bytes as its bits. */
static bool need_float_bits(struct parser *p, int bytes, uint64_t *bits)
{
    bool is_inf = token_is(&p->token, "inf"), is_minus_inf = token_is(&p->token, "-inf");
    float f32;
    double f64;
    if (take_word(p, "nan")) {
        *bits = bytes == 4 ? UINT64_C(0x7fc00000) : UINT64_C(0x7ff8000000000000);
        if (!take_mark(p, ':'))
            return true;
        uint32_t line = p->token.line;
        uint64_t exponent = bytes == 4 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000);
        uint64_t fraction = bytes == 4 ? UINT64_C(0x7fffff) : UINT64_C(0xfffffffffffff);
        if (!read_nan_bits(p, bits))
            return false;
        bool fits = bytes == 8 || *bits <= UINT32_MAX;
        return (fits && (*bits & exponent) == exponent && (*bits & fraction))
               || fail_at(p, line, "these are not the bits of a nan");
    }
    if (is_inf || is_minus_inf) {
        f64 = is_inf ? (double)INFINITY : -(double)INFINITY;
        f32 = (float)f64;
    } else {
        const char *digits = p->token.kind == TOKEN_WORD ? raw(p) : "";
        char *end = NULL;
        if (!*digits || strspn(digits, "0123456789.eE+-") != strlen(digits))
            return expected(p, "a floating-point constant");
        f64 = strtod(digits, &end);
        f32 = strtof(digits, NULL);
        if (*end)
            return expected(p, "a floating-point constant");
        if (bytes == 4 ? isinf(f32) : isinf(f64))
            return fail_at(p, p->token.line, "the constant is too large");
    }
    advance(p);
    *bits = 0;
    if (bytes == 4)
        memcpy(bits, &f32, sizeof f32);
    else
        memcpy(bits, &f64, sizeof f64);
    return true;
}

static bool need_complex(struct parser *p, double c[2])
{
    uint64_t bits[2];
    if (!need_mark(p, '(') || !need_float_bits(p, 8, &bits[0]) || !need_mark(p, ',')
        || !need_float_bits(p, 8, &bits[1]) || !need_mark(p, ')'))
        return false;
    memcpy(c, bits, sizeof bits);
    return true;
}

static bool need_bool(struct parser *p, uint64_t *out)
{
    *out = token_is(&p->token, "true");
    return take_word(p, "true") || take_word(p, "false") || expected(p, "true or false");
}

static bool need_int(struct parser *p, int64_t *out)
{
    const char *digits = p->token.kind == TOKEN_WORD ? raw(p) : "";
    char *end;
    errno = 0;
    *out = strtoll(digits, &end, 10);
    if (!*digits || *end || errno)
        return expected(p, "an integer of at most 64 bits");
    advance(p);
    return true;
}

static bool need_uint(struct parser *p, int base, uint64_t *out)
{
    const char *digits = p->token.kind == TOKEN_WORD ? raw(p) : "";
    bool hex = base == 16 && digits[0] == '0' && digits[1] == 'x';
    if ((base == 16 && !hex) || !read_unsigned(hex ? digits + 2 : digits, base, out))
        return expected(p, "an unsigned integer of at most 64 bits");
    advance(p);
    return true;
}

static bool need_constant(struct parser *p, enum dtype dtype, union scalar *out)
{
    uint64_t bits = 0;
    switch ((enum dtype_class)dtype_table[dtype].cls) {
    case CLASS_BOOL:
        return need_bool(p, &out->u);
    case CLASS_INT:
        return need_int(p, &out->i);
    case CLASS_UINT:
        return need_uint(p, 10, &out->u);
    case CLASS_FLOAT:
        if (dtype == DT_F16)
            return need_uint(p, 16, &out->u);
        if (!need_float_bits(p, dtype_table[dtype].bytes, &bits))
            return false;
        if (dtype == DT_F32)
            memcpy(&out->f32, &bits, sizeof out->f32);
        else
            memcpy(&out->f64, &bits, sizeof out->f64);
        return true;
    case CLASS_COMPLEX:
        return need_complex(p, out->c);
    }
    return expected(p, "a constant");
}

/* ---- names ---------------------------------------------------------------------------------- */

static name spelling_of(struct parser *p)
{
    return name_of(p->spellings, p->token.chars, p->token.len);
}

/* "%4" has no hint; "%n.4" and "%n" have. */
static name value_hint(struct parser *p)
{
    const char *text = p->token.text;
    if (!p->token.has_number && *text && strspn(text, "0123456789") == strlen(text))
        return NULL;
    return name_of_text(p->prog->names, text);
}

/* "b4" has no hint; "while.4" and "while" have. */
static name block_hint(struct parser *p)
{
    const char *text = p->token.text;
    if (!p->token.has_number && *text == 'b' && text[1]
        && strspn(text + 1, "0123456789") == strlen(text + 1))
        return NULL;
    return name_of_text(p->prog->names, text);
}

static bool need_value(struct parser *p, value_id *out)
{
    *out = IR_NONE;
    if (p->token.kind != TOKEN_VALUE)
        return expected(p, "a value like %4");
    *out = symbol_of(&p->values, spelling_of(p), p->token.line);
    advance(p);
    return true;
}

static bool need_callee(struct parser *p, func_id *out)
{
    if (p->token.kind != TOKEN_FUNC)
        return expected(p, "a function like @f");
    uint32_t symbol = symbol_of(&p->funcs, name_of_text(p->prog->names, p->token.text), 0);
    *out = p->funcs.list.at[symbol].id;
    if (*out == IR_NONE)
        return fail_at(p, p->token.line, "there is no function @%s", p->token.text);
    advance(p);
    return true;
}

static bool need_definition(struct parser *p, struct ir_value value, value_id *id)
{
    *id = IR_NONE;
    if (p->token.kind != TOKEN_VALUE)
        return expected(p, "a value like %4");
    uint32_t symbol = symbol_of(&p->values, spelling_of(p), p->token.line);
    if (p->values.list.at[symbol].id != IR_NONE)
        return fail_at(p, p->token.line, "%.*s is defined twice",
                       p->token.len > 60 ? 60 : (int)p->token.len, p->token.chars);
    value.hint = value_hint(p);
    advance(p);
    if (!need_mark(p, ':') || !need_type(p, &value.type))
        return false;
    *id = p->values.list.at[symbol].id = p->func->values.len;
    vec_push(p->arena, &p->func->values, value);
    return true;
}

/* ---- instructions --------------------------------------------------------------------------- */

/* "%1, %2": appended to a vector of values. */
#define NEED_VALUES(p, values, first)                                                              \
    do {                                                                                           \
        value_id one;                                                                              \
        if (!(first) && !need_mark((p), ','))                                                      \
            return false;                                                                          \
        if (!need_value((p), &one))                                                                \
            return false;                                                                          \
        vec_push((p)->arena, (values), one);                                                       \
    } while (0)

static bool parse_inst_args(struct parser *p, struct ir_inst *inst)
{
    for (bool first = true; first || is_mark(p, ','); first = false)
        NEED_VALUES(p, &inst->args, first);
    return true;
}

static bool parse_call(struct parser *p, struct ir_inst *inst)
{
    inst->kind = INST_CALL;
    if (!need_callee(p, &inst->callee) || !need_mark(p, '('))
        return false;
    for (bool first = true; !is_mark(p, ')'); first = false)
        NEED_VALUES(p, &inst->args, first);
    return need_mark(p, ')') && need_mark(p, ',') && need_fault_ref(p, &inst->fault);
}

static bool parse_check(struct parser *p, struct ir_inst *inst)
{
    inst->kind = INST_CHECK;
    NEED_VALUES(p, &inst->args, true);
    return need_mark(p, ',') && need_fault_ref(p, &inst->fault);
}

static bool parse_show(struct parser *p, struct ir_inst *inst)
{
    inst->kind = INST_SHOW;
    if (!need_string(p, &inst->text))
        return false;
    while (is_mark(p, ','))
        NEED_VALUES(p, &inst->args, false);
    return true;
}

static bool parse_const(struct parser *p, struct ir_inst *inst)
{
    inst->kind = INST_CONST;
    if (inst->results.len != 1)
        return fail_at(p, p->token.line, "a constant has one result");
    return need_constant(p, p->func->values.at[inst->results.at[0]].type.dtype, &inst->constant);
}

static bool parse_op(struct parser *p, struct ir_inst *inst)
{
    int op = p->token.kind == TOKEN_WORD ? op_find(raw(p)) : -1;
    inst->kind = INST_OP;
    if (op < 0)
        return expected(p, "an operation");
    inst->op = (enum op)op;
    advance(p);
    return parse_inst_args(p, inst);
}

static bool parse_results(struct parser *p, struct ir_inst *inst, inst_id id)
{
    if (p->token.kind != TOKEN_VALUE)
        return true;
    do {
        struct ir_value value = {.kind = VALUE_RESULT,
                                 .block = p->block,
                                 .inst = id,
                                 .index = inst->results.len};
        value_id result;
        if (!need_definition(p, value, &result))
            return false;
        vec_push(p->arena, &inst->results, result);
    } while (take_mark(p, ','));
    return need_mark(p, '=');
}

static bool parse_inst(struct parser *p)
{
    struct ir_inst inst = {0};
    inst_id id = p->func->insts.len;
    uint32_t line = p->token.line;
    if (!parse_results(p, &inst, id))
        return false;
    bool fine;
    if (take_word(p, "call"))
        fine = parse_call(p, &inst);
    else if (take_word(p, "check"))
        fine = parse_check(p, &inst);
    else if (take_word(p, "show"))
        fine = parse_show(p, &inst);
    else if (take_word(p, "const"))
        fine = parse_const(p, &inst);
    else if (take_word(p, "lane_index"))
        fine = (inst.kind = INST_LANE_INDEX, true);
    else
        fine = parse_op(p, &inst);
    if (!fine || !need_line_end(p))
        return false;
    vec_push(p->arena, &p->func->insts, inst);
    vec_push(p->arena, &p->func->blocks.at[p->block].insts, id);
    vec_push(p->scratch, &vec_last(&p->lines).insts, line);
    return true;
}

/* ---- terminators ---------------------------------------------------------------------------- */

static bool parse_edge(struct parser *p, struct ir_edge *edge)
{
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_STRING)
        return expected(p, "a block");
    edge->to = symbol_of(&p->blocks, spelling_of(p), p->token.line);
    advance(p);
    if (!take_mark(p, '('))
        return true;
    for (bool first = true; !is_mark(p, ')'); first = false)
        NEED_VALUES(p, &edge->args, first);
    return need_mark(p, ')');
}

static bool parse_jmp(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_JMP;
    return parse_edge(p, &term->edges[0]);
}

static bool parse_br(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_BR;
    return need_value(p, &term->condition) && need_mark(p, ',') && parse_edge(p, &term->edges[0])
           && need_mark(p, ',') && parse_edge(p, &term->edges[1]);
}

static bool parse_ret(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_RET;
    for (bool first = true; first ? p->token.kind == TOKEN_VALUE : is_mark(p, ','); first = false)
        NEED_VALUES(p, &term->args, first);
    return true;
}

static bool parse_tail(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_TAIL;
    if (!need_callee(p, &term->callee) || !need_mark(p, '('))
        return false;
    for (bool first = true; !is_mark(p, ')'); first = false)
        NEED_VALUES(p, &term->args, first);
    return need_mark(p, ')');
}

static bool parse_fault_term(struct parser *p, struct ir_term *term)
{
    term->kind = TERM_FAULT;
    return need_fault_ref(p, &term->fault);
}

static const struct {
    const char *word;
    bool (*parse)(struct parser *p, struct ir_term *term);
} terminators[] = {{"jmp", parse_jmp},
                   {"br", parse_br},
                   {"ret", parse_ret},
                   {"tail", parse_tail},
                   {"fault", parse_fault_term}};
enum { TERMINATOR_COUNT = sizeof terminators / sizeof *terminators };

static uint32_t find_terminator(const struct token *token)
{
    uint32_t i = 0;
    while (i < TERMINATOR_COUNT && !token_is(token, terminators[i].word))
        i++;
    return i;
}

static bool parse_terminator(struct parser *p, uint32_t which)
{
    struct ir_term term = {.condition = IR_NONE};
    vec_push(p->scratch, &vec_last(&p->lines).terms, p->token.line);
    advance(p);
    if (!terminators[which].parse(p, &term) || !need_line_end(p))
        return false;
    p->func->blocks.at[p->block].term = term;
    p->block = IR_NONE;
    return true;
}

/* ---- functions ------------------------------------------------------------------------------ */

static bool parse_block_head(struct parser *p)
{
    if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_STRING)
        return expected(p, "a block or `}`");
    uint32_t symbol = symbol_of(&p->blocks, spelling_of(p), p->token.line);
    if (p->blocks.list.at[symbol].id != IR_NONE)
        return fail_at(p, p->token.line, "block %.*s is defined twice",
                       p->token.len > 60 ? 60 : (int)p->token.len, p->token.chars);
    p->block = p->blocks.list.at[symbol].id = p->func->blocks.len;
    struct ir_block *block = vec_add(p->arena, &p->func->blocks);
    block->hint = block_hint(p);
    block->term.condition = IR_NONE;
    vec_push(p->scratch, &vec_last(&p->lines).heads, p->token.line);
    advance(p);
    block->is_loop = take_word(p, "loop");
    block->is_sync = take_word(p, "sync");
    if (take_mark(p, '(')) {
        do {
            struct ir_value value = {.kind = VALUE_PARAM,
                                     .block = p->block,
                                     .inst = IR_NONE,
                                     .index = block->params.len};
            value_id param;
            if (!need_definition(p, value, &param))
                return false;
            vec_push(p->arena, &block->params, param);
        } while (take_mark(p, ','));
        if (!need_mark(p, ')'))
            return false;
    }
    return need_mark(p, ':') && need_line_end(p);
}

/* Symbols to ids, once all are known. */
static bool resolve(struct parser *p, const struct symbols *symbols, const char *what, uint32_t *at,
                    uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct symbol *symbol = &symbols->list.at[at[i]];
        if (symbol->id == IR_NONE)
            return fail_at(p, symbol->line, "%s %.60s is not defined", what, symbol->spelling);
        at[i] = symbol->id;
    }
    return true;
}

static bool resolve_func(struct parser *p)
{
    struct ir_func *func = p->func;
    for (inst_id id = 0; id < func->insts.len; id++) {
        struct ir_inst *inst = &func->insts.at[id];
        if (!resolve(p, &p->values, "value", inst->args.at, inst->args.len))
            return false;
    }
    for (block_id id = 0; id < func->blocks.len; id++) {
        struct ir_term *term = &func->blocks.at[id].term;
        if (!resolve(p, &p->values, "value", term->args.at, term->args.len)
            || (term->kind == TERM_BR
                && !resolve(p, &p->values, "value", &term->condition, 1)))
            return false;
        for (uint32_t edge = 0; edge < ir_edge_count(term); edge++)
            if (!resolve(p, &p->blocks, "block", &term->edges[edge].to, 1)
                || !resolve(p, &p->values, "value", term->edges[edge].args.at,
                            term->edges[edge].args.len))
                return false;
    }
    return true;
}

#define NEED_TYPES(p, types)                                                                       \
    do {                                                                                           \
        if (!need_mark((p), '('))                                                                  \
            return false;                                                                          \
        for (bool first = true; !is_mark((p), ')'); first = false) {                               \
            struct type one;                                                                       \
            if ((!first && !need_mark((p), ',')) || !need_type((p), &one))                         \
                return false;                                                                      \
            vec_push((p)->arena, (types), one);                                                    \
        }                                                                                          \
        advance(p);                                                                                \
    } while (0)

static bool parse_signature(struct parser *p)
{
    NEED_TYPES(p, &p->func->params);
    if (p->token.kind != TOKEN_ARROW)
        return expected(p, "`->`");
    advance(p);
    NEED_TYPES(p, &p->func->results);
    if (take_word(p, "inline"))
        p->func->inline_wish = INLINE_ALWAYS;
    else if (take_word(p, "noinline"))
        p->func->inline_wish = INLINE_NEVER;
    return need_mark(p, '{') && need_line_end(p);
}

static bool parse_body(struct parser *p)
{
    for (;;) {
        skip_empty_lines(p);
        if (p->block == IR_NONE) {
            if (take_mark(p, '}'))
                return need_line_end(p);
            if (!parse_block_head(p))
                return false;
            continue;
        }
        uint32_t terminator = find_terminator(&p->token);
        if (terminator < TERMINATOR_COUNT ? !parse_terminator(p, terminator) : !parse_inst(p))
            return false;
    }
}

/* Behind `func`. The function itself was made by find_funcs. */
static bool parse_func(struct parser *p)
{
    struct func_lines *lines = vec_add(p->scratch, &p->lines);
    lines->line = p->token.line;
    if (p->token.kind != TOKEN_FUNC)
        return expected(p, "the name of the function");
    p->func = &p->prog->funcs.at[p->lines.len - 1];
    uint32_t symbol = symbol_of(&p->funcs, p->func->name, 0);
    if (p->funcs.list.at[symbol].id != p->lines.len - 1)
        return fail_at(p, p->token.line, "function @%s is defined twice", p->func->name);
    advance(p);
    p->values = symbols_new(p->scratch);
    p->blocks = symbols_new(p->scratch);
    p->block = IR_NONE;
    return parse_signature(p) && parse_body(p) && resolve_func(p);
}

/* Calls may stand before the function they call, so all functions are made first. */
static void find_funcs(struct parser *p)
{
    struct lexer start = p->lexer;
    bool at_start = true;
    for (advance(p); p->token.kind != TOKEN_END && p->token.kind != TOKEN_BAD;) {
        bool is_func = at_start && token_is(&p->token, "func");
        at_start = p->token.kind == TOKEN_NEWLINE;
        advance(p);
        if (!is_func || p->token.kind != TOKEN_FUNC)
            continue;
        func_id id = ir_func_new(p->prog, p->token.text, (struct loc){0});
        uint32_t symbol = symbol_of(&p->funcs, p->prog->funcs.at[id].name, 0);
        if (p->funcs.list.at[symbol].id == IR_NONE)
            p->funcs.list.at[symbol].id = id;
    }
    p->lexer = start;
}

/* ---- faults and entries --------------------------------------------------------------------- */

static bool need_fault_kind(struct parser *p, enum fault_kind *out)
{
    for (int kind = FAULT_BOUNDS; kind <= FAULT_BUDGET; kind++)
        if (take_word(p, fault_kind_name[kind])) {
            *out = (enum fault_kind)kind;
            return true;
        }
    return expected(p, "a kind of fault");
}

static bool parse_fault(struct parser *p)
{
    struct ir_fault fault = {0};
    fault_id id;
    uint32_t line = p->token.line;
    if (!need_fault_ref(p, &id))
        return false;
    if (id != p->prog->faults.len)
        return fail_at(p, line, "the next fault is #%u, not #%u", p->prog->faults.len, id);
    if (!need_fault_kind(p, &fault.kind))
        return false;
    if (take_word(p, "at")
        && (!need_string(p, &fault.path) || !need_mark(p, ':') || !need_u32(p, &fault.line)
            || !need_mark(p, ':') || !need_u32(p, &fault.column)))
        return false;
    if (take_word(p, "text") && !need_string(p, &fault.text))
        return false;
    vec_push(p->arena, &p->prog->faults, fault);
    return need_line_end(p);
}

static bool parse_leaf(struct parser *p, struct ir_leaf *leaf, const char **source_type)
{
    *leaf = (struct ir_leaf){.is_inout = take_word(p, "inout")};
    *source_type = NULL;
    return need_string(p, &leaf->path) && need_mark(p, ':') && need_type(p, &leaf->type)
           && (!take_word(p, "as") || need_string(p, source_type));
}

static bool parse_entry_line(struct parser *p, struct ir_entry *entry)
{
    struct ir_leaf leaf;
    const char *source_type;
    bool fine = true;
    if (take_word(p, "max_depth")) {
        fine = need_u32(p, &entry->max_depth);
    } else if (take_word(p, "batch_index")) {
        entry->uses_batch_index = true;
    } else if (take_word(p, "expect")) {
        fine = need_fault_kind(p, &entry->expect_fault);
    } else if (take_word(p, "assert")) {
        fine = need_string(p, &entry->test_text);
    } else if (take_word(p, "doc")) {
        fine = need_string(p, &entry->doc);
    } else if (take_word(p, "param")) {
        fine = parse_leaf(p, &leaf, &source_type);
        vec_push(p->arena, &entry->params, leaf);
        vec_push(p->arena, &entry->param_types, source_type);
    } else if (take_word(p, "result")) {
        fine = parse_leaf(p, &leaf, &source_type);
        vec_push(p->arena, &entry->results, leaf);
        vec_push(p->arena, &entry->result_types, source_type);
    } else {
        return expected(p, "a line of an entry or `}`");
    }
    return fine && need_line_end(p);
}

static bool parse_entry(struct parser *p, bool is_test)
{
    struct ir_entry entry = {.is_test = is_test};
    const char *title;
    vec_push(p->scratch, &p->entry_lines, p->token.line);
    if (!need_string(p, &title) || !need_mark(p, '=') || !need_callee(p, &entry.func)
        || !need_mark(p, '{') || !need_line_end(p))
        return false;
    entry.name = name_of_text(p->prog->names, title);
    for (skip_empty_lines(p); !take_mark(p, '}'); skip_empty_lines(p))
        if (!parse_entry_line(p, &entry))
            return false;
    vec_push(p->arena, &p->prog->entries, entry);
    return need_line_end(p);
}

/* ---- program -------------------------------------------------------------------------------- */

static bool parse_items(struct parser *p)
{
    find_funcs(p);
    advance(p);
    for (skip_empty_lines(p); p->token.kind != TOKEN_END; skip_empty_lines(p)) {
        bool fine;
        if (take_word(p, "func"))
            fine = parse_func(p);
        else if (take_word(p, "fault"))
            fine = parse_fault(p);
        else if (take_word(p, "entry"))
            fine = parse_entry(p, false);
        else if (take_word(p, "test"))
            fine = parse_entry(p, true);
        else
            fine = expected(p, "`func`, `entry`, `test` or `fault`");
        if (!fine)
            return false;
    }
    return true;
}

static uint32_t flaw_line(const struct parser *p, struct ir_flaw flaw)
{
    if (flaw.entry != IR_NONE)
        return p->entry_lines.at[flaw.entry];
    if (flaw.func == IR_NONE)
        return 1;
    const struct func_lines *lines = &p->lines.at[flaw.func];
    if (flaw.inst != IR_NONE)
        return lines->insts.at[flaw.inst];
    return flaw.block != IR_NONE ? lines->terms.at[flaw.block] : lines->line;
}

struct ir_prog *ir_parse(struct arena *arena, struct names *names, const char *text, const char **why)
{
    struct parser p = {.arena = arena, .scratch = arena_new(), .why = why};
    p.prog = ir_prog_new(arena, names, NULL);
    p.spellings = names_new(p.scratch);
    p.lexer = (struct lexer){.arena = p.scratch, .at = text, .line = 1};
    p.funcs = symbols_new(p.scratch);
    bool fine = parse_items(&p);
    if (fine) {
        struct ir_flaw flaw = ir_find_flaw(p.prog, p.scratch, false);
        fine = !flaw.what || fail_at(&p, flaw_line(&p, flaw), "%s", flaw.what);
    }
    arena_free(p.scratch);
    return fine ? p.prog : NULL;
}
