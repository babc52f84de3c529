/** Every fixed number, name and version of the stack: one node, so its ports and addresses are constants. */
export const versions = {
  kubernetes: '1.34.4',
  kafka: '4.1.0',
  debian: 'bookworm',
  node: '24.21.0',
  npm: '11.19.1',
  streamApps: '5.1.1',
} as const;

/** The machine's address for itself. */
export const loopback = '127.0.0.1';

export const network = {
  bridge: 'barista0',
  /** The bridge's own address: how pods reach what runs on the machine. */
  gateway: '10.88.0.1',
  pods: '10.88.0.0/16',
  services: '10.96.0.0/16',
  /** The first address of `services`: the API server as pods see it. */
  api: '10.96.0.1',
} as const;

/** TCP ports that the stack listens on, by what they are for. */
export const ports = {
  'kube-apiserver': 6443,
  etcd: 2379,
  'etcd peers': 2380,
  kubelet: 10250,
  'kubelet health': 10248,
  'kube-controller-manager': 10257,
  'kube-scheduler': 10259,
  'kube-proxy health': 10256,
  'kube-proxy metrics': 10249,
  'Kafka for this machine': 9092,
  'Kafka controller': 9093,
  'Kafka for pods': 9094,
  SCDF: 9393,
  Prometheus: 9090,
  'discovery of pods': 9091,
} as const;

export const nodeName = 'barista';

/** Where the apps of streams run: the namespace of the SCDF platform account. */
export const streamsNamespace = 'default';

export const images = {
  pause: 'localhost/pause:1',
  debian: 'localhost/barista/debian:bookworm',
  nodeBase: `docker.io/library/node:${versions.node}-bookworm-slim`,
  javaBase: 'docker.io/library/eclipse-temurin:17-jre',
  time: `docker.io/springcloudstream/time-source-kafka:${versions.streamApps}`,
  log: `docker.io/springcloudstream/log-sink-kafka:${versions.streamApps}`,
  operator: 'docker.io/barista/operator:dev',
  worker: 'docker.io/barista/worker:dev',
} as const;
