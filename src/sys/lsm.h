/* lsm.h - AppArmor profiles and SELinux labels, through a procfs of our own (sys/proc.h). */
#pragma once

#include "base/err.h"

/* The profile to be on after execve(2). */
must_check int lsm_apparmor_on_exec(int proc, const char *profile, struct err *e);

/* The label to have after execve(2), and for new keys and sockets. */
must_check int lsm_selinux_on_exec(int proc, const char *label, struct err *e);
