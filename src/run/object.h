/*
 * object.h - what the files of run/ share: an open container.
 */
#pragma once

#include "base/arena.h"
#include "base/cleanup.h"
#include "run/container.h"
#include "run/state.h"
#include "step/run.h"
#include "sys/channel.h"

struct container {
	const struct global *g;
	const char *id;
	struct state_dir dir;
	struct state_file state; /* as it is on disk */
	struct arena arena;	 /* config.json and the plan, or the strings of state */
	struct oci_config *config;
	char *text; /* of config.json */
	size_t text_len;
	struct plan *plan;
	const struct create_options *create; /* create and run */
	char created[40], boot[40];
};

struct container *container_new(const struct global *g, const char *id);
void container_free(struct container *c);
DEFINE_AUTO(struct container *, container_free)

/*
 * Room for all that the state directory holds: no more, for it is taken at once, and there may be
 * a limit of address space or no overcommitment.
 */
size_t container_arena_size(const struct container *c);

/* Opens an existing one, reads state.json; lock: takes the lock first. */
must_check int container_open(const struct global *g, const char *id, bool lock,
			      struct container **ret, struct err *e);

/* Reads the container's copy of config.json into c->config. */
must_check int container_load_config(struct container *c, struct err *e);

/* Keeps the text for container_config_text(): what a pointer in an error is to be looked up in. */
void container_remember_text(char *text, size_t len, const char *name);

/* The state as engines see it, for stdin of hooks, `state` and `list`; strings are c's. */
void container_fill_state(const struct container *c, const char *status, int64_t pid,
			  struct oci_state *out);

/*
 * Notes in the state which memory is the plan, and where in it the plan begins; `start` takes no
 * other. What init sends is not to be trusted for that: until its program runs it is one of ours,
 * but a process that shares its pid namespace and may trace it could have become its master.
 */
must_check int plan_remember(struct container *c, struct err *e);

/*
 * Memory that both processes share, and a struct run over it. fds: how many slots.
 * run_close() unmaps and closes everything of the run but what was stolen.
 */
must_check int run_open(struct run *run, struct channel *ch, struct container *c,
			enum step_list list, size_t n_fds, struct err *e);
must_check int run_attach(struct run *run, struct channel *ch, struct container *c, int shared_fd,
			  int arena_fd, struct err *e);
void run_close(struct run *run);

/* Waits for a foreground container or exec, relaying signals and the terminal. See monitor.c. */
struct monitor;
must_check int monitor_begin(struct monitor **m, struct err *e);
must_check int monitor_run(struct monitor *m, const struct run *run, int *status, struct err *e);
void monitor_end(struct monitor *m);
DEFINE_AUTO(struct monitor *, monitor_end)

/* Ends every process of the container, and waits until that is so. */
must_check int container_end(struct container *c, struct err *e);

/* Kills what is left, runs poststop hooks, removes cgroups and the state directory. Holds the lock.
 */
must_check int container_destroy(struct container *c, struct err *e);

/* The poststop hooks, of a container that is gone. What they do wrong is logged. */
void container_poststop(struct container *c);

/*
 * File PATH with the pid and nothing else, complete when it is seen. What is there and is no
 * regular file is written to, not replaced.
 */
must_check int pid_file_write(const char *path, pid_t pid, struct err *e);

/* Sends pidfd to the socket at path (--pidfd-socket). */
must_check int pidfd_send(const char *path, int pidfd, struct err *e);
