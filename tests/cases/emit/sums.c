/* sums.c: made by abcc. Do not edit.
 * SPDX-License-Identifier: MIT-0
 *
 * Compile with -ffp-contract=off and without -ffast-math. */
#include "sums.h"

/* SPDX-License-Identifier: MIT-0
 *
 * What the C files made by abcc share among themselves: the head of every entry's state, and the
 * parts of its interface that do not depend on the entry. Not for users. C99. */
#ifndef ABWORK_H
#define ABWORK_H


#include <string.h>

/* Pasted into a unit, a function that the unit does not need is no reason for a warning. */
#ifdef __GNUC__
#define AB_PART static inline __attribute__((unused))
#else
#define AB_PART static inline
#endif

/* First member of each state. A state holds no pointers: it may be copied to any address. */
struct ab_head {
    uint64_t layout; /* which program, entry and lane count this is the state of */
    uint64_t batch;
    uint64_t next; /* examples below this one are started */
    uint64_t done; /* number of examples finished, faulted ones too */
    uint64_t visits, lane_visits;
    uint64_t fault_count, fault_index; /* as in ab_report */
    uint64_t fault_site;
};

/* Scalar code: what an example carries through its calls. */
struct ab_cx {
    uint32_t limit; /* a call within a cycle at this depth faults; 0 after a fault */
    uint32_t fault; /* the first one, or 0 */
    uint64_t index; /* batch_index() */
};

AB_PART void ab_fault(struct ab_cx *cx, uint32_t fault)
{
    if (cx->fault == 0)
        cx->fault = fault;
    cx->limit = 0;
}

/* An array that all examples read. */
struct ab_shared_shape {
    uint32_t in;    /* its number among the inputs */
    uint32_t bytes; /* of one element */
    uint32_t rank;
    int64_t dim[AB_MAX_RANK]; /* run-time extent number e is written as -1 - e */
};

/* What the interface must know of an entry. */
struct ab_shape {
    uint64_t layout;
    size_t state_size, work_size, work_align; /* the state may be smaller than what is asked for */
    uint32_t lanes, in_count, out_count;
    uint32_t extent_count, shared_count;
    const struct ab_shared_shape *shared;
};

/* Floats leave with one nan: quiet, positive, no payload. */
AB_PART double ab_canonical_f64(double x)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000000);
    if (x != x)
        memcpy(&x, &bits, sizeof x);
    return x;
}

AB_PART float ab_canonical_f32(float x)
{
    const uint32_t bits = UINT32_C(0x7fc00000);
    if (x != x)
        memcpy(&x, &bits, sizeof x);
    return x;
}

/* Called once for each example, when it has finished (fault 0) or faulted. */
AB_PART void ab_finish(struct ab_head *head, const ab_call *call, uint64_t example,
                       uint32_t fault)
{
    head->done++;
    if (call->fault)
        call->fault[example] = fault;
    if (fault == 0)
        return;
    if (head->fault_count == 0 || example < head->fault_index) {
        head->fault_index = example;
        head->fault_site = fault;
    }
    head->fault_count++;
}

AB_PART ab_status ab_check_work(const struct ab_shape *shape, const void *work,
                                size_t work_bytes)
{
    if (!work)
        return AB_BAD_ARGUMENT;
    if (work_bytes < shape->work_size)
        return AB_WORK_TOO_SMALL;
    return (uintptr_t)work % shape->work_align == 0 ? AB_OK : AB_WORK_MISALIGNED;
}

/* Can an array of these run-time extents exist? */
AB_PART int ab_extents_fit(const struct ab_shared_shape *shared, const size_t *extent)
{
    size_t room = PTRDIFF_MAX / shared->bytes;
    for (uint32_t i = 0; i < shared->rank; i++) {
        int64_t dim = shared->dim[i];
        size_t count = dim < 0 ? extent[-1 - dim] : (size_t)dim;
        if (count > room)
            return 0;
        room /= count > 0 ? count : 1;
    }
    return 1;
}

