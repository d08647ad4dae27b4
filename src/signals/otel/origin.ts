/** Reads the origin of OpenTelemetry records: resource and scope. */
import { asArray, asObject, type Json } from '../../base/json/json.js';
import { readText } from './field.js';
import { readAttributes, textOf, type Attributes } from './value.js';

/** The source of a record: the program (resource) and the part of it (scope) that made it. */
export interface Origin {
  serviceName: string;
  resourceAttributes: Attributes;
  resourceSchemaUrl: string;
  scopeName: string;
  scopeVersion: string;
  scopeAttributes: Attributes;
  scopeSchemaUrl: string;
}

/** The field names of the three levels that each signal nests its records in. */
export interface Levels {
  resources: string;
  scopes: string;
  records: string;
}

/** Every record of an export request with its origin, in order. A record that is not an object is passed as {}. */
export function* recordsIn(request: Json, levels: Levels): Generator<{ origin: Origin; record: Json }> {
  for (const entry of asArray(request[levels.resources]).map(orEmpty)) {
    const resourceAttributes = readAttributes(orEmpty(entry.resource).attributes);
    const resource = {
      serviceName: textOf(resourceAttributes.get('service.name') ?? ''),
      resourceAttributes,
      resourceSchemaUrl: readText(entry.schemaUrl),
    };
    for (const part of asArray(entry[levels.scopes]).map(orEmpty)) {
      const scope = orEmpty(part.scope);
      const origin: Origin = {
        ...resource,
        scopeName: readText(scope.name),
        scopeVersion: readText(scope.version),
        scopeAttributes: readAttributes(scope.attributes),
        scopeSchemaUrl: readText(part.schemaUrl),
      };
      for (const record of asArray(part[levels.records])) yield { origin, record: orEmpty(record) };
    }
  }
}

/** Whether Claude Code made the record, whatever its service name is. */
export function isClaudeCode({ scopeName, serviceName }: Origin): boolean {
  return scopeName.startsWith('com.anthropic.claude_code') || serviceName.startsWith('claude-code');
}

function orEmpty(value: unknown): Json {
  return asObject(value) ?? {};
}
