/* SPDX-License-Identifier: MIT */
/** The doctor's view of a host that a test makes up: what it is told, and what it says of that. */
#ifndef TESTS_UNIT_ENGINE_DOCTOR_MADE_UP_H
#define TESTS_UNIT_ENGINE_DOCTOR_MADE_UP_H

#include "engine/doctor/doctor.h"
#include "tests/unit/engine/fixture.h"

/** What the doctor's questions are answered with. */
typedef struct made_up_host {
    bool elevated;
    int64_t now;
    const char *file_system;
    int32_t volume, disk, filters_hr, library, vmcompute, hns, vmms, defender;
    int32_t hypervisor_hr, exclusions_hr, resolved, program;
    uint32_t vmcompute_state, defender_state;
    uint64_t free;
    const char *filter, *exclusion, *writer;
    const char *exposed; /* what others may change, for service_exposed() */
    bool hypervisor;
    const char *path;    /* of wcow.exe; NULL: C:\\tools\\wcow.exe */
    const char *missing; /* an export */
    unsigned started;    /* services */
    sim *mended;         /* starting one mends this */
} made_up_host;

extern made_up_host made_up;
extern char made_up_service[512]; /* line of the one service of ours; "": there is none */
extern const doctor_questions made_up_asks;

/** A test's set-up: the fixture's, on a Windows Server, with a Service Control Manager. */
int made_up_set_up(void **test);

/** All is well on it. */
void be_well(void);

/** All findings of these checks. */
cJSON *examine(fixture *f, const doctor_check *checks, bool fix, wcow_verdict *worst);
/** The findings of one check with --fix, or without. */
cJSON *examine_one(fixture *f, const char *id, bool fix);
/** One check says this; its finding and its remedy have that in them. */
void expect_finding(fixture *f, const char *id, const char *verdict, const char *finding,
                    const char *remedy);
/** What one check finds can be mended, and --fix mends it. */
void expect_mended(fixture *f, const char *id);

#endif
