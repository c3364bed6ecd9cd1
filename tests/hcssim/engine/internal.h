/* SPDX-License-Identifier: MIT */
/**
 * What the files of the engine share. One lock guards everything; it is never held while the
 * machine works or a client is called back. What such a call needs is pinned by a reference
 * instead.
 */
#ifndef HCSSIM_ENGINE_INTERNAL_H
#define HCSSIM_ENGINE_INTERNAL_H

#include <pthread.h>

#include "base/cleanup.h"
#include "base/condition.h"
#include "base/error.h"
#include "base/guid.h"
#include "base/json.h"
#include "base/text.h"

#include "calls.h"
#include "sim.h"

/* Codes as vmcompute.dll gives them (0xC037…; those that only the newer numbering has: 0x8037…). */
#define SIM_E_PENDING           ((int32_t)0xC0370103)
#define SIM_E_INVALID_STATE     ((int32_t)0xC0370105)
#define SIM_E_UNEXPECTED_EXIT   ((int32_t)0xC0370106)
#define SIM_E_IMAGE_MISMATCH    ((int32_t)0xC0370101)
#define SIM_E_INVALID_JSON      ((int32_t)0xC037010D)
#define SIM_E_SYSTEM_NOT_FOUND  ((int32_t)0xC037010E)
#define SIM_E_ALREADY_EXISTS    ((int32_t)0xC037010F)
#define SIM_E_ALREADY_STOPPED   ((int32_t)0xC0370110)
#define SIM_E_INVALID_LAYER     ((int32_t)0xC0370112)
#define SIM_E_DISCONNECTED      ((int32_t)0x8037011E)
#define SIM_E_PROCESS_STOPPED   ((int32_t)0x8037011F)
#define SIM_E_ENDPOINT_ATTACHED ((int32_t)0x803B0014)
#define SIM_E_INVALID_HANDLE    HR_FROM_WIN32(6)

enum {
    SIM_SYSTEM_EXITED = 0x1,
    SIM_CREATE_COMPLETED = 0x2,
    SIM_START_COMPLETED = 0x3,
    SIM_PAUSE_COMPLETED = 0x4,
    SIM_RESUME_COMPLETED = 0x5,
    SIM_SAVE_COMPLETED = 0x8,
    SIM_PROCESS_EXITED = 0x10000,
    SIM_SERVICE_DISCONNECT = 0x01000000
};

#define SIM_FIRST_BUILD_WITH_V2 17763

typedef struct session session;
typedef struct handle handle;
typedef struct system_state compute_system;
typedef struct process_state compute_process;

/** Why a call was refused; becomes the result document with its ErrorEvents. */
typedef struct refusal {
    int32_t hr; /* 0: not refused */
    char message[512];
    char detail[32]; /* the failed operation, as Attribution names it */
} refusal;

/** Says no: the first reason stays. Returns `hr`. */
int32_t refuse(refusal *why, int32_t hr, const char *format, ...) WCOW_PRINTF(3, 4);
/** The ResultError document of a refusal, in fresh memory. */
char *refusal_document(const refusal *why);

/** A call being carried out. */
typedef struct sim_context {
    sim *sim;
    session *session;
    const cJSON *request;
    cJSON *reply;
    refusal why;
    uint64_t made;       /* handle that the call gave out, 0: none */
    sim_started streams; /* that it gave out; process NULL: none */
} sim_context;

typedef int32_t sim_handler(sim_context *c);

/* ---- notify.c: latched, once, in order ---- */

/** A notification kept on a handle until somebody registers there. */
typedef struct notice {
    uint32_t type;
    int32_t hr;
    char *data;
    struct notice *next;
} notice;

/** A notification on its way to a client. */
typedef struct delivery {
    uint64_t callback;
    notice what;
    uint64_t due; /* ticks; 0: at once */
    struct delivery *next;
} delivery;

