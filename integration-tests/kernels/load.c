/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * load OBJECT [CONNECTIONS]: loads the connection tracer, makes connections of every kind on the loopback and
 * compares the records with what was done, exactly. With CONNECTIONS: measures the program's run time instead.
 * Linked statically: it runs in an initramfs. The last line is "CHECK PASS" or "CHECK FAIL".
 *
 * The parts below (connections, records, the process, loading) share what was done and what was recorded, and
 * nothing else uses them, so they are one file.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/events.h"

enum {
	V4 = 20,
	MAPPED = 3,
	V6 = 7,
	REFUSED = 5,
	ABORTED = 2,
	MAX_CONNECTIONS = 64,
	MAX_RECORDS = 4096,
	MAX_CGROUPS = 256,
	MAX_PATHS = 16
};

static const char *const names[EVENT_COUNT] = { "",	   "process", "open",	"established",
						"closing", "close",   "listen", "accept",
						"socket",  "reset",   "cgroup" };
static int failures;
static bool sees_accept; /* the kernel supports the necessary trampoline */

static void check(bool ok, const char *format, ...)
{
	va_list args;

	if (ok)
		return;
	failures++;
	va_start(args, format);
	printf("CHECK WRONG ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

#define CHECK_EQUAL(what, seen, expected)                                                          \
	do {                                                                                       \
		unsigned long long seen_ = (seen), expected_ = (expected);                         \
		check(seen_ == expected_, "%s: expected %llu, seen %llu", what, expected_, seen_); \
	} while (0)
#define CHECK_STRING(what, seen, expected)                                                         \
	check(!strcmp(seen, expected), "%s: expected '%s', seen '%s'", what, expected, seen)

static void fatal(const char *what)
{
	printf("CHECK FAIL %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* ---- connections ---- */

struct connection {
	bool v6, mapped, aborted;
	__u16 client_port, server_port;
	int request, response;
};

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t size;
};

static struct connection connections[MAX_CONNECTIONS];
static int connection_count;
static bool have_v6;
static bool quiet_connections; /* do not record connections */

static struct address loopback(int family, bool mapped, __u16 port)
{
	struct address a = {};

	if (family == AF_INET) {
		a.v4 = (struct sockaddr_in){ AF_INET, htons(port), { htonl(INADDR_LOOPBACK) }, {} };
		a.size = sizeof(a.v4);
	} else {
		a.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
		inet_pton(AF_INET6, mapped ? "::ffff:127.0.0.1" : "::1", &a.v6.sin6_addr);
		a.size = sizeof(a.v6);
	}
	return a;
}

static __u16 local_port(int fd)
{
	struct address a = { .size = sizeof(a.v6) };

	if (getsockname(fd, &a.any, &a.size))
		fatal("getsockname");
	return ntohs(a.v4.sin_port); /* at the same offset in both */
}

static int listen_on(int family)
{
	struct address a = loopback(family, false, 0);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, &a.any, a.size) || listen(fd, 8))
		fatal("listen");
	return fd;
}

static void transfer(int from, int to, int bytes)
{
	static char buffer[65536];
	int got = 0;

	if (write(to, buffer, bytes) != bytes)
		fatal("write");
	while (got < bytes) {
		ssize_t n = read(from, buffer, bytes - got);

		if (n <= 0)
			fatal("read");
		got += n;
	}
}

static void connect_once(int family, bool mapped, bool aborted, int listener, int request,
			 int response)
{
	struct address a = loopback(family, mapped, local_port(listener));
	int client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0), server;
	struct linger linger = { 1, 0 };
	char c;

	if (client < 0 || connect(client, &a.any, a.size))
		fatal("connect");
	server = accept(listener, NULL, NULL);
	if (server < 0)
		fatal("accept");
	if (!quiet_connections)
		connections[connection_count++] =
			(struct connection){ family == AF_INET6 && !mapped,
					     mapped,
					     aborted,
					     local_port(client),
					     local_port(server),
					     request,
					     response };
	transfer(server, client, request);
	transfer(client, server, response);
	if (aborted)
		setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(client);
	if (aborted ? read(server, &c, 1) >= 0 || errno != ECONNRESET : read(server, &c, 1) != 0)
		fatal("end of the connection");
	close(server);
}

static __u16 refused_port;

