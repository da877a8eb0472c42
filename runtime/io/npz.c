#include "io/npz.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_SIZE = 30,   /* fixed parts of the three kinds of record */
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    LONGEST_COMMENT = 65535
};

struct npz_entry {
    char *name; /* with .npy */
    uint32_t crc, size, offset;
};

/* ---- numbers --------------------------------------------------------------------------------- */

static void put16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *to, uint32_t value)
{
    put16(to, value & 0xffff);
    put16(to + 2, value >> 16);
}

static uint32_t get16(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8;
}

static uint32_t get32(const uint8_t *from)
{
    return get16(from) | get16(from + 2) << 16;
}

/* CRC-32 of ISO 3309, as ZIP has it. */
static uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t remainder = i;
        for (int bit = 0; bit < 8; bit++)
            remainder = remainder >> 1 ^ (remainder & 1 ? UINT32_C(0xedb88320) : 0);
        table[i] = remainder;
    }
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255];
    return ~crc;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What local and central records have in common, from the version needed on. */
static void put_common(uint8_t *to, const struct npz_entry *entry)
{
    memset(to, 0, 26);
    put16(to, 20);                      /* version 2.0; no flags; stored */
    put16(to + 8, 0x21);                /* 1980-01-01, so that equal arrays give equal files */
    put32(to + 10, entry->crc);
    put32(to + 14, entry->size);
    put32(to + 18, entry->size);
    put16(to + 22, (uint32_t)strlen(entry->name));
}

static bool put_bytes(struct npz_writer *writer, const void *bytes, size_t len)
{
    writer->offset += len;
    return fwrite(bytes, 1, len, writer->stream) == len;
}

static bool add_entry(struct npz_writer *writer, struct npz_entry entry, const char *bytes)
{
    struct npz_entry *entries = realloc(writer->entries, (writer->count + 1) * sizeof *entries);
    if (!entries) {
        free(entry.name);
        return false;
    }
    writer->entries = entries;
    entries[writer->count++] = entry;
    uint8_t local[LOCAL_SIZE];
    put32(local, UINT32_C(0x04034b50));
    put_common(local + 4, &entry);
    return put_bytes(writer, local, LOCAL_SIZE) && put_bytes(writer, entry.name, strlen(entry.name))
           && put_bytes(writer, bytes, entry.size);
}

int npz_add(struct npz_writer *writer, const char *name, struct npy_type type, uint32_t rank,
            const uint64_t *extent, const void *data)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&bytes, &len);
    if (!memory)
        return -1;
    int status = npy_write(memory, type, rank, extent, data);
    status = fclose(memory) ? -1 : status;
    struct npz_entry entry = {.offset = (uint32_t)writer->offset, .size = (uint32_t)len};
    if (!status && (writer->offset + len > UINT32_MAX - 65536 || strlen(name) > 60000)) {
        errno = EFBIG;
        status = -1;
    }
    entry.name = status ? NULL : malloc(strlen(name) + 5);
    if (entry.name) {
        strcpy(entry.name, name);
        strcat(entry.name, ".npy");
        entry.crc = crc32_of((const uint8_t *)bytes, len);
        status = add_entry(writer, entry, bytes) ? 0 : -1;
    } else {
        status = -1;
    }
    free(bytes);
    return status;
}

static bool put_directory(struct npz_writer *writer)
{
    uint32_t start = (uint32_t)writer->offset;
    for (size_t i = 0; i < writer->count; i++) {
        const struct npz_entry *entry = &writer->entries[i];
        uint8_t central[CENTRAL_SIZE] = {0};
        put32(central, UINT32_C(0x02014b50));
        put16(central + 4, 20);
        put_common(central + 6, entry);
        put32(central + 42, entry->offset);
        if (!put_bytes(writer, central, CENTRAL_SIZE)
            || !put_bytes(writer, entry->name, strlen(entry->name)))
            return false;
    }
    uint8_t end[END_SIZE] = {0};
    put32(end, UINT32_C(0x06054b50));
    put16(end + 8, (uint32_t)writer->count);
    put16(end + 10, (uint32_t)writer->count);
    put32(end + 12, (uint32_t)writer->offset - start);
    put32(end + 16, start);
    return put_bytes(writer, end, END_SIZE);
}

