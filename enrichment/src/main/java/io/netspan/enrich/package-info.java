/**
 * Identifies processes and names their services: from what the kernel recorded about a process,
 * completed by {@code /proc} while the process lives, then by {@link io.netspan.enrich.Contributor
 * contributors}. Knows no BPF and no OpenTelemetry; hands out immutable records.
 *
 * <p>Sources are merged by one rule, {@link io.netspan.enrich.ProcessIdentity#completedBy}: what a
 * source of higher precedence knows stays. {@link io.netspan.enrich.CachingEnricher} has the order
 * of what concerns one process, {@link io.netspan.enrich.Contributors} that of the contributors.
 *
 * <p>Everything read here was written by other programs and is treated as hostile: each text passes
 * {@link io.netspan.enrich.secret.Untrusted} before it leaves, each file is read up to a limit, and
 * no content makes a method throw.
 */
@NullMarked
package io.netspan.enrich;

import org.jspecify.annotations.NullMarked;
