/** The page of skills. */
import type { AnswerOf } from '../../api/answers.js';
import { grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { percent } from '../../base/format/shares.js';
import { moment } from '../format.js';
import { useCostBy } from '../parts/cost-by.js';
import { PagedRows, Rows } from '../parts/list.js';
import { Name, spendColumns } from '../parts/spend.js';
import { Answer } from '../parts/state.js';
import type { Column } from '../parts/table.js';
import { useAnswer } from '../question.js';
import { useScope } from '../scope.js';

type Answered = AnswerOf<'/v1/skills'>;

/** How often each skill was used, what ran under it, and which installed ones were not used. */
export function SkillsPage() {
  const { span, key, asked } = useScope();
  const answer = useAnswer('/v1/skills', { key, query: asked });
  const cost = useCostBy('skill');
  return (
    <>
      <h1>Skills</h1>
      <p className="facts">{span.title}.</p>
      <Answer of={answer}>
        {({ skills, unused }) => (
          <>
            <Rows
              id="uses"
              title="Uses"
              note="By the model or typed. A typed use has no outcome."
              columns={useColumns}
              rows={skills}
              rowKey={({ skill_name: name }) => name}
              empty="No skill was used in this period."
              isNamed
            />
            <PagedRows
              id="skill-cost"
              title="Cost of requests under each skill"
              {...cost}
              columns={(rows) => [
                { title: 'Skill', cell: ({ skill_name: name }) => <Name of={name} /> },
                ...spendColumns(rows),
              ]}
              rowKey={({ skill_name: name }) => name}
              empty="No request was made in this period."
              isNamed
            />
            <Rows
              id="unused"
              title="Installed and not used"
              note="As of the newest session of the period; the model reads the name and description of each in every session."
              columns={unusedColumns}
              rows={unused}
              rowKey={({ skill_name: name }) => name}
              empty="Every installed skill that is known was used."
              top={12}
              isNamed
            />
          </>
        )}
      </Answer>
    </>
  );
}

const useColumns: readonly Column<Answered['skills'][number]>[] = [
  { title: 'Skill', cell: ({ skill_name: name }) => <Name of={name} /> },
  { title: 'Uses', cell: ({ activations }) => grouped(activations), isFigure: true },
  { title: 'Typed', cell: ({ typed }) => grouped(typed), isFigure: true, isSpare: true },
  {
    title: 'Failed',
    cell: ({ failures }) => <span className={failures > 0 ? 'bad' : undefined}>{grouped(failures)}</span>,
    isFigure: true,
  },
  { title: 'Succeeded', cell: ({ success_rate: rate }) => percent(rate), isFigure: true },
  { title: 'Average', cell: ({ avg_duration_ms: ms }) => duration(ms), isFigure: true, isSpare: true },
];

const unusedColumns: readonly Column<Answered['unused'][number]>[] = [
  { title: 'Skill', cell: ({ skill_name: name }) => <Name of={name} /> },
  {
    title: 'Who may use it',
    cell: ({ typed_only: typed }) => (typed === 1 ? 'only you' : 'you and the model'),
    isSpare: true,
  },
  { title: 'Sessions', cell: ({ sessions }) => grouped(sessions), isFigure: true },
  { title: 'First seen', cell: ({ first_seen: at }) => moment(at), isFigure: true, isSpare: true },
  {
    title: 'Last used',
    cell: ({ last_used: at }) => (at === null ? 'not seen' : moment(at)),
    isFigure: true,
  },
];
