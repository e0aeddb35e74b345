/*
 * spec.h - config.json, read and judged, before anything is done about it.
 *
 * Promises: what passed spec_check() makes sense by itself. All of it is decided from
 * the document alone: no file is opened, no process is asked, so the same document gets
 * the same answer everywhere. What depends on the host (a missing controller, an
 * unknown sysctl, SELinux off) is for plan/ and step/ to say.
 *
 * Nothing that hull knows and can't do is dropped in silence: a property that honoured.def
 * has as REFUSED is an error here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "libocispec/ocispec.h"

/* What the command line adds to the meaning of a document. Zeroed: nothing. */
struct spec_context {
	bool systemd_cgroup; /* --systemd-cgroup: cgroupsPath is "slice:prefix:name" */
};

/*
 * Reads the config.json at path, at most OCI_MAX_BYTES of it, into *c (in a). *text is
 * malloc()ed and the caller's: the bytes as they were read, with a NUL behind them, for
 * oci_locate() and for the container's own copy. They are handed over on failure too if
 * there are any, so that the place of the mistake can be found; else *text is NULL.
 *
 * Errors: ERR_SPEC with a pointer or "@OFFSET" (oci_read()); a file that isn't there, can't
 * be read, is no file or is too large has a sentence of its own that names the bundle.
 */
must_check int spec_load(const char *path, struct arena *a, struct oci_config **c, char **text,
			 size_t *len, struct err *e);

/*
 * All the rules that types can't say (rules.def), then the REFUSED rows of honoured.def.
 * ctx may be NULL. Errors: ERR_SPEC, with the pointer to the exact element.
 */
must_check int spec_check(const struct oci_config *c, const struct spec_context *ctx,
			  struct err *e);

/*
 * The rules of /process alone, for a document of `exec --process`. at: what stands before
 * the pointers, "" when the document is the process itself.
 */
must_check int spec_check_process(const struct oci_process *p, const char *at, struct err *e);
