import { describe, expect, it } from 'vitest';
import { readLogs, type LogRecord } from '../otel/logs/record.js';
import { logRow } from '../otel/logs/rows.js';
import { keepDescription, keepLabel } from './otel.js';
import { readTraces } from '../otel/traces/span.js';
import { spanRow } from '../otel/traces/rows.js';

const list = (attributes: Record<string, string>) =>
  Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));

interface Sent {
  service: string;
  resource?: Record<string, string>;
  attributes?: Record<string, string>;
  body?: unknown;
  eventName?: string;
}

function record({ service, resource = {}, attributes = {}, body, eventName }: Sent): LogRecord {
  const [read] = readLogs({
    resourceLogs: [
      {
        resource: { attributes: list({ 'service.name': service, ...resource }) },
        scopeLogs: [{ logRecords: [{ timeUnixNano: '1', body, eventName, attributes: list(attributes) }] }],
      },
    ],
  }).records;
  return read!;
}

function kept(sent: Sent) {
  const { table, row } = logRow(record(sent));
  if (table !== 'otel_logs') throw new Error(table);
  return row;
}

const people = {
  'user.email': 'ann@example.com',
  'user.id': 'u-1',
  'user.account_uuid': 'a-1',
  'user.account_id': 'a-2',
  'organization.id': 'o-1',
};
const content = {
  prompt: 'secret',
  response: 'secret',
  tool_input: 'secret',
  tool_parameters: '{"bash_command":"secret"}',
  body: 'secret',
  user_prompt: 'secret',
  full_command: 'secret',
  file_path: '/secret',
  error: 'secret',
};

describe('attributes of Claude Code', () => {
  it('only the listed attributes are kept', () => {
    const attributes = {
      ...people,
      ...content,
      'session.id': 's',
      model: 'claude-opus-5-5',
      brand_new: 'secret',
    };
    expect(kept({ service: 'claude-code', attributes }).log_attributes).toEqual({
      model: 'claude-opus-5-5',
      'session.id': 's',
    });
  });

  it('a listed attribute that contains a text or an address is dropped', () => {
    const attributes = { 'agent.name': 'ann@example.com', 'skill.name': 'x'.repeat(101), tool_name: 'Bash' };
    expect(kept({ service: 'claude-code-desktop', attributes }).log_attributes).toEqual({
      tool_name: 'Bash',
    });
  });

  it('labels that the user gave the resource are kept, except accounts and addresses', () => {
    const resource = {
      ...people,
      'host.name': 'laptop-of-ann',
      team: 'payments',
      contact: 'ann@example.com',
    };
    expect(kept({ service: 'claude-code', resource }).resource_attributes).toEqual({
      'service.name': 'claude-code',
      team: 'payments',
    });
  });

  it('the only body that is kept is the name of the event', () => {
    const body = (stringValue: string) => kept({ service: 'claude-code', body: { stringValue } }).body;
    expect(body('claude_code.api_request')).toBe('claude_code.api_request');
    expect(body('claude_code.api_request secret')).toBe('');
    expect(body('secret')).toBe('');
  });

  it('the error text of a span is dropped', () => {
    const [span] = readTraces({
      resourceSpans: [
        {
          resource: { attributes: list({ 'service.name': 'claude-code' }) },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: '8737fd1e6747b6cf4dfe094d5ccbb485',
                  spanId: '8b133e145a66a6a5',
                  status: { code: 2, message: 'secret' },
                  attributes: list({ full_command: 'secret', tool_name: 'Bash' }),
                  events: [{ name: 'tool.output', attributes: list({ output: 'secret' }) }],
                  links: [{ attributes: list({ any: 'secret' }) }],
                },
              ],
            },
          ],
        },
      ],
    }).records;
    const row = spanRow(span!);
    expect(row).toMatchObject({ row: { status_code: 'Error', events_name: ['tool.output'] } });
    expect(JSON.stringify(row)).not.toContain('secret');
  });
});

