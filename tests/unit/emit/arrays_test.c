/* Tensors, shared arrays and run-time extents through the functions of a generated header. Compiled against the
 * unit that test_emit.py makes of arrays.ir, in each mode. */
#include "arrays.h"

#include <stdio.h>
#include <string.h>

static int failures;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition) && failures++ < 10) {                                                     \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
        }                                                                                          \
    } while (0)

enum { WORK = 1 << 16, BATCH = 5, N = 4, M = 2 };
static unsigned char memory[WORK + 64];

static void *work_of(void)
{
    uintptr_t address = (uintptr_t)memory;
    return (void *)((address + 63) / 64 * 64);
}

static const double X[N][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
static const int32_t y[N][M] = {{1, 100}, {2, 200}, {3, 300}, {4, 400}};
static const int64_t row[BATCH] = {0, 3, 4, 1, -1};
static double w[BATCH][3];

static void fill(void)
{
    for (int i = 0; i < BATCH; i++)
        for (int k = 0; k < 3; k++)
            w[i][k] = i + k;
}

/* Extents stand before the first array that has them. */
static ab_status run(double *out, double *w_out, uint32_t *fault)
{
    return score(BATCH, &w[0][0], N, &X[0][0], row, M, &y[0][0], out, w_out, fault, NULL, work_of(),
                 SCORE_WORK_SIZE);
}

static double expected(int i)
{
    double sum = y[row[i]][M - 1];
    for (int k = 0; k < 3; k++)
        sum += X[row[i]][k] * (i + k);
    return sum;
}

static void tensors_come_and_go_row_by_row(void)
{
    double out[BATCH], w_out[BATCH][3];
    uint32_t fault[BATCH];
    fill();
    for (int i = 0; i < BATCH; i++)
        w_out[i][0] = w_out[i][1] = w_out[i][2] = out[i] = -7;
    EXPECT(run(out, &w_out[0][0], fault) == AB_FAULTED);
    for (int i = 0; i < BATCH; i++) {
        int bad = i == 2 || i == 4;
        EXPECT(fault[i] == (bad ? 1u : 0u));
        EXPECT(out[i] == (bad ? -7 : expected(i)));
        for (int k = 0; k < 3; k++)
            EXPECT(w_out[i][k] == (bad ? -7 : 2 * (i + k)));
    }
}

/* An inout array may be its own output; where an example faults it stays. */
static void an_inout_tensor_may_be_its_own_output(void)
{
    double out[BATCH];
    fill();
    EXPECT(run(out, &w[0][0], NULL) == AB_FAULTED);
    EXPECT(w[1][2] == 6 && w[2][2] == 4 && w[3][0] == 6);
}

static void one_tensor_serves_all_with_stride_0(void)
{
    double out[BATCH], w_out[BATCH][3];
    fill();
    EXPECT(score_strided(BATCH, &w[1][0], 0, N, &X[0][0], row, 1, M, &y[0][0], out, &w_out[0][0], NULL,
                         NULL, work_of(), SCORE_WORK_SIZE) == AB_FAULTED);
    EXPECT(out[0] == 1 + 4 + 9 + 100 && out[1] == 10 + 22 + 36 + 400 && w_out[3][2] == 6);
}

static void bad_arguments_are_refused(void)
{
    double out[BATCH], w_out[BATCH][3];
    fill();
    out[0] = -7;
    EXPECT(score(BATCH, &w[0][0], N, NULL, row, M, &y[0][0], out, &w_out[0][0], NULL, NULL, work_of(),
                 SCORE_WORK_SIZE) == AB_BAD_ARGUMENT);
    EXPECT(score(BATCH, &w[0][0], SIZE_MAX / 16, &X[0][0], row, M, &y[0][0], out, &w_out[0][0], NULL,
                 NULL, work_of(), SCORE_WORK_SIZE) == AB_BAD_ARGUMENT);
    EXPECT(score(BATCH, &w[0][0], (size_t)1 << (sizeof(size_t) * 4), &X[0][0], row,
                 (size_t)1 << (sizeof(size_t) * 4), &y[0][0], out, &w_out[0][0], NULL, NULL, work_of(),
                 SCORE_WORK_SIZE) == AB_BAD_ARGUMENT);
    EXPECT(out[0] == -7);
}

static void the_table_describes_arrays(void)
{
    const ab_entry *entry = &arrays_unit.entries[0];
    EXPECT(arrays_unit.version == AB_UNIT_VERSION);
    EXPECT(entry->in_count == 4 && entry->extent_count == 2);
    EXPECT(strcmp(entry->extents[0], "n") == 0 && strcmp(entry->extents[1], "m") == 0);
    const ab_leaf *in = entry->in;
    EXPECT(strcmp(in[0].path, "w") == 0 && in[0].rank == 1 && in[0].dim[0] == 3 && !in[0].is_shared);
    EXPECT(strcmp(in[1].path, "data.X") == 0 && in[1].is_shared && in[1].elements == 0);
    EXPECT(in[1].rank == 2 && in[1].dim[0] == -1 && in[1].dim[1] == 3);
    EXPECT(in[2].rank == 0 && in[2].elements == 1);
    EXPECT(in[3].dim[0] == -1 && in[3].dim[1] == -2 && in[3].bytes == 4);
    EXPECT(entry->out[1].elements == 3 && entry->out[1].dim[0] == 3);
    const void *ins[] = {w, X, row, y};
    const size_t stride[] = {3, 0, 1, 0}, extent[] = {N, M};
    double out[BATCH], w_out[BATCH][3];
    void *outs[] = {out, w_out};
    const ab_call call = {2, 0, ins, stride, outs, NULL, extent};
    const ab_call without = {2, 0, ins, stride, outs, NULL, NULL};
    fill();
    EXPECT(entry->begin(2, work_of(), WORK) == AB_OK);
    EXPECT(entry->advance(UINT64_MAX, &without, NULL, work_of(), WORK) == AB_BAD_ARGUMENT);
    EXPECT(entry->advance(UINT64_MAX, &call, NULL, work_of(), WORK) == AB_OK);
    EXPECT(out[1] == expected(1));
}

int main(void)
{
    tensors_come_and_go_row_by_row();
    an_inout_tensor_may_be_its_own_output();
    one_tensor_serves_all_with_stride_0();
    bad_arguments_are_refused();
    the_table_describes_arrays();
    return failures != 0;
}
