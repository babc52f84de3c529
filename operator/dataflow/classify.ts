/**
 * What an answer of SCDF that is no success means: pure and total. SCDF answers 500 for almost everything, so `logref` (the Java
 * exception) and the text decide; the table is taken from what a real server was seen to say (errors.fixtures.ts).
 */
import type { DataflowErrorKind } from './port.ts';
import { essence, readable } from './wording.ts';

export interface Complaint {
  readonly kind: DataflowErrorKind;
  /** The first useful line, for people: no stack, no secrets. */
  readonly message: string;
}

interface ScdfError {
  readonly logref: string;
  readonly message: string;
}

type Rule = readonly [kind: DataflowErrorKind, logref: RegExp, message: RegExp];

const any = /^/;

/** The first that fits decides. */
const rules: readonly Rule[] = [
  ['busy', any, /^Statemachine is not in state ready/],
  ['noDifference', any, /has no difference than existing/],
  ['leftovers', any, /^Failed to upload the package\..*already exists/],
  ['leftovers', any, /^Release with the name .* already exists and it is not deleted/],
  ['leftovers', any, /^App '.*' is already deployed/],
  ['notFound', /^SkipperException$/, /^Can not find package/],
  ['notFound', /^(NoSuch\w+|ReleaseNotFound)Exception$/, any],
  ['inUse', /^UnregisterAppException$/, any],
  [
    'exists',
    /^(AppAlreadyRegistered|DuplicateStreamDefinition|StreamAlreadyDeployed|StreamAlreadyDeploying)Exception$/,
    any,
  ],
  [
    'unreachable',
    /^(CannotCreateTransaction|JDBCConnection|DataAccessResourceFailure|CannotGetJdbcConnection)Exception$/,
    any,
  ],
  ['platformDown', /^(ResourceAccess|HttpHostConnect|Connect|SocketTimeout|UnknownHost)Exception$/, any],
  ['platformDown', /^(BadGateway|ServiceUnavailable|GatewayTimeout)$/, any],
  ['platformDown', any, /^I\/O error on \w+ request for/],
  ['unauthorized', /^(Unauthorized|Forbidden)$/, any],
  // What Kubernetes says through the deployer. Its client names no status when it could not ask at all.
  ['leftovers', any, /Received status: .*code=409\b.*reason=AlreadyExists/s],
  ['rejected', any, /Received status: .*code=(400|403|404|422)\b/s],
  ['platformDown', any, /^(Failure executing: |Operation: \[)/],
  ['platformDown', /^KubernetesClientException$/, any],
  ['rejected', /^(StringIndexOutOfBounds|IllegalArgument|IllegalState)Exception$/, any],
  [
    'rejected',
    /^(InvalidStreamDefinition|InvalidApplicationName|CheckPointedParse|Parse|Parser|HttpMediaTypeNotSupported)Exception$/,
    any,
  ],
];

/** @param body the text of the answer */
export function classify(status: number, body: string): Complaint {
  if (status === 401) {
    const message =
      "The server refuses the operator's credentials (401): check its tokenFile or oauth2 in the servers file.";
    return { kind: 'unauthorized', message };
  }
  if (status === 403) {
    const message =
      'The server knows the operator and does not let it do this (403): give its client the roles VIEW, CREATE, MODIFY, DEPLOY and DESTROY.';
    return { kind: 'unauthorized', message };
  }
  if (status < 400) return { kind: 'unexpected', message: strange(status) };
  const error = scdfError(body);
  if (error === undefined) return withoutError(status, body);
  const message = essence(error.message);
  const found = rules.find(([, logref, text]) => logref.test(error.logref) && text.test(message));
  return { kind: found?.[0] ?? byStatus(status), message: readable(message, error.logref) };
}

function strange(status: number): string {
  return `The server answers ${status}: is its URL in the servers file that of an SCDF server?`;
}

/** Not SCDF's own error, so a proxy's or another server's: a 404 of theirs does not mean that a stream is gone. */
function withoutError(status: number, body: string): Complaint {
  if (status === 404) return { kind: 'unexpected', message: strange(status) };
  const plain = body.trimStart().startsWith('{') ? '' : body.replace(/<[^>]*>/g, ' ');
  const words = readable(bootMessage(body) ?? plain, '');
  return {
    kind: byStatus(status),
    message: `The server answers ${status}${words === '' ? '' : `: ${words}`}`,
  };
}

function byStatus(status: number): DataflowErrorKind {
  if (status === 408 || status === 429 || (status >= 502 && status <= 504)) return 'unreachable';
  if (status === 404) return 'notFound';
  if (status === 409) return 'exists';
  return status >= 400 && status < 500 ? 'rejected' : 'unexpected';
}

/** `{"_embedded":{"errors":[{"message","logref"}]}}`. */
function scdfError(body: string): ScdfError | undefined {
  const errors = object(object(parse(body))?.['_embedded'])?.['errors'];
  const first = Array.isArray(errors) ? object(errors[0]) : undefined;
  // Java's null message comes as null.
  const message = text(first?.['message']);
  const logref = text(first?.['logref']);
  return message === '' && logref === '' ? undefined : { message, logref };
}

/** Of Spring Boot's `{"timestamp","status","error","message","path"}`. */
function bootMessage(body: string): string | undefined {
  const json = object(parse(body));
  return [json?.['message'], json?.['error']]
    .map(text)
    .find((it) => it !== '' && it !== 'No message available');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
