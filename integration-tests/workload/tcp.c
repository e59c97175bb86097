#define _GNU_SOURCE
#include "workload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

union address address_of(const char *ip, int port)
{
	union address a = { 0 };

	if (inet_pton(AF_INET, ip, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(port);
	} else {
		CHECK(ip, inet_pton(AF_INET6, ip, &a.v6.sin6_addr) == 1);
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(port);
	}
	return a;
}

socklen_t size_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

int port_of(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET ? address->v4.sin_port
						       : address->v6.sin6_port);
}

int new_socket(const union address *address, int flags)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	CHECK("socket", fd >= 0);
	return fd;
}

int listen_on(const union address *address, int backlog)
{
	int one = 1, fd = new_socket(address, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK("bind", bind(fd, &address->any, size_of(address)) == 0);
	CHECK("listen", listen(fd, backlog) == 0);
	return fd;
}

union address name_of(int fd)
{
	union address address = { 0 };
	socklen_t size = sizeof(address);

	CHECK("getsockname", getsockname(fd, &address.any, &size) == 0);
	return address;
}

/* A side at its beginning, with nothing sent and nothing received. */
static struct side new_side(void)
{
	struct side side = { .fd = -1,
			     .pid = getpid(),
			     .tid = gettid(),
			     .netns = current_namespace(),
			     .uid = getuid() };

	side.peer_netns = side.netns;
	side.retransmits = -1;
	return side;
}

struct side client_side(const union address *to)
{
	struct side side = new_side();

	side.client = true;
	side.peer = *to;
	side.local.any.sa_family = to->any.sa_family;
	return side;
}

/* The thread of a server is the one that closes, which is not yet known. */
struct side server_side(void)
{
	struct side side = new_side();

	side.tid = -1;
	return side;
}

void learn_names(struct side *side)
{
	socklen_t size = sizeof(side->peer);

	side->local = name_of(side->fd);
	CHECK("getpeername", getpeername(side->fd, &side->peer.any, &size) == 0);
}

/* Connects with a new socket, or with the existing one. */
void connect_side(struct side *side)
{
	if (side->fd < 0)
		side->fd = new_socket(&side->peer, 0);
	side->opening = now();
	CHECK("connect", connect(side->fd, &side->peer.any, size_of(&side->peer)) == 0);
	side->opened = now();
	side->established = true;
	learn_names(side);
}

void accept_side(struct side *side, int listener)
{
	side->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	CHECK("accept", side->fd >= 0);
	side->opened = now();
	side->established = true;
	learn_names(side);
}

void send_bytes(struct side *side, long count)
{
	static const char zeroes[1 << 16];

	while (count > 0) {
		ssize_t n = send(side->fd, zeroes,
				 count < (long)sizeof(zeroes) ? count : (long)sizeof(zeroes),
				 MSG_NOSIGNAL);

		CHECK("send", n > 0);
		side->sent += n;
		count -= n;
	}
}

void receive_bytes(struct side *side, long count)
{
	char bytes[1 << 16];

	while (count > 0) {
		ssize_t n = recv(side->fd, bytes,
				 count < (long)sizeof(bytes) ? count : (long)sizeof(bytes), 0);

		CHECK("recv", n > 0);
		side->received += n;
		count -= n;
	}
}

void receive_to_end(struct side *side)
{
	char bytes[1 << 16];
	ssize_t n;

	while ((n = recv(side->fd, bytes, sizeof(bytes), 0)) > 0)
		side->received += n;
	CHECK("recv", n == 0);
}

bool await_event(int fd, short events, int milliseconds)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, milliseconds);

	CHECK("poll", n >= 0);
	return n > 0;
}

int socket_error(int fd)
{
	int error = 0;
	socklen_t size = sizeof(error);

	CHECK("SO_ERROR", getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
	return error;
}

void reset_at_close(int fd)
{
	struct linger none = { .l_onoff = 1, .l_linger = 0 };

	CHECK("SO_LINGER", setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)) == 0);
}

/* Closes the side, and enters it into the ledger. */
void close_side(struct side *side, const char *reason, const char *error)
{
	if (side->closing.real == 0)
		side->closing = now();
	close(side->fd);
	side->fd = -1;
	side->closed = now();
	side->reason = reason;
	side->error = error;
	ledger_side(side);
}