AB_PART ab_status ab_check_call(const struct ab_shape *shape, const ab_call *call)
{
    if (!call)
        return AB_BAD_ARGUMENT;
    if (call->batch == 0)
        return AB_OK;
    for (uint32_t i = 0; i < shape->in_count; i++)
        if (!call->in[i])
            return AB_BAD_ARGUMENT;
    if (shape->extent_count > 0 && !call->extent)
        return AB_BAD_ARGUMENT;
    for (uint32_t i = 0; i < shape->shared_count; i++)
        if (!ab_extents_fit(&shape->shared[i], call->extent))
            return AB_BAD_ARGUMENT;
    for (uint32_t i = 0; i < shape->out_count; i++)
        if (!call->out[i])
            return AB_BAD_ARGUMENT;
    return AB_OK;
}

/* Sets the head; the entry's own reset follows. */
AB_PART ab_status ab_begin(const struct ab_shape *shape, size_t batch, void *work,
                           size_t work_bytes)
{
    ab_status status = ab_check_work(shape, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct ab_head *head = (struct ab_head *)work;
    memset(head, 0, sizeof *head);
    head->layout = shape->layout;
    head->batch = batch;
    return AB_OK;
}

/* Before the entry's core. */
AB_PART ab_status ab_check_advance(const struct ab_shape *shape, const ab_call *call,
                                   const void *work, size_t work_bytes)
{
    ab_status status = ab_check_work(shape, work, work_bytes);
    if (status == AB_OK)
        status = ab_check_call(shape, call);
    if (status != AB_OK)
        return status;
    const struct ab_head *head = (const struct ab_head *)work;
    if (head->layout != shape->layout)
        return AB_NOT_BEGUN;
    return head->batch == call->batch ? AB_OK : AB_BAD_ARGUMENT;
}

/* After the entry's core. */
AB_PART ab_status ab_result(const struct ab_head *head, ab_report *report)
{
    if (report) {
        report->count = head->fault_count;
        report->index = head->fault_index;
        report->site = (uint32_t)head->fault_site;
    }
    if (head->done < head->batch)
        return AB_MORE;
    return head->fault_count ? AB_FAULTED : AB_OK;
}

/* FNV-1a, over words where possible: it guards against damage, not against malice. */
AB_PART uint64_t ab_checksum(const unsigned char *bytes, size_t count)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        sum = (sum ^ word) * UINT64_C(0x100000001b3);
        sum ^= sum >> 29;
    }
    for (; i < count; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* A snapshot is the state and then its checksum. Returns the bytes it takes, and writes it if
 * dst_bytes is enough; 0: the workspace was not begun. */
AB_PART size_t ab_snapshot(const struct ab_shape *shape, const void *work, void *dst,
                           size_t dst_bytes)
{
    if (!work || (uintptr_t)work % shape->work_align != 0 ||
        ((const struct ab_head *)work)->layout != shape->layout)
        return 0;
    size_t bytes = shape->state_size + sizeof(uint64_t);
    if (dst && dst_bytes >= bytes) {
        uint64_t sum = ab_checksum((const unsigned char *)work, shape->state_size);
        memcpy(dst, work, shape->state_size);
        memcpy((unsigned char *)dst + shape->state_size, &sum, sizeof sum);
    }
    return bytes;
}

AB_PART ab_status ab_restore(const struct ab_shape *shape, const void *src, size_t src_bytes,
                             void *work, size_t work_bytes)
{
    uint64_t layout, sum;
    ab_status status = ab_check_work(shape, work, work_bytes);
    if (status != AB_OK)
        return status;
    if (!src)
        return AB_BAD_ARGUMENT;
    if (src_bytes < shape->state_size + sizeof sum)
        return AB_BAD_SNAPSHOT;
    memcpy(&layout, (const unsigned char *)src + offsetof(struct ab_head, layout), sizeof layout);
    memcpy(&sum, (const unsigned char *)src + shape->state_size, sizeof sum);
    if (layout != shape->layout ||
        sum != ab_checksum((const unsigned char *)src, shape->state_size))
        return AB_BAD_SNAPSHOT;
    memcpy(work, src, shape->state_size);
    return AB_OK;
}

AB_PART void ab_get_stats(const struct ab_shape *shape, const void *work, ab_stats *out)
{
    const struct ab_head *head = (const struct ab_head *)work;
    memset(out, 0, sizeof *out);
    out->lanes = shape->lanes;
    if (!work || (uintptr_t)work % shape->work_align != 0 || head->layout != shape->layout)
        return;
    out->batch = head->batch;
    out->done = head->done;
    out->visits = head->visits;
    out->lane_visits = head->lane_visits;
}

#endif


#include <math.h>

/* Fault codes are 1 + the index of a site. */
const ab_site sums_unit_sites[] = {
    {AB_FAULT_NONE, 0, 0, "", ""}, /* nothing here can fault */
};

#include <stdbool.h>


static inline double ab_fma_f64(double x, double y, double z)
{
    return fma(x, y, z);
}

static double f_short_sum(const double *restrict x);
static void f_rows(const float *restrict x, float *restrict out);
static double f_long_sum(const double *restrict x);
static void f_product(const double *restrict a, const double *restrict b, double *restrict out);

static double f_short_sum(const double *restrict x)
{
    const double x_0 = x[0];
    const double x_1 = x[1];
    const double x_2 = x[2];
    const double x_3 = x[3];
    const double x_4 = x[4];
    return x_0 + x_1 + x_2 + x_3 + x_4;
}

static void f_rows(const float *restrict x, float *restrict out)
{
    float t11[10];
    for (int64_t i0 = 0; i0 < 10; i0++) {
        float part[8];
        for (int64_t i1 = 0; i1 < 8; i1++)
            part[i1] = x[i0 * 20 + i1];
        for (int64_t i1 = 0; i1 < 8; i1++)
            part[i1] = part[i1] + x[i0 * 20 + i1 + 8];
        float sum = ((part[0] + part[1]) + (part[2] + part[3])) +
            ((part[4] + part[5]) + (part[6] + part[7]));
        for (int64_t i1 = 16; i1 < 20; i1++)
            sum = sum + x[i0 * 20 + i1];
        t11[i0] = sum;
    }
    const float t1 = t11[0];
    const float t2 = t11[1];
    const float t3 = t11[2];
    const float t4 = t11[3];
    const float t5 = t11[4];
    const float t6 = t11[5];
    const float t7 = t11[6];
    const float t8 = t11[7];
    const float t9 = t11[8];
    const float t10 = t11[9];
    out[0] = t1;
    out[1] = t2;
    out[2] = t3;
    out[3] = t4;
    out[4] = t5;
    out[5] = t6;
    out[6] = t7;
    out[7] = t8;
    out[8] = t9;
    out[9] = t10;
}

static double f_long_sum(const double *restrict x)
{
    /* NumPy's pairwise sum: halves down to blocks of at most 128. */
    double sums[6];
    int64_t todo[12] = {1000}, begin = 0;
    int done = 0, left = 1;
    while (left > 0) {
        const int64_t n = todo[--left];
        if (n > 128) {
            const int64_t half = n / 2 - n / 2 % 8;
            todo[left++] = 0;
            todo[left++] = n - half;
            todo[left++] = half;
        } else if (n == 0) {
            done--;
            sums[done - 1] = sums[done - 1] + sums[done];
        } else {
            double part[8];
            for (int64_t i0 = 0; i0 < 8; i0++)
                part[i0] = x[begin + i0] * x[begin + i0];
            for (int64_t i0 = 8; i0 < n - n % 8; i0 += 8)
                for (int64_t i1 = 0; i1 < 8; i1++)
                    part[i1] = part[i1] + x[begin + i0 + i1] * x[begin + i0 + i1];
            double block = ((part[0] + part[1]) + (part[2] + part[3])) +
                ((part[4] + part[5]) + (part[6] + part[7]));
            for (int64_t i0 = n - n % 8; i0 < n; i0++)
                block = block + x[begin + i0] * x[begin + i0];
            sums[done++] = block;
            begin += n;
        }
    }
    const double t1 = sums[0];
    return t1;
}

static void f_product(const double *restrict a, const double *restrict b, double *restrict out)
{
    for (int64_t i0 = 0; i0 < 10; i0++) {
        double dot[30];
        double part[8][30] = {{0}};
        for (int64_t i1 = 0; i1 < 16; i1 += 8)
            for (int64_t i2 = 0; i2 < 8; i2++)
                for (int64_t i3 = 0; i3 < 30; i3++)
                    part[i2][i3] = ab_fma_f64(a[i0 * 20 + i1 + i2], b[i1 * 30 + i2 * 30 + i3],
                        part[i2][i3]);
        for (int64_t i1 = 0; i1 < 30; i1++)
            dot[i1] = ((part[0][i1] + part[1][i1]) + (part[2][i1] + part[3][i1])) +
                ((part[4][i1] + part[5][i1]) + (part[6][i1] + part[7][i1]));
        for (int64_t i1 = 16; i1 < 20; i1++)
            for (int64_t i2 = 0; i2 < 30; i2++)
                dot[i2] = ab_fma_f64(a[i0 * 20 + i1], b[i1 * 30 + i2], dot[i2]);
        for (int64_t i1 = 0; i1 < 30; i1++)
            out[i0 * 30 + i1] = dot[i1];
    }
}

struct short_sum_state {
    struct ab_head head;
};

static void short_sum_reset(struct short_sum_state *s)
{
    (void)s;
}

static void short_sum_core(uint64_t visits, const ab_call *call, struct short_sum_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    double *const out0 = (double *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        const double r = f_short_sum(in0 + i * stride0);
        out0[i] = ab_canonical_f64(r);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

struct rows_state {
    struct ab_head head;
};

static void rows_reset(struct rows_state *s)
{
    (void)s;
}

static void rows_core(uint64_t visits, const ab_call *call, struct rows_state *s)
{
    const float *const in0 = (const float *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    float *const out0 = (float *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        f_rows(in0 + i * stride0, out0 + i * 10);
        for (size_t k = 0; k < 10; k++)
            out0[i * 10 + k] = ab_canonical_f32(out0[i * 10 + k]);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

struct long_sum_state {
    struct ab_head head;
};

static void long_sum_reset(struct long_sum_state *s)
{
    (void)s;
}

static void long_sum_core(uint64_t visits, const ab_call *call, struct long_sum_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    double *const out0 = (double *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        const double r = f_long_sum(in0 + i * stride0);
        out0[i] = ab_canonical_f64(r);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

struct product_state {
    struct ab_head head;
};

static void product_reset(struct product_state *s)
{
    (void)s;
}

static void product_core(uint64_t visits, const ab_call *call, struct product_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    const double *const in1 = (const double *)call->in[1];
    const size_t stride1 = call->in_stride[1];
    double *const out0 = (double *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        f_product(in0 + i * stride0, in1 + i * stride1, out0 + i * 300);
        for (size_t k = 0; k < 300; k++)
            out0[i * 300 + k] = ab_canonical_f64(out0[i * 300 + k]);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

/* ---- short_sum: what callers see ---- */

typedef char short_sum_work_fits[sizeof(struct short_sum_state) <= 72 ? 1 : -1];

static const struct ab_shape short_sum_shape = {
    UINT64_C(0x69de4d3ca610bca0), sizeof(struct short_sum_state), 72, 8, 1, 1, 1,
    0, 0, NULL};

ab_status short_sum_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&short_sum_shape, batch, work, work_bytes);
    if (status == AB_OK)
        short_sum_reset((struct short_sum_state *)work);
    return status;
}

size_t short_sum_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&short_sum_shape, work, dst, dst_bytes);
}

ab_status short_sum_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&short_sum_shape, src, src_bytes, work, work_bytes);
}

void short_sum_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&short_sum_shape, work, stats);
}

static ab_status short_sum_run(uint64_t visits, const ab_call *call, ab_report *report,
                               void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&short_sum_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct short_sum_state *s = (struct short_sum_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        short_sum_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status short_sum(size_t batch, const double *x, double *out, uint32_t *fault, ab_report *report,
                    void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {5};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&short_sum_shape, &ab_args);
    if (status == AB_OK)
        status = short_sum_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return short_sum_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status short_sum_strided(size_t batch, const double *x, size_t x_stride, double *out,
                            uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {x_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&short_sum_shape, &ab_args);
    if (status == AB_OK)
        status = short_sum_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return short_sum_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status short_sum_advance(uint64_t visits, size_t batch, const double *x, double *out,
                            uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {5};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return short_sum_run(visits, &ab_args, report, work, work_bytes);
}

/* ---- rows: what callers see ---- */

typedef char rows_work_fits[sizeof(struct rows_state) <= 72 ? 1 : -1];

static const struct ab_shape rows_shape = {
    UINT64_C(0x7c2f87905667c781), sizeof(struct rows_state), 72, 8, 1, 1, 1,
    0, 0, NULL};

ab_status rows_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&rows_shape, batch, work, work_bytes);
    if (status == AB_OK)
        rows_reset((struct rows_state *)work);
    return status;
}

size_t rows_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&rows_shape, work, dst, dst_bytes);
}

ab_status rows_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&rows_shape, src, src_bytes, work, work_bytes);
}

