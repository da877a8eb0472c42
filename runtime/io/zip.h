/* ZIP archives: members stored or deflated, with the 64-bit extensions (PKWARE's APPNOTE.TXT,
 * 6.3.10, sections 4.3 to 4.5), read from memory and written to a stream. No encryption, one volume. */
#ifndef AB_IO_ZIP_H
#define AB_IO_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- reading: texts in *why live forever ----------------------------------------------------- */

struct zip_archive {
    const uint8_t *bytes;
    size_t len;
    size_t directory, end; /* where its directory begins and ends */
};

struct zip_member {
    const char *name; /* in the archive, not ended by NUL */
    size_t name_len;
    uint16_t flags, method;
    uint32_t crc;
    uint64_t packed, size, offset; /* bytes in the archive and in memory, place of its local header */
};

struct zip_content {
    const uint8_t *bytes;
    size_t len;
    void *owned; /* malloc'ed, if it was compressed */
};

bool zip_open(const void *bytes, size_t len, struct zip_archive *archive, const char **why);
/* The member at *at, which begins at 0 and moves on. False at the end, and, with *why set, where the
 * directory is damaged. */
bool zip_next(const struct zip_archive *archive, size_t *at, struct zip_member *member,
              const char **why);
/* What a member holds, its check sum tested. */
bool zip_content(const struct zip_archive *archive, const struct zip_member *member,
                 struct zip_content *content, const char **why);
void zip_content_free(struct zip_content *content);

/* ---- writing --------------------------------------------------------------------------------- */

struct zip_entry;

/* Zeroed but for the stream. */
struct zip_writer {
    FILE *stream;
    struct zip_entry *entries;
    size_t count;
    uint64_t offset;
};

struct zip_part {
    const void *bytes;
    uint64_t len;
};

/* A stored member made of parts, one after the other. 0, or -1 with errno. */
int zip_add(struct zip_writer *writer, const char *name, const struct zip_part *parts, size_t count);
/* Writes the directory and frees what the writer holds, in any case. */
int zip_finish(struct zip_writer *writer);

#endif
