/* SPDX-License-Identifier: MIT */
/* IPv4 addresses and prefixes. */
#include "tests/unit/status.h"

#include "base/ipv4.h"

static void addresses_are_read_and_printed(void **state)
{
    static const char *const fine[] = {"0.0.0.0", "172.20.0.1", "255.255.255.255"};

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        char printed[IPV4_TEXT_SIZE];
        uint32_t address = 0;

        assert_true(ipv4_parse(fine[i], &address));
        ipv4_print(address, printed);
        assert_string_equal(printed, fine[i]);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const wrong[] = {"",          "1",         "1.2.3",      "1.2.3.",
                                        "1.2.3.256", "1.2.3.4.5", "01.2.3.4",   "1.2.3.4/8",
                                        " 1.2.3.4",  "1.2.3.4 ",  "1..3.4",     "-1.2.3.4",
                                        "+1.2.3.4",  "1.2.3.x",   "1.2.3.0004", "fd00::1"};
    uint32_t address = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(ipv4_parse(wrong[i], &address));
    assert_int_equal(address, 7);
}

static void prefixes_are_read_and_printed(void **state)
{
    static const char *const fine[] = {"0.0.0.0/0", "172.20.0.1/16", "255.255.255.255/32"};
    static const char *const wrong[] = {"",          "/",          "1.2.3.4",      "1.2.3.4/",
                                        "1.2.3/8",   "1.2.3.4/33", "1.2.3.4/08",   "1.2.3.4/8/8",
                                        "1.2.3.4/x", "1.2.3.4/-1", "1.2.3.4.5/16", "fd00::/64"};
    ipv4_prefix prefix = {0, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
        char printed[IPV4_TEXT_SIZE];

        assert_true(ipv4_parse_prefix(fine[i], &prefix));
        ipv4_print_prefix(&prefix, printed);
        assert_string_equal(printed, fine[i]);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(ipv4_parse_prefix(wrong[i], &prefix));
}

static ipv4_prefix parsed(const char *printed)
{
    ipv4_prefix prefix = {0, 0};

    assert_true(ipv4_parse_prefix(printed, &prefix));
    return prefix;
}

static void a_prefix_knows_its_addresses_and_neighbours(void **state)
{
    const ipv4_prefix all = parsed("0.0.0.0/0");
    const ipv4_prefix net = parsed("172.20.0.0/16");
    const ipv4_prefix part = parsed("172.20.128.0/24");
    const ipv4_prefix other = parsed("172.21.0.0/16");
    const ipv4_prefix host = parsed("172.20.3.9/16");
    uint32_t address;

    (void)state;
    assert_true(ipv4_parse("172.20.255.255", &address));
    assert_true(ipv4_contains(&net, address));
    assert_false(ipv4_contains(&other, address));
    assert_true(ipv4_contains(&all, address));
    assert_true(ipv4_overlap(&net, &part));
    assert_true(ipv4_overlap(&part, &net));
    assert_false(ipv4_overlap(&other, &part));
    assert_true(ipv4_overlap(&all, &other));
    assert_int_equal(ipv4_masked(&host).address, net.address);
    assert_int_equal(ipv4_masked(&all).address, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_printed),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(prefixes_are_read_and_printed),
        cmocka_unit_test(a_prefix_knows_its_addresses_and_neighbours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
