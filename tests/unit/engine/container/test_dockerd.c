/* SPDX-License-Identifier: MIT */
/*
 * What we send to the service, and what dockerd sends for the same words of a command line: both
 * documents, member by member. The words go the whole way, from the command's option table through
 * create and a run that touches nothing (rehearsal.h). data/README.md tells where dockerd's come
 * from; where we differ on purpose the table below says why.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/command_line.h"
#include "base/path.h"
#include "cli/all.h"
#include "cli/container_options.h"
#include "engine/container/health_check.h"
#include "engine/host/store.h"
#include "network/hns.h"

#define RECORDED "container/data/dockerd.json"

/* Its host: Windows Server 2022 with two processors. */
#define PROCESSORS 2
static const machine_version server = {10, 0, 20348, 1, true};

/* Its image. */
#define IMAGE_NAME   "microsoft/windowsservercore"
#define IMAGE_CONFIG "{" IMAGE_MEMBERS "}"
#define IMAGE_MEMBERS                                                                              \
    "\"Cmd\":[\"c:\\\\windows\\\\system32\\\\cmd.exe\"],\"User\":\"ContainerAdministrator\","      \
    "\"WorkingDir\":\"C:\\\\\",\"Env\":[\"IMAGE=windowsservercore\","                              \
    "\"PATH=C:\\\\Windows\\\\system32;C:\\\\Windows\"]"

/* The same with EXPOSE. */
#define EXPOSING_NAME "t:expose"
#define EXPOSING_CONFIG                                                                            \
    "{\"ExposedPorts\":{\"80/tcp\":{},\"443/tcp\":{},\"53/udp\":{}}," IMAGE_MEMBERS "}"

/* The same with VOLUME, and with HEALTHCHECK. */
#define VOLUME_NAME   "t:volume"
#define VOLUME_CONFIG "{\"Volumes\":{\"C:\\\\data\":{}}," IMAGE_MEMBERS "}"
#define HEALTH_NAME   "t:health"
#define HEALTH_CONFIG                                                                              \
    "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"cmd /c exit 0\"]}," IMAGE_MEMBERS "}"

#define NAMES_ARE_OF_THE_START                                                                     \
    "there is no resolver: in a utility VM a hosts file has the names as they are at the start"

#define AS_WRITTEN                                                                                 \
    "-v keeps what was written, as --mount does in dockerd: Windows does not tell cases apart"
#define OF_CREATE                                                                                  \
    "a plan looks at no folder of the host; create does, and says the same "                       \
    "(tests/cli/test_volumes.py)"
#define BUILT "the recording's image was built, and has a layer more than the one here"

/* The networks of the host. */
static const char *const networks[] = {
    "{\"Name\":\"nat\",\"Type\":\"nat\"}",
    "{\"Name\":\"usernet\",\"Type\":\"nat\",\"Subnets\":[{\"AddressPrefix\":\"172.30.0.0/16\"}]}",
    "{\"Name\":\"l2\",\"Type\":\"l2bridge\",\"Subnets\":[{\"AddressPrefix\":\"10.51.0.0/24\","
    "\"GatewayAddress\":\"10.51.0.1\"}]}",
    "{\"Name\":\"tr\",\"Type\":\"transparent\",\"Subnets\":[{\"AddressPrefix\":\"10.52.0.0/24\","
    "\"GatewayAddress\":\"10.52.0.1\"}]}",
};