static void refused_once(void)
{
	struct address a = loopback(AF_INET, false, refused_port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!connect(fd, &a.any, a.size) || errno != ECONNREFUSED)
		fatal("a connection to be refused");
	close(fd);
}

/* A child that connects, and after an exec connects again: two process records. */
static pid_t run_child(void)
{
	pid_t child = fork();
	char port[8];

	if (!child) {
		refused_once();
		snprintf(port, sizeof(port), "%d", refused_port);
		execl("/proc/self/exe", "again", "--refused", port, NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
	return child;
}

struct accepted {
	int client, server;
	__u16 client_port, server_port;
};

static struct accepted open_connection(int listener)
{
	struct address a = loopback(AF_INET, false, local_port(listener));
	struct accepted c = { .client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	if (connect(c.client, &a.any, a.size))
		fatal("connect");
	c.server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	c.client_port = local_port(c.client);
	c.server_port = local_port(c.server);
	return c;
}

/*
 * Children whose only visible action is to close a connection that their parent has closed before: one by exiting, the
 * other by executing a program.
 */
struct quiet {
	struct accepted connection;
	pid_t pid;
};
static struct quiet exits, executes;

static struct quiet run_quiet(int listener, bool exec)
{
	struct quiet q = { .connection = open_connection(listener) };
	int go[2];
	char c;

	if (pipe(go))
		fatal("pipe");
	q.pid = fork();
	if (!q.pid) {
		prctl(PR_SET_NAME, "quiet");
		close(q.connection.client);
		close(go[1]);
		if (read(go[0], &c, 1) < 0)
			fatal("read");
		if (exec)
			execl("/proc/self/exe", "again", "--nothing", NULL);
		_exit(0);
	}
	close(q.connection.server);
	close(go[0]);
	close(go[1]);
	waitpid(q.pid, NULL, 0);
	close(q.connection.client);
	return q;
}

static void make_connections(pid_t *child)
{
	int v4 = listen_on(AF_INET), v6 = have_v6 ? listen_on(AF_INET6) : -1;
	/* A bound socket that does not listen refuses connections, and reserves the port. */
	int reserved = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct address a = loopback(AF_INET, false, 0);

	if (bind(reserved, &a.any, a.size))
		fatal("bind");
	refused_port = local_port(reserved);
	for (int i = 0; i < V4; i++)
		connect_once(AF_INET, false, false, v4, 100 + i, 30000 + i);
	for (int i = 0; i < MAPPED; i++)
		connect_once(have_v6 ? AF_INET6 : AF_INET, have_v6, false, v4, 200 + i, 3000 + i);
	for (int i = 0; i < V6 && have_v6; i++)
		connect_once(AF_INET6, false, false, v6, 300 + i, 4000 + i);
	for (int i = 0; i < ABORTED; i++)
		connect_once(AF_INET, false, true, v4, 400 + i, 5000 + i);
	for (int i = 0; i < REFUSED; i++)
		refused_once();
	*child = run_child();
	exits = run_quiet(v4, false);
	executes = run_quiet(v4, true);
	close(reserved);
	close(v4);
	if (have_v6)
		close(v6);
}

/* ---- records ---- */

union record {
	struct {
		__u32 type, size;
		__u64 ktime_ns;
	};
	struct process_event process;
	struct tcp_open_event open;
	struct tcp_established_event established;
	struct tcp_closing_event closing;
	struct tcp_close_event close;
	struct tcp_listen_event listen;
};

static union record records[MAX_RECORDS];
static struct cgroup_event cgroups[MAX_CGROUPS]; /* of all processes of the machine */
static int cgroup_count;
static int record_count, seen[EVENT_COUNT], others;
static __u32 self_net_ns;

static __u32 net_ns_of(const union record *r)
{
	switch (r->type) {
	case EVENT_PROCESS: /* an exiting process no longer has a namespace */
		return r->process.net_ns
			       ?: r->process.parent_tgid == (__u32)getpid() ? self_net_ns
									    : 0;
	case EVENT_TCP_OPEN:
		return r->open.net_ns;
	case EVENT_TCP_ESTABLISHED:
		return r->established.net_ns;
	case EVENT_TCP_CLOSE:
		return r->close.net_ns;
	case EVENT_TCP_LISTEN:
		return r->listen.net_ns;
	}
	for (int i = record_count - 1; i >= 0;
	     i--) /* closing, accept: the namespace of the socket */
		if (records[i].type == EVENT_TCP_ESTABLISHED &&
		    records[i].established.sk == r->closing.sk)
			return self_net_ns;
	return 0;
}

/* Keeps the records of our network namespace, since other programs of the machine may connect. */
static int on_record(void *context, void *data, size_t size)
{
	static const size_t sizes[EVENT_COUNT] = { 0,
						   sizeof(struct process_event),
						   sizeof(struct tcp_open_event),
						   sizeof(struct tcp_established_event),
						   sizeof(struct tcp_closing_event),
						   sizeof(struct tcp_close_event),
						   sizeof(struct tcp_listen_event),
						   sizeof(struct tcp_accept_event),
						   0,
						   sizeof(struct tcp_reset_event),
						   sizeof(struct cgroup_event) };
	const union record *r = data;

	if (size < 16 || !r->type || r->type >= EVENT_COUNT || size != sizes[r->type] ||
	    size != r->size) {
		check(false, "a record of type %u with %zu bytes", r->type, size);
		return 0;
	}
	if (r->type == EVENT_CGROUP && !context && cgroup_count < MAX_CGROUPS) {
		memcpy(&cgroups[cgroup_count++], data, size);
		return 0;
	}
	if (context || net_ns_of(r) != self_net_ns || record_count == MAX_RECORDS) {
		others++;
		return 0;
	}
	memcpy(&records[record_count++], data, size);
	seen[r->type]++;
	return 0;
}

static void check_counts(void)
{
	int open = connection_count + 2, refused = REFUSED + 2, expected[EVENT_COUNT] = {};

	expected[EVENT_PROCESS] = 5;
	expected[EVENT_TCP_OPEN] = open + refused;
	expected[EVENT_TCP_ESTABLISHED] = 2 * open;
	expected[EVENT_TCP_CLOSING] = 2 * (open - ABORTED);
	expected[EVENT_TCP_CLOSE] = 2 * open + refused;
	expected[EVENT_TCP_LISTEN] = have_v6 ? 4 : 2;
	expected[EVENT_TCP_ACCEPT] = sees_accept ? open : 0;
	for (int i = 1; i < EVENT_COUNT; i++) {
		if (i == EVENT_CGROUP)
			continue; /* those of this process's cgroups are checked with it */
		printf("CHECK COUNT %-11s expected %3d seen %3d %s\n", names[i], expected[i],
		       seen[i], expected[i] == seen[i] ? "ok" : "WRONG");
		failures += expected[i] != seen[i];
	}
}

static void check_address(const char *what, const __u8 *a, __u16 family, const struct connection *c)
{
	__u8 expected[16] = { 127, 0, 0, 1 };

	if (c->v6)
		memcpy(expected, &in6addr_loopback, 16);
	check(!memcmp(a, expected, 16), "%s: address %d.%d.%d.%d...", what, a[0], a[1], a[2], a[3]);
	CHECK_EQUAL("family", family, c->v6 ? AF_INET6 : AF_INET);
}

static const union record *find(__u32 type, __u16 sport, __u16 dport)
{
	const union record *found = NULL;

	for (int i = 0; i < record_count; i++) {
		const union record *r = &records[i];
		bool is = type == EVENT_TCP_ESTABLISHED
				  ? r->established.sport == sport && r->established.dport == dport
				  : r->close.sport == sport && r->close.dport == dport;

		if (r->type != type || !is)
			continue;
		check(!found, "two records of type %s from %d to %d", names[type], sport, dport);
		found = r;
	}
	check(found, "no record of type %s from %d to %d", names[type], sport, dport);
	return found;
}

/* Counts the records of a socket and type between two times, since socket addresses are reused. */
static int of_socket(__u32 type, __u64 sk, __u64 from, __u64 to)
{
	int count = 0;

	for (int i = 0; i < record_count; i++) {
		const union record *r = &records[i];

		if (r->type != type || r->ktime_ns < from || r->ktime_ns > to)
			continue;
		if (type == EVENT_TCP_OPEN && r->open.sk == sk) {
			CHECK_EQUAL("open: tgid", r->open.tgid, getpid());
			count++;
		} else if (type == EVENT_TCP_CLOSING && r->closing.sk == sk) {
			CHECK_EQUAL("closing: tgid", r->closing.tgid, getpid());
			count++;
		}
	}
	return count;
}

/* Returns the close time of the previous socket at this address. */
static __u64 previous_close(__u64 sk, __u64 before)
{
	__u64 last = 0;

	for (int i = 0; i < record_count; i++)
		if (records[i].type == EVENT_TCP_CLOSE && records[i].close.sk == sk &&
		    records[i].ktime_ns < before && records[i].ktime_ns > last)
			last = records[i].ktime_ns;
	return last;
}

static void check_side(const struct connection *c, bool client,
		       const struct tcp_established_event *e, const struct tcp_close_event *d)
{
	int sent = client ? c->request : c->response, received = client ? c->response : c->request;
	int fin = !c->aborted;

	check_address("established: saddr", e->saddr, e->family, c);
	check_address("established: daddr", e->daddr, e->family, c);
	check_address("close: saddr", d->saddr, d->family, c);
	check_address("close: daddr", d->daddr, d->family, c);
	CHECK_EQUAL("established: beginning", e->beginning,
		    client ? BEGAN_CONNECTED : BEGAN_ACCEPTED);
	CHECK_EQUAL("established: oldstate", e->oldstate, client ? 2 : 3);
	CHECK_EQUAL("close: accepted", d->accepted, !client);
	CHECK_EQUAL("close: oldstate", d->oldstate, c->aborted ? 1 : client ? 5 : 9);
	CHECK_EQUAL("close: sk", d->sk, e->sk);
	CHECK_EQUAL("close: local_isn", d->local_isn, e->local_isn);
	CHECK_EQUAL("close: remote_isn", d->remote_isn, e->remote_isn);
	CHECK_EQUAL("close: sk_err", d->sk_err, c->aborted && !client ? ECONNRESET : 0);
	CHECK_EQUAL("close: fin_received", d->fin_received, fin);
	CHECK_EQUAL("close: tgid", d->tgid, c->aborted && client ? getpid() : 0);
	CHECK_EQUAL("close: bytes_sent", d->bytes_sent, sent);
	CHECK_EQUAL("close: bytes_retrans", d->bytes_retrans, 0);
	CHECK_EQUAL("close: total_retrans", d->total_retrans, 0);
	CHECK_EQUAL("close: bytes_acked", d->bytes_acked,
		    client + sent + fin); /* our SYN, our FIN */
	CHECK_EQUAL("close: bytes_received", d->bytes_received, received + fin); /* their FIN */
	CHECK_EQUAL("close: unacked", d->unacked, 0);
	CHECK_EQUAL("close: fin_sent", d->fin_sent, fin);
	CHECK_EQUAL("close: repair", d->repair, 0);
	check(d->srtt_us, "close: no srtt");
	check(d->rtt_min_us != ~0U, "close: no rtt_min");
	check(d->segs_in && d->segs_out, "close: no segments");
	CHECK_EQUAL("opens of the socket",
		    of_socket(EVENT_TCP_OPEN, e->sk, previous_close(e->sk, e->ktime_ns),
			      e->ktime_ns),
		    client);
	CHECK_EQUAL("closings of the socket",
		    of_socket(EVENT_TCP_CLOSING, e->sk, e->ktime_ns, d->ktime_ns), fin);
}

static void check_connections(void)
{
	int pairs = 0;

	for (int i = 0; i < connection_count; i++) {
		const struct connection *c = &connections[i];
		const union record *ce =
			find(EVENT_TCP_ESTABLISHED, c->client_port, c->server_port);
		const union record *se =
			find(EVENT_TCP_ESTABLISHED, c->server_port, c->client_port);
		const union record *cd = find(EVENT_TCP_CLOSE, c->client_port, c->server_port);
		const union record *sd = find(EVENT_TCP_CLOSE, c->server_port, c->client_port);

		if (!ce || !se || !cd || !sd)
			continue;
		CHECK_EQUAL("pair: the client's number", ce->established.local_isn,
			    se->established.remote_isn - 1);
		CHECK_EQUAL("pair: the server's number", ce->established.remote_isn - 1,
			    se->established.local_isn - 1);
		pairs += ce->established.local_isn == se->established.remote_isn - 1 &&
			 ce->established.remote_isn == se->established.local_isn;
		check_side(c, true, &ce->established, &cd->close);
		check_side(c, false, &se->established, &sd->close);
	}
	printf("CHECK PAIRS equal on both sides: %d of %d\n", pairs, connection_count);
}

static void check_refused(void)
{
	int count = 0;

	for (int i = 0; i < record_count; i++) {
		const struct tcp_close_event *d = &records[i].close;

		if (d->type != EVENT_TCP_CLOSE || d->dport != refused_port)
			continue;
		count++;
		CHECK_EQUAL("refused: sk_err", d->sk_err, ECONNREFUSED);
		CHECK_EQUAL("refused: oldstate", d->oldstate, 2);
		CHECK_EQUAL("refused: tgid", d->tgid, 0);
		check(d->sport, "refused: no sport");
	}
	printf("CHECK REFUSED with ECONNREFUSED in the right state: %d of %d\n", count,
	       REFUSED + 2);
	CHECK_EQUAL("refused: closes", count, REFUSED + 2);
}

/* ---- the process ---- */

static __u32 namespace_of_self(const char *name)
{
	char path[64];
	struct stat s;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	if (stat(path, &s))
		fatal(path);
	return s.st_ino;
}

/* Member 22 of /proc/PID/stat, in ticks. */
static __u64 start_ticks(const char *pid)
{
	char path[32], line[1024] = {}, *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		fatal(path);
	fclose(f);
	at = strrchr(line, ')') + 1;
	for (int i = 2; i < 21; i++)
		at = strchr(at + 1, ' ');
	return strtoull(at, NULL, 10);
}

/* A path of a cgroup of this process, as /proc has it. */
struct path {
	char name[512];
	__u32 hierarchies; /* bits by enum netspan_hierarchy */
	int records;
};

static __u32 hierarchy_of(const char *controllers)
{
	if (*controllers == ':')
		return HIERARCHY_UNIFIED;
	return strncmp(controllers, "name=", 5) ? HIERARCHY_CONTROLLERS : HIERARCHY_NAMED;
}

/* The distinct paths but for roots, which are as many as there should be records. */
static int paths_of_self(struct path paths[MAX_PATHS])
{
	char line[640], *controllers, *name;
	FILE *f = fopen("/proc/self/cgroup", "r");
	int count = 0, i;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		controllers = strchr(line, ':') + 1;
		name = strchr(controllers, ':') + 1;
		for (i = 0; i < count && strcmp(paths[i].name, name);)
			i++;
		if (!strcmp(name, "/") || i == MAX_PATHS)
			continue;
		strcpy(paths[i].name, name);
		paths[i].hierarchies |= 1U << hierarchy_of(controllers);
		count = i < count ? count : i + 1;
	}
	if (f)
		fclose(f);
	return count;
}

/* The names from the leaf upwards as a path. */
static void path_of(const struct cgroup_event *e, char path[sizeof(e->path) + 1])
{
	char *at = path + sizeof(e->path);
	__u32 length;

	*at = 0;
	for (__u32 i = 0; i < e->path_bytes && e->path_bytes <= sizeof(e->path); i += length + 1) {
		length = strnlen(e->path + i, e->path_bytes - i);
		at -= length + 1;
		*at = '/';
		memcpy(at + 1, e->path + i, length);
	}
	memmove(path, at, strlen(at) + 1);
}

static void check_cgroups(const struct process_event *e)
{
	struct path paths[MAX_PATHS] = {};
	int count = paths_of_self(paths), known;
	char path[sizeof(cgroups->path) + 1];

	for (int i = 0; i < cgroup_count; i++) {
		if (cgroups[i].cgroups != e->cgroups)
			continue;
		path_of(&cgroups[i], path);
		printf("CHECK CGROUP %s in hierarchy %u\n", path, cgroups[i].hierarchy);
		for (known = 0; known < count && strcmp(paths[known].name, path);)
			known++;
		check(known < count, "cgroup: path %s", path);
		if (known == count)
			continue;
		check(!paths[known].records++, "cgroup: path %s twice", path);
		check(paths[known].hierarchies >> cgroups[i].hierarchy & 1,
		      "cgroup: hierarchy %u of %s", cgroups[i].hierarchy, path);
		check(cgroups[i].ktime_ns <= e->ktime_ns, "cgroup: after its process");
	}
	for (int i = 0; i < count; i++)
		check(paths[i].records, "cgroup: no path %s", paths[i].name);
}

static void check_process(const struct process_event *e)
{
	char path[16];

	CHECK_EQUAL("process: pid_ns", e->pid_ns, namespace_of_self("pid"));
	CHECK_EQUAL("process: net_ns", e->net_ns, self_net_ns);
	CHECK_EQUAL("process: uid", e->uid, getuid());
	CHECK_EQUAL("process: tgid", e->tgid, getpid());
	CHECK_EQUAL("process: parent_tgid", e->parent_tgid, getppid());
	CHECK_EQUAL("process: start_time, ticks", e->start_time / 10000000, start_ticks("self"));
	snprintf(path, sizeof(path), "%d", getppid());
	if (getppid())
		CHECK_EQUAL("process: parent_start_time, ticks", e->parent_start_time / 10000000,
			    start_ticks(path));
	CHECK_STRING("process: comm", e->comm, "a thread's name");
	CHECK_STRING("process: exe", e->exe, "load");
	check_cgroups(e);
}

static int quiet_seen;

static void check_quiet(const struct process_event *e, const char *what, const char *exe)
{
	quiet_seen++;
	CHECK_STRING(what, e->exe, exe);
	CHECK_EQUAL(what, e->origin_tgid, getpid());
	CHECK_EQUAL(what, e->origin_start_time / 10000000, start_ticks("self"));
	CHECK_EQUAL(what, e->origin_exec_id, e->exec_id);
	CHECK_EQUAL(what, e->uid, getuid());
}

static void check_processes(pid_t child)
{
	const struct process_event *of_child[2] = {};
	int children = 0;

	for (int i = 0; i < record_count; i++) {
		const struct process_event *e = &records[i].process;

		if (e->type != EVENT_PROCESS)
			continue;
		if (e->tgid == (__u32)child && children < 2)
			of_child[children++] = e;
		else if (e->tgid == (__u32)exits.pid)
			check_quiet(e, "exits", "load");
		else if (e->tgid == (__u32)executes.pid)
			check_quiet(e, "executes", "load");
		else
			check_process(e);
	}
	CHECK_EQUAL("process: records of the child", children, 2);
	CHECK_EQUAL("process: records of quiet ones", quiet_seen, 2);
	if (children < 2)
		return;
	CHECK_EQUAL("child: parent", of_child[0]->parent_tgid, getpid());
	CHECK_EQUAL("child: parent's start, ticks", of_child[0]->parent_start_time / 10000000,
		    start_ticks("self"));
	CHECK_EQUAL("child: start after exec", of_child[1]->start_time, of_child[0]->start_time);
	CHECK_STRING("child: comm", of_child[0]->comm, "a thread's name");
	check(strcmp(of_child[1]->comm, "a thread's name"), "child: comm after exec: %s",
	      of_child[1]->comm);
	CHECK_STRING("child: exe", of_child[1]->exe, "load");
	CHECK_EQUAL("child: origin", of_child[0]->origin_tgid, getpid());
	CHECK_EQUAL("child: origin after exec", of_child[1]->origin_tgid, child);
	CHECK_EQUAL("child: count of execs", of_child[1]->exec_id, of_child[0]->exec_id + 1);
}

/* ---- loading ---- */

enum { LOG_SIZE = 8 << 20 };
enum { PROGRAMS = 16 };
enum { MOST_INSTRUCTIONS = 100000 }; /* the verifier of any kernel refuses a million */
static char logs[PROGRAMS][LOG_SIZE];

static struct bpf_object *load(const char *path, int log_level, bool with_accept)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	double start;
	int i = 0, error;

	if (!object)
		fatal("open object");
	program = bpf_object__find_program_by_name(object, "inet_csk_accept");
	bpf_program__set_autoload(program, with_accept);
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_log_buf(program, logs[i++], LOG_SIZE);
		bpf_program__set_log_level(program, log_level);
	}
	start = now_ms();
	error = bpf_object__load(object);
	printf("CHECK LOAD %s accept: %s in %.1f ms\n", with_accept ? "with" : "without",
	       error ? strerror(-error) : "ok", now_ms() - start);
	if (!error)
		return object;
	bpf_object__close(object);
	return NULL;
}

