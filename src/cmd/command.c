#include "cmd/command.h"

#include <errno.h>
#include <string.h>

#include "base/near.h"

#define COMMAND(name) extern const struct command cmd_##name;
#define ABSENT(name)
#include "cmd/commands.def"
#undef COMMAND
#undef ABSENT

const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#define ABSENT(name)
#include "cmd/commands.def"
#undef COMMAND
#undef ABSENT
	NULL,
};

static const char *const absent[] = {
#define COMMAND(name)
#define ABSENT(name) #name,
#include "cmd/commands.def"
#undef COMMAND
#undef ABSENT
};

const struct opt common_opts[] = {
	OPT(common, help, FLAG, "help", 'h', NULL, "print this"),
	OPT_HIDDEN(common, help, FLAG, "help", '?', NULL),
	OPT_END,
};

const struct command *command_find(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		if (strcmp((*c)->name, name) == 0)
			return *c;
	return NULL;
}

int command_unknown(const char *name, struct err *e)
{
	struct near near = {.word = name};

	for (size_t i = 0; i < ARRAY_SIZE(absent); i++)
		if (strcmp(absent[i], name) == 0)
			return err_set(e, ERR_USAGE, ENOSYS,
				       "`%s` is not built in this version of hull", name);
	for (const struct command *const *c = commands; *c; c++)
		near_try(&near, (*c)->name);
	if (near_best(&near))
		return err_set(e, ERR_USAGE, EINVAL, "unknown command `%s`; did you mean `%s`?",
			       name, near_best(&near));
	return err_set(e, ERR_USAGE, EINVAL, "unknown command `%s`", name);
}
