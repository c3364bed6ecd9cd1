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

#define INSTALLER "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
#define MINE      "%s" /* stands for this user, whose programs are not all elevated */

/* The second entry of the list, of another kind. */
static void turn_into(PSECURITY_DESCRIPTOR descriptor, BYTE type)
{
    BOOL there;
    BOOL unused;
    PACL list;
    void *entry = NULL;

    assert_true(GetSecurityDescriptorDacl(descriptor, &there, &list, &unused));
    assert_true(GetAce(list, 1, &entry));
    ((ACE_HEADER *)entry)->AceType = type;
}

static void what_anybody_but_administrators_may_change_is_exposed(void **state)
{
    static const struct {
        const char *sddl;
        bool exposed;
        BYTE second; /* kind of the second entry; 0: as it is */
    } cases[] = {
        {"O:BAD:(A;;FA;;;SY)(A;;FA;;;BA)", false, 0},
        {"O:SYD:(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" INSTALLER ")", false, 0},
        {"O:" INSTALLER "D:(A;;0x1200a9;;;BU)(A;OICIIO;GA;;;CO)", false, 0},
        {"O:BAD:(A;;FA;;;BA)(A;;0x1200a9;;;" MINE ")", false, 0},
        {"O:BAD:(A;;FA;;;BA)(A;OICIIO;GA;;;" MINE ")", false, 0},
        {"O:BAD:(A;;FA;;;BA)(A;;FA;;;S-1-3-4)", false, 0}, /* what its owner may */
        {"O:BAD:(A;;FA;;;BA)(D;;FA;;;BU)", false, 0},
        {"O:BAD:(A;;FA;;;BA)(A;;FA;;;" MINE ")", true, 0},
        {"O:BAD:(A;;FA;;;BA)(A;;GW;;;" MINE ")", true, 0},
        {"O:" MINE "D:(A;;FA;;;SY)(A;;FA;;;BA)", true, 0},
        {"O:BUD:(A;;FA;;;BA)", true, 0},
        {"O:BAD:(A;;FA;;;BA)(A;;WD;;;BU)", true, 0},
        {"O:BAD:(A;;FA;;;BA)(D;;FA;;;BU)(A;;FA;;;BU)", true, 0},
        {"O:BA", true, 0}, /* no list admits all */
        {"D:(A;;FA;;;BA)", true, 0},
        {"O:BAD:(A;;FA;;;BA)(A;;FA;;;BU)", true, ACCESS_ALLOWED_CALLBACK_ACE_TYPE},
        {"O:BAD:(A;;FA;;;BA)(A;;FA;;;BU)", true, ACCESS_ALLOWED_OBJECT_ACE_TYPE},
        {"O:BAD:(A;;FA;;;BA)(A;;FA;;;BU)", false, ACCESS_DENIED_CALLBACK_ACE_TYPE},
    };
    cleanup_free char *sid = own_sid();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *mine = strstr(cases[i].sddl, MINE);
        cleanup_free char *sddl = mine ? text_format("%.*s%s%s", (int)(mine - cases[i].sddl),
                                                     cases[i].sddl, sid, mine + strlen(MINE))
                                       : text_copy(cases[i].sddl);
        cleanup_free wchar_t *wide = wide_from_utf8(sddl);
        PSECURITY_DESCRIPTOR descriptor = NULL;
        bool exposed;

        assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1,
                                                                         &descriptor, NULL));
        if (cases[i].second)
            turn_into(descriptor, cases[i].second);
        exposed = security_descriptor_exposes(descriptor, FILE_WRITE_DATA | WRITE_DAC);
        LocalFree(descriptor);
        if (exposed != cases[i].exposed)
            fail_msg("%s: %s", sddl, exposed ? "exposed" : "not exposed");
    }
}

static void a_folder_is_shared_where_anybody_else_may_change_what_is_in_it(void **state)
{
    static const struct {
        const char *sddl;
        bool shared;
    } cases[] = {
        {"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", false},
        {"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)", false},
        /* As it is inherited from %ProgramData%: users may add files and folders. */
        {"D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)"
         "(A;CIID;0x116;;;BU)",
         true},
        {"D:P(A;OICI;FA;;;BA)(A;;DC;;;WD)", true},
        {"D:P(A;OICI;FA;;;BA)(A;;WD;;;AU)", true},
        {"O:BA", true}, /* no list admits all */
    };
    char room[SECURITY_MAX_SID_SIZE];
    PSID user = room;
    DWORD size = sizeof(room);

    (void)state;
    assert_true(CreateWellKnownSid(WinAuthenticatedUserSid, NULL, user, &size));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free wchar_t *wide = wide_from_utf8(cases[i].sddl);
        PSECURITY_DESCRIPTOR descriptor = NULL;
        const bool of_user = strstr(cases[i].sddl, ";;;AU)") != NULL;

        assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1,
                                                                         &descriptor, NULL));
        assert_int_equal(security_descriptor_shares(descriptor, NULL), cases[i].shared);
        assert_int_equal(security_descriptor_shares(descriptor, user), cases[i].shared && !of_user);
        LocalFree(descriptor);
    }
}

