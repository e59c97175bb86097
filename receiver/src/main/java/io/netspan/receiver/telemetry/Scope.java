package io.netspan.receiver.telemetry;

import io.netspan.receiver.Version;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;

/** The instrumentation scope of all spans and metrics. */
public final class Scope {
  public static final InstrumentationScopeInfo NETSPAN =
      InstrumentationScopeInfo.builder("io.netspan").setVersion(Version.current()).build();

  private Scope() {}
}
