/**
 * The truth table: what the workload program's ledger says of a row, what the agent said of it, and
 * the comparison of both. Pure: it starts nothing, so it judges an agent anywhere.
 */
@NullMarked
package io.netspan.it.truth;

import org.jspecify.annotations.NullMarked;
