import { describe, expect, it } from 'vitest';
import { ApiError } from '../errors.js';
import { requiredNames } from './parameters.js';
import { compileTemplate, renderTemplate } from './template.js';

/** Renders a template (without its leading %) for a request. */
function render(text: string, parameters: Record<string, string | string[]> = {}): string {
  const template = compileTemplate(`%${text}`);
  return renderTemplate(template, new Map(Object.entries(parameters)), 'run').sql;
}

describe('templates', () => {
  it('only text that starts with % is a template', () => {
    expect(renderTemplate(compileTemplate('SELECT {{x}}'), new Map(), 'run').sql).toBe('SELECT {{x}}');
    expect(render('\nSELECT 1')).toBe('SELECT 1');
  });

  it('comments are left out', () => {
    expect(render('a{# {{ nothing }} #}b')).toBe('ab');
    expect(render('a{% comment it is {{ nothing }} %}b')).toBe('ab');
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
    ["{{ Array(x, 'Int32') }} {{ sum(x) }} {{ len(x) }} {{ 2 in x }}", '1,2', '[1,2] 3 2 True'],
    ["{% set s = '|'.join(x) %}{{ s }} {{ Array(x) }}", 'a,b', "'a|b' ['a','b']"],
    ['{% set a, b = 1, 2 %}{{ a + b }}{% for c in 3, 4, %}{{ c }}{% end %}', undefined, '334'],
    ["{{ '-' * 3 }} {{ 2 * [1, 2] }} {{ 'a' * -1 }}", undefined, "'---' [1, 2, 1, 2] ''"],
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
    ["{{ sql_and(a=x, b__in=Array(z, 'String', 'v'), c__gte=y) }}", 'v', "a = 'v' and b in ['v']"],
    ['{{ sql_and(a__b__gt=x) }}', 'v', "a__b > 'v'"],
    ["{{ sql_unescape(x, '%') }}", '5%', "'5%'"],
    ["{{ sql_unescape(x, '$') }}", "5%'", "'5\\%\\''"],
    ['{{ Array(x, "a,b") }}', undefined, "['a','b']"],
    ['{{ Array(x, "a,b") }}', "c,d'", "['c','d\\'']"],
    ["{{ Array(x, ['a', 'b']) }}", undefined, "['a','b']"],
    ["{{ Array(x, 'Boolean') }}", '1,false,0,yes', '[1,0,0,1]'],
    ["{{ 'none' if Array(x, 'Int32', defined=False) is None else 'some' }}", undefined, "'none'"],
    ['{{ Boolean(x) }}', undefined, '0'],
    ["{{ day_diff('2024-02-28', x) }}", '2024-03-01', '2'],
    ["{{ day_diff(x, '2024-02-28') }}", '2024-03-01', '2'],
    ["{{ date_diff_in_days('2024-01-01', x) }}", '2025-01-01', '366'],
    [
      "{{ date_diff_in_days('2024-01-01 12:00:00', x, date_format='%Y-%m-%d %H:%M:%S') }}",
      '2024-01-03 11:59:59',
      '1',
    ],
    ["{{ date_diff_in_hours('2024-01-01 00:00:00', x) }}", '2024-01-02 01:59:59', '25'],
    ["{{ date_diff_in_minutes('2024-01-01 00:00:00', x) }}", '2024-01-01 01:00:59', '60'],
    ["{{ date_diff_in_seconds('2024-01-01 00:00:00', x) }}", '2023-12-31 23:59:00', '60'],
    [
      "{{ date_diff_in_seconds('2024-01-01T00:00:00Z', x, '%Y-%m-%dT%H:%M:%Sz') }}",
      '2024-01-01T00:00:07Z',
      '7',
    ],
    [
      "{{ date_diff_in_seconds('2024-01-01', x, backup_date_format='%Y-%m-%d') }}",
      '2024-01-01 00:01:01',
      '61',
    ],
    [
      "{{ 'bad' if date_diff_in_hours(x, '2024-01-01 00:00:00', none_if_error=True) is None else 'good' }}",
      '2024-02-30 00:00:00',
      "'bad'",
    ],
    [
      '{{ max_threads(2) }}{{ backend_hint(x) }}',
      'a\nSELECT 2',
      '-- max_threads 2\n-- backend_hint a SELECT 2\n',
    ],
    ["{{ cache_ttl('5m') }}{{ activate('analyzer') }}", undefined, '-- cache_ttl 5m\n-- activate analyzer\n'],
    ["{{ tb_secret('salt', 'none') }}", undefined, "'none'"],
    ["{{ ','.join([item.upper() for item in split_to_array(x) if item != 'b']) }}", 'a,b,c', "'A,C'"],
    ['{{ sum(i * i for i in range(4)) }}', undefined, '14'],
    ['{% set a, b = split_to_array(x) %}{% set b += a %}{{ b }}', 'x,y', "'yx'"],
    ['{% set list = [] %}{% set _ = list.append(x) %}{{ list[0] }}', 'v', "'v'"],
    ['{{ round(2.5) }},{{ round(3.14159, 2) }},{{ reversed([1, 2]) }}', undefined, '2,3.14,[2, 1]'],
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
    ['{{ JSON(x) }}', '0123456789abcdefg', "Error parsing JSON: '0123456789abcdef...' - "],
    ['{{ y }}', '', 'expression "y" evaluated to null'],
    [
      '{{ JSON(x) }}',
      ' \n nope',
      "Error parsing JSON: ' \n nope' - Expecting value: line 2 column 2 (char 3)",
    ],
    ["{{ JSON(x, '') }}", '', "Error parsing JSON: '' - Expecting value: line 1 column 1 (char 0)"],
    ['{% if x >= 5 %}{% end %}', '7', "'>=' not supported between instances of 'str' and 'int'"],
    ["{{ x.get('a') }}", 'v', "'str' object has no attribute 'get'. Make sure you're using an object"],
    ['{{ [1].get(0) }}', '', "'list' object has no attribute 'get'"],
    ['{{ x[3] }}', 'abc', 'String index out of range. Check that string parameters have values'],
    ['{{ [1][1] }}', '', 'list index out of range'],
    ['{{ Int32() }}', '', 'one of the transform type functions is missing an argument'],
    ["{{ 'a' * 100000000 }}", '', 'a value becomes too large'],
    ["{% set a = 'a' * 10000 %}{{ a.replace('a', a).replace('a', a) }}", '', 'a value becomes too large'],
    ["{% set a = 'a' * 10000 %}{{ a.join([a] * 2000) }}", '', 'a value becomes too large'],
    ["{% set a = 'a' * 100000 %}{{ ('{}' * 200).format(a) }}", '', 'a value becomes too large'],
    ['{% set a = [[1] * 300] * 300 %}{% set b = [a] * 300 %}{{ str(b) }}', '', 'a value becomes too large'],
    [
      "{% set a = 'a' * 1000000 %}{% for i in range(1000) %}{% set b = a.replace('a', 'b') %}{% end %}",
      '',
      'the template takes too many steps',
    ],
    [
      '{{ date_diff_in_minutes(x, x) }}',
      '1 May',
      'invalid date_format in function `date_diff_in_seconds`, defaults to YYYY-MM-DD hh:mm:ss.',
    ],
    ['{{ a_name_that_is_longer_than_twenty }}', '', 'expression "a_name_that_is_longe..." evaluated to null'],
    ["{{ day_diff(x, '2024-01-01') }}", '1 May', 'invalid date format in function `day_diff`'],
    ['{{ date_diff_in_hours(x, x) }}', '2024-01-01', 'invalid date_format in function `date_diff_in_hours`'],
    ['{{ cache_ttl(x) }}', '2m', "Invalid TTL cache expression, valid expressions are ('5s', '1m', "],
    ['{{ activate(x) }}', 'turbo', "'turbo' is not a valid 'activate' argument"],
    ['{{ int(y) }}', '', "invalid literal for int(): 'None'"],
    ["{{ tb_secret('salt') }}", '', "Cannot access secret 'salt'. Check the secret exists in the Workspace"],
    ["{{ String(y, 'a', required=True) }}", '', 'Required parameter is not defined'],
    ["{{ Array(y, 'Int32', '1', required=True) }}", '', 'Required parameter is not defined'],
    ['{% set a = [] %}{% set _ = a.append(a) %}', '', 'a list cannot contain itself'],
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
    ['{% while %}{% end %}', 'while needs a condition, line 1'],
    ['{% except %}', 'except outside try block, line 1'],
    ['{% while x %}', 'Missing {% end %} block for while at line 1'],
    ['{% if x %}{% finally %}{% end %}', 'finally outside try block, line 1'],
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
        return error instanceof ApiError ? [error.status, error.body ?? { error: error.message }] : error;
      }
    };
    expect(raised("{{ error('no way') }}")).toEqual([400, { error: 'no way' }]);
    expect(raised("{{ custom_error({'error': 'gone', 'n': 2}, 410) }}")).toEqual([
      410,
      { error: 'gone', n: 2 },
    ]);
  });

  it('the items of a repeated key are shown as Python shows a list', () => {
    expect(() => render("{{ Array(x, 'Int32') }}", { x: ['1', 'b'] })).toThrow(
      "Error validating [['1', 'b']][1] (b) to type Int32",
    );
  });

  it('parts of missing values have stand-ins during the build', () => {
    const template = compileTemplate(
      "%{{ String(a + 'x') }} {{ b[0] }} {{ c.split(',')[1] }} {% if d.startswith('x') %}no{% end %}{% for f in g %}{{ Int(f) }}{% end %}{% for h, i in j %}{{ h }}{% end %}{% if defined(e) %}{{ ','.join(e) }} {{ sum(e) }}{% end %}",
    );
    const check = (mode: 'check-defaults' | 'check-all') => renderTemplate(template, new Map(), mode);
    const none = "'__no_value__'";
    const parts = `${none} ${none} ${none} 000${none}${none}${none}`;
    expect(check('check-defaults')).toMatchObject({ sql: parts, hasStandIn: true });
    expect(check('check-all').sql).toBe(`${parts}'0,0' 0`);
    expect(() => renderTemplate(template, new Map(), 'run')).toThrow("for +: 'NoneType' and 'str'");
  });

  it('missing values have stand-ins during the build', () => {
    const template = compileTemplate(
      "%{{ Int32(a) }} {{ String(b) }} {% if defined(c) %}{{ Date(c) }}{% end %}{{ error('x') }}",
    );
    const check = (mode: 'check-defaults' | 'check-all') => renderTemplate(template, new Map(), mode).sql;
    expect(check('check-defaults')).toBe("toInt32('0') '__no_value__' ");
    expect(check('check-all')).toBe("toInt32('0') '__no_value__' '2019-01-01'");
  });

  it('an error that the template raises does not end the check, and is reported', () => {
    const template = compileTemplate("%{% if not defined(k) %}{{ error('k?') }}{% end %}SELECT 1");
    const rendered = renderTemplate(template, new Map(), 'check-defaults');
    expect(rendered).toMatchObject({ sql: 'SELECT 1', hasRaised: true });
    expect(renderTemplate(template, new Map([['k', 'v']]), 'run').hasRaised).toBe(false);
  });

  it('while and try work as in Python', () => {
    const loop =
      '{% set n = 3 %}{% while n > 0 %}{{ n }}{% set n = n - 1 %}{% if n == 1 %}{% break %}{% end %}{% end %}';
    expect(render(loop)).toBe('32');
    const attempt =
      '{% try %}a{{ Int32(x) }}{% except Exception as e %}b{% else %}c{% finally %}d{% end %}{% if defined(e) %}{{ e }}{% end %}';
    expect(render(attempt, { x: '1' })).toBe("atoInt32('1')cd");
    expect(render(attempt, { x: 'y' })).toBe(
      "abd'Template Syntax Error: Error validating \\'y\\' to type Int32'",
    );
    expect(() => render('{% while 1 %}{% try %}{% continue %}{% except %}{% end %}{% end %}')).toThrow(
      'too many steps',
    );
  });

  it('a secret is bound to the query and never part of it', () => {
    const template = compileTemplate("%SELECT {{ tb_secret('salt') }}, {{ tb_var('salt') }}");
    const secrets = new Map([['salt', "it's"]]);
    const { sql, bound } = renderTemplate(template, new Map(), 'run', { secrets });
    expect(sql).toBe('SELECT {salt: String}, {salt: String}');
    expect(bound).toEqual(secrets);
    const check = renderTemplate(template, new Map(), 'check-defaults');
    expect(check.bound).toEqual(new Map([['salt', '__no_value__']]));
  });

  it('a name that only a function or a condition reads is not listed as missing', () => {
    const template = compileTemplate(
      '%{% if defined(a) %}{{ String(a) }}{% end %}{% for x in split_to_array(b) %}{{ x }}{% end %}{{ symbol(c) }}{{ d }}',
    );
    expect(requiredNames(template)).toEqual(['d']);
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
