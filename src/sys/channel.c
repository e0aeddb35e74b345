#include "sys/channel.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "sys/scm.h"

enum frame_type { FRAME_AT = 1, FRAME_LOG, FRAME_ERR };

struct frame {
	uint32_t type; /* enum frame_type */
	uint32_t step; /* FRAME_AT: the step; FRAME_LOG: the level */
	union {
		struct err err;
		char log[1000];
	};
};

enum { FRAME_SHORT = offsetof(struct frame, err) };

static int frame_send(struct channel *ch, const struct frame *f, size_t size, struct err *e)
{
	ssize_t n;

	do
		n = write(ch->fd, f, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "write", "channel");
	return 0;
}

/* Returns 1 for a frame, 0 when the other side is gone. */
static int frame_recv(struct channel *ch, struct frame *f, int *fd, struct err *e)
{
	ssize_t n;

	if (fd) {
		n = scm_receive(ch->fd, f, sizeof(*f), fd);
	} else {
		do
			n = read(ch->fd, f, sizeof(*f));
		while (n < 0 && errno == EINTR);
	}
	if (n < 0 && errno != ECONNRESET)
		return err_sys(e, "recvmsg", "channel");
	if (n <= 0)
		return 0;
	if (n < FRAME_SHORT || (f->type == FRAME_ERR && n != sizeof(*f)))
		return err_set(e, ERR_PROTO, EPROTO, "the other process sent a short frame");
	if (f->type == FRAME_LOG)
		f->log[n - FRAME_SHORT < (ssize_t)sizeof(f->log) ? n - FRAME_SHORT
								 : (ssize_t)sizeof(f->log) - 1] =
			'\0';
	return 1;
}

static const char *peer_step(struct channel *ch)
{
	const char *step = ch->at ? ch->name(atomic_load(&ch->at[!ch->side])) : NULL;

	return step ? step : "start.wait"; /* not attached yet: it waits for `start` */
}

/* The other side went without a word: say how it died, and where it was. */
static int peer_died(struct channel *ch, struct err *e)
{
	char buf[96] = "";
	struct str how = STR_ON(buf);
	int r;

	if (ch->last_words && ch->last_words(ch->arg, e))
		return -e->num;
	if (ch->peer >= 0 && ch->how_died)
		ch->how_died(ch->peer, &how);
	else
		str_addf(&how, "is gone");
	r = err_set(e, ERR_CHILD, ECHILD, "the %s process %s",
		    ch->side ? "parent" : "container's init", buf);
	return err_in(e, r, peer_step(ch));
}

static int expect(struct channel *ch, const struct frame *f, unsigned step, struct err *e)
{
	const char *told = ch->name(f->step);

	if (f->type == FRAME_AT && f->step == step)
		return 0;
	return err_set(e, ERR_PROTO, EPROTO, "waited for `%s`, got frame %u at `%s`",
		       ch->name(step), f->type, told ? told : "?");
}

/* 1: there is something to read. */
static int wait_readable(struct channel *ch, const char *what, struct err *e)
{
	struct pollfd p = {.fd = ch->fd, .events = POLLIN};
	int n, r;

	if (ch->waits_ms < 0)
		return 1; /* the read itself waits */
	do
		n = poll(&p, 1, ch->waits_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "poll", "channel");
	if (n > 0)
		return 1;
	r = err_set(e, ERR_CHILD, ETIMEDOUT,
		    "waited %d s for `%s` while the other process was here", ch->waits_ms / 1000,
		    what);
	return err_in(e, r, peer_step(ch));
}

void channel_note(struct channel *ch, unsigned step)
{
	atomic_store_explicit(&ch->at[ch->side], step, memory_order_relaxed);
}

/* Returns 1 for a frame that isn't the log's, 0 at the end; an error frame becomes *e. */
static int next_frame(struct channel *ch, struct frame *f, const char *what, int *fd, struct err *e)
{
	for (;;) {
		int r = wait_readable(ch, what, e);

		if (r < 0)
			return r;
		r = frame_recv(ch, f, fd, e);
		if (r <= 0)
			return r;
		if (f->type == FRAME_ERR) {
			err_import(e, &f->err);
			return -e->num;
		}
		if (f->type != FRAME_LOG)
			return 1;
		log_line((enum log_level)f->step, "%s", f->log);
	}
}

/* There is nobody to be told any more: what it said before is the error, or how it died. */
static int peer_gone(struct channel *ch, struct err *e)
{
	struct frame f;
	int r;

	err_drop(e);
	do
		r = next_frame(ch, &f, "the end", NULL, e);
	while (r > 0);
	return r < 0 ? r : peer_died(ch, e);
}

int channel_tell(struct channel *ch, unsigned step, int fd, struct err *e)
{
	struct frame f;
	int r;

	f.type = FRAME_AT;
	f.step = step;
	if (fd < 0)
		r = frame_send(ch, &f, FRAME_SHORT, e);
	else if (scm_send(ch->fd, &f, FRAME_SHORT, fd) < 0)
		r = err_sys(e, "sendmsg", "channel");
	else
		r = 0;
	return r == -EPIPE || r == -ECONNRESET ? peer_gone(ch, e) : r;
}

int channel_await(struct channel *ch, unsigned step, int *fd, struct err *e)
{
	struct frame f;
	int r;

	if (fd)
		*fd = -1;
	r = next_frame(ch, &f, ch->name(step), fd, e);
	if (r > 0)
		r = expect(ch, &f, step, e);
	else if (r == 0)
		r = peer_died(ch, e);
	return r;
}

int channel_await_end(struct channel *ch, struct err *e)
{
	struct frame f;
	int r = next_frame(ch, &f, "exec.program", NULL, e);

	if (r < 0)
		return r;
	if (r > 0)
		return err_set(e, ERR_PROTO, EPROTO, "got frame %u after the last one", f.type);
	if (ch->last_words && ch->last_words(ch->arg, e))
		return -e->num;
	return 0;
}

void channel_send_err(struct channel *ch, const struct err *e)
{
	struct frame f = {.type = FRAME_ERR, .err = *e};
	struct err ignored = {0};

	if (frame_send(ch, &f, sizeof(f), &ignored) < 0)
		err_drop(&ignored);
}

void channel_send_log(struct channel *ch, enum log_level level, const char *text)
{
	struct frame f;
	struct err ignored = {0};
	size_t len = strnlen(text, sizeof(f.log) - 1);

	f.type = FRAME_LOG;
	f.step = level;
	memcpy(f.log, text, len);
	if (frame_send(ch, &f, FRAME_SHORT + len, &ignored) < 0)
		err_drop(&ignored);
}
