/* L1, L2, L3, L8, L11, L12, L14, L17: connections that are opened, used and closed. */
#define _GNU_SOURCE
#include "workload.h"
#include <poll.h>
#include <unistd.h>

/* Sizes differ from connection to connection, so that a mix-up shows. */
static long request_size(int number)
{
	return 5 + 7 * (number % 1009);
}

static long response_size(int number)
{
	return 11 + 13 * (number % 503);
}

static bool server_closes_first(int number)
{
	return number % 2 == 1;
}

static void serve(int listener, int number)
{
	struct side server = server_side();

	accept_side(&server, listener);
	receive_bytes(&server, request_size(number));
	send_bytes(&server, response_size(number));
	if (!server_closes_first(number))
		receive_to_end(&server);
	close_side(&server, server_closes_first(number) ? "local_fin" : "remote_fin", NULL);
}

static void ask(const union address *to, int number)
{
	struct side client = client_side(to);

	connect_side(&client);
	send_bytes(&client, request_size(number));
	receive_bytes(&client, response_size(number));
	if (server_closes_first(number))
		receive_to_end(&client);
	close_side(&client, server_closes_first(number) ? "remote_fin" : "local_fin", NULL);
}

static void exchange(const char *listen, const char *connect)
{
	union address address = address_of(listen, options.port);
	union address to = address_of(connect, options.port);
	struct server server;

	own_namespace();
	server = start_server(&address, 16, options.count, serve);
	for (int i = 0; i < options.count; i++)
		ask(&to, i);
	await_server(&server);
}

static void l1(void)
{
	exchange("127.0.0.1", "127.0.0.1");
}

static void l2(void)
{
	exchange("::1", "::1");
}

static void l3(void)
{
	exchange("::", "::ffff:127.0.0.1");
}

/* None is a connection: sockets closed when new, when bound, when listening, and after a failed shutdown(). */
static void l8(void)
{
	union address any = address_of("127.0.0.1", 0);

	own_namespace();
	for (int i = 0; i < options.count; i++) {
		int fd = new_socket(&any, 0);

		if (i % 4 == 1)
			CHECK("bind", bind(fd, &any.any, size_of(&any)) == 0);
		if (i % 4 == 2)
			CHECK("listen", listen(fd, 1) == 0);
		if (i % 4 == 3)
			CHECK("shutdown", shutdown(fd, SHUT_RDWR) < 0);
		close(fd);
	}
}

/* The client shuts down its direction of even connections, the server of odd ones; the other end follows after the snapshot. */
static void l11(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct side client[options.count], server[options.count];
	int listener;

	own_namespace();
	listener = listen_on(&address, options.count);
	for (int i = 0; i < options.count; i++) {
		client[i] = client_side(&address);
		connect_side(&client[i]);
		server[i] = server_side();
		accept_side(&server[i], listener);
		send_bytes(&client[i], request_size(i));
		receive_bytes(&server[i], request_size(i));
		struct side *first = i % 2 == 0 ? &client[i] : &server[i];

		first->closing = now();
		CHECK("shutdown", shutdown(first->fd, SHUT_WR) == 0);
	}
	checkpoint("open");
	for (int i = 0; i < options.count; i++) {
		struct side *first = i % 2 == 0 ? &client[i] : &server[i];
		struct side *second = i % 2 == 0 ? &server[i] : &client[i];

		first->closing = second->closing = now();
		send_bytes(second, response_size(i));
		receive_bytes(first, response_size(i));
		close_side(second, "remote_fin", NULL);
		close_side(first, "local_fin", NULL);
	}
	close(listener);
}

static int may_accept[2];

/* Accepts after all clients have closed. */
static void serve_late(int listener, int number)
{
	struct side server = server_side();
	bool reset = number % 2 == 1;

	if (number == 0)
		await_post(may_accept[0]);
	server.closing = now();
	server.fd = accept(listener, NULL, NULL);
	CHECK("accept", server.fd >= 0);
	server.established = true;
	server.local = name_of(server.fd);
	CHECK("read", read(server.fd, &server.peer, sizeof(server.peer)) >= 0 || reset);
	close(server.fd);
}

static void l12(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct side clients[options.count];
	struct server process;

	own_namespace();
	CHECK("pipe", pipe(may_accept) == 0);
	process = start_server(&address, options.count, options.count, serve_late);
	for (int i = 0; i < options.count; i++) {
		bool reset = i % 2 == 1;

		clients[i] = client_side(&address);
		connect_side(&clients[i]);
		send_bytes(&clients[i], 5);
		if (reset)
			reset_at_close(clients[i].fd);
		clients[i].what = reset ? "reset" : "fin";
		close_side(&clients[i], reset ? "local_reset" : "local_fin", NULL);
	}
	post(may_accept[1]);
	await_server(&process);
	for (int i = 0; i < options.count; i++) {
		struct side server = clients[i];

		server.client = false;
		server.local = clients[i].peer;
		server.peer = clients[i].local;
		server.pid = process.pid;
		server.tid = -1;
		server.sent = 0;
		server.received = 5;
		server.reason = i % 2 == 1 ? "remote_reset" : "remote_fin";
		server.error = i % 2 == 1 ? "connection_reset" : NULL;
		server.owner = i % 2 == 1 ? "listener" : NULL; /* over before it is accepted */
		server.closed = now();
		ledger_side(&server);
	}
}

/* Connections stay open without traffic until the test continues. */
static void l14(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct side client[options.count], server[options.count];
	int listener;

	own_namespace();
	listener = listen_on(&address, options.count);
	for (int i = 0; i < options.count; i++) {
		client[i] = client_side(&address);
		connect_side(&client[i]);
		server[i] = server_side();
		accept_side(&server[i], listener);
	}
	checkpoint("open");
	for (int i = 0; i < options.count; i++) {
		client[i].closing = server[i].closing = now();
		close_side(&client[i], "local_fin", NULL);
		receive_to_end(&server[i]);
		close_side(&server[i], "remote_fin", NULL);
	}
	close(listener);
}

/* Both ends are on one address, idle, and then reset by the server. */
static void l17(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct side client[options.count], server[options.count];
	int listener;

	own_namespace();
	listener = listen_on(&address, options.count);
	for (int i = 0; i < options.count; i++) {
		client[i] = client_side(&address);
		connect_side(&client[i]);
		server[i] = server_side();
		accept_side(&server[i], listener);
	}
	sleep(3);
	for (int i = 0; i < options.count; i++) {
		client[i].closing = server[i].closing = now();
		reset_at_close(server[i].fd);
		close_side(&server[i], "local_reset", NULL);
		CHECK("a reset", await_event(client[i].fd, POLLIN, 1000));
		close_side(&client[i], "remote_reset", "connection_reset");
	}
	close(listener);
}

const struct row lifecycle_rows[] = {
	{ "L1", l1, 211, "connect, accept, exchange, close; IPv4" },
	{ "L2", l2, 211, "the same over IPv6" },
	{ "L3", l3, 2003, "dual-stack sockets, v4-mapped addresses" },
	{ "L8", l8, 101, "sockets closed without a connection" },
	{ "L11", l11, 23, "shutdown by either, then idle; waits" },
	{ "L12", l12, 101, "closed by the peer before accept() returns" },
	{ "L14", l14, 13, "open without traffic; waits" },
	{ "L17", l17, 13, "idle for 3 s, then reset by the peer" },
	{ 0 },
};
