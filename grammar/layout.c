#include "grammar/layout.h"

#include "grammar/parser.h"

#include <string.h>

/* ---- small questions ------------------------------------------------------------------------ */

const struct raw *layout_ahead(const struct layout *l, uint32_t count)
{
    uint32_t last = l->raws.list.len - 1;
    return &l->raws.list.at[last - l->at < count ? last : l->at + count];
}

struct loc layout_loc(const struct layout *l, uint32_t begin, uint32_t end)
{
    return (struct loc){l->reading->file, begin, end};
}

struct loc layout_raw_loc(const struct layout *l, const struct raw *raw)
{
    return layout_loc(l, raw->begin, raw->end);
}

const char *layout_text(const struct layout *l, const struct raw *raw, uint32_t *len)
{
    *len = raw->end - raw->begin;
    return l->reading->chars + raw->begin;
}

bool layout_spells(const struct layout *l, const struct raw *raw, const char *text)
{
    size_t len = strlen(text);
    return raw->end - raw->begin == len && !memcmp(l->reading->chars + raw->begin, text, len);
}

bool layout_line_ends(const struct layout *l, uint32_t count)
{
    const struct raw *raw = layout_ahead(l, count);
    return raw->first || raw->kind == T_END;
}

uint32_t layout_rest_of_line(const struct layout *l, uint32_t count)
{
    while (!layout_line_ends(l, count))
        count++;
    return count;
}

int layout_last_kind(const struct layout *l)
{
    return l->tokens.list.len ? vec_last(&l->tokens.list).kind : 0;
}

static struct bracket *innermost(struct layout *l)
{
    return &vec_last(&l->brackets);
}

bool token_is_name(int kind)
{
    switch (kind) {
    case T_IDENT: case T_STEP: case T_TEST: case T_WITHIN: case T_REL: case T_ABS: case T_FAULTS:
    case T_BATCHED: case T_AS:
        return true;
    default:
        return false;
    }
}

bool token_is_word(int kind)
{
    return token_is_name(kind) || (kind >= T_LET && kind <= T_NOT);
}

bool token_ends_expression(int kind)
{
    switch (kind) {
    case T_INT: case T_FLOAT: case T_IMAG: case T_STRING: case T_TUPLE_FIELD: case T_TRUE:
    case T_FALSE: case ')': case ']': case T_RB: case T_BAD:
        return true;
    default:
        return token_is_name(kind);
    }
}

static bool ends_statement(int kind)
{
    return token_ends_expression(kind) || kind == T_RETURN || kind == T_BREAK || kind == T_CONTINUE;
}

bool layout_starts_statement(const struct layout *l)
{
    int last = layout_last_kind(l);
    return !last || last == T_NL || last == T_LB || l->attribute_ended;
}

/* Blanks between the start of the line and its first token. */
static uint32_t indent_of(const struct layout *l, const struct raw *first)
{
    uint32_t head = first->begin;
    while (head > 0 && strchr(" \t", l->reading->chars[head - 1]))
        head--;
    return first->begin - head;
}

/* A word that begins a statement or a declaration and never stands inside an expression. */
static bool begins_line_only(const struct layout *l)
{
    switch (layout_ahead(l, 0)->kind) {
    case T_LET: case T_VAR: case T_WHILE: case T_FOR: case T_RETURN: case T_BREAK:
    case T_CONTINUE: case T_ASSERT: case T_FAULT: case T_STRUCT: case T_CONST: case T_IMPORT:
    case T_EXPORT: case T_EXTERN:
        return true;
    case T_FN:
        return token_is_name(layout_ahead(l, 1)->kind);
    default:
        return false;
    }
}

static bool begins_declaration(const struct layout *l)
{
    uint32_t i = 0;
    while (layout_ahead(l, i)->kind == '@' && token_is_word(layout_ahead(l, i + 1)->kind)) {
        i += 2;
        if (layout_ahead(l, i)->kind != '(')
            continue;
        while (layout_ahead(l, i)->kind != ')' && layout_ahead(l, i)->kind != T_END)
            i++;
        i += layout_ahead(l, i)->kind == ')';
    }
    switch (layout_ahead(l, i)->kind) {
    case T_STRUCT: case T_CONST: case T_IMPORT: case T_EXPORT: case T_EXTERN:
        return true;
    case T_FN:
        return token_is_name(layout_ahead(l, i + 1)->kind);
    case T_TEST:
        return layout_ahead(l, i + 1)->kind == T_STRING;
    default:
        return false;
    }
}

/* ---- putting tokens ------------------------------------------------------------------------- */

