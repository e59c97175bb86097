/** The example of this module's README, as a user of the module would write it. */
@NullMarked
package io.netspan.bpf.example;

import org.jspecify.annotations.NullMarked;
