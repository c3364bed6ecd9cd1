/* SPDX-License-Identifier: MIT */
/*
 * Steps that run containers, with wcow's own commands: monitors are processes of their own then, as
 * they are for users. What is run in them is in every Windows image: cmd.
 */
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/container_service.h"
#include "engine/container/state.h"
#include "engine/self_test/self_test.h"
#include "hcs/system.h"
#include "port/clock.h"
#include "port/survey.h"

#define FLOOD        ((size_t)10 << 20) /* bytes of the great output */
#define FLOOD_FOLDER "share"
#define TYPE_FLOOD   ("type " FLOOD_FOLDER "\\flood.txt")
#define WRITE_A_FILE ("echo x> " FLOOD_FOLDER "\\written.txt")
/* HCS_E_HYPERV_NOT_INSTALLED, as the command prints it. */
#define NO_HYPERVISOR "0xC0370102"

static bool goes_on(const char *printed)
{
    return strstr(printed, "running") != NULL;
}

void step_codes(self_test *t)
{
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;
    static const char *const first[] = {"run", "--rm", "--isolation", "{isolation}", "{image}",
                                        "cmd", "/c",   "exit 42",     NULL};

    self_test_wcow(t, first, NULL, 0, &ran);
    if (ran.error && strstr(ran.error, NO_HYPERVISOR)) {
        note_left_out(t, "the host has no Hyper-V");
        t->broken[WCOW_ISOLATION_HYPERV] = true;
        return;
    }
    if (!note_expected(t, "exit code 42", HR_SUCCEEDED(ran.hr) && ran.exit_code == 42)) {
        /* The others would only say so again. */
        t->broken[text_equal(t->isolation, "hyperv") ? WCOW_ISOLATION_HYPERV
                                                     : WCOW_ISOLATION_PROCESS] = true;
        return;
    }
    note_expected(t, "all 32 bits of an exit code",
                  self_test_code(t, "run", "--rm", "--isolation", "{isolation}", "{image}", "cmd",
                                 "/c", "exit -1073741510") == 0xC000013Au);
    note_expected(t, "127 for a program that is not there",
                  self_test_code(t, "run", "--rm", "--isolation", "{isolation}", "{image}",
                                 "no-such-program") == 127);
}

/* A file with many lines, and its folder, which containers see as C:\share. */
static char *make_flood(self_test *t)
{
    files_port *files = t->host->files;
    cleanup_free char *folder = self_test_path(t, FLOOD_FOLDER);
    cleanup_free char *path = folder ? path_join(folder, "flood.txt") : NULL;
    cleanup_text text lines = TEXT_INIT;
    int32_t hr = folder ? files->make_directory(files, folder) : HR_OUT_OF_MEMORY;

    while (lines.length < FLOOD && !lines.failed)
        text_addf(&lines, "%08zu the quick brown fox jumps over the lazy dog\r\n", lines.length);
    if (HR_SUCCEEDED(hr) || hr == HR_ALREADY_EXISTS)
        hr = path && !lines.failed ? files->replace(files, path, text_get(&lines), lines.length)
                                   : HR_OUT_OF_MEMORY;
    note_call(t, "write", "share\\flood.txt", hr, clock_ticks());
    note_number(t, "floodSize", (int64_t)lines.length);
    return HR_SUCCEEDED(hr) ? text_format("%s:C:\\" FLOOD_FOLDER, folder) : NULL;
}

/* Runs cmd with one more option, whatever comes of it. */
static void try_option(self_test *t, const char *option, const char *value, const char *command)
{
    (void)self_test_code(t, "run", "--rm", option, value, "--isolation", "{isolation}", "{image}",
                         "cmd", "/c", command);
}

/* A junction to the shared folder, as the source of another mount: whether the service follows it.
 */
static void try_junction(self_test *t)
{
    cleanup_free char *junction = self_test_path(t, "trees\\junction");
    cleanup_free char *mount = junction ? text_format("%s:C:\\linked", junction) : NULL;

    if (mount)
        (void)self_test_code(t, "run", "--rm", "-v", mount, "--isolation", "{isolation}", "{image}",
                             "cmd", "/c", "dir linked");
}

