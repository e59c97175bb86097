package io.netspan.it.backend;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that starts a real Kubernetes API server. Where that is not built, it is skipped with the
 * reason; in CI it builds it.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(KubernetesCondition.class)
public @interface RequiresKubernetes {}
