/* Says what is wrong where the grammar finds a token that cannot stand there. A mistake that people
 * make often has a message of its own; any other names what could stand there, in plain words. */
#include "grammar/parser_state.h"

#include "grammar/parser.h"

#include <string.h>

struct mistake {
    struct parser *p;
    struct diags *diags;
    const struct token *bad, *before; /* `before`: an end of file if there is none */
    struct loc loc;                   /* of `bad` */
    const char *const *expected;
    int count;
};

/* ---- small questions ------------------------------------------------------------------------- */

static bool has(const struct mistake *m, const char *token)
{
    for (int i = 0; i < m->count; i++)
        if (!strcmp(m->expected[i], token))
            return true;
    return false;
}

static const struct token *token_at(const struct mistake *m, uint32_t i)
{
    return &m->p->tokens.list.at[i];
}

static const struct token *ahead(const struct mistake *m, uint32_t count)
{
    uint32_t last = m->p->tokens.list.len - 1, i = m->p->seen + count;
    return token_at(m, i < last ? i : last);
}

static const char *text_between(const struct mistake *m, uint32_t begin, uint32_t end)
{
    return arena_strndup(m->p->reading->arena, m->p->reading->chars + begin, end - begin);
}

static const char *text_of(const struct mistake *m, const struct token *token)
{
    return text_between(m, token->begin, token->end);
}

static struct loc loc_from(const struct mistake *m, uint32_t begin, uint32_t end)
{
    return (struct loc){m->p->reading->file, begin, end};
}

static bool is_reserved(int kind)
{
    return token_is_word(kind) && !token_is_name(kind);
}

/* An operator, or another mark, that joins what is before it with what is behind it. */
static bool joins(int kind)
{
    static const int kinds[] = {T_EQ,    T_NE,       T_LE,          T_GE, T_SHL,      T_SHR,
                                T_POW,   T_FLOORDIV, T_AND,         T_OR, T_OP_EQ,    T_ARROW,
                                T_RANGE, T_CLOSE,    T_TUPLE_FIELD, T_IN, T_QUESTION, '*',
                                '/',     '%',        '@',           '<',  '>',        '&',
                                '^',     '=',        '.',           ',',  '|',        ':'};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i] == kind)
            return true;
    return false;
}

static bool is_operator(int kind)
{
    return kind == '+' || kind == '-' || (joins(kind) && !strchr("=.,:", kind < 128 ? kind : 'x'));
}

/* The token before the line ends, from the bad one on. */
static const struct token *last_of_line(const struct mistake *m)
{
    uint32_t i = 0;
    while (ahead(m, i + 1)->kind != T_NL && ahead(m, i + 1)->kind != T_END
           && !ahead(m, i + 1)->first)
        i++;
    return ahead(m, i);
}

static const struct token *first_of_statement(const struct mistake *m)
{
    uint32_t i = m->p->seen, level = m->bad->level;
    while (i > 0 && token_at(m, i - 1)->level >= level && token_at(m, i - 1)->kind != T_NL)
        i--;
    return token_at(m, i);
}

static bool has_block_in_line(const struct mistake *m)
{
    const struct token *last = last_of_line(m);
    for (const struct token *token = m->bad; token <= last; token++)
        if (token->kind == T_LB && token->level == m->bad->level)
            return true;
    return false;
}

static bool begins_declaration(const struct mistake *m)
{
    int kind = m->bad->kind;
    return kind == T_STRUCT || kind == T_CONST || kind == T_IMPORT || kind == T_EXPORT
           || kind == T_EXTERN || (kind == T_FN && token_is_name(ahead(m, 1)->kind));
}

/* ---- mistakes with a message of their own ---------------------------------------------------- */

static bool line_begins_with_operator(const struct mistake *m)
{
    bool is_before = m->bad->kind == T_NL; /* the end of the line before is the unexpected one */
    const struct token *first = is_before ? ahead(m, 1) : m->bad,
                       *end = is_before ? m->bad : m->before;
    if (!first->first || end->kind != T_NL || end->end > end->begin || !joins(first->kind)
        || first->kind == ':' || m->p->seen < 1)
        return false;
    const char *op = text_of(m, first);
    bool is_tight = first->kind == '.' || first->kind == ',' || first->kind == T_TUPLE_FIELD;
    struct diag *diag = diag_report(m->diags, AB0122, loc_from(m, first->begin, first->end),
                                    "a line cannot begin with `%s`", op);
    diag_note(m->diags, diag, loc_from(m, end->begin, end->begin),
              "the statement ends here; end the line with `%s` to go on", op);
    diag_edit(m->diags, diag, loc_from(m, end->begin, first->end), "end the line before with it",
              "%s%s%s", is_tight ? "" : " ", op, text_between(m, end->begin, first->begin));
    return true;
}

