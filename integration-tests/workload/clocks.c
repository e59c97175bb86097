/* S7: connections that are open while the wall clock is stepped. */
#include "workload.h"
#include <stdio.h>
#include <unistd.h>

struct pair {
	struct side client, server;
};

static int listener;

static void open_pair(struct pair *p, const char *what)
{
	union address address = name_of(listener);

	p->client = client_side(&address);
	p->server = server_side();
	connect_side(&p->client);
	accept_side(&p->server, listener);
	p->client.what = p->server.what = what;
	send_bytes(&p->client, 37);
	receive_bytes(&p->server, 37);
}

static void close_pair(struct pair *p)
{
	p->client.closing = p->server.closing = now();
	close_side(&p->client, "local_fin", NULL);
	receive_to_end(&p->server);
	close_side(&p->server, "remote_fin", NULL);
}

/*
 * `count` connections each: over before the first step, open across the first, open across both, and opened and closed
 * between them; and finally new ones after both. The reader of the words steps the clock by this many seconds; this program does not,
 * since it may run on a machine in use.
 */
static void s7(void)
{
	union address address = address_of("127.0.0.1", options.port);
	struct pair over_first[options.count], over_both[options.count], one;

	own_namespace();
	listener = listen_on(&address, options.count);
	for (int i = 0; i < options.count; i++) {
		open_pair(&one, "before");
		open_pair(&over_first[i], "over the first step");
		open_pair(&over_both[i], "over both steps");
		close_pair(&one);
	}
	checkpoint("3600");
	for (int i = 0; i < options.count; i++) {
		close_pair(&over_first[i]);
		open_pair(&one, "between");
		close_pair(&one);
	}
	checkpoint("-3600");
	for (int i = 0; i < options.count; i++) {
		close_pair(&over_both[i]);
		open_pair(&one, "after");
		close_pair(&one);
	}
	close(listener);
}

const struct row clock_rows[] = {
	{ "S7", s7, 11, "open while the clock is stepped; waits for it" },
	{ 0 },
};
