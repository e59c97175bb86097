// SPDX-License-Identifier: Apache-2.0
/*
 * Measures the cost of counting UDP flows: loopback sockets of one thread, with the tracer off, on and sampled in turn,
 * so that other load affects all three alike. Prints the CPU time per call (one send or one receive of 64 bytes) as the
 * lower quartile of the rounds, since other load only ever makes it longer, and the ratio to off.
 *
 * Or prints every counted flow of a command, with the given way of counting.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/types.h>

#include "udp/flows.h"

#define BYTES 64
#define MOST_LINKS 8
#define MOST_ROUNDS 1001

enum mode { OFF, ON, SAMPLED, MODES };
static const char *const mode_names[] = { "off", "on", "sampled" };

struct tracer {
	struct bpf_object *object;
	struct bpf_link *links[MOST_LINKS];
	int attached;
};

static struct tracer tracers[MODES];
static int cgroup;

/* Selects the programs on functions (fexit), or those on tracepoints and cgroup hooks. */
static void choose(struct bpf_object *object, bool functions)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		const char *section = bpf_program__section_name(program);
		bool function = !strncmp(section, "fexit/", 6);
		bool other = !strncmp(section, "tp_btf/", 7) || strstr(section, "msg");

		bpf_program__set_autoload(program, functions ? function || !other : !function);
	}
}

/* Sets a const volatile __u32, found by name in the BTF of the object. */
static void set_constant(struct bpf_object *object, const char *name, __u32 value)
{
	const struct btf *btf = bpf_object__btf(object);
	const struct btf_type *section =
		btf__type_by_id(btf, btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC));
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf_var_secinfo *variable;
	size_t size = 0;
	char *rodata = map ? (char *)bpf_map__initial_value(map, &size) : NULL;

	if (!section || !rodata)
		errx(1, "the object has no constants");
	variable = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++, variable++) {
		const struct btf_type *type = btf__type_by_id(btf, variable->type);

		if (strcmp(btf__name_by_offset(btf, type->name_off), name))
			continue;
		if (variable->size != sizeof(value) || variable->offset + sizeof(value) > size)
			errx(1, "constant %s is not a __u32", name);
		memcpy(rodata + variable->offset, &value, sizeof(value));
		return;
	}
	errx(1, "no constant %s", name);
}

static void load(struct tracer *t, const char *path, bool functions, __u32 one_of)
{
	t->object = bpf_object__open_file(path, NULL);
	if (!t->object)
		err(1, "open %s", path);
	set_constant(t->object, "one_of", one_of);
	choose(t->object, functions);
	if (bpf_object__load(t->object))
		errx(1, "load %s: this kernel does not take it", path);
}

static void attach(struct tracer *t)
{
	struct bpf_program *program;

	if (!t->object)
		return;
	bpf_object__for_each_program(program, t->object) {
		const char *section = bpf_program__section_name(program);
		struct bpf_link *link;

		if (!strcmp(section, "raw_tp") || !bpf_program__autoload(program))
			continue;
		link = strncmp(section, "cgroup/", 7) ? bpf_program__attach(program) :
							bpf_program__attach_cgroup(program, cgroup);
		if (!link)
			err(1, "attach %s", bpf_program__name(program));
		t->links[t->attached++] = link;
	}
}

static void detach(struct tracer *t)
{
	while (t->attached)
		bpf_link__destroy(t->links[--t->attached]);
}

static void check(ssize_t moved)
{
	if (moved != BYTES)
		err(1, "a call moved %zd bytes instead of %d", moved, BYTES);
}

static int bound(int type, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type, 0);
	socklen_t length = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (void *)address, length) || getsockname(fd, (void *)address, &length))
		err(1, "socket");
	return fd;
}