static bool statement_at_top(const struct mistake *m)
{
    if (!has(m, "struct"))
        return false;
    bool is_variable = m->bad->kind == T_LET || m->bad->kind == T_VAR;
    bool is_statement =
        is_variable || m->bad->kind == T_IF || m->bad->kind == T_WHILE || m->bad->kind == T_FOR
        || m->bad->kind == T_RETURN || m->bad->kind == T_ASSERT || m->bad->kind == T_FAULT
        || token_ends_expression(m->bad->kind) || m->bad->kind == '(' || m->bad->kind == T_SHOW;
    if (!is_statement)
        return false;
    struct diag *diag = diag_report(
        m->diags, AB0134, m->loc,
        "expected a declaration, found `%s`; statements stand in functions", text_of(m, m->bad));
    if (is_variable && token_is_name(ahead(m, 1)->kind))
        diag_edit(m->diags, diag, m->loc, "a constant of the file is declared by", "const");
    else if (!strcmp(text_of(m, m->bad), "from"))
        diag_help(m->diags, diag, "another file is imported by `import NAME`; the functions of "
                                  "NumPy need no import");
    return true;
}

static bool declaration_in_block(const struct mistake *m)
{
    bool is_test =
        m->bad->kind == T_STRING && m->before->kind == T_TEST && ahead(m, 1)->kind == T_LB;
    if (!is_test && (!has(m, "let") || !begins_declaration(m)))
        return false;
    const struct token *word = is_test ? m->before : m->bad;
    struct diag *diag = diag_report(
        m->diags, AB0133, loc_from(m, word->begin, word->end),
        "`%s` declares something of the file and cannot stand in a block", text_of(m, word));
    if (word->kind == T_CONST)
        diag_edit(m->diags, diag, m->loc, "in a block, write", "let");
    return true;
}

static bool reserved_as_name(const struct mistake *m)
{
    if (!has(m, "name") || has(m, "integer") || !is_reserved(m->bad->kind))
        return false;
    diag_report(m->diags, AB0121, m->loc, "expected a name, found the reserved word `%s`",
                text_of(m, m->bad));
    return true;
}

static bool assignment_as_value(const struct mistake *m)
{
    if (m->bad->kind != '=' || has(m, "'='") || has(m, "integer") || !has(m, "'+'"))
        return false;
    struct diag *diag =
        diag_report(m->diags, AB0130, m->loc, "`=` assigns and gives no value; `==` compares");
    if (!has(m, "end of line") || has(m, "~="))
        diag_edit(m->diags, diag, m->loc, "to compare, write", "==");
    return true;
}

static bool operand_without_parentheses(const struct mistake *m)
{
    bool is_if = m->bad->kind == T_IF, is_lambda = m->bad->kind == '|' || m->bad->kind == T_BARS;
    bool is_before = (is_if || is_lambda) && has(m, "integer") && !has(m, "if");
    bool is_behind = m->before->kind == T_RB && is_operator(m->bad->kind) && !has(m, "'+'")
                     && !m->bad->first && has(m, "end of line");
    if (!is_before && !is_behind)
        return false;
    diag_report(m->diags, AB0128, m->loc, "%s used as an operand stands in parentheses",
                is_lambda ? "a lambda" : "an `if`");
    return true;
}

static bool string_as_value(const struct mistake *m)
{
    if (m->bad->kind != T_STRING || !has(m, "integer"))
        return false;
    diag_report(m->diags, AB0123, m->loc,
                "a string is no value; it stands only in assert, fault, show, test and import");
    return true;
}

/* Words of C and of this language that name a type, and what they are called here. */
static const struct type_word {
    const char *word, *type;
} type_words[] = {
    {"int", ": i32"},    {"long", ": i64"},    {"short", ": i16"},   {"unsigned", ": u32"},
    {"float", ": f32"},  {"double", ": f64"},  {"char", ": u8"},     {"auto", ""},
    {"mut", ""},         {"bool", ": bool"},   {"i8", ": i8"},       {"i16", ": i16"},
    {"i32", ": i32"},    {"i64", ": i64"},     {"u8", ": u8"},       {"u16", ": u16"},
    {"u32", ": u32"},    {"u64", ": u64"},     {"f32", ": f32"},     {"f64", ": f64"},
    {"uint8_t", ": u8"}, {"int32_t", ": i32"}, {"int64_t", ": i64"}, {"size_t", ": u64"}};

