/*
 * WebSocket consumers, one subscriber a connection: subscribe, note each event when it is there,
 * and acknowledge the last one of each read.
 *
 *   subscribe PORT CONNECTIONS HEADERS SUBSCRIBE EVENTS SECONDS RECORDS
 *
 * HEADERS is a file of whole header lines for the handshake, SUBSCRIBE a file with the text of the
 * subscribe frame, in which each run of 6 '%' becomes the connection's number. It says "ready" once
 * every connection was answered with "subscribed", and ends after EVENTS events, after SECONDS, or
 * at SIGTERM. Events of the type "executed" do not count: how many there are is not known beforehand. RECORDS receives an entry an event (see Record).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 17)

typedef struct {
  uint64_t arrived; /* nanoseconds of the monotonic clock */
  uint32_t connection;
  uint32_t seq;
  uint32_t block;
  uint32_t confirmations;
  uint32_t type; /* the place in `types`, from 1; 0: another */
  uint32_t bytes; /* of the frame's text */
} Record;

typedef struct {
  int fd;
  uint32_t number;
  int subscribed;
  size_t length;
  char cursor[128];
  size_t cursorLength;
  char *buffer;
} Connection;

static const char *types[] = {"included\"", "executed\"", "confirmation\"", "confirmed\"", "finalized\"", "pending\""};
#define EXECUTED 2
static uint64_t eventCount, countedCount, ackCount;
static FILE *records;
static volatile sig_atomic_t stopped, told;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