void rows_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&rows_shape, work, stats);
}

static ab_status rows_run(uint64_t visits, const ab_call *call, ab_report *report,
                          void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&rows_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct rows_state *s = (struct rows_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        rows_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status rows(size_t batch, const float *x, float *out, uint32_t *fault, ab_report *report,
               void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {200};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&rows_shape, &ab_args);
    if (status == AB_OK)
        status = rows_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return rows_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status rows_strided(size_t batch, const float *x, size_t x_stride, float *out, uint32_t *fault,
                       ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {x_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&rows_shape, &ab_args);
    if (status == AB_OK)
        status = rows_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return rows_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status rows_advance(uint64_t visits, size_t batch, const float *x, float *out, uint32_t *fault,
                       ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {200};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return rows_run(visits, &ab_args, report, work, work_bytes);
}

/* ---- long_sum: what callers see ---- */

typedef char long_sum_work_fits[sizeof(struct long_sum_state) <= 72 ? 1 : -1];

static const struct ab_shape long_sum_shape = {
    UINT64_C(0x1df9bcad40f792e2), sizeof(struct long_sum_state), 72, 8, 1, 1, 1,
    0, 0, NULL};

ab_status long_sum_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&long_sum_shape, batch, work, work_bytes);
    if (status == AB_OK)
        long_sum_reset((struct long_sum_state *)work);
    return status;
}

size_t long_sum_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&long_sum_shape, work, dst, dst_bytes);
}

