/* The load client of bench/feed*.py: thousands of websocket connections in one thread, and one publisher.
 *
 *     feed_load PLAN      (built by bench/feed_client.py with any C compiler; Linux only)
 *
 * It speaks to four kinds of servers: `ours` (the stream of docs/asyncapi.yaml: ticket, connect, subscribe, every
 * version of every key checked), `plain` (each text frame is a delivery), `nats` and `mqtt` inside a websocket.  All
 * traffic goes to 127.0.0.1.  The plan says who connects and what each follows, one thing a line:
 *
 *     proto ours | plain | nats | mqtt
 *     port N                     of the websocket
 *     publish N lines | mqtt     of the publisher's own socket; `lines` is "PUB topic length", then the payload
 *     size N                     of a payload, in bytes
 *     topic NAME                 the publisher takes the topics in turns
 *     conn FIRST KEY ...         ours: a ticket, or key:<API key> to ask for one each time; plain: a path; else: -
 *
 * Commands come on standard input, and each is answered with one line of JSON; between them it goes on listening:
 *
 *     open PARALLEL SECONDS UPTO connect and join whoever of the first UPTO is not, so many at a time
 *     run WARM SECONDS WINDOW    closed loop: at most WINDOW messages published and not yet heard by all
 *     pace SECONDS RATE          open loop: RATE messages a second, and how long each took to each
 *     send COUNT                 publish so many, whoever hears them
 *     listen SECONDS             only hear
 *     stall FIRST COUNT          read no more from these; `unstall FIRST COUNT` undoes it
 *     close FIRST COUNT          leave without a word; `open` brings them back, with their cursors
 *     tickets PATH               new first words for all connections, one a line
 *     record PATH                from now on one line per event: connection, key, version, time (CLOCK_MONOTONIC, ns)
 *     report                     what was ever wrong
 *     quit
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES (1 << 20)
#define EVENTS 512
#define EPOCH_BYTES 65
#define MAX_SAMPLES (8 << 20)
#define STAMP_DIGITS 19
/* RFC 6455's own example of a nonce, and the answer to it. */
#define NONCE "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPTED "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

typedef enum { OURS, PLAIN, NATS, MQTT } Proto;
typedef enum { AWAY, TICKETING, UPGRADING, JOINING, JOINED, FAILED } State;

typedef struct {
    char *data;
    size_t length, room;
} Bytes;

/* One key that a connection follows: up to where it knows, and what it still waits for. */
typedef struct {
    char *key;
    size_t key_length;
    char epoch[EPOCH_BYTES];
    int64_t version, head;
    bool is_answered, awaits_snapshot;
} Follow;

typedef struct {
    int number, fd;
    State state;
    char *first; /* a ticket, key:<API key> or a path */
    char ticket[256];
    Follow *follows;
    int follow_count;
    bool is_stalled, is_connected, is_publisher;
    Bytes outer, inner, out; /* cut frames, cut messages inside frames, unsent bytes */
} Conn;

static struct {
    Proto proto;
    int port, publish_port, size;
    bool publishes_mqtt;
    char **topics;
    int topic_count;
    Conn *conns;
    int count;
} plan = {.size = 400};

static struct {
    int64_t deliveries, snapshots, recovered, holes, repeats, wrong, errors, odd, closes, refused, bytes;
    int last_close;
} seen;

static int epoll_fd;
static int open_now, opening, failed_now;
static Conn publisher = {.fd = -1, .is_publisher = true};
static bool publisher_is_ready;
static int64_t published;
static char *payload_pad;
static bool is_timing;
static uint32_t *samples;
static size_t sample_count;
static FILE *record;
static bool is_told;
static char reading[READ_BYTES + (1 << 17)];