/* Seconds of processor time that this process has taken. */
static double cpuSeconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what) {
  fprintf(stderr, "subscribe: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void onSignal(int signal) {
  if (signal == SIGUSR1) told = 1;
  else stopped = 1;
}

static char *readFile(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  char *text = calloc(1, 65536);
  if (fread(text, 1, 65535, file) == 0 && ferror(file)) die(path);
  fclose(file);
  return text;
}

/* Frames of a client must be masked; a mask of zeros leaves the text as it is. */
static void sendFrame(Connection *c, unsigned char opcode, const char *text, size_t length) {
  unsigned char frame[4096 + 16];
  size_t at = 0;
  if (length > 4096) die("frame too long");
  frame[at++] = 0x80 | opcode;
  if (length < 126) frame[at++] = 0x80 | (unsigned char)length;
  else {
    frame[at++] = 0x80 | 126;
    frame[at++] = (unsigned char)(length >> 8);
    frame[at++] = (unsigned char)length;
  }
  memset(frame + at, 0, 4);
  at += 4;
  memcpy(frame + at, text, length);
  at += length;
  for (size_t done = 0; done < at;) {
    ssize_t wrote = send(c->fd, frame + done, at - done, MSG_NOSIGNAL);
    if (wrote < 0 && errno == EAGAIN) continue; /* acknowledgements are small: the kernel takes them in a moment */
    if (wrote < 0) die("send");
    done += (size_t)wrote;
  }
}

static const char *after(const char *text, size_t length, const char *name) {
  const char *found = memmem(text, length, name, strlen(name));
  return found == NULL ? NULL : found + strlen(name);
}

static uint32_t numberAfter(const char *text, size_t length, const char *name) {
  const char *found = after(text, length, name);
  return found == NULL ? 0 : (uint32_t)strtoul(found, NULL, 10);
}

static uint32_t typeOf(const char *text, size_t length) {
  const char *found = after(text, length, "\"type\":\"transaction.");
  if (found == NULL) return 0;
  for (uint32_t index = 0; index < sizeof types / sizeof *types; index++) {
    if (strncmp(found, types[index], strlen(types[index])) == 0) return index + 1;
  }
  return 0;
}

static void takeText(Connection *c, const char *text, size_t length, uint64_t arrived) {
  if (after(text, length < 24 ? length : 24, "\"type\":\"event\"") == NULL) {
    if (after(text, length, "\"type\":\"subscribed\"") != NULL) c->subscribed = 1;
    else {
      fprintf(stderr, "subscribe: connection %u was sent %.*s\n", c->number, (int)(length < 300 ? length : 300), text);
      exit(1);
    }
    return;
  }
  const char *cursor = after(text, length, "\"cursor\":\"");
  const char *cursorEnd = cursor == NULL ? NULL : memchr(cursor, '"', 127);
  if (cursorEnd == NULL) die("an event without a cursor");
  c->cursorLength = (size_t)(cursorEnd - cursor);
  memcpy(c->cursor, cursor, c->cursorLength);
  Record record = {.arrived = arrived,
                   .connection = c->number,
                   .seq = numberAfter(text, length, "\"seq\":"),
                   .block = numberAfter(text, length, "\"blockNumber\":"),
                   .confirmations = numberAfter(text, length, "\"confirmations\":"),
                   .type = typeOf(text, length),
                   .bytes = (uint32_t)length};
  fwrite(&record, sizeof record, 1, records);
  eventCount++;
  if (record.type != EXECUTED) countedCount++;
}

/* Takes the whole frames at the start of the buffer and keeps the rest. */
static void takeFrames(Connection *c, uint64_t arrived) {
  size_t at = 0;
  for (;;) {
    unsigned char *frame = (unsigned char *)c->buffer + at;
    size_t have = c->length - at, head = 2;
    if (have < 2) break;
    size_t length = frame[1] & 127;
    if (length == 126) {
      if (have < 4) break;
      length = ((size_t)frame[2] << 8) | frame[3];
      head = 4;
    } else if (length == 127) die("a frame beyond 64 KiB");
    if (have < head + length) break;
    char *text = (char *)frame + head;
    int opcode = frame[0] & 15;
    if (opcode == 1) takeText(c, text, length, arrived);
    else if (opcode == 9) sendFrame(c, 10, text, length);
    else if (opcode == 8) {
      fprintf(stderr, "subscribe: the server closed connection %u\n", c->number);
      exit(1);
    }
    at += head + length;
  }
  memmove(c->buffer, c->buffer + at, c->length - at);
  c->length -= at;
}

static void acknowledge(Connection *c) {
  char text[256];
  if (c->cursorLength == 0) return;
  int length = snprintf(text, sizeof text, "{\"type\":\"ack\",\"id\":\"s1\",\"cursor\":\"%.*s\"}", (int)c->cursorLength, c->cursor);
  sendFrame(c, 1, text, (size_t)length);
  c->cursorLength = 0;
  ackCount++;
}

static void onReadable(Connection *c) {
  ssize_t got = recv(c->fd, c->buffer + c->length, BUFFER_BYTES - c->length, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    fprintf(stderr, "subscribe: connection %u was cut\n", c->number);
    exit(1);
  }
  c->length += (size_t)got;
  takeFrames(c, now());
  acknowledge(c);
}

static void replaceNumber(char *text, uint32_t number) {
  char digits[8];
  snprintf(digits, sizeof digits, "%06u", number);
  for (char *at = strstr(text, "%%%%%%"); at != NULL; at = strstr(at, "%%%%%%")) memcpy(at, digits, 6);
}

static void openConnection(Connection *c, int port, const char *headers) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int one = 1;
  char request[8192], answer[4096];
  size_t got = 0;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  int length = snprintf(request, sizeof request,
                        "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dHh0cmFpbCBiZW5jaCBrZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                        headers);
  if (send(c->fd, request, (size_t)length, MSG_NOSIGNAL) != length) die("handshake");
  while (got < 4 || memcmp(answer + got - 4, "\r\n\r\n", 4) != 0) {
    if (got + 1 >= sizeof answer || recv(c->fd, answer + got, 1, 0) != 1) die("handshake");
    got++;
  }
  if (strncmp(answer, "HTTP/1.1 101", 12) != 0) {
    fprintf(stderr, "subscribe: the handshake was answered with %.*s\n", (int)got, answer);
    exit(1);
  }
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  c->buffer = malloc(BUFFER_BYTES);
}

static void sendSubscribe(Connection *c, const char *subscribe) {
  char text[4096];
  snprintf(text, sizeof text, "%s", subscribe);
  replaceNumber(text, c->number);
  sendFrame(c, 1, text, strlen(text));
}

static int readyConnections(Connection *connections, int count) {
  int ready = 0;
  for (int index = 0; index < count; index++) ready += connections[index].subscribed;
  return ready;
}

int main(int count, char **given) {
  if (count != 8) {
    fprintf(stderr, "subscribe: PORT CONNECTIONS HEADERS SUBSCRIBE EVENTS SECONDS RECORDS\n");
    return 2;
  }
  int port = atoi(given[1]), connectionCount = atoi(given[2]), isReady = 0;
  char *headers = readFile(given[3]), *subscribe = readFile(given[4]);
  uint64_t wanted = strtoull(given[5], NULL, 10);
  uint64_t longest = (uint64_t)(atof(given[6]) * 1e9), giveUp = now() + longest;
  records = fopen(given[7], "wb");
  if (records == NULL) die(given[7]);
  signal(SIGTERM, onSignal);
  signal(SIGUSR1, onSignal);
  int poller = epoll_create1(0);
  Connection *connections = calloc((size_t)connectionCount, sizeof(Connection));
  for (int index = 0; index < connectionCount; index++) {
    connections[index].number = (uint32_t)index;
    openConnection(&connections[index], port, headers);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[index]};
    epoll_ctl(poller, EPOLL_CTL_ADD, connections[index].fd, &event);
  }
  /* Everybody is connected before the first event can come, so that no handshake stands in its way. */
  printf("connected\n");
  fflush(stdout);
  while (!told && !stopped && now() < giveUp) usleep(1000);
  uint64_t begun = now(), end = begun + longest;
  double cpuBefore = cpuSeconds();
  for (int index = 0; index < connectionCount; index++) sendSubscribe(&connections[index], subscribe);
  struct epoll_event events[512];
  while (!stopped && countedCount < wanted && now() < end) {
    int ready = epoll_wait(poller, events, 512, 100);
    for (int index = 0; index < ready; index++) onReadable(events[index].data.ptr);
    if (!isReady && readyConnections(connections, connectionCount) == connectionCount) {
      isReady = 1;
      printf("ready %llu\n", (unsigned long long)now());
      fflush(stdout);
    }
  }
  fclose(records);
  printf("{\"events\":%llu,\"acknowledgements\":%llu,\"cpuShare\":%.2f}\n", (unsigned long long)eventCount,
         (unsigned long long)ackCount, (cpuSeconds() - cpuBefore) / ((double)(now() - begun) / 1e9));
  return 0;
}
