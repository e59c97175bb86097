/* L19 to L24: sockets that connect again, and ends and byte counts that the socket's error or counters do not reveal. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

struct pair {
	struct side client, server;
};

static int listener;

static void listen_in_own_namespace(void)
{
	union address address = address_of("127.0.0.1", options.port);

	own_namespace();
	listener = listen_on(&address, 128);
}

static void exchange(struct pair *p)
{
	send_bytes(&p->client, 101);
	receive_bytes(&p->server, 101);
	send_bytes(&p->server, 211);
	receive_bytes(&p->client, 211);
}

static struct pair new_pair(const char *what)
{
	union address address = name_of(listener);
	struct pair p = { client_side(&address), server_side() };

	p.client.what = p.server.what = what;
	return p;
}

static struct pair open_pair(const char *what)
{
	struct pair p = new_pair(what);

	connect_side(&p.client);
	accept_side(&p.server, listener);
	exchange(&p);
	return p;
}

/* Like close_side, but keeps the descriptor open. */
static void end_side(struct side *side, const char *reason, const char *error)
{
	side->closed = now();
	side->reason = reason;
	side->error = error;
	ledger_side(side);
}

static void await_error(struct side *side, int error)
{
	CHECK("an event", await_event(side->fd, POLLIN, 5000));
	CHECK("an error", socket_error(side->fd) == error);
}

/* ---- L19 ---- */

static int refused_once(const union address *to, int fd)
{
	struct side client = client_side(to);

	client.fd = fd;
	client.what = "refused, on a socket that tries again";
	client.opening = client.closing = now();
	CHECK("a refused connect", connect(fd, &to->any, size_of(to)) < 0 && errno == ECONNREFUSED);
	client.opened = now();
	end_side(&client, "refused", "connection_refused");
	return fd;
}

static void fin_by_client(struct pair *p)
{
	close_side(&p->client, "local_fin", NULL);
	receive_to_end(&p->server);
	close_side(&p->server, "remote_fin", NULL);
}

static void after_refusals(void)
{
	union address nobody = address_of("127.0.0.1", options.port + 1);
	struct pair p = new_pair("after five refusals");
	int fd = new_socket(&nobody, 0);

	for (int i = 0; i < 5; i++)
		refused_once(&nobody, fd);
	p.client.fd = fd;
	connect_side(&p.client);
	accept_side(&p.server, listener);
	exchange(&p);
	fin_by_client(&p);
}

static void after_disconnect(void)
{
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	struct pair first = open_pair("ended by AF_UNSPEC"), second = new_pair("after AF_UNSPEC");

	first.client.closing = first.server.closing = now();
	CHECK("AF_UNSPEC", connect(first.client.fd, &nobody, sizeof(nobody)) == 0);
	end_side(&first.client, "local_reset", NULL);
	await_error(&first.server, ECONNRESET);
	close_side(&first.server, "remote_reset", "connection_reset");
	second.client.fd = first.client.fd;
	connect_side(&second.client);
	accept_side(&second.server, listener);
	exchange(&second);
	fin_by_client(&second);
}

static void l19(void)
{
	listen_in_own_namespace();
	for (int i = 0; i < options.count; i++) {
		after_refusals();
		after_disconnect();
	}
}

/* ---- L20 ---- */

/* The request crosses the FIN of a server that closes idle connections: only the server's kernel sends a reset. */
static void data_after_close(struct side *first, struct side *second)
{
	first->closing = second->closing = now();
	close_side(first, "local_fin", NULL);
	send_bytes(second, 7);
	await_error(second, EPIPE);
	close_side(second, "remote_reset", "connection_reset");
}

static void data_after_shutdown(struct side *first, struct side *second)
{
	first->closing = second->closing = now();
	CHECK("shutdown", shutdown(first->fd, SHUT_RDWR) == 0);
	send_bytes(second, 7);
	await_error(second, EPIPE);
	close_side(second, "remote_reset", "connection_reset");
	close_side(first, "local_fin", NULL);
}

static void reset_after_shutdown(struct side *first, struct side *second)
{
	first->closing = second->closing = now();
	CHECK("shutdown", shutdown(first->fd, SHUT_WR) == 0);
	reset_at_close(second->fd);
	close_side(second, "local_reset", NULL);
	await_error(first, ECONNRESET);
	first->owner = first->client ? NULL : "close";
	close_side(first, "remote_reset", "connection_reset");
}

