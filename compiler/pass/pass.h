/* Passes: the one array in pipeline.c holds order, name, help and whether a pass may be left out. */
#ifndef ABCC_PASS_PASS_H
#define ABCC_PASS_PASS_H

#include "analysis/analysis.h"

struct pass_cx {
    struct arena *scratch;        /* freed after the pass */
    bool reassociate;
};

struct pass {
    const char *name, *help;
    bool (*run)(struct pass_cx *cx, struct ir_prog *prog); /* true: changed */
    bool required;                /* runs at -O0 too, cannot be switched off */
    int level;                    /* least -O level it runs at */
    bool for_engines;             /* not before the interpreter (merge_tail) */
};
extern const struct pass pass_table[];
extern const uint32_t pass_count;

struct pass_options {
    int level;                    /* -O0..-O2 */
    bool off[64];                 /* by index in pass_table: --no-NAME */
    bool reassociate;
    const char *stop_after;       /* name, or NULL */
    bool for_engines;
    /* Called after each pass that ran; NULL: nobody. */
    void (*after)(void *user, const struct pass *pass, const struct ir_prog *prog, double seconds, bool changed);
    void *user;
};
/* One pass, tidied before and behind it, and verified, whatever level and `off` say: NULL, or what
 * the verifier said. The program must be sound. */
const char *pass_run(struct ir_prog *prog, const struct pass *pass,
                     const struct pass_options *options);
/* NULL, or what the verifier said after which pass (our bug). */
const char *pass_run_all(struct ir_prog *prog, const struct pass_options *options);
int pass_find(const char *pass_name); /* -1 if there is none */

#endif
