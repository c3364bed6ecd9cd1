/* SPDX-License-Identifier: MIT */
/* wcow doctor: what is wrong with this host; and its self-test, which asks what no source tells. */
#include <string.h>

#include <wcow/doctor.h>
#include <wcow/self_test.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/listing.h"
#include "cli/wrap.h"

/* As monitoring tools have it (Nagios' plugins): one must not take a warning for a failure. */
enum { EXIT_CODE_WARNING = 1, EXIT_CODE_BROKEN = 2 };

/* Of a self-test that had no image, and so tried next to nothing. */
#define EXIT_CODE_UNTRIED 2

struct doctor {
    bool self_test, no_hyperv, fix, force;
    const char *image, *output, *format;
};

static const struct option options[] = {
    {0, "fix", OPTION_FLAG, offsetof(struct doctor, fix), NULL,
     "Mend what can be mended without taking anything from anybody"},
    {'f', "force", OPTION_FLAG, offsetof(struct doctor, force), NULL,
     "Do not prompt for confirmation"},
    {0, "format", OPTION_STRING, offsetof(struct doctor, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
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

/* ---- the examination ---- */

static const struct column columns[] = {
    {"Fixable", "FIXABLE"},   {"Fixed", "FIXED"},   {"Found", "FOUND"},     {"ID", "CHECK"},
    {"Question", "QUESTION"}, {"Remedy", "REMEDY"}, {"Verdict", "VERDICT"}, {NULL, NULL},
};

#define INDENT 22

static void print_row(FILE *out, const cJSON *row)
{
    const char *remedy = json_text(row, "Remedy", "");
    const bool fixed = json_bool(row, "Fixed", false);
    cleanup_text text line = TEXT_INIT;

    fprintf(out, "%-8s  %-12s", fixed ? "mended" : json_text(row, "Verdict", ""),
            json_text(row, "ID", ""));
    wrap_print(out, json_text(row, "Found", ""), INDENT);
    if (!*remedy)
        return;
    text_addf(&line, "-> %s", remedy);
    fprintf(out, "%*s", INDENT, "");
    wrap_print(out, text_get(&line), INDENT);
}

static size_t count_of(const cJSON *rows, const char *verdict)
{
    const cJSON *row;
    size_t count = 0;

    cJSON_ArrayForEach (row, rows)
        count += text_equal(json_text(row, "Verdict", ""), verdict);
    return count;
}

static bool is_any_fixable(const cJSON *rows)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, rows) {
        if (json_bool(row, "Fixable", false))
            return true;
    }
    return false;
}

/* What is fine and can be tried all the same (a namespace that HNS keeps) is no reason to. */
static bool is_any_to_mend(const cJSON *rows)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, rows) {
        if (json_bool(row, "Fixable", false) && !text_equal(json_text(row, "Verdict", ""), "fine"))
            return true;
    }
    return false;
}

static void print_all(FILE *out, const cJSON *rows)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, rows)
        print_row(out, row);
    fprintf(out, "\n%zu broken, %zu warning%s, %zu unknown, %zu fine.%s\n",
            count_of(rows, "broken"), count_of(rows, "warning"),
            text_plural(count_of(rows, "warning")), count_of(rows, "unknown"),
            count_of(rows, "fine"),
            is_any_to_mend(rows) ? " Some of it can be mended: wcow doctor --fix" : "");
}

/* What --fix would do, as a question, and not among the findings, which a program may read. */
static wcow_status confirm(struct session *session, const cJSON *rows, wcow_error *err)
{
    struct session asking = *session;
    cleanup_text text warning = TEXT_INIT;
    wcow_status status;
    const cJSON *row;

    text_add(&warning, "This will mend:\n");
    cJSON_ArrayForEach (row, rows) {
        if (json_bool(row, "Fixable", false))
            text_addf(&warning, "  - %s: %s\n", json_text(row, "ID", ""),
                      json_text(row, "Found", ""));
    }
    text_add(&warning, "\n");
    if (warning.failed)
        return error_no_memory(err);
    asking.out = session->err;
    status = session_confirm(&asking, text_get(&warning), "doctor --fix", err);
    session->declined = asking.declined;
    return status;
}