struct token *layout_push(struct layout *l, int kind, uint32_t begin, uint32_t end)
{
    struct token *token = vec_add(l->reading->arena, &l->tokens.list);
    token->kind = kind;
    token->begin = begin;
    token->end = end;
    token->level = l->brackets.len - 1;
    l->attribute_ended = kind == T_ATTR;
    return token;
}

/* Names and words keep their text; too long a name is reported and kept. */
static void set_name(struct layout *l, struct token *token, uint32_t begin)
{
    uint32_t len = token->end - begin;
    token->text = name_of(l->reading->names, l->reading->chars + begin, len);
    if (len > NAME_LIMIT)
        diag_report(l->reading->diags, AB0109, layout_loc(l, begin, token->end),
                    "a name of %u bytes; the longest has %d", len, NAME_LIMIT);
}

struct token *layout_take(struct layout *l, int kind)
{
    const struct raw *raw = layout_ahead(l, 0);
    struct token *token = layout_push(l, kind, raw->begin, raw->end);
    token->first = raw->first;
    if (token_is_name(kind) || kind == T_SHOW)
        set_name(l, token, raw->begin);
    l->at++;
    return token;
}

struct token *layout_take_reported(struct layout *l, int kind)
{
    struct token *token = layout_take(l, kind);
    token->reported = true;
    return token;
}

struct diag *layout_report(struct layout *l, enum diag_code code, uint32_t count,
                           const char *message)
{
    uint32_t begin = layout_ahead(l, 0)->begin, end = layout_ahead(l, count - 1)->end;
    return diag_report(l->reading->diags, code, layout_loc(l, begin, end), "%s", message);
}

void layout_skip_line(struct layout *l)
{
    do
        l->at++;
    while (!layout_ahead(l, 0)->first && layout_ahead(l, 0)->kind != T_END);
}

static void put_statement_end(struct layout *l, uint32_t begin, uint32_t end)
{
    layout_push(l, T_NL, begin, end);
    innermost(l)->header = 0;
    innermost(l)->has_question = false;
}

/* ---- brackets ------------------------------------------------------------------------------- */

static const char *closing_text(int bracket)
{
    return bracket == '(' ? ")" : bracket == '[' ? "]" : "}";
}

static int closing_kind(int bracket)
{
    return bracket == '(' ? ')' : bracket == '[' ? ']' : T_RB;
}

/* Skips from an opening bracket to its end; the whole becomes one bad token. */
static void skip_nest(struct layout *l)
{
    uint32_t open = 0;
    do {
        switch (layout_ahead(l, 0)->kind) {
        case '(': case '[': case T_LB:
            open++;
            break;
        case ')': case ']': case T_RB:
            open--;
            break;
        default:
            break;
        }
        l->at++;
    } while (open && layout_ahead(l, 0)->kind != T_END);
}

/* An opening bracket of which `raw` is the first part, up to byte `end`. */
void layout_open(struct layout *l, int bracket, int kind, const struct raw *raw, uint32_t end)
{
    if (l->brackets.len - 1 >= NESTING_LIMIT) {
        diag_report(l->reading->diags, AB0110, layout_raw_loc(l, raw),
                    "brackets and blocks nest more than %d deep", NESTING_LIMIT);
        l->is_too_deep = true;
        if (kind == T_ATTR_OPEN)
            l->at += 2;
        layout_push(l, T_BAD, raw->begin, raw->end)->reported = true;
        if (bracket == ':')
            l->at++; /* its lines are read as statements of the block around */
        else
            skip_nest(l);
        return;
    }
    struct token *token = layout_push(l, kind, raw->begin, end);
    token->first = raw->first;
    struct bracket opened = {.kind = bracket,
                             .of_attribute = kind == T_ATTR_OPEN,
                             .begin = raw->begin,
                             .end = end,
                             .indent = l->indent};
    if (kind == T_LB)
        innermost(l)->header = 0;
    vec_push(l->reading->arena, &l->brackets, opened);
    l->at++;
}

/* Closes the innermost bracket by a token that the text has, or that it lacks. */
static void close_innermost(struct layout *l, uint32_t begin, uint32_t end, bool is_missing)
{
    struct bracket closed = vec_pop(&l->brackets);
    layout_push(l, closing_kind(closed.kind), begin, end)->reported = is_missing;
    l->attribute_ended = closed.of_attribute;
}

static void close_missing(struct layout *l)
{
    uint32_t end = l->tokens.list.len ? vec_last(&l->tokens.list).end : 0;
    close_innermost(l, end, end, true);
}

