// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "load.h"
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WORKERS 4
#define LATE 100000000LL /* ns */

struct work {
	long long made, failed, late;
	struct times *times;
};

static void sleep_until(long long ns)
{
	struct timespec t = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

/* Each connection has its own time. After being late by more than LATE a worker skips the missed ones, and says so. */
static void work(struct work *w, long long first, long long step, long long end, long port)
{
	struct sockaddr_in server = loopback(0, port);

	for (long long due = first; due < end; due += step) {
		long long began = now();

		if (began < due) {
			sleep_until(due);
			began = now();
		} else if (began - due > LATE) {
			w->late++;
			due = began;
		}
		if (get_page(&server)) {
			w->made++;
			add_time(w->times, now() - began);
		} else {
			w->failed++;
		}
	}
}

int paced(const long *arguments)
{
	long rate = arguments[0], seconds = arguments[1];
	struct work *works = shared(sizeof(*works) * WORKERS), all = { 0 };
	long long began = now() + 20000000, step = 1000000000LL * WORKERS / rate;

	all.times = new_times(rate * seconds + WORKERS);
	for (int i = 0; i < WORKERS; i++) {
		works[i].times = new_times(rate * seconds / WORKERS + 2);
		if (start_child() == 0) {
			work(&works[i], began + step * i / WORKERS, step,
			     began + seconds * 1000000000LL, arguments[2]);
			_exit(0);
		}
	}
	await_children();
	for (int i = 0; i < WORKERS; i++) {
		struct times *times = works[i].times;

		all.made += works[i].made;
		all.failed += works[i].failed;
		all.late += works[i].late;
		memcpy(all.times->values + all.times->count, times->values,
		       times->count * sizeof(times->values[0]));
		all.times->count += times->count;
	}
	sort_times(all.times);
	printf("{\"made\":%lld,\"failed\":%lld,\"late\":%lld,\"seconds\":%.4f,\"p50_us\":%.2f,\"p99_us\":%.2f,\"cpu_s\":%.4f}\n",
	       all.made, all.failed, all.late, (now() - began) / 1e9, microseconds(all.times, 0.5),
	       microseconds(all.times, 0.99), children_cpu());
	return 0;
}
