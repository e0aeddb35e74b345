/*
 * pathwalk.h - which part of a host path is to blame.
 *
 * The kernel says "No such file or directory" about a path of seven parts; a person wants
 * to know which of them. This looks again, after the failure and only for the message:
 * nothing is decided by it.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/*
 * Walks path from its beginning, as this process would. If a part of it fails, appends what
 * is wrong with which part, without brackets: "`/srv/data` is missing". False, with nothing
 * appended, if the whole path can be reached now, or if only its last part is missing, which
 * is what the message says already.
 */
bool path_explain(const char *path, struct str *out);
