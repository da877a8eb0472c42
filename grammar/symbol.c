/* Characters that the language does not have: letters in names, typography, other blanks. */
#include "grammar/layout.h"

#include "grammar/parser.h"

/* A character that stands for a spelling in ASCII; kind 0: a blank, which is dropped. */
static const struct symbol {
    uint32_t code_point;
    int kind;
    const char *text;
} symbols[] = {
    {0x00A0, 0, " "},      {0x00B7, '*', "*"},
    {0x00D7, '*', "*"},    {0x00F7, '/', "/"},
    {0x200B, 0, ""},       {0x2013, '-', "-"},
    {0x2014, '-', "-"},    {0x2026, T_ELLIPSIS, "..."},
    {0x2192, T_ARROW, "->"}, {0x2212, '-', "-"},
    {0x2215, '/', "/"},    {0x2217, '*', "*"},
    {0x2227, T_AND, "and"}, {0x2228, T_OR, "or"},
    {0x2260, T_NE, "!="},  {0x2264, T_LE, "<="},
    {0x2265, T_GE, ">="},  {0x22C5, '*', "*"},
    {0x3000, 0, " "},      {0xFEFF, 0, ""},
};

static const struct symbol *find_symbol(uint32_t code_point)
{
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (symbols[i].code_point == code_point)
            return &symbols[i];
    return NULL;
}

static bool is_letter(const struct layout *l, const struct raw *raw)
{
    uint32_t len, code_point;
    const char *text = layout_text(l, raw, &len);
    return raw->kind == RAW_SYMBOL && unicode_decode(text, len, &code_point) == len
           && unicode_is_letter(code_point);
}

/* A word with letters that names do not have: how many raw tokens it takes; 0: there is none. */
static uint32_t foreign_name(const struct layout *l)
{
    bool has_letter = false;
    uint32_t count = 0;
    for (;; count++) {
        const struct raw *raw = layout_ahead(l, count);
        bool touches = !count || raw->begin == layout_ahead(l, count - 1)->end;
        bool is_symbol = is_letter(l, raw);
        bool is_digit = count && (raw->kind == T_INT || raw->kind == RAW_NUMBER_WRONG);
        if (!touches || !(is_symbol || is_digit || token_is_word(raw->kind)))
            break;
        has_letter |= is_symbol;
    }
    return has_letter ? count : 0;
}

bool symbol_read_name(struct layout *l)
{
    uint32_t count = foreign_name(l);
    if (!count)
        return false;
    const struct raw first = *layout_ahead(l, 0), last = *layout_ahead(l, count - 1);
    layout_report(l, AB0103, count,
                  "names are made of the letters A to Z and a to z, digits and `_`");
    struct token *token = layout_push(l, T_IDENT, first.begin, last.end);
    token->first = first.first;
    token->reported = true;
    token->text =
        name_of(l->reading->names, l->reading->chars + first.begin, last.end - first.begin);
    l->at += count;
    return true;
}

static bool is_quote(const struct layout *l, const struct raw *raw)
{
    uint32_t len, code_point = 0;
    const char *text = layout_text(l, raw, &len);
    if (raw->kind == RAW_SYMBOL && unicode_decode(text, len, &code_point) != len)
        return false;
    return (code_point >= 0x201C && code_point <= 0x201E) || code_point == 0xAB
           || code_point == 0xBB;
}

/* A string in typographic quotes, if its opening one is next. */
static bool read_quoted(struct layout *l)
{
    uint32_t last = 2, count = layout_rest_of_line(l, 1);
    while (last <= count && !is_quote(l, layout_ahead(l, last - 1)))
        last++;
    if (!is_quote(l, layout_ahead(l, 0)) || last > count)
        return false;
    uint32_t begin = layout_ahead(l, 0)->end, end = layout_ahead(l, last - 1)->begin;
    struct diag *diag =
        layout_report(l, AB0103, last, "a string stands between plain quotes, \"...\"");
    const char *inner = l->reading->chars + begin;
    diag_edit(l->reading->diags, diag, diag->loc, "write", "\"%.*s\"", (int)(end - begin), inner);
    struct token *token = layout_push(l, T_STRING, diag->loc.begin, diag->loc.end);
    token->text = arena_strndup(l->reading->arena, inner, end - begin);
    token->reported = true;
    l->at += last;
    return true;
}

static bool is_known_symbol(struct layout *l, uint32_t code_point)
{
    for (uint32_t i = 0; i < l->symbols.len; i++)
        if (l->symbols.at[i] == code_point)
            return true;
    vec_push(l->reading->arena, &l->symbols, code_point);
    return false;
}

/* One character outside of ASCII that is no letter. A blank is reported once in a file. */
void symbol_read(struct layout *l)
{
    uint32_t len, code_point;
    const struct raw *raw = layout_ahead(l, 0);
    const char *text = layout_text(l, raw, &len);
    if (unicode_decode(text, len, &code_point) != len) {
        layout_take_reported(l, T_BAD); /* not UTF-8, reported once for the file */
        return;
    }
    if (read_quoted(l))
        return;
    const struct symbol *symbol = find_symbol(code_point);
    struct loc loc = layout_raw_loc(l, raw);
    if (symbol && !symbol->kind) {
        if (!is_known_symbol(l, code_point)) {
            struct diag *diag =
                diag_report(l->reading->diags, AB0103, loc,
                            "the character U+%04X looks like a blank, but is none", code_point);
            diag_edit(l->reading->diags, diag, loc, "replace it", "%s", symbol->text);
        }
        l->at++;
        return;
    }
    struct diag *diag =
        diag_report(l->reading->diags, AB0103, loc, "the language has no `%.*s` (U+%04X)", (int)len,
                    text, code_point);
    if (symbol)
        diag_edit(l->reading->diags, diag, loc, "write", "%s", symbol->text);
    layout_take_reported(l, symbol ? symbol->kind : T_BAD)->reported = true;
}

void symbol_read_other(struct layout *l)
{
    const struct raw *raw = layout_ahead(l, 0);
    unsigned char c = (unsigned char)l->reading->chars[raw->begin];
    struct loc loc = layout_raw_loc(l, raw);
    if (c == '\\' && layout_line_ends(l, 1)) {
        struct diag *diag = diag_report(
            l->reading->diags, AB0103, loc,
            "no `\\` is needed: a line goes on in an open bracket, behind an operator or a comma");
        diag_edit(l->reading->diags, diag, loc, "remove it", "%s", "");
        l->is_continued = true;
        l->at++;
        return;
    }
    diag_report(l->reading->diags, AB0103, loc,
                c < 32 || c == 127 ? "a control character (0x%02X)" : "the language has no `%c`",
                c);
    layout_take_reported(l, T_BAD);
}
