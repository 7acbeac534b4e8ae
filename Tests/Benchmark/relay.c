// A relay on the loopback interface that makes a far, slow network of it: each connection gets so many bytes a second, and
// every byte arrives so much later. Where the kernel has netem, that does the same for real; many machines lack it.
//
//   relay PORT_OF_SERVER BYTES_A_SECOND_OR_0 MILLISECONDS_ONE_WAY      prints its own port
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 1024, piece = 64 << 10, window = 16 << 20 };

// Bytes on their way, oldest first.
typedef struct Part {
    struct Part *next;
    double due;
    size_t size, sent;
    char bytes[];
} Part;

// One direction of a connection.
typedef struct {
    int from, to;
    Part *first, **last;
    size_t waiting;
    double free_at, begin;
    int ended, blocked, closed;
} Lane;

typedef struct {
    Lane lanes[2];
    int used;
} Connection;

static Connection connections[most_connections];
static double rate, delay;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void begin_lane(Lane *lane, int from, int to, double begin) {
    memset(lane, 0, sizeof *lane);
    lane->from = from;
    lane->to = to;
    lane->last = &lane->first;
    lane->begin = begin;
}

static void take(Lane *lane, double time) {
    size_t most = piece;
    if (rate > 0 && rate / 20 < most) most = rate / 20 < 1024 ? 1024 : (size_t)(rate / 20);
    Part *part = malloc(sizeof *part + most);
    if (!part) die("malloc");
    ssize_t count = read(lane->from, part->bytes, most);
    if (count <= 0) {
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            free(part);
            return;
        }
        lane->ended = 1;
        count = 0;
    }
    if (lane->free_at < time) lane->free_at = time;
    if (rate > 0) lane->free_at += count / rate;
    part->next = NULL;
    part->due = lane->free_at + delay;
    if (part->due < lane->begin) part->due = lane->begin;
    part->size = (size_t)count;
    part->sent = 0;
    lane->waiting += part->size;
    *lane->last = part;
    lane->last = &part->next;
}

static void give(Lane *lane, double time) {
    while (lane->first && lane->first->due <= time) {
        Part *part = lane->first;
        while (part->sent < part->size) {
            ssize_t count = send(lane->to, part->bytes + part->sent, part->size - part->sent, MSG_NOSIGNAL);
            if (count < 0 && errno == EAGAIN) {
                lane->blocked = 1;
                return;
            }
            // Nobody listens any more: what comes is dropped.
            if (count < 0) count = (ssize_t)(part->size - part->sent);
            part->sent += (size_t)count;
        }
        lane->waiting -= part->size;
        if (part->size == 0) {
            shutdown(lane->to, SHUT_WR);
            lane->closed = 1;
        }
        lane->first = part->next;
        if (!lane->first) lane->last = &lane->first;
        free(part);
    }
}

static int connect_to(int port) {
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (server < 0 || connect(server, (struct sockaddr *)&place, sizeof place) != 0) die("connect");
    return server;
}

static void send_at_once(int socket) {
    int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void accept_all(int listener, int port, double time) {
    int client;
    while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        Connection *free_one = NULL;
        for (int i = 0; i < most_connections && !free_one; i++)
            if (!connections[i].used) free_one = &connections[i];
        if (!free_one) {
            close(client);
            continue;
        }
        int server = connect_to(port);
        send_at_once(client);
        send_at_once(server);
        free_one->used = 1;
        // A connection is usable only when its handshake has gone there and back.
        begin_lane(&free_one->lanes[0], client, server, time + 3 * delay);
        begin_lane(&free_one->lanes[1], server, client, 0);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: relay PORT BYTES_A_SECOND MILLISECONDS\n");
        return 2;
    }
    int port = atoi(argv[1]);
    rate = atof(argv[2]);
    delay = atof(argv[3]) / 1000;
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    if (listener < 0 || bind(listener, (struct sockaddr *)&place, size) != 0 || listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&place, &size) != 0)
        die("listen");
    printf("%d\n", ntohs(place.sin_port));
    fflush(stdout);
    static struct pollfd polls[1 + 4 * most_connections];
    static Lane *readers[1 + 4 * most_connections];
    for (;;) {
        double time = now(), next = time + 3600;
        nfds_t count = 0;
        polls[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
        for (int i = 0; i < most_connections; i++) {
            if (!connections[i].used) continue;
            Lane *lanes = connections[i].lanes;
            for (int j = 0; j < 2; j++) {
                Lane *lane = &lanes[j];
                if (lane->first && !lane->blocked && lane->first->due < next) next = lane->first->due;
                // What is on its way is bounded, and a connection with a rate is read at that rate.
                int is_full = lane->waiting > window || (rate > 0 && lane->free_at > time + 0.05);
                if (is_full && rate > 0 && !lane->ended && lane->free_at - 0.05 < next) next = lane->free_at - 0.05;
                if (!lane->ended && !is_full) {
                    readers[count] = lane;
                    polls[count++] = (struct pollfd){.fd = lane->from, .events = POLLIN};
                }
                if (lane->blocked) {
                    readers[count] = NULL;
                    polls[count++] = (struct pollfd){.fd = lane->to, .events = POLLOUT};
                }
            }
            if (lanes[0].closed && lanes[1].closed) {
                close(lanes[0].from);
                close(lanes[0].to);
                connections[i].used = 0;
                // The descriptors of this round are gone: look anew.
                next = time;
            }
        }
        double wait = next - now();
        struct timespec timeout = {.tv_sec = wait > 0 ? (time_t)wait : 0,
                                   .tv_nsec = wait > 0 ? (long)((wait - (time_t)wait) * 1e9) : 0};
        if (ppoll(polls, count, &timeout, NULL) < 0 && errno != EINTR) die("poll");
        time = now();
        for (nfds_t k = 1; k < count; k++)
            if (readers[k] && polls[k].revents && !readers[k]->ended) take(readers[k], time);
        for (int i = 0; i < most_connections; i++) {
            if (!connections[i].used) continue;
            for (int j = 0; j < 2; j++) {
                connections[i].lanes[j].blocked = 0;
                give(&connections[i].lanes[j], time);
            }
        }
        if (polls[0].revents) accept_all(listener, port, time);
    }
}
