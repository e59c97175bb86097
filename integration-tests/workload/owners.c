/* W1, W2, W3, W4, W6, W7: connections that are owned by another process than the one that opened them. */
#define _GNU_SOURCE
#include "workload.h"
#include <pthread.h>
#include <string.h>
#include <unistd.h>

static int handed_over[2];

/* Reads until the client closes. The side belongs to this process from now on, whichever process accepted it. */
static void serve_to_end(struct side *server)
{
	server->previous_pid = server->pid;
	server->pid = getpid();
	receive_to_end(server);
	close_side(server, "remote_fin", NULL);
}

static int may_hand_over[2];

static void accept_all(struct side *servers, int listener)
{
	for (int i = 0; i < options.count; i++) {
		servers[i] = server_side();
		accept_side(&servers[i], listener);
		servers[i].closing = servers[i].opened;
		receive_bytes(&servers[i], 1);
	}
	post(handed_over[1]);
	await_post(may_hand_over[0]);
}

/* Each child holds only one of the connections, and closes the others that it inherits. */
static void accept_and_fork(int listener, int number)
{
	struct side servers[options.count];
	pid_t children[options.count];

	(void)number;
	accept_all(servers, listener);
	for (int i = 0; i < options.count; i++) {
		children[i] = start_child();
		if (children[i] == 0) {
			close(listener);
			for (int k = i + 1; k < options.count; k++)
				close(servers[k].fd);
			post(handed_over[1]);
			serve_to_end(&servers[i]);
			end_child();
		}
		close(servers[i].fd);
	}
	for (int i = 0; i < options.count; i++)
		await_child(children[i]);
}

/* Each client sends a byte. A snapshot is taken while the first owner holds the servers, and one while the second does. */
static void open_clients(struct side *clients, const union address *to)
{
	for (int i = 0; i < options.count; i++) {
		clients[i] = client_side(to);
		connect_side(&clients[i]);
		send_bytes(&clients[i], 1);
	}
	await_post(handed_over[0]);
	checkpoint("accepted");
	post(may_hand_over[1]);
}

static void close_clients(struct side *clients)
{
	for (int i = 0; i < options.count; i++)
		await_post(handed_over[0]);
	checkpoint("open");
	for (int i = 0; i < options.count; i++) {
		send_bytes(&clients[i], 7);
		close_side(&clients[i], "local_fin", NULL);
	}
}

static void w1(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct side clients[options.count];
	struct server server;

	own_namespace();
	CHECK("pipe", pipe(handed_over) == 0 && pipe(may_hand_over) == 0);
	server = start_server(&address, options.count, 1, accept_and_fork);
	open_clients(clients, &server.address);
	close_clients(clients);
	await_server(&server);
}

static void pass(int channel, struct side *side)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec data = { side, sizeof(*side) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &side->fd, sizeof(int));
	CHECK("sendmsg", sendmsg(channel, &message, 0) == sizeof(*side));
}

static void take(int channel, struct side *side)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { side, sizeof(*side) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	CHECK("recvmsg",
	      recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) == sizeof(*side));
	memcpy(&side->fd, CMSG_DATA(&control.header), sizeof(int));
}

static int channel[2];

static void accept_and_pass(int listener, int number)
{
	struct side servers[options.count];

	(void)number;
	accept_all(servers, listener);
	for (int i = 0; i < options.count; i++) {
		pass(channel[1], &servers[i]);
		close(servers[i].fd);
	}
}

static void receiver(void)
{
	struct side servers[options.count];

	for (int i = 0; i < options.count; i++)
		take(channel[0], &servers[i]);
	for (int i = 0; i < options.count; i++)
		post(handed_over[1]);
	for (int i = 0; i < options.count; i++)
		serve_to_end(&servers[i]);
	end_child();
}

static void w3(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct side clients[options.count];
	struct server sender;
	pid_t child;

	own_namespace();
	CHECK("pipe", pipe(handed_over) == 0 && pipe(may_hand_over) == 0);
	CHECK("socketpair", socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) == 0);
	child = start_child();
	if (child == 0)
		receiver();
	sender = start_server(&address, options.count, 1, accept_and_pass);
	open_clients(clients, &sender.address);
	await_server(&sender);
	close_clients(clients);
	await_child(child);
}

