import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseConfig } from './config.ts';
import { badRequirement } from './selector.ts';
import { workloadNamespaces } from './workload-namespaces.ts';

describe('the environment', () => {
  test('has a default for all but the worker image', () => {
    const parsed = parseConfig({ BARISTA_WORKER_IMAGE: 'barista/worker:1' });
    assert.ok('ok' in parsed);
    assert.equal(parsed.ok.serversFile, '/etc/barista/servers.yaml');
    assert.equal(parsed.ok.leaderElection, true);
    assert.equal(parsed.ok.sweepMs, 60_000);
  });

  test('says every problem in a sentence', () => {
    const parsed = parseConfig({
      BARISTA_CONCURRENCY: 'many',
      BARISTA_LOG_FORMAT: 'xml',
      BARISTA_SWEEP_SECONDS: '0',
    });
    assert.ok('problems' in parsed);
    assert.equal(parsed.problems.length, 4);
    assert.match(
      parsed.problems.join('\n'),
      /BARISTA_CONCURRENCY is "many": give a whole number of at least 1\./,
    );
    assert.match(parsed.problems.join('\n'), /BARISTA_LOG_FORMAT is "xml": give one of json, text\./);
  });
});

describe('the port for metrics and health', () => {
  const parse = (env: Readonly<Record<string, string>>) =>
    parseConfig({ BARISTA_WORKER_IMAGE: 'w:1', ...env });
  const files = { BARISTA_HTTP_CERT_FILE: '/tls/tls.crt', BARISTA_HTTP_KEY_FILE: '/tls/tls.key' };

  test('is open and plain, unless it is said', () => {
    const parsed = parse({});
    assert.ok('ok' in parsed);
    assert.deepEqual([parsed.ok.metricsAuth, parsed.ok.httpKeyPair], ['none', undefined]);
  });

  test('has a guard and a certificate', () => {
    const parsed = parse({ ...files, BARISTA_METRICS_AUTH: 'kubernetes' });
    assert.ok('ok' in parsed);
    assert.equal(parsed.ok.metricsAuth, 'kubernetes');
    assert.deepEqual(parsed.ok.httpKeyPair, { certFile: '/tls/tls.crt', keyFile: '/tls/tls.key' });
  });

  for (const [missing, name] of [
    ['BARISTA_HTTP_KEY_FILE', 'CERT'],
    ['BARISTA_HTTP_CERT_FILE', 'KEY'],
  ] as const) {
    test(`says that ${missing} is missing beside the other`, () => {
      const parsed = parse({ [`BARISTA_HTTP_${name}_FILE`]: '/tls/one' });
      assert.ok('problems' in parsed);
      assert.deepEqual(parsed.problems, [`${missing} is missing: TLS needs a certificate and its key.`]);
    });
  }

  test('has no guard of a name that there is not', () => {
    const parsed = parse({ BARISTA_METRICS_AUTH: 'kubernets' });
    assert.ok('problems' in parsed);
    assert.match(
      parsed.problems.join(),
      /BARISTA_METRICS_AUTH is "kubernets": give one of none, kubernetes\./,
    );
  });
});

describe('what is watched', () => {
  const parse = (env: Readonly<Record<string, string>>) =>
    parseConfig({ BARISTA_WORKER_IMAGE: 'w:1', ...env });

  test('is everything, unless it is said', () => {
    const parsed = parse({ BARISTA_WATCH_NAMESPACES: '', BARISTA_SELECTOR: '' });
    assert.ok('ok' in parsed);
    const { watchNamespaces, selector, leaseName } = parsed.ok;
    assert.deepEqual([watchNamespaces, selector, leaseName], [undefined, undefined, 'barista-operator']);
  });

  test('is a list of namespaces, each once, and what a selector says', () => {
    const parsed = parse({
      BARISTA_WATCH_NAMESPACES: 'cafe, bar,cafe',
      BARISTA_SELECTOR: 'shard=a',
      BARISTA_LEASE_NAME: 'shard-a',
    });
    assert.ok('ok' in parsed);
    const { watchNamespaces, selector, leaseName } = parsed.ok;
    assert.deepEqual([watchNamespaces, selector, leaseName], [['cafe', 'bar'], 'shard=a', 'shard-a']);
  });

  const bad: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['an empty name', { BARISTA_WATCH_NAMESPACES: 'cafe,' }, /has "", which is not the name of a namespace/],
    ['a name that is none', { BARISTA_WATCH_NAMESPACES: 'Café' }, /has "Café"/],
    [
      'a selector that cannot be read',
      { BARISTA_SELECTOR: 'shard=a,=b' },
      /BARISTA_SELECTOR has "=b": give a label/,
    ],
    ['a lease that has no name it can have', { BARISTA_LEASE_NAME: 'A b' }, /BARISTA_LEASE_NAME is "A b"/],
    ['an instance with a slash', { BARISTA_INSTANCE: 'a/b' }, /BARISTA_INSTANCE is "a\/b"/],
  ];
  for (const [what, env, problem] of bad) {
    test(`is not ${what}`, () => {
      const parsed = parse({ BARISTA_LEASE_NAME: 'mine', ...env });
      assert.ok('problems' in parsed);
      assert.equal(parsed.problems.length, 1);
      assert.match(parsed.problems[0]!, problem);
    });
  }

  for (const env of [{ BARISTA_WATCH_NAMESPACES: 'cafe' }, { BARISTA_SELECTOR: 'shard=a' }]) {
    test(`needs a lease of its own with ${Object.keys(env).join()}`, () => {
      const parsed = parse(env);
      assert.ok('problems' in parsed);
      assert.match(parsed.problems.join(), /BARISTA_LEASE_NAME is missing/);
      assert.ok('ok' in parse({ ...env, BARISTA_LEADER_ELECTION: 'false' }), 'alone it needs none');
    });
  }
});

describe('a label selector', () => {
  for (const good of [
    'shard',
    '!shard',
    'shard=a',
    'shard==a',
    'shard!=a',
    'shard=',
    'example.com/team in (tea, coffee),shard notin (a,b)',
    'a=b , !c',
    'shard in (a)',
  ]) {
    test(`may be ${good}`, () => assert.equal(badRequirement(good), undefined));
  }
  for (const [selector, bad] of [
    ['a=b,', ''],
    ['a=b,c d', 'c d'],
    ['shard in a,b', 'shard in a'],
    ['shard in (a', 'shard in (a'],
    ['shard=-a', 'shard=-a'],
    ['Ex.com/a/b=c', 'Ex.com/a/b=c'],
    ['a=>b', 'a=>b'],
  ] as const) {
    test(`is not ${selector}`, () => assert.equal(badRequirement(selector), bad));
  }
});

describe('the namespaces in which workloads are watched', () => {
  const server = (namespace?: string, watchWorkloads = true) => ({ namespace, watchWorkloads });
  const cases: readonly [string, ReturnType<typeof server>[], string[] | undefined, string[] | undefined][] =
    [
      ['all, when a server does not say where', [server(), server('streams')], undefined, undefined],
      [
        'those of the servers',
        [server('streams'), server('more'), server('more')],
        undefined,
        ['streams', 'more'],
      ],
      [
        'those of the pipelines, when a server does not say where',
        [server(), server('more')],
        ['cafe'],
        ['cafe', 'more'],
      ],
      [
        'none, when no server is to be watched',
        [server('streams', false), server(undefined, false)],
        undefined,
        [],
      ],
    ];
  for (const [what, servers, watched, expected] of cases) {
    test(`are ${what}`, () => assert.deepEqual(workloadNamespaces(servers, watched), expected));
  }
});
