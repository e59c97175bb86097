/* S1, S2, S3, S4: connections from before the agent, or made while it starts or does not read events. */
#define _GNU_SOURCE
#include "workload.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

static bool listener_goes;
static const char *kind;

/* Closes all connections in the order of their creation; the server closes odd ones first. */
static void serve_all(int listener, int number)
{
	struct side servers[options.count];

	(void)number;
	for (int i = 0; i < options.count; i++) {
		servers[i] = server_side();
		servers[i].provenance = "backfilled";
		servers[i].what = kind;
		accept_side(&servers[i], listener);
		receive_bytes(&servers[i], 101 + i);
		send_bytes(&servers[i], 53);
	}
	if (listener_goes)
		close(listener);
	for (int i = 0; i < options.count; i++) {
		receive_bytes(&servers[i], 17);
		if (i % 2 == 0)
			receive_to_end(&servers[i]);
		close_side(&servers[i], i % 2 ? "local_fin" : "remote_fin", NULL);
	}
}

/* Whether the connecting end also has a listener, as peers of a cluster and of libp2p do. */
enum listening { NO_LISTENER, OTHER_LISTENS, LISTENED_BEFORE };

static void share_port(int fd)
{
	int one = 1;

	CHECK("SO_REUSEPORT", setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) == 0);
}

/* Binds a socket to this address, on whose port another socket listens, or which has listened itself. */
static int bound_socket(const union address *name, enum listening listening)
{
	int fd = new_socket(name, 0), other;

	share_port(fd);
	CHECK("bind", bind(fd, &name->any, size_of(name)) == 0);
	if (listening == OTHER_LISTENS) {
		other = new_socket(name, 0);
		share_port(other);
		CHECK("bind", bind(other, &name->any, size_of(name)) == 0);
		CHECK("listen", listen(other, 4) == 0);
	}
	if (listening == LISTENED_BEFORE) {
		CHECK("listen", listen(fd, 4) == 0);
		CHECK("shutdown", shutdown(fd, SHUT_RDWR) == 0);
	}
	return fd;
}

static void open_old(struct side *clients, const union address *to, int first_client_port,
		     enum listening listening)
{
	for (int i = 0; i < options.count; i++) {
		union address name =
			address_of("127.0.0.1", first_client_port ? first_client_port + i : 0);

		clients[i] = client_side(to);
		clients[i].provenance = "backfilled";
		clients[i].what = kind;
		clients[i].fd = bound_socket(&name, listening);
		connect_side(&clients[i]);
		clients[i].tid = -1;
		send_bytes(&clients[i], 101 + i);
		receive_bytes(&clients[i], 53);
	}
}

static void end_old(struct side *clients)
{
	for (int i = 0; i < options.count; i++) {
		clients[i].closing = now();
		send_bytes(&clients[i], 17);
		if (i % 2)
			receive_to_end(&clients[i]);
		close_side(&clients[i], i % 2 ? "remote_fin" : "local_fin", NULL);
	}
}

static void s1(void)
{
	static const struct {
		const char *what;
		int port, first_client_port;
		bool gone;
		enum listening listening;
	} kinds[] = {
		{ "server's port lower", 8009, 40009, false, NO_LISTENER },
		{ "server's port higher", 50021, 2003, false, NO_LISTENER },
		{ "listener gone", 8011, 40507, true, NO_LISTENER },
		{ "dialled from a listening port", 8017, 41011, false, OTHER_LISTENS },
		{ "dialled by what listened", 8039, 41507, false, LISTENED_BEFORE },
	};
	enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
	struct side clients[KINDS][options.count];
	struct server servers[KINDS];

	own_namespace();
	for (int k = 0; k < KINDS; k++) {
		union address address = address_of("127.0.0.1", kinds[k].port);

		kind = kinds[k].what;
		listener_goes = kinds[k].gone;
		servers[k] = start_server(&address, options.count, 1, serve_all);
	}
	/* After the last fork: a child with a copy of a client's descriptor would keep its connection open. */
	for (int k = 0; k < KINDS; k++) {
		kind = kinds[k].what;
		open_old(clients[k], &servers[k].address, kinds[k].first_client_port,
			 kinds[k].listening);
	}
	checkpoint("open");
	for (int k = 0; k < KINDS; k++) {
		end_old(clients[k]);
		await_server(&servers[k]);
	}
}

static void serve_one(struct side *server)
{
	receive_to_end(server);
	close_side(server, "remote_fin", NULL);
}

static void blocked(int listener, int number)
{
	struct side server = server_side();

	(void)number;
	server.what = "one thread";
	accept_side(&server, listener);
	serve_one(&server);
}

static void by_epoll(int listener, int number)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct side server = server_side();

	(void)number;
	server.what = "epoll";
	CHECK("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
	CHECK("epoll_wait", epoll_wait(epoll, &event, 1, -1) == 1);
	accept_side(&server, listener);
	serve_one(&server);
	close(epoll);
}

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static int served;

static void *accept_in_thread(void *listener)
{
	struct side server;
	int fd;

	while ((fd = accept(*(int *)listener, NULL, NULL)) >= 0) {
		pthread_mutex_lock(&one_at_a_time);
		server = server_side();
		server.what = "threads";
		server.fd = fd;
		server.established = true;
		server.opened = now();
		learn_names(&server);
		serve_one(&server);
		if (++served == options.count)
			shutdown(*(int *)listener, SHUT_RDWR);
		pthread_mutex_unlock(&one_at_a_time);
	}
	return NULL;
}

