/* SPDX-License-Identifier: MIT */
/* The programs that the scripted machine knows: see fake.h. */
#include "scripted.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char *argument(const sim_process *p, size_t index)
{
    return index < p->arguments.count ? p->arguments.items[index] : "";
}

static uint32_t number(const sim_process *p, size_t index)
{
    return (uint32_t)strtoul(argument(p, index), NULL, 0);
}

static uint32_t run_echo(sim_process *p)
{
    process_print(p, p->out, "%s\n", p->rest);
    return 0;
}

static uint32_t run_err(sim_process *p)
{
    process_print(p, p->err, "%s\n", p->rest);
    return 0;
}

static uint32_t run_cat(sim_process *p)
{
    char buffer[65536];
    size_t got;

    while ((got = process_read(p, buffer, sizeof(buffer))) > 0)
        if (!process_write(p, p->out, buffer, got))
            break;
    return 0;
}

static uint32_t run_exit(sim_process *p)
{
    return number(p, 1);
}

static uint32_t run_sleep(sim_process *p)
{
    process_wait(p, -1, 0, (int)number(p, 1));
    return 0;
}

static uint32_t run_flood(sim_process *p)
{
    uint8_t block[251 * 16];
    size_t left = number(p, 1);

    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (uint8_t)(i % 251);
    while (left) {
        size_t part = left < sizeof(block) ? left : sizeof(block);

        if (!process_write(p, p->out, block, part))
            break;
        left -= part;
    }
    return 0;
}

static uint32_t run_wait(sim_process *p)
{
    static const char *const names[] = {"CtrlC", "CtrlBreak",  "CtrlClose",   "?",
                                        "?",     "CtrlLogOff", "CtrlShutdown"};

    while (process_wait(p, -1, 0, -1) != WAKE_KILLED) {
        int event = process_next_event(p);

        if (event >= 0) {
            process_print(p, p->out, "%s\n", names[event]);
            break;
        }
    }
    return number(p, 1);
}

static uint32_t run_stuck(sim_process *p)
{
    while (process_wait(p, -1, 0, -1) != WAKE_KILLED)
        process_next_event(p);
    return 0;
}

static uint32_t run_ping(sim_process *p)
{
    do {
        if (!process_print(p, p->out, "Reply from 127.0.0.1\n"))
            return 0;
    } while (process_wait(p, -1, 0, 20) != WAKE_KILLED);
    return 0;
}

static uint32_t run_env(sim_process *p)
{
    for (size_t i = 0; i < p->environment.count; i++)
        process_print(p, p->out, "%s\n", p->environment.items[i]);
    return 0;
}

static uint32_t run_args(sim_process *p)
{
    for (size_t i = 1; i < p->arguments.count; i++)
        process_print(p, p->out, "[%s]\n", p->arguments.items[i]);
    return 0;
}

static uint32_t run_cwd(sim_process *p)
{
    process_print(p, p->out, "%s\n", p->directory);
    return 0;
}

static uint32_t run_user(sim_process *p)
{
    process_print(p, p->out, "%s\n", p->user);
    return 0;
}

static void print_size(sim_process *p)
{
    uint16_t columns;
    uint16_t rows;

    process_size(p, &columns, &rows);
    process_print(p, p->out, "%ux%u\n", columns, rows);
}

static uint32_t run_tty(sim_process *p)
{
    char key;

    if (!p->console)
        return 1;
    print_size(p);
    while (p->in >= 0) {
        wake_reason reason = process_wait(p, p->in, POLLIN, -1);

        if (reason == WAKE_KILLED)
            break;
        if (reason == WAKE_RESIZED)
            print_size(p);
        else if (process_read(p, &key, 1))
            process_write(p, p->out, &key, 1);
        else
            break;
    }
    return 0;
}

static uint32_t run_crash(sim_process *p)
{
    (void)p;
    return 0xC0000005u;
}

static uint32_t run_linger(sim_process *p)
{
    p->linger = number(p, 1);
    return 0;
}

static uint32_t run_line(sim_process *p, const char *line)
{
    cleanup_free char *copy = text_copy(line);
    const program *outer = p->program;
    const program *found = program_find(p, copy);
    uint32_t exit_code = 9009; /* of cmd for what it does not know */

    if (found && found->run) {
        process_become(p, found);
        exit_code = found->run(p);
        process_become(p, outer);
    } else {
        process_print(p, p->err >= 0 ? p->err : p->out,
                      "'%s' is not recognized as an internal or external command.\n", copy);
    }
    return exit_code;
}

static bool read_line(sim_process *p, char *line, size_t size)
{
    size_t length = 0;
    char c = 0;

    while (length + 1 < size && process_read(p, &c, 1) && c != '\n' && c != '\r')
        line[length++] = c;
    line[length] = 0;
    return length || c == '\n' || c == '\r';
}

