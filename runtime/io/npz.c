#include "io/npz.h"

#include <stdlib.h>
#include <string.h>

int npz_add(struct zip_writer *writer, const char *name, struct npy_type type, uint32_t rank,
            const uint64_t *extent, const void *data)
{
    uint8_t head[NPY_HEAD_SIZE];
    uint64_t bytes = type.bytes;
    for (uint32_t i = 0; i < rank; i++)
        bytes *= extent[i];
    struct zip_part parts[] = {{head, npy_head(type, rank, extent, head)}, {data, bytes}};
    char *member = malloc(strlen(name) + sizeof ".npy");
    if (!member)
        return -1;
    strcpy(member, name);
    strcat(member, ".npy");
    int status = zip_add(writer, member, parts, 2);
    free(member);
    return status;
}

static size_t length_without_npy(const struct zip_member *member)
{
    size_t len = member->name_len;
    return len > 4 && !memcmp(member->name + len - 4, ".npy", 4) ? len - 4 : len;
}

static bool is_named(const struct zip_member *member, const char *name)
{
    size_t len = strlen(name);
    return (member->name_len == len || length_without_npy(member) == len)
           && !memcmp(member->name, name, len);
}

/* "it has no array `x`; its arrays are: a, b" */
static void say_missing(const struct zip_archive *archive, const char *name, char *why)
{
    size_t len = (size_t)snprintf(why, NPY_WHY_SIZE, "it has no array `%.60s`", name);
    struct zip_member member;
    const char *before = "; its arrays are: ";
    for (size_t at = 0; zip_next(archive, &at, &member, NULL) && len < NPY_WHY_SIZE; before = ", ")
        len += (size_t)snprintf(why + len, NPY_WHY_SIZE - len, "%s%.*s", before,
                                (int)length_without_npy(&member), member.name);
    if (len >= NPY_WHY_SIZE)
        memcpy(why + NPY_WHY_SIZE - 4, "...", 4);
}

int npz_parse(const void *bytes, size_t len, const char *name, struct npy_array *array,
              char why[NPY_WHY_SIZE])
{
    struct zip_archive archive;
    struct zip_member member;
    struct zip_content content;
    const char *wrong = NULL;
    *array = (struct npy_array){{0}, 0, {0}, 0, NULL};
    bool found = false;
    if (zip_open(bytes, len, &archive, &wrong))
        for (size_t at = 0; !found && zip_next(&archive, &at, &member, &wrong);)
            found = is_named(&member, name);
    if (!found && !wrong)
        say_missing(&archive, name, why);
    if (!found || !zip_content(&archive, &member, &content, &wrong)) {
        if (wrong)
            snprintf(why, NPY_WHY_SIZE, "%s", wrong);
        return -1;
    }
    int status = npy_parse(content.bytes, content.len, array, why);
    zip_content_free(&content);
    return status;
}