static void in_threads(int listener, int number)
{
	pthread_t threads[3];

	(void)number;
	for (int i = 0; i < 3; i++)
		CHECK("a thread",
		      pthread_create(&threads[i], NULL, accept_in_thread, &listener) == 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

static void s2(void)
{
	static const struct {
		const char *what;
		void (*serve)(int, int);
	} kinds[] = { { "one thread", blocked }, { "epoll", by_epoll }, { "threads", in_threads } };
	struct server servers[3];

	own_namespace();
	for (int k = 0; k < 3; k++) {
		union address address = address_of("127.0.0.1", options.port + k);

		servers[k] = start_server(&address, 16, k == 2 ? 1 : options.count, kinds[k].serve);
	}
	checkpoint("waiting");
	for (int i = 0; i < 3 * options.count; i++) {
		struct side client = client_side(&servers[i % 3].address);

		client.what = kinds[i % 3].what;
		connect_side(&client);
		send_bytes(&client, 1 + i);
		close_side(&client, "local_fin", NULL);
	}
	for (int k = 0; k < 3; k++)
		await_server(&servers[k]);
}

struct pair {
	struct side client, server;
};

static int pairs_listener;

/* Uses this client port unless it is 0: then no two connections have the same address, not even consecutively. */
static void open_pair(struct pair *p, int port, const char *what, const char *provenance)
{
	union address address = name_of(pairs_listener), name = address_of("127.0.0.1", port);

	p->client = client_side(&address);
	p->client.fd = new_socket(&address, 0);
	if (port)
		CHECK("bind", bind(p->client.fd, &name.any, size_of(&name)) == 0);
	p->server = server_side();
	connect_side(&p->client);
	p->client.tid = -1;
	accept_side(&p->server, pairs_listener);
	send_bytes(&p->client, 31);
	receive_bytes(&p->server, 31);
	p->client.what = p->server.what = what;
	p->client.provenance = p->server.provenance = provenance;
}

static void close_pair(struct pair *p)
{
	p->client.closing = p->server.closing = now();
	close_side(&p->client, "local_fin", NULL);
	receive_to_end(&p->server);
	close_side(&p->server, "remote_fin", NULL);
}

static void listen_for_pairs(void)
{
	union address address = address_of("127.0.0.1", options.port);

	own_namespace();
	pairs_listener = listen_on(&address, 128);
}

#define FIRST_PORT 40009

/*
 * Half of the connections are open at the start. Then each new one replaces an old one: slowly until a line on standard
 * input announces the agent, and then without delay.
 */
static void s3(void)
{
	static struct pair pairs[1 << 14];
	const char *any = "live|backfilled|inferred";
	int half = options.count / 2, made = 0;
	bool slowly = true;

	many_descriptors();
	CHECK("--count of at most 16383", options.count < 1 << 14);
	listen_for_pairs();
	while (made < half)
		open_pair(&pairs[made], FIRST_PORT + made, "before", any), made++;
	checkpoint("open");
	for (int gone = 0; made < options.count; gone++) {
		if (slowly && await_event(0, POLLIN, 1)) {
			slowly = false;
			checkpoint("at once");
		}
		if (gone < half)
			close_pair(&pairs[gone]);
		open_pair(&pairs[made], FIRST_PORT + made, "while it starts", any), made++;
	}
	if (slowly)
		checkpoint("at once");
	checkpoint("all");
	for (int i = half; i < options.count; i++)
		close_pair(&pairs[i]);
	close(pairs_listener);
}

#define HELD 23
#define FIRST_HELD 9001 /* below the ephemeral range, and below the ports that tests listen on */

/* `count` short connections while the agent is stopped, so that its ring overflows. */
static void s4(void)
{
	struct pair kept[HELD], lost[HELD], added[HELD], passing;

	listen_for_pairs();
	for (int i = 0; i < HELD; i++) {
		open_pair(&kept[i], FIRST_HELD + i, "open all the time", "live|inferred");
		open_pair(&lost[i], FIRST_HELD + HELD + i, "closed while stopped", "live|inferred");
	}
	checkpoint("before");
	for (int i = 0; i < options.count; i++) {
		open_pair(&passing, 0, "short", "live|inferred");
		close_pair(&passing);
	}
	for (int i = 0; i < HELD; i++) {
		lost[i].client.received = lost[i].server.sent = lost[i].client.sent =
			lost[i].server.received = -1;
		lost[i].client.closing = lost[i].server.closing = now();
		close_side(&lost[i].client, "local_fin|unknown", NULL);
		close_side(&lost[i].server, "local_fin|remote_fin|unknown", NULL);
		open_pair(&added[i], FIRST_HELD + 2 * HELD + i, "opened while stopped",
			  "live|inferred|backfilled");
	}
	checkpoint("after");
	for (int i = 0; i < HELD; i++) {
		close_pair(&kept[i]);
		close_pair(&added[i]);
	}
	close(pairs_listener);
}

const struct row start_rows[] = {
	{ "S1", s1, 23, "open before the agent; waits" },
	{ "S2", s2, 23, "blocked in accept() before the agent; waits" },
	{ "S3", s3, 10007, "opened and closed while it starts; waits" },
	{ "S4", s4, 10007, "short ones while the agent is stopped; waits" },
	{ 0 },
};
