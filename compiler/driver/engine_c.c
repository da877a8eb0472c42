#include "driver/engine.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---------------------------------------------------------------------------------- */

/* The C text with the header that it includes in the place of the include line: one text, which is
 * compiled and names the object. */
static bool emit_whole(struct command *command, const struct ir_prog *prog,
                       const struct emission *emission, struct text *whole)
{
    struct text c_text = {0}, h_text = {0};
    const char *include = arena_printf(command->arena, "#include \"%s.h\"\n",
                                       emission->emit.unit_name);
    bool fine = emission_make(command, prog, emission, &c_text, &h_text);
    const char *at = fine && c_text.chars ? strstr(c_text.chars, include) : NULL;
    if (at) {
        text_put_n(whole, c_text.chars, (size_t)(at - c_text.chars));
        text_put_n(whole, h_text.chars, h_text.len);
        text_put(whole, at + strlen(include));
    } else if (fine) {
        text_put(whole, c_text.chars);
    }
    text_free(&c_text);
    text_free(&h_text);
    return fine;
}

int compiled_make(struct command *command, const struct toolchain *toolchain,
                  const struct ir_prog *prog, const struct emission *asked,
                  struct compiled *compiled)
{
    /* An export may be called like any function of the headers that `show` needs. */
    struct emission ours = *asked, *emission = &ours;
    ours.emit.prefix = "run_";
    struct text whole = {0};
    double start = clock_seconds();
    *compiled = (struct compiled){.prog = prog};
    if (!emit_whole(command, prog, emission, &whole)) {
        text_free(&whole);
        return EXIT_BUG;
    }
    compiled->generate_seconds = clock_seconds() - start;
    int code = object_make(command, toolchain, &whole, &compiled->object);
    text_free(&whole);
    if (code)
        return code;
    compiled->unit = dlsym(compiled->object.handle, unit_symbol(command->arena, &emission->emit));
    if (!compiled->unit || compiled->unit->version != AB_UNIT_VERSION
        || compiled->unit->count != prog->entries.len)
        return command_bug(command, "the compiled object does not have the entries it should have");
    compiled->symbols = ARENA_ARRAY(command->arena, const char *, prog->entries.len + 1);
    for (uint32_t i = 0; i < prog->entries.len; i++)
        compiled->symbols[i] = entry_symbol(command->arena, prog, &emission->emit, i);
    return EXIT_FINE;
}

void compiled_free(struct compiled *compiled)
{
    object_free(&compiled->object);
}

/* ---- running --------------------------------------------------------------------------------- */

/* So many visits that control comes back about every 50 ms. */
static uint64_t next_slice(uint64_t visits, double seconds)
{
    if (seconds < 0.02 && visits < UINT64_C(1) << 40)
        return visits * 2;
    return seconds > 0.1 && visits > 1 ? visits / 2 : visits;
}

static double occupancy_of(const ab_stats *stats)
{
    return stats->visits ? (double)stats->lane_visits / ((double)stats->visits * stats->lanes) : 0;
}

static ab_status advance(const ab_entry *entry, const ab_call *call, void *work,
                         struct progress *progress, bool *interrupted)
{
    ab_status status = entry->begin(call->batch, work, entry->work_size);
    uint64_t visits = 64;
    for (bool more = status == AB_OK; more && !*interrupted;) {
        double start = clock_seconds();
        ab_stats stats;
        status = entry->advance(visits, call, NULL, work, entry->work_size);
        more = status == AB_MORE;
        visits = next_slice(visits, clock_seconds() - start);
        entry->stats(work, &stats);
        progress_show(progress, stats.done, stats.visits, occupancy_of(&stats));
        *interrupted = more && *interrupt_flag();
    }
    return status;
}

static void read_profile(struct command *command, const struct compiled *compiled, uint32_t index,
                         const void *work, struct engine_stats *stats)
{
    const char *symbol = arena_printf(command->arena, "%s_profile", compiled->symbols[index]);
    const ab_profile *profile = dlsym(compiled->object.handle, symbol);
    if (!profile)
        return;
    for (uint32_t i = 0; i < profile->count; i++) {
        ab_count counts;
        memcpy(&counts, (const char *)work + profile->offset + i * sizeof counts, sizeof counts);
        struct engine_point point = {arena_strdup(command->arena, profile->points[i].name),
                                     profile->points[i].line, counts.visits[0], counts.visits[1]};
        vec_push(command->arena, &stats->points, point);
    }
}

int compiled_batch(struct command *command, const struct compiled *compiled, uint32_t index,
                   const ab_call *call, struct progress *progress, struct engine_stats *stats)
{
    const ab_entry *entry = &compiled->unit->entries[index];
    size_t align = entry->work_align > sizeof(void *) ? entry->work_align : sizeof(void *);
    void *work = NULL;
    if (posix_memalign(&work, align, entry->work_size ? entry->work_size : 1))
        return command_bug(command, "there is no memory for a workspace of %zu bytes",
                           entry->work_size);
    bool interrupted = false;
    double start = clock_seconds();
    ab_status status = advance(entry, call, work, progress, &interrupted);
    *stats = (struct engine_stats){.work_bytes = entry->work_size, .lanes = entry->lanes,
                                   .generate_seconds = compiled->generate_seconds,
                                   .compile_seconds = compiled->object.compile_seconds,
                                   .cached = compiled->object.cached,
                                   .run_seconds = clock_seconds() - start};
    ab_stats counts;
    if (status >= 0) {
        entry->stats(work, &counts);
        stats->visits = counts.visits;
        stats->lane_visits = counts.lane_visits;
        read_profile(command, compiled, index, work, stats);
    }
    free(work);
    for (size_t i = 0; i < call->batch && status >= 0 && !interrupted; i++)
        if (call->fault[i] == NOT_FINISHED)
            return command_bug(command, "example %zu was never finished", i);
    if (status < 0)
        return command_bug(command, "the compiled program refused its arguments (%d)", (int)status);
    return interrupted ? EXIT_INTERRUPTED : EXIT_FINE;
}
