#include "io/zip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LOCAL_MARK UINT32_C(0x04034b50)
#define CENTRAL_MARK UINT32_C(0x02014b50)
#define END_MARK UINT32_C(0x06054b50)
#define END64_MARK UINT32_C(0x06064b50)
#define LOCATOR64_MARK UINT32_C(0x07064b50)

enum {
    LOCAL_SIZE = 30, /* fixed parts of the kinds of record */
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR64_SIZE = 20,
    EXTRA64_SIZE = 28, /* head, and three numbers */
    EXTRA64_ID = 1,
    LONGEST_COMMENT = 65535,
    FLAG_ENCRYPTED = 1,
    METHOD_STORED = 0,
    METHOD_DEFLATED = 8,
    VERSION_STORED = 20,
    VERSION_64 = 45,
    MOST_EXPANSION = 1040 /* deflate makes at most 1032 bytes of one */
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

static void put64(uint8_t *to, uint64_t value)
{
    put32(to, (uint32_t)value);
    put32(to + 4, (uint32_t)(value >> 32));
}

static uint16_t get16(const uint8_t *from)
{
    return (uint16_t)(from[0] | from[1] << 8);
}

static uint32_t get32(const uint8_t *from)
{
    return get16(from) | (uint32_t)get16(from + 2) << 16;
}

static uint64_t get64(const uint8_t *from)
{
    return get32(from) | (uint64_t)get32(from + 4) << 32;
}

/* zlib counts in unsigned int. */
static uint32_t check_sum(uint32_t crc, const void *bytes, uint64_t len)
{
    const uint8_t *at = bytes;
    for (uint64_t step; len; at += step, len -= step) {
        step = len < (1u << 30) ? len : 1u << 30;
        crc = (uint32_t)crc32(crc, at, (uInt)step);
    }
    return crc;
}

/* ---- reading --------------------------------------------------------------------------------- */

static bool fail(const char **why, const char *text)
{
    *why = text;
    return false;
}

/* The record at the archive's end: before a comment that ends where the archive does. */
static bool find_end(const struct zip_archive *archive, size_t *end)
{
    const size_t most = END_SIZE + LONGEST_COMMENT;
    for (size_t back = END_SIZE; back <= archive->len && back <= most; back++) {
        const uint8_t *record = archive->bytes + archive->len - back;
        if (get32(record) == END_MARK && get16(record + 20) == back - END_SIZE) {
            *end = archive->len - back;
            return true;
        }
    }
    return false;
}

/* The record with 64-bit numbers, if there is one before the one at `end`. */
static const uint8_t *find_end64(const struct zip_archive *archive, size_t end)
{
    if (end < LOCATOR64_SIZE || get32(archive->bytes + end - LOCATOR64_SIZE) != LOCATOR64_MARK)
        return NULL;
    uint64_t at = get64(archive->bytes + end - LOCATOR64_SIZE + 8);
    if (at > end || end - at < END64_SIZE + LOCATOR64_SIZE
        || get32(archive->bytes + at) != END64_MARK)
        return NULL;
    return archive->bytes + at;
}

bool zip_open(const void *bytes, size_t len, struct zip_archive *archive, const char **why)
{
    size_t end = 0;
    *archive = (struct zip_archive){.bytes = bytes, .len = len};
    if (!find_end(archive, &end))
        return fail(why, len > 4 && get32(bytes) == LOCAL_MARK
                             ? "it ends too early: it has no directory" : "it is no ZIP archive");
    const uint8_t *record64 = find_end64(archive, end);
    uint64_t size = get32(archive->bytes + end + 12), start = get32(archive->bytes + end + 16);
    if (record64 && (size == UINT32_MAX || start == UINT32_MAX
                     || get16(archive->bytes + end + 10) == UINT16_MAX)) {
        size = get64(record64 + 40);
        start = get64(record64 + 48);
    }
    if (start > end || size > end - start)
        return fail(why, "its directory is damaged");
    archive->directory = (size_t)start;
    archive->end = (size_t)(start + size);
    return true;
}

/* Numbers that do not fit 32 bits stand in an extra field, in this order. */
static bool read_extra64(const uint8_t *extra, size_t len, struct zip_member *member)
{
    uint64_t *const wide[] = {&member->size, &member->packed, &member->offset};
    while (len >= 4) {
        size_t field = get16(extra + 2);
        if (field > len - 4)
            return false;
        if (get16(extra) == EXTRA64_ID) {
            const uint8_t *at = extra + 4, *end = at + field;
            for (int i = 0; i < 3; i++) {
                if (*wide[i] != UINT32_MAX)
                    continue;
                if (end - at < 8)
                    return false;
                *wide[i] = get64(at);
                at += 8;
            }
            return true;
        }
        extra += 4 + field;
        len -= 4 + field;
    }
    return true;
}

bool zip_next(const struct zip_archive *archive, size_t *at, struct zip_member *member,
              const char **why)
{
    const char *ignored;
    const uint8_t *record = archive->bytes + archive->directory + *at;
    size_t left = archive->end - archive->directory - *at;
    why = why ? why : &ignored;
    if (!left)
        return false;
    if (left < CENTRAL_SIZE || get32(record) != CENTRAL_MARK)
        return fail(why, "its directory is damaged");
    size_t name_len = get16(record + 28), extra_len = get16(record + 30);
    size_t whole = CENTRAL_SIZE + name_len + extra_len + get16(record + 32);
    if (left < whole)
        return fail(why, "its directory is damaged");
    *member = (struct zip_member){(const char *)record + CENTRAL_SIZE, name_len, get16(record + 8),
                                  get16(record + 10), get32(record + 16), get32(record + 20),
                                  get32(record + 24), get32(record + 42)};
    if (!read_extra64(record + CENTRAL_SIZE + name_len, extra_len, member))
        return fail(why, "its directory is damaged");
    *at += whole;
    return true;
}

/* The bytes of a member as they stand in the archive. */
static bool find_packed(const struct zip_archive *archive, const struct zip_member *member,
                        const uint8_t **packed, const char **why)
{
    if (member->offset > archive->len || archive->len - member->offset < LOCAL_SIZE
        || get32(archive->bytes + member->offset) != LOCAL_MARK)
        return fail(why, "its directory is damaged");
    const uint8_t *local = archive->bytes + member->offset;
    uint64_t begin = member->offset + LOCAL_SIZE + get16(local + 26) + get16(local + 28);
    if (begin > archive->len || archive->len - begin < member->packed)
        return fail(why, "it ends within the array");
    *packed = archive->bytes + begin;
    return true;
}

/* Raw deflate of all of `packed` into exactly `size` bytes. */
static bool inflate_all(const uint8_t *packed, uint64_t packed_len, uint8_t *to, uint64_t size)
{
    const uint64_t most = 1u << 30;
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed, .next_out = to};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    int status = Z_OK;
    while (status == Z_OK) {
        uint64_t in = packed_len - (uint64_t)(stream.next_in - packed);
        uint64_t out = size - (uint64_t)(stream.next_out - to);
        stream.avail_in = (uInt)(in < most ? in : most);
        stream.avail_out = (uInt)(out < most ? out : most);
        status = inflate(&stream, Z_NO_FLUSH);
    }
    bool whole = status == Z_STREAM_END && (uint64_t)(stream.next_out - to) == size;
    inflateEnd(&stream);
    return whole;
}

