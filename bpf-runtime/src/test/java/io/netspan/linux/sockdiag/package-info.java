/** Tests of sock_diag: on made-up answers, broken ones too, and on the real kernel. */
@NullMarked
package io.netspan.linux.sockdiag;

import org.jspecify.annotations.NullMarked;
