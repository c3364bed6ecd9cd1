/* SPDX-License-Identifier: MIT */
/* What commands about a container that is there ask of the services, and what dockerd asks for the
 * same: top, stats, update, cp, exec, and how it ends. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/unit/engine/container/dockerd_compare.h"

#define RECORDED "container/data/dockerd-life.json"

#define IMAGE_NAME "microsoft/windowsservercore"
#define IMAGE_CONFIG                                                                               \
    "{\"Cmd\":[\"c:\\\\windows\\\\system32\\\\cmd.exe\"],\"User\":\"ContainerAdministrator\","     \
    "\"WorkingDir\":\"C:\\\\\",\"Env\":[\"IMAGE=windowsservercore\","                              \
    "\"PATH=C:\\\\Windows\\\\system32;C:\\\\Windows\"]}"

#define SIGNALS                                                                                    \
    "a program hears CtrlShutdown, and may end as it likes: dockerd shuts the system down"
#define MOUNTED "the scratch is prepared before it is exported, as dockerd does it for a commit"
#define FORCE                                                                                      \
    "the program alone is killed, and its system goes down as after any end; it is terminated "    \
    "where that does not do"

/* Where we differ on purpose. */
static dockerd_difference differences[] = {
    {"stop", "signal", SIGNALS, false},
    {"restart", "signal", SIGNALS, false},
    {"kill.", "kill", FORCE, false},
    {"kill.", "shutdown", FORCE, false},
    {"kill.", "terminate", FORCE, false},
    {"rm-f-running", "kill", FORCE, false},
    {"rm-f-running", "shutdown", FORCE, false},
    {"rm-f-running", "terminate", FORCE, false},
    {"pause-then", "kill", FORCE, false},
    {"pause-then", "shutdown", FORCE, false},
    {"pause-then", "terminate", FORCE, false},
    {"pause-then", "resume", "what is paused can be terminated", false},
    {"pause-", "refused", "which isolation can be paused is told", false},
    {"pause-unpause", "query", "the recording has those of top and stats alone", false},
    {"update-stopped", "refused", "limits can be changed: dockerd has that for its policy alone",
     false},
    {"restart.process", "mount", "two runs: what the first took is given back", false},
    {"restart.process", "unmount", "two runs: what the first took is given back", false},
    {"diff-stopped", "mount", MOUNTED, false},
    {"diff-stopped", "unmount", MOUNTED, false},
    {"exec-d", "query", "which execs run is told by the moment when a process was made", false},
    {"exec-e", "process.Environment", "Windows tells variables apart without case: the last counts",
     false},
    {"exec-not-found", "refused", "what to do about it is told", false},
};

/* Where the files of the scratch are, and those of the host. */
static char drive[32];
static char here[512];

static void prepare(fixture *f, dockerd_names *names)
{
    cleanup_free char *command = NULL;

    (void)names;
    fixture_load(f, IMAGE_NAME, IMAGE_CONFIG);
    assert_non_null(mkdtemp(strcpy(drive, "/tmp/wcow-life-XXXXXX")));
    command = text_format("mkdir -p '%s/Windows/System32' && cd '%s' && echo x > f.txt && "
                          "cp f.txt Windows/System32/ping.exe",
                          drive, drive);
    assert_int_equal(system(command), 0);
    f->faulty.volume = f->monitors.volume = drive;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(drive), 0);
}

static void finish(fixture *f)
{
    cleanup_free char *command = text_format("rm -rf '%s'", drive);

    assert_int_equal(chdir(here), 0);
    assert_int_equal(dockerd_command(f, (const char *[]){"rm", "-f", "c1", NULL}, 3), WCOW_OK);
    fixture_settle(f);
    assert_int_equal(system(command), 0);
}

/* ---- what it did, in the recording's words ---- */

static const struct {
    const char *call, *kind;
} kinds[] = {
    {"HcsShutdownComputeSystem", "shutdown"},
    {"HcsTerminateComputeSystem", "terminate"},
    {"HcsPauseComputeSystem", "pause"},
    {"HcsResumeComputeSystem", "resume"},
    {"HcsSignalProcess", "signal"},
    {"HcsModifyComputeSystem", "modify"},
    {"PrepareLayer", "mount"},
    {"UnprepareLayer", "unmount"},
    {"ExportLayer", "export"},
    {"DestroyLayer", "destroy"},
    {"HcsTerminateProcess", "kill"},
};

static void add_once(cJSON *out, const char *kind, cJSON *value)
{
    const cJSON *each;

    cJSON_ArrayForEach (each, out) {
        if (cJSON_Compare(json_member(each, kind), value, true)) {
            cJSON_Delete(value);
            return;
        }
    }
    dockerd_add_change(out, kind, value);
}

static void read_call(const cJSON *call, dockerd_names *names, cJSON *out)
{
    const char *what = json_text(call, "call", "");

    (void)names;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (text_equal(what, kinds[i].call))
            add_once(out, kinds[i].kind, cJSON_CreateTrue());
    }
    if (text_equal(what, "HcsGetComputeSystemProperties") && *json_text(call, "propertyQuery", ""))
        add_once(out, "query", dockerd_parsed(call, "propertyQuery"));
    if (text_starts_with(json_text(call, "path", ""), "/endpointstats/"))
        add_once(out, "endpointstats", cJSON_CreateTrue());
    if (text_equal(what, "HcsCreateProcess"))
        add_once(out, "process", dockerd_parsed(call, "processParameters"));
}

static void we_do_to_a_container_what_dockerd_does(void **state)
{
    const dockerd_comparison what = {
        .recorded = RECORDED,
        .differences = differences,
        .difference_count = sizeof differences / sizeof differences[0],
        .prepare = prepare,
        .finish = finish,
        .read = read_call,
    };

    (void)state;
    dockerd_compare(&what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_do_to_a_container_what_dockerd_does),
    };

    return cmocka_run_group_tests_name("engine/container/dockerd_life", tests, NULL, NULL);
}
