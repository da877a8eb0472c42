/* Values of literals, and what can be wrong with them. */
#include "grammar/token.h"

#include "grammar/parser.h"

#include <stdlib.h>
#include <string.h>

static struct loc part(const struct reading *reading, uint32_t begin, uint32_t end)
{
    return (struct loc){reading->file, begin, end};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/* Without "_" and the j of an imaginary number; a decimal integer also without leading zeros, so
 * that nobody reads it as octal. */
const char *literal_number(const struct reading *reading, const struct raw *raw)
{
    char *text = arena_strndup(reading->arena, reading->chars + raw->begin, raw->end - raw->begin);
    size_t len = 0;
    for (const char *from = text; *from; from++)
        if (*from != '_')
            text[len++] = *from;
    if (raw->kind == T_IMAG)
        len--;
    text[len] = '\0';
    if (strspn(text, "0123456789") == len)
        while (text[0] == '0' && text[1])
            text++;
    return text;
}

/* What is wrong with the digits, as the end of "this is no number: ". */
static const char *why_wrong(const char *text, size_t len)
{
    char last = text[len - 1];
    if (text[0] == '0' && strchr("xXbBoO", text[1])) {
        if (text[1] == 'X' || text[1] == 'B')
            return "the letter behind 0 is small: 0xff, 0b101";
        if (text[1] == 'o' || text[1] == 'O')
            return "there are no octal numbers, write 0x or 0b";
        return text[1] == 'x' ? "digits from 0 to f follow 0x" : "digits 0 and 1 follow 0b";
    }
    if (strstr(text, "__") || last == '_')
        return "a single _ stands between two digits";
    if (last == 'e' || last == 'E')
        return "digits follow the exponent's e";
    if (last == 'J')
        return "the imaginary unit is a small j";
    if (strspn(text + strspn(text, "0123456789._"), "fFuUlLdD") && strchr("fFuUlLdD", last))
        return "there are no suffixes; a type is given by a cast, as f32(1.5)";
    return "a letter follows its digits";
}

/* The text that was meant, where that is plain; NULL otherwise. */
static const char *repaired_number(const struct reading *reading, const char *text)
{
    size_t len = strlen(text), digits = strspn(text, "0123456789_");
    if (text[0] == '0' && (text[1] == 'X' || text[1] == 'B') && text[2]) {
        char small = text[1] == 'X' ? 'x' : 'b';
        if (strspn(text + 2, small == 'x' ? "0123456789abcdefABCDEF" : "01") == len - 2)
            return arena_printf(reading->arena, "0%c%s", small, text + 2);
    }
    if (text[0] == '0' && text[1] == 'o' && len > 2 && len < 22
        && strspn(text + 2, "01234567") == len - 2)
        return arena_printf(reading->arena, "0x%llx", strtoull(text + 2, NULL, 8));
    if (len == digits && (strstr(text, "__") || text[len - 1] == '_')) {
        char *copy = arena_strdup(reading->arena, text);
        size_t kept = 0;
        for (size_t i = 0; i < len; i++)
            if (text[i] != '_' || (is_digit(text[i + 1])))
                copy[kept++] = text[i];
        copy[kept] = '\0';
        return copy;
    }
    if (text[len - 1] == 'J' && strspn(text, "0123456789.") == len - 1)
        return arena_printf(reading->arena, "%.*sj", (int)len - 1, text);
    return NULL;
}

const char *literal_wrong_number(const struct reading *reading, const struct raw *raw)
{
    const char *text =
        arena_strndup(reading->arena, reading->chars + raw->begin, raw->end - raw->begin);
    struct loc loc = part(reading, raw->begin, raw->end);
    struct diag *diag = diag_report(reading->diags, AB0107, loc, "this is no number: %s",
                                    why_wrong(text, strlen(text)));
    const char *repaired = repaired_number(reading, text);
    if (repaired)
        diag_edit(reading->diags, diag, loc, "write", "%s", repaired);
    return "0";
}

/* ---- characters and strings ----------------------------------------------------------------- */

static void bad_escape(const struct reading *reading, uint32_t begin, uint32_t end, const char *why)
{
    char c = reading->chars[begin + 1];
    struct loc loc = part(reading, begin, end);
    struct diag *diag = diag_report(reading->diags, AB0105, loc, "%s", why);
    if (c >= ' ' && c <= '~' && !strchr("xu", c))
        diag_edit(reading->diags, diag, part(reading, begin, begin + 1),
                  "for a backslash itself, write", "\\\\");
}

/* Puts a code point as UTF-8; gives the number of bytes. */
static uint32_t encode(uint32_t value, char *into)
{
    if (value < 0x80) {
        into[0] = (char)value;
        return 1;
    }
    uint32_t size = value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
    for (uint32_t i = size - 1; i > 0; i--, value >>= 6)
        into[i] = (char)(0x80 | (value & 0x3F));
    into[0] = (char)((0xF00u >> size & 0xFF) | value);
    return size;
}

/* "\u{3b1}" from its "u" on, up to `end`; gives the bytes behind the "u", or 0 after a report. */
static uint32_t unicode_escape(const struct reading *reading, uint32_t at, uint32_t end, char *into,
                               uint32_t *put)
{
    const char *chars = reading->chars;
    uint32_t value = 0, i = at + 2;
    char check[4];
    bool good = at + 1 < end && chars[at + 1] == '{';
    for (; good && i < end && hex_value(chars[i]) >= 0 && i < at + 8; i++)
        value = value * 16 + (uint32_t)hex_value(chars[i]);
    good = good && i > at + 2 && i < end && chars[i] == '}' && value && value <= 0x10FFFF;
    uint32_t size = good ? encode(value, check) : 0;
    if (!good || !unicode_decode(check, size, &value)) {
        bad_escape(reading, at - 1, at + 1,
                   "`\\u` is followed by a character's number, as in \\u{3b1}");
        return 0;
    }
    memcpy(into, check, size);
    *put = size;
    return i - at;
}

/* The character that a simple escape means, or -1. */
static int simple_escape(char c)
{
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '\\': return '\\';
    case '"': return '"';
    case '\'': return '\'';
    default: return -1;
    }
}

