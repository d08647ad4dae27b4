/** Parses `.connection` files. They are stored and given back as they are; this server never connects. */
import { DatafileError } from '../errors.js';
import { readOption, requireOption } from './connector.js';
import { readCommands, requireBlock, requireValue, type Grammar } from './lines.js';
import { connectionTypes, type Connection, type ConnectionType } from './types.js';

const grammar: Grammar = {
  kind: 'connection',
  commands: new Set(['DESCRIPTION', 'TYPE', 'VERSION']),
  prefixes: ['KAFKA_', 'S3_', 'GCS_', 'DYNAMODB_'],
  unsupported: new Map([['INCLUDE', 'includes are not supported']]),
};

/** For each type: the prefix of its options, and what it needs (one option of each list). */
const rules: Record<ConnectionType, { prefix: string; needs: readonly (readonly string[])[] }> = {
  kafka: { prefix: 'KAFKA_', needs: [['KAFKA_BOOTSTRAP_SERVERS']] },
  s3: { prefix: 'S3_', needs: [['S3_REGION'], ['S3_ARN', 'S3_ACCESS_KEY']] },
  gcs: {
    prefix: 'GCS_',
    needs: [['GCS_SERVICE_ACCOUNT_CREDENTIALS_JSON', 'GCS_ACCESS_ID', 'GCS_HMAC_ACCESS_ID']],
  },
  dynamodb: { prefix: 'DYNAMODB_', needs: [['DYNAMODB_ARN'], ['DYNAMODB_REGION']] },
};

/** Parses a `.connection` file; `name` is the file's name without extension. Throws a DatafileError. */
export function parseConnection(name: string, content: string): Connection {
  const options: Record<string, string> = {};
  let type: ConnectionType | undefined;
  let description = '';
  for (const command of readCommands(content, grammar)) {
    if (command.name === 'DESCRIPTION') description = requireBlock(command, true);
    else if (command.name === 'TYPE') type = readType(requireValue(command), command.line);
    else if (command.name !== 'VERSION') readOption(options, command);
  }
  if (type === undefined) throw new DatafileError(`TYPE is missing: it is ${connectionTypes.join(', ')}`);
  const { prefix, needs } = rules[type];
  const foreign = Object.keys(options).find((option) => !option.startsWith(prefix));
  if (foreign !== undefined) throw new DatafileError(`${foreign} does not belong to TYPE ${type}`);
  for (const any of needs) requireOption(options, `TYPE ${type}`, any);
  return { kind: 'connection', name, description, type, options, content };
}

function readType(value: string, line: number): ConnectionType {
  const type = connectionTypes.find((one) => one === value.toLowerCase());
  if (type !== undefined) return type;
  throw new DatafileError(`line ${line}: TYPE ${value} is not one of ${connectionTypes.join(', ')}`);
}
