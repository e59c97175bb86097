// SPDX-License-Identifier: Apache-2.0
/*
 * Finds the spans of an ExportTraceServiceRequest: resource_spans (1), scope_spans (2), spans (2). Requests with metrics are
 * nested alike; a metric has no fixed64 field, and a span has two: start_time_unix_nano (7) and end_time_unix_nano (8).
 */
#include "sink.h"
#include <string.h>

#define END_TIME 8

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

struct part {
	const unsigned char *at, *end;
};

struct field {
	unsigned number;
	enum wire wire;
	uint64_t value;
	struct part part;
};

static bool varint(struct part *in, uint64_t *value)
{
	*value = 0;
	for (int shift = 0; in->at < in->end && shift < 64; shift += 7) {
		unsigned char byte = *in->at++;

		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

static bool next(struct part *in, struct field *field)
{
	uint64_t tag, size;

	if (in->at == in->end || !varint(in, &tag))
		return false;
	field->number = tag >> 3;
	field->wire = tag & 7;
	switch (field->wire) {
	case VARINT:
		return varint(in, &field->value);
	case FIXED64:
		size = 8;
		break;
	case FIXED32:
		size = 4;
		break;
	case BYTES:
		if (!varint(in, &size))
			return false;
		break;
	default:
		return false;
	}
	if (size > (uint64_t)(in->end - in->at))
		return false;
	field->part = (struct part){ in->at, in->at + size };
	if (field->wire == FIXED64)
		memcpy(&field->value, in->at, 8); /* little-endian, as x86-64 and arm64 are */
	in->at += size;
	return true;
}

static void count_span(struct part span, uint64_t now_ns)
{
	struct field field;

	while (next(&span, &field)) {
		if (field.number != END_TIME || field.wire != FIXED64)
			continue;
		uint64_t ms = now_ns > field.value ? (now_ns - field.value) / 1000000 : 0;

		tally.spans++;
		tally.by_delay_ms[ms < SLOWEST_MS ? ms : SLOWEST_MS]++;
		return;
	}
}

static void count_scope(struct part scope, uint64_t now_ns)
{
	struct field field;

	while (next(&scope, &field))
		if (field.number == 2 && field.wire == BYTES)
			count_span(field.part, now_ns);
}

static void count_resource(struct part resource, uint64_t now_ns)
{
	struct field field;

	while (next(&resource, &field))
		if (field.number == 2 && field.wire == BYTES)
			count_scope(field.part, now_ns);
}

void count_spans(const unsigned char *body, size_t size, uint64_t now_ns)
{
	struct part request = { body, body + size };
	struct field field;

	while (next(&request, &field))
		if (field.number == 1 && field.wire == BYTES)
			count_resource(field.part, now_ns);
	if (request.at != request.end)
		tally.unread++; /* compressed, or not OTLP */
}
