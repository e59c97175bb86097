#define _GNU_SOURCE
#include "workload.h"
#include <unistd.h>

struct server start_server(const union address *address, int backlog, int count,
			   void (*serve)(int listener, int number))
{
	struct server server;
	int ready[2];

	CHECK("pipe", pipe(ready) == 0);
	server.pid = start_child();
	if (server.pid == 0) {
		int listener = listen_on(address, backlog);
		union address name = name_of(listener);

		CHECK("write", write(ready[1], &name, sizeof(name)) == sizeof(name));
		for (int i = 0; i < count; i++)
			serve(listener, i);
		close(listener);
		end_child();
	}
	close(ready[1]);
	CHECK("start a server",
	      read(ready[0], &server.address, sizeof(server.address)) == sizeof(server.address));
	close(ready[0]);
	return server;
}

void await_server(const struct server *server)
{
	await_child(server->pid);
}