static const struct type_word *find_type_word(const struct token *token)
{
    for (size_t i = 0; i < sizeof type_words / sizeof type_words[0]; i++)
        if (token_is_name(token->kind) && !strcmp(type_words[i].word, token->text))
            return &type_words[i];
    return NULL;
}

/* "int x" where a parameter stands. */
static bool type_before_parameter(const struct mistake *m)
{
    const struct type_word *type = find_type_word(m->before);
    if (!type || !token_is_name(m->bad->kind) || !has(m, "':'") || has(m, "'+'") || m->p->seen < 2)
        return false;
    int start = token_at(m, m->p->seen - 2)->kind;
    if (start != '(' && start != ',' && start != T_INOUT)
        return false;
    struct loc loc = loc_from(m, m->before->begin, m->bad->end);
    struct diag *diag =
        diag_report(m->diags, AB0152, loc, "the type of a parameter stands behind its name");
    if (ahead(m, 1)->kind == ',' || ahead(m, 1)->kind == ')')
        diag_edit(m->diags, diag, loc, "write", "%s%s", m->bad->text, type->type);
    return true;
}

/* "int x = 1" and "let mut x = 1". */
static bool type_before_name(const struct mistake *m)
{
    const struct type_word *type = find_type_word(m->before);
    if (!type || !token_is_name(m->bad->kind) || m->p->seen < 2)
        return false;
    const struct token *head = m->before, *start = token_at(m, m->p->seen - 2);
    bool is_mut = start->kind == T_LET && !strcmp(type->word, "mut");
    if (!is_mut && (start->kind != T_NL && start->kind != T_LB))
        return false;
    head = is_mut ? start : head;
    struct loc loc = loc_from(m, head->begin, m->bad->end);
    struct diag *diag =
        diag_report(m->diags, AB0152, loc,
                    "a variable is declared with `var`, and its type stands behind its name");
    if (!token_is_name(ahead(m, 1)->kind)) /* not "unsigned int x" */
        diag_edit(m->diags, diag, loc, "write", "var %s%s", m->bad->text, type->type);
    return true;
}

/* "x: f64 = 3"; at the head of a block its brace was taken for that of a struct literal. */
static bool declaration_of_python(const struct mistake *m)
{
    bool heads_block = m->bad->kind == T_SLB && has(m, "{");
    bool heads_statement = m->bad->kind == ':' && has(m, "end of line")
                           && m->before->kind == T_IDENT && m->p->seen >= 2
                           && token_at(m, m->p->seen - 2)->kind == T_NL;
    if (!heads_block && !heads_statement)
        return false;
    const struct token *word = heads_block ? ahead(m, 1) : m->before;
    struct loc loc = loc_from(m, word->begin, word->end);
    struct diag *diag =
        diag_report(m->diags, AB0152, loc, "a variable is declared with `let` or `var`");
    const struct token *colon = heads_block ? ahead(m, 2) : m->bad;
    const struct token *equals = ahead(m, heads_block ? 3 : 1);
    if (equals->kind == '=' && equals->begin == colon->end)
        diag_edit(m->diags, diag, loc_from(m, word->begin, equals->end), "write", "var %s =",
                  word->text);
    else
        diag_edit(m->diags, diag, loc, "write", "var %s", word->text);
    return true;
}

/* "P { x = 1 }" */
static bool field_by_equals(const struct mistake *m)
{
    if (m->bad->kind != T_LB || !has(m, "'+'") || m->before->kind != T_IDENT
        || ahead(m, 1)->kind != T_IDENT || ahead(m, 2)->kind != '=' || ahead(m, 1)->first)
        return false;
    const struct token *equals = ahead(m, 2);
    struct diag *diag =
        diag_report(m->diags, AB0120, loc_from(m, equals->begin, equals->end),
                    "a field of a literal is written `%s: value`", ahead(m, 1)->text);
    diag_edit(m->diags, diag, loc_from(m, ahead(m, 1)->end, equals->end), "write", ":");
    return true;
}

