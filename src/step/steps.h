/*
 * steps.h - the functions that steps.def and exec-steps.def name.
 *
 * host-*.c holds PARENT's, linked into hull; init-*.c holds INIT's, linked into the
 * stub that becomes the container (src/init). sources_open() is in both.
 */
#pragma once

#include "base/err.h"

struct run;

#define STEP(who, name, need, unless, fn, back) must_check int fn(struct run *run, struct err *e);
#define MEET(who, name, need, unless)
#define PART(name)
#include "step/exec-steps.def"
#include "step/steps.def"
#undef STEP
#undef MEET
#undef PART

/* What takes a step back returns nothing: there is no undo of an undo. Failures are logged. */
void state_remove(struct run *run);
void cgroup_destroy(struct run *run);
void sources_close(struct run *run);
void init_kill(struct run *run);