static int64_t now_ns(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static void give_up(const char *why) {
    fprintf(stderr, "feed_load: %s: %s\n", why, strerror(errno));
    exit(2);
}

static void add(Bytes *to, const void *data, size_t length) {
    if (to->length + length > to->room) {
        to->room = (to->length + length) * 2 + 256;
        to->data = realloc(to->data, to->room);
        if (to->data == NULL) give_up("no memory");
    }
    memcpy(to->data + to->length, data, length);
    to->length += length;
}

__attribute__((format(printf, 2, 3))) static void addf(Bytes *to, const char *format, ...) {
    char text[2048];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(to, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

static void forget(Bytes *bytes) {
    free(bytes->data);
    *bytes = (Bytes){0};
}

/* ---- sockets ---------------------------------------------------------------------------------------------------- */

static void watch(Conn *conn, uint32_t events, int how) {
    struct epoll_event event = {.events = events, .data.ptr = conn};
    if (epoll_ctl(epoll_fd, how, conn->fd, &event) != 0) give_up("epoll_ctl");
}

static void dial(Conn *conn, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0) give_up("socket");
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(conn->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) give_up("connect");
    watch(conn, EPOLLIN | EPOLLOUT, EPOLL_CTL_ADD);
}

static void hang_up(Conn *conn) {
    if (conn->fd >= 0) close(conn->fd);
    conn->fd = -1;
    conn->is_stalled = false;
    forget(&conn->outer);
    forget(&conn->inner);
    forget(&conn->out);
}

static void settle(Conn *conn, State state) {
    if (conn->state >= TICKETING && conn->state <= JOINING) opening--;
    if (conn->state == JOINED) open_now--;
    if (state >= TICKETING && state <= JOINING) opening++;
    if (state == JOINED) open_now++;
    if (state == FAILED) failed_now++;
    conn->state = state;
}

static void lose(Conn *conn) {
    hang_up(conn);
    if (conn->is_publisher) give_up("the publisher's connection was closed");
    settle(conn, conn->state == JOINED ? AWAY : FAILED);
}

static void flush_out(Conn *conn) {
    while (conn->out.length > 0) {
        ssize_t sent = send(conn->fd, conn->out.data, conn->out.length, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EAGAIN || errno == ENOTCONN) {
                watch(conn, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
                return;
            }
            lose(conn);
            return;
        }
        memmove(conn->out.data, conn->out.data + sent, conn->out.length - (size_t)sent);
        conn->out.length -= (size_t)sent;
    }
    watch(conn, EPOLLIN, EPOLL_CTL_MOD);
}

/* ---- websocket, as a client writes it ---------------------------------------------------------------------------- */

static void add_frame(Bytes *to, int opcode, const char *data, size_t length) {
    static const unsigned char mask[4] = {0x5a, 0xc3, 0x17, 0x88};
    unsigned char head[8] = {(unsigned char)(0x80 | opcode)};
    size_t head_length = 2;
    if (length < 126) {
        head[1] = (unsigned char)(0x80 | length);
    } else {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(length >> 8);
        head[3] = (unsigned char)length;
        head_length = 4;
    }
    add(to, head, head_length);
    add(to, mask, 4);
    add(to, data, length);
    for (size_t n = 0; n < length; n++) to->data[to->length - length + n] ^= (char)mask[n & 3];
}

static void ask_upgrade(Conn *conn) {
    static const char *const paths[] = {"/v1/stream", "", "/", "/mqtt"};
    const char *path = plan.proto == PLAIN ? conn->first : paths[plan.proto];
    settle(conn, UPGRADING);
    dial(conn, plan.port);
    addf(&conn->out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", path,
         plan.port);
    addf(&conn->out, "Sec-WebSocket-Key: " NONCE "\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
         plan.proto == MQTT ? "Sec-WebSocket-Protocol: mqtt\r\n" : "");
}

static void ask_ticket(Conn *conn) {
    settle(conn, TICKETING);
    dial(conn, plan.port);
    addf(&conn->out,
         "POST /v1/stream-tickets HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n",
         plan.port, conn->first + 4);
}

static void begin(Conn *conn) {
    conn->is_connected = false;
    for (int n = 0; n < conn->follow_count; n++) conn->follows[n].is_answered = false;
    if (plan.proto == OURS && strncmp(conn->first, "key:", 4) == 0) {
        ask_ticket(conn);
        return;
    }
    if (plan.proto == OURS) snprintf(conn->ticket, sizeof conn->ticket, "%s", conn->first);
    ask_upgrade(conn);
}

/* ---- what each kind of server is told once the websocket is open -------------------------------------------------- */

static void greet_ours(Conn *conn) {
    char text[512];
    int length = snprintf(text, sizeof text, "{\"id\":1,\"connect\":{\"ticket\":\"%s\"}}", conn->ticket);
    add_frame(&conn->out, 1, text, (size_t)length);
    for (int n = 0; n < conn->follow_count; n++) {
        Follow *one = &conn->follows[n];
        length = snprintf(text, sizeof text, "{\"id\":%d,\"subscribe\":{\"key\":\"%s\"", n + 2, one->key);
        if (one->epoch[0] != 0)
            length += snprintf(text + length, sizeof text - (size_t)length,
                               ",\"since\":{\"epoch\":\"%s\",\"version\":%lld}", one->epoch, (long long)one->version);
        length += snprintf(text + length, sizeof text - (size_t)length, "}}");
        add_frame(&conn->out, 1, text, (size_t)length);
    }
}

static void greet_nats(Conn *conn) {
    Bytes told = {0};
    addf(&told, "CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1,\"lang\":\"c\",\"version\":\"1\"%s%s%s}\r\n",
         conn->first[0] == '-' ? "" : ",\"auth_token\":\"", conn->first[0] == '-' ? "" : conn->first,
         conn->first[0] == '-' ? "" : "\"");
    for (int n = 0; n < conn->follow_count; n++) addf(&told, "SUB %s %d\r\n", conn->follows[n].key, n + 1);
    addf(&told, "PING\r\n");
    add_frame(&conn->out, 2, told.data, told.length);
    forget(&told);
}

static size_t mqtt_connect(char *to, const char *name) {
    size_t length = strlen(name);
    char head[] = {0x10, (char)(12 + length), 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, (char)length};
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, name, length);
    return sizeof head + length;
}

static void greet_mqtt(Conn *conn) {
    char told[512], name[32];
    snprintf(name, sizeof name, "bench-%d", conn->number);
    add_frame(&conn->out, 2, told, mqtt_connect(told, name));
    for (int n = 0; n < conn->follow_count; n++) {
        size_t length = conn->follows[n].key_length;
        char head[] = {(char)0x82, (char)(5 + length), 0, (char)(n + 1), 0, (char)length};
        memcpy(told, head, sizeof head);
        memcpy(told + sizeof head, conn->follows[n].key, length);
        told[sizeof head + length] = 0;
        add_frame(&conn->out, 2, told, sizeof head + length + 1);
    }
}

static void upgraded(Conn *conn) {
    settle(conn, plan.proto == PLAIN ? JOINED : JOINING);
    if (plan.proto == OURS) greet_ours(conn);
    if (plan.proto == MQTT) greet_mqtt(conn);
    flush_out(conn);
}

/* ---- what comes back ---------------------------------------------------------------------------------------------- */

static void delivered(const char *data, size_t length) {
    seen.deliveries++;
    seen.bytes += (int64_t)length;
    if (!is_timing || sample_count == MAX_SAMPLES) return;
    const char *end = data + length;
    while (end > data && end[-1] == '}') end--;
    int64_t stamp = 0, unit = 1;
    for (int n = 0; n < STAMP_DIGITS && end > data; n++, unit *= 10) stamp += (*--end - '0') * unit;
    int64_t took = (now_ns() - stamp) / 1000;
    samples[sample_count++] = took < 0 ? 0 : took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
}

static bool begins(const char *data, size_t length, const char *with) {
    size_t wanted = strlen(with);
    return length >= wanted && memcmp(data, with, wanted) == 0;
}

static const char *after(const char *data, size_t length, const char *name) {
    const char *found = memmem(data, length, name, strlen(name));
    return found == NULL ? NULL : found + strlen(name);
}

/* The follow that a frame is about: found by the frame's "key". */
static Follow *follow_in(Conn *conn, const char *data, size_t length) {
    const char *key = after(data, length < 300 ? length : 300, "\"key\":\"");
    for (int n = 0; key != NULL && n < conn->follow_count; n++) {
        Follow *one = &conn->follows[n];
        if (memcmp(key, one->key, one->key_length) == 0 && key[one->key_length] == '"') return one;
    }
    seen.odd++;
    return NULL;
}

static int64_t number_in(const char *data, size_t length, const char *name) {
    const char *found = after(data, length < 400 ? length : 400, name);
    return found == NULL ? -1 : strtoll(found, NULL, 10);
}

static void check_joined(Conn *conn) {
    if (conn->state != JOINING || !conn->is_connected) return;
    for (int n = 0; n < conn->follow_count; n++) {
        Follow *one = &conn->follows[n];
        if (!one->is_answered || one->awaits_snapshot || one->version < one->head) return;
    }
    settle(conn, JOINED);
}

static void hear_event(Conn *conn, const char *data, size_t length) {
    Follow *one = follow_in(conn, data, length);
    if (one == NULL) return;
    int64_t version = number_in(data, length, "\"version\":");
    if (version <= one->version)
        seen.repeats++;
    else if (version != one->version + 1 || one->awaits_snapshot || !one->is_answered)
        seen.holes++;
    one->version = version;
    delivered(data, length);
    if (record != NULL)
        fprintf(record, "%d %s %lld %lld\n", conn->number, one->key, (long long)version, (long long)now_ns());
    if (conn->state == JOINING) check_joined(conn);
}

static void hear_subscribed(Conn *conn, const char *data, size_t length) {
    Follow *one = follow_in(conn, data, length);
    if (one == NULL) return;
    const char *epoch = after(data, length, "\"epoch\":\"");
    const char *end = epoch == NULL ? NULL : memchr(epoch, '"', EPOCH_BYTES);
    bool is_recovered = after(data, length, "\"recovered\":true") != NULL;
    if (end == NULL) {
        seen.odd++;
        return;
    }
    char told[EPOCH_BYTES] = {0};
    memcpy(told, epoch, (size_t)(end - epoch));
    one->head = number_in(data, length, "\"version\":");
    if (is_recovered && (strcmp(told, one->epoch) != 0 || one->head < one->version)) seen.wrong++;
    memcpy(one->epoch, told, EPOCH_BYTES);
    one->is_answered = true;
    one->awaits_snapshot = !is_recovered;
    seen.recovered += is_recovered;
    check_joined(conn);
}

static void hear_snapshot(Conn *conn, const char *data, size_t length) {
    Follow *one = follow_in(conn, data, length);
    if (one == NULL) return;
    int64_t version = number_in(data, length, "\"version\":");
    if (!one->awaits_snapshot || version != one->head) seen.wrong++;
    one->version = version;
    one->awaits_snapshot = false;
    seen.snapshots++;
    check_joined(conn);
}

static void hear_ours(Conn *conn, const char *data, size_t length) {
    if (begins(data, length, "{\"event\":")) {
        hear_event(conn, data, length);
    } else if (begins(data, length, "{\"snapshot\":")) {
        hear_snapshot(conn, data, length);
    } else if (after(data, length < 60 ? length : 60, "\"subscribed\":{") != NULL) {
        hear_subscribed(conn, data, length);
    } else if (after(data, length < 60 ? length : 60, "\"connected\":{") != NULL) {
        conn->is_connected = true;
        check_joined(conn);
    } else if (after(data, length < 60 ? length : 60, "\"error\":{") != NULL) {
        if (seen.errors++ == 0) fprintf(stderr, "feed_load: refused: %.*s\n", (int)length, data);
    } else if (!begins(data, length, "{\"heartbeat\":") && !begins(data, length, "{\"disconnect\":")) {
        if (seen.odd++ == 0) fprintf(stderr, "feed_load: odd: %.*s\n", (int)(length < 300 ? length : 300), data);
    }
}

static void answer_inside(Conn *conn, const char *text) {
    if (conn->is_publisher)
        add(&conn->out, text, strlen(text));
    else
        add_frame(&conn->out, 2, text, strlen(text));
    flush_out(conn);
}

/* How much of the stream inside the websocket was whole. */
static size_t hear_nats(Conn *conn, const char *data, size_t length) {
    size_t at = 0;
    while (at < length) {
        const char *line = data + at, *end = memchr(line, '\n', length - at);
        if (end == NULL) break;
        size_t next = (size_t)(end - data) + 1;
        if (begins(line, length - at, "MSG ")) {
            const char *size = memrchr(line, ' ', (size_t)(end - line));
            size_t body = strtoul(size + 1, NULL, 10);
            if (next + body + 2 > length) break;
            delivered(data + next, body);
            next += body + 2;
        } else if (begins(line, length - at, "PING")) {
            answer_inside(conn, "PONG\r\n");
            if (conn->fd < 0) return length;
        } else if (begins(line, length - at, "INFO ")) {
            if (!conn->is_publisher) greet_nats(conn), flush_out(conn);
        } else if (begins(line, length - at, "PONG")) {
            if (conn->state == JOINING) settle(conn, JOINED);
        } else {
            if (seen.errors++ == 0) fprintf(stderr, "feed_load: nats: %.*s\n", (int)(end - line), line);
        }
        at = next;
    }
    return at;
}

static size_t hear_mqtt(Conn *conn, const char *data, size_t length) {
    size_t at = 0;
    while (at + 2 <= length) {
        size_t body = 0, head = 1;
        int shift = 0;
        bool is_whole = false;
        while (at + head < length && head < 5) {
            unsigned char part = (unsigned char)data[at + head++];
            body |= (size_t)(part & 127) << shift;
            shift += 7;
            if ((part & 128) == 0) {
                is_whole = true;
                break;
            }
        }
        if (!is_whole || at + head + body > length) break;
        int type = (unsigned char)data[at] >> 4;
        if (type == 3) delivered(data + at + head, body);
        if (type == 2 && conn->is_publisher) publisher_is_ready = true;
        if (type == 9) {
            conn->follows[(unsigned char)data[at + head + 1] - 1].is_answered = true;
            conn->is_connected = true;
            check_joined(conn);
        }
        at += head + body;
    }
    return at;
}

static void hear_close(Conn *conn, const char *data, size_t length) {
    seen.closes++;
    if (length >= 2) seen.last_close = (unsigned char)data[0] << 8 | (unsigned char)data[1];
    lose(conn);
}

static void hear_inside(Conn *conn, const char *data, size_t length) {
    Bytes *inner = &conn->inner;
    bool is_cut = inner->length > 0;
    if (is_cut) add(inner, data, length);
    const char *from = is_cut ? inner->data : data;
    size_t whole = is_cut ? inner->length : length;
    size_t used = plan.proto == NATS ? hear_nats(conn, from, whole) : hear_mqtt(conn, from, whole);
    if (conn->fd < 0) return;
    if (is_cut) {
        memmove(inner->data, inner->data + used, inner->length - used);
        inner->length -= used;
    } else if (used < whole) {
        add(inner, from + used, whole - used);
    }
}

static void hear_frame(Conn *conn, int opcode, const char *data, size_t length) {
    if (opcode == 8) {
        hear_close(conn, data, length);
    } else if (opcode == 9) {
        add_frame(&conn->out, 10, data, length);
        flush_out(conn);
    } else if (opcode == 10) {
        return;
    } else if (plan.proto == OURS) {
        hear_ours(conn, data, length);
    } else if (plan.proto == PLAIN) {
        delivered(data, length);
    } else {
        hear_inside(conn, data, length);
    }
}

/* How much of what was read was whole frames. */
static size_t hear_frames(Conn *conn, const char *data, size_t length) {
    size_t at = 0;
    while (length - at >= 2) {
        const unsigned char *head = (const unsigned char *)data + at;
        size_t body = head[1] & 127, head_length = 2;
        if (body == 126) {
            if (length - at < 4) break;
            body = (size_t)head[2] << 8 | head[3];
            head_length = 4;
        } else if (body == 127) {
            if (length - at < 10) break;
            body = 0;
            for (int n = 2; n < 10; n++) body = body << 8 | head[n];
            head_length = 10;
        }
        if (length - at < head_length + body) break;
        /* None of these servers cuts a message into several frames; one that did would be counted wrongly. */
        if ((head[0] & 0x80) == 0 && plan.proto != NATS && plan.proto != MQTT) seen.odd++;
        hear_frame(conn, head[0] & 15, data + at + head_length, body);
        if (conn->fd < 0) return length;
        at += head_length + body;
    }
    return at;
}

static size_t hear_http(Conn *conn, char *data, size_t length) {
    char *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL) return 0;
    size_t head = (size_t)(end - data) + 4;
    if (conn->state == TICKETING) {
        const char *ticket = after(data + head, length - head, "\"ticket\":\"");
        const char *close = ticket == NULL ? NULL : memchr(ticket, '"', length - (size_t)(ticket - data));
        if (close == NULL && begins(data, length, "HTTP/1.1 20")) return 0;
        if (close == NULL) {
            if (seen.refused++ == 0) fprintf(stderr, "feed_load: no ticket: %.*s\n", (int)length, data);
            lose(conn);
            return length;
        }
        snprintf(conn->ticket, sizeof conn->ticket, "%.*s", (int)(close - ticket), ticket);
        hang_up(conn);
        ask_upgrade(conn);
        return length;
    }
    if (!begins(data, length, "HTTP/1.1 101") || after(data, head, ACCEPTED) == NULL) {
        if (seen.refused++ == 0) fprintf(stderr, "feed_load: no websocket: %.*s\n", (int)length, data);
        lose(conn);
        return length;
    }
    upgraded(conn);
    return head;
}

