package io.netspan.enrich.cri;

import com.google.protobuf.InvalidProtocolBufferException;
import cri.containerd.events.Envelope;
import cri.containerd.events.SubscribeRequest;
import cri.containerd.events.TaskCreate;
import cri.runtime.v1.ContainerEventResponse;
import cri.runtime.v1.ContainerEventType;
import cri.runtime.v1.GetEventsRequest;
import cri.runtime.v1.VersionRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Iterates over the containers that a runtime starts, until the runtime ends. Of a runtime without
 * events there are none.
 */
final class StartedContainers {
  private static final Duration ASK_EVERY = Duration.ofSeconds(10);

  /**
   * A container's task is created after everything else of it, so it can be looked up, and before
   * its first process runs.
   */
  private static final SubscribeRequest TASKS =
      SubscribeRequest.newBuilder().addFilters("topic==\"/tasks/create\"").build();

  /** Docker's, whose own API says more. */
  private static final String DOCKERS_NAMESPACE = "moby";

  private final CriCalls calls;
  private final Iterator<@Nullable Started> events;

  /**
   * A container that was started.
   *
   * @param namespace of containerd; empty if there is none
   */
  record Started(String namespace, String id) {}

  private StartedContainers(CriCalls calls, Iterator<@Nullable Started> events) {
    this.calls = calls;
    this.events = events;
  }

  /** By containerd's own events, which it had long before the CRI had any. */
  static StartedContainers ofContainerd(CriCalls calls) {
    return new StartedContainers(
        calls, mapped(calls.events().subscribe(TASKS), StartedContainers::of));
  }

  /** By the CRI's events. */
  static StartedContainers ofCri(CriCalls calls) {
    return new StartedContainers(
        calls,
        mapped(
            calls.runtimeStream().getContainerEvents(GetEventsRequest.getDefaultInstance()),
            StartedContainers::of));
  }

  private static <T> Iterator<@Nullable Started> mapped(
      Iterator<T> events, Function<T, @Nullable Started> of) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return events.hasNext();
      }

      @Override
      public @Nullable Started next() {
        return of.apply(events.next());
      }
    };
  }

  private static @Nullable Started of(Envelope event) {
    if (event.getNamespace().equals(DOCKERS_NAMESPACE)) {
      return null;
    }
    try {
      TaskCreate task = TaskCreate.parseFrom(event.getEvent().getValue());
      return new Started(event.getNamespace(), task.getContainerId());
    } catch (InvalidProtocolBufferException e) {
      throw Status.INTERNAL.withCause(e).asRuntimeException();
    }
  }

  private static @Nullable Started of(ContainerEventResponse event) {
    return event.getContainerEventType() == ContainerEventType.CONTAINER_CREATED_EVENT
        ? new Started("", event.getContainerId())
        : null;
  }

  /** Waits for the next one; null if the runtime has ended the stream. */
  @Nullable Started next() throws IOException {
    try {
      while (events.hasNext()) {
        Started next = events.next();
        if (next != null) {
          return next;
        }
      }
      return null;
    } catch (StatusRuntimeException e) {
      Status.Code code = e.getStatus().getCode();
      if (code != Status.Code.UNIMPLEMENTED && code != Status.Code.FAILED_PRECONDITION) {
        throw e;
      }
      return awaitEnd();
    }
  }

  /** Asks from time to time whether the runtime is still there. */
  private @Nullable Started awaitEnd() throws IOException {
    try {
      while (true) {
        Thread.sleep(ASK_EVERY);
        String _ = calls.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
