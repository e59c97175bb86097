/* W11 to W14: processes that change, and listeners that are hard to distinguish. */
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A child that waits until it may end. Its messages come through the other pipe, which an exec closes. */
struct waiting {
	pid_t pid;
	int to, from;
};

static int may_end, to_parent;

/* Returns twice, like fork(): the pid is 0 in the child. */
static struct waiting start_waiting(void)
{
	struct waiting w;
	int down[2], up[2];

	CHECK("pipe", pipe2(down, O_CLOEXEC) == 0 && pipe2(up, O_CLOEXEC) == 0);
	w.pid = start_child();
	w.to = down[1];
	w.from = up[0];
	if (w.pid == 0) {
		close(down[1]);
		close(up[0]);
		may_end = down[0];
		to_parent = up[1];
		return w;
	}
	close(down[0]);
	close(up[1]);
	return w;
}

static void end_waiting(struct waiting *w)
{
	close(w->to);
	close(w->from);
	await_child(w->pid);
}

static void await_end(void)
{
	char c;

	CHECK("read from a pipe", read(may_end, &c, 1) == 0);
}

static _Noreturn void become_holding(void)
{
	CHECK("dup2", dup2(may_end, 0) == 0);
	execl(other_program, "after-exec", "hold", NULL);
	die(other_program);
}

static void await_exec_of(const struct waiting *w)
{
	char c;

	CHECK("exec", read(w->from, &c, 1) == 0);
}

static void keep_over_exec(int fd)
{
	CHECK("clear close-on-exec", fcntl(fd, F_SETFD, 0) == 0);
}

/* ---- W11 ---- */

static void end_by_exit(struct side *server)
{
	(void)server;
	await_end();
	_exit(0);
}

static void end_another_program(struct side *server)
{
	keep_over_exec(server->fd);
	become_holding();
}

static bool is_leader_gone(void)
{
	char path[64], line[256] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(path, fd >= 0 && read(fd, line, sizeof(line) - 1) > 0);
	close(fd);
	return strstr(line, ") Z ") != NULL;
}

static void *close_without_leader(void *server)
{
	while (!is_leader_gone())
		sched_yield();
	await_end();
	if (server)
		close(((struct side *)server)->fd);
	_exit(0);
}

static void end_leader(struct side *server)
{
	static struct side copy;
	pthread_t thread;

	if (server)
		copy = *server;
	CHECK("a thread",
	      pthread_create(&thread, NULL, close_without_leader, server ? &copy : NULL) == 0);
	pthread_exit(NULL);
}

static void end_leader_and_exit(struct side *server)
{
	(void)server;
	end_leader(NULL);
}

/* A connection that this process accepts, and that is closed by a child of which nothing was seen before. */
static void end_in_child(int listener, const char *what, void (*end)(struct side *))
{
	union address to = name_of(listener);
	struct side client = client_side(&to), server = server_side();
	struct waiting child;

	connect_side(&client);
	accept_side(&server, listener);
	client.what = server.what = what;
	server.closing = now();
	child = start_waiting();
	if (child.pid == 0) {
		close(client.fd);
		end(&server);
	}
	server.pid = child.pid;
	close(server.fd);
	end_waiting(&child);
	server.closed = now();
	server.reason = "local_fin";
	if (end == end_another_program) {
		server.exe = server.comm = "after-exec";
		server.args = other_args;
	}
	ledger_side(&server);
	receive_to_end(&client);
	close_side(&client, "remote_fin", NULL);
}

static void w11(void)
{
	union address address = address_of("127.0.0.1", options.port);
	int listener;

	own_namespace();
	make_other_program();
	listener = listen_on(&address, 16);
	for (int i = 0; i < options.count; i++) {
		end_in_child(listener, "forked", end_by_exit);
		end_in_child(listener, "executed", end_another_program);
		end_in_child(listener, "without its leader", end_leader);
		end_in_child(listener, "exit without its leader", end_leader_and_exit);
	}
	close(listener);
	remove_other_program();
}

/* ---- connections that no process accepts ---- */

struct unaccepted {
	struct side client, server;
};

static struct unaccepted open_unaccepted(const union address *to, pid_t owner, const char *what)
{
	struct unaccepted u = { client_side(to), server_side() };

	connect_side(&u.client);
	u.server.local = u.client.peer;
	u.server.peer = u.client.local;
	u.server.opened = u.client.opened;
	u.server.established = true;
	u.server.pid = owner;
	u.server.owner = "listener";
	u.client.what = u.server.what = what;
	return u;
}

static void reset_unaccepted(struct unaccepted *u)
{
	u->server.closing = now();
	reset_at_close(u->client.fd);
	close_side(&u->client, "local_reset", NULL);
	u->server.closed = now();
	u->server.reason = "remote_reset";
	u->server.error = "connection_reset";
	ledger_side(&u->server);
}

