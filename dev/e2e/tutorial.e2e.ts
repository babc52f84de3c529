/** The tutorial as it stands: each of its commands is run, in order, and prints what the page shows. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../cluster/wait.ts';
import { lessonsOf, notPrinted } from '../docs/tutorial.ts';
import { attempt, type CommandResult } from '../stack/command.ts';
import { DEMO_NAMESPACE, fresh, harness, type Harness } from './harness.ts';

/** Others run these, since they start and end the stack that all tests share. */
const elsewhere: Readonly<Record<string, string>> = {
  'make demo': 'the stack is up, and demo.e2e.ts runs the rest of it',
  'make demo-down': 'the stack is needed by other tests',
};

/** What the page calls its pipeline; here it has a name that no earlier run has used, and its topics with it. */
const NAME = /\bcorner\b/g;
/** Commands that change something are run once; what only looks may have to look again. */
const changes = /kubectl (apply|patch|scale|delete)|kcat -P|^make /m;

describe('the tutorial', () => {
  const name = fresh('corner');
  let it: Harness;
  const page = readFileSync(new URL('../../docs/tutorial.md', import.meta.url), 'utf8');

  before(async () => {
    it = await harness();
  });
  after(() => it.kubectl.run(['-n', DEMO_NAMESPACE, 'delete', 'bp', name, '--ignore-not-found']));

  const shell = (commands: string): Promise<CommandResult> =>
    attempt('bash', ['-euc', `{ ${commands}\n} 2>&1`], {
      cwd: it.target.root,
      env: { ...it.target.env, KAFKA_BROKERS: it.target.kafkaBrokers },
      timeout: 330_000,
    });

  for (const { commands, shown, line } of lessonsOf(page.replaceAll(NAME, name))) {
    const skip = elsewhere[commands] ?? false;
    test(`line ${line}: ${commands.split('\n').join('; ').slice(0, 100)}`, { skip }, async () => {
      let last: CommandResult | undefined;
      const run = async (): Promise<string | undefined> => {
        last = await shell(commands);
        // What the page shows may be a refusal; a command that fails ends the block, so that what comes after it is missed.
        if (shown !== undefined) return notPrinted(shown, last.stdout);
        return last.code === 0 ? undefined : `code 0 (it was ${last.code})`;
      };
      if (changes.test(commands)) assert.equal(await run(), undefined, last?.stdout);
      else
        await waitFor(`what the page shows of ${commands}`, async () => (await run()) === undefined, {
          within: 120_000,
          every: 1_000,
          seen: () => last?.stdout,
        });
    });
  }

  test('leaves out only what others run', () => {
    const known = lessonsOf(page).map(({ commands }) => commands);
    for (const command of Object.keys(elsewhere)) assert.ok(known.includes(command), command);
  });

  test(`is about ${join('docs', 'tutorial.md')}, which has a command for each step`, () =>
    assert.ok(lessonsOf(page).length > 12));
});
