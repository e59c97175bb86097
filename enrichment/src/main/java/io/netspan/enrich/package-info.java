/**
 * Who is process 4711, and what is the service called: from what the kernel told about a process,
 * completed by {@code /proc} while the process lives. Knows no BPF and no OpenTelemetry; hands out
 * immutable records.
 *
 * <p>Everything read here was written by somebody else's program, so it is hostile: each text
 * passes {@link io.netspan.enrich.secret.Untrusted} before it leaves, each file is read up to a
 * limit, and no content makes a method throw.
 */
@NullMarked
package io.netspan.enrich;

import org.jspecify.annotations.NullMarked;
