/* Files that are written whole or not at all. */
#ifndef ABCC_DRIVER_FILES_H
#define ABCC_DRIVER_FILES_H

#include "driver/command.h"

#include <signal.h>

/* A file under way: written beside its place and renamed when complete. Signals that would end the
 * process wait from open to close. */
struct out_file {
    const char *path;
    char *target, *temporary; /* NULL, NULL: written directly (standard output, a device) */
    FILE *stream;
    sigset_t signals;
};

/* Mistakes are reported (AB0611). After a false nothing is left behind. */
bool out_open(struct command *command, const char *path, struct out_file *out);
bool out_close(struct command *command, struct out_file *out);
void out_abandon(struct out_file *out);

/* Writes a text, "-" to standard output. A file that has this content already is left alone. */
bool file_write(struct command *command, const char *path, const struct text *text);

struct file_bytes {
    char *chars; /* malloc'ed, ends in NUL */
    size_t len;
};
/* The whole content of a file, false with AB0610. */
bool file_read(struct command *command, const char *path, struct loc named,
               struct file_bytes *bytes);
/* A device, a pipe: written as it stands. */
bool file_is_special(const char *path);
/* False with errno. */
bool directory_is_there(const char *path);
/* Makes a directory and those above it. False with errno. */
bool make_directories(const char *path);
bool file_ends_with(const char *path, const char *ending);

#endif