ab_status long_sum_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&long_sum_shape, src, src_bytes, work, work_bytes);
}

void long_sum_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&long_sum_shape, work, stats);
}

static ab_status long_sum_run(uint64_t visits, const ab_call *call, ab_report *report,
                              void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&long_sum_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct long_sum_state *s = (struct long_sum_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        long_sum_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status long_sum(size_t batch, const double *x, double *out, uint32_t *fault, ab_report *report,
                   void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {1000};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&long_sum_shape, &ab_args);
    if (status == AB_OK)
        status = long_sum_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return long_sum_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status long_sum_strided(size_t batch, const double *x, size_t x_stride, double *out,
                           uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {x_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&long_sum_shape, &ab_args);
    if (status == AB_OK)
        status = long_sum_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return long_sum_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status long_sum_advance(uint64_t visits, size_t batch, const double *x, double *out,
                           uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x};
    const size_t ab_stride[] = {1000};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return long_sum_run(visits, &ab_args, report, work, work_bytes);
}

/* ---- product: what callers see ---- */

typedef char product_work_fits[sizeof(struct product_state) <= 72 ? 1 : -1];

static const struct ab_shape product_shape = {
    UINT64_C(0x32352eeddc365cc3), sizeof(struct product_state), 72, 8, 1, 2, 1,
    0, 0, NULL};

ab_status product_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&product_shape, batch, work, work_bytes);
    if (status == AB_OK)
        product_reset((struct product_state *)work);
    return status;
}

