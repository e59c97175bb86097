/* The load generators of `make bench-agent`. Each prints one line of JSON about what it did. */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/types.h>

/* Times of single operations, in 10 ns, in memory that processes share. */
struct times {
	long count, most;
	unsigned values[];
};

/* main.c: commands get their arguments as numbers, and return the exit code. */
int paced(const long *arguments);
int requests(const long *arguments);
int datagrams(const long *arguments);
int bulk(const long *arguments);
int processes(const long *arguments);
int idle(const long *arguments);
int connect_once(long port);

/* common.c */
long long now(void);
void *shared(size_t size);
struct sockaddr_in loopback(unsigned last_octets, long port);
struct times *new_times(long most);
void add_time(struct times *times, long long ns);
void sort_times(struct times *times);
double microseconds(const struct times *sorted, double quantile);
double children_cpu(void);
void await_children(void);
pid_t start_child(void);
int get_page(const struct sockaddr_in *server);
int server_socket(int type, struct sockaddr_in *address);
void read_exactly(int fd, char *bytes, size_t size);

#endif