/* Linux 7 gives a sum: of the program and of each global function, which it checks once. */
static long processed(const char *stats)
{
	char *at = (char *)stats + strlen("processed");
	long sum = 0;

	do
		sum += strtol(at + 1, &at, 10);
	while (*at == '+');
	return sum;
}

static void print_verifier(const struct bpf_object *object)
{
	struct bpf_program *program;
	int i = 0;

	bpf_object__for_each_program(program, object)
	{
		const char *stats = strstr(logs[i++], "processed ");
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		if (bpf_program__fd(program) < 0) /* not loaded */
			continue;
		bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size);
		printf("CHECK PROGRAM %s: %u bytes translated, %u jited; %.*s\n",
		       bpf_program__name(program), info.xlated_prog_len, info.jited_prog_len,
		       stats ? (int)strcspn(stats, "\n") : 0, stats);
		check(stats && processed(stats) <= MOST_INSTRUCTIONS,
		      "%s: instructions that the verifier processed", bpf_program__name(program));
	}
}

/* Loads UDP's programs without those of the other way of seeing datagrams, whose sections begin with other_way. */
static void load_udp(const char *path, const char *other_way)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int i = 0, error;

	if (!object)
		fatal("open UDP's object");
	bpf_object__for_each_program(program, object)
	{
		const char *section = bpf_program__section_name(program);

		bpf_program__set_autoload(program, strncmp(section, other_way, strlen(other_way)));
		*logs[i] = 0;
		bpf_program__set_log_buf(program, logs[i++], LOG_SIZE);
		bpf_program__set_log_level(program, 4);
	}
	error = bpf_object__load(object);
	printf("CHECK LOAD UDP without %s: %s\n", other_way, error ? strerror(-error) : "ok");
	check(!error, "UDP's programs are rejected");
	if (!error)
		print_verifier(object);
	bpf_object__close(object);
}

