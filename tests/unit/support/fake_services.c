/* SPDX-License-Identifier: MIT */
/* A Service Control Manager in memory. */
#include "tests/unit/support/fake_services.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static fake_services *self(services_port *port)
{
    return (fake_services *)(void *)port;
}

/* Lock held from here on, until leave(). */
static int32_t enter(fake_services *s, const char *call)
{
    pthread_mutex_lock(&s->lock);
    if (++s->calls != s->fail_at && !(s->refused && text_equal(call, s->refused)))
        return HR_OK;
    s->failed++;
    return s->code;
}

static int32_t leave(fake_services *s, int32_t hr)
{
    pthread_mutex_unlock(&s->lock);
    return hr;
}

static fake_service *find(fake_services *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (text_equal(s->items[i].name, name))
            return &s->items[i];
    }
    return NULL;
}

static void drop(fake_services *s, fake_service *which)
{
    free(which->name);
    free(which->title);
    free(which->command_line);
    *which = s->items[--s->count];
}

static void add(fake_services *s, const char *name, const char *title, char *command_line,
                bool automatic, const char *const *after)
{
    s->items[s->count++] = (fake_service){.name = text_copy(name),
                                          .title = text_copy(title),
                                          .command_line = command_line,
                                          .automatic = automatic,
                                          .depends = after && *after};
}

static char *line_of(const char *const *arguments)
{
    text line = TEXT_INIT;

    text_add(&line, "\"C:\\wcow.exe\"");
    for (; *arguments; arguments++)
        text_addf(&line, " %s", *arguments);
    return text_take(&line);
}

static int32_t create(services_port *port, const service_spec *spec)
{
    fake_services *s = self(port);
    int32_t hr = enter(s, "create");
    const fake_service *there = find(s, spec->name);

    for (size_t i = 0; HR_SUCCEEDED(hr) && !there && i < s->count; i++) {
        if (text_equal(s->items[i].title, spec->title))
            hr = HR_FROM_WIN32(1078); /* ERROR_DUPLICATE_SERVICE_NAME */
    }

    if (HR_SUCCEEDED(hr) && there)
        hr = there->marked ? HR_SERVICE_MARKED_FOR_DELETE : HR_SERVICE_EXISTS;
    if (HR_SUCCEEDED(hr))
        add(s, spec->name, spec->title, line_of(spec->arguments), spec->automatic, spec->after);
    return leave(s, hr);
}

static int32_t begin(fake_services *s, fake_service *which, bool asked)
{
    if (which->marked)
        return HR_SERVICE_MARKED_FOR_DELETE;
    if (which->running)
        return HR_SERVICE_ALREADY_RUNNING;
    which->running = true;
    return s->on_start(s->context, which->command_line, asked);
}

static int32_t start(services_port *port, const char *name, bool asked)
{
    fake_services *s = self(port);
    int32_t hr = enter(s, "start");
    fake_service *which = find(s, name);

    if (HR_SUCCEEDED(hr))
        hr = which ? begin(s, which, asked) : HR_SERVICE_DOES_NOT_EXIST;
    return leave(s, hr);
}

static int32_t set_automatic(services_port *port, const char *name, bool automatic,
                             const char *const *after)
{
    fake_services *s = self(port);
    int32_t hr = enter(s, "set_automatic");
    fake_service *which = find(s, name);

    if (HR_SUCCEEDED(hr) && !which)
        hr = HR_SERVICE_DOES_NOT_EXIST;
    else if (HR_SUCCEEDED(hr) && which->marked)
        hr = HR_SERVICE_MARKED_FOR_DELETE;
    if (HR_SUCCEEDED(hr)) {
        which->automatic = automatic;
        which->depends = after && *after;
    }
    return leave(s, hr);
}

static service_info info_of(const fake_service *which)
{
    return (service_info){
        .name = text_copy(which->name),
        .command_line = text_copy(which->command_line),
        .automatic = which->automatic,
        .state = which->ending    ? SERVICE_ENDING
                 : which->running ? SERVICE_WORKING
                                  : SERVICE_AT_REST,
        .pid = which->running ? 4711 : 0,
    };
}

