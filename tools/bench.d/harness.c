/* SPDX-License-Identifier: MIT
 *
 * Times several builds of one program in one process, in turn, on one core; tools/bench writes its
 * job and reads its report.
 *
 *     harness JOB
 *
 * Lines of JOB, words with a blank between:
 *     core N                     the core to stay on
 *     batch N                    examples
 *     repeat N                   rounds; each times every variant once, in rotating order
 *     least SECONDS              a variant is run so often in a row that a round takes this long
 *     in FILE BYTES COUNT ELEMENTS   an input of ELEMENTS elements of BYTES bytes an example: COUNT is the
 *                                batch, or 1 for a value of all examples
 *     shared FILE BYTES COUNT    an array that all examples read
 *     extent N                   a run-time extent, in the order of the entry
 *     out FILE BYTES float|other ELEMENTS TOLERANCE   a result; the first variant's is written to FILE
 *     unit NAME FILE.so TABLE ENTRY  made by abcc: TABLE is its symbol of type ab_unit
 *     plain NAME FILE.so FUNCTION    void FUNCTION(size_t, const void *const *, void *const *)
 *     profile FILE.so TABLE ENTRY SYMBOL  built with --profile; SYMBOL is its ab_profile. Not timed.
 * The first variant is the one whose results all others must have, bit for bit; a nan equals a nan. With a
 * TOLERANCE t that is not 0, x and y may differ by t * max(1, |x|).
 *
 * Report, one line a variant:
 *     NAME ns NS_PER_RUN... [work BYTES lanes N visits N lane_visits N]
 * and for a profile, over all points, counting native loops by their iterations:
 *     profile steps N lane_steps N
 * Lines that begin with "wrong" name results that differ; the exit code is then 1. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <abrt.h>

enum { MOST_ARRAYS = 32, MOST_VARIANTS = 16, MOST_ROUNDS = 1000 };

typedef void plain_function(size_t batch, const void *const *in, void *const *out);

struct array {
    void *data; /* of inputs */
    size_t bytes; /* of an element */
    size_t elements; /* of an example */
    size_t stride;
    bool is_float;
    double tolerance;
    char path[4096]; /* of results */
};

struct variant {
    char name[64];
    plain_function *plain;  /* or: */
    const ab_entry *entry;
    void *work;
    void *out[MOST_ARRAYS];
    double seconds[MOST_ROUNDS]; /* of one run */
    size_t runs;                 /* in a row */
};

struct job {
    int core;
    size_t batch, rounds, in_count, out_count, variant_count, extent_count;
    size_t extents[MOST_ARRAYS];
    double least;
    struct array in[MOST_ARRAYS], out[MOST_ARRAYS];
    struct variant variants[MOST_VARIANTS];
    struct variant *profiled; /* the last of them, or NULL */
    const ab_profile *profile;
};

static _Noreturn void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "harness: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(2);
}

static void *memory(size_t bytes, size_t align) {
    if (align < 64) {
        align = 64;
    }
    size_t rounded = (bytes + align) / align * align;
    void *got = aligned_alloc(align, rounded);
    if (got == NULL) {
        die("no memory for %zu bytes", bytes);
    }
    memset(got, 0, rounded);
    return got;
}

static void read_array(struct array *array, const char *path, size_t examples) {
    FILE *file = fopen(path, "rb");
    size_t count = examples * array->elements;
    if (file == NULL || fread(array->data, array->bytes, count, file) != count) {
        die("cannot read %s", path);
    }
    fclose(file);
}

static void read_input(struct job *job, const char *path, size_t bytes, size_t count,
                       size_t elements) {
    struct array *array = &job->in[job->in_count++];
    array->bytes = bytes;
    array->elements = elements;
    array->stride = count == 1 && job->batch != 1 ? 0 : elements;
    /* Plain functions know no stride: one value for all becomes an array for them. */
    array->data = memory(bytes * elements * job->batch, 64);
    read_array(array, path, count);
    for (size_t i = 1; count == 1 && i < job->batch; i++) {
        memcpy((char *)array->data + i * bytes * elements, array->data, bytes * elements);
    }
}

static void read_shared(struct job *job, const char *path, size_t bytes, size_t count) {
    struct array *array = &job->in[job->in_count++];
    array->bytes = bytes;
    array->elements = count;
    array->data = memory(bytes * count, 64);
    read_array(array, path, 1);
}

static struct variant *new_variant(struct job *job, const char *name) {
    if (job->variant_count == MOST_VARIANTS) {
        die("too many variants");
    }
    struct variant *variant = &job->variants[job->variant_count++];
    snprintf(variant->name, sizeof variant->name, "%s", name);
    for (size_t k = 0; k < job->out_count; k++) {
        variant->out[k] = memory(job->out[k].bytes * job->out[k].elements * job->batch, 64);
    }
    return variant;
}

