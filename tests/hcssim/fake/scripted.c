/* SPDX-License-Identifier: MIT */
/* The scripted machine: guests without walls, processes that are threads, streams that are pipes.
 */
#include "scripted.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "port/files.h"

static scripted *scripted_of(sim_machine *machine)
{
    return (scripted *)machine;
}

/* ---- guests and volumes ---- */

static int32_t guest_start(sim_machine *machine, const sim_guest_spec *spec, sim_guest **out)
{
    static const struct timespec slowly = {0, 200000000};
    scripted *m = scripted_of(machine);
    sim_guest *guest = calloc(1, sizeof(*guest));

    if (text_starts_with(spec->hostname, "slow"))
        nanosleep(&slowly, NULL);
    if (text_starts_with(spec->hostname, "broken")) {
        free(guest);
        return HR_FROM_WIN32(1359); /* ERROR_INTERNAL_ERROR */
    }
    guest->machine = m;
    guest->id = text_copy(spec->id);
    guest->exited = spec->exited;
    guest->context = spec->context;
    pthread_mutex_lock(&m->lock);
    guest->next = m->guests;
    m->guests = guest;
    pthread_mutex_unlock(&m->lock);
    *out = guest;
    return HR_OK;
}

/* Under the lock: the first process that still does something. */
static sim_process *busy_process(const sim_guest *guest)
{
    sim_process *p = guest->processes;

    while (p && p->done)
        p = p->next;
    return p;
}

static void unlink_guest(scripted *m, const sim_guest *guest)
{
    for (sim_guest **at = &m->guests; *at; at = &(*at)->next)
        if (*at == guest) {
            *at = guest->next;
            return;
        }
}

static void guest_stop(sim_machine *machine, sim_guest *guest, uint32_t exit_code)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    unlink_guest(m, guest);
    for (sim_process *p = guest->processes; p; p = p->next)
        scripted_kill(p, exit_code);
    while (busy_process(guest))
        pthread_cond_wait(&m->changed, &m->lock);
    for (sim_process *p = guest->processes; p; p = p->next)
        p->guest = NULL;
    pthread_mutex_unlock(&m->lock);
    free(guest->id);
    free(guest);
}

static int32_t guest_shutdown(sim_machine *machine, sim_guest *guest)
{
    static const int shutdown = 6; /* CTRL_SHUTDOWN_EVENT */
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    for (sim_process *p = guest->processes; p; p = p->next)
        scripted_event(p, shutdown);
    pthread_mutex_unlock(&m->lock);
    return HR_OK;
}

static int32_t guest_pause(sim_machine *machine, sim_guest *guest, bool pause)
{
    (void)machine;
    (void)guest;
    (void)pause;
    return HR_OK;
}

static int64_t now(sim_machine *machine)
{
    struct timespec time;

    (void)machine;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void fill_row(const sim_process *p, sim_process_row *row)
{
    *row = (sim_process_row){.pid = p->pid,
                             .user_100ns = 150000,
                             .kernel_100ns = 50000,
                             .commit = 2 << 20,
                             .private_ws = 1 << 20,
                             .shared_ws = 1 << 19,
                             .created = p->created};
    snprintf(row->name, sizeof(row->name), "%s.exe", p->program->name);
}

static int32_t guest_processes(sim_machine *machine, sim_guest *guest, sim_process_row **rows,
                               size_t *count)
{
    scripted *m = scripted_of(machine);
    size_t total = 0;

    pthread_mutex_lock(&m->lock);
    for (const sim_process *p = guest->processes; p; p = p->next)
        total++;
    *rows = calloc(total + 1, sizeof(**rows));
    *count = 0;
    for (const sim_process *p = guest->processes; p && *rows; p = p->next)
        if (!p->done)
            fill_row(p, &(*rows)[(*count)++]);
    pthread_mutex_unlock(&m->lock);
    return *rows ? HR_OK : HR_OUT_OF_MEMORY;
}

static void count_volume(sim_machine *machine, size_t change)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    m->volumes += change;
    pthread_mutex_unlock(&m->lock);
}

static int32_t volume_prepare(sim_machine *machine, const char *volume, const char *scratch,
                              const char *const *layers)
{
    (void)volume;
    (void)scratch;
    (void)layers;
    count_volume(machine, 1);
    return HR_OK;
}

