#include "io/npy.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The header is a Python dictionary literal in one of few forms; this reads it left to right. */
struct cursor {
    const char *at, *end;
    char *why;
};

static bool fail(char *why, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(why, NPY_WHY_SIZE, format, args);
    va_end(args);
    return false;
}

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->end && isspace((unsigned char)*cursor->at))
        cursor->at++;
}

static bool take(struct cursor *cursor, char wanted)
{
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != wanted)
        return false;
    cursor->at++;
    return true;
}

static bool take_word(struct cursor *cursor, const char *word)
{
    size_t len = strlen(word);
    skip_space(cursor);
    if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, word, len))
        return false;
    cursor->at += len;
    return true;
}

/* A quoted string without escapes, which is all that these headers hold. */
static bool take_string(struct cursor *cursor, char *into, size_t size)
{
    skip_space(cursor);
    if (cursor->at == cursor->end || (*cursor->at != '\'' && *cursor->at != '"'))
        return false;
    const char *begin = cursor->at + 1;
    const char *close = memchr(begin, *cursor->at, (size_t)(cursor->end - begin));
    if (!close || (size_t)(close - begin) >= size)
        return false;
    memcpy(into, begin, (size_t)(close - begin));
    into[close - begin] = '\0';
    cursor->at = close + 1;
    return true;
}

