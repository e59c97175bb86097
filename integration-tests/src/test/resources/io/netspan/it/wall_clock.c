/* Preloaded into a program, gives it a wall clock that is ahead by NETSPAN_CLOCK_MS. Other clocks stay. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long ahead_ns(void)
{
	const char *ms = getenv("NETSPAN_CLOCK_MS");

	return ms ? atoll(ms) * 1000000 : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*real)(clockid_t, struct timespec *);
	long long ns;
	int result;

	if (!real)
		real = dlsym(RTLD_NEXT, "clock_gettime");
	result = real(clock, now);
	if (result == 0 && clock == CLOCK_REALTIME) {
		ns = now->tv_nsec + ahead_ns();
		now->tv_sec += ns / 1000000000;
		now->tv_nsec = ns % 1000000000;
	}
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;
	int result = clock_gettime(CLOCK_REALTIME, &precise);

	(void)zone; /* obsolete */
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return result;
}