static void report_unclosed(struct layout *l, const struct bracket *open)
{
    const struct raw *before = layout_ahead(l, 0);
    if (l->is_too_deep)
        return;
    struct diag *diag =
        diag_report(l->reading->diags, AB0112, layout_loc(l, open->begin, open->end),
                    "nothing closes this `%c`", open->kind);
    if (before->kind == T_END)
        diag_help(l->reading->diags, diag, "a `%s` is missing before the end of the file",
                  closing_text(open->kind));
    else
        diag_note(l->reading->diags, diag, layout_loc(l, before->begin, before->begin + 1),
                  "a `%s` is missing before this", closing_text(open->kind));
}

/* Closes brackets of expressions that are still open where a block ends or a statement begins. */
static void close_expressions(struct layout *l)
{
    if (innermost(l)->kind == '(' || innermost(l)->kind == '[')
        report_unclosed(l, innermost(l));
    while (innermost(l)->kind == '(' || innermost(l)->kind == '[')
        close_missing(l);
}

static bool has_open(const struct layout *l, int kind)
{
    for (uint32_t i = l->brackets.len; i-- > 1;) {
        if (l->brackets.at[i].kind == kind)
            return true;
        if (kind != '{' && (l->brackets.at[i].kind == '{' || l->brackets.at[i].kind == ':'))
            return false;
    }
    return false;
}

/* Closes all that is open, before a declaration or the end of the file; at most one report. */
static void close_all(struct layout *l)
{
    bool is_reported = false;
    for (; l->brackets.len > 1; close_missing(l)) {
        if (is_reported || innermost(l)->kind == ':')
            continue;
        is_reported = true;
        report_unclosed(l,
                        innermost(l)->kind == '{' && l->suspect.kind ? &l->suspect : innermost(l));
    }
    l->suspect.kind = 0;
}

static void report_stray(struct layout *l, const struct raw *raw)
{
    struct diag *diag = diag_report(l->reading->diags, AB0113, layout_raw_loc(l, raw),
                                    "this `%c` closes nothing", l->reading->chars[raw->begin]);
    diag_edit(l->reading->diags, diag, layout_raw_loc(l, raw), "remove it", "%s", "");
    l->at++;
}

static void read_closing(struct layout *l, int bracket)
{
    const struct raw *raw = layout_ahead(l, 0);
    if (bracket == '{') {
        if (!has_open(l, '{')) {
            report_stray(l, raw);
            return;
        }
        close_expressions(l);
        while (innermost(l)->kind == ':') {
            close_missing(l);
            close_expressions(l);
        }
        if (raw->first && l->indent < innermost(l)->indent && !l->suspect.kind)
            l->suspect = *innermost(l);
    } else if (innermost(l)->kind != bracket) {
        bool is_pair = innermost(l)->kind == '(' || innermost(l)->kind == '[';
        if (is_pair && has_open(l, bracket)) {
            report_unclosed(l, innermost(l));
            while (innermost(l)->kind != bracket)
                close_missing(l);
        } else if (is_pair) {
            const char *right = closing_text(innermost(l)->kind);
            struct diag *diag =
                diag_report(l->reading->diags, AB0113, layout_raw_loc(l, raw),
                            "`%c` where `%s` is missing", l->reading->chars[raw->begin], right);
            diag_note(l->reading->diags, diag,
                      layout_loc(l, innermost(l)->begin, innermost(l)->end), "it would close this");
            diag_edit(l->reading->diags, diag, layout_raw_loc(l, raw), "write", "%s", right);
        } else {
            report_stray(l, raw);
            return;
        }
    }
    close_innermost(l, raw->begin, raw->end, false);
    vec_last(&l->tokens.list).first = raw->first;
    l->at++;
}

/* ---- lines ---------------------------------------------------------------------------------- */

static void begin_line(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    uint32_t indent = l->indent = indent_of(l, raw);
    bool is_continued = l->is_continued;
    l->is_continued = false;
    while (innermost(l)->kind == ':' && indent <= innermost(l)->indent)
        close_missing(l);
    if (begins_line_only(l))
        close_expressions(l);
    if (l->brackets.len > 1 && !indent && begins_declaration(l))
        close_all(l);
    int around = innermost(l)->kind;
    if (!is_continued && ends_statement(layout_last_kind(l)) && !l->attribute_ended && around != '('
        && around != '[' && raw->kind != T_ELSE && raw->kind != T_LB && !foreign_is_elif(l)) {
        uint32_t end = vec_last(&l->tokens.list).end;
        put_statement_end(l, end, end);
    }
}

/* ---- tokens whose meaning depends on their place -------------------------------------------- */

static bool is_struct_brace(const struct layout *l)
{
    return token_is_name(layout_ahead(l, 1)->kind) && layout_ahead(l, 2)->kind == ':';
}

