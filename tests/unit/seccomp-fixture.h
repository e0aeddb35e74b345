/*
 * seccomp-fixture.h - what the tests of seccomp have in common: profiles are written as JSON,
 * lie in one arena, and what is logged can be looked at.
 */
#pragma once

#include <string.h>

#include "base/log.h"
#include "libocispec/ocispec.h"
#include "plan/plan.h"

static struct arena arena;
static char logged[4096];

static inline void to_memory(enum log_level level, const char *text, void *arg)
{
	size_t len = strlen(logged);

	(void)arg;
	snprintf(logged + len, sizeof(logged) - len, "%d %s\n", level, text);
}

static inline int make_arena(void **state)
{
	struct err e = {0};

	(void)state;
	log_sink(to_memory, NULL);
	log_set_level(LOG_LEVEL_DEBUG);
	return arena_init(&arena, 1 << 28, &e);
}

static inline const struct oci_seccomp *parse(const char *json)
{
	struct oci_seccomp *s = arena_new(&arena, struct oci_seccomp, 1);
	struct err e = {0};

	if (oci_read(oci_seccomp_table(), json, strlen(json), &arena, s, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	return s;
}

/* Without a cache. */
static inline int compile(const char *json, struct plan_seccomp *p, struct err *e)
{
	*p = (struct plan_seccomp){0};
	*e = (struct err){0};
	return plan_seccomp_compile(parse(json), NULL, &arena, p, e);
}
