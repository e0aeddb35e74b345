#include "cmd/logfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "sys/unixsock.h"

enum log_kind { TO_NOTHING, TO_FILE, TO_JOURNALD, TO_SYSLOG };

static struct {
	enum log_kind kind;
	enum log_format format;
	int fd;
	const char *id; /* the name that journald and syslog file messages under */
} out = {.fd = -1};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

/* Length of the well-formed UTF-8 sequence at s (RFC 3629), 0 if it isn't one. */
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80			 ? 1
		   : s[0] >= 0xc2 && s[0] < 0xe0 ? 2
		   : (s[0] & 0xf0) == 0xe0	 ? 3
		   : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void json_string(struct str *s, const char *text)
{
	str_add(s, "\"", 1);
	for (const unsigned char *c = (const unsigned char *)text; *c;) {
		size_t n = utf8_len(c);

		if (*c == '"' || *c == '\\')
			str_addf(s, "\\%c", *c);
		else if (*c == '\n')
			str_add(s, "\\n", 2);
		else if (*c == '\t')
			str_add(s, "\\t", 2);
		else if (*c < 0x20 || *c == 0x7f)
			str_addf(s, "\\u%04x", *c);
		else if (n == 0)
			str_add(s, "\\ufffd", 6);
		else
			str_add(s, (const char *)c, n);
		c += n ? n : 1;
	}
	str_add(s, "\"", 1);
}

static void json_member(struct str *s, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	str_addf(s, ",\"%s\":", key);
	json_string(s, value);
}

static void json_number(struct str *s, const char *key, unsigned value)
{
	if (value)
		str_addf(s, ",\"%s\":%u", key, value);
}

/* The fields that an error has beside its sentence. */
static void json_error(struct str *s, const struct err *e, const struct place *place)
{
	json_member(s, "step", e->step);
	json_member(s, "op", e->op);
	json_member(s, "path", e->path);
	json_member(s, "pointer", place->pointer);
	json_number(s, "line", place->line);
	json_number(s, "column", place->column);
	json_number(s, "errno", (unsigned)e->num);
}

static void add_line(struct str *s, enum log_level level, const char *msg, const struct err *e,
		     const struct place *place)
{
	char time[RFC3339_SIZE];

	if (out.format == LOG_FORMAT_JSON) {
		str_addf(s, "{\"level\":\"%s\",\"msg\":", level_names[level]);
		json_string(s, msg);
		str_addf(s, ",\"time\":\"%s\"", rfc3339_now(time));
		if (e)
			json_error(s, e, place);
		str_addf(s, "}\n");
	} else {
		str_addf(s, "time=\"%s\" level=%s msg=", rfc3339_now(time), level_names[level]);
		json_string(s, msg);
		str_addf(s, "\n");
	}
}

/* journald and syslog have times and levels of their own, and take one message a datagram. */
static void add_datagram(struct str *s, enum log_level level, const char *msg)
{
	if (out.kind == TO_JOURNALD)
		str_addf(s, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\nMESSAGE=", priorities[level],
			 out.id);
	else
		str_addf(s, "<%d>%s[%d]: ", LOG_DAEMON | priorities[level], out.id, (int)getpid());
	for (; *msg; msg++)
		str_add(s, *msg == '\n' ? " " : msg, 1);
	if (out.kind == TO_JOURNALD)
		str_add(s, "\n", 1);
}

/* One write(2): O_APPEND keeps lines of several processes whole. A log that can't be written
 * doesn't stop a container, and there is nobody left to tell. */
static void write_entry(enum log_level level, const char *msg, const struct err *e,
			const struct place *place)
{
	char buf[24 << 10]; /* the longest sentence with each byte written as \\u00xx */
	struct str s = STR_ON(buf);

	if (out.kind == TO_NOTHING)
		return;
	if (out.kind == TO_FILE)
		add_line(&s, level, msg, e, place);
	else
		add_datagram(&s, level, msg);
	if (write(out.fd, buf, str_cut(&s) ? sizeof(buf) - 1 : s.len) < 0)
		return;
}

static void sink(enum log_level level, const char *text, void *arg)
{
	(void)arg;
	write_entry(level, text, NULL, NULL);
}

void log_error(const struct err *e, const char *sentence, const struct place *place)
{
	if (out.fd != STDERR_FILENO)
		write_entry(LOG_LEVEL_ERROR, sentence, e, place);
}

static int open_socket(enum log_kind kind, const char *path, const char *id, struct err *e)
{
	if (!*id || strpbrk(id, "\n\r"))
		return err_set(e, ERR_USAGE, EINVAL, "--log: the name after the colon is %s",
			       *id ? "not one line" : "missing");
	out.fd = socket_connect(SOCK_DGRAM, path, e);
	if (out.fd < 0)
		return out.fd;
	out.kind = kind;
	out.id = id;
	return 0;
}

static int open_log(const char *where, struct err *e)
{
	if (str_starts(where, "journald:"))
		return open_socket(TO_JOURNALD, "/run/systemd/journal/socket", where + 9, e);
	if (str_starts(where, "syslog:"))
		return open_socket(TO_SYSLOG, "/dev/log", where + 7, e);
	if (str_starts(where, "file:"))
		where += 5;
	out.fd =
		openat(AT_FDCWD, where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (out.fd < 0)
		return err_sys(e, "open the log", where);
	out.kind = TO_FILE;
	return 0;
}

int log_open(const struct globals *o, bool quiet, struct err *e)
{
	bool asked = o->debug || o->log_level > LOG_LEVEL_ERROR + 1;
	int r;

	out.format = (enum log_format)o->log_format;
	if (o->debug)
		log_set_level(LOG_LEVEL_DEBUG);
	else if (o->log_level)
		log_set_level((enum log_level)(o->log_level - 1));
	if (o->log) {
		r = open_log(o->log, e);
		if (r < 0)
			return r;
	} else if (!quiet && (asked || isatty(STDERR_FILENO))) {
		out.fd = STDERR_FILENO;
		out.kind = TO_FILE;
	} else {
		return 0;
	}
	log_sink(sink, NULL);
	return 0;
}

int trace_open(const char *path, struct err *e)
{
	auto_close int fd =
		openat(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	struct stat st;

	if (fd < 0)
		return err_sys(e, "open the trace", path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat", path);
	/* The Trace Event Format lets an array end without its bracket: processes only append. */
	if (st.st_size == 0 && S_ISREG(st.st_mode) && write(fd, "[\n", 2) != 2)
		return err_sys(e, "write", path);
	log_trace_to(steal_fd(&fd));
	return 0;
}
