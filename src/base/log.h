/*
 * log.h - messages with a level, and the trace of steps.
 *
 * The log is the only global of this program. Where it goes is the command
 * line's choice (--log, --log-format, --log-level): see log_open(). An error
 * is written once, by cmd/, through log_error(); everything else is a warning or
 * for debugging, and at the default level neither is written.
 *
 * In the process that becomes the container, log_sink() replaces the output:
 * its lines travel to the parent, which writes them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

printf_like(2, 3) void log_line(enum log_level level, const char *fmt, ...);

#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_debug(...)	 log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Whether a line of that level would go anywhere: guards what is costly to format. */
bool log_wants(enum log_level level);

void log_set_level(enum log_level level);
enum log_level log_level(void);

/* Sends lines to fn instead of writing them. fn gets text without a newline. */
void log_sink(void (*fn)(enum log_level level, const char *text, void *arg), void *arg);

/*
 * The trace (--trace FILE): one JSON object a line in the Trace Event Format, which
 * Perfetto and chrome://tracing open. fd is appended to, by both processes; -1: none.
 */
void log_trace_to(int fd);
int log_trace_fd(void);

/* CLOCK_MONOTONIC in nanoseconds, 0 when no trace is wanted: a step costs one test then. */
uint64_t log_trace_begin(void);
void log_trace_end(uint64_t begin, const char *name, int lane, int r);
