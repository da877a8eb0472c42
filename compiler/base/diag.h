/* Diagnostics: one per mistake, with code, place, carets, a second place and one suggested edit. */
#ifndef ABCC_BASE_DIAG_H
#define ABCC_BASE_DIAG_H

#include "base/source.h"
#include "base/text.h"

enum diag_severity { SEVERITY_ERROR, SEVERITY_WARNING };

/* AB0101 ... : one row each in diag_codes.def (number, severity, short name, title, explanation). */
enum diag_code {
#define DIAG(number, severity, short_name, title, explanation) AB##number,
#include "base/diag_codes.def"
#undef DIAG
    DIAG_CODE_COUNT
};

struct diag_code_info {
    const char *code;       /* "AB0101" */
    enum diag_severity severity;
    const char *short_name; /* kebab case, for -Wno-NAME */
    const char *title;
    const char *explanation; /* what `abcc explain` prints: what is wrong, an example, the remedy */
};
extern const struct diag_code_info diag_codes[DIAG_CODE_COUNT];

struct diag_note {
    struct loc loc; /* file 0: no place */
    const char *message;
};

struct diag {
    enum diag_code code;
    enum diag_severity severity; /* after -W options */
    struct loc loc;
    const char *message;
    VEC(struct diag_note) notes; /* second places and help */
    bool has_edit;
    struct loc edit;             /* replace these bytes by edit_text */
    const char *edit_text, *edit_label;
};

struct diags {
    struct arena *arena;
    struct sources *sources;
    VEC(struct diag *) list;
    uint32_t errors, warnings;
    uint32_t max_errors;              /* default 20; further ones are counted, not kept */
    bool werror;
    bool off[DIAG_CODE_COUNT];        /* -Wno-NAME */
};

void diags_init(struct diags *diags, struct arena *arena, struct sources *sources);

/* Reports; the result takes notes and an edit. A warning that is off, and an error at the same place
 * as an earlier error, still gives a valid struct, which is not in the list. */
struct diag *diag_report(struct diags *diags, enum diag_code code, struct loc loc,
                         const char *format, ...) AB_PRINTF(4, 5);
void diag_note(struct diags *diags, struct diag *diag, struct loc loc, const char *format, ...)
    AB_PRINTF(4, 5);
void diag_help(struct diags *diags, struct diag *diag, const char *format, ...) AB_PRINTF(3, 4);
/* One suggested edit: replace `loc` by the text. begin == end inserts. */
void diag_edit(struct diags *diags, struct diag *diag, struct loc loc, const char *label,
               const char *format, ...) AB_PRINTF(5, 6);

/* As a person reads it, and one JSON object a line. `color` puts ANSI colours in. */
void diag_print(const struct diags *diags, const struct diag *diag, bool color, struct text *out);
void diag_print_json(const struct diags *diags, const struct diag *diag, struct text *out);
/* By "AB0101" or by its short name; -1 when unknown. */
int diag_code_find(const char *code_or_name);

#endif