struct session {
    uint64_t id;
    uint32_t pid;
    sim *sim;
    sim_notify *notify;
    void *context;
    pthread_t thread;
    condition wake;
    delivery *queue;
    uint64_t delivering; /* callback that runs just now */
    bool closing;
    size_t calls; /* under way */
    session *next;
};

/** sessions.c: by number; under the lock. */
session *session_find(sim *s, uint64_t id);
int session_start(session *client);
/** Ends the thread and frees what was still queued; not under the lock. */
void session_stop(session *client);
/** To all registrations on a handle, or kept there if there is none. */
void notify_handle(sim *s, handle *on, uint32_t type, int32_t hr, const char *data);
/** To all registrations on all handles of a system, a process. */
void notify_system(sim *s, compute_system *system, uint32_t type, int32_t hr, const char *data);
void notify_process(sim *s, compute_process *process, uint32_t type, int32_t hr, const char *data);
/** To one registration. */
void notify_registration(sim *s, handle *registration, uint32_t type, int32_t hr, const char *data);
void notices_free(notice *list);
sim_handler call_register_system, call_register_process, call_unregister;

/* ---- handles.c ---- */

typedef enum handle_kind { HANDLE_SYSTEM, HANDLE_PROCESS, HANDLE_REGISTRATION } handle_kind;

struct handle {
    uint64_t id;
    handle_kind kind;
    session *session;
    bool dead; /* the service died since: good for closing only */
    compute_system *system;
    compute_process *process;
    handle *owner; /* of a registration: the handle that it was made on */
    notice *latched;
    handle *next;
};

handle *handle_new(sim *s, session *client, handle_kind kind);
/** The handle that a member of the request names; refuses a wrong, foreign or dead one. */
int32_t handle_get(sim_context *c, const char *member, handle_kind kind, handle **out);
handle *handle_find(sim *s, uint64_t id);
/** Closes it and every registration on it. */
void handle_close(sim *s, handle *h);
size_t handle_count(sim *s, const session *client);

/* ---- systems.c ---- */

typedef enum system_status {
    SYSTEM_CREATED,
    SYSTEM_RUNNING,
    SYSTEM_PAUSED,
    SYSTEM_STOPPED
} system_status;

/** A mapped folder or pipe, an endpoint…: what start and stop need of the document, read once. */
typedef struct system_spec {
    char *hostname;
    char *volume; /* GUID of a process-isolated one */
    char *scratch;
    char *runtime_image;
    char *shared_container;
    char *host; /* id of the utility VM that hosts it */
    string_list layers;
    string_list mounts; /* triples host, container, ro|rw */
    string_list endpoints;
    uint64_t memory_mb;
    bool hyperv;
    bool machine; /* a utility VM of its own (schema 2), not a container */
    bool terminate_on_close;
} system_spec;

struct system_state {
    sim *sim;
    char *id;
    char *owner;
    char runtime_id[GUID_TEXT_SIZE];
    system_spec spec;
    compute_system *host; /* a hosted container's utility VM; holds a reference */
    system_status status;
    bool busy;     /* an operation is under way */
    bool stopping; /* its end was asked for */
    bool graceful; /* by a shutdown: its processes are told before they are killed */
    bool linked;   /* others can find it by its id */
    bool disk_used;
    int32_t exit_hr;
    const char *exit_type;
    char *exit_data;
    sim_guest *guest;
    size_t users;   /* machine calls under way that use the guest */
    size_t handles; /* of all clients */
    size_t refs;
    compute_process *processes;
    int64_t created, started; /* ns since 1970 */
    compute_system *next;
};

