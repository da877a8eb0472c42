/* Runs the entries of many compiled programs on inputs from a file, and checks of each that the answer
 * of an example depends on nothing but the example: not on its place, its neighbours, pauses, or where
 * the workspace lies.
 *
 *     driver INPUTS OUTPUTS SEED FIRST FAIR
 *
 * INPUTS   for each program: u32 batch, u32 index of the trap leaf + 1 (0: none), u64 for each run-time
 *          extent, then for each input leaf the values of all examples, of a shared array its elements
 * OUTPUTS  for each program, from FIRST on: for each example u32 kind, line, column of its fault (0, 0, 0:
 *          none), then for each output leaf the values of all examples
 * FAIR     1: an endless example may not starve the others
 * Stdout: "run N" before each program, "FAILED N what" for each check that does not hold, "end". */
#include "abrt.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* Made for each group of programs: their tables. */
extern const ab_unit *const fuzz_units[];
extern const unsigned fuzz_unit_count;

enum { UNTOUCHED = 0xa5, TRAP_FAULTS = 77, TRAP_LOOPS = 98, TRAP_CALLS = 99, SECONDS = 6 };

/* ---- random numbers ---------------------------------------------------------------------------- */

static uint64_t random_state;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((random_state >> 33) % limit);
}

static void shuffle(size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below((uint32_t)i), other = order[i - 1];
        order[i - 1] = order[j];
        order[j] = other;
    }
}

/* ---- arrays ------------------------------------------------------------------------------------ */

enum { LEAVES_MAX = 64, EXTENTS_MAX = 8 };

/* Of the running program. */
static size_t extents[EXTENTS_MAX];

/* Inputs and outputs of one call. */
struct arrays {
    size_t batch;
    void *in[LEAVES_MAX], *out[LEAVES_MAX];
    uint32_t *fault;
};

struct program {
    unsigned number;
    const ab_entry *entry;
    uint32_t trap; /* leaf + 1, or 0 */
    bool fair;
    struct arrays base;
    unsigned failed;
};

static void *get_memory(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory) {
        fputs("no memory\n", stderr);
        exit(3);
    }
    return memory;
}

static size_t bytes_of(const ab_leaf *leaf)
{
    return leaf->bytes * (size_t)leaf->elements;
}

/* Of a shared array, all of it. */
static size_t shared_bytes(const ab_leaf *leaf)
{
    size_t elements = 1;
    for (uint32_t i = 0; i < leaf->rank; i++)
        elements *= leaf->dim[i] < 0 ? extents[-1 - leaf->dim[i]] : (size_t)leaf->dim[i];
    return elements * leaf->bytes;
}

static size_t input_bytes(const ab_leaf *leaf, size_t batch)
{
    return leaf->is_shared ? shared_bytes(leaf) : batch * bytes_of(leaf);
}

static struct arrays arrays_new(const ab_entry *entry, size_t batch)
{
    struct arrays arrays = {.batch = batch};
    for (uint32_t i = 0; i < entry->in_count; i++)
        arrays.in[i] = get_memory(input_bytes(&entry->in[i], batch));
    for (uint32_t i = 0; i < entry->out_count; i++) {
        arrays.out[i] = get_memory(batch * bytes_of(&entry->out[i]));
        memset(arrays.out[i], UNTOUCHED, batch * bytes_of(&entry->out[i]));
    }
    arrays.fault = get_memory(batch * sizeof *arrays.fault);
    memset(arrays.fault, 0, batch * sizeof *arrays.fault);
    return arrays;
}

static void arrays_free(const ab_entry *entry, struct arrays *arrays)
{
    for (uint32_t i = 0; i < entry->in_count; i++)
        free(arrays->in[i]);
    for (uint32_t i = 0; i < entry->out_count; i++)
        free(arrays->out[i]);
    free(arrays->fault);
}

