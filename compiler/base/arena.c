#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, FIRST_CHUNK = 16 * 1024, LARGEST_CHUNK = 4 * 1024 * 1024 };

struct chunk {
    struct chunk *next;
    size_t used, size; /* bytes behind this header */
};

struct arena {
    struct chunk *chunks; /* the newest first: only it has room */
    size_t next_size;
};

/* Bytes of the header in front of a chunk's memory, so that the memory is aligned. */
static const size_t HEADER = (sizeof(struct chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

static void *must_allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory) {
        fputs("abcc: out of memory\n", stderr);
        abort();
    }
    return memory;
}

struct arena *arena_new(void)
{
    struct arena *arena = must_allocate(sizeof *arena);
    arena->next_size = FIRST_CHUNK;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks; chunk;) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    free(arena);
}

static struct chunk *new_chunk(size_t size)
{
    struct chunk *chunk = must_allocate(HEADER + size);
    chunk->size = size;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < size) {
        if (size > arena->next_size / 4) { /* of its own, behind the chunk that still has room */
            struct chunk *own = new_chunk(size);
            own->used = size;
            if (chunk) {
                own->next = chunk->next;
                chunk->next = own;
            } else {
                arena->chunks = own;
            }
            return (char *)own + HEADER;
        }
        chunk = new_chunk(arena->next_size);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        if (arena->next_size < LARGEST_CHUNK)
            arena->next_size *= 2;
    }
    void *memory = (char *)chunk + HEADER + chunk->used;
    chunk->used += size;
    return memory;
}

char *arena_strndup(struct arena *arena, const char *chars, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, chars, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *chars)
{
    return arena_strndup(arena, chars, strlen(chars));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *chars = arena_alloc(arena, (size_t)len + 1);
    vsnprintf(chars, (size_t)len + 1, format, args);
    return chars;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *chars = arena_vprintf(arena, format, args);
    va_end(args);
    return chars;
}
