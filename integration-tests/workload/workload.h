/* A program that makes connections of known kinds and writes a ledger: a line of JSON per connection side. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <netinet/in.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* One moment by both clocks, in ns; zeroes if not set. */
struct moment {
	long long real;
	long long boot;
};

/*
 * One side of a connection, or of a UDP flow. It began between `opening` and `opened` (SYN or SYN-ACK). It may have ended from
 * `closing` on, and by `closed` its program had done everything to end it. Unknown numbers are -1; `|` separates alternatives.
 */
struct side {
	bool client, udp;
	int fd;
	pid_t pid, tid;
	ino_t netns, peer_netns;
	union address local, peer;
	struct moment opening, opened, closing, closed;
	long long sent, received;
	long long datagrams_sent, datagrams_received;
	long long retransmits;
	pid_t previous_pid; /* the previous owner, if the owner changed */
	bool established;
	const char *what; /* the kind, in a row with several */
	const char *reason, *error, *provenance;
	const char *owner;	   /* provenance of the owner; NULL: see owner_of() */
	const char *exe, *comm;	   /* NULL: those of the process that writes the ledger */
	const char *const *args;   /* ends with NULL; NULL as above */
	const char *mptcp_subflow; /* NULL: plain TCP */
	unsigned mptcp_token;	   /* of this end */
	uid_t uid;
	const char *container; /* id; NULL: that of the process that writes the ledger */
};

struct options {
	const char *row;
	const char *ledger;
	int count;
	int port;
};

struct row {
	const char *name;
	void (*run)(void);
	int count; /* default of --count */
	const char *does;
};

extern struct options options;
extern const struct row lifecycle_rows[], failure_rows[], ending_rows[], timeout_rows[],
	start_rows[], owner_rows[], process_rows[], change_rows[], udp_rows[], load_rows[],
	clock_rows[], mptcp_rows[], again_rows[];

/* main.c */
_Noreturn void die(const char *what);
#define CHECK(what, condition)                                                                     \
	do {                                                                                       \
		if (!(condition))                                                                  \
			die(what);                                                                 \
	} while (0)

/* ledger.c */
struct moment now(void);
void ledger_open(const char *path);
void ledger_flush(void);
void ledger_side(const struct side *side);
void ledger_namespace(ino_t inode);
void ledger_namespace_gone(ino_t inode);
void ledger_note(const char *key, const char *value);
void ledger_end(void);

/* processes.c: no part of a ledger may be in a buffer that a child inherits. */
pid_t start_child(void);
_Noreturn void end_child(void);
void await_child(pid_t child);
int many_descriptors(void);
void checkpoint(const char *word);
void post(int pipe_end);
void await_post(int pipe_end);

/* namespaces.c */
ino_t own_namespace(void);
ino_t current_namespace(void);
void release_namespace(ino_t inode);
int namespace_fd(void);
void enter_namespace(int fd);
void set_sysctl(const char *name, const char *value);
bool try_sysctl(const char *name, const char *value);
/* A pair of interfaces, both up: "near" with 10.77.0.1/24, and "far" in the other namespace with 10.77.0.2/24. */
struct ends {
	int near_fd, far_fd;
	ino_t near, far;
};
struct ends two_namespaces(void);
void interface_up(const char *name, bool up);
void default_route(const char *gateway);
void make_veth(const char *name, const char *peer, int peer_namespace_fd);
void interface_address(const char *name, const char *address);

/* programs.c: a copy of this program under another name. */
extern char other_program[256];
extern const char *const other_args[];
void make_other_program(void);
void remove_other_program(void);

/* cgroups.c */
struct container {
	char id[65], path[640];
};
struct container make_container(void);
void enter_container(const struct container *container);
void remove_container(const struct container *container);

/* tcp.c */
union address address_of(const char *ip, int port);
socklen_t size_of(const union address *address);
int port_of(const union address *address);
int new_socket(const union address *address, int flags);
int listen_on(const union address *address, int backlog);
union address name_of(int fd);
struct side client_side(const union address *to);
struct side server_side(void);
void learn_names(struct side *side);
void connect_side(struct side *side);
void accept_side(struct side *side, int listener);
void send_bytes(struct side *side, long count);
void receive_bytes(struct side *side, long count);
void receive_to_end(struct side *side);
bool await_event(int fd, short events, int milliseconds);
int socket_error(int fd);
void reset_at_close(int fd);
void close_side(struct side *side, const char *reason, const char *error);

/* server.c: a server in a separate process, which serves `count` connections and ends. */
struct server {
	pid_t pid;
	union address address;
};
struct server start_server(const union address *address, int backlog, int count,
			   void (*serve)(int listener, int number));
void await_server(const struct server *server);

/* inject.c */
int dup2_in(char **argv);

/* single.c: programs for other tests */
bool single_command(int argc, char **argv, int *exit_code);

#endif
