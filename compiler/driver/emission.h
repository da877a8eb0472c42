/* From IR to the C text and the header of a unit, in the mode and form that the options ask for. */
#ifndef ABCC_DRIVER_EMISSION_H
#define ABCC_DRIVER_EMISSION_H

#include "driver/compile.h"

#include "plan/plan.h"

struct emission {
    struct emit_options emit;
    struct plan_options plan;
};

/* False after a mistake on the command line. `level`: -O. */
bool emission_read(struct command *command, int level, const char *unit_name,
                   struct emission *emission);
/* Leaves only these entries in the program: one by index, or all exports, or all tests. */
#define ENTRIES_EXPORTS UINT32_MAX
#define ENTRIES_TESTS (UINT32_MAX - 1)
void keep_entries(struct ir_prog *prog, uint32_t which);
/* The plan of all entries of the program. NULL if it is not valid (our bug, reported). */
struct plan *emission_plan(struct command *command, const struct ir_prog *prog,
                           const struct emission *emission);
/* Writes the C file and, if not NULL, the header. False: our bug, reported. */
bool emission_make(struct command *command, const struct ir_prog *prog,
                   const struct emission *emission, struct text *c_out, struct text *h_out);

#endif
