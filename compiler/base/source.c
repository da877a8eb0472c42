#include "base/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_SOURCE = 64 * 1024 * 1024 };

void sources_init(struct sources *sources, struct arena *arena)
{
    *sources = (struct sources){.arena = arena};
    sources_add(sources, "", "", 0);
}

uint32_t sources_add(struct sources *sources, const char *path, const char *chars, uint32_t len)
{
    struct source source = {.path = path, .chars = chars, .len = len};
    vec_push(sources->arena, &source.lines, 0);
    for (uint32_t i = 0; i < len; i++)
        if (chars[i] == '\n')
            vec_push(sources->arena, &source.lines, i + 1);
    vec_push(sources->arena, &sources->files, source);
    return sources->files.len - 1;
}

static bool read_all(FILE *stream, struct text *into, const char **why)
{
    char buffer[65536];
    size_t got;
    while ((got = fread(buffer, 1, sizeof buffer, stream)) > 0) {
        size_t before = into->len;
        into->in_line = true; /* as it is: no indentation */
        text_put_n(into, buffer, got);
        if (into->len != before + got || into->len > LARGEST_SOURCE) {
            *why = "larger than 64 MiB";
            return false;
        }
    }
    if (ferror(stream)) {
        *why = strerror(errno);
        return false;
    }
    return true;
}

uint32_t sources_read(struct sources *sources, const char *path, const char **why)
{
    bool standard = !strcmp(path, "-");
    FILE *stream = standard ? stdin : fopen(path, "rb");
    if (!stream) {
        *why = arena_strdup(sources->arena, strerror(errno));
        return 0;
    }
    struct text text = {0};
    uint32_t file = 0;
    if (read_all(stream, &text, why))
        file = sources_add(sources, standard ? "<stdin>" : arena_strdup(sources->arena, path),
                           arena_strndup(sources->arena, text.chars ? text.chars : "", text.len),
                           (uint32_t)text.len);
    text_free(&text);
    if (!standard)
        fclose(stream);
    return file;
}

/* Index of the line that holds an offset. */
static uint32_t line_of(const struct source *source, uint32_t offset)
{
    uint32_t low = 0, high = source->lines.len;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->lines.at[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct position source_position(const struct sources *sources, struct loc loc)
{
    const struct source *source = &sources->files.at[loc.file];
    uint32_t line = line_of(source, loc.begin), column = 1;
    for (uint32_t i = source->lines.at[line]; i < loc.begin && i < source->len; i++)
        if (((unsigned char)source->chars[i] & 0xC0) != 0x80)
            column++;
    return (struct position){source->path, line + 1, column};
}

struct loc loc_join(struct loc first, struct loc last)
{
    if (!first.file || first.file != last.file)
        return first.file ? first : last;
    return (struct loc){first.file, first.begin < last.begin ? first.begin : last.begin,
                        first.end > last.end ? first.end : last.end};
}
