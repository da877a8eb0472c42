/* Text to raw tokens. Nothing is reported here: a mistake is a token of its own kind, so that a
 * line that turns out to be a comment in another language's style gives no further errors. */
#include "grammar/token.h"

#include "grammar/parser.h"

#include <string.h>

struct scanner {
    const char *chars, *cursor, *limit;
    bool first;
};

/* The end of the line that `at` is in, without a carriage return. */
static const char *line_end(const struct scanner *s, const char *at)
{
    const char *end = memchr(at, '\n', (size_t)(s->limit - at));
    if (!end)
        end = s->limit;
    return end > at && end[-1] == '\r' ? end - 1 : end;
}

/* Behind an opening quote: goes behind the closing one, or to the end of the line; then false. */
static bool skip_quoted(struct scanner *s, char quote)
{
    const char *end = line_end(s, s->cursor);
    while (s->cursor < end) {
        char c = *s->cursor++;
        if (c == quote)
            return true;
        if (c == '\\' && s->cursor < end)
            s->cursor++;
    }
    return false;
}

/* Behind the opening of a comment of C: goes behind its end, or else to the end of the line. */
static void skip_c_comment(struct scanner *s)
{
    for (const char *at = s->cursor; at + 1 < s->limit; at++)
        if (at[0] == '*' && at[1] == '/') {
            s->cursor = at + 2;
            return;
        }
    s->cursor = line_end(s, s->cursor);
}

static void skip_comment(const struct reading *reading, struct scanner *s, struct raw_list *into)
{
    const char *begin = s->cursor - 1;
    s->cursor = line_end(s, s->cursor);
    size_t len = (size_t)(s->cursor - begin);
    bool is_doc = len >= 2 && begin[1] == '#' && !(len > 2 && begin[2] == '#');
    uint32_t at = (uint32_t)(begin - s->chars);
    struct loc loc = {reading->file, at, at + (uint32_t)len};
    if (is_doc && s->first)
        vec_push(reading->arena, &into->docs, loc);
}

/*!re2c
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYCURSOR = cursor;
    re2c:define:YYMARKER = marker;
    re2c:define:YYCTXMARKER = context;
    re2c:yyfill:enable = 0;

    digit    = [0-9];
    digits   = digit ("_"? digit)*;
    hex      = "0x" [0-9a-fA-F] ("_"? [0-9a-fA-F])*;
    binary   = "0b" [01] ("_"? [01])*;
    exponent = [eE] [+-]? digit+;
    word     = [A-Za-z_] [A-Za-z0-9_]*;
*/

