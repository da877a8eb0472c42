/* The oracle: executes IR directly, one example at a time, with explicit frames. */
#ifndef ABCC_INTERP_INTERP_H
#define ABCC_INTERP_INTERP_H

#include "ir/ir.h"

struct interp_result {
    fault_id fault;             /* 0: finished */
    bool out_of_fuel;           /* stopped by `max_insts` */
};

struct interp_options {
    uint64_t max_insts;         /* 0: no limit */
    const volatile int *stop;   /* becomes nonzero: stop as if out of fuel; may be NULL */
    void (*show)(void *user, const char *label, const struct type *type, union scalar value,
                 struct loc loc);
    void (*trace)(void *user, const struct ir_func *func, block_id block, const union scalar *args,
                  uint32_t count);
    void *user;
};

/* Arguments and results are leaves in the order of the entry's function: each pointer leads to one
 * example's tensor, row-major, in its dtype's C type (bool: uint8_t 0 or 1). Results are written
 * only without a fault; nan in them is canonical (positive, quiet, no payload). */
struct interp_result interp_run(const struct ir_prog *prog, const struct ir_entry *entry,
                                const void *const *args, void *const *results,
                                int64_t batch_index, const struct interp_options *options);

#endif