void system_spec_free(system_spec *spec);
compute_system *system_find(sim *s, const char *id);
void system_ref(compute_system *system);
void system_unref(compute_system *system);
/** A handle on it is gone: terminates, forgets. */
void system_handle_closed(sim *s, compute_system *system);
/** A stopped system without handles is no more. */
void system_forget_if_done(sim *s, compute_system *system);
/** Pins the guest for a machine call; false when there is none any more. */
bool system_use(compute_system *system);
void system_unuse(compute_system *system);
/** Starts its end; the rest happens on a thread of its own. */
void system_begin_stop(sim *s, compute_system *system, int32_t hr, const char *exit_type);
/** The same after its processes were asked to leave; a later system_begin_stop() ends the wait. */
void system_begin_shutdown(sim *s, compute_system *system);
const char *system_status_text(const compute_system *system);
sim_handler call_create_system, call_open_system, call_close_system, call_enumerate;
sim_handler call_start, call_shutdown, call_terminate, call_pause, call_resume, call_save;

/* ---- operations.c: what takes time ---- */

/** Carries out a part of an operation without the lock. */
typedef int32_t operation_work(sim *s, compute_system *system, refusal *why);

/** Runs an operation on a system as the options say: at once, or pending and then a notification.
 */
int32_t operation_run(sim_context *c, handle *on, uint32_t notification, system_status then,
                      operation_work *work);
/** Runs something on a thread that sim_free() waits for. */
bool sim_spawn(sim *s, void (*run)(sim *s, void *argument), void *argument);
operation_work work_create, work_start, work_pause, work_resume, work_save;
/** Waits for users and operations to leave, ends the guest, reports. Not under the lock. */
void system_stop(sim *s, compute_system *system);

/* ---- processes.c ---- */

struct process_state {
    compute_system *system; /* holds a reference */
    uint32_t pid;
    bool console;
    bool in_closed;
    bool exited;
    uint32_t exit_code;
    sim_process *started;
    size_t refs;
    compute_process *next;
};

void process_ref(compute_process *process);
void process_unref(sim *s, compute_process *process);
/** Its end, once: reports it, lets go of it. */
void process_ended(sim *s, compute_process *process, uint32_t exit_code);
char *process_status(const compute_process *process);
sim_handler call_create_process, call_open_process, call_close_process, call_terminate_process;
sim_handler call_signal_process, call_process_info, call_process_properties, call_modify_process;

/* ---- documents.c ---- */

typedef enum field_kind {
    FIELD_END,
    FIELD_TEXT,
    FIELD_GUID,
    FIELD_BOOL,
    FIELD_WHOLE,   /* 0…limit; limit 0: 2^53 */
    FIELD_OBJECT,  /* fields */
    FIELD_OBJECTS, /* array of objects: fields */
    FIELD_TEXTS,   /* array of strings */
    FIELD_MAP,     /* any names; values are objects: fields */
    FIELD_STRINGS, /* any names; values are strings */
    FIELD_PAIR,    /* array of exactly two whole numbers */
    FIELD_ANY
} field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    bool required;
    double limit;
    uint32_t since; /* first build that knows it */
    const struct field *fields;
    const char *const *allowed; /* texts, NULL-terminated; NULL: any */
} field;

/** Refuses (0xC037010D) what a schema does not allow, naming the member. */
int32_t document_check(const field *schema, const cJSON *document, uint32_t build, refusal *why);
/** Parses and checks. "" and NULL are an empty document where `optional`. */
int32_t document_read(const char *content, const field *schema, bool optional, uint32_t build,
                      cJSON **out, refusal *why);

extern const field schema_container_v1[], schema_process[], schema_system_v2[],
    schema_container_v2[], schema_enumerate[], schema_query[], schema_service_query[],
    schema_modify_v1[], schema_modify_v2[], schema_modify_process[], schema_signal[],
    schema_service_settings[], schema_options[];

/* ---- containers.c: meaning of a create document ---- */

/** Reads a create document into a spec and refuses what makes no sense; not under the lock. */
int32_t container_read(sim *s, const cJSON *document, system_spec *out, refusal *why);

/* ---- properties.c, modify.c ---- */

/** The basic properties of a system. */
cJSON *properties_basic(const compute_system *system);
sim_handler call_system_properties, call_service_properties, call_modify_system,
    call_modify_service;