static bool unpack(const struct zip_member *member, const uint8_t *packed,
                   struct zip_content *content, const char **why)
{
    if (member->size / MOST_EXPANSION > member->packed)
        return fail(why, "the array is damaged: its compressed size is wrong");
    uint8_t *bytes = malloc(member->size ? (size_t)member->size : 1);
    if (!bytes)
        return fail(why, "there is no memory for the array");
    content->bytes = content->owned = bytes;
    content->len = (size_t)member->size;
    if (inflate_all(packed, member->packed, bytes, member->size))
        return true;
    zip_content_free(content);
    return fail(why, "the array is damaged: it cannot be decompressed");
}

bool zip_content(const struct zip_archive *archive, const struct zip_member *member,
                 struct zip_content *content, const char **why)
{
    const uint8_t *packed = NULL;
    *content = (struct zip_content){NULL, 0, NULL};
    if (member->flags & FLAG_ENCRYPTED)
        return fail(why, "the array is encrypted; numpy.savez writes it plain");
    if (member->method != METHOD_STORED && member->method != METHOD_DEFLATED)
        return fail(why, "the array is compressed in another way than deflate; "
                         "numpy.savez_compressed writes it so");
    if (!find_packed(archive, member, &packed, why))
        return false;
    if (member->method == METHOD_DEFLATED) {
        if (!unpack(member, packed, content, why))
            return false;
    } else if (member->size != member->packed) {
        return fail(why, "its directory is damaged");
    } else {
        *content = (struct zip_content){packed, (size_t)member->size, NULL};
    }
    if (check_sum(0, content->bytes, content->len) == member->crc)
        return true;
    zip_content_free(content);
    return fail(why, "the array is damaged: its check sum is wrong");
}

void zip_content_free(struct zip_content *content)
{
    free(content->owned);
    *content = (struct zip_content){NULL, 0, NULL};
}

/* ---- writing --------------------------------------------------------------------------------- */

struct zip_entry {
    char *name;
    uint32_t crc;
    uint64_t size, offset;
};

