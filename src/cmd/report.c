#include "cmd/report.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/pathwalk.h"
#include "base/table.h"
#include "cmd/logfile.h"
#include "libocispec/ocispec.h"
#include "run/container.h"

/*
 * Whether e->path is the host's: then walking it again, from here, says something about it. Outside
 * the list of steps it always is; in it, where hull opens what config.json names on the host.
 */
static bool path_is_of_host(const struct err *e)
{
	static const char *const steps[] = {"sources.", "state.", "cgroup.", "hooks.runtime",
					    "hooks.poststart"};

	if (!e->step[0])
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (str_starts(e->step, steps[i]))
			return true;
	return false;
}

static void add_culprit(const struct err *e, struct str *out)
{
	char buf[1024];
	struct str why = STR_ON(buf);

	if (e->num != ENOENT && e->num != EACCES && e->num != ELOOP && e->num != ENOTDIR)
		return;
	if (e->kind != ERR_SYS || !e->path[0] || strstr(e->path, "...") || !path_is_of_host(e))
		return;
	if (path_explain(e->path, &why))
		str_addf(out, " (%s)", buf);
}

static struct place find_place(const struct err *e)
{
	struct place place = {0};
	const char *text;
	size_t len = 0;

	if (!e->where[0] && e->kind != ERR_SPEC)
		return place;
	text = container_config_text(&len, &place.file);
	if (!text)
		place.file = NULL;
	else if (!oci_locate(text, len, e->where, &place.line, &place.column))
		place.line = place.column = 0;
	/* "@OFFSET" is for oci_locate() alone. */
	if (e->where[0] == '/')
		place.pointer = e->where;
	return place;
}

/* "config.json:57:13", the pointer, or both. */
static void add_place(const struct place *place, const char *between, struct str *out)
{
	if (place->file && place->line)
		str_addf(out, "%s:%u:%u", place->file, place->line, place->column);
	if (place->file && place->line && place->pointer)
		str_addf(out, "%s", between);
	if (place->pointer)
		str_addf(out, "%s", place->pointer);
}

/* A message may quote an image's file or a hook's output: nothing of it may steer a terminal. */
static void disarm(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\n' && *text != '\t') ||
		    *text == 0x7f)
			*text = '?';
}

void report_failure(const struct err *e, const char *command)
{
	char sentence[4096], line[6000];
	struct str s = STR_ON(sentence), out = STR_ON(line);
	struct place place = find_place(e);
	bool placed = place.line || place.pointer;

	err_format(e, &s);
	add_culprit(e, &s);
	str_addf(&out, "hull: %s\n", sentence);
	if (placed) {
		str_addf(&out, "  ");
		add_place(&place, "  ", &out);
		str_addf(&out, "\n");
		str_addf(&s, " (");
		add_place(&place, " ", &s);
		str_addf(&s, ")");
	}
	if (e->kind == ERR_USAGE)
		str_addf(&out, "  see `hull %s%s--help`\n", command ? command : "",
			 command ? " " : "");
	disarm(line);
	log_error(e, sentence, &place);
	if (write(STDERR_FILENO, line, str_cut(&out) ? sizeof(line) - 1 : out.len) < 0)
		return; /* nobody listens: the exit status remains */
}
