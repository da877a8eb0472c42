#define _XOPEN_SOURCE 700 /* realpath */
#include "driver/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool cannot_write(struct command *command, const char *path)
{
    int error = errno;
    diag_report(&command->diags, AB0611, (struct loc){0}, "cannot write %s: %s", path,
                strerror(error ? error : EIO));
    return false;
}

static void hold_signals(struct out_file *out)
{
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    sigprocmask(SIG_BLOCK, &ending, &out->signals);
}

static void release(struct out_file *out)
{
    free(out->target);
    free(out->temporary);
    *out = (struct out_file){.path = out->path, .signals = out->signals};
    sigprocmask(SIG_SETMASK, &out->signals, NULL);
}

/* Gives the new file the rights that open() would give it, or those of the file it replaces. */
static void set_mode(int descriptor, const char *target)
{
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = !stat(target, &info) ? info.st_mode & 07777 : 0666 & ~mask;
    if (fchmod(descriptor, mode)) {
        /* the file keeps the rights of a temporary one: readable by its owner */
    }
}

static bool open_temporary(struct out_file *out)
{
    char *real = realpath(out->path, NULL); /* a link is followed, not replaced */
    out->target = real ? real : strdup(out->path);
    size_t size = out->target ? strlen(out->target) + 16 : 0;
    out->temporary = size ? malloc(size) : NULL;
    if (!out->temporary)
        return false;
    snprintf(out->temporary, size, "%s.tmp-XXXXXX", out->target);
    int descriptor = mkstemp(out->temporary);
    if (descriptor < 0)
        return false;
    set_mode(descriptor, out->target);
    out->stream = fdopen(descriptor, "wb");
    if (out->stream)
        return true;
    close(descriptor);
    unlink(out->temporary);
    return false;
}

bool file_is_special(const char *path)
{
    struct stat info;
    return !stat(path, &info) && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

bool out_open(struct command *command, const char *path, struct out_file *out)
{
    *out = (struct out_file){.path = path};
    hold_signals(out);
    bool special = file_is_special(path);
    errno = 0;
    if (!strcmp(path, "-"))
        out->stream = stdout;
    else if (special)
        out->stream = fopen(path, "wb");
    else
        open_temporary(out);
    if (out->stream)
        return true;
    cannot_write(command, path);
    release(out);
    return false;
}

bool out_close(struct command *command, struct out_file *out)
{
    errno = 0;
    bool fine = !fflush(out->stream) && !ferror(out->stream);
    int error = errno;
    if (out->stream != stdout && fclose(out->stream) && fine) {
        fine = false;
        error = errno;
    }
    if (fine && out->temporary && rename(out->temporary, out->target)) {
        fine = false;
        error = errno;
    }
    if (!fine) {
        if (out->temporary)
            unlink(out->temporary);
        errno = error;
        cannot_write(command, out->path);
    }
    release(out);
    return fine;
}

void out_abandon(struct out_file *out)
{
    if (out->stream != stdout)
        fclose(out->stream);
    if (out->temporary)
        unlink(out->temporary);
    release(out);
}

static bool has_content(const char *path, const struct text *text)
{
    struct stat info;
    if (stat(path, &info) || !S_ISREG(info.st_mode) || (uint64_t)info.st_size != text->len)
        return false;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    char buffer[65536];
    size_t at = 0, got;
    while ((got = fread(buffer, 1, sizeof buffer, stream)) > 0) {
        if (got > text->len - at || memcmp(buffer, text->chars + at, got))
            break;
        at += got;
    }
    bool same = got == 0 && !ferror(stream) && at == text->len;
    fclose(stream);
    return same;
}

bool file_write(struct command *command, const char *path, const struct text *text)
{
    struct out_file out;
    if (strcmp(path, "-") != 0 && has_content(path, text))
        return true;
    if (!out_open(command, path, &out))
        return false;
    errno = 0;
    if (text->len && fwrite(text->chars, 1, text->len, out.stream) != text->len) {
        cannot_write(command, path);
        out_abandon(&out);
        return false;
    }
    return out_close(command, &out);
}

static bool read_stream(FILE *stream, struct file_bytes *bytes)
{
    size_t cap = 1 << 16, got;
    bytes->chars = malloc(cap);
    while (bytes->chars
           && (got = fread(bytes->chars + bytes->len, 1, cap - bytes->len - 1, stream)) > 0) {
        bytes->len += got;
        if (bytes->len + 1 < cap)
            continue;
        char *more = realloc(bytes->chars, cap *= 2);
        if (!more) {
            free(bytes->chars);
            errno = ENOMEM;
        }
        bytes->chars = more;
    }
    if (!bytes->chars)
        return false;
    bytes->chars[bytes->len] = '\0';
    return !ferror(stream);
}

bool file_read(struct command *command, const char *path, struct loc named,
               struct file_bytes *bytes)
{
    *bytes = (struct file_bytes){NULL, 0};
    errno = 0;
    FILE *stream = fopen(path, "rb");
    bool fine = stream && read_stream(stream, bytes);
    if (!fine)
        diag_report(&command->diags, AB0610, named, "cannot read %s: %s", path,
                    strerror(errno ? errno : EIO));
    if (stream)
        fclose(stream);
    if (fine)
        return true;
    free(bytes->chars);
    bytes->chars = NULL;
    return false;
}

bool directory_is_there(const char *path)
{
    struct stat info;
    if (stat(path, &info))
        return false;
    errno = S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
    return S_ISDIR(info.st_mode);
}

bool make_directories(const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return false;
    bool fine = true;
    for (char *at = copy + 1; fine && *copy; at++) {
        if (*at != '/' && *at)
            continue;
        char kept = *at;
        *at = '\0';
        fine = !mkdir(copy, 0777) || errno == EEXIST;
        *at = kept;
        if (!kept)
            break;
    }
    fine = fine && directory_is_there(path);
    int error = errno;
    free(copy);
    errno = error;
    return fine;
}

bool file_ends_with(const char *path, const char *ending)
{
    size_t len = strlen(path), size = strlen(ending);
    return len >= size && !strcmp(path + len - size, ending);
}
