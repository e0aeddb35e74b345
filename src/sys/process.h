/*
 * process.h - watching and ending processes by pidfd.
 *
 * A process is known by its pidfd; across commands by its pid together with its start
 * time and, where the kernel has pidfs (Linux 6.9), the inode of its pidfd. Nothing is ever
 * signalled by its number alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/* "was killed by signal 9 (Killed)", "exited with status 1". Doesn't reap; pidfd is a child's. */
void process_how_died(int pidfd, struct str *out);

struct process_id {
	pid_t pid;
	uint64_t start; /* field 22 of /proc/PID/stat, clock ticks since boot */
	uint64_t inode; /* of the pidfd on pidfs; 0 where the kernel has none */
};

/* Reads what identifies the process that pidfd is. -ESRCH when it is gone. */
must_check int process_identify(pid_t pid, int pidfd, struct process_id *id, struct err *e);

/*
 * A pidfd of the process that id names. -ESRCH, as ERR_STATE, if it has ended, reaped or not, or
 * if the number belongs to another process, or a thread of one, now.
 */
must_check int process_open(const struct process_id *id, struct err *e);

/* pidfd_send_signal(2). -ESRCH is an error as any other. */
must_check int process_signal(int pidfd, int sig, struct err *e);

/*
 * Waits until the process has ended, at most ms milliseconds (-1: for ever). Returns 1 if it has, 0
 * if time is up. Works for any process, not children alone.
 */
must_check int process_wait_end(int pidfd, int ms, struct err *e);

/*
 * Reaps a child and stores its wait status as waitpid(2) has it. Blocks until it has ended.
 */
must_check int process_reap(int pidfd, int *status, struct err *e);
