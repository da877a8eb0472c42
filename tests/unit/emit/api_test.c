/* What a user's program may rely on: the functions of a generated header. Compiled against the unit
 * that test_emit.py makes of api.ir, in each mode. */
#include "api.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition) && failures++ < 10) {                                                     \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
        }                                                                                          \
    } while (0)

enum { WORK = 1 << 16, BATCH = 11 };
static union {
    uint64_t align[8];
    unsigned char bytes[WORK + 64];
} memory[2];

/* Aligned to 64 bytes whatever the compiler. */
static void *work_of(int which)
{
    uintptr_t address = (uintptr_t)memory[which].bytes;
    return (void *)((address + 63) / 64 * 64);
}

static const double xs[BATCH] = {4, 9, -1, 16, 0, 2.25, -3, 1, 1, 1, 100};

static void numbers_and_faults_come_back(void)
{
    double value[BATCH];
    int32_t steps[BATCH], steps_out[BATCH];
    uint32_t fault[BATCH];
    ab_report report = {9, 9, 9};
    for (int i = 0; i < BATCH; i++) {
        steps[i] = 10 * i;
        steps_out[i] = -7;
        value[i] = -7;
    }
    EXPECT(root(BATCH, xs, steps, value, steps_out, fault, &report, work_of(0), ROOT_WORK_SIZE) ==
           AB_FAULTED);
    for (int i = 0; i < BATCH; i++) {
        int bad = xs[i] < 0;
        EXPECT(value[i] == (bad ? -7 : sqrt(xs[i])));
        EXPECT(steps_out[i] == (bad ? -7 : 10 * i + 1));
        EXPECT(fault[i] == (bad ? 2u : 0u));
    }
    EXPECT(report.count == 2 && report.index == 2 && report.site == 2);
    EXPECT(ROOT_SITE_COUNT == 2 && ROOT_SITES[1].kind == AB_FAULT_ASSERT);
    EXPECT(strcmp(ROOT_SITES[report.site - 1].text, "x is negative: \"no\"") == 0);
    /* An inout array may be its own output; faults and reports need not be asked for. */
    EXPECT(root(BATCH, xs, steps, value, steps, NULL, NULL, work_of(0), ROOT_WORK_SIZE) ==
           AB_FAULTED);
    EXPECT(steps[1] == 11 && steps[2] == 20);
}

static void nan_leaves_in_one_form(void)
{
    uint64_t bits = UINT64_C(0xfff8000000000123), out_bits;
    double x, value;
    int32_t steps = 0;
    memcpy(&x, &bits, sizeof x);
    /* x >= 0 is false for nan, so it faults; sqrt of -0 is fine. */
    EXPECT(root(1, &x, &steps, &value, &steps, NULL, NULL, work_of(0), WORK) == AB_FAULTED);
    x = -0.0;
    EXPECT(root(1, &x, &steps, &value, &steps, NULL, NULL, work_of(0), WORK) == AB_OK);
    memcpy(&out_bits, &value, sizeof value);
    EXPECT(out_bits == UINT64_C(0x8000000000000000) && steps == 1);
}

static void strides_broadcast(void)
{
    double value[BATCH];
    int32_t steps = 5, steps_out[BATCH];
    EXPECT(root_strided(4, xs + 7, 0, &steps, 0, value, steps_out, NULL, NULL, work_of(0), WORK) ==
           AB_OK);
    for (int i = 0; i < 4; i++)
        EXPECT(value[i] == 1 && steps_out[i] == 6);
    EXPECT(root_strided(2, xs, 3, &steps, 0, value, steps_out, NULL, NULL, work_of(0), WORK) ==
           AB_OK);
    EXPECT(value[0] == 2 && value[1] == 4);
}

static void batch_index_counts_from_first(void)
{
    int64_t out[BATCH];
    EXPECT(place(BATCH, 1000, out, NULL, NULL, work_of(0), WORK) == AB_OK);
    for (int i = 0; i < BATCH; i++)
        EXPECT(out[i] == 1000 + i);
}

