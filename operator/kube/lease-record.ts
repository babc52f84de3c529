/** The Lease object and what may be concluded from it: pure. */
import { isRecord } from './objects.ts';
import type { KubeObject, ObjectKey } from './port.ts';

/** What a lease says. Empty `holder`: given back. */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationMs: number;
  readonly renewTime: string;
  readonly acquireTime: string;
  /** How often it went to somebody else. */
  readonly transitions: number;
}

export function readLease({ spec }: KubeObject): LeaseRecord {
  const fields = isRecord(spec) ? spec : {};
  return {
    holder: text(fields['holderIdentity']),
    durationMs: number(fields['leaseDurationSeconds']) * 1000,
    renewTime: text(fields['renewTime']),
    acquireTime: text(fields['acquireTime']),
    transitions: number(fields['leaseTransitions']),
  };
}

/** What is to be written. */
export interface LeaseClaim {
  readonly key: ObjectKey;
  readonly holder: string;
  readonly durationMs: number;
  /** Wall clock, milliseconds. */
  readonly now: number;
}

/** The object that takes the lease or keeps it; under the resourceVersion of `before`, so that only one can win. */
export function claimLease(claim: LeaseClaim, before: KubeObject | undefined): unknown {
  const record = before === undefined ? undefined : readLease(before);
  const isOwn = record?.holder === claim.holder;
  const transitions = (record?.transitions ?? 0) + (record === undefined || isOwn ? 0 : 1);
  return leaseObject(claim, before, {
    holderIdentity: claim.holder,
    leaseDurationSeconds: Math.ceil(claim.durationMs / 1000),
    acquireTime: isOwn ? record.acquireTime : microTime(claim.now),
    renewTime: microTime(claim.now),
    leaseTransitions: transitions,
  });
}

/** The object that gives the lease back: whoever wants it need not wait for its end. As client-go does it. */
export function releaseLease(claim: LeaseClaim, before: KubeObject): unknown {
  return leaseObject(claim, before, {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: microTime(claim.now),
    renewTime: microTime(claim.now),
    leaseTransitions: readLease(before).transitions,
  });
}

function leaseObject({ key }: LeaseClaim, before: KubeObject | undefined, spec: object): unknown {
  const fresh = { name: key.name, namespace: key.namespace };
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: before?.metadata ?? fresh,
    spec: { ...(isRecord(before?.spec) ? before.spec : {}), ...spec },
  };
}

/** A metav1.MicroTime: the API server takes six digits after the second and nothing else. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
