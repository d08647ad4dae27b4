import { describe, expect, it } from 'vitest';
import { readChecks, type CheckStatus } from './checks-in.js';
import { patternTable } from './class-of.js';

/** The checks of a command whose call ended so, as words: `test passed`. */
function checks(command: string, ended: CheckStatus) {
  const words = { success: 'passed', failure: 'failed', '': 'unknown' };
  return readChecks(command)?.(ended).map(({ check, status }) => `${check} ${words[status]}`) ?? [];
}

describe('which commands are checks', () => {
  it.each([
    ['npm test', 'test'],
    ['CI=1 npm run test:unit -- --reporter=dot', 'test'],
    ['npm --prefix app run lint', 'lint'],
    ['pnpm -r --filter web typecheck', 'type_check'],
    ['pnpm exec vitest run src/a.test.ts', 'test'],
    ['yarn tsc --noEmit', 'type_check'],
    ['yarn workspace web build', 'build'],
    ['bun test', 'test'],
    ['npx --yes eslint@9 src', 'lint'],
    ['npx -p typescript tsc -p .', 'type_check'],
    ['./node_modules/.bin/jest', 'test'],
    ['node --test', 'test'],
    ['uv run --with rich pytest -q', 'test'],
    ['poetry run mypy .', 'type_check'],
    ['python3.12 -m pytest', 'test'],
    ['python manage.py test', 'test'],
    ['ruff check --fix .', 'lint'],
    ['make -C app -j 4 test', 'test'],
    ['make', 'build'],
    ['make lint test', 'lint, test'],
    ['cargo +nightly clippy', 'lint'],
    ['go test ./...', 'test'],
    ['./gradlew clean :app:testDebugUnitTest', 'test'],
    ['mvn -q clean verify', 'test'],
    ['dotnet test', 'test'],
    ['docker build -t app .', 'build'],
    ['docker compose -f ci.yml run web pytest', 'test'],
    ['terraform apply', 'deploy'],
    ['tox', 'test'],
    ['tox -e lint', 'lint'],
    ['tox run -e py312,lint', 'test, lint'],
    ['uvx tox -e type-checks,mypy', 'type_check, type_check'],
    ['nox -s lint-3.12', 'lint'],
    ['nox --session=tests', 'test'],
    ['npm run test:types', 'type_check'],
    ['npm run test:lint', 'lint'],
    ['npm run test:build', 'test'],
    ['npm run lint:test', 'lint'],
    ['turbo run build lint', 'build, lint'],
    ['./gradlew test --tests "com.example.CartTest"', 'test'],
    ['gradle build -x test', 'build'],
    ['./gradlew :test-utils:build', 'build'],
    ['mvn -e -s ci/test-settings.xml test', 'test'],
    ['mvn clean verify -DskipTests', 'build'],
    ['mvn verify -DskipTests=false', 'test'],
    ['xcodebuild -scheme AppTests -sdk iphonesimulator test', 'test'],
    ['make -w test', 'test'],
    ['nx e2e web-e2e', 'test'],
    ['nx run test-utils:build:production', 'build'],
    ['nx run-many --targets=lint,test --all', 'lint, test'],
    ['nx affected -t lint test', 'lint, test'],
    ['cargo test --no-run', 'build'],
    ['cargo nextest run', 'test'],
    ['coverage run -m pytest', 'test'],
    ['bin/rails test:system', 'test'],
    ['pnpm t', 'test'],
    ['vercel --prod', 'deploy'],
    ['vercel build --prod', 'build'],
    ['timeout 60 npm run build', 'build'],
    ['./scripts/run-tests.sh', 'test'],
    [`bash -lc 'cd app && npm test'`, 'test'],
    ['cd "my app" && npm test', 'test'],
    ['(cd app && npm test)', 'test'],
    ['npm test 2>&1 | tail -20', 'test'],
    ['npm run "test"', 'test'],
    ['npm \\\n  test', 'test'],
    ['npm run prettier:check', 'lint'],
    ['npx prettier --check .', 'lint'],
    ['echo "$(npm --version)" && npm test', 'test'],
  ])('%s is %s', (command, expected) => {
    expect(readChecks(command)?.('').map(({ check }) => check)).toEqual(expected.split(', '));
  });

  it.each([
    'npm install',
    'npm ci',
    'npm run dev',
    'npm run test:watch',
    'vitest --help',
    'tsc -w',
    'make -n test',
    'nox -l',
    'playwright test --list',
    'cargo nextest list',
    'npm publish --dry-run',
    'terraform plan',
    'tofu plan -out plan.bin',
    'pulumi preview',
    'tox -l',
    'tox -e build-docs,dev --help',
    'vercel env pull --prod',
    'kubectl apply --dry-run=client -f app.yml',
    'kubectl rollout history deploy/app',
    'npm run generate:types',
    'rake db:test:prepare',
    'coverage run app.py',
    'npx prettier --write .',
    'git commit -m "npm test"',
    `git commit -m "$(cat <<'EOF'\nIt's done\n\nnpm test\nEOF\n)"`,
    'cat <<EOF > run.sh\nnpm test\nEOF',
    'echo npm test',
    '# npm test',
    'grep -r "npm test" .',
    'cat package.json',
    'python -c "import pytest"',
    'npm test "',
    "cat <<'---' > run.sh\nnpm test\n---",
    '',
  ])('%s is none', (command) => {
    expect(readChecks(command)).toBeUndefined();
  });

  it('patterns of the settings come first, and take a check away with none', () => {
    const own = patternTable({ './ci/verify *': 'test', 'npm run qa': 'lint', 'npm test': 'none' });
    const classes = (command: string) => readChecks(command, own)?.('').map(({ check }) => check) ?? [];
    expect(classes('ci/verify --fast all')).toEqual(['test']);
    expect(classes('ci/verify')).toEqual([]);
    expect(classes('npm run qa')).toEqual(['lint']);
    expect(classes('npm test')).toEqual([]);
    expect(classes('npm run test')).toEqual(['test']);
  });
});