static void *symbol_of(const char *path, const char *symbol) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        die("%s", dlerror());
    }
    void *found = dlsym(library, symbol);
    if (found == NULL) {
        die("%s has no %s", path, symbol);
    }
    return found;
}

static void add_unit(struct job *job, const char *name, const char *path, const char *table,
                     const char *entry) {
    struct variant *variant = new_variant(job, name);
    const ab_unit *unit = symbol_of(path, table);
    if (unit->version != AB_UNIT_VERSION) {
        die("%s has another version of the table", path);
    }
    for (uint32_t i = 0; i < unit->count; i++) {
        if (!unit->entries[i].is_test && strcmp(unit->entries[i].name, entry) == 0) {
            variant->entry = &unit->entries[i];
        }
    }
    if (variant->entry == NULL) {
        die("%s has no entry %s", path, entry);
    }
    if (variant->entry->in_count != job->in_count || variant->entry->out_count != job->out_count) {
        die("%s: %s takes %u inputs and gives %u", path, entry, variant->entry->in_count,
            variant->entry->out_count);
    }
    variant->work = memory(variant->entry->work_size, variant->entry->work_align);
}

static void add_plain(struct job *job, const char *name, const char *path, const char *symbol) {
    struct variant *variant = new_variant(job, name);
    void *found = symbol_of(path, symbol);
    memcpy(&variant->plain, &found, sizeof found);
}

static void add_profile(struct job *job, const char *path, const char *table, const char *entry,
                        const char *symbol) {
    job->profile = symbol_of(path, symbol);
    add_unit(job, "profile", path, table, entry);
    job->profiled = &job->variants[--job->variant_count];
}

static void read_line(struct job *job, const char *line) {
    char a[256], b[4096], c[256], d[256];
    size_t n, m, k;
    double tolerance;
    if (sscanf(line, "core %d", &job->core) == 1 || sscanf(line, "batch %zu", &job->batch) == 1 ||
        sscanf(line, "repeat %zu", &job->rounds) == 1 ||
        sscanf(line, "least %lf", &job->least) == 1) {
        return;
    }
    if (sscanf(line, "in %4095s %zu %zu %zu", b, &n, &m, &k) == 4 && job->in_count < MOST_ARRAYS) {
        read_input(job, b, n, m, k);
    } else if (sscanf(line, "shared %4095s %zu %zu", b, &n, &m) == 3 &&
               job->in_count < MOST_ARRAYS) {
        read_shared(job, b, n, m);
    } else if (sscanf(line, "extent %zu", &n) == 1 && job->extent_count < MOST_ARRAYS) {
        job->extents[job->extent_count++] = n;
    } else if (sscanf(line, "out %4095s %zu %63s %zu %lf", b, &n, a, &m, &tolerance) == 5 &&
               job->out_count < MOST_ARRAYS) {
        struct array *array = &job->out[job->out_count++];
        array->bytes = n;
        array->elements = m;
        array->tolerance = tolerance;
        array->is_float = strcmp(a, "float") == 0;
        memcpy(array->path, b, sizeof b);
    } else if (sscanf(line, "unit %63s %4095s %255s %255s", a, b, c, d) == 4) {
        add_unit(job, a, b, c, d);
    } else if (sscanf(line, "plain %63s %4095s %255s", a, b, c) == 3) {
        add_plain(job, a, b, c);
    } else if (sscanf(line, "profile %4095s %255s %255s %255s", b, c, d, a) == 4) {
        add_profile(job, b, c, d, a);
    } else {
        die("not understood: %s", line);
    }
}

static void read_job(struct job *job, const char *path) {
    FILE *file = fopen(path, "r");
    char line[8192];
    if (file == NULL) {
        die("cannot read %s", path);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        read_line(job, line);
    }
    fclose(file);
    if (job->rounds < 1 || job->rounds > MOST_ROUNDS || job->variant_count == 0) {
        die("a job has 1 to %d rounds and at least one variant", MOST_ROUNDS);
    }
}

static void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        fprintf(stderr, "harness: cannot stay on core %d\n", core);
    }
}

/* Time that this thread had the core: what others do on the machine counts less. */
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void run(const struct job *job, struct variant *variant) {
    const void *in[MOST_ARRAYS];
    size_t stride[MOST_ARRAYS];
    for (size_t k = 0; k < job->in_count; k++) {
        in[k] = job->in[k].data;
        stride[k] = job->in[k].stride;
    }
    if (variant->plain != NULL) {
        variant->plain(job->batch, in, variant->out);
        return;
    }
    const ab_entry *entry = variant->entry;
    ab_call call = {.batch = job->batch, .in = in, .in_stride = stride, .out = variant->out,
                    .extent = job->extents};
    ab_report report;
    ab_status status = entry->begin(job->batch, variant->work, entry->work_size);
    if (status >= 0) {
        do {
            status = entry->advance(UINT64_MAX, &call, &report, variant->work, entry->work_size);
        } while (status == AB_MORE);
    }
    if (status != AB_OK) {
        die("%s ended with status %d", variant->name, (int)status);
    }
}

