/* choice.c: made by abcc. Do not edit.
 * SPDX-License-Identifier: MIT-0
 *
 * Compile with -ffp-contract=off and without -ffast-math. */
#include "choice.h"

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
const ab_site choice_unit_sites[] = {
    {AB_FAULT_NONE, 0, 0, "", ""}, /* nothing here can fault */
};

#include <stdbool.h>


static double f_between(double x, double lo, double hi);
static double f_outside(double x, double lo, double hi);
static int32_t f_differ(int32_t x, int32_t y);

static double f_between(double x, double lo, double hi)
{
    return ((lo < x) & (x < hi)) ? x : lo;
}

static double f_outside(double x, double lo, double hi)
{
    return ((x < lo) | (hi < x)) ? x : lo;
}

static int32_t f_differ(int32_t x, int32_t y)
{
    return ((x < 0) ^ (y < 0)) ? x : y;
}

struct between_state {
    struct ab_head head;
};

static void between_reset(struct between_state *s)
{
    (void)s;
}

static void between_core(uint64_t visits, const ab_call *call, struct between_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    const double *const in1 = (const double *)call->in[1];
    const size_t stride1 = call->in_stride[1];
    const double *const in2 = (const double *)call->in[2];
    const size_t stride2 = call->in_stride[2];
    double *const out0 = (double *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        const double r = f_between(in0[i * stride0], in1[i * stride1], in2[i * stride2]);
        out0[i] = ab_canonical_f64(r);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

struct outside_state {
    struct ab_head head;
};

static void outside_reset(struct outside_state *s)
{
    (void)s;
}

static void outside_core(uint64_t visits, const ab_call *call, struct outside_state *s)
{
    const double *const in0 = (const double *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    const double *const in1 = (const double *)call->in[1];
    const size_t stride1 = call->in_stride[1];
    const double *const in2 = (const double *)call->in[2];
    const size_t stride2 = call->in_stride[2];
    double *const out0 = (double *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        const double r = f_outside(in0[i * stride0], in1[i * stride1], in2[i * stride2]);
        out0[i] = ab_canonical_f64(r);
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

struct differ_state {
    struct ab_head head;
};

static void differ_reset(struct differ_state *s)
{
    (void)s;
}

static void differ_core(uint64_t visits, const ab_call *call, struct differ_state *s)
{
    const int32_t *const in0 = (const int32_t *)call->in[0];
    const size_t stride0 = call->in_stride[0];
    const int32_t *const in1 = (const int32_t *)call->in[1];
    const size_t stride1 = call->in_stride[1];
    int32_t *const out0 = (int32_t *)call->out[0];
    const uint64_t left = call->batch - s->head.next;
    const uint64_t end = s->head.next + (visits < left ? visits : left);
    s->head.visits += end - s->head.next;
    s->head.lane_visits += end - s->head.next;
    for (uint64_t i = s->head.next; i < end; i++) {
        const int32_t r = f_differ(in0[i * stride0], in1[i * stride1]);
        out0[i] = r;
        ab_finish(&s->head, call, i, 0);
    }
    s->head.next = end;
}

/* ---- between: what callers see ---- */

typedef char between_work_fits[sizeof(struct between_state) <= 72 ? 1 : -1];

static const struct ab_shape between_shape = {
    UINT64_C(0xc22869d3441ba4a1), sizeof(struct between_state), 72, 8, 1, 3, 1,
    0, 0, NULL};

ab_status between_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&between_shape, batch, work, work_bytes);
    if (status == AB_OK)
        between_reset((struct between_state *)work);
    return status;
}

size_t between_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&between_shape, work, dst, dst_bytes);
}

ab_status between_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&between_shape, src, src_bytes, work, work_bytes);
}

void between_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&between_shape, work, stats);
}

static ab_status between_run(uint64_t visits, const ab_call *call, ab_report *report,
                             void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&between_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct between_state *s = (struct between_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        between_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status between(size_t batch, const double *x, const double *lo, const double *hi, double *out,
                  uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, lo, hi};
    const size_t ab_stride[] = {1, 1, 1};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&between_shape, &ab_args);
    if (status == AB_OK)
        status = between_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return between_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status between_strided(size_t batch, const double *x, size_t x_stride, const double *lo,
                          size_t lo_stride, const double *hi, size_t hi_stride, double *out,
                          uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, lo, hi};
    const size_t ab_stride[] = {x_stride, lo_stride, hi_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&between_shape, &ab_args);
    if (status == AB_OK)
        status = between_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return between_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status between_advance(uint64_t visits, size_t batch, const double *x, const double *lo,
                          const double *hi, double *out, uint32_t *fault, ab_report *report,
                          void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, lo, hi};
    const size_t ab_stride[] = {1, 1, 1};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return between_run(visits, &ab_args, report, work, work_bytes);
}

