import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { defaults, defaultStreamNames } from './defaults.ts';
import { accepted, minimal, pipelineObject, topics } from './accepted.fixtures.ts';
import { refusedNames } from './refused-names.fixtures.ts';
import { refusedSettings } from './refused-settings.fixtures.ts';
import { describeProblems, parsePipeline } from './validate.ts';

function specOf(spec: unknown, name = 'downtown') {
  const parsed = parsePipeline(pipelineObject({ title: '', name, spec }));
  assert.ok('pipeline' in parsed, JSON.stringify(parsed));
  return parsed.pipeline.spec;
}

describe('parsePipeline', () => {
  for (const fixture of accepted) {
    test(`accepts ${fixture.title}`, () => {
      const parsed = parsePipeline(pipelineObject(fixture));
      assert.deepEqual('problems' in parsed ? parsed.problems : [], []);
    });
  }

  for (const fixture of [...refusedNames, ...refusedSettings]) {
    test(`refuses ${fixture.title}`, () => {
      const parsed = parsePipeline(pipelineObject(fixture));
      assert.ok('problems' in parsed, 'it was accepted');
      assert.deepEqual(parsed.problems, [{ path: fixture.path, message: fixture.message }]);
    });
  }

  test('fills in every default', () => {
    const log = {
      enabled: true,
      app: { ...defaults.log.app, version: '5.1.1', bootVersion: '3' },
      properties: {},
      deployerProperties: {},
    };
    assert.deepEqual(specOf(minimal), {
      topics: { ...topics, partitions: 3, replicationFactor: 1 },
      state: 'Running',
      deletionPolicy: 'Delete',
      progressDeadlineSeconds: 300,
      streamNames: defaultStreamNames('downtown'),
      dataflow: { server: 'default' },
      kafka: {},
      customer: {
        ...log,
        app: { ...defaults.customer.app, version: '5.1.1', bootVersion: '3' },
        interval: '1s',
      },
      hotDrinkLog: log,
      coldDrinkLog: log,
      barista: {
        replicas: 1,
        upgrade: 'Rolling',
        delivery: 'AtLeastOnce',
        badOrders: 'DeadLetter',
        resources: {},
        properties: {},
        deployerProperties: {},
      },
    });
  });

  test('tells all problems at once', () => {
    const spec = { topics: { orders: 'a b', hotDrinks: 'x' }, state: 'On', barista: { replicas: -1 } };
    const parsed = parsePipeline(pipelineObject({ title: '', spec }));
    assert.ok('problems' in parsed);
    assert.deepEqual(
      parsed.problems.map((problem) => problem.path),
      ['spec.topics.orders', 'spec.topics.coldDrinks', 'spec.state', 'spec.barista.replicas'],
    );
    assert.match(
      describeProblems(parsed.problems),
      /^spec\.topics\.orders: a topic name .*; spec\.topics\.coldDrinks: is required; /,
    );
  });

  test('is total: no value makes it throw', () => {
    const anything = fc.anything({ withNullPrototype: true, withBigInt: true });
    const nearly = fc.record(
      {
        topics: fc.oneof(anything, fc.constant(topics)),
        customer: anything,
        barista: anything,
        kafka: anything,
        streamNames: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, nearly), anything, (spec, status) => {
        const parsed = parsePipeline({ ...pipelineObject({ title: '', spec }), status });
        assert.ok('pipeline' in parsed || parsed.problems.length > 0);
      }),
    );
  });
});

