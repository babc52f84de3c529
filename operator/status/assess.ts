/** From what was found and done to the conditions: which one reason a person should see first. Pure. */
import type { Pipeline } from '../api/types.ts';
import type { AppKey, DataflowError } from '../dataflow/port.ts';
import { titleOf } from '../plan/registrations.ts';
import type { Plan, Verdict } from '../plan/step.ts';
import type { Finding, Findings } from './conditions.ts';
import { failureOf, type Failure } from './failure.ts';
import { reasons } from './reasons.ts';
import type { StreamReport } from './streams.ts';

export interface Assessed {
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly reports: readonly StreamReport[];
  /** Streams of former names that are still there. */
  readonly former: number;
  readonly failure: DataflowError | undefined;
  /** Registrations that were made in this turn. */
  readonly registered: readonly AppKey[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly stalled: boolean;
}

export function assess(input: Assessed): Findings {
  const cause = firstCause(input);
  const apps = appsRegistered(input);
  const deployed = streamsDeployed(input);
  if (cause === undefined) {
    const ready: Finding = { status: 'True', ...whyReady(input) };
    return { Ready: ready, AppsRegistered: apps, StreamsDeployed: deployed };
  }
  const { reason, message } = cause;
  const ready: Finding = { status: 'False', reason, message };
  const activity: Findings = cause.stalled
    ? { Stalled: { status: 'True', reason, message } }
    : { Reconciling: { status: 'True', reason, message } };
  return { Ready: ready, ...activity, AppsRegistered: apps, StreamsDeployed: deployed };
}

/** The questions in the order in which a person should hear the answers. */
function firstCause(input: Assessed): Cause | undefined {
  return failed(input) ?? conflict(input) ?? podTrouble(input) ?? formerHeldUp(input) ?? onTheWay(input);
}

function failed({ failure, pipeline }: Assessed): Cause | undefined {
  if (failure === undefined) return undefined;
  const found: Failure = failureOf(failure, pipeline.spec.dataflow.server);
  return found;
}

function conflict({ plan }: Assessed): Cause | undefined {
  const stuck = plan.verdicts.filter((it) => it.kind === 'conflict' || it.kind === 'stalled');
  const first = stuck.find((it) => it.kind === 'conflict') ?? stuck[0];
  if (first === undefined) return undefined;
  return { reason: first.reason, message: stuck.map((it) => about(it)).join(' '), stalled: true };
}

/** Its sentence, with the stream where that does not name it. */
function about({ stream, message }: Verdict): string {
  return message.includes(stream) ? message : `Stream ${stream}: ${message}`;
}

function podTrouble(input: Assessed): Cause | undefined {
  const troubled = input.reports.filter((report) => report.trouble !== undefined);
  const first = troubled[0];
  if (first?.trouble === undefined) return undefined;
  const message = troubled
    .map((it) => `Stream ${it.stream.name}: ${it.trouble?.reason}: ${it.trouble?.message}${beside(it)}`)
    .join('; ');
  return { reason: first.trouble.reason, message, stalled: isOverdue(input, first) };
}

/** What a pod ails from is half of it when SCDF is in the middle of an upgrade: then nothing can be done about it yet. */
function beside({ verdict }: StreamReport): string {
  return verdict?.reason === 'UpgradeInProgress' ? `; ${verdict.message}` : '';
}

/** A stream that the spec no longer names and that cannot go yet: everything else waits for it. */
function formerHeldUp({ plan, reports }: Assessed): Cause | undefined {
  const named = new Set(reports.map((report) => report.stream.name));
  const held = plan.verdicts.find((it) => it.kind === 'wait' && !named.has(it.stream));
  return held === undefined ? undefined : { reason: held.reason, message: held.message, stalled: false };
}

function onTheWay(input: Assessed): Cause | undefined {
  const open = input.reports.filter((report) => !report.good);
  const first = open[0];
  if (first === undefined) return input.former === 0 ? undefined : formerOnes(input.plan);
  const overdue = open.find((report) => isOverdue(input, report));
  const message = open.map((report) => sentence(report)).join('; ');
  if (overdue !== undefined) {
    const seconds = input.pipeline.spec.progressDeadlineSeconds;
    return {
      reason: 'ProgressDeadlineExceeded',
      message:
        `Stream ${overdue.stream.name} is not ready after ${seconds} s: ${message}. ` +
        `No pod says why: look at SCDF and Skipper, and at kubectl get pods -A -l spring-group-id=${overdue.stream.name}.`,
      stalled: true,
    };
  }
  const verdict = first.verdict;
  const reason = verdict === undefined || verdict.kind === 'none' ? 'Deploying' : verdict.reason;
  return { reason, message, stalled: false };
}

function formerOnes({ verdicts }: Plan): Cause {
  const named = verdicts.filter((it) => it.reason === 'NoLongerWanted').map((it) => it.message);
  const message = named.length === 0 ? reasons.NoLongerWanted : named.join('; ');
  return { reason: 'NoLongerWanted', message, stalled: false };
}

function sentence(report: StreamReport): string {
  const { verdict, status, stream } = report;
  if (verdict !== undefined && verdict.message !== '') {
    const { message, kind } = verdict;
    const what = kind === 'update' ? ` to ${stream.app.uri ?? stream.app.name}` : '';
    return message.includes(stream.name) ? message + what : `stream ${stream.name}: ${message}${what}`;
  }
  return `stream ${stream.name} is ${status.state}${status.instances === undefined ? '' : `, ${status.instances} ready`}`;
}

function isOverdue({ now, pipeline }: Assessed, report: StreamReport): boolean {
  return report.since !== undefined && now - report.since > pipeline.spec.progressDeadlineSeconds * 1000;
}

function whyReady({ pipeline, reports }: Assessed): { reason: string; message: string } {
  if (pipeline.spec.state === 'Stopped') return { reason: 'Stopped', message: reasons.Stopped };
  const stopped = reports.filter((report) => !report.stream.running).map((report) => report.stream.name);
  const scaledDown =
    stopped.length === 0 ? '' : ` Stopped, because spec.barista.replicas is 0: ${stopped.join(', ')}.`;
  const running = reports.length - stopped.length;
  return {
    reason: 'StreamsReady',
    message: `${streams(running)} ${running === 1 ? 'is' : 'are'} deployed and ready.${scaledDown}`,
  };
}

function streams(count: number): string {
  return count === 1 ? '1 stream' : `${count} streams`;
}

function appsRegistered({ plan, registered }: Assessed): Finding {
  const missing = plan.verdicts.find((it) => it.reason === 'AppNotRegistered');
  if (missing !== undefined) return { status: 'False', reason: missing.reason, message: about(missing) };
  const there = new Set(registered.map(titleOf));
  const open = plan.missing.map(titleOf).filter((app) => !there.has(app));
  if (open.length > 0)
    return { status: 'False', reason: 'Registering', message: `Still to be registered: ${open.join(', ')}.` };
  return { status: 'True', reason: 'Registered', message: 'The apps of all streams are registered in SCDF.' };
}

function streamsDeployed({ reports, pipeline }: Assessed): Finding {
  if (pipeline.spec.state === 'Stopped')
    return { status: 'False', reason: 'Stopped', message: reasons.Stopped };
  const wanted = reports.filter((report) => report.stream.running);
  const there = wanted.filter((report) => report.status.state === 'deployed');
  if (there.length === wanted.length) {
    return { status: 'True', reason: 'Deployed', message: `SCDF has deployed ${streams(wanted.length)}.` };
  }
  const open = wanted.filter((report) => report.status.state !== 'deployed');
  const list = open.map((report) => `${report.stream.name} is ${report.status.state}`).join(', ');
  return {
    status: 'False',
    reason: 'Deploying',
    message: `SCDF has deployed ${there.length} of ${streams(wanted.length)}: ${list}.`,
  };
}
