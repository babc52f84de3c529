/**
 * What one stream needs: the decision of the operator, as a list of questions in the order in which they matter. The first
 * that has an answer decides. Pure.
 */
import {
  definitionOf,
  KEYS,
  keyHash,
  PLATFORM,
  REVISION,
  revisionOf,
  ORDERS_DESTINATION,
  type DesiredStream,
} from '../desired/desired.ts';
import { masked } from '../dataflow/masked.ts';
import type { NewAppRegistration, Release, StreamDefinition } from '../dataflow/port.ts';
import { newestDeployment, newestPods } from '../observed/workload.ts';
import type { ObservedStream } from '../observed/observed.ts';
import { lingering } from './recreate.ts';
import type { Verdict, VerdictKind } from './step.ts';
import { underWay, upgradeUnderWay, versionBeforeRuns } from './upgrade.ts';

/** Everything that the decision about one stream looks at. */
export interface StreamCase {
  readonly desired: DesiredStream;
  readonly app: NewAppRegistration;
  readonly observed: ObservedStream;
  /** The description of this pipeline's streams. */
  readonly owner: string;
  /** Who else may have the name: an older pipeline that asks for it, as `namespace/name`. */
  readonly olderClaim: string | undefined;
  readonly adopt: boolean;
  /** Somebody asked to look again, and nobody has yet. */
  readonly isAskedFor: boolean;
  /** How long the pipeline lets a stream go without progress. */
  readonly deadlineMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A status that SCDF computes can be behind its own deploy: so long an `undeployed` is not believed. */
export const SETTLE_MS = 20_000;

interface Answer {
  readonly kind: VerdictKind;
  readonly reason: string;
  readonly message: string;
}

type Question = (it: StreamCase, definition: StreamDefinition) => Answer | undefined;

const answer = (kind: VerdictKind, reason: string, message: string): Answer => ({ kind, reason, message });

/** The order is the policy. */
const questions: readonly Question[] = [
  isForeign,
  isBusy, // an upgrade that runs refuses everything else
  isLettingGo, // and for a moment after it has failed, a deploy
  hasOtherDefinition,
  shouldStop,
  mustForget, // before anything is deployed again: what was set once sticks to the definition
  isEmptied,
  hasFailedUpgrade, // reads as undeployed, while the version before runs
  isDown, // undeployed by hand, or its workload gone
  hasOtherRevision,
  hasOtherCount,
  hasTwoVersions, // the end of an upgrade: the old one is being taken away
  isOnTheWay,
];

export function verdict(it: StreamCase): Verdict {
  return { ...decide(it), role: it.desired.role, stream: it.desired.name };
}

function decide(it: StreamCase): Answer {
  const { definition } = it.observed;
  if (definition === undefined) return create(it);
  for (const question of questions) {
    const found = question(it, definition);
    if (found !== undefined) return found;
  }
  return answer('none', 'UpToDate', '');
}

function create(it: StreamCase): Answer {
  if (it.olderClaim !== undefined) {
    return answer(
      'conflict',
      'NameConflict',
      `The older pipeline ${it.olderClaim} wants the stream name ${it.desired.name} too. Choose another in spec.streamNames.`,
    );
  }
  return answer('create', 'Creating', `creating stream ${it.desired.name}`);
}

function isForeign(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (definition.description === it.owner) return undefined;
  const whose = definition.description.startsWith('barista.dev/')
    ? `belongs to ${definition.description.split(' ').slice(1).join(' ')}`
    : 'was made by somebody else';
  if (it.olderClaim !== undefined) {
    return answer(
      'conflict',
      'NameConflict',
      `The stream ${it.desired.name} exists and ${whose}, and the older pipeline ${it.olderClaim} wants the name too: ` +
        'it cannot be adopted. Choose another in spec.streamNames.',
    );
  }
  if (it.adopt) {
    const message = `the stream ${it.desired.name} ${whose} and is adopted: it is made anew`;
    return isBusy(it, definition) ?? answer('adopt', 'Adopting', message);
  }
  return answer(
    'conflict',
    'NameConflict',
    `The stream ${it.desired.name} exists and ${whose}. Choose another name in spec.streamNames, delete that stream, ` +
      'or set the annotation barista.dev/adopt: "true" to replace it.',
  );
}

function latest(it: StreamCase): Release | undefined {
  return it.observed.history[0];
}

/** The release that is, or may be, deployed: one that failed leaves the one before it in its place. */
function standing(it: StreamCase): Release | undefined {
  const release = it.observed.history.find(({ code }) => code !== 'FAILED');
  return release?.code === 'DELETED' ? undefined : release;
}

function isBusy(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  const release = upgradeUnderWay(it.observed, it.now, it.deadlineMs);
  if (release === undefined) return undefined;
  const next = isCurrent(it, definition)
    ? 'if it cannot become healthy, correct the spec: it is applied then'
    : 'the present spec is applied then';
  return answer('wait', 'UpgradeInProgress', `${underWay(it.desired.name, release)}; ${next}`);
}

/** As long as a pod of the version that failed is there, SCDF takes the stream for deployed, and a deploy for the second. */
function isLettingGo(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (latest(it)?.code !== 'FAILED' || !it.desired.running || isUndeployed(definition)) return undefined;
  const next = hasOtherDefinition(it, definition) ?? hasFailedUpgrade(it, definition);
  if (next?.kind === 'stalled') return next;
  const message = `the upgrade of stream ${it.desired.name} failed, and the pods of that version are ending: the present spec is applied then`;
  return answer('wait', 'UpgradeFailed', message);
}

function hasOtherDefinition(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  const wanted = definitionOf(it.desired, it.app.name);
  if (sameText(definition.originalDsl, wanted)) return undefined;
  return answer(
    'replace',
    'DefinitionChanged',
    `the definition becomes "${wanted}" (it was "${masked(definition.originalDsl)}")`,
  );
}

export function sameText(a: string, b: string): boolean {
  const plain = (dsl: string) => dsl.replace(/\s+/g, ' ').trim();
  return plain(a) === plain(b);
}

function shouldStop(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (it.desired.running) return undefined;
  // What reads as undeployed may run all the same: an old version after an upgrade that failed, a pod that is about to appear.
  return definition.state === 'undeployed' && standing(it) === undefined
    ? answer('none', 'Stopped', '')
    : answer('undeploy', 'Stopping', `stopping stream ${it.desired.name}`);
}

/** Somebody scaled it to nothing. The worker has a count of its own, to which it is scaled back. */
function isEmptied(it: StreamCase): Answer | undefined {
  const nothing = newestDeployment(it.observed.workload)?.replicas === 0 && it.desired.count === undefined;
  return nothing ? missing(it) : undefined;
}

function isDown(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (!isUndeployed(definition)) return undefined;
  const release = latest(it);
  if (release === undefined || standing(it) === undefined) return deploy(it);
  // A container that has just ended reads as undeployed too: its Deployment is there all the same.
  if (release.code === 'DEPLOYED' && newestDeployment(it.observed.workload) !== undefined) return undefined;
  if (release.code === 'DEPLOYED' && isYoung(it, release) && isCurrent(it, definition)) {
    return answer('wait', 'Deploying', `stream ${it.desired.name} was deployed a moment ago`);
  }
  return missing(it);
}

function isUndeployed({ state }: StreamDefinition): boolean {
  return ['undeployed', 'unknown', 'error'].includes(state);
}

function deploy({ desired, observed }: StreamCase): Answer {
  const rest = lingering(desired, observed);
  return rest === undefined
    ? answer('deploy', 'Deploying', `deploying stream ${desired.name}`)
    : answer('wait', 'Recreating', `stream ${desired.name} starts when what it ran before is gone: ${rest}`);
}

function missing(it: StreamCase): Answer {
  const what = latest(it) === undefined ? 'it' : `release ${latest(it)?.version}`;
  return answer(
    'redeploy',
    'WorkloadMissing',
    `nothing of stream ${it.desired.name} runs although ${what} should: deploying it again`,
  );
}

function isYoung(it: StreamCase, release: Release): boolean {
  const age = it.now - (release.lastDeployed ?? 0);
  return age >= 0 && age < SETTLE_MS;
}

/** After a failed upgrade SCDF calls the old version "no difference" and a deploy "already exists": only undeploying first gets out. */
function hasFailedUpgrade(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  const release = latest(it);
  if (release?.code !== 'FAILED') return undefined;
  if (standing(it) === undefined) return deploy(it);
  if (!versionBeforeRuns(it.observed)) return missing(it);
  if (!isCurrent(it, definition) || it.isAskedFor) {
    return answer(
      'redeploy',
      'UpgradeFailed',
      `the last upgrade of stream ${it.desired.name} failed: deploying it anew`,
    );
  }
  return answer(
    'stalled',
    'UpgradeFailed',
    `The upgrade of stream ${it.desired.name} failed (${release.description}) and the version before goes on running. ` +
      'Correct the spec, or mend the cause and set the annotation barista.dev/reconcile-requested-at to try again.',
  );
}

function appProperties(it: StreamCase, definition: StreamDefinition): Readonly<Record<string, string>> {
  return definition.apps?.find((app) => app.label === it.desired.label)?.properties ?? {};
}

function isCurrent(it: StreamCase, definition: StreamDefinition): boolean {
  return appProperties(it, definition)[REVISION] === revisionOf(it.desired, it.app);
}

function mustForget(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (isCurrent(it, definition)) return undefined;
  const gone = goneProperties(it, definition);
  if (gone.length === 0) return undefined;
  return answer(
    'replace',
    'PropertyRemoved',
    `SCDF cannot forget a property, so stream ${it.desired.name} is made anew without ${gone.join(', ')}`,
  );
}

/**
 * Skipper has it and SCDF does not, as after a deploy that took SCDF too long: what was given to it cannot be seen, so nothing can be
 * changed by an update.
 */
function halfDeployed(it: StreamCase): Answer {
  const release = latest(it);
  if (release !== undefined && isYoung(it, release)) {
    return answer('wait', 'Deploying', `stream ${it.desired.name} was deployed a moment ago`);
  }
  const message = `what runs of stream ${it.desired.name} does not say from which spec: deploying it anew`;
  return answer('redeploy', 'Deploying', message);
}

function hasOtherRevision(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (isCurrent(it, definition)) return undefined;
  const properties = appProperties(it, definition);
  const { [ORDERS_DESTINATION]: topic, [PLATFORM]: platform, [REVISION]: revision } = properties;
  if (revision === undefined) return halfDeployed(it);
  if (platform !== undefined && platform !== it.desired.platform) {
    const message = `stream ${it.desired.name} moves from platform ${platform} to ${it.desired.platform}`;
    return answer('redeploy', 'PlatformChanged', message); // an update stays where it is
  }
  if (
    it.desired.role === 'bar' &&
    topic !== undefined &&
    topic !== it.desired.properties[ORDERS_DESTINATION]
  ) {
    // Not by a rolling update: two versions in one consumer group would read different topics.
    return answer('redeploy', 'OrdersTopicChanged', `the worker moves from topic ${topic} to another`);
  }
  if (it.desired.recreate) {
    const message = `stream ${it.desired.name} is deployed anew: its present version ends before the next one starts`;
    return answer('redeploy', 'Recreating', message);
  }
  if (hasNoInstance(it, definition)) {
    const message = `deploying stream ${it.desired.name} anew: an upgrade would give it as many instances as it has, which is none`;
    return answer('redeploy', 'Updating', message);
  }
  return answer('update', 'Updating', `updating stream ${it.desired.name}`);
}

/** Its Deployment is there, and SCDF finds no pod: somebody scaled it to nothing, or its first pod is about to appear. */
function hasNoInstance({ observed: { workload } }: StreamCase, { state }: StreamDefinition): boolean {
  return state === 'undeployed' && workload.known && newestPods(workload).length === 0;
}

/** What the deployer's answer carries besides the properties that were given. */
export const deployerAdded = /^(resource|version|group|indexed|count|appName|bootVersion)$/;

/** Keys that were given to what is deployed and are no longer wanted. */
function goneProperties(it: StreamCase, definition: StreamDefinition): string[] {
  const { properties, deployerProperties, label } = it.desired;
  const deployed = appProperties(it, definition);
  const given = new Set(deployed[KEYS]?.split('.'));
  const app = Object.keys(deployed).filter((key) => given.has(keyHash(key)) && !(key in properties));
  const deployer = Object.keys(it.observed.deployment?.properties[label] ?? {}).filter(
    (key) => !deployerAdded.test(key) && !(key in deployerProperties),
  );
  return [...app, ...deployer];
}

function hasOtherCount(it: StreamCase): Answer | undefined {
  const { count } = it.desired;
  const actual = actualCount(it.observed);
  if (count === undefined || actual === undefined || actual === count) return undefined;
  return answer('scale', 'Scaling', `scaling stream ${it.desired.name} from ${actual} to ${count}`);
}

/** Instances that the platform is told to run. */
export function actualCount(observed: ObservedStream): number | undefined {
  if (observed.workload.known) return newestDeployment(observed.workload)?.replicas;
  const instances = observed.runtime?.apps[0]?.instances ?? [];
  // A pod that is being replaced is listed twice or not at all: only a stream at rest tells how many it is told to run.
  const isAtRest = instances.length > 0 && instances.every((it) => it.state === 'deployed');
  return isAtRest ? instances.length : undefined;
}

function hasTwoVersions({ desired, observed }: StreamCase): Answer | undefined {
  const running = observed.workload.deployments.filter((deployment) => !deployment.deleting);
  if (running.length < 2) return undefined;
  const newest = newestDeployment(observed.workload)?.name;
  const old = running.map(({ name }) => name).filter((name) => name !== newest);
  const message = `the old version of stream ${desired.name} is being taken away (Deployment ${old.join(', ')})`;
  return answer('wait', 'UpgradeInProgress', message);
}

function isOnTheWay(it: StreamCase, definition: StreamDefinition): Answer | undefined {
  if (definition.state === 'deployed') return undefined;
  return answer('wait', 'Deploying', `stream ${it.desired.name} is ${definition.state}`);
}
