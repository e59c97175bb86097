/* L16: UDP. A flow consists of a socket and a peer. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static int udp_socket(const union address *name)
{
	int fd = socket(name->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK("socket", fd >= 0);
	CHECK("bind", bind(fd, &name->any, size_of(name)) == 0);
	return fd;
}

/* Like a DNS server: one socket with many peers and a flow for each, and an answer of 101 bytes to each datagram. */
static void serve(const union address *address, int peers, int ready)
{
	struct side flows[peers];
	int fd = udp_socket(address), known = 0;

	post(ready);
	for (int ended = 0; ended < peers;) {
		union address peer = { 0 };
		socklen_t size = sizeof(peer);
		char data[2048];
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, &peer.any, &size);
		int i = 0;

		CHECK("recvfrom", n > 0);
		while (i < known && memcmp(&flows[i].peer, &peer, size) != 0)
			i++;
		if (i == known) {
			flows[known] = server_side();
			flows[known].udp = true;
			flows[known].local = *address;
			flows[known].peer = peer;
			flows[known++].opened = flows[i].closing = now();
		}
		flows[i].received += n;
		flows[i].datagrams_received++;
		CHECK("sendto", sendto(fd, data, 101, 0, &peer.any, size) == 101);
		flows[i].sent += 101;
		flows[i].datagrams_sent++;
		ended += data[0] == 'l'; /* the last one of the peer */
	}
	for (int i = 0; i < known; i++) {
		flows[i].closed = now();
		ledger_side(&flows[i]);
	}
	end_child();
}

static void ask(const union address *to, int number, bool connected)
{
	union address any =
		to->any.sa_family == AF_INET ? address_of("127.0.0.1", 0) : address_of("::1", 0);
	struct side client = client_side(to);
	char data[256] = { 0 };
	union address answerer;
	socklen_t size_answer;

	client.udp = true;
	client.what = connected ? "connected" : "unconnected";
	client.fd = udp_socket(&any);
	client.tid = -1;
	client.local = name_of(client.fd);
	if (connected)
		CHECK("connect", connect(client.fd, &to->any, size_of(to)) == 0);
	client.opening = client.closing = now();
	for (int i = 0; i <= number % 5; i++) {
		int size = 17 + number;

		data[0] = i == number % 5 ? 'l' : '-';
		if (connected)
			CHECK("send", send(client.fd, data, size, 0) == size);
		else
			CHECK("sendto",
			      sendto(client.fd, data, size, 0, &to->any, size_of(to)) == size);
		if (i == 0)
			client.opened = now();
		client.sent += size;
		client.datagrams_sent++;
		size_answer = sizeof(
			answerer); /* requested; without it only the kernel knows which peer answers */
		CHECK("recvfrom", recvfrom(client.fd, data, sizeof(data), 0, &answerer.any,
					   &size_answer) == 101);
		client.received += 101;
		client.datagrams_received++;
	}
	close_side(&client, NULL, NULL);
}

static void refused(const union address *to)
{
	union address any = address_of("127.0.0.1", 0);
	struct side client = client_side(to);
	char byte = 0;

	client.udp = true;
	client.what = "refused";
	client.fd = udp_socket(&any);
	client.tid = -1;
	client.local = name_of(client.fd);
	CHECK("connect", connect(client.fd, &to->any, size_of(to)) == 0);
	client.opening = client.closing = now();
	CHECK("send", send(client.fd, &byte, 1, 0) == 1);
	client.opened = now();
	client.sent = client.datagrams_sent = 1;
	CHECK("an ICMP error", recv(client.fd, &byte, 1, 0) < 0 && errno == ECONNREFUSED);
	close_side(&client, NULL, "connection_refused");
}

static pid_t start_udp_server(const union address *address)
{
	int ready[2];
	pid_t child;

	CHECK("pipe", pipe(ready) == 0);
	child = start_child();
	if (child == 0)
		serve(address, 2 * options.count, ready[1]);
	await_post(ready[0]);
	return child;
}

static void l16(void)
{
	union address v4 = address_of("127.0.0.1", 53), v6 = address_of("::1", 53);
	union address closed = address_of("127.0.0.1", 54);
	pid_t servers[2];

	own_namespace();
	servers[0] = start_udp_server(&v4);
	servers[1] = start_udp_server(&v6);
	for (int i = 0; i < options.count; i++) {
		ask(&v4, i, true);
		ask(&v4, i, false);
		ask(&v6, i, true);
		ask(&v6, i, false);
		refused(&closed);
	}
	await_child(servers[0]);
	await_child(servers[1]);
}

const struct row udp_rows[] = {
	{ "L16", l16, 23, "UDP: connected, unconnected, refused; a server with many peers" },
	{ 0 },
};
