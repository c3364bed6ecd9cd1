/* SPDX-License-Identifier: MIT */
/* Making errors, and the table that explains codes. */
#include "tests/unit/status.h"

#include <stdio.h>
#include <string.h>

#include <wcow/explain.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"

static wcow_error err;

static void a_code_becomes_status_message_and_hint(void **state)
{
    (void)state;
    assert_fails(&err, WCOW_ALREADY_EXISTS,
                 "HcsCreateComputeSystem: the service has a container of that id already "
                 "(0x8037010F)",
                 error_hresult(&err, (int32_t)0x8037010F, "HcsCreateComputeSystem"));
    assert_int_equal(err.hresult, (int32_t)0x8037010F);
    assert_string_equal(err.hint, "clean up what a crash left: wcow system prune\n"
                                  "see: wcow explain 0xc037010f");
}

static void unknown_codes_are_shown_as_they_are(void **state)
{
    (void)state;
    assert_fails(&err, WCOW_FAILED, "X: failed (0x81234567)",
                 error_hresult(&err, (int32_t)0x81234567, "X"));
    assert_string_equal(err.hint, "");
    assert_fails(&err, WCOW_FAILED, "X: Win32 error 9999 (0x8007270F)",
                 error_hresult(&err, (int32_t)0x8007270F, "X"));
}

static void success_leaves_the_error_alone(void **state)
{
    (void)state;
    error_set(&err, WCOW_FAILED, "before");
    assert_int_equal(error_check(&err, 1, "X"), WCOW_OK);
    assert_string_equal(err.message, "before");
}

static void wrapping_keeps_everything_but_the_message(void **state)
{
    wcow_status status;

    (void)state;
    status = error_hresult(&err, HR_ACCESS_DENIED, "HcsOpenComputeSystem");
    assert_fails(&err, WCOW_DENIED,
                 "cannot open 'web': HcsOpenComputeSystem: access was denied (0x80070005)",
                 error_wrap(&err, status, "cannot open '%s'", "web"));
    assert_int_equal(err.hresult, HR_ACCESS_DENIED);
    assert_true(strlen(err.hint) > 0);
}

static void names_of_strangers_do_not_drive_the_terminal(void **state)
{
    (void)state;
    error_set(&err, WCOW_CORRUPT, "entry '%s'", "\x1b]0;x\x07");
    error_wrap(&err, WCOW_CORRUPT, "image '%s'",
               "\xC2\x9B"
               "2J");
    error_hint(&err, "not '%s'", "\x1b[1m");
    assert_string_equal(err.message, "image '  2J': entry ' ]0;x '");
    assert_string_equal(err.hint, "not ' [1m'");
}

static void what_is_returned_and_what_is_stored_are_one(void **state)
{
    (void)state;
    error_hresult(&err, HR_ACCESS_DENIED, "X");
    assert_int_equal(error_wrap(&err, WCOW_CANCELLED, "nobody reads"), WCOW_CANCELLED);
    assert_int_equal(err.status, WCOW_CANCELLED);
    assert_int_equal(err.hresult, HR_ACCESS_DENIED);
    assert_int_equal(error_kind(&err, WCOW_EXIT_UNKNOWN), WCOW_EXIT_UNKNOWN);
    assert_int_equal(err.status, WCOW_EXIT_UNKNOWN);
    assert_string_equal(err.message, "nobody reads: X: access was denied (0x80070005)");
    assert_int_equal(error_kind(NULL, WCOW_INVALID), WCOW_INVALID);
}

static void a_new_error_clears_the_old_one(void **state)
{
    (void)state;
    error_hresult(&err, HR_ACCESS_DENIED, "X");
    strcpy(err.events, "event");
    error_set(&err, WCOW_INVALID, "it was: %s", err.message);
    assert_string_equal(err.message, "it was: X: access was denied (0x80070005)");
    assert_int_equal(err.hresult, 0);
    assert_string_equal(err.events, "");
    assert_string_equal(err.hint, "");
}

