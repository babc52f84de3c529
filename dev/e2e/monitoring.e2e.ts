/** The real Prometheus finds the operator and the workers by their annotations, and what it knows of them is true; every panel of the dashboards shows something. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readStackEnv } from '../test/stack-env.ts';
import { waitFor } from '../cluster/wait.ts';
import { OPERATOR, OPERATOR_NAMESPACE } from '../install/install.ts';
import { dashboards } from '../monitoring/dashboards/all.ts';
import { filled } from '../monitoring/dashboards/fill.ts';
import { Prometheus, type Series } from '../monitoring/prometheus.ts';
import { barOnly, fresh, harness, NAMESPACE, unlessOurs, type Harness } from './harness.ts';

const skip = unlessOurs('asks the Prometheus');

describe('Prometheus', { skip }, () => {
  const name = fresh('watched');
  const stream = `${name}-bar`;
  const choice = { stream, range: '15m' };
  let it: Harness;
  let prometheus: Prometheus;
  const own = (metric: string): string =>
    `sum(${metric} * on (job, instance) group_left (stream) barista_info{stream="${stream}"})`;
  const value = async (expr: string): Promise<number> =>
    (await prometheus.query(expr))[0]?.value ?? Number.NaN;
  const becomes = (expr: string, wanted: number): Promise<unknown> =>
    waitFor(`${expr} to be ${wanted}`, async () => (await value(expr)) === wanted, {
      within: 60_000,
      every: 500,
      seen: () => value(expr),
    });

  before(async () => {
    it = await harness();
    prometheus = new Prometheus(readStackEnv(it.target.root)['PROMETHEUS_URL'] ?? '');
    await it.apply(name, barOnly(name));
    await it.ready(name);
  });
  after(() => it.remove(name));

  test('finds the operator, and the worker that the operator has made', async () => {
    const up = async (pod: RegExp): Promise<boolean> =>
      (await prometheus.targets()).some(
        ({ labels, health }) => health === 'up' && pod.test(labels['pod'] ?? ''),
      );
    for (const pod of [new RegExp(`^${OPERATOR}-`), new RegExp(`^${stream}-`)])
      await waitFor(`${pod.source} to be scraped`, () => up(pod), {
        within: 60_000,
        every: 500,
        seen: () => prometheus.targets(),
      });
    const [leader] = await prometheus.query(
      'leader_election_master_status * on (job, instance) group_left (version) barista_build_info == 1',
    );
    assert.equal(leader?.labels['namespace'], OPERATOR_NAMESPACE);
  });

  test('counts orders and drinks as they are, and the lag', async () => {
    await becomes(own('barista_drinks_served_total'), 0);
    await it.topics.write(`${name}.orders`, [...numbers(30), 'no digit']);
    await becomes(own('barista_drinks_served_total{drink="hot"}'), 15);
    await becomes(own('barista_drinks_served_total{drink="cold"}'), 15);
    await becomes(own('barista_bad_orders_total{reason="no-digit",policy="DeadLetter"}'), 1);
    await becomes(own('barista_orders_received_total'), 31);
    await becomes(own('kafka_consumer_records_lag'), 0);
    await becomes(`${own('barista_end_to_end_seconds_count')} > bool 0`, 1);
    assert.ok((await value(own('barista_end_to_end_seconds_sum'))) < 300, 'seconds');
  });

  test('knows the pipeline, and that the operator has worked for it', async () => {
    // Seen from the start of a change on: what happened before the first scrape is no increase.
    await it.apply(name, barOnly(name, { barista: { replicas: 2 } }));
    await it.ready(name);
    await becomes('sum(increase(barista_pipeline_time_to_ready_seconds_count[15m])) > bool 0', 1);
    await becomes(`barista_pipeline_ready{namespace="${NAMESPACE}",name="${name}"}`, 1);
    await becomes(
      `sum(controller_runtime_reconcile_total{controller="baristapipeline",result="success"}) > bool 0`,
      1,
    );
    assert.ok((await value('barista_pipelines{state="Ready"}')) >= 1);
  });

  for (const dashboard of dashboards)
    test(`has an answer to every question of ${dashboard.uid}`, async () => {
      const panels = dashboard.rows.flatMap((row) => row.panels);
      const answers = await waitFor(
        'rates to be known',
        async () => {
          // A rate needs two points, and something to have happened between them.
          await it.topics.write(`${name}.orders`, numbers(10));
          const all = await Promise.all(
            panels.flatMap(({ title, queries }) =>
              queries.map(async ({ expr }) => ({
                title,
                expr,
                found: await prometheus.query(filled(expr, choice)),
              })),
            ),
          );
          return all.every(({ found }) => isShown(found)) ? all : undefined;
        },
        { within: 90_000, every: 3_000, seen: () => empty(panels) },
      );
      assert.equal(answers.length, panels.flatMap(({ queries }) => queries).length);
    });

  test('evaluates all alerts without an error, and none fires, or is about to, for a pipeline that is well', async () => {
    const rules = await prometheus.rules();
    assert.ok(rules.length > 0);
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok').map(({ name: alert, lastError }) => [alert, lastError]),
      [],
    );
    // The change above left it not ready for a moment, which is pending until the rules are evaluated again.
    const alerts = (): Promise<readonly Series[]> => prometheus.query(`ALERTS{name="${name}"}`);
    await waitFor('no alert to be pending or firing', async () => (await alerts()).length === 0, {
      within: 90_000,
      every: 1_000,
      seen: alerts,
    });
  });

  async function empty(
    panels: readonly { readonly queries: readonly { readonly expr: string }[] }[],
  ): Promise<string[]> {
    const found: string[] = [];
    for (const { expr } of panels.flatMap(({ queries }) => queries))
      if (!isShown(await prometheus.query(filled(expr, choice)))) found.push(filled(expr, choice));
    return found;
  }
});

/** Not a number is what a quantile of nothing is. */
function isShown(found: readonly Series[]): boolean {
  return found.some(({ value }) => !Number.isNaN(value));
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `order ${index}`);
}
