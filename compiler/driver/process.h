/* Running other programs. */
#ifndef ABCC_DRIVER_PROCESS_H
#define ABCC_DRIVER_PROCESS_H

#include "base/text.h"

struct process_result {
    bool started;        /* false: `error` is why (errno) */
    int error;
    int exit_code;       /* of a program that ended by itself; else -1 */
    int signal;          /* that ended it, or 0 */
    bool out_of_time;    /* it was stopped after the time limit, or by Ctrl-C */
    struct text out, err; /* what it wrote */
};

/* Runs a program (looked for in PATH if its name has no '/') with empty standard input and waits.
 * `seconds`: time limit, 0 for none. */
void process_run(const char *const *words, unsigned seconds, struct process_result *result);
void process_result_free(struct process_result *result);
/* The path of a program as PATH finds it, malloc'ed; NULL if there is none. */
char *process_find(const char *program);

#endif