/* path: of the other object, next to UDP's. The functions need Linux 5.17 and trampolines, the tracepoints 6.3. */
static void check_udp(const char *path, const char *release)
{
	const char *slash = strrchr(path, '/');
	char udp[512];
	int major = 0, minor = 0;

	sscanf(release, "%d.%d", &major, &minor);
	snprintf(udp, sizeof(udp), "%.*sudp.bpf.o", slash ? (int)(slash + 1 - path) : 0, path);
	if (sees_accept && major * 100 + minor >= 517)
		load_udp(udp, "tp_btf/");
	if (major * 100 + minor >= 603)
		load_udp(udp, "fexit/");
}

static void print_log_ends(void)
{
	for (int i = 0; i < PROGRAMS; i++) {
		char *log = logs[i], *end = log + strlen(log), *from = end;

		if (!*log)
			continue;
		for (int lines = 0; from > log && lines < 40; from--)
			lines += from[-1] == '\n';
		printf("CHECK LOG of program %d:\n%s\n", i, from);
		*log = 0;
	}
}

static void print_counters(const struct bpf_object *object)
{
	int cpus = libbpf_num_possible_cpus(),
	    map = bpf_object__find_map_fd_by_name(object, "tallies");
	struct counters values[cpus], sum = {};
	__u32 zero = 0;

	if (bpf_map_lookup_elem(map, &zero, values))
		fatal("tallies");
	for (int c = 0; c < cpus; c++) {
		for (int i = 0; i < EVENT_COUNT; i++)
			sum.lost[i] += values[c].lost[i];
		for (int i = 0; i < FAILURE_COUNT; i++)
			sum.failed[i] += values[c].failed[i];
	}
	for (int i = 1; i < EVENT_COUNT; i++)
		CHECK_EQUAL("counters: lost", sum.lost[i], 0);
	for (int i = 0; i < FAILURE_COUNT; i++)
		CHECK_EQUAL("counters: failed", sum.failed[i], 0);
}

