/* M1: MPTCP. The kernel joins subflows between the same ends, from a second address of the client. */
#define _GNU_SOURCE
#include "workload.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* From include/uapi/linux/mptcp.h, whose copy in /usr/include conflicts with libc's headers. */
#undef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#define SOL_MPTCP 284
#define MPTCP_INFO 1
#define MPTCP_SUBFLOW_ADDRS 3
#define MPTCP_PM_CMD_ADD_ADDR 1
#define MPTCP_PM_CMD_SET_LIMITS 5
#define MPTCP_PM_ATTR_ADDR 1
#define MPTCP_PM_ATTR_SUBFLOWS 3
#define MPTCP_PM_ADDR_ATTR_FAMILY 1
#define MPTCP_PM_ADDR_ATTR_ADDR4 3
#define MPTCP_PM_ADDR_ATTR_FLAGS 6
#define MPTCP_PM_ADDR_FLAG_SUBFLOW 2

#define SECOND_ADDRESS "10.77.0.3"
#define MOST 64
#define FIRST_REQUEST 101
#define RESPONSE 53

struct ends_of_subflow {
	union {
		struct sockaddr_storage space;
		union address is;
	} local, peer;
};

struct subflows {
	uint32_t size, count, size_kernel, size_user;
	struct ends_of_subflow all[4];
};

struct generic {
	struct nlmsghdr header;
	struct genlmsghdr command;
	char attributes[256];
};