/* ---- W12 ---- */

/* A process listens, and then executes another program. */
static void activated(int port)
{
	union address address = address_of("127.0.0.1", port);
	struct waiting child = start_waiting();

	if (child.pid == 0) {
		int listener = listen_on(&address, options.count);

		keep_over_exec(listener);
		become_holding();
	}
	await_exec_of(&child);
	for (int i = 0; i < options.count; i++) {
		struct unaccepted u = open_unaccepted(&address, child.pid, "listener");

		u.server.exe = u.server.comm = "after-exec";
		u.server.args = other_args;
		reset_unaccepted(&u);
	}
	end_waiting(&child);
}

/* An exec closes a connection, which was `made` by the child, or else by this process before the fork. */
static void closed_by_exec(int listener, bool made, const char *what)
{
	union address to = name_of(listener);
	struct side client = client_side(&to), server = server_side();
	struct waiting child;

	if (!made) {
		connect_side(&client);
		accept_side(&server, listener);
		server.closing = now();
	}
	client.what = server.what = what;
	child = start_waiting();
	if (child.pid == 0) {
		if (made) {
			client.pid = client.tid = getpid();
			connect_side(&client);
			client.closing = now();
			CHECK("write", write(to_parent, &client, sizeof(client)) == sizeof(client));
		} else {
			close(client.fd);
			await_post(may_end);
		}
		become_holding();
	}
	if (made) {
		CHECK("read", read(child.from, &client, sizeof(client)) == sizeof(client));
		accept_side(&server, listener);
	} else {
		close(server.fd); /* It was accepted here; the child never used it. */
		post(child.to);
	}
	await_exec_of(&child);
	(made ? &client : &server)->closed = now();
	(made ? &client : &server)->reason = "local_fin";
	ledger_side(made ? &client : &server);
	receive_to_end(made ? &server : &client);
	close_side(made ? &server : &client, "remote_fin", NULL);
	end_waiting(&child);
}

/* A descriptor that a spawned process inherits while another thread closes it. */
struct spawning {
	int fd;
	_Atomic bool inherited, closed;
};

static void *close_inherited(void *argument)
{
	struct spawning *spawning = argument;

	while (!spawning->inherited)
		usleep(100);
	close(spawning->fd);
	spawning->closed = true;
	return NULL;
}

/* The child shares the memory of its parent, whose other threads keep running. */
static void spawn(struct spawning *spawning, bool exec)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t child = vfork();

	CHECK("vfork", child >= 0);
	if (child == 0) {
		spawning->inherited = true;
		while (!spawning->closed)
			usleep(100);
		if (!exec) {
			close(spawning->fd);
			_exit(0);
		}
		dup2(nothing, 0); /* The new program ends when its standard input does. */
		execl(other_program, "after-exec", "hold", NULL);
		_exit(1);
	}
	close(nothing);
	await_child(child);
}

static void closed_by_spawned(int listener, bool exec, const char *what)
{
	union address to = name_of(listener);
	struct side client = client_side(&to), server = server_side();
	struct spawning spawning = {};
	pthread_t closer;

	client.what = server.what = what;
	connect_side(&client);
	accept_side(&server, listener);
	server.closing = now();
	spawning.fd = server.fd;
	CHECK("thread", pthread_create(&closer, NULL, close_inherited, &spawning) == 0);
	spawn(&spawning, exec);
	pthread_join(closer, NULL);
	server.closed = now();
	server.reason = "local_fin";
	ledger_side(&server);
	receive_to_end(&client);
	close_side(&client, "remote_fin", NULL);
}

static void w12(void)
{
	union address address = address_of("127.0.0.1", options.port);
	int listener;

	own_namespace();
	make_other_program();
	activated(options.port + 1);
	listener = listen_on(&address, 16);
	for (int i = 0; i < options.count; i++) {
		closed_by_exec(listener, true, "close-on-exec");
		closed_by_exec(listener, false, "close-on-exec, inherited");
		closed_by_spawned(listener, false, "inherited by a spawned process, closed");
		closed_by_spawned(listener, true, "inherited by a spawned process, close-on-exec");
	}
	close(listener);
	remove_other_program();
}

/* ---- W13 ---- */

#define NOBODY 65534

static struct container inner;

static void change(void)
{
	enter_container(&inner);
	CHECK("PR_SET_NAME", prctl(PR_SET_NAME, "renamed") == 0);
	CHECK("setresuid", setresuid(NOBODY, NOBODY, NOBODY) == 0);
}

