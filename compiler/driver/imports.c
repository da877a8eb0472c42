#include "driver/imports.h"

#include "driver/files.h"
#include "grammar/syntax.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file once read. Two paths may lead to it: it is known by device and number. */
struct loaded {
    dev_t device;
    ino_t number;
    const char *path;
    struct ast_file *ast;
    bool is_open; /* its imports are being read */
};

struct loader {
    struct command *command;
    const struct sema_options *options;
    VEC(struct loaded *) files;
};

static const char *folder_of(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? arena_strndup(arena, path, (size_t)(slash + 1 - path)) : "";
}

static const char *join(struct arena *arena, const char *folder, const char *path)
{
    size_t len = strlen(folder);
    const char *slash = len && folder[len - 1] != '/' ? "/" : "";
    return path[0] == '/' ? path : arena_printf(arena, "%s%s%s", folder, slash, path);
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Where a file may be: beside the importing one, then in the folders of -I. */
struct folders {
    VEC(const char *) list;
};

static struct folders folders_of(struct loader *loader, const char *importer)
{
    struct arena *arena = loader->command->arena;
    struct folders folders = {0};
    const char *beside = folder_of(arena, importer);
    vec_push(arena, &folders.list, beside);
    for (uint32_t i = 0; i < loader->options->import_dirs.len; i++)
        vec_push(arena, &folders.list, loader->options->import_dirs.at[i]);
    return folders;
}

static int is_source(const struct dirent *entry)
{
    return file_ends_with(entry->d_name, ".ab");
}

static const char *stem_of(struct arena *arena, const char *file)
{
    size_t len = strlen(file);
    return arena_strndup(arena, file, file_ends_with(file, ".ab") ? len - 3 : len);
}

/* The stem of a file of the folder whose name is a slip away. */
static const char *similar_file(struct arena *arena, const char *folder, const char *wanted)
{
    struct dirent **entries;
    int count = scandir(*folder ? folder : ".", &entries, is_source, alphasort);
    if (count < 0)
        return NULL;
    const char **names = ARENA_ARRAY(arena, const char *, (uint32_t)count);
    for (int i = 0; i < count; i++) {
        names[i] = stem_of(arena, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return nearest_word(stem_of(arena, wanted), names, (uint32_t)count);
}

static void report_missing(struct loader *loader, const struct ast_decl *decl, const char *wanted,
                           const struct folders *folders)
{
    struct command *command = loader->command;
    struct diag *diag =
        diag_report(&command->diags, AB0221, decl->loc, "there is no file `%s` to import", wanted);
    if (!strcmp(wanted, "numpy.ab") || !strcmp(wanted, "math.ab")) {
        diag_help(&command->diags, diag, "the functions of NumPy need no import");
        return;
    }
    for (uint32_t i = 0; i < folders->list.len; i++) {
        const char *path = join(command->arena, folders->list.at[i], wanted);
        const char *folder = folder_of(command->arena, path);
        const char *near = similar_file(command->arena, folder, path + strlen(folder));
        if (near) {
            diag_help(&command->diags, diag, "did you mean `%s.ab`?", near);
            return;
        }
    }
    diag_help(&command->diags, diag,
              "it is looked for beside the file that imports it, then in the folders given by -I");
}

static struct loaded *loaded_file(const struct loader *loader, const struct stat *status)
{
    for (uint32_t i = 0; i < loader->files.len; i++) {
        struct loaded *loaded = loader->files.at[i];
        if (loaded->device == status->st_dev && loaded->number == status->st_ino)
            return loaded;
    }
    return NULL;
}

static struct loaded *add_file(struct loader *loader, const char *path, const struct stat *status,
                               struct ast_file *ast)
{
    struct arena *arena = loader->command->arena;
    struct loaded *loaded = ARENA_NEW(arena, struct loaded);
    *loaded = (struct loaded){status->st_dev, status->st_ino, path, ast, false};
    vec_push(arena, &loader->files, loaded);
    return loaded;
}

/* ---- reading --------------------------------------------------------------------------------- */

static struct loaded *read_module(struct loader *loader, const struct ast_decl *decl,
                                  const char *path, const struct stat *status)
{
    struct command *command = loader->command;
    const char *why = "";
    uint32_t file = S_ISDIR(status->st_mode) ? 0 : sources_read(&command->sources, path, &why);
    if (!file) {
        diag_report(&command->diags, AB0221, decl->loc, "cannot read %s: %s", path,
                    S_ISDIR(status->st_mode) ? "it is a folder" : why);
        return NULL;
    }
    struct ast_file *ast = parse_file(command->arena, command->names, &command->diags, file);
    return add_file(loader, path, status, ast);
}

static struct loaded *find_import(struct loader *loader, const struct ast_decl *decl,
                                  const char *importer)
{
    struct arena *arena = loader->command->arena;
    const char *wanted = decl->path ? decl->path : arena_printf(arena, "%s.ab", decl->name);
    struct folders folders = folders_of(loader, importer);
    for (uint32_t i = 0; i < folders.list.len; i++) {
        const char *path = join(arena, folders.list.at[i], wanted);
        struct stat status;
        if (stat(path, &status) != 0)
            continue;
        struct loaded *loaded = loaded_file(loader, &status);
        return loaded ? loaded : read_module(loader, decl, path, &status);
    }
    report_missing(loader, decl, wanted, &folders);
    return NULL;
}

static void report_cycle(struct loader *loader, const struct ast_decl *decl,
                         const struct loaded *first)
{
    struct command *command = loader->command;
    const char *way = "";
    if (decl->loc.file == first->ast->file) {
        diag_report(&command->diags, AB0222, decl->loc, "this file imports itself");
        return;
    }
    for (uint32_t i = 0; i < loader->files.len; i++) {
        const struct loaded *loaded = loader->files.at[i];
        if (loaded->is_open && (loaded == first || *way))
            way = arena_printf(command->arena, "%s%s imports ", way, loaded->path);
    }
    diag_report(&command->diags, AB0222, decl->loc, "these files import each other: %s%s", way,
                first->path);
}

/* Depth first, so that the open files are the way to this one, in order. */
static void open_file(struct loader *loader, struct loaded *loaded)
{
    loaded->is_open = true;
    for (uint32_t i = 0; i < loaded->ast->decls.len; i++) {
        struct ast_decl *decl = loaded->ast->decls.at[i];
        if (decl->kind != AST_IMPORT || !decl->name)
            continue;
        uint32_t known = loader->files.len;
        struct loaded *import = find_import(loader, decl, loaded->path);
        if (!import)
            continue;
        if (import->is_open) {
            report_cycle(loader, decl, import);
            continue;
        }
        decl->imported = import->ast;
        if (loader->files.len == known)
            continue;
        for (uint32_t k = 0; k < import->ast->decls.len; k++)
            import->ast->decls.at[k]->module = decl->name;
        open_file(loader, import);
    }
    loaded->is_open = false;
}

void read_imports(struct command *command, const struct sema_options *options, const char *path,
                  struct ast_file *main)
{
    struct loader loader = {.command = command, .options = options};
    struct stat status = {0}; /* standard input is no file that could be imported */
    if (!strcmp(path, "-"))
        path = "";
    else if (stat(path, &status) != 0)
        return;
    open_file(&loader, add_file(&loader, path, &status, main));
}
