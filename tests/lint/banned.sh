#!/bin/sh
# banned.sh - no function whose use is a mistake sooner or later
# Text without bounds, numbers without errors (base/num.h reads them), shells, names of users
# (security: nothing of an image is resolved), globals of the C library.
banned='strcpy|strcat|stpcpy|strncat|sprintf|vsprintf|gets|scanf|sscanf|fscanf|strtok|system|popen|alloca'
banned="$banned|atoi|atol|atoll|atof|strtol|strtoul|strtoll|strtoull|strtod|strtoimax|strtoumax"
banned="$banned|mktemp|tmpnam|tempnam|tmpfile|getpwnam|getgrnam|getpwuid|getgrgid|getlogin|setlocale"
banned="$banned|putenv|setenv|asctime|ctime|localtime|gmtime|rand|random|usleep|vfork"
awk -f tests/lint/code.awk libocispec/*.[ch] src/*/*.[ch] |
	grep -E "(^|[^A-Za-z0-9_.>])($banned) *\(" |
	grep -vFf tests/lint/banned-but.txt && exit 1
exit 0