static void depth_is_limited_per_example(void)
{
    const int64_t n[4] = {5, 6, -2, 3};
    int64_t out[4] = {-1, -1, -1, -1};
    uint32_t fault[4];
    EXPECT(SUM_TO_MAX_DEPTH == 5);
    EXPECT(sum_to(4, n, out, fault, NULL, work_of(0), WORK) == AB_FAULTED);
    EXPECT(out[0] == 15 && out[1] == -1 && out[2] == 0 && out[3] == 6);
    EXPECT(fault[0] == 0 && fault[1] == 1 && SUM_TO_SITES[0].kind == AB_FAULT_STACK);
}

static void an_empty_batch_is_fine(void)
{
    ab_report report = {9, 9, 9};
    EXPECT(root(0, NULL, NULL, NULL, NULL, NULL, &report, work_of(0), ROOT_WORK_SIZE) == AB_OK);
    EXPECT(report.count == 0 && report.site == 0);
}

static void bad_arguments_are_refused(void)
{
    double value[BATCH];
    int32_t steps[BATCH] = {0};
    unsigned char *work = work_of(0);
    EXPECT((uintptr_t)work % ROOT_WORK_ALIGN == 0 && ROOT_WORK_SIZE <= WORK);
    value[0] = -7;
    EXPECT(root(1, NULL, steps, value, steps, NULL, NULL, work, WORK) == AB_BAD_ARGUMENT);
    EXPECT(root(1, xs, steps, NULL, steps, NULL, NULL, work, WORK) == AB_BAD_ARGUMENT);
    EXPECT(root(1, xs, steps, value, steps, NULL, NULL, NULL, WORK) == AB_BAD_ARGUMENT);
    EXPECT(root(1, xs, steps, value, steps, NULL, NULL, work, ROOT_WORK_SIZE - 1) ==
           AB_WORK_TOO_SMALL);
    EXPECT(root(1, xs, steps, value, steps, NULL, NULL, work + 1, ROOT_WORK_SIZE) ==
           AB_WORK_MISALIGNED);
    EXPECT(value[0] == -7);
    memset(work, 0, WORK);
    EXPECT(root_advance(1, 1, xs, steps, value, steps, NULL, NULL, work, WORK) == AB_NOT_BEGUN);
    EXPECT(root_begin(3, work, WORK) == AB_OK);
    EXPECT(root_advance(1, 4, xs, steps, value, steps, NULL, NULL, work, WORK) == AB_BAD_ARGUMENT);
    /* Another entry's state is not this one's. */
    EXPECT(sum_to_begin(1, work, WORK) == AB_OK);
    EXPECT(root_advance(1, 1, xs, steps, value, steps, NULL, NULL, work, WORK) == AB_NOT_BEGUN);
    EXPECT(root_snapshot(work, NULL, 0) == 0);
}

/* One visit at a time; after each the state moves to the other workspace. */
static void work_can_be_interrupted_and_moved(void)
{
    static unsigned char saved[WORK + 64];
    const int64_t n[BATCH] = {5, 4, 3, 9, 1, 0, -1, 5, 2, 3, 4};
    int64_t out[BATCH], whole[BATCH];
    uint32_t fault[BATCH], whole_fault[BATCH];
    ab_report report, whole_report;
    ab_stats stats;
    int at = 0, rounds = 0;
    ab_status status;
    memset(out, 1, sizeof out);
    memset(whole, 1, sizeof whole);
    EXPECT(sum_to(BATCH, n, whole, whole_fault, &whole_report, work_of(0), WORK) == AB_FAULTED);
    EXPECT(sum_to_begin(BATCH, work_of(0), WORK) == AB_OK);
    EXPECT(sum_to_advance(0, BATCH, n, out, fault, &report, work_of(0), WORK) == AB_MORE);
    while ((status = sum_to_advance(1, BATCH, n, out, fault, &report, work_of(at), WORK)) ==
           AB_MORE) {
        size_t bytes = sum_to_snapshot(work_of(at), saved, sizeof saved);
        EXPECT(bytes > 0 && bytes <= SUM_TO_WORK_SIZE + 8);
        EXPECT(bytes == sum_to_snapshot(work_of(at), NULL, 0));
        memset(work_of(at), 0xee, WORK);
        at = !at;
        EXPECT(sum_to_restore(saved, bytes, work_of(at), WORK) == AB_OK);
        if (++rounds > 10000)
            break;
    }
    EXPECT(status == AB_FAULTED && rounds > 1);
    EXPECT(memcmp(out, whole, sizeof out) == 0 && memcmp(fault, whole_fault, sizeof fault) == 0);
    EXPECT(report.count == whole_report.count && report.index == whole_report.index);
    sum_to_stats(work_of(at), &stats);
    EXPECT(stats.batch == BATCH && stats.done == BATCH && stats.lanes == SUM_TO_LANES);
    EXPECT(stats.visits > 0 && stats.lane_visits <= stats.visits * stats.lanes);
    /* More visits than are needed change nothing. */
    EXPECT(sum_to_advance(5, BATCH, n, out, fault, &report, work_of(at), WORK) == AB_FAULTED);
}