static size_t hear_publisher(Conn *conn, char *data, size_t length) {
    return plan.publishes_mqtt ? hear_mqtt(conn, data, length) : hear_nats(conn, data, length);
}

static void hear(Conn *conn) {
    size_t kept = conn->outer.length;
    if (kept > (1 << 17)) give_up("a frame is longer than this client takes");
    memcpy(reading, conn->outer.data == NULL ? "" : conn->outer.data, kept);
    ssize_t got = recv(conn->fd, reading + kept, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        lose(conn);
        return;
    }
    size_t length = kept + (size_t)got, used = 0;
    int fd = conn->fd;
    if (conn->is_publisher) used = hear_publisher(conn, reading, length);
    if (conn->state == TICKETING || conn->state == UPGRADING) used = hear_http(conn, reading, length);
    if (conn->fd == fd && (conn->state == JOINING || conn->state == JOINED))
        used += hear_frames(conn, reading + used, length - used);
    if (conn->fd != fd) return;
    conn->outer.length = 0;
    if (used < length)
        add(&conn->outer, reading + used, length - used);
    else if (conn->outer.data != NULL)
        forget(&conn->outer);
}

static void turn(int wait_ms) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll_fd, events, EVENTS, wait_ms);
    for (int n = 0; n < count; n++) {
        Conn *conn = events[n].data.ptr;
        if (conn == NULL) {
            is_told = true;
            continue;
        }
        if (conn->fd >= 0 && events[n].events & EPOLLOUT) flush_out(conn);
        if (conn->fd >= 0 && events[n].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) hear(conn);
    }
}