const char *literal_string(const struct reading *reading, const struct raw *raw)
{
    uint32_t at = raw->begin + 1, end = raw->kind == RAW_STRING_OPEN ? raw->end : raw->end - 1;
    char *text = arena_alloc(reading->arena, raw->end - raw->begin + 1);
    uint32_t len = 0;
    while (at < end) {
        char c = reading->chars[at++];
        if (c == '\0')
            continue; /* reported once for the file */
        if (c != '\\' || at >= end) {
            text[len++] = c;
            continue;
        }
        char escape = reading->chars[at];
        uint32_t put = 0, size = 0;
        if (simple_escape(escape) >= 0) {
            text[len++] = (char)simple_escape(escape);
        } else if (escape == 'u') {
            size = unicode_escape(reading, at, end, text + len, &put);
            len += put;
        } else {
            uint32_t code_point, width = unicode_decode(reading->chars + at, end - at, &code_point);
            bad_escape(reading, at - 1, at + (width ? width : 1),
                       escape == '0' || escape == 'x'
                           ? "a string holds text, not bytes; a character by its number is \\u{3b1}"
                           : "no such escape: there are \\n \\t \\r \\\" \\' \\\\ and \\u{3b1}");
        }
        at += 1 + size;
    }
    text[len] = '\0';
    if (raw->kind == RAW_STRING_OPEN) {
        struct loc loc = part(reading, raw->begin, raw->end);
        struct diag *diag =
            diag_report(reading->diags, AB0104, loc, "the line ends inside a string");
        diag_edit(reading->diags, diag, part(reading, raw->end, raw->end), "close it", "\"");
    }
    return text;
}

static bool is_closed(const char *chars, uint32_t len)
{
    uint32_t at = 1;
    while (at < len && chars[at] != '\'')
        at += chars[at] == '\\' ? 2 : 1;
    return at + 1 == len;
}

static const char *bad_character(const struct reading *reading, const struct raw *raw)
{
    const char *chars = reading->chars + raw->begin;
    uint32_t len = raw->end - raw->begin, code_point;
    struct loc loc = part(reading, raw->begin, raw->end);
    if (!is_closed(chars, len)) {
        diag_report(reading->diags, AB0106, part(reading, raw->begin, raw->begin + 1),
                    "no `'` closes this character; strings stand in double quotes");
    } else if (len == 2) {
        diag_report(reading->diags, AB0106, loc,
                    "a character stands between the quotes, as in 'a'");
    } else if (unicode_decode(chars + 1, len - 2, &code_point) == len - 2 && code_point >= 0x80) {
        struct diag *diag = diag_report(reading->diags, AB0106, loc,
                                        "a character is one byte; this one is not ASCII");
        diag_edit(reading->diags, diag, loc, "its number in Unicode is", "0x%x", code_point);
    } else {
        return NULL;
    }
    return "0";
}

/* The byte of an escape '\x41', or -1. */
static int escaped_byte(const char *chars, uint32_t len)
{
    if (len == 2)
        return chars[1] == '0' ? 0 : simple_escape(chars[1]);
    if (len == 4 && chars[1] == 'x' && hex_value(chars[2]) >= 0 && hex_value(chars[3]) >= 0)
        return hex_value(chars[2]) * 16 + hex_value(chars[3]);
    return -1;
}

const char *literal_character(const struct reading *reading, const struct raw *raw, bool *is_string)
{
    const char *inner = reading->chars + raw->begin + 1;
    uint32_t len = raw->end - raw->begin;
    *is_string = false;
    const char *wrong = bad_character(reading, raw);
    if (wrong)
        return wrong;
    len -= 2;
    if (len == 1)
        return arena_printf(reading->arena, "%d", (unsigned char)inner[0]);
    if (inner[0] == '\\' && (len == 2 || inner[1] == 'x')) {
        int byte = escaped_byte(inner, len);
        if (byte < 0)
            bad_escape(reading, raw->begin + 1, raw->end - 1,
                       "no such escape: there are \\n \\t \\r \\0 \\\" \\' \\\\ and \\x41");
        return arena_printf(reading->arena, "%d", byte < 0 ? 0 : byte);
    }
    struct loc loc = part(reading, raw->begin, raw->end);
    struct diag *diag = diag_report(reading->diags, AB0106, loc,
                                    "'..' holds one character; strings stand in double quotes");
    if (!memchr(inner, '"', len))
        diag_edit(reading->diags, diag, loc, "write", "\"%.*s\"", (int)len, inner);
    *is_string = true;
    return arena_strndup(reading->arena, inner, len);
}