/* Where we differ on purpose. */
static struct difference {
    const char *cases;  /* a pattern of their names */
    const char *member; /* "system.Owner"; "refused": what is not done, or with which words */
    const char *why;
    bool used;
} differences[] = {
    {"*", "system.Owner", "we are not dockerd, and system prune ends what is ours", false},
    {"*", "system.TerminateOnLastHandleClosed",
     "a monitor that dies takes its system along; dockerd ends it when it starts again", false},
    {"hostname-long*", "refused", "Windows cannot have it, and says so without a reason at start",
     false},
    {"v-bind*", "system.MappedDirectories, case of letters", AS_WRITTEN, false},
    {"v-named*", "system.MappedDirectories, case of letters", AS_WRITTEN, false},
    {"v-anonymous*", "system.MappedDirectories, case of letters", AS_WRITTEN, false},
    {"image-volume*", "system.MappedDirectories, case of letters", AS_WRITTEN, false},
    {"v-bind-to-c-root*", "refused", AS_WRITTEN, false},
    {"v-bind-missing-source*", "refused", OF_CREATE, false},
    {"v-bind-file*", "refused", OF_CREATE, false},
    {"mount-bind-missing-source*", "refused", OF_CREATE, false},
    {"image-volume*", "system.Layers", BUILT, false},
    {"image-volume.hyperv", "system.HvRuntime", BUILT, false},
    {"health-image*", "system.Layers", BUILT, false},
    {"health-image.hyperv", "system.HvRuntime", BUILT, false},
    {"health-none*", "system.Layers", BUILT, false},
    {"health-none.hyperv", "system.HvRuntime", BUILT, false},
    {"security-opt-credentialspec-registry-missing*", "refused",
     "found at create and not at start, in the same words", false},
    {"security-opt-credentialspec-file-missing*", "refused",
     "found at create and not at start, in the words of our files", false},
    {"security-opt-credentialspec-file-parent*", "refused", "our root is another folder", false},
    {"storage-opt-unknown*", "refused", "what has no effect is refused, and not taken in silence",
     false},
    {"*", "endpoint.Name", "what a crash leaves behind is found by its name", false},
    {"*", "endpoint.EnableInternalDNS",
     "it makes the gateway the first DNS server, where dockerd's resolver listens and we have none",
     false},
    {"p-ip*", "refused", "found at create and not at start", false},
    {"p-range-to-one*", "refused", "found at create and not at start", false},
    {"P-expose-image*", "system.Layers", "its image has a layer more than ours", false},
    {"P-expose-image.hyperv", "system.HvRuntime", "its image has a layer more than ours", false},
    {"P-expose-image.hyperv", "endpoint.Policies",
     "dockerd has those of -P in the order of a map, another at each start; we in that of -p",
     false},
    {"p-sctp*", "refused", "found at create and not at start", false},
    {"endpoint-option*", "refused", "found at create, in words that say why", false},
    {"link*", "refused", "what has no effect is refused, and not taken in silence", false},
    {"network-usernet.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"network-alias.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"dns-and-search-usernet.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"ip.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"mac-address-usernet.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"p-80-random-l2bridge.hyperv", "endpoint.Policies",
     "dockerd goes on from the port that it gave out last; we keep no such count", false},
    {"p-80-random-l2bridge.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"p-8080-80-transparent.hyperv", "warnings", NAMES_ARE_OF_THE_START, false},
    {"log-driver-syslog*", "refused", "a driver that is none here is none at create, not at start",
     false},
    {"cpu-count-8*", "warnings", "dockerd tells its log alone, and we have none", false},
};

/* Of a case's name; '*' at the end stands for anything. */
static bool matches(const char *pattern, const char *name)
{
    const size_t length = strcspn(pattern, "*");

    return strncmp(pattern, name, length) == 0 && (pattern[length] || !name[length]);
}

static bool is_on_purpose(const char *name, const char *member)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (matches(differences[i].cases, name) && text_equal(differences[i].member, member)) {
            differences[i].used = true;
            return true;
        }
    }
    return false;
}

/* ---- our side in dockerd's words ---- */

typedef struct replacement {
    char *from;
    char *to;
} replacement;

typedef struct replacements {
    replacement items[16];
    size_t count;
} replacements;

static void replace(replacements *all, char *from, char *to)
{
    assert_in_range(all->count, 0, 15);
    all->items[all->count++] = (replacement){from, to};
}

static void replacements_free(replacements *all)
{
    for (size_t i = 0; i < all->count; i++) {
        free(all->items[i].from);
        free(all->items[i].to);
    }
}

/* What nobody has named: 64 digits. */
static void find_anonymous(const cJSON *system, replacements *out)
{
    const cJSON *mapped;
    int number = 0;

    cJSON_ArrayForEach (mapped, json_member(system, "MappedDirectories")) {
        const char *path = json_text(mapped, "HostPath", "");
        const char *digits = strstr(path, "volumes/");

        if (digits && strspn(digits + 8, "0123456789abcdef") == 64)
            replace(out, text_copy_bytes(digits + 8, 64), text_format("<ANONYMOUS%d>", ++number));
    }
}

