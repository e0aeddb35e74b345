/* test-probe.c - which kernels are new enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/probe.h"

static void releases(void **state)
{
	static const char *const good[] = {"5.14.0",	     "5.14",	"5.15.0-91-generic",
					   "6.1.0-28-amd64", "6.18.44", "10.0-rc1"};
	static const char *const bad[] = {
		"5.13.19", "5.9.0", "4.19.0-26-amd64", "4.18.0-553.el8_10", "3.10.0", "5",
		"",	   "linux"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(host_release_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(host_release_ok(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(releases)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
