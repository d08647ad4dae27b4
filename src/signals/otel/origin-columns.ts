import type { Origin } from './origin.js';
import { keepOriginAttributes } from './privacy.js';

/** The records of one scope share their origin, and so its columns. */
const made = new WeakMap<Origin, OriginColumns>();

type OriginColumns = ReturnType<typeof makeColumns>;

/** Columns that every OpenTelemetry table has. */
export function originColumns(origin: Origin): OriginColumns {
  const columns = made.get(origin) ?? makeColumns(origin);
  made.set(origin, columns);
  return columns;
}

function makeColumns(origin: Origin) {
  return {
    service_name: origin.serviceName,
    resource_schema_url: origin.resourceSchemaUrl,
    resource_attributes: keepOriginAttributes(origin.resourceAttributes),
    scope_schema_url: origin.scopeSchemaUrl,
    scope_name: origin.scopeName,
    scope_version: origin.scopeVersion,
    scope_attributes: keepOriginAttributes(origin.scopeAttributes),
  };
}
