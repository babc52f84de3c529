/**
 * The reasons of conditions that are the operator's own, with what each means; those of events are in events.ts. docs/reasons.md has a
 * section for each, with what to do; a test says so.
 */
export const reasons = {
  StreamsReady: 'All streams are deployed and their instances are ready.',
  Stopped: 'spec.state is Stopped: the streams are defined and nothing runs.',
  Paused: 'The annotation barista.dev/paused is set: the operator looks away until it is removed.',
  InvalidSpec: 'The spec is not valid; what runs is left as it is.',
  UnknownServer: "The spec names an SCDF server that the operator's configuration does not.",
  NameConflict: 'A stream of that name exists and is not this pipeline’s, or an older pipeline wants it.',
  AppNotRegistered: 'The spec names an app without a uri, and SCDF does not know it.',
  DataflowUnavailable: 'The SCDF server does not answer.',
  SkipperUnavailable: 'SCDF answers, but Skipper or the platform behind it does not.',
  DataflowUnauthorized: 'SCDF refuses the operator: its credentials or role are wrong.',
  DataflowRejected: 'SCDF refuses what the spec asks for.',
  DataflowError: 'SCDF failed in a way the operator does not know; it tries again.',
  InternalError: 'The operator failed on the pipeline, which is a bug; it tries again.',
  Registered: 'The apps of all streams are registered in SCDF.',
  Registering: 'Apps are still to be registered in SCDF.',
  Deployed: 'SCDF has deployed all streams.',
  Creating: 'Streams are being created.',
  Deploying: 'Streams are being deployed.',
  Updating: 'A stream is being upgraded to the present spec.',
  Scaling: 'The worker is being scaled.',
  Stopping: 'Streams are being undeployed.',
  Adopting: 'A stream that somebody else made is being replaced.',
  Draining: 'The last orders of the old topic are served before the topics change.',
  DefinitionChanged: 'A stream is being made anew: SCDF cannot change a definition.',
  PropertyRemoved: 'A stream is being made anew: SCDF cannot forget a property.',
  PlatformChanged: 'A stream is being deployed to another platform: SCDF cannot move what runs.',
  OrdersTopicChanged: 'The worker is moving to another orders topic.',
  Recreating: 'The pods of the worker end before another version starts, as spec.barista.upgrade says.',
  WorkloadMissing: 'What a stream runs as has been deleted; it is being deployed again.',
  UpgradeInProgress: 'SCDF is in the middle of an upgrade and takes no other change.',
  UpgradeFailed: 'An upgrade failed; the version before goes on running.',
  NoLongerWanted: 'A stream that the spec no longer names is being deleted.',
  NotReady: 'A pod runs but is not ready.',
  KafkaUnavailable: 'The pods of a stream wait for Kafka.',
  ProgressDeadlineExceeded: 'A stream has made no progress for spec.progressDeadlineSeconds.',
  Deleting: 'The pipeline is being deleted.',
} as const;

/** Kubernetes' own words for what ails a pod, as far as they are common; there are more. */
export const podReasons = {
  ImagePullBackOff: 'An image cannot be pulled.',
  CrashLoopBackOff: 'A container ends again and again.',
  Unschedulable: 'No node takes a pod.',
} as const;

export type Reason = keyof typeof reasons;
