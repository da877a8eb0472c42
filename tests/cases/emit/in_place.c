/* in_place.c: made by abcc. Do not edit.
 * SPDX-License-Identifier: MIT-0
 *
 * Compile with -ffp-contract=off and without -ffast-math. */
#include "in_place.h"

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
const ab_site in_place_unit_sites[] = {
    {AB_FAULT_BOUNDS, 17, 11, "in_place.ab", "index out of range for axis 0 of size 8"},
};

#include <stdbool.h>


static inline int64_t ab_add_i64(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x + (uint64_t)y);
}

static void f_leapfrog(const double *restrict q_in, const double *restrict p_in, double step,
    int64_t count, double *restrict q, double *restrict p);
static void f_swaps(const double *restrict a_in, const double *restrict b_in, int64_t count,
    double *restrict a, double *restrict b);

static void f_leapfrog(const double *restrict q_in, const double *restrict p_in, double step,
    int64_t count, double *restrict q, double *restrict p)
{
    memcpy(q, q_in, 100 * sizeof(double));
    memcpy(p, p_in, 100 * sizeof(double));
    int64_t _round = 0;
    for (;;) {
        if (_round >= count)
            break;
        for (int64_t i0 = 0; i0 < 100; i0++) {
            const double momentum_e = p[i0] - step * q[i0];
            p[i0] = momentum_e;
            q[i0] = q[i0] + step * momentum_e;
        }
        _round = ab_add_i64(_round, 1);
    }
}

static void f_swaps(const double *restrict a_in, const double *restrict b_in, int64_t count,
    double *restrict a, double *restrict b)
{
    memcpy(a, a_in, 8 * sizeof(double));
    memcpy(b, b_in, 8 * sizeof(double));
    int64_t i = 0;
    for (;;) {
        if (i >= count)
            break;
        const int64_t t1 = i & 7;
        const double t2 = a[0];
        b[t1] = t2;
        double b_old[8];
        memcpy(b_old, b, 8 * sizeof(double));
        memcpy(b, a, 8 * sizeof(double));
        memcpy(a, b_old, 8 * sizeof(double));
        i = ab_add_i64(i, 1);
    }
}

struct leapfrog_state {
    struct ab_head head;
};

static void leapfrog_reset(struct leapfrog_state *s)
{
    (void)s;
}

static void leapfrog_core(uint64_t visits, const ab_call *call, struct leapfrog_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    const double *const in1 = (const double *)call->in[1];
    const size_t stride1 = call->in_stride[1];
    const double *const in2 = (const double *)call->in[2];
    const size_t stride2 = call->in_stride[2];
    const int64_t *const in3 = (const int64_t *)call->in[3];
    const size_t stride3 = call->in_stride[3];
    double *const out0 = (double *)call->out[0];
    double *const out1 = (double *)call->out[1];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        f_leapfrog(in0 + i * stride0, in1 + i * stride1, in2[i * stride2], in3[i * stride3],
            out0 + i * 100, out1 + i * 100);
        for (size_t k = 0; k < 100; k++)
            out0[i * 100 + k] = ab_canonical_f64(out0[i * 100 + k]);
        for (size_t k = 0; k < 100; k++)
            out1[i * 100 + k] = ab_canonical_f64(out1[i * 100 + k]);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

struct swaps_state {
    struct ab_head head;
};

static void swaps_reset(struct swaps_state *s)
{
    (void)s;
}

static void swaps_core(uint64_t visits, const ab_call *call, struct swaps_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    const double *const in1 = (const double *)call->in[1];
    const size_t stride1 = call->in_stride[1];
    const int64_t *const in2 = (const int64_t *)call->in[2];
    const size_t stride2 = call->in_stride[2];
    double *const out0 = (double *)call->out[0];
    double *const out1 = (double *)call->out[1];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        f_swaps(in0 + i * stride0, in1 + i * stride1, in2[i * stride2], out0 + i * 8, out1 + i * 8);
        for (size_t k = 0; k < 8; k++)
            out0[i * 8 + k] = ab_canonical_f64(out0[i * 8 + k]);
        for (size_t k = 0; k < 8; k++)
            out1[i * 8 + k] = ab_canonical_f64(out1[i * 8 + k]);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

/* ---- leapfrog: what callers see ---- */

typedef char leapfrog_work_fits[sizeof(struct leapfrog_state) <= 72 ? 1 : -1];

static const struct ab_shape leapfrog_shape = {
    UINT64_C(0xe7ae44b2d1f6e487), sizeof(struct leapfrog_state), 72, 8, 1, 4, 2,
    0, 0, NULL};

ab_status leapfrog_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&leapfrog_shape, batch, work, work_bytes);
    if (status == AB_OK)
        leapfrog_reset((struct leapfrog_state *)work);
    return status;
}

