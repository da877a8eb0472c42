/* Tokens of the text form of IR. */
#ifndef ABCC_IR_IR_LEX_H
#define ABCC_IR_IR_LEX_H

#include "ir/ir_text.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_WORD, /* a word or a number */
    TOKEN_STRING,
    TOKEN_VALUE, /* %n.4 */
    TOKEN_FUNC,  /* @fib */
    TOKEN_FAULT, /* #3 */
    TOKEN_EXTENT, /* $n */
    TOKEN_ARROW, /* -> */
    TOKEN_MARK,  /* one character */
    TOKEN_BAD    /* `text` says why */
};

struct token {
    enum token_kind kind;
    uint32_t line;
    const char *chars; /* as written */
    size_t len;
    const char *text; /* without sigil, quotes and escapes, in the arena; without the number too */
    bool has_number;  /* VALUE, STRING or WORD: it ended in .4 */
};

struct lexer {
    struct arena *arena;
    const char *at;
    uint32_t line;
};

struct token ir_lex(struct lexer *lexer);

#endif