static double as_double(const void *at, size_t bytes) {
    float single;
    double wide;
    if (bytes == sizeof single) {
        memcpy(&single, at, bytes);
        return (double)single;
    }
    memcpy(&wide, at, bytes);
    return wide;
}

static bool is_nan(const void *at, size_t bytes) {
    return isnan(as_double(at, bytes));
}

static bool is_near(const struct array *out, const void *want, const void *got) {
    double x, y;
    if (!out->is_float || out->tolerance <= 0) {
        return false;
    }
    x = as_double(want, out->bytes);
    y = as_double(got, out->bytes);
    return fabs(x - y) <= out->tolerance * fmax(1, fabs(x));
}

/* The example where a result differs from the first variant's, or SIZE_MAX. */
static size_t difference(const struct job *job, const struct variant *variant, size_t *which) {
    for (size_t k = 0; k < job->out_count; k++) {
        const char *want = job->variants[0].out[k], *got = variant->out[k];
        size_t bytes = job->out[k].bytes;
        for (size_t i = 0; i < job->batch * job->out[k].elements * bytes; i += bytes) {
            if (memcmp(want + i, got + i, bytes) != 0 &&
                !(job->out[k].is_float && is_nan(want + i, bytes) && is_nan(got + i, bytes)) &&
                !is_near(&job->out[k], want + i, got + i)) {
                *which = k;
                return i / bytes / job->out[k].elements;
            }
        }
    }
    return SIZE_MAX;
}

static void save(const struct job *job) {
    for (size_t k = 0; k < job->out_count; k++) {
        FILE *file = fopen(job->out[k].path, "wb");
        if (file == NULL ||
            fwrite(job->variants[0].out[k], job->out[k].bytes * job->out[k].elements, job->batch,
                   file) != job->batch ||
            fclose(file) != 0) {
            die("cannot write %s", job->out[k].path);
        }
    }
}

/* Warms up, compares, and finds how often each variant has to be run in a row. */
static int prepare(struct job *job) {
    int wrong = 0;
    for (size_t v = 0; v < job->variant_count; v++) {
        struct variant *variant = &job->variants[v];
        double begin = now();
        run(job, variant);
        double took = now() - begin;
        variant->runs = took > 0 && took < job->least ? (size_t)(job->least / took) + 1 : 1;
        size_t which = 0, example = difference(job, variant, &which);
        if (example != SIZE_MAX) {
            printf("wrong %s result %zu of example %zu\n", variant->name, which, example);
            wrong = 1;
        }
    }
    return wrong;
}

static void measure(struct job *job) {
    for (size_t round = 0; round < job->rounds; round++) {
        for (size_t turn = 0; turn < job->variant_count; turn++) {
            struct variant *variant = &job->variants[(round + turn) % job->variant_count];
            double begin = now();
            for (size_t i = 0; i < variant->runs; i++) {
                run(job, variant);
            }
            variant->seconds[round] = (now() - begin) / (double)variant->runs;
        }
    }
}

static void report_profile(const struct job *job) {
    uint64_t steps = 0, lane_steps = 0;
    run(job, job->profiled);
    const char *counts = (const char *)job->profiled->work + job->profile->offset;
    for (uint32_t i = 0; i < job->profile->count; i++) {
        ab_count count;
        memcpy(&count, counts + i * sizeof count, sizeof count);
        const uint64_t *pair = count.iterations[0] > 0 ? count.iterations : count.visits;
        steps += pair[0];
        lane_steps += pair[1];
    }
    printf("profile steps %" PRIu64 " lane_steps %" PRIu64 "\n", steps, lane_steps);
}

static void report(const struct job *job) {
    for (size_t v = 0; v < job->variant_count; v++) {
        const struct variant *variant = &job->variants[v];
        printf("%s ns", variant->name);
        for (size_t round = 0; round < job->rounds; round++) {
            printf(" %.1f", 1e9 * variant->seconds[round]);
        }
        if (variant->entry != NULL) {
            ab_stats stats = {0};
            variant->entry->stats(variant->work, &stats);
            printf(" work %zu lanes %u visits %" PRIu64 " lane_visits %" PRIu64,
                   variant->entry->work_size, variant->entry->lanes, stats.visits,
                   stats.lane_visits);
        }
        printf("\n");
    }
}

int main(int count, char **words) {
    static struct job job;
    if (count != 2) {
        die("usage: harness JOB");
    }
    read_job(&job, words[1]);
    pin(job.core);
    int wrong = prepare(&job);
    save(&job);
    if (!wrong) {
        measure(&job);
        report(&job);
        if (job.profiled != NULL) {
            report_profile(&job);
        }
    }
    return wrong;
}