/* ---- the publisher ------------------------------------------------------------------------------------------------ */

static void open_publisher(void) {
    if (publisher.fd >= 0 || plan.publish_port == 0) return;
    dial(&publisher, plan.publish_port);
    if (plan.publishes_mqtt) {
        char told[64];
        add(&publisher.out, told, mqtt_connect(told, "bench-publisher"));
    } else if (plan.proto == NATS) {
        bool has_token = plan.count > 0 && plan.conns[0].first[0] != '-';
        addf(&publisher.out, "CONNECT {\"verbose\":false,\"pedantic\":false%s%s%s}\r\n",
             has_token ? ",\"auth_token\":\"" : "", has_token ? plan.conns[0].first : "", has_token ? "\"" : "");
    }
    flush_out(&publisher);
    int64_t until = now_ns() + 5000000000;
    while (plan.publishes_mqtt && !publisher_is_ready && now_ns() < until) turn(10);
}

static void publish(int64_t stamp) {
    const char *topic = plan.topics[published % plan.topic_count];
    char text[256];
    int length = snprintf(text, sizeof text, "{\"n\":%012lld,\"pad\":\"", (long long)published);
    int pad = plan.size - length - (int)sizeof "\",\"t\":}" + 1 - STAMP_DIGITS;
    if (plan.publishes_mqtt) {
        size_t body = strlen(topic) + 2 + (size_t)plan.size;
        char head[] = {0x30, (char)(body & 127 | 128), (char)(body >> 7), 0, (char)strlen(topic)};
        add(&publisher.out, head, sizeof head);
        add(&publisher.out, topic, strlen(topic));
    } else {
        addf(&publisher.out, "PUB %s %d\r\n", topic, plan.size);
    }
    add(&publisher.out, text, (size_t)length);
    add(&publisher.out, payload_pad, (size_t)pad);
    addf(&publisher.out, "\",\"t\":%0*lld}%s", STAMP_DIGITS, (long long)stamp, plan.publishes_mqtt ? "" : "\r\n");
    published++;
}

