/* Tokens: what the text is cut into, before the grammar sees it.
 *
 * lexer.re cuts characters into raw tokens. layout.c makes the tokens of the grammar from them: it
 * inserts ends of statements, tells the two braces and the two meanings of `@` apart, closes
 * brackets that the text leaves open, and reports what cannot be read or is spelled as in another
 * language. */
#ifndef ABCC_GRAMMAR_TOKEN_H
#define ABCC_GRAMMAR_TOKEN_H

#include "ast/ast.h"

enum {
    NESTING_LIMIT = 200, /* brackets and blocks in one another */
    NAME_LIMIT = 255     /* bytes of a name */
};

/* Kinds of raw tokens that the grammar does not have; the others have the grammar's own kinds. */
enum raw_kind {
    RAW_CHARACTER = 1000, /* 'a', also when it is not closed */
    RAW_STRING_OPEN,      /* a string that its line does not close */
    RAW_NUMBER_WRONG,     /* 1__0, 0b12, 3x, 1e */
    RAW_NO_FRACTION,      /* 1. */
    RAW_NO_INTEGER,       /* .5e3 (".5" alone is a TUPLE_FIELD) */
    RAW_SYMBOL,           /* one character outside of ASCII */
    RAW_NUL,
    RAW_OTHER,            /* one ASCII character that means nothing */
    RAW_C_COMMENT,        /* from slash and star up to star and slash, or to the end of the line */
    RAW_AND_AND,
    RAW_NOT_C,            /* ! */
    RAW_PLUS_PLUS,
    RAW_MINUS_MINUS
};

struct raw {
    int kind;
    uint32_t begin, end;
    bool first; /* of its line */
};

struct raw_list {
    VEC(struct raw) list; /* the last one is the end of the file */
    VEC(struct loc) docs; /* "##" comments, each to the end of its line */
};

struct token {
    int kind;
    uint32_t begin, end;
    uint32_t level;   /* brackets around it; those of a pair have the same level */
    bool first;       /* of its line */
    bool reported;    /* comes from a mistake that is reported: no further error here */
    enum ast_op op;   /* OP_EQ */
    const char *text; /* names: interned; numbers and strings: their value; NULL otherwise */
};

struct tokens {
    VEC(struct token) list; /* the last one is the end of the file */
    VEC(struct loc) docs;
};

/* What reading a file carries along. */
struct reading {
    struct arena *arena;
    struct names *names;
    struct diags *diags;
    uint32_t file;
    const char *chars;
    uint32_t len;
};

/* lexer.re */
struct raw_list lexer_read(const struct reading *reading);

/* layout.c */
struct tokens layout_read(const struct reading *reading);
bool token_ends_expression(int kind);
bool token_is_word(int kind);     /* spelled with letters */
bool token_is_name(int kind);     /* may stand where the grammar has a name */

/* literal.c: values of literals; what is wrong with them is reported. */
const char *literal_number(const struct reading *reading, const struct raw *raw);
const char *literal_string(const struct reading *reading, const struct raw *raw);
/* The byte of 'a' in decimal. *is_string: it is a string in the wrong quotes. */
const char *literal_character(const struct reading *reading, const struct raw *raw,
                              bool *is_string);
/* Reports why digits are no number; the result is a number that stands in for it. */
const char *literal_wrong_number(const struct reading *reading, const struct raw *raw);

/* unicode.c */
/* Reports the first NUL and the first sequence that is not UTF-8. */
void unicode_check(const struct reading *reading);
/* Bytes of the character at `chars`, or 0 if it is not UTF-8. */
uint32_t unicode_decode(const char *chars, uint32_t len, uint32_t *code_point);
bool unicode_is_letter(uint32_t code_point);

#endif
