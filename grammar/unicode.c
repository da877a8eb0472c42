/* UTF-8, and which characters people mean as letters. */
#include "grammar/token.h"

#include <string.h>

uint32_t unicode_decode(const char *chars, uint32_t len, uint32_t *code_point)
{
    const unsigned char *at = (const unsigned char *)chars;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t size = len == 0        ? 0
                    : at[0] < 0x80  ? 1
                    : at[0] < 0xC2  ? 0
                    : at[0] < 0xE0  ? 2
                    : at[0] < 0xF0  ? 3
                    : at[0] < 0xF5  ? 4
                                    : 0;
    if (size == 0 || size > len)
        return 0;
    uint32_t value = size == 1 ? at[0] : at[0] & (0x7Fu >> size);
    for (uint32_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[i] & 0x3Fu);
    }
    if (size > 1
        && (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)))
        return 0;
    *code_point = value;
    return size;
}

/* Another encoding that gives itself away by its first bytes; NULL otherwise. */
static const char *other_encoding(const struct reading *reading)
{
    if (reading->len >= 2
        && (!memcmp(reading->chars, "\xFF\xFE", 2) || !memcmp(reading->chars, "\xFE\xFF", 2)))
        return "UTF-16";
    return NULL;
}

static void report_encoding(const struct reading *reading, uint32_t at)
{
    struct loc loc = {reading->file, at, at + 1};
    const char *other = other_encoding(reading);
    struct diag *diag =
        diag_report(reading->diags, AB0101, loc, "this is not UTF-8 text (byte 0x%02X)",
                    (unsigned char)reading->chars[at]);
    if (other)
        diag_help(reading->diags, diag, "the file looks like %s; save it as UTF-8", other);
    else
        diag_help(reading->diags, diag, "save the file as UTF-8");
}

void unicode_check(const struct reading *reading)
{
    bool nul_seen = false;
    uint32_t code_point;
    if (other_encoding(reading)) { /* full of NULs, too: one mistake */
        report_encoding(reading, 0);
        return;
    }
    for (uint32_t at = 0; at < reading->len;) {
        uint32_t size = unicode_decode(reading->chars + at, reading->len - at, &code_point);
        if (!size) {
            report_encoding(reading, at);
            return;
        }
        if (!code_point && !nul_seen) {
            struct loc loc = {reading->file, at, at + 1};
            diag_report(reading->diags, AB0102, loc, "a NUL byte in the text");
            nul_seen = true;
        }
        at += size;
    }
}

bool unicode_is_letter(uint32_t code_point)
{
    static const struct {
        uint32_t first, last;
    } others[] = {
        {0x80, 0xBF},       {0xD7, 0xD7},       {0xF7, 0xF7},     {0x2000, 0x2BFF},
        {0x2E00, 0x2E7F},   {0x3000, 0x3020},   {0xD800, 0xF8FF}, {0xFE00, 0xFE6F},
        {0xFEFF, 0xFF0F},   {0xFF1A, 0xFF20},   {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF},
        {0xE0000, 0x10FFFF},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (code_point >= others[i].first && code_point <= others[i].last)
            return false;
    return code_point >= 0x80;
}
