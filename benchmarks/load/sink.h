/* A backend for OTLP over HTTP/1.1 and gRPC that throws everything away, and counts what it was. */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAMS 128
#define SLOWEST_MS 60000

struct bytes {
	unsigned char *data;
	size_t size, room;
};

struct connection {
	int fd;
	bool http2;
	struct bytes input;
	/* Of HTTP/2: the bodies of requests under way. */
	struct stream {
		uint32_t id; /* 0: free */
		struct bytes body;
	} streams[STREAMS];
};

struct tally {
	unsigned long long requests, spans, bytes, unread;
	unsigned long long by_delay_ms[SLOWEST_MS + 1];
};

extern struct tally tally;

/* sink.c */
void append(struct bytes *to, const void *data, size_t size);
bool send_all(int fd, const void *data, size_t size);

/* http2.c: take what has arrived completely; false: the connection is to be closed. */
bool http2_begin(struct connection *connection);
bool http2_take(struct connection *connection, size_t *taken);

/* spans.c: counts a request's body, and how long before now its spans ended. */
void count_spans(const unsigned char *body, size_t size, uint64_t now_ns);

#endif
