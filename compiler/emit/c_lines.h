/* Lines of emitted C. Inside emit only. */
#ifndef ABCC_EMIT_C_LINES_H
#define ABCC_EMIT_C_LINES_H

#include "base/arena.h"
#include "base/text.h"

/* Puts a line, broken at spaces where it is over 100 columns. */
void c_put_line(struct text *out, const char *line);
/* Lines that end in '\n', indented by 4 spaces a level among themselves. */
void c_put_lines(struct arena *arena, struct text *out, const char *lines);

#endif