static wcow_status examine(wcow_host *host, bool fix, cJSON **rows, wcow_verdict *worst,
                           wcow_error *err)
{
    wcow_examine_options wanted = WCOW_EXAMINE_OPTIONS_INIT;
    cleanup_wcow char *json = NULL;
    cJSON *found = NULL;
    wcow_status status;

    wanted.fix = fix;
    status = wcow_host_examine(host, &wanted, &json, worst, err);
    if (!status)
        status = json_parse(json, strlen(json), "the findings", &found, err);
    if (status)
        return status;
    cJSON_Delete(*rows);
    *rows = found;
    return WCOW_OK;
}

static uint32_t exit_code_of(wcow_verdict worst)
{
    return worst == WCOW_VERDICT_BROKEN    ? EXIT_CODE_BROKEN
           : worst == WCOW_VERDICT_WARNING ? EXIT_CODE_WARNING
                                           : EXIT_CODE_OK;
}

static wcow_status run_examination(struct session *session, const struct doctor *doctor,
                                   wcow_host *host, wcow_error *err)
{
    const struct listing listing = {
        .format = doctor->format,
        .standard = "{{.ID}}\t{{.Verdict}}\t{{.Found}}\t{{.Remedy}}",
        .columns = columns,
    };
    cleanup_json cJSON *rows = NULL;
    wcow_verdict worst = WCOW_VERDICT_FINE;
    /* Without a question there need be no look before. */
    wcow_status status = examine(host, doctor->fix && doctor->force, &rows, &worst, err);

    if (!status && doctor->fix && !doctor->force && is_any_fixable(rows)) {
        status = confirm(session, rows, err);
        if (!status)
            status = examine(host, true, &rows, &worst, err);
        else if (session->declined)
            session->exit_code = exit_code_of(worst); /* all stays as it was found */
    }
    if (status)
        return status;
    session->exit_code = exit_code_of(worst);
    if (doctor->format)
        return listing_print(session->out, &listing, rows, err);
    print_all(session->out, rows);
    return WCOW_OK;
}

/* ---- the self-test ---- */

static void told(void *context, const char *step, wcow_self_test_outcome outcome, const char *why)
{
    static const char *const words[] = {"", "passed", "DIFFERS", "left out"};
    struct session *session = context;

    if (session->json_errors && outcome != WCOW_SELF_TEST_BEGINS)
        session_note(session, "%s %s%s%s", step, words[outcome], why ? ": " : "", why ? why : "");
    if (session->json_errors)
        return;
    if (outcome == WCOW_SELF_TEST_BEGINS)
        fprintf(session->err, "%-28s", step);
    else
        fprintf(session->err, "%s%s%s\n", words[outcome], why ? ": " : "", why ? why : "");
    fflush(session->err);
}

/* Why there was no image; NULL: there was one. */
static const char *why_no_image(const cJSON *report)
{
    const cJSON *step;

    cJSON_ArrayForEach (step, json_member(report, "steps")) {
        if (text_equal(json_text(step, "name", ""), "take-image"))
            return json_text(step, "leftOut", NULL);
    }
    return NULL;
}

/* In one line, and as an exit code. */
static wcow_status sum_up(struct session *session, const char *json, bool passed, wcow_error *err)
{
    cleanup_json cJSON *report = NULL;
    wcow_status status = json_parse_with_nul(json, strlen(json), "the report", &report, err);
    const char *why = why_no_image(report);

    if (status)
        return status;
    session_note(session, "%d passed, %d differ, %d left out%s%s",
                 (int)json_integer(report, "passed", 0), (int)json_integer(report, "differs", 0),
                 (int)json_integer(report, "leftOut", 0), why ? ": no image: " : "",
                 why ? why : "");
    session->exit_code = !passed ? EXIT_CODE_FAILED : why ? EXIT_CODE_UNTRIED : EXIT_CODE_OK;
    return WCOW_OK;
}

