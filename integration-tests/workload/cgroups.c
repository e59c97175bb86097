/* Cgroups like those of processes in a container. */
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The cgroup in which this process was started; empty if not yet known. */
static char own[512];

/* The path in the line of /proc/self/cgroup with this controller (v2's line has none), or NULL without such a line. */
static char *path_in(char *lines, const char *controller)
{
	char *rest = lines;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		char *controllers = strchr(line, ':'), *path, *name;

		if (!controllers)
			continue;
		controllers++;
		path = strchr(controllers, ':');
		*path++ = 0;
		while ((name = strsep(&controllers, ",")))
			if (!strcmp(name, controller))
				return path;
	}
	return NULL;
}

static void read_lines(char *lines, size_t size)
{
	int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, lines, size - 1);

	CHECK("/proc/self/cgroup", n > 0);
	lines[n] = 0;
	close(fd);
}

/* In the hierarchy that distinguishes containers: v2, or memory if v2 has only a root. */
static void learn_own(void)
{
	char unified[8192], memory[8192], *of_unified, *of_memory;
	struct statfs s;

	read_lines(unified, sizeof(unified));
	strcpy(memory, unified);
	of_unified = path_in(unified, "");
	of_memory = path_in(memory, "memory");
	if (of_memory && (!of_unified || !strcmp(of_unified, "/")))
		snprintf(own, sizeof(own), "/sys/fs/cgroup/memory%s", of_memory);
	else if (of_unified && statfs("/sys/fs/cgroup", &s) == 0 && s.f_type == CGROUP2_SUPER_MAGIC)
		snprintf(own, sizeof(own), "/sys/fs/cgroup%s", of_unified);
	else
		snprintf(own, sizeof(own), "/sys/fs/cgroup/unified%s", of_unified ?: "");
}

static void enter(const char *path)
{
	char procs[1024];
	int fd;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	fd = open(procs, O_WRONLY | O_CLOEXEC);
	CHECK(procs, fd >= 0 && write(fd, "0", 1) == 1);
	close(fd);
}

struct container make_container(void)
{
	struct container c;
	unsigned char bytes[32];

	if (!*own)
		learn_own();
	CHECK("random bytes", getrandom(bytes, sizeof(bytes), 0) == sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(c.id + 2 * i, "%02x", bytes[i]);
	snprintf(c.path, sizeof(c.path), "%s/cri-containerd-%s.scope", own, c.id);
	CHECK(c.path, mkdir(c.path, 0755) == 0);
	return c;
}

/* Moves this process, and with it those that it starts later, into the cgroup. */
void enter_container(const struct container *container)
{
	enter(container->path);
}

/* Moves this process back to its first cgroup. */
void remove_container(const struct container *container)
{
	enter(own);
	CHECK(container->path, rmdir(container->path) == 0);
}
