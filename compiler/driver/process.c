#include "driver/process.h"

#include "driver/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { LOOK_UP_MS = 200 }; /* how often time and interrupts are looked at */

static int spawn(const char *const *words, const int out[2], const int err[2], pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error)
        return error;
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    posix_spawn_file_actions_addclose(&actions, err[0]);
    posix_spawn_file_actions_addclose(&actions, out[1]);
    posix_spawn_file_actions_addclose(&actions, err[1]);
    /* posix_spawn leaves the words alone; its prototype is older than const. */
    error = posix_spawnp(child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Moves what a pipe has into a text; false at its end. */
static bool drain(int pipe_end, struct text *into)
{
    char buffer[4096];
    ssize_t got = read(pipe_end, buffer, sizeof buffer);
    if (got > 0)
        text_put_n(into, buffer, (size_t)got);
    return got > 0 || (got < 0 && errno == EINTR);
}

/* Reads both pipes until the program has closed them. False if the time was used up, or somebody
 * pressed Ctrl-C. */
static bool collect(int out, int err, unsigned seconds, struct process_result *result)
{
    struct pollfd pipes[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
    struct text *into[2] = {&result->out, &result->err};
    double end = clock_seconds() + seconds;
    while (pipes[0].fd >= 0 || pipes[1].fd >= 0) {
        if ((seconds && clock_seconds() >= end) || *interrupt_flag())
            return false;
        if (poll(pipes, 2, LOOK_UP_MS) <= 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (pipes[i].fd >= 0 && pipes[i].revents && !drain(pipes[i].fd, into[i]))
                pipes[i].fd = -1;
    }
    return true;
}

static bool open_pipes(int out[2], int err[2])
{
    if (pipe(out))
        return false;
    if (!pipe(err))
        return true;
    close(out[0]);
    close(out[1]);
    return false;
}

void process_run(const char *const *words, unsigned seconds, struct process_result *result)
{
    int out[2], err[2], status = 0;
    pid_t child = 0;
    *result = (struct process_result){.exit_code = -1};
    if (!open_pipes(out, err)) {
        result->error = errno;
        return;
    }
    result->error = spawn(words, out, err, &child);
    result->started = !result->error;
    close(out[1]);
    close(err[1]);
    if (result->started) {
        result->out_of_time = !collect(out[0], err[0], seconds, result);
        if (result->out_of_time)
            kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
        result->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        result->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }
    close(out[0]);
    close(err[0]);
}

void process_result_free(struct process_result *result)
{
    text_free(&result->out);
    text_free(&result->err);
}

char *process_find(const char *program)
{
    if (strchr(program, '/'))
        return access(program, X_OK) ? NULL : strdup(program);
    const char *path = getenv("PATH");
    for (path = path ? path : "/usr/bin:/bin"; ; path++) {
        size_t len = strcspn(path, ":"), size = len + strlen(program) + 3;
        char *candidate = malloc(size);
        if (!candidate)
            return NULL;
        snprintf(candidate, size, "%.*s/%s", len ? (int)len : 1, len ? path : ".", program);
        if (!access(candidate, X_OK))
            return candidate;
        free(candidate);
        path += len;
        if (!*path)
            return NULL;
    }
}