/*
 * Relative to C:\, where a container's first process starts. The folder admits administrators
 * alone, as all of the root does, and nanoserver's programs run as ContainerUser unless told
 * otherwise.
 */
void step_output(self_test *t)
{
    cleanup_free char *mount = make_flood(t);
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;
    const char *const arguments[] = {
        "run",         "--rm",        "-v",      mount, "--user", "ContainerAdministrator",
        "--isolation", "{isolation}", "{image}", "cmd", "/c",     TYPE_FLOOD,
        NULL};

    if (!note_expected(t, "a folder to share is made", mount))
        return;
    self_test_wcow(t, arguments, NULL, 0, &ran);
    note_expected(t, "10 MB of output end well", HR_SUCCEEDED(ran.hr) && ran.exit_code == 0);
    note_expected(t, "all of it comes, and nothing else",
                  ran.output_size >= FLOOD && ran.output_size < FLOOD + 100);
    note_expected(t, "what a container writes into a shared folder is there",
                  self_test_code(t, "run", "--rm", "-v", mount, "--user", "ContainerAdministrator",
                                 "--isolation", "{isolation}", "{image}", "cmd", "/c",
                                 WRITE_A_FILE) == 0);
    try_option(t, "-v", mount, "dir " FLOOD_FOLDER); /* as whom the image wants, for the record */
    try_junction(t);
}

/* Commits what one container changed, and looks at it in another. */
void step_commit(self_test *t)
{
    note_expected(t, "a container changes files",
                  self_test_code(t, "run", "--name", "changed", "--isolation", "{isolation}",
                                 "{image}", "cmd", "/c",
                                 "mkdir new & echo x> new\\new.txt & dir") == 0);
    note_expected(t, "its changes are committed",
                  self_test_code(t, "commit", "changed", "self-test:committed") == 0);
    self_test_end(t, "changed");
    note_expected(t, "they are in the image made of it",
                  self_test_code(t, "run", "--rm", "--isolation", "{isolation}",
                                 "self-test:committed", "cmd", "/c",
                                 "if exist new\\new.txt (exit 3) else (exit 4)") == 3);
    note_expected(t, "layers are listed", self_test_code(t, "layer", "ls") == 0);
    note_expected(t, "the image is removed", self_test_code(t, "rmi", "self-test:committed") == 0);
}

void step_input(self_test *t)
{
    static const char *const arguments[] = {"run",         "--rm",    "-i",  "--isolation",
                                            "{isolation}", "{image}", "cmd", NULL};
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    self_test_wcow(t, arguments, "exit 7\r\n", 0, &ran);
    note_expected(t, "what is typed is run", HR_SUCCEEDED(ran.hr) && ran.exit_code == 7);
    self_test_wcow(t, arguments, "echo from the input\r\n", 30000, &ran);
    note_expected(t, "its output comes", ran.output && strstr(ran.output, "from the input"));
    note_expected(t, "the end of the input ends the program", HR_SUCCEEDED(ran.hr));
}

/* The text of an inspect of a container that was started with -dt, a moment later. */
void step_console(self_test *t)
{
    static const char *const inspect[] = {"inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}",
                                          "console", NULL};
    static const char *const shown[] = {"run",     "--rm", "-t", "--isolation",       "{isolation}",
                                        "{image}", "cmd",  "/c", "echo on a console", NULL};
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    self_test_wcow(t, shown, NULL, 0, &ran);
    note_expected(t, "-t ends with the program's code", HR_SUCCEEDED(ran.hr) && !ran.exit_code);
    note_expected(t, "-t shows its output", ran.output && strstr(ran.output, "on a console"));
    if (!note_expected(t, "-dt starts",
                       self_test_code(t, "run", "-dt", "--name", "console", "--isolation",
                                      "{isolation}", "{image}", "cmd") == 0))
        return;
    clock_sleep(2000);
    self_test_wcow(t, inspect, NULL, 0, &ran);
    note_expected(t, "a console without anybody's input goes on",
                  ran.output && goes_on(ran.output));
    note_expected(t, "exec -t in it",
                  self_test_code(t, "exec", "-t", "console", "cmd", "/c", "exit 5") == 5);
    note_expected(t, "exec -d -t in it",
                  self_test_code(t, "exec", "-d", "-t", "console", "cmd") == 0);
    clock_sleep(1000);
    note_expected(t, "top lists it", self_test_code(t, "top", "console") == 0);
    self_test_end(t, "console");
}

