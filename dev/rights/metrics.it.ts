/**
 * The operator's metrics for some only, on the real API server: it runs as a process with a token of its ServiceAccount and exactly the
 * rights of manifests/base with the component metrics-auth, and is asked over TLS by accounts that may read metrics and that may not.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { makeAuthority, type Authority } from '../../operator/dataflow/certificates.fixtures.ts';
import { Kubectl } from '../cluster/kubectl.ts';
import { waitFor } from '../cluster/wait.ts';
import { installCrds } from '../install/crds.ts';
import { OPERATOR } from '../install/install.ts';
import { render } from '../manifests/overlay.ts';
import { readInstall, type Install } from './install.fixtures.ts';
import { LocalOperator } from './local-operator.fixtures.ts';
import { RecordingProxy } from './recording-proxy.fixtures.ts';
import { guardedJob, ScrapingPrometheus } from './scraping-prometheus.fixtures.ts';
import { describeGrant, isUsed } from './rules.fixtures.ts';

const kubeconfig = process.env['KUBECONFIG'] ?? '';
const kubectl = new Kubectl({ KUBECONFIG: kubeconfig, PATH: process.env['PATH'] ?? '' });
const id = `barista-test-metrics-${process.pid}`;
const suffix = `-${id}`;
const serviceName = 'barista-operator-metrics.barista-system.svc';
const reader = 'barista-operator-metrics-reader';

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** A role of the install, under a name of the test's own, bound to the account `prometheus`. */
function readersRole(manifests: string): readonly object[] {
  const role = parseAllDocuments(manifests)
    .map((document) => document.toJS() as { kind: string; metadata: { name: string } })
    .find(({ metadata }) => metadata.name === reader);
  const name = reader + suffix;
  return [
    { ...role, metadata: { name } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: id }],
    },
  ];
}

/** The operator that is asked stands by: it may write nothing, and has metrics all the same. */
function heldBySomebody(): object {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: OPERATOR, namespace: id },
    spec: {
      holderIdentity: 'somebody',
      leaseDurationSeconds: 3600,
      acquireTime: new Date().toISOString().replace('Z', '000Z'),
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    },
  };
}