static void read_at(struct layout *l)
{
    const struct raw *at = layout_ahead(l, 0), *word = layout_ahead(l, 1),
                     *open = layout_ahead(l, 2);
    bool is_attribute = !token_ends_expression(layout_last_kind(l)) || l->attribute_ended;
    if (!is_attribute || !token_is_word(word->kind) || word->begin != at->end) {
        layout_take(l, '@');
        return;
    }
    bool has_args = open->kind == '(' && open->begin == word->end;
    name text =
        name_of(l->reading->names, l->reading->chars + word->begin, word->end - word->begin);
    if (has_args) {
        struct raw raw = *at;
        layout_open(l, '(', T_ATTR_OPEN, &raw, open->end);
        if (layout_last_kind(l) != T_ATTR_OPEN)
            return; /* nested too deep */
        l->at += 2;
    } else {
        struct token *token = layout_push(l, T_ATTR, at->begin, word->end);
        token->first = at->first;
        l->at += 2;
    }
    vec_last(&l->tokens.list).text = text;
}

/* Does the statement that begins with the name `show` show the expression behind it (L44)? Where
 * `show` could also be a function or a variable, white space decides, as people write it. */
static bool is_show(const struct layout *l)
{
    const struct raw *show = layout_ahead(l, 0), *next = layout_ahead(l, 1),
                     *then = layout_ahead(l, 2);
    bool touches = next->begin == show->end;
    if (!layout_starts_statement(l) || !layout_spells(l, show, "show") || next->first)
        return false;
    switch (next->kind) {
    case T_INT: case T_FLOAT: case T_IMAG: case T_TRUE: case T_FALSE: case T_NOT: case T_IF:
    case '~': case RAW_CHARACTER:
        return true;
    case '(': case '[':
        return !touches;
    case '-': case '+':
        return !touches && then->begin == next->end;
    default:
        return token_is_name(next->kind);
    }
}

static enum ast_op op_of_assignment(const struct layout *l, const struct raw *raw)
{
    static const struct {
        const char *text;
        enum ast_op op;
    } ops[] = {{"+=", AST_ADD}, {"-=", AST_SUB}, {"*=", AST_MUL},      {"/=", AST_DIV},
               {"//=", AST_FLOORDIV}, {"%=", AST_MOD}, {"**=", AST_POW}, {"@=", AST_MATMUL},
               {"&=", AST_BIT_AND}, {"|=", AST_BIT_OR}, {"^=", AST_BIT_XOR}, {"<<=", AST_SHL},
               {">>=", AST_SHR}};
    size_t i = 0;
    while (!layout_spells(l, raw, ops[i].text))
        i++;
    return ops[i].op;
}

/* The words that a block follows. The layout remembers them to know a colon that begins a block. */
static bool heads_block(const struct layout *l, const struct raw *word)
{
    int kind = word->kind, next = layout_ahead(l, 1)->kind;
    return kind == T_IF || kind == T_ELSE || kind == T_WHILE || kind == T_FOR
           || (kind == T_FN && token_is_name(next)) || (kind == T_TEST && next == T_STRING);
}

static void read_word(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    int kind = raw->kind;
    if (kind == T_IDENT && is_show(l))
        kind = T_SHOW;
    if (kind == T_ASSERT && layout_last_kind(l) == T_FAULTS)
        kind = T_IDENT; /* a kind of fault */
    if (heads_block(l, raw)) {
        innermost(l)->header = kind;
        innermost(l)->header_indent = l->indent;
    }
    layout_take(l, kind);
}

static void read_literal(struct layout *l)
{
    struct raw raw = *layout_ahead(l, 0);
    bool is_string = false;
    const char *text;
    if (raw.kind == RAW_CHARACTER)
        text = literal_character(l->reading, &raw, &is_string);
    else if (raw.kind == T_STRING || raw.kind == RAW_STRING_OPEN)
        text = literal_string(l->reading, &raw);
    else
        text = literal_number(l->reading, &raw);
    int kind = is_string || raw.kind == RAW_STRING_OPEN ? T_STRING
               : raw.kind == RAW_CHARACTER              ? T_INT
                                                        : raw.kind;
    layout_take(l, kind)->text = text;
    vec_last(&l->tokens.list).reported = is_string || raw.kind == RAW_STRING_OPEN;
}

