package io.netspan.receiver.lookup;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.telemetry.Series;
import io.netspan.receiver.telemetry.SeriesTable;
import io.netspan.receiver.telemetry.ServiceResources;
import io.opentelemetry.api.metrics.Meter;

/** Counts look-ups by service and by whether the name was found. */
final class LookupMetrics {
  private final SeriesTable<Count> series;

  private static final class Count extends Series {
    final SingleWriterCounter lookups = new SingleWriterCounter();

    Count(Id id) {
      super(id);
    }
  }

  LookupMetrics(Meter meter, ServiceResources services) {
    series =
        new SeriesTable<>(
            services, (detail, to) -> to.put(booleanKey("found"), detail == 1), Count::new);
    meter
        .counterBuilder("lookups")
        .buildWithCallback(
            to -> series.forEach(one -> to.record(one.lookups.get(), one.attributes())));
  }

  void ended(Lookup lookup) {
    series.of(lookup.owner().service(), lookup.found() ? 1 : 0).lookups.increment();
  }
}