/* Ids and folders, which are another host's. The longer ones come first. */
static void find_replacements(const fixture *f, const cJSON *system, replacements *out)
{
    const char *id = json_text(system, "Name", "");
    const cJSON *layer;
    int number = 0;

    replace(out, text_copy(json_text(system, "LayerFolderPath", "")),
            text_copy("C:\\docker\\windowsfilter\\<ID>"));
    cJSON_ArrayForEach (layer, json_member(system, "Layers")) {
        number++;
        replace(out, text_copy(json_text(layer, "Path", "")),
                text_format("C:\\docker\\windowsfilter\\<LAYER%d>", number));
        replace(out, text_copy(json_text(layer, "ID", "")), text_format("<LAYER%d:GUID>", number));
    }
    replace(out, text_copy(id), text_copy("<ID>"));
    replace(out, text_copy_bytes(id, 12), text_copy("<ID:12>"));
    replace(out, text_copy("{<volume>}"), text_copy("{<VOLUME>}"));
    replace(out, text_copy("<endpoint>"), text_copy("<EP1>"));
    replace(out, text_format("%s/volumes", f->root), text_copy("C:\\docker\\volumes"));
    find_anonymous(system, out);
}

static char *reword(const char *given, const replacements *all)
{
    char *out = text_copy(given);

    for (size_t i = 0; i < all->count; i++) {
        const replacement *r = &all->items[i];
        char *at = *r->from ? strstr(out, r->from) : NULL;

        if (at) {
            char *next = text_format("%.*s%s%s", (int)(at - out), out, r->to, at + strlen(r->from));

            free(out);
            out = next;
        }
    }
    for (char *c = out; text_starts_with(out, "C:\\docker\\") && *c; c++)
        *c = *c == '/' ? '\\' : *c; /* paths of Linux, where this test runs */
    return out;
}

static void reword_all(cJSON *item, const replacements *all)
{
    if (cJSON_IsString(item)) {
        cleanup_free char *words = reword(item->valuestring, all);

        assert_non_null(cJSON_SetValuestring(item, words));
    }
    for (cJSON *child = item ? item->child : NULL; child; child = child->next)
        reword_all(child, all);
}

static void reword_plan(const fixture *f, cJSON *plan)
{
    replacements all = {.count = 0};

    find_replacements(f, json_member(plan, "system"), &all);
    reword_all(cJSON_GetObjectItemCaseSensitive(plan, "system"), &all);
    reword_all(cJSON_GetObjectItemCaseSensitive(plan, "process"), &all);
    replacements_free(&all);
}

/* ---- a command line ---- */

/* The command line of its health check. */
static void add_probe(fixture *f, const wcow_container_spec *spec, cJSON *plan)
{
    cleanup_health_config health_config image = {0};
    const string_list shell = STRING_LIST_INIT;
    cleanup_health_config health_config check = {0};
    cleanup_strings string_list command = STRING_LIST_INIT;
    cleanup_free char *line = NULL;

    if (text_equal(spec->image, HEALTH_NAME))
        assert_true(string_list_add(&image.test, "CMD-SHELL") &&
                    string_list_add(&image.test, "cmd /c exit 0"));
    assert_ok(&f->err, health_merge(spec, &image, &check, &f->err));
    if (!health_is_checked(&check))
        return;
    assert_ok(&f->err, health_command(&check, &shell, &command, &f->err));
    line = command_line_join((const char *const *)command.items);
    assert_true(line && json_add_text(plan, "probe", line));
}

static wcow_status plan_words(fixture *f, char *const *words, cJSON **out)
{
    const struct command *command = text_equal(words[0], "run") ? &cmd_run : &cmd_create;
    const struct option_rules rules = {
        .options = command->options, .stops_at_word = true, .command = command->name};
    /* The options stand at the beginning of both commands' structs. */
    cleanup_free struct container_options *options = calloc(1, command->size);
    struct option_result result = {0};
    cleanup_request struct container_request request = {0};
    char *json = NULL;
    int count = 0;
    wcow_status status;

    memcpy(options, command->defaults, command->size);
    while (words[count + 1])
        count++;
    status = options_parse(&rules, count, words + 1, options, &result, &f->err);
    if (!status)
        status = container_request_make(&request, options, result.arguments, &f->err);
    if (!status)
        status = wcow_container_plan(f->host, &request.spec, &json, &f->err);
    if (!status)
        *out = fixture_json(f, json);
    if (!status)
        add_probe(f, &request.spec, *out);
    options_free(command->options, options);
    free(result.arguments);
    return status;
}

