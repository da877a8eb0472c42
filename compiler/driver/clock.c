#include "driver/clock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct progress progress_begin(uint64_t total)
{
    double now = clock_seconds();
    return (struct progress){.wanted = isatty(STDERR_FILENO), .start = now, .last = now + 0.8,
                             .total = total};
}

void progress_show(struct progress *progress, uint64_t done, uint64_t visits, double occupancy)
{
    double now = clock_seconds();
    if (!progress->wanted || now - progress->last < 0.2)
        return;
    double spent = now - progress->start;
    progress->last = now;
    progress->shown = true;
    fprintf(stderr, "\r\033[K%llu of %llu examples", (unsigned long long)done,
            (unsigned long long)progress->total);
    if (visits)
        fprintf(stderr, ", %.3g visits/s, lanes %.0f %% busy", (double)visits / spent,
                occupancy * 100);
    if (done)
        fprintf(stderr, ", about %.0f s left",
                spent / (double)done * (double)(progress->total - done));
    fflush(stderr);
}

void progress_end(struct progress *progress)
{
    if (progress->shown)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

/* The one state of the process that a signal handler can reach. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

void interrupt_watch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND; /* the second one has its usual effect */
    sigaction(SIGINT, &action, NULL);
}

const volatile int *interrupt_flag(void)
{
    return &interrupted;
}