size_t leapfrog_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&leapfrog_shape, work, dst, dst_bytes);
}

ab_status leapfrog_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&leapfrog_shape, src, src_bytes, work, work_bytes);
}

void leapfrog_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&leapfrog_shape, work, stats);
}

static ab_status leapfrog_run(uint64_t visits, const ab_call *call, ab_report *report,
                              void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&leapfrog_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct leapfrog_state *s = (struct leapfrog_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        leapfrog_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status leapfrog(size_t batch, const double *q, const double *p, const double *step,
                   const int64_t *count, double *out_0, double *out_1, uint32_t *fault,
                   ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {q, p, step, count};
    const size_t ab_stride[] = {100, 100, 1, 1};
    void *const ab_out[] = {out_0, out_1};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&leapfrog_shape, &ab_args);
    if (status == AB_OK)
        status = leapfrog_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return leapfrog_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status leapfrog_strided(size_t batch, const double *q, size_t q_stride, const double *p,
                           size_t p_stride, const double *step, size_t step_stride,
                           const int64_t *count, size_t count_stride, double *out_0, double *out_1,
                           uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {q, p, step, count};
    const size_t ab_stride[] = {q_stride, p_stride, step_stride, count_stride};
    void *const ab_out[] = {out_0, out_1};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&leapfrog_shape, &ab_args);
    if (status == AB_OK)
        status = leapfrog_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return leapfrog_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status leapfrog_advance(uint64_t visits, size_t batch, const double *q, const double *p,
                           const double *step, const int64_t *count, double *out_0, double *out_1,
                           uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {q, p, step, count};
    const size_t ab_stride[] = {100, 100, 1, 1};
    void *const ab_out[] = {out_0, out_1};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return leapfrog_run(visits, &ab_args, report, work, work_bytes);
}

/* ---- swaps: what callers see ---- */

typedef char swaps_work_fits[sizeof(struct swaps_state) <= 72 ? 1 : -1];

static const struct ab_shape swaps_shape = {
    UINT64_C(0xd55d0a5f219fd9a6), sizeof(struct swaps_state), 72, 8, 1, 3, 2,
    0, 0, NULL};

ab_status swaps_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&swaps_shape, batch, work, work_bytes);
    if (status == AB_OK)
        swaps_reset((struct swaps_state *)work);
    return status;
}

size_t swaps_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&swaps_shape, work, dst, dst_bytes);
}

ab_status swaps_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&swaps_shape, src, src_bytes, work, work_bytes);
}

void swaps_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&swaps_shape, work, stats);
}

static ab_status swaps_run(uint64_t visits, const ab_call *call, ab_report *report,
                           void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&swaps_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct swaps_state *s = (struct swaps_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        swaps_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status swaps(size_t batch, const double *a, const double *b, const int64_t *count,
                double *out_0, double *out_1, uint32_t *fault, ab_report *report, void *work,
                size_t work_bytes)
{
    const void *const ab_in[] = {a, b, count};
    const size_t ab_stride[] = {8, 8, 1};
    void *const ab_out[] = {out_0, out_1};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&swaps_shape, &ab_args);
    if (status == AB_OK)
        status = swaps_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return swaps_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status swaps_strided(size_t batch, const double *a, size_t a_stride, const double *b,
                        size_t b_stride, const int64_t *count, size_t count_stride, double *out_0,
                        double *out_1, uint32_t *fault, ab_report *report, void *work,
                        size_t work_bytes)
{
    const void *const ab_in[] = {a, b, count};
    const size_t ab_stride[] = {a_stride, b_stride, count_stride};
    void *const ab_out[] = {out_0, out_1};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&swaps_shape, &ab_args);
    if (status == AB_OK)
        status = swaps_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return swaps_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status swaps_advance(uint64_t visits, size_t batch, const double *a, const double *b,
                        const int64_t *count, double *out_0, double *out_1, uint32_t *fault,
                        ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {a, b, count};
    const size_t ab_stride[] = {8, 8, 1};
    void *const ab_out[] = {out_0, out_1};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return swaps_run(visits, &ab_args, report, work, work_bytes);
}

