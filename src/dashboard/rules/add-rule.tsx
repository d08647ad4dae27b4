/** The form for another rule. */
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { metricChoices, ruleFilters, severityChoices } from '../../alerts/rule-choices.js';
import { send } from '../ask.js';
import { useChange } from './change.js';
import { inputOf, kinds, spans } from './rule-form.js';

/** A form that is closed at first; the API says what is wrong with what it sends. */
export function AddRule() {
  const [kind, choose] = useState<string>('above');
  const [added, setAdded] = useState<string | null>(null);
  const { change, isPending, error } = useChange();
  const isBudget = kind === 'budget';
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const input = inputOf(new FormData(form));
    setAdded(null);
    change(
      () => send('POST', '/v1/alerts', input),
      () => {
        setAdded(String(input.rule));
        form.reset();
        choose('above');
      },
    );
  };
  return (
    <section className="card" aria-labelledby="add-rule">
      <details>
        <summary>
          <h2 id="add-rule">Add a rule</h2>
        </summary>
        <form className="rule" onSubmit={submit}>
          <Field label="Name">
            <input
              name="rule"
              required
              pattern="[a-z0-9][a-z0-9_\-]{0,39}"
              placeholder="daily-cost"
              autoComplete="off"
            />
          </Field>
          <Field label="Kind">
            <select name="kind" value={kind} onChange={({ target }) => choose(target.value)}>
              {Object.entries(kinds).map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </select>
          </Field>
          <Field label="Figure">
            <select name="metric" defaultValue="cost_usd">
              {metricChoices.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          <Field label="Over">
            <select name="span" defaultValue="day">
              {Object.entries(spans)
                .filter(([name]) => isBudget || name !== 'session')
                .map(([name, title]) => (
                  <option key={name} value={name}>
                    {title}
                  </option>
                ))}
            </select>
          </Field>
          {isBudget ? (
            <>
              <Amount name="soft" label="Soft limit" />
              <Amount name="hard" label="Hard limit" />
            </>
          ) : (
            <Amount
              name={kind}
              label={kind === 'times_median' ? 'Times the median' : 'Threshold'}
              isRequired
            />
          )}
          <Field label="Severity">
            <select name="severity" defaultValue="warning">
              {severityChoices.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </Field>
          {ruleFilters.map((name) => (
            <Field key={name} label={`Only ${name.replace('_', ' ')}`}>
              <input name={name} placeholder="all" autoComplete="off" spellCheck={false} />
            </Field>
          ))}
          <button type="submit" disabled={isPending}>
            {isPending ? 'Saving …' : 'Add the rule'}
          </button>
        </form>
        {error !== null && (
          <p className="bad" role="alert">
            {error.message}
          </p>
        )}
        {added !== null && (
          <p className="good" role="status">
            {added} is saved, and listed as soon as it is stored.
          </p>
        )}
      </details>
    </section>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
    </label>
  );
}

function Amount({ name, label, isRequired = false }: { name: string; label: string; isRequired?: boolean }) {
  return (
    <Field label={label}>
      <input name={name} type="number" min="0" step="any" required={isRequired} inputMode="decimal" />
    </Field>
  );
}
