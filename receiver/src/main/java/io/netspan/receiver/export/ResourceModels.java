package io.netspan.receiver.export;

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
                        .withType(AttributeTypeModel.valueOf(key.getType().name()))
                        .withValue(value)));
    return new ResourceModel().withAttributes(all).withSchemaUrl(resource.getSchemaUrl());
  }
}