static wcow_status write_report(struct session *session, const char *path, const char *json,
                                wcow_error *err)
{
    wcow_status status = wcow_file_create(path, json, strlen(json), err);

    if (!status) {
        session_note(session, "The report is in '%s'.", path);
        return WCOW_OK;
    }
    fprintf(session->out, "%s\n", json); /* minutes of work are not thrown away */
    return error_wrap(err, status, "the report was printed instead");
}

/* Before minutes of work, and not after them. */
static wcow_status check_output(const char *path, wcow_error *err)
{
    wcow_status status = wcow_file_try(path, err);

    if (status == WCOW_ALREADY_EXISTS)
        return error_set(err, status, "'%s' exists: name another file", path);
    return status ? error_wrap(err, status, "cannot write the report '%s'", path) : WCOW_OK;
}

static wcow_status run_self_test(struct session *session, const struct doctor *doctor,
                                 wcow_host *host, wcow_error *err)
{
    wcow_self_test_options wanted = WCOW_SELF_TEST_OPTIONS_INIT;
    cleanup_wcow char *json = NULL;
    bool passed = false;
    wcow_status status = doctor->output ? check_output(doctor->output, err) : WCOW_OK;

    if (status)
        return status;
    wanted.image = doctor->image;
    wanted.no_hyperv = doctor->no_hyperv;
    wanted.told = told;
    wanted.context = session;
    status = wcow_host_self_test(host, &wanted, &json, &passed, err);
    if (status)
        return status;
    status = sum_up(session, json, passed, err);
    if (status)
        return status;
    if (doctor->output)
        return write_report(session, doctor->output, json, err);
    fprintf(session->out, "%s\n", json);
    return WCOW_OK;
}

/* What belongs to the other of the two is refused, and not left out in silence. */
static wcow_status check_options(const struct doctor *doctor, wcow_error *err)
{
    if (doctor->self_test && (doctor->fix || doctor->force || doctor->format))
        return error_set(err, WCOW_INVALID,
                         "--self-test goes with --image, --no-hyperv and --output alone");
    if (!doctor->self_test && (doctor->image || doctor->no_hyperv || doctor->output))
        return error_set(err, WCOW_INVALID,
                         "--image, --no-hyperv and --output belong to --self-test");
    if (doctor->force && !doctor->fix)
        return error_set(err, WCOW_INVALID, "--force belongs to --fix");
    return WCOW_OK;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct doctor *doctor = values;
    wcow_host *host = NULL;
    wcow_status status = check_options(doctor, err);

    if (!status)
        status = session_host(session, &host, err);
    if (status)
        return status;
    return doctor->self_test ? run_self_test(session, doctor, host, err)
                             : run_examination(session, doctor, host, err);
}

const struct command cmd_doctor = {
    .name = "doctor",
    .section = SECTION_OTHER,
    .summary = "Find out what is wrong with this host",
    .notes =
        "Looks at this host, its services, wcow's folder and what crashes left, and says what to "
        "do about each. It changes nothing without --fix, and waits ten seconds at most for a "
        "service that does not answer, with --fix two minutes for each thing that is mended. What "
        "is 'unknown' could not be asked, mostly since that "
        "needs an elevated prompt.\n\n--fix starts services that containers need, and gives back "
        "what containers left whose monitor died; it asks before. Containers, images, volumes "
        "and settings of the host stay.\n\nThe exit code is 0 if all is well or unknown, 1 with "
        "warnings or if the examination itself failed (a message says so), 2 if something is "
        "broken, 125 for unknown options.\n\nThe self-test takes some minutes. It works in a "
        "folder of its own beside wcow's, and "
        "leaves nothing behind; containers that run meanwhile are not touched. The exit code "
        "is 1 if anything was not as wcow expects it, and 2 if there was no image, so that next "
        "to nothing was tried.",
    .options = options,
    .size = sizeof(struct doctor),
    .run = run,
};
