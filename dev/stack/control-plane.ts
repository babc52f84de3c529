/** etcd and the Kubernetes control plane, as parts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate } from './files.ts';
import { loopback, network, ports } from './layout.ts';
import type { Part } from './parts.ts';
import type { Paths } from './paths.ts';
import { kubeconfigFor } from './pki.ts';
import { answers } from './probes.ts';

/** The API server as the machine and the pods reach it: on the bridge, never on an outward address. */
export const apiServer = `https://${network.gateway}:${ports['kube-apiserver']}`;

export function etcd(paths: Paths): Part {
  const client = `http://${loopback}:${ports.etcd}`;
  const peer = `http://${loopback}:${ports['etcd peers']}`;
  const urls = { 'listen-client-urls': client, 'advertise-client-urls': client };
  const peers = {
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
  };
  // A test cluster may lose its last writes in a power cut; waiting for the disk costs every write milliseconds.
  const flags = { 'data-dir': join(paths.data, 'etcd'), ...urls, ...peers, 'unsafe-no-fsync': 'true' };
  return {
    name: 'etcd',
    command: ['etcd', ...flagsOf(flags)],
    ready: () => answers(`${client}/health`),
    deadline: 30_000,
  };
}

export function kubeApiserver(paths: Paths, bin: string): Part {
  const pki = (file: string): string => join(paths.pki, file);
  const flags = {
    'etcd-servers': `http://${loopback}:${ports.etcd}`,
    'bind-address': network.gateway,
    'advertise-address': network.gateway,
    'secure-port': ports['kube-apiserver'],
    'client-ca-file': pki('ca.crt'),
    'tls-cert-file': pki('apiserver.crt'),
    'tls-private-key-file': pki('apiserver.key'),
    'service-account-key-file': pki('sa.pub'),
    'service-account-signing-key-file': pki('sa.key'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': network.services,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'kubelet-preferred-address-types': 'InternalIP',
    'kubelet-certificate-authority': pki('ca.crt'),
    'kubelet-client-certificate': pki('admin.crt'),
    'kubelet-client-key': pki('admin.key'),
  };
  return {
    name: 'kube-apiserver',
    command: [join(bin, 'kube-apiserver'), ...flagsOf(flags)],
    ready: () => answers(`${apiServer}/readyz`, { ca: readFileSync(pki('ca.crt')) }),
    deadline: 90_000,
  };
}

export function kubeControllerManager(paths: Paths, bin: string): Part {
  const pki = (file: string): string => join(paths.pki, file);
  const kubeconfig = configOf(paths, 'controller-manager');
  const flags = {
    ...kubeconfig.flags,
    'authentication-kubeconfig': kubeconfig.file,
    'authorization-kubeconfig': kubeconfig.file,
    'use-service-account-credentials': true,
    'service-account-private-key-file': pki('sa.key'),
    'root-ca-file': pki('ca.crt'),
    'cluster-signing-cert-file': pki('ca.crt'),
    'cluster-signing-key-file': pki('ca.key'),
    'leader-elect': false,
    'allocate-node-cidrs': false,
    'bind-address': loopback,
  };
  return {
    name: 'kube-controller-manager',
    command: [join(bin, 'kube-controller-manager'), ...flagsOf(flags)],
    config: kubeconfig.content,
    ready: () => answers(`https://${loopback}:${ports['kube-controller-manager']}/healthz`),
    deadline: 60_000,
  };
}

export function kubeScheduler(paths: Paths, bin: string): Part {
  const kubeconfig = configOf(paths, 'scheduler');
  const flags = { ...kubeconfig.flags, 'leader-elect': false, 'bind-address': loopback };
  return {
    name: 'kube-scheduler',
    command: [join(bin, 'kube-scheduler'), ...flagsOf(flags)],
    config: kubeconfig.content,
    ready: () => answers(`https://${loopback}:${ports['kube-scheduler']}/healthz`),
    deadline: 60_000,
  };
}

/** `{ a: 1 }` as `--a=1`. */
export function flagsOf(flags: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** Writes the kubeconfig of a part. */
export function configOf(
  paths: Paths,
  name: string,
): { readonly file: string; readonly flags: { readonly kubeconfig: string }; readonly content: string[] } {
  const file = join(paths.config, `${name}.kubeconfig`);
  const content = generate(file, kubeconfigFor(paths, name, apiServer));
  return { file, flags: { kubeconfig: file }, content: [content] };
}
