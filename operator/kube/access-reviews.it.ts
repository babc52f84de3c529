/** The reviews of the real API server. */
import { systemClock } from '../runtime/clock.ts';
import { accessReviewsConformance } from './access-reviews-conformance.ts';
import { KubeAccessReviews } from './access-reviews.ts';
import { clientOf, connectToStack } from './cluster.fixtures.ts';
import { until } from './until.fixtures.ts';
import { RestClient } from './rest.ts';

const core = (plural: string) => ({ group: '', version: 'v1', plural });
const rbac = (plural: string) => ({ group: 'rbac.authorization.k8s.io', version: 'v1', plural });
const metrics = { verb: 'get', path: '/metrics' };

accessReviewsConformance('reviews of a real API server', async () => {
  const connection = connectToStack();
  const api = clientOf(connection);
  const rest = new RestClient({ connection, clock: systemClock, userAgent: 'barista-tests' });
  const reviews = new KubeAccessReviews(rest);
  const id = `barista-test-reviews-${process.pid}`;
  const [namespace, guests] = [id, `${id}-guests`];
  const accounts = { reader: namespace, stranger: namespace, guest: guests };

  for (const name of [namespace, guests])
    await api.create(core('namespaces'), undefined, { metadata: { name } });
  for (const [name, at] of Object.entries(accounts))
    await api.create(core('serviceaccounts'), at, { metadata: { name } });
  await api.create(rbac('clusterroles'), undefined, {
    metadata: { name: id },
    rules: [{ nonResourceURLs: [metrics.path], verbs: [metrics.verb] }],
  });
  const { group: apiGroup } = rbac('');
  await api.create(rbac('clusterrolebindings'), undefined, {
    metadata: { name: id },
    roleRef: { apiGroup, kind: 'ClusterRole', name: id },
    subjects: [
      { kind: 'ServiceAccount', name: 'reader', namespace },
      { apiGroup, kind: 'Group', name: `system:serviceaccounts:${guests}` },
    ],
  });

  const tokenOf = async (name: keyof typeof accounts, audiences?: string[]): Promise<string> => {
    const path = `/api/v1/namespaces/${accounts[name]}/serviceaccounts/${name}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } };
    const { status } = (await rest.json({ method: 'POST', path, body })) as { status: { token: string } };
    return status.token;
  };
  // The API server's own copies of accounts and roles are a moment behind.
  for (const name of ['reader', 'stranger', 'guest'] as const) {
    const user = await until(`${name} is known`, async () => reviews.userOf(await tokenOf(name)));
    if (name !== 'stranger') await until(`the right of ${name} is known`, () => reviews.may(user, metrics));
  }

  return {
    reviews,
    namespace,
    tokenOf,
    tokenForOthers: () => tokenOf('reader', ['https://others.example']),
    close: async () => {
      for (const kind of ['clusterrolebindings', 'clusterroles']) await api.delete(rbac(kind), { name: id });
      for (const name of [namespace, guests]) await api.delete(core('namespaces'), { name });
      connection.close();
    },
  };
});
