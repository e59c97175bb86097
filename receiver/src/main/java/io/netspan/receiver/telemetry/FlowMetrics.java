package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.workload.ServiceNames;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The metrics of flows, which move while flows go on; observed when a reader collects.
 *
 * <p>Belongs to the tracer's thread, but for the observations.
 */
public final class FlowMetrics {
  /** One below the SDK's own limit of 2,000, which counts the overflow set. */
  private static final int MOST_SERIES = 1_999;

  private static final AttributeKey<String> SERVICE_NAME = stringKey("service.name");
  private static final AttributeKey<String> ROLE = stringKey("netspan.role");
  private static final AttributeKey<String> IO_DIRECTION = stringKey("network.io.direction");
  private static final int PORT_BITS = 16;
  private static final int ROLE_BITS = 2;

  private final ServiceNames services;
  private final Long2ObjectHashMap<FlowSeries> series = new Long2ObjectHashMap<>();

  /** The same series for the reader's thread. */
  private final List<FlowSeries> observed = new CopyOnWriteArrayList<>();

  private final FlowSeries overflow =
      new FlowSeries(Attributes.builder().put(booleanKey("otel.metric.overflow"), true));

  /** Of the flows with the same attributes; single writer, as its counters. */
  private static final class FlowSeries {
    final Attributes transmit;
    final Attributes receive;
    final SingleWriterCounter bytesSent = new SingleWriterCounter();
    final SingleWriterCounter bytesReceived = new SingleWriterCounter();
    final SingleWriterCounter datagramsSent = new SingleWriterCounter();
    final SingleWriterCounter datagramsReceived = new SingleWriterCounter();

    FlowSeries(AttributesBuilder attributes) {
      transmit = attributes.put(IO_DIRECTION, "transmit").build();
      receive = attributes.put(IO_DIRECTION, "receive").build();
    }

    void add(Flow.Counts counts) {
      bytesSent.add(counts.bytesSent());
      bytesReceived.add(counts.bytesReceived());
      datagramsSent.add(counts.datagramsSent());
      datagramsReceived.add(counts.datagramsReceived());
    }
  }

  public FlowMetrics(Meter meter, ServiceNames services) {
    this.services = services;
    meter
        .counterBuilder("netspan.flow.io")
        .setUnit("By")
        .setDescription("Payload of flows.")
        .buildWithCallback(to -> observed.forEach(one -> bytes(to, one)));
    meter
        .counterBuilder("netspan.flow.datagrams")
        .setUnit("{datagram}")
        .setDescription("Datagrams of flows.")
        .buildWithCallback(to -> observed.forEach(one -> datagrams(to, one)));
  }

  private static void bytes(ObservableLongMeasurement to, FlowSeries one) {
    to.record(one.bytesSent.get(), one.transmit);
    to.record(one.bytesReceived.get(), one.receive);
  }

  private static void datagrams(ObservableLongMeasurement to, FlowSeries one) {
    to.record(one.datagramsSent.get(), one.transmit);
    to.record(one.datagramsReceived.get(), one.receive);
  }

  void counted(Flow flow) {
    long key =
        ((long) flow.owner().service() << ROLE_BITS | flow.role().ordinal()) << PORT_BITS
            | flow.serverPort();
    FlowSeries known = series.get(key);
    (known != null ? known : create(key, flow)).add(flow.sinceLast());
  }

  private FlowSeries create(long key, Flow flow) {
    if (series.size() >= MOST_SERIES) {
      if (!observed.contains(overflow)) {
        observed.add(overflow);
      }
      return overflow;
    }
    FlowRole role = flow.role();
    AttributesBuilder attributes =
        Attributes.builder()
            .put(SERVICE_NAME, services.name((int) (key >>> (PORT_BITS + ROLE_BITS))))
            .put(ROLE, role.value())
            .put(SpanAttributes.NETWORK_TRANSPORT, "udp");
    if (flow.serverPort() != 0) {
      attributes.put(SpanAttributes.SERVER_PORT, (long) flow.serverPort());
    }
    FlowSeries created = new FlowSeries(attributes);
    series.put(key, created);
    observed.add(created);
    return created;
  }
}
