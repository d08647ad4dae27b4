/** `atel prices`: unit prices of models, and models without a price. */
import { compact, grouped, plural } from '../../base/format/counts.js';
import { usd } from '../../base/format/money.js';
import { homePaths } from '../../base/home.js';
import { priceTable, type ModelPrice, type PriceTable } from '../../prices/price-table.js';
import { termsAndLearnt } from '../../prices/terms.js';
import { headingOf, printAnswer, type Desk } from '../shared/answer.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain, wrap } from '../render/text.js';
import type { pricesSchema } from '../../schemas.js';
import type { prices } from '../commands/prices.js';
import type { OptionsOf } from '../shared/command.js';

/** Every request, whenever it was made. */
const always = { from: '1971-01-01', to: '2100-01-01' };

/** Shows the unit prices of every model that was seen or is known, and where each is from. */
export async function run(options: OptionsOf<typeof prices.flags>, desk: Desk): Promise<void> {
  const { config } = desk.asker;
  const seen = await desk.asker.ask('costByModel', always);
  const { terms, learnt } = termsAndLearnt(config, homePaths(config.home));
  const answer = priceTable(seen, terms, learnt, desk.now);
  await printAnswer<typeof pricesSchema>(desk, options, answer, () => linesOf(answer, desk.terminal));
}

function linesOf(answer: PriceTable, terminal: Terminal): string[] {
  return [
    ...headingOf(
      'Prices',
      'USD per million tokens; every model that was seen or is known.',
      terminal,
      `A web search costs ${usd(answer.web_search_usd)} USD.`,
    ),
    '',
    ...table(answer.models, columnsOf(terminal), terminal),
    '',
    ...notesOf(answer, terminal),
  ];
}

function columnsOf({ paint }: Terminal): Column<ModelPrice>[] {
  const rate = (name: keyof NonNullable<ModelPrice['rates']>, title: string): Column<ModelPrice> => ({
    title,
    align: 'right',
    cell: ({ rates }) => perMillion(rates?.[name] ?? null),
  });
  return [
    { title: 'Model', cell: ({ model }) => (model === '' ? 'unknown' : model), shrinksTo: 14 },
    rate('input', 'Input'),
    rate('output', 'Output'),
    rate('write_5m', '5 min'),
    rate('write_1h', '1 hour'),
    rate('read', 'Read'),
    {
      title: 'From',
      cell: ({ price_source: source, date }) =>
        source === '' ? 'no price' : date === null ? source : `${source} ${date}`,
      paint: (cell, { price_source: source }) =>
        source === '' ? paint.yellow(cell) : source === 'learnt' ? paint.cyan(cell) : cell,
    },
    { title: 'Requests', align: 'right', cell: ({ request_count: requests }) => grouped(requests) },
  ];
}

/** A unit price with all its decimals, at least two. */
function perMillion(rate: number | null): string {
  if (rate === null) return '–';
  const [, decimals = ''] = String(rate).split('.');
  return rate.toFixed(Math.max(2, decimals.length));
}

function notesOf({ models, unpriced }: PriceTable, { paint, width }: Terminal): string[] {
  const { request_count: requests, total_tokens: tokens, unpriced_reported_cost_usd: reported } = unpriced;
  const learnt = models.filter(({ price_source: source }) => source === 'learnt');
  const banded = models.filter(({ long_prompt: band }) => band?.input !== null && band !== null);
  const bands = [...new Set(banded.map(({ priced_as: id }) => id ?? ''))].sort();
  return [
    ...(requests === 0
      ? wrap('Every request has a price.', width)
      : [
          `${plural(requests, 'request')} of ${plural(unpriced.models, 'model')} with ${compact(tokens)} tokens ${requests === 1 ? 'has' : 'have'} no price and ${requests === 1 ? 'is' : 'are'} in no cost.`,
          ...(reported === null
            ? []
            : [
                `The client reported ${usd(reported)} USD for them, which may be the price of another model.`,
              ]),
          'The settings prices and model_aliases give them one; then, and for prices that can be learnt from the client: atel reprice.',
        ].flatMap((line) => wrap(line, width).map((one) => paint.yellow(one)))),
    ...learnt.flatMap(({ model, origin }) => wrap(`${plain(model)}: learnt, ${origin}.`, width)),
    ...(bands.length === 0
      ? []
      : wrap(
          `Long prompts have higher prices with ${bands.join(', ')}; fast mode, inference in the US and regional endpoints their multipliers (--json).`,
          width,
        ).map((line) => paint.dim(line))),
  ];
}
