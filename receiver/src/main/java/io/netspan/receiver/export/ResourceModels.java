package io.netspan.receiver.export;

import io.opentelemetry.api.common.AttributeType;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.AttributeNameValueModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.AttributeTypeModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.ResourceModel;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.List;

/** Converts a Resource to the model of a configuration file. */
final class ResourceModels {
  private ResourceModels() {}

  static ResourceModel of(Resource resource) {
    List<AttributeNameValueModel> all = new ArrayList<>();
    resource
        .getAttributes()
        .forEach(
            (key, value) ->
                all.add(
                    new AttributeNameValueModel()
                        .withName(key.getKey())
                        .withType(type(key.getType()))
                        .withValue(value)));
    return new ResourceModel().withAttributes(all).withSchemaUrl(resource.getSchemaUrl());
  }

  private static AttributeTypeModel type(AttributeType type) {
    return switch (type) {
      case STRING -> AttributeTypeModel.STRING;
      case BOOLEAN -> AttributeTypeModel.BOOL;
      case LONG -> AttributeTypeModel.INT;
      case DOUBLE -> AttributeTypeModel.DOUBLE;
      case STRING_ARRAY -> AttributeTypeModel.STRING_ARRAY;
      case BOOLEAN_ARRAY -> AttributeTypeModel.BOOL_ARRAY;
      case LONG_ARRAY -> AttributeTypeModel.INT_ARRAY;
      case DOUBLE_ARRAY -> AttributeTypeModel.DOUBLE_ARRAY;
      default -> throw new IllegalStateException("a Resource of a file has no " + type);
    };
  }
}
