/**
 * What an answer of SCDF that is no success means: pure and total. SCDF answers 500 for almost everything, so `logref` (the Java
 * exception) and the text decide; the table is taken from what a real server was seen to say (errors.fixtures.ts).
 */
import type { DataflowErrorKind } from './port.ts';

export interface Complaint {
  readonly kind: DataflowErrorKind;
  /** The first useful line, for people. */
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
  ['busy', /^SkipperException$/, /^Statemachine is not in state ready/],
  ['noDifference', /^ReleaseUpgradeException$/, /no difference/],
  ['leftovers', /^SkipperException$/, /Failed to upload the package\..*already exists/],
  ['leftovers', any, /^Could not install AppDeployRequest/],
  ['leftovers', any, /^App .* is already deployed/],
  ['notFound', /^SkipperException$/, /^Can not find package/],
  ['notFound', /^(NoSuch\w+Exception|ReleaseNotFoundException)$/, any],
  ['inUse', /^UnregisterAppException$/, any],
  [
    'exists',
    /^(AppAlreadyRegistered|DuplicateStreamDefinition|StreamAlreadyDeployed|StreamAlreadyDeploying)Exception$/,
    any,
  ],
  [
    'platformDown',
    /^(ResourceAccessException|HttpHostConnectException|ConnectException|SocketTimeoutException)$/,
    any,
  ],
  ['platformDown', any, /^I\/O error on \w+ request for/],
  ['platformDown', /^KubernetesClientException$/, any],
  ['rejected', /^StringIndexOutOfBoundsException$/, any],
  ['rejected', /^(IllegalArgumentException|IllegalStateException)$/, any],
  [
    'rejected',
    /^(InvalidStreamDefinition|InvalidApplicationName|CheckPointedParse|Parse|HttpMediaTypeNotSupported)Exception$/,
    any,
  ],
];

/** What SCDF means when the text alone would not help a person. */
const translations: readonly (readonly [RegExp, string])[] = [
  [/^begin \d+, end -1, length \d+$/, 'The version of the app is not the tag that its uri carries.'],
  [
    /^I\/O error on \w+ request for "[^"]*": (?:Connect to (\S+).*? failed: )?([^;]+)[\s\S]*$/,
    'Skipper does not answer SCDF ($1 $2).',
  ],
  [
    /^Could not install AppDeployRequest[\s\S]*$/,
    'The platform still has what an earlier deployment left behind.',
  ],
];

/** @param body the text of the answer */
export function classify(status: number, body: string): Complaint {
  if (status === 401 || status === 403) {
    return { kind: 'unauthorized', message: `The server refuses the operator's credentials (${status}).` };
  }
  const error = scdfError(body);
  if (error === undefined) return withoutError(status, body);
  const found = rules.find(([, logref, message]) => logref.test(error.logref) && message.test(error.message));
  return { kind: found?.[0] ?? byStatus(status), message: readable(error) };
}

function withoutError(status: number, body: string): Complaint {
  const text = firstLine(body.replace(/<[^>]*>/g, ' '));
  return { kind: byStatus(status), message: `The server answers ${status}${text === '' ? '' : `: ${text}`}` };
}

function byStatus(status: number): DataflowErrorKind {
  if (status === 429 || (status >= 502 && status <= 504)) return 'unreachable';
  if (status === 404) return 'notFound';
  if (status === 409) return 'exists';
  return status >= 400 && status < 500 ? 'rejected' : 'unexpected';
}

/** `{"_embedded":{"errors":[{"message","logref"}]}}`, or Spring Boot's `{"error","message"}`. */
function scdfError(body: string): ScdfError | undefined {
  const json = object(parse(body));
  const errors = object(json?.['_embedded'])?.['errors'];
  if (Array.isArray(errors)) return errorFrom(object(errors[0]), 'logref');
  return errorFrom(json, 'error');
}

function errorFrom(json: Readonly<Record<string, unknown>> | undefined, key: string): ScdfError | undefined {
  const message = json?.['message'];
  const logref = json?.[key];
  return typeof message === 'string'
    ? { logref: typeof logref === 'string' ? logref : '', message }
    : undefined;
}

function readable({ logref, message }: ScdfError): string {
  const translation = translations.find(([pattern]) => pattern.test(message));
  if (translation !== undefined) return message.replace(translation[0], translation[1]).replace(/\( ?/, '(');
  const line = firstLine(message);
  return line === '' ? `SCDF gives no more than ${logref}.` : line;
}

function firstLine(text: string): string {
  const line = text.split('\n').find((it) => it.trim() !== '');
  return (line ?? '').trim().slice(0, 400);
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
