/* L10 and each way to end without a timeout: FIN, RST, SIGKILL, an administrator, a deleted namespace. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct pair {
	struct side client, server;
};

static int listener;

/* Both ends are in this process, and each has sent and received data. */
static struct pair open_pair(const char *what)
{
	union address address = name_of(listener);
	struct pair p = { client_side(&address), server_side() };

	connect_side(&p.client);
	accept_side(&p.server, listener);
	send_bytes(&p.client, 101);
	receive_bytes(&p.server, 101);
	send_bytes(&p.server, 211);
	receive_bytes(&p.client, 211);
	p.client.what = p.server.what = what;
	return p;
}

static void listen_in_own_namespace(void)
{
	union address address = address_of("127.0.0.1", options.port);

	own_namespace();
	listener = listen_on(&address, 128);
}

static void by_fin(struct side *first, struct side *second)
{
	first->closing = second->closing = now();
	close_side(first, "local_fin", NULL);
	receive_to_end(second);
	close_side(second, "remote_fin", NULL);
}

static void await_reset(struct side *side)
{
	CHECK("an event", await_event(side->fd, POLLIN, 5000));
	CHECK("a reset", socket_error(side->fd) == ECONNRESET);
	close_side(side, "remote_reset", "connection_reset");
}

static void by_linger(struct side *first, struct side *second)
{
	first->closing = second->closing = now();
	reset_at_close(first->fd);
	close_side(first, "local_reset", NULL);
	await_reset(second);
}

/* Unread data make close() send a reset. */
static void by_unread_data(struct side *first, struct side *second)
{
	send_bytes(second, 7);
	CHECK("unread data", await_event(first->fd, POLLIN, 5000));
	first->received += 7;
	first->closing = second->closing = now();
	close_side(first, "local_reset", NULL);
	await_reset(second);
}

static void each(const char *what, void (*end)(struct side *first, struct side *second),
		 bool client_first)
{
	for (int i = 0; i < options.count; i++) {
		struct pair p = open_pair(what);

		end(client_first ? &p.client : &p.server, client_first ? &p.server : &p.client);
	}
}

static void fin_client(void)
{
	listen_in_own_namespace();
	each("FIN by the client", by_fin, true);
}

static void fin_server(void)
{
	listen_in_own_namespace();
	each("FIN by the server", by_fin, false);
}

static void linger_client(void)
{
	listen_in_own_namespace();
	each("SO_LINGER 0 by the client", by_linger, true);
}

static void linger_server(void)
{
	listen_in_own_namespace();
	each("SO_LINGER 0 by the server", by_linger, false);
}

static void unread_client(void)
{
	listen_in_own_namespace();
	each("unread data at the client", by_unread_data, true);
}

static void unread_server(void)
{
	listen_in_own_namespace();
	each("unread data at the server", by_unread_data, false);
}

/* Writes the ledger entry for a child that was killed before it could do so. */
static void enter_killed(struct side *side, pid_t child)
{
	side->pid = child;
	side->tid = side->client ? child : -1;
	side->closed = now();
	side->reason = "killed";
	side->error = NULL;
	ledger_side(side);
}