static uint32_t narrow32(uint64_t value)
{
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static bool is_wide(const struct zip_entry *entry)
{
    return entry->size >= UINT32_MAX || entry->offset >= UINT32_MAX;
}

/* What local and central records have in common, from the version needed on. */
static void put_common(uint8_t *to, const struct zip_entry *entry, uint32_t extra)
{
    memset(to, 0, 26);
    put16(to, is_wide(entry) ? VERSION_64 : VERSION_STORED); /* no flags; stored */
    put16(to + 8, 0x21); /* 1980-01-01, so that equal arrays give equal files */
    put32(to + 10, entry->crc);
    put32(to + 14, narrow32(entry->size));
    put32(to + 18, narrow32(entry->size));
    put16(to + 22, (uint32_t)strlen(entry->name));
    put16(to + 24, extra);
}

/* Those of size, packed size and offset that are too wide for their places. Its length. */
static uint32_t put_extra64(uint8_t to[EXTRA64_SIZE], const struct zip_entry *entry,
                            bool with_offset)
{
    uint32_t len = 4;
    if (entry->size >= UINT32_MAX) {
        put64(to + len, entry->size);
        put64(to + len + 8, entry->size);
        len += 16;
    }
    if (with_offset && entry->offset >= UINT32_MAX) {
        put64(to + len, entry->offset);
        len += 8;
    }
    put16(to, EXTRA64_ID);
    put16(to + 2, len - 4);
    return len > 4 ? len : 0;
}

static bool put_bytes(struct zip_writer *writer, const void *bytes, uint64_t len)
{
    writer->offset += len;
    return fwrite(bytes, 1, (size_t)len, writer->stream) == len;
}

static bool keep_entry(struct zip_writer *writer, const char *name, struct zip_entry entry)
{
    struct zip_entry *entries = realloc(writer->entries, (writer->count + 1) * sizeof *entries);
    if (!entries)
        return false;
    writer->entries = entries;
    entry.name = malloc(strlen(name) + 1);
    if (!entry.name)
        return false;
    strcpy(entry.name, name);
    entries[writer->count++] = entry;
    return true;
}

int zip_add(struct zip_writer *writer, const char *name, const struct zip_part *parts, size_t count)
{
    struct zip_entry entry = {.offset = writer->offset};
    uint8_t local[LOCAL_SIZE], extra[EXTRA64_SIZE];
    for (size_t i = 0; i < count; i++) {
        entry.crc = check_sum(entry.crc, parts[i].bytes, parts[i].len);
        entry.size += parts[i].len;
    }
    if (strlen(name) > UINT16_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (!keep_entry(writer, name, entry))
        return -1;
    entry.name = writer->entries[writer->count - 1].name;
    uint32_t extra_len = put_extra64(extra, &entry, false);
    put32(local, LOCAL_MARK);
    put_common(local + 4, &entry, extra_len);
    bool fine = put_bytes(writer, local, LOCAL_SIZE) && put_bytes(writer, name, strlen(name))
                && put_bytes(writer, extra, extra_len);
    for (size_t i = 0; i < count && fine; i++)
        fine = put_bytes(writer, parts[i].bytes, parts[i].len);
    return fine ? 0 : -1;
}

static bool put_central(struct zip_writer *writer, const struct zip_entry *entry)
{
    uint8_t central[CENTRAL_SIZE] = {0}, extra[EXTRA64_SIZE];
    uint32_t extra_len = put_extra64(extra, entry, true);
    put32(central, CENTRAL_MARK);
    put16(central + 4, is_wide(entry) ? VERSION_64 : VERSION_STORED);
    put_common(central + 6, entry, extra_len);
    put32(central + 42, narrow32(entry->offset));
    return put_bytes(writer, central, CENTRAL_SIZE)
           && put_bytes(writer, entry->name, strlen(entry->name))
           && put_bytes(writer, extra, extra_len);
}

/* The record with 64-bit numbers, and the locator that leads to it. */
static bool put_end64(struct zip_writer *writer, uint64_t start, uint64_t size)
{
    uint8_t end[END64_SIZE] = {0}, locator[LOCATOR64_SIZE] = {0};
    uint64_t at = writer->offset;
    put32(end, END64_MARK);
    put64(end + 4, END64_SIZE - 12);
    put16(end + 12, VERSION_64);
    put16(end + 14, VERSION_64);
    put64(end + 24, writer->count);
    put64(end + 32, writer->count);
    put64(end + 40, size);
    put64(end + 48, start);
    put32(locator, LOCATOR64_MARK);
    put64(locator + 8, at);
    put32(locator + 16, 1);
    return put_bytes(writer, end, END64_SIZE) && put_bytes(writer, locator, LOCATOR64_SIZE);
}

static bool put_directory(struct zip_writer *writer)
{
    uint64_t start = writer->offset;
    for (size_t i = 0; i < writer->count; i++)
        if (!put_central(writer, &writer->entries[i]))
            return false;
    uint64_t size = writer->offset - start;
    bool wide = start >= UINT32_MAX || size >= UINT32_MAX || writer->count >= UINT16_MAX;
    if (wide && !put_end64(writer, start, size))
        return false;
    uint8_t end[END_SIZE] = {0};
    uint32_t count = writer->count < UINT16_MAX ? (uint32_t)writer->count : UINT16_MAX;
    put32(end, END_MARK);
    put16(end + 8, count);
    put16(end + 10, count);
    put32(end + 12, narrow32(size));
    put32(end + 16, narrow32(start));
    return put_bytes(writer, end, END_SIZE);
}

int zip_finish(struct zip_writer *writer)
{
    int status = put_directory(writer) ? 0 : -1;
    for (size_t i = 0; i < writer->count; i++)
        free(writer->entries[i].name);
    free(writer->entries);
    *writer = (struct zip_writer){0};
    return status;
}