void step_exec(self_test *t)
{
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;
    static const char *const typed[] = {"exec", "-i", "exec", "cmd", NULL};

    if (!self_test_start(t, "exec"))
        return;
    note_expected(t, "an exec's code",
                  self_test_code(t, "exec", "exec", "cmd", "/c", "exit 9") == 9);
    self_test_wcow(t, typed, "exit 8\r\n", 0, &ran);
    note_expected(t, "an exec reads its input", HR_SUCCEEDED(ran.hr) && ran.exit_code == 8);
    note_expected(t, "exec -d",
                  self_test_code(t, "exec", "-d", "exec", "cmd", "/c",
                                 "echo much output & echo x> mark.txt") == 0);
    clock_sleep(2000);
    note_expected(t, "what exec -d ran has run",
                  self_test_code(t, "exec", "exec", "cmd", "/c",
                                 "if exist mark.txt (exit 3) else (exit 4)") == 3);
    self_test_end(t, "exec");
}

/* A signal to a new container, and the code that it ends with. */
static void try_signal(self_test *t, const char *signal)
{
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;
    static const char *const wait[] = {"wait", "signalled", NULL};
    cleanup_free char *name = text_format("code after %s", signal);
    const bool stops = text_equal(signal, "stop");

    if (!self_test_start(t, "signalled"))
        return;
    clock_sleep(1000);
    if (stops)
        (void)self_test_code(t, "stop", "-t", "10", "signalled");
    else
        (void)self_test_code(t, "kill", "-s", signal, "signalled");
    self_test_wcow(t, wait, NULL, 20000, &ran);
    note_text(t, name ? name : signal,
              HR_SUCCEEDED(ran.hr) && ran.output ? ran.output : "it went on for 20 s");
    if (stops || text_equal(signal, "KILL"))
        note_expected(t, "it ended", HR_SUCCEEDED(ran.hr) && ran.exit_code == 0);
    self_test_end(t, "signalled");
}

void step_signals(self_test *t)
{
    static const char *const signals[] = {"INT", "BREAK", "TERM", "KILL", "stop"};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        try_signal(t, signals[i]);
}

/* Which DNS servers a container has, and whether it has a network at all. What a nanoserver lacks
 * fails, and that is told, too. */
void step_network(self_test *t)
{
    static const char *const commands[] = {"ipconfig /all",
                                           "type Windows\\System32\\drivers\\etc\\hosts",
                                           "ping -n 1 localhost", "nslookup localhost"};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        (void)self_test_code(t, "run", "--rm", "--isolation", "{isolation}", "{image}", "cmd", "/c",
                             commands[i]);
    note_expected(t, "a container without a network runs",
                  self_test_code(t, "run", "--rm", "--network", "none", "--isolation",
                                 "{isolation}", "{image}", "cmd", "/c", "exit 0") == 0);
}

/* What wcow passes on and only the service knows. That VMCompute makes the working folder itself
 * says a comment in moby's oci_windows.go. */
void step_names(self_test *t)
{
    cleanup_free char *share = self_test_path(t, FLOOD_FOLDER);
    cleanup_free char *drive = share ? text_format("%s:d:", share) : NULL;

    note_expected(t, "a working folder that is not there is made",
                  self_test_code(t, "run", "--rm", "-w", "C:\\made\\here", "--isolation",
                                 "{isolation}", "{image}", "cmd", "/c", "cd") == 0);
    try_option(t, "--hostname", "under_score", "echo %COMPUTERNAME%");
    try_option(t, "--hostname", "a.dotted.name", "echo %COMPUTERNAME%");
    try_option(t, "--hostname", "of-more-than-fifteen-characters", "echo %COMPUTERNAME%");
    if (drive)
        try_option(t, "-v", drive, "dir d:");
}

