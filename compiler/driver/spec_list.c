#include "driver/spec_list.h"

#include <string.h>

enum { DEEPEST = SHAPE_MAX_RANK + 1 };

/* Reads left to right, twice: first the extents, then the values. */
struct list_reader {
    const struct reading *reading;
    struct word word;
    size_t at;
    bool store;
    uint64_t extent[DEEPEST];
    bool known[DEEPEST];
    uint32_t depth;      /* of lists that are open */
    uint32_t values_at;  /* how deep numbers stand, UINT32_MAX as long as there was none */
    uint32_t deepest;
    uint64_t index;      /* of the next value */
};

static struct loc loc_at(const struct list_reader *reader, size_t begin, size_t end)
{
    const struct loc whole = reader->word.loc;
    return (struct loc){whole.file, whole.begin + (uint32_t)begin, whole.begin + (uint32_t)end};
}

static bool fail_at(const struct list_reader *reader, size_t begin, const char *why)
{
    size_t end = begin + (reader->word.text[begin] != '\0');
    return spec_fail(reader->reading, loc_at(reader, begin, end), why);
}

static char next_char(struct list_reader *reader)
{
    reader->at += strspn(reader->word.text + reader->at, " \t\n");
    return reader->word.text[reader->at];
}

static bool read_item(struct list_reader *reader)
{
    size_t begin = reader->at, end = begin + strcspn(reader->word.text + begin, ",[]");
    struct word item = spec_slice(reader->reading->command->arena, reader->word, begin, end);
    reader->at = end;
    if (reader->values_at != UINT32_MAX && reader->values_at != reader->depth)
        return fail_at(reader, begin, "there is a number beside a list");
    reader->values_at = reader->depth;
    return !reader->store || spec_read_value(reader->reading, item, reader->index++);
}

static bool close_list(struct list_reader *reader, size_t begin, uint64_t count)
{
    uint32_t axis = reader->depth - 1;
    reader->at++;
    reader->depth--;
    if (reader->known[axis] && reader->extent[axis] != count) {
        const char *why = arena_printf(reader->reading->command->arena,
                                       "a list of %llu beside a list of %llu",
                                       (unsigned long long)count,
                                       (unsigned long long)reader->extent[axis]);
        return spec_fail(reader->reading, loc_at(reader, begin, reader->at), why);
    }
    reader->known[axis] = true;
    reader->extent[axis] = count;
    return true;
}

static bool read_list(struct list_reader *reader)
{
    size_t begin = reader->at++;
    uint64_t count = 0;
    if (reader->depth == DEEPEST)
        return fail_at(reader, begin, "lists are at most nine deep: a batch of tensors of rank 8");
    if (reader->values_at != UINT32_MAX && reader->depth >= reader->values_at)
        return fail_at(reader, begin, "there is a list beside a number");
    reader->depth++;
    if (reader->depth > reader->deepest)
        reader->deepest = reader->depth;
    for (;;) {
        char c = next_char(reader);
        if (c == ']')
            return close_list(reader, begin, count);
        if (c == '\0')
            return fail_at(reader, reader->at, "a list ends in `]`");
        if (c == ',')
            return fail_at(reader, reader->at, "there is no value here");
        if (!(c == '[' ? read_list(reader) : read_item(reader)))
            return false;
        count++;
        c = next_char(reader);
        if (c == ',')
            reader->at++; /* one may follow the last item */
        else if (c != ']' && c != '\0')
            return fail_at(reader, reader->at, "a `,` or `]` is expected here");
    }
}

static bool read_whole(struct list_reader *reader)
{
    reader->at = 0;
    reader->values_at = UINT32_MAX;
    if (!read_list(reader))
        return false;
    if (next_char(reader))
        return fail_at(reader, reader->at, "the list ended before this");
    return reader->values_at == UINT32_MAX || reader->values_at == reader->deepest
           || fail_at(reader, 0, "there is a number beside a list");
}

/* `[]` is an empty batch of anything, and a shared array without rows. Its rank. */
static uint32_t complete_empty(struct list_reader *reader)
{
    const struct spec_target *target = reader->reading->target;
    const struct shape *shape = &target->type.shape;
    uint32_t batch = target->is_shared ? 0 : 1, rank = 1;
    if (!target->is_shared && shape->rank == 1 && shape->dim[0] == 0)
        return 1; /* one example of no numbers */
    for (; rank < shape->rank + batch && shape->dim[rank - batch] >= 0; rank++)
        reader->extent[rank] = (uint64_t)shape->dim[rank - batch];
    return rank;
}

bool spec_read_list(const struct reading *reading, struct word word)
{
    struct list_reader *reader = ARENA_NEW(reading->command->arena, struct list_reader);
    reader->reading = reading;
    reader->word = word;
    if (!read_whole(reader))
        return false;
    uint32_t rank = reader->deepest;
    if (rank == 1 && !reader->extent[0])
        rank = complete_empty(reader);
    if (!spec_fit(reading, word.loc, "this list", rank, reader->extent)
        || !spec_allocate(reading, word.loc))
        return false;
    reader->store = true;
    return read_whole(reader);
}
