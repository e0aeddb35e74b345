#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static struct {
	enum log_level level;
	void (*sink)(enum log_level level, const char *text, void *arg);
	void *arg;
	int trace; /* descriptor + 1; 0: none */
} log_state;

void log_set_level(enum log_level level)
{
	log_state.level = level;
}

enum log_level log_level(void)
{
	return log_state.level;
}

void log_sink(void (*fn)(enum log_level level, const char *text, void *arg), void *arg)
{
	log_state.sink = fn;
	log_state.arg = arg;
}

bool log_wants(enum log_level level)
{
	return log_state.sink && level <= log_state.level;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (!log_wants(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_state.sink(level, text, log_state.arg);
}

void log_trace_to(int fd)
{
	log_state.trace = fd + 1;
}

int log_trace_fd(void)
{
	return log_state.trace - 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t log_trace_begin(void)
{
	return log_state.trace ? now_ns() : 0;
}

void log_trace_end(uint64_t begin, const char *name, int lane, int r)
{
	char buf[256];
	struct str line = STR_ON(buf);
	uint64_t ns;

	if (!log_state.trace)
		return;
	ns = now_ns() - begin;
	str_addf(
		&line,
		"{\"name\":\"%s\",\"cat\":\"step\",\"ph\":\"X\",\"ts\":%llu.%03u,\"dur\":%llu.%03u,"
		"\"pid\":1,\"tid\":%d,\"args\":{\"result\":%d}},\n",
		name, (unsigned long long)(begin / 1000), (unsigned)(begin % 1000),
		(unsigned long long)(ns / 1000), (unsigned)(ns % 1000), lane + 1, r);
	if (write(log_state.trace - 1, buf, line.len) < 0)
		log_state.trace = 0; /* a trace that can't be written must not stop a container */
}