static int32_t volume_release(sim_machine *machine, const char *volume, const char *scratch)
{
    (void)volume;
    (void)scratch;
    count_volume(machine, (size_t)-1);
    return HR_OK;
}

static int32_t disk_open(sim_machine *machine, const char *scratch, intptr_t *out)
{
    (void)machine;
    (void)scratch;
    *out = 0;
    return HR_OK;
}

static void disk_close(sim_machine *machine, intptr_t disk)
{
    (void)machine;
    (void)disk;
}

static bool disk_in_use(sim_machine *machine, const char *scratch, intptr_t *disk)
{
    scripted *m = scripted_of(machine);
    bool held;

    (void)scratch;
    (void)disk;
    pthread_mutex_lock(&m->lock);
    held = m->disks_held;
    pthread_mutex_unlock(&m->lock);
    return held;
}

void scripted_hold_disks(sim_machine *machine, bool hold)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    m->disks_held = hold;
    pthread_mutex_unlock(&m->lock);
}

void scripted_play(sim_machine *machine, const scripted_act *acts, size_t count)
{
    scripted *m = scripted_of(machine);

    pthread_mutex_lock(&m->lock);
    m->acts = acts;
    m->act_count = count;
    pthread_mutex_unlock(&m->lock);
}

static int32_t volume_attach(sim_machine *machine, const char *volume, uint64_t size)
{
    (void)machine;
    (void)volume;
    (void)size;
    return HR_OK;
}

static void volume_detach(sim_machine *machine, const char *volume)
{
    (void)machine;
    (void)volume;
}

bool scripted_crash(sim_machine *machine, const char *id)
{
    scripted *m = scripted_of(machine);
    sim_guest *guest;

    pthread_mutex_lock(&m->lock);
    guest = m->guests;
    while (guest && strcmp(guest->id, id))
        guest = guest->next;
    if (guest)
        guest->exited(guest->context, HR_OK);
    pthread_mutex_unlock(&m->lock);
    return guest != NULL;
}

bool scripted_end(sim_machine *machine, uint32_t pid, uint32_t exit_code)
{
    scripted *m = scripted_of(machine);
    bool found = false;

    pthread_mutex_lock(&m->lock);
    for (sim_guest *guest = m->guests; guest; guest = guest->next)
        for (sim_process *p = guest->processes; p; p = p->next) {
            if (p->pid != pid)
                continue;
            scripted_kill(p, exit_code);
            found = true;
        }
    pthread_mutex_unlock(&m->lock);
    return found;
}

size_t scripted_processes(sim_machine *machine)
{
    scripted *m = scripted_of(machine);
    size_t count;

    pthread_mutex_lock(&m->lock);
    count = m->running;
    pthread_mutex_unlock(&m->lock);
    return count;
}

size_t scripted_volumes(sim_machine *machine)
{
    scripted *m = scripted_of(machine);
    size_t count;

    pthread_mutex_lock(&m->lock);
    count = m->volumes;
    pthread_mutex_unlock(&m->lock);
    return count;
}

static const sim_machine functions = {
    .disk_open = disk_open,
    .disk_close = disk_close,
    .disk_in_use = disk_in_use,
    .volume_attach = volume_attach,
    .volume_detach = volume_detach,
    .volume_prepare = volume_prepare,
    .volume_release = volume_release,
    .guest_start = guest_start,
    .guest_shutdown = guest_shutdown,
    .guest_stop = guest_stop,
    .guest_pause = guest_pause,
    .guest_processes = guest_processes,
    .now = now,
};

sim_machine *scripted_new(void)
{
    scripted *m = calloc(1, sizeof(*m));

    if (!m || HR_FAILED(files_port_open(&m->own_files))) {
        free(m);
        return NULL;
    }
    m->calls = functions;
    m->files = m->own_files;
    m->last_pid = 1000;
    scripted_files_install(&m->calls);
    scripted_metadata_install(&m->calls);
    scripted_processes_install(&m->calls);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    return &m->calls;
}

void scripted_share_files(sim_machine *machine, struct files_port *files)
{
    scripted_of(machine)->files = files;
}

void scripted_free(sim_machine *machine)
{
    scripted *m = scripted_of(machine);

    if (!m)
        return;
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    m->own_files->free(m->own_files);
    free(m);
}