static void damaged_and_foreign_snapshots_are_refused(void)
{
    static unsigned char saved[WORK + 64];
    size_t bytes;
    EXPECT(sum_to_begin(BATCH, work_of(0), WORK) == AB_OK);
    bytes = sum_to_snapshot(work_of(0), saved, sizeof saved);
    EXPECT(sum_to_restore(saved, bytes - 1, work_of(1), WORK) == AB_BAD_SNAPSHOT);
    EXPECT(sum_to_restore(NULL, bytes, work_of(1), WORK) == AB_BAD_ARGUMENT);
    EXPECT(root_restore(saved, bytes, work_of(1), WORK) == AB_BAD_SNAPSHOT);
    saved[24] ^= 1;
    EXPECT(sum_to_restore(saved, bytes, work_of(1), WORK) == AB_BAD_SNAPSHOT);
    saved[24] ^= 1;
    EXPECT(sum_to_restore(saved, bytes, work_of(1), SUM_TO_WORK_SIZE - 1) == AB_WORK_TOO_SMALL);
    EXPECT(sum_to_restore(saved, bytes, work_of(1), WORK) == AB_OK);
}

/* All that the typed functions do can be done through the table. */
static void the_table_describes_each_entry(void)
{
    EXPECT(api_unit.version == AB_UNIT_VERSION && api_unit.count == 3);
    const ab_entry *entry = &api_unit.entries[0];
    EXPECT(strcmp(entry->name, "root") == 0 && !entry->is_test && !entry->uses_first);
    EXPECT(api_unit.entries[1].uses_first);
    EXPECT(entry->in_count == 2 && entry->out_count == 2 && entry->site_count == 2);
    EXPECT(strcmp(entry->in[1].path, "steps") == 0 && strcmp(entry->in[1].dtype, "i32") == 0);
    EXPECT(entry->in[1].bytes == 4 && entry->in[1].elements == 1);
    EXPECT(strcmp(api_unit.entries[2].in[0].path, "p.n") == 0);
    EXPECT(entry->work_size == ROOT_WORK_SIZE && entry->work_align == ROOT_WORK_ALIGN);
    double value[2];
    int32_t steps = 1, steps_out[2];
    const void *in[] = {xs, &steps};
    const size_t stride[] = {1, 0};
    void *out[] = {value, steps_out};
    const ab_call call = {2, 0, in, stride, out, NULL, NULL};
    EXPECT(entry->begin(2, work_of(0), WORK) == AB_OK);
    EXPECT(entry->advance(UINT64_MAX, &call, NULL, work_of(0), WORK) == AB_OK);
    EXPECT(value[0] == 2 && value[1] == 3 && steps_out[1] == 2);
}

int main(void)
{
    numbers_and_faults_come_back();
    nan_leaves_in_one_form();
    strides_broadcast();
    batch_index_counts_from_first();
    depth_is_limited_per_example();
    an_empty_batch_is_fine();
    bad_arguments_are_refused();
    work_can_be_interrupted_and_moved();
    damaged_and_foreign_snapshots_are_refused();
    the_table_describes_each_entry();
    return failures != 0;
}