static void long_texts_are_cut_between_characters(void **state)
{
    cleanup_text text t = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 600; i++)
        text_add(&t, "\xE2\x82\xAC");
    for (int shift = 0; shift < 4; shift++) {
        error_set(&err, WCOW_FAILED, "%.*s%s", shift, "abc", text_get(&t));
        assert_true(utf8_valid(err.message, strlen(err.message)));
        assert_true(strlen(err.message) > sizeof(err.message) - 4);
        error_wrap(&err, WCOW_FAILED, "%.*s", shift + 1, "abcd");
        assert_true(utf8_valid(err.message, strlen(err.message)));
        error_wrap(&err, WCOW_FAILED, "%s", text_get(&t));
        assert_true(utf8_valid(err.message, strlen(err.message)));
        error_hint(&err, "%s", text_get(&t));
        error_hint(&err, "%s", "more");
        assert_true(utf8_valid(err.hint, strlen(err.hint)));
    }
}

static void nobody_need_care_for_the_error(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, WCOW_INVALID, "%d", 1), WCOW_INVALID);
    assert_int_equal(error_wrap(NULL, WCOW_INVALID, "%d", 1), WCOW_INVALID);
    assert_int_equal(error_hresult(NULL, HR_ACCESS_DENIED, "X"), WCOW_DENIED);
    assert_int_equal(error_no_memory(NULL), WCOW_NO_MEMORY);
    error_hint(NULL, "%d", 1);
}

static void numbers_of_one_meaning_are_folded(void **state)
{
    static const struct {
        uint32_t from, to;
    } codes[] = {
        {0x8037010F, 0xC037010F}, {0xC037010F, 0xC037010F},
        {0x80370117, 0xC0370103}, {0x8037011E, 0xC037011E},
        {0xC0070005, 0x80070005}, {0xA0070005, 0x80070005},
        {0x803B0013, 0x803B0013}, {0, 0},
        {0x00070005, 0x00070005},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_int_equal((uint32_t)hresult_normalise((int32_t)codes[i].from), codes[i].to);
    assert_int_equal(status_from_hresult(0), WCOW_OK);
    assert_int_equal(status_from_hresult((int32_t)0x8037011E), WCOW_UNAVAILABLE);
    assert_int_equal(status_from_hresult((int32_t)0x81234567), WCOW_FAILED);
}

static void every_status_has_a_name(void **state)
{
    (void)state;
    for (int i = WCOW_OK; i <= WCOW_EXIT_UNKNOWN; i++)
        assert_string_not_equal(wcow_status_name((wcow_status)i), "unknown");
    assert_string_equal(wcow_status_name((wcow_status)99), "unknown");
}

static void check_list(const char *name, const char *const list[6])
{
    size_t count = 0;

    while (count < 6 && list[count])
        count++;
    if (count == 0 || count > 5)
        fail_msg("%s has %zu causes or remedies", name, count);
}

static void every_entry_is_complete_and_unique(void **state)
{
    size_t count;
    const wcow_explanation *table = wcow_explanations(&count);

    (void)state;
    assert_true(count >= 120);
    for (size_t i = 0; i < count; i++) {
        const wcow_explanation *entry = &table[i];
        const char *end = entry->meaning + strlen(entry->meaning) - 1;

        check_list(entry->name, entry->causes);
        check_list(entry->name, entry->remedies);
        if (*end == '.' || entry->status == WCOW_OK || strlen(entry->remedies[0]) > 250)
            fail_msg("%s: odd meaning, status or first remedy", entry->name);
        if (entry->code)
            assert_ptr_equal(wcow_explain(entry->code), entry);
        assert_ptr_equal(wcow_explain_text(entry->name), entry);
        if (entry->match)
            assert_ptr_equal(wcow_explain_text(entry->match), entry);
    }
}

/* Any file of the host can fail with these: `wcow load -i nothere`. */
static void advice_about_files_is_not_about_containers(void **state)
{
    static const uint32_t codes[] = {2, 3, 5, 21, 32, 80, 123, 145, 206, 223, 267};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        error_hresult(&err, HR_FROM_WIN32(codes[i]), "open");
        assert_non_null(strstr(err.hint, "see: wcow explain"));
        if (strstr(err.hint, "ontainer") || strstr(err.hint, "image"))
            fail_msg("%s\n%s", err.message, err.hint);
    }
}