describe('what the exit code of a call tells', () => {
  const [passed, failed, unknown] = ['passed', 'failed', 'unknown'];
  it.each([
    ['npm test', [passed], [failed]],
    ['cd app && npm test', [passed], [failed]],
    ['npm ci && npm test', [passed], [unknown]],
    ['npm test && echo fine', [passed], [failed]],
    ['npm test && git push', [passed], [unknown]],
    ['npm test && npm test', [passed, passed], [unknown, unknown]],
    ['npm test; npm test', [unknown, passed], [unknown, failed]],
    ['npm test\nnpm test', [unknown, passed], [unknown, failed]],
    ['npm test &&\nnpm test', [passed, passed], [unknown, unknown]],
    ['npm test; echo done', [unknown], [unknown]],
    ['npm test | tail -5', [unknown], [unknown]],
    ['set -o pipefail; npm test | tail -5', [passed], [failed]],
    ['set -eo pipefail\nnpm test | tee log\nnpm test', [passed, passed], [unknown, unknown]],
    ['set -e; npm test; npm test', [passed, passed], [unknown, unknown]],
    ['set -e; npm test; echo done', [passed], [failed]],
    ['set -e; npm ci && npm test; npm test', [unknown, passed], [unknown, unknown]],
    ['npm test || true', [unknown], [failed]],
    ['npm test || exit 1', [passed], [failed]],
    ['npm test || npm test', [unknown, unknown], [failed, failed]],
    ['npm test && echo yes || echo no', [unknown], [failed]],
    ['! npm test', [failed], [passed]],
    ['npm test || exit 1; npm test', [unknown, passed], [unknown, unknown]],
    ['npm test || { cat log; exit 1; }\nnpm test', [unknown, passed], [unknown, unknown]],
    ['npm test && exit 0; npm test', [unknown, unknown], [unknown, unknown]],
    ['set -e; npm test; exit', [passed], [unknown]],
    ['bash -ec "npm test; npm test"', [passed, passed], [unknown, unknown]],
    ['bash -eo pipefail -c "npm test | tee log"', [passed], [failed]],
    // Before `&&`, `set -e` has no effect in the group.
    ['(set -e; npm test; npm test) && echo fine', [unknown, passed], [unknown, failed]],
    ['V=$(node -p 1) && npm test', [passed], [unknown]],
    ['V=1 && npm test', [passed], [failed]],
    ['(npm ci && npm test) && echo fine', [passed], [unknown]],
    ['npm test &', [unknown], [unknown]],
    ['npm test & npm test', [unknown, passed], [unknown, failed]],
    ['for i in 1 2; do npm test; done', [unknown], [unknown]],
    ['if npm test; then echo yes; fi', [unknown], [unknown]],
    ['check() { npm test; }; check', [unknown], [unknown]],
    // The client reports that grep found nothing as a success.
    ['npm test && grep -q x log', [unknown], [unknown]],
    ['make test test', [passed, passed], [unknown, unknown]],
  ])('%s', (command, ofSuccess, ofFailure) => {
    expect(checks(command, 'success')).toEqual(ofSuccess.map((status) => `test ${status}`));
    expect(checks(command, 'failure')).toEqual(ofFailure.map((status) => `test ${status}`));
    expect(checks(command, '')).toEqual(ofFailure.map(() => `test unknown`));
  });
});

it.each([
  ['parentheses', '('.repeat(20_000)],
  ['closed parentheses', `${'('.repeat(9_000)}npm test${')'.repeat(9_000)}`],
  ['braces', '{ '.repeat(10_000)],
  ['substitutions in quotes', '"$('.repeat(6_666)],
])('%s that nest thousands deep are not read, and nothing is thrown', (_, command) => {
  expect(readChecks(command)).toBeUndefined();
});

it('thousands of commands in a row are read, each once', () => {
  for (const joint of [' && ', ' | ', '; ', '\n'])
    expect(readChecks(Array(1_000).fill('npm test').join(joint))?.('success')).toHaveLength(1_000);
});
