/** What makes this machine a Kubernetes node: containerd, kubelet and kube-proxy, as parts. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { configOf, flagsOf } from './control-plane.ts';
import { document, generate } from './files.ts';
import { images, loopback, network, nodeName, ports } from './layout.ts';
import type { Part } from './parts.ts';
import type { Paths } from './paths.ts';
import { accepts, answers } from './probes.ts';

export const containerdSocket = (paths: Paths): string => join(paths.run, 'containerd.sock');
export const containerdState = (paths: Paths): string => join(paths.data, 'containerd', 'state');

export function containerd(paths: Paths): Part {
  const file = join(paths.config, 'containerd.toml');
  const config = [
    generate(file, containerdConfig(paths)),
    generate(join(paths.config, 'cni', '10-barista.conflist'), cniConfig(paths)),
    generate(join(paths.config, 'registries', '_default', 'hosts.toml'), closedRegistry),
  ];
  return {
    name: 'containerd',
    command: ['containerd', '--config', file],
    config,
    ready: () => accepts({ path: containerdSocket(paths) }),
    deadline: 30_000,
  };
}

/** Every registry is a closed port of this machine: an unknown image fails at once, and nothing asks the outside. */
const closedRegistry = `server = "http://${loopback}:1"
[host."http://${loopback}:1"]
  capabilities = ["pull", "resolve"]
`;

function containerdConfig(paths: Paths): string {
  // restrict_oom_score_adj and oom_score: a container or a small virtual machine often lacks CAP_SYS_RESOURCE.
  return `version = 2
root = "${join(paths.data, 'containerd', 'root')}"
state = "${containerdState(paths)}"
oom_score = 0
[grpc]
  address = "${containerdSocket(paths)}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  sandbox_image = "${images.pause}"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${join(paths.config, 'registries')}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${join(paths.config, 'cni')}"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "${join(paths.run, 'runc')}"
`;
}

function cniConfig(paths: Paths): string {
  const ranges = [[{ subnet: network.pods, gateway: network.gateway }]];
  const routes = [{ dst: '0.0.0.0/0' }];
  const ipam = { type: 'host-local', dataDir: join(paths.data, 'cni'), ranges, routes };
  const bridge = {
    type: 'bridge',
    bridge: network.bridge,
    isGateway: true,
    hairpinMode: true,
    ipam,
  };
  return document({ cniVersion: '0.4.0', name: network.bridge, plugins: [bridge] });
}

export function kubelet(paths: Paths, bin: string): Part {
  const kubeconfig = configOf(paths, 'kubelet');
  const file = join(paths.config, 'kubelet.yaml');
  const resolvConf = join(paths.config, 'resolv.conf');
  const config = [
    ...kubeconfig.content,
    generate(file, kubeletConfig(paths, resolvConf)),
    // There is no DNS in the cluster. Nobody listens here, so a look-up fails at once instead of leaving the machine.
    generate(resolvConf, `nameserver ${network.gateway}\n`),
  ];
  mkdirSync(join(paths.logs, 'pods'), { recursive: true });
  const flags = {
    ...kubeconfig.flags,
    config: file,
    'hostname-override': nodeName,
    'node-ip': network.gateway,
    'root-dir': join(paths.data, 'kubelet'),
  };
  return {
    name: 'kubelet',
    command: [join(bin, 'kubelet'), ...flagsOf(flags)],
    config,
    ready: () => answers(`http://${loopback}:${ports['kubelet health']}/healthz`),
    deadline: 60_000,
  };
}

function kubeletConfig(paths: Paths, resolvConf: string): string {
  return document({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: network.gateway,
    authentication: {
      x509: { clientCAFile: join(paths.pki, 'ca.crt') },
      webhook: { enabled: false },
      anonymous: { enabled: false },
    },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    clusterDNS: [network.gateway],
    containerRuntimeEndpoint: `unix://${containerdSocket(paths)}`,
    // The node is as full as the machine it is on: its disk is not ours to judge, beyond what `up` asks for.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    failCgroupV1: false,
    failSwapOn: false,
    healthzBindAddress: loopback,
    healthzPort: ports['kubelet health'],
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    localStorageCapacityIsolation: false,
    podLogsDir: join(paths.logs, 'pods'),
    port: ports.kubelet,
    registryPullQPS: 0,
    resolvConf,
    tlsCertFile: join(paths.pki, 'kubelet.crt'),
    tlsPrivateKeyFile: join(paths.pki, 'kubelet.key'),
    volumePluginDir: join(paths.data, 'kubelet', 'volume-plugins'),
  });
}

export function kubeProxy(paths: Paths, bin: string): Part {
  const kubeconfig = configOf(paths, 'proxy');
  const file = join(paths.config, 'kube-proxy.yaml');
  const content = generate(file, kubeProxyConfig(kubeconfig.file));
  return {
    name: 'kube-proxy',
    command: [join(bin, 'kube-proxy'), `--config=${file}`],
    config: [...kubeconfig.content, content],
    ready: () => answers(`http://${loopback}:${ports['kube-proxy health']}/healthz`),
    deadline: 60_000,
  };
}

function kubeProxyConfig(kubeconfig: string): string {
  return document({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig },
    clusterCIDR: network.pods,
    hostnameOverride: nodeName,
    bindAddress: loopback,
    nodePortAddresses: [network.pods],
    healthzBindAddress: `${loopback}:${ports['kube-proxy health']}`,
    metricsBindAddress: `${loopback}:${ports['kube-proxy metrics']}`,
    // A pod's answer to a pod goes straight over the bridge and would miss its own translation, but for masquerading.
    iptables: { masqueradeAll: true, localhostNodePorts: false },
    conntrack: { maxPerCore: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  });
}
