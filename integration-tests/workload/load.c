/* L13, L15, E2, E3: TCP Fast Open, and many connections, one after the other and at once. */
#define _GNU_SOURCE
#include "workload.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

static int syn_data;
static const char *provenance; /* of both ends; NULL if all events are seen */

static void fast_open(const union address *to, int number)
{
	struct side client = client_side(to);
	char data[211] = { 0 };
	struct tcp_info info;
	socklen_t size = sizeof(info);

	client.fd = new_socket(to, 0);
	client.opening = now();
	CHECK("sendto", sendto(client.fd, data, 11 + number, MSG_FASTOPEN, &to->any, size_of(to)) ==
				11 + number);
	client.opened = now();
	client.established = true;
	client.sent = 11 + number;
	learn_names(&client);
	receive_bytes(&client, 29);
	CHECK("TCP_INFO", getsockopt(client.fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
	syn_data += (info.tcpi_options & TCPI_OPT_SYN_DATA) != 0;
	close_side(&client, "local_fin", NULL);
}

static void serve_fast_open(int listener, int number)
{
	struct side server = server_side();
	int queue = 16;

	if (number == 0)
		CHECK("TCP_FASTOPEN",
		      setsockopt(listener, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof(queue)) == 0);
	accept_side(&server, listener);
	receive_bytes(&server, 11 + number);
	send_bytes(&server, 29);
	receive_to_end(&server);
	close_side(&server, "remote_fin", NULL);
}

/* 0x607: client and server, without a cookie, and for every listener. */
static void l13(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct server server;
	char text[16];

	own_namespace();
	set_sysctl("ipv4/tcp_fastopen", "1543");
	server = start_server(&address, 16, options.count, serve_fast_open);
	for (int i = 0; i < options.count; i++)
		fast_open(&address, i);
	await_server(&server);
	snprintf(text, sizeof(text), "%d", syn_data);
	ledger_note("syn_data", text);
}

static void both_ends(const union address *address, int count)
{
	int listener = listen_on(address, 16);

	for (int i = 0; i < count; i++) {
		struct side client = client_side(address), server = server_side();

		client.provenance = server.provenance = provenance;
		connect_side(&client);
		accept_side(&server, listener);
		send_bytes(&client, 1 + i % 1000);
		close_side(&client, "local_fin", NULL);
		receive_to_end(&server);
		close_side(&server, "remote_fin", NULL);
	}
	close(listener);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* fails for an offline CPU, which is ignored */
}

static void note_rate(long long connections, struct moment begin)
{
	char text[32];
	double seconds = (now().boot - begin.boot) / 1e9;

	snprintf(text, sizeof(text), "%lld", connections);
	ledger_note("connections", text);
	snprintf(text, sizeof(text), "%.3f", seconds);
	ledger_note("seconds", text);
}

static void on_all_cpus(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pid_t children[cpus];
	struct moment begin = now();

	for (int i = 0; i < cpus; i++) {
		union address address = address_of("127.0.0.1", options.port + i);

		children[i] = start_child();
		if (children[i] == 0) {
			pin(i);
			both_ends(&address, options.count / cpus + (i < options.count % cpus));
			end_child();
		}
	}
	for (int i = 0; i < cpus; i++)
		await_child(children[i]);
	note_rate(options.count, begin);
}

static void l15(void)
{
	own_namespace();
	on_all_cpus();
}

/* Packet steering: the kernel passes incoming packets to any CPU, where they interrupt running programs. */
static void steer_packets(void)
{
	int file;

	CHECK("a mount namespace", unshare(CLONE_NEWNS) == 0);
	CHECK("/", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK("/sys of this network namespace", mount("sysfs", "/sys", "sysfs", 0, NULL) == 0);
	file = open("/sys/class/net/lo/queues/rx-0/rps_cpus", O_WRONLY | O_CLOEXEC);
	CHECK("rps_cpus", file >= 0 && write(file, "3", 1) == 1);
	close(file);
}

static void l18(void)
{
	provenance = "live|inferred";
	own_namespace();
	steer_packets();
	on_all_cpus();
}

/* Opens and closes both ends of a connection, without a line in the ledger. */
static void once(const union address *to, int listener)
{
	int client = new_socket(to, 0), server;
	char bytes[16];

	CHECK("connect", connect(client, &to->any, size_of(to)) == 0);
	server = accept(listener, NULL, NULL);
	CHECK("accept", server >= 0);
	CHECK("send", send(client, "0123456", 7, 0) == 7);
	CHECK("recv", recv(server, bytes, sizeof(bytes), 0) == 7);
	close(client);
	close(server);
}

#define ADDRESSES 16

/* Makes at most `rate` connections a second on one CPU, to alternating destinations to save ports; returns their number. */
static long long load(int cpu, int rate, int seconds)
{
	union address to[ADDRESSES];
	int listeners[ADDRESSES];
	struct moment begin = now();
	long long made = 0;

	for (int i = 0; i < ADDRESSES; i++) {
		char ip[32];

		snprintf(ip, sizeof(ip), "127.0.%d.%d", cpu, i + 1);
		to[i] = address_of(ip, options.port);
		listeners[i] = listen_on(&to[i], 16);
	}
	while (true) {
		double elapsed = (now().boot - begin.boot) / 1e9;

		if (elapsed >= seconds)
			return made;
		if (made > rate * elapsed)
			usleep(1000);
		else
			once(&to[made % ADDRESSES], listeners[made % ADDRESSES]), made++;
	}
}

/* --count is the number of connections a second, NETSPAN_SECONDS the duration. */
static void e2(void)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), seconds = atoi(getenv("NETSPAN_SECONDS") ?: "10");
	struct moment begin;
	long long made, all = 0;
	int results[2];

	own_namespace();
	set_sysctl("ipv4/ip_local_port_range", "10240 65535");
	set_sysctl("ipv4/tcp_max_tw_buckets", "5000");
	CHECK("pipe", pipe(results) == 0);
	begin = now();
	for (int i = 0; i < cpus; i++) {
		if (start_child() == 0) {
			pin(i);
			made = load(i, options.count / cpus, seconds);
			CHECK("write", write(results[1], &made, sizeof(made)) == sizeof(made));
			end_child();
		}
	}
	for (int i = 0; i < cpus; i++) {
		CHECK("read", read(results[0], &made, sizeof(made)) == sizeof(made));
		all += made;
	}
	note_rate(all, begin);
}

/* Holds both ends of a part of the connections until a line on standard input of the main process. */
static void hold_open(int part, int count, int ready, int go)
{
	union address to[ADDRESSES];
	int listeners[ADDRESSES];

	for (int i = 0; i < ADDRESSES; i++) {
		char ip[32];

		snprintf(ip, sizeof(ip), "127.0.%d.%d", part, i + 1);
		to[i] = address_of(ip, options.port);
		listeners[i] = listen_on(&to[i], 128);
	}
	for (int i = 0; i < count; i++) {
		int client = new_socket(&to[0], 0);

		CHECK("connect", connect(client, &to[i % ADDRESSES].any, size_of(to)) == 0);
		CHECK("accept", accept(listeners[i % ADDRESSES], NULL, NULL) >= 0);
	}
	post(ready);
	await_post(go);
	end_child();
}

static void e3(void)
{
	int parts = 1 + 2 * options.count / (many_descriptors() - 100);
	int ready[2], go[2];
	pid_t children[parts];
	struct moment begin;

	own_namespace();
	CHECK("pipe", pipe(ready) == 0 && pipe(go) == 0);
	begin = now();
	for (int i = 0; i < parts; i++) {
		children[i] = start_child();
		if (children[i] == 0)
			hold_open(i, options.count / parts + (i < options.count % parts), ready[1],
				  go[0]);
	}
	for (int i = 0; i < parts; i++)
		await_post(ready[0]);
	note_rate(options.count, begin);
	checkpoint("open");
	for (int i = 0; i < parts; i++)
		post(go[1]);
	for (int i = 0; i < parts; i++)
		await_child(children[i]);
}

const struct row load_rows[] = {
	{ "L13", l13, 53, "TCP Fast Open, data with the SYN" },
	{ "L15", l15, 10007, "short connections on all CPUs" },
	{ "L18", l18, 10007, "the same with packets steered between CPUs" },
	{ "E2", e2, 20000, "so many connections a second; NETSPAN_SECONDS" },
	{ "E3", e3, 100003, "open at once; waits" },
	{ 0 },
};
