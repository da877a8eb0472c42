/* The oracle: executes IR directly, one example at a time, with explicit frames. */
#ifndef ABCC_INTERP_INTERP_H
#define ABCC_INTERP_INTERP_H

#include "ir/ir.h"

struct interp_result {
    fault_id fault;             /* 0: finished */
    bool out_of_fuel;           /* stopped by `max_insts` */
};

/* What all examples of a call read, in the order of the entry's lists. */
struct interp_shared {
    const void *const *arrays;  /* of entry->shared: row-major, in the C type of the dtype */
    const int64_t *extents;     /* of entry->extents */
};

struct interp_options {
    uint64_t max_insts;         /* 0: no limit */
    const volatile int *stop;   /* becomes nonzero: stop as if out of fuel; may be NULL */
    const struct interp_shared *shared; /* may be NULL if the entry has no shared arrays and extents */
    /* Values arrive as leaves do: a pointer to the elements. */
    void (*show)(void *user, const char *label, const struct type *type, const void *value,
                 struct loc loc);
    void (*trace)(void *user, const struct ir_func *func, block_id block, const void *const *args,
                  uint32_t count);
    void *user;
};

/* For many examples of one program, which must not change meanwhile: functions are decoded once,
 * and the memory of frames and tensors is kept from one example to the next. One thread at a time. */
struct interp;
struct interp *interp_new(const struct ir_prog *prog);
void interp_free(struct interp *interp);

/* Arguments and results are leaves in the order of the entry's function: each pointer leads to one
 * example's tensor, row-major, in its dtype's C type (bool: uint8_t 0 or 1). Results are written
 * only without a fault; nan in them is canonical (positive, quiet, no payload). `options` may be
 * NULL. */
struct interp_result interp_example(struct interp *interp, const struct ir_entry *entry,
                                    const void *const *args, void *const *results,
                                    int64_t batch_index, const struct interp_options *options);

/* The same for a single example. */
struct interp_result interp_run(const struct ir_prog *prog, const struct ir_entry *entry,
                                const void *const *args, void *const *results,
                                int64_t batch_index, const struct interp_options *options);

#endif