/* ---- outside: what callers see ---- */

typedef char outside_work_fits[sizeof(struct outside_state) <= 72 ? 1 : -1];

static const struct ab_shape outside_shape = {
    UINT64_C(0x2ee213891e50ba40), sizeof(struct outside_state), 72, 8, 1, 3, 1,
    0, 0, NULL};

ab_status outside_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&outside_shape, batch, work, work_bytes);
    if (status == AB_OK)
        outside_reset((struct outside_state *)work);
    return status;
}

size_t outside_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&outside_shape, work, dst, dst_bytes);
}

ab_status outside_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&outside_shape, src, src_bytes, work, work_bytes);
}

void outside_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&outside_shape, work, stats);
}

static ab_status outside_run(uint64_t visits, const ab_call *call, ab_report *report,
                             void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&outside_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct outside_state *s = (struct outside_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        outside_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status outside(size_t batch, const double *x, const double *lo, const double *hi, double *out,
                  uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, lo, hi};
    const size_t ab_stride[] = {1, 1, 1};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&outside_shape, &ab_args);
    if (status == AB_OK)
        status = outside_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return outside_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status outside_strided(size_t batch, const double *x, size_t x_stride, const double *lo,
                          size_t lo_stride, const double *hi, size_t hi_stride, double *out,
                          uint32_t *fault, ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, lo, hi};
    const size_t ab_stride[] = {x_stride, lo_stride, hi_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&outside_shape, &ab_args);
    if (status == AB_OK)
        status = outside_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return outside_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status outside_advance(uint64_t visits, size_t batch, const double *x, const double *lo,
                          const double *hi, double *out, uint32_t *fault, ab_report *report,
                          void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, lo, hi};
    const size_t ab_stride[] = {1, 1, 1};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return outside_run(visits, &ab_args, report, work, work_bytes);
}

/* ---- differ: what callers see ---- */

typedef char differ_work_fits[sizeof(struct differ_state) <= 72 ? 1 : -1];

static const struct ab_shape differ_shape = {
    UINT64_C(0x782e1130c9ea39e3), sizeof(struct differ_state), 72, 8, 1, 2, 1,
    0, 0, NULL};

ab_status differ_begin(size_t batch, void *work, size_t work_bytes)
{
    ab_status status = ab_begin(&differ_shape, batch, work, work_bytes);
    if (status == AB_OK)
        differ_reset((struct differ_state *)work);
    return status;
}

size_t differ_snapshot(const void *work, void *dst, size_t dst_bytes)
{
    return ab_snapshot(&differ_shape, work, dst, dst_bytes);
}

ab_status differ_restore(const void *src, size_t src_bytes, void *work, size_t work_bytes)
{
    return ab_restore(&differ_shape, src, src_bytes, work, work_bytes);
}

void differ_stats(const void *work, ab_stats *stats)
{
    ab_get_stats(&differ_shape, work, stats);
}

static ab_status differ_run(uint64_t visits, const ab_call *call, ab_report *report,
                            void *work, size_t work_bytes)
{
    ab_status status = ab_check_advance(&differ_shape, call, work, work_bytes);
    if (status != AB_OK)
        return status;
    struct differ_state *s = (struct differ_state *)work;
    if (visits > 0 && s->head.done < s->head.batch)
        differ_core(visits, call, s);
    return ab_result(&s->head, report);
}

ab_status differ(size_t batch, const int32_t *x, const int32_t *y, int32_t *out, uint32_t *fault,
                 ab_report *report, void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, y};
    const size_t ab_stride[] = {1, 1};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&differ_shape, &ab_args);
    if (status == AB_OK)
        status = differ_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return differ_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status differ_strided(size_t batch, const int32_t *x, size_t x_stride, const int32_t *y,
                         size_t y_stride, int32_t *out, uint32_t *fault, ab_report *report,
                         void *work, size_t work_bytes)
{
    const void *const ab_in[] = {x, y};
    const size_t ab_stride[] = {x_stride, y_stride};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    ab_status status = ab_check_call(&differ_shape, &ab_args);
    if (status == AB_OK)
        status = differ_begin(batch, work, work_bytes);
    if (status != AB_OK)
        return status;
    return differ_run(UINT64_MAX, &ab_args, report, work, work_bytes);
}

ab_status differ_advance(uint64_t visits, size_t batch, const int32_t *x, const int32_t *y,
                         int32_t *out, uint32_t *fault, ab_report *report, void *work,
                         size_t work_bytes)
{
    const void *const ab_in[] = {x, y};
    const size_t ab_stride[] = {1, 1};
    void *const ab_out[] = {out};
    const ab_call ab_args = {batch, 0, ab_in, ab_stride, ab_out, fault, NULL};
    return differ_run(visits, &ab_args, report, work, work_bytes);
}

