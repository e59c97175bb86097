// SPDX-License-Identifier: Apache-2.0
/*
 * floor OBJECT: loads an object, attaches its tracing programs, and reads the ring `events`, if there is one, every 20 ms,
 * as the agent does. It only counts records, so nothing that reads the same ring costs less. Prints the count at SIGTERM.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const struct timespec interval = { .tv_nsec = 20 * 1000 * 1000 };

static volatile sig_atomic_t stopped;
static unsigned long long records, bytes;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static int on_record(void *context, void *record, size_t size)
{
	(void)context;
	(void)record;
	records++;
	bytes += size;
	return 0;
}

static bool is(const struct bpf_program *program, const char *section)
{
	return !strncmp(bpf_program__section_name(program), section, strlen(section));
}

/* Like the agent: without the programs on functions where the kernel does not take them. */
static struct bpf_object *load(const char *path, bool functions)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;

	if (!object)
		err(1, "open %s", path);
	bpf_object__for_each_program(program, object) if (is(program, "fexit/") && !functions)
		bpf_program__set_autoload(program, false);
	if (!bpf_object__load(object))
		return object;
	bpf_object__close(object);
	return NULL;
}

static void attach(struct bpf_object *object)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		if (!bpf_program__autoload(program) ||
		    (!is(program, "tp_btf/") && !is(program, "fexit/")))
			continue;
		if (!bpf_program__attach(program))
			err(1, "attach %s", bpf_program__name(program));
	}
}

static int quiet(enum libbpf_print_level level, const char *format, va_list values)
{
	(void)level;
	(void)format;
	(void)values;
	return 0;
}

int main(int argc, char **argv)
{
	struct ring_buffer *ring = NULL;
	struct bpf_object *object;
	int events;

	if (argc != 2)
		errx(2, "usage: floor OBJECT");
	libbpf_set_print(quiet);
	object = load(argv[1], true);
	libbpf_set_print(NULL);
	if (!object)
		object = load(argv[1], false);
	if (!object)
		errx(1, "the kernel did not take %s", argv[1]);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	events = bpf_object__find_map_fd_by_name(object, "events");
	if (events >= 0) {
		ring = ring_buffer__new(events, on_record, NULL, NULL);
		if (!ring)
			err(1, "the ring buffer");
	}
	attach(object);
	fprintf(stderr, "attached\n");
	while (!stopped) {
		if (ring)
			ring_buffer__consume(ring);
		nanosleep(&interval, NULL);
	}
	if (ring)
		ring_buffer__consume(ring);
	fprintf(stderr, "%llu records, %llu bytes\n", records, bytes);
	return 0;
}