/*
 * Once the other end has acknowledged the FIN of a socket that its process has closed, the kernel replaces the socket
 * by a TIME_WAIT entry, unless its FIN_WAIT_2 may last for longer than a minute. The acknowledgement can be delayed by
 * 40 ms, and precedes the reset if this process is held up for as long. TCP_LINGER2 keeps the socket for the reset.
 */
static void reset_after_close(struct side *first, struct side *second)
{
	int seconds = 90;

	CHECK("TCP_LINGER2",
	      setsockopt(first->fd, IPPROTO_TCP, TCP_LINGER2, &seconds, sizeof(seconds)) == 0);
	first->closing = second->closing = now();
	close(first->fd);
	reset_at_close(second->fd);
	close_side(second, "local_reset", NULL);
	first->fd = -1;
	first->owner = first->client ? NULL : "close";
	close_side(first, "remote_reset", "connection_reset");
}

/* Whether only a TIME_WAIT entry is left of this side: its timer is of kind 3. */
static bool is_replaced(const struct side *side)
{
	FILE *table = fopen("/proc/thread-self/net/tcp", "re");
	unsigned local, peer, timer;
	bool replaced = false;
	char line[256];

	CHECK("/proc/thread-self/net/tcp", table);
	while (fgets(line, sizeof(line), table))
		if (sscanf(line, " %*d: %*x:%x %*x:%x %*x %*x:%*x %x:", &local, &peer, &timer) == 3)
			replaced |= (int)local == port_of(&side->local) &&
				    (int)peer == port_of(&side->peer) && timer == 3;
	fclose(table);
	return replaced;
}

/*
 * The reset finds no socket: the connection had ended with the acknowledgement of the FIN, which TCP_QUICKACK sends at
 * once when the receive queue is empty.
 */
static void reset_in_time_wait(struct side *first, struct side *second)
{
	int one = 1, tries = 5000;

	first->closing = second->closing = now();
	close_side(first, "local_fin", NULL);
	receive_to_end(second);
	CHECK("TCP_QUICKACK",
	      setsockopt(second->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one)) == 0);
	while (!is_replaced(first) && --tries)
		poll(NULL, 0, 1);
	CHECK("TIME_WAIT", tries);
	reset_at_close(second->fd);
	close_side(second, "local_reset", NULL);
}

static void each(const char *what, void (*end)(struct side *first, struct side *second))
{
	for (int i = 0; i < options.count; i++) {
		struct pair p = open_pair(what);

		end(i % 2 ? &p.client : &p.server, i % 2 ? &p.server : &p.client);
	}
}

static void l20(void)
{
	listen_in_own_namespace();
	each("data after close()", data_after_close);
	each("data after shutdown()", data_after_shutdown);
	each("reset after close()", reset_after_close);
	each("reset in TIME_WAIT", reset_in_time_wait);
	each("reset after shutdown()", reset_after_shutdown);
}

/* ---- L21 ---- */

/* With the link down there is no route: IP refuses each segment, and TCP retries. */
static void l21(void)
{
	struct ends e = two_namespaces();
	union address address = address_of("10.77.0.2", options.port);
	struct pair pairs[options.count];

	enter_namespace(e.far_fd);
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
		pairs[i].client.what = pairs[i].server.what = "refused by the stack";
	}
	enter_namespace(e.near_fd);
	interface_up("near", false);
	for (int i = 0; i < options.count; i++)
		send_bytes(&pairs[i].client, 5000 + i);
	sleep(2);
	interface_up("near", true);
	for (int i = 0; i < options.count; i++)
		receive_bytes(&pairs[i].server, 5000 + i);
	for (int i = 0; i < options.count; i++)
		fin_by_client(&pairs[i]);
	close(listener);
}

/* ---- L22 ---- */

static void repair(int fd, int value)
{
	CHECK("TCP_REPAIR", setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &value, sizeof(value)) == 0);
}

/* Returns the sequence number that will be sent next. */
static uint32_t next_sequence(int fd)
{
	int queue = 2; /* TCP_SEND_QUEUE */
	uint32_t sequence;
	socklen_t size = sizeof(sequence);

	repair(fd, 1);
	CHECK("TCP_REPAIR_QUEUE",
	      setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, &queue, sizeof(queue)) == 0);
	CHECK("TCP_QUEUE_SEQ", getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &sequence, &size) == 0);
	repair(fd, -1); /* off, without a probe */
	return sequence;
}

