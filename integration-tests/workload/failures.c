/* L4, L5, L6, L7, L9: connections that fail. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

/* A bound socket, since the kernel forgets an ephemeral port once the connect is refused. */
static void bind_side(struct side *side, const char *ip, int port)
{
	union address name = address_of(ip, port);

	side->fd = new_socket(&side->peer, 0);
	CHECK("bind", bind(side->fd, &name.any, size_of(&name)) == 0);
	side->local = name_of(side->fd);
}

static void failed(struct side *side, const char *reason, const char *error)
{
	side->established = false;
	close_side(side, reason, error);
}

/* Every other client is bound to a port, so that its address is known. */
static void refused_blocking(const union address *to, bool named)
{
	struct side client = client_side(to);

	if (named)
		bind_side(&client, "127.0.0.1", 0);
	else
		client.fd = new_socket(to, 0);
	client.opening = client.closing = now();
	CHECK("a refused connect",
	      connect(client.fd, &to->any, size_of(to)) < 0 && errno == ECONNREFUSED);
	client.opened = now();
	failed(&client, "refused", "connection_refused");
}

/* With this local port, or, if it is 0, with an ephemeral one, which is then unknown. */
static void refused_nonblocking(const union address *to, int port)
{
	struct side client = client_side(to);
	int one = 1;

	client.fd = new_socket(to, SOCK_NONBLOCK);
	if (port) {
		setsockopt(client.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		client.local = address_of("127.0.0.1", port);
		CHECK("bind", bind(client.fd, &client.local.any, size_of(to)) == 0);
	}
	client.opening = client.closing = now();
	CHECK("a connect in progress",
	      connect(client.fd, &to->any, size_of(to)) < 0 && errno == EINPROGRESS);
	client.opened = now();
	CHECK("an event", await_event(client.fd, POLLOUT, 5000));
	CHECK("a refusal", socket_error(client.fd) == ECONNREFUSED);
	failed(&client, "refused", "connection_refused");
}

static void l4(void)
{
	union address to = address_of("127.0.0.1", options.port);

	own_namespace();
	for (int i = 0; i < options.count; i++)
		refused_blocking(&to, i % 2 == 0);
}

static void l5(void)
{
	union address to = address_of("127.0.0.1", options.port);

	own_namespace();
	for (int i = 0; i < options.count; i++)
		refused_nonblocking(&to, 0);
}

static void l9(void)
{
	union address to = address_of("127.0.0.1", options.port);
	struct side client, server = server_side();
	int listener;

	own_namespace();
	for (int i = 0; i < options.count; i++)
		refused_nonblocking(&to, 33013 + i % 30011);
	listener = listen_on(&to, 1);
	client = client_side(&to);
	bind_side(&client, "127.0.0.1", 9001); /* an address that no refused client had */
	client.what = server.what = "the good one";
	server.netns = server.peer_netns = client.netns;
	connect_side(&client);
	accept_side(&server, listener);
	send_bytes(&client, 7);
	receive_bytes(&server, 7);
	close_side(&client, "local_fin", NULL);
	receive_to_end(&server);
	close_side(&server, "remote_fin", NULL);
	close(listener);
}

/* A listener whose queue is full does not answer SYNs. `filler` fills it. */
static int full_listener(const union address *address, struct side *filler)
{
	int listener = listen_on(address, 0);

	*filler = client_side(address);
	filler->what = "fills the queue";
	connect_side(filler);
	return listener;
}

static void end_filler(int listener, struct side *filler)
{
	struct side server = server_side();

	server.what = filler->what;
	server.closing = filler->opening;
	accept_side(&server, listener);
	close_side(filler, "local_fin", NULL);
	receive_to_end(&server);
	close_side(&server, "remote_fin", NULL);
	close(listener);
}

static struct side start_unanswered(const union address *to, const char *what)
{
	struct side client = client_side(to);

	client.fd = new_socket(to, SOCK_NONBLOCK);
	client.what = what;
	client.opening = now();
	CHECK("a connect in progress",
	      connect(client.fd, &to->any, size_of(to)) < 0 && errno == EINPROGRESS);
	client.opened = now();
	client.local = name_of(client.fd);
	return client;
}

static void await_timeout(struct side *client)
{
	client->closing = client->opening;
	CHECK("an event", await_event(client->fd, POLLOUT, 30000));
	CHECK("a timeout", socket_error(client->fd) == ETIMEDOUT);
	client->retransmits = 1;
	failed(client, "timeout", "timed_out");
}

/* Up to `count` connects time out after one more SYN, and twice as many are aborted by their program. */
static void swallowed(int timeouts, int aborts)
{
	union address to = address_of("127.0.0.1", options.port);
	struct side filler, waiting[timeouts + 1], aborted[aborts + 1];
	int listener;

	own_namespace();
	set_sysctl("ipv4/tcp_syn_retries", "1");
	try_sysctl("ipv4/tcp_syn_linear_timeouts", "0"); /* since 6.5 */
	listener = full_listener(&to, &filler);
	for (int i = 0; i < timeouts; i++)
		waiting[i] = start_unanswered(&to, "timeout");
	for (int i = 0; i < aborts; i++)
		aborted[i] = start_unanswered(&to, "closed while connecting");
	for (int i = 0; i < aborts; i++)
		failed(&aborted[i], "aborted", "aborted");
	for (int i = 0; i < timeouts; i++)
		await_timeout(&waiting[i]);
	end_filler(listener, &filler);
}

static void l6(void)
{
	swallowed(options.count, options.count + 4);
}

static void syn_timeout(void)
{
	swallowed(options.count, 0);
}

static void aborted_connect(void)
{
	swallowed(0, options.count);
}

/* Both fail before the socket changes its state: no route, and a local address that does not exist. */
static void stateless_failures(void)
{
	union address nowhere = address_of("10.99.0.1", options.port),
		      foreign = address_of("10.99.0.2", 0);
	int fd = new_socket(&nowhere, 0);

	CHECK("no route", connect(fd, &nowhere.any, size_of(&nowhere)) < 0 && errno == ENETUNREACH);
	close(fd);
	fd = new_socket(&foreign, 0);
	CHECK("a foreign address",
	      bind(fd, &foreign.any, size_of(&foreign)) < 0 && errno == EADDRNOTAVAIL);
	close(fd);
}

/* With an ephemeral range of one port, the second connection gets none. */
static void out_of_ports(const union address *server)
{
	struct side first = client_side(server), second = client_side(server),
		    accepted = server_side();
	int listener = listen_on(server, 1);

	set_sysctl("ipv4/ip_local_port_range", "40009 40009");
	first.what = second.what = accepted.what = "no port left";
	connect_side(&first);
	accept_side(&accepted, listener);
	second.fd = new_socket(server, 0);
	second.opening = second.closing = now();
	CHECK("no port",
	      connect(second.fd, &server->any, size_of(server)) < 0 && errno == EADDRNOTAVAIL);
	second.opened = now();
	failed(&second, "aborted|unknown", "address_not_available");
	reset_at_close(first.fd);
	close_side(&first, "local_reset", NULL);
	CHECK("a reset", await_event(accepted.fd, POLLIN, 1000));
	accepted.closing = first.closing;
	close_side(&accepted, "remote_reset", "connection_reset");
	close(listener);
}

/* The same pair of addresses and ports twice. */
static void port_in_use(const union address *server)
{
	struct side first = client_side(server), second = client_side(server),
		    accepted = server_side();
	union address name = address_of("127.0.0.1", 20011);
	int one = 1, listener = listen_on(server, 1);

	first.what = second.what = accepted.what = "port in use";
	first.fd = new_socket(server, 0);
	second.fd = new_socket(server, 0);
	setsockopt(first.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(second.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK("bind", bind(first.fd, &name.any, size_of(&name)) == 0);
	CHECK("bind", bind(second.fd, &name.any, size_of(&name)) == 0);
	connect_side(&first);
	accept_side(&accepted, listener);
	second.opening = second.closing = now();
	CHECK("a port in use",
	      connect(second.fd, &server->any, size_of(server)) < 0 && errno == EADDRNOTAVAIL);
	second.opened = now();
	failed(&second, "aborted|unknown", "address_not_available|address_in_use");
	reset_at_close(first.fd);
	close_side(&first, "local_reset", NULL);
	CHECK("a reset", await_event(accepted.fd, POLLIN, 1000));
	accepted.closing = first.closing;
	close_side(&accepted, "remote_reset", "connection_reset");
	close(listener);
}

static void unreachable(const char *what, const char *address, int error, const char *error_type)
{
	union address to = address_of(address, options.port);
	struct side client = client_side(&to);

	client.what = what;
	client.peer_netns = 0;
	bind_side(&client, "10.77.0.1", 0);
	client.opening = client.closing = now();
	CHECK(what, connect(client.fd, &to.any, size_of(&to)) < 0 && errno == error);
	client.opened = now();
	failed(&client, "unreachable", error_type);
}

/* No host answers ARP for 10.77.0.9, and the router 10.77.0.2 has no route to 10.99.0.1. */
static void unreachable_by_network(bool host, bool net)
{
	struct ends e = two_namespaces();

	enter_namespace(e.far_fd);
	set_sysctl("ipv4/ip_forward", "1");
	set_sysctl("ipv4/icmp_ratelimit", "0");
	enter_namespace(e.near_fd);
	default_route("10.77.0.2");
	set_sysctl("ipv4/neigh/near/mcast_solicit", "1");
	set_sysctl("ipv4/neigh/near/retrans_time_ms", "100");
	for (int i = 0; host && i < options.count; i++)
		unreachable("host unreachable", "10.77.0.9", EHOSTUNREACH, "host_unreachable");
	for (int i = 0; net && i < options.count; i++)
		unreachable("network unreachable", "10.99.0.1", ENETUNREACH, "network_unreachable");
}

static void l7(void)
{
	union address server = address_of("127.0.0.1", options.port);

	own_namespace();
	stateless_failures();
	port_in_use(&server);
	out_of_ports(&server);
	unreachable_by_network(true, true);
}

static void host_unreachable(void)
{
	unreachable_by_network(true, false);
}

static void network_unreachable(void)
{
	unreachable_by_network(false, true);
}

const struct row failure_rows[] = {
	{ "L4", l4, 101, "refused, blocking socket" },
	{ "L5", l5, 101, "refused, non-blocking socket" },
	{ "L6", l6, 13, "SYN swallowed: times out, or is given up" },
	{ "L7", l7, 7, "no route, unreachable, no port, port in use" },
	{ "L9", l9, 100003, "refused connects, then a good one" },
	{ "marker", l4, 1, "refused: one that tells that all before it was seen" },
	{ "refused", l4, 11, "refused" },
	{ "syn_timeout", syn_timeout, 7, "no answer to the SYN" },
	{ "aborted", aborted_connect, 11, "closed while connecting" },
	{ "host_unreachable", host_unreachable, 5, "nobody has the address" },
	{ "network_unreachable", network_unreachable, 5, "a router knows no way" },
	{ 0 },
};