static int32_t query(services_port *port, const char *name, service_info *out)
{
    fake_services *s = self(port);
    int32_t hr = enter(s, "query");
    const fake_service *which = find(s, name);

    if (HR_SUCCEEDED(hr) && !which)
        hr = HR_SERVICE_DOES_NOT_EXIST;
    if (HR_SUCCEEDED(hr))
        *out = info_of(which);
    return leave(s, hr);
}

static int32_t remove_service(services_port *port, const char *name)
{
    fake_services *s = self(port);
    int32_t hr = enter(s, "remove");
    fake_service *which = find(s, name);

    if (HR_SUCCEEDED(hr) && !which)
        hr = HR_SERVICE_DOES_NOT_EXIST;
    else if (HR_SUCCEEDED(hr) && which->running)
        which->marked = true;
    else if (HR_SUCCEEDED(hr))
        drop(s, which);
    return leave(s, hr);
}

static int32_t list(services_port *port, const char *prefix, service_info **out, size_t *count)
{
    fake_services *s = self(port);
    int32_t hr = enter(s, "list");
    service_info *all = HR_SUCCEEDED(hr) ? calloc(s->count + 1, sizeof *all) : NULL;
    size_t found = 0;

    for (size_t i = 0; all && i < s->count; i++) {
        if (text_starts_with(s->items[i].name, prefix))
            all[found++] = info_of(&s->items[i]);
    }
    if (all) {
        *out = all;
        *count = found;
    }
    return leave(s, hr);
}

static void free_nothing(services_port *port)
{
    (void)port;
}

void fake_services_init(fake_services *s, fake_service_start *on_start, void *context)
{
    *s = (fake_services){.port = {.create = create,
                                  .start = start,
                                  .set_automatic = set_automatic,
                                  .query = query,
                                  .remove = remove_service,
                                  .list = list,
                                  .free = free_nothing},
                         .on_start = on_start,
                         .context = context,
                         .code = HR_ACCESS_DENIED};
    pthread_mutex_init(&s->lock, NULL);
}

void fake_services_clear(fake_services *s)
{
    while (s->count)
        drop(s, &s->items[0]);
    pthread_mutex_destroy(&s->lock);
}

void fake_services_fail(fake_services *s, size_t nth)
{
    pthread_mutex_lock(&s->lock);
    s->calls = 0;
    s->failed = 0;
    s->fail_at = nth;
    pthread_mutex_unlock(&s->lock);
}

void fake_services_refuse(fake_services *s, const char *call)
{
    pthread_mutex_lock(&s->lock);
    s->refused = call;
    pthread_mutex_unlock(&s->lock);
}

void fake_services_ended(fake_services *s, const char *command_line)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        if (!s->items[i].running || s->items[i].ending ||
            !text_equal(s->items[i].command_line, command_line))
            continue;
        s->items[i].running = s->items[i].ending = false;
        if (s->items[i].marked)
            drop(s, &s->items[i]);
        break;
    }
    pthread_mutex_unlock(&s->lock);
}

void fake_services_put(fake_services *s, const char *name, const char *command_line)
{
    pthread_mutex_lock(&s->lock);
    add(s, name, name, text_copy(command_line), false, NULL);
    pthread_mutex_unlock(&s->lock);
}

size_t fake_services_count(fake_services *s)
{
    size_t count;

    pthread_mutex_lock(&s->lock);
    count = s->count;
    pthread_mutex_unlock(&s->lock);
    return count;
}

bool fake_services_automatic(fake_services *s)
{
    bool automatic;

    pthread_mutex_lock(&s->lock);
    automatic = s->count == 1 && s->items[0].automatic;
    pthread_mutex_unlock(&s->lock);
    return automatic;
}

void fake_services_linger(fake_services *s, const char *name, bool lingers)
{
    fake_service *which;

    pthread_mutex_lock(&s->lock);
    which = find(s, name);
    if (which)
        which->running = which->ending = lingers;
    if (which && !lingers && which->marked)
        drop(s, which);
    pthread_mutex_unlock(&s->lock);
}

bool fake_services_depends(fake_services *s)
{
    bool depends;

    pthread_mutex_lock(&s->lock);
    depends = s->count == 1 && s->items[0].depends;
    pthread_mutex_unlock(&s->lock);
    return depends;
}

void fake_services_boot(fake_services *s)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].automatic)
            (void)begin(s, &s->items[i], false);
    }
    pthread_mutex_unlock(&s->lock);
}
