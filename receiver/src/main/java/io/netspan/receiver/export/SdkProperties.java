package io.netspan.receiver.export;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The properties that the SDK sees: hidden ones are left out, and so are empty ones, which the
 * specification treats as unset but the SDK as values.
 */
final class SdkProperties implements ConfigProperties {
  private final ConfigProperties all;
  private final Set<String> hidden;

  SdkProperties(ConfigProperties all, Set<String> hidden) {
    this.all = all;
    this.hidden = hidden;
  }

  private boolean isThere(String name) {
    String value = all.getString(name);
    return value != null && !value.isBlank() && !hidden.contains(name);
  }

  @Override
  public @Nullable String getString(String name) {
    String value = isThere(name) ? all.getString(name) : null;
    return value == null ? null : value.strip();
  }

  @Override
  public @Nullable Boolean getBoolean(String name) {
    return isThere(name) ? all.getBoolean(name) : null;
  }

  @Override
  public @Nullable Integer getInt(String name) {
    return isThere(name) ? all.getInt(name) : null;
  }

  @Override
  public @Nullable Long getLong(String name) {
    return isThere(name) ? all.getLong(name) : null;
  }

  @Override
  public @Nullable Double getDouble(String name) {
    return isThere(name) ? all.getDouble(name) : null;
  }

  @Override
  public @Nullable Duration getDuration(String name) {
    return isThere(name) ? all.getDuration(name) : null;
  }

  @Override
  public List<String> getList(String name) {
    return isThere(name) ? all.getList(name) : List.of();
  }

  @Override
  public Map<String, String> getMap(String name) {
    return isThere(name) ? all.getMap(name) : Map.of();
  }

  @Override
  public ComponentLoader getComponentLoader() {
    return all.getComponentLoader();
  }
}
