/*
 * seccomp-newer.h - what goes before libseccomp's program: calls that are newer.
 *
 * Newer than the profile. An engine's profile was written at some time, and denies with
 * EPERM or by killing whatever it doesn't name. Calls that came into Linux later are denied
 * with it, and a C library that meets EPERM where it expects ENOSYS doesn't fall back
 * to the older call: programs break. So, where the default action denies, a call with a higher
 * number than any that the profile names gets ENOSYS, as runc does it. It is still denied.
 * Not done when the default lets calls through (ALLOW, LOG, TRACE: a tracer emulates new calls),
 * nor when it says ENOSYS itself.
 *
 * Newer than libseccomp. A name that the library lacks would be left out of the filter, which
 * with a default of ALLOW lets through what was to be denied. The numbers of newer calls are the
 * same on all processors but for an offset, so rules without arguments for them are made here.
 *
 * x32 and ARM have numbers of their own far above the rest. They are no measure of
 * what is new, so each ABI has a window in which "newer" means something.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sock_filter;

/* Instructions that seccomp_newer() needs at most for one ABI; checked by it. */
enum { SECCOMP_EXTRA_MAX = 32, SECCOMP_NEWER_MAX = 8 + 2 * SECCOMP_EXTRA_MAX };

/* A call that the filter's library doesn't know. */
struct seccomp_extra {
	uint32_t nr;
	uint32_t action; /* SECCOMP_RET_*, with data */
};

struct seccomp_abi {
	uint32_t audit_arch;  /* as struct seccomp_data has it */
	uint32_t first, last; /* numbers in [first, last) are ordinary calls of this ABI */
	bool enosys;	      /* what is newer than `newest` gets ENOSYS */
	uint32_t newest;
	struct seccomp_extra extra[SECCOMP_EXTRA_MAX];
	size_t n_extra;
};

/*
 * Where name is the name of a call that came after Linux 6.4, its number for audit_arch's
 * ABI that begins at first. False for any other.
 */
bool seccomp_newer_number(const char *name, uint32_t audit_arch, uint32_t first, uint32_t *nr);

/*
 * Writes the program for n ABIs to out, which has room for n * SECCOMP_NEWER_MAX instructions, and
 * returns its length: it ends by running into whatever comes behind it, with nothing kept in
 * registers. ABIs of one audit_arch stand side by side.
 */
size_t seccomp_newer(const struct seccomp_abi *abis, size_t n, struct sock_filter *out);
