/** The columns that say where an OpenTelemetry record comes from. */
import type { Origin } from './origin.js';
import { keepLabel, keepOriginAttributes, keepWord } from '../privacy/otel.js';

/** All records of one scope share an origin, so its columns are made once. */
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
    service_name: keepLabel(origin.serviceName),
    resource_schema_url: keepWord(origin.resourceSchemaUrl),
    resource_attributes: keepOriginAttributes(origin.resourceAttributes, origin),
    scope_schema_url: keepWord(origin.scopeSchemaUrl),
    scope_name: keepLabel(origin.scopeName),
    scope_version: keepWord(origin.scopeVersion),
    scope_attributes: keepOriginAttributes(origin.scopeAttributes, origin),
  };
}
