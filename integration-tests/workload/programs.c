/* W5, W6: short-lived programs, and programs that execute others. */
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static char short_port[2][16];
static const char *const short_args[2][4] = {
	{ "workload", "connect", short_port[0], NULL },
	{ "workload", "connect", short_port[1], NULL },
};

static struct side start_short(bool good, const struct container *container)
{
	int port = options.port + !good;
	union address to = address_of("127.0.0.1", port);
	struct side client = client_side(&to);

	snprintf(short_port[good], sizeof(short_port[good]), "%d", port);
	client.opening = client.closing = now();
	client.pid = start_child();
	if (client.pid == 0) {
		execl("/proc/self/exe", "workload", "connect", short_port[good], NULL);
		die("exec");
	}
	client.tid = client.pid;
	client.established = good;
	client.sent = good ? 5 : 0;
	client.what = good ? "good" : "refused";
	client.args = short_args[good];
	client.container = container->id;
	client.comm = "exe"; /* after the executed file, /proc/self/exe */
	return client;
}

static void end_short(struct side *client, const char *reason, const char *error)
{
	await_child(client->pid);
	client->opened = client->closed = now();
	client->reason = reason;
	client->error = error;
	ledger_side(client);
}

static int names[2];

static void serve_short(int listener, int number)
{
	struct side server = server_side();

	(void)number;
	accept_side(&server, listener);
	CHECK("write", write(names[1], &server.peer, sizeof(server.peer)) == sizeof(server.peer));
	receive_to_end(&server);
	close_side(&server, "remote_fin", NULL);
}

/* One half in each of two containers, with the server in neither. */
static void w5(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct container containers[2];
	struct server server;

	own_namespace();
	CHECK("pipe", pipe2(names, O_CLOEXEC) == 0);
	server = start_server(&address, 16, (options.count + 1) / 2, serve_short);
	containers[0] = make_container();
	containers[1] = make_container();
	for (int i = 0; i < options.count; i++) {
		const struct container *container = &containers[i >= options.count / 2];
		bool good = i % 2 == 0;
		struct side client;

		if (i == 0 || i == options.count / 2)
			enter_container(container);
		client = start_short(good, container);
		if (good)
			CHECK("read", read(names[0], &client.local, sizeof(client.local)) ==
					      sizeof(client.local));
		end_short(&client, good ? "local_fin" : "refused",
			  good ? NULL : "connection_refused");
	}
	await_server(&server);
	remove_container(&containers[0]);
	remove_container(&containers[1]);
}

char other_program[256];
const char *const other_args[] = { "after-exec", "hold", NULL };

/* A copy of this program under another name. */
void make_other_program(void)
{
	char folder[] = "/tmp/workload-XXXXXX";
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	struct stat s;

	CHECK("mkdtemp", mkdtemp(folder));
	snprintf(other_program, sizeof(other_program), "%s/after-exec", folder);
	to = open(other_program, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	CHECK(other_program, to >= 0 && fstat(from, &s) == 0);
	for (off_t at = 0; at < s.st_size;)
		CHECK(other_program, sendfile(to, from, &at, s.st_size - at) > 0);
	close(from);
	close(to);
}

void remove_other_program(void)
{
	unlink(other_program);
	*strrchr(other_program, '/') = 0;
	rmdir(other_program);
}

/* "hold": the program that this process executes; it ends at the end of its standard input. */
static void become_other(const struct side *side, int from_parent, int to_parent)
{
	CHECK("write", write(to_parent, side, sizeof(*side)) == sizeof(*side));
	dup2(from_parent, 0);
	CHECK("clear close-on-exec", fcntl(side->fd, F_SETFD, 0) == 0);
	execl(other_program, "after-exec", "hold", NULL);
	die(other_program);
}

struct child {
	pid_t pid;
	int to, from;
	struct side side;
};

static struct child start_changing(void (*open_side)(struct side *side))
{
	struct child child;
	int down[2], up[2];

	CHECK("pipe", pipe2(down, O_CLOEXEC) == 0 && pipe2(up, O_CLOEXEC) == 0);
	child.pid = start_child();
	if (child.pid == 0) {
		struct side side;

		open_side(&side);
		become_other(&side, down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	child.to = down[1];
	child.from = up[0];
	return child;
}

static int listener;

static void connect_child(struct side *side)
{
	union address to = name_of(listener);

	*side = client_side(&to);
	connect_side(side);
}

static void accept_child(struct side *side)
{
	*side = server_side();
	accept_side(side, listener);
}

/* The executed program holds the socket, and closes it by ending. */
static void end_changed(struct child *child, const char *reason)
{
	child->side.closing = now();
	close(child->to);
	await_child(child->pid);
	child->side.closed = now();
	child->side.reason = reason;
	child->side.exe = child->side.comm = "after-exec";
	child->side.args = other_args;
	ledger_side(&child->side);
}

/* Waits for the end of the child's pipe, which is close-on-exec. */
static void await_exec(struct child *child)
{
	char byte;

	CHECK("read", read(child->from, &child->side, sizeof(child->side)) == sizeof(child->side));
	CHECK("exec", read(child->from, &byte, 1) == 0);
	close(child->from);
}

static void w6(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct child clients[options.count], servers[options.count];

	own_namespace();
	make_other_program();
	listener = listen_on(&address, 16);
	for (int i = 0; i < options.count; i++) {
		servers[i] = start_changing(accept_child);
		clients[i] = start_changing(connect_child);
		await_exec(&servers[i]);
		await_exec(&clients[i]);
	}
	checkpoint("open");
	for (int i = 0; i < options.count; i++) {
		end_changed(&clients[i], "local_fin");
		end_changed(&servers[i], "remote_fin");
	}
	close(listener);
	remove_other_program();
}

const struct row process_rows[] = {
	{ "W5", w5, 1009, "programs that live 5 ms, good and refused" },
	{ "W6", w6, 5, "exec with an inherited socket; waits" },
	{ 0 },
};