/* ---- storage.c, layers.c, transport.c ---- */

typedef enum mount_status { MOUNT_NONE, MOUNT_ACTIVE, MOUNT_PREPARED } mount_status;

/** A scratch whose disk is attached. */
typedef struct mount {
    char *path; /* of the layer folder, as first given */
    char volume[GUID_TEXT_SIZE];
    mount_status status;
    bool busy;     /* a storage call works on it */
    size_t users;  /* running containers */
    bool by_vm;    /* attached to a utility VM, not to the host */
    bool by_disk;  /* by AttachVirtualDisk: until its client lets go of the disk */
    intptr_t disk; /* held open while attached */
    string_list layers;
    struct mount *next;
} mount;

/** Same folder: ignores case and the kind of separators, and \\?\ before it. */
bool layer_same_path(const char *a, const char *b);
mount *mount_find(sim *s, const char *path);
mount *mount_find_volume(sim *s, const char *volume);
/** "\\?\Volume{guid}\" with or without its last separator → guid. */
bool volume_parse(const char *path, char out[GUID_TEXT_SIZE]);
/** A container uses a prepared volume, a utility VM attaches a scratch. Under the lock. */
int32_t mount_use(sim *s, const char *volume, refusal *why);
int32_t mount_use_by_vm(sim *s, const char *scratch, refusal *why);
void mount_unuse(sim *s, const char *volume, const char *scratch);
/** Drops what clients attached and let go of since. Under the lock. */
void mounts_forget_let_go(sim *s);
void mounts_load(sim *s);
void mounts_save(sim *s);
void mounts_free(sim *s);
/** NameToGuid. */
void layer_guid(const char *name, char out[GUID_TEXT_SIZE]);
/** A read-only layer that can be a parent: it exists, has Files and was processed or imported. */
int32_t layer_check_parent(sim *s, const char *path, const char *id, refusal *why);
/* layers.c: small questions and deeds in a layer folder */
bool folder_has(sim *s, const char *folder, const char *name, bool directory);
bool folder_is_there(sim *s, const char *path);
int32_t folder_put(sim *s, const char *folder, const char *name, const char *content);
/** A disk as the simulated host keeps it; `parents` may be NULL. */
int32_t disk_write(sim *s, const char *path, const char *name, double size,
                   const string_list *parents);
#define DEFAULT_SCRATCH_SIZE 21474836480.0 /* 20 GiB, the platform's template */
sim_handler call_activate, call_deactivate, call_prepare, call_unprepare, call_mount_path,
    call_attach_disk, call_detach_disk;
sim_handler call_create_layer, call_create_sandbox, call_copy_layer, call_expand, call_destroy,
    call_layer_exists, call_name_to_guid, call_base_images, call_grant_access;
sim_handler call_process_base, call_process_utility, call_import, call_export;
/** driver and id of a storage call joined; fresh memory. */
char *layer_path(sim_context *c, const char *member);
/** The descriptors of a storage call, checked: each a valid parent. */
int32_t layer_parents(sim_context *c, string_list *out);
/** The parents given must be those that the scratch was made with. */
int32_t layer_check_scratch_parents(sim_context *c, const char *path, const string_list *parents);
/** A scratch was prepared: from now on something is on its disk. */
int32_t disk_mark_prepared(sim *s, const char *path);
bool disk_was_prepared(sim *s, const char *path);
uint64_t disk_size(sim *s, const char *path);

#define SIM_ATTRIBUTE_READONLY  0x1u
#define SIM_ATTRIBUTE_DIRECTORY 0x10u
#define SIM_ATTRIBUTE_ARCHIVE   0x20u
#define SIM_ATTRIBUTE_REPARSE   0x400u

/** streams.c: what is in a transport file. */
typedef struct streams_summary {
    uint32_t attributes;
    bool data, reparse;
} streams_summary;

