/** Text of others without the values of secrets in it: pure. */

/**
 * Far more than people read: it is cut to that only when the secrets that somebody knows by their values are out of it, for a part
 * of one would not be found.
 */
const LONGEST = 16_384;

/**
 * Keys whose values nobody is to see: SCDF's own rule (its ArgumentSanitizer), and the passwords in a login of Kafka. A key alone named
 * `url` is no secret in a sentence, one of a property (`datasource.url`) is.
 */
const KEY = String.raw`(?:[\w.-]*(?:username|password|passwd|secret|token|key|jaas\.config)|[\w.-]*credentials[\w.-]*|[\w.-]*vcap_services|[\w.-]*[._-]url)`;
const VALUE = String.raw`(?:'[^']*'|\\*"[^"]*"|[^\s"',;\]})]+)`;
const quote = String.raw`\\*["']?\s*`;
const pairs = [
  String.raw`((?<![\w.-])${KEY}${quote}(?:->|=>|=)\s*)${VALUE}`,
  // Not of an image: `acme/turnkey:2`.
  String.raw`((?<![\w./-])${KEY}${quote}:\s*)${VALUE}`,
].map((pattern) => new RegExp(pattern, 'gi'));

/** Values of secrets do not belong in a status: SCDF's messages quote properties and addresses, pods' whatever they like. */
export function masked(text: string): string {
  const plain = text
    .replace(/\/\/[^/\s:@]*:[^/\s@]*@/g, '//******@')
    .replace(/(https?:\/\/)[^/\s@]+@/gi, '$1******@')
    .replace(/\b(Bearer|Basic)\s+[^\s"',;]+/gi, '$1 ******');
  return pairs.reduce((line, pattern) => line.replace(pattern, '$1******'), plain).slice(0, LONGEST);
}
