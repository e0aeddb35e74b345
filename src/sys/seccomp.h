/*
 * seccomp.h - the seccomp(2) system call, and what a filter would say.
 *
 * No policy and no libseccomp: the filter comes from the plan. Both processes use this,
 * so nothing here allocates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "base/err.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* AUDIT_ARCH_* (linux/audit.h) that this program's own system calls have. */
uint32_t seccomp_own_arch(void);

/*
 * Loads filter for the calling thread, or for all with SECCOMP_FILTER_FLAG_TSYNC. Returns
 * the listener's descriptor (close-on-exec) with SECCOMP_FILTER_FLAG_NEW_LISTENER, else 0.
 * -EACCES: neither no_new_privs nor CAP_SYS_ADMIN; see seccomp(2).
 */
must_check int seccomp_set_filter(const struct sock_filter *filter, unsigned short n,
				  uint32_t flags, struct err *e);

/* Whether the running kernel takes this SECCOMP_FILTER_FLAG_*. Changes nothing. */
bool seccomp_flag_known(uint32_t flag);

/*
 * What filter answers to a call, SECCOMP_RET_* with its data. Knows the instructions that
 * seccomp(2) takes; anything else, and a program that runs over its end, is
 * SECCOMP_RET_KILL_PROCESS, as the kernel would never have loaded it.
 */
uint32_t seccomp_ask(const struct sock_filter *filter, size_t n, const struct seccomp_data *call);