/* The kind of the next token, from `s->cursor` on; white space and comments are no tokens. */
static int scan(const struct reading *reading, struct scanner *s, struct raw_list *into,
                const char **begin)
{
    const unsigned char *marker, *context;
    for (;;) {
        const unsigned char *cursor = (const unsigned char *)s->cursor;
        *begin = s->cursor;
#define IS(token) { s->cursor = (const char *)cursor; return (token); }
        /*!re2c
            [\x00] {
                if (*begin >= s->limit)
                    return T_END;
                IS(RAW_NUL)
            }
            [ \t\r]+ { s->cursor = (const char *)cursor; continue; }
            "\n"     { s->cursor = (const char *)cursor; s->first = true; continue; }
            "#"      { s->cursor = (const char *)cursor; skip_comment(reading, s, into); continue; }
            "/*"     { s->cursor = (const char *)cursor; skip_c_comment(s); return RAW_C_COMMENT; }
            ["] {
                s->cursor = (const char *)cursor;
                return skip_quoted(s, '"') ? T_STRING : RAW_STRING_OPEN;
            }
            ['] {
                s->cursor = (const char *)cursor;
                skip_quoted(s, '\'');
                return RAW_CHARACTER;
            }

            digits | hex | binary                          { IS(T_INT) }
            digits "." digits exponent? | digits exponent  { IS(T_FLOAT) }
            (digits | hex | binary | digits "." digits exponent? | digits exponent) "j" {
                IS(T_IMAG)
            }
            "." digit+                                     { IS(T_TUPLE_FIELD) }
            "." digits exponent? "j"? | "." digits exponent "j"? { IS(RAW_NO_INTEGER) }
            digits "." / [^0-9A-Za-z_.]                    { IS(RAW_NO_FRACTION) }
            digits "." (exponent "j"? | "j")               { IS(RAW_NO_FRACTION) }
            digit [0-9A-Za-z_]*                            { IS(RAW_NUMBER_WRONG) }
            digits "." digit [0-9A-Za-z_]*                 { IS(RAW_NUMBER_WRONG) }

            "let" { IS(T_LET) }           "var" { IS(T_VAR) }         "fn" { IS(T_FN) }
            "struct" { IS(T_STRUCT) }     "const" { IS(T_CONST) }     "import" { IS(T_IMPORT) }
            "export" { IS(T_EXPORT) }     "extern" { IS(T_EXTERN) }   "if" { IS(T_IF) }
            "else" { IS(T_ELSE) }         "while" { IS(T_WHILE) }     "for" { IS(T_FOR) }
            "in" { IS(T_IN) }             "break" { IS(T_BREAK) }     "continue" { IS(T_CONTINUE) }
            "return" { IS(T_RETURN) }     "assert" { IS(T_ASSERT) }   "fault" { IS(T_FAULT) }
            "true" { IS(T_TRUE) }         "false" { IS(T_FALSE) }     "none" { IS(T_NONE) }
            "inout" { IS(T_INOUT) }       "shared" { IS(T_SHARED) }   "and" { IS(T_AND) }
            "or" { IS(T_OR) }             "not" { IS(T_NOT) }
            "step" { IS(T_STEP) }         "test" { IS(T_TEST) }       "within" { IS(T_WITHIN) }
            "rel" { IS(T_REL) }           "abs" { IS(T_ABS) }         "faults" { IS(T_FAULTS) }
            "batched" { IS(T_BATCHED) }   "as" { IS(T_AS) }
            word  { IS(T_IDENT) }

            "==" { IS(T_EQ) }         "!=" { IS(T_NE) }        "<=" { IS(T_LE) }
            ">=" { IS(T_GE) }         "<<" { IS(T_SHL) }       ">>" { IS(T_SHR) }
            "**" { IS(T_POW) }        "//" { IS(T_FLOORDIV) }  "~=" { IS(T_CLOSE) }
            "->" { IS(T_ARROW) }      ".." { IS(T_RANGE) }     "..." { IS(T_ELLIPSIS) }
            "||" { IS(T_BARS) }       "?" { IS(T_QUESTION) }   "&&" { IS(RAW_AND_AND) }
            "!" { IS(RAW_NOT_C) }     "++" { IS(RAW_PLUS_PLUS) } "--" { IS(RAW_MINUS_MINUS) }
            "{" { IS(T_LB) }          "}" { IS(T_RB) }
            ("+" | "-" | "*" | "/" | "//" | "%" | "**" | "@" | "&" | "|" | "^" | "<<" | ">>") "=" {
                IS(T_OP_EQ)
            }
            [-+*/%@<>&|^~=,:;.()[\]] { IS(**begin) }

            [\x80-\xff] [\x80-\xbf]* { IS(RAW_SYMBOL) }
            *                        { IS(RAW_OTHER) }
        */
#undef IS
    }
}

struct raw_list lexer_read(const struct reading *reading)
{
    struct raw_list into = {0};
    struct scanner s = {reading->chars, reading->chars, reading->chars + reading->len, true};
    struct raw raw;
    if (reading->len >= 3 && !memcmp(s.chars, "\xEF\xBB\xBF", 3))
        s.cursor += 3; /* a byte order mark */
    do {
        const char *begin;
        raw.kind = scan(reading, &s, &into, &begin);
        raw.begin = (uint32_t)(begin - s.chars);
        raw.end = (uint32_t)(s.cursor - s.chars);
        raw.first = s.first;
        s.first = raw.kind == RAW_C_COMMENT
                  && (raw.first || memchr(begin, '\n', raw.end - raw.begin));
        vec_push(reading->arena, &into.list, raw);
    } while (raw.kind != T_END);
    return into;
}
