/*
 * check-seccomp.c - rules of linux.seccomp. What depends on the kernel or on libseccomp
 * (flags, architectures, names of system calls) is plan/'s to say.
 */
#include <string.h>

#include "spec/rules.h"

static bool is_notify(const char *action)
{
	return strcmp(action, "SCMP_ACT_NOTIFY") == 0;
}

/* Who would hand over the listener is asked about himself, and the agent isn't there yet. */
bool bad_default_notify(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return is_notify(node_text(n));
}

static bool takes_errno(const char *action)
{
	return strcmp(action, "SCMP_ACT_ERRNO") == 0 || strcmp(action, "SCMP_ACT_TRACE") == 0;
}

/* MAX_ERRNO, and the 16 bits of SECCOMP_RET_DATA: seccomp(2). The kernel would cut what is larger.
 */
static bool errno_too_large(const char *action, uint64_t value, struct str *note)
{
	if (strcmp(action, "SCMP_ACT_ERRNO") == 0) {
		str_addf(note, "an errno is at most 4095");
		return value > 4095;
	}
	str_addf(note, "what SCMP_ACT_TRACE hands on is at most 65535");
	return value > UINT16_MAX;
}

bool bad_default_errno_foreign(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_seccomp *sec = n->parent;

	(void)s;
	str_addf(n->note, "%s", sec->default_action);
	return !takes_errno(sec->default_action);
}

bool bad_default_errno_range(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_seccomp *sec = n->parent;

	(void)s;
	return errno_too_large(sec->default_action, node_u64(n), n->note);
}

bool bad_errno_foreign(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_syscall *call = n->parent;

	(void)s;
	str_addf(n->note, "%s", call->action);
	return !takes_errno(call->action);
}

bool bad_errno_range(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_syscall *call = n->parent;

	(void)s;
	return errno_too_large(call->action, node_u64(n), n->note);
}

bool bad_metadata_alone(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_seccomp *sec = n->parent;

	(void)s;
	return !sec->listener_path;
}

bool bad_notify_nobody(const struct spec_scope *s, struct spec_node *n)
{
	return is_notify(node_text(n)) && !s->c->linux_->seccomp->listener_path;
}

/* write(2) is how the two sides of a hand-over speak: nobody could answer. */
bool bad_notify_write(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_syscall *call = n->parent;

	(void)s;
	return is_notify(call->action) && strcmp(node_text(n), "write") == 0;
}
