/*
 * ocispec-tool config|state|features [-c] FILE - what libocispec makes of a document.
 *
 * Writes it again, indented or with -c on one line; or says on stderr what is
 * wrong with it, "LINE:COLUMN POINTER SENTENCE", and returns 1.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"

static const struct {
	const char *name;
	const struct oci_table *(*table)(void);
} documents[] = {
	{"config", oci_config_table},
	{"state", oci_state_table},
	{"features", oci_features_table},
	{"process-state", oci_process_state_table},
};

static void to_stderr(enum log_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

static int fail(const struct err *e, const char *text, size_t len)
{
	char sentence[1024] = "";
	struct str s = STR_ON(sentence);
	unsigned line, column;

	err_format(e, &s);
	if (!text || !oci_locate(text, len, e->where, &line, &column))
		fprintf(stderr, "-:- %s %s\n", e->where, sentence);
	else
		fprintf(stderr, "%u:%u %s %s\n", line, column, e->where, sentence);
	return 1;
}

static int copy(const struct oci_table *table, const char *path, bool pretty)
{
	auto_free char *text = NULL, *again = NULL;
	struct arena arena;
	struct err e = {0};
	size_t len, again_len;
	void *value;

	if (arena_init(&arena, OCI_ARENA_BYTES, &e) < 0)
		return fail(&e, NULL, 0);
	if (file_read(AT_FDCWD, path, OCI_MAX_BYTES + 1, &text, &len, &e) < 0)
		return fail(&e, NULL, 0);
	value = arena_alloc(&arena, 1, table->size, _Alignof(max_align_t));
	if (oci_read(table, text, len, &arena, value, &e) < 0 ||
	    oci_write(table, value, pretty, &again, &again_len, &e) < 0)
		return fail(&e, text, len);
	fwrite(again, 1, again_len, stdout);
	arena_free(&arena);
	return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	bool pretty = !(argc == 4 && strcmp(argv[2], "-c") == 0);

	log_sink(to_stderr, NULL);
	log_set_level(getenv("OCISPEC_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING);
	if (argc == 3 || !pretty)
		for (size_t i = 0; i < ARRAY_SIZE(documents); i++)
			if (strcmp(argv[1], documents[i].name) == 0)
				return copy(documents[i].table(), argv[argc - 1], pretty);
	fprintf(stderr, "usage: ocispec-tool config|state|features|process-state [-c] FILE\n");
	return 2;
}
