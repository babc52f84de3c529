/** The cluster's keys and certificates, made with openssl: one authority, one certificate for each part. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import { loopback, network, nodeName } from './layout.ts';
import type { Paths } from './paths.ts';

/** Who a certificate speaks for: common name is the user, organization the group. */
interface Subject {
  readonly user: string;
  readonly group?: string;
  readonly names?: readonly string[];
  /** Elliptic curve keys are made at once; the Kubernetes client inside SCDF 2.11 reads only RSA ones. */
  readonly rsa?: boolean;
}

const subjects: Readonly<Record<string, Subject>> = {
  apiserver: {
    user: 'kube-apiserver',
    names: [
      `IP:${loopback}`,
      `IP:${network.gateway}`,
      `IP:${network.api}`,
      'DNS:localhost',
      'DNS:kubernetes',
      'DNS:kubernetes.default',
      'DNS:kubernetes.default.svc',
    ],
  },
  kubelet: {
    user: `system:node:${nodeName}`,
    group: 'system:nodes',
    names: [`IP:${network.gateway}`, `DNS:${nodeName}`],
  },
  admin: { user: 'admin', group: 'system:masters', rsa: true },
  'controller-manager': { user: 'system:kube-controller-manager' },
  scheduler: { user: 'system:kube-scheduler' },
  proxy: { user: 'system:kube-proxy' },
};

const days = '3650';
const ecKey = ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out'];
const rsaKey = ['genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out'];

/** Makes all of them, once: service account tokens have to survive a restart. */
export async function certificates(paths: Paths): Promise<void> {
  await cached(paths.pki, async (folder) => {
    const openssl = (...args: string[]): Promise<string> => run('openssl', args, { cwd: folder });
    await openssl(...ecKey, 'ca.key');
    const authority = ['-subj', '/CN=barista-stack', '-days', days];
    await openssl('req', '-x509', '-new', '-key', 'ca.key', '-out', 'ca.crt', ...authority);
    await openssl(...ecKey, 'sa.key');
    await openssl('pkey', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
    await Promise.all(Object.entries(subjects).map(([name, subject]) => sign(folder, name, subject)));
  });
}

async function sign(folder: string, name: string, { user, group, names, rsa }: Subject): Promise<void> {
  const openssl = (...args: string[]): Promise<string> => run('openssl', args, { cwd: folder });
  const organization = group === undefined ? '' : `/O=${group}`;
  const extensions = ['basicConstraints=CA:FALSE', 'extendedKeyUsage=clientAuth,serverAuth'];
  if (names !== undefined) extensions.push(`subjectAltName=${names.join(',')}`);
  writeFileSync(join(folder, `${name}.ext`), `${extensions.join('\n')}\n`);
  await openssl(...(rsa === true ? rsaKey : ecKey), `${name}.key`);
  const subject = `${organization}/CN=${user}`;
  await openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAserial', `${name}.srl`, '-CAcreateserial'];
  const output = ['-days', days, '-extfile', `${name}.ext`, '-out', `${name}.crt`];
  await openssl('x509', '-req', '-in', `${name}.csr`, ...authority, ...output);
}

/** A kubeconfig for one of the certificates, complete in itself, so that it can be copied. JSON is YAML. */
export function kubeconfigFor(paths: Paths, name: string, server: string): string {
  const base64 = (file: string): string => readFileSync(join(paths.pki, file)).toString('base64');
  const cluster = { server, 'certificate-authority-data': base64('ca.crt') };
  const user = {
    'client-certificate-data': base64(`${name}.crt`),
    'client-key-data': base64(`${name}.key`),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'barista-stack', cluster }],
    users: [{ name, user }],
    contexts: [{ name: 'barista-stack', context: { cluster: 'barista-stack', user: name } }],
    'current-context': 'barista-stack',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
