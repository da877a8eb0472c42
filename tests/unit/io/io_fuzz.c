/* Damaged files: whatever stands in them, the readers give an array or a table whose every element
 * may be read, or say what is wrong. Files are made, damaged at random (fixed seed) and read; built
 * with the address and undefined-behaviour sanitizers. */
#include "io/csv.h"
#include "io/npz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static uint64_t random_state = 20240229;

static uint32_t random_below(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % limit;
}

/* Bytes that a reader looks for, so that damage is not always the first thing it sees. */
static const char *const pieces[] = {"\x93NUMPY",
                                     "{'descr': '<f8', ",
                                     "'fortran_order': True, ",
                                     "'shape': (2, 3), }",
                                     "(",
                                     ")",
                                     ",",
                                     "\n",
                                     "\"",
                                     "\"\"",
                                     "\r\n",
                                     "#",
                                     "PK\x05\x06",
                                     "PK\x01\x02",
                                     "PK\x03\x04",
                                     "0",
                                     "18446744073709551615",
                                     "'",
                                     "\xff\xff",
                                     "True",
                                     "<i4",
                                     "|b1",
                                     ">u2",
                                     "[",
                                     "\xEF\xBB\xBF"};

static size_t damage(char *bytes, size_t len, size_t cap)
{
    for (uint32_t count = random_below(6); count > 0; count--) {
        const char *piece = pieces[random_below(sizeof pieces / sizeof *pieces)];
        size_t size = strlen(piece), at = random_below((uint32_t)len + 1);
        switch (random_below(5)) {
        case 0:
            if (at < len)
                bytes[at] = (char)random_below(256);
            break;
        case 1: len = at; break;
        case 2:
            if (at + size <= len)
                memcpy(bytes + at, piece, size);
            break;
        case 3:
            if (len + size <= cap) {
                memmove(bytes + at + size, bytes + at, len - at);
                memcpy(bytes + at, piece, size);
                len += size;
            }
            break;
        default:
            if (at < len) {
                memmove(bytes + at, bytes + at + 1, len - at - 1);
                len--;
            }
            break;
        }
    }
    return len;
}

static uint64_t sum_bytes(const void *data, uint64_t len)
{
    const unsigned char *bytes = data;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < len; i++)
        sum += bytes[i];
    return sum;
}

static uint64_t use_array(struct npy_array *array, int status, const char *why)
{
    uint64_t sum = status ? strlen(why) : sum_bytes(array->data, array->count * array->type.bytes);
    if (status && !*why)
        abort(); /* a refusal always has a reason */
    npy_free(array);
    return sum;
}

static uint64_t use_table(struct csv_table *table, int status, const struct csv_error *error,
                          size_t len)
{
    uint64_t sum = 0;
    if (status && (!*error->why || error->offset > len))
        abort();
    for (size_t i = 0; i < table->columns * (table->rows + 1); i++) {
        const struct csv_field *field = &table->names[i];
        if (field->offset + field->span > len)
            abort();
        sum += strlen(field->chars);
    }
    csv_free(table);
    return sum;
}

/* Reads a copy of exactly these bytes, so that the sanitizer sees each step over their end. */
static uint64_t read_all(const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1), why[NPY_WHY_SIZE] = "";
    struct npy_array array;
    struct csv_table table;
    struct csv_error error;
    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    uint64_t sum = use_array(&array, npy_parse(copy, len, &array, why), why);
    sum += use_array(&array, npz_parse(copy, len, "x", &array, why), why);
    sum += use_table(&table, csv_parse(copy, len, &table, &error), &error, len);
    free(copy);
    return sum;
}

static size_t make_npz(char *bytes, size_t cap)
{
    FILE *stream = fmemopen(bytes, cap, "wb");
    struct zip_writer writer = {.stream = stream};
    const double values[6] = {1, 2, 3, 4, 5, 6};
    const uint64_t extent[2] = {2, 3};
    if (!stream || npz_add(&writer, "x", (struct npy_type){'f', 8}, 2, extent, values)
        || npz_add(&writer, "y", (struct npy_type){'u', 1}, 1, extent, values)
        || zip_finish(&writer))
        abort();
    size_t len = (size_t)ftell(stream);
    fclose(stream);
    return len;
}

static char *put(char *at, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *at++ = (char)(i < 8 ? value >> 8 * i : 0);
    return at;
}