static uint16_t checksum(const void *data, size_t size)
{
	const uint16_t *words = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < size / 2; i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* Injects an ICMP error of a router: the host of a segment still in flight is unreachable. */
static void host_unreachable(const struct side *side)
{
	struct {
		struct icmphdr icmp;
		struct iphdr ip;
		uint16_t source, dest;
		uint32_t sequence;
	} message = {
		.icmp = { .type = ICMP_DEST_UNREACH, .code = ICMP_HOST_UNREACH },
		.ip = { .version = 4,
			.ihl = 5,
			.tot_len = htons(60),
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.saddr = side->local.v4.sin_addr.s_addr,
			.daddr = side->peer.v4.sin_addr.s_addr },
		.source = side->local.v4.sin_port,
		.dest = side->peer.v4.sin_port,
		.sequence = htonl(next_sequence(side->fd)),
	};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	union address to = side->local;

	message.ip.check = checksum(&message.ip, sizeof(message.ip));
	message.icmp.checksum = checksum(&message, sizeof(message));
	CHECK("an ICMP message",
	      sendto(fd, &message, sizeof(message), 0, &to.any, sizeof(to.v4)) == sizeof(message));
	close(fd);
	CHECK("a pending error", await_event(side->fd, POLLERR, 5000));
}

static struct pair with_pending_error(const char *what, bool of_client)
{
	struct pair p = open_pair(what);
	struct side *side = of_client ? &p.client : &p.server;
	int one = 1;

	CHECK("IP_RECVERR", setsockopt(side->fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) == 0);
	host_unreachable(side);
	return p;
}

static void l22(void)
{
	listen_in_own_namespace();
	for (int i = 0; i < options.count; i++) {
		bool of_client = i % 2;
		struct pair p = with_pending_error("an ICMP error, then a FIN", of_client);
		struct side *first = of_client ? &p.client : &p.server,
			    *second = of_client ? &p.server : &p.client;

		close_side(first, "local_fin", NULL);
		receive_to_end(second);
		close_side(second, "remote_fin", NULL);

		p = with_pending_error("an ICMP error, then the last FIN", of_client);
		first->closing = second->closing = now();
		close_side(second, "local_fin", NULL);
		CHECK("a FIN", await_event(first->fd, POLLRDHUP, 5000));
		close_side(first, "remote_fin", NULL);

		p = with_pending_error("an ICMP error, then a reset", of_client);
		first->closing = second->closing = now();
		reset_at_close(first->fd);
		close_side(first, "local_reset", NULL);
		await_error(second, ECONNRESET);
		close_side(second, "remote_reset", "connection_reset");
	}
}

/* ---- L23 ---- */

/* Like CRIU when it migrates a connection: in repair mode close() sends nothing to the other end. */
static void l23(void)
{
	listen_in_own_namespace();
	for (int i = 0; i < options.count; i++) {
		struct pair p = open_pair("taken elsewhere");
		struct side *taken = i % 2 ? &p.client : &p.server,
			    *left = i % 2 ? &p.server : &p.client;

		taken->closing = left->closing = now();
		repair(taken->fd, 1);
		taken->owner = taken->client ? NULL : "close";
		close_side(taken, "repair", NULL);
		reset_at_close(left->fd);
		close_side(left, "local_reset", NULL);
	}
}

/* ---- L24 ---- */

static void neighbour(const char *device, const char *ip, const unsigned char *address)
{
	union address a = address_of(ip, 0);
	struct arpreq r = { .arp_ha = { .sa_family = ARPHRD_ETHER },
			    .arp_flags = ATF_PERM | ATF_COM };
	int fd = new_socket(&a, 0);

	memcpy(&r.arp_pa, &a.any, sizeof(r.arp_pa));
	memcpy(r.arp_ha.sa_data, address, 6);
	strcpy(r.arp_dev, device);
	CHECK("SIOCSARP", ioctl(fd, SIOCSARP, &r) == 0);
	close(fd);
}

/* Removes the neighbour entry that was learned while the link came up. */
static void forget_neighbour(const char *device, const char *ip)
{
	union address a = address_of(ip, 0);
	struct arpreq r = { 0 };
	int fd = new_socket(&a, 0);

	memcpy(&r.arp_pa, &a.any, sizeof(r.arp_pa));
	strcpy(r.arp_dev, device);
	CHECK("SIOCDARP", ioctl(fd, SIOCDARP, &r) == 0);
	close(fd);
}

static bool is_handshake_over(int fd)
{
	struct tcp_info info;
	socklen_t size = sizeof(info);

	CHECK("TCP_INFO", getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	return info.tcpi_state != TCP_SYN_RECV;
}

static void hardware_address(const char *device, unsigned char *address)
{
	union address any = address_of("0.0.0.0", 0);
	struct ifreq r = { 0 };
	int fd = new_socket(&any, 0);

	strcpy(r.ifr_name, device);
	CHECK("SIOCGIFHWADDR", ioctl(fd, SIOCGIFHWADDR, &r) == 0);
	memcpy(address, r.ifr_hwaddr.sa_data, 6);
	close(fd);
}

/* Sends a SYN with data; the server answers it and closes. */
static struct pair early(const struct ends *e, const union address *to)
{
	struct pair p = { .client = client_side(to) };
	char data[101] = "";

	p.client.peer_netns = e->far;
	p.client.fd = new_socket(to, SOCK_NONBLOCK);
	p.client.opening = now();
	CHECK("a SYN with data", sendto(p.client.fd, data, sizeof(data), MSG_FASTOPEN, &to->any,
					size_of(to)) == sizeof(data));
	p.client.sent = sizeof(data);
	enter_namespace(e->far_fd);
	p.server = server_side();
	p.server.peer_netns = e->near;
	p.server.opening = p.client.opening;
	accept_side(&p.server, listener);
	receive_bytes(&p.server, sizeof(data));
	send_bytes(&p.server, 23);
	CHECK("a handshake under way", !is_handshake_over(p.server.fd));
	close_side(&p.server, "local_fin", NULL);
	enter_namespace(e->near_fd);
	return p;
}

/*
 * The SYN-ACKs reach the client only after all servers have closed: the far end has to resolve the address of the near
 * end, which does not answer ARP requests until then.
 */
static void l24(void)
{
	struct ends e = two_namespaces();
	union address address = address_of("10.77.0.2", options.port);
	struct side clients[options.count];
	unsigned char far[6];
	int queue = options.count;

	set_sysctl("ipv4/conf/near/arp_ignore", "8");
	enter_namespace(e.far_fd);
	set_sysctl("ipv4/tcp_fastopen", "1539"); /* 0x603: both ends, without a cookie */
	set_sysctl("ipv4/neigh/far/retrans_time_ms", "50");
	set_sysctl("ipv4/neigh/far/mcast_solicit", "200");
	hardware_address("far", far);
	forget_neighbour("far", "10.77.0.1");
	listener = listen_on(&address, 128);
	CHECK("TCP_FASTOPEN",
	      setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)) == 0);
	enter_namespace(e.near_fd);
	set_sysctl("ipv4/tcp_fastopen", "5"); /* a client, without a cookie */
	neighbour("near", "10.77.0.2", far);
	for (int i = 0; i < options.count; i++)
		clients[i] = early(&e, &address).client;
	set_sysctl("ipv4/conf/near/arp_ignore", "0");
	for (int i = 0; i < options.count; i++) {
		CHECK("a FIN", await_event(clients[i].fd, POLLRDHUP, 10000));
		clients[i].opened = now();
		clients[i].established = true;
		learn_names(&clients[i]);
		receive_to_end(&clients[i]);
		close_side(&clients[i], "remote_fin", NULL);
	}
	close(listener);
}

const struct row again_rows[] = {
	{ "L19", l19, 20, "sockets that connect again, refused or disconnected before" },
	{ "L20", l20, 10, "data or a reset after the FIN" },
	{ "L21", l21, 7, "the stack refuses to send, for two seconds" },
	{ "L22", l22, 10, "an ICMP error that is pending at the end" },
	{ "L23", l23, 10, "connections taken elsewhere by TCP_REPAIR" },
	{ "L24", l24, 5, "Fast Open servers that close before the handshake is over" },
	{ 0 },
};
