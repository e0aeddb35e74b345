/*
 * err.h - one error, from the system call that failed to the line the user reads.
 *
 * Every function that can fail takes `struct err *e` last and returns an int:
 * negative exactly when *e has been filled, and then the value is -e->num.
 * Each layer fills the fields that only it can know, and nobody else's:
 *
 *	sys/	num, op, path	err_sys()	what the kernel said, about what
 *	spec/ plan/ step/ where	err_at()	which entry of config.json asked for it
 *	run/	step		err_in()	how far the container had come
 *	cmd/	-		err_format()	the only place that writes a sentence
 *
 * The record is plain data without pointers: it needs no memory to fill, and
 * travels from the container's init to its parent as it is (see sys/channel.h).
 */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum err_kind {
	ERR_NONE,
	ERR_SYS,   /* a system call failed */
	ERR_SPEC,  /* config.json asks for something invalid or not supported */
	ERR_USAGE, /* the command line is wrong */
	ERR_STATE, /* the container is not in a state that allows this */
	ERR_CHILD, /* the other process is gone; text says how it died */
	ERR_PROTO, /* the other process broke the channel's rules */
	ERR_EXEC,  /* the program can't be started; text has the words engines match */
	ERR_KIND_COUNT,
};

struct err {
	int32_t kind;	 /* enum err_kind */
	int32_t num;	 /* errno; never 0 once kind is set */
	char step[32];	 /* "mount.entries"; empty outside the list of steps */
	char op[32];	 /* "openat2", "mount_setattr" */
	char path[256];	 /* what op was about, cut in the middle if too long */
	char where[160]; /* JSON pointer into config.json, "/mounts/3/options/1" */
	char text[512];	 /* the sentence, when op and errno do not make one */
};

static_assert(sizeof(struct err) < 1024, "must fit one channel frame");

#define must_check	  __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

/* A system call failed: takes errno. path may be NULL. Returns -errno. */
must_check int err_sys(struct err *e, const char *op, const char *path);

/* Anything else. num is the errno that fits best, > 0. Returns -num. */
must_check printf_like(4, 5) int err_set(struct err *e, enum err_kind kind, int num,
					 const char *fmt, ...);

/* ERR_SPEC at a JSON pointer: the commonest refusal. Returns -EINVAL. */
must_check printf_like(3, 4) int err_spec(struct err *e, const char *where, const char *fmt, ...);

/*
 * Adds the config.json entry that r came from (a JSON pointer, printf-style),
 * unless a deeper caller did. Returns r.
 */
must_check printf_like(3, 4) int err_at(struct err *e, int r, const char *where, ...);

/* Names the step that r came from, unless it is named already. Returns r. */
must_check int err_in(struct err *e, int r, const char *step);

/* This failure is expected and dealt with: `if (r == -ENOENT) err_drop(e)`. */
void err_drop(struct err *e);

/* Copies a record received from another process, trusting none of its bytes. */
void err_import(struct err *e, const struct err *received);

/*
 * The sentence for engines, one line without a newline:
 * "mount.entries: open_tree `/srv/data`: No such file or directory".
 * Line and column are not here: cmd/ finds them in the text (see e->where).
 */
void err_format(const struct err *e, struct str *out);
