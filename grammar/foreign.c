/* Spellings of C, Python and mathematics that the language writes in another way. Each has a
 * message of its own with the right spelling, and is read as what it means, so that it is the only
 * error. */
#include "grammar/layout.h"

#include "grammar/parser.h"

#include <string.h>

static void edit(struct layout *l, struct diag *diag, const char *text)
{
    diag_edit(l->reading->diags, diag, diag->loc, "write", "%s", text);
}

/* An operand comes next: nothing stands before that could be the left side of an operator. */
static bool wants_operand(const struct layout *l)
{
    return !token_ends_expression(layout_last_kind(l)) || l->attribute_ended;
}

/* ---- comments ------------------------------------------------------------------------------- */

/* A raw token that nothing but a comment has. */
static bool is_suspicious(const struct layout *l, const struct raw *raw)
{
    switch (raw->kind) {
    case RAW_STRING_OPEN:
    case RAW_NUMBER_WRONG:
    case RAW_SYMBOL:
    case RAW_OTHER:
    case RAW_NO_FRACTION:
    case RAW_NOT_C:
        return true;
    case RAW_CHARACTER:
        return raw->end - raw->begin > 6 || l->reading->chars[raw->end - 1] != '\'';
    default:
        return false;
    }
}

/* A word or literal that cannot follow an operand. */
static bool begins_anew(int kind)
{
    return kind == T_IDENT || kind == T_INT || kind == T_FLOAT || kind == T_STRING || kind == T_TRUE
           || kind == T_FALSE || kind == T_NOT || kind == T_NONE
           || (kind >= T_LET && kind <= T_EXTERN) || kind == T_WHILE || kind == T_FOR
           || kind == T_BREAK || kind == T_CONTINUE || kind == T_RETURN
           || kind == T_ASSERT || kind == T_FAULT;
}

/* A word of a statement that may stand between two operands: a..b step c, x ~= y within rel r. */
static bool is_between_operands(int kind)
{
    return kind == T_STEP || kind == T_WITHIN || kind == T_REL || kind == T_ABS || kind == T_FAULTS;
}

enum { PROSE_LIMIT = 100 }; /* tokens that are looked at, so that a long line takes linear time */

/* The line behind `//` is prose: two operands in a row, or what no expression has. */
static bool reads_as_prose(const struct layout *l)
{
    for (uint32_t i = 1; !layout_line_ends(l, i) && i < PROSE_LIMIT; i++) {
        const struct raw *raw = layout_ahead(l, i);
        if (raw->kind == ';' || raw->kind == T_LB || raw->kind == T_RB)
            return false; /* another statement begins */
        bool is_first_wrong = i == 1 && begins_anew(raw->kind) && raw->kind != T_IDENT
                              && raw->kind != T_INT && raw->kind != T_FLOAT && raw->kind != T_TRUE
                              && raw->kind != T_FALSE && raw->kind != T_NOT;
        int before = i > 1 ? layout_ahead(l, i - 1)->kind : 0;
        bool is_second = i > 1 && token_ends_expression(before) && !is_between_operands(before);
        bool is_odd = is_suspicious(l, raw) && before != ','; /* that may be a message */
        if (is_odd || is_first_wrong || (is_second && begins_anew(raw->kind)))
            return true;
    }
    return false;
}

static bool read_slashes(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    int around = vec_last(&l->brackets).kind;
    bool heads_line = raw->first && around != '(' && around != '[';
    if (!wants_operand(l) && layout_last_kind(l) != T_RB && !heads_line && !reads_as_prose(l))
        return false;
    struct diag *diag = layout_report(l, AB0148, 1, "a comment begins with `#`; `//` divides");
    edit(l, diag, "#");
    layout_skip_line(l);
    return true;
}