static struct nlattr *add(struct generic *m, int type, const void *data, size_t size)
{
	struct nlattr *a = (void *)((char *)m + NLMSG_ALIGN(m->header.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + size;
	if (size > 0)
		memcpy((char *)a + NLA_HDRLEN, data, size);
	m->header.nlmsg_len = NLMSG_ALIGN(m->header.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static struct generic request(int family, int command)
{
	return (struct generic){
		.header = { .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
			    .nlmsg_type = family,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.command = { .cmd = command, .version = 1 },
	};
}

/* Returns the first attribute of this type in the answer, or 0. */
static int ask_kernel(const char *what, struct generic *m, int wanted)
{
	char answer[4096];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC), found = 0;
	struct nlmsghdr *h = (void *)answer;

	CHECK(what, send(fd, m, m->header.nlmsg_len, 0) == (ssize_t)m->header.nlmsg_len);
	do {
		ssize_t size = recv(fd, answer, sizeof(answer), 0);

		CHECK(what, size > 0);
		if (h->nlmsg_type == NLMSG_ERROR)
			break;
		for (ssize_t at = NLMSG_LENGTH(GENL_HDRLEN); at < size;) {
			struct nlattr *a = (void *)(answer + at);

			if (a->nla_type == wanted)
				memcpy(&found, (char *)a + NLA_HDRLEN, sizeof(uint16_t));
			at += NLA_ALIGN(a->nla_len);
		}
	} while (true);
	errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
	CHECK(what, errno == 0);
	close(fd);
	return found;
}

static int family_of_mptcp(void)
{
	struct generic m = request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);

	add(&m, CTRL_ATTR_FAMILY_NAME, "mptcp_pm", 9);
	return ask_kernel("MPTCP's path manager", &m, CTRL_ATTR_FAMILY_ID);
}

static void allow_joins(int family)
{
	struct generic m = request(family, MPTCP_PM_CMD_SET_LIMITS);
	uint32_t most = 2;

	add(&m, MPTCP_PM_ATTR_SUBFLOWS, &most, sizeof(most));
	ask_kernel("MPTCP's limits", &m, 0);
}

static void join_from(int family, const char *ip)
{
	struct generic m = request(family, MPTCP_PM_CMD_ADD_ADDR);
	struct nlattr *nest = add(&m, MPTCP_PM_ATTR_ADDR | NLA_F_NESTED, NULL, 0);
	uint32_t flags = MPTCP_PM_ADDR_FLAG_SUBFLOW;
	uint16_t ipv4 = AF_INET;
	union address address = address_of(ip, 0);

	add(&m, MPTCP_PM_ADDR_ATTR_FAMILY, &ipv4, sizeof(ipv4));
	add(&m, MPTCP_PM_ADDR_ATTR_ADDR4, &address.v4.sin_addr, 4);
	add(&m, MPTCP_PM_ADDR_ATTR_FLAGS, &flags, sizeof(flags));
	nest->nla_len = (char *)&m + m.header.nlmsg_len - (char *)nest;
	ask_kernel("an MPTCP endpoint", &m, 0);
}

static int stream(int protocol)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
}

static unsigned token_of(int fd)
{
	/* struct mptcp_info: eight bytes, the flags, the token. */
	struct {
		uint8_t counts[8];
		uint32_t flags, token;
		char rest[256];
	} info = { 0 };
	socklen_t size = sizeof(info);

	CHECK("MPTCP_INFO", getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &size) == 0);
	return info.token;
}

/* Waits for the subflow that is not `master`, and fills `join` from it. */
static void await_join(struct side *join, const struct side *master)
{
	struct subflows s;
	socklen_t size;

	do {
		poll(NULL, 0, 1);
		s = (struct subflows){ .size = 16, .size_user = sizeof(s.all[0]) };
		size = sizeof(s);
		CHECK("MPTCP_SUBFLOW_ADDRS",
		      getsockopt(master->fd, SOL_MPTCP, MPTCP_SUBFLOW_ADDRS, &s, &size) == 0);
	} while (s.count < 2);
	for (int i = 0; i < 2; i++) {
		const union address *local = &s.all[i].local.is, *peer = &s.all[i].peer.is;

		if (memcmp(&local->v4, &master->local.v4, 8) ||
		    memcmp(&peer->v4, &master->peer.v4, 8)) {
			join->local = *local;
			join->peer = *peer;
		}
	}
	join->opening = master->opening;
	join->opened = now();
	join->established = true;
	join->what = "joined";
	join->mptcp_subflow = "join";
	join->mptcp_token = master->mptcp_token;
	join->provenance = master->provenance;
	join->tid = -1;
	join->owner = "close";
}

struct both {
	struct side master, join;
	bool joined;
};

static struct ends ends;
static int listener, plain_listener, ready[2];
static bool only_held;

/* Which ends speak MPTCP. */
enum kind { MPTCP, SERVER_PLAIN, CLIENT_PLAIN, KILLED };
static const char *const names[] = { "first subflow", "the server speaks TCP",
				     "the client speaks TCP", "killed" };

static void settle(struct both *b, enum kind kind, const char *provenance)
{
	b->joined = kind == MPTCP || kind == KILLED;
	b->master.what = names[kind];
	b->master.peer_netns = b->master.client ? ends.far : ends.near;
	b->master.provenance = provenance;
	if (!b->joined)
		return;
	/* MPTCP gets no acknowledgement of the response, and sends it again after a while. */
	*(b->master.client ? &b->master.received : &b->master.sent) = -1;
	b->master.mptcp_subflow = "master";
	b->master.mptcp_token = token_of(b->master.fd);
	b->join = b->master.client ? client_side(&b->master.peer) : server_side();
	b->join.peer_netns = b->master.peer_netns;
	await_join(&b->join, &b->master);
}

/* Waits until the kernel has closed all subflows in this namespace, which may take a while after a kill. */
static void await_all_closed(void)
{
	char line[256];
	unsigned state;
	bool open;

	do {
		FILE *table = fopen("/proc/thread-self/net/tcp", "re");

		CHECK("/proc/thread-self/net/tcp", table);
		for (open = false; fgets(line, sizeof(line), table);)
			if (sscanf(line, " %*d: %*s %*s %x", &state) == 1)
				open |= state != TCP_LISTEN && state != TCP_TIME_WAIT;
		fclose(table);
	} while (open && poll(NULL, 0, 10) == 0);
}

static void end(struct both *b, const char *reason)
{
	if (b->master.closing.real == 0)
		b->master.closing = now();
	if (b->master.what == names[KILLED]) {
		close(b->master.fd);
		b->master.fd = -1;
		await_all_closed();
	}
	close_side(&b->master, reason, NULL);
	if (!b->joined)
		return;
	b->join.closing = b->master.closing;
	b->join.closed = b->master.closed;
	b->join.reason = reason;
	ledger_side(&b->join);
}

static void accept_one(struct both *b, enum kind kind, int number, const char *provenance)
{
	b->master = server_side();
	accept_side(&b->master, kind == SERVER_PLAIN ? plain_listener : listener);
	b->master.owner = "close";
	receive_bytes(&b->master, FIRST_REQUEST + number);
	send_bytes(&b->master, RESPONSE);
	settle(b, kind, provenance);
	post(ready[1]);
}

static void serve_one(struct both *b)
{
	receive_to_end(&b->master);
	end(b, "local_fin|remote_fin");
}

static void serve_all(void)
{
	struct both old[MOST], b;

	for (int i = 0; i < options.count; i++)
		accept_one(&old[i], MPTCP, i, "backfilled");
	for (int i = 0; i < options.count; i++)
		serve_one(&old[i]);
	if (only_held)
		return;
	for (int i = 0; i < options.count; i++)
		for (enum kind kind = MPTCP; kind <= CLIENT_PLAIN; kind++) {
			accept_one(&b, kind, i, "live");
			serve_one(&b);
		}
	accept_one(&b, KILLED, 0, "live");
	serve_one(&b);
}

static void connect_one(struct both *b, enum kind kind, int number, const char *provenance)
{
	union address to = address_of("10.77.0.2", options.port + (kind == SERVER_PLAIN));

	b->master = client_side(&to);
	b->master.fd = stream(kind == CLIENT_PLAIN ? 0 : IPPROTO_MPTCP);
	connect_side(&b->master);
	send_bytes(&b->master, FIRST_REQUEST + number);
	receive_bytes(&b->master, RESPONSE);
	settle(b, kind, provenance);
	await_post(ready[0]);
}

static void close_one(struct both *b)
{
	b->master.closing = now();
	end(b, "local_fin|remote_fin");
}

/* The parent writes the ledger entries of the killed child. */
static void connect_and_be_killed(void)
{
	struct both b;
	int told[2], status;
	pid_t child;

	CHECK("pipe", pipe(told) == 0);
	child = start_child();
	if (child == 0) {
		connect_one(&b, KILLED, 0, "live");
		CHECK("write", write(told[1], &b, sizeof(b)) == sizeof(b));
		pause();
	}
	CHECK("read", read(told[0], &b, sizeof(b)) == sizeof(b));
	b.master.closing = now();
	CHECK("kill", kill(child, SIGKILL) == 0);
	CHECK("waitpid", waitpid(child, &status, 0) == child);
	b.master.fd = -1;
	end(&b, "killed");
}

static int listen_at(int protocol, int port)
{
	union address address = address_of("10.77.0.2", port);
	int fd = stream(protocol);

	CHECK("bind", bind(fd, &address.any, size_of(&address)) == 0);
	CHECK("listen", listen(fd, 16) == 0);
	return fd;
}

static pid_t start_server_of_both(void)
{
	pid_t child = start_child();

	if (child > 0)
		return child;
	enter_namespace(ends.far_fd);
	listener = listen_at(IPPROTO_MPTCP, options.port);
	plain_listener = listen_at(0, options.port + 1);
	post(ready[1]);
	serve_all();
	end_child();
}

static void connect_live(void)
{
	struct both b;

	for (int i = 0; i < options.count; i++)
		for (enum kind kind = MPTCP; kind <= CLIENT_PLAIN; kind++) {
			connect_one(&b, kind, i, "live");
			close_one(&b);
		}
	connect_and_be_killed();
}

static void m1(void)
{
	struct both old[MOST];
	int family, probe = stream(IPPROTO_MPTCP);
	pid_t server;

	CHECK("--count of at most 64", options.count <= MOST);
	if (probe < 0) {
		ledger_note("not run", "this kernel has no MPTCP");
		checkpoint("open");
		return;
	}
	close(probe);
	ends = two_namespaces();
	family = family_of_mptcp();
	enter_namespace(ends.far_fd);
	allow_joins(family);
	enter_namespace(ends.near_fd);
	interface_address("near:1", SECOND_ADDRESS);
	allow_joins(family);
	join_from(family, SECOND_ADDRESS);
	CHECK("pipe", pipe2(ready, O_CLOEXEC) == 0);
	server = start_server_of_both();
	await_post(ready[0]);
	for (int i = 0; i < options.count; i++) {
		connect_one(&old[i], MPTCP, i, "backfilled");
		old[i].master.tid = -1;
	}
	checkpoint("open");
	for (int i = 0; i < options.count; i++)
		close_one(&old[i]);
	if (!only_held)
		connect_live();
	await_child(server);
}

static void m1_held(void)
{
	only_held = true;
	m1();
}

const struct row mptcp_rows[] = {
	{ "M1", m1, 5, "MPTCP, open before the agent and live; waits" },
	{ "M1-held", m1_held, 5, "the former alone" },
	{ 0 },
};
