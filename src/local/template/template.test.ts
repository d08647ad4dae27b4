import { describe, expect, it } from 'vitest';
import { ApiError } from '../errors.js';
import { compileTemplate, renderTemplate } from './template.js';

/** Renders a template (without its leading %) for a request. */
function render(text: string, parameters: Record<string, string | string[]> = {}): string {
  const template = compileTemplate(`%${text}`);
  const required = template.parameters.filter((one) => one.default === undefined).map((one) => one.name);
  return renderTemplate(template, new Map(Object.entries(parameters)), 'run', required).sql;
}

describe('templates', () => {
  it('only text that starts with % is a template', () => {
    expect(renderTemplate(compileTemplate('SELECT {{x}}'), new Map(), 'run', []).sql).toBe('SELECT {{x}}');
    expect(render('\nSELECT 1')).toBe('SELECT 1');
  });

  it('comments are left out', () => {
    expect(render('a{# {{ nothing }} #}b')).toBe('ab');
  });

  it.each([
    ['{{ Int32(x) }}', '7', "toInt32('7')"],
    ['{{ Int32(x, 3) }}', undefined, "toInt32('3')"],
    ['{{ Int32(x, default=3, required=False, description="d") }}', undefined, "toInt32('3')"],
    ['{{ UInt64(x) }}', '18446744073709551615', "toUInt64('18446744073709551615')"],
    ['{{ Int(x) }}', '+7', '7'],
    ['{{ Float32(x) }}', '1', "toFloat32('1.0')"],
    ['{{ Float64(x) }}', '1.5e3', "toFloat64('1500.0')"],
    ['{{ String(x) }}', "it's 50%", "'it\\'s 50\\%'"],
    ['{{ String(x) }}', 'a\\b`"\n', "'a\\\\b\\`\\\"\\n'"],
    ['{{ Date(x) }}', '2024-01-01', "'2024-01-01'"],
    ['{{ DateTime(x) }}', '2024-01-01 10:20:30', "'2024-01-01 10:20:30'"],
    ['{{ DateTime(x) }}', '2024-01-01T10:20:30', "'2024-01-01T10:20:30'"],
    ['{{ DateTime64(x) }}', '2024-01-01 10:20:30.123', "'2024-01-01 10:20:30.123'"],
    ['{{ Boolean(x) }}', 'FALSE', '0'],
    ['{{ Boolean(x) }}', 'anything', '1'],
    ['{{ Boolean(x, true, required=False) }}', undefined, '1'],
    ["{{ Array(x, 'Int32') }}", '1, 2', '[1,2]'],
    ['{{ Array(x) }}', "a,b'c", "['a','b\\'c']"],
    ["{{ Array(x, 'String', default='a,b') }}", undefined, "['a','b']"],
    ["{{ column(x, 'a') }}", 'json.b', '`json`.`b`'],
    ["{{ columns(x, 'a,b') }}", undefined, '`a`,`b`'],
    ["{{ columns(x, 'a,b', 'max') }}", undefined, 'max(`a`) as `a`,max(`b`) as `b`'],
    ['{{ symbol(x) }}', 'a"b', '`ab`'],
    ['{{ table(x) }}', 'events', 'events'],
    ['{{ x }}', 'text', "'text'"],
    ["{{ x or 'other' }}", undefined, "'other'"],
    ['{{ 7 // 2 + 7 % 4 * 2 }}', undefined, '9'],
    ['{{ 7 / 2 }}', undefined, '3.5'],
    ["{{ 'a' if x else 'b' }}", undefined, "'b'"],
    ["{{ len(split_to_array(x, 'a,b,c')) }}", undefined, '3'],
    ["{{ JSON(x)['a'][0] }}", '{"a":[5]}', '5'],
    ["{{ '-'.join(['a', 'b']).upper() }}", undefined, "'A-B'"],
    ['{{ sql_and(a=x, b__in=Array(x), c__gte=y) }}', 'v', "a = 'v' AND b in ['v']"],
    ["{{ sql_unescape(x, '%') }}", '5%', "'5%'"],
  ])('%s with %s is rendered as %s', (text, x, sql) => {
    expect(render(text, x === undefined ? {} : { x })).toBe(sql);
  });

  it('a repeated key is a list', () => {
    expect(render("{{ Array(x, 'String') }}", { x: ['a,b', 'c'] })).toBe("['a,b','c']");
  });

  it('branches are chosen', () => {
    const text = '{% if defined(a) and Int32(a) > 5 %}big{% elif defined(a) %}small{% else %}none{% end %}';
    expect([render(text, { a: '9' }), render(text, { a: '2' }), render(text)]).toEqual([
      'big',
      'small',
      'none',
    ]);
  });

  it('loops, unpacking, set and break work', () => {
    const text =
      '{% set n = 0 %}{% for last, item in enumerate_with_last(split_to_array(x)) %}{% set n = n + 1 %}{{ item }}{% if not last %},{% end %}{% if n == 2 %}{% break %}{% end %}{% end %}';
    expect(render(text, { x: 'a, b, c' })).toBe("'a','b',");
  });

  it('}} and %} inside strings do not end a tag', () => {
    expect(render("{{ '}}' }}{% if x == '%}' %}y{% end %}", { x: '%}' })).toBe("'}}'y");
  });

  it.each([
    ['{{ Int32(x) }}', 'non_int', "Error validating 'non_int' to type Int32"],
    ['{{ Int8(x) }}', '128', "Error validating '128' to type Int8"],
    ['{{ UInt8(x) }}', '-1', "Error validating '-1' to type UInt8"],
    ['{{ Float32(x) }}', '1_0', "Error validating '1_0' to type Float32"],
    ['{{ Date(x) }}', '01-01-2024', "Error validating '01-01-2024' to type Date"],
    ["{{ Array(x, 'Int32') }}", '1,2,x', 'Error validating [1,2,x][2] (x) to type Int32'],
    ["{{ Array(x, 'Int32') }}", '1,', 'Error validating [1,][1] (empty string) to type Int32'],
    [
      '{{ column(y) }}',
      '',
      "Missing column() default value, use `column(column_name, 'default_column_name')`",
    ],
    ['{{ JSON(x) }}', '{', "Error parsing JSON: '{' - "],
    ['{{ y }}', '', 'expression "y" evaluated to null'],
    ['{{ sql_and(a__like=x) }}', 'v', 'operand like not supported'],
  ])('%s with %s fails with: %s', (text, x, message) => {
    expect(() => render(text, { x })).toThrow(`Template Syntax Error: ${message}`);
  });

  it('every missing parameter without a default is named', () => {
    const text = '{{ String(test) }}{{ Int32(days, 7) }}{% if defined(opt) %}{{ String(color) }}{% end %}';
    expect(() => render(text)).toThrow(
      'Template Syntax Error: Required parameter is not defined. Check the parameters test and color. Please provide a value or set a default value in the pipe code.',
    );
  });

  it.each([
    ['{% if x %}', 'Missing {% end %} block for if at line 1'],
    ['{% import os %}', 'import is forbidden at <string>:1'],
    ['{{ whatever(x) }}', "'whatever' is not a valid function, line 1"],
    ['{{ 2 ** 3 }}', 'Invalid BinOp: Pow()'],
    ['{{ String(q) }}', '"q" can not be used as a variable name'],
    ['{{ String(from) }}', 'invalid syntax: "from" is a reserved word'],
    ['{% while x %}{% end %}', '{% while %} is not supported by the local server'],
    ['{{ x +', 'Missing end }}'],
    ['{{ (x }}', 'invalid syntax'],
    ['{% end %}', 'Extra {% end %}'],
  ])('%s is refused at build: %s', (text, message) => {
    expect(() => compileTemplate(`%${text}`)).toThrow(`Template Syntax Error: ${message}`);
  });

  it('a template can raise its own error with a status', () => {
    const raised = (text: string): unknown => {
      try {
        return render(text);
      } catch (error) {
        return error instanceof ApiError ? [error.status, error.body] : error;
      }
    };
    expect(raised("{{ error('no way') }}")).toEqual([400, { error: 'no way' }]);
    expect(raised("{{ custom_error({'error': 'gone', 'n': 2}, 410) }}")).toEqual([
      410,
      { error: 'gone', n: 2 },
    ]);
  });

  it('missing values have stand-ins during the build', () => {
    const template = compileTemplate(
      "%{{ Int32(a) }} {{ String(b) }} {% if defined(c) %}{{ Date(c) }}{% end %}{{ error('x') }}",
    );
    const check = (mode: 'check-defaults' | 'check-all') => renderTemplate(template, new Map(), mode, []).sql;
    expect(check('check-defaults')).toBe("toInt32('0') '__no_value__' ''");
    expect(check('check-all')).toBe("toInt32('0') '__no_value__' '2019-01-01'''");
  });

  it('the parameters of a template are listed', () => {
    const { parameters } = compileTemplate(
      '%{{ Int32(days, 7, required=False, description="how many \\"days\\"") }}{% for x in Array(ids, \'Int64\') %}{{ String(x) }}{% end %}{{ String(name) }}',
    );
    expect(parameters).toEqual([
      { name: 'days', type: 'Int32', default: 7, required: false, description: 'how many "days"' },
      { name: 'ids', type: 'Array(Int64)', default: undefined, required: true, description: undefined },
      { name: 'name', type: 'String', default: undefined, required: true, description: undefined },
    ]);
  });

  it('a template cannot run forever', () => {
    const loop = '{% for a in range(10000) %}{% for b in range(10000) %}x{% end %}{% end %}';
    expect(() => render(loop)).toThrow('too many steps');
  });
});