int npz_finish(struct npz_writer *writer)
{
    int status = put_directory(writer) ? 0 : -1;
    for (size_t i = 0; i < writer->count; i++)
        free(writer->entries[i].name);
    free(writer->entries);
    *writer = (struct npz_writer){0};
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct archive {
    const uint8_t *bytes;
    size_t len;
    char *why;
};

static bool fail(const struct archive *archive, const char *why)
{
    snprintf(archive->why, NPY_WHY_SIZE, "%s", why);
    return false;
}

/* The record at the archive's end, before a comment of any length. */
static bool find_end(const struct archive *archive, size_t *end)
{
    for (size_t back = END_SIZE; back <= archive->len && back <= END_SIZE + LONGEST_COMMENT; back++)
        if (get32(archive->bytes + archive->len - back) == UINT32_C(0x06054b50)) {
            *end = archive->len - back;
            return true;
        }
    return fail(archive, "it is no ZIP archive");
}

static bool same_member(const uint8_t *record, size_t size, const char *name)
{
    size_t len = strlen(name);
    return (size == len && !memcmp(record, name, len))
           || (size == len + 4 && !memcmp(record, name, len) && !memcmp(record + len, ".npy", 4));
}

/* The central record of a member. */
static bool find_member(const struct archive *archive, size_t end, const char *name, size_t *member)
{
    uint32_t count = get16(archive->bytes + end + 10);
    size_t at = get32(archive->bytes + end + 16);
    for (uint32_t i = 0; i < count; i++) {
        if (at > end || end - at < CENTRAL_SIZE
            || get32(archive->bytes + at) != UINT32_C(0x02014b50))
            return fail(archive, "its directory is damaged");
        size_t size = get16(archive->bytes + at + 28);
        size_t whole = CENTRAL_SIZE + size + get16(archive->bytes + at + 30)
                       + get16(archive->bytes + at + 32);
        if (end - at < whole)
            return fail(archive, "its directory is damaged");
        if (same_member(archive->bytes + at + CENTRAL_SIZE, size, name)) {
            *member = at;
            return true;
        }
        at += whole;
    }
    snprintf(archive->why, NPY_WHY_SIZE, "it has no array `%.80s`", name);
    return false;
}

static bool find_content(const struct archive *archive, size_t member, size_t *begin, size_t *size)
{
    const uint8_t *central = archive->bytes + member;
    size_t at = get32(central + 42);
    *size = get32(central + 24);
    if (get16(central + 10) != 0)
        return fail(archive, "the array is compressed; numpy.savez writes it without compression");
    if (at > archive->len || archive->len - at < LOCAL_SIZE
        || get32(archive->bytes + at) != UINT32_C(0x04034b50))
        return fail(archive, "its directory is damaged");
    *begin = at + LOCAL_SIZE + get16(archive->bytes + at + 26) + get16(archive->bytes + at + 28);
    if (*begin > archive->len || archive->len - *begin < *size)
        return fail(archive, "it ends within the array");
    if (crc32_of(archive->bytes + *begin, *size) != get32(central + 16))
        return fail(archive, "the array is damaged: its check sum is wrong");
    return true;
}

int npz_parse(const void *bytes, size_t len, const char *name, struct npy_array *array,
              char why[NPY_WHY_SIZE])
{
    struct archive archive = {bytes, len, why};
    size_t end = 0, member = 0, begin = 0, size = 0;
    memset(array, 0, sizeof *array);
    if (!find_end(&archive, &end) || !find_member(&archive, end, name, &member)
        || !find_content(&archive, member, &begin, &size))
        return -1;
    return npy_parse(archive.bytes + begin, size, array, why);
}