static void add_runs(struct bpf_prog_info *sum, const struct bpf_object *object,
		     const char *program)
{
	int fd = bpf_program__fd(bpf_object__find_program_by_name(object, program));
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	bpf_obj_get_info_by_fd(fd, &info, &size);
	sum->run_cnt += info.run_cnt;
	sum->run_time_ns += info.run_time_ns;
}

/* Adds up the statistics of both programs on the tracepoint. */
static struct bpf_prog_info both(const struct bpf_object *object)
{
	struct bpf_prog_info sum = {};

	add_runs(&sum, object, "inet_sock_set_state");
	add_runs(&sum, object, "stand_in");
	return sum;
}

static void measure_processes(const struct bpf_object *object, int count)
{
	struct bpf_prog_info forks = {}, execs = {};

	for (int i = 0; i < count; i++) {
		pid_t child = fork();

		if (!child) {
			execl("/proc/self/exe", "again", "--nothing", NULL);
			_exit(1);
		}
		waitpid(child, NULL, 0);
	}
	add_runs(&forks, object, "forked");
	add_runs(&execs, object, "executed");
	printf("CHECK COST a fork %.0f ns, an exec %.0f ns, with bpf_stats\n",
	       (double)forks.run_time_ns / forks.run_cnt,
	       (double)execs.run_time_ns / execs.run_cnt);
}

