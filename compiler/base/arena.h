/* Memory with one lifetime: everything allocated from an arena is freed with it. */
#ifndef ABCC_BASE_ARENA_H
#define ABCC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define AB_PRINTF(form, first) __attribute__((format(printf, form, first)))
#else
#define AB_PRINTF(form, first)
#endif

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, aligned to 16 bytes. Never NULL: running out of memory ends the process with a message. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *chars, size_t len);
char *arena_strdup(struct arena *arena, const char *chars);
char *arena_printf(struct arena *arena, const char *format, ...) AB_PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *format, va_list args);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(count)))

#endif
