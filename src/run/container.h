/*
 * container.h - a container on disk and in the kernel, as one object under its lock.
 *
 * Everything that a command does to a container goes through here. An open
 * container holds an exclusive lock on its state directory, so commands on one
 * container are serialised; container_peek() reads without it.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "plan/plan.h"

struct container;
struct oci_state;
struct oci_process;

/* What every command has: the global options, settled. */
struct global {
	const char *root; /* absolute: where states are */
	bool systemd_cgroup, cgroup_disabled;
	bool rootless;
	const char *trace; /* --trace FILE or NULL */
};

/* Options of create and run. */
struct create_options {
	const char *bundle; /* as given; default "." */
	const char *config; /* --config FILE, relative to the caller's directory, or NULL */
	const char *console_socket;
	const char *pid_file;
	const char *pidfd_socket;
	unsigned preserve_fds;
	bool no_pivot, no_new_keyring;
	bool dry_run;	   /* print the plan and change nothing */
	bool detach, keep; /* run alone */
};

/*
 * create: makes the container up to the point where `start` takes over. Undoes everything
 * if it fails. ID and bundle are checked here, each mistake with its own sentence.
 */
must_check int container_create(const struct global *g, const char *id,
				const struct create_options *o, struct err *e);

/*
 * run: create and start in one. In the foreground (not detach) it forwards signals and
 * the terminal, waits, and deletes the container unless keep; *status is then what to exit
 * with (the program's own status, or 128 + its signal).
 */
must_check int container_run(const struct global *g, const char *id, const struct create_options *o,
			     int *status, struct err *e);

/* start: a created container's program. Returns once execve(2) has succeeded. */
must_check int container_start(const struct global *g, const char *id, struct err *e);

struct exec_options {
	const char *process_file; /* --process, "-" for stdin; or NULL */
	const char *const *args;  /* without --process; NULL-terminated */
	const char *cwd, *user;	  /* user: "UID[:GID]" */
	const char *const *env, *const *caps, *const *groups; /* NULL-terminated or NULL */
	const char *apparmor, *process_label;
	const char *cgroup;
	const char *console_socket, *pid_file, *pidfd_socket;
	unsigned preserve_fds;
	bool tty, no_new_privs, detach, ignore_paused;
	bool tty_given, no_new_privs_given;
};

/* exec: *status as container_run()'s; with detach it is 0 once execve(2) has succeeded. */
must_check int container_exec(const struct global *g, const char *id, const struct exec_options *o,
			      int *status, struct err *e);

/*
 * state: the container as a JSON-able object, allocated with malloc (container_state_free). Takes
 * no lock. Status is found from the process itself, never from the file alone.
 */
must_check int container_state(const struct global *g, const char *id, struct oci_state **state,
			       struct err *e);
void container_state_free(struct oci_state *state);

/*
 * list: all containers below g->root, sorted by id; *states is an array of n structs. A directory
 * that can't be read is logged as a warning and left out.
 */
must_check int container_list(const struct global *g, struct oci_state **states, size_t *n,
			      struct err *e);
void container_list_free(struct oci_state *states, size_t n);

/*
 * kill: sig to the first process by pidfd; all: to every process of its cgroup. A stopped container
 * is ERR_STATE "container not running: no such process", unless all.
 */
must_check int container_kill(const struct global *g, const char *id, int sig, bool all,
			      struct err *e);

/*
 * delete: what create made, and nothing else. force: kills first, and an unknown ID is success.
 * Returns 0 only if no process, cgroup or state is left.
 */
must_check int container_delete(const struct global *g, const char *id, bool force, struct err *e);

/* pause, resume: by the freezer; returns once the kernel says it is so, or after a deadline. */
must_check int container_pause(const struct global *g, const char *id, struct err *e);
must_check int container_resume(const struct global *g, const char *id, struct err *e);

/* ps: the host pids of all its processes, ascending; malloc()ed. */
must_check int container_pids(const struct global *g, const char *id, pid_t **pids, size_t *n,
			      struct err *e);

/* "[A-Za-z0-9_+-][A-Za-z0-9_+.-]*", at most 1024 bytes; each mistake has its own sentence. */
must_check int container_check_id(const char *id, struct err *e);

/* The names of both lists' steps, in order, to out: `hull steps`. */
void container_print_steps(FILE *out);

/*
 * After a failure: the text of the config.json that the last command read, so that cmd/ can
 * turn err->where into a line and a column. NULL if none was read. name: how the user called it.
 */
const char *container_config_text(size_t *len, const char **name);