static void mark_changed(struct side *side)
{
	side->uid = NOBODY;
	side->comm = "renamed";
	side->container = inner.id;
}

/* Of three connections the second is open while the process changes. */
enum { BEFORE, WHILE, AFTER, MOMENTS };
static const char *const moments[MOMENTS] = { "before", "while", "after" };

static void serve_changing(int listener, int number)
{
	struct side server = server_side();

	accept_side(&server, listener);
	server.what = moments[number];
	if (number == WHILE)
		change();
	if (number != BEFORE)
		mark_changed(&server);
	receive_to_end(&server);
	close_side(&server, "remote_fin", NULL);
}

static void connect_changing(const union address *to)
{
	for (int i = 0; i < MOMENTS; i++) {
		struct side client = client_side(to);

		connect_side(&client);
		client.what = moments[i];
		if (i == WHILE)
			change();
		if (i != BEFORE)
			mark_changed(&client);
		close_side(&client, "local_fin", NULL);
	}
	end_child();
}

static void w13(void)
{
	union address address = address_of("127.0.0.1", options.port);

	own_namespace();
	inner = make_container();
	for (int i = 0; i < options.count; i++) {
		struct server server = start_server(&address, 16, MOMENTS, serve_changing);
		pid_t client = start_child();

		if (client == 0)
			connect_changing(&server.address);
		await_child(client);
		await_server(&server);
	}
	remove_container(&inner);
}

/* ---- W14 ---- */

static int open_listener(const char *ip, int port)
{
	union address address = address_of(ip, port);
	int one = 1, fd = new_socket(&address, 0);

	if (address.any.sa_family == AF_INET6)
		CHECK("IPV6_V6ONLY",
		      setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == 0);
	/* Without a port the kernel chooses one in listen(). */
	if (port)
		CHECK("bind", bind(fd, &address.any, size_of(&address)) == 0);
	CHECK("listen", listen(fd, options.count) == 0);
	return fd;
}

static struct waiting start_listening(const char *ip, int port, int *chosen)
{
	struct waiting child = start_waiting();

	if (child.pid == 0) {
		int fd = open_listener(ip, port);
		union address name = name_of(fd);
		int is = port_of(&name);

		CHECK("write", write(to_parent, &is, sizeof(is)) == sizeof(is));
		await_end();
		close(fd);
		end_child();
	}
	CHECK("read", read(child.from, chosen, sizeof(*chosen)) == sizeof(*chosen));
	return child;
}

/* The second listener is the last to listen. */
static void two_wildcards(const char *const ips[2], const char *const to[2], int port)
{
	int each = options.count / 2, chosen;
	struct unaccepted opened[2][each];
	struct waiting child[2];

	for (int n = 0; n < 2; n++)
		child[n] = start_listening(ips[n], port, &chosen);
	for (int n = 0; n < 2; n++) {
		union address address = address_of(to[n], port);

		for (int i = 0; i < each; i++)
			opened[n][i] = open_unaccepted(&address, child[n].pid, ips[n]);
	}
	if (!strcmp(options.row, "W14-held"))
		checkpoint("open");
	for (int n = 0; n < 2; n++)
		for (int i = 0; i < each; i++)
			reset_unaccepted(&opened[n][i]);
	for (int n = 1; n >= 0; n--) /* the second child inherited the first one's pipe */
		end_waiting(&child[n]);
}

static void without_bind(const char *ip, const char *to)
{
	int port;
	struct waiting child = start_listening(ip, 0, &port);
	union address address = address_of(to, port);

	for (int i = 0; i < options.count; i++) {
		struct unaccepted u = open_unaccepted(&address, child.pid, "without bind()");

		reset_unaccepted(&u);
	}
	end_waiting(&child);
}

static const char *const wildcards[] = { "0.0.0.0", "::", "0.0.0.0" };
static const char *const loopbacks[] = { "127.0.0.1", "::1", "127.0.0.1" };

static void w14_held(void)
{
	own_namespace();
	two_wildcards(wildcards, loopbacks, options.port);
}

static void w14(void)
{
	own_namespace();
	two_wildcards(wildcards, loopbacks, options.port);
	two_wildcards(wildcards + 1, loopbacks + 1, options.port + 1);
	without_bind("0.0.0.0", "127.0.0.1");
	without_bind("::", "::1");
}

const struct row change_rows[] = {
	{ "W11", w11, 7, "processes that are seen first when they end" },
	{ "W12", w12, 7, "exec: an inherited listener, and what it closes" },
	{ "W13", w13, 5, "processes that change their user, cgroup and name" },
	{ "W14", w14, 14, "two wildcards on one port, and listen() without bind()" },
	{ "W14-held", w14_held, 14, "two wildcards on one port; waits" },
	{ 0 },
};
