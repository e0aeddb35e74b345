/* The config.json of `hull spec`: what hull itself makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "libocispec/ocispec.h"
#include "plan/seccomp.h"
#include "spec/example.h"
#include "spec/spec.h"

static void write_and_read(bool rootless, struct arena *a, struct oci_config *back)
{
	auto_free char *text = NULL, *again = NULL;
	struct err e = {0};
	size_t len, len_again;

	assert_int_equal(oci_write(oci_config_table(), spec_example(rootless, 1000, 1001), true,
				   &text, &len, &e),
			 0);
	assert_int_equal(oci_read(oci_config_table(), text, len, a, back, &e), 0);
	assert_int_equal(oci_write(oci_config_table(), back, true, &again, &len_again, &e), 0);
	assert_string_equal(text, again);
}

static void check(bool rootless)
{
	struct oci_config c = {0};
	struct err e = {0};
	struct arena a;

	assert_int_equal(arena_init(&a, 16 << 20, &e), 0);
	write_and_read(rootless, &a, &c);
	if (spec_check(&c, NULL, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	if (seccomp_check_names(c.linux_->seccomp, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	if (seccomp_check(c.linux_->seccomp, &e) < 0)
		fail_msg("%s: %s", e.where, e.text);
	assert_int_equal(rootless, c.linux_->resources == NULL);
	assert_int_equal(rootless ? 1 : 0, c.linux_->n_uid_mappings);
	assert_int_equal(rootless ? 7 : 6, c.linux_->n_namespaces);
	if (rootless) {
		assert_int_equal(c.linux_->uid_mappings[0].host_id, 1000);
		assert_int_equal(c.linux_->gid_mappings[0].host_id, 1001);
	}
	for (size_t i = 0; i < c.n_mounts; i++)
		for (size_t j = 0; rootless && j < c.mounts[i].n_options; j++)
			assert_string_not_equal(c.mounts[i].options[j], "gid=5");
	arena_free(&a);
}

static void test_root(void **state)
{
	(void)state;
	check(false);
}

static void test_rootless(void **state)
{
	(void)state;
	check(true);
	/* Asking for the one doesn't change the other. */
	check(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_rootless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
