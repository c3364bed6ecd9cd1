/* SPDX-License-Identifier: MIT */
/* Who may touch what wcow makes. */
#include "tests/unit/status.h"

#include <string.h>

#include "security.h"

#include <sddl.h>

#include "base/text.h"

/* The descriptor as SDDL, its owner and its list. */
static char *description(security_kind kind)
{
    SECURITY_ATTRIBUTES *attributes = NULL;
    wchar_t *wide = NULL;
    char *out;

    assert_int_equal(security_private(kind, &attributes), HR_OK);
    assert_true(ConvertSecurityDescriptorToStringSecurityDescriptorW(
        attributes->lpSecurityDescriptor, SDDL_REVISION_1,
        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &wide, NULL));
    out = utf8_from_wide(wide);
    LocalFree(wide);
    return out;
}

/* This user's SID as text. */
static char *own_sid(void)
{
    char room[256];
    cleanup_handle HANDLE token = NULL;
    wchar_t *wide = NULL;
    DWORD size;
    char *out;

    assert_true(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    assert_true(GetTokenInformation(token, TokenUser, room, sizeof(room), &size));
    assert_true(ConvertSidToStringSidW(((TOKEN_USER *)room)->User.Sid, &wide));
    out = utf8_from_wide(wide);
    LocalFree(wide);
    return out;
}

/* No entry of the list admits anybody else, and nothing is inherited. */
static void assert_admits(security_kind kind, const char *entries)
{
    cleanup_free char *sddl = description(kind);
    const char *list = strstr(sddl, "D:P");

    assert_non_null(list);
    assert_string_equal(list, entries);
}

static void what_a_user_makes_admits_that_user_and_administrators(void **state)
{
    cleanup_free char *sid = own_sid();
    cleanup_free char *pipe = text_format("D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;%s)", sid);
    cleanup_free char *folder =
        text_format("D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)(A;OICI;GA;;;%s)", sid);
    cleanup_free char *owner = text_format("O:%s", sid);
    cleanup_free char *sddl = description(SECURITY_PIPE);

    (void)state;
    assert_admits(SECURITY_PIPE, pipe);
    assert_admits(SECURITY_FOLDER, folder);
    assert_memory_equal(sddl, owner, strlen(owner));
}

/* On this host nobody runs as those two. */
static void a_volume_admits_the_accounts_of_containers(void **state)
{
    static const char containers[] = "(A;OICI;GA;;;S-1-5-93-2-1)(A;OICI;0x1301bf;;;S-1-5-93-2-2)";
    cleanup_free char *sid = own_sid();
    cleanup_free char *own =
        text_format("D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)%s(A;OICI;GA;;;%s)", containers, sid);
    cleanup_free char *elevated = text_format("D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)%s", containers);

    (void)state;
    assert_admits(SECURITY_VOLUME, own);
    assert_admits(SECURITY_ELEVATED_VOLUME, elevated);
}

static void what_an_administrator_makes_admits_no_single_user(void **state)
{
    cleanup_free char *sddl = description(SECURITY_ELEVATED_PIPE);

    (void)state;
    assert_admits(SECURITY_ELEVATED_PIPE, "D:P(A;;GA;;;SY)(A;;GA;;;BA)");
    assert_admits(SECURITY_ELEVATED_FOLDER, "D:P(A;OICI;GA;;;SY)(A;OICI;GA;;;BA)");
    assert_memory_equal(sddl, "O:BA", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_user_makes_admits_that_user_and_administrators),
        cmocka_unit_test(what_an_administrator_makes_admits_no_single_user),
        cmocka_unit_test(a_volume_admits_the_accounts_of_containers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