/* What follows /S and /C. */
static const char *line_of(const char *rest)
{
    rest += strspn(rest, " ");
    while (rest[0] == '/' && rest[1] && strchr("cCsS", rest[1]) && (!rest[2] || rest[2] == ' ')) {
        rest += 2;
        rest += strspn(rest, " ");
    }
    return rest;
}

static uint32_t run_cmd(sim_process *p)
{
    uint32_t exit_code = 0;
    char line[4096];

    if (text_equal_ignore_case(argument(p, 1), "/c") ||
        text_equal_ignore_case(argument(p, 1), "/s")) {
        cleanup_free char *given = text_copy(line_of(p->rest));
        const size_t length = strlen(given);

        /* With /S the first quote and the last one are the shell's. */
        if (length > 1 && given[0] == '"' && given[length - 1] == '"') {
            given[length - 1] = '\0';
            return run_line(p, given + 1);
        }
        return run_line(p, given);
    }
    while (read_line(p, line, sizeof(line))) {
        if (!*line)
            continue;
        exit_code = run_line(p, line);
        if (text_starts_with(line, "exit"))
            break;
    }
    return exit_code;
}

static void write_zeros(sim_process *p)
{
    static const char zeros[65536];

    while (process_write(p, p->out, zeros, sizeof(zeros)))
        continue;
}

/* As a test has it. */
static uint32_t run_tar(sim_process *p)
{
    scripted_act act = {.exit_code = 1};
    char waste[4096];

    pthread_mutex_lock(&p->machine->lock);
    if (p->machine->act_count) {
        act = *p->machine->acts++;
        p->machine->act_count--;
    }
    pthread_mutex_unlock(&p->machine->lock);
    if (act.size)
        process_write(p, p->out, act.out, act.size);
    if (act.err)
        process_print(p, p->err, "%s", act.err);
    if (act.endless)
        write_zeros(p);
    while (act.reads && process_read(p, waste, sizeof(waste)))
        continue;
    while (act.hangs && process_wait(p, -1, 0, -1) != WAKE_KILLED)
        continue;
    return act.exit_code;
}

static bool is_there(sim_process *p, const program *found)
{
    bool there = true;

    pthread_mutex_lock(&p->machine->lock);
    if (found->run == run_tar)
        there = p->machine->act_count > 0;
    pthread_mutex_unlock(&p->machine->lock);
    return there;
}

static const program programs[] = {
    {"echo", run_echo, false, HR_OK},
    {"err", run_err, false, HR_OK},
    {"cat", run_cat, false, HR_OK},
    {"exit", run_exit, false, HR_OK},
    {"sleep", run_sleep, false, HR_OK},
    {"flood", run_flood, false, HR_OK},
    {"wait", run_wait, true, HR_OK},
    {"stuck", run_stuck, true, HR_OK},
    {"ping", run_ping, false, HR_OK},
    {"env", run_env, false, HR_OK},
    {"args", run_args, false, HR_OK},
    {"cwd", run_cwd, false, HR_OK},
    {"user", run_user, false, HR_OK},
    {"tty", run_tty, false, HR_OK},
    {"crash", run_crash, false, HR_OK},
    {"linger", run_linger, false, HR_OK},
    {"cmd", run_cmd, false, HR_OK},
    {"tar", run_tar, false, HR_OK},
    {"denied", NULL, false, HR_FROM_WIN32(5)},
    {"notexe", NULL, false, HR_FROM_WIN32(193)},
};

/* One argument by the simple half of the rules: quotes group, \" is a quote. */
static const char *next_argument(const char *at, text *out)
{
    bool quoted = false;

    while (*at == ' ')
        at++;
    for (; *at && (quoted || *at != ' '); at++) {
        if (*at == '\\' && at[1] == '"')
            text_add_char(out, *++at);
        else if (*at == '"')
            quoted = !quoted;
        else
            text_add_char(out, *at);
    }
    return at;
}

static char *program_name(const char *path)
{
    char *name = text_copy(path);
    char *base = name;

    for (char *at = name; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
        if (*at == '\\' || *at == '/')
            base = at + 1;
    }
    memmove(name, base, strlen(base) + 1);
    if (text_ends_with(name, ".exe"))
        name[strlen(name) - 4] = 0;
    return name;
}

const program *program_find(sim_process *p, const char *command_line)
{
    cleanup_free char *name = NULL;
    const char *at = command_line;

    string_list_free(&p->arguments);
    free(p->rest);
    p->rest = NULL;
    while (*at) {
        text word = TEXT_INIT;

        at = next_argument(at, &word);
        if (!p->rest)
            p->rest = text_copy(at + (*at == ' '));
        string_list_add(&p->arguments, text_get(&word));
        text_free(&word);
        at += strspn(at, " ");
    }
    if (!p->rest)
        p->rest = text_copy("");
    name = program_name(argument(p, 0));
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
        if (!strcmp(programs[i].name, name))
            return is_there(p, &programs[i]) ? &programs[i] : NULL;
    return NULL;
}
