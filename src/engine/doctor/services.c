/* SPDX-License-Identifier: MIT */
/* Checks of the services that do the work: HCS, HNS, Hyper-V, and names of registries. */
#include "base/error.h"
#include "base/json.h"
#include "engine/container/isolation.h"
#include "engine/doctor/doctor.h"
#include "hcs/system.h"
#include "network/network.h"

#define NO_SUCH_SERVICE HR_FROM_WIN32(1060)
#define SERVICE_STOPPED 1u
#define ADD_CONTAINERS                                                                             \
    "Install-WindowsFeature Containers (server), or Enable-WindowsOptionalFeature -Online "        \
    "-FeatureName Containers; then restart"

/* The feature brings the service and its library; moby's engine looks for the same two. */
void check_containers(examination *x)
{
    uint32_t state = 0;
    const int32_t library = x->ask->library_export("vmcompute.dll", "HcsEnumerateComputeSystems");
    const int32_t service = x->ask->service("vmcompute", &state);

    if (service == NO_SUCH_SERVICE || library == HR_MODULE_NOT_FOUND) {
        found(x, service == NO_SUCH_SERVICE ? "no: there is no service vmcompute"
                                            : "no: there is no vmcompute.dll");
        found_wrong(x, WCOW_VERDICT_BROKEN, ADD_CONTAINERS);
    } else if (HR_FAILED(service)) {
        found_unknown(x, "ask for the service vmcompute", service);
    } else if (HR_FAILED(library)) {
        found_unknown(x, "load vmcompute.dll", library);
    } else {
        found(x, "yes");
    }
}

/* Those without which something of wcow fails; since which build they are there. */
void check_exports(examination *x)
{
    static const struct {
        const char *name;
        uint32_t build;
    } exports[] = {
        {"HcsEnumerateComputeSystems", 0},
        {"HcsCreateComputeSystem", 0},
        {"HcsOpenComputeSystem", 0},
        {"HcsStartComputeSystem", 0},
        {"HcsShutdownComputeSystem", 0},
        {"HcsTerminateComputeSystem", 0},
        {"HcsCreateProcess", 0},
        {"HcsOpenProcess", 0},
        {"HcsModifyComputeSystem", 0},
        {"HNSCall", 0},
        {"CreateSandboxLayer", 0},
        {"ActivateLayer", 0},
        {"PrepareLayer", 0},
        {"ImportLayer", 0},
        {"ExportLayer", 0},
        {"DestroyLayer", 0},
        {"ProcessBaseImage", 0},
        {"ProcessUtilityImage", 0},
        {"HcsSignalProcess", 17134},
    };
    size_t missing = 0;
    size_t asked = 0;

    for (size_t i = 0; i < sizeof exports / sizeof exports[0]; i++) {
        int32_t hr;

        if (exports[i].build > x->host->version.build)
            continue;
        asked++;
        hr = x->ask->library_export("vmcompute.dll", exports[i].name);
        if (HR_FAILED(hr) && hr != HR_PROC_NOT_FOUND) {
            found_unknown(x, "load vmcompute.dll", hr);
            return;
        }
        if (HR_FAILED(hr))
            found(x, "%s%s", missing++ ? ", " : "missing: ", exports[i].name);
    }
    if (missing)
        found_wrong(x, WCOW_VERDICT_BROKEN,
                    "this vmcompute.dll is damaged, or not Windows' own: sfc /scannow");
    else
        found(x, "yes: all %zu", asked);
}

/* A service that is there and stopped; what fails may then be mended by starting it. */
static bool is_stopped(const examination *x, const char *name)
{
    uint32_t state = 0;

    return HR_SUCCEEDED(x->ask->service(name, &state)) && state == SERVICE_STOPPED;
}

static wcow_status start_service(const doctor_questions *ask, const char *name, wcow_error *err)
{
    return error_wrap(err, error_check(err, ask->start_service(name), "StartService"),
                      "cannot start the service '%s'", name);
}

void check_compute(examination *x)
{
    cleanup_json cJSON *systems = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    hcs_port *hcs = NULL;
    wcow_status status = host_hcs(x->host, &hcs, &err);

    if (!status)
        status = compute_systems(hcs, x->host->version.build, NULL, &systems, &err);
    if (!status) {
        found(x, "yes: it has %d compute systems", cJSON_GetArraySize(systems));
        return;
    }
    found_error(x, WCOW_VERDICT_BROKEN, &err);
    x->fixable = is_stopped(x, "vmcompute");
    if (x->fixable)
        found_wrong(x, WCOW_VERDICT_BROKEN, "Start-Service vmcompute");
}

