/*
 * channel.h - what the two processes of a run say to each other.
 *
 * One SOCK_SEQPACKET connection, one frame a message, a descriptor riding along with
 * the frame that it belongs to. Neither side trusts a byte of what the other sends.
 *
 * Beside the socket the two share one mapping (step/run.h), where each notes the step it
 * is in. A process that is killed (by a signal, the OOM killer, its own seccomp filter)
 * says nothing more on the socket; the mapping still tells how far it had come.
 *
 * Sending is write(2) and receiving recvmsg(2) or read(2) where no descriptor can come, so that a
 * container's seccomp filter has few calls of ours to allow. SIGPIPE has to be ignored.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"

struct channel {
	int fd;
	unsigned side;	      /* which slot of at[] is ours: 0 PARENT, 1 INIT */
	_Atomic uint32_t *at; /* two slots, in shared memory */
	int peer;	      /* pidfd of the other side, a child of ours; or -1 */
	void (*how_died)(int peer, struct str *out); /* process_how_died(), where peer is known */
	const char *(*name)(unsigned step);	     /* of the list in use; NULL beyond its end */
	int waits_ms; /* the longest that one wait may take; -1: for ever */
	/* Filled with the other side's last words, if it left any in shared memory; or NULL. */
	bool (*last_words)(void *arg, struct err *e);
	void *arg;
};

/* Notes in the shared mapping that we are in this step. */
void channel_note(struct channel *ch, unsigned step);

/* "I have come to this step." fd, unless it is -1, goes along (SCM_RIGHTS). */
must_check int channel_tell(struct channel *ch, unsigned step, int fd, struct err *e);

/*
 * Waits until the other side tells `step`. Log lines that arrive meanwhile are
 * logged here. If the other side sends an error, that error becomes *e as it was
 * filled over there; if it is gone, *e says how it died and during which step; after waits_ms
 * it says what was waited for. *fd, unless fd is NULL, becomes the descriptor that came along or
 * -1.
 */
must_check int channel_await(struct channel *ch, unsigned step, int *fd, struct err *e);

/*
 * Waits until the other side has closed the connection, as execve(2) does with it: 0.
 * An error that comes first becomes *e.
 */
must_check int channel_await_end(struct channel *ch, struct err *e);

/* Init's last words. Best effort: there is nobody left to tell if this fails. */
void channel_send_err(struct channel *ch, const struct err *e);

/* A log line for the other side's log. Best effort too. */
void channel_send_log(struct channel *ch, enum log_level level, const char *text);