/* Example `to` of `target` becomes example `from` of `source`. */
static void copy_inputs(const ab_entry *entry, struct arrays *target, size_t to,
                        const struct arrays *source, size_t from)
{
    for (uint32_t i = 0; i < entry->in_count; i++) {
        size_t bytes = bytes_of(&entry->in[i]);
        if (entry->in[i].is_shared)
            memcpy(target->in[i], source->in[i], shared_bytes(&entry->in[i]));
        else
            memcpy((char *)target->in[i] + to * bytes,
                   (const char *)source->in[i] + from * bytes, bytes);
    }
}

static ab_call call_of(const ab_entry *entry, const struct arrays *arrays, size_t *strides)
{
    for (uint32_t i = 0; i < entry->in_count; i++)
        strides[i] = (size_t)entry->in[i].elements;
    return (ab_call){.batch = arrays->batch, .in = (const void *const *)arrays->in,
                     .in_stride = strides, .out = arrays->out, .fault = arrays->fault,
                     .extent = extents};
}

/* ---- what does not hold ------------------------------------------------------------------------ */

static void fail(struct program *program, const char *format, ...)
{
    va_list args;
    if (program->failed++ >= 3)
        return;
    printf("FAILED %u ", program->number);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* Example `got` of `arrays` must have ended as example `want` of the base did. */
static void compare(struct program *program, const char *what, const struct arrays *arrays, size_t got,
                    size_t want)
{
    const ab_entry *entry = program->entry;
    if (arrays->fault[got] != program->base.fault[want]) {
        fail(program, "%s: example %zu has fault %" PRIu32 " instead of %" PRIu32, what, want,
             arrays->fault[got], program->base.fault[want]);
        return;
    }
    for (uint32_t i = 0; i < entry->out_count; i++) {
        size_t bytes = bytes_of(&entry->out[i]);
        if (memcmp((const char *)arrays->out[i] + got * bytes,
                   (const char *)program->base.out[i] + want * bytes, bytes) != 0)
            fail(program, "%s: example %zu differs in result `%s`", what, want, entry->out[i].path);
    }
}

static void check_untouched(struct program *program, const char *what, const struct arrays *arrays,
                            size_t example)
{
    const ab_entry *entry = program->entry;
    for (uint32_t i = 0; i < entry->out_count; i++) {
        size_t bytes = bytes_of(&entry->out[i]);
        const unsigned char *out = (const unsigned char *)arrays->out[i] + example * bytes;
        for (size_t k = 0; k < bytes; k++)
            if (out[k] != UNTOUCHED) {
                fail(program, "%s: result `%s` of example %zu was written although it did not finish",
                     what, entry->out[i].path, example);
                return;
            }
    }
}

static void check_report(struct program *program, const struct arrays *arrays, ab_status status,
                         const ab_report *report)
{
    uint64_t count = 0, index = 0;
    for (size_t i = arrays->batch; i-- > 0;)
        if (arrays->fault[i]) {
            count++;
            index = i;
        }
    if (status != (count ? AB_FAULTED : AB_OK))
        fail(program, "status is %d with %" PRIu64 " faults", (int)status, count);
    if (report->count != count)
        fail(program, "the report counts %" PRIu64 " faults of %" PRIu64, report->count, count);
    else if (count && (report->index != index || report->site != arrays->fault[index]))
        fail(program, "the report names example %" PRIu64 " instead of %" PRIu64, report->index, index);
}

/* ---- running ----------------------------------------------------------------------------------- */

/* A workspace that holds whatever memory holds. */
static void *workspace_new(const ab_entry *entry, void **block)
{
    size_t align = entry->work_align;
    *block = get_memory(entry->work_size + 2 * align);
    uintptr_t address = ((uintptr_t)*block / align + 1) * align;
    void *work = (char *)*block + (address - (uintptr_t)*block);
    for (size_t i = 0; i < entry->work_size; i++)
        ((unsigned char *)work)[i] = (unsigned char)random_below(256);
    return work;
}

/* The whole batch at once. */
static ab_status run(const ab_entry *entry, const struct arrays *arrays, ab_report *report)
{
    void *block, *work = workspace_new(entry, &block);
    size_t strides[LEAVES_MAX];
    ab_call call = call_of(entry, arrays, strides);
    ab_status status = entry->begin(arrays->batch, work, entry->work_size);
    if (status == AB_OK)
        status = entry->advance(UINT64_MAX, &call, report, work, entry->work_size);
    free(block);
    return status;
}

static void check_batch_0(struct program *program)
{
    struct arrays none = arrays_new(program->entry, 0);
    ab_report report = {1, 1, 1};
    ab_status status = run(program->entry, &none, &report);
    if (status != AB_OK || report.count != 0)
        fail(program, "batch 0 gives status %d", (int)status);
    arrays_free(program->entry, &none);
}

static void check_permuted(struct program *program)
{
    const ab_entry *entry = program->entry;
    size_t batch = program->base.batch, *order = get_memory(batch * sizeof *order);
    struct arrays other = arrays_new(entry, batch);
    shuffle(order, batch);
    for (size_t i = 0; i < batch; i++)
        copy_inputs(entry, &other, i, &program->base, order[i]);
    run(entry, &other, NULL);
    for (size_t i = 0; i < batch; i++)
        compare(program, "permuted", &other, i, order[i]);
    arrays_free(entry, &other);
    free(order);
}

static void check_split(struct program *program)
{
    const ab_entry *entry = program->entry;
    size_t batch = program->base.batch;
    for (size_t first = 0, count; first < batch; first += count) {
        count = 1 + random_below(random_below(3) ? 4 : 12);
        if (count > batch - first)
            count = batch - first;
        struct arrays part = arrays_new(entry, count);
        for (size_t i = 0; i < count; i++)
            copy_inputs(entry, &part, i, &program->base, first + i);
        run(entry, &part, NULL);
        for (size_t i = 0; i < count; i++)
            compare(program, "split", &part, i, first + i);
        arrays_free(entry, &part);
    }
}

/* A batch larger than any gang, of repeated examples: lanes are filled again and again. */
static void check_repeated(struct program *program)
{
    const ab_entry *entry = program->entry;
    size_t batch = 7 * program->base.batch;
    struct arrays many = arrays_new(entry, batch);
    for (size_t i = 0; i < batch; i++)
        copy_inputs(entry, &many, i, &program->base, i * 5 % program->base.batch);
    run(entry, &many, NULL);
    for (size_t i = 0; i < batch; i++)
        compare(program, "repeated", &many, i, i * 5 % program->base.batch);
    arrays_free(entry, &many);
}

/* One example for all, by a stride of 0. */
static void check_broadcast(struct program *program)
{
    const ab_entry *entry = program->entry;
    size_t example = random_below((uint32_t)program->base.batch);
    struct arrays one = arrays_new(entry, 1), all = arrays_new(entry, 9);
    copy_inputs(entry, &one, 0, &program->base, example);
    size_t strides[LEAVES_MAX] = {0};
    ab_call call = {.batch = 9, .in = (const void *const *)one.in, .in_stride = strides, .out = all.out,
                    .fault = all.fault, .extent = extents};
    void *block, *work = workspace_new(entry, &block);
    entry->begin(9, work, entry->work_size);
    entry->advance(UINT64_MAX, &call, NULL, work, entry->work_size);
    free(block);
    for (size_t i = 0; i < 9; i++)
        compare(program, "broadcast", &all, i, example);
    arrays_free(entry, &one);
    arrays_free(entry, &all);
}

/* Goes on at another address: by a copy of the workspace, or by a snapshot. The old one is spoilt. */
static void *move(struct program *program, void *work, void **block)
{
    const ab_entry *entry = program->entry;
    void *new_block, *new_work = workspace_new(entry, &new_block);
    if (random_below(2)) {
        memcpy(new_work, work, entry->work_size);
    } else {
        size_t size = entry->snapshot(work, NULL, 0);
        void *snapshot = get_memory(size);
        entry->snapshot(work, snapshot, size);
        ab_status status = entry->restore(snapshot, size, new_work, entry->work_size);
        if (status < 0)
            fail(program, "a snapshot was refused with status %d", (int)status);
        free(snapshot);
    }
    memset(work, 0xdb, entry->work_size);
    free(*block);
    *block = new_block;
    return new_work;
}

static void check_paused(struct program *program)
{
    const ab_entry *entry = program->entry;
    size_t batch = program->base.batch, strides[LEAVES_MAX];
    struct arrays other = arrays_new(entry, batch);
    for (size_t i = 0; i < batch; i++)
        copy_inputs(entry, &other, i, &program->base, i);
    void *block, *work = workspace_new(entry, &block);
    ab_call call = call_of(entry, &other, strides);
    ab_status status = entry->begin(batch, work, entry->work_size);
    uint32_t longest = 1u << random_below(7);
    while (status == AB_OK || status == AB_MORE) {
        status = entry->advance(1 + random_below(longest), &call, NULL, work, entry->work_size);
        if (status != AB_MORE)
            break;
        if (random_below(4) == 0)
            work = move(program, work, &block);
    }
    free(block);
    for (size_t i = 0; i < batch; i++)
        compare(program, "paused", &other, i, i);
    arrays_free(entry, &other);
}

/* One example faults; its neighbours must not see it. */
static void check_faulting(struct program *program, size_t victim)
{
    const ab_entry *entry = program->entry;
    struct arrays other = arrays_new(entry, program->base.batch);
    for (size_t i = 0; i < other.batch; i++)
        copy_inputs(entry, &other, i, &program->base, i);
    ((uint8_t *)other.in[program->trap - 1])[victim] = TRAP_FAULTS;
    run(entry, &other, NULL);
    for (size_t i = 0; i < other.batch; i++)
        if (i != victim)
            compare(program, "beside a faulting example", &other, i, i);
    uint32_t code = other.fault[victim];
    if (!code || code > entry->site_count || entry->sites[code - 1].kind != AB_FAULT_ASSERT)
        fail(program, "the example that is made to fault has fault code %" PRIu32, code);
    check_untouched(program, "made to fault", &other, victim);
    arrays_free(entry, &other);
}

/* One example never ends. With calls in its loop its visits are short, and all others must end; else
 * those that do within the allowed visits must be right. */
static void check_endless(struct program *program, size_t victim, uint8_t trap, int slices)
{
    const ab_entry *entry = program->entry;
    size_t strides[LEAVES_MAX];
    struct arrays other = arrays_new(entry, program->base.batch);
    for (size_t i = 0; i < other.batch; i++) {
        copy_inputs(entry, &other, i, &program->base, i);
        other.fault[i] = UINT32_MAX;
    }
    ((uint8_t *)other.in[program->trap - 1])[victim] = trap;
    void *block, *work = workspace_new(entry, &block);
    ab_call call = call_of(entry, &other, strides);
    ab_stats stats = {0};
    ab_status status = entry->begin(other.batch, work, entry->work_size);
    for (int slice = 0; slice < slices && status >= 0 && stats.done + 1 < other.batch; slice++) {
        status = entry->advance(50, &call, NULL, work, entry->work_size);
        entry->stats(work, &stats);
    }
    if ((trap == TRAP_CALLS && stats.done + 1 != other.batch) || status != AB_MORE)
        fail(program, "beside an endless example only %" PRIu64 " of %zu end, status %d", stats.done,
             other.batch - 1, (int)status);
    free(block);
    for (size_t i = 0; i < other.batch; i++)
        if (other.fault[i] != UINT32_MAX)
            compare(program, "beside an endless example", &other, i, i);
    if (other.fault[victim] != UINT32_MAX)
        fail(program, "the endless example ended");
    check_untouched(program, "endless", &other, victim);
    arrays_free(entry, &other);
}

static void check_all(struct program *program)
{
    ab_report report = {0};
    ab_status status = run(program->entry, &program->base, &report);
    check_report(program, &program->base, status, &report);
    for (size_t i = 0; i < program->base.batch; i++)
        if (program->base.fault[i])
            check_untouched(program, "faulted", &program->base, i);
    check_batch_0(program);
    check_permuted(program);
    check_split(program);
    check_repeated(program);
    check_broadcast(program);
    check_paused(program);
    if (program->trap) {
        size_t victim = random_below((uint32_t)program->base.batch);
        check_faulting(program, victim);
        if (program->fair && program->entry->lanes > 1) {
            check_endless(program, victim, TRAP_CALLS, 40000);
            check_endless(program, victim, TRAP_LOOPS, 40);
        }
    }
}

/* ---- files ------------------------------------------------------------------------------------- */

static void read_bytes(void *bytes, size_t count, FILE *file)
{
    if (fread(bytes, 1, count, file) != count) {
        fputs("the input file is too short\n", stderr);
        exit(3);
    }
}

static void write_outputs(const struct program *program, FILE *file)
{
    const ab_entry *entry = program->entry;
    for (size_t i = 0; i < program->base.batch; i++) {
        uint32_t place[3] = {0, 0, 0}, code = program->base.fault[i];
        if (code && code <= entry->site_count) {
            const ab_site *site = &entry->sites[code - 1];
            place[0] = site->kind;
            place[1] = site->line;
            place[2] = site->column;
        } else if (code) {
            place[0] = UINT32_MAX;
        }
        fwrite(place, sizeof place, 1, file);
    }
    for (uint32_t i = 0; i < entry->out_count; i++)
        fwrite(program->base.out[i], bytes_of(&entry->out[i]), program->base.batch, file);
    fflush(file);
}

/* Of the process's own time: other work on the machine does not count. 0: never. */
static void stop_after(int seconds)
{
    struct itimerval limit = {{0, 0}, {seconds, 0}};
    setitimer(ITIMER_PROF, &limit, NULL);
}

static void run_program(unsigned number, unsigned first, bool fair, FILE *inputs, FILE *outputs)
{
    uint32_t head[2];
    struct program program = {.number = number, .fair = fair,
                              .entry = &fuzz_units[number]->entries[0]};
    const ab_entry *entry = program.entry;
    read_bytes(head, sizeof head, inputs);
    program.trap = head[1];
    for (uint32_t i = 0; i < entry->extent_count; i++) {
        uint64_t extent;
        read_bytes(&extent, sizeof extent, inputs);
        extents[i] = (size_t)extent;
    }
    program.base = arrays_new(entry, head[0]);
    for (uint32_t i = 0; i < entry->in_count; i++)
        read_bytes(program.base.in[i], input_bytes(&entry->in[i], head[0]), inputs);
    if (number >= first) {
        printf("run %u\n", number);
        fflush(stdout);
        stop_after(SECONDS); /* an engine that does not come back is stopped */
        check_all(&program);
        stop_after(0);
        write_outputs(&program, outputs);
    }
    arrays_free(entry, &program.base);
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    FILE *inputs = fopen(argv[1], "rb"), *outputs = fopen(argv[2], "wb");
    if (!inputs || !outputs)
        return 3;
    random_state = strtoull(argv[3], NULL, 10);
    for (unsigned i = 0; i < fuzz_unit_count; i++)
        run_program(i, (unsigned)strtoul(argv[4], NULL, 10), argv[5][0] == '1', inputs, outputs);
    fclose(inputs);
    fclose(outputs);
    puts("end");
    return 0;
}
