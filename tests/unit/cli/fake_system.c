/* SPDX-License-Identifier: MIT */
/* What the scripted library does with a host as a whole: tells of it, tests it, cleans it up. */
#include "tests/unit/cli/fake_wcow.h"

#include "base/text.h"

wcow_status wcow_host_info(wcow_host *host, char **json, wcow_error *err)
{
    (void)host;
    return fake_answer(fake_call(err, "info"), fake.info, json, err);
}

static void add_list(text *line, const char *name, const char *const *items)
{
    for (; items && *items; items++)
        text_addf(line, " %s=%s", name, *items);
}

static wcow_status prune(const char *what, const wcow_prune_options *options,
                         wcow_prune_report *report, wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    text_add(&line, what);
    if (options->all)
        text_add(&line, " all");
    if (options->volumes)
        text_add(&line, " volumes");
    if (options->until)
        text_addf(&line, " until=%lld", (long long)options->until);
    add_list(&line, "label", options->labels);
    add_list(&line, "without", options->without);
    status = fake_call(err, "%s", text_get(&line));
    for (const char *const *each = fake.removed; each && *each; each++)
        options->removed(options->context,
                         **each == 'c'   ? WCOW_PRUNED_CONTAINER
                         : **each == 'v' ? WCOW_PRUNED_VOLUME
                                         : WCOW_PRUNED_IMAGE,
                         *each + 1);
    *report = fake.pruned;
    return status;
}

wcow_status wcow_host_prune(wcow_host *host, const wcow_prune_options *options,
                            wcow_prune_report *report, wcow_error *err)
{
    (void)host;
    return prune("prune", options, report, err);
}

wcow_status wcow_container_prune(wcow_host *host, const wcow_prune_options *options,
                                 wcow_prune_report *report, wcow_error *err)
{
    (void)host;
    return prune("container prune", options, report, err);
}

wcow_status wcow_host_self_test(wcow_host *host, const wcow_self_test_options *options, char **json,
                                bool *passed, wcow_error *err)
{
    wcow_status status = fake_call(err, "self-test %s%s", options->image ? options->image : "-",
                                   options->no_hyperv ? " no-hyperv" : "");

    (void)host;
    if (status)
        return status;
    options->told(options->context, "host", WCOW_SELF_TEST_BEGINS, NULL);
    options->told(options->context, "host",
                  fake.exit_code ? WCOW_SELF_TEST_DIFFERS : WCOW_SELF_TEST_PASSED, NULL);
    if (fake.findings) {
        options->told(options->context, "order", WCOW_SELF_TEST_BEGINS, NULL);
        options->told(options->context, "order", WCOW_SELF_TEST_LEFT_OUT, "there is no image");
    }
    *json = text_copy(fake.findings ? fake.findings : "{}");
    *passed = !fake.exit_code;
    return WCOW_OK;
}

wcow_status wcow_host_examine(wcow_host *host, const wcow_examine_options *options, char **json,
                              wcow_verdict *worst, wcow_error *err)
{
    wcow_status status = fake_call(err, "examine%s", options->fix ? " fix" : "");

    (void)host;
    if (status)
        return status;
    *json = text_copy(fake.findings ? fake.findings : "[]");
    *worst = fake.verdict;
    return WCOW_OK;
}

wcow_status wcow_host_events_log(wcow_host *host, const wcow_events_log_options *options,
                                 char **json, wcow_error *err)
{
    wcow_status status =
        fake_call(err, "events-log %s %u %d", options->container ? options->container : "-",
                  options->limit, options->since != 0);

    (void)host;
    if (!status)
        *json = text_copy(fake.findings ? fake.findings : "[]");
    return status;
}

wcow_status wcow_host_events(wcow_host *host, const wcow_event_options *options,
                             wcow_event_fn *each, void *context, wcow_error *err)
{
    wcow_status status = fake_call(err, "events since=%lld until=%lld", (long long)options->since,
                                   (long long)options->until);

    (void)host;
    for (const char *const *line = fake.happened; line && *line && !status; line++) {
        if (!each(context, *line))
            return WCOW_OK;
    }
    if (!status)
        (void)each(context, NULL);
    return status;
}
