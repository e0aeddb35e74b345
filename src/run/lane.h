/*
 * lane.h - goes down a list of steps for one of the two processes.
 *
 * The only code that knows the order of things, times them, names them in
 * errors, injects faults for the tests and takes them back. It is compiled twice: into
 * hull with PARENT's functions, into the stub with INIT's.
 */
#pragma once

#include "step/run.h"

/* Where the part called `name` begins ("start"), or the end of the list. */
unsigned lane_part(enum step_list list, const char *name);
unsigned lane_end(enum step_list list);

/* Does this lane's steps from run->from up to run->until, and meets the other lane. */
must_check int lane_run(struct run *run, struct err *e);

/* Takes back what lane_run() completed or began, last first. Failures are logged, never returned.
 */
void lane_undo(struct run *run);

/* "mount.entries", or NULL if there is no such step. */
const char *create_step_name(unsigned step);
const char *exec_step_name(unsigned step);

/* Calls fn for each line of the list, in order. */
void lane_each(enum step_list list,
	       void (*fn)(enum lane lane, bool meet, const char *name, void *arg), void *arg);