describe('records of other programs', () => {
  it('only the attributes of the conventions that contain no content are kept', () => {
    const attributes = {
      ...people,
      ...content,
      'http.route': '/orders/{id}',
      'http.response.status_code': '200',
      'gen_ai.request.model': 'some-model',
      'gen_ai.usage.input_tokens': '7',
      'http.request.header.authorization': 'secret',
      'url.full': 'https://x/?q=secret',
      'url.query': 'q=secret',
      'db.query.text': 'secret',
      'exception.message': 'secret',
      'gen_ai.prompt': 'secret',
      'gen_ai.input.messages': 'secret',
      'gen_ai.system_instructions': 'secret',
      'gen_ai.tool.call.arguments': 'secret',
      'input.value': 'secret',
      api_key: 'secret',
      'brand.new': 'secret',
    };
    expect(kept({ service: 'checkout', attributes }).log_attributes).toEqual({
      'gen_ai.request.model': 'some-model',
      'gen_ai.usage.input_tokens': '7',
      'http.response.status_code': '200',
      'http.route': '/orders/{id}',
    });
  });

  it('only the resource labels of the conventions are kept', () => {
    const resource = { ...people, 'host.name': 'laptop-of-ann', team: 'secret', 'service.version': '1.2' };
    expect(kept({ service: 'checkout', resource }).resource_attributes).toEqual({
      'service.name': 'checkout',
      'service.version': '1.2',
    });
  });

  it('a body of any shape is dropped', () => {
    const body = { kvlistValue: { values: list({ content: 'secret', reason: 'stop' }) } };
    expect(kept({ service: 'x', body }).body).toBe('');
    expect(kept({ service: 'x', body: { stringValue: 'order paid' } }).body).toBe('');
  });

  it.each([
    ['GET /orders/{id}', 'GET /orders/{id}'],
    ['chat some-model', 'chat some-model'],
    ['shop.Orders/Create', 'shop.Orders/Create'],
    ['', ''],
  ])('the name %j is kept', (name, expected) => {
    expect(keepLabel(name)).toBe(expected);
  });

  it.each(['please mend my login page', "SELECT * FROM users WHERE name='ann'", 'GET /a?token=x'])(
    'a text in the place of a name is replaced by a hash: %s',
    (name) => {
      expect(keepLabel(name)).toMatch(/^other-[0-9a-f]{8}$/);
    },
  );

  it('the identity of a row is not computed from a secret', () => {
    const id = (letter: string) =>
      kept({ service: 'x', attributes: { 'http.route': ['/gh', 'p_', letter.repeat(36)].join('') } });
    expect(id('a')).toEqual(id('b'));
    expect(id('a').log_attributes).toEqual({ 'http.route': '/[redacted:github_token]' });
  });
});

describe.each([
  'C:\\Users\\ann\\shop',
  '/home/ann/shop',
  '/Users/ann/shop',
  '\\\\server\\ann\\shop',
  'file:///home/ann/shop',
])('the path %s in a record of Claude Code', (path) => {
  it('no attribute and no label of the resource keeps it, and names become a hash', () => {
    const row = kept({
      service: 'claude-code',
      resource: { team: path },
      attributes: { model: path, 'agent.name': path, error_type: path, speed: path, language: path },
    });
    expect(row.resource_attributes).toEqual({ 'service.name': 'claude-code' });
    expect(row.log_attributes).toEqual({
      model: expect.stringMatching(/^other-[0-9a-f]{8}$/) as string,
      'agent.name': expect.stringMatching(/^other-[0-9a-f]{8}$/) as string,
    });
  });

  it('no description of a metric keeps it', () => {
    const { origin } = record({ service: 'claude-code' });
    expect(keepDescription(path, origin)).toBe('');
    expect(keepDescription(`Count of ${path}`, origin)).toBe('');
  });
});

it('the descriptions of the metrics of Claude Code are kept', () => {
  const { origin } = record({ service: 'claude-code' });
  const lines =
    "Count of lines of code modified, with the 'type' attribute indicating whether lines were added or removed and the 'model' attribute indicating which model made the change";
  for (const text of ['Number of tokens used', 'Cost of the Claude Code session', lines])
    expect(keepDescription(text, origin)).toBe(text);
});
