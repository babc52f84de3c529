/** The alerts, by Prometheus's own tool: each fires where it has to, is quiet where it must, and says what to do. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { run } from '../stack/command.ts';

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly annotations: Readonly<Record<string, string>>;
    }[];
  }[];
}

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const root = new URL('../..', import.meta.url).pathname;
const rulesFile = join(root, 'manifests/monitoring/rules.yaml');
const casesFile = join(root, 'dev/monitoring/rules.promtool.yaml');
const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));
const alerts = (read(rulesFile) as Rules).groups.flatMap(({ rules }) => rules);
const cases = (read(casesFile) as Cases).tests.flatMap((each) => each.alert_rule_test);

describe('the alerts', () => {
  test('are valid', async () => {
    const said = await run('promtool', ['check', 'rules', '--lint-fatal', rulesFile]);
    assert.match(said, new RegExp(`SUCCESS: ${alerts.length} rules found`));
  });

  test('fire when they have to, and only then', async () => {
    assert.match(await run('promtool', ['test', 'rules', casesFile]), /SUCCESS/);
  });

  for (const { alert, annotations } of alerts) {
    test(`${alert} has a case in which it fires, one in which it is quiet, and a section that says what to do`, () => {
      const mine = cases.filter(({ alertname }) => alertname === alert);
      const firing = mine.filter(({ exp_alerts: expected }) => expected.length > 0);
      // Where one of several series fires, the others are quiet.
      assert.ok(firing.length > 0, 'a case in which it fires');
      assert.ok(mine.length > firing.length || alert === 'BaristaPipelineNotReady', 'a quiet case');
      const [file = '', section = ''] = (annotations['runbook_url'] ?? '').split('#');
      const headings = readFileSync(join(root, file), 'utf8').match(/^### .+$/gm) ?? [];
      assert.ok(headings.some((heading) => heading.slice(4).toLowerCase() === section));
    });
  }
});