static void measure(const struct bpf_object *object, struct ring_buffer *ring, int count)
{
	int listener = listen_on(AF_INET);
	struct bpf_prog_info before, after;
	double start, ms;

	quiet_connections = true;
	for (int i = 0; i < 200; i++)
		connect_once(AF_INET, false, false, listener, 100, 1000);
	before = both(object);
	start = now_ms();
	for (int i = 0; i < count; i++) {
		connect_once(AF_INET, false, false, listener, 100, 1000);
		if (i % 1000 == 0)
			ring_buffer__consume(ring);
	}
	ms = now_ms() - start;
	after = both(object);
	printf("CHECK COST %llu runs, %.1f ns each with bpf_stats; %.2f runs a connection; %.1f us a connection\n",
	       after.run_cnt - before.run_cnt,
	       (double)(after.run_time_ns - before.run_time_ns) / (after.run_cnt - before.run_cnt),
	       (double)(after.run_cnt - before.run_cnt) / count, ms * 1000 / count);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_link *link, *second, *accept_link, *fork_link, *exec_link, *reset_link;
	struct ring_buffer *ring;
	struct utsname uname_;
	pid_t child;
	int fd, total;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "--refused")) {
		refused_port = atoi(argv[2]);
		refused_once();
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--nothing"))
		return 0;
	prctl(PR_SET_NAME, "a thread's name");
	uname(&uname_);
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (fd >= 0) {
		struct address a = loopback(AF_INET6, false, 0);

		have_v6 = !bind(fd, &a.any, a.size);
		close(fd);
	}
	self_net_ns = namespace_of_self("net");
	printf("CHECK KERNEL %s, IPv6 %s\n", uname_.release, have_v6 ? "yes" : "no");

	object = load(argv[1], 4, true); /* 4: statistics only */
	sees_accept = object;
	if (!object) {
		print_log_ends();
		object = load(argv[1], 4, false);
	}
	if (!object) {
		load(argv[1], 1 | 4, false);
		print_log_ends();
		printf("CHECK FAIL the kernel rejects the program\n");
		return 1;
	}
	print_verifier(object);
	link = bpf_program__attach(bpf_object__find_program_by_name(object, "inet_sock_set_state"));
	second = bpf_program__attach(bpf_object__find_program_by_name(object, "stand_in"));
	fork_link = bpf_program__attach(bpf_object__find_program_by_name(object, "forked"));
	exec_link = bpf_program__attach(bpf_object__find_program_by_name(object, "executed"));
	reset_link = bpf_program__attach(bpf_object__find_program_by_name(object, "reset_sent"));
	if (!link || !second || !fork_link || !exec_link || !reset_link)
		fatal("attach");
	accept_link = sees_accept
			      ? bpf_program__attach(
					bpf_object__find_program_by_name(object, "inet_csk_accept"))
			      : NULL;
	sees_accept = accept_link;
	fd = bpf_object__find_map_fd_by_name(object, "events");
	ring = ring_buffer__new(fd, on_record, argc > 2 ? "count only" : NULL, NULL);
	if (!ring)
		fatal("ring");
	if (argc > 2) {
		fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
		for (int i = 0; i < 5; i++)
			measure(object, ring, atoi(argv[2]));
		measure_processes(object, atoi(argv[2]) / 10);
		return 0;
	}

	make_connections(&child);
	total = 0;
	for (int i = 0; i < 10; i++) { /* the last events happen in softirq */
		usleep(50 * 1000);
		total += ring_buffer__consume(ring);
	}
	printf("CHECK RECORDS %d, of others %d\n", total, others);
	check_counts();
	check_connections();
	check_refused();
	check_processes(child);
	print_counters(object);
	bpf_link__destroy(fork_link);
	bpf_link__destroy(exec_link);
	bpf_link__destroy(reset_link);
	bpf_link__destroy(accept_link);
	bpf_link__destroy(second);
	bpf_link__destroy(link);
	check_udp(argv[1], uname_.release);
	printf("CHECK %s\n", failures ? "FAIL" : "PASS");
	return failures != 0;
}