static bool result_behind_colon(const struct mistake *m)
{
    if (m->bad->kind != ':' || !has(m, "->"))
        return false;
    struct diag *diag =
        diag_report(m->diags, AB0156, m->loc, "the type of the result stands behind `->`");
    diag_edit(m->diags, diag, m->loc, "write", " ->");
    return true;
}

static bool range_with_end(const struct mistake *m)
{
    if (m->before->kind != T_RANGE || (m->bad->kind != '=' && m->bad->kind != '<'))
        return false;
    struct diag *diag = diag_report(m->diags, AB0150, m->loc, "a range has no `%s` behind its `..`",
                                    text_of(m, m->bad));
    diag_help(m->diags, diag, "a..b leaves out b; to go up to b itself, write a..b + 1");
    return true;
}

static bool block_without_braces(const struct mistake *m)
{
    int kind = m->bad->kind;
    bool begins = token_is_name(kind) || kind == T_RETURN || kind == T_BREAK || kind == T_CONTINUE
                  || kind == T_ASSERT || kind == T_FAULT || kind == T_LET || kind == T_VAR
                  || kind == T_WHILE || kind == T_FOR || kind == T_SHOW;
    if (!begins || !has(m, "{") || has(m, "->"))
        return false;
    if (has_block_in_line(m))
        return false;
    const struct token *last = last_of_line(m);
    struct diag *diag = diag_report(m->diags, AB0151, m->loc, "a block stands in braces");
    diag_edit(m->diags, diag, loc_from(m, m->bad->begin, last->end), "write", "{ %s }",
              text_between(m, m->bad->begin, last->end));
    return true;
}

/* "let s = a +", and then a line that begins something else. */
static bool operand_missing(const struct mistake *m)
{
    bool begins = m->bad->kind == T_RB || (is_reserved(m->bad->kind) && m->bad->kind != T_NOT);
    if (!m->bad->first || !begins || !has(m, "integer") || has(m, "let")
        || m->before->kind == T_END)
        return false;
    diag_report(m->diags, AB0120, loc_from(m, m->before->end, m->before->end),
                "expected an expression behind `%s`, found the end of the line",
                text_of(m, m->before));
    return true;
}

/* ---- any other mistake ----------------------------------------------------------------------- */

enum { MOST_PHRASES = 12 };

struct phrases {
    const char *at[MOST_PHRASES];
    int count;
};

static void add_if(struct phrases *phrases, bool condition, const char *phrase)
{
    if (condition && phrases->count < MOST_PHRASES)
        phrases->at[phrases->count++] = phrase;
}

static struct phrases phrases_of(const struct mistake *m)
{
    static const struct {
        const char *token, *phrase;
    } marks[] = {{"'='", "`=`"},   {"':'", "`:`"}, {"','", "`,`"},         {"in", "`in`"},
                 {"..", "`..`"},   {"->", "`->`"}, {"'('", "`(`"},         {"')'", "`)`"},
                 {"']'", "`]`"},   {"{", "`{`"},   {"within", "`within`"}, {"rel", "`rel`"},
                 {"abs", "`abs`"}, {"fn", "`fn`"}, {"as", "`as`"}};
    struct phrases phrases = {.count = 0};
    bool is_statement = has(m, "let"), is_declaration = has(m, "struct"),
         is_expression = has(m, "integer");
    bool is_behind = has(m, "'+'") && !is_expression, is_name = has(m, "name") && !is_expression;
    bool is_type = is_name && has(m, "fn"), ends = has(m, "end of line");
    add_if(&phrases, is_declaration, "a declaration");
    add_if(&phrases, is_statement, "a statement");
    add_if(&phrases, is_expression && !is_statement, "an expression");
    add_if(&phrases, is_type, "a type");
    add_if(&phrases, is_name && !is_type && !is_declaration, "a name");
    add_if(&phrases, has(m, "string") && !is_expression, "a string");
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *token = marks[i].token;
        bool is_hidden =
            (is_declaration || is_statement) || (is_behind && ends && strcmp(token, "{") != 0)
            || (is_behind && !strcmp(token, "'('"))
            || ((is_expression || is_type) && (!strcmp(token, "'('") || !strcmp(token, "fn")))
            || ((is_expression || is_name) && token[0] >= 'a' && token[0] <= 'z');
        add_if(&phrases, !is_hidden && has(m, token), marks[i].phrase);
    }
    add_if(&phrases, ends && !is_statement && !is_declaration, "the end of the line");
    add_if(&phrases, has(m, "}") && !ends, "`}`");
    add_if(&phrases, !phrases.count && is_behind, "an operator");
    return phrases;
}