/* Serves until the listener is shut down. */
static void worker(int listener, const char *what)
{
	struct side server = server_side();
	char who;

	while ((server.fd = accept(listener, NULL, NULL)) >= 0) {
		server.opened = now();
		server.established = true;
		server.what = what;
		learn_names(&server);
		CHECK("recv", recv(server.fd, &who, 1, MSG_WAITALL) == 1);
		server.received = 1;
		send_bytes(&server, 3);
		if (who == 'c')
			receive_to_end(&server);
		close_side(&server, who == 'c' ? "remote_fin" : "local_fin", NULL);
		server = server_side();
	}
	end_child();
}

static void ask_worker(const union address *to, int number, const char *what)
{
	struct side client = client_side(to);
	bool first = number % 2 == 0;

	client.what = what;
	connect_side(&client);
	CHECK("send", send(client.fd, first ? "c" : "s", 1, 0) == 1);
	client.sent = 1;
	receive_bytes(&client, 3);
	if (!first)
		receive_to_end(&client);
	close_side(&client, first ? "local_fin" : "remote_fin", NULL);
}

#define WORKERS 3

static void workers(const char *what, int port, bool one_listener)
{
	union address address = address_of("127.0.0.1", port);
	int one = 1, listeners[WORKERS];
	pid_t children[WORKERS];

	for (int i = 0; i < (one_listener ? 1 : WORKERS); i++) {
		listeners[i] = new_socket(&address, 0);
		setsockopt(listeners[i], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
		CHECK("bind", bind(listeners[i], &address.any, size_of(&address)) == 0);
		CHECK("listen", listen(listeners[i], 128) == 0);
	}
	for (int i = 0; i < WORKERS; i++) {
		children[i] = start_child();
		if (children[i] == 0)
			worker(listeners[one_listener ? 0 : i], what);
	}
	for (int i = 0; i < options.count; i++)
		ask_worker(&address, i, what);
	for (int i = 0; i < (one_listener ? 1 : WORKERS); i++) {
		shutdown(listeners[i], SHUT_RDWR);
		close(listeners[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		await_child(children[i]);
}

static void w2(void)
{
	own_namespace();
	workers("prefork", options.port, true);
	workers("SO_REUSEPORT", options.port + 1, false);
}

static void *connect_in_thread(void *client)
{
	((struct side *)client)->tid = gettid();
	pthread_setname_np(pthread_self(), "connector");
	connect_side(client);
	return NULL;
}

static void *close_in_thread(void *client)
{
	pthread_setname_np(pthread_self(), "closer");
	close_side(client, "local_fin", NULL);
	return NULL;
}

static void w4(void)
{
	union address address = address_of("127.0.0.1", options.port);
	int listener;

	own_namespace();
	listener = listen_on(&address, 16);
	for (int i = 0; i < options.count; i++) {
		struct side client = client_side(&address), server = server_side();
		pthread_t thread;

		CHECK("a thread", pthread_create(&thread, NULL, connect_in_thread, &client) == 0);
		pthread_join(thread, NULL);
		accept_side(&server, listener);
		send_bytes(&client, 5);
		CHECK("a thread", pthread_create(&thread, NULL, close_in_thread, &client) == 0);
		pthread_join(thread, NULL);
		receive_to_end(&server);
		close_side(&server, "remote_fin", NULL);
	}
	close(listener);
}

static void open_equal(struct side *client, struct side *server, int number)
{
	union address address = address_of("127.0.0.1", options.port);
	union address name = address_of("127.0.0.1", 20011 + number);
	int listener = listen_on(&address, 1);

	*client = client_side(&address);
	*server = server_side();
	client->fd = new_socket(&address, 0);
	CHECK("bind", bind(client->fd, &name.any, size_of(&name)) == 0);
	connect_side(client);
	accept_side(server, listener);
	close(listener);
}

static void w7(void)
{
	struct side client[2], server[2];
	int spaces[2];

	for (int n = 0; n < 2; n++) {
		own_namespace();
		spaces[n] = namespace_fd();
	}
	for (int i = 0; i < options.count; i++) {
		for (int n = 0; n < 2; n++) {
			enter_namespace(spaces[n]);
			open_equal(&client[n], &server[n], i);
		}
		for (int n = 0; n < 2; n++) {
			send_bytes(&client[n], 5 + n);
			close_side(&client[n], "local_fin", NULL);
			receive_to_end(&server[n]);
			close_side(&server[n], "remote_fin", NULL);
		}
	}
}

const struct row owner_rows[] = {
	{ "W1", w1, 7, "fork after accept; waits" },
	{ "W2", w2, 53, "prefork and SO_REUSEPORT workers" },
	{ "W3", w3, 7, "a descriptor passed on; waits" },
	{ "W4", w4, 53, "one thread connects, another closes" },
	{ "W7", w7, 11, "equal addresses and ports in two namespaces" },
	{ 0 },
};
