/*
 * An open-loop HTTP client: sends POST requests at the times that a fixed rate intends, over kept
 * connections with one request in flight each, and notes for each answer when it was meant to be
 * sent and when it was there. A request that finds no free connection waits, and its time counts.
 *
 *   post PORT PATH CONNECTIONS RATE SECONDS REQUESTS BODY HEADERS STATUS SEED RECORDS
 *
 * RATE 0 sends whenever a connection is free. It ends after SECONDS or REQUESTS (0: no bound),
 * whichever comes first, and then waits a little for what is under way. BODY is a file: each run of
 * 64 '#' in it becomes 64 fresh hexadecimal digits, each run of 6 '%' a number below 1,000. HEADERS
 * is a file of whole header lines. RECORDS receives two 64-bit words an answer, nanoseconds of the
 * monotonic clock: intended, answered. Answers of another STATUS are counted and the first is shown.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_LIMIT 8192
#define GRACE_NS 10000000000ull

typedef struct {
  int fd;
  int busy;
  int wantsWrite;
  uint64_t intended;
  char *out;
  size_t outLength, outSent;
  char head[HEAD_LIMIT];
  size_t headLength;
  long bodyLeft; /* -1: still in the head of the answer */
} Connection;

static char *body;
static size_t bodyLength;
static size_t *hashes, hashCount, *numbers, numberCount;
static uint64_t random64State, sentNumber;
static uint64_t answered, refused, sent;
static const char *wantedStatus;
static FILE *records;
static int poller;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

/* The processor time of this process as a share of the time that has passed. */
static double cpuShare(uint64_t since) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double used = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  return used / ((double)(now() - since) / 1e9);
}

