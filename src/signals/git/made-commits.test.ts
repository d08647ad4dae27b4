import { describe, expect, it } from 'vitest';
import { readGitCommand } from './command.js';
import { commitsOfCall, linkCommits } from './made-commits.js';
import { commitsIn } from './output.js';

/** The commits of a call. The outputs are those of git 2.43. */
const commits = (command: string, output: string, reported?: unknown) => {
  const git = readGitCommand(command);
  return git === undefined ? [] : commitsOfCall(git, output, reported);
};

const one = '[main e520185] one\n 1 file changed, 1 insertion(+)\n create mode 100644 a.txt';
const two = '[main 2697271] two\n 3 files changed, 12 insertions(+), 4 deletions(-)';

describe('the output of git', () => {
  it('gives each commit with its branch, and with its files and lines if git prints them', () => {
    expect(commitsIn(`${one}\n${two}\n[detached HEAD baf71ed] empty\nsome text`)).toEqual([
      { hash: 'e520185', branch: 'main', subject: 'one', files: 1, added: 1, removed: 0 },
      { hash: '2697271', branch: 'main', subject: 'two', files: 3, added: 12, removed: 4 },
      { hash: 'baf71ed', branch: '', subject: 'empty', files: null, added: null, removed: null },
    ]);
  });

  it('of a first commit, of only deletions and with the line ends of Windows is understood', () => {
    expect(commitsIn('[feature/x (root-commit) 0a1b2c3] a\r\n 2 files changed, 5 deletions(-)\r\n')).toEqual([
      { hash: '0a1b2c3', branch: 'feature/x', subject: 'a', files: 2, added: 0, removed: 5 },
    ]);
  });

  it('that names a commit twice, as after a cherry-pick that changes nothing, has it once', () => {
    expect(commitsIn(`${one}\n${one}`)).toHaveLength(1);
  });
});

describe('the commits of a command', () => {
  it('are all found, each with its own kind', () => {
    expect(
      commits(
        'git add . && git commit -m one && git -C sub -c user.name=x commit --amend -m two',
        `${one}\n${two}`,
      ),
    ).toMatchObject([
      { hash: 'e520185', kind: 'committed', place: 0 },
      { hash: '2697271', kind: 'amended', place: 1 },
    ]);
  });

  it('are none if the command does not commit, whatever it prints', () => {
    expect(commits('git log --format="[%D %h] %s"', one)).toEqual([]);
    expect(commits(`echo '[main e520185] one'`, one)).toEqual([]);
    expect(commits(`echo "then git commit"`, one)).toEqual([]);
    expect(commits(`cat > notes <<'END'\ngit commit -m x\nEND\ncat notes`, one)).toEqual([]);
  });

  it('are found after a message in a here-document, whose words are no commands', () => {
    const command = `git commit -m "$(cat <<'EOF'\nfix: a\n\nThen git commit --amend.\nEOF\n)"`;
    expect(commits(command, one)).toMatchObject([{ hash: 'e520185', kind: 'committed' }]);
  });

  it.each([
    'git -C "$DIR" commit -m x',
    'git -C "/a b" commit -m x',
    "# don't forget\ngit commit -m 'x'",
    'n=$((1<<2))\ngit commit -m x',
    'grep a <<<"hello"\ngit commit -m x',
    'git commit -m "fix #12, and don\'t ask"',
  ])('are found in %j', (command) => {
    expect(commits(command, one)).toMatchObject([{ hash: 'e520185', kind: 'committed' }]);
  });

  it.each(['git commit --dry-run -m x', 'git commit-tree HEAD^{tree}', 'git commit-graph write'])(
    'are none of %j, which makes no commit',
    (command) => expect(commits(command, one)).toEqual([]),
  );

  it('within a text are those that the client names, with the figures that git printed', () => {
    const reported = { commit: { sha: 'e520185aabb', kind: 'committed', branch: 'main' } };
    for (const command of ['ssh host "git commit -m x"', 'out="$(git commit -m x)"'])
      expect(commits(command, `${one}\n${two}`, reported)).toMatchObject([{ hash: 'e520185', files: 1 }]);
  });

  it('are none of lines with another number in brackets', () => {
    expect(commits('git commit -m x', '[worker 1234] started\n[pid 4321] lint failed')).toEqual([]);
  });

  it('have one hash, which the client and git may shorten in different ways', () => {
    const reported = { commit: { sha: 'e520185aabb', branch: 'main' } };
    expect(commits('git commit -m one', one, reported)).toHaveLength(1);
  });

  it('are none of a long line of brackets', () => {
    expect(commits('git commit -m x', `[${' ('.repeat(100_000)}`)).toEqual([]);
  });

  it('include the one that the client names if the output has lost its line', () => {
    const reported = { commit: { sha: 'e520185', kind: 'committed', branch: 'main' } };
    expect(commits('git commit -m one', 'a long output', reported)).toMatchObject([
      { hash: 'e520185', branch: 'main', files: null },
    ]);
    expect(commits('git commit -m one', one, reported)).toHaveLength(1);
  });

  it('are read in time that grows with the length of the command', () => {
    // A pattern that tries every way to split these options would need longer than the universe has existed.
    expect(commits(`git${' -c'.repeat(6_000)} x`, one)).toEqual([]);
    expect(commits('git <<a\n'.repeat(2_500), one)).toEqual([]);
  });
});

