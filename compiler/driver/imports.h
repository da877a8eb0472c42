/* The files that a program imports, directly or not: each is found, read and parsed once. */
#ifndef ABCC_DRIVER_IMPORTS_H
#define ABCC_DRIVER_IMPORTS_H

#include "ast/ast.h"
#include "driver/command.h"
#include "sema/sema.h"

/* Sets `imported` of all imports of the file at `path`, and of the files so found. Mistakes are
 * reported at the import. */
void read_imports(struct command *command, const struct sema_options *options, const char *path,
                  struct ast_file *main);

#endif
