#define _GNU_SOURCE
#include "workload.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Whole lines are appended with one write(), so that the lines of several processes do not mix. */
static char buffer[1 << 20];
static size_t used;
static int file = -1;

/* Values of the process `known_pid`. */
static pid_t known_pid;
static char known_exe[256], known_comm[32], known_args[2048];
static const char *known_argv[32];

static long long read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct moment now(void)
{
	return (struct moment){ read_clock(CLOCK_REALTIME), read_clock(CLOCK_BOOTTIME) };
}

void ledger_open(const char *path)
{
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	CHECK(path, file >= 0);
}

void ledger_flush(void)
{
	CHECK("write the ledger", write(file, buffer, used) == (ssize_t)used);
	used = 0;
}

__attribute__((format(printf, 1, 2))) static void put(const char *form, ...)
{
	va_list args;
	int size;

	if (used > sizeof(buffer) - 4096 && buffer[used - 1] == '\n')
		ledger_flush();
	va_start(args, form);
	size = vsnprintf(buffer + used, sizeof(buffer) - used, form, args);
	va_end(args);
	CHECK("format a ledger line", size >= 0 && used + size < sizeof(buffer));
	used += size;
}

static void learn_arguments(void)
{
	int file = open("/proc/self/cmdline", O_RDONLY);
	ssize_t size = read(file, known_args, sizeof(known_args));
	size_t count = 0;

	CHECK("/proc/self/cmdline", size > 0 && size < (ssize_t)sizeof(known_args));
	for (ssize_t at = 0; at < size; at += strlen(known_args + at) + 1) {
		known_argv[count++] = known_args + at;
		CHECK("arguments", count < sizeof(known_argv) / sizeof(known_argv[0]));
	}
	known_argv[count] = NULL;
	close(file);
}

static void learn_program(void)
{
	int comm;
	ssize_t size;
	char path[256];

	if (known_pid == getpid())
		return;
	known_pid = getpid();
	size = readlink("/proc/self/exe", path, sizeof(path) - 1);
	CHECK("/proc/self/exe", size > 0);
	path[size] = 0;
	strcpy(known_exe, strrchr(path, '/') + 1);
	comm = open("/proc/self/comm", O_RDONLY);
	size = read(comm, known_comm, sizeof(known_comm) - 1);
	CHECK("/proc/self/comm", size > 0);
	known_comm[size - 1] = 0;
	close(comm);
	learn_arguments();
}

static void put_address(const char *name, const union address *address)
{
	char text[INET6_ADDRSTRLEN];
	const struct in6_addr *v6 = &address->v6.sin6_addr;

	if (address->any.sa_family == AF_INET)
		inet_ntop(AF_INET, &address->v4.sin_addr, text, sizeof(text));
	else if (IN6_IS_ADDR_V4MAPPED(v6))
		inet_ntop(AF_INET, &v6->s6_addr[12], text, sizeof(text));
	else
		inet_ntop(AF_INET6, v6, text, sizeof(text));
	put(",\"%s_address\":\"%s\",\"%s_port\":%d", name, text, name, port_of(address));
}

static void put_moment(const char *name, const struct moment *moment)
{
	put(",\"%s\":%lld,\"%s_boot\":%lld", name, moment->real, name, moment->boot);
}

static void put_text(const char *name, const char *value)
{
	if (value)
		put(",\"%s\":\"%s\"", name, value);
}

static void put_arguments(const char *const *args)
{
	put(",\"args\":[");
	for (size_t i = 0; args[i]; i++)
		put("%s\"%s\"", i ? "," : "", args[i]);
	put("]");
}

static bool is_ipv6(const struct side *side)
{
	return side->peer.any.sa_family == AF_INET6 &&
	       !IN6_IS_ADDR_V4MAPPED(&side->peer.v6.sin6_addr);
}

static bool is_either(const char *text, const char *first, const char *second)
{
	return !strcmp(text, first) || !strcmp(text, second);
}

/* Whether the program itself changes the state of the socket by closing it. */
static bool is_closed_by_program(const struct side *side)
{
	return is_either(side->reason, "local_fin", "remote_fin") ||
	       is_either(side->reason, "local_reset", "killed");
}

/*
 * The provenance of the owner, if all events were seen. An accept event, where the kernel has it, is certain; otherwise a
 * pass while the connection is open replaces the listener by the holder of a descriptor.
 */
static const char *owner_of(const struct side *side)
{
	if (side->udp)
		return "datagram";
	if (side->client)
		return "connect";
	return is_closed_by_program(side) ? "close" : "accept|descriptor|listener";
}

void ledger_side(const struct side *side)
{
	learn_program();
	put("{\"record\":\"side\",\"row\":\"%s\",\"side\":\"%s\",\"transport\":\"%s\",\"type\":\"%s\"",
	    options.row, side->client ? "client" : "server", side->udp ? "udp" : "tcp",
	    is_ipv6(side) ? "ipv6" : "ipv4");
	put(",\"pid\":%d,\"tid\":%d,\"netns\":%llu,\"peer_netns\":%llu,\"established\":%s",
	    side->pid, side->tid, (unsigned long long)side->netns,
	    (unsigned long long)side->peer_netns, side->established ? "true" : "false");
	put_address("local", &side->local);
	put_address("peer", &side->peer);
	put_moment("opening", &side->opening);
	put_moment("opened", &side->opened);
	put_moment("closing", &side->closing);
	put_moment("closed", &side->closed);
	put(",\"sent\":%lld,\"received\":%lld,\"retransmits\":%lld", side->sent, side->received,
	    side->retransmits);
	if (side->udp)
		put(",\"datagrams_sent\":%lld,\"datagrams_received\":%lld", side->datagrams_sent,
		    side->datagrams_received);
	if (side->previous_pid > 0)
		put(",\"previous_pid\":%d", side->previous_pid);
	put_text("mptcp_subflow", side->mptcp_subflow);
	if (side->mptcp_subflow)
		put(",\"mptcp_token\":\"%08x\"", side->mptcp_token);
	put_text("what", side->what);
	put_text("reason", side->reason);
	put_text("error", side->error);
	put_text("provenance", side->provenance ? side->provenance : "live");
	put_text("owner", side->owner ? side->owner : owner_of(side));
	put_text("exe", side->exe ? side->exe : known_exe);
	put_text("comm", side->comm ? side->comm : known_comm);
	put_arguments(side->args ? side->args : known_argv);
	put(",\"uid\":%u", side->uid);
	put_text("container", side->container);
	put("}\n");
}

void ledger_namespace(ino_t inode)
{
	put("{\"record\":\"netns\",\"netns\":%llu,\"real\":%lld}\n", (unsigned long long)inode,
	    now().real);
}

void ledger_namespace_gone(ino_t inode)
{
	put("{\"record\":\"gone\",\"netns\":%llu,\"real\":%lld}\n", (unsigned long long)inode,
	    now().real);
}

void ledger_note(const char *key, const char *value)
{
	put("{\"record\":\"note\",\"key\":\"%s\",\"value\":\"%s\"}\n", key, value);
}

void ledger_end(void)
{
	struct moment end = now();

	put("{\"record\":\"end\",\"row\":\"%s\",\"real\":%lld,\"boot\":%lld}\n", options.row,
	    end.real, end.boot);
	ledger_flush();
}
