package io.netspan.receiver.lookup;

import static io.opentelemetry.api.common.AttributeKey.booleanKey;

import io.netspan.receiver.telemetry.PendingCounter;
import io.netspan.receiver.telemetry.Series;
import io.netspan.receiver.telemetry.SeriesTable;
import io.netspan.receiver.telemetry.ServiceResources;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;

/** Counts look-ups by service and by whether the name was found. */
final class LookupMetrics {
  private final SeriesTable<Count> series;

  private static final class Count extends Series {
    private final LongCounter counter;
    private final PendingCounter lookups = new PendingCounter();

    Count(Id id, LongCounter counter) {
      super(id);
      this.counter = counter;
    }

    @Override
    protected boolean report(boolean first) {
      return add(counter, lookups, attributes(), first);
    }
  }

  LookupMetrics(Meter meter, ServiceResources services) {
    LongCounter counter = meter.counterBuilder("lookups").build();
    series =
        new SeriesTable<>(
            meter,
            "dns",
            services,
            (detail, to) -> to.put(booleanKey("found"), detail == 1),
            id -> new Count(id, counter));
  }

  void ended(Lookup lookup) {
    series.of(lookup.owner().service(), lookup.found() ? 1 : 0).lookups.increment();
  }
}