static void read_c_comment(struct layout *l)
{
    uint32_t len;
    const char *text = layout_text(l, layout_ahead(l, 0), &len);
    struct diag *diag =
        layout_report(l, AB0148, 1, "a comment begins with `#` and goes to the end of its line");
    if (layout_line_ends(l, 1) && !memchr(text, '\n', len)) {
        bool is_closed = len >= 4 && text[len - 1] == '/' && text[len - 2] == '*';
        uint32_t end = is_closed ? len - 2 : len;
        while (end > 2 && text[end - 1] == ' ')
            end--;
        diag_edit(l->reading->diags, diag, diag->loc, "write", "#%.*s", (int)(end - 2), text + 2);
    }
    l->at++;
}

/* ---- operators ------------------------------------------------------------------------------ */

static bool read_operator(struct layout *l, enum diag_code code, int kind, const char *word,
                          const char *message)
{
    struct diag *diag = layout_report(l, code, 1, message);
    const struct raw *raw = layout_ahead(l, 0);
    const char *chars = l->reading->chars;
    bool space_before = raw->begin && strchr(" \t", chars[raw->begin - 1]);
    bool space_behind = strchr(" \t\r\n", chars[raw->end]);
    bool is_not = kind == T_NOT;
    diag_edit(l->reading->diags, diag, diag->loc, "write", "%s%s%s",
              space_before || is_not ? "" : " ", word, space_behind ? "" : " ");
    layout_take_reported(l, kind)->reported = false;
    return true;
}

/* Where an operand stands next it is a lambda without parameters. */
static bool read_bars(struct layout *l)
{
    return !wants_operand(l)
           && read_operator(l, AB0141, T_OR, "or", "logical or is written `or`");
}

static bool read_not(struct layout *l)
{
    if (wants_operand(l))
        return read_operator(l, AB0142, T_NOT, "not", "negation is written `not`");
    layout_report(l, AB0142, 1, "`!` is no operator; negation is written `not`, unequal `!=`");
    layout_take_reported(l, T_BAD);
    return true;
}

/* Puts tokens that the text does not have. */
static void put_step(struct layout *l, char sign, uint32_t at)
{
    struct token *token = layout_push(l, T_OP_EQ, at, at);
    token->op = sign == '+' ? AST_ADD : AST_SUB;
    token->reported = true;
    token = layout_push(l, T_INT, at, at);
    token->text = "1";
    token->reported = true;
}

static bool closes(int kind)
{
    return kind == ')' || kind == ']' || kind == T_RB || kind == T_LB || kind == ',' || kind == ';'
           || kind == T_END;
}

/* The statement consists of a place so far. */
static bool is_lone_place(const struct layout *l)
{
    uint32_t level = l->brackets.len - 1;
    for (uint32_t i = l->tokens.list.len; i-- > 0;) {
        const struct token *token = &l->tokens.list.at[i];
        if (token->kind == T_NL || token->kind == T_LB)
            return true;
        bool is_part = token_is_name(token->kind) || token->kind == '.'
                       || token->kind == T_TUPLE_FIELD || token->kind == '[' || token->kind == ']'
                       || token->level > level;
        if (!is_part)
            return false;
    }
    return false;
}