size_t product_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&product_shape, work, dst, dst_bytes);
}

ab_status product_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&product_shape, src, src_bytes, work, work_bytes);
}

void product_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&product_shape, work, stats);
}

static ab_status product_run(uint64_t visits, const ab_call *call, ab_report *report,
                             void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&product_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct product_state *s = (struct product_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        product_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status product(size_t batch, const double *a, const double *b, double *out, uint32_t *fault,
                  ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {a, b};
    const size_t ab_stride[] = {200, 600};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&product_shape, &ab_args);
    if (status == AB_OK)
        status = product_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return product_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status product_strided(size_t batch, const double *a, size_t a_stride, const double *b,
                          size_t b_stride, double *out, uint32_t *fault, ab_report *report,
                          void *work, size_t work_bytes)
{
    const void *const ab_in[] = {a, b};
    const size_t ab_stride[] = {a_stride, b_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&product_shape, &ab_args);
    if (status == AB_OK)
        status = product_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return product_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status product_advance(uint64_t visits, size_t batch, const double *a, const double *b,
                          double *out, uint32_t *fault, ab_report *report, void *work,
                          size_t work_bytes)
{
    const void *const ab_in[] = {a, b};
    const size_t ab_stride[] = {200, 600};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return product_run(visits, &ab_args, report, work, work_bytes);
}