/* Whoever made a pipe of a monitor's name is asked nothing if he is not a friend. */
static void an_elevated_client_takes_no_pipe_that_its_user_owns(void **state)
{
    static const struct {
        const char *owner;
        bool to_user, to_elevated;
    } cases[] = {
        {"O:BA", true, true},
        {"O:SY", true, true},
        {"O:" MINE, true, false},
        {"O:BU", false, false},
    };
    cleanup_free char *sid = own_sid();
    cleanup_free wchar_t *wide_sid = wide_from_utf8(sid);
    PSID user = NULL;

    (void)state;
    assert_true(ConvertStringSidToSidW(wide_sid, &user));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const bool mine = strstr(cases[i].owner, MINE) != NULL;
        cleanup_free char *sddl = mine ? text_format("O:%s", sid) : text_copy(cases[i].owner);
        cleanup_free wchar_t *wide = wide_from_utf8(sddl);
        PSECURITY_DESCRIPTOR descriptor = NULL;
        PSID owner = NULL;
        BOOL unused;

        assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(wide, SDDL_REVISION_1,
                                                                         &descriptor, NULL));
        assert_true(GetSecurityDescriptorOwner(descriptor, &owner, &unused));
        assert_int_equal(security_is_friend(owner, user), cases[i].to_user);
        assert_int_equal(security_is_friend(owner, NULL), cases[i].to_elevated);
        LocalFree(descriptor);
    }
    LocalFree(user);
}

/* What no elevated client takes no elevated server may make: both go by one answer. */
static void what_a_process_makes_it_takes_itself(void **state)
{
    SECURITY_ATTRIBUTES *attributes = NULL;
    HANDLE made;
    bool ours = false;

    (void)state;
    assert_false(security_may_name(0));
    assert_false(security_may_name(SE_GROUP_ENABLED));
    assert_false(security_may_name(SE_GROUP_OWNER));
    assert_false(security_may_name(SE_GROUP_USE_FOR_DENY_ONLY | SE_GROUP_ENABLED | SE_GROUP_OWNER));
    assert_true(security_may_name(SE_GROUP_MANDATORY | SE_GROUP_ENABLED | SE_GROUP_OWNER));
    assert_int_equal(security_private(security_pipe_kind(), &attributes), HR_OK);
    made = CreateMutexW(attributes, FALSE, L"Global\\wcow-test-security");
    assert_non_null(made);
    assert_int_equal(security_is_ours(made, SECURITY_OF_PIPE, &ours), HR_OK);
    CloseHandle(made);
    assert_true(ours);
}

/* A folder of a user's own has that user for an owner whoever looks: the root may be one. */
static void a_file_of_its_user_is_ours(void **state)
{
    HANDLE made = CreateFileW(L"ours.tmp", GENERIC_WRITE | READ_CONTROL, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_DELETE_ON_CLOSE, NULL);
    bool as_file = false;

    (void)state;
    assert_ptr_not_equal(made, INVALID_HANDLE_VALUE);
    assert_int_equal(security_is_ours(made, SECURITY_OF_FILE, &as_file), HR_OK);
    CloseHandle(made);
    assert_true(as_file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_user_makes_admits_that_user_and_administrators),
        cmocka_unit_test(what_an_administrator_makes_admits_no_single_user),
        cmocka_unit_test(a_volume_admits_the_accounts_of_containers),
        cmocka_unit_test(what_anybody_but_administrators_may_change_is_exposed),
        cmocka_unit_test(a_folder_is_shared_where_anybody_else_may_change_what_is_in_it),
        cmocka_unit_test(an_elevated_client_takes_no_pipe_that_its_user_owns),
        cmocka_unit_test(what_a_process_makes_it_takes_itself),
        cmocka_unit_test(a_file_of_its_user_is_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
