/* SPDX-License-Identifier: MIT */
/**
 * What a command is, and what it gets to work with. Parsing, --help, `wcow help` and completion all
 * come from these tables; commands.c lists each command once.
 */
#ifndef WCOW_CLI_COMMAND_H
#define WCOW_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <wcow/wcow.h>

#include "cli/option.h"

/* Exit codes: Docker's. A container's own code is all 32 bits on Windows. */
enum {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILED = 1,       /* whatever failed */
    EXIT_CODE_NO_PROGRAM = 125, /* bad flags; or the exit code is not that of a program: none ran */
    EXIT_CODE_NOT_RUNNABLE = 126,
    EXIT_CODE_NOT_FOUND = 127,
};

/* What a run of the program is doing; a failure's exit code follows from it. */
enum session_stage {
    STAGE_COMMAND, /* the work of any command */
    STAGE_FLAGS,   /* reads flags and what is in them */
    STAGE_RUN,     /* run: makes and starts its container */
    STAGE_EXEC,    /* exec: starts its process */
};

/* One run of the program. Streams are replaced by tests. */
struct session {
    FILE *in, *out, *err;
    const char *root; /* --root; NULL: the library's default */
    bool debug;
    bool json_errors; /* --errors json: for programs */
    wcow_host *host;  /* opened by session_host() */
    const struct command *command;
    const char *path;       /* how the user called the command: "ps", "container ls" */
    char *const *arguments; /* what is left after the options, NULL-terminated */
    int count;
    enum session_stage stage;
    bool declined;      /* the user was asked, and said no: that is no failure */
    uint32_t exit_code; /* of the program when the command returns WCOW_OK */
};

enum command_section { SECTION_COMMON, SECTION_OTHER, SECTION_HIDDEN };

struct command {
    const char *name;    /* "ps", or two words: "system prune" */
    const char *also[4]; /* other ways to call it: "container ls" … */
    enum command_section section;
    const char *summary;
    const char *arguments; /* "IMAGE [COMMAND] [ARG...]", or NULL */
    const char *notes;     /* further text of its --help: see wrap.h; or NULL */
    const struct option *options;
    const struct filter_rule *filters; /* the keys of its --filter; NULL: it has none */
    size_t size;                       /* of the struct that the options fill in; 0: none */
    const void *defaults;              /* what it holds before; NULL: all zero */
    int minimum, maximum;              /* number of arguments; maximum -1: any */
    bool stops_at_word;    /* what follows the first argument belongs to the container's command */
    bool negative_numbers; /* -5 is an argument */

    /**
     * Does it. On success the program exits with session->exit_code; on failure the error is
     * printed and the exit code follows from its status and the session's stage.
     */
    wcow_status (*run)(struct session *session, void *values, wcow_error *err);
};

/** The host of --root; opened once. */
WCOW_CHECKED wcow_status session_host(struct session *session, wcow_host **out, wcow_error *err);

/**
 * Takes a text from Docker's config.json where the user gave none. A file that cannot be read is
 * warned of, as Docker does, and changes nothing.
 *
 * @param value  what the user gave; NULL or "": nothing. Lives as long as *kept
 */
WCOW_CHECKED wcow_status session_setting(struct session *session, const char *name,
                                         const char **value, char **kept, wcow_error *err);
/** The same of "detachKeys", checked as those given are. */
WCOW_CHECKED wcow_status session_detach_keys(struct session *session, const char **value,
                                             char **kept, wcow_error *err);

/** Opens the container that the user named. */
WCOW_CHECKED wcow_status session_container(struct session *session, const char *reference,
                                           wcow_container **out, wcow_error *err);

/** Prints an error without making it one of the program's. */
void session_tell(struct session *session, const wcow_error *err);
/** Prints an error as the last one would be, and remembers the exit code: for commands that go on.
 */
void session_report(struct session *session, const wcow_error *err);

/** The end of an attached session: its exit code is ours; warns of what went wrong afterwards. */
void session_outcome(struct session *session, const wcow_outcome *outcome);
/** Prints the outcome's warning, if any; the exit code stays. */
void session_warn(struct session *session, const wcow_outcome *outcome);

/** Warns of what nothing failed for, on the standard error: behind WARNING:, as Docker, or as an
 * object with --errors json. No command prints one by itself. Any thread may call it. */
void session_warning(const struct session *session, const char *format, ...) WCOW_PRINTF(2, 3);
/** The same where Docker has WARNING! before it. */
void session_exclaim(const struct session *session, const char *format, ...) WCOW_PRINTF(2, 3);
/** The same for what is no warning, with nothing before it: what was done, or comes of it. */
void session_note(const struct session *session, const char *format, ...) WCOW_PRINTF(2, 3);

/** The exit code that a failure at this stage stands for. */
uint32_t session_failure_code(const struct session *session, wcow_status status);

/**
 * For commands that do the same to each of several containers: calls `each` for all arguments, goes
 * on over failures, and prints each argument that it succeeded for.
 */
WCOW_CHECKED wcow_status session_each_container(struct session *session,
                                                wcow_status (*each)(wcow_container *container,
                                                                    const void *values,
                                                                    wcow_error *err),
                                                const void *values, wcow_error *err);

/**
 * Docker's answer when -i -t are asked for where standard input is no terminal.
 *
 * @param input  whether standard input is to be forwarded
 */
WCOW_CHECKED wcow_status session_check_terminal(bool input, bool tty, wcow_error *err);

/** Shows a warning and asks whether to go on; WCOW_CANCELLED unless the answer is yes. The program
 * then ends with 0 and says nothing, as Docker. */
WCOW_CHECKED wcow_status session_confirm(struct session *session, const char *warning,
                                         const char *what, wcow_error *err);

DEFINE_CLEANUP(container, wcow_container *, wcow_container_free)
#define cleanup_container CLEANUP(container)

/* Memory that the library handed out. */
static inline void cleanup_after_wcow(void *where)
{
    wcow_free(*(void **)where);
}
#define cleanup_wcow CLEANUP(wcow)

#endif