describe('metrics for some only', { concurrency: 1 }, () => {
  let folder: string;
  let authority: Authority;
  let install: Install;
  let objects: readonly object[];
  let proxy: RecordingProxy;
  let operator: LocalOperator;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'barista-metrics-'));
    authority = makeAuthority(folder, 'first', '127.0.0.1', [serviceName]);
    write(authority);
    await installCrds(kubectl);
    const manifests = await render(kubectl, 'manifests/base', [
      'manifests/metrics-auth',
      'manifests/metrics-tls',
    ]);
    install = readInstall(manifests, { 'barista-system': id, cafe: id }, suffix);
    const account = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: id },
    });
    objects = [...install.rights, account('prometheus'), account('stranger'), ...readersRole(manifests)];
    await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: id } });
    await kubectl.apply({ apiVersion: 'v1', kind: 'List', items: objects });
    await kubectl.apply(heldBySomebody());
    proxy = await RecordingProxy.start(kubeconfig);
    operator = await LocalOperator.start({
      server: proxy.url,
      token: await tokenOf(OPERATOR),
      servers: [{ name: 'default', url: 'http://127.0.0.1:1', watchWorkloads: false }],
      env: {
        ...install.env,
        // Nobody's pipelines.
        BARISTA_SELECTOR: `barista.dev/test=${id}`,
        BARISTA_LEASE_NAME: OPERATOR,
        BARISTA_HTTP_CERT_FILE: join(folder, 'tls.crt'),
        BARISTA_HTTP_KEY_FILE: join(folder, 'tls.key'),
        POD_NAMESPACE: id,
        POD_NAME: OPERATOR,
      },
    });
    await waitFor('the operator', async () => (await get('/readyz')).status === 200, {
      within: 60_000,
      every: 200,
      seen: () => operator.said.slice(-4000),
    });
  });
  after(async () => {
    await operator.stop();
    await proxy.stop();
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    await kubectl.run(['delete', '--ignore-not-found', '-f', '-'], list);
    await kubectl.run(['delete', 'namespace', '--wait=false', id]);
    rmSync(folder, { recursive: true });
  });

  function write({ server }: Authority): void {
    writeFileSync(join(folder, 'tls.crt'), server.cert);
    writeFileSync(join(folder, 'tls.key'), server.key);
  }

  async function tokenOf(account: string): Promise<string> {
    return (await kubectl.run(['create', 'token', account, '-n', id])).trim();
  }

  /** On a connection of its own. */
  function get(path: string, token?: string, ca = authority.ca): Promise<Answer> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: operator.port, path, ca, headers, agent: false };
      const request = https.get(options, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (more: string) => (text += more));
        answer.once('end', () => resolve({ status: answer.statusCode, text }));
      });
      request.once('error', reject);
    });
  }

  test('are for the account that is bound to the reader’s role', async () => {
    const token = await tokenOf('prometheus');
    // The API server's copy of the binding may be a moment behind, and the operator keeps a no for half a minute.
    const answer = await waitFor(
      'the metrics',
      async () => {
        const got = await get('/metrics', token);
        return got.status === 200 ? got : undefined;
      },
      { within: 90_000 },
    );
    assert.match(answer.text, /^barista_build_info/m);
    assert.match(answer.text, /^leader_election_master_status\{.*\} 0$/m);
  });

  test('are read by a real Prometheus with the job that the page shows', async () => {
    const token = join(folder, 'token');
    const ca = join(folder, 'authority.crt');
    writeFileSync(token, await tokenOf('prometheus'));
    writeFileSync(ca, authority.ca);
    const prometheus = await ScrapingPrometheus.start(guardedJob(operator.port, { token, ca }));
    try {
      const isUp = async () => (await prometheus.value('up{job="barista-operator"}')) === '1';
      const seen = () => prometheus.said.slice(-4000);
      await waitFor('a scrape', isUp, { within: 60_000, seen });
      assert.equal(await prometheus.value('barista_build_info'), '1');
    } finally {
      await prometheus.stop();
    }
  });

  test('are not for whoever sends no token, or none of this cluster', async () => {
    for (const token of [undefined, 'nonsense']) {
      const { status, text } = await get('/metrics', token);
      assert.equal(status, 401);
      assert.doesNotMatch(text, /barista_build_info/);
    }
  });

  test('are not for another account, which is told what it lacks', async () => {
    const { status, text } = await get('/metrics', await tokenOf('stranger'));
    assert.equal(status, 403);
    assert.match(text, new RegExp(`^Authorization denied for user system:serviceaccount:${id}:stranger: `));
  });

  test('leave health to everybody', async () => {
    for (const path of ['/healthz', '/readyz']) assert.equal((await get(path)).status, 200);
  });

  test('take no right but those of the install, and those for it are used', () => {
    const refused = proxy.recorded.filter(({ status }) => status === 401 || status === 403);
    assert.deepEqual(refused.map(describeGrant), []);
    const reviews = install.grants.filter(({ resource }) => resource.endsWith('reviews'));
    assert.deepEqual(reviews.filter((grant) => isUsed(grant, proxy.recorded)).map(describeGrant), [
      'create tokenreviews.authentication.k8s.io in all namespaces',
      'create subjectaccessreviews.authorization.k8s.io in all namespaces',
    ]);
  });

  test('go on under a certificate that is renewed', async () => {
    const renewed = makeAuthority(folder, 'second');
    write(renewed);
    const token = await tokenOf('prometheus');
    const answers = async () => (await get('/metrics', token, renewed.ca)).status === 200;
    await waitFor('the renewed certificate', answers, { within: 60_000, every: 200 });
    authority = renewed;
  });

  test('are for nobody new while the API server does not answer', async () => {
    const token = await tokenOf('prometheus');
    await proxy.stop();
    assert.equal((await get('/metrics', token)).status, 503);
    assert.equal((await get('/healthz')).status, 200);
  });

  test('leave no token in the log', async () => {
    assert.doesNotMatch(operator.said, /eyJ/);
    assert.match(operator.said, /nobody can say who may read the metrics/);
  });
});