/** Checks attributes and backup stream; says what is wrong, or NULL. */
const char *streams_check(const void *bytes, size_t size, streams_summary *out);

/** The contents of files, kept between check and import: 64 MiB of them. */
typedef struct transport_file transport_file;
typedef struct transport_contents {
    transport_file *first, *last;
    size_t size;
} transport_contents;

void transport_contents_free(transport_contents *c);
DEFINE_CLEANUP_VALUE(transport_contents, transport_contents, transport_contents_free)
#define cleanup_transport_contents CLEANUP(transport_contents)
/** Checks the transport folder of ImportLayer, filling `contents`. */
int32_t transport_check(sim *s, const char *folder, transport_contents *contents, refusal *why);
/** Restores what was checked into a layer; empties `contents`. */
int32_t transport_import(sim *s, const char *folder, const char *layer,
                         transport_contents *contents, refusal *why);
/** export.c: makes a transport folder of what a layer changes of its parent. */
int32_t transport_export(sim *s, const char *layer, const char *parent, const char *folder);

/* What sim_machine.list() gives. */
void names_free(char **names);
DEFINE_CLEANUP(names, char **, names_free)
#define cleanup_names CLEANUP(names)

/* ---- hns.c ---- */

/** `shared`: the container whose network it joins, or NULL. */
int32_t hns_attach(sim *s, const char *id, const char *container, const char *shared, refusal *why);
void hns_detach(sim *s, const char *id, const char *container);
bool hns_has_namespace(sim *s, const char *id);
sim_handler call_hns;

/* ---- faults.c, journal.c ---- */

typedef struct fault {
    cJSON *rule;
    unsigned seen;
    struct fault *next;
} fault;

/** What is to happen to a call. */
typedef struct fault_verdict {
    bool hit;
    bool fails;
    bool after;
    bool events;
    bool kill;
    bool kill_client;
    int32_t hr;
    uint32_t delay;
} fault_verdict;

void fault_check_call(sim *s, const char *call, fault_verdict *out);
/** True: drop it. *delay gets extra milliseconds. */
bool fault_check_notice(sim *s, uint32_t type, uint32_t *delay);
/** The service dies: everybody is disconnected, all handles go dead. Under the lock. */
void sim_kill(sim *s);
void journal_call(sim *s, const session *client, const cJSON *request, const cJSON *reply);
void journal_notice(sim *s, const session *client, uint64_t callback, const notice *what);

/* ---- the engine ---- */

struct sim {
    pthread_mutex_t lock;
    condition changed; /* something that a thread may wait for */
    sim_options options;
    char *state, *journal_path, *faults_path;
    sim_machine *machine;
    uint64_t last_id; /* of sessions, handles and callbacks */
    session *sessions;
    handle *handles;
    compute_system *systems;
    mount *mounts;
    cJSON *networks, *endpoints, *namespaces, *policies; /* HNS: arrays of objects */
    unsigned hns_counter;
    fault *faults;
    size_t faults_hit;
    char *faults_text; /* of the fault file, as last read */
    pthread_mutex_t journal_lock;
    cJSON *journal;
    uint64_t journal_lines;
    size_t journal_kept; /* entries in memory */
    int64_t begun;
    size_t jobs;      /* threads of sim_spawn() */
    size_t left_open; /* handles that sessions left when they ended */
};

/** Text of a member of the request; NULL if it is missing or null. */
const char *request_text(sim_context *c, const char *member);
void sim_lock(sim *s);
void sim_unlock(sim *s);
/** Wakes whoever waits for a change. */
void sim_changed(sim *s);
void sim_wait(sim *s);
/** The same for so long at most. */
void sim_wait_for(sim *s, uint32_t milliseconds);
/** A fresh random GUID. */
void guid_make(char out[GUID_TEXT_SIZE]);
int64_t wall_clock(void);
uint32_t sim_build(const sim *s);

#endif
