/* Time, for measuring and for progress. */
#ifndef ABCC_DRIVER_CLOCK_H
#define ABCC_DRIVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since some moment; never goes back. */
double clock_seconds(void);

/* Progress of a long run on standard error: only on a terminal, from the first second on. */
struct progress {
    bool wanted, shown;
    double start, last;
    uint64_t total;
};
struct progress progress_begin(uint64_t total);
/* `visits`, `occupancy` (0..1): 0 visits if they are not known. */
void progress_show(struct progress *progress, uint64_t done, uint64_t visits, double occupancy);
void progress_end(struct progress *progress);

/* The first Ctrl-C only sets a flag, so that what is done can be printed; the second one ends the
 * process. */
void interrupt_watch(void);
const volatile int *interrupt_flag(void);

#endif