describe('the links of commits', () => {
  const links = (...calls: [command: string, output: string][]) =>
    linkCommits(calls.flatMap(([command, output]) => commits(command, output))).map(
      ({ commit, replaces, first, reverts, evidence }) => ({
        hash: commit.hash,
        ...(replaces !== '' && { replaces, first }),
        ...(reverts !== '' && { reverts }),
        ...(evidence !== '' && { evidence }),
      }),
    );

  it('an amended commit replaces the one before it, and a further one begins where the first did', () => {
    expect(
      links(
        ['git commit -m one', one],
        ['git commit --amend --no-edit', '[main aaaaaaa] one'],
        ['git commit --amend -m better', '[main bbbbbbb] better'],
      ),
    ).toEqual([
      { hash: 'e520185' },
      { hash: 'aaaaaaa', replaces: 'e520185', first: 'e520185', evidence: 'subject' },
      { hash: 'bbbbbbb', replaces: 'aaaaaaa', first: 'e520185', evidence: 'order' },
    ]);
  });

  it('an amended commit of another branch, or without a commit of the session before it, replaces none', () => {
    expect(
      links(
        ['git commit --amend -m mine', '[main aaaaaaa] mine'],
        ['git commit --amend -m other', '[side bbbbbbb] other'],
      ),
    ).toEqual([{ hash: 'aaaaaaa' }, { hash: 'bbbbbbb' }]);
  });

  it('a revert undoes the commit that it names by its hash, also one of another session', () => {
    expect(links(['git revert --no-edit 1234567890', '[main aaaaaaa] Revert "long ago"'])).toEqual([
      { hash: 'aaaaaaa', reverts: '1234567890', evidence: 'hash' },
    ]);
    const message = 'Revert "one"\n\nThis reverts commit e520185aaaa.';
    expect(links([`git commit -m '${message}'`, '[main aaaaaaa] Revert "one"'])).toEqual([
      { hash: 'aaaaaaa', reverts: 'e520185aaaa', evidence: 'hash' },
    ]);
  });

  it('a revert of HEAD undoes the commit with the subject that it quotes, and none if there is none', () => {
    expect(
      links(
        ['git commit -m one', one],
        ['git commit -m two', two],
        ['git revert --no-edit HEAD~1', '[main aaaaaaa] Revert "one"'],
        ['git revert --no-edit HEAD~5', '[main bbbbbbb] Revert "unknown"'],
      ),
    ).toEqual([
      { hash: 'e520185' },
      { hash: '2697271' },
      { hash: 'aaaaaaa', reverts: 'e520185', evidence: 'subject' },
      { hash: 'bbbbbbb' },
    ]);
  });
});

describe('an amended commit in another repository', () => {
  const made = (hash: string, kind: 'committed' | 'amended', folder: string) => ({
    ...{ hash, kind, folder, branch: 'main', subject: hash, files: null, added: null, removed: null },
    ...{ place: 0, given: '' },
  });
  const commitsOfTwo = [
    made('aaaaaaa', 'committed', '/lib'),
    made('bbbbbbb', 'committed', '/shop'),
    made('ccccccc', 'amended', '/lib/src'),
  ];
  const repositoryOf = (folder: string) => (folder === '/gone' ? undefined : folder.split('/')[1]);

  it('replaces the last one of its own repository, although the branch has the same name', () => {
    expect(linkCommits(commitsOfTwo, repositoryOf)[2]).toMatchObject({
      replaces: 'aaaaaaa',
      first: 'aaaaaaa',
    });
    expect(linkCommits(commitsOfTwo.slice(1), repositoryOf)[1]).toMatchObject({ replaces: '', first: '' });
  });

  it('replaces the last one of the branch where a folder or its repository is not known', () => {
    const [first, second] = commitsOfTwo;
    for (const folder of ['', '/gone'])
      expect(
        linkCommits(
          [first, second, made('ccccccc', 'amended', folder)].flatMap((one) => one ?? []),
          repositoryOf,
        )[2]?.replaces,
      ).toBe('bbbbbbb');
  });
});

it('a session with very many commits is linked: every commit is looked up, none is searched for', () => {
  const kinds = ['committed', 'amended', 'reverted'] as const;
  const many = Array.from({ length: 120_000 }, (_, n) => ({
    ...{ hash: (n + 0x1000000).toString(16), kind: kinds[n % 3] ?? 'committed', branch: `b${n % 40_000}` },
    ...{ subject: `Revert "${n - 2}"`, files: null, added: null, removed: null, place: 0, given: '' },
  }));
  const linked = linkCommits(many);
  expect(linked).toHaveLength(120_000);
  // Each branch has one of each kind; of 40,000, on 13,333 the amended one is the first, and replaces none.
  expect(linked.filter(({ replaces }) => replaces !== '')).toHaveLength(26_667);
});
