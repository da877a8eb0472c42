/* Source files and places in them. */
#ifndef ABCC_BASE_SOURCE_H
#define ABCC_BASE_SOURCE_H

#include "base/text.h"
#include "base/vec.h"

#include <stdbool.h>

/* A half-open range of bytes of one file. */
struct loc {
    uint32_t file; /* index into sources; file 0 is "no place" (text NULL), so a zeroed loc is none */
    uint32_t begin, end;
};

struct source {
    const char *path; /* as the user wrote it, shown in messages */
    const char *chars; /* ends in NUL; may contain NUL */
    uint32_t len;
    VEC(uint32_t) lines; /* offset of the first byte of each line */
};

struct sources {
    struct arena *arena;
    VEC(struct source) files;
};

struct position {
    const char *path;
    uint32_t line, column; /* from 1; the column counts Unicode code points */
};

void sources_init(struct sources *sources, struct arena *arena);
uint32_t sources_add(struct sources *sources, const char *path, const char *chars, uint32_t len);
/* Reads a whole file; "-" is standard input. 0 and *why on failure. */
uint32_t sources_read(struct sources *sources, const char *path, const char **why);
struct position source_position(const struct sources *sources, struct loc loc);
struct loc loc_join(struct loc first, struct loc last);

#endif
