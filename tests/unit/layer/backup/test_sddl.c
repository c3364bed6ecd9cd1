/* SPDX-License-Identifier: MIT */
/* Security descriptors in text form become what Windows makes of them. */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "layer/backup/sddl.h"

static wcow_error err;

static void assert_encoded(const char *sddl, const char *hex)
{
    cleanup_free unsigned char *bytes = NULL;
    cleanup_text text got = TEXT_INIT;
    size_t size = 0;

    assert_ok(&err, sddl_encode(sddl, &bytes, &size, &err));
    for (size_t i = 0; i < size; i++)
        text_addf(&got, "%02x", bytes[i]);
    assert_string_equal(text_get(&got), hex);
}

/* What advapi32 makes of these, under Wine. */
static void descriptors_equal_those_of_windows(void **state)
{
    static const struct {
        const char *sddl, *hex;
    } cases[] = {
        {"", "0100008000000000000000000000000000000000"},
        {"O:S-1-5-0x20-0x220D:",
         "01000480140000000000000000000000240000000102000000000005200000002002"
         "00000200080000000000"},
        {"O:SY", "0100008014000000000000000000000000000000010100000000000512000000"},
        {"O:BAG:SYD:(A;;FA;;;WD)", "0100048014000000240000000000000030000000"
                                   "01020000000000052000000020020000" /* owner */
                                   "010100000000000512000000"         /* group */
                                   "02001c0001000000"                 /* list */
                                   "00001400ff011f00010100000000000100000000"},
        /* The parts lie in the order of the text. */
        {"D:(A;;GA;;;WD)O:BAG:SY", "0100048030000000400000000000000014000000"
                                   "02001c000100000000001400000000100101000000000001000000000102000"
                                   "000000005200000002002000001"
                                   "0100000000000512000000"},
        /* Wine gives the flags of both lists to the second; each has its own. */
        {"S:PAI(AU;SAFA;FA;;;WD)D:PAR(A;OICI;0x1200a9;;;BU)",
         "010014b900000000000000001400000030000000"
         "02001c000100000002c01400ff011f00010100000000000100000000"
         "020020000100000000031800a900120001020000000000052000000021020000"},
        {"D:PARAI(A;OICINPIOID;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;S-1-5-80-956008885-3418522649-"
         "1831038044-1853292631-2271478464)S:(ML;;NWNRNX;;;LW)",
         "0100149500000000000000004400000014000000"
         "0200300001000000001f2800ff010f00"
         "010600000000000550000000b589fb381984c2cb5c6c236d5700776ec0026487"
         "02001c00010000001100140007000000010100000000001000100000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_encoded(cases[i].sddl, cases[i].hex);
}

static void lists_may_be_empty_or_missing(void **state)
{
    (void)state;
    assert_encoded("D:", "01000480000000000000000000000000140000000200080000000000");
    assert_encoded("D:NO_ACCESS_CONTROL", "0100048000000000000000000000000000000000");
    assert_encoded("D:PNO_ACCESS_CONTROL", "0100049000000000000000000000000000000000");
    assert_encoded("S:", "01001080000000000000000014000000000000000200080000000000");
}

/* One entry for everyone: only its rights differ. */
static void assert_rights(const char *rights, const char *hex)
{
    cleanup_free char *sddl = text_format("D:(A;;%s;;;WD)", rights);
    cleanup_free char *whole =
        text_format("010004800000000000000000000000001400000002001c000100000000001400%s"
                    "010100000000000100000000",
                    hex);

    assert_encoded(sddl, whole);
}

static void rights_are_words_or_a_number(void **state)
{
    (void)state;
    assert_rights("", "00000000");
    assert_rights("FRFW", "9f011200");
    assert_rights("0X1F", "1f000000");
    assert_rights("0xffffffff", "ffffffff");
    assert_rights("15", "0f000000");
    assert_rights("017", "0f000000");
    assert_rights("GAGXGWGR", "000000f0");
    assert_rights("FX", "a0001200");
    assert_rights("KA", "3f000f00");
    assert_rights("KRKWKX", "1f000200");
}

static void blanks_are_allowed_before_things(void **state)
{
    static const char everyone[] =
        "010004800000000000000000000000001400000002001c000100000000001400000000100101000000000001"
        "00000000";

    (void)state;
    assert_encoded("D:(A;;GA;;;WD)", everyone);
    assert_encoded(" D: ( A; ; GA; ; ; WD ) ", everyone);
    assert_encoded("D:(A;;GA;;;wd)", everyone);
    assert_encoded("D:(A;;GA;;;s-1-0x1-0x0)", everyone);
}

static void object_entries_carry_what_they_are_of(void **state)
{
    (void)state;
    assert_encoded("D:(OA;;CC;bf967aba-0de6-11d0-a285-00AA003049E2;;WD)",
                   "010004800000000000000000000000001400000004003000010000000500280001000000"
                   "01000000ba7a96bfe60dd011a28500aa003049e2010100000000000100000000");
    assert_encoded("D:(OD;;CC;;bf967aba-0de6-11d0-a285-00aa003049e2;WD)",
                   "010004800000000000000000000000001400000004003000010000000600280001000000"
                   "02000000ba7a96bfe60dd011a28500aa003049e2010100000000000100000000");
    assert_encoded("D:(OA;;CC;;;WD)",
                   "010004800000000000000000000000001400000004002000010000000500180001000000"
                   "00000000010100000000000100000000");
    assert_encoded("S:(OU;SA;CC;bf967aba-0de6-11d0-a285-00aa003049e2;bf967aba-0de6-11d0-a285-"
                   "00aa003049e2;WD)",
                   "010010800000000000000000140000000000000004004000010000000740380001000000"
                   "03000000ba7a96bfe60dd011a28500aa003049e2ba7a96bfe60dd011a28500aa003049e2"
                   "010100000000000100000000");
}

static void accounts_are_known_by_two_letters(void **state)
{
    static const struct {
        const char *letters, *sid;
    } cases[] = {
        {"AC", "01020000000000"
               "0f0200000001000000"},
        {"AN", "010100000000000507000000"},
        {"CO", "010100000000000300000000"},
        {"HI", "010100000000001000300000"},
        {"LS", "010100000000000513000000"},
        {"OW", "010100000000000304000000"},
        {"SS", "010100000000001202000000"},
        {"UD", "010600000000000554000000"
               "0000000000000000000000000000000000000000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *sddl = text_format("G:%s", cases[i].letters);
        cleanup_free char *hex =
            text_format("0100008000000000140000000000000000000000%s", cases[i].sid);

        assert_encoded(sddl, hex);
    }
}

static void what_is_malformed_is_refused(void **state)
{
    static const struct {
        const char *sddl, *message;
        wcow_status status;
    } cases[] = {
        {"X:", "neither owner, group nor list at 'X:'", WCOW_CORRUPT},
        {"O", "neither owner, group nor list at 'O'", WCOW_CORRUPT},
        {"O:", "unknown account ''", WCOW_CORRUPT},
        {"O:S", "unknown account 'S'", WCOW_CORRUPT},
        {"O:QQ", "unknown account 'QQ'", WCOW_CORRUPT},
        {"O:DA", "the account 'DA' is one of the host's own", WCOW_UNSUPPORTED},
        {"O:SYO:SY", "a part that comes twice at 'O:SY'", WCOW_CORRUPT},
        {"D:D:", "a part that comes twice at 'D:'", WCOW_CORRUPT},
        {"O:S-1-5", "malformed SID 'S-1-5'", WCOW_CORRUPT},
        {"O:S-2-5-1", "malformed SID 'S-2-5-1'", WCOW_CORRUPT},
        {"O:S-1-5-4294967296", "malformed SID 'S-1-5-4294967296'", WCOW_CORRUPT},
        {"O:S-1-281474976710656-1", "malformed SID 'S-1-281474976710656-1'", WCOW_CORRUPT},
        {"O:S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16",
         "malformed SID 'S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16'", WCOW_CORRUPT},
        {"D:(", "unknown type of ACE at ''", WCOW_CORRUPT},
        {"D:(A", "malformed ACE at 'A'", WCOW_CORRUPT},
        {"D:(A;;GA;;;WD", "malformed ACE at 'A;;GA;;;WD'", WCOW_CORRUPT},
        {"D:(A ;;GA;;;WD)", "malformed ACE at 'A ;;GA;;;WD)'", WCOW_CORRUPT},
        {"D:(A;XX;GA;;;WD)", "malformed ACE at 'A;XX;GA;;;WD)'", WCOW_CORRUPT},
        {"D:(A;;XX;;;WD)", "malformed ACE at 'A;;XX;;;WD)'", WCOW_CORRUPT},
        {"D:(A;;0x100000000;;;WD)", "malformed ACE at 'A;;0x100000000;;'", WCOW_CORRUPT},
        {"D:(A;;GA;bf967aba-0de6-11d0-a285-00aa003049e2;;WD)",
         "malformed ACE at 'A;;GA;bf967aba-0'", WCOW_CORRUPT},
        {"D:(OA;;GA;bf967aba-0de6-11d0-a285-00aa003049;;WD)", "malformed ACE at 'OA;;GA;bf967aba-'",
         WCOW_CORRUPT},
        {"D:(OA;;GA;;bf967aba0de611d0a28500aa003049e2;WD)", "malformed ACE at 'OA;;GA;;bf967aba'",
         WCOW_CORRUPT},
        {"D:(A;;GA;;;QQ)", "unknown account 'QQ'", WCOW_CORRUPT},
        {"D:(A;;GA;;;WD)x", "neither owner, group nor list at 'x'", WCOW_CORRUPT},
        {"D:X(A;;GA;;;WD)", "neither owner, group nor list at 'X(A;;GA;;;WD)'", WCOW_CORRUPT},
        {"D:(XA;;GA;;;WD;(x))", "an ACE with an expression ('XA')", WCOW_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char *bytes = NULL;
        size_t size;

        assert_fails(&err, cases[i].status, cases[i].message,
                     sddl_encode(cases[i].sddl, &bytes, &size, &err));
        assert_null(bytes);
    }
}

/* The size of a list has 16 bits. */
static void a_list_without_end_is_refused(void **state)
{
    cleanup_text text sddl = TEXT_INIT;
    unsigned char *bytes = NULL;
    size_t size = 0;

    (void)state;
    text_add(&sddl, "D:");
    for (int i = 0; i < 3276; i++)
        text_add(&sddl, "(A;;GA;;;WD)");
    assert_ok(&err, sddl_encode(text_get(&sddl), &bytes, &size, &err));
    assert_int_equal(size, 20 + 8 + 3276 * 20);
    free(bytes);
    text_add(&sddl, "(A;;GA;;;WD)");
    assert_fails(&err, WCOW_CORRUPT, "the list is too long at 'A;;GA;;;WD)'",
                 sddl_encode(text_get(&sddl), &bytes, &size, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_equal_those_of_windows),
        cmocka_unit_test(lists_may_be_empty_or_missing),
        cmocka_unit_test(rights_are_words_or_a_number),
        cmocka_unit_test(blanks_are_allowed_before_things),
        cmocka_unit_test(object_entries_carry_what_they_are_of),
        cmocka_unit_test(accounts_are_known_by_two_letters),
        cmocka_unit_test(what_is_malformed_is_refused),
        cmocka_unit_test(a_list_without_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
