#include "sys/capname.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

int cap_number(const char *name)
{
	cap_value_t cap;
	char spelt[64];

	/* cap_from_name(3) takes digits too, and stops at a blank or a comma: neither is a name
	 * here */
	if (cap_from_name(name, &cap) < 0 || !cap_spell((int)cap, spelt, sizeof(spelt)) ||
	    strcasecmp(name, spelt) != 0)
		return -1;
	return (int)cap;
}

bool cap_spell(int cap, char *buf, size_t size)
{
	char *name = cap_to_name((cap_value_t)cap);
	bool known = name && strncasecmp(name, "cap_", 4) == 0 && strlen(name) < size;

	/* for what it doesn't know cap_to_name(3) gives the number */
	for (size_t i = 0; known && i <= strlen(name); i++)
		buf[i] = (char)toupper((unsigned char)name[i]);
	cap_free(name);
	return known;
}
