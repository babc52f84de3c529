import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeClock } from '../runtime/clock.fixtures.ts';
import { lowPriority, WorkQueue } from '../runtime/workqueue.ts';
import { controllerMetrics, leaderMetrics, queueMetrics, restMetrics } from './controller-metrics.ts';
import {
  configMetrics,
  createRegistry,
  dataflowMetrics,
  pipelineMetrics,
  reflectorMetrics,
  type PipelineState,
} from './metrics.ts';

const aRegistry = () => createRegistry('0.1.0', false);

/** The samples of a scrape, without help, types and buckets. */
async function samples(registry: ReturnType<typeof aRegistry>): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#') && line !== '');
  return Object.fromEntries(
    lines
      .filter((line) => !line.includes('_bucket'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('the metrics of a controller', () => {
  it('have the names of controller-runtime, and are all there from the start', async () => {
    const registry = aRegistry();
    controllerMetrics(registry, 'bp', 4);
    queueMetrics(registry, 'bp').observe(new WorkQueue({ clock: new FakeClock(), random: () => 0 }));
    restMetrics(registry);
    leaderMetrics(registry, 'operator');
    assert.deepEqual(await samples(registry), {
      'barista_build_info{version="0.1.0"}': 1,
      'controller_runtime_reconcile_total{controller="bp",result="success"}': 0,
      'controller_runtime_reconcile_total{controller="bp",result="error"}': 0,
      'controller_runtime_reconcile_total{controller="bp",result="requeue"}': 0,
      'controller_runtime_reconcile_total{controller="bp",result="requeue_after"}': 0,
      'controller_runtime_reconcile_time_seconds_sum{controller="bp"}': 0,
      'controller_runtime_reconcile_time_seconds_count{controller="bp"}': 0,
      'controller_runtime_reconcile_errors_total{controller="bp"}': 0,
      'controller_runtime_terminal_reconcile_errors_total{controller="bp"}': 0,
      'controller_runtime_reconcile_panics_total{controller="bp"}': 0,
      'controller_runtime_reconcile_timeouts_total{controller="bp"}': 0,
      'controller_runtime_max_concurrent_reconciles{controller="bp"}': 4,
      'controller_runtime_active_workers{controller="bp"}': 0,
      'workqueue_adds_total{name="bp",controller="bp"}': 0,
      'workqueue_retries_total{name="bp",controller="bp"}': 0,
      'workqueue_queue_duration_seconds_sum{name="bp",controller="bp"}': 0,
      'workqueue_queue_duration_seconds_count{name="bp",controller="bp"}': 0,
      'workqueue_work_duration_seconds_sum{name="bp",controller="bp"}': 0,
      'workqueue_work_duration_seconds_count{name="bp",controller="bp"}': 0,
      'workqueue_depth{name="bp",controller="bp",priority="0"}': 0,
      'workqueue_depth{name="bp",controller="bp",priority="-100"}': 0,
      'workqueue_unfinished_work_seconds{name="bp",controller="bp"}': 0,
      'workqueue_longest_running_processor_seconds{name="bp",controller="bp"}': 0,
      'leader_election_master_status{name="operator"}': 0,
      'leader_election_slowpath_total{name="operator"}': 0,
    });
  });

  it('count what the controller and its queue tell', async () => {
    const registry = aRegistry();
    const clock = new FakeClock();
    const metrics = queueMetrics(registry, 'bp');
    const queue = new WorkQueue({ clock, random: () => 0, metrics });
    metrics.observe(queue);
    const controller = controllerMetrics(registry, 'bp', 1);
    queue.add('a');
    queue.add('b', lowPriority);
    await clock.advance(2_000);
    await queue.take();
    await clock.advance(3_000);
    controller.active(1);
    controller.finished('error', 3_000);
    controller.panic();
    const found = await samples(registry);
    assert.equal(found['workqueue_depth{name="bp",controller="bp",priority="-100"}'], 1);
    assert.equal(found['workqueue_queue_duration_seconds_sum{name="bp",controller="bp"}'], 2);
    assert.equal(found['workqueue_longest_running_processor_seconds{name="bp",controller="bp"}'], 3);
    assert.equal(found['controller_runtime_active_workers{controller="bp"}'], 1);
    assert.equal(found['controller_runtime_reconcile_total{controller="bp",result="error"}'], 1);
    assert.equal(found['controller_runtime_reconcile_errors_total{controller="bp"}'], 1);
    assert.equal(found['controller_runtime_reconcile_time_seconds_sum{controller="bp"}'], 3);
    assert.equal(found['controller_runtime_reconcile_panics_total{controller="bp"}'], 1);
  });

  it('have the buckets of controller-runtime and client-go', async () => {
    const registry = aRegistry();
    controllerMetrics(registry, 'bp', 1);
    queueMetrics(registry, 'bp');
    const text = await registry.metrics();
    const bounds = (metric: string): string[] =>
      [...text.matchAll(new RegExp(`${metric}_bucket\\{le="([^"]+)"`, 'g'))].map(([, bound]) => bound!);
    assert.equal(bounds('controller_runtime_reconcile_time_seconds').length, 41);
    assert.deepEqual(bounds('workqueue_work_duration_seconds'), [
      '1e-8',
      '1e-7',
      '0.000001',
      '0.00001',
      '0.0001',
      '0.001',
      '0.01',
      '0.1',
      '1',
      '10',
      '100',
      '1000',
      '+Inf',
    ]);
  });

  it('count calls to the API server as client-go does', async () => {
    const registry = aRegistry();
    const rest = restMetrics(registry);
    rest.answered({ method: 'GET', code: '200', host: 'api:6443' }, 20);
    rest.retried({ method: 'GET', host: 'api:6443' });
    const found = await samples(registry);
    assert.equal(found['rest_client_requests_total{code="200",method="GET",host="api:6443"}'], 1);
    assert.equal(found['rest_client_request_duration_seconds_sum{verb="GET",host="api:6443"}'], 0.02);
    assert.equal(found['rest_client_request_retries_total{code="<error>",verb="GET",host="api:6443"}'], 1);
  });
});

describe('the metrics of the operator', () => {
  it('show the pipelines that there are, all states, and none that is gone', async () => {
    const registry = aRegistry();
    let pipelines: PipelineState[] = [
      { namespace: 'bar', name: 'a', ready: true, reason: 'StreamsReady', state: 'Ready' },
      { namespace: 'bar', name: 'b', ready: false, reason: 'UpgradeFailed', state: 'Stalled' },
    ];
    pipelineMetrics(registry, ['Ready', 'Reconciling', 'Stalled'], () => pipelines);
    const first = await samples(registry);
    assert.equal(first['barista_pipelines{state="Ready"}'], 1);
    assert.equal(first['barista_pipelines{state="Reconciling"}'], 0);
    assert.equal(first['barista_pipeline_ready{namespace="bar",name="b"}'], 0);
    const reasons = Object.keys(first).filter((name) => name.startsWith('barista_pipeline_not_ready_reason'));
    assert.deepEqual(reasons, [
      'barista_pipeline_not_ready_reason{namespace="bar",name="b",reason="UpgradeFailed"}',
    ]);
    pipelines = pipelines.slice(0, 1);
    const second = await samples(registry);
    assert.equal(second['barista_pipelines{state="Stalled"}'], 0);
    assert.equal('barista_pipeline_ready{namespace="bar",name="b"}' in second, false);
  });

  it('have every combination of labels from the start', async () => {
    const registry = aRegistry();
    const labels = { operations: ['deploy', 'create'], outcomes: ['ok', 'busy'] };
    const dataflow = dataflowMetrics(registry, labels, () => []);
    dataflow.connected('default');
    const [here, there] = [0, 1].map(reflectorMetrics(registry, ['pods']).pods);
    here!.refused('event');
    here!.listed(3, 1);
    there!.listed(4, 1);
    here!.listed(2, 1);
    dataflow.request({ server: 'default', operation: 'deploy', outcome: 'busy' }, 250);
    dataflow.circuit('default', true);
    const found = await samples(registry);
    const count = (operation: string, outcome: string) =>
      found[
        `barista_dataflow_requests_total{server="default",operation="${operation}",outcome="${outcome}"}`
      ];
    assert.deepEqual([count('deploy', 'busy'), count('deploy', 'ok'), count('create', 'busy')], [1, 0, 0]);
    assert.equal(found['barista_dataflow_circuit_open{server="default"}'], 1);
    assert.equal(found['barista_reflector_listed_objects{resource="pods"}'], 2 + 4);
    assert.equal(found['barista_reflector_lists_total{resource="pods"}'], 3);
    assert.equal(found['barista_reflector_refused_total{resource="pods",what="event"}'], 1);
    assert.equal(found['barista_reflector_watches_ended_total{resource="pods",end="gone"}'], 0);
  });

  it('say how many calls to a server there are, and nothing of a server that is gone', async () => {
    const registry = aRegistry();
    let load = [
      { server: 'a', inFlight: 4, waiting: 7 },
      { server: 'b', inFlight: 0, waiting: 0 },
    ];
    const dataflow = dataflowMetrics(registry, { operations: ['deploy'], outcomes: ['ok'] }, () => load);
    for (const { server } of load) dataflow.connected(server);
    dataflow.request({ server: 'a', operation: 'deploy', outcome: 'ok' }, 250);
    const before = await samples(registry);
    assert.equal(before['barista_dataflow_requests_in_flight{server="a"}'], 4);
    assert.equal(before['barista_dataflow_requests_waiting{server="a"}'], 7);
    assert.equal(before['barista_dataflow_requests_waiting{server="b"}'], 0);
    load = load.slice(1);
    dataflow.gone('a');
    const after = await samples(registry);
    assert.deepEqual(
      Object.keys(after).filter((name) => name.includes('server="a"')),
      [],
    );
    assert.equal(after['barista_dataflow_circuit_open{server="b"}'], 0);
  });

  it('say whether the configuration of the moment is in force, and since when the one that is', async () => {
    const registry = aRegistry();
    const clock = new FakeClock(1_000_000);
    const config = configMetrics(registry, clock);
    const told = async () => {
      const found = await samples(registry);
      return [
        found['barista_config_last_reload_successful'],
        found['barista_config_last_reload_success_timestamp_seconds'],
      ];
    };
    assert.deepEqual(await told(), [1, 1_000]);
    await clock.advance(5_000);
    config.reloaded(false);
    assert.deepEqual(await told(), [0, 1_000]);
    config.reloaded(true);
    assert.deepEqual(await told(), [1, 1_005]);
  });

  it('are apart in each registry', async () => {
    const first = aRegistry();
    leaderMetrics(first, 'a').leading(true);
    const second = aRegistry();
    leaderMetrics(second, 'a');
    assert.equal((await samples(second))['leader_election_master_status{name="a"}'], 0);
  });
});
