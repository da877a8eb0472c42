/* How a diagnostic looks: to a person, and as one JSON object a line.
 *
 *   fib.ab:3:12: error: unknown name `fob` [AB0201]
 *     3 |     return fob(n - 1)
 *       |            ^~~ did you mean `fib`?
 *       |            fib
 */
#include "base/diag.h"

#include <string.h>

struct palette {
    const char *bold, *red, *magenta, *cyan, *green, *off;
};

static const struct palette plain = {"", "", "", "", "", ""};
static const struct palette ansi = {"\033[1m",  "\033[1;31m", "\033[1;35m",
                                    "\033[1;36m", "\033[32m",   "\033[0m"};

struct line_view {
    const char *chars;
    uint32_t begin, len; /* without the line end */
    uint32_t number;
};

static struct line_view line_view_of(const struct sources *sources, struct loc loc)
{
    const struct source *source = &sources->files.at[loc.file];
    struct line_view view = {.number = source_position(sources, loc).line};
    view.begin = source->lines.at[view.number - 1];
    uint32_t end = view.number < source->lines.len ? source->lines.at[view.number] - 1 : source->len;
    if (end > view.begin && source->chars[end - 1] == '\r')
        end--;
    view.chars = source->chars + view.begin;
    view.len = end - view.begin;
    return view;
}