static bool take_number(struct cursor *cursor, uint64_t *number)
{
    skip_space(cursor);
    const char *begin = cursor->at;
    *number = 0;
    while (cursor->at < cursor->end && isdigit((unsigned char)*cursor->at)) {
        uint64_t digit = (uint64_t)(*cursor->at - '0');
        if (*number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
        cursor->at++;
    }
    if (cursor->at > begin && cursor->at < cursor->end && *cursor->at == 'L')
        cursor->at++; /* as Python 2 wrote it */
    return cursor->at > begin;
}

static bool take_shape(struct cursor *cursor, struct npy_array *array)
{
    if (!take(cursor, '('))
        return fail(cursor->why, "the shape in its header cannot be read");
    array->rank = 0;
    while (!take(cursor, ')')) {
        if (array->rank == NPY_MAX_RANK)
            return fail(cursor->why, "it has more than %d axes", NPY_MAX_RANK);
        if (!take_number(cursor, &array->extent[array->rank]))
            return fail(cursor->why, "the shape in its header cannot be read");
        array->rank++;
        if (!take(cursor, ',')) {
            if (!take(cursor, ')'))
                return fail(cursor->why, "the shape in its header cannot be read");
            break;
        }
    }
    return true;
}

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

static bool is_known(char kind, unsigned bytes)
{
    switch (kind) {
    case 'b': return bytes == 1;
    case 'i':
    case 'u': return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    case 'f': return bytes == 2 || bytes == 4 || bytes == 8;
    case 'c': return bytes == 8 || bytes == 16;
    default: return false;
    }
}

/* Kinds of NumPy that have no use here: what they are, and how to save something that has. */
static bool refuse(char kind, const char *descr, char *why)
{
    static const struct { char kind; const char *what, *remedy; } refused[] = {
        {'O', "Python objects", "save numbers, a.astype(np.float64)"},
        {'U', "strings", "save numbers, a.astype(np.float64), or indexes into a list of them"},
        {'S', "byte strings", "save numbers, a.astype(np.float64), or a.view(np.uint8)"},
        {'a', "byte strings", "save numbers, a.astype(np.float64), or a.view(np.uint8)"},
        {'M', "dates", "save integers, a.astype('datetime64[s]').astype(np.int64)"},
        {'m', "spans of time", "save integers, a.astype('timedelta64[s]').astype(np.int64)"},
        {'V', "raw bytes", "save numbers, a.view(np.uint8)"},
        {'f', "floats of another size", "save a.astype(np.float64)"},
        {'c', "complex numbers of another size", "save a.astype(np.complex128)"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (refused[i].kind == kind)
            return fail(why, "it holds %s (%.40s): %s", refused[i].what, descr, refused[i].remedy);
    return fail(why,
                "its element type '%.40s' is none of bool, int8 to int64, uint8 to uint64, "
                "float16 to float64, complex64, complex128", descr);
}

/* "<i8": byte order, kind, bytes. */
static bool type_of(const char *descr, struct npy_type *type, bool *swapped, char *why)
{
    char order = descr[0], kind = order ? descr[1] : '\0';
    unsigned bytes = 0;
    const char *digit = kind ? descr + 2 : "";
    for (; isdigit((unsigned char)*digit) && bytes < 1000; digit++)
        bytes = 10 * bytes + (unsigned)(*digit - '0');
    if (!order || !strchr("<>|=", order) || *digit || !is_known(kind, bytes))
        return refuse(kind, descr, why);
    *type = (struct npy_type){kind, (uint8_t)bytes};
    *swapped = bytes > 1 && (order == '<' || order == '>') && (order == '<') != is_little_endian();
    return true;
}

struct header {
    bool fortran, swapped, has_descr, has_order, has_shape;
};

static bool take_entry(struct cursor *cursor, struct npy_array *array, struct header *header)
{
    char key[32], descr[64];
    if (!take_string(cursor, key, sizeof key) || !take(cursor, ':'))
        return fail(cursor->why, "its header cannot be read");
    if (!strcmp(key, "descr")) {
        header->has_descr = true;
        skip_space(cursor);
        if (cursor->at < cursor->end && *cursor->at == '[')
            return fail(cursor->why, "it holds records with named fields: save each by itself, "
                                     "np.savez(file, x=a['x'], ..)");
        if (!take_string(cursor, descr, sizeof descr))
            return fail(cursor->why, "the element type in its header cannot be read");
        return type_of(descr, &array->type, &header->swapped, cursor->why);
    }
    if (!strcmp(key, "fortran_order")) {
        header->has_order = true;
        header->fortran = take_word(cursor, "True");
        if (!header->fortran && !take_word(cursor, "False"))
            return fail(cursor->why, "fortran_order in its header is neither True nor False");
        return true;
    }
    if (!strcmp(key, "shape")) {
        header->has_shape = true;
        return take_shape(cursor, array);
    }
    return fail(cursor->why, "its header has an unknown entry '%s'", key);
}

static bool take_header(struct cursor *cursor, struct npy_array *array, struct header *header)
{
    if (!take(cursor, '{'))
        return fail(cursor->why, "its header cannot be read");
    while (!take(cursor, '}')) {
        if (!take_entry(cursor, array, header))
            return false;
        if (!take(cursor, ',')) {
            if (!take(cursor, '}'))
                return fail(cursor->why, "its header cannot be read");
            break;
        }
    }
    if (!header->has_descr || !header->has_order || !header->has_shape)
        return fail(cursor->why, "its header lacks descr, fortran_order or shape");
    return true;
}

static bool count_elements(struct npy_array *array, char *why)
{
    array->count = 1;
    for (uint32_t i = 0; i < array->rank; i++)
        if (array->extent[i] == 0) {
            array->count = 0;
            return true;
        }
    for (uint32_t i = 0; i < array->rank; i++) {
        if (array->count > UINT64_MAX / 16 / array->extent[i])
            return fail(why, "its shape is larger than memory");
        array->count *= array->extent[i];
    }
    return true;
}

/* One element, whose parts (two of a complex one) have the file's byte order. */
static void copy_element(uint8_t *to, const uint8_t *from, const struct npy_type *type,
                         bool swapped)
{
    unsigned part = type->kind == 'c' ? type->bytes / 2u : type->bytes;
    if (type->kind == 'b')
        *to = *from != 0;
    else if (!swapped)
        memcpy(to, from, type->bytes);
    else
        for (unsigned i = 0; i < type->bytes; i++)
            to[i] = from[i / part * part + (part - 1 - i % part)];
}

/* Elements come with the first axis fastest; each goes to its row-major place. */
static void copy_fortran(struct npy_array *array, const uint8_t *from, bool swapped)
{
    uint64_t index[NPY_MAX_RANK] = {0}, stride[NPY_MAX_RANK], place = 0, step = 1;
    uint8_t *data = array->data;
    for (uint32_t axis = array->rank; axis-- > 0; step *= array->extent[axis])
        stride[axis] = step;
    for (uint64_t i = 0; i < array->count; i++) {
        copy_element(data + place * array->type.bytes, from + i * array->type.bytes, &array->type,
                     swapped);
        for (uint32_t axis = 0; axis < array->rank; axis++) {
            place += stride[axis];
            if (++index[axis] < array->extent[axis])
                break;
            place -= stride[axis] * array->extent[axis];
            index[axis] = 0;
        }
    }
}

static void copy_elements(struct npy_array *array, const uint8_t *from, const struct header *header)
{
    uint8_t *data = array->data;
    if (header->fortran && array->rank > 1)
        copy_fortran(array, from, header->swapped);
    else if (!header->swapped && array->type.kind != 'b')
        memcpy(data, from, (size_t)array->count * array->type.bytes);
    else
        for (uint64_t i = 0; i < array->count; i++)
            copy_element(data + i * array->type.bytes, from + i * array->type.bytes, &array->type,
                         header->swapped);
}

/* Where the dictionary begins and how long it is; `len` is the size of the whole file. */
static bool find_header(const uint8_t *bytes, size_t len, size_t *begin, size_t *size, char *why)
{
    if (len < 8 || memcmp(bytes, "\x93NUMPY", 6))
        return fail(why, "it does not begin as a .npy file does");
    if (bytes[6] < 1 || bytes[6] > 3)
        return fail(why, "its format version %d.%d is unknown", bytes[6], bytes[7]);
    *begin = bytes[6] == 1 ? 10 : 12;
    if (len < *begin)
        return fail(why, "it ends within its header");
    *size = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (bytes[6] > 1)
        *size |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (*size > len - *begin)
        return fail(why, "it ends within its header");
    return true;
}

static bool parse(const uint8_t *bytes, size_t len, struct npy_array *array, char *why)
{
    size_t begin = 0, size = 0;
    struct header header = {0};
    if (!find_header(bytes, len, &begin, &size, why))
        return false;
    const char *text = (const char *)bytes + begin;
    struct cursor cursor = {text, text + size, why};
    if (!take_header(&cursor, array, &header) || !count_elements(array, why))
        return false;
    uint64_t have = len - begin - size, need = array->count * array->type.bytes;
    if (have != need)
        return fail(why, "its shape needs %llu bytes of elements and it has %llu",
                    (unsigned long long)need, (unsigned long long)have);
    array->data = malloc(need ? (size_t)need : 1);
    if (!array->data)
        return fail(why, "there is no memory for its %llu bytes", (unsigned long long)need);
    copy_elements(array, bytes + begin + size, &header);
    return true;
}

int npy_parse(const void *bytes, size_t len, struct npy_array *array, char why[NPY_WHY_SIZE])
{
    *array = (struct npy_array){{0}, 0, {0}, 0, NULL};
    why[0] = '\0';
    if (parse(bytes, len, array, why))
        return 0;
    npy_free(array);
    return -1;
}

void npy_free(struct npy_array *array)
{
    free(array->data);
    *array = (struct npy_array){{0}, 0, {0}, 0, NULL};
}

size_t npy_head(struct npy_type type, uint32_t rank, const uint64_t *extent,
                uint8_t head[NPY_HEAD_SIZE])
{
    enum { BEFORE_TEXT = 10 };
    /* Fits: 32 axes of at most 20 digits. */
    char text[NPY_HEAD_SIZE - BEFORE_TEXT];
    char order = type.bytes == 1 ? '|' : is_little_endian() ? '<' : '>';
    size_t len = (size_t)snprintf(text, sizeof text, "{'descr': '%c%c%d', 'fortran_order': False, "
                                  "'shape': (", order, type.kind, type.bytes);
    for (uint32_t i = 0; i < rank; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, i ? ", %llu" : "%llu",
                                (unsigned long long)extent[i]);
    len += (size_t)snprintf(text + len, sizeof text - len, rank == 1 ? ",), }" : "), }");
    while ((BEFORE_TEXT + len + 1) % 64)
        text[len++] = ' ';
    text[len++] = '\n';
    const uint8_t start[BEFORE_TEXT] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)(len & 255),
                                        (uint8_t)(len >> 8)};
    memcpy(head, start, BEFORE_TEXT);
    memcpy(head + BEFORE_TEXT, text, len);
    return BEFORE_TEXT + len;
}

int npy_write(FILE *stream, struct npy_type type, uint32_t rank, const uint64_t *extent,
              const void *data)
{
    uint8_t head[NPY_HEAD_SIZE];
    size_t len = npy_head(type, rank, extent, head), count = 1;
    for (uint32_t i = 0; i < rank; i++)
        count *= (size_t)extent[i];
    return fwrite(head, 1, len, stream) == len && fwrite(data, type.bytes, count, stream) == count
               ? 0 : -1;
}