/* ".5" is the field of a tuple behind an expression, and lacks its 0 elsewhere. */
static void read_point_first(struct layout *l)
{
    struct raw raw = *layout_ahead(l, 0);
    uint32_t len;
    const char *text = layout_text(l, &raw, &len);
    bool is_field = token_ends_expression(layout_last_kind(l)) && !l->attribute_ended;
    if (is_field && raw.kind == T_TUPLE_FIELD && len <= 10) {
        layout_take(l, T_TUPLE_FIELD)->text = arena_strndup(l->reading->arena, text + 1, len - 1);
        return;
    }
    struct loc loc = layout_raw_loc(l, &raw);
    if (is_field) {
        diag_report(l->reading->diags, AB0107, loc,
                    "this is no number: a field of a tuple is .0, .1, ...");
        layout_take(l, T_TUPLE_FIELD)->text = "0";
        return;
    }
    struct diag *diag = diag_report(l->reading->diags, AB0108, loc,
                                    "a number has digits on both sides of its point");
    diag_edit(l->reading->diags, diag, loc, "write", "0%.*s", (int)len, text);
    layout_take(l, text[len - 1] == 'j' ? T_IMAG : T_FLOAT)->text = "0.0";
}

static void read_point_last(struct layout *l)
{
    struct raw raw = *layout_ahead(l, 0);
    uint32_t len;
    const char *text = layout_text(l, &raw, &len);
    uint32_t point = (uint32_t)(strchr(text, '.') - text);
    struct loc loc = layout_raw_loc(l, &raw);
    struct diag *diag = diag_report(l->reading->diags, AB0108, loc,
                                    "a number has digits on both sides of its point");
    diag_edit(l->reading->diags, diag, loc, "write", "%.*s0%.*s", (int)point + 1, text,
              (int)(len - point - 1), text + point + 1);
    layout_take(l, text[len - 1] == 'j' ? T_IMAG : T_FLOAT)->text = "0.0";
}

/* "if (a {": a block that begins inside of brackets, where none belongs to the expression in them
 * and the statement around them waits for one. */
static bool lacks_closing(const struct layout *l)
{
    const struct bracket *inner = &vec_last(&l->brackets), *outer = inner;
    int last = layout_last_kind(l);
    while (outer->kind == '(' || outer->kind == '[') {
        if (outer->header)
            return false;
        outer--;
    }
    return outer != inner && outer->header && last != '|' && last != T_BARS;
}

static void read_opening_brace(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    int kind = is_struct_brace(l) ? T_SLB : T_LB;
    if (kind == T_LB && lacks_closing(l))
        close_expressions(l);
    layout_open(l, '{', kind, raw, raw->end);
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void read_one(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    if (foreign_read(l))
        return;
    switch (raw->kind) {
    case T_LB:
        read_opening_brace(l);
        break;
    case '(': case '[':
        layout_open(l, raw->kind, raw->kind, raw, raw->end);
        break;
    case T_RB:
        read_closing(l, '{');
        break;
    case ')':
        read_closing(l, '(');
        break;
    case ']':
        read_closing(l, '[');
        break;
    case ';':
        put_statement_end(l, raw->begin, raw->end);
        l->at++;
        break;
    case '@':
        read_at(l);
        break;
    case T_QUESTION:
        innermost(l)->has_question = true;
        layout_take(l, T_QUESTION);
        break;
    case T_OP_EQ: {
        enum ast_op op = op_of_assignment(l, raw);
        layout_take(l, T_OP_EQ)->op = op;
        break;
    }
    case T_INT: case T_FLOAT: case T_IMAG: case T_STRING: case RAW_STRING_OPEN: case RAW_CHARACTER:
        read_literal(l);
        break;
    case RAW_NUMBER_WRONG: {
        const char *text = literal_wrong_number(l->reading, raw);
        layout_take(l, T_INT)->text = text;
        break;
    }
    case T_TUPLE_FIELD: case RAW_NO_INTEGER:
        read_point_first(l);
        break;
    case RAW_NO_FRACTION:
        read_point_last(l);
        break;
    default:
        if (token_is_word(raw->kind))
            read_word(l);
        else
            layout_take(l, raw->kind);
    }
}

struct tokens layout_read(const struct reading *reading)
{
    struct layout l = {.reading = reading};
    vec_push(reading->arena, &l.brackets, (struct bracket){0});
    l.raws = lexer_read(reading);
    while (layout_ahead(&l, 0)->kind != T_END) {
        if (layout_ahead(&l, 0)->first)
            begin_line(&l);
        read_one(&l);
    }
    close_all(&l);
    layout_push(&l, T_END, reading->len, reading->len);
    l.tokens.docs.at = l.raws.docs.at;
    l.tokens.docs.len = l.raws.docs.len;
    l.tokens.docs.cap = l.raws.docs.cap;
    return l.tokens;
}
