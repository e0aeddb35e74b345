/*
 * fuzz-ocispec.c - what is accepted is written as a text that means the same, and what
 * is refused has a sentence and a place. The first byte chooses the document.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct oci_table *(*const tables[])(void) = {
	oci_config_table, oci_state_table, oci_features_table, oci_process_state_table};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void *empty(struct arena *a, const struct oci_table *table)
{
	memset(a->base, 0, a->used);
	a->used = 0;
	return arena_alloc(a, 1, table->size, _Alignof(max_align_t));
}

/* text is what was written of an accepted document: read and written it must be itself. */
static void check_stable(struct arena *a, const struct oci_table *table, const char *text,
			 size_t len, const char *expected)
{
	void *value = empty(a, table);
	struct err e = {0};
	char *again;
	size_t again_len;

	require(oci_read(table, text, len, a, value, &e) == 0);
	require(oci_write(table, value, false, &again, &again_len, &e) == 0);
	require(strcmp(again, expected) == 0 && strlen(again) == again_len);
	free(again);
}

static void check_accepted(const char *text, size_t len)
{
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	require(len > 0 && text[len - 1] == '}' && !memchr(text, '\0', len));
}

static void check_refusal(const struct err *e, const char *text, size_t len)
{
	unsigned line, column;

	require(e->kind == ERR_SPEC && e->num > 0 && e->text[0] && !strchr(e->text, '\n'));
	require(!e->where[0] || e->where[0] == '/' || e->where[0] == '@');
	if (oci_locate(text, len, e->where, &line, &column))
		require(line >= 1 && column >= 1 && line <= len + 1 && column <= len + 1);
	else
		require(e->where[0] != '@' && e->where[0] != '/');
}

static void nowhere(enum log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	require(!strchr(text, '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena a;
	const struct oci_table *table;
	struct err e = {0};
	void *value;
	char *text, *pretty, *copy;
	size_t len, pretty_len;
	unsigned line, column;

	if (size == 0)
		return 0;
	if (!a.base) {
		require(arena_init(&a, OCI_ARENA_BYTES, &e) == 0);
		log_sink(nowhere, NULL);
		log_set_level(LOG_LEVEL_DEBUG);
	}
	table = tables[data[0] % ARRAY_SIZE(tables)]();
	data++;
	size--;
	value = empty(&a, table);
	if (oci_read(table, (const char *)data, size, &a, value, &e) < 0) {
		check_refusal(&e, (const char *)data, size);
	} else {
		check_accepted((const char *)data, size);
		require(oci_write(table, value, false, &text, &len, &e) == 0);
		require(oci_write(table, value, true, &pretty, &pretty_len, &e) == 0);
		check_stable(&a, table, text, len, text);
		check_stable(&a, table, pretty, pretty_len, text);
		free(text);
		free(pretty);
	}
	/* and the scanner, which is also given texts that are broken, by any pointer */
	copy = strndup((const char *)data, size);
	require(copy);
	oci_locate((const char *)data, size, copy, &line, &column);
	oci_locate((const char *)data, size, "/a/0//1/~0~1", &line, &column);
	free(copy);
	return 0;
}
