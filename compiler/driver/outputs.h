/* The results of a run: printed, or written to files. */
#ifndef ABCC_DRIVER_OUTPUTS_H
#define ABCC_DRIVER_OUTPUTS_H

#include "driver/engine.h"

enum output_kind { OUTPUT_NPY, OUTPUT_NPZ, OUTPUT_CSV };
#define ALL_LEAVES UINT32_MAX

struct output {
    enum output_kind kind;
    uint32_t leaf; /* of the entry's results, or ALL_LEAVES */
    const char *path;
};

struct outputs {
    VEC(struct output) list; /* empty: print */
};

/* Reads the -o options. EXIT_FINE or EXIT_USAGE. */
int outputs_read(struct command *command, const struct ir_entry *entry, struct outputs *outputs);
/* Gives each result array the value that an example without a result keeps: nan, 0, false. */
void outputs_prepare(const struct ir_entry *entry, const ab_call *call);
/* Prints or writes the first `count` examples. EXIT_FINE or EXIT_FILE. */
int outputs_write(struct command *command, const struct ir_entry *entry,
                  const struct outputs *outputs, const ab_call *call, uint64_t count);

#endif
