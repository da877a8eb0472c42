/* Raw tokens to the tokens of the grammar: state shared by layout.c (lines, brackets, the meaning
 * of a character in its place) and foreign.c (spellings of other languages). */
#ifndef ABCC_GRAMMAR_LAYOUT_H
#define ABCC_GRAMMAR_LAYOUT_H

#include "grammar/token.h"

struct bracket {
    int kind;             /* '(' '[' '{', ':' for a block written with a colon, 0 outside of all */
    bool of_attribute;    /* opened by "@name(" */
    uint32_t begin, end;  /* the opening token */
    uint32_t indent;      /* blanks at the head of its line */
    int header; /* inside it: the word of a statement that still waits for its block, or 0 */
    uint32_t header_indent;
    bool has_question;    /* inside it: a `?` waits for its colon */
};

struct layout {
    const struct reading *reading;
    struct raw_list raws;
    uint32_t at; /* the next raw token */
    struct tokens tokens;
    VEC(struct bracket) brackets; /* the first one stands for the file */
    struct bracket suspect;       /* a "{" whose "}" stands too far left; kind 0: none */
    bool attribute_ended;         /* the last token ended an attribute */
    bool is_continued;            /* the line ended in a backslash */
    bool is_too_deep;             /* brackets were skipped, so what is open is not known */
    uint32_t indent;              /* blanks at the head of this line */
    VEC(uint32_t) symbols;        /* characters reported once already */
};

/* A raw token ahead of the next one; at the end always the end. */
const struct raw *layout_ahead(const struct layout *l, uint32_t count);
struct loc layout_loc(const struct layout *l, uint32_t begin, uint32_t end);
struct loc layout_raw_loc(const struct layout *l, const struct raw *raw);
const char *layout_text(const struct layout *l, const struct raw *raw, uint32_t *len);
bool layout_spells(const struct layout *l, const struct raw *raw, const char *text);
/* The raw token `count` ahead is in another line; the first one from there that is. */
bool layout_line_ends(const struct layout *l, uint32_t count);
uint32_t layout_rest_of_line(const struct layout *l, uint32_t count);
int layout_last_kind(const struct layout *l); /* 0 before the first token */
bool layout_starts_statement(const struct layout *l);

struct token *layout_push(struct layout *l, int kind, uint32_t begin, uint32_t end);
struct token *layout_take(struct layout *l, int kind); /* the next raw token, as this kind */
struct token *layout_take_reported(struct layout *l, int kind); /* no further error at it */
/* An error at the next `count` raw tokens. */
struct diag *layout_report(struct layout *l, enum diag_code code, uint32_t count,
                           const char *message);
void layout_skip_line(struct layout *l);               /* the rest of this line */
void layout_open(struct layout *l, int bracket, int kind, const struct raw *raw, uint32_t end);

/* symbol.c: characters that the language does not have. */
bool symbol_read_name(struct layout *l);  /* a word with other letters; false: there is none here */
void symbol_read(struct layout *l);       /* one character outside of ASCII */
void symbol_read_other(struct layout *l); /* one of ASCII */

/* foreign.c: reports and translates the next raw tokens if they are such a spelling; false: they
 * are not, nothing happened. */
bool foreign_read(struct layout *l);
bool foreign_is_elif(
    const struct layout *l); /* at the head of a line: no statement ends before it */

#endif
