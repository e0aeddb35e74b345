#include <limits.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"

int plan_state_halves(struct plan_ctx *x, const char *status, const char **before,
		      const char **after, struct err *e)
{
	static const char marker[] = "\"pid\":2147483647";
	const struct oci_state state = {
		.oci_version = OCI_VERSION,
		.id = x->plan->id,
		.pid = INT32_MAX,
		.has_pid = true,
		.status = status,
		.bundle = x->plan->bundle,
		.annotations = x->c->annotations,
		.n_annotations = x->c->n_annotations,
	};
	auto_free char *text = NULL;
	char *cut;
	size_t len;
	int r = oci_write(oci_state_table(), &state, false, &text, &len, e);

	if (r < 0)
		return r;
	/* before it come the version and the id, neither of which can hold a quotation mark */
	cut = strstr(text, marker);
	if (!cut)
		return err_set(e, ERR_PROTO, EPROTO, "the state has no place for a pid");
	cut += strlen("\"pid\":");
	*before = arena_strn(x->a, text, (size_t)(cut - text));
	*after = arena_str(x->a, cut + strlen("2147483647"));
	return 0;
}

static void plan_hook(struct plan_ctx *x, enum plan_hook_kind kind, unsigned index,
		      const struct oci_hook *o, struct plan_hook *h)
{
	const char *self[] = {o->path};

	h->path = arena_str(x->a, o->path);
	h->index = index;
	h->timeout = o->has_timeout ? (unsigned)o->timeout : PLAN_HOOK_SECONDS;
	h->args = o->n_args ? plan_strs_copy(x->a, o->args, o->n_args, 0)
			    : plan_strs_copy(x->a, self, 1, 0);
	/* The one hook that runs as the container would, and may have what the container has. */
	if (kind == PH_START_CONTAINER && !o->env && x->plan->exec.env.v)
		h->env = x->plan->exec.env;
	else
		h->env = plan_strs_copy(x->a, o->env, o->n_env, 0);
}

static void plan_kind(struct plan_ctx *x, enum plan_hook_kind kind, const struct oci_hook *list,
		      size_t n)
{
	struct plan_hook *v = arena_new(x->a, struct plan_hook, n);

	for (unsigned i = 0; i < n; i++)
		plan_hook(x, kind, i, &list[i], &v[i]);
	x->plan->hooks.v[kind] = v;
	x->plan->hooks.n[kind] = n;
}

/* What a hook inside gets is written before there is a pid; the runtime writes the others'. */
static int plan_states(struct plan_ctx *x, struct err *e)
{
	static const struct {
		enum plan_hook_kind kind;
		const char *status;
	} inside[] = {{PH_CREATE_CONTAINER, "creating"}, {PH_START_CONTAINER, "created"}};
	struct plan_hooks *h = &x->plan->hooks;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(inside); i++) {
		enum plan_hook_kind kind = inside[i].kind;

		if (h->n[kind])
			r = plan_state_halves(x, inside[i].status, &h->state_before[kind],
					      &h->state_after[kind], e);
	}
	return r;
}

int plan_hooks(struct plan_ctx *x, struct err *e)
{
	const struct oci_hooks *o = x->c->hooks;
	struct plan_hooks *h = &x->plan->hooks;

	h->cwd = x->plan->bundle;
	if (!o)
		return 0;
	plan_kind(x, PH_PRESTART, o->prestart, o->n_prestart);
	plan_kind(x, PH_CREATE_RUNTIME, o->create_runtime, o->n_create_runtime);
	plan_kind(x, PH_CREATE_CONTAINER, o->create_container, o->n_create_container);
	plan_kind(x, PH_START_CONTAINER, o->start_container, o->n_start_container);
	plan_kind(x, PH_POSTSTART, o->poststart, o->n_poststart);
	plan_kind(x, PH_POSTSTOP, o->poststop, o->n_poststop);
	if (h->n[PH_PRESTART] || h->n[PH_CREATE_RUNTIME])
		x->plan->features |= PF_HOOKS_RUNTIME;
	if (h->n[PH_CREATE_CONTAINER])
		x->plan->features |= PF_HOOKS_CONTAINER;
	if (h->n[PH_START_CONTAINER])
		x->plan->features |= PF_HOOKS_START;
	if (h->n[PH_POSTSTART])
		x->plan->features |= PF_HOOKS_POSTSTART;
	return plan_states(x, e);
}
