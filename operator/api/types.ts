/**
 * The BaristaPipeline, as `crds/baristapipelines.yaml` defines it: that file is the source of truth, and a test holds
 * the two together. `…Spec` types are complete: defaults are filled in (see defaults.ts).
 */
import type { KubeObject } from '../kube/port.ts';

export const GROUP = 'barista.dev';
export const VERSION = 'v1alpha1';
export const KIND = 'BaristaPipeline';
export const PIPELINES = { group: GROUP, version: VERSION, plural: 'baristapipelines' } as const;

export const FINALIZER = 'barista.dev/streams';
export const annotations = {
  paused: 'barista.dev/paused',
  reconcileRequestedAt: 'barista.dev/reconcile-requested-at',
  adopt: 'barista.dev/adopt',
} as const;

/** The four streams of a pipeline, in the order in which they start: who takes comes before who gives. */
export const roles = ['hotDrink', 'coldDrink', 'bar', 'orders'] as const;
export type Role = (typeof roles)[number];

export interface TopicsSpec {
  readonly orders: string;
  readonly hotDrinks: string;
  readonly coldDrinks: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

export interface AppSpec {
  /** Name of the registration in SCDF. */
  readonly name: string;
  /** Absent: the version that the uri carries, or SCDF's default version of a registered app. */
  readonly version?: string;
  /** e.g. `docker:springcloudstream/time-source-kafka:5.1.1`. Absent: the app is registered already. */
  readonly uri?: string;
  readonly bootVersion: '2' | '3';
}

export interface StreamAppSpec {
  readonly enabled: boolean;
  readonly app: AppSpec;
  /** Application properties, keys without `app.<label>.`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Deployer properties, keys without `deployer.<label>.`, e.g. `kubernetes.limits.memory`. */
  readonly deployerProperties: Readonly<Record<string, string>>;
}

export interface CustomerSpec extends StreamAppSpec {
  /** How often an order is placed, e.g. `500ms`, `1s`, `2m`. */
  readonly interval: string;
}

export type Delivery = 'AtLeastOnce' | 'ExactlyOnce';
export type BadOrders = 'DeadLetter' | 'Skip' | 'Stop';
export type Upgrade = 'Rolling' | 'Recreate';

export interface BaristaSpec {
  /** Absent: the worker image of the operator's own release. */
  readonly image?: string;
  readonly replicas: number;
  /** Rolling: the new version runs beside the old one until it is healthy. */
  readonly upgrade: Upgrade;
  readonly delivery: Delivery;
  readonly badOrders: BadOrders;
  /** Absent: `error.<orders topic>.<consumer group>`. */
  readonly deadLetterTopic?: string;
  readonly resources: {
    readonly limits?: Readonly<Record<string, string>>;
    readonly requests?: Readonly<Record<string, string>>;
  };
  readonly properties: Readonly<Record<string, string>>;
  readonly deployerProperties: Readonly<Record<string, string>>;
}

export interface PipelineSpec {
  readonly topics: TopicsSpec;
  readonly state: 'Running' | 'Stopped';
  readonly deletionPolicy: 'Delete' | 'Orphan';
  readonly progressDeadlineSeconds: number;
  readonly streamNames: Readonly<Record<Role, string>>;
  readonly dataflow: {
    readonly server: string;
    /** Absent: the platform that the operator's configuration names for the server. */
    readonly platform?: string;
  };
  readonly kafka: {
    /** Absent: what the SCDF platform gives its apps. */
    readonly bootstrapServers?: string;
    readonly secretRef?: { readonly name: string };
  };
  readonly customer: CustomerSpec;
  readonly hotDrinkLog: StreamAppSpec;
  readonly coldDrinkLog: StreamAppSpec;
  readonly barista: BaristaSpec;
}

export type ConditionType = 'Ready' | 'Reconciling' | 'Stalled' | 'AppsRegistered' | 'StreamsDeployed';

export interface Condition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339; moves only when `status` changes. */
  readonly lastTransitionTime: string;
}

export interface StreamStatus {
  readonly name: string;
  readonly role: Role;
  /** SCDF's state, or `absent`. */
  readonly state: string;
  /** Skipper's release version. */
  readonly release?: string;
  /** What is deployed; equals what is wanted when the stream is up to date. */
  readonly revision?: string;
  /** Ready instances of wanted ones, e.g. `2/2`. */
  readonly instances?: string;
  /** Image that its newest Deployment runs. */
  readonly image?: string;
  readonly message?: string;
}

export interface AppStatus {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly uri: string;
  /** True: the pipeline (or another one of this operator) registered it, and it goes with the last that uses it. */
  readonly registeredByPipeline: boolean;
  /** No stream of the pipeline uses it any more; it goes when no other pipeline uses it either. */
  readonly obsolete?: true;
}

export interface PipelineStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly streams?: readonly StreamStatus[];
  readonly apps?: readonly AppStatus[];
  /** e.g. `4/4`. */
  readonly streamsReady?: string;
  /** Instances of the worker, for the scale subresource. */
  readonly replicas?: number;
  /** Label selector of the worker's pods, for the scale subresource. */
  readonly selector?: string;
  /** Value of the annotation `barista.dev/reconcile-requested-at` that was handled last. */
  readonly lastHandledReconcileAt?: string;
}

/** A pipeline whose spec is valid and complete. */
export interface Pipeline {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly deleting: boolean;
  readonly paused: boolean;
  readonly adopt: boolean;
  readonly reconcileRequestedAt?: string;
  readonly spec: PipelineSpec;
  readonly status: PipelineStatus;
  /** As it came from the API server. */
  readonly object: KubeObject;
}