describe('the app of a stream', () => {
  const repository = 'docker:springcloudstream/time-source-kafka';
  const digest = 'ab'.repeat(32);
  const cases: readonly [title: string, app: unknown, expected: object][] = [
    ['absent: the default', undefined, { name: 'time', uri: `${repository}:5.1.1`, version: '5.1.1' }],
    ['empty: the default', {}, { name: 'time', uri: `${repository}:5.1.1`, version: '5.1.1' }],
    [
      'a version of the default name',
      { version: '5.1.0' },
      { name: 'time', uri: `${repository}:5.1.0`, version: '5.1.0' },
    ],
    ['another name: registered already', { name: 'clock' }, { name: 'clock' }],
    [
      'another name and version: registered already',
      { name: 'clock', version: '2' },
      { name: 'clock', version: '2' },
    ],
    [
      'a uri: its tag is the version',
      { uri: 'docker:h:5000/a:1' },
      { name: 'time', uri: 'docker:h:5000/a:1', version: '1' },
    ],
    [
      'a uri without a tag: latest',
      { uri: 'docker:h:5000/a' },
      { name: 'time', uri: 'docker:h:5000/a:latest', version: 'latest' },
    ],
    [
      'a uri with slashes and without a tag',
      { uri: 'docker://a' },
      { name: 'time', uri: 'docker://a:latest', version: 'latest' },
    ],
    [
      'a digest',
      { uri: `docker:a@sha256:${digest}` },
      { name: 'time', uri: `docker:a@sha256:${digest}`, version: digest },
    ],
    ['maven', { uri: 'maven://g:a:1.0' }, { name: 'time', uri: 'maven://g:a:1.0', version: '1.0' }],
    [
      'a jar',
      { uri: 'http://h:80/my-app-1.0-rc.jar' },
      { name: 'time', uri: 'http://h:80/my-app-1.0-rc.jar', version: '1.0-rc' },
    ],
  ];
  for (const [title, app, expected] of cases) {
    test(title, () => {
      assert.deepEqual(specOf({ topics, customer: { app } }).customer.app, { ...expected, bootVersion: '3' });
    });
  }

  test('the worker image without a tag is the latest', () => {
    assert.equal(
      specOf({ topics, barista: { image: 'h:5000/worker' } }).barista.image,
      'h:5000/worker:latest',
    );
  });
});

describe('all but the spec', () => {
  test('annotations mean something only as "true"', () => {
    const marked = (value: string) =>
      parsePipeline(
        pipelineObject(
          { title: '', spec: minimal },
          {
            annotations: {
              'barista.dev/paused': value,
              'barista.dev/adopt': value,
              'barista.dev/reconcile-requested-at': value,
            },
          },
        ),
      );
    const yes = marked('true');
    assert.ok('pipeline' in yes);
    assert.deepEqual(
      [yes.pipeline.paused, yes.pipeline.adopt, yes.pipeline.reconcileRequestedAt],
      [true, true, 'true'],
    );
    const no = marked('yes');
    assert.ok('pipeline' in no);
    assert.deepEqual(
      [no.pipeline.paused, no.pipeline.adopt, no.pipeline.reconcileRequestedAt],
      [false, false, 'yes'],
    );
  });

  test('metadata is taken over', () => {
    const object = pipelineObject(
      { title: '', spec: minimal },
      { deletionTimestamp: '2026-11-23T21:00:00Z' },
    );
    const parsed = parsePipeline(object);
    assert.ok('pipeline' in parsed);
    assert.equal(parsed.pipeline.object, object);
    assert.deepEqual(parsed.pipeline, {
      spec: parsed.pipeline.spec,
      status: {},
      object,
      namespace: 'default',
      name: 'downtown',
      uid: object.metadata.uid,
      generation: 3,
      createdAt: Date.parse('2026-11-23T20:00:00Z'),
      deleting: true,
      paused: false,
      adopt: false,
    });
  });

  test('what is wrong with a status is left out, the rest is kept', () => {
    const stream = { name: 'a', role: 'bar', state: 'deployed', release: '2' };
    const condition = {
      type: 'Ready',
      status: 'True',
      reason: 'Served',
      message: 'm',
      observedGeneration: 1,
      lastTransitionTime: '2026-11-23T21:00:00Z',
    };
    const status = {
      observedGeneration: 1,
      conditions: [condition, { type: 'Else', status: 'True' }, 7],
      streams: [stream, { name: 'b', role: 'waiter', state: 'x' }],
      apps: 'none',
      replicas: '2',
      selector: 'a=b',
    };
    const parsed = parsePipeline({ ...pipelineObject({ title: '', spec: minimal }), status });
    assert.ok('pipeline' in parsed);
    assert.deepEqual(parsed.pipeline.status, {
      observedGeneration: 1,
      conditions: [condition],
      streams: [stream],
      selector: 'a=b',
    });
  });

  test('of an invalid spec, what a deletion needs is salvaged', () => {
    const spec = {
      deletionPolicy: 'Orphan',
      dataflow: { server: 'eu' },
      streamNames: { bar: 'the-bar', orders: 'not legal' },
    };
    const parsed = parsePipeline(pipelineObject({ title: '', spec }));
    assert.ok('problems' in parsed);
    assert.equal(parsed.identity.name, 'downtown');
    assert.deepEqual(parsed.salvaged, {
      deletionPolicy: 'Orphan',
      server: 'eu',
      streamNames: { hotDrink: 'downtown-hot-drink', coldDrink: 'downtown-cold-drink', bar: 'the-bar' },
    });
  });
});