/* ---- comparing ---- */

typedef struct comparison {
    const char *name; /* of the case */
    text *told;       /* what differs */
    const cJSON *networks;
    const fixture *fixture;
} comparison;

static void tell(const comparison *c, const char *member, const cJSON *ours, const cJSON *dockerds)
{
    cleanup_free char *left = ours ? json_print(ours) : text_copy("nothing");
    cleanup_free char *right = dockerds ? json_print(dockerds) : text_copy("nothing");

    if (!is_on_purpose(c->name, member))
        text_addf(c->told, "%s: %s: we have %s, dockerd has %s\n", c->name, member, left, right);
}

static bool differ_in_case(const cJSON *ours, const cJSON *dockerds)
{
    cleanup_free char *left = json_print(ours);
    cleanup_free char *right = json_print(dockerds);

    return strcmp(left, right) != 0 && text_equal_ignore_case(left, right);
}

static void tell_case(const comparison *c, const char *member, const cJSON *ours,
                      const cJSON *dockerds)
{
    cleanup_free char *name = text_format("%s, case of letters", member);

    tell(c, name, ours, dockerds);
}

static void compare_objects(const comparison *c, const char *what, const cJSON *ours,
                            const cJSON *dockerds)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, ours) {
        const cJSON *other = json_member(dockerds, item->string);
        cleanup_free char *member = text_format("%s.%s", what, item->string);

        if (!other)
            tell(c, member, item, NULL);
        else if (differ_in_case(item, other))
            tell_case(c, member, item, other);
        else if (!cJSON_Compare(item, other, true))
            tell(c, member, item, other);
    }
    cJSON_ArrayForEach (item, dockerds) {
        cleanup_free char *member = text_format("%s.%s", what, item->string);

        if (!json_member(ours, item->string))
            tell(c, member, NULL, item);
    }
}

/* What was asked of HNS for the nth endpoint; its network by its name, as in the recording. */
static cJSON *endpoint_body(const cJSON *plan, int nth)
{
    cJSON *call;

    cJSON_ArrayForEach (call, json_member(plan, "calls")) {
        if (text_equal(json_text(call, "on", ""), "POST /endpoints/") && nth-- == 0)
            return cJSON_GetObjectItemCaseSensitive(call, "body");
    }
    return NULL;
}

static void name_network(cJSON *body, const cJSON *listed)
{
    const char *id = json_text(body, "VirtualNetwork", "");
    const cJSON *network;

    cJSON_ArrayForEach (network, listed) {
        if (text_equal(json_text(network, "ID", ""), id)) {
            cleanup_free char *name =
                text_format("<HNSNETWORK:%s>", json_text(network, "Name", ""));

            cJSON_DeleteItemFromObjectCaseSensitive(body, "VirtualNetwork");
            assert_true(json_add_text(body, "VirtualNetwork", name));
            return;
        }
    }
}

static void compare_endpoints(const comparison *c, const cJSON *plan, const cJSON *recorded)
{
    const cJSON *dockerds = json_member(recorded, "endpoints");
    const int count = cJSON_GetArraySize(dockerds);

    for (int i = 0; i < count; i++) {
        cJSON *body = endpoint_body(plan, i);

        name_network(body, c->networks);
        compare_objects(c, "endpoint", body, cJSON_GetArrayItem(dockerds, i));
    }
    if (endpoint_body(plan, count))
        tell(c, "endpoints", endpoint_body(plan, count), NULL);
}