static void kill_child(pid_t child)
{
	int status;

	CHECK("kill", kill(child, SIGKILL) == 0);
	CHECK("waitpid", waitpid(child, &status, 0) == child);
	CHECK("a killed child", WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* Half of the connections have unread data, so that the kernel sends a reset instead of a FIN. */
static void end_of_killed(struct side *survivor, int number)
{
	if (number % 2 == 0) {
		receive_to_end(survivor);
		close_side(survivor, "remote_fin", NULL);
	} else {
		await_reset(survivor);
	}
}

static void child_connects(int to_parent, const union address *to)
{
	struct side client = client_side(to);
	char bytes[101];

	connect_side(&client);
	send_bytes(&client, 101);
	CHECK("read", recv(client.fd, bytes, 23, MSG_WAITALL) == 23);
	CHECK("write", write(to_parent, &client, sizeof(client)) == sizeof(client));
	pause();
}

static void kill_client(int number)
{
	union address to = name_of(listener);
	struct side server = server_side(), client;
	int from_child[2];
	pid_t child;

	CHECK("pipe", pipe(from_child) == 0);
	child = start_child();
	if (child == 0) {
		close(listener);
		child_connects(from_child[1], &to);
	}
	accept_side(&server, listener);
	receive_bytes(&server, 101);
	send_bytes(&server, 23);
	CHECK("read", read(from_child[0], &client, sizeof(client)) == sizeof(client));
	client.received = 23;
	if (number % 2 == 1) {
		send_bytes(&server, 5);
		client.received += 5;
	}
	client.what = server.what = number % 2 ? "client killed, unread data" : "client killed";
	client.closing = server.closing = now();
	kill_child(child);
	enter_killed(&client, child);
	end_of_killed(&server, number);
	close(from_child[0]);
	close(from_child[1]);
}

static void child_serves(int to_parent, const union address *address)
{
	struct side server = server_side();
	int own = listen_on(address, 16);

	post(to_parent);
	accept_side(&server, own);
	receive_bytes(&server, 23);
	CHECK("write", write(to_parent, &server, sizeof(server)) == sizeof(server));
	pause();
}

static void kill_server(int number)
{
	union address address = address_of("127.0.0.1", options.port + 1 + number);
	struct side client = client_side(&address), server;
	int from_child[2];
	pid_t child;

	CHECK("pipe", pipe(from_child) == 0);
	child = start_child();
	if (child == 0)
		child_serves(from_child[1], &address);
	await_post(from_child[0]);
	connect_side(&client);
	send_bytes(&client, 23);
	CHECK("read", read(from_child[0], &server, sizeof(server)) == sizeof(server));
	if (number % 2 == 1) {
		send_bytes(&client, 5);
		server.received += 5;
	}
	client.what = server.what = number % 2 ? "server killed, unread data" : "server killed";
	client.closing = server.closing = now();
	kill_child(child);
	enter_killed(&server, child);
	end_of_killed(&client, number);
	close(from_child[0]);
	close(from_child[1]);
}

static void killed_client(void)
{
	listen_in_own_namespace();
	for (int i = 0; i < options.count; i++)
		kill_client(i);
}

static void killed_server(void)
{
	own_namespace();
	for (int i = 0; i < options.count; i++)
		kill_server(i);
}

static void l10(void)
{
	listen_in_own_namespace();
	each("SO_LINGER 0 by the client", by_linger, true);
	each("SO_LINGER 0 by the server", by_linger, false);
	each("unread data at the client", by_unread_data, true);
	each("unread data at the server", by_unread_data, false);
	for (int i = 0; i < options.count; i++) {
		kill_client(i);
		kill_server(i);
	}
}

/* Destroys a socket as `ss -K` does. */
static void destroy(const struct side *side)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 request;
	} m = {
		.header = { .nlmsg_len = sizeof(m),
			    .nlmsg_type = SOCK_DESTROY,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.request = { .sdiag_family = AF_INET,
			     .sdiag_protocol = IPPROTO_TCP,
			     .id = { .idiag_sport = side->local.v4.sin_port,
				     .idiag_dport = side->peer.v4.sin_port,
				     .idiag_src = { side->local.v4.sin_addr.s_addr },
				     .idiag_dst = { side->peer.v4.sin_addr.s_addr },
				     .idiag_cookie = { INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE } } },
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	CHECK("SOCK_DESTROY", send(fd, &m, sizeof(m), 0) == sizeof(m));
	CHECK("SOCK_DESTROY", recv(fd, &answer, sizeof(answer), 0) > 0);
	errno = -answer.error.error;
	CHECK("SOCK_DESTROY", answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == 0);
	close(fd);
}

/* The destroyed socket sends a reset and has ECONNABORTED; its program still holds it. */
static void destroyed(void)
{
	listen_in_own_namespace();
	for (int i = 0; i < options.count; i++) {
		struct pair p = open_pair(i % 2 ? "client destroyed" : "server destroyed");
		struct side *first = i % 2 ? &p.client : &p.server,
			    *second = i % 2 ? &p.server : &p.client;

		first->closing = second->closing = now();
		destroy(first);
		CHECK("an aborted connection", socket_error(first->fd) == ECONNABORTED);
		close_side(first, "destroyed", "aborted");
		await_reset(second);
	}
}

/* Nothing answers in this namespace, and an orphaned socket gives up after few retransmissions. */
static void lonely(int namespace_fd)
{
	enter_namespace(namespace_fd);
	set_sysctl("ipv4/tcp_orphan_retries", "1");
}

/*
 * A socket holds its network namespace, even when closed. Without name, processes and descriptors, the namespace exists
 * until its last connection has timed out, here in FIN_WAIT1 and without an answer.
 */
static void namespace_deleted(void)
{
	struct ends e = two_namespaces();
	union address address = address_of("10.77.0.2", options.port);
	struct pair pairs[options.count];

	lonely(e.near_fd);
	lonely(e.far_fd);
	listener = listen_on(&address, 128);
	for (int i = 0; i < options.count; i++) {
		enter_namespace(e.near_fd);
		pairs[i].client = client_side(&address);
		pairs[i].client.peer_netns = e.far;
		connect_side(&pairs[i].client);
		enter_namespace(e.far_fd);
		pairs[i].server = server_side();
		pairs[i].server.peer_netns = e.near;
		accept_side(&pairs[i].server, listener);
	}
	interface_up("far", false);
	for (int i = 0; i < options.count; i++) {
		pairs[i].client.closing = pairs[i].server.closing = now();
		close(pairs[i].client.fd);
		close(pairs[i].server.fd);
	}
	close(listener);
	own_namespace();
	close(e.near_fd);
	close(e.far_fd);
	release_namespace(e.near);
	release_namespace(e.far);
	sleep(3);
	for (int i = 0; i < options.count; i++) {
		pairs[i].client.what = pairs[i].server.what = "namespace deleted";
		pairs[i].client.fd = pairs[i].server.fd = -1;
		pairs[i].server.owner = "close";
		close_side(&pairs[i].client, "timeout|unreachable",
			   "timed_out|host_unreachable|network_unreachable");
		close_side(&pairs[i].server, "timeout|unreachable",
			   "timed_out|host_unreachable|network_unreachable");
	}
}

const struct row ending_rows[] = {
	{ "L10", l10, 7, "resets by either, and processes killed by SIGKILL" },
	{ "fin_client", fin_client, 11, "the client sends its FIN first" },
	{ "fin_server", fin_server, 11, "the server sends its FIN first" },
	{ "linger_client", linger_client, 11, "the client closes with SO_LINGER 0" },
	{ "linger_server", linger_server, 11, "the server closes with SO_LINGER 0" },
	{ "unread_client", unread_client, 11, "the client closes with unread data" },
	{ "unread_server", unread_server, 11, "the server closes with unread data" },
	{ "killed_client", killed_client, 11, "the client's process is killed" },
	{ "killed_server", killed_server, 11, "the server's process is killed" },
	{ "destroyed", destroyed, 11, "destroyed by an administrator" },
	{ "namespace_deleted", namespace_deleted, 7, "the network namespace is deleted" },
	{ 0 },
};
