/* Text to syntax tree. */
#ifndef ABCC_GRAMMAR_SYNTAX_H
#define ABCC_GRAMMAR_SYNTAX_H

#include "ast/ast.h"

/* Parses a file of diags->sources. Always gives a file (what could be read); mistakes are in diags.
 */
struct ast_file *parse_file(struct arena *arena, struct names *names, struct diags *diags,
                            uint32_t file);

/* One token a line, "line:column KIND text": `dump --stage=tokens`. */
void tokens_print(struct arena *arena, struct names *names, struct diags *diags, uint32_t file,
                  struct text *out);

#endif
