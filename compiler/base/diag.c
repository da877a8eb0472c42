#include "base/diag.h"

#include <string.h>

const struct diag_code_info diag_codes[DIAG_CODE_COUNT] = {
#define DIAG(number, severity, short_name, title, explanation)                                     \
    [AB##number] = {"AB" #number, SEVERITY_##severity, short_name, title, explanation},
#include "base/diag_codes.def"
#undef DIAG
};

void diags_init(struct diags *diags, struct arena *arena, struct sources *sources)
{
    *diags = (struct diags){.arena = arena, .sources = sources, .max_errors = 20};
}

/* One mistake gives one error: a second error that begins at the same place is its echo. */
static bool is_echo(const struct diags *diags, const struct diag *diag)
{
    if (diag->severity != SEVERITY_ERROR || !diag->loc.file)
        return false;
    for (uint32_t i = 0; i < diags->list.len; i++) {
        const struct diag *other = diags->list.at[i];
        if (other->severity == SEVERITY_ERROR && other->loc.file == diag->loc.file
            && other->loc.begin == diag->loc.begin)
            return true;
    }
    return false;
}

static void enlist(struct diags *diags, struct diag *diag)
{
    if (diag->severity == SEVERITY_WARNING) {
        if (diags->off[diag->code])
            return;
        if (diags->werror)
            diag->severity = SEVERITY_ERROR;
    }
    if (is_echo(diags, diag))
        return;
    if (diag->severity == SEVERITY_ERROR) {
        if (diags->errors++ >= diags->max_errors)
            return;
    } else {
        diags->warnings++;
    }
    vec_push(diags->arena, &diags->list, diag);
}

struct diag *diag_report(struct diags *diags, enum diag_code code, struct loc loc,
                         const char *format, ...)
{
    struct diag *diag = ARENA_NEW(diags->arena, struct diag);
    va_list args;
    va_start(args, format);
    diag->code = code;
    diag->severity = diag_codes[code].severity;
    diag->loc = loc;
    diag->message = arena_vprintf(diags->arena, format, args);
    va_end(args);
    enlist(diags, diag);
    return diag;
}

void diag_note(struct diags *diags, struct diag *diag, struct loc loc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag_note note = {loc, arena_vprintf(diags->arena, format, args)};
    va_end(args);
    vec_push(diags->arena, &diag->notes, note);
}

void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diag_note note = {{0, 0, 0}, arena_vprintf(diags->arena, format, args)};
    va_end(args);
    vec_push(diags->arena, &diag->notes, note);
}

void diag_edit(struct diags *diags, struct diag *diag, struct loc loc, const char *label,
               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->has_edit = true;
    diag->edit = loc;
    diag->edit_label = label;
    diag->edit_text = arena_vprintf(diags->arena, format, args);
    va_end(args);
}

int diag_code_find(const char *code_or_name)
{
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        if (!strcmp(diag_codes[i].code, code_or_name)
            || !strcmp(diag_codes[i].short_name, code_or_name))
            return i;
    return -1;
}
