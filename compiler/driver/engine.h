/* What runs a batch: the interpreter, or a compiled object. */
#ifndef ABCC_DRIVER_ENGINE_H
#define ABCC_DRIVER_ENGINE_H

#include "driver/clock.h"
#include "driver/emission.h"
#include "driver/toolchain.h"
#include "include/abrt.h"

/* In ab_call.fault before a run: the example has not finished. */
#define NOT_FINISHED UINT32_MAX

enum engine_kind { ENGINE_INTERP, ENGINE_SCALAR, ENGINE_BATCHED, ENGINE_COUNT };
extern const char *const engine_name[ENGINE_COUNT]; /* "interp", "scalar", "batched" */

/* "stack fault at fib.ab:4:12: recursion deeper than ..." and the end of the line. */
void fault_say(const struct ir_fault *fault, FILE *stream);

struct engine_point {
    const char *name;
    uint32_t line;
    uint64_t visits, lane_visits;
};

struct engine_stats {
    uint64_t visits, lane_visits, work_bytes;
    uint32_t lanes;
    double generate_seconds, compile_seconds, run_seconds;
    bool cached;
    VEC(struct engine_point) points; /* batched, with a profile */
};

/* Runs IR that was lowered for the interpreter. */
struct interp_run {
    const struct ir_prog *prog;
    const struct ir_entry *entry;
    bool trace;
};
/* EXIT_FINE, or EXIT_INTERRUPTED: examples whose fault is NOT_FINISHED were not finished. */
int interp_batch(struct command *command, const struct interp_run *run, const ab_call *call,
                 struct progress *progress, struct engine_stats *stats);

/* A compiled unit. */
struct compiled {
    struct object object;
    const ab_unit *unit;
    const struct ir_prog *prog; /* fault codes are its fault ids */
    double generate_seconds;
    const char **symbols; /* of each entry, for its profile */
};
/* Emits, compiles and loads the program. EXIT_FINE or another code. */
int compiled_make(struct command *command, const struct toolchain *toolchain,
                  const struct ir_prog *prog, const struct emission *emission,
                  struct compiled *compiled);
void compiled_free(struct compiled *compiled);
/* Runs entry `index`. EXIT_FINE, EXIT_INTERRUPTED or EXIT_BUG. */
int compiled_batch(struct command *command, const struct compiled *compiled, uint32_t index,
                   const ab_call *call, struct progress *progress, struct engine_stats *stats);

#endif
