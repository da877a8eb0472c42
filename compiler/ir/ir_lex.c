#include "ir/ir_lex.h"

#include <string.h>

static struct token bad(struct token token, const char *why)
{
    token.kind = TOKEN_BAD;
    token.text = why;
    return token;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* The length of the hint in "hint.12": what stands before the last dot if only digits stand behind
 * it; the whole length if it is not so. */
static size_t without_number(const char *chars, size_t len)
{
    size_t digits = len;
    while (digits && is_digit(chars[digits - 1]))
        digits--;
    return digits < len && digits > 1 && chars[digits - 1] == '.' ? digits - 1 : len;
}

static void set_text(struct lexer *lexer, struct token *token, const char *chars, size_t len,
                     bool may_have_number)
{
    size_t shorter = may_have_number ? without_number(chars, len) : len;
    token->has_number = shorter < len;
    token->text = arena_strndup(lexer->arena, chars, shorter);
}

/* A word; in a number a sign may follow an exponent's e. */
static void skip_word(struct lexer *lexer)
{
    const char *start = lexer->at;
    if (*lexer->at == '-')
        lexer->at++;
    bool is_number = is_digit(*lexer->at) && lexer->at[1] != 'x';
    while (ir_text_is_word_char(*lexer->at)) {
        bool exponent = is_number && lexer->at > start && (*lexer->at == 'e' || *lexer->at == 'E');
        lexer->at++;
        if (exponent && (*lexer->at == '+' || *lexer->at == '-'))
            lexer->at++;
    }
}

/* Decodes behind the opening quote, up to and with the closing one; NULL and *why when broken. */
static const char *read_string(struct lexer *lexer, const char **why)
{
    const char *end = lexer->at;
    while (*end && *end != '"' && *end != '\n')
        end += *end == '\\' && end[1] ? 2 : 1;
    if (*end != '"') {
        *why = "a string without an end";
        return NULL;
    }
    char *chars = arena_alloc(lexer->arena, (size_t)(end - lexer->at) + 1), *out = chars;
    for (; lexer->at < end; lexer->at++) {
        char c = *lexer->at;
        if (c == '\\') {
            c = *++lexer->at;
            if (c == 'n') {
                c = '\n';
            } else if (c == 't') {
                c = '\t';
            } else if (c == 'x') {
                int high = hex_digit(lexer->at[1]);
                int low = high < 0 ? -1 : hex_digit(lexer->at[2]);
                if (low < 0 || (high == 0 && low == 0)) {
                    *why = "\\x needs two hexadecimal digits, not 00";
                    return NULL;
                }
                c = (char)(high * 16 + low);
                lexer->at += 2;
            } else if (c != '"' && c != '\\') {
                *why = "an unknown escape in a string";
                return NULL;
            }
        }
        *out++ = c;
    }
    lexer->at = end + 1;
    return chars;
}

/* A word or a string as a name, perhaps with a number behind it. */
static struct token lex_name(struct lexer *lexer, struct token token)
{
    if (*lexer->at == '"') {
        const char *why = NULL;
        lexer->at++;
        token.text = read_string(lexer, &why);
        if (!token.text)
            return bad(token, why);
        bool may_have_number = token.kind == TOKEN_VALUE || token.kind == TOKEN_STRING;
        if (may_have_number && *lexer->at == '.' && is_digit(lexer->at[1])) {
            token.has_number = true;
            lexer->at++;
            while (is_digit(*lexer->at))
                lexer->at++;
        }
    } else {
        const char *start = lexer->at;
        while (ir_text_is_word_char(*lexer->at))
            lexer->at++;
        if (lexer->at == start)
            return bad(token, "a name is missing");
        set_text(lexer, &token, start, (size_t)(lexer->at - start), token.kind == TOKEN_VALUE);
    }
    token.len = (size_t)(lexer->at - token.chars);
    return token;
}

struct token ir_lex(struct lexer *lexer)
{
    while (*lexer->at == ' ' || *lexer->at == '\t' || *lexer->at == '\r')
        lexer->at++;
    if (*lexer->at == ';') /* a comment */
        while (*lexer->at && *lexer->at != '\n')
            lexer->at++;
    struct token token = {.kind = TOKEN_MARK, .line = lexer->line, .chars = lexer->at, .len = 1};
    char c = *lexer->at;
    switch (c) {
    case '\0':
        token.kind = TOKEN_END;
        token.len = 0;
        return token;
    case '\n':
        token.kind = TOKEN_NEWLINE;
        lexer->line++;
        lexer->at++;
        return token;
    case '"':
        token.kind = TOKEN_STRING;
        return lex_name(lexer, token);
    case '%':
    case '@':
    case '#':
    case '$':
        token.kind = c == '%'   ? TOKEN_VALUE
                     : c == '@' ? TOKEN_FUNC
                     : c == '#' ? TOKEN_FAULT : TOKEN_EXTENT;
        lexer->at++;
        return lex_name(lexer, token);
    case '-':
        if (lexer->at[1] == '>') {
            token.kind = TOKEN_ARROW;
            token.len = 2;
            lexer->at += 2;
            return token;
        }
        break;
    default: /* characters, not an enum */
        break;
    }
    if (c == '-' || ir_text_is_word_char(c)) {
        skip_word(lexer);
        token.kind = TOKEN_WORD;
        token.len = (size_t)(lexer->at - token.chars);
        set_text(lexer, &token, token.chars, token.len, true);
        return token;
    }
    if (!strchr("():,=[]{}+", c))
        return bad(token, "a character that does not belong here");
    lexer->at++;
    return token;
}
