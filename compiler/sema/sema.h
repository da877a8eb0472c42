/* Meaning: names, types, constants, one instance per signature. Every user error ends here. */
#ifndef ABCC_SEMA_SEMA_H
#define ABCC_SEMA_SEMA_H

#include "sema/typed.h"

struct sema_define { /* -D NAME=VALUE */
    const char *name, *value;
    struct loc loc;     /* of it on the command line */
};

struct sema_options {
    VEC(struct sema_define) defines;
    VEC(const char *) import_dirs; /* -I, after the importing file's folder */
};

/* Gives a program also after errors (for dumps); use it further only if diags->errors is 0. */
struct typed_prog *sema_check(struct arena *arena, struct names *names, struct diags *diags,
                              const struct ast_file *file, const struct sema_options *options);

/* Every function instance with its variables and their types: `dump --stage=types`. */
void typed_print(const struct typed_prog *prog, struct text *out);

#endif