static void die(const char *what) {
  fprintf(stderr, "post: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* splitmix64 */
static uint64_t random64(void) {
  uint64_t z = (random64State += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

static char *readFile(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) die(path);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *text = malloc((size_t)size + 1);
  if (fread(text, 1, (size_t)size, file) != (size_t)size) die(path);
  text[size] = 0;
  fclose(file);
  *length = (size_t)size;
  return text;
}

static size_t *findRuns(char mark, size_t width, size_t *count) {
  size_t *found = malloc(sizeof(size_t) * (bodyLength / width + 1));
  size_t run = 0;
  *count = 0;
  for (size_t at = 0; at < bodyLength; at++) {
    run = body[at] == mark ? run + 1 : 0;
    if (run == width) {
      found[(*count)++] = at + 1 - width;
      run = 0;
    }
  }
  return found;
}

static void fillBody(char *into) {
  static const char digits[] = "0123456789abcdef";
  for (size_t index = 0; index < hashCount; index++) {
    char *at = into + hashes[index];
    for (int word = 0; word < 4; word++) {
      uint64_t value = random64();
      for (int digit = 0; digit < 16; digit++, value >>= 4) *at++ = digits[value & 15];
    }
  }
  for (size_t index = 0; index < numberCount; index++) {
    char number[8];
    snprintf(number, sizeof number, "%06u", (unsigned)(sentNumber++ % 1000));
    memcpy(into + numbers[index], number, 6);
  }
}

static void watchWrites(Connection *c, int wanted) {
  if (c->wantsWrite == wanted) return;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
  c->wantsWrite = wanted;
}

static void flush(Connection *c) {
  while (c->outSent < c->outLength) {
    ssize_t wrote = send(c->fd, c->out + c->outSent, c->outLength - c->outSent, MSG_NOSIGNAL);
    if (wrote < 0 && errno == EAGAIN) return watchWrites(c, 1);
    if (wrote < 0) die("send");
    c->outSent += (size_t)wrote;
  }
  watchWrites(c, 0);
}

static void begin(Connection *c, uint64_t intended, size_t headLength) {
  fillBody(c->out + headLength);
  c->busy = 1;
  c->intended = intended;
  c->outSent = 0;
  c->headLength = 0;
  c->bodyLeft = -1;
  sent++;
  flush(c);
}

static void finish(Connection *c) {
  uint64_t record[2] = {c->intended, now()};
  c->busy = 0;
  answered++;
  fwrite(record, sizeof record, 1, records);
}

static void readHead(Connection *c) {
  c->head[c->headLength] = 0;
  if (strncmp(c->head + 9, wantedStatus, 3) != 0 && refused++ == 0) fprintf(stderr, "post: answered with %s\n", c->head);
  char *length = strcasestr(c->head, "\r\ncontent-length:");
  if (length == NULL) {
    fprintf(stderr, "post: an answer without a length: %s\n", c->head);
    exit(1);
  }
  c->bodyLeft = atol(length + 17);
}

/* Returns 1 when the answer is whole. */
static int take(Connection *c, const char *bytes, size_t length) {
  size_t at = 0;
  while (c->bodyLeft < 0 && at < length) {
    if (c->headLength + 1 >= HEAD_LIMIT) {
      fprintf(stderr, "post: the head of an answer is too long\n");
      exit(1);
    }
    c->head[c->headLength++] = bytes[at++];
    if (c->headLength >= 4 && memcmp(c->head + c->headLength - 4, "\r\n\r\n", 4) == 0) readHead(c);
  }
  c->bodyLeft -= (long)(length - at);
  return c->bodyLeft == 0;
}

static void onReadable(Connection *c) {
  static char buffer[1 << 18];
  for (;;) {
    ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got < 0) die("recv");
    if (got == 0) {
      fprintf(stderr, "post: the server closed a connection\n");
      exit(1);
    }
    if (!c->busy) continue;
    if (take(c, buffer, (size_t)got)) return finish(c);
    if ((size_t)got < sizeof buffer) return;
  }
}

static void openConnection(Connection *c, int port, const char *head, size_t headLength) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int one = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  c->outLength = headLength + bodyLength;
  c->out = malloc(c->outLength);
  memcpy(c->out, head, headLength);
  memcpy(c->out + headLength, body, bodyLength);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
}

int main(int count, char **given) {
  if (count != 12) {
    fprintf(stderr, "post: PORT PATH CONNECTIONS RATE SECONDS REQUESTS BODY HEADERS STATUS SEED RECORDS\n");
    return 2;
  }
  int port = atoi(given[1]), connectionCount = atoi(given[3]);
  double rate = atof(given[4]), seconds = atof(given[5]);
  uint64_t limit = strtoull(given[6], NULL, 10);
  body = readFile(given[7], &bodyLength);
  size_t linesLength;
  char *lines = readFile(given[8], &linesLength);
  wantedStatus = given[9];
  random64State = strtoull(given[10], NULL, 10);
  records = fopen(given[11], "wb");
  if (records == NULL) die(given[11]);
  hashes = findRuns('#', 64, &hashCount);
  numbers = findRuns('%', 6, &numberCount);
  char *head = malloc(linesLength + 512);
  size_t headLength = (size_t)sprintf(head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
                                      given[2], bodyLength, lines);
  poller = epoll_create1(0);
  Connection *connections = calloc((size_t)connectionCount, sizeof(Connection));
  Connection **idle = malloc(sizeof(Connection *) * (size_t)connectionCount);
  int idleCount = 0;
  for (int index = 0; index < connectionCount; index++) {
    openConnection(&connections[index], port, head, headLength);
    idle[idleCount++] = &connections[index];
  }

  struct epoll_event events[256];
  uint64_t start = now(), end = start + (uint64_t)(seconds * 1e9);
  printf("start %llu\n", (unsigned long long)start);
  fflush(stdout);
  for (;;) {
    uint64_t at = now();
    int isOver = at >= end || (limit > 0 && sent >= limit);
    while (!isOver && idleCount > 0) {
      uint64_t due = rate > 0 ? start + (uint64_t)((double)sent * 1e9 / rate) : at;
      if (due > at || (limit > 0 && sent >= limit)) break;
      begin(idle[--idleCount], due, headLength);
    }
    if (isOver && (idleCount == connectionCount || at > end + GRACE_NS)) break;
    double untilNext = rate > 0 && idleCount > 0 && !isOver ? (double)start + (double)sent * 1e9 / rate - (double)now() : 1e8;
    struct timespec wait = {.tv_nsec = untilNext < 0 ? 0 : untilNext > 1e8 ? 100000000 : (long)untilNext};
    int ready = epoll_pwait2(poller, events, 256, &wait, NULL);
    for (int index = 0; index < ready; index++) {
      Connection *c = events[index].data.ptr;
      int wasBusy = c->busy;
      if (events[index].events & EPOLLOUT) flush(c);
      if (events[index].events & ~(uint32_t)EPOLLOUT) onReadable(c);
      if (wasBusy && !c->busy) idle[idleCount++] = c;
    }
  }
  fclose(records);
  uint64_t owed = rate > 0 ? (uint64_t)((double)(end - start) / 1e9 * rate) : sent;
  if (limit > 0 && owed > limit) owed = limit;
  printf("{\"owed\":%llu,\"sent\":%llu,\"answered\":%llu,\"refused\":%llu,\"cpuShare\":%.2f}\n",
         (unsigned long long)owed, (unsigned long long)sent, (unsigned long long)answered, (unsigned long long)refused,
         cpuShare(start));
  return 0;
}