static bool starts_char(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

/* Bytes of the UTF-8 character at `at`; 0 if there is none, so that output is UTF-8 always. */
static uint32_t char_size(const char *at, uint32_t len)
{
    unsigned char c = (unsigned char)at[0];
    uint32_t size = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (size > len)
        return 0;
    for (uint32_t i = 1; i < size; i++)
        if (starts_char(at[i]))
            return 0;
    return size;
}

static void put_gutter(struct text *out, uint32_t number)
{
    if (number)
        text_printf(out, "%5u | ", number);
    else
        text_put(out, "      | ");
}

static void put_line(struct text *out, const struct line_view *view)
{
    put_gutter(out, view->number);
    for (uint32_t i = 0; i < view->len;) {
        unsigned char c = (unsigned char)view->chars[i];
        uint32_t size = char_size(view->chars + i, view->len - i);
        if ((c < 32 && c != '\t') || !size)
            text_put(out, "?");
        else
            text_put_n(out, view->chars + i, size);
        i += size ? size : 1;
    }
    text_put(out, "\n");
}

/* White space up to a column; tabs are kept, so that carets stand below their text. */
static void put_padding(struct text *out, const struct line_view *view, uint32_t upto)
{
    for (uint32_t i = 0; i < upto && i < view->len; i++)
        if (starts_char(view->chars[i]))
            text_put(out, view->chars[i] == '\t' ? "\t" : " ");
}

static void put_carets(struct text *out, const struct line_view *view, struct loc loc)
{
    uint32_t first = loc.begin - view->begin;
    uint32_t last = loc.end > loc.begin ? loc.end - view->begin : first + 1;
    if (last > view->len)
        last = view->len;
    text_put(out, "^");
    for (uint32_t i = first + 1; i < last; i++)
        if (starts_char(view->chars[i]))
            text_put(out, "~");
}

static void put_snippet(const struct diags *diags, struct loc loc, const struct palette *colors,
                        struct text *out)
{
    struct line_view view = line_view_of(diags->sources, loc);
    put_line(out, &view);
    put_gutter(out, 0);
    put_padding(out, &view, loc.begin - view.begin);
    text_put(out, colors->green);
    put_carets(out, &view, loc);
    text_put(out, colors->off);
    text_put(out, "\n");
}

static void put_place(const struct diags *diags, struct loc loc, const struct palette *colors,
                      struct text *out)
{
    if (!loc.file)
        return;
    struct position at = source_position(diags->sources, loc);
    text_printf(out, "%s%s:%u:%u:%s ", colors->bold, at.path, at.line, at.column, colors->off);
}

/* The line as it would stand after the edit. */
static void put_edit(const struct diags *diags, const struct diag *diag,
                     const struct palette *colors, struct text *out)
{
    struct line_view view = line_view_of(diags->sources, diag->edit);
    uint32_t from = diag->edit.begin - view.begin, to = diag->edit.end - view.begin;
    text_printf(out, "%shelp:%s %s\n", colors->cyan, colors->off, diag->edit_label);
    if (to > view.len || strchr(diag->edit_text, '\n'))
        return;
    put_gutter(out, view.number);
    text_put_n(out, view.chars, from);
    text_put(out, colors->green);
    text_put(out, diag->edit_text);
    text_put(out, colors->off);
    text_put_n(out, view.chars + to, view.len - to);
    text_put(out, "\n");
}

void diag_print(const struct diags *diags, const struct diag *diag, bool color, struct text *out)
{
    const struct palette *colors = color ? &ansi : &plain;
    bool is_error = diag->severity == SEVERITY_ERROR;
    put_place(diags, diag->loc, colors, out);
    text_printf(out, "%s%s:%s %s%s%s [%s", is_error ? colors->red : colors->magenta,
                is_error ? "error" : "warning", colors->off, colors->bold, diag->message,
                colors->off, diag_codes[diag->code].code);
    if (diag_codes[diag->code].severity == SEVERITY_WARNING)
        text_printf(out, ", %s-W%s", is_error ? "-Werror, " : "", diag_codes[diag->code].short_name);
    text_put(out, "]\n");
    if (diag->loc.file)
        put_snippet(diags, diag->loc, colors, out);
    for (uint32_t i = 0; i < diag->notes.len; i++) {
        const struct diag_note *note = &diag->notes.at[i];
        put_place(diags, note->loc, colors, out);
        text_printf(out, "%s%s:%s %s\n", colors->cyan, note->loc.file ? "note" : "help", colors->off,
                    note->message);
        if (note->loc.file)
            put_snippet(diags, note->loc, colors, out);
    }
    if (diag->has_edit)
        put_edit(diags, diag, colors, out);
}

static void put_json_string(struct text *out, const char *chars)
{
    text_put(out, "\"");
    for (; *chars; chars++) {
        unsigned char c = (unsigned char)*chars;
        if (c == '"' || c == '\\')
            text_printf(out, "\\%c", c);
        else if (c < 32)
            text_printf(out, "\\u%04x", c);
        else
            text_put_n(out, chars, 1);
    }
    text_put(out, "\"");
}

static void put_json_place(const struct diags *diags, struct loc loc, struct text *out)
{
    struct loc end_loc = {loc.file, loc.end, loc.end};
    struct position begin = source_position(diags->sources, loc);
    struct position end = source_position(diags->sources, end_loc);
    text_put(out, "\"file\":");
    put_json_string(out, begin.path);
    text_printf(out, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u", begin.line,
                begin.column, end.line, end.column);
}

void diag_print_json(const struct diags *diags, const struct diag *diag, struct text *out)
{
    text_printf(out, "{\"severity\":\"%s\",\"code\":\"%s\",\"name\":\"%s\",\"message\":",
                diag->severity == SEVERITY_ERROR ? "error" : "warning", diag_codes[diag->code].code,
                diag_codes[diag->code].short_name);
    put_json_string(out, diag->message);
    if (diag->loc.file) {
        text_put(out, ",");
        put_json_place(diags, diag->loc, out);
    }
    text_put(out, ",\"notes\":[");
    for (uint32_t i = 0; i < diag->notes.len; i++) {
        text_put(out, i ? ",{\"message\":" : "{\"message\":");
        put_json_string(out, diag->notes.at[i].message);
        if (diag->notes.at[i].loc.file) {
            text_put(out, ",");
            put_json_place(diags, diag->notes.at[i].loc, out);
        }
        text_put(out, "}");
    }
    text_put(out, "]");
    if (diag->has_edit) {
        text_put(out, ",\"edit\":{\"label\":");
        put_json_string(out, diag->edit_label);
        text_put(out, ",\"text\":");
        put_json_string(out, diag->edit_text);
        text_put(out, ",");
        put_json_place(diags, diag->edit, out);
        text_put(out, "}");
    }
    text_put(out, "}\n");
}
