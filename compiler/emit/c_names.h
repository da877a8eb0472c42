/* Names in emitted C, and how texts and places are written there. Inside emit only. */
#ifndef ABCC_EMIT_C_NAMES_H
#define ABCC_EMIT_C_NAMES_H

#include "emit/emit.h"

/* "FIB": begins the macros of an export. */
const char *entry_macro(struct arena *arena, const struct ir_prog *prog,
                        const struct emit_options *options, uint32_t entry);
/* The parameters of an export's functions: names of inputs (shared arrays among them), outputs and
 * run-time extents, all different. */
struct entry_names {
    const char **in, **out, **extent;
};
struct entry_names entry_names_of(struct arena *arena, const struct ir_prog *prog,
                                  const struct ir_entry *entry);
/* `text` as it is, or with as many `_` as make it differ from all `taken`. */
const char *c_unique(struct arena *arena, const char *text, const char *const *taken,
                     uint32_t count);
/* The names of one C scope. */
struct name_scope;
struct name_scope *name_scope_new(struct arena *arena);
/* `wish`, else "wish_2", "wish_3", ...: the first that the scope does not have. It has it then. */
const char *name_scope_add(struct name_scope *scope, const char *wish);
/* The array of fault sites of a unit. */
const char *sites_symbol(struct arena *arena, const struct emit_options *options);
/* "text" as a C string literal. */
void put_c_string(struct text *out, const char *text);
/* "file.ab:3", "label": the place and label of a `show`, as C arguments. */
void put_show_place(struct text *out, const struct ir_prog *prog, const struct ir_inst *inst);

#endif
