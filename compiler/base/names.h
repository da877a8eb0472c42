/* Interned names: two equal spellings are one pointer, so names compare by ==. */
#ifndef ABCC_BASE_NAMES_H
#define ABCC_BASE_NAMES_H

#include "base/arena.h"

typedef const char *name;
struct names;

struct names *names_new(struct arena *arena);
name name_of(struct names *names, const char *chars, size_t len);
name name_of_text(struct names *names, const char *text);

#endif
