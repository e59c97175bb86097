// SPDX-License-Identifier: Apache-2.0
/*
 * What counting UDP flows costs: loopback sockets of one thread, with the tracer off, on and sampled in turn, so
 * that what else goes on hits all three alike. Prints the lower quartile of the rounds, in CPU time per call (one
 * send or one receive of 64 bytes), since others on the machine only ever make it longer, and the ratio to off. Usage: bench udp.bpf.o [CGROUP2 [ROUNDS [CALLS]]]
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

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

static void load(struct tracer *t, const char *path, __u32 one_of)
{
	struct bpf_map *map;
	size_t size;
	char *rodata;

	t->object = bpf_object__open_file(path, NULL);
	if (!t->object)
		err(1, "open %s", path);
	map = bpf_object__find_map_by_name(t->object, ".rodata");
	rodata = map ? (char *)bpf_map__initial_value(map, &size) : NULL;
	if (!rodata || size < 16)
		errx(1, "%s has no constants", path);
	/* wakeup_interval_ns (8 bytes) and most_peers (4) come before it in flow.bpf.h; checked by value. */
	for (size_t at = 0; at + 8 <= size; at += 4)
		if (*(__u32 *)(rodata + at) == 1024 && *(__u32 *)(rodata + at + 4) == 1) {
			*(__u32 *)(rodata + at + 4) = one_of;
			one_of = 0;
		}
	if (one_of)
		errx(1, "one_of is not behind most_peers any more");
	if (bpf_object__load(t->object))
		errx(1, "load %s: needs root, Linux 6.3 and BTF", path);
}

static void attach(struct tracer *t)
{
	struct bpf_program *program;

	if (!t->object)
		return;
	bpf_object__for_each_program(program, t->object) {
		const char *section = bpf_program__section_name(program);
		struct bpf_link *link;

		if (!strcmp(section, "raw_tp"))
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

/* A socket per question, as resolvers have them: four calls that move data, and socket, connect and close. */
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

/* What a run of a flow leaves in the maps is not to fill them. */
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

int main(int argc, char **argv)
{
	int rounds = argc > 3 ? atoi(argv[3]) : 101, calls = argc > 4 ? atoi(argv[4]) : 4000;

	if (argc < 2 || rounds < 1 || rounds > MOST_ROUNDS || calls < 4)
		errx(2, "usage: bench udp.bpf.o [CGROUP2 [ROUNDS (1 to %d) [CALLS]]]", MOST_ROUNDS);
	cgroup = open(argc > 2 ? argv[2] : "/sys/fs/cgroup", O_RDONLY | O_DIRECTORY);
	if (cgroup < 0)
		err(1, "open the cgroup v2 hierarchy");
	load(&tracers[ON], argv[1], 1);
	load(&tracers[SAMPLED], argv[1], 16);
	printf("%d rounds of %d calls, lower quartiles per call\n", rounds, calls);
	measure("UDP, connected: send, recv", connected, rounds, calls);
	measure("UDP, unconnected: sendto, recvfrom", unconnected, rounds, calls);
	measure("UDP, a socket per question", short_lived, rounds, calls / 4);
	measure("TCP: send, recv", tcp, rounds, calls);
	return 0;
}