/* Services of containers depend on these (--restart): without -Force Windows refuses. The private
 * addresses of RFC 1918 end at 172.31. --root moves nothing. */
static void advice_can_be_followed_as_it_stands(void **state)
{
    static const char *const wrong[] = {"172.40.", "move wcow's folder", "wcow --root D:"};
    size_t count, services = 0;
    const wcow_explanation *table = wcow_explanations(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < 6 && table[i].remedies[j]; j++) {
            const char *remedy = table[i].remedies[j];

            for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++)
                if (strstr(remedy, wrong[k]))
                    fail_msg("%s: %s", table[i].name, remedy);
            if (!strstr(remedy, "Restart-Service") && !strstr(remedy, "Stop-Service"))
                continue;
            services++;
            if (!strstr(remedy, "-Force"))
                fail_msg("%s: %s", table[i].name, remedy);
        }
    }
    assert_true(services > 8);
}

/* What the calls of the storage and compute services, and of files, were seen to fail with: the
 * issue trackers that codes.c names, and hcsshim's own list of those it treats apart. */
static void what_the_calls_of_windows_were_seen_to_answer_is_there(void **state)
{
    static const uint32_t codes[] = {
        1,    2,    3,    5,    6,    13,   21,   23,   32,   33,   50,   80,   87,
        112,  123,  127,  145,  161,  170,  183,  206,  267,  303,  433,  665,  1117,
        1167, 1168, 1314, 1392, 1450, 1455, 1460, 1920, 1921, 4390, 4392, 4395,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (!wcow_explain((uint32_t)HR_FROM_WIN32(codes[i])))
            fail_msg("%u has no line", codes[i]);
    assert_non_null(wcow_explain(0xC0351000)); /* no hypervisor */
    assert_string_equal(wcow_explain_text("No hypervisor is present on this system. (0x")->name,
                        "ERROR_HV_NOT_PRESENT");
}

/* Microsoft numbers both in a row, without gaps. */
static void the_codes_of_the_services_are_all_there(void **state)
{
    (void)state;
    for (uint32_t low = 0x100; low <= 0x120; low++) {
        if (!wcow_explain(0x80370000u | low))
            fail_msg("no entry for 0x8037%04x", low);
    }
    for (uint32_t low = 1; low <= 0x30; low++) {
        if (!wcow_explain(0x803B0000u | low))
            fail_msg("no entry for 0x803b%04x", low);
    }
}

static void a_code_is_found_in_every_way_to_write_it(void **state)
{
    static const char *const ways[] = {
        "0xc0370106",
        "0xC0370106",
        "0x80370106",
        "-1070137082",
        "3224830214",
        "HCS_E_UNEXPECTED_EXIT",
        "hcs_e_unexpected_exit",
        "ERROR_VMCOMPUTE_UNEXPECTED_EXIT",
        ("container web encountered an error during Start: failure in a Windows system call: "
         "The virtual machine or container exited unexpectedly. (0xc0370106)"),
        "something nobody has heard of (0xC0370106) [x]",
    };
    const wcow_explanation *expected = wcow_explain(0xC0370106);

    (void)state;
    assert_non_null(expected);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (wcow_explain_text(ways[i]) != expected)
            fail_msg("not found: %s", ways[i]);
    }
    assert_ptr_equal(wcow_explain(5), wcow_explain(0x80070005));
    assert_ptr_equal(wcow_explain_text("32"), wcow_explain(0x80070020));
}