static void pair(int type, int *one, int *two)
{
	struct sockaddr_in a, b;
	int yes = 1;

	if (type == SOCK_DGRAM) {
		*one = bound(type, &a);
		*two = bound(type, &b);
		if (connect(*one, (void *)&b, sizeof(b)) || connect(*two, (void *)&a, sizeof(a)))
			err(1, "connect");
		return;
	}
	int listener = bound(type, &a);
	*one = socket(AF_INET, type, 0);
	if (listen(listener, 1) || connect(*one, (void *)&a, sizeof(a)) || (*two = accept(listener, NULL, NULL)) < 0)
		err(1, "connect");
	setsockopt(*one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	setsockopt(*two, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	close(listener);
}

static void ping_pong(int type, int calls)
{
	char bytes[BYTES] = { 0 };
	int one, two;

	pair(type, &one, &two);
	for (int i = 0; i < calls; i += 4) {
		check(send(one, bytes, BYTES, 0));
		check(recv(two, bytes, BYTES, 0));
		check(send(two, bytes, BYTES, 0));
		check(recv(one, bytes, BYTES, 0));
	}
	close(one);
	close(two);
}

static void connected(int calls)
{
	ping_pong(SOCK_DGRAM, calls);
}

static void tcp(int calls)
{
	ping_pong(SOCK_STREAM, calls);
}

static void unconnected(int calls)
{
	struct sockaddr_in a, b, from;
	int one = bound(SOCK_DGRAM, &a), two = bound(SOCK_DGRAM, &b);
	char bytes[BYTES] = { 0 };
	socklen_t length;

	for (int i = 0; i < calls; i += 4) {
		check(sendto(one, bytes, BYTES, 0, (void *)&b, sizeof(b)));
		length = sizeof(from);
		check(recvfrom(two, bytes, BYTES, 0, (void *)&from, &length));
		check(sendto(two, bytes, BYTES, 0, (void *)&from, sizeof(from)));
		length = sizeof(from);
		check(recvfrom(one, bytes, BYTES, 0, (void *)&from, &length));
	}
	close(one);
	close(two);
}

/* One socket per question, as resolvers do: four calls that move data, besides socket, connect and close. */
static void short_lived(int calls)
{
	struct sockaddr_in a, from;
	int server = bound(SOCK_DGRAM, &a);
	char bytes[BYTES] = { 0 };
	socklen_t length;

	for (int i = 0; i < calls; i += 4) {
		int one = socket(AF_INET, SOCK_DGRAM, 0);

		if (connect(one, (void *)&a, sizeof(a)))
			err(1, "connect");
		check(send(one, bytes, BYTES, 0));
		length = sizeof(from);
		check(recvfrom(server, bytes, BYTES, 0, (void *)&from, &length));
		check(sendto(server, bytes, BYTES, 0, (void *)&from, length));
		check(recv(one, bytes, BYTES, 0));
		close(one);
	}
	close(server);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Empties the maps, so that the flows of a run do not fill them. */
static void clear(struct tracer *t)
{
	static const char *const names[] = { "udp_flows", "udp_sockets" };
	char key[32];

	for (int i = 0; t->object && i < 2; i++) {
		int fd = bpf_object__find_map_fd_by_name(t->object, names[i]);

		while (!bpf_map_get_next_key(fd, NULL, key))
			bpf_map_delete_elem(fd, key);
	}
}

static void measure(const char *name, void (*load)(int), int rounds, int calls)
{
	static double took[MODES][MOST_ROUNDS];
	double off = 0;

	for (int round = -1; round < rounds; round++)
		for (int mode = OFF; mode < MODES; mode++) {
			double began;

			attach(&tracers[mode]);
			began = now_ns();
			load(calls);
			if (round >= 0)
				took[mode][round] = (now_ns() - began) / calls;
			detach(&tracers[mode]);
			clear(&tracers[mode]);
		}
	for (int mode = OFF; mode < MODES; mode++) {
		double quartile;

		qsort(took[mode], rounds, sizeof(double), ascending);
		quartile = took[mode][rounds / 4];
		if (mode == OFF)
			off = quartile;
		printf("%-34s %-8s %7.1f ns  %+6.1f ns  x %.3f\n", name, mode_names[mode], quartile, quartile - off,
		       quartile / off);
	}
}

static void print_flows(struct tracer *t)
{
	int fd = bpf_object__find_map_fd_by_name(t->object, "udp_flows");
	struct udp_flow_key key, *previous = NULL;
	struct udp_flow flow;
	char peer[INET6_ADDRSTRLEN];

	while (!bpf_map_get_next_key(fd, previous, &key)) {
		previous = &key;
		if (bpf_map_lookup_elem(fd, &key, &flow))
			continue;
		inet_ntop(key.family, key.peer, peer, sizeof(peer));
		printf("FLOW port=%u peer=%s:%u kind=%u flags=%u sent=%llu/%llu received=%llu/%llu exchanges=%llu errors=%u error=%u pid=%u\n",
		       flow.sport, peer, key.port, key.kind, flow.flags, flow.datagrams_sent, flow.bytes_sent,
		       flow.datagrams_received, flow.bytes_received, flow.exchanges, flow.errors, flow.error, flow.tgid);
	}
}

static int watch(bool functions, char **argv)
{
	load(&tracers[ON], argv[0], functions, 1);
	attach(&tracers[ON]);
	int status = system(argv[2]);
	detach(&tracers[ON]);
	print_flows(&tracers[ON]);
	return status != 0;
}

static void measure_all(bool functions, const char *path, int rounds, int calls)
{
	load(&tracers[ON], path, functions, 1);
	load(&tracers[SAMPLED], path, functions, 16);
	printf("by %s; %d rounds of %d calls, lower quartiles per call\n",
	       functions ? "functions" : "tracepoints and cgroup hooks", rounds, calls);
	measure("UDP, connected: send, recv", connected, rounds, calls);
	measure("UDP, unconnected: sendto, recvfrom", unconnected, rounds, calls);
	measure("UDP, a socket per question", short_lived, rounds, calls / 4);
	measure("TCP: send, recv", tcp, rounds, calls);
}

int main(int argc, char **argv)
{
	bool watching = argc == 6 && !strcmp(argv[1], "watch");
	int rounds = argc > 5 && !watching ? atoi(argv[5]) : 101, calls = argc > 6 ? atoi(argv[6]) : 4000;
	bool functions = argc > 2 && !strcmp(argv[2], "functions");

	if (argc < 5 || rounds < 1 || rounds > MOST_ROUNDS || calls < 4 || (!functions && strcmp(argv[2], "tracepoints")))
		errx(2,
		     "usage: count bench functions|tracepoints udp.bpf.o CGROUP2 [ROUNDS (1 to %d) [CALLS]]\n"
		     "       count watch functions|tracepoints udp.bpf.o CGROUP2 COMMAND",
		     MOST_ROUNDS);
	cgroup = open(argv[4], O_RDONLY | O_DIRECTORY);
	if (cgroup < 0)
		err(1, "open %s, the root of the cgroup v2 hierarchy", argv[4]);
	if (watching)
		return watch(functions, argv + 3);
	measure_all(functions, argv[3], rounds, calls);
	return 0;
}
