/**
 * The truth table: the ledger of the workload program for a row, the reports of the agent about it,
 * and the comparison of both. This package starts no processes, so it can judge an agent anywhere.
 */
@NullMarked
package io.netspan.it.truth;

import org.jspecify.annotations.NullMarked;
