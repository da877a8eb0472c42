/* One invocation of the command: what was asked for, and what all verbs share. */
#ifndef ABCC_DRIVER_COMMAND_H
#define ABCC_DRIVER_COMMAND_H

#include "base/diag.h"
#include "base/names.h"

#define ABCC_VERSION "0.1.0"

enum exit_code {
    EXIT_FINE = 0,
    EXIT_SOURCE = 1,      /* mistakes in a program, or a failed test */
    EXIT_USAGE = 2,       /* bad command line */
    EXIT_FILE = 3,        /* a file could not be read, understood or written */
    EXIT_FAULTED = 4,     /* it ran, but some examples faulted */
    EXIT_COMPILER = 5,    /* the C compiler failed */
    EXIT_BUG = 70,        /* our bug */
    EXIT_INTERRUPTED = 130
};

enum verb {
#define VERB(id, ...) VERB_##id,
#define VERB_LATER(id, ...) VERB_##id,
#include "driver/options.def"
#undef VERB
#undef VERB_LATER
    VERB_COUNT
};

enum option {
#define OPTION(id, ...) OPT_##id,
#include "driver/options.def"
#undef OPTION
    OPT_pass_off, /* --no-PASS: the names come from the table of passes */
    OPT_COUNT
};

struct command;

struct verb_info {
    const char *name, *operands, *summary, *more;
    int (*run)(struct command *command); /* gives an exit code; NULL: not there yet */
};
extern const struct verb_info verb_table[VERB_COUNT];

enum option_kind { FLAG, TEXT, NUMBER, CHOICE, LIST, SWITCH };

struct option_info {
    char letter;          /* 0: no short form */
    const char *word;     /* NULL: no long form */
    const char *argument; /* NULL: takes none */
    enum option_kind kind;
    uint32_t verbs;       /* bit set */
    const char *later, *help;
};
extern const struct option_info option_table[OPT_COUNT];

/* Something that stood on the command line. Each word is a source text of its own, so that messages
 * about it have a place. */
struct word {
    const char *text;
    struct loc loc;
};

struct given_option {
    enum option option;
    struct word word; /* the argument; of a FLAG the option itself */
};

struct command {
    struct arena *arena;
    struct names *names;
    struct sources sources;
    struct diags diags;
    enum verb verb;
    VEC(struct given_option) given;
    VEC(struct word) operands;
    bool color;
    bool json;
    uint32_t shown; /* diagnostics printed so far */
};

/* Reads the words after the program's name. False after a mistake, which is in command->diags. */
bool command_read(struct command *command, int count, char **words);

bool option_given(const struct command *command, enum option option);
/* The last one given, or NULL. */
const struct word *option_word(const struct command *command, enum option option);
const char *option_text(const struct command *command, enum option option, const char *otherwise);
/* A number in least..most, or `otherwise` if the option is not given. False after a mistake. */
bool option_number(struct command *command, enum option option, uint64_t least, uint64_t most,
                   uint64_t otherwise, uint64_t *number);
/* Of --mode and the like: is this word chosen? */
bool option_is(const struct command *command, enum option option, const char *choice);

/* Is the word one of a list like "batched|scalar"? */
bool word_in_list(const char *list, const char *word, size_t len);
bool command_verbose(const struct command *command);
/* The candidate nearest to what was written, if it is near enough to be a slip, or NULL. */
const char *nearest_word(const char *written, const char *const *candidates, uint32_t count);

/* Prints the diagnostics that are new since the last call. */
void command_flush(struct command *command);
/* A mistake of the compiler itself. Gives EXIT_BUG. */
int command_bug(struct command *command, const char *format, ...) AB_PRINTF(2, 3);
/* "Not there yet"; gives EXIT_USAGE. */
int command_later(struct command *command, struct loc loc, const char *what);
/* Runs the command of the program's arguments: all of main(). */
int command_main(int count, char **words);

void help_verb(enum verb verb, struct text *out);
void help_overview(struct text *out);
void help_man(struct text *out);

int verb_build(struct command *command);
int verb_run(struct command *command);
int verb_test(struct command *command);
int verb_check(struct command *command);
int verb_dump(struct command *command);
int verb_explain(struct command *command);
int verb_info(struct command *command);
int verb_help(struct command *command);
int verb_version(struct command *command);
int verb_completions(struct command *command);

#endif