void step_plan(self_test *t)
{
    static const char *const arguments[] = {"run",     "--dry-run", "--isolation", "{isolation}",
                                            "{image}", "cmd",       NULL};
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;
    cleanup_json cJSON *plan = NULL;

    self_test_wcow(t, arguments, NULL, 0, &ran);
    if (note_expected(t, "--dry-run prints the documents",
                      HR_SUCCEEDED(ran.hr) && ran.output &&
                          !json_parse(ran.output, strlen(ran.output), "the plan", &plan, NULL)))
        note_json(t, "plan", TAKE(plan));
}

static uint32_t monitor_of(self_test *t, const char *name, char **id)
{
    wcow_container *container = NULL;
    cleanup_state state *s = NULL;
    uint32_t pid = 0;

    if (wcow_container_open(t->host, name, &container, NULL))
        return 0;
    *id = text_copy(wcow_container_id(container));
    if (*id && !state_read(t->host, *id, &s, NULL))
        pid = s->monitor_pid;
    wcow_container_free(container);
    return pid;
}

/* Kills a monitor and looks what becomes of its system by itself, then of its container. */
void step_lost_monitor(self_test *t)
{
    cleanup_free char *id = NULL;
    compute_system *system = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since = clock_ticks();
    wcow_status status;
    uint32_t pid;

    if (!self_test_start(t, "lost"))
        return;
    pid = monitor_of(t, "lost", &id);
    note_call(t, "TerminateProcess", "its monitor", pid ? survey_end_process(pid) : HR_NOT_FOUND,
              since);
    since = clock_ticks();
    clock_sleep(2000);
    status = compute_system_open(t->host->hcs, id ? id : "", NULL, &system, &err);
    note_status(t, "HcsOpenComputeSystem", "2 s after its monitor's death", status, &err, since);
    note_text(t, "systemSurvives", status ? "no" : "yes");
    compute_system_close(system);
    note_expected(t, "ps goes on", self_test_code(t, "ps", "-a") == 0);
    note_expected(t, "it can be started again", self_test_code(t, "start", "lost") == 0);
    self_test_end(t, "lost");
}

/* What the manager says of it is in the report; here is what must be. */
static bool is_listed(self_test *t, const char *as)
{
    static const char *const list[] = {"service", "ls", "--format",
                                       "{{.Names}}|{{.Start}}|{{.State}}|{{.ID}}", NULL};
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    self_test_wcow(t, list, NULL, 0, &ran);
    return ran.output && strstr(ran.output, as);
}

/*
 * No source tells whether the service of containers makes a difference between LocalSystem and an
 * administrator, and how long the manager takes.
 */
void step_service(self_test *t)
{
    const uint64_t since = clock_ticks();
    cleanup_free char *exposed = NULL;
    uint32_t code;

    /* From where this wcow.exe lies nobody makes a service of it: that is no fault of the host's.
     */
    if (!container_service_forced() && service_exposed(t->host->root, &exposed)) {
        note_text(t, "exposed", exposed ? exposed : "wcow.exe");
        return;
    }
    code = self_test_code(t, "run", "-d", "--name", "served", "--restart", "always", "--isolation",
                          "{isolation}", "{image}", "ping", "-t", "localhost");
    note_number(t, "startMilliseconds", (int64_t)(clock_ticks() - since));
    if (!note_expected(t, "a container with a policy starts", code == 0))
        return;
    note_expected(t, "its monitor is a service", is_listed(t, "served|with the host|running"));
    note_expected(t, "exec reaches a system of LocalSystem's",
                  self_test_code(t, "exec", "served", "cmd", "/c", "exit 42") == 42);
    note_expected(t, "it can be stopped", self_test_code(t, "stop", "-t", "1", "served") == 0);
    note_expected(t, "its service stays, and rests", is_listed(t, "served|with the host|stopped"));
    note_expected(t, "it can be started again", self_test_code(t, "start", "served") == 0);
    self_test_end(t, "served");
    note_expected(t, "its service goes with it", !is_listed(t, "served|"));
}