static void compare_plan(const comparison *c, cJSON *plan, const cJSON *recorded)
{
    const cJSON *scratch = json_member(recorded, "scratch");
    const cJSON *size = json_path(plan, "config.windows.resources.storage.sandboxSize");
    const cJSON *warned = json_member(recorded, "warnings");

    if (json_member(recorded, "refused"))
        tell(c, "refused", json_member(plan, "system"), json_member(recorded, "refused"));
    if (scratch && !cJSON_Compare(scratch, size, true))
        tell(c, "scratch", size, scratch);
    if (warned || cJSON_GetArraySize(json_member(plan, "warnings"))) {
        if (!cJSON_Compare(warned, json_member(plan, "warnings"), true))
            tell(c, "warnings", json_member(plan, "warnings"), warned);
    }
    if (!json_member(recorded, "system"))
        return;
    reword_plan(c->fixture, plan);
    compare_objects(c, "system", json_member(plan, "system"), json_member(recorded, "system"));
    if (json_member(recorded, "process"))
        compare_objects(c, "process", json_member(plan, "process"),
                        json_member(recorded, "process"));
    compare_endpoints(c, plan, recorded);
    if (!text_equal(json_text(plan, "probe", NULL), json_text(recorded, "probe", NULL)))
        tell(c, "probe", json_member(plan, "probe"), json_member(recorded, "probe"));
}

static void compare_refusal(const comparison *c, const wcow_error *err, const cJSON *recorded)
{
    const cJSON *refused = json_member(recorded, "refused");
    cleanup_json cJSON *ours = cJSON_CreateString(err->message);

    if (!cJSON_IsString(refused) || !strstr(err->message, refused->valuestring))
        tell(c, "refused", ours, refused);
}

static void compare_case(fixture *f, const cJSON *recorded, const cJSON *listed, text *told)
{
    const comparison c = {json_text(recorded, "name", ""), told, listed, f};
    cleanup_strings string_list words = STRING_LIST_INIT;
    cleanup_json cJSON *plan = NULL;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    assert_true(json_strings(recorded, "words", &words));
    if (plan_words(f, words.items, &plan))
        compare_refusal(&c, &f->err, recorded);
    else
        compare_plan(&c, plan, recorded);
}

static cJSON *read_recorded(fixture *f)
{
    char *bytes = NULL;
    size_t size = 0;
    cJSON *cases = NULL;

    assert_int_equal(f->files->read(f->files, RECORDED, 1 << 20, &bytes, &size), 0);
    assert_ok(&f->err, json_parse(bytes, size, RECORDED, &cases, &f->err));
    free(bytes);
    return cases;
}

/* Where file:// looks. */
static void write_credentials(fixture *f, const cJSON *cases)
{
    cleanup_free char *folder = path_join(f->root, "CredentialSpecs");
    cleanup_free char *path = path_join(folder, "spec.json");
    const cJSON *recorded;

    assert_ok(&f->err, store_make_directory(f->host, folder, &f->err));
    cJSON_ArrayForEach (recorded, cases) {
        if (text_equal(json_text(recorded, "name", ""),
                       "security-opt-credentialspec-file.process")) {
            const char *spec = json_text(json_member(recorded, "system"), "Credentials", "");

            assert_int_equal(f->files->replace(f->files, path, spec, strlen(spec)), 0);
        }
    }
}

static cJSON *make_networks(fixture *f)
{
    cJSON *listed = NULL;

    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++)
        assert_ok(&f->err,
                  hns_call(f->fake->hcs, "POST", "/networks/", networks[i], NULL, &f->err));
    assert_ok(&f->err, hns_call(f->fake->hcs, "GET", "/networks/", NULL, &listed, &f->err));
    return listed;
}

static void we_send_what_dockerd_sends(void **state)
{
    fixture *f = *state;
    cleanup_json cJSON *cases = read_recorded(f);
    cleanup_json cJSON *listed = make_networks(f);
    cleanup_text text told = TEXT_INIT;
    const cJSON *recorded;

    f->host->version = server;
    f->host->processors = PROCESSORS;
    fixture_load(f, IMAGE_NAME, IMAGE_CONFIG);
    fixture_load(f, EXPOSING_NAME, EXPOSING_CONFIG);
    fixture_load(f, VOLUME_NAME, VOLUME_CONFIG);
    fixture_load(f, HEALTH_NAME, HEALTH_CONFIG);
    write_credentials(f, cases);
    cJSON_ArrayForEach (recorded, cases)
        compare_case(f, recorded, listed, &told);
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++) {
        if (!differences[i].used)
            text_addf(&told, "no difference any more: %s %s\n", differences[i].cases,
                      differences[i].member);
    }
    fputs(text_get(&told), stderr); /* too long for a message of cmocka's */
    assert_int_equal(told.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(we_send_what_dockerd_sends, fixture_set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