static void an_exit_code_is_found_as_it_is_shown(void **state)
{
    (void)state;
    assert_string_equal(wcow_explain_text("3221225786")->name, "STATUS_CONTROL_C_EXIT");
    assert_string_equal(wcow_explain_text("-1073741510")->name, "STATUS_CONTROL_C_EXIT");
    assert_string_equal(wcow_explain_text("0xC0000135")->name, "STATUS_DLL_NOT_FOUND");
    assert_string_equal(wcow_explain_text("3221225785")->name, "STATUS_ENTRYPOINT_NOT_FOUND");
    assert_string_equal(wcow_explain_text("3221225477")->name, "STATUS_ACCESS_VIOLATION");
    assert_string_equal(wcow_explain_text("1067")->name, "ERROR_PROCESS_ABORTED");
}

static void the_most_telling_text_wins(void **state)
{
    const wcow_explanation *entry;

    (void)state;
    entry = wcow_explain_text("hnsCall failed in Win32: The process cannot access the file because "
                              "it is being used by another process. (0x20)");
    assert_string_equal(entry->name, "port-in-use");
    entry =
        wcow_explain_text("failed to create endpoint web on network nat: HNS failed with error : "
                          "Unspecified error");
    assert_string_equal(entry->name, "hns-unspecified");
}

static void what_is_not_known_is_not_explained(void **state)
{
    (void)state;
    assert_null(wcow_explain(0));
    assert_null(wcow_explain(0x81234567));
    assert_null(wcow_explain_text(""));
    assert_null(wcow_explain_text("all is well"));
    assert_null(wcow_explain_text("0xffffffffffffffffff"));
    assert_null(wcow_explain_text("99999999999"));
}

WCOW_CHECKED static wcow_status count_and_fail(unsigned *calls)
{
    *calls += 1;
    return WCOW_FAILED;
}

static void of_several_failures_the_first_is_kept(void **state)
{
    wcow_error first = WCOW_ERROR_INIT;
    wcow_error problem = WCOW_ERROR_INIT;

    (void)state;
    assert_int_equal(error_keep_first(&first, WCOW_OK, &problem), WCOW_OK);
    error_set(&problem, WCOW_DENIED, "one");
    assert_int_equal(error_keep_first(&first, WCOW_OK, &problem), WCOW_OK); /* it was forgiven */
    assert_int_equal(first.status, WCOW_OK);
    assert_int_equal(error_keep_first(&first, WCOW_DENIED, &problem), WCOW_DENIED);
    error_set(&problem, WCOW_TIMEOUT, "two");
    assert_int_equal(error_keep_first(&first, WCOW_TIMEOUT, &problem), WCOW_DENIED);
    assert_string_equal(first.message, "one");
}

static void what_is_ignored_is_done_all_the_same(void **state)
{
    unsigned calls = 0;

    (void)state;
    ignore(count_and_fail(&calls));
    assert_int_equal(calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_becomes_status_message_and_hint),
        cmocka_unit_test(unknown_codes_are_shown_as_they_are),
        cmocka_unit_test(success_leaves_the_error_alone),
        cmocka_unit_test(wrapping_keeps_everything_but_the_message),
        cmocka_unit_test(what_is_returned_and_what_is_stored_are_one),
        cmocka_unit_test(names_of_strangers_do_not_drive_the_terminal),
        cmocka_unit_test(a_new_error_clears_the_old_one),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(nobody_need_care_for_the_error),
        cmocka_unit_test(numbers_of_one_meaning_are_folded),
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(every_entry_is_complete_and_unique),
        cmocka_unit_test(advice_about_files_is_not_about_containers),
        cmocka_unit_test(advice_can_be_followed_as_it_stands),
        cmocka_unit_test(what_the_calls_of_windows_were_seen_to_answer_is_there),
        cmocka_unit_test(the_codes_of_the_services_are_all_there),
        cmocka_unit_test(a_code_is_found_in_every_way_to_write_it),
        cmocka_unit_test(an_exit_code_is_found_as_it_is_shown),
        cmocka_unit_test(the_most_telling_text_wins),
        cmocka_unit_test(what_is_not_known_is_not_explained),
        cmocka_unit_test(of_several_failures_the_first_is_kept),
        cmocka_unit_test(what_is_ignored_is_done_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
