/* C text to a loaded shared object, kept in the cache by everything it depends on. */
#include "driver/toolchain.h"

#include "driver/clock.h"
#include "driver/files.h"
#include "driver/process.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMPILE_SECONDS = 600, CACHE_OBJECTS = 1000 };

const char *cache_directory(struct command *command)
{
    const char *given = option_text(command, OPT_cache_dir, NULL);
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (given)
        return given;
    if (xdg && *xdg == '/')
        return arena_printf(command->arena, "%s/abcc", xdg);
    return home && *home == '/' ? arena_printf(command->arena, "%s/.cache/abcc", home) : NULL;
}

/* ---- the key --------------------------------------------------------------------------------- */

struct hash {
    uint64_t a, b;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

/* Two different sums of the same bytes: 128 bits against chance, not against malice. */
static void hash_bytes(struct hash *hash, const char *bytes, size_t len)
{
    for (size_t i = 0; i <= len; i++) { /* the end of each part counts too */
        uint64_t byte = i < len ? (unsigned char)bytes[i] : 256;
        hash->a = (hash->a ^ byte) * UINT64_C(0x100000001b3);
        hash->b = mix(hash->b + byte + 1);
    }
}

static void hash_text(struct hash *hash, const char *text)
{
    hash_bytes(hash, text, strlen(text));
}

static const char *object_key(struct command *command, const struct toolchain *toolchain,
                              const struct text *c_text)
{
    struct hash hash = {UINT64_C(0xcbf29ce484222325), 1};
    struct stat info;
    hash_text(&hash, ABCC_VERSION);
    hash_text(&hash, toolchain->path);
    if (!stat(toolchain->path, &info)) /* a compiler that was updated is another one */
        hash_text(&hash, arena_printf(command->arena, "%lld %lld", (long long)info.st_size,
                                      (long long)info.st_mtime));
    for (uint32_t i = 0; i < toolchain->words.len; i++)
        hash_text(&hash, toolchain->words.at[i]);
    for (uint32_t i = 0; i < toolchain->flags.len; i++)
        hash_text(&hash, toolchain->flags.at[i]);
    hash_text(&hash, toolchain_cpu(command->arena));
    hash_bytes(&hash, c_text->chars, c_text->len);
    return arena_printf(command->arena, "%016" PRIx64 "%016" PRIx64, hash.a, hash.b);
}

/* ---- room in the cache ----------------------------------------------------------------------- */

struct kept_object {
    char name[40];
    time_t used;
};

static int older_first(const void *a, const void *b)
{
    const struct kept_object *first = a, *second = b;
    return (first->used > second->used) - (first->used < second->used);
}

static bool is_object_file(const char *file)
{
    return strlen(file) == 35 && !strcmp(file + 32, ".so")
           && strspn(file, "0123456789abcdef") == 32;
}

/* Removes the half that was not used for longest when there are too many. */
static void make_room(struct command *command, const char *directory)
{
    VEC(struct kept_object) kept = {0};
    DIR *listing = opendir(directory);
    if (!listing)
        return;
    for (struct dirent *entry; (entry = readdir(listing));) {
        struct stat info;
        struct kept_object object;
        if (!is_object_file(entry->d_name)
            || stat(arena_printf(command->arena, "%s/%s", directory, entry->d_name), &info))
            continue;
        memcpy(object.name, entry->d_name, 36);
        object.used = info.st_mtime;
        vec_push(command->arena, &kept, object);
    }
    closedir(listing);
    if (kept.len <= CACHE_OBJECTS)
        return;
    qsort(kept.at, kept.len, sizeof *kept.at, older_first);
    for (uint32_t i = 0; i < kept.len / 2; i++)
        unlink(arena_printf(command->arena, "%s/%s", directory, kept.at[i].name));
}

/* ---- compiling ------------------------------------------------------------------------------- */

static void show_command(const char *const *words)
{
    for (; *words; words++)
        fprintf(stderr, "%s%s", *words, words[1] ? " " : "\n");
}

static int compiler_failed(struct command *command, const struct toolchain *toolchain,
                           const char *c_path, const struct process_result *result)
{
    const char *compiler = toolchain->words.at[0];
    struct loc nowhere = {0};
    if (*interrupt_flag())
        return EXIT_INTERRUPTED;
    if (!result->started)
        diag_report(&command->diags, AB0641, nowhere, "%s could not be started: %s", compiler,
                    strerror(result->error));
    else if (result->out_of_time)
        diag_report(&command->diags, AB0641, nowhere, "%s was stopped after %d s", compiler,
                    COMPILE_SECONDS);
    else if (result->signal)
        diag_report(&command->diags, AB0641, nowhere, "%s was ended by signal %d", compiler,
                    result->signal);
    else
        diag_report(&command->diags, AB0641, nowhere, "%s failed with exit code %d", compiler,
                    result->exit_code);
    command_flush(command);
    if (result->err.len)
        fwrite(result->err.chars, 1, result->err.len, stderr);
    if (command_verbose(command))
        fprintf(stderr, "the C text is in %s\n", c_path);
    return EXIT_COMPILER;
}

static int compile(struct command *command, const struct toolchain *toolchain, const char *c_path,
                   const char *so_path)
{
    VEC(const char *) words = {0};
    for (uint32_t i = 0; i < toolchain->words.len; i++)
        vec_push(command->arena, &words, toolchain->words.at[i]);
    for (uint32_t i = 0; i < toolchain->flags.len; i++)
        vec_push(command->arena, &words, toolchain->flags.at[i]);
    const char *const tail[] = {"-o", so_path, c_path, "-lm", NULL};
    for (int i = 0; i < 5; i++)
        vec_push(command->arena, &words, tail[i]);
    if (command_verbose(command))
        show_command(words.at);
    struct process_result result;
    process_run(words.at, COMPILE_SECONDS, &result);
    int code = result.exit_code == 0 ? EXIT_FINE
                                     : compiler_failed(command, toolchain, c_path, &result);
    process_result_free(&result);
    return code;
}

/* A directory of our own for objects that cannot be kept. */
static const char *private_directory(struct command *command)
{
    const char *temporary = getenv("TMPDIR");
    char *path = arena_printf(command->arena, "%s/abcc-XXXXXX",
                              temporary && *temporary ? temporary : "/tmp");
    if (mkdtemp(path))
        return path;
    diag_report(&command->diags, AB0611, (struct loc){0}, "cannot make the directory %s: %s", path,
                strerror(errno));
    return NULL;
}

/* Each path has a '/': without one dlopen would look elsewhere. */
static int load(struct command *command, const char *path, struct object *object)
{
    object->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object->handle)
        return EXIT_FINE;
    diag_report(&command->diags, AB0642, (struct loc){0},
                "the compiled object cannot be loaded: %s", dlerror());
    return EXIT_COMPILER;
}

