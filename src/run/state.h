/*
 * state.h - what the state directory holds, and who may touch it.
 *
 * <root>/<id>/ has state.json (state.def), state.old, which is what that was before its last
 * change, config.json as it was at create, and, until `start`, the socket start.sock that INIT
 * listens on. Files are replaced by rename, so a reader sees a whole one. The directory is locked
 * (flock(2)) by a command that changes the container.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "libocispec/ocispec.h"
#include "sys/process.h"

#include "libocispec/struct.h"

#include "run/state.def"

#include "libocispec/end.h"

enum { STATE_ID_MAX = 255 };

struct state_dir {
	char *path; /* absolute */
	int fd;	    /* of the directory; the lock is on it */
};

/* "[A-Za-z0-9_+-][A-Za-z0-9_+.-]*"; each mistake has its own sentence. */
must_check int state_check_id(const char *id, struct err *e);

/*
 * Makes the directory and locks it; root and its parents are made as needed. ERR_STATE
 * "container with given ID already exists" if there is one.
 */
must_check int state_claim_dir(const char *root, const char *id, struct state_dir *d,
			       struct err *e);

/* Opens it. ERR_STATE "container "ID" does not exist" if there is none. */
must_check int state_open_dir(const char *root, const char *id, struct state_dir *d, struct err *e);

/* Waits for the lock, at most some seconds; fails as state_open_dir() if it was deleted meanwhile.
 */
must_check int state_lock(struct state_dir *d, const char *id, struct err *e);

/* Gives the lock back: what comes now is waiting, and others may have work to do. */
void state_unlock(struct state_dir *d);

/* Closes, which unlocks. */
void state_close(struct state_dir *d);

/* Removes the directory and all that is in it. Not there is success. */
must_check int state_remove_dir(const char *root, const char *id, struct state_dir *d,
				struct err *e);

must_check int state_write(const struct state_dir *d, const struct state_file *s, struct err *e);

/* Reads state.json; strings are allocated in a. A directory without one is -ENOENT. */
must_check int state_read(const struct state_dir *d, struct arena *a, struct state_file *s,
			  struct err *e);

/* The state before the last change, state.old: for a state.json that is damaged. */
must_check int state_read_old(const struct state_dir *d, struct arena *a, struct state_file *s,
			      struct err *e);

/*
 * 1: the host has been started anew since. Nothing of the container runs, and what is in cgroups
 * of its names is somebody else's.
 */
must_check int state_is_past(const struct state_file *s, struct err *e);

/* /proc/sys/kernel/random/boot_id into buf (37 bytes). */
must_check int state_boot_id(char buf[static 40], struct err *e);

/*
 * What the container is now: "creating", "created", "running", "paused" or "stopped". *pidfd,
 * unless NULL, becomes a pidfd of its init, or -1 when it has ended.
 */
must_check int state_status(const struct state_file *s, const char **status, int *pidfd,
			    struct err *e);