/* How many connections a message goes to, on average. */
static double fan_out(void) {
    int64_t follows = 0;
    for (int n = 0; n < plan.count; n++) {
        if (plan.conns[n].state == JOINED && !plan.conns[n].is_stalled)
            follows += plan.proto == PLAIN ? 1 : plan.conns[n].follow_count;
    }
    return (double)follows / plan.topic_count;
}

/* ---- commands ----------------------------------------------------------------------------------------------------- */

static void command_open(int parallel, double seconds, int upto) {
    int64_t began = now_ns(), until = began + (int64_t)(seconds * 1e9);
    int before = open_now, next = 0;
    failed_now = 0;
    if (upto == 0 || upto > plan.count) upto = plan.count;
    while (now_ns() < until) {
        while (opening < parallel && next < upto) {
            Conn *conn = &plan.conns[next++];
            if (conn->state == AWAY || conn->state == FAILED) begin(conn);
        }
        if (opening == 0 && next >= upto) break;
        turn(10);
    }
    double took = (double)(now_ns() - began) / 1e9;
    open_publisher();
    printf("{\"opened\":%d,\"failed\":%d,\"unfinished\":%d,\"seconds\":%.6f}\n", open_now - before, failed_now, opening,
           took);
}

static double cpu_used(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Until all is there, or nothing came for three seconds. */
static void drain(int64_t first, int64_t heard, double fan) {
    int64_t so_far = seen.deliveries, until = now_ns() + 3000000000;
    while ((double)(seen.deliveries - heard) < (double)(published - first) * fan - 0.5 && now_ns() < until) {
        turn(10);
        if (seen.deliveries > so_far) so_far = seen.deliveries, until = now_ns() + 3000000000;
    }
}

static void command_run(double warm, double seconds, int window) {
    double fan = fan_out(), cpu = 0;
    int64_t first = published, heard = seen.deliveries, bytes = 0;
    int64_t began = now_ns(), from = began + (int64_t)(warm * 1e9), until = from + (int64_t)(seconds * 1e9);
    int64_t counted = -1, published_then = 0, now;
    while ((now = now_ns()) < until) {
        if (counted < 0 && now >= from) {
            counted = seen.deliveries, published_then = published, cpu = cpu_used(), bytes = seen.bytes;
            from = now;
        }
        if (publisher.out.length == 0) {
            int64_t room = window - (published - first) + (int64_t)((double)(seen.deliveries - heard) / fan);
            for (; room > 0; room--) publish(now);
            if (publisher.out.length > 0) flush_out(&publisher);
        }
        turn(1);
    }
    double took = (double)(now_ns() - from) / 1e9;
    int64_t deliveries = seen.deliveries - counted, messages = published - published_then;
    bytes = seen.bytes - bytes, cpu = cpu_used() - cpu;
    drain(first, heard, fan);
    printf("{\"deliveries\":%lld,\"messages\":%lld,\"seconds\":%.6f,\"bytes\":%lld,\"client_cpu\":%.3f,\"missing\":%.0f}\n",
           (long long)deliveries, (long long)messages, took, (long long)bytes, cpu,
           (double)(published - first) * fan - (double)(seen.deliveries - heard));
}

static int by_size(const void *one, const void *other) {
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return a < b ? -1 : a > b;
}

static uint32_t sample_at(double share) {
    if (sample_count == 0) return 0;
    size_t at = (size_t)((double)sample_count * share);
    return samples[at < sample_count ? at : sample_count - 1];
}

static void command_pace(double seconds, double rate) {
    double fan = fan_out();
    int64_t first = published, heard = seen.deliveries, began = now_ns(), wanted = (int64_t)(seconds * rate), sent = 0;
    if (samples == NULL) samples = malloc(MAX_SAMPLES * sizeof *samples);
    if (samples == NULL) give_up("no memory");
    sample_count = 0;
    is_timing = true;
    while (sent < wanted) {
        int64_t due = began + (int64_t)((double)sent * 1e9 / rate), now = now_ns();
        if (due <= now) {
            publish(due);
            sent++;
            flush_out(&publisher);
            continue;
        }
        turn((int)((due - now) / 1000000));
    }
    drain(first, heard, fan);
    is_timing = false;
    double took = (double)(now_ns() - began) / 1e9;
    qsort(samples, sample_count, sizeof *samples, by_size);
    printf("{\"deliveries\":%lld,\"messages\":%lld,\"seconds\":%.6f,\"missing\":%.0f,\"p50_us\":%u,\"p99_us\":%u,"
           "\"max_us\":%u}\n",
           (long long)(seen.deliveries - heard), (long long)wanted, took,
           (double)wanted * fan - (double)(seen.deliveries - heard), sample_at(0.5), sample_at(0.99), sample_at(1));
}

static void command_send(int count) {
    for (int n = 0; n < count; n++) publish(now_ns());
    while (publisher.out.length > 0) flush_out(&publisher), turn(1);
    printf("{\"messages\":%d}\n", count);
}

static void command_listen(double seconds) {
    int64_t heard = seen.deliveries, until = now_ns() + (int64_t)(seconds * 1e9), now;
    while ((now = now_ns()) < until) turn((int)((until - now) / 1000000) + 1);
    printf("{\"deliveries\":%lld}\n", (long long)(seen.deliveries - heard));
}

static void command_range(const char *name, int first, int count) {
    for (int n = first; n < first + count && n < plan.count; n++) {
        Conn *conn = &plan.conns[n];
        if (name[0] == 'c') {
            hang_up(conn);
            settle(conn, AWAY);
        } else if (name[0] == 's' && conn->fd >= 0 && !conn->is_stalled) {
            epoll_ctl(epoll_fd, EPOLL_CTL_DEL, conn->fd, NULL);
            conn->is_stalled = true;
        } else if (name[0] == 'u' && conn->fd >= 0 && conn->is_stalled) {
            conn->is_stalled = false;
            watch(conn, EPOLLIN, EPOLL_CTL_ADD);
        }
    }
    printf("{\"open\":%d}\n", open_now);
}

static void command_tickets(const char *path) {
    FILE *file = fopen(path, "r");
    char line[512];
    if (file == NULL) give_up(path);
    for (int n = 0; n < plan.count && fgets(line, sizeof line, file) != NULL; n++) {
        line[strcspn(line, "\n")] = 0;
        free(plan.conns[n].first);
        plan.conns[n].first = strdup(line);
    }
    fclose(file);
    printf("{}\n");
}

static void command_record(const char *path) {
    if (record != NULL) fclose(record);
    record = strcmp(path, "-") == 0 ? NULL : fopen(path, "w");
    printf("{}\n");
}

static void command_report(void) {
    int64_t behind = 0;
    for (int n = 0; n < plan.count; n++)
        for (int m = 0; m < plan.conns[n].follow_count; m++)
            behind += plan.conns[n].follows[m].version < plan.conns[n].follows[m].head;
    printf("{\"open\":%d,\"deliveries\":%lld,\"snapshots\":%lld,\"recovered\":%lld,\"holes\":%lld,\"repeats\":%lld,"
           "\"wrong\":%lld,\"errors\":%lld,\"odd\":%lld,\"closes\":%lld,\"last_close\":%d,\"refused\":%lld,"
           "\"behind\":%lld}\n",
           open_now, (long long)seen.deliveries, (long long)seen.snapshots, (long long)seen.recovered,
           (long long)seen.holes, (long long)seen.repeats, (long long)seen.wrong, (long long)seen.errors,
           (long long)seen.odd, (long long)seen.closes, seen.last_close, (long long)seen.refused, (long long)behind);
}

static bool obey(char *line) {
    char name[32] = "", text[400] = "";
    double a = 0, b = 0, c = 0;
    line[strcspn(line, "\n")] = 0;
    sscanf(line, "%31s %lf %lf %lf", name, &a, &b, &c);
    sscanf(line, "%31s %399s", name, text);
    if (strcmp(name, "quit") == 0) return false;
    if (strcmp(name, "open") == 0)
        command_open((int)a, b, (int)c);
    else if (strcmp(name, "run") == 0)
        command_run(a, b, (int)c);
    else if (strcmp(name, "pace") == 0)
        command_pace(a, b);
    else if (strcmp(name, "send") == 0)
        command_send((int)a);
    else if (strcmp(name, "listen") == 0)
        command_listen(a);
    else if (strcmp(name, "stall") == 0 || strcmp(name, "unstall") == 0 || strcmp(name, "close") == 0)
        command_range(name, (int)a, (int)b);
    else if (strcmp(name, "tickets") == 0)
        command_tickets(text);
    else if (strcmp(name, "record") == 0)
        command_record(text);
    else if (strcmp(name, "report") == 0)
        command_report();
    else
        give_up(line);
    fflush(stdout);
    if (record != NULL) fflush(record);
    return true;
}

/* ---- the plan ----------------------------------------------------------------------------------------------------- */

static void plan_conn(char *rest) {
    plan.conns = realloc(plan.conns, (size_t)(plan.count + 1) * sizeof *plan.conns);
    Conn *conn = &plan.conns[plan.count];
    *conn = (Conn){.number = plan.count++, .fd = -1};
    char *word = strtok(rest, " ");
    conn->first = strdup(word);
    while ((word = strtok(NULL, " ")) != NULL) {
        conn->follows = realloc(conn->follows, (size_t)(conn->follow_count + 1) * sizeof(Follow));
        conn->follows[conn->follow_count++] = (Follow){.key = strdup(word), .key_length = strlen(word)};
    }
}

static void plan_line(char *line) {
    static const char *const protos[] = {"ours", "plain", "nats", "mqtt"};
    char *rest = strchr(line, ' ');
    if (rest == NULL) give_up(line);
    *rest++ = 0;
    if (strcmp(line, "conn") == 0) {
        plan_conn(rest);
    } else if (strcmp(line, "topic") == 0) {
        plan.topics = realloc(plan.topics, (size_t)(plan.topic_count + 1) * sizeof *plan.topics);
        plan.topics[plan.topic_count++] = strdup(rest);
    } else if (strcmp(line, "port") == 0) {
        plan.port = atoi(rest);
    } else if (strcmp(line, "size") == 0) {
        plan.size = atoi(rest);
    } else if (strcmp(line, "publish") == 0) {
        plan.publish_port = atoi(rest);
        plan.publishes_mqtt = strstr(rest, "mqtt") != NULL;
    } else if (strcmp(line, "proto") == 0) {
        for (int n = 0; n < 4; n++)
            if (strcmp(rest, protos[n]) == 0) plan.proto = (Proto)n;
    }
}

int main(int argc, char **argv) {
    char *line = NULL;
    size_t room = 0;
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL) give_up("needs a plan");
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = 0;
        plan_line(line);
    }
    fclose(file);
    payload_pad = malloc((size_t)plan.size);
    memset(payload_pad, 'x', (size_t)plan.size);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    /* Level-triggered: a line that is there already is noticed at the next turn. */
    struct epoll_event told = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &told);
    do {
        for (is_told = false; !is_told;) turn(-1);
    } while (getline(&line, &room, stdin) > 0 && obey(line));
    return 0;
}
