/* One token at a time: marks, words, numbers, strings, types and constants of the text form. What
 * begins with read_ and is bool answers false after a mistake, which it has reported; read_take_X
 * and read_at_X only look whether the next token is X. */
#ifndef ABCC_IR_IR_READ_H
#define ABCC_IR_IR_READ_H

#include "ir/ir_lex.h"

struct reader {
    struct arena *arena; /* of the program that is read */
    struct arena *scratch;
    struct lexer lexer;
    struct token token; /* the next one */
    const char **why;   /* set by a mistake: "line 3: ..." in `arena` */
};

/* Always false. */
AB_PRINTF(3, 4) bool read_fail(struct reader *in, uint32_t line, const char *format, ...);
bool read_expected(struct reader *in,
                   const char *what); /* the same: expected that, not the token */

void read_advance(struct reader *in);
bool read_at_mark(const struct reader *in, char mark);
bool read_take_mark(struct reader *in, char mark);
bool read_take_word(struct reader *in, const char *word);
void read_empty_lines(struct reader *in);
bool read_token_is(const struct token *token, const char *word);
/* For messages: a token as written, not too long: "%.*s". */
int read_shown_len(const struct token *token);
const char *read_raw(struct reader *in); /* the token as written, in `scratch` */

bool read_mark(struct reader *in, char mark);
bool read_line_end(struct reader *in);
bool read_u32(struct reader *in, uint32_t *out);
bool read_i64(struct reader *in, int64_t *out);
bool read_fault_ref(struct reader *in, fault_id *out);
bool read_string(struct reader *in, const char **out);
bool read_type(struct reader *in, struct type *out);
/* Its parts: a scalar type, and one extent. */
bool read_dtype(struct reader *in, struct type *out);
bool read_extent(struct reader *in, int64_t *out);
bool read_constant(struct reader *in, enum dtype dtype, union scalar *out);

#endif
