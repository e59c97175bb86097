// SPDX-License-Identifier: Apache-2.0
/*
 * The server's part of HTTP/2 that gRPC's unary calls need. Requests' headers are not read, so there is no HPACK decoder: every
 * call is answered with an empty message and status 0.
 */
#include "sink.h"
#include <string.h>
#include <time.h>

enum type {
	DATA = 0,
	HEADERS = 1,
	RST_STREAM = 3,
	SETTINGS = 4,
	PING = 6,
	GOAWAY = 7,
	WINDOW_UPDATE = 8,
	CONTINUATION = 9
};

#define END_STREAM 1
#define ACK 1
#define END_HEADERS 4
#define PADDED 8
#define FRAME_HEADER 9
#define LARGEST_FRAME 16384
#define GRPC_PREFIX 5 /* compressed or not, and a length of 4 bytes */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static uint32_t big_endian(const unsigned char *at, int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | *at++;
	return value;
}

static void put(unsigned char *at, uint32_t value, int bytes)
{
	while (bytes--) {
		at[bytes] = value;
		value >>= 8;
	}
}

static void header(unsigned char *at, size_t size, enum type type, int flags, uint32_t stream)
{
	put(at, size, 3);
	at[3] = type;
	at[4] = flags;
	put(at + 5, stream, 4);
}

/* Windows of 2 GiB, so that flow control never makes the client wait. */
bool http2_begin(struct connection *connection)
{
	unsigned char frames[FRAME_HEADER + 12 + FRAME_HEADER + 4];
	unsigned char *settings = frames + FRAME_HEADER, *window = settings + 12;

	header(frames, 12, SETTINGS, 0, 0);
	put(settings, 3, 2); /* SETTINGS_MAX_CONCURRENT_STREAMS */
	put(settings + 2, STREAMS, 4);
	put(settings + 6, 4, 2); /* SETTINGS_INITIAL_WINDOW_SIZE */
	put(settings + 8, 0x7fffffff, 4);
	header(window, 4, WINDOW_UPDATE, 0, 0);
	put(window + FRAME_HEADER, 0x7fffffff - 65535, 4);
	return send_all(connection->fd, frames, sizeof(frames));
}

static struct stream *find(struct connection *connection, uint32_t id)
{
	for (int i = 0; i < STREAMS; i++)
		if (connection->streams[i].id == id)
			return &connection->streams[i];
	return NULL;
}

static bool answer(int fd, uint32_t stream)
{
	/* :status 200 of the static table; content-type, number 31 of it, as a literal without indexing */
	static const char headers[] = "\x88\x0f\x10\x10"
				      "application/grpc";
	static const char trailers[] = "\x00\x0bgrpc-status\x01"
				       "0";
	unsigned char
		frames[3 * FRAME_HEADER + sizeof(headers) + GRPC_PREFIX + sizeof(trailers)] = { 0 };
	unsigned char *at = frames;

	header(at, sizeof(headers) - 1, HEADERS, END_HEADERS, stream);
	memcpy(at += FRAME_HEADER, headers, sizeof(headers) - 1);
	at += sizeof(headers) - 1;
	header(at, GRPC_PREFIX, DATA, 0, stream);
	at += FRAME_HEADER + GRPC_PREFIX;
	header(at, sizeof(trailers) - 1, HEADERS, END_HEADERS | END_STREAM, stream);
	memcpy(at += FRAME_HEADER, trailers, sizeof(trailers) - 1);
	at += sizeof(trailers) - 1;
	return send_all(fd, frames, at - frames);
}

static bool end_of_request(struct connection *connection, struct stream *stream)
{
	struct bytes *body = &stream->body;
	uint32_t id = stream->id;
	struct timespec t;

	tally.requests++;
	tally.bytes += body->size;
	clock_gettime(CLOCK_REALTIME, &t);
	if (body->size >= GRPC_PREFIX && body->data[0] == 0 &&
	    big_endian(body->data + 1, 4) == body->size - GRPC_PREFIX)
		count_spans(body->data + GRPC_PREFIX, body->size - GRPC_PREFIX,
			    t.tv_sec * 1000000000ULL + t.tv_nsec);
	else
		tally.unread++;
	stream->id = 0;
	body->size = 0;
	return answer(connection->fd, id);
}

static bool data(struct connection *connection, struct stream *stream, const unsigned char *payload,
		 size_t size, bool padded)
{
	unsigned char window[FRAME_HEADER + 4];
	size_t padding = padded && size ? payload[0] + 1U : 0;

	if (padding > size)
		return false;
	append(&stream->body, payload + !!padding, size - padding);
	if (size == 0)
		return true;
	header(window, 4, WINDOW_UPDATE, 0, 0);
	put(window + FRAME_HEADER, size, 4);
	return send_all(connection->fd, window, sizeof(window));
}

static bool take_frame(struct connection *connection, const unsigned char *frame, size_t size)
{
	const unsigned char *payload = frame + FRAME_HEADER;
	enum type type = frame[3];
	uint32_t id = big_endian(frame + 5, 4) & 0x7fffffff;
	unsigned char reply[FRAME_HEADER + 8];
	struct stream *stream = id ? find(connection, id) : NULL;

	switch (type) {
	case SETTINGS:
		header(reply, 0, SETTINGS, ACK, 0);
		return (frame[4] & ACK) || send_all(connection->fd, reply, FRAME_HEADER);
	case PING:
		if ((frame[4] & ACK) || size != 8)
			return size == 8;
		header(reply, 8, PING, ACK, 0);
		memcpy(reply + FRAME_HEADER, payload, 8);
		return send_all(connection->fd, reply, sizeof(reply));
	case RST_STREAM:
		if (stream) {
			stream->id = 0;
			stream->body.size = 0;
		}
		return true;
	case HEADERS:
		if (!stream)
			stream = find(connection, 0);
		if (!stream || !id)
			return false;
		stream->id = id;
		break;
	case DATA:
		if (!stream)
			return true; /* of a stream that was reset */
		if (!data(connection, stream, payload, size, frame[4] & PADDED))
			return false;
		break;
	default:
		return true;
	}
	return !(frame[4] & END_STREAM) || end_of_request(connection, stream);
}

bool http2_take(struct connection *connection, size_t *taken)
{
	const struct bytes *in = &connection->input;

	*taken = 0;
	if (!connection->http2) {
		if (in->size < sizeof(preface) - 1)
			return true;
		if (memcmp(in->data, preface, sizeof(preface) - 1))
			return false;
		connection->http2 = true;
		*taken = sizeof(preface) - 1;
		if (!http2_begin(connection))
			return false;
	}
	while (in->size - *taken >= FRAME_HEADER) {
		size_t size = big_endian(in->data + *taken, 3);

		if (size > LARGEST_FRAME)
			return false;
		if (in->size - *taken < FRAME_HEADER + size)
			break;
		if (!take_frame(connection, in->data + *taken, size))
			return false;
		*taken += FRAME_HEADER + size;
	}
	return true;
}
