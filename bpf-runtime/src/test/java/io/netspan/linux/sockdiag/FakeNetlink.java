package io.netspan.linux.sockdiag;

import io.netspan.bpf.sys.NetlinkCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A fake kernel that gives the responses a test wants. The first socket is for requests, the second
 * for broadcasts.
 */
final class FakeNetlink implements NetlinkCalls {

  /** The relevant calls with their arguments. */
  final List<String> log = new ArrayList<>();

  /** The results of {@link #recvfrom}, per descriptor: a datagram, or a negative error number. */
  private final Map<Integer, Deque<Object>> waiting = new HashMap<>();

  private final Map<String, Integer> errors = new HashMap<>();
  private Function<byte[], List<Object>> answers = _ -> List.of();
  private int nextFd = 100;
  private int sender;

  FakeNetlink fail(String function, int errno) {
    errors.put(function, errno);
    return this;
  }

  /** Maps a request to the datagrams (or negative error numbers) of its response. */
  FakeNetlink answer(Function<byte[], List<Object>> with) {
    answers = with;
    return this;
  }

  /** A datagram, or a negative error number, for the subscribers to destroyed sockets. */
  FakeNetlink broadcast(Object datagram) {
    waiting.computeIfAbsent(101, _ -> new ArrayDeque<>()).add(datagram);
    return this;
  }

  FakeNetlink from(int port) {
    sender = port;
    return this;
  }

  private int result(String function, Object about, int success) {
    log.add(function + " " + about);
    Integer error = errors.get(function);
    return error == null ? success : -error;
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return result("socket", domain + " " + protocol, nextFd++);
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    return result("bind", fd, 0);
  }

  @Override
  public int setsockopt(int fd, int level, int option, int value) {
    return result("setsockopt", level + " " + option + " " + value, 0);
  }

  @Override
  public long send(int fd, MemorySegment message, int flags) {
    byte[] question = message.toArray(ValueLayout.JAVA_BYTE);
    waiting.computeIfAbsent(fd, _ -> new ArrayDeque<>()).addAll(answers.apply(question));
    return result("send", fd, question.length);
  }

  @Override
  public long recvfrom(int fd, MemorySegment buffer, int flags, MemorySegment address) {
    Object next = waiting.getOrDefault(fd, new ArrayDeque<>()).poll();
    if (next == null) {
      return -Errno.EAGAIN;
    }
    if (next instanceof Integer error) {
      return error;
    }
    byte[] datagram = (byte[]) next;
    address.set(ValueLayout.JAVA_INT, 4, sender);
    MemorySegment.copy(
        MemorySegment.ofArray(datagram),
        0,
        buffer,
        0,
        Math.min(datagram.length, buffer.byteSize()));
    return datagram.length;
  }

  @Override
  public int poll(int[] fds, boolean[] ready, int timeoutMillis) {
    return 0;
  }

  @Override
  public int open(String path, int flags) {
    return result("open", path, nextFd++);
  }

  @Override
  public int close(int fd) {
    return result("close", fd, 0);
  }

  @Override
  public int setns(int fd, int type) {
    return result("setns", fd, 0);
  }
}
