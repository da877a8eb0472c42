/* SPDX-License-Identifier: MIT-0
 *
 * What every header made by abcc shares: status values, reports, fault sites, and the description
 * of an entry for callers that learn its signature at run time. C99 and C++. */
#ifndef ABRT_H
#define ABRT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Negative values mean: refused, and nothing was written. */
typedef int32_t ab_status;
enum {
    AB_OK = 0,               /* all examples finished */
    AB_MORE = 1,             /* call again: the allowed visits are used up */
    AB_FAULTED = 2,          /* finished; some examples faulted, all others are valid */
    AB_BAD_ARGUMENT = -1,    /* an array or the workspace is NULL, the batch is another one, or extents
                              * are so large that no array can have them */
    AB_WORK_TOO_SMALL = -2,  /* work_bytes is less than NAME_WORK_SIZE */
    AB_WORK_MISALIGNED = -3, /* work is not aligned to NAME_WORK_ALIGN */
    AB_NOT_BEGUN = -4,       /* the workspace was not prepared by this entry's begin or restore */
    AB_BAD_SNAPSHOT = -5     /* damaged, or from another program, version or lane count */
};

/* Why an example faulted. */
enum { AB_FAULT_NONE, AB_FAULT_BOUNDS, AB_FAULT_STACK, AB_FAULT_ASSERT, AB_FAULT_BUDGET };

/* A place where an example can fault. Codes in a `fault` array are 1 + the index of the site. */
typedef struct ab_site {
    uint32_t kind; /* AB_FAULT_... */
    uint32_t line, column;
    const char *file, *text;
} ab_site;

typedef struct ab_report {
    uint64_t count; /* examples that faulted so far */
    uint64_t index; /* the least index among them; meaningless if count is 0 */
    uint32_t site;  /* its fault code; 0 if count is 0 */
} ab_report;

typedef struct ab_stats {
    uint64_t batch, done;         /* examples: all, finished */
    uint64_t visits, lane_visits; /* pieces of code run, and lanes that were active in them */
    uint32_t lanes;               /* occupancy = lane_visits / (visits * lanes) */
} ab_stats;

/* One call on arrays that are described at run time. */
typedef struct ab_call {
    size_t batch;
    uint64_t first;          /* identity of example 0, for batch_index() */
    const void *const *in;   /* one array for each input leaf or shared array */
    const size_t *in_stride; /* elements from one example to the next; 0: the same for all. Not
                              * looked at for shared arrays */
    void *const *out;        /* one array for each output leaf, examples one after the other */
    uint32_t *fault;         /* [batch] fault codes, or NULL */
    const size_t *extent;    /* one for each run-time extent of the entry; NULL if it has none */
} ab_call;

/* A leaf of an entry's arguments or results: [batch][shape...], row-major; or an array that all
 * examples read: [shape...]. */
enum { AB_MAX_RANK = 8 };
typedef struct ab_leaf {
    const char *path;  /* "n", "p.x", "t.0"; "" for an unnamed result */
    const char *dtype; /* "f64" */
    uint32_t bytes;    /* of one element */
    uint64_t elements; /* of one example; of a shared array, of all of it, or 0 if that depends on
                        * run-time extents */
    uint32_t is_shared;
    uint32_t rank;
    int64_t dim[AB_MAX_RANK]; /* run-time extent number e of the entry is written as -1 - e */
} ab_leaf;

/* With --profile: the counters in an entry's state. */
typedef struct ab_count {
    uint64_t visits[2];     /* visits of the point's piece, lanes in them */
    uint64_t iterations[2]; /* of the native loop that begins there, lanes in them */
} ab_count;
typedef struct ab_point {
    const char *name;
    uint32_t line;
} ab_point;
typedef struct ab_profile {
    uint32_t count;
    size_t offset; /* of ab_count[count] in the state */
    const ab_point *points;
} ab_profile;

typedef struct ab_entry {
    const char *name; /* as written; of a test its title */
    const char *mode; /* "batched", "scalar" */
    uint32_t is_test, uses_first;
    uint32_t lanes, max_depth;
    size_t work_size, work_align;
    uint32_t in_count, out_count, site_count;
    const ab_leaf *in, *out; /* inputs in the order of the source, shared arrays among them */
    const ab_site *sites;
    ab_status (*begin)(size_t batch, void *work, size_t work_bytes);
    ab_status (*advance)(uint64_t visits, const ab_call *call, ab_report *report, void *work,
                         size_t work_bytes);
    size_t (*snapshot)(const void *work, void *dst, size_t dst_bytes);
    ab_status (*restore)(const void *src, size_t src_bytes, void *work, size_t work_bytes);
    void (*stats)(const void *work, ab_stats *out);
    const ab_profile *profile; /* NULL: nothing is counted */
    uint32_t extent_count;
    const char *const *extents; /* names of the run-time extents, NULL if there are none */
} ab_entry;

/* All entries of a unit; its symbol is UNIT_unit. */
typedef struct ab_unit {
    uint32_t version; /* AB_UNIT_VERSION */
    uint32_t count;
    const ab_entry *entries;
} ab_unit;
enum { AB_UNIT_VERSION = 2 };

#ifdef __cplusplus
}
#endif

#endif