/* False if it is not there, or damaged: then it is made anew. */
static bool load_cached(const char *path, struct object *object)
{
    if (access(path, R_OK))
        return false;
    object->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object->handle)
        utimensat(AT_FDCWD, path, NULL, 0); /* used now: make_room keeps it */
    return object->handle != NULL;
}

/* Compiles within `directory` and puts the object at `so_path`. */
static int compile_into(struct command *command, const struct toolchain *toolchain,
                        const struct text *c_text, const char *directory, const char *key,
                        const char *so_path)
{
    const char *stem = arena_printf(command->arena, "%s/%s.%ld", directory, key, (long)getpid());
    const char *c_path = arena_printf(command->arena, "%s.c", stem);
    const char *new_path = arena_printf(command->arena, "%s.so", stem);
    if (!file_write(command, c_path, c_text))
        return EXIT_FILE;
    int code = compile(command, toolchain, c_path, new_path);
    if (!code && rename(new_path, so_path)) {
        diag_report(&command->diags, AB0611, (struct loc){0}, "cannot write %s: %s", so_path,
                    strerror(errno));
        code = EXIT_FILE;
    }
    if (code)
        unlink(new_path);
    if (code != EXIT_COMPILER || !command_verbose(command))
        unlink(c_path);
    return code;
}

static int make_private(struct command *command, const struct toolchain *toolchain,
                        const struct text *c_text, const char *key, struct object *object)
{
    const char *directory = private_directory(command);
    if (!directory)
        return EXIT_FILE;
    const char *path = arena_printf(command->arena, "%s/%s.so", directory, key);
    int code = compile_into(command, toolchain, c_text, directory, key, path);
    if (!code)
        code = load(command, path, object);
    unlink(path);
    rmdir(directory);
    return code;
}

int object_make(struct command *command, const struct toolchain *toolchain,
                const struct text *c_text, struct object *object)
{
    double start = clock_seconds();
    *object = (struct object){NULL, 0, false};
    const char *directory = cache_directory(command);
    const char *key = object_key(command, toolchain, c_text);
    if (!directory || !make_directories(directory) || access(directory, W_OK)) {
        int code = make_private(command, toolchain, c_text, key, object);
        object->compile_seconds = clock_seconds() - start;
        return code;
    }
    const char *path = arena_printf(command->arena, "%s/%s.so", directory, key);
    object->cached = load_cached(path, object);
    int code = EXIT_FINE;
    if (!object->cached) {
        code = compile_into(command, toolchain, c_text, directory, key, path);
        make_room(command, directory);
        if (!code)
            code = load(command, path, object);
    }
    object->compile_seconds = clock_seconds() - start;
    return code;
}

void object_free(struct object *object)
{
    if (object->handle)
        dlclose(object->handle);
    object->handle = NULL;
}