/* "i++" and "++i". Elsewhere two signs are two operators, as in `a - --b`. */
static bool read_twice(struct layout *l, char sign)
{
    static const char message[] = "a variable is stepped by `%c= 1`";
    struct raw raw = *layout_ahead(l, 0);
    const struct raw *next = layout_ahead(l, 1);
    struct diags *diags = l->reading->diags;
    bool is_behind = !wants_operand(l) && (next->first || closes(next->kind));
    bool is_before = layout_starts_statement(l) && token_is_name(next->kind) && !next->first;
    bool is_last = next->first || next->kind == T_RB || next->kind == ';' || next->kind == T_END;
    if (is_behind) {
        struct diag *diag = diag_report(diags, AB0143, layout_raw_loc(l, &raw), message, sign);
        l->at++;
        if (!is_last || !is_lone_place(l)) {
            diag_help(diags, diag, "it is a statement of its own and has no value");
            return true; /* read on as if it were not there */
        }
        diag_edit(diags, diag, layout_raw_loc(l, &raw), "write", " %c= 1", sign);
        put_step(l, sign, raw.end);
        return true;
    }
    if (is_before) {
        struct loc loc = layout_loc(l, raw.begin, next->end);
        struct diag *diag = diag_report(diags, AB0143, loc, message, sign);
        bool is_alone = layout_line_ends(l, 2) || closes(layout_ahead(l, 2)->kind);
        l->at++;
        if (!is_alone)
            return true;
        diag_edit(diags, diag, loc, "write", "%.*s %c= 1", (int)(next->end - next->begin),
                  l->reading->chars + next->begin, sign);
        uint32_t end = next->end;
        layout_take(l, next->kind);
        put_step(l, sign, end);
        return true;
    }
    layout_push(l, sign, raw.begin, raw.begin + 1)->first = raw.first;
    layout_push(l, sign, raw.begin + 1, raw.end);
    l->at++;
    return true;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* From `i` on an operand and then a block, in braces or behind a colon. */
static bool has_condition(const struct layout *l, uint32_t i)
{
    uint32_t depth = 0, begin = i;
    int kind = layout_ahead(l, i)->kind;
    if (kind == '.' || kind == T_TUPLE_FIELD)
        return false;
    for (; !layout_line_ends(l, i); i++) {
        kind = layout_ahead(l, i)->kind;
        if (!depth && (kind == T_LB || kind == ':'))
            return i > begin;
        if (!depth
            && (kind == '=' || kind == T_OP_EQ || kind == ',' || kind == ';' || kind == T_RB))
            return false;
        depth += kind == '(' || kind == '[';
        depth -= depth && (kind == ')' || kind == ']');
    }
    return i > begin && layout_ahead(l, i)->kind == T_LB;
}

bool foreign_is_elif(const struct layout *l)
{
    const struct raw *word = layout_ahead(l, 0);
    return word->kind == T_IDENT && layout_last_kind(l) == T_RB && layout_spells(l, word, "elif")
           && has_condition(l, 1);
}

static void read_elif(struct layout *l)
{
    struct bracket *around = &vec_last(&l->brackets);
    struct raw raw = *layout_ahead(l, 0);
    edit(l, layout_report(l, AB0145, 1, "`elif` is written `else if`"), "else if");
    layout_push(l, T_ELSE, raw.begin, raw.begin + 2)->first = raw.first;
    layout_push(l, T_IF, raw.begin + 2, raw.end);
    around->header = T_IF;
    around->header_indent = l->indent;
    l->at++;
}

/* "def f(x)" and its like in other languages. */
static bool read_def(struct layout *l)
{
    static const char *const words[] = {"def", "func", "fun", "function", "proc"};
    const struct raw *raw = layout_ahead(l, 0), *next = layout_ahead(l, 1);
    struct bracket *around = &vec_last(&l->brackets);
    size_t i = 0, count = sizeof words / sizeof words[0];
    while (i < count && !layout_spells(l, raw, words[i]))
        i++;
    if (i == count || !token_is_name(next->kind) || next->first || layout_ahead(l, 2)->kind != '(')
        return false;
    edit(l, layout_report(l, AB0146, 1, "a function is declared with `fn`"), "fn");
    around->header = T_FN;
    around->header_indent = l->indent;
    layout_take(l, T_FN);
    return true;
}

/* "lambda x, y: " becomes "|x, y| ". "lambda: " alone could be a name and its type. */
static bool read_lambda(struct layout *l)
{
    uint32_t colon = 1;
    while (token_is_name(layout_ahead(l, colon)->kind) && !layout_line_ends(l, colon)) {
        colon++;
        if (layout_ahead(l, colon)->kind != ',')
            break;
        colon++;
    }
    if (colon == 1 || !wants_operand(l) || layout_ahead(l, colon)->kind != ':')
        return false;
    const struct raw *first = layout_ahead(l, 1), *last = layout_ahead(l, colon - 1);
    struct diag *diag = layout_report(l, AB0153, colon + 1, "a lambda is written `|x| ...`");
    diag_edit(l->reading->diags, diag, diag->loc, "write", "|%.*s|",
              (int)(last->end - first->begin), l->reading->chars + first->begin);
    layout_take(l, '|');
    while (layout_ahead(l, 0)->kind != ':')
        layout_take(l, layout_ahead(l, 0)->kind);
    layout_take(l, '|');
    return true;
}

static bool read_constant(struct layout *l, const char *right, int kind)
{
    const char *message = arena_printf(l->reading->arena, "this is written `%s`", right);
    edit(l, layout_report(l, AB0147, 1, message), right);
    layout_take(l, kind);
    return true;
}

/* None is `none` among indexes, and nothing elsewhere. */
static bool read_none(struct layout *l)
{
    if (vec_last(&l->brackets).kind == '[')
        return read_constant(l, "none", T_NONE);
    layout_report(l, AB0147, 1, "there is no null value; `none` stands among indexes alone");
    layout_take_reported(l, T_IDENT);
    return true;
}

static bool read_foreign_word(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    int last = layout_last_kind(l), next = layout_ahead(l, 1)->kind;
    if (foreign_is_elif(l)) {
        read_elif(l);
        return true;
    }
    if (last == '.' || next == '=' || last == T_FN)
        return false;
    if (layout_spells(l, raw, "True"))
        return read_constant(l, "true", T_TRUE);
    if (layout_spells(l, raw, "False"))
        return read_constant(l, "false", T_FALSE);
    if (layout_spells(l, raw, "None"))
        return read_none(l);
    if (layout_spells(l, raw, "lambda"))
        return read_lambda(l);
    return (layout_starts_statement(l) || last == T_EXPORT) && read_def(l);
}

/* ---- loops of C ------------------------------------------------------------------------------ */

/* Places in "for (int i = a; i < b; i++)", as counts of raw tokens ahead; 0: not there. */
struct c_loop {
    uint32_t variable, assign, first_end, less, second_end, close;
};

static bool is_c_loop(const struct layout *l, struct c_loop *loop)
{
    uint32_t depth = 0, i = 1;
    *loop = (struct c_loop){0};
    if (layout_ahead(l, 1)->kind != '(')
        return false;
    for (;; i++) {
        int kind = layout_ahead(l, i)->kind;
        if (kind == T_END || kind == T_LB || kind == T_RB)
            return false;
        depth += kind == '(' || kind == '[';
        if ((kind == ')' || kind == ']') && !--depth)
            break;
        if (depth > 1)
            continue;
        if (kind == '=' && !loop->assign) {
            loop->assign = i;
            loop->variable = token_is_name(layout_ahead(l, i - 1)->kind) ? i - 1 : 0;
        } else if (kind == ';') {
            *(loop->first_end ? &loop->second_end : &loop->first_end) = i;
        } else if (kind == '<' && loop->first_end && !loop->less) {
            loop->less = i;
        }
    }
    loop->close = i;
    return loop->first_end != 0;
}

/* The loop goes from a first value up by one while the variable is less than another. */
static bool counts_up(const struct layout *l, const struct c_loop *loop)
{
    if (!loop->variable || !loop->less || !loop->second_end || loop->less != loop->first_end + 2)
        return false;
    const struct raw *step = layout_ahead(l, loop->second_end + 1);
    bool is_step =
        step->kind == RAW_PLUS_PLUS || layout_ahead(l, loop->second_end + 2)->kind == RAW_PLUS_PLUS;
    return is_step && loop->close == loop->second_end + 3;
}

static bool read_c_loop(struct layout *l)
{
    struct c_loop loop;
    struct raw word = *layout_ahead(l, 0);
    if (!is_c_loop(l, &loop))
        return false;
    const char *chars = l->reading->chars;
    struct loc loc = layout_loc(l, layout_ahead(l, 1)->begin, layout_ahead(l, loop.close)->end);
    struct diag *diag = diag_report(l->reading->diags, AB0157, loc, "this is a loop of C");
    if (counts_up(l, &loop)) {
        struct loc a = layout_loc(l, layout_ahead(l, loop.assign + 1)->begin,
                                  layout_ahead(l, loop.first_end - 1)->end);
        struct loc b = layout_loc(l, layout_ahead(l, loop.less + 1)->begin,
                                  layout_ahead(l, loop.second_end - 1)->end);
        const struct raw *variable = layout_ahead(l, loop.variable);
        diag_edit(l->reading->diags, diag, loc, "write", "%.*s in %.*s..%.*s",
                  (int)(variable->end - variable->begin), chars + variable->begin,
                  (int)(a.end - a.begin), chars + a.begin, (int)(b.end - b.begin), chars + b.begin);
    } else {
        diag_help(l->reading->diags, diag,
                  "`for` goes over a range, `for i in 0..n`; other loops are written with `while`");
    }
    /* Read on as if it were a loop over nothing. */
    layout_take(l, T_FOR);
    vec_last(&l->brackets).header = T_FOR;
    vec_last(&l->brackets).header_indent = l->indent;
    layout_push(l, T_IDENT, word.end, word.end)->text = name_of_text(l->reading->names, "_");
    layout_push(l, T_IN, word.end, word.end);
    layout_push(l, T_INT, loc.begin, loc.end)->text = "0";
    vec_last(&l->tokens.list).reported = true;
    l->at += loop.close;
    return true;
}

/* ---- blocks with a colon -------------------------------------------------------------------- */

/* "if x:" and its block. Its lines end where one stands no further right than the head of the
 * block. Behind "fn f(x)" a colon can also be meant as "->". */
static bool read_colon(struct layout *l)
{
    struct bracket *around = &vec_last(&l->brackets);
    int header = around->header, next = layout_ahead(l, 1)->kind;
    if (!header || around->kind == '(' || around->kind == '[')
        return false;
    if (around->has_question) { /* the colon of "c ? a : b" */
        around->has_question = false;
        return false;
    }
    if (header == T_FN && !layout_line_ends(l, 1) && next != T_RETURN && next != T_LET
        && next != T_VAR)
        return false;
    struct raw raw = *layout_ahead(l, 0);
    uint32_t indent = around->header_indent, end = layout_rest_of_line(l, 1);
    struct diag *diag = layout_report(l, AB0151, 1, "a block stands in braces");
    if (end > 1) {
        const struct raw *first = layout_ahead(l, 1), *last = layout_ahead(l, end - 1);
        diag_edit(l->reading->diags, diag, layout_loc(l, raw.begin, last->end), "write",
                  " { %.*s }", (int)(last->end - first->begin), l->reading->chars + first->begin);
    } else {
        diag_help(l->reading->diags, diag, "write ` {` here and `}` behind the block");
    }
    layout_open(l, ':', T_LB, &raw, raw.end);
    if (vec_last(&l->brackets).kind == ':')
        vec_last(&l->brackets).indent = indent;
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------ */

bool foreign_read(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    if (symbol_read_name(l))
        return true;
    switch (raw->kind) {
    case T_FLOORDIV: return read_slashes(l);
    case T_FOR: return read_c_loop(l);
    case RAW_C_COMMENT: read_c_comment(l); return true;
    case RAW_AND_AND: return read_operator(l, AB0140, T_AND, "and", "logical and is written `and`");
    case T_BARS: return read_bars(l);
    case RAW_NOT_C: return read_not(l);
    case RAW_PLUS_PLUS: return read_twice(l, '+');
    case RAW_MINUS_MINUS: return read_twice(l, '-');
    case ':': return read_colon(l);
    case RAW_SYMBOL: symbol_read(l); return true;
    case RAW_OTHER: symbol_read_other(l); return true;
    case RAW_NUL: layout_take_reported(l, T_BAD); return true;
    case T_IDENT: return read_foreign_word(l);
    default: return false;
    }
}