/* The next statement in the line of the one before, which is more than a word. */
static bool is_second_of_line(const struct mistake *m)
{
    int kind = m->bad->kind;
    bool is_behind_word = m->before->kind == T_IDENT && m->p->seen >= 2
                          && (token_at(m, m->p->seen - 2)->kind == T_NL
                              || token_at(m, m->p->seen - 2)->kind == T_LB);
    return has(m, "end of line") && !m->bad->first && !is_behind_word
           && (kind == T_LET || kind == T_VAR || kind == T_IF || kind == T_WHILE || kind == T_FOR
               || kind == T_BREAK || kind == T_CONTINUE || kind == T_RETURN || kind == T_ASSERT
               || kind == T_FAULT);
}

/* "import numpy as np" */
static bool is_import_as(const struct mistake *m)
{
    return m->bad->kind == T_AS && m->before->kind == T_IDENT && m->p->seen >= 2
           && token_at(m, m->p->seen - 2)->kind == T_IMPORT;
}

static const char *found_text(const struct mistake *m)
{
    const struct token *bad = m->bad;
    if (bad->kind == T_END)
        return "the end of the file";
    if (bad->kind == T_NL && bad->begin == bad->end)
        return "the end of the line";
    uint32_t len = bad->end - bad->begin, most = 40;
    if (len <= most)
        return arena_printf(m->p->reading->arena, "`%s`", text_of(m, bad));
    while (((unsigned char)m->p->reading->chars[bad->begin + most] & 0xC0) == 0x80)
        most--;
    return arena_printf(m->p->reading->arena, "`%s`...",
                        text_between(m, bad->begin, bad->begin + most));
}

static void report_unexpected(const struct mistake *m)
{
    struct phrases phrases = phrases_of(m);
    struct text list = {0};
    for (int i = 0; i < phrases.count; i++)
        text_printf(&list, "%s%s", !i ? "" : i + 1 < phrases.count ? ", " : " or ", phrases.at[i]);
    struct diag *diag;
    if (phrases.count)
        diag = diag_report(m->diags, AB0120, m->loc, "expected %s, found %s", list.chars,
                           found_text(m));
    else
        diag = diag_report(m->diags, AB0120, m->loc, "%s cannot stand here", found_text(m));
    text_free(&list);
    bool is_part = m->bad->kind == T_IN || m->bad->kind == T_INOUT || m->bad->kind == T_SHARED
                   || m->bad->kind == T_NONE;
    if (m->bad->kind == T_NL && first_of_statement(m)->kind == T_LET && has(m, "'='"))
        diag_help(m->diags, diag, "a `let` has a value; a `var` may get it later");
    else if (m->bad->kind == T_ELSE)
        diag_help(m->diags, diag, "an `else` follows the closing brace of an `if`");
    else if (is_import_as(m) && !strcmp(m->before->text, "numpy"))
        diag_help(m->diags, diag, "the functions of NumPy need no import");
    else if (is_import_as(m))
        diag_edit(m->diags, diag, loc_from(m, m->before->begin, m->before->end),
                  "another name is given to a path", "\"%s.ab\"", m->before->text);
    else if (is_second_of_line(m))
        diag_edit(m->diags, diag, loc_from(m, m->before->end, m->before->end),
                  "a statement ends with its line, or with", ";");
    else if (is_part && has(m, "integer"))
        diag_help(m->diags, diag, "`%s` is a reserved word", text_of(m, m->bad));
}

void mistake_report(struct parser *p, const char *const *expected, int count)
{
    static bool (*const common[])(const struct mistake *) = {
        line_begins_with_operator, statement_at_top,
        declaration_in_block,      range_with_end,
        reserved_as_name,          assignment_as_value,
        operand_without_parentheses, string_as_value,
        type_before_name,          type_before_parameter,
        declaration_of_python,     field_by_equals,
        result_behind_colon,
        block_without_braces,      operand_missing,
    };
    static const struct token none = {.kind = T_END};
    const struct token *bad = &p->tokens.list.at[p->seen];
    struct mistake m = {.p = p,
                        .diags = p->reading->diags,
                        .bad = bad,
                        .expected = expected,
                        .count = count,
                        .before = p->seen ? bad - 1 : &none,
                        .loc = {p->reading->file, bad->begin, bad->end}};
    if (bad->reported || bad->kind == T_BAD)
        return;
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (common[i](&m))
            return;
    report_unexpected(&m);
}
