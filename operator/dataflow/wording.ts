/** SCDF's and the network's messages for people: what happened, and what to do about it where that is not plain. Pure. */
import { masked } from './masked.ts';

/** What a wrapping message is about; most messages wrap nothing. */
export function essence(message: string): string {
  const wrapped = /^Could not install AppDeployRequest[\s\S]*Error Message = \[([\s\S]*)\]\s*$/.exec(message);
  return wrapped?.[1] ?? message;
}

/** What SCDF means when the text alone would not help a person, or what to do about it. */
const translations: readonly (readonly [RegExp, string])[] = [
  [
    /^query did not return a unique result/,
    'An app is registered twice in SCDF, which it cannot cope with: unregister all apps in its shell (`app unregister --all`); what is missing is registered again.',
  ],
  [/^begin \d+, end -1, length \d+$/, 'The version of the app is not the tag that its uri carries.'],
  [
    /^I\/O error on \w+ request for "[^"]*": (?:Connect to (\S+).*? failed: )?([^;]+)[\s\S]*$/,
    'Skipper does not answer SCDF ($1 $2): does it run?',
  ],
  [/^App '(.*)' is already deployed$/, 'The platform still has $1 of an earlier deployment.'],
  [
    /^Failed to upload the package\. Package \[(.*)\] in Repository .*$/,
    'Skipper still has the package $1 of an earlier deployment.',
  ],
  [/^(Statemachine is not in state ready to do \w+)$/, 'SCDF is still at work on this stream ($1).'],
  [/^(\d{3}) : \[no body\]$/, 'SCDF fails ($1) and does not say why.'],
  [/^(No platform named '.*')$/, '$1: choose another in spec.dataflow.platform.'],
  [
    /^(Application name '.*' with type '.*' does not exist in the app registry)\.$/,
    '$1: give its uri in the spec, or register it in SCDF.',
  ],
  [
    /^(Stream name .* is invalid\.) .*$/,
    '$1 Choose one in spec.streamNames of letters, digits and "-" that starts with a letter.',
  ],
  [
    /^The runtime application name for the app (.*) in the stream (.*) should not exceed (\d+) in length\..*$/,
    'The names of stream $2 and app $1 are too long together ("$2-$1-v" may have $3 characters): choose shorter ones.',
  ],
  [/^Failure executing: .*?Message: ([\s\S]*?)\.? Received status: [\s\S]*$/, 'Kubernetes says: $1.'],
  [
    /^(Operation: \[\w+\] +for kind: \[\w+\]).*$/s,
    'The Kubernetes API does not answer the platform ($1 failed).',
  ],
];

/** @param otherwise said when there is no text */
export function readable(message: string, otherwise: string): string {
  const translation = translations.find(([pattern]) => pattern.test(message));
  if (translation !== undefined) {
    return masked(message.replace(translation[0], translation[1]).replace(/\( +/, '('));
  }
  const line = masked(firstLine(message));
  return line === '' && otherwise !== '' ? `SCDF gives no more than ${otherwise}.` : line;
}

function firstLine(text: string): string {
  const line = text.split('\n').find((it) => it.trim() !== '') ?? '';
  return line
    .replace(/; nested exception is .*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

const byCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused: does it run, and is its URL in the servers file right?',
  ENOTFOUND: 'its name is not known: is its URL in the servers file right?',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNRESET: 'the connection broke before the answer came',
  EPIPE: 'the connection broke before the answer came',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'the connection is not accepted in time',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name than its URL has',
};

/** Where the configuration has the CA of a server. */
export interface CaSetting {
  /** As the servers file names it. */
  readonly field: string;
  readonly file: string | undefined;
}

/** The file with the CA cannot be used; the message says why. */
export class CaProblem extends Error {}

function unknownAuthority({ field, file }: CaSetting): string {
  return file === undefined
    ? `its certificate is not signed by an authority that is known here: give its CA as ${field} in the servers file`
    : `its certificate is not signed by the CA in ${file}: put the CA that signs it there (${field} in the servers file)`;
}

/** @param error what the request failed with; anything */
export function networkTrouble(error: unknown, ca: CaSetting = { field: 'caFile', file: undefined }): string {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  if (error instanceof CaProblem)
    return `${error.message}: mount it, or correct ${ca.field} in the servers file`;
  if (typeof code === 'string') {
    if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_SIGNATURE_FAILURE/.test(code))
      return unknownAuthority(ca);
    const known = byCode[code];
    if (known !== undefined) return known;
  }
  const text = typeof message === 'string' ? masked(firstLine(message)) : '';
  if (text !== '') return text;
  return typeof code === 'string' ? code : 'the request failed';
}