wcow_status fix_compute(wcow_host *host, const doctor_questions *ask, wcow_error *err)
{
    (void)host;
    return start_service(ask, "vmcompute", err);
}

/* Of a server process isolation is the default, and that there is no Hyper-V is common. */
void check_hyperv(examination *x)
{
    const bool is_default =
        isolation_resolve(x->host, WCOW_ISOLATION_DEFAULT) == WCOW_ISOLATION_HYPERV;
    bool hypervisor = false;
    uint32_t state = 0;
    const int32_t service = x->ask->service("vmms", &state);
    const int32_t hr = x->ask->hypervisor(&hypervisor);

    if (HR_FAILED(hr)) {
        found_unknown(x, "ask the processor for its hypervisor", hr);
    } else if (service == NO_SUCH_SERVICE) {
        found(x, "no: Hyper-V is not installed");
        found_wrong(x, is_default ? WCOW_VERDICT_WARNING : WCOW_VERDICT_FINE,
                    "Install-WindowsFeature Hyper-V (server), or Enable-WindowsOptionalFeature "
                    "-Online -FeatureName Microsoft-Hyper-V -All; then restart");
    } else if (!hypervisor) {
        found(x, "no: Windows does not run on its hypervisor");
        found_wrong(x, is_default ? WCOW_VERDICT_WARNING : WCOW_VERDICT_FINE,
                    "switch virtualisation on in the firmware (of a virtual machine: nested "
                    "virtualisation), and: bcdedit /set hypervisorlaunchtype auto; then restart");
    } else {
        found(x, "yes");
    }
}

/* ---- the network ---- */

static wcow_status list_networks(examination *x, hns_network **out, size_t *count, wcow_error *err)
{
    hcs_port *hcs = NULL;
    wcow_status status = host_hcs(x->host, &hcs, err);

    return status ? status : hns_networks(hcs, out, count, err);
}

void check_network_service(examination *x)
{
    wcow_error err = WCOW_ERROR_INIT;
    hns_network *networks = NULL;
    size_t count = 0;
    const wcow_status status = list_networks(x, &networks, &count, &err);

    hns_networks_free(networks, count);
    if (!status) {
        found(x, "yes: it has %zu network%s", count, text_plural(count));
        return;
    }
    found_error(x, WCOW_VERDICT_BROKEN, &err);
    x->fixable = is_stopped(x, "hns");
    if (x->fixable)
        found_wrong(x, WCOW_VERDICT_BROKEN, "Start-Service hns");
}

wcow_status fix_network_service(wcow_host *host, const doctor_questions *ask, wcow_error *err)
{
    (void)host;
    return start_service(ask, "hns", err);
}

/* As hns_network_default() chooses, which would also make one. */
static const hns_network *default_of(const hns_network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equal(networks[i].type, "nat") && text_equal_ignore_case(networks[i].name, "nat"))
            return &networks[i];
    }
    return NULL;
}

void check_network(examination *x)
{
    wcow_error err = WCOW_ERROR_INIT;
    hns_network *networks = NULL;
    size_t count = 0;
    const wcow_status status = list_networks(x, &networks, &count, &err);
    const hns_network *nat = default_of(networks, count);

    if (status)
        found_error(x, WCOW_VERDICT_UNKNOWN, &err);
    else if (!nat)
        found(x, "none yet: the first container that needs one makes it");
    else
        found(x, "'%s'%s%s%s%s", nat->name, nat->subnet_count ? ", " : "",
              nat->subnet_count ? nat->subnets[0].prefix : "", *nat->dns_servers ? ", DNS " : "",
              nat->dns_servers);
    hns_networks_free(networks, count);
}

#define REGISTRY "mcr.microsoft.com"

void check_dns(examination *x)
{
    cleanup_free char *proxy = machine_environment("HTTPS_PROXY");
    int32_t hr;

    if (proxy && *proxy) {
        found(x, "the proxy of HTTPS_PROXY does that");
        return;
    }
    hr = x->ask->resolve(REGISTRY);
    if (HR_SUCCEEDED(hr)) {
        found(x, "yes: " REGISTRY);
    } else if (hr == HR_NOT_SUPPORTED) {
        found_unknown(x, "ask for the address of " REGISTRY, hr);
    } else {
        found(x, "the address of " REGISTRY " is not found: nothing can be pulled from there");
        found_wrong(x, WCOW_VERDICT_WARNING,
                    "look at the host's DNS servers (Get-DnsClientServerAddress); behind a proxy "
                    "set HTTPS_PROXY; without a network: wcow load");
    }
}
