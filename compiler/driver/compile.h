/* One program on its way from source text to IR and C: what all verbs share. */
#ifndef ABCC_DRIVER_COMPILE_H
#define ABCC_DRIVER_COMPILE_H

#include "driver/command.h"

#include "emit/emit.h"
#include "ir/ir.h"
#include "pass/pass.h"
#include "sema/sema.h"

/* The options of a compilation, read once. */
struct compile_options {
    struct sema_options sema;
    uint32_t max_depth;          /* 0: the language's */
    bool show;                   /* keep `show` statements */
    int level;                   /* -O */
    bool reassociate, verbose;
    bool pass_off[64];
};
/* EXIT_FINE if there is an operand, EXIT_USAGE with the mistake reported if not. */
int need_file(struct command *command);
/* False after a mistake on the command line. */
bool compile_options_read(struct command *command, struct compile_options *options);

struct unit {
    const char *path; /* as given; "-" is standard input */
    const char *stem; /* last part of the path without .ab or .ir: the name of the C unit */
    uint32_t file;
    struct ast_file *ast;
    struct typed_prog *typed; /* NULL: the file is IR text */
};

/* A file whose name ends in .ir holds IR text: it is checked and built like a source, and has neither
 * tokens nor syntax nor types. */
bool is_ir_file(const char *path);

/* Each gives EXIT_FINE, or another code with the mistakes in command->diags. */
int unit_read(struct command *command, const char *path, struct loc named, struct unit *unit);
int unit_parse(struct command *command, const char *path, struct loc named, struct unit *unit);
int unit_check(struct command *command, const struct compile_options *options, const char *path,
               struct loc named, struct unit *unit);

/* From a checked unit to IR as it is built. NULL is our bug and reported. */
struct ir_prog *unit_build(struct command *command, const struct compile_options *options,
                           const struct unit *unit);
/* To IR after all passes, for the interpreter or for the emitters. May be called several times.
 * `stop_after`: a pass, or NULL. NULL is our bug and reported. */
struct ir_prog *unit_lower(struct command *command, const struct compile_options *options,
                           const struct unit *unit, bool for_engines, const char *stop_after);
/* The same passes on IR that is there. */
bool ir_lower(struct command *command, const struct compile_options *options, struct ir_prog *prog,
              bool for_engines, const char *stop_after);

#endif
