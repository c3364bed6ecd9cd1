/* SPDX-License-Identifier: MIT */
/* wcow doctor: so far its self-test, which asks a real host what no source tells. */
#include <string.h>

#include <wcow/self_test.h>

#include "base/error.h"
#include "cli/all.h"

struct doctor {
    bool self_test, no_hyperv;
    const char *image, *output;
};

static const struct option options[] = {
    {0, "self-test", OPTION_FLAG, offsetof(struct doctor, self_test), NULL,
     "Try what Windows really does on this host, and print a report (JSON)"},
    {0, "image", OPTION_STRING, offsetof(struct doctor, image), "string",
     "Image whose containers are run (Microsoft's smallest for this build)"},
    {0, "no-hyperv", OPTION_FLAG, offsetof(struct doctor, no_hyperv), NULL,
     "Leave out Hyper-V isolation"},
    {'o', "output", OPTION_STRING, offsetof(struct doctor, output), "string",
     "Write the report to a file, instead of STDOUT"},
    {0},
};

static void told(void *context, const char *step, wcow_self_test_outcome outcome)
{
    static const char *const words[] = {"", "passed", "DIFFERS", "left out"};
    struct session *session = context;

    if (outcome == WCOW_SELF_TEST_BEGINS)
        fprintf(session->err, "%-28s", step);
    else
        fprintf(session->err, "%s\n", words[outcome]);
    fflush(session->err);
}

static wcow_status write_report(struct session *session, const char *path, const char *json,
                                wcow_error *err)
{
    wcow_status status = wcow_file_create(path, json, strlen(json), err);

    if (!status) {
        fprintf(session->err, "The report is in '%s'.\n", path);
        return WCOW_OK;
    }
    fprintf(session->out, "%s\n", json); /* minutes of work are not thrown away */
    return error_wrap(err, status, "the report was printed instead");
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct doctor *doctor = values;
    wcow_self_test_options wanted = WCOW_SELF_TEST_OPTIONS_INIT;
    cleanup_wcow char *json = NULL;
    bool passed = false;
    wcow_host *host = NULL;
    wcow_status status;

    if (!doctor->self_test)
        return error_set(err, WCOW_INVALID,
                         "so far 'wcow doctor' has nothing but its self-test: wcow doctor "
                         "--self-test -o report.json");
    if (doctor->output && wcow_file_exists(doctor->output))
        return error_set(err, WCOW_ALREADY_EXISTS, "'%s' exists: name another file",
                         doctor->output);
    wanted.image = doctor->image;
    wanted.no_hyperv = doctor->no_hyperv;
    wanted.told = told;
    wanted.context = session;
    status = session_host(session, &host, err);
    if (!status)
        status = wcow_host_self_test(host, &wanted, &json, &passed, err);
    if (status)
        return status;
    session->exit_code = passed ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    if (doctor->output)
        return write_report(session, doctor->output, json, err);
    fprintf(session->out, "%s\n", json);
    return WCOW_OK;
}

const struct command cmd_doctor = {
    .name = "doctor",
    .section = SECTION_OTHER,
    .summary = "Find out what is wrong with this host",
    .notes = "The self-test takes some minutes. It works in a folder of its own beside wcow's, and "
             "leaves nothing behind; containers that run meanwhile are not touched. The exit code "
             "is 1 if anything was not as wcow expects it.",
    .options = options,
    .size = sizeof(struct doctor),
    .run = run,
};
