/* What the parser carries along, and how it goes on after a mistake. */
#ifndef ABCC_GRAMMAR_PARSER_STATE_H
#define ABCC_GRAMMAR_PARSER_STATE_H

#include "grammar/token.h"

/* A run of "##" lines. */
struct doc_run {
    uint32_t first_line, last_line;
    uint32_t begin, end; /* its place in the list of comments */
};

struct docs {
    VEC(struct doc_run) runs;
};

struct parser {
    const struct reading *reading;
    struct tokens tokens;
    struct docs docs;
    uint32_t next;          /* the token that the parser asks for next */
    bool puts_statement_end; /* before that one, an end of statement that the text lacks */
    uint32_t seen;          /* the token it has got last */
    uint32_t gave_up_at;    /* the token at which it last could not go on */
    struct ast_file *file;
};

/* parser.y */
int grammar_parse(struct parser *p);

/* After a syntax error: goes on behind the declaration, statement or field that begins at `at`, or
 * at the block behind a signature. False: there is no such place, so that this parse cannot go on.
 */
bool recover_decl(struct parser *p, struct loc at);
bool recover_stmt(struct parser *p, struct loc at);
bool recover_sig(struct parser *p, struct loc at);
bool recover_field(struct parser *p, struct loc at);
/* Behind the last token seen, the next declaration of the file; false: there is none. */
bool recover_restart(struct parser *p);

/* In a rule that ends in `error`: skips, and the next error is one of its own. */
#define RECOVER(skip, at)                                                                          \
    do {                                                                                           \
        if (!skip(p, at))                                                                          \
            YYABORT;                                                                               \
        yyclearin;                                                                                 \
        yyerrok;                                                                                   \
    } while (0)

/* mistake.c: reports that the last token seen cannot stand there. `expected`: names of the tokens
 * that could. */
void mistake_report(struct parser *p, const char *const *expected, int count);

/* doc.c */
void docs_read(struct parser *p);
/* The text above the line of a byte, or NULL. */
const char *docs_above(const struct parser *p, uint32_t begin);
/* The text at the head of the file, or NULL. */
const char *docs_of_file(struct parser *p);

#endif