/* What a local or a central record says of a deflated member "x.npy"; 64-bit numbers if `wide`. */
static char *put_member(char *at, bool wide, uint32_t crc, uint64_t packed, uint64_t size)
{
    at = put(at, 45, 2);
    at = put(at, (uint64_t)8 << 16, 4);
    at = put(at, 0, 4);
    at = put(at, crc, 4);
    at = put(at, wide ? UINT32_MAX : packed, 4);
    at = put(at, wide ? UINT32_MAX : size, 4);
    return put(put(at, 5, 2), wide ? 20 : 0, 2);
}

static char *put_name(char *at, bool wide, uint64_t packed, uint64_t size)
{
    memcpy(at, "x.npy", 5);
    return wide ? put(put(put(at + 5, 0x100001, 4), size, 8), packed, 8) : at + 5;
}

static size_t make_deflated(char *bytes, size_t cap, bool wide)
{
    static const double values[64] = {1, 2, 3};
    uint8_t plain[2048], packed[2048];
    const uint64_t extent[1] = {64};
    size_t head = npy_head((struct npy_type){'f', 8}, 1, extent, plain), size = head + sizeof values;
    memcpy(plain + head, values, sizeof values);
    z_stream stream = {.next_in = plain, .avail_in = (uInt)size, .next_out = packed,
                       .avail_out = sizeof packed};
    if (cap < 4096 || deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK
        || deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    size_t len = (size_t)(stream.next_out - packed);
    deflateEnd(&stream);
    uint32_t crc = (uint32_t)crc32(0, plain, (uInt)size);
    char *at = put_member(put(bytes, 0x04034b50, 4), wide, crc, len, size);
    at = put_name(at, wide, len, size);
    memcpy(at, packed, len);
    char *directory = at += len;
    at = put_member(put(put(at, 0x02014b50, 4), 45, 2), wide, crc, len, size);
    at = put_name(put(at, 0, 14), wide, len, size);
    char *end = at;
    uint64_t start = (uint64_t)(directory - bytes), span = (uint64_t)(end - directory);
    if (wide) {
        at = put(put(put(at, 0x06064b50, 4), 44, 8), 0x2d002d, 12);
        at = put(put(put(put(at, 1, 8), 1, 8), span, 8), start, 8);
        at = put(put(put(put(at, 0x07064b50, 4), 0, 4), (uint64_t)(end - bytes), 8), 1, 4);
    }
    at = put(put(put(at, 0x06054b50, 4), 0, 4), 0x10001, 4);
    return (size_t)(put(put(put(at, span, 4), wide ? UINT32_MAX : start, 4), 0, 2) - bytes);
}

static size_t make_npy(char *bytes, size_t cap)
{
    FILE *stream = fmemopen(bytes, cap, "wb");
    const int16_t values[6] = {1, 2, 3, 4, 5, 6};
    const uint64_t extent[2] = {3, 2};
    if (!stream || npy_write(stream, (struct npy_type){'i', 2}, 2, extent, values))
        abort();
    size_t len = (size_t)ftell(stream);
    fclose(stream);
    return len;
}

static size_t make_csv(char *bytes)
{
    strcpy(bytes, "# orbits\nname,\"a, b\" , c\r\n\"Mercury\",0.5,\n\n\"say \"\"hi\"\"\",2, 3 \n");
    return strlen(bytes);
}

static size_t make(char *bytes, size_t cap, int kind)
{
    switch (kind) {
    case 0: return make_npz(bytes, cap);
    case 1: return make_npy(bytes, cap);
    case 2: return make_csv(bytes);
    default: return make_deflated(bytes, cap, kind == 4);
    }
}

int main(int count, char **words)
{
    static char bytes[8192];
    const int rounds = count > 1 ? atoi(words[1]) : 40000;
    if (count > 2)
        random_state = strtoull(words[2], NULL, 10);
    for (int kind = 3; kind < 5; kind++) {
        char why[NPY_WHY_SIZE];
        struct npy_array array;
        if (npz_parse(bytes, make_deflated(bytes, sizeof bytes, kind == 4), "x", &array, why))
            abort(); /* what is not damaged is read */
        npy_free(&array);
    }
    uint64_t sum = 0;
    for (int round = 0; round < rounds; round++) {
        size_t len = make(bytes, sizeof bytes, round % 5);
        len = damage(bytes, len, sizeof bytes);
        sum += read_all(bytes, len);
    }
    printf("%d damaged files were read, check sum %llu\n", rounds, (unsigned long long)sum);
    return 0;
}
