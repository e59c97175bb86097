/* The ways to end by a timeout: keepalive, retransmission, TCP_USER_TIMEOUT. The address of the far end is removed. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

static void set_tcp(int fd, int option, int value)
{
	CHECK("a TCP option", setsockopt(fd, IPPROTO_TCP, option, &value, sizeof(value)) == 0);
}

static void by_keepalive(struct side *client)
{
	int one = 1;

	set_tcp(client->fd, TCP_KEEPIDLE, 1);
	set_tcp(client->fd, TCP_KEEPINTVL, 1);
	set_tcp(client->fd, TCP_KEEPCNT, 1);
	CHECK("SO_KEEPALIVE",
	      setsockopt(client->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)) == 0);
}

static void by_retransmission(struct side *client)
{
	set_sysctl("ipv4/tcp_retries2", "1");
	send_bytes(client, 17);
}

static void by_user_timeout(struct side *client)
{
	set_tcp(client->fd, TCP_USER_TIMEOUT, 1000);
	send_bytes(client, 17);
}

static void await_timeout(struct side *client)
{
	CHECK("an event", await_event(client->fd, POLLIN, 60000));
	CHECK("a timeout", socket_error(client->fd) == ETIMEDOUT);
	close_side(client, "timeout", "timed_out");
}

/*
 * The address of the far end is removed, so that nothing answers. Its interface stays up, and the near end does not
 * resolve its neighbour again before the timeout, which would make it unreachable.
 */
static void timeouts(const char *what, void (*provoke)(struct side *client))
{
	struct ends e = two_namespaces();
	union address address = address_of("10.77.0.2", options.port);
	struct side client[options.count], server[options.count];
	int listener;

	set_sysctl("ipv4/neigh/near/base_reachable_time_ms", "600000");
	set_sysctl("ipv4/neigh/near/delay_first_probe_time", "600");
	enter_namespace(e.far_fd);
	listener = listen_on(&address, 16);
	for (int i = 0; i < options.count; i++) {
		enter_namespace(e.near_fd);
		client[i] = client_side(&address);
		client[i].peer_netns = e.far;
		connect_side(&client[i]);
		enter_namespace(e.far_fd);
		server[i] = server_side();
		server[i].peer_netns = e.near;
		accept_side(&server[i], listener);
		client[i].what = server[i].what = what;
	}
	interface_address("far", "10.78.0.2"); /* instead of the one that the clients know */
	enter_namespace(e.near_fd);
	for (int i = 0; i < options.count; i++) {
		client[i].closing = now();
		provoke(&client[i]);
	}
	for (int i = 0; i < options.count; i++)
		await_timeout(&client[i]);
	/* The far ends have noticed nothing; since they would get no answer, their program resets them. */
	enter_namespace(e.far_fd);
	for (int i = 0; i < options.count; i++) {
		server[i].closing = client[i].closing;
		reset_at_close(server[i].fd);
		close_side(&server[i], "local_reset", NULL);
	}
	close(listener);
}

static void keepalive_timeout(void)
{
	timeouts("keepalive", by_keepalive);
}

static void retransmission_timeout(void)
{
	timeouts("retransmission", by_retransmission);
}

static void user_timeout(void)
{
	timeouts("TCP_USER_TIMEOUT", by_user_timeout);
}

const struct row timeout_rows[] = {
	{ "keepalive", keepalive_timeout, 7, "keepalive is not answered" },
	{ "retransmission", retransmission_timeout, 7, "data are not acknowledged" },
	{ "user_timeout", user_timeout, 7, "data are not acknowledged within TCP_USER_TIMEOUT" },
	{ 0 },
};
