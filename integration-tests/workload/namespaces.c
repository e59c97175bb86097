#define _GNU_SOURCE
#include "workload.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static __thread ino_t known;

ino_t current_namespace(void)
{
	struct stat s;

	if (known == 0) {
		CHECK("/proc/thread-self/ns/net", stat("/proc/thread-self/ns/net", &s) == 0);
		known = s.st_ino;
	}
	return known;
}

#define MOST 8

static ino_t held[MOST];
static int held_fds[MOST], held_count;

/*
 * Creates and enters a namespace, brings its loopback up, and records it in the ledger: all connections in it are the row's.
 * It is held until the end of the row, since the kernel would otherwise reuse its inode.
 */
ino_t own_namespace(void)
{
	CHECK("a network namespace", held_count < MOST && unshare(CLONE_NEWNET) == 0);
	known = 0;
	held[held_count] = current_namespace();
	held_fds[held_count++] = namespace_fd();
	interface_up("lo", true);
	ledger_namespace(current_namespace());
	return current_namespace();
}

void release_namespace(ino_t inode)
{
	for (int i = 0; i < held_count; i++)
		if (held[i] == inode)
			close(held_fds[i]);
	ledger_namespace_gone(inode);
}

int namespace_fd(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	CHECK("/proc/thread-self/ns/net", fd >= 0);
	return fd;
}

void enter_namespace(int fd)
{
	CHECK("setns", setns(fd, CLONE_NEWNET) == 0);
	known = 0;
}

/* NAME is a path below /proc/sys/net, which shows the values of the current namespace. */
bool try_sysctl(const char *name, const char *value)
{
	char path[256];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, value, strlen(value)) > 0;
	close(fd);
	return done;
}

void set_sysctl(const char *name, const char *value)
{
	CHECK(name, try_sysctl(name, value));
}

static void interface_ioctl(unsigned long request, struct ifreq *ifr, const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(ifr->ifr_name, name);
	CHECK(name, ioctl(fd, request, ifr) == 0);
	close(fd);
}

void interface_up(const char *name, bool up)
{
	struct ifreq ifr = { 0 };

	interface_ioctl(SIOCGIFFLAGS, &ifr, name);
	ifr.ifr_flags = up ? ifr.ifr_flags | IFF_UP : ifr.ifr_flags & ~IFF_UP;
	interface_ioctl(SIOCSIFFLAGS, &ifr, name);
}

/* ADDRESS/24 */
void interface_address(const char *name, const char *address)
{
	struct ifreq ifr = { 0 };
	union address a = address_of(address, 0);

	ifr.ifr_addr = a.any;
	interface_ioctl(SIOCSIFADDR, &ifr, name);
	a = address_of("255.255.255.0", 0);
	ifr.ifr_netmask = a.any;
	interface_ioctl(SIOCSIFNETMASK, &ifr, name);
}

void default_route(const char *gateway)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	route.rt_dst = address_of("0.0.0.0", 0).any;
	route.rt_genmask = address_of("0.0.0.0", 0).any;
	route.rt_gateway = address_of(gateway, 0).any;
	CHECK("a default route", ioctl(fd, SIOCADDRT, &route) == 0);
	close(fd);
}

struct message {
	struct nlmsghdr header;
	struct ifinfomsg info;
	char attributes[512];
};

static struct rtattr *add(struct message *m, int type, const void *data, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)m + NLMSG_ALIGN(m->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(a), data, size);
	m->header.nlmsg_len = NLMSG_ALIGN(m->header.nlmsg_len) + RTA_ALIGN(a->rta_len);
	return a;
}

static void end_of(struct message *m, struct rtattr *a)
{
	a->rta_len = (char *)m + m->header.nlmsg_len - (char *)a;
}

static void acknowledged(const char *what, const void *message, size_t size)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	CHECK(what, send(fd, message, size, 0) == (ssize_t)size);
	CHECK(what, recv(fd, &answer, sizeof(answer), 0) >=
			    (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)));
	errno = -answer.error.error;
	CHECK(what, answer.header.nlmsg_type == NLMSG_ERROR && answer.error.error == 0);
	close(fd);
}

void make_veth(const char *name, const char *peer, int peer_namespace_fd)
{
	struct message m = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			    .nlmsg_type = RTM_NEWLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK },
	};
	struct ifinfomsg peer_info = { 0 };
	struct rtattr *link, *data, *other;

	add(&m, IFLA_IFNAME, name, strlen(name) + 1);
	link = add(&m, IFLA_LINKINFO, NULL, 0);
	add(&m, IFLA_INFO_KIND, "veth", 4);
	data = add(&m, IFLA_INFO_DATA, NULL, 0);
	other = add(&m, VETH_INFO_PEER, &peer_info, sizeof(peer_info));
	add(&m, IFLA_IFNAME, peer, strlen(peer) + 1);
	if (peer_namespace_fd >= 0)
		add(&m, IFLA_NET_NS_FD, &peer_namespace_fd, sizeof(peer_namespace_fd));
	end_of(&m, other);
	end_of(&m, data);
	end_of(&m, link);
	acknowledged("a veth pair", &m, m.header.nlmsg_len);
}

/* A new link loses packets until its queues are set up, and a lost SYN costs a second. */
static void await_link(const struct ends *e)
{
	union address far = address_of("10.77.0.2", 9);
	int to, from;
	struct pollfd p = { .events = POLLIN };

	enter_namespace(e->far_fd);
	to = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK("bind", bind(to, &far.any, size_of(&far)) == 0);
	enter_namespace(e->near_fd);
	from = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	p.fd = to;
	do {
		sendto(from, "", 1, 0, &far.any, size_of(&far));
	} while (poll(&p, 1, 5) == 0);
	close(to);
	close(from);
}

/* Returns with the caller in the near namespace. */
struct ends two_namespaces(void)
{
	struct ends e;

	e.far = own_namespace();
	e.far_fd = namespace_fd();
	e.near = own_namespace();
	e.near_fd = namespace_fd();
	make_veth("near", "far", e.far_fd);
	interface_address("near", "10.77.0.1");
	interface_up("near", true);
	enter_namespace(e.far_fd);
	interface_address("far", "10.77.0.2");
	interface_up("far", true);
	await_link(&e);
	return e;
}
